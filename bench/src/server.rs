//! The private server, and a database of its own for each measure.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context as _, ensure};
use eventlog::{Log, Role, Tenant};
use localpg::{Options, Postgres};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, PgConnection};
use tokio::sync::OnceCell;

use crate::history;

/// Settings of both sides: with the usual ones a checkpoint would fall into some rounds and not into others.
const SETTINGS: [&str; 3] = [
    "alter system set max_wal_size = '8GB'",
    "alter system set checkpoint_timeout = '1h'",
    "select pg_reload_conf()",
];

/// A durable PostgreSQL that this run alone uses.
#[derive(Debug)]
pub(crate) struct Server {
    postgres: Postgres,
    databases: AtomicU32,
    history: OnceCell<Database>,
}

/// A migrated database with one tenant, dropped at the end of its measure.
#[derive(Debug, Clone)]
pub(crate) struct Database {
    name: String,
    url: String,
}

impl Server {
    /// Starts it in a folder of its own.
    pub(crate) fn start() -> anyhow::Result<Self> {
        let postgres = Postgres::ensure(Options {
            dir: Some(PathBuf::from("/var/tmp/gebiedstafel-bench")),
            durable: true,
            binaries: None,
        })?;
        Ok(Self {
            postgres,
            databases: AtomicU32::new(0),
            history: OnceCell::new(),
        })
    }

    /// Checks that commits are written through, and says what runs, such as `PostgreSQL 15.20`.
    pub(crate) async fn prepare(&self) -> anyhow::Result<String> {
        let mut connection = connect(&self.postgres.url("postgres")).await?;
        for setting in SETTINGS {
            sqlx::query(setting).execute(&mut connection).await?;
        }
        for setting in ["fsync", "synchronous_commit", "full_page_writes"] {
            let value: String = sqlx::query_scalar("select current_setting($1)")
                .bind(setting)
                .fetch_one(&mut connection)
                .await?;
            ensure!(
                value == "on",
                "{setting} is {value}: commits would not be durable"
            );
        }
        let leftovers: Vec<String> =
            sqlx::query_scalar("select datname from pg_database where datname like 'bench\\_%'")
                .fetch_all(&mut connection)
                .await?;
        for name in leftovers {
            drop_database(&mut connection, &name).await?;
        }
        Ok(format!("PostgreSQL {}", self.postgres.version()))
    }

    /// Makes a database and migrates it.
    pub(crate) async fn database(&self) -> anyhow::Result<Database> {
        let number = self.databases.fetch_add(1, Ordering::Relaxed);
        let name = format!("bench_{}_{number}", std::process::id());
        let mut connection = connect(&self.postgres.url("postgres")).await?;
        sqlx::query(AssertSqlSafe(format!("create database {name}")))
            .execute(&mut connection)
            .await?;
        let database = Database {
            url: self.postgres.url(&name),
            name,
        };
        eventlog::migrate(&database.url).await?;
        let log = database.log(1).await?;
        log.create_tenant(&tenant()?).await?;
        Ok(database)
    }

    /// A database whose log holds a made-up history, made once for all measures that read it.
    pub(crate) async fn history(&self, events: usize) -> anyhow::Result<&Database> {
        self.history
            .get_or_try_init(|| async {
                let database = self.database().await?;
                history::fill(&mut database.connection().await?, events).await?;
                Ok(database)
            })
            .await
    }

    /// Drops a database with whatever is still connected to it.
    pub(crate) async fn drop(&self, database: Database) -> anyhow::Result<()> {
        let mut connection = connect(&self.postgres.url("postgres")).await?;
        drop_database(&mut connection, &database.name).await
    }
}

impl Database {
    /// Its URL, as superuser.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The log through a pool of its own.
    pub(crate) async fn log(&self, connections_max: u32) -> anyhow::Result<Log> {
        Ok(Log::new(
            eventlog::connect(&self.url, Role::App, connections_max).await?,
        ))
    }

    /// One connection as superuser, with the settings that the log's own connections have.
    pub(crate) async fn connection(&self) -> anyhow::Result<PgConnection> {
        let options: PgConnectOptions = self.url.parse()?;
        Ok(options
            .options([("plan_cache_mode", "force_generic_plan")])
            .connect()
            .await?)
    }

    /// Leaves no work of earlier rounds to the next, and gives the planner figures: with none yet, a plan
    /// may be one for an empty table, and which side has it would be a matter of luck.
    pub(crate) async fn settle(&self) -> anyhow::Result<()> {
        let mut connection = connect(&self.url).await?;
        for statement in ["vacuum analyze", "checkpoint"] {
            sqlx::query(statement).execute(&mut connection).await?;
        }
        connection.close().await?;
        Ok(())
    }
}

/// Migrates a database and fills its empty log.
pub(crate) async fn fill(url: &str, events: usize) -> anyhow::Result<()> {
    eventlog::migrate(url).await?;
    let log = Log::new(eventlog::connect(url, Role::App, 1).await?);
    log.create_tenant(&tenant()?).await?;
    history::fill(&mut connect(url).await?, events).await
}

/// The only tenant there is.
pub(crate) fn tenant() -> anyhow::Result<Tenant> {
    Ok(Tenant::new("measured")?)
}

async fn connect(url: &str) -> anyhow::Result<PgConnection> {
    PgConnection::connect(url)
        .await
        .context("connect to the private PostgreSQL")
}

async fn drop_database(connection: &mut PgConnection, name: &str) -> anyhow::Result<()> {
    let statement = format!("drop database {name} with (force)");
    sqlx::query(AssertSqlSafe(statement))
        .execute(connection)
        .await?;
    Ok(())
}
