//! Append: expected versions in, positions out.

use std::time::Instant;

use jiff::Timestamp;
use sqlx::{Acquire as _, PgConnection, Row as _};
use uuid::Uuid;

use crate::command::Command;
use crate::error::connection_lost;
use crate::verdict::Verdict;
use crate::{AppendError, Log, NewEvent, StreamId, Tenant};

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
    /// Appends of one tenant through one [`Log`] queue fairly; those of other processes are met in the
    /// database.
    /// A lost connection is settled before this answers, as long as the database can be reached again.
    /// Dropping the future leaves the outcome unknown: ask [`Log::settle`].
    pub async fn append(&self, tenant: &Tenant, append: Append) -> Result<Appended, AppendError> {
        let called = Instant::now();
        let command = Command::check(tenant, append)?;
        let lane = self.lane(tenant);
        let mut fence = lane.fence.lock().await;
        let known = match *fence {
            Some(known) => known,
            None => self.read_fence(tenant).await?,
        };
        *fence = Some(known);
        let mut connection = self.pool().acquire().await?;
        let verdict = decide(&mut connection, &command, known, called).await;
        drop(connection);
        let appended = match verdict {
            Ok(Verdict::Stored {
                appended,
                fence: seen,
            }) => {
                *fence = Some(seen);
                appended
            }
            Ok(Verdict::Refused(error)) => return Err(error),
            Ok(Verdict::Repeated) => return self.first_outcome(&command).await,
            Ok(Verdict::Stale) => return Err(head_moved_under_lock()),
            Err(error) if connection_lost(&error) => {
                self.settle_lost(&command, &mut fence, error).await?
            }
            Err(error) => return Err(self.explain(&command, error).await),
        };
        drop(fence);
        self.announce(tenant, &lane);
        Ok(appended)
    }

    /// The stored outcome of a command whose id the statement found in the log.
    async fn first_outcome(&self, command: &Command) -> Result<Appended, AppendError> {
        self.outcome(&command.tenant, command.id, &command.fingerprint)
            .await?
            .ok_or_else(|| AppendError::Database(sqlx::Error::RowNotFound))
    }

    /// Names the event behind a unique violation; anything else is the database's own failure.
    async fn explain(&self, command: &Command, error: sqlx::Error) -> AppendError {
        let constraint = error
            .as_database_error()
            .and_then(|database| database.constraint());
        if constraint != Some("event_event_id_key") {
            return error.into();
        }
        match self
            .find_event_ids(&command.tenant, &command.event_ids)
            .await
        {
            Ok(stored) => match command.event_ids.iter().find(|id| stored.contains(id)) {
                Some(event_id) => AppendError::EventExists {
                    event_id: *event_id,
                },
                None => error.into(),
            },
            Err(_) => error.into(),
        }
    }

    async fn read_fence(&self, tenant: &Tenant) -> Result<i64, AppendError> {
        let row = sqlx::query(include_str!("../sql/read_fence.sql"))
            .bind(tenant.as_str())
            .fetch_optional(self.pool())
            .await?
            .ok_or_else(|| AppendError::UnknownTenant(tenant.clone()))?;
        Ok(row.try_get("fence")?)
    }
}

/// Sends the command in one round trip; when another process moved the head meanwhile, sends it again
/// with the head locked first, so that the second answer is final.
async fn decide(
    connection: &mut PgConnection,
    command: &Command,
    fence: i64,
    called: Instant,
) -> Result<Verdict, sqlx::Error> {
    let verdict = command.send(connection, fence, called.elapsed()).await?;
    if !matches!(verdict, Verdict::Stale) {
        return Ok(verdict);
    }
    // The transaction's clock stands still from here on, so what is waited below must not count as age.
    let waited = called.elapsed();
    let mut transaction = connection.begin().await?;
    let row = sqlx::query(include_str!("../sql/lock_head.sql"))
        .bind(command.tenant.as_str())
        .fetch_one(&mut *transaction)
        .await?;
    let verdict = command
        .send(&mut transaction, row.try_get("fence")?, waited)
        .await?;
    transaction.commit().await?;
    Ok(verdict)
}

fn head_moved_under_lock() -> AppendError {
    AppendError::Database(sqlx::Error::Protocol(
        "the head of the log moved while this transaction held its lock".to_owned(),
    ))
}
