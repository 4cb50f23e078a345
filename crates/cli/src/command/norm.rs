//! `wijk norm`: how many days the municipality promises for a domain.

use casework::{Domain, Function};
use clap::Subcommand;
use dispatch::RegisterCommand;

use crate::args::Global;
use crate::by::{self, ByArgs};
use crate::database::Need;
use crate::session::Session;
use crate::words;

/// What can be done with service promises.
#[derive(Debug, Subcommand)]
pub(crate) enum NormCommand {
    /// Promise a number of calendar days for a domain, for requests submitted from now on.
    Set {
        /// The domain: sociaal, openbare-ruimte or veiligheid.
        domain: Domain,
        /// Calendar days from the day of submission, 1 to 730.
        days: u16,
        #[command(flatten)]
        by: ByArgs,
        /// In which functions; college, burgemeester and mandaatbeheer keep the registers.
        #[arg(long, value_name = "FUNCTION", default_value = "mandaatbeheer")]
        function: Vec<Function>,
    },
}

pub(crate) async fn run(global: &Global, command: NormCommand) -> anyhow::Result<()> {
    let NormCommand::Set {
        domain,
        days,
        by,
        function,
    } = command;
    let session = Session::open(global, Need::Filled).await?;
    let dispatch = session.dispatch();
    let call = by.call(&session.tenant().await?, &dispatch, &function)?;
    let command = RegisterCommand::SetNorm { domain, days };
    let receipt = dispatch.register(&call, command).await?;
    let done = format!("Promised for {}: {days} days.", words::domain(domain));
    by::show(&call, &receipt, &done, global.json)
}
