//! What is written is read back for ever.
//!
//! `testdata/<kind>.v<schema>.json` holds the clear part of one event as the log has it; a kind with
//! several shapes has more of them, `<kind>.v<schema>.<shape>.json`. A golden file is never edited:
//! another form is another schema, with a file of its own.

mod codes;
mod golden;

use proptest::prelude::*;
use serde_json::json;
use uuid::Uuid;

use super::{Bare, DecodeError, Source, decode, encode, source_of};
use crate::event::MandateStated;
use crate::fixture::*;
use crate::text::Subject;
use crate::{Event, PersonId, Text};

/// The event as it is after a journey through the log: without its texts.
fn there_and_back(event: &Event) -> Event {
    let stored = encode(event, REQUEST).unwrap();
    decode(stored.kind, stored.schema, &stored.payload.to_string()).unwrap()
}

proptest! {
    #[test]
    fn every_event_is_read_back_as_it_was_written_but_for_its_texts(event in any::event()) {
        let read = there_and_back(&event);
        let withheld = format!("{event:?}").replace("Text::Given(..)", "Text::Withheld");
        prop_assert_eq!(format!("{read:?}"), withheld);
        prop_assert_eq!(encode(&read, REQUEST).unwrap().payload, encode(&event, REQUEST).unwrap().payload);
        prop_assert_eq!(there_and_back(&read), read);
    }

    #[test]
    fn what_is_written_is_canonical_json_and_holds_no_fraction(event in any::event()) {
        let payload = encode(&event, REQUEST).unwrap().payload;
        let canonical = serde_json_canonicalizer::to_string(&payload).unwrap();
        prop_assert_eq!(payload.to_string(), canonical);
        prop_assert!(whole(&payload));
    }

    #[test]
    fn where_a_fact_was_read_is_told_beside_it_and_changes_nothing(event in any::event()) {
        let source = Source { name: "bron".to_owned(), record: "17".to_owned() };
        let stored = encode(&event, REQUEST).unwrap().with_source(&source);
        let json = stored.payload.to_string();
        prop_assert_eq!(source_of(&json), Some(source));
        prop_assert_eq!(decode(stored.kind, stored.schema, &json).unwrap(), there_and_back(&event));
    }
}

/// Whether no number in it is a fraction.
fn whole(value: &serde_json::Value) -> bool {
    match value {
        serde_json::Value::Number(number) => number.is_i64(),
        serde_json::Value::Array(items) => items.iter().all(whole),
        serde_json::Value::Object(members) => members.values().all(whole),
        _ => true,
    }
}

#[test]
fn a_fact_that_was_not_imported_has_no_source() {
    assert_eq!(source_of(r#"{"underMandate":true}"#), None);
    assert_eq!(source_of(r#"{"source":"no object"}"#), None);
    assert_eq!(source_of("no json"), None);
}

#[test]
fn members_that_are_not_known_are_passed_over() {
    let json = r#"{"source":{"name":"bron","record":"1"},"underMandate":true,"weather":[1]}"#;
    let stated = MandateStated {
        under_mandate: true,
    };
    assert_eq!(decode("mandate-stated", 1, json).unwrap(), stated.into());
}

#[test]
fn a_kind_or_schema_that_is_not_known_is_told_by_name() {
    for (kind, schema) in [
        ("request-teleported", 1),
        ("request-submitted", 3),
        ("request-submitted", 0),
        ("mandate-stated", 2),
        ("", 1),
    ] {
        match decode(kind, schema, "{}") {
            Err(DecodeError::Unknown {
                kind: unknown,
                schema: of,
            }) => assert_eq!((unknown.as_str(), of), (kind, schema)),
            other => panic!("{kind} {schema}: {other:?}"),
        }
    }
}

#[test]
fn json_without_its_promised_form_is_told_with_its_kind() {
    for json in [
        "",
        "no json",
        "[]",
        "{}",
        r#"{"underMandate":"yes"}"#,
        r#"{"underMandate":null}"#,
        r#"{"underMandate":true} {}"#,
    ] {
        match decode("mandate-stated", 1, json) {
            Err(DecodeError::Malformed { kind, schema, .. }) => {
                assert_eq!((kind.as_str(), schema), ("mandate-stated", 1));
            }
            other => panic!("{json}: {other:?}"),
        }
    }
}

#[test]
fn ids_in_stored_json_are_checked_like_any_other() {
    let listed = |code: &str| format!(r#"{{"edition":2025,"name":"Noord","wijk":"{code}"}}"#);
    assert!(decode("wijk-listed", 1, &listed("WK999901")).is_ok());
    assert!(decode("wijk-listed", 1, &listed("wijk 1")).is_err());
}

#[test]
fn a_correction_must_carry_a_fact_that_can_be_read() {
    let correction = |kind: &str, payload: serde_json::Value| {
        let fact = Bare {
            kind: kind.to_owned(),
            schema: 1,
            payload,
        };
        let json = json!({
            "corrects": Uuid::from_u128(1),
            "fact": fact,
            "occurredAt": "2026-03-10T09:00:00Z",
        });
        decode("fact-corrected", 1, &json.to_string())
    };
    let stated = json!({ "underMandate": false });
    assert!(correction("mandate-stated", stated.clone()).is_ok());
    assert!(matches!(
        correction("request-teleported", stated.clone()),
        Err(DecodeError::Unknown { .. })
    ));
    assert!(matches!(
        correction("mandate-stated", json!({})),
        Err(DecodeError::Malformed { .. })
    ));
    assert!(matches!(
        correction("fact-corrected", stated),
        Err(DecodeError::Unknown { .. })
    ));
}

#[test]
fn a_residents_texts_go_under_their_key_and_an_anonymous_ones_under_the_cases() {
    let owners = |requester: Option<PersonId>| {
        let mut submission = submission();
        submission.requester = requester;
        submission.words = text("woorden");
        submission.name = text("naam");
        submission.contact = text("contact");
        submission.place = text("plaats");
        let stored = encode(&submission.into(), REQUEST).unwrap();
        let fields: Vec<_> = stored.secrets.iter().map(|secret| secret.field).collect();
        assert_eq!(fields, ["contact", "name", "place", "words"]);
        let mut owners: Vec<_> = stored.secrets.iter().map(|secret| secret.subject).collect();
        owners.dedup();
        owners
    };
    assert_eq!(owners(Some(RESIDENT)), [Subject::Person(RESIDENT)]);
    assert_eq!(owners(None), [Subject::Case(REQUEST)]);
}

#[test]
fn why_it_was_decided_goes_under_the_cases_key_and_outlives_the_requester() {
    let decision = given([submitted(), assigned(&anna())])
        .when(anna(), decide(crate::Cents(0), annas_mandate()))
        .answer
        .unwrap();
    let stored = encode(&decision.events[0], REQUEST).unwrap();
    assert_eq!(stored.secrets.len(), 1);
    assert_eq!(stored.secrets[0].field, "motivation");
    assert_eq!(stored.secrets[0].subject, Subject::Case(REQUEST));
}

#[test]
fn a_text_that_was_not_given_leaves_no_secret() {
    let stored = encode(&submitted(), REQUEST).unwrap();
    assert_eq!(stored.secrets, []);
    assert_eq!(submission().words, Text::Withheld);
}
