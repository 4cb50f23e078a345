//! `wijk projection`: the views, which can be thrown away and built anew.

use clap::Subcommand;
use eventlog::{Log, StreamId};
use projection::{Parked, ProjectionError, Rebuild, State, Status};
use serde::Serialize;

use crate::args::Global;
use crate::database::Need;
use crate::failure::failed;
use crate::screen;
use crate::session::Session;

/// What can be done with views.
#[derive(Debug, Subcommand)]
pub(crate) enum ProjectionCommand {
    /// Show where each view stands, and what it could not apply.
    List,
    /// Stop a view on every server until it is started.
    Stop {
        /// Its name: queue, dossier or evaluation.
        name: String,
    },
    /// Let a view go on that was stopped or given up.
    Start {
        /// Its name: queue, dossier or evaluation.
        name: String,
    },
    /// Try again what a view could not apply.
    Resume {
        /// Its name: queue, dossier or evaluation.
        name: String,
        /// Only this stream, as the list shows it, such as request/0190...
        #[arg(value_parser = stream)]
        stream: Option<StreamId>,
    },
    /// Build a view anew beside the one that serves, compare both, and switch when they are equal.
    Rebuild {
        /// Its name: queue, dossier or evaluation.
        name: String,
    },
}

fn stream(text: &str) -> Result<StreamId, String> {
    let (kind, id) = text
        .split_once('/')
        .ok_or("a stream is written as kind/id, such as request/0190...")?;
    Ok(StreamId::new(kind, id))
}

/// Where a build of a view stands.
#[derive(Serialize)]
struct ViewDocument {
    #[serde(rename = "naam")]
    name: &'static str,
    #[serde(rename = "versie")]
    version: i32,
    #[serde(rename = "bouw")]
    slot: &'static str,
    /// Whether readers are given it.
    #[serde(rename = "dient")]
    serving: bool,
    #[serde(rename = "toestand")]
    state: &'static str,
    #[serde(rename = "positie")]
    position: i64,
    /// Events it is behind.
    #[serde(rename = "achterstand")]
    lag: i64,
    /// How long the oldest of them has been in the log, in seconds.
    #[serde(rename = "achterstandSeconden")]
    behind_s: f64,
    #[serde(rename = "fout")]
    error: Option<String>,
    #[serde(rename = "herstarts")]
    restarts: i32,
    /// Streams it could not go on with.
    #[serde(rename = "onvolledig")]
    parked_count: i64,
    #[serde(rename = "geparkeerd")]
    parked: Vec<ParkedDocument>,
}

/// A stream that a view could not go on with.
#[derive(Serialize)]
struct ParkedDocument {
    #[serde(rename = "stroom")]
    stream: String,
    #[serde(rename = "positie")]
    position: i64,
    #[serde(rename = "soort")]
    kind: String,
    schema: i32,
    #[serde(rename = "fout")]
    error: String,
    #[serde(rename = "pogingen")]
    attempts: i32,
    #[serde(rename = "sinds")]
    parked_at: String,
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
    #[serde(rename = "positie")]
    position: i64,
    /// Whether readers are given it.
    #[serde(rename = "dient")]
    switched: bool,
}

pub(crate) async fn run(global: &Global, command: ProjectionCommand) -> anyhow::Result<()> {
    if let Some(name) = named(&command) {
        known(name)?;
    }
    let session = Session::open(global, Need::Filled).await?;
    let tenant = session.tenant().await?;
    let pool = session.read_pool().await?;
    let runner = readmodel::open_runner(Log::new(pool.clone()), &pool).await?;
    match command {
        ProjectionCommand::List => {}
        ProjectionCommand::Stop { name } => runner.stop(&name, &tenant).await?,
        ProjectionCommand::Start { name } => runner.start(&name, &tenant).await?,
        ProjectionCommand::Resume { name, stream } => {
            runner.resume(&name, &tenant, stream.as_ref()).await?;
        }
        ProjectionCommand::Rebuild { name } => {
            let builder = runner.builder(&name)?;
            let built = builder
                .rebuild(&tenant, Rebuild::default(), &|_| {})
                .await?;
            return rebuilt(&name, built.position, built.switched, global.json);
        }
    }
    list(runner.status(&tenant).await?, global.json)
}

