//! Why a view is not there, not complete, or not there yet.

use std::time::Duration;

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
