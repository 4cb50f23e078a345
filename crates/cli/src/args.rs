//! What can be typed.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand};

use crate::command::{
    area, demo, dossier, import, mandate, norm, person, projection, queue, replay, report, serve,
    tenant, token,
};

/// Decide for a neighbourhood, under a mandate, and account for it.
///
/// Without `DATABASE_URL` everything works on a private PostgreSQL that starts and stops by itself and keeps its data
/// in the data folder. `wijk demo` fills a database of its own there with a fictional municipality; while the folder
/// has no municipality of its own, every other command works on that demo, and with --demo always.
#[derive(Debug, Parser)]
#[command(name = "wijk", version, after_help = EXIT_CODES, propagate_version = true, max_term_width = 100)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXIT_CODES: &str = "\
Exit codes: 0 done, 1 failed, 2 typed wrongly, 3 refused by rule (nothing changed, or only that it was refused),
4 compared and not the same, 5 the log has events that this version cannot read.

To begin:  wijk demo              a fictional municipality to look at, served until Ctrl-C
           wijk tenant create X   a municipality of your own";

/// Options of every command.
#[derive(Debug, Clone, ClapArgs)]
#[command(next_help_heading = "Options of every command")]
pub(crate) struct Global {
    /// The municipality; needed only where the database has several.
    #[arg(long, global = true, env = "WIJK_TENANT", value_name = "NAME")]
    pub(crate) tenant: Option<String>,
    /// The PostgreSQL to use instead of the private one: `postgres://user:password@host:5432/database`.
    #[arg(
        long,
        global = true,
        env = "DATABASE_URL",
        hide_env_values = true,
        value_name = "URL"
    )]
    pub(crate) database_url: Option<String>,
    /// The folder with the keys and, without `DATABASE_URL`, the data.
    #[arg(
        long,
        global = true,
        env = "WIJK_DIR",
        value_name = "FOLDER",
        default_value = ".wijk"
    )]
    pub(crate) data_dir: PathBuf,
    /// The file with the key that all other keys are wrapped by [default: `kek` in the data folder].
    #[arg(long, global = true, env = "WIJK_KEY_FILE", value_name = "FILE")]
    pub(crate) key_file: Option<PathBuf>,
    /// Work on the data of `wijk demo`.
    #[arg(long, global = true)]
    pub(crate) demo: bool,
    /// Print the documents of the API, and errors as problem documents (RFC 9457) on stderr.
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

/// The commands there are.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show it all with a fictional municipality: a queue, a dossier, a report, and the API until Ctrl-C.
    ///
    /// Everything is made up and marked so. The demo has a database of its own, made anew each time. On the private
    /// PostgreSQL it stays after the demo has ended, so that `wijk queue`, `wijk dossier` and `wijk report` work on it,
    /// during the demo in another terminal and after it; with --demo where the folder also has a municipality of its
    /// own. On the server of `DATABASE_URL` it is dropped when the demo ends; use --demo there as well.
    Demo(demo::DemoArgs),
    /// Serve the HTTP API until Ctrl-C.
    Serve(serve::ServeArgs),
    /// Bring the database's tables up to date.
    Migrate,
    /// Municipalities.
    #[command(subcommand)]
    Tenant(tenant::TenantCommand),
    /// The municipality's list of wijken.
    #[command(subcommand)]
    Area(area::AreaCommand),
    /// The mandate register.
    #[command(subcommand)]
    Mandate(mandate::MandateCommand),
    /// Service promises (servicenormen).
    #[command(subcommand)]
    Norm(norm::NormCommand),
    /// The open requests of a wijk, or of the intake: what is due first, then what waits longest.
    Queue(queue::QueueArgs),
    /// One request, step by step: who, when, and on which mandate as it stood then.
    Dossier(dossier::DossierArgs),
    /// The evaluation of a half-year.
    Report(report::ReportArgs),
    /// Bring in the records of another system, as facts.
    ///
    /// The whole file is read and checked before anything is appended. The same file again adds nothing, a longer one
    /// only what is new; an import that was interrupted goes on where it stopped.
    Import(import::ImportArgs),
    /// The views: where they stand, and building them anew.
    #[command(subcommand)]
    Projection(projection::ProjectionCommand),
    /// Read the whole log with this version of the software, fold it and make all views of it, and compare these with
    /// those that are served.
    ///
    /// To be run with a new version before it serves. Changes nothing. Exits with 0 when all is the same, 4 when a view
    /// differs, 5 when events cannot be read.
    Replay(replay::ReplayArgs),
    /// People outside the organisation.
    #[command(subcommand)]
    Person(person::PersonCommand),
    /// Tokens for the HTTP API.
    #[command(subcommand)]
    Token(token::TokenCommand),
}