fn rebuilt(name: &str, position: i64, switched: bool, json: bool) -> anyhow::Result<()> {
    if !switched {
        return Err(failed(
            "view-differs",
            format!(
                "the view {name} was built anew up to position {position} and differs from the one that serves, which still does"
            ),
        ));
    }
    if json {
        return screen::print_json(&RebuiltDocument {
            name,
            position,
            switched,
        });
    }
    screen::print(&format!(
        "Built {name} anew up to position {position}; readers are given the new one.\n"
    ))
}

/// The view a command is about, if it is about one.
fn named(command: &ProjectionCommand) -> Option<&str> {
    match command {
        ProjectionCommand::List => None,
        ProjectionCommand::Stop { name }
        | ProjectionCommand::Start { name }
        | ProjectionCommand::Resume { name, .. }
        | ProjectionCommand::Rebuild { name } => Some(name),
    }
}

/// Refuses a name before anything is started for it.
fn known(name: &str) -> anyhow::Result<()> {
    let all = readmodel::all();
    if all.iter().any(|view| view.name() == name) {
        return Ok(());
    }
    let known: Vec<_> = all.iter().map(|view| view.name()).collect();
    Err(ProjectionError::UnknownProjection {
        name: name.to_owned(),
        known: known.join(", "),
    }
    .into())
}

fn list(views: Vec<Status>, json: bool) -> anyhow::Result<()> {
    let results: Vec<_> = views.into_iter().map(document).collect();
    if json {
        return screen::print_json(&ViewsDocument {
            count: results.len(),
            results,
        });
    }
    let mut table = screen::table(&["View", "Build", ">Position", ">Behind", ">Parked", "State"]);
    for view in &results {
        let serves = if view.serving { ", serves" } else { "" };
        table.add_row([
            format!("{} v{}", view.name, view.version),
            format!("{}{serves}", view.slot),
            view.position.to_string(),
            format!("{} ({:.0} s)", view.lag, view.behind_s),
            view.parked_count.to_string(),
            match &view.error {
                Some(error) => format!("{}: {error}", view.state),
                None => view.state.to_owned(),
            },
        ]);
    }
    let mut text = screen::lines(&table);
    for view in &results {
        for parked in &view.parked {
            text.push_str(&screen::wrapped(
                "",
                &format!(
                    "{} ({}) parked {} at position {} ({}, schema {}): {}",
                    view.name,
                    view.slot,
                    parked.stream,
                    parked.position,
                    parked.kind,
                    parked.schema,
                    parked.error
                ),
            ));
        }
    }
    screen::print(&text)
}

fn document(view: Status) -> ViewDocument {
    ViewDocument {
        lag: view.lag(),
        name: view.name,
        version: view.version,
        slot: view.slot.as_str(),
        serving: view.serving,
        state: match view.state {
            State::Running => "running",
            State::Idle => "idle",
            State::Restarting => "restarting",
            State::Halted => "halted",
            State::Stopped => "stopped",
            State::Filling => "filling",
        },
        position: view.position,
        behind_s: view.behind.as_secs_f64(),
        error: view.error,
        restarts: view.restarts,
        parked_count: view.parked_count,
        parked: view.parked.into_iter().map(parked).collect(),
    }
}

fn parked(parked: Parked) -> ParkedDocument {
    ParkedDocument {
        stream: parked.poison.stream.to_string(),
        position: parked.poison.position,
        kind: parked.poison.kind,
        schema: parked.poison.schema,
        error: parked.poison.error,
        attempts: parked.attempts,
        parked_at: parked.parked_at.to_string(),
    }
}
