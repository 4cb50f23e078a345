//! `wijk token`: who may call the HTTP API, signed.

use casework::{By, Function};
use clap::Subcommand;
use jiff::SignedDuration;
use serde::Serialize;
use server::token::{self, Identity, TokenKey};

use crate::args::Global;
use crate::by;
use crate::database::Need;
use crate::failure::mistyped;
use crate::screen;
use crate::session::{Session, token_key_file};

/// What can be done with tokens.
#[derive(Debug, Subcommand)]
pub(crate) enum TokenCommand {
    /// Print a bearer token for the server that uses the same data folder.
    Issue {
        /// Whom it speaks for: staff:ID, or person:UUID for someone outside the municipality.
        #[arg(long, value_name = "ACTOR")]
        actor: String,
        /// The functions held, such as intake or wijkregisseur-sociaal; may be repeated.
        #[arg(long, value_name = "FUNCTION")]
        function: Vec<Function>,
        /// How long it is worth something, in hours.
        #[arg(long, value_name = "HOURS", default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=8760))]
        hours: u32,
    },
}

/// A token with until when it is worth something.
#[derive(Serialize)]
struct TokenDocument {
    #[serde(rename = "token")]
    token: String,
    #[serde(rename = "geldigTot")]
    expires_at: jiff::Timestamp,
}

pub(crate) async fn run(global: &Global, command: TokenCommand) -> anyhow::Result<()> {
    let TokenCommand::Issue {
        actor,
        function,
        hours,
    } = command;
    let actor = by::actor(&actor)?;
    let session = Session::open(global, Need::Filled).await?;
    let identity = Identity {
        tenant: session.tenant().await?,
        by: By {
            actor,
            functions: function.into_iter().collect(),
        },
    };
    let key = TokenKey::load_or_create(&token_key_file(global)?)?;
    let now = session.dispatch().now();
    let lifetime = SignedDuration::from_hours(hours.into());
    let token = token::issue(&key, &identity, now, lifetime)
        .map_err(|error| mistyped("invalid-token", error.to_string()))?;
    if global.json {
        return screen::print_json(&TokenDocument {
            token,
            expires_at: now + lifetime,
        });
    }
    screen::print(&format!("{token}\n"))
}
