//! `wijk migrate`.

use std::sync::Arc;

use serde::Serialize;

use crate::args::Global;
use crate::database::{Database, Need, Server};
use crate::screen;

/// The newest migration.
#[derive(Serialize)]
struct Migrated {
    #[serde(rename = "migratie")]
    migration: i64,
}

pub(crate) async fn run(global: &Global) -> anyhow::Result<()> {
    let server = Arc::new(Server::find(global).await?);
    let database = Database::choose(server, global, Need::Own).await?;
    eventlog::migrate(database.url()).await?;
    let newest = eventlog::migrations().iter().last();
    let migration = newest.map_or(0, |migration| migration.version);
    if global.json {
        return screen::print_json(&Migrated { migration });
    }
    screen::print(&format!(
        "The tables are up to date (migration {migration}).\n"
    ))
}
