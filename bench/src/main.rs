//! Measures the project against the limits of raw SQL, both in one run on one private PostgreSQL.
//!
//! It deliberately makes no absolute claim: a ratio to the limit of the same rounds is what counts, the
//! figures beside it are context.
//! Start at [`measure`], one module for each thing measured; docs/benchmarks.md says how to read the output.

mod aggregate;
mod drive;
mod figures;
mod history;
mod ids;
mod measure;
mod one_replay;
mod raw;
mod report;
mod server;

use anyhow::Context as _;
use clap::{Parser, Subcommand};

use crate::measure::{Effort, Measure};
use crate::one_replay::OneReplay;
use crate::report::Report;
use crate::server::Server;

/// Measures the event log and its views against raw SQL, interleaved, on a private PostgreSQL.
#[derive(Debug, Parser)]
#[command(version)]
struct Args {
    #[command(subcommand)]
    child: Option<Child>,
    /// Only these measures, separated by commas.
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<Measure>,
    /// A smoke run of about a minute: short rounds and small logs; its ratios mean little.
    #[arg(long)]
    quick: bool,
    /// Also the longest log, of 10,000,000 events: some 15 GB of disk and a quarter of an hour.
    #[arg(long, conflicts_with = "quick")]
    large: bool,
    /// Rounds of each measure; its figures are their medians.
    #[arg(long)]
    rounds: Option<usize>,
    /// JSON instead of Markdown.
    #[arg(long)]
    json: bool,
}

/// What this program has itself do in another process.
#[derive(Debug, Subcommand)]
enum Child {
    /// One replay.
    #[command(hide = true)]
    OneReplay(OneReplay),
    /// Fills the empty log of a database with a made-up history, to look at with other tools.
    #[command(hide = true)]
    Fill {
        /// The database, as superuser; it is migrated first.
        url: String,
        /// How many events.
        events: usize,
    },
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    match args.child {
        Some(Child::OneReplay(replay)) => return replay.run().await,
        Some(Child::Fill { url, events }) => return server::fill(&url, events).await,
        None => {}
    }
    let effort = Effort::new(args.quick, args.large, args.rounds);
    let server = Server::start().context("start the private PostgreSQL")?;
    let mut report = Report::begin(&server, &effort).await?;
    let mut failed = None;
    for measure in Measure::chosen(&args.only) {
        eprintln!("measuring: {}", measure.title());
        match measure.run(&server, &effort).await {
            Ok(figures) => report.push(measure, figures),
            Err(error) => {
                failed = Some(error.context(format!("measure: {}", measure.title())));
                break;
            }
        }
    }
    // What was measured before is not lost.
    report.print(args.json)?;
    failed.map_or(Ok(()), Err)
}
