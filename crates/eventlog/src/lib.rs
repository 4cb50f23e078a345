//! An append-only, gapless, ordered log of events on PostgreSQL, one log per tenant.
//!
//! It knows nothing of requests, mandates or people: a payload is canonical JSON, the personal part is
//! opaque bytes, and kinds are names.
//! Start at [`Log::append`] for what goes in, then [`Log::read_after`] and [`Follower`] for what comes out.

pub mod canonical;
pub mod entry;

mod append;
mod as_of;
mod command;
mod committer;
mod connect;
mod error;
mod event;
mod follow;
mod form;
mod judge;
mod lender;
mod load;
mod log;
mod migrate;
mod notify;
mod queue;
mod read;
mod replay;
mod restore;
mod settle;
mod statement;
mod tenant;
mod wait;

pub use append::{Append, Appended, Expected, Guard, Write};
pub use connect::{ConnectError, Role, connect};
pub use error::{AppendError, InvalidAppend, ReadError};
pub use event::{NewEvent, Precision, Recorded, StreamId};
pub use follow::Follower;
pub use form::Form;
pub use log::{Head, Log};
pub use migrate::{MigrateError, migrate, migrations};
pub use replay::{BrokenReplay, RecordedRef, Replay, StreamRef};
pub use restore::{Commands, RecordedCommand, Restore, RestoreError};
pub use tenant::{InvalidTenant, Tenant};
