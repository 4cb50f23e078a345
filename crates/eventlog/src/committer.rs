//! Group commit: whatever gathered while the last batch was committing goes together in the next one.
//!
//! One task per tenant takes batches while there are any. It is a task, and not one of the callers, so that
//! a caller that goes away takes nobody's command with it; it ends when the queue is empty, so that one
//! client alone waits for nobody.

use std::sync::Arc;
use std::time::{Duration, Instant};

use sqlx::{Acquire as _, PgConnection, Row as _};
use tokio::time::timeout;

use crate::command::Command;
use crate::error::{connection_lost, lock_timed_out};
use crate::judge::{Judgement, Known, judge};
use crate::lender::Lent;
use crate::log::Lane;
use crate::queue::{Job, overloaded};
use crate::settle::outcome_of;
use crate::statement::{Answer, Statement, skewed};
use crate::{AppendError, Appended, Log, Tenant};

/// How long the database may take over a batch: more than all its waits for locks together. A server whose
/// machine is gone answers nothing, not even that.
const ATTEMPT_MAX: Duration = Duration::from_mins(1);

/// How often a batch is sent before the head is locked first, so that the next answer is final.
const UNLOCKED_MAX: u32 = 2;

/// Sends under the lock, at most: one tells the versions, one the clock, one what is stored, one writes.
const LOCKED_MAX: u32 = 6;

/// The turn of taking a tenant's batches. Dropped half-way, as when its runtime ends, it gives the queue up,
/// so that the next caller begins anew.
pub(crate) struct Driving(Option<Arc<Lane>>);

impl Driving {
    /// For whoever was told by the queue to begin.
    pub(crate) fn new(lane: Arc<Lane>) -> Self {
        Self(Some(lane))
    }
}

impl Drop for Driving {
    fn drop(&mut self) {
        if let Some(lane) = &self.0 {
            lane.queue.abandon();
        }
    }
}

/// Takes batches until nothing waits.
pub(crate) async fn drive(log: Log, tenant: Tenant, mut driving: Driving) {
    let Some(lane) = driving.0.clone() else {
        return;
    };
    loop {
        // Before a batch is taken: whoever settles holds this, and nothing taken may be sent behind it.
        let mut fence = lane.fence.lock().await;
        let Some(jobs) = lane.queue.take_batch(&tenant) else {
            break;
        };
        let mut batch = Batch {
            log: &log,
            tenant: &tenant,
            lane: &lane,
            jobs,
        };
        batch.commit(&mut fence).await;
        drop(fence);
        // Those just answered get to send their next command along with the next batch.
        tokio::task::yield_now().await;
    }
    driving.0 = None;
}

/// Commands that go together, as long as they are not answered.
pub(crate) struct Batch<'a> {
    pub(crate) log: &'a Log,
    pub(crate) tenant: &'a Tenant,
    pub(crate) lane: &'a Lane,
    pub(crate) jobs: Vec<Job>,
}

/// What came of sending a batch once.
enum Step {
    /// Every command has its outcome, which holds once the transaction is committed.
    Done(Vec<Result<Appended, AppendError>>),
    /// Something was learned; judge again.
    Again,
    /// The head moved between the statement's snapshot and its lock, or the fence was raised: nothing
    /// that was seen can be relied on.
    Stale,
}

