//! Following: every event once, in order, as it comes.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::error::connection_lost;
use crate::log::Lane;
use crate::{Log, ReadError, Recorded, Tenant};

/// Events in one batch, at most; at 65,535 bytes an event that is 33 MB.
const BATCH_ROWS_MAX: i64 = 500;

/// How long a follower that hears nothing waits before it looks anyway.
const POLL: Duration = Duration::from_secs(1);

/// Reads one tenant's log from a position on, and waits for more.
#[derive(Debug)]
pub struct Follower {
    log: Log,
    tenant: Tenant,
    position: i64,
    /// Kept so that the bell has an owner for as long as someone listens to it.
    _lane: Arc<Lane>,
    grown: watch::Receiver<()>,
}

impl Log {
    /// Follows the tenant's log from the event after `after`; 0 is the beginning.
    pub fn follow(&self, tenant: &Tenant, after: i64) -> Follower {
        let lane = self.lane(tenant);
        Follower {
            log: self.clone(),
            tenant: tenant.clone(),
            position: after,
            grown: lane.grown.subscribe(),
            _lane: lane,
        }
    }
}

impl Follower {
    /// Position of the last event returned.
    pub fn position(&self) -> i64 {
        self.position
    }

    /// The next events, at least one and at most 500, in order; waits until there are any.
    ///
    /// Outlives the loss of its connections: it tries again until the database is back.
    /// Dropping the future loses nothing: the next call begins at the same event.
    pub async fn next_batch(&mut self) -> Result<Vec<Recorded>, ReadError> {
        self.log.listen();
        loop {
            // Marked as seen before reading, so that what comes during the read rings again.
            self.grown.borrow_and_update();
            match self
                .log
                .read_after(&self.tenant, self.position, BATCH_ROWS_MAX)
                .await
            {
                Ok(batch) => {
                    if let Some(last) = batch.last() {
                        self.position = last.position;
                        return Ok(batch);
                    }
                }
                Err(ReadError::Database(error)) if passing(&error) => {
                    tracing::warn!(%error, tenant = %self.tenant, "following the log is interrupted");
                }
                Err(error) => return Err(error),
            }
            // The sender lives in the lane that this follower holds, so the bell cannot go away; a poll
            // that finds nothing is the safety net for a notification that was lost.
            let _bell_or_poll = tokio::time::timeout(POLL, self.grown.changed()).await;
        }
    }
}

/// Whether an error is of the moment, so that trying again can help.
fn passing(error: &sqlx::Error) -> bool {
    connection_lost(error) || matches!(error, sqlx::Error::PoolTimedOut)
}
