//! `wijk import`: the records of another system, as facts.

mod document;
mod progress;
mod summary;

use std::path::PathBuf;

use anyhow::Context as _;
use casework::WijkCode;
use clap::Args;
use eventlog::Tenant;
use import::commands::StatedRegister;
use import::ids::ImportKey;
use import::{Choices, Destination, Mapping, Options, Prepared, Report, prepare};

use crate::args::Global;
use crate::command::queue::unknown_wijk;
use crate::database::Need;
use crate::failure::failed;
use crate::private;
use crate::screen;
use crate::session::Session;

use progress::Shown;

/// What to import, and how to read it.
#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// The records: XES, CSV or JSON, as it is or compressed with gzip (.xes, .xes.gz, .csv, .csv.gz, .json).
    log: PathBuf,
    /// What the records mean: receipt, bpic-2015 or chicago-open311, or a TOML file of your own.
    #[arg(long, value_name = "NAME|FILE")]
    mapping: String,
    /// The wijken that cases without one are spread over by their case id, with commas between; marked as derived.
    /// Without it their wijk stays unknown and they count with the intake.
    #[arg(long, value_name = "WIJK,...", value_delimiter = ',')]
    wijken: Vec<WijkCode>,
    /// Append a correction for each record that changed since it was imported; otherwise they are only listed.
    #[arg(long)]
    correct: bool,
    /// Import what has no problem though other records have one; otherwise one problem is enough to append nothing.
    #[arg(long)]
    despite_problems: bool,
    /// Read and check only, and append nothing.
    #[arg(long)]
    dry_run: bool,
    /// Take the records for commands, not for facts: put each to the rules at its own time, against a register stated
    /// in this TOML file or built-in (chicago-register), and list every refusal.
    #[arg(long, value_name = "REGISTER", conflicts_with_all = ["correct", "despite_problems", "dry_run"])]
    as_commands: Option<String>,
}

pub(crate) async fn run(global: &Global, args: ImportArgs) -> anyhow::Result<()> {
    // What can be known to be wrong without a database is told before one is started.
    let mapping = Mapping::find(&args.mapping)?;
    let register = args
        .as_commands
        .as_deref()
        .map(StatedRegister::find)
        .transpose()?;
    if !args.log.is_file() {
        return Err(failed(
            "unreadable-file",
            format!(
                "there is no file {}; name the file with the records",
                args.log.display()
            ),
        ));
    }
    let session = Session::open(global, Need::Own).await?;
    let tenant = session.tenant().await?;
    check_wijken(&session, &tenant, &args.wijken).await?;
    let mut shown = Shown::new();
    let prepared = read(&session, &tenant, &args, mapping, shown.clone()).await?;
    let to = Destination {
        log: session.log(),
        vault: session.vault(),
        tenant: &tenant,
    };
    if let Some(register) = register {
        let mut tell = |progress| shown.tell(progress);
        let said = prepared.as_commands(to, &register, &mut tell).await?;
        shown.end();
        return if global.json {
            screen::print_json(&document::CommandsDocument::of(&said))
        } else {
            screen::print(&summary::commands(&said))
        };
    }
    let report = if args.dry_run {
        prepared.report().clone()
    } else {
        let choices = Choices {
            correct: args.correct,
            despite_problems: args.despite_problems,
        };
        prepared
            .append(to, choices, &mut |progress| shown.tell(progress))
            .await?
    };
    shown.end();
    show(&report, args.dry_run, global.json)
}

/// Refuses a wijk the municipality does not have, where it has a list.
async fn check_wijken(
    session: &Session,
    tenant: &Tenant,
    wijken: &[WijkCode],
) -> anyhow::Result<()> {
    let areas = session.dispatch().area_list(tenant).await?;
    match wijken.iter().find(|wijk| areas.get(wijk).is_none()) {
        Some(wijk) if !areas.is_empty() => Err(unknown_wijk(wijk)),
        _ => Ok(()),
    }
}

/// The first pass: reads and checks the whole file, away from the threads that serve the database.
async fn read(
    session: &Session,
    tenant: &Tenant,
    args: &ImportArgs,
    mapping: Mapping,
    mut shown: Shown,
) -> anyhow::Result<Prepared> {
    let secret = session
        .vault()
        .tenant_secret(tenant.as_str(), "import")
        .await?;
    let key = ImportKey::new(secret.expose());
    let options = Options {
        wijken: args.wijken.clone(),
        now: session.dispatch().now(),
        temporary: private::make(&session.global().data_dir)?,
    };
    let path = args.log.clone();
    let reading = tokio::task::spawn_blocking(move || {
        prepare(&path, mapping, key, options, &mut |progress| {
            shown.tell(progress);
        })
    });
    reading
        .await?
        .with_context(|| format!("nothing was imported from {}", args.log.display()))
}

fn show(report: &Report, dry_run: bool, json: bool) -> anyhow::Result<()> {
    if json {
        screen::print_json(&document::ImportDocument::of(report, dry_run))
    } else {
        screen::print(&summary::summary(report, dry_run))
    }
}
