//! Events and appends of no particular meaning.

use std::sync::atomic::{AtomicU64, Ordering};

use eventlog::{Append, Expected, NewEvent, Precision, StreamId, Tenant, Write};
use jiff::Timestamp;
use uuid::Uuid;

/// The tenant of most tests.
pub(crate) fn zeeveld() -> Tenant {
    Tenant::new("zeeveld").unwrap()
}

/// An id that no other call in this process gets.
pub(crate) fn next_id() -> Uuid {
    static IDS: AtomicU64 = AtomicU64::new(1);
    Uuid::from_u64_pair(
        0x0193_6f00_0000_7000,
        0x8000 << 48 | IDS.fetch_add(1, Ordering::Relaxed),
    )
}

/// A moment in the past, as of a recorded history.
pub(crate) fn past() -> Timestamp {
    "2026-03-02T09:30:00.123456Z".parse().unwrap()
}

/// An event that says nothing, with an id of its own.
pub(crate) fn event() -> NewEvent {
    NewEvent {
        event_id: next_id(),
        kind: "thing-happened".to_owned(),
        schema: 1,
        occurred_at: past(),
        precision: Precision::Instant,
        actor: "staff-1".to_owned(),
        on_behalf_of: None,
        correlation: next_id(),
        causation: None,
        payload: "{}".to_owned(),
        encrypted: None,
    }
}

/// So many events.
pub(crate) fn events(count: usize) -> Vec<NewEvent> {
    std::iter::repeat_with(event).take(count).collect()
}

/// A stream of things.
pub(crate) fn thing(id: impl Into<String>) -> StreamId {
    StreamId::new("thing", id)
}

/// A write of so many events to `thing/{id}`.
pub(crate) fn write(id: &str, expected: Expected, count: usize) -> Write {
    Write {
        stream: thing(id),
        expected,
        events: events(count),
    }
}

/// A command of its own that makes these writes, as history.
pub(crate) fn append(writes: impl Into<Vec<Write>>) -> Append {
    let command_id = next_id();
    Append {
        command_id,
        fingerprint: command_id.as_bytes().to_vec(),
        refusal: None,
        writes: writes.into(),
        guards: Vec::new(),
        live: false,
    }
}
