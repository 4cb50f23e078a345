//! Being asked to stop: Ctrl-C, or SIGTERM.

use crate::failure::failed;
use tokio::signal::unix::{SignalKind, signal};

/// Is done once somebody asks to stop. Listens from the call on, not only once it is awaited.
pub(crate) fn asked_to_stop() -> impl Future<Output = ()> + Send + 'static {
    let interrupt = signal(SignalKind::interrupt());
    let terminate = signal(SignalKind::terminate());
    async {
        let (Ok(mut interrupt), Ok(mut terminate)) = (interrupt, terminate) else {
            // Then the system ends the process, as it does with every other program.
            return std::future::pending().await;
        };
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    }
}

/// Does the work unless somebody asks to stop first.
pub(crate) async fn unless_asked_to_stop<T>(
    stop: impl Future<Output = ()>,
    work: impl Future<Output = anyhow::Result<T>>,
) -> anyhow::Result<T> {
    tokio::select! {
        done = work => done,
        () = stop => Err(failed(
            "interrupted",
            "interrupted; whatever was under way was written whole or not at all",
        )),
    }
}
