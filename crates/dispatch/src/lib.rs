//! The way of a command: load, fold, decide, encrypt, append; decide again after a conflict.
//!
//! It deliberately knows no HTTP and no views, and holds no rules of its own: what is refused is
//! refused by `casework`, what is stored is stored by `eventlog`.
//! Start at [`Dispatch`], then read `request.rs` for the way of a request's command.

mod append;
mod call;
mod clock;
mod error;
mod fingerprint;
mod forms;
mod person;
mod registers;
mod request;
mod requests;

pub use call::{Call, Receipt};
pub use clock::{Clock, IdSource, SystemClock, SystemIds};
pub use error::DispatchError;
pub use registers::RegisterCommand;
pub use request::{Intent, Ruling, Submission};

use std::sync::Arc;

use eventlog::Log;
use vault::Vault;

use registers::Registers;
use requests::Requests;

/// How often a command is decided again after losing a race before the caller is told to come back.
const ATTEMPTS_MAX: u32 = 16;

/// Takes commands to the log. Cheap to clone; clones share their cache.
#[derive(Clone)]
pub struct Dispatch {
    log: Log,
    vault: Vault,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
    registers: Arc<Registers>,
    requests: Arc<Requests>,
    /// Whether time is now: false only where a history is written down afterwards, in tests and demos.
    live: bool,
}

impl Dispatch {
    /// For commands that happen now: the database's clock has to agree with the server's.
    pub fn new(log: Log, vault: Vault) -> Self {
        Self::with(log, vault, Arc::new(SystemClock), Arc::new(SystemIds), true)
    }

    /// For a history that is told afterwards, by a clock of its own.
    pub fn telling(log: Log, vault: Vault, clock: Arc<dyn Clock>, ids: Arc<dyn IdSource>) -> Self {
        Self::with(log, vault, clock, ids, false)
    }

    fn with(
        log: Log,
        vault: Vault,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdSource>,
        live: bool,
    ) -> Self {
        Self {
            log,
            vault,
            clock,
            ids,
            registers: Arc::default(),
            requests: Arc::default(),
            live,
        }
    }

    /// The log it writes to.
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// The keys it encrypts under.
    pub fn vault(&self) -> &Vault {
        &self.vault
    }

    /// A new id from its source, for callers that must name what they are about to make.
    pub fn new_id(&self) -> uuid::Uuid {
        self.ids.next()
    }

    /// The time by its clock, cut to microseconds.
    pub fn now(&self) -> jiff::Timestamp {
        clock::to_microseconds(self.clock.now())
    }
}
