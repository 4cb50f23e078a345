//! Which database a command works on: the one that is named, or one on the private server.

use std::str::FromStr as _;
use std::sync::Arc;

use anyhow::Context as _;
use eventlog::{ConnectError, Role};
use localpg::Postgres;
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, PgConnection};

use crate::args::Global;
use crate::failure::failed;
use crate::private;
use crate::screen::note;

/// The municipality's own database on the private server.
const OWN: &str = "wijk";

/// The demo's database, on whichever server.
pub(crate) const DEMO: &str = "wijk_demo";

/// What a command needs of a database that may not be there yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// One with a municipality in it; the demo's where the folder has none of its own.
    Filled,
    /// One of its own, made where there is none.
    Own,
}

/// A server, and the private one that is kept running for it.
#[derive(Debug)]
pub(crate) struct Server {
    options: PgConnectOptions,
    private: Option<Postgres>,
}

/// A database that is migrated, or about to be.
#[derive(Debug)]
pub(crate) struct Database {
    url: String,
    server: Arc<Server>,
}

impl Server {
    /// The server of `DATABASE_URL`, otherwise the private one.
    pub(crate) async fn find(global: &Global) -> anyhow::Result<Self> {
        let Some(url) = &global.database_url else {
            let private = private::start(&global.data_dir).await?;
            let options = PgConnectOptions::from_str(&private.url("postgres"))?;
            return Ok(Self {
                options,
                private: Some(private),
            });
        };
        if url.trim().is_empty() {
            return Err(failed(
                "empty-database-url",
                "DATABASE_URL is set but empty; unset it to use the private PostgreSQL, or give it a value like postgres://user:password@host:5432/database",
            ));
        }
        try_url(url).await?;
        Ok(Self {
            options: PgConnectOptions::from_str(url.trim())?,
            private: None,
        })
    }

    /// Whether it is the private one.
    pub(crate) fn is_private(&self) -> bool {
        self.private.is_some()
    }

    /// A connection outside every pool, as the user of the URL: for making and dropping databases.
    pub(crate) async fn maintenance(&self) -> anyhow::Result<PgConnection> {
        self.options
            .connect()
            .await
            .context("cannot reach the server")
    }

    /// The URL of one of its databases. Holds the password, so it is never shown.
    pub(crate) fn url(&self, database: &str) -> String {
        self.options
            .clone()
            .database(database)
            .to_url_lossy()
            .to_string()
    }

    /// Whether it has such a database.
    pub(crate) async fn has(&self, database: &str) -> anyhow::Result<bool> {
        let mut maintenance = self.maintenance().await?;
        let found =
            sqlx::query_scalar("select exists (select from pg_database where datname = $1)")
                .bind(database)
                .fetch_one(&mut maintenance)
                .await?;
        maintenance.close().await?;
        Ok(found)
    }

    /// Makes the database unless it is there, whoever else is making it.
    async fn ensure(&self, database: &'static str) -> anyhow::Result<()> {
        if self.has(database).await? {
            return Ok(());
        }
        let mut maintenance = self.maintenance().await?;
        match execute(&mut maintenance, format!("create database {database}")).await {
            Err(sqlx::Error::Database(error))
                if matches!(error.code().as_deref(), Some("42P04" | "23505")) => {}
            other => other.with_context(|| format!("cannot create database {database}"))?,
        }
        maintenance.close().await?;
        Ok(())
    }

    /// Whether the database exists and has a municipality in it.
    async fn is_filled(&self, database: &str) -> anyhow::Result<bool> {
        if !self.has(database).await? {
            return Ok(false);
        }
        let mut connection = self.options.clone().database(database).connect().await?;
        let filled = is_migrated(&mut connection).await?
            && sqlx::query_scalar("select exists (select from log.head)")
                .fetch_one(&mut connection)
                .await?;
        connection.close().await?;
        Ok(filled)
    }
}

impl Database {
    /// Finds the database of the command, and sees to it that it has its tables.
    ///
    /// A private one is migrated on the way; of another server that is for `wijk migrate`.
    pub(crate) async fn open(global: &Global, need: Need) -> anyhow::Result<Self> {
        let server = Arc::new(Server::find(global).await?);
        let database = Self::choose(server, global, need).await?;
        if database.server.is_private() {
            eventlog::migrate(&database.url).await?;
        } else {
            database.demand_tables().await?;
        }
        Ok(database)
    }

    /// Finds the database of the command, with tables or without.
    pub(crate) async fn choose(
        server: Arc<Server>,
        global: &Global,
        need: Need,
    ) -> anyhow::Result<Self> {
        if global.demo {
            if !server.has(DEMO).await? {
                return Err(failed(
                    "no-demo",
                    "there is no demo here; run `wijk demo` first, in the same folder or with the same --data-dir",
                ));
            }
            return Ok(Self::named(server, DEMO));
        }
        if !server.is_private() {
            let url = server.options.to_url_lossy().to_string();
            return Ok(Self { url, server });
        }
        if need == Need::Filled && !server.is_filled(OWN).await? && server.has(DEMO).await? {
            if !global.json {
                note(
                    "(this folder has no municipality of its own: this is the fictional one of `wijk demo`)",
                );
            }
            return Ok(Self::named(server, DEMO));
        }
        server.ensure(OWN).await?;
        Ok(Self::named(server, OWN))
    }

    /// A database of this server, which is there.
    pub(crate) fn named(server: Arc<Server>, database: &str) -> Self {
        Self {
            url: server.url(database),
            server,
        }
    }

    /// Holds the password, so it is never shown.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    async fn demand_tables(&self) -> anyhow::Result<()> {
        let mut connection = PgConnectOptions::from_str(&self.url)?
            .connect()
            .await
            .context("cannot reach the database")?;
        let migrated = is_migrated(&mut connection).await?;
        connection.close().await?;
        if migrated {
            return Ok(());
        }
        Err(failed(
            "not-migrated",
            "this database has no tables of wijk yet; run `wijk migrate` first, as a user who may make roles and schemas in it",
        ))
    }
}

/// Tells a wrong URL, server, user or database before anything is done.
async fn try_url(url: &str) -> anyhow::Result<()> {
    match eventlog::connect(url, Role::Read, 1).await {
        Ok(pool) => pool.close().await,
        // It answers; what is missing is for whoever needs it to say.
        Err(ConnectError::NoRole { .. } | ConnectError::NotMember { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

async fn is_migrated(connection: &mut PgConnection) -> sqlx::Result<bool> {
    sqlx::query_scalar("select exists (select from pg_namespace where nspname = 'log')")
        .fetch_one(connection)
        .await
}

/// Runs a statement that takes no parameters. Names in it come from the code, never from input.
pub(crate) async fn execute(connection: &mut PgConnection, statement: String) -> sqlx::Result<()> {
    sqlx::raw_sql(AssertSqlSafe(statement))
        .execute(connection)
        .await?;
    Ok(())
}
