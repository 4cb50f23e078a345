//! `wijk tenant`: municipalities, each with a log of its own.

use clap::Subcommand;
use eventlog::{Role, Tenant};
use serde::Serialize;

use crate::args::Global;
use crate::database::{Database, Need};
use crate::failure::mistyped;
use crate::screen;

/// What can be done with municipalities.
#[derive(Debug, Subcommand)]
pub(crate) enum TenantCommand {
    /// Start the log of a municipality; one that exists is left as it is.
    Create {
        /// Its name: lower case letters, digits and '-'. It can never be changed.
        name: String,
    },
    /// Show all municipalities of the database.
    List,
}

/// A municipality as it is listed.
#[derive(Serialize)]
struct TenantDocument {
    #[serde(rename = "gemeente")]
    tenant: String,
    /// Events in its log.
    #[serde(rename = "positie")]
    position: i64,
    #[serde(rename = "bekendOp")]
    recorded_at: Option<jiff::Timestamp>,
}

/// All of them.
#[derive(Serialize)]
struct TenantsDocument {
    count: usize,
    results: Vec<TenantDocument>,
}

pub(crate) async fn run(global: &Global, command: TenantCommand) -> anyhow::Result<()> {
    match command {
        TenantCommand::Create { name } => create(global, &name).await,
        TenantCommand::List => list(global).await,
    }
}

async fn create(global: &Global, name: &str) -> anyhow::Result<()> {
    let tenant =
        Tenant::new(name).map_err(|error| mistyped("invalid-tenant", error.to_string()))?;
    let database = Database::open(global, Need::Own).await?;
    let pool = eventlog::connect(database.url(), Role::App, 1).await?;
    let log = eventlog::Log::new(pool);
    let known = log.tenants().await?.contains(&tenant);
    log.create_tenant(&tenant).await?;
    let head = log.head(&tenant).await?;
    if global.json {
        return screen::print_json(&TenantDocument {
            tenant: tenant.to_string(),
            position: head.position,
            recorded_at: head.recorded_at,
        });
    }
    screen::print(&if known {
        format!(
            "Municipality {tenant} was there already; its log has {} events.\n",
            head.position
        )
    } else {
        format!("Municipality {tenant} has a log now. Next: its wijken, with `wijk area load`.\n")
    })
}

async fn list(global: &Global) -> anyhow::Result<()> {
    let database = Database::open(global, Need::Filled).await?;
    let log = eventlog::Log::new(eventlog::connect(database.url(), Role::App, 1).await?);
    let mut results = Vec::new();
    for tenant in log.tenants().await? {
        let head = log.head(&tenant).await?;
        results.push(TenantDocument {
            tenant: tenant.to_string(),
            position: head.position,
            recorded_at: head.recorded_at,
        });
    }
    if global.json {
        return screen::print_json(&TenantsDocument {
            count: results.len(),
            results,
        });
    }
    if results.is_empty() {
        return screen::print("No municipality yet; create one with `wijk tenant create NAME`.\n");
    }
    let mut table = screen::table(&["Gemeente", ">Gebeurtenissen", "Laatste vastgelegd op"]);
    for tenant in &results {
        table.add_row([
            tenant.tenant.clone(),
            tenant.position.to_string(),
            crate::words::or_dash(tenant.recorded_at.map(crate::words::moment)),
        ]);
    }
    screen::print(&screen::lines(&table))
}
