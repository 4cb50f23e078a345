//! What surrounds a command: who calls, for which municipality, and how a repeat is recognised.

use casework::By;
use eventlog::Tenant;
use jiff::Timestamp;
use uuid::Uuid;

/// One call, as its signed token and its headers say.
#[derive(Debug, Clone)]
pub struct Call {
    /// The municipality.
    pub tenant: Tenant,
    /// Who calls.
    pub by: By,
    /// The command's own id. Sending a command again under its id gives the first outcome.
    pub command_id: Uuid,
    /// What it is part of; the command's own id where it stands alone.
    pub correlation: Uuid,
    /// The version the caller saw, where it says so (`If-Match`): another one refuses the command.
    pub expected_version: Option<i64>,
    /// What the caller sent (route, target, body), to tell a repeat from another command with its id.
    pub sent: Vec<u8>,
}

/// What became of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The kind and id of the stream.
    pub stream: String,
    /// Version of the stream after it.
    pub version: i64,
    /// Place in the log of its last event; a read may wait for it. 0 when nothing was ever written.
    pub position: i64,
    /// When the log came to know; None when the command changed nothing.
    pub recorded_at: Option<Timestamp>,
    /// Whether this is the outcome of an earlier command with the same id.
    pub repeated: bool,
}
