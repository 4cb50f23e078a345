//! The tables of one version of a view, and the connections that see them.

use std::sync::Arc;
use std::time::Duration;

use eventlog::Tenant;
use sqlx::postgres::PgPoolOptions;
use sqlx::{AssertSqlSafe, PgConnection, PgPool, Postgres, Transaction};

use crate::checkpoint::{Checkpoint, Key};
use crate::{Projection, ViewError};

/// How long to wait for a free connection, and so for a database that is gone, as every other pool does.
const ACQUIRE_MAX: Duration = Duration::from_secs(10);

/// One version of a view with a pool of its own.
///
/// The search path is fixed when a connection is made: switching it on a living connection would break
/// the statements that were prepared on it.
#[derive(Clone)]
pub(crate) struct View {
    pub(crate) projection: Arc<dyn Projection>,
    pub(crate) pool: PgPool,
}

impl View {
    /// Opens the view on the database and role of `pool`, and makes its tables when it is the first.
    pub(crate) async fn open(
        projection: Arc<dyn Projection>,
        pool: &PgPool,
        connections_max: u32,
    ) -> Result<Self, sqlx::Error> {
        let options = PgPool::connect_options(pool).as_ref().clone();
        let pool = PgPoolOptions::new()
            .max_connections(connections_max)
            .acquire_timeout(ACQUIRE_MAX)
            .connect_lazy_with(options.options([("search_path", projection.schema())]));
        let view = Self { projection, pool };
        view.make_tables().await?;
        Ok(view)
    }

    async fn make_tables(&self) -> Result<(), sqlx::Error> {
        let schema = self.projection.schema();
        let mut transaction = self.pool.begin().await?;
        // Two processes may start at once; one of them makes the tables and the other finds them.
        sqlx::query("select pg_advisory_xact_lock(hashtextextended('readmodel.' || $1, 0))")
            .bind(&schema)
            .execute(&mut *transaction)
            .await?;
        let there: bool =
            sqlx::query_scalar("select exists (select from pg_namespace where nspname = $1)")
                .bind(&schema)
                .fetch_one(&mut *transaction)
                .await?;
        if !there {
            // The name is made of a name and a number in the code, never of input.
            sqlx::raw_sql(AssertSqlSafe(format!("create schema {schema}")))
                .execute(&mut *transaction)
                .await?;
            sqlx::raw_sql(self.projection.schema_sql())
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await
    }

    /// A transaction that sees one moment: rows and checkpoint belong together.
    pub(crate) async fn snapshot(&self) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
        self.pool
            .begin_with("begin isolation level repeatable read read only")
            .await
    }

    /// A moment to answer from, and how far the view had come; none when the view stands still.
    pub(crate) async fn answer_from(
        &self,
        tenant: &Tenant,
    ) -> Result<(Transaction<'static, Postgres>, Checkpoint), ViewError> {
        let mut snapshot = self.snapshot().await?;
        let key = self.key(tenant);
        let checkpoint = key.read(&mut snapshot).await?;
        if let Some(why) = key.error(&mut snapshot).await? {
            return Err(ViewError::StandsStill {
                name: self.projection.name(),
                position: checkpoint.position,
                why,
            });
        }
        Ok((snapshot, checkpoint))
    }

    /// The row of its checkpoint.
    pub(crate) fn key<'a>(&self, tenant: &'a Tenant) -> Key<'a> {
        Key::new(tenant, self.projection.as_ref())
    }

    /// Deletes the tenant's rows.
    pub(crate) async fn clear(
        &self,
        connection: &mut PgConnection,
        tenant: &Tenant,
    ) -> Result<(), sqlx::Error> {
        for table in self.projection.tables() {
            sqlx::query(AssertSqlSafe(format!(
                "delete from {table} where tenant = $1"
            )))
            .bind(tenant.as_str())
            .execute(&mut *connection)
            .await?;
        }
        Ok(())
    }
}

impl std::fmt::Debug for View {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("View")
            .field(&self.projection.schema())
            .finish()
    }
}
