//! Why a view is not there, not complete, or not there yet.

use std::time::Duration;

use eventlog::{ReadError, StreamId};

use crate::Poison;
use crate::apply::describe;

/// Why the tables of a view are not there.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Its tables were made by other statements under the same version.
    #[error(
        "the tables of {schema} were made by other statements than those of this software: raise the version of the view when its tables change"
    )]
    SchemaChanged {
        /// The schema that is there.
        schema: String,
    },
    /// The database failed.
    #[error("the database failed while the tables of a view were made")]
    Database(#[from] sqlx::Error),
}

/// Why a view is not up to date, or not as it should be.
#[derive(Debug, thiserror::Error)]
pub enum ProjectionError {
    /// Streams were put aside; all others are up to date.
    #[error(
        "{streams} streams are parked in the view `{name}`, the first is {first}. Mend that or run a version that can read it, then `projection resume {name}`"
    )]
    Parked {
        /// Which view.
        name: &'static str,
        /// How many streams.
        streams: usize,
        /// The one that stopped first.
        first: Box<Poison>,
    },
    /// It stands still before an event that it cannot apply, since its rows are made of several streams.
    #[error("the view `{name}` stands still after position {position}, before {poison}")]
    StandsStill {
        /// Which view.
        name: &'static str,
        /// The last event it holds.
        position: i64,
        /// The event that follows.
        poison: Box<Poison>,
    },
    /// The operator stopped it.
    #[error("the view `{name}` is stopped; `projection start {name}` lets it go on")]
    Stopped {
        /// Which view.
        name: &'static str,
    },
    /// That stream is not parked.
    #[error("stream {stream} is not parked in the view `{name}`")]
    NotParked {
        /// Which view.
        name: &'static str,
        /// The stream that was named.
        stream: StreamId,
    },
    /// There is no such view.
    #[error("there is no view `{name}`; there are: {known}")]
    UnknownProjection {
        /// The name that was given.
        name: String,
        /// The names there are.
        known: String,
    },
    /// Its tables are not there.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The log could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The database failed.
    #[error("the database failed while a view was brought up to date: {}", describe(.0))]
    Database(#[from] sqlx::Error),
}

impl ProjectionError {
    /// Whether trying again is of no use until someone mends something.
    pub fn is_final(&self) -> bool {
        match self {
            Self::Parked { .. }
            | Self::StandsStill { .. }
            | Self::Stopped { .. }
            | Self::NotParked { .. }
            | Self::UnknownProjection { .. }
            | Self::Open(OpenError::SchemaChanged { .. })
            | Self::Read(ReadError::Precision { .. } | ReadError::UnknownTenant(_)) => true,
            Self::Open(OpenError::Database(_))
            | Self::Read(
                ReadError::Database(_)
                | ReadError::BeyondHead { .. }
                | ReadError::Ahead { .. }
                | ReadError::Replay(_),
            )
            | Self::Database(_) => false,
        }
    }
}

/// Why a view does not answer.
#[derive(Debug, thiserror::Error)]
pub enum ViewError {
    /// It was given up: what it holds is out of date, and is not passed off as an answer.
    #[error(
        "the view `{name}` stands still at position {position}: {why}. Mend that or run a version that can read it, then `projection start {name}`"
    )]
    StandsStill {
        /// Which view.
        name: &'static str,
        /// The last event it holds.
        position: i64,
        /// What it met there.
        why: String,
    },
    /// Nothing serves yet: a view that holds only a part of the log is not passed off as an answer.
    #[error("the view `{name}` is being built, position {position} of {head}; ask again shortly")]
    BeingBuilt {
        /// Which view.
        name: &'static str,
        /// How far it has come.
        position: i64,
        /// Where the log ends.
        head: i64,
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
