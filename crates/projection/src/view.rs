//! The tables of one version of a view, and the connections that see them.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use eventlog::Tenant;
use sha2::{Digest as _, Sha256};
use sqlx::postgres::PgPoolOptions;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, PgPool, Postgres, Transaction};

use crate::progress::Progress;
use crate::projection::schema_name;
use crate::{Key, OpenError, Projection, Slot, Table};

/// How long an idle connection is taken to live, before it is asked.
const IDLE_TRUSTED: Duration = Duration::from_secs(1);

/// How long to wait for a free connection, and so for a database that is gone, as every other pool does.
const ACQUIRE_MAX: Duration = Duration::from_secs(10);

/// How long a transaction may wait for its client; a comparison that holds a build shows more often that it lives.
const IDLE_IN_TRANSACTION_MAX: &str = "30s";

/// How long a statement waits for a lock.
const LOCK_WAIT_MAX: &str = "10s";

/// One version of a view, with a pool for each of its two builds. Cheap to clone.
///
/// The search path of a pool is fixed when a connection is made: switching it on a living connection would
/// break the statements that were prepared on it.
#[derive(Clone)]
pub struct View(Arc<Inner>);

struct Inner {
    name: &'static str,
    version: i32,
    tables: &'static [Table],
    blue: PgPool,
    green: PgPool,
    /// Which build served each tenant when it was last asked: a guess that saves asking.
    serving: RwLock<HashMap<Tenant, Slot>>,
    /// Shared with the runner of this process.
    progress: Arc<Progress>,
}

impl View {
    /// Opens the view on the database and role of `pool`, and makes its tables when it is the first.
    ///
    /// Each build gets at most `connections_max` connections of its own, made when they are needed.
    pub async fn open<P: Projection + ?Sized>(
        projection: &P,
        pool: &PgPool,
        connections_max: u32,
    ) -> Result<Self, OpenError> {
        let (name, version) = (projection.name(), projection.version());
        make_tables(projection, pool).await?;
        let build = |slot| build_pool(pool, &schema_name(name, version, slot), connections_max);
        Ok(Self(Arc::new(Inner {
            name,
            version,
            tables: projection.tables(),
            blue: build(Slot::Blue),
            green: build(Slot::Green),
            serving: RwLock::default(),
            progress: Arc::default(),
        })))
    }

    /// The same view with connections of its own, for readers: they hear at once of what this one applies,
    /// and do not keep it waiting.
    #[must_use]
    pub fn for_readers(&self, connections_max: u32) -> Self {
        let build = |slot| build_pool(self.pool(slot), &self.schema(slot), connections_max);
        Self(Arc::new(Inner {
            name: self.0.name,
            version: self.0.version,
            tables: self.0.tables,
            blue: build(Slot::Blue),
            green: build(Slot::Green),
            serving: RwLock::default(),
            progress: Arc::clone(&self.0.progress),
        }))
    }

    /// Its name.
    pub fn name(&self) -> &'static str {
        self.0.name
    }

    /// Its version.
    pub fn version(&self) -> i32 {
        self.0.version
    }

    /// Its tables.
    pub fn tables(&self) -> &'static [Table] {
        self.0.tables
    }

    /// The schema of one of its builds.
    pub fn schema(&self, slot: Slot) -> String {
        schema_name(self.0.name, self.0.version, slot)
    }

    /// Connections that see one of its builds by unqualified names.
    pub fn pool(&self, slot: Slot) -> &PgPool {
        match slot {
            Slot::Blue => &self.0.blue,
            Slot::Green => &self.0.green,
        }
    }

    /// The row of a build's checkpoint.
    pub fn key<'a>(&self, tenant: &'a Tenant, slot: Slot) -> Key<'a> {
        Key::new(tenant, self.0.name, self.0.version, slot)
    }

    /// A transaction that sees one moment of one build: rows and checkpoint belong together.
    pub async fn snapshot(
        &self,
        slot: Slot,
    ) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
        self.pool(slot)
            .begin_with("begin isolation level repeatable read read only")
            .await
    }

    /// Deletes the tenant's rows of the build that the connection sees.
    pub async fn clear(
        &self,
        connection: &mut PgConnection,
        tenant: &Tenant,
    ) -> Result<(), sqlx::Error> {
        for table in self.0.tables {
            sqlx::query(AssertSqlSafe(format!(
                "delete from {} where tenant = $1",
                table.name
            )))
            .bind(tenant.as_str())
            .execute(&mut *connection)
            .await?;
        }
        Ok(())
    }
}

