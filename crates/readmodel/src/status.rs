//! Where a view stands, and waiting until it has come far enough.

use std::time::Duration;

use eventlog::Tenant;
use sqlx::Row as _;
use tokio::time::Instant;

use crate::WaitError;
use crate::view::View;

/// How often a waiting reader looks again.
const LOOK: Duration = Duration::from_millis(20);

/// Where one version of a view stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// Its name.
    pub name: &'static str,
    /// Its version.
    pub version: i32,
    /// Position of the last event its rows hold.
    pub position: i64,
    /// Position of the last event of the log.
    pub head: i64,
    /// Whether readers are given this version.
    pub serving: bool,
    /// Why it stands still, if it does.
    pub error: Option<String>,
}

impl Status {
    /// How many events it is behind.
    pub fn lag(&self) -> i64 {
        (self.head - self.position).max(0)
    }

    pub(crate) async fn read(view: &View, tenant: &Tenant, head: i64) -> Result<Self, sqlx::Error> {
        let projection = view.projection.as_ref();
        let row = sqlx::query(
            "select position, serving, error
             from read.projection
             where tenant = $1 and name = $2 and version = $3",
        )
        .bind(tenant.as_str())
        .bind(projection.name())
        .bind(projection.version())
        .fetch_optional(&view.pool)
        .await?;
        let mut status = Self {
            name: projection.name(),
            version: projection.version(),
            position: 0,
            head,
            serving: false,
            error: None,
        };
        if let Some(row) = row {
            status.position = row.try_get("position")?;
            status.serving = row.try_get("serving")?;
            status.error = row.try_get("error")?;
        }
        // The view may have moved on after the head was read.
        status.head = head.max(status.position);
        Ok(status)
    }
}

impl View {
    /// Waits until the view holds the event at `position`, so that a caller reads its own write.
    pub(crate) async fn wait_for(
        &self,
        tenant: &Tenant,
        position: i64,
        timeout: Duration,
    ) -> Result<(), WaitError> {
        let begun = Instant::now();
        loop {
            let mut connection = self.pool.acquire().await?;
            let at = self.key(tenant).read(&mut connection).await?.position;
            // Not held while waiting: many may wait, and others read meanwhile.
            drop(connection);
            if at >= position {
                return Ok(());
            }
            let waited = begun.elapsed();
            if waited >= timeout {
                return Err(WaitError::NotYet {
                    name: self.projection.name(),
                    position: at,
                    wanted: position,
                    waited,
                });
            }
            tokio::time::sleep(LOOK.min(timeout.saturating_sub(waited))).await;
        }
    }
}
