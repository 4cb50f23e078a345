//! Waiting for the log to come so far.

use std::time::Duration;

use crate::{Log, ReadError, Tenant};

/// How long to wait unheard before looking anyway, should a notification have been lost.
const POLL: Duration = Duration::from_secs(1);

impl Log {
    /// Returns once the log has an event at `position`, whichever process appends it.
    ///
    /// It waits without end: whoever calls it says how long, by a timeout around it.
    pub async fn wait_for(&self, tenant: &Tenant, position: i64) -> Result<(), ReadError> {
        self.listen();
        let lane = self.lane(tenant);
        let mut grown = lane.grown.subscribe();
        loop {
            // Marked as seen before looking, so that what comes meanwhile rings again.
            grown.borrow_and_update();
            if self.head(tenant).await?.position >= position {
                return Ok(());
            }
            let _bell_or_poll = tokio::time::timeout(POLL, grown.changed()).await;
        }
    }
}
