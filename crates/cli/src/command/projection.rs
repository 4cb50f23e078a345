//! `wijk projection`: the views, which can be thrown away and built anew.

mod build;
mod list;

use clap::{Args, Subcommand};
use eventlog::{Log, StreamId};
use projection::ProjectionError;

use crate::args::Global;
use crate::database::Need;
use crate::session::Session;

/// What can be done with views.
#[derive(Debug, Subcommand)]
pub(crate) enum ProjectionCommand {
    /// Show where each view stands, and what it could not apply.
    List,
    /// Stop a view on every server until it is started.
    Stop(Name),
    /// Let a view go on that was stopped or given up.
    Start(Name),
    /// Try again what a view could not apply.
    Resume {
        #[command(flatten)]
        view: Name,
        /// Only this stream, as the list shows it, such as request/0190...
        #[arg(value_parser = stream)]
        stream: Option<StreamId>,
    },
    /// Build a view anew beside the one that serves, compare both, and switch when they are equal.
    ///
    /// Readers and appends go on. One that was interrupted goes on where it was; the build that served stays and is
    /// kept up to date, so that `switch` goes back to it. Exits with 4 when the new one differs: then the old one
    /// still serves, and `switch` gives readers the new one.
    Rebuild(build::RebuildArgs),
    /// Build one stream of a view anew, in place.
    RebuildStream {
        #[command(flatten)]
        view: Name,
        /// The stream, such as request/0190...
        #[arg(value_parser = stream)]
        stream: StreamId,
    },
    /// Give readers the other build of a view; once more is back again.
    #[command(visible_alias = "switch-back")]
    Switch(Name),
    /// Compare the build that serves with the other one, row by row, at one position. Exits with 4 when they differ.
    Compare(build::CompareArgs),
}

/// A view.
#[derive(Debug, Args)]
pub(crate) struct Name {
    /// Its name: queue, dossier or evaluation.
    name: String,
}

fn stream(text: &str) -> Result<StreamId, String> {
    let (kind, id) = text
        .split_once('/')
        .ok_or("a stream is written as kind/id, such as request/0190...")?;
    Ok(StreamId::new(kind, id))
}

pub(crate) async fn run(global: &Global, command: ProjectionCommand) -> anyhow::Result<()> {
    if let Some(name) = named(&command) {
        known(name)?;
    }
    let session = Session::open(global, Need::Filled).await?;
    let tenant = session.tenant().await?;
    let pool = session.read_pool().await?;
    let runner = readmodel::open_runner(Log::new(pool.clone()), &pool).await?;
    let shown = build::Shown {
        runner: &runner,
        tenant: &tenant,
        json: global.json,
    };
    match command {
        ProjectionCommand::List => {}
        ProjectionCommand::Stop(view) => runner.stop(&view.name, &tenant).await?,
        ProjectionCommand::Start(view) => runner.start(&view.name, &tenant).await?,
        ProjectionCommand::Resume { view, stream } => {
            runner.resume(&view.name, &tenant, stream.as_ref()).await?;
        }
        ProjectionCommand::Rebuild(args) => return shown.rebuild(&args).await,
        ProjectionCommand::RebuildStream { view, stream } => {
            return shown.rebuild_stream(&view.name, &stream).await;
        }
        ProjectionCommand::Switch(view) => return shown.switch(&view.name).await,
        ProjectionCommand::Compare(args) => return shown.compare(&args, &pool).await,
    }
    list::list(runner.status(&tenant).await?, global.json)
}

/// The view a command is about, if it is about one.
fn named(command: &ProjectionCommand) -> Option<&str> {
    match command {
        ProjectionCommand::List => None,
        ProjectionCommand::Stop(view)
        | ProjectionCommand::Start(view)
        | ProjectionCommand::Switch(view)
        | ProjectionCommand::Resume { view, .. }
        | ProjectionCommand::RebuildStream { view, .. } => Some(&view.name),
        ProjectionCommand::Rebuild(args) => Some(args.name()),
        ProjectionCommand::Compare(args) => Some(args.name()),
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
