//! How far a build has come: one row per tenant and build, moved with the view's own rows.

use eventlog::Tenant;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx as _;
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Row as _};
use uuid::Uuid;

use crate::Slot;
use crate::lease::Held;

/// Where a build stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "they are the columns of a row, and any of them may be so without the others"
)]
pub struct Checkpoint {
    /// Position of the last event its rows hold.
    pub position: i64,
    /// When the log came to know of it; None before the first.
    pub recorded_at: Option<Timestamp>,
    /// Whether readers are given this build.
    pub serving: bool,
    /// Whether it follows the log; false while a rebuild fills it.
    pub live: bool,
    /// Whether the operator stopped it.
    pub stopped: bool,
    /// Whether it was given up after an error.
    pub halted: bool,
}

/// The row a checkpoint is kept in.
#[derive(Debug, Clone, Copy)]
pub struct Key<'a> {
    pub(crate) tenant: &'a Tenant,
    pub(crate) name: &'static str,
    pub(crate) version: i32,
    pub(crate) slot: Slot,
}

impl<'a> Key<'a> {
    /// Of this build.
    pub fn new(tenant: &'a Tenant, name: &'static str, version: i32, slot: Slot) -> Self {
        Self {
            tenant,
            name,
            version,
            slot,
        }
    }

    /// Which of the two builds.
    pub fn slot(self) -> Slot {
        self.slot
    }

    /// Reads it; None while there is no such build.
    pub async fn read(
        self,
        connection: &mut PgConnection,
    ) -> Result<Option<Checkpoint>, sqlx::Error> {
        sqlx::query(
            "select position, recorded_at, serving, live, desired = 'stopped' as stopped, halted
             from read.projection
             where tenant = $1 and name = $2 and version = $3 and slot = $4",
        )
        .bind(self.tenant.as_str())
        .bind(self.name)
        .bind(self.version)
        .bind(self.slot.as_str())
        .fetch_optional(connection)
        .await?
        .map(|row| checkpoint(&row))
        .transpose()
    }

    /// Holds the row until the transaction ends, so that nobody else moves this build meanwhile.
    pub async fn lock(
        self,
        connection: &mut PgConnection,
    ) -> Result<Option<Checkpoint>, sqlx::Error> {
        sqlx::query(
            "select position, recorded_at, serving, live, desired = 'stopped' as stopped, halted
             from read.projection
             where tenant = $1 and name = $2 and version = $3 and slot = $4
             for update",
        )
        .bind(self.tenant.as_str())
        .bind(self.name)
        .bind(self.version)
        .bind(self.slot.as_str())
        .fetch_optional(connection)
        .await?
        .map(|row| checkpoint(&row))
        .transpose()
    }

    /// Makes the first build of a version where there is none, which serves from the beginning if the log
    /// is empty and otherwise once it has come to `head`.
    pub(crate) async fn ensure(
        self,
        connection: &mut PgConnection,
        head: i64,
    ) -> Result<(), sqlx::Error> {
        sqlx::query(include_str!("../sql/insert_projection.sql"))
            .bind(self.tenant.as_str())
            .bind(self.name)
            .bind(self.version)
            .bind(self.slot.as_str())
            .bind(head == 0)
            .execute(connection)
            .await?;
        Ok(())
    }

    /// Moves it from `before` to `last`; false when it no longer stands at `before`, is stopped or not live,
    /// or the lease is another's.
    ///
    /// The row stays locked until the transaction ends, so this comes before the view's own rows: of two
    /// that would apply the same batch, the second waits here and then finds itself late.
    pub(crate) async fn advance(
        self,
        connection: &mut PgConnection,
        before: i64,
        last: (i64, Timestamp),
        held: Option<Held>,
    ) -> Result<bool, sqlx::Error> {
        let done = sqlx::query(include_str!("../sql/advance_projection.sql"))
            .bind(self.tenant.as_str())
            .bind(self.name)
            .bind(self.version)
            .bind(self.slot.as_str())
            .bind(before)
            .bind(last.0)
            .bind(last.1.to_sqlx())
            .bind(held.map(|held| held.holder))
            .bind(held.map(|held| held.ttl.as_secs_f64()))
            .execute(connection)
            .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Notes why it failed; with `restarts_max` restarts behind it, or none allowed, it is given up.
    /// Answers how often in a row it failed and whether it is given up; None when it is another's turn.
    pub(crate) async fn fail(
        self,
        connection: &mut PgConnection,
        holder: Option<Uuid>,
        error: &str,
        restarts_max: Option<i32>,
    ) -> Result<Option<(i32, bool)>, sqlx::Error> {
        let row = sqlx::query(include_str!("../sql/fail_projection.sql"))
            .bind(self.tenant.as_str())
            .bind(self.name)
            .bind(self.version)
            .bind(self.slot.as_str())
            .bind(holder)
            .bind(error)
            .bind(restarts_max.unwrap_or_default())
            .fetch_optional(connection)
            .await?;
        row.map(|row| Ok((row.try_get("restarts")?, row.try_get("halted")?)))
            .transpose()
    }

    /// Stores what the operator wants; what runs again begins without the failures of before.
    pub(crate) async fn want(
        self,
        connection: &mut PgConnection,
        desired: &str,
    ) -> Result<(), sqlx::Error> {
        sqlx::query(include_str!("../sql/want_projection.sql"))
            .bind(self.tenant.as_str())
            .bind(self.name)
            .bind(self.version)
            .bind(self.slot.as_str())
            .bind(desired)
            .execute(connection)
            .await?;
        Ok(())
    }

    /// Lets it go on if it was given up.
    pub(crate) async fn revive(self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        sqlx::query(
            "update read.projection
             set halted = false, error = null, restarts = 0
             where tenant = $1 and name = $2 and version = $3 and slot = $4 and halted",
        )
        .bind(self.tenant.as_str())
        .bind(self.name)
        .bind(self.version)
        .bind(self.slot.as_str())
        .execute(connection)
        .await?;
        Ok(())
    }

    /// Forgets the failures of before, provided that it stands at `position`, the head of the log, and
    /// so lacks nothing.
    pub(crate) async fn recover(
        self,
        connection: &mut PgConnection,
        position: i64,
        held: Option<Held>,
    ) -> Result<(), sqlx::Error> {
        sqlx::query(include_str!("../sql/clear_failure.sql"))
            .bind(self.tenant.as_str())
            .bind(self.name)
            .bind(self.version)
            .bind(self.slot.as_str())
            .bind(position)
            .bind(held.map(|held| held.holder))
            .execute(connection)
            .await?;
        Ok(())
    }

    /// Gives it to readers if no other build of its version serves.
    pub(crate) async fn serve_first(
        self,
        connection: &mut PgConnection,
    ) -> Result<bool, sqlx::Error> {
        let done = sqlx::query(include_str!("../sql/serve_first.sql"))
            .bind(self.tenant.as_str())
            .bind(self.name)
            .bind(self.version)
            .bind(self.slot.as_str())
            .execute(connection)
            .await?;
        Ok(done.rows_affected() == 1)
    }
}

fn checkpoint(row: &PgRow) -> Result<Checkpoint, sqlx::Error> {
    Ok(Checkpoint {
        position: row.try_get("position")?,
        recorded_at: row
            .try_get::<Option<jiff_sqlx::Timestamp>, _>("recorded_at")?
            .map(jiff_sqlx::Timestamp::to_jiff),
        serving: row.try_get("serving")?,
        live: row.try_get("live")?,
        stopped: row.try_get("stopped")?,
        halted: row.try_get("halted")?,
    })
}
