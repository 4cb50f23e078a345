//! The demo's databases: one that is being filled, and one that was filled.

use std::sync::Arc;

use anyhow::Context as _;
use sqlx::{Connection as _, PgConnection};

use crate::database::{DEMO, Database, Server, execute};
use crate::failure::failed;

/// Where a demo is filled before it takes the place of the last one.
const DEMO_NEW: &str = "wijk_demo_new";

/// The lock that a running demo holds on its server; any number will do.
const DEMO_LOCK: i64 = 0x7769_6a6b_6465_6d6f;

/// A server on which no other demo runs. One that was killed leaves its lock with its connection, and its databases
/// to the next one.
pub(super) struct Place {
    server: Arc<Server>,
    /// Holds the lock, and makes and drops databases.
    maintenance: PgConnection,
}

impl Place {
    /// Waits for nobody: two demos on one server would take each other's data away.
    pub(super) async fn take(server: Arc<Server>) -> anyhow::Result<Self> {
        let mut maintenance = server.maintenance().await?;
        let alone: bool = sqlx::query_scalar("select pg_try_advisory_lock($1)")
            .bind(DEMO_LOCK)
            .fetch_one(&mut maintenance)
            .await?;
        if !alone {
            return Err(failed(
                "demo-running",
                "another `wijk demo` runs here; stop that one with Ctrl-C, or give this one a folder of its own with --data-dir",
            ));
        }
        Ok(Self {
            server,
            maintenance,
        })
    }

    /// The server.
    pub(super) fn server(&self) -> Arc<Server> {
        Arc::clone(&self.server)
    }

    /// Whether the demo stays when this one ends.
    pub(super) fn stays(&self) -> bool {
        self.server.is_private()
    }

    /// A new, migrated database to fill.
    pub(super) async fn prepare(&mut self) -> anyhow::Result<Database> {
        self.drop_database(DEMO_NEW).await?;
        execute(&mut self.maintenance, format!("create database {DEMO_NEW}"))
            .await
            .context("cannot create the demo's database; the user of DATABASE_URL needs the right to (alter role NAME createdb), or unset DATABASE_URL to use the private PostgreSQL")?;
        // Nothing here is worth waiting for the disk.
        execute(
            &mut self.maintenance,
            format!("alter database {DEMO_NEW} set synchronous_commit = off"),
        )
        .await?;
        let database = Database::named(self.server(), DEMO_NEW);
        eventlog::migrate(database.url()).await?;
        Ok(database)
    }

    /// Puts the filled database in the place of the last one. Who reads that one is cut off.
    pub(super) async fn finish(&mut self) -> anyhow::Result<()> {
        self.drop_database(DEMO).await?;
        // Connections of pools that were dropped end a little later than the pools.
        sqlx::query(
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = $1",
        )
        .bind(DEMO_NEW)
        .execute(&mut self.maintenance)
        .await?;
        execute(
            &mut self.maintenance,
            format!("alter database {DEMO_NEW} rename to {DEMO}"),
        )
        .await
        .context("cannot put the new demo in the place of the last one")
    }

    /// Ends the demo: what is half made goes, and on a server that is not ours everything.
    pub(super) async fn leave(mut self) -> anyhow::Result<()> {
        self.drop_database(DEMO_NEW).await?;
        if !self.stays() {
            self.drop_database(DEMO).await?;
        }
        self.maintenance.close().await?;
        Ok(())
    }

    /// Throws everything of the demo away.
    pub(super) async fn clear(mut self) -> anyhow::Result<()> {
        self.drop_database(DEMO_NEW).await?;
        self.drop_database(DEMO).await?;
        self.maintenance.close().await?;
        Ok(())
    }

    async fn drop_database(&mut self, database: &str) -> anyhow::Result<()> {
        execute(
            &mut self.maintenance,
            format!("drop database if exists {database} with (force)"),
        )
        .await
        .with_context(|| format!("cannot drop database {database}"))
    }
}
