//! `wijk person`: what is kept of people outside the organisation.

use casework::{Function, PersonId};
use clap::Subcommand;

use crate::args::Global;
use crate::by::{self, ByArgs};
use crate::database::Need;
use crate::session::Session;

/// What can be done for a person.
#[derive(Debug, Subcommand)]
pub(crate) enum PersonCommand {
    /// Erase everything a person wrote, for good: their key is destroyed. Requests, decisions and figures stay.
    Erase {
        /// The person, as the uuid that a dossier names.
        person: PersonId,
        #[command(flatten)]
        by: ByArgs,
        /// In which functions; privacy and archief may erase, and so may the person.
        #[arg(long, value_name = "FUNCTION", default_value = "privacy")]
        function: Vec<Function>,
    },
}

pub(crate) async fn run(global: &Global, command: PersonCommand) -> anyhow::Result<()> {
    let PersonCommand::Erase {
        person,
        by,
        function,
    } = command;
    let session = Session::open(global, Need::Filled).await?;
    let dispatch = session.dispatch();
    let call = by.call(&session.tenant().await?, &dispatch, &function)?;
    let receipt = dispatch.erase(&call, person).await?;
    by::show(&call, &receipt, &format!("Erased {person}."), global.json)
}
