//! Loading: many commands in one transaction, by COPY, with every check of an append.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use sqlx::{Acquire as _, PgConnection};
use tokio::sync::oneshot;
use uuid::Uuid;

use crate::command::Command;
use crate::error::{connection_lost, lock_timed_out};
use crate::judge::judge;
use crate::queue::overloaded;
use crate::{Append, AppendError, Appended, InvalidAppend, Log, Tenant};

mod look;
mod plan;
pub(crate) mod rows;

use look::{Outcomes, read_outcomes};
pub(crate) use look::{lock_log, move_head, read_versions, write_forms};
pub(crate) use plan::{Plan, Times};

/// How often a lost connection is settled before the outcome is called unknown.
const SETTLE_ATTEMPTS_MAX: u32 = 3;

impl Log {
    /// Stores what many commands of the past write: all of it in one transaction, or nothing.
    ///
    /// Commands are judged in order, each as if those before it had been stored; the first that cannot go
    /// through fails the whole load and says why. One that is in the log already, or twice in the load, is
    /// not written again and gets its first outcome. A live command is invalid here.
    /// Outcomes come in the order of the commands. All are recorded at one moment, now.
    ///
    /// The tenant's log is locked meanwhile, 0.2 s or so for 10,000 events: who loads more loads several
    /// times, so that others get their turn.
    /// A lost connection is settled before this answers. Dropping the future does not stop a load that has
    /// begun and leaves its outcome unknown: ask [`Log::settle`] about any one of its commands.
    pub async fn load(
        &self,
        tenant: &Tenant,
        commands: Vec<Append>,
    ) -> Result<Vec<Appended>, AppendError> {
        let mut checked = Vec::with_capacity(commands.len());
        for append in commands {
            if append.live {
                let command_id = append.command_id;
                return Err(InvalidAppend::LiveLoad { command_id }.into());
            }
            checked.push(Command::check(tenant, append)?);
        }
        if checked.is_empty() {
            return Ok(Vec::new());
        }
        let load = Load {
            log: self.clone(),
            tenant: tenant.clone(),
            commands: checked,
        };
        let (reply, answer) = oneshot::channel();
        // A task of its own: a caller that goes away leaves no connection in the midst of a copy.
        tokio::spawn(load.run(reply));
        answer
            .await
            .unwrap_or_else(|_| Err(AppendError::Unknown(Arc::new(sqlx::Error::WorkerCrashed))))
    }
}

type Reply = oneshot::Sender<Result<Vec<Appended>, AppendError>>;

struct Load {
    log: Log,
    tenant: Tenant,
    commands: Vec<Command>,
}

impl Load {
    async fn run(self, reply: Reply) {
        let lane = self.log.lane(&self.tenant);
        // Takes its turn among the batches of this process before it meets the others in the database.
        let mut fence = lane.fence.lock().await;
        if reply.is_closed() {
            // Whoever went away before it was sent may have been told since that it is not stored.
            return;
        }
        let outcome = match self.attempt(&reply).await {
            Err(AppendError::Database(lost)) if connection_lost(&lost) => {
                self.settle_lost(&mut fence, lost).await
            }
            Err(AppendError::Database(error)) if lock_timed_out(&error) => {
                Err(overloaded(&self.tenant, 1))
            }
            Err(AppendError::Database(error)) => Err(self.explain(error).await),
            decided => decided,
        };
        drop(fence);
        if outcome.is_ok() {
            let written = self.written(&outcome);
            lane.learn_forms(&written);
            self.log.announce(&self.tenant, &lane);
        }
        let _caller_may_be_gone = reply.send(outcome);
    }

    /// The commands that were written now: what a repeated one says was not.
    fn written(&self, outcome: &Result<Vec<Appended>, AppendError>) -> Vec<&Command> {
        let outcomes = outcome.as_deref().unwrap_or_default();
        self.commands
            .iter()
            .zip(outcomes)
            .filter_map(|(command, appended)| (!appended.repeated).then_some(command))
            .collect()
    }

    async fn attempt(&self, reply: &Reply) -> Result<Vec<Appended>, AppendError> {
        let mut connection = self.log.pool().acquire().await?;
        let mut transaction = connection.begin().await?;
        match self.write(&mut transaction, reply).await {
            Ok(outcomes) => {
                transaction.commit().await?;
                Ok(outcomes)
            }
            Err(error) => {
                // Gone or not, what was written before goes with the transaction.
                let _gone_anyway = transaction.rollback().await;
                Err(error)
            }
        }
    }

    /// Judges and writes; what it answers holds once the transaction is committed.
    async fn write(
        &self,
        connection: &mut PgConnection,
        reply: &Reply,
    ) -> Result<Vec<Appended>, AppendError> {
        let Some((position, recorded_at)) = lock_log(connection, &self.tenant).await? else {
            return Err(AppendError::UnknownTenant(self.tenant.clone()));
        };
        if reply.is_closed() {
            // Gone during the wait for the head, and perhaps told that it is not stored.
            return Err(sqlx::Error::WorkerCrashed.into());
        }
        // From here on nobody else writes, and each look sees all that was written before.
        let stored = read_outcomes(connection, &self.tenant, &self.commands).await?;
        let fresh = self.fresh(&stored)?;
        let known = read_versions(connection, &self.tenant, &streams(&fresh)).await?;
        let mut judgement = judge(fresh.iter().copied(), &known);
        if !judgement.refused.is_empty() {
            return Err(judgement.refused.swap_remove(0).1);
        }
        let plan = Plan {
            commands: &fresh,
            judgement: &judgement,
            position,
            times: Times::Now(recorded_at),
        };
        if !fresh.is_empty() {
            self.store(connection, &plan).await?;
            move_head(connection, &self.tenant, plan.end(), recorded_at).await?;
        }
        self.outcomes(&plan.outcomes(), &stored)
    }

