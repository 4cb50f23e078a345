//! An append that was checked against everything but what the log holds.

use std::collections::HashSet;

use jiff::Timestamp;
use uuid::Uuid;

use crate::tenant::is_slug;
use crate::{
    Append, AppendError, Expected, Guard, InvalidAppend, NewEvent, StreamId, Tenant, Write,
    canonical, entry,
};

/// One command that may go to the log.
#[derive(Debug)]
pub(crate) struct Command {
    pub(crate) tenant: Tenant,
    pub(crate) id: Uuid,
    pub(crate) fingerprint: Vec<u8>,
    pub(crate) refusal: Option<String>,
    pub(crate) writes: Vec<Write>,
    guards: Vec<Guard>,
    live: bool,
    /// Size of all entries.
    pub(crate) bytes: usize,
    event_count: usize,
}

impl Command {
    /// Refuses what no state of the log could accept.
    pub(crate) fn check(tenant: &Tenant, append: Append) -> Result<Self, AppendError> {
        check_length("fingerprint", append.fingerprint.len(), 255)?;
        if let Some(refusal) = &append.refusal {
            check_text("refusal", refusal, 255)?;
        }
        if append.writes.is_empty() {
            return Err(InvalidAppend::NoWrites.into());
        }
        let mut bytes = 0;
        for (write, at) in append.writes.iter().zip(0..) {
            bytes += check_write(tenant, write, &append.writes[..at])?;
        }
        for guard in &append.guards {
            check_stream(&guard.stream, guard.version)?;
        }
        let command = Self {
            tenant: tenant.clone(),
            id: append.command_id,
            fingerprint: append.fingerprint,
            refusal: append.refusal,
            live: append.live,
            bytes,
            event_count: append.writes.iter().map(|write| write.events.len()).sum(),
            writes: append.writes,
            guards: append.guards,
        };
        let mut seen = HashSet::new();
        if command.event_count > 1
            && let Some(event_id) = command.event_ids().find(|id| !seen.insert(*id))
        {
            return Err(AppendError::EventExists { event_id });
        }
        Ok(command)
    }

    /// Kind and id of each stream, writes before guards.
    pub(crate) fn streams(&self) -> impl Iterator<Item = (&str, &str)> {
        let written = self.writes.iter().map(|write| &write.stream);
        written
            .chain(self.guards.iter().map(|guard| &guard.stream))
            .map(|stream| (stream.kind.as_str(), stream.id.as_str()))
    }

    /// The version each of these streams must have; `None` for any.
    pub(crate) fn assumed(&self) -> impl Iterator<Item = Option<i64>> {
        let written = self.writes.iter().map(|write| assumed(write.expected));
        written.chain(self.guards.iter().map(|guard| Some(guard.version)))
    }

    /// Events in each write.
    pub(crate) fn write_lengths(&self) -> impl Iterator<Item = i64> {
        self.writes.iter().map(|write| count(write.events.len()))
    }

    /// The events, in the order in which the log has them.
    pub(crate) fn events(&self) -> impl Iterator<Item = &NewEvent> {
        self.writes.iter().flat_map(|write| &write.events)
    }

    pub(crate) fn event_ids(&self) -> impl Iterator<Item = Uuid> {
        self.events().map(|event| event.event_id)
    }

    /// When each of its events happened, if they happen now.
    pub(crate) fn live_times(&self) -> impl Iterator<Item = Timestamp> {
        let writes = if self.live { &self.writes[..] } else { &[] };
        writes
            .iter()
            .flat_map(|write| &write.events)
            .map(|event| event.occurred_at)
    }

    /// Number of events over all writes.
    pub(crate) fn event_count(&self) -> i64 {
        count(self.event_count)
    }
}

fn assumed(expected: Expected) -> Option<i64> {
    match expected {
        Expected::Any => None,
        Expected::New => Some(0),
        Expected::Exact(version) => Some(version),
    }
}

/// Checks a write and the events in it; answers their size as entries.
fn check_write(tenant: &Tenant, write: &Write, before: &[Write]) -> Result<usize, AppendError> {
    if write.events.is_empty() {
        return Err(InvalidAppend::EmptyWrite(write.stream.clone()).into());
    }
    if before.iter().any(|other| other.stream == write.stream) {
        return Err(InvalidAppend::StreamTwice(write.stream.clone()).into());
    }
    let mut bytes = 0;
    for event in &write.events {
        bytes += check_event(tenant, &write.stream, event)?;
    }
    check_stream(&write.stream, assumed(write.expected).unwrap_or_default())?;
    Ok(bytes)
}

fn check_stream(stream: &StreamId, version: i64) -> Result<(), InvalidAppend> {
    check_slug("stream kind", &stream.kind)?;
    check_text("stream id", &stream.id, 512)?;
    if version < 0 {
        let stream = stream.clone();
        return Err(InvalidAppend::Version { stream, version });
    }
    Ok(())
}

/// Checks one event against the limits of its row; its size is that of the entry it will become.
fn check_event(tenant: &Tenant, stream: &StreamId, event: &NewEvent) -> Result<usize, AppendError> {
    let event_id = event.event_id;
    check_slug("kind", &event.kind)?;
    check_text("actor", &event.actor, 512)?;
    if let Some(on_behalf_of) = &event.on_behalf_of {
        check_text("on behalf of", on_behalf_of, 512)?;
    }
    let schema = event.schema;
    if schema < 1 {
        return Err(InvalidAppend::Schema { event_id, schema }.into());
    }
    let occurred_at = event.occurred_at;
    if occurred_at.subsec_nanosecond() % 1_000 != 0 {
        return Err(InvalidAppend::FinerThanMicroseconds {
            event_id,
            occurred_at,
        }
        .into());
    }
    let bytes = entry::size(tenant, stream, event);
    if bytes > entry::BYTES_MAX {
        return Err(AppendError::TooLarge { event_id, bytes });
    }
    canonical::check(&event.payload)
        .map_err(|source| InvalidAppend::Payload { event_id, source })?;
    Ok(bytes)
}

fn check_slug(field: &'static str, found: &str) -> Result<(), InvalidAppend> {
    if is_slug(found, 64) {
        return Ok(());
    }
    Err(InvalidAppend::Slug {
        field,
        found: found.to_owned(),
    })
}

fn check_text(field: &'static str, text: &str, bytes_max: usize) -> Result<(), InvalidAppend> {
    if text.contains('\0') {
        return Err(InvalidAppend::Nul { field });
    }
    check_length(field, text.len(), bytes_max)
}

fn check_length(field: &'static str, bytes: usize, bytes_max: usize) -> Result<(), InvalidAppend> {
    if (1..=bytes_max).contains(&bytes) {
        return Ok(());
    }
    Err(InvalidAppend::Length {
        field,
        bytes_max,
        bytes,
    })
}

/// A count as the database keeps it; memory holds no more than fit.
pub(crate) fn count(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}
