//! Why a restore does not go on.

use jiff::Timestamp;

use crate::{AppendError, ReadError, Tenant};

/// Why a restore does not go on. What was written before stays, and the tenant takes no appends, until a
/// restore of the same history is finished.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// The log has a history already.
    #[error("the log of {tenant} has {events} events already; only an empty one can be restored")]
    NotEmpty {
        /// The tenant.
        tenant: Tenant,
        /// Events it has.
        events: i64,
    },
    /// A command or one of its events is not the next.
    #[error("position {expected} should be next, and position {found} is given")]
    Hole {
        /// The position that is due.
        expected: i64,
        /// The one that was given.
        found: i64,
    },
    /// An event that is given as one of a command is another's, or its versions leave a gap.
    #[error("the event at position {position} does not follow from those of its command before it")]
    Torn {
        /// Which event.
        position: i64,
    },
    /// An event was recorded before the one in front of it, or at a part of a microsecond.
    #[error("position {position} was recorded at {recorded_at}, but the one before it at {before}")]
    Earlier {
        /// Which event.
        position: i64,
        /// When it was recorded.
        recorded_at: Timestamp,
        /// When the one before it was.
        before: Timestamp,
    },
    /// An event was recorded in what is the future here.
    #[error(
        "position {position} was recorded at {recorded_at}, after the database's clock, {clock}"
    )]
    Ahead {
        /// Which event.
        position: i64,
        /// When it was recorded.
        recorded_at: Timestamp,
        /// What the database's clock said.
        clock: Timestamp,
    },
    /// What no log could hold: an append would have been refused for the same reason.
    #[error("the command at position {position} cannot be in a log")]
    Refused {
        /// Position of its first event.
        position: i64,
        /// The reason. A conflict is a gap in the versions of a stream.
        source: AppendError,
    },
    /// An earlier restore that broke off was of another history.
    #[error("the command at position {position} is stored already, and is another")]
    Differs {
        /// Position of its first event.
        position: i64,
    },
    /// An earlier restore that broke off was of a longer history.
    #[error("only {given} events were given, and {stored} are stored already")]
    Short {
        /// Events given.
        given: i64,
        /// Events stored.
        stored: i64,
    },
    /// Somebody else writes to the same tenant.
    #[error("another restore writes to the same log: it ends at position {stored}, not {expected}")]
    Overtaken {
        /// Where it was left.
        expected: i64,
        /// Where it ends now.
        stored: i64,
    },
    /// What is stored could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The database failed. What was given since the last checkpoint may or may not be stored.
    #[error("the database failed while restoring")]
    Database(#[from] sqlx::Error),
}