    async fn store(
        &self,
        connection: &mut PgConnection,
        plan: &Plan<'_>,
    ) -> Result<(), sqlx::Error> {
        rows::copy_events(connection, &self.tenant, plan.events()).await?;
        rows::copy_commands(connection, &self.tenant, plan.command_rows()).await?;
        write_forms(connection, &self.tenant, plan.events()).await
    }

    /// The commands to be written: not those in the log, and the first of those that are here twice.
    fn fresh(&self, stored: &Outcomes) -> Result<Vec<&Command>, AppendError> {
        let mut seen: HashMap<Uuid, &Command> = HashMap::new();
        let mut event_ids = HashSet::new();
        let mut fresh = Vec::with_capacity(self.commands.len());
        for command in &self.commands {
            if stored.of(command)?.is_some() {
                continue;
            }
            if let Some(first) = seen.insert(command.id, command) {
                if first.fingerprint != command.fingerprint {
                    let command_id = command.id;
                    return Err(AppendError::CommandReused { command_id });
                }
                continue;
            }
            if let Some(event_id) = command.event_ids().find(|id| !event_ids.insert(*id)) {
                return Err(AppendError::EventExists { event_id });
            }
            fresh.push(command);
        }
        Ok(fresh)
    }

    /// The outcome of each command, whether written now or before.
    fn outcomes(
        &self,
        written: &HashMap<Uuid, Appended>,
        stored: &Outcomes,
    ) -> Result<Vec<Appended>, AppendError> {
        let mut told = HashSet::new();
        let mut outcomes = Vec::with_capacity(self.commands.len());
        for command in &self.commands {
            outcomes.push(match written.get(&command.id) {
                Some(appended) => Appended {
                    repeated: !told.insert(command.id),
                    ..appended.clone()
                },
                None => stored.of(command)?.ok_or(sqlx::Error::RowNotFound)?.clone(),
            });
        }
        Ok(outcomes)
    }

    /// What became of the load, after its connection broke: all of it is in the log, or nothing.
    async fn settle_lost(
        &self,
        fence: &mut Option<i64>,
        lost: Arc<sqlx::Error>,
    ) -> Result<Vec<Appended>, AppendError> {
        for _ in 0..SETTLE_ATTEMPTS_MAX {
            match self.ask_after_loss(fence).await {
                Ok(Some(outcomes)) => return Ok(outcomes),
                Ok(None) => return Err(AppendError::NotStored(lost)),
                Err(AppendError::Database(error)) if connection_lost(&error) => {
                    tracing::warn!(%error, "asking after a lost load failed");
                }
                Err(AppendError::Database(_)) => break,
                Err(refused) => return Err(refused),
            }
        }
        Err(AppendError::Unknown(lost))
    }

    async fn ask_after_loss(
        &self,
        fence: &mut Option<i64>,
    ) -> Result<Option<Vec<Appended>>, AppendError> {
        // Takes the head's lock, so it waits until the lost transaction has ended either way. The load sent
        // its commit only while it held that lock, so nothing of it can come later.
        self.log.raise_fence(&self.tenant, fence).await?;
        let mut connection = self.log.pool().acquire().await?;
        let stored = read_outcomes(&mut connection, &self.tenant, &self.commands).await?;
        let mut outcomes = Vec::with_capacity(self.commands.len());
        for command in &self.commands {
            match stored.of(command)? {
                Some(appended) => outcomes.push(appended.clone()),
                None => return Ok(None),
            }
        }
        Ok(Some(outcomes))
    }

    /// Names the event behind a unique violation; anything else is the database's own failure.
    async fn explain(&self, error: Arc<sqlx::Error>) -> AppendError {
        let constraint = error
            .as_database_error()
            .and_then(sqlx::error::DatabaseError::constraint);
        // The load goes right behind the head: what is there is a history that has no head yet.
        if constraint == Some("event_pkey") {
            return AppendError::Restoring(self.tenant.clone());
        }
        if constraint == Some("event_event_id_key")
            && let Some(event_id) = self.first_existing().await
        {
            return AppendError::EventExists { event_id };
        }
        AppendError::Database(error)
    }

    /// The first event that is in the log, but for those of repeated commands, which rightly are.
    async fn first_existing(&self) -> Option<Uuid> {
        let mut connection = self.log.pool().acquire().await.ok()?;
        let stored = read_outcomes(&mut connection, &self.tenant, &self.commands)
            .await
            .ok()?;
        let ids: Vec<Uuid> = self
            .commands
            .iter()
            .filter(|command| !stored.has(command.id))
            .flat_map(Command::event_ids)
            .collect();
        let existing = self.log.find_event_ids(&self.tenant, &ids).await.ok()?;
        ids.into_iter().find(|id| existing.contains(id))
    }
}

/// Every stream that is written or guarded, once.
pub(crate) fn streams<'a>(commands: &[&'a Command]) -> Vec<(&'a str, &'a str)> {
    let mut seen = HashSet::new();
    commands
        .iter()
        .flat_map(|command| command.streams())
        .filter(|stream| seen.insert(*stream))
        .collect()
}