impl View {
    /// Which build served this tenant when it was last asked.
    pub(crate) fn known_serving(&self, tenant: &Tenant) -> Option<Slot> {
        let known = self.0.serving.read();
        known
            .unwrap_or_else(PoisonError::into_inner)
            .get(tenant)
            .copied()
    }

    pub(crate) fn remember_serving(&self, tenant: &Tenant, slot: Slot) {
        let known = self.0.serving.write();
        known
            .unwrap_or_else(PoisonError::into_inner)
            .insert(tenant.clone(), slot);
    }

    /// What the runner of this process tells its readers.
    pub(crate) fn progress(&self) -> &Progress {
        &self.0.progress
    }
}

/// Connections that see one schema by unqualified names; made when they are needed.
fn build_pool(like: &PgPool, schema: &str, connections_max: u32) -> PgPool {
    let options = PgPool::connect_options(like).as_ref().clone();
    PgPoolOptions::new()
        .max_connections(connections_max)
        .acquire_timeout(ACQUIRE_MAX)
        // A connection in use all the time is not asked each time whether it still lives: that would be
        // one more round trip between a commit and its being seen.
        .test_before_acquire(false)
        .before_acquire(|connection, meta| {
            Box::pin(
                async move { Ok(meta.idle_for < IDLE_TRUSTED || connection.ping().await.is_ok()) },
            )
        })
        .connect_lazy_with(options.options([
            ("search_path", schema),
            // A server that is paused or cut off in the middle of a batch must not keep the build for ever:
            // nobody takes over a row that is locked.
            (
                "idle_in_transaction_session_timeout",
                IDLE_IN_TRANSACTION_MAX,
            ),
            // And whoever waits for one that is held gives up in time to say so.
            ("lock_timeout", LOCK_WAIT_MAX),
        ]))
}

impl std::fmt::Debug for View {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("View")
            .field("name", &self.0.name)
            .field("version", &self.0.version)
            .finish_non_exhaustive()
    }
}

/// Makes both schemas where they are not there, and refuses those that were made otherwise.
async fn make_tables<P: Projection + ?Sized>(
    projection: &P,
    pool: &PgPool,
) -> Result<(), OpenError> {
    let made = made_by(projection.schema_sql());
    let mut transaction = pool.begin().await?;
    // Two processes may start at once; one of them makes the tables and the other finds them.
    sqlx::query("select pg_advisory_xact_lock(hashtextextended('projection.' || $1, 0))")
        .bind(projection.schema(Slot::Blue))
        .execute(&mut *transaction)
        .await?;
    for slot in Slot::ALL {
        let schema = projection.schema(slot);
        let there: Option<Option<String>> = sqlx::query_scalar(
            "select obj_description(oid, 'pg_namespace')
             from pg_namespace
             where nspname = $1",
        )
        .bind(&schema)
        .fetch_optional(&mut *transaction)
        .await?;
        match there {
            Some(comment) if comment.as_deref() == Some(made.as_str()) => {}
            Some(_) => return Err(OpenError::SchemaChanged { schema }),
            None => {
                // The names are made of a name and a number in the code, never of input.
                let begin = format!(
                    "create schema {schema}; comment on schema {schema} is '{made}'; set local search_path to {schema};"
                );
                for script in [begin.as_str(), projection.schema_sql()] {
                    sqlx::raw_sql(AssertSqlSafe(script.to_owned()))
                        .execute(&mut *transaction)
                        .await?;
                }
            }
        }
    }
    transaction.commit().await?;
    Ok(())
}

/// What the comment on a schema says of the statements it was made by.
fn made_by(schema_sql: &str) -> String {
    let mut comment = "Made by statements with SHA-256 ".to_owned();
    for byte in Sha256::digest(schema_sql.as_bytes()) {
        // Writing to a string cannot fail.
        let _ = write!(comment, "{byte:02x}");
    }
    comment
}
