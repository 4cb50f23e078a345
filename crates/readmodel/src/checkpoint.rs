//! How far a view has come: one row per tenant and version, moved with the view's own rows.

use eventlog::{Recorded, Tenant};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx as _;
use sqlx::{PgConnection, Row as _};

use crate::Projection;

/// Where a view stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Checkpoint {
    /// Position of the last event its rows hold.
    pub(crate) position: i64,
    /// When the log came to know of it.
    pub(crate) recorded_at: Option<Timestamp>,
}

/// The row a checkpoint is kept in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Key<'a> {
    tenant: &'a Tenant,
    name: &'static str,
    version: i32,
}

impl<'a> Key<'a> {
    pub(crate) fn new(tenant: &'a Tenant, projection: &dyn Projection) -> Self {
        Self {
            tenant,
            name: projection.name(),
            version: projection.version(),
        }
    }

    /// Reads it; a view that was never run stands at 0.
    pub(crate) async fn read(
        self,
        connection: &mut PgConnection,
    ) -> Result<Checkpoint, sqlx::Error> {
        let row = sqlx::query(
            "select position, recorded_at
             from read.projection
             where tenant = $1 and name = $2 and version = $3",
        )
        .bind(self.tenant.as_str())
        .bind(self.name)
        .bind(self.version)
        .fetch_optional(connection)
        .await?;
        row.map_or(Ok(Checkpoint::default()), |row| {
            Ok(Checkpoint {
                position: row.try_get("position")?,
                recorded_at: row
                    .try_get::<Option<jiff_sqlx::Timestamp>, _>("recorded_at")?
                    .map(jiff_sqlx::Timestamp::to_jiff),
            })
        })
    }

    /// Why the view stands still, if it does.
    pub(crate) async fn error(
        self,
        connection: &mut PgConnection,
    ) -> Result<Option<String>, sqlx::Error> {
        let error: Option<Option<String>> = sqlx::query_scalar(
            "select error
             from read.projection
             where tenant = $1 and name = $2 and version = $3",
        )
        .bind(self.tenant.as_str())
        .bind(self.name)
        .bind(self.version)
        .fetch_optional(connection)
        .await?;
        Ok(error.flatten())
    }

    /// Makes the row where there is none; the first version of a name is the one that serves.
    pub(crate) async fn ensure(self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        sqlx::query(include_str!("../sql/checkpoint/insert_checkpoint.sql"))
            .bind(self.tenant.as_str())
            .bind(self.name)
            .bind(self.version)
            .execute(connection)
            .await?;
        Ok(())
    }

    /// Holds the row until the transaction ends, so that nobody else moves this view meanwhile.
    pub(crate) async fn lock(self, connection: &mut PgConnection) -> Result<i64, sqlx::Error> {
        sqlx::query_scalar(
            "select position
             from read.projection
             where tenant = $1 and name = $2 and version = $3
             for update",
        )
        .bind(self.tenant.as_str())
        .bind(self.name)
        .bind(self.version)
        .fetch_one(connection)
        .await
    }

    /// Moves it from `before` to `last`; false when it no longer stands at `before`.
    ///
    /// The row stays locked until the transaction ends, so this comes before the view's own rows: of two
    /// that would apply the same batch, the second waits here and then finds itself late.
    pub(crate) async fn advance(
        self,
        connection: &mut PgConnection,
        before: i64,
        last: &Recorded,
    ) -> Result<bool, sqlx::Error> {
        let done = sqlx::query(include_str!("../sql/checkpoint/advance_checkpoint.sql"))
            .bind(self.tenant.as_str())
            .bind(self.name)
            .bind(self.version)
            .bind(before)
            .bind(last.position)
            .bind(last.recorded_at.to_sqlx())
            .execute(connection)
            .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Puts it back to 0.
    pub(crate) async fn reset(self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        sqlx::query(include_str!("../sql/checkpoint/reset_checkpoint.sql"))
            .bind(self.tenant.as_str())
            .bind(self.name)
            .bind(self.version)
            .execute(connection)
            .await?;
        Ok(())
    }

    /// Notes why it stands still at `position`, unless it has moved on since.
    pub(crate) async fn stop(
        self,
        connection: &mut PgConnection,
        position: i64,
        error: &str,
    ) -> Result<(), sqlx::Error> {
        sqlx::query(
            "update read.projection
             set error = $5
             where tenant = $1 and name = $2 and version = $3 and position = $4",
        )
        .bind(self.tenant.as_str())
        .bind(self.name)
        .bind(self.version)
        .bind(position)
        .bind(error)
        .execute(connection)
        .await?;
        Ok(())
    }
}
