//! What can go wrong when writing and reading.

use std::sync::Arc;

use sqlx::postgres::{PgDatabaseError, PgSeverity};

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::canonical::CanonicalError;
use crate::{BrokenReplay, StreamId, Tenant};

/// Why an append has no new outcome. Only [`AppendError::Unknown`] leaves open whether it was stored.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// A stream moved since the caller read it: read again and decide again.
    #[error("{stream} has version {actual}, expected {expected}")]
    Conflict {
        /// The stream written or guarded.
        stream: StreamId,
        /// The version the caller decided on; 0 for no events.
        expected: i64,
        /// The version it has.
        actual: i64,
    },
    /// The command id was used before, for something else.
    #[error("command {command_id} was used before with other contents")]
    CommandReused {
        /// The id that was offered.
        command_id: Uuid,
    },
    /// Nobody created this tenant.
    #[error("there is no tenant {0}")]
    UnknownTenant(Tenant),
    /// An event with this id is in the log already, or twice in this append.
    #[error("event {event_id} exists already")]
    EventExists {
        /// The first such id, in the order of the append.
        event_id: Uuid,
    },
    /// A live event's time is too far from the database's clock.
    #[error(
        "a live event happened at {occurred_at}, {offset:#} from the database's clock; set the server's clock right"
    )]
    ClockSkew {
        /// The first such time.
        occurred_at: Timestamp,
        /// The database's clock when the command arrived.
        database_clock: Timestamp,
        /// How far ahead of the database's clock the event is; negative when behind.
        offset: SignedDuration,
    },
    /// One event's entry does not fit in 65,535 bytes.
    #[error("event {event_id} takes {bytes} bytes as an entry, at most 65535 are allowed")]
    TooLarge {
        /// Which event.
        event_id: Uuid,
        /// Size of its entry encoding.
        bytes: usize,
    },
    /// The append is malformed, whatever the log holds.
    #[error(transparent)]
    Invalid(#[from] InvalidAppend),
    /// The connection was lost, and since then it was settled that nothing was stored nor ever will be.
    /// The same append may be sent again.
    #[error("the connection was lost and nothing was stored; the same command may be sent again")]
    NotStored(#[source] Arc<sqlx::Error>),
    /// The connection was lost and the outcome could not be asked: [`Log::settle`](crate::Log::settle)
    /// tells it later.
    #[error("the connection was lost and it is not known whether the command was stored")]
    Unknown(#[source] Arc<sqlx::Error>),
    /// More commands wait for this tenant's log than it takes, or it was held by somebody else for too
    /// long; nothing was stored. Try again later.
    #[error(
        "the log of {tenant} takes no more commands now, {waiting} wait already; try again later"
    )]
    Overloaded {
        /// Whose log.
        tenant: Tenant,
        /// Commands that waited.
        waiting: usize,
    },
    /// The database failed otherwise; nothing was stored.
    #[error("the database failed; nothing was stored")]
    Database(#[source] Arc<sqlx::Error>),
    /// The history of this tenant is being restored; nothing was stored.
    #[error("the log of {0} is being restored; it takes appends once that is finished")]
    Restoring(Tenant),
}

impl From<sqlx::Error> for AppendError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(Arc::new(error))
    }
}

/// What is malformed about an append.
#[derive(Debug, thiserror::Error)]
pub enum InvalidAppend {
    /// No stream is written.
    #[error("an append writes at least one stream")]
    NoWrites,
    /// A write carries no events.
    #[error("the write to {0} has no events")]
    EmptyWrite(StreamId),
    /// Two writes name one stream.
    #[error("{0} is written twice in one append")]
    StreamTwice(StreamId),
    /// Not 1 to 64 of the characters a-z, 0-9 and -.
    #[error("{field} is 1 to 64 of the characters a-z, 0-9 and -, not {found:?}")]
    Slug {
        /// Which column.
        field: &'static str,
        /// What was offered.
        found: String,
    },
    /// Too short or too long for its column.
    #[error("{field} takes 1 to {bytes_max} bytes, not {bytes}")]
    Length {
        /// Which column.
        field: &'static str,
        /// Its limit.
        bytes_max: usize,
        /// What was offered.
        bytes: usize,
    },
    /// PostgreSQL stores no U+0000, and half the world's software misreads it.
    #[error("{field} holds the character U+0000")]
    Nul {
        /// Which column.
        field: &'static str,
    },
    /// A version below zero.
    #[error("{stream} cannot have version {version}")]
    Version {
        /// The stream written or guarded.
        stream: StreamId,
        /// What was expected of it.
        version: i64,
    },
    /// Schemas count from 1.
    #[error("event {event_id} has schema {schema}; schemas count from 1")]
    Schema {
        /// Which event.
        event_id: Uuid,
        /// What was offered.
        schema: i32,
    },
    /// The log keeps microseconds; cut the time when the clock is read.
    #[error("event {event_id} occurred at {occurred_at}, finer than microseconds")]
    FinerThanMicroseconds {
        /// Which event.
        event_id: Uuid,
        /// What was offered.
        occurred_at: Timestamp,
    },
    /// The payload is not RFC 8785 JSON as the log wants it.
    #[error("the payload of event {event_id} is not canonical JSON")]
    Payload {
        /// Which event.
        event_id: Uuid,
        /// What is wrong with it.
        source: CanonicalError,
    },
    /// What happens now is appended, where its time is checked, and not loaded.
    #[error("command {command_id} is live; a load takes what happened before")]
    LiveLoad {
        /// Which command.
        command_id: Uuid,
    },
}

/// Why reading failed.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The row says something this code does not know: it was written by a newer version.
    #[error("the event at position {position} has the unknown precision {found:?}")]
    Precision {
        /// Which event.
        position: i64,
        /// What its row says.
        found: String,
    },
    /// Nobody created this tenant.
    #[error("there is no tenant {0}")]
    UnknownTenant(Tenant),
    /// The database failed.
    #[error("the database failed while reading the log")]
    Database(#[from] sqlx::Error),
    /// The log has not come so far.
    #[error("the log ends at position {head}, before position {up_to}")]
    BeyondHead {
        /// The position that was asked for.
        up_to: i64,
        /// Position of the last event.
        head: i64,
    },
    /// A moment that lies ahead: what will be known by then is not yet known.
    #[error("{at} lies ahead of the database's clock, {clock}")]
    Ahead {
        /// The moment that was asked for.
        at: Timestamp,
        /// What the database's clock said.
        clock: Timestamp,
    },
    /// A replay that is not whole.
    #[error(transparent)]
    Replay(#[from] BrokenReplay),
}

/// Whether a lock was waited for longer than the role that writes may.
pub(crate) fn lock_timed_out(error: &sqlx::Error) -> bool {
    error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code)
        .is_some_and(|code| code == "55P03")
}

/// Whether the connection broke, so that a statement sent over it may or may not have taken effect.
pub(crate) fn connection_lost(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::WorkerCrashed => true,
        // Class 08: connection exception. 40003: completion unknown. 57P01 to 57P05 and 25P03: the
        // server ended the session.
        sqlx::Error::Database(database) => {
            // Whatever its code, what ends the session may have come after the commit: a server that
            // cannot flush its log panics, and commits when it recovers.
            let ended = database
                .try_downcast_ref::<PgDatabaseError>()
                .is_some_and(|error| {
                    matches!(error.severity(), PgSeverity::Fatal | PgSeverity::Panic)
                });
            ended
                || database.code().is_some_and(|code| {
                    code.starts_with("08")
                        || code.starts_with("57P")
                        || code == "40003"
                        || code == "25P03"
                })
        }
        _ => false,
    }
}
