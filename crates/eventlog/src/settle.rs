//! Settling: what became of a command whose answer was lost.

use std::sync::Arc;
use std::time::Duration;

use sqlx::{PgConnection, Row as _};
use tokio::time::timeout;
use uuid::Uuid;

use crate::committer::Batch;
use crate::error::{connection_lost, lock_timed_out};
use crate::event::timestamp;
use crate::queue::Job;
use crate::{AppendError, Appended, Log, Tenant};

/// How often a lost connection is settled before the outcome is called unknown.
const SETTLE_ATTEMPTS_MAX: u32 = 4;

/// How long one asking may take.
const ASK_MAX: Duration = Duration::from_secs(20);

impl Log {
    /// The stored outcome of a command, or `None` when it is not in the log (yet).
    ///
    /// Ask this before answering a refusal or a conflict: the retry of a success would otherwise be
    /// refused by its own effect.
    /// A statement still under way can store the command later; [`Log::settle`] excludes that.
    pub async fn outcome(
        &self,
        tenant: &Tenant,
        command_id: Uuid,
        fingerprint: &[u8],
    ) -> Result<Option<Appended>, AppendError> {
        let mut connection = self.pool().acquire().await?;
        outcome_of(&mut connection, tenant, command_id, fingerprint).await?
    }

    /// Tells for good what became of a command: its outcome, or `None`, and then no statement sent so far
    /// can store it any more.
    ///
    /// It raises the head's fence before it reads, which sends every append under way back to look again.
    pub async fn settle(
        &self,
        tenant: &Tenant,
        command_id: Uuid,
        fingerprint: &[u8],
    ) -> Result<Option<Appended>, AppendError> {
        let lane = self.lane(tenant);
        let mut fence = lane.fence.lock().await;
        self.raise_fence(tenant, &mut fence).await?;
        self.outcome(tenant, command_id, fingerprint).await
    }

    pub(crate) async fn raise_fence(
        &self,
        tenant: &Tenant,
        fence: &mut Option<i64>,
    ) -> Result<(), AppendError> {
        // Unknown until the database has answered: it may be raised without our hearing of it.
        *fence = None;
        let row = sqlx::query(include_str!("../sql/raise_fence.sql"))
            .bind(tenant.as_str())
            .fetch_optional(self.pool())
            .await?
            .ok_or_else(|| AppendError::UnknownTenant(tenant.clone()))?;
        *fence = Some(row.try_get("fence")?);
        Ok(())
    }
}

impl Batch<'_> {
    /// Settles every command of the batch, after its connection broke with `lost`.
    pub(crate) async fn settle_lost(&mut self, fence: &mut Option<i64>, lost: sqlx::Error) {
        for _ in 0..SETTLE_ATTEMPTS_MAX {
            let asked = timeout(ASK_MAX, self.ask_after_loss(fence)).await;
            match asked {
                Ok(Ok(outcomes)) => return self.answer_lost(outcomes, lost),
                // The lost transaction may hold the head until the server gives it up.
                Ok(Err(AppendError::Database(error)))
                    if connection_lost(&error) || lock_timed_out(&error) =>
                {
                    tracing::warn!(%error, "asking after lost commands failed");
                }
                Err(elapsed) => tracing::warn!(%elapsed, "asking after lost commands failed"),
                Ok(Err(_)) => break,
            }
        }
        let lost = Arc::new(lost);
        for job in self.jobs.drain(..) {
            job.answer(Err(AppendError::Unknown(Arc::clone(&lost))));
        }
    }

    /// What became of each command; from here on no statement sent before can change that.
    async fn ask_after_loss(
        &self,
        fence: &mut Option<i64>,
    ) -> Result<Vec<Result<Option<Appended>, AppendError>>, AppendError> {
        self.log.raise_fence(self.tenant, fence).await?;
        let mut connection = self.log.pool().acquire().await?;
        let mut outcomes = Vec::with_capacity(self.jobs.len());
        for Job { command, .. } in &self.jobs {
            let (id, fingerprint) = (command.id, &command.fingerprint);
            outcomes.push(outcome_of(&mut connection, self.tenant, id, fingerprint).await?);
        }
        Ok(outcomes)
    }

    fn answer_lost(
        &mut self,
        outcomes: Vec<Result<Option<Appended>, AppendError>>,
        lost: sqlx::Error,
    ) {
        let lost = Arc::new(lost);
        for (job, outcome) in self.jobs.drain(..).zip(outcomes) {
            let none = || AppendError::NotStored(Arc::clone(&lost));
            job.answer(outcome.and_then(|stored| stored.ok_or_else(none)));
        }
        // Some may be in the log, and nobody has told the followers.
        self.log.announce(self.tenant, self.lane);
    }
}

/// The stored outcome of a command by this connection; the inner error when its id stands for another.
pub(crate) async fn outcome_of(
    connection: &mut PgConnection,
    tenant: &Tenant,
    command_id: Uuid,
    fingerprint: &[u8],
) -> Result<Result<Option<Appended>, AppendError>, sqlx::Error> {
    let row = sqlx::query(include_str!("../sql/read_outcome.sql"))
        .bind(tenant.as_str())
        .bind(command_id)
        .fetch_optional(connection)
        .await?;
    let Some(row) = row else {
        return Ok(Ok(None));
    };
    if row.try_get::<&[u8], _>("fingerprint")? != fingerprint {
        return Ok(Err(AppendError::CommandReused { command_id }));
    }
    let first_position: i64 = row.try_get("first_position")?;
    let event_count: i64 = row.try_get("event_count")?;
    Ok(Ok(Some(Appended {
        first_position,
        last_position: first_position + event_count - 1,
        recorded_at: timestamp(&row, "recorded_at")?,
        versions: row.try_get("versions")?,
        repeated: true,
        refusal: row.try_get("refusal")?,
    })))
}
