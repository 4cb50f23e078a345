//! Measures the project against the limits of raw SQL, both in one run on one private PostgreSQL.
//!
//! It deliberately makes no absolute claim: a ratio to the limit of the same rounds is what counts, the
//! figures beside it are context.
//! Start at [`measure`], one module for each thing measured; docs/benchmarks.md says how to read the output.

mod aggregate;
mod drive;
mod figures;
mod ids;
mod measure;
mod raw;
mod report;
mod server;

use anyhow::Context as _;
use clap::Parser;

use crate::measure::{Effort, Measure};
use crate::report::Report;
use crate::server::Server;

/// Measures the event log and its views against raw SQL, interleaved, on a private PostgreSQL.
#[derive(Debug, Parser)]
#[command(version)]
struct Args {
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

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let effort = Effort::new(args.quick, args.large, args.rounds);
    let server = Server::start().context("start the private PostgreSQL")?;
    let mut report = Report::begin(&server, &effort).await?;
    for measure in Measure::chosen(&args.only) {
        eprintln!("measuring: {}", measure.title());
        let figures = measure
            .run(&server, &effort)
            .await
            .with_context(|| format!("measure: {}", measure.title()))?;
        report.push(measure, figures);
    }
    report.print(args.json)
}