impl Batch<'_> {
    /// Appends what goes through and answers every command.
    async fn commit(&mut self, fence: &mut Option<i64>) {
        let connection = match self.log.lend().await {
            Ok(connection) => connection,
            // Nothing was sent.
            Err(error) => return self.fail(error).await,
        };
        let attempt = timeout(ATTEMPT_MAX, self.attempt(connection, fence));
        match attempt.await.unwrap_or_else(|_| Err(silent())) {
            Ok(()) => {}
            Err(error) if connection_lost(&error) => self.settle_lost(fence, error).await,
            Err(error) if lock_timed_out(&error) => {
                for job in self.jobs.drain(..) {
                    job.answer(Err(overloaded(self.tenant, 1)));
                }
            }
            Err(error) if self.jobs.len() > 1 && of_one_command(&error) => {
                // Something in one of them is at odds with the log. Which one shows when each goes alone.
                for job in std::mem::take(&mut self.jobs) {
                    let mut alone = Batch {
                        jobs: vec![job],
                        ..*self
                    };
                    Box::pin(alone.commit(fence)).await;
                }
            }
            Err(error) => self.fail(error).await,
        }
    }

    /// Answers everything, or tells why it could not.
    async fn attempt(
        &mut self,
        mut connection: Lent<'_>,
        fence: &mut Option<i64>,
    ) -> Result<(), sqlx::Error> {
        let mut known = Known::new();
        if fence.is_none() {
            *fence = read_fence(&mut connection, self.tenant).await?;
        }
        let Some(current) = *fence else {
            self.answer_unknown_tenant();
            return Ok(());
        };
        for _ in 0..UNLOCKED_MAX {
            let begins = Instant::now();
            match self
                .send(&mut connection, current, begins, &mut known)
                .await?
            {
                Step::Done(outcomes) => {
                    connection.give_back();
                    self.answer(outcomes);
                    return Ok(());
                }
                Step::Again => {}
                Step::Stale => break,
            }
        }
        // The transaction's clock stands still from here on, so what is waited below must not count as age.
        let begins = Instant::now();
        let mut transaction = connection.begin().await?;
        let current = lock_head(&mut transaction, self.tenant).await?;
        *fence = Some(current);
        for _ in 0..LOCKED_MAX {
            if let Step::Done(outcomes) = self
                .send(&mut transaction, current, begins, &mut known)
                .await?
            {
                transaction.commit().await?;
                connection.give_back();
                self.answer(outcomes);
                return Ok(());
            }
        }
        Err(sqlx::Error::Protocol(
            "the log changed while this transaction held its head".to_owned(),
        ))
    }

    /// Judges, sends, and takes from the answer what there is to learn.
    async fn send(
        &mut self,
        connection: &mut PgConnection,
        fence: i64,
        begins: Instant,
        known: &mut Known,
    ) -> Result<Step, sqlx::Error> {
        // What a caller asked for and then gave up is not sent, and not sent a second time.
        self.jobs.retain(|job| !job.reply.is_closed());
        if self.jobs.is_empty() {
            return Ok(Step::Done(Vec::new()));
        }
        let commands: Vec<_> = self
            .jobs
            .iter()
            .map(|job| (&job.command, job.called))
            .collect();
        let judgement = judge(commands.iter().map(|(command, _)| *command), known);
        let forms = self.lane.known_forms();
        let statement = Statement {
            tenant: self.tenant,
            commands: &commands,
            judgement: &judgement,
            forms: &forms,
            fence,
            begins,
        };
        let answer = statement.send(connection).await?;
        if answer.fence.is_none() {
            self.answer_unknown_tenant();
            return Ok(Step::Done(Vec::new()));
        }
        if !answer.stored.is_empty() {
            self.answer_stored(connection, &answer).await?;
            return Ok(Step::Again);
        }
        if !answer.current {
            return Ok(Step::Stale);
        }
        if !answer.as_assumed(&judgement) {
            *known = answer.known(&judgement);
            return Ok(Step::Again);
        }
        if answer.skewed {
            self.answer_skewed(&answer, begins);
            return Ok(Step::Again);
        }
        if answer.written.is_none() && !judgement.accepted.is_empty() {
            return Err(sqlx::Error::Protocol(
                "the log wrote nothing and did not say why".to_owned(),
            ));
        }
        Ok(Step::Done(outcomes(&commands, judgement, &answer)))
    }

    fn answer(&mut self, outcomes: Vec<Result<Appended, AppendError>>) {
        let stored: Vec<&Command> = self
            .jobs
            .iter()
            .zip(&outcomes)
            .filter_map(|(job, outcome)| outcome.is_ok().then_some(&job.command))
            .collect();
        self.lane.learn_forms(&stored);
        let stored = !stored.is_empty();
        for (job, outcome) in self.jobs.drain(..).zip(outcomes) {
            job.answer(outcome);
        }
        if stored {
            self.log.announce(self.tenant, self.lane);
        }
    }

    fn answer_unknown_tenant(&mut self) {
        for job in self.jobs.drain(..) {
            job.answer(Err(AppendError::UnknownTenant(self.tenant.clone())));
        }
    }

    /// Answers the commands that are in the log with what became of them there.
    async fn answer_stored(
        &mut self,
        connection: &mut PgConnection,
        answer: &Answer,
    ) -> Result<(), sqlx::Error> {
        let (repeated, others) = std::mem::take(&mut self.jobs)
            .into_iter()
            .partition(|job| answer.stored.contains(&job.command.id));
        self.jobs = others;
        let mut repeated: Vec<Job> = repeated;
        while let Some(job) = repeated.pop() {
            let command = &job.command;
            match outcome_of(connection, self.tenant, command.id, &command.fingerprint).await {
                Ok(outcome) => {
                    let gone = || sqlx::Error::RowNotFound.into();
                    job.answer(outcome.and_then(|stored| stored.ok_or_else(gone)));
                }
                Err(error) => {
                    // None of them is lost: all are settled or failed together.
                    self.jobs.push(job);
                    self.jobs.append(&mut repeated);
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    /// Refuses the commands whose live events are off the database's clock.
    fn answer_skewed(&mut self, answer: &Answer, begins: Instant) {
        let clock = answer.database_clock;
        for job in std::mem::take(&mut self.jobs) {
            match skewed(&job.command, job.called, begins, clock) {
                Some(occurred_at) => job.answer(Err(AppendError::ClockSkew {
                    occurred_at,
                    database_clock: clock,
                    offset: occurred_at.duration_since(clock),
                })),
                None => self.jobs.push(job),
            }
        }
    }

    /// Tells every caller that the database failed, naming the event if one is the reason.
    async fn fail(&mut self, error: sqlx::Error) {
        let error = Arc::new(error);
        for job in std::mem::take(&mut self.jobs) {
            let explained = self.log.explain(&job.command, &error).await;
            job.answer(Err(explained));
        }
    }
}

/// The outcome of each command, in the order of the batch.
fn outcomes(
    commands: &[(&Command, Instant)],
    judgement: Judgement<'_>,
    answer: &Answer,
) -> Vec<Result<Appended, AppendError>> {
    let (before_batch, recorded_at) = answer.written.unwrap_or_default();
    let mut outcomes: Vec<(usize, Result<Appended, AppendError>)> = judgement
        .refused
        .into_iter()
        .map(|(at, error)| (at, Err(error)))
        .collect();
    for accepted in &judgement.accepted {
        let command = commands[accepted.at].0;
        let before = before_batch + accepted.before;
        let versions = accepted
            .writes
            .iter()
            .zip(command.write_lengths())
            .map(|(&(stream, written), length)| answer.actual[stream] + written + length)
            .collect();
        let appended = Appended {
            first_position: before + 1,
            last_position: before + command.event_count(),
            recorded_at,
            versions,
            repeated: false,
            refusal: command.refusal.clone(),
        };
        outcomes.push((accepted.at, Ok(appended)));
    }
    outcomes.sort_by_key(|(at, _)| *at);
    outcomes.into_iter().map(|(_, outcome)| outcome).collect()
}

/// What a server that no longer answers comes to.
fn silent() -> sqlx::Error {
    std::io::Error::from(std::io::ErrorKind::TimedOut).into()
}

/// Whether an error comes from what one command says, so that the others can go without it.
fn of_one_command(error: &sqlx::Error) -> bool {
    // Class 22: data. 23: integrity. 54: a limit of the server.
    error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code)
        .is_some_and(|code| {
            ["22", "23", "54"]
                .iter()
                .any(|class| code.starts_with(class))
        })
}

async fn read_fence(
    connection: &mut PgConnection,
    tenant: &Tenant,
) -> Result<Option<i64>, sqlx::Error> {
    let row = sqlx::query(include_str!("../sql/read_fence.sql"))
        .bind(tenant.as_str())
        .fetch_optional(connection)
        .await?;
    row.map(|row| row.try_get("fence")).transpose()
}

async fn lock_head(connection: &mut PgConnection, tenant: &Tenant) -> Result<i64, sqlx::Error> {
    let row = sqlx::query(include_str!("../sql/lock_head.sql"))
        .bind(tenant.as_str())
        .fetch_one(connection)
        .await?;
    row.try_get("fence")
}
