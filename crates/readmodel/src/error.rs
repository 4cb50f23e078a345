//! Why a view stands still, or is not there yet.

use std::time::Duration;

use casework::id::InvalidId;
use casework::stored::DecodeError;
use eventlog::{ReadError, StreamId, Tenant};

/// Why a view could not be brought up to date. Nothing of the batch was kept.
#[derive(Debug, thiserror::Error)]
pub enum ProjectionError {
    /// The log has an event that this version of the software cannot read.
    #[error(
        "the log of {tenant} cannot be read at position {position} ({stream}, version {version}): {source}"
    )]
    Undecodable {
        /// Whose log.
        tenant: Tenant,
        /// The event's position.
        position: i64,
        /// The stream it is in.
        stream: StreamId,
        /// Its version in that stream.
        version: i64,
        /// Kind, schema, and what is wrong.
        source: Box<DecodeError>,
    },
    /// A stream of a request is not named after one.
    #[error("the log of {tenant} has stream {stream} at position {position}: {source}")]
    StreamName {
        /// Whose log.
        tenant: Tenant,
        /// Position of the event.
        position: i64,
        /// The stream.
        stream: StreamId,
        /// What a request's id looks like.
        source: InvalidId,
    },
    /// There is no such view.
    #[error("there is no view `{name}`; there are: {known}")]
    UnknownProjection {
        /// The name that was given.
        name: String,
        /// The names there are.
        known: String,
    },
    /// The log could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The database failed.
    #[error("the database failed while a view was brought up to date")]
    Database(#[from] sqlx::Error),
}

impl ProjectionError {
    /// Whether trying again is of no use: the view stands still until the software can read the event.
    pub fn is_final(&self) -> bool {
        match self {
            Self::Undecodable { .. }
            | Self::StreamName { .. }
            | Self::UnknownProjection { .. }
            | Self::Read(
                ReadError::Precision { .. }
                | ReadError::UnknownTenant(_)
                | ReadError::BeyondHead { .. }
                | ReadError::Ahead { .. },
            ) => true,
            Self::Read(ReadError::Database(_) | ReadError::Replay(_)) | Self::Database(_) => false,
        }
    }
}

/// Why a view does not answer.
#[derive(Debug, thiserror::Error)]
pub enum ViewError {
    /// It stands still before an event that this software cannot read: what it holds is out of date, and
    /// is not passed off as an answer.
    #[error(
        "the view `{name}` stands still at position {position}: {why}. Run a version that can read this, then `projection rebuild {name}`"
    )]
    StandsStill {
        /// Which view.
        name: &'static str,
        /// The last event it holds.
        position: i64,
        /// What it cannot read.
        why: String,
    },
    /// The database failed.
    #[error("the database failed while a view was read")]
    Database(#[from] sqlx::Error),
}

/// Why a view does not answer for a position.
#[derive(Debug, thiserror::Error)]
pub enum WaitError {
    /// The view has not come that far within the time that was given.
    #[error(
        "the view `{name}` is at position {position}, not yet at {wanted} after {} ms; ask again shortly",
        waited.as_millis()
    )]
    NotYet {
        /// Which view.
        name: &'static str,
        /// Where it is.
        position: i64,
        /// The position that was asked for.
        wanted: i64,
        /// How long was waited.
        waited: Duration,
    },
    /// The database failed.
    #[error("the database failed while waiting for a view")]
    Database(#[from] sqlx::Error),
}
