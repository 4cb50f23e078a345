//! `wijk projection`: the views, which can be thrown away and built anew.

use clap::Subcommand;
use eventlog::Log;
use readmodel::Runner;
use serde::Serialize;

use crate::args::Global;
use crate::database::Need;
use crate::screen;
use crate::session::Session;

/// What can be done with views.
#[derive(Debug, Subcommand)]
pub(crate) enum ProjectionCommand {
    /// Show where each view stands.
    List,
    /// Build a view anew from the first event. Readers see the old one until the new one is whole.
    Rebuild {
        /// Its name: queue, dossier or evaluation.
        name: String,
    },
}

/// Where a view stands.
#[derive(Serialize)]
struct ViewDocument {
    #[serde(rename = "naam")]
    name: &'static str,
    #[serde(rename = "versie")]
    version: i32,
    #[serde(rename = "positie")]
    position: i64,
    /// Events it is behind.
    #[serde(rename = "achterstand")]
    lag: i64,
    #[serde(rename = "fout")]
    error: Option<String>,
}

/// All views.
#[derive(Serialize)]
struct ViewsDocument {
    count: usize,
    results: Vec<ViewDocument>,
}

/// What a rebuild came to.
#[derive(Serialize)]
struct RebuiltDocument<'a> {
    #[serde(rename = "naam")]
    name: &'a str,
    #[serde(rename = "gebeurtenissen")]
    events: i64,
    #[serde(rename = "positie")]
    position: i64,
}

pub(crate) async fn run(global: &Global, command: ProjectionCommand) -> anyhow::Result<()> {
    if let ProjectionCommand::Rebuild { name } = &command {
        known(name)?;
    }
    let session = Session::open(global, Need::Filled).await?;
    let tenant = session.tenant().await?;
    let pool = session.read_pool().await?;
    let runner = Runner::open(Log::new(pool.clone()), &pool).await?;
    match command {
        ProjectionCommand::Rebuild { name } => {
            let rebuilt = runner.rebuild(&name, &tenant).await?;
            let (events, position) = (rebuilt.events, rebuilt.position);
            if global.json {
                return screen::print_json(&RebuiltDocument {
                    name: &name,
                    events,
                    position,
                });
            }
            screen::print(&format!(
                "Built {name} anew from {events} events, up to position {position}.\n"
            ))
        }
        ProjectionCommand::List => list(runner.status(&tenant).await?, global.json),
    }
}

/// Refuses a name before anything is started for it.
fn known(name: &str) -> anyhow::Result<()> {
    let all = readmodel::all();
    if all.iter().any(|view| view.name() == name) {
        return Ok(());
    }
    let known: Vec<_> = all.iter().map(|view| view.name()).collect();
    Err(readmodel::ProjectionError::UnknownProjection {
        name: name.to_owned(),
        known: known.join(", "),
    }
    .into())
}

fn list(views: Vec<readmodel::Status>, json: bool) -> anyhow::Result<()> {
    let results: Vec<_> = views
        .into_iter()
        .map(|view| ViewDocument {
            lag: view.lag(),
            name: view.name,
            version: view.version,
            position: view.position,
            error: view.error,
        })
        .collect();
    if json {
        return screen::print_json(&ViewsDocument {
            count: results.len(),
            results,
        });
    }
    let mut table = screen::table(&["View", ">Version", ">Position", ">Behind", "State"]);
    for view in results {
        table.add_row([
            view.name.to_owned(),
            view.version.to_string(),
            view.position.to_string(),
            view.lag.to_string(),
            view.error.unwrap_or_else(|| "follows the log".to_owned()),
        ]);
    }
    screen::print(&screen::lines(&table))
}
