//! Append: expected versions in, positions out.

use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;
use tokio::sync::oneshot;
use uuid::Uuid;

use crate::command::Command;
use crate::committer::Driving;
use crate::queue::Job;
use crate::{AppendError, Log, NewEvent, StreamId, Tenant, committer};

/// Which version a stream must have for a write to go through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// Whichever it has.
    Any,
    /// None: the stream has no events. The same as `Exact(0)`.
    New,
    /// Exactly this one.
    Exact(i64),
}

/// Events for one stream; they get consecutive versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Write {
    /// The stream written.
    pub stream: StreamId,
    /// The version it must have.
    pub expected: Expected,
    /// What happened, in order; at least one.
    pub events: Vec<NewEvent>,
}

/// A stream that was read to decide, and must not have moved since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guard {
    /// The stream read.
    pub stream: StreamId,
    /// The version it was read at; 0 for no events.
    pub version: i64,
}

/// Everything one command writes: all of it is stored, or nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Append {
    /// The command's own id: sending it again gives the first outcome.
    pub command_id: Uuid,
    /// Keyed hash of what the caller sent, 1 to 255 bytes: the same id with another one is an error.
    pub fingerprint: Vec<u8>,
    /// Code of the refusal that the events record, 1 to 255 bytes; stored as the outcome.
    pub refusal: Option<String>,
    /// Streams written, each once; the log has their events in this order.
    pub writes: Vec<Write>,
    /// Streams read.
    pub guards: Vec<Guard>,
    /// Whether the events happen now: then each `occurred_at` lies within 5 s of the database's clock.
    pub live: bool,
}

/// The outcome of a command that is in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// Position of its first event.
    pub first_position: i64,
    /// Position of its last event.
    pub last_position: i64,
    /// When the log came to know, by the database's clock.
    pub recorded_at: Timestamp,
    /// Last version of each stream written, in the order of the writes.
    pub versions: Vec<i64>,
    /// Whether this was read back from the log: the command was stored by an earlier call, or by this
    /// one just before its connection was lost.
    pub repeated: bool,
    /// Code of the refusal that its events record.
    pub refusal: Option<String>,
}

impl Log {
    /// Stores what a command writes, once, and tells where.
    ///
    /// Appends of one tenant through one [`Log`] queue and go to the database in batches, each with its own
    /// outcome; those of other processes are met in the database.
    /// When too many wait already, this says [`AppendError::Overloaded`] at once instead of waiting too.
    /// A lost connection is settled before this answers, as long as the database can be reached again.
    /// Dropping the future leaves the outcome unknown: ask [`Log::settle`].
    pub async fn append(&self, tenant: &Tenant, append: Append) -> Result<Appended, AppendError> {
        let called = Instant::now();
        let command = Command::check(tenant, append)?;
        let lane = self.lane(tenant);
        let (reply, answer) = oneshot::channel();
        let begin = lane.queue.push(
            tenant,
            Job {
                command,
                called,
                reply,
            },
        )?;
        if begin {
            // Made before the task: one that never runs gives the queue up as well.
            let driving = Driving::new(lane);
            tokio::spawn(committer::drive(self.clone(), tenant.clone(), driving));
        }
        // Without an answer the task that commits was stopped, as a runtime does when it ends.
        answer
            .await
            .unwrap_or_else(|_| Err(AppendError::Unknown(Arc::new(sqlx::Error::WorkerCrashed))))
    }

    /// Names the event behind a unique violation; anything else is the database's own failure.
    pub(crate) async fn explain(&self, command: &Command, error: &Arc<sqlx::Error>) -> AppendError {
        let constraint = error
            .as_database_error()
            .and_then(|database| database.constraint());
        // An append goes right behind the head: what is there is a history that has no head yet.
        if constraint == Some("event_pkey") {
            return AppendError::Restoring(command.tenant.clone());
        }
        if constraint == Some("event_event_id_key")
            && let Ok(stored) = self
                .find_event_ids(&command.tenant, &command.event_ids().collect::<Vec<_>>())
                .await
            && let Some(event_id) = command.event_ids().find(|id| stored.contains(id))
        {
            return AppendError::EventExists { event_id };
        }
        AppendError::Database(Arc::clone(error))
    }
}
