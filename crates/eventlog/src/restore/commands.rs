//! Reading whole commands out of a log, to put them into another.

use std::collections::{HashMap, HashSet, VecDeque};

use sqlx::Row as _;
use uuid::Uuid;

use crate::{BrokenReplay, Log, ReadError, Recorded, Replay, Tenant};

/// Events that are read ahead, besides those of the command that is being read.
const AHEAD_EVENTS: usize = 512;

/// A command as the log holds it: its outcome, and all that it wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedCommand {
    /// See [`Append::command_id`](crate::Append::command_id).
    pub command_id: Uuid,
    /// See [`Append::fingerprint`](crate::Append::fingerprint).
    pub fingerprint: Vec<u8>,
    /// See [`Append::refusal`](crate::Append::refusal).
    pub refusal: Option<String>,
    /// Its events, in order; at least one.
    pub events: Vec<Recorded>,
}

/// The commands of a log in order, each with its events.
///
/// As whole as the [`Replay`] beneath it: ends only after the last one asked for.
#[derive(Debug)]
pub struct Commands {
    log: Log,
    tenant: Tenant,
    replay: Replay,
    ahead: VecDeque<Recorded>,
    outcomes: HashMap<Uuid, Outcome>,
}

#[derive(Debug)]
struct Outcome {
    fingerprint: Vec<u8>,
    refusal: Option<String>,
    first_position: i64,
    event_count: i64,
}

impl Log {
    /// All commands whose events lie after position `after` and up to position `up_to`, in order: what
    /// [`Restore::push`](crate::Restore::push) takes.
    ///
    /// Both must be the end of a command (0 and the head are); one that is cut in two is
    /// [`BrokenReplay::Torn`].
    pub async fn commands(
        &self,
        tenant: &Tenant,
        after: i64,
        up_to: i64,
    ) -> Result<Commands, ReadError> {
        let replay = self.replay(tenant, after, up_to).await?;
        Ok(Commands::of(self, tenant, replay))
    }
}

impl Commands {
    pub(super) fn of(log: &Log, tenant: &Tenant, replay: Replay) -> Self {
        Self {
            log: log.clone(),
            tenant: tenant.clone(),
            replay,
            ahead: VecDeque::new(),
            outcomes: HashMap::new(),
        }
    }

    /// The next command; `None` after the last.
    ///
    /// Dropping the future loses nothing: the next call goes on where it was.
    pub async fn next(&mut self) -> Result<Option<RecordedCommand>, ReadError> {
        if self.ahead.is_empty() && !self.read_on().await? {
            return Ok(None);
        }
        let Some(first) = self.ahead.front() else {
            return Ok(None);
        };
        let (command_id, position) = (first.command_id, first.position);
        let torn = || ReadError::Replay(BrokenReplay::Torn { position });
        if !self.outcomes.contains_key(&command_id) {
            self.read_outcomes().await?;
        }
        let outcome = self.outcomes.get(&command_id).ok_or_else(torn)?;
        let event_count = usize::try_from(outcome.event_count).map_err(|_| torn())?;
        if outcome.first_position != position {
            return Err(torn());
        }
        while self.ahead.len() < event_count {
            if !self.read_on().await? {
                return Err(torn());
            }
        }
        let events = self.ahead.range(..event_count);
        if events.clone().any(|event| event.command_id != command_id) {
            return Err(torn());
        }
        let outcome = self.outcomes.remove(&command_id).ok_or_else(torn)?;
        Ok(Some(RecordedCommand {
            command_id,
            fingerprint: outcome.fingerprint,
            refusal: outcome.refusal,
            events: self.ahead.drain(..event_count).collect(),
        }))
    }

    async fn read_on(&mut self) -> Result<bool, ReadError> {
        let batch = self.replay.next_batch(AHEAD_EVENTS).await?;
        let any = !batch.is_empty();
        self.ahead.extend(batch);
        Ok(any)
    }

    /// Looks up the commands of all events read ahead.
    async fn read_outcomes(&mut self) -> Result<(), ReadError> {
        let ids: HashSet<Uuid> = self.ahead.iter().map(|event| event.command_id).collect();
        let rows = sqlx::query(include_str!("../../sql/read_commands.sql"))
            .bind(self.tenant.as_str())
            .bind(ids.into_iter().collect::<Vec<_>>())
            .fetch_all(self.log.pool())
            .await?;
        for row in rows {
            let outcome = Outcome {
                fingerprint: row.try_get("fingerprint")?,
                refusal: row.try_get("refusal")?,
                first_position: row.try_get("first_position")?,
                event_count: row.try_get("event_count")?,
            };
            self.outcomes.insert(row.try_get("command_id")?, outcome);
        }
        Ok(())
    }
}
