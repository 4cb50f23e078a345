//! Reading a view: from one moment of the build that serves, never of one that is half filled.

use std::time::Duration;

use eventlog::Tenant;
use jiff::Timestamp;
use sqlx::{PgConnection, Postgres, Row as _, Transaction};
use tokio::time::Instant;

use crate::{Slot, View, ViewError, WaitError};

/// How often a waiting reader looks when another process keeps the view up to date.
const LOOK: Duration = Duration::from_millis(4);

/// How often it looks all the same when this process does, and so wakes it.
const LOOK_ANYWAY: Duration = Duration::from_millis(250);

/// How often a reader follows a switch before it gives up; each needs another switch at that very moment.
const SWITCHES_MAX: usize = 8;

/// One moment of a view: rows and checkpoint belong together.
#[derive(Debug)]
pub struct Moment {
    /// Reads the rows of that moment.
    pub snapshot: Transaction<'static, Postgres>,
    /// The build that serves.
    pub slot: Slot,
    /// Position of the last event the rows hold; 0 before the first.
    pub position: i64,
    /// When the log came to know of it; None before the first.
    pub recorded_at: Option<Timestamp>,
    /// How many streams are put aside: their rows do not hold all that is in the log up to the position.
    pub parked: i64,
}

impl View {
    /// A moment to answer from.
    ///
    /// No answer comes from a view that was given up, nor from one that was never filled: see
    /// [`ViewError`]. Of an empty log every view is complete.
    pub async fn answer_from(&self, tenant: &Tenant) -> Result<Moment, ViewError> {
        let mut slot = match self.known_serving(tenant) {
            Some(slot) => slot,
            None => self.find_serving(tenant).await?,
        };
        for _ in 0..SWITCHES_MAX {
            if let Some(moment) = self.moment(tenant, slot).await? {
                return Ok(moment);
            }
            // Readers were given another build since this process last asked.
            slot = self.find_serving(tenant).await?;
        }
        Err(ViewError::Database(sqlx::Error::RowNotFound))
    }

    /// A moment of this build, if it serves at that moment or nothing was ever recorded.
    async fn moment(&self, tenant: &Tenant, slot: Slot) -> Result<Option<Moment>, ViewError> {
        let mut snapshot = self.snapshot(slot).await?;
        let row = sqlx::query(include_str!("../sql/read_moment.sql"))
            .bind(tenant.as_str())
            .bind(self.name())
            .bind(self.version())
            .bind(slot.as_str())
            .fetch_optional(&mut *snapshot)
            .await?;
        let Some(row) = row else {
            // Nobody ran it yet: of an empty log it is complete all the same.
            return Ok((head(&mut snapshot, tenant).await? == 0).then_some(Moment {
                snapshot,
                slot,
                position: 0,
                recorded_at: None,
                parked: 0,
            }));
        };
        if !row.try_get::<bool, _>("serving")? {
            return Ok(None);
        }
        let position = row.try_get("position")?;
        if row.try_get("halted")? {
            return Err(ViewError::StandsStill {
                name: self.name(),
                position,
                why: row
                    .try_get::<Option<String>, _>("error")?
                    .unwrap_or_default(),
            });
        }
        Ok(Some(Moment {
            snapshot,
            slot,
            position,
            recorded_at: row
                .try_get::<Option<jiff_sqlx::Timestamp>, _>("recorded_at")?
                .map(jiff_sqlx::Timestamp::to_jiff),
            parked: row.try_get("parked")?,
        }))
    }

    /// Asks the database which build serves.
    async fn find_serving(&self, tenant: &Tenant) -> Result<Slot, ViewError> {
        let mut connection = self.pool(Slot::Blue).acquire().await?;
        let (found, position) = self.serving(&mut connection, tenant).await?;
        if let Some(slot) = found {
            self.remember_serving(tenant, slot);
            return Ok(slot);
        }
        let head = head(&mut connection, tenant).await?;
        if head == 0 {
            return Ok(Slot::Blue);
        }
        Err(ViewError::BeingBuilt {
            name: self.name(),
            position,
            head,
        })
    }

    /// The build that serves and where it stands; while none does, how far the first has come.
    pub(crate) async fn serving(
        &self,
        connection: &mut PgConnection,
        tenant: &Tenant,
    ) -> Result<(Option<Slot>, i64), sqlx::Error> {
        let row = sqlx::query(include_str!("../sql/read_serving.sql"))
            .bind(tenant.as_str())
            .bind(self.name())
            .bind(self.version())
            .fetch_optional(connection)
            .await?;
        let Some(row) = row else {
            return Ok((None, 0));
        };
        let slot = row
            .try_get::<&str, _>("slot")?
            .parse()
            .map_err(|unknown| sqlx::Error::Decode(Box::new(unknown)))?;
        let serving: bool = row.try_get("serving")?;
        Ok((serving.then_some(slot), row.try_get("position")?))
    }

    /// Waits until the view holds the event at `position`, so that a caller reads its own write.
    ///
    /// Wakes at once when this process keeps the view up to date, and otherwise looks often.
    pub async fn wait_for(
        &self,
        tenant: &Tenant,
        position: i64,
        timeout: Duration,
    ) -> Result<(), WaitError> {
        let begun = Instant::now();
        let mut progress = self.progress().subscribe(tenant);
        loop {
            // Seen before looking, so that what comes meanwhile wakes.
            let seen = *progress.borrow_and_update();
            let mut connection = self.pool(Slot::Blue).acquire().await?;
            let (serving, at) = self.serving(&mut connection, tenant).await?;
            // Not held while waiting: many may wait, and others read meanwhile.
            drop(connection);
            if (serving.is_some() && at >= position) || position == 0 {
                return Ok(());
            }
            let waited = begun.elapsed();
            if waited >= timeout {
                return Err(WaitError::NotYet {
                    name: self.name(),
                    position: at,
                    wanted: position,
                    waited,
                });
            }
            let left = timeout.saturating_sub(waited);
            let slot = serving.unwrap_or(Slot::Blue);
            if seen.of(slot).is_some_and(|at| at < position) {
                let far_enough =
                    progress.wait_for(|now| now.of(slot).is_none_or(|at| at >= position));
                // Woken or not, the database is asked again.
                let _woken_or_not = tokio::time::timeout(LOOK_ANYWAY.min(left), far_enough).await;
            } else {
                tokio::time::sleep(LOOK.min(left)).await;
            }
        }
    }
}

/// Position of the tenant's last event; 0 also of a tenant that does not exist.
async fn head(connection: &mut PgConnection, tenant: &Tenant) -> Result<i64, sqlx::Error> {
    let head: Option<i64> = sqlx::query_scalar("select position from log.head where tenant = $1")
        .bind(tenant.as_str())
        .fetch_optional(connection)
        .await?;
    Ok(head.unwrap_or_default())
}
