//! One module for each command that can be typed.

pub(crate) mod area;
pub(crate) mod demo;
pub(crate) mod dossier;
pub(crate) mod import;
pub(crate) mod mandate;
mod migrate;
pub(crate) mod norm;
pub(crate) mod person;
pub(crate) mod projection;
pub(crate) mod queue;
pub(crate) mod replay;
pub(crate) mod report;
pub(crate) mod serve;
pub(crate) mod tenant;
pub(crate) mod token;

use crate::args::{Args, Command, Global};
use crate::signal::{asked_to_stop, unless_asked_to_stop};

/// Does what was typed, until it is done or somebody asks to stop.
pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    let Args { global, command } = args;
    // These take the request to stop as their end.
    if matches!(command, Command::Demo(_) | Command::Serve(_)) {
        return answer(&global, command).await;
    }
    // On the heap: it holds the state of whichever command it is.
    unless_asked_to_stop(asked_to_stop(), Box::pin(answer(&global, command))).await
}

async fn answer(global: &Global, command: Command) -> anyhow::Result<()> {
    match command {
        Command::Demo(args) => demo::run(global, args).await,
        Command::Serve(args) => serve::run(global, args).await,
        Command::Migrate => migrate::run(global).await,
        Command::Tenant(command) => tenant::run(global, command).await,
        Command::Area(command) => area::run(global, command).await,
        Command::Mandate(command) => mandate::run(global, command).await,
        Command::Norm(command) => norm::run(global, command).await,
        Command::Queue(args) => queue::run(global, args).await,
        Command::Dossier(args) => dossier::run(global, args).await,
        Command::Report(args) => report::run(global, args).await,
        Command::Import(args) => import::run(global, args).await,
        Command::Projection(command) => projection::run(global, command).await,
        Command::Replay(args) => replay::run(global, args).await,
        Command::Person(command) => person::run(global, command).await,
        Command::Token(command) => token::run(global, command).await,
    }
}
