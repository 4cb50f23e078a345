//! The layout, held against the golden file and read back by a decoder of its own.

use std::fmt::Write as _;

use jiff::Timestamp;
use serde::Deserialize;
use uuid::Uuid;

use super::*;

/// One example of `testdata/entry.v1.json`, made by another implementation in another language.
#[derive(Deserialize)]
struct Example {
    title: String,
    tenant: String,
    position: i64,
    event_id: Uuid,
    stream_kind: String,
    stream_id: String,
    version: i64,
    kind: String,
    schema: i32,
    occurred_at: i64,
    precision: String,
    recorded_at: i64,
    actor: String,
    on_behalf_of: Option<String>,
    correlation: Uuid,
    causation: Option<Uuid>,
    command_id: Uuid,
    payload: String,
    encrypted: Option<String>,
    entry: String,
    leaf: String,
}

impl Example {
    fn recorded(&self) -> Recorded {
        Recorded {
            position: self.position,
            event_id: self.event_id,
            stream: StreamId::new(&self.stream_kind, &self.stream_id),
            version: self.version,
            kind: self.kind.clone(),
            schema: self.schema,
            occurred_at: Timestamp::from_microsecond(self.occurred_at).unwrap(),
            precision: match self.precision.as_str() {
                "day" => Precision::Day,
                _ => Precision::Instant,
            },
            recorded_at: Timestamp::from_microsecond(self.recorded_at).unwrap(),
            actor: self.actor.clone(),
            on_behalf_of: self.on_behalf_of.clone(),
            correlation: self.correlation,
            causation: self.causation,
            command_id: self.command_id,
            payload: self.payload.clone(),
            encrypted: self.encrypted.as_deref().map(from_hex),
        }
    }

    fn tenant(&self) -> Tenant {
        Tenant::new(&self.tenant).unwrap()
    }
}

fn examples() -> Vec<Example> {
    let examples: Vec<Example> =
        serde_json::from_str(include_str!("../../testdata/entry.v1.json")).unwrap();
    assert_eq!(examples.len(), 3);
    examples
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

fn from_hex(text: &str) -> Vec<u8> {
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
        .collect()
}

#[test]
fn every_example_has_its_golden_entry_and_leaf() {
    for example in examples() {
        let entry = encode(&example.tenant(), &example.recorded());
        assert_eq!(to_hex(&entry), example.entry, "{}", example.title);
        assert_eq!(
            to_hex(&leaf_hash(&entry)),
            example.leaf,
            "{}",
            example.title
        );
    }
}

#[test]
fn the_size_foretold_is_the_size_of_the_entry() {
    for example in examples() {
        let recorded = example.recorded();
        let offered = NewEvent {
            event_id: recorded.event_id,
            kind: recorded.kind.clone(),
            schema: recorded.schema,
            occurred_at: recorded.occurred_at,
            precision: recorded.precision,
            actor: recorded.actor.clone(),
            on_behalf_of: recorded.on_behalf_of.clone(),
            correlation: recorded.correlation,
            causation: recorded.causation,
            payload: recorded.payload.clone(),
            encrypted: recorded.encrypted.clone(),
        };
        let foretold = size(&example.tenant(), &recorded.stream, &offered);
        assert_eq!(foretold, encode(&example.tenant(), &recorded).len());
    }
}

#[test]
fn an_entry_reads_back_to_the_event_it_was_made_of() {
    for example in examples() {
        let entry = encode(&example.tenant(), &example.recorded());
        let mut reader = Reader(&entry);
        let expected = (example.tenant.clone(), example.recorded());
        assert_eq!(reader.read_entry(), expected);
        assert!(reader.0.is_empty());
    }
}

#[test]
fn every_column_changes_the_leaf() {
    let example = &examples()[1];
    let changes: [fn(&mut Recorded); 20] = [
        |event| event.position += 1,
        |event| event.event_id = Uuid::nil(),
        |event| event.stream.kind.push('x'),
        |event| event.stream.id.push('x'),
        |event| event.version += 1,
        |event| event.kind.push('x'),
        |event| event.schema += 1,
        |event| event.occurred_at = Timestamp::UNIX_EPOCH,
        |event| event.precision = Precision::Day,
        |event| event.recorded_at = Timestamp::UNIX_EPOCH,
        |event| event.actor.push('x'),
        |event| event.on_behalf_of = None,
        |event| event.on_behalf_of = Some(String::new()),
        |event| event.correlation = Uuid::nil(),
        |event| event.causation = None,
        |event| event.causation = Some(Uuid::nil()),
        |event| event.command_id = Uuid::nil(),
        |event| event.payload.push(' '),
        |event| event.encrypted = None,
        |event| event.encrypted = Some(Vec::new()),
    ];
    let elsewhere = Tenant::new("elsewhere").unwrap();
    let mut leaves = vec![leaf_hash(&encode(&example.tenant(), &example.recorded()))];
    leaves.push(leaf_hash(&encode(&elsewhere, &example.recorded())));
    assert_ne!(leaves[0], leaves[1]);
    for change in changes {
        let mut event = example.recorded();
        change(&mut event);
        let leaf = leaf_hash(&encode(&example.tenant(), &event));
        assert!(!leaves.contains(&leaf));
        leaves.push(leaf);
    }
}

/// Reads the layout of `docs/decisions/0002-entry-encoding.md`, field by field.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> [u8; N] {
        let (head, rest) = self.0.split_first_chunk().unwrap();
        self.0 = rest;
        *head
    }

    fn bytes(&mut self) -> Vec<u8> {
        let length = u32::from_be_bytes(self.take()) as usize;
        let (head, rest) = self.0.split_at(length);
        self.0 = rest;
        head.to_vec()
    }

    fn text(&mut self) -> String {
        String::from_utf8(self.bytes()).unwrap()
    }

    fn whole(&mut self) -> i64 {
        i64::from_be_bytes(self.take())
    }

    fn time(&mut self) -> Timestamp {
        Timestamp::from_microsecond(self.whole()).unwrap()
    }

    fn uuid(&mut self) -> Uuid {
        Uuid::from_bytes(self.take())
    }

    fn optional<T>(&mut self, read: fn(&mut Self) -> T) -> Option<T> {
        match self.take() {
            [0] => None,
            [1] => Some(read(self)),
            [other] => panic!("presence byte {other}"),
        }
    }

    fn read_entry(&mut self) -> (String, Recorded) {
        assert_eq!(self.take(), [1]);
        let tenant = self.text();
        let event = Recorded {
            position: self.whole(),
            event_id: self.uuid(),
            stream: StreamId {
                kind: self.text(),
                id: self.text(),
            },
            version: self.whole(),
            kind: self.text(),
            schema: i32::from_be_bytes(self.take()),
            occurred_at: self.time(),
            precision: match self.take() {
                [1] => Precision::Instant,
                [2] => Precision::Day,
                [other] => panic!("precision byte {other}"),
            },
            recorded_at: self.time(),
            actor: self.text(),
            on_behalf_of: self.optional(Self::text),
            correlation: self.uuid(),
            causation: self.optional(Self::uuid),
            command_id: self.uuid(),
            payload: self.text(),
            encrypted: self.optional(Self::bytes),
        };
        (tenant, event)
    }
}
