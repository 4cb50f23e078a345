//! `wijk demo`: a fictional municipality to look at.

mod place;
mod tour;

use std::io::{IsTerminal as _, Write as _};
use std::sync::Arc;

use casework::day;
use clap::Args;
use demo::{Plan, Progress, Seeded};
use dispatch::{Clock as _, SystemClock};
use eventlog::Tenant;

use crate::args::Global;
use crate::command::serve::{self, CONNECTIONS_MAX, ListenArgs};
use crate::database::{DEMO, Database, Server};
use crate::screen::note;
use crate::session::Session;
use crate::signal::{asked_to_stop, unless_asked_to_stop};

use place::Place;

/// How to show it.
#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// How many requests, at least 200.
    #[arg(long, default_value_t = Plan::REQUESTS, value_parser = clap::value_parser!(u64).range(200..))]
    requests: u64,
    /// Chance: the same seed on the same day gives the same municipality.
    #[arg(long, default_value_t = Plan::SEED)]
    seed: u64,
    /// Stop after printing, and serve nothing.
    #[arg(long)]
    once: bool,
    /// Throw the demo's data away and do nothing else.
    #[arg(long, conflicts_with_all = ["once", "requests", "seed"])]
    drop: bool,
    #[command(flatten)]
    listen: ListenArgs,
}

pub(crate) async fn run(global: &Global, args: DemoArgs) -> anyhow::Result<()> {
    let stop = asked_to_stop();
    // Taken first: minutes of preparing for a port that is in use would be lost.
    let listener = if args.once || args.drop {
        None
    } else {
        Some(args.listen.bind().await?)
    };
    note("(getting PostgreSQL ready)");
    let server = Arc::new(Server::find(global).await?);
    let mut place = Place::take(Arc::clone(&server)).await?;
    if args.drop {
        place.clear().await?;
        note("The demo's data are gone.");
        return Ok(());
    }
    let shown = show(global, &mut place, &args, listener, stop).await;
    // Whatever came of it: nothing half made stays, and nothing at all on a server that is not ours.
    let tidied = place.leave().await;
    shown.and(tidied)
}

/// Fills the demo, shows it, and serves it until somebody asks to stop.
async fn show(
    global: &Global,
    place: &mut Place,
    args: &DemoArgs,
    listener: Option<tokio::net::TcpListener>,
    stop: impl Future<Output = ()> + Send + 'static,
) -> anyhow::Result<()> {
    let mut stop = Box::pin(stop);
    let work = async {
        let seeded = fill(global, place, args).await?;
        let database = Database::named(place.server(), DEMO);
        let session = Session::with(global, database, CONNECTIONS_MAX).await?;
        tour::print(&session, &seeded, args.requests).await?;
        anyhow::Ok((session, seeded))
    };
    let (session, seeded) = unless_asked_to_stop(&mut stop, work).await?;
    if let Some(listener) = listener {
        let app = serve::app(&session).await?;
        let address = listener.local_addr()?;
        tour::print_calls(&session, &seeded, address)?;
        server::serve(listener, app, stop).await?;
    } else if !global.json {
        tour::print_next(&seeded, place.stays())?;
    }
    session.close().await;
    Ok(())
}

/// Writes the story into a new database, brings the views up to date, and puts it in the old one's place.
async fn fill(global: &Global, place: &mut Place, args: &DemoArgs) -> anyhow::Result<Seeded> {
    let database = place.prepare().await?;
    let session = Session::with(global, database, CONNECTIONS_MAX).await?;
    let tenant = Tenant::new(demo::TENANT)?;
    let plan = Plan {
        requests: args.requests,
        seed: args.seed,
        today: day::of(SystemClock.now()),
    };
    let mut told = Told::new();
    let seeded = demo::seed(session.log(), session.vault(), &tenant, plan, |progress| {
        told.tell(progress);
    })
    .await?;
    told.end(seeded.events);
    let (runner, pool) = session.views(&tenant).await?;
    drop(runner);
    pool.close().await;
    session.close().await;
    place.finish().await?;
    Ok(seeded)
}

/// How far the story is, on stderr.
struct Told {
    terminal: bool,
    year: i16,
}

impl Told {
    fn new() -> Self {
        Self {
            terminal: std::io::stderr().is_terminal(),
            year: 0,
        }
    }

    fn tell(&mut self, progress: Progress) {
        if self.terminal && progress.commands.is_multiple_of(100) {
            let mut err = std::io::stderr().lock();
            // Nobody to tell it to is no reason to stop.
            let _nobody_reads = write!(
                err,
                "\r(making up {}: {} events)",
                progress.day, progress.events
            )
            .and_then(|()| err.flush());
        } else if !self.terminal && self.year != progress.day.year() {
            self.year = progress.day.year();
            note(&format!("(making up {})", self.year));
        }
    }

    fn end(&self, events: i64) {
        let again = if self.terminal { "\r" } else { "" };
        note(&format!(
            "{again}(made up {events} events; building the views)"
        ));
    }
}
