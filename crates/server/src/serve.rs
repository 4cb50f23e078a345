//! Serving on a socket until told to stop.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::{App, projections, router};

/// How long requests under way may take once the server was told to stop.
const DRAIN_MAX: Duration = Duration::from_secs(10);

/// Why the server does not run.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address can be reached from other machines, for which this server has no TLS.
    #[error(
        "{address} can be reached from other machines; for now the server listens on this machine only, such as 127.0.0.1:8080"
    )]
    NotLoopback {
        /// What was asked for.
        address: SocketAddr,
    },
    /// The socket failed.
    #[error("the socket failed")]
    Socket(#[from] std::io::Error),
}

/// Serves the API and keeps the views up to date, until `shutdown` is done.
///
/// Then no new requests are taken, those under way get ten seconds, and projections finish their batch
/// or leave nothing of it.
pub async fn serve(
    listener: TcpListener,
    app: App,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), ServeError> {
    let address = listener.local_addr()?;
    if !address.ip().is_loopback() {
        return Err(ServeError::NotLoopback { address });
    }
    let (stop, stopping) = watch::channel(false);
    let following = tokio::spawn(projections::follow_all(app.clone(), stopping.clone()));
    let signal = tokio::spawn(async move {
        shutdown.await;
        stop.send_replace(true);
        // Kept until everyone has seen it.
        stop.closed().await;
    });
    let served =
        axum::serve(listener, router(app)).with_graceful_shutdown(stopped(stopping.clone()));
    let served = tokio::select! {
        served = served.into_future() => served,
        () = drained(stopping) => {
            tracing::warn!("requests still under way after {} s were cut off", DRAIN_MAX.as_secs());
            Ok(())
        }
    };
    if served.is_err() {
        // Without the signal the projections stop as well.
        signal.abort();
    }
    if let Err(error) = following.await {
        tracing::error!(%error, "the projections ended in a panic");
    }
    Ok(served?)
}

async fn stopped(mut stopping: watch::Receiver<bool>) {
    // An error means that nobody can tell any more, which is a stop as well.
    let _stopped_either_way = stopping.wait_for(|stop| *stop).await;
}

async fn drained(stopping: watch::Receiver<bool>) {
    stopped(stopping).await;
    tokio::time::sleep(DRAIN_MAX).await;
}
