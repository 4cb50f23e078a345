//! One file for every form that ever shipped.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::event::{RequestSubmitted, RequesterKind};
use crate::fixture::*;
use crate::stored::{decode, decoders, encode};
use crate::{Channel, Domain, Event, Placement, Text, WijkSource};

/// One golden file: the kind and schema its name says, and its text.
struct Golden {
    file: String,
    kind: String,
    schema: i32,
    json: String,
}

fn golden() -> Vec<Golden> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(Result::unwrap).collect();
    files.sort_by_key(fs::DirEntry::file_name);
    files
        .iter()
        .map(|entry| {
            let file = entry.file_name().into_string().unwrap();
            let parts: Vec<&str> = file.split('.').collect();
            let ([kind, schema, "json"] | [kind, schema, _, "json"]) = parts[..] else {
                panic!("{file} is not named <kind>.v<schema>.json");
            };
            let schema = schema.strip_prefix('v').and_then(|v| v.parse().ok());
            Golden {
                kind: kind.to_owned(),
                schema: schema.unwrap_or_else(|| panic!("{file} names no schema")),
                json: fs::read_to_string(entry.path()).unwrap(),
                file,
            }
        })
        .collect()
}

fn read(golden: &Golden) -> Event {
    decode(&golden.kind, golden.schema, &golden.json)
        .unwrap_or_else(|error| panic!("{}: {error}", golden.file))
}

#[test]
fn every_form_that_can_be_read_has_a_golden_file_and_no_file_is_without_a_form() {
    let files: BTreeSet<(String, i32)> = golden()
        .into_iter()
        .map(|golden| (golden.kind, golden.schema))
        .collect();
    let forms: BTreeSet<(String, i32)> = decoders()
        .map(|(kind, schema)| (kind.to_owned(), schema))
        .collect();
    assert_eq!(files, forms);
}

#[test]
fn every_golden_file_is_read_and_written_again_byte_for_byte() {
    let newest: BTreeMap<&str, i32> = Event::KINDS.iter().copied().collect();
    for golden in golden() {
        let event = read(&golden);
        assert_eq!(event.kind(), golden.kind, "{}", golden.file);
        let stored = encode(&event, REQUEST).unwrap();
        assert_eq!((stored.kind, stored.schema), (event.kind(), event.schema()));
        let written = serde_json_canonicalizer::to_string(&stored.payload).unwrap();
        if golden.schema == newest[golden.kind.as_str()] {
            assert_eq!(written, golden.json, "{}", golden.file);
        } else {
            assert_eq!(
                decode(stored.kind, stored.schema, &written).unwrap(),
                event,
                "{}: written in the newest schema it says the same",
                golden.file
            );
        }
    }
}

#[test]
fn every_golden_file_is_as_the_log_writes_it() {
    for golden in golden() {
        let value: serde_json::Value = serde_json::from_str(&golden.json).unwrap();
        let canonical = serde_json_canonicalizer::to_string(&value).unwrap();
        assert_eq!(golden.json, canonical, "{}", golden.file);
    }
}

/// A file says something only when it names everything: no member may be left to its default.
#[test]
fn no_golden_file_of_the_newest_schema_leaves_a_member_out() {
    for golden in golden() {
        let value: serde_json::Value = serde_json::from_str(&golden.json).unwrap();
        let written = encode(&read(&golden), REQUEST).unwrap().payload;
        if golden.schema == decoders().find(|(kind, _)| *kind == golden.kind).unwrap().1 {
            assert_eq!(value, written, "{}", golden.file);
        }
    }
}

#[test]
fn the_first_form_of_a_submission_is_read_as_the_second() {
    let first = golden()
        .into_iter()
        .find(|golden| (golden.kind.as_str(), golden.schema) == ("request-submitted", 1))
        .unwrap();
    let expected = RequestSubmitted {
        placement: Placement {
            wijk: Some(wijk("WK999901")),
            edition: None,
            source: WijkSource::Stated,
        },
        domain: Some(Domain::Sociaal),
        request_kind: Some("ontmoeting".to_owned()),
        channel: Channel::Unknown,
        requester_kind: RequesterKind::Unknown,
        requester: Some(RESIDENT),
        words: Text::Withheld,
        name: Text::Withheld,
        contact: Text::Withheld,
        place: Text::Withheld,
    };
    let event = read(&first);
    assert_eq!(event, expected.into());
    assert_eq!(
        encode(&event, REQUEST).unwrap().payload.to_string(),
        concat!(
            r#"{"channel":"unknown","domain":"sociaal","#,
            r#""placement":{"edition":null,"source":"stated","wijk":"WK999901"},"#,
            r#""requestKind":"ontmoeting","requester":"00000000-0000-0000-0000-0000000a11ce","#,
            r#""requesterKind":"unknown"}"#
        )
    );
}

#[test]
fn a_first_form_without_a_wijk_waits_at_the_intake() {
    let json = r#"{"domain":null,"requestKind":null,"requester":null,"wijk":null}"#;
    let Event::RequestSubmitted(read) = decode("request-submitted", 1, json).unwrap() else {
        panic!("a submission");
    };
    assert_eq!(read.placement, Placement::unknown());
    assert_eq!(read.requester, None);
}
