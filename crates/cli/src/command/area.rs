//! `wijk area`: the municipality's list of wijken.

mod file;

use std::path::PathBuf;

use casework::Function;
use clap::{Args, Subcommand};
use dispatch::RegisterCommand;
use server::document::{WijkDocument, WijkenPage};

use crate::args::Global;
use crate::by::{self, ByArgs};
use crate::database::Need;
use crate::screen;
use crate::session::Session;

/// What can be done with the list of wijken.
#[derive(Debug, Subcommand)]
pub(crate) enum AreaCommand {
    /// Put the wijken of a CSV file on the list. What is there already, unchanged, stays as it is.
    Load(LoadArgs),
    /// Show the list.
    List,
}

/// A file of wijken.
#[derive(Debug, Args)]
pub(crate) struct LoadArgs {
    /// A CSV file in UTF-8 with a first line that names the columns `wk_code` and `wk_naam`, and `gm_code` where
    /// --municipality is given; other columns are left alone.
    file: PathBuf,
    /// Only the wijken of this municipality, such as GM0392: the file may be of the whole country.
    #[arg(long, value_name = "GM_CODE")]
    municipality: Option<String>,
    /// The year of the CBS edition the codes belong to: boundaries change each year.
    #[arg(long, value_name = "YEAR")]
    edition: i16,
    #[command(flatten)]
    by: ByArgs,
    /// In which functions; college, burgemeester and mandaatbeheer keep the registers.
    #[arg(long, value_name = "FUNCTION", default_value = "mandaatbeheer")]
    function: Vec<Function>,
}

pub(crate) async fn run(global: &Global, command: AreaCommand) -> anyhow::Result<()> {
    match command {
        AreaCommand::Load(args) => load(global, args).await,
        AreaCommand::List => list(global).await,
    }
}

async fn load(global: &Global, args: LoadArgs) -> anyhow::Result<()> {
    // Read whole before a database is touched.
    let wijken = file::read(&args.file, args.municipality.as_deref(), args.edition)?;
    let session = Session::open(global, Need::Filled).await?;
    let dispatch = session.dispatch();
    let call = args
        .by
        .call(&session.tenant().await?, &dispatch, &args.function)?;
    let done = format!("The list has these {} wijken now.", wijken.len());
    let command = RegisterCommand::ListWijken(wijken);
    let receipt = dispatch.register(&call, command).await?;
    by::show(&call, &receipt, &done, global.json)
}

async fn list(global: &Global) -> anyhow::Result<()> {
    let session = Session::open(global, Need::Filled).await?;
    let tenant = session.tenant().await?;
    let areas = session.dispatch().area_list(&tenant).await?;
    if global.json {
        let results: Vec<_> = areas
            .iter()
            .map(|(code, wijk)| WijkDocument {
                wijk: code.clone(),
                name: wijk.name.clone(),
                edition: wijk.edition,
            })
            .collect();
        return screen::print_json(&WijkenPage {
            count: results.len(),
            next: None,
            previous: None,
            results,
        });
    }
    if areas.is_empty() {
        return screen::print(
            "No wijken yet; load them with `wijk area load FILE --edition YEAR`.\n",
        );
    }
    let mut table = screen::table(&["Wijk", "Naam", ">Editie"]);
    for (code, wijk) in areas.iter() {
        table.add_row([
            code.to_string(),
            wijk.name.clone(),
            wijk.edition.to_string(),
        ]);
    }
    screen::print(&screen::lines(&table))
}
