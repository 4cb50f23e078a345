//! A checked append, laid out as the columns that the log takes.

use std::collections::HashSet;

use jiff::Timestamp;
use jiff_sqlx::ToSqlx as _;
use uuid::Uuid;

use crate::tenant::is_slug;
use crate::{
    Append, AppendError, Expected, InvalidAppend, NewEvent, StreamId, Tenant, Write, canonical,
    entry,
};

/// One command: streams, writes before guards, and the events of the writes.
#[derive(Debug)]
pub(crate) struct Command {
    pub(crate) tenant: Tenant,
    pub(crate) id: Uuid,
    pub(crate) fingerprint: Vec<u8>,
    pub(crate) refusal: Option<String>,
    pub(crate) live: bool,
    pub(crate) stream_kinds: Vec<String>,
    pub(crate) stream_ids: Vec<String>,
    /// The version each stream must have; `None` for any.
    pub(crate) assumed: Vec<Option<i64>>,
    /// Events in each write.
    pub(crate) write_lengths: Vec<i64>,
    /// Size of all entries.
    pub(crate) bytes: usize,
    pub(crate) event_ids: Vec<Uuid>,
    pub(crate) kinds: Vec<String>,
    pub(crate) schemas: Vec<i32>,
    pub(crate) occurred_at: Vec<jiff_sqlx::Timestamp>,
    pub(crate) precisions: Vec<&'static str>,
    pub(crate) actors: Vec<String>,
    pub(crate) on_behalf_of: Vec<Option<String>>,
    pub(crate) correlations: Vec<Uuid>,
    pub(crate) causations: Vec<Option<Uuid>>,
    pub(crate) payloads: Vec<String>,
    pub(crate) encrypted: Vec<Option<Vec<u8>>>,
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
        let mut command = Self::empty(tenant.clone(), &append);
        for write in append.writes {
            command.push_write(write)?;
        }
        for guard in append.guards {
            command.push_stream(guard.stream, Some(guard.version))?;
        }
        let mut seen = HashSet::new();
        if let Some(event_id) = command.event_ids.iter().find(|id| !seen.insert(**id)) {
            return Err(AppendError::EventExists {
                event_id: *event_id,
            });
        }
        Ok(command)
    }

    fn empty(tenant: Tenant, append: &Append) -> Self {
        Self {
            tenant,
            id: append.command_id,
            fingerprint: append.fingerprint.clone(),
            refusal: append.refusal.clone(),
            live: append.live,
            stream_kinds: Vec::new(),
            stream_ids: Vec::new(),
            assumed: Vec::new(),
            write_lengths: Vec::new(),
            bytes: 0,
            event_ids: Vec::new(),
            kinds: Vec::new(),
            schemas: Vec::new(),
            occurred_at: Vec::new(),
            precisions: Vec::new(),
            actors: Vec::new(),
            on_behalf_of: Vec::new(),
            correlations: Vec::new(),
            causations: Vec::new(),
            payloads: Vec::new(),
            encrypted: Vec::new(),
        }
    }

    fn push_write(&mut self, write: Write) -> Result<(), AppendError> {
        if write.events.is_empty() {
            return Err(InvalidAppend::EmptyWrite(write.stream).into());
        }
        let same = |at: &usize| {
            self.stream_kinds[*at] == write.stream.kind && self.stream_ids[*at] == write.stream.id
        };
        if (0..self.stream_ids.len()).any(|at| same(&at)) {
            return Err(InvalidAppend::StreamTwice(write.stream).into());
        }
        let assumed = match write.expected {
            Expected::Any => None,
            Expected::New => Some(0),
            Expected::Exact(version) => Some(version),
        };
        self.write_lengths.push(count(write.events.len()));
        for event in write.events {
            self.bytes += check_event(&self.tenant, &write.stream, &event)?;
            self.push_event(event);
        }
        self.push_stream(write.stream, assumed)
    }

    fn push_stream(&mut self, stream: StreamId, assumed: Option<i64>) -> Result<(), AppendError> {
        check_slug("stream kind", &stream.kind)?;
        check_text("stream id", &stream.id, 512)?;
        if let Some(version) = assumed.filter(|version| *version < 0) {
            return Err(InvalidAppend::Version { stream, version }.into());
        }
        self.stream_kinds.push(stream.kind);
        self.stream_ids.push(stream.id);
        self.assumed.push(assumed);
        Ok(())
    }

    fn push_event(&mut self, event: NewEvent) {
        self.event_ids.push(event.event_id);
        self.kinds.push(event.kind);
        self.schemas.push(event.schema);
        self.occurred_at.push(event.occurred_at.to_sqlx());
        self.precisions.push(event.precision.as_str());
        self.actors.push(event.actor);
        self.on_behalf_of.push(event.on_behalf_of);
        self.correlations.push(event.correlation);
        self.causations.push(event.causation);
        self.payloads.push(event.payload);
        self.encrypted.push(event.encrypted);
    }

    /// Kind and id of each stream, writes before guards.
    pub(crate) fn streams(&self) -> impl Iterator<Item = (&str, &str)> {
        self.stream_kinds
            .iter()
            .zip(&self.stream_ids)
            .map(|(kind, id)| (kind.as_str(), id.as_str()))
    }

    /// When each of its events happened, if they happen now.
    pub(crate) fn live_times(&self) -> impl Iterator<Item = Timestamp> {
        let live = if self.live {
            &self.occurred_at[..]
        } else {
            &[]
        };
        live.iter().map(|at| at.to_jiff())
    }

    /// Number of events over all writes.
    pub(crate) fn event_count(&self) -> i64 {
        count(self.event_ids.len())
    }
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
