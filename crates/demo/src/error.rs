//! Why a story could not be written down.

use eventlog::{AppendError, ReadError, RestoreError, Tenant};
use jiff::civil::Date;
use vault::VaultError;

use crate::told::Misstep;

/// Why a story could not be written down.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    /// Too small to show everything.
    #[error("{requests} requests are too few to show everything; ask for at least {least}")]
    TooFew {
        /// What was asked for.
        requests: u64,
        /// What is needed.
        least: u64,
    },
    /// No day for a story to end on.
    #[error("the demo cannot end on {0}; the year has to lie between 2000 and 2200")]
    Today(Date),
    /// The log has another history.
    #[error(
        "tenant {tenant} already has {events} events that are not of this demo (of its seed, size and day); choose another tenant or an empty database"
    )]
    Occupied {
        /// The tenant.
        tenant: Tenant,
        /// How many events it has.
        events: i64,
    },
    /// The rules refused a command of the story.
    #[error(transparent)]
    Misstep(#[from] Misstep),
    /// The story ended before everything there is to show had happened.
    #[error("nothing happened in the demo that could be shown as {0}")]
    Missing(&'static str),
    /// The tenant could not be made.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// The history could not be written.
    #[error(transparent)]
    Restore(#[from] RestoreError),
    /// The log could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A key could not be had.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// An event could not be written down.
    #[error("an event could not be written down: {0}")]
    Encode(String),
    /// The one who writes gave up first.
    #[error("the demo broke off")]
    BrokeOff,
}
