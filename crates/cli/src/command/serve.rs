//! `wijk serve`.

use std::io::ErrorKind;
use std::net::SocketAddr;

use clap::Args;
use server::App;
use server::token::TokenKey;
use tokio::net::TcpListener;

use crate::args::Global;
use crate::database::Need;
use crate::failure::{failed, mistyped};
use crate::screen::note;
use crate::session::{Session, token_key_file};
use crate::signal::asked_to_stop;

/// Connections for commands of all callers.
pub(crate) const CONNECTIONS_MAX: u32 = 16;

/// Where to listen.
#[derive(Debug, Clone, Args)]
pub(crate) struct ListenArgs {
    /// The address to listen on, of this machine only; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
}

/// How to serve.
#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    #[command(flatten)]
    listen: ListenArgs,
    /// Serve a log that has events of a newer version, as in a rolling upgrade: what cannot be read is
    /// parked, and answers say that it is missing.
    #[arg(long)]
    park_unknown: bool,
}

impl ListenArgs {
    /// Takes the port, before anything else is started for it.
    pub(crate) async fn bind(&self) -> anyhow::Result<TcpListener> {
        let address = self.listen;
        if !address.ip().is_loopback() {
            return Err(mistyped(
                "not-loopback",
                server::ServeError::NotLoopback { address }.to_string(),
            ));
        }
        TcpListener::bind(address).await.map_err(|error| match error.kind() {
            ErrorKind::AddrInUse => failed(
                "address-in-use",
                format!("another program listens on {address}; stop it, or choose another port with --listen"),
            ),
            _ => failed("cannot-listen", format!("cannot listen on {address}: {error}")),
        })
    }
}

pub(crate) async fn run(global: &Global, args: ServeArgs) -> anyhow::Result<()> {
    let stop = asked_to_stop();
    let listener = args.listen.bind().await?;
    let database = crate::database::Database::open(global, Need::Filled).await?;
    let session = Session::with(global, database, CONNECTIONS_MAX).await?;
    check_forms(&session, args.park_unknown).await?;
    let app = app(&session).await?;
    note(&format!(
        "Serving http://{}/v1 until Ctrl-C; tokens for it come from `wijk token issue`.",
        listener.local_addr()?
    ));
    server::serve(listener, app, stop).await?;
    session.close().await;
    Ok(())
}

/// Refuses to serve a log that this version cannot read all of, unless that was asked for.
async fn check_forms(session: &Session, park_unknown: bool) -> anyhow::Result<()> {
    for tenant in session.log().tenants().await? {
        let unreadable = session.dispatch().unreadable(&tenant).await?;
        if unreadable.is_empty() {
            continue;
        }
        let forms: Vec<String> = unreadable
            .iter()
            .map(|form| {
                format!(
                    "{} schema {} (first at position {})",
                    form.kind, form.schema, form.first_position
                )
            })
            .collect();
        let found = format!(
            "the log of {tenant} has events that this version cannot read: {}",
            forms.join(", ")
        );
        if !park_unknown {
            return Err(failed(
                "unreadable-events",
                format!(
                    "{found}; start the version that wrote them, or serve what can be read with --park-unknown"
                ),
            ));
        }
        note(&format!("{found}; they are parked."));
    }
    Ok(())
}

/// The API on an open database.
pub(crate) async fn app(session: &Session) -> anyhow::Result<App> {
    let read = session.read_pool().await?;
    let tokens = TokenKey::load_or_create(&token_key_file(session.global())?)?;
    let dispatch = session.dispatch();
    for tenant in session.log().tenants().await? {
        dispatch.complete_erasures(&tenant).await?;
    }
    Ok(App::open(dispatch, &read, tokens).await?)
}
