//! Settling: what became of a command whose answer was lost.

use sqlx::Row as _;
use uuid::Uuid;

use crate::command::Command;
use crate::error::connection_lost;
use crate::event::timestamp;
use crate::{AppendError, Appended, Log, Tenant};

/// How often a lost connection is settled before the outcome is called unknown.
const SETTLE_ATTEMPTS_MAX: u32 = 3;

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
        let row = sqlx::query(include_str!("../sql/read_outcome.sql"))
            .bind(tenant.as_str())
            .bind(command_id)
            .fetch_optional(self.pool())
            .await?;
        let Some(row) = row else {
            return Ok(None);
        };
        if row.try_get::<&[u8], _>("fingerprint")? != fingerprint {
            return Err(AppendError::CommandReused { command_id });
        }
        let first_position: i64 = row.try_get("first_position")?;
        let event_count: i64 = row.try_get("event_count")?;
        Ok(Some(Appended {
            first_position,
            last_position: first_position + event_count - 1,
            recorded_at: timestamp(&row, "recorded_at")?,
            versions: row.try_get("versions")?,
            repeated: true,
            refusal: row.try_get("refusal")?,
        }))
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

    /// Settles the append whose turn it is, after its connection broke with `lost`.
    pub(crate) async fn settle_lost(
        &self,
        command: &Command,
        fence: &mut Option<i64>,
        lost: sqlx::Error,
    ) -> Result<Appended, AppendError> {
        for _ in 0..SETTLE_ATTEMPTS_MAX {
            match self.ask_after_loss(command, fence).await {
                Ok(Some(appended)) => return Ok(appended),
                Ok(None) => return Err(AppendError::NotStored(lost)),
                Err(AppendError::Database(error)) if connection_lost(&error) => {
                    tracing::warn!(%error, "asking after a lost command failed");
                }
                Err(AppendError::Database(_)) => break,
                Err(refused) => return Err(refused),
            }
        }
        Err(AppendError::Unknown(lost))
    }

    async fn ask_after_loss(
        &self,
        command: &Command,
        fence: &mut Option<i64>,
    ) -> Result<Option<Appended>, AppendError> {
        self.raise_fence(&command.tenant, fence).await?;
        self.outcome(&command.tenant, command.id, &command.fingerprint)
            .await
    }

    async fn raise_fence(
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
