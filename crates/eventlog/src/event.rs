//! One event: as it is offered, and as it was recorded.

use std::fmt;

use jiff::Timestamp;
use sqlx::Row as _;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use crate::ReadError;

/// The history of one thing: its kind and its id within that kind.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamId {
    /// What sort of thing it is: 1 to 64 of the characters a-z, 0-9 and -.
    pub kind: String,
    /// Which one: 1 to 512 bytes.
    pub id: String,
}

impl StreamId {
    /// Names a stream; [`Log::append`](crate::Log::append) checks the form.
    pub fn new(kind: impl Into<String>, id: impl Into<String>) -> Self {
        Self {
            kind: kind.into(),
            id: id.into(),
        }
    }
}

impl fmt::Display for StreamId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.kind, self.id)
    }
}

/// How exactly it is known when something happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Precision {
    /// To the microsecond of `occurred_at`.
    Instant,
    /// Only the calendar day that `occurred_at` lies in; the time of day means nothing.
    Day,
}

impl Precision {
    /// The name as it is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Instant => "instant",
            Self::Day => "day",
        }
    }
}

/// An event as the caller offers it; place and time of recording are the log's to give.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvent {
    /// Unique within the tenant: a uuid v7, or a v8 derived from an imported record.
    pub event_id: Uuid,
    /// What happened: 1 to 64 of the characters a-z, 0-9 and -. A contract that is never reused.
    pub kind: String,
    /// Version of the payload's form within its kind, from 1.
    pub schema: i32,
    /// When it happened, cut to whole microseconds.
    pub occurred_at: Timestamp,
    /// How exactly that is known.
    pub precision: Precision,
    /// Opaque id of who did it.
    pub actor: String,
    /// Opaque id of whom the actor stood in for.
    pub on_behalf_of: Option<String>,
    /// Shared by everything that followed from one request from outside.
    pub correlation: Uuid,
    /// The event that led to this one.
    pub causation: Option<Uuid>,
    /// RFC 8785 JSON, as [`canonical::to_canonical_json`](crate::canonical::to_canonical_json) makes it.
    pub payload: String,
    /// The personal part, opaque to the log.
    pub encrypted: Option<Vec<u8>>,
}

/// An event as the log holds it, every column of the row but the tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// Place in the tenant's log: 1, 2, 3, without gaps, in commit order.
    pub position: i64,
    /// See [`NewEvent::event_id`].
    pub event_id: Uuid,
    /// The history it belongs to.
    pub stream: StreamId,
    /// Place in that history: 1, 2, 3, without gaps.
    pub version: i64,
    /// See [`NewEvent::kind`].
    pub kind: String,
    /// See [`NewEvent::schema`].
    pub schema: i32,
    /// See [`NewEvent::occurred_at`].
    pub occurred_at: Timestamp,
    /// See [`NewEvent::precision`].
    pub precision: Precision,
    /// When the log came to know, by the database's clock; never decreases with position.
    pub recorded_at: Timestamp,
    /// See [`NewEvent::actor`].
    pub actor: String,
    /// See [`NewEvent::on_behalf_of`].
    pub on_behalf_of: Option<String>,
    /// See [`NewEvent::correlation`].
    pub correlation: Uuid,
    /// See [`NewEvent::causation`].
    pub causation: Option<Uuid>,
    /// The command whose append wrote it.
    pub command_id: Uuid,
    /// See [`NewEvent::payload`].
    pub payload: String,
    /// See [`NewEvent::encrypted`].
    pub encrypted: Option<Vec<u8>>,
}

impl Recorded {
    /// Reads a row of `log.event`.
    pub(crate) fn from_row(row: &PgRow) -> Result<Self, ReadError> {
        let position: i64 = row.try_get("position")?;
        let precision = match row.try_get("occurred_precision")? {
            "instant" => Precision::Instant,
            "day" => Precision::Day,
            other => {
                return Err(ReadError::Precision {
                    position,
                    found: other.to_owned(),
                });
            }
        };
        Ok(Self {
            position,
            event_id: row.try_get("event_id")?,
            stream: StreamId {
                kind: row.try_get("stream_kind")?,
                id: row.try_get("stream_id")?,
            },
            version: row.try_get("version")?,
            kind: row.try_get("kind")?,
            schema: row.try_get("schema")?,
            occurred_at: timestamp(row, "occurred_at")?,
            precision,
            recorded_at: timestamp(row, "recorded_at")?,
            actor: row.try_get("actor")?,
            on_behalf_of: row.try_get("on_behalf_of")?,
            correlation: row.try_get("correlation")?,
            causation: row.try_get("causation")?,
            command_id: row.try_get("command_id")?,
            payload: row.try_get("payload")?,
            encrypted: row.try_get("encrypted")?,
        })
    }
}

/// A `timestamptz` column that is never null.
pub(crate) fn timestamp(row: &PgRow, column: &str) -> Result<Timestamp, sqlx::Error> {
    Ok(row.try_get::<jiff_sqlx::Timestamp, _>(column)?.to_jiff())
}

/// A `timestamptz` column that may be null.
pub(crate) fn timestamp_opt(row: &PgRow, column: &str) -> Result<Option<Timestamp>, sqlx::Error> {
    let found: Option<jiff_sqlx::Timestamp> = row.try_get(column)?;
    Ok(found.map(jiff_sqlx::Timestamp::to_jiff))
}
