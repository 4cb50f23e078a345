//! What most commands need: the database, the municipality, the keys, and the way of commands.

use std::path::PathBuf;

use anyhow::Context as _;
use dispatch::Dispatch;
use eventlog::{Log, Role, Tenant};
use projection::ProjectionError;
use readmodel::{AsOf, Runner, When};
use sqlx::PgPool;
use vault::{Kek, Vault};

use crate::args::Global;
use crate::database::{Database, Need};
use crate::failure::{failed, mistyped};
use crate::private;

/// Connections of one pool, at most, where one person waits for one answer.
const CONNECTIONS_MAX: u32 = 4;

/// An open database.
pub(crate) struct Session {
    app: PgPool,
    log: Log,
    vault: Vault,
    global: Global,
    /// Last, so that a private server outlives the pools above.
    database: Database,
}

impl Session {
    /// Opens the database the command is about.
    pub(crate) async fn open(global: &Global, need: Need) -> anyhow::Result<Self> {
        let database = Database::open(global, need).await?;
        Self::with(global, database, CONNECTIONS_MAX).await
    }

    /// Opens this database, with this many connections for commands.
    pub(crate) async fn with(
        global: &Global,
        database: Database,
        connections_max: u32,
    ) -> anyhow::Result<Self> {
        let app = eventlog::connect(database.url(), Role::App, connections_max)
            .await
            .context("cannot work on the database")?;
        let kek = Kek::load_or_create(&key_file(global)?)?;
        Ok(Self {
            log: Log::new(app.clone()),
            vault: Vault::new(app.clone(), kek),
            app,
            global: global.clone(),
            database,
        })
    }

    /// The log, as one who writes.
    pub(crate) fn log(&self) -> &Log {
        &self.log
    }

    /// The keys.
    pub(crate) fn vault(&self) -> &Vault {
        &self.vault
    }

    /// The options it was opened with.
    pub(crate) fn global(&self) -> &Global {
        &self.global
    }

    /// The way of commands that happen now.
    pub(crate) fn dispatch(&self) -> Dispatch {
        Dispatch::new(self.log.clone(), self.vault.clone())
    }

    /// A pool that reads.
    pub(crate) async fn read_pool(&self) -> anyhow::Result<PgPool> {
        eventlog::connect(self.database.url(), Role::Read, CONNECTIONS_MAX)
            .await
            .context("cannot read the database")
    }

    /// The views, brought up to the head of the municipality's log, and the pool they are read through.
    pub(crate) async fn views(&self, tenant: &Tenant) -> anyhow::Result<(Runner, PgPool)> {
        self.dispatch().complete_erasures(tenant).await?;
        let pool = self.read_pool().await?;
        let runner = readmodel::open_runner(Log::new(pool.clone()), &pool).await?;
        match runner.catch_up(tenant).await {
            // Each answer says what is missing from it, and a view that stands still gives none.
            Ok(())
            | Err(
                ProjectionError::Parked { .. }
                | ProjectionError::StandsStill { .. }
                | ProjectionError::Stopped { .. },
            ) => Ok((runner, pool)),
            Err(error) => Err(error.into()),
        }
    }

    /// The views as they were at an earlier moment.
    pub(crate) async fn as_of(&self, tenant: &Tenant, when: When) -> anyhow::Result<AsOf> {
        let pool = self.read_pool().await?;
        Ok(AsOf::at(Log::new(pool.clone()), pool, tenant, when).await?)
    }

    /// The municipality of `--tenant`, otherwise the only one there is.
    pub(crate) async fn tenant(&self) -> anyhow::Result<Tenant> {
        let tenants = self.log.tenants().await?;
        let names = tenants
            .iter()
            .map(Tenant::as_str)
            .collect::<Vec<_>>()
            .join(", ");
        if let Some(given) = &self.global.tenant {
            let wanted = Tenant::new(given).map_err(|error| {
                mistyped(
                    "invalid-tenant",
                    format!("{error} (--tenant or WIJK_TENANT)"),
                )
            })?;
            return if tenants.contains(&wanted) {
                Ok(wanted)
            } else if tenants.is_empty() {
                Err(no_tenant())
            } else {
                Err(failed(
                    "unknown-tenant",
                    format!("there is no municipality {wanted} here; there are: {names}"),
                ))
            };
        }
        match tenants.as_slice() {
            [] => Err(no_tenant()),
            [only] => Ok(only.clone()),
            _ => Err(failed(
                "several-tenants",
                format!(
                    "this database has several municipalities; say which with --tenant or WIJK_TENANT: {names}"
                ),
            )),
        }
    }

    /// Closes the pool for commands; a private server that nobody else uses stops after that.
    pub(crate) async fn close(self) {
        self.app.close().await;
    }
}

fn no_tenant() -> anyhow::Error {
    failed(
        "no-tenant",
        "there is no municipality here yet; create one with `wijk tenant create NAME`, or look around with `wijk demo`",
    )
}

/// The file with the key-encryption key, in a folder that is there.
fn key_file(global: &Global) -> anyhow::Result<PathBuf> {
    match &global.key_file {
        Some(file) => Ok(file.clone()),
        None => Ok(private::make(&global.data_dir)?.join("kek")),
    }
}

/// The file with the key that tokens are signed with.
pub(crate) fn token_key_file(global: &Global) -> anyhow::Result<PathBuf> {
    Ok(private::make(&global.data_dir)?.join("token-key"))
}
