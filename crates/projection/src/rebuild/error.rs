//! Why a view was not built anew.

use std::time::Duration;

use eventlog::ReadError;

use crate::fill::step::StepError;
use crate::{CompareError, Poison, ProjectionError};

/// Why a view was not built anew, or not switched. What served before still serves.
#[derive(Debug, thiserror::Error)]
pub enum RebuildError {
    /// Another process is at it.
    #[error(
        "the view `{name}` is being rebuilt by another process; if that one died, its turn ends in {:.0} s",
        left.as_secs_f64().ceil()
    )]
    Busy {
        /// Which view.
        name: &'static str,
        /// When its lease runs out, unless it renews it.
        left: Duration,
    },
    /// Another process took this rebuild over.
    #[error(
        "the rebuild of the view `{name}` was taken over by another process, which goes on with it"
    )]
    TakenOver {
        /// Which view.
        name: &'static str,
    },
    /// Readers were given the other build meanwhile.
    #[error("the view `{name}` was switched just now; look at it again")]
    Switched {
        /// Which view.
        name: &'static str,
    },
    /// There is no other build to switch to.
    #[error("the view `{name}` has no other build; `projection rebuild {name}` makes one")]
    NoOther {
        /// Which view.
        name: &'static str,
    },
    /// The other build is not whole, or is not kept up to date.
    #[error("the other build of the view `{name}` {why}")]
    NotReady {
        /// Which view.
        name: &'static str,
        /// Why not.
        why: String,
    },
    /// An event of a view over several streams, which cannot go on without it.
    #[error("the view `{name}` cannot be built: {poison}")]
    Poison {
        /// Which view.
        name: &'static str,
        /// The event.
        poison: Box<Poison>,
    },
    /// The builds could not be compared.
    #[error(transparent)]
    Compare(#[from] Box<CompareError>),
    /// A build that follows the log could not be brought forward.
    #[error(transparent)]
    Projection(#[from] Box<ProjectionError>),
    /// The log could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The database failed.
    #[error(
        "the database failed while a view was built; a rebuild that is started again goes on from there"
    )]
    Database(#[from] sqlx::Error),
}

impl RebuildError {
    pub(crate) fn of(name: &'static str, error: StepError) -> Self {
        match error {
            StepError::Poison(poison) => Self::Poison { name, poison },
            StepError::Read(error) => error.into(),
            StepError::Database(error) => error.into(),
        }
    }
}
