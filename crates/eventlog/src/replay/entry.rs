//! One event as it lies in the buffer of a replay.

use jiff::Timestamp;
use uuid::Uuid;

use super::BrokenReplay;
use super::tuple::Columns;
use crate::{Precision, ReadError, Recorded, StreamId};

/// Microseconds from 1970 to 2000, where PostgreSQL counts its times from.
pub(crate) const EPOCH_US: i64 = 946_684_800_000_000;

/// A stream's name, borrowed: see [`StreamId`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct StreamRef<'a> {
    /// See [`StreamId::kind`].
    pub kind: &'a str,
    /// See [`StreamId::id`].
    pub id: &'a str,
}

/// An event of a [`Replay`](crate::Replay): the columns of [`Recorded`], not copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordedRef<'a> {
    /// See [`Recorded::position`].
    pub position: i64,
    /// See [`Recorded::event_id`].
    pub event_id: Uuid,
    /// See [`Recorded::stream`].
    pub stream: StreamRef<'a>,
    /// See [`Recorded::version`].
    pub version: i64,
    /// See [`Recorded::kind`].
    pub kind: &'a str,
    /// See [`Recorded::schema`].
    pub schema: i32,
    /// See [`Recorded::occurred_at`].
    pub occurred_at: Timestamp,
    /// See [`Recorded::precision`].
    pub precision: Precision,
    /// See [`Recorded::recorded_at`].
    pub recorded_at: Timestamp,
    /// See [`Recorded::actor`].
    pub actor: &'a str,
    /// See [`Recorded::on_behalf_of`].
    pub on_behalf_of: Option<&'a str>,
    /// See [`Recorded::correlation`].
    pub correlation: Uuid,
    /// See [`Recorded::causation`].
    pub causation: Option<Uuid>,
    /// See [`Recorded::command_id`].
    pub command_id: Uuid,
    /// See [`Recorded::payload`].
    pub payload: &'a str,
    /// See [`Recorded::encrypted`].
    pub encrypted: Option<&'a [u8]>,
}

impl<'a> RecordedRef<'a> {
    /// Reads one row of `replay_segment.sql`.
    pub(super) fn decode(row: &'a [u8]) -> Result<Self, ReadError> {
        let mut columns = Columns::of(row);
        let position = i64::from_be_bytes(columns.fixed()?);
        Ok(Self {
            position,
            event_id: Uuid::from_bytes(columns.fixed()?),
            stream: StreamRef {
                kind: columns.text()?,
                id: columns.text()?,
            },
            version: i64::from_be_bytes(columns.fixed()?),
            kind: columns.text()?,
            schema: i32::from_be_bytes(columns.fixed()?),
            occurred_at: timestamp(columns.fixed()?)?,
            precision: precision(position, columns.text()?)?,
            recorded_at: timestamp(columns.fixed()?)?,
            actor: columns.text()?,
            on_behalf_of: columns.text_opt()?,
            correlation: Uuid::from_bytes(columns.fixed()?),
            causation: columns.fixed_opt()?.map(Uuid::from_bytes),
            command_id: Uuid::from_bytes(columns.fixed()?),
            payload: columns.text()?,
            encrypted: columns.bytes_opt()?,
        })
    }

    /// The same event, to keep.
    pub fn to_recorded(&self) -> Recorded {
        Recorded {
            position: self.position,
            event_id: self.event_id,
            stream: StreamId::new(self.stream.kind, self.stream.id),
            version: self.version,
            kind: self.kind.to_owned(),
            schema: self.schema,
            occurred_at: self.occurred_at,
            precision: self.precision,
            recorded_at: self.recorded_at,
            actor: self.actor.to_owned(),
            on_behalf_of: self.on_behalf_of.map(ToOwned::to_owned),
            correlation: self.correlation,
            causation: self.causation,
            command_id: self.command_id,
            payload: self.payload.to_owned(),
            encrypted: self.encrypted.map(ToOwned::to_owned),
        }
    }
}

fn timestamp(bytes: [u8; 8]) -> Result<Timestamp, BrokenReplay> {
    i64::from_be_bytes(bytes)
        .checked_add(EPOCH_US)
        .and_then(|us| Timestamp::from_microsecond(us).ok())
        .ok_or(BrokenReplay::Malformed("a time beyond all calendars"))
}

fn precision(position: i64, name: &str) -> Result<Precision, ReadError> {
    match name {
        "instant" => Ok(Precision::Instant),
        "day" => Ok(Precision::Day),
        other => Err(ReadError::Precision {
            position,
            found: other.to_owned(),
        }),
    }
}
