//! Clients that each give one command after the other, and how long those take.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Barrier;

/// Commands each client gives before the clock runs: statements are prepared by then.
const WARM_UP: usize = 25;

/// Someone who gives commands.
pub(crate) trait Client: Send + 'static {
    /// Gives the next one and waits for its outcome.
    fn command(&mut self) -> impl Future<Output = anyhow::Result<()>> + Send;
}

/// What one round of one case came to.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sample {
    /// Commands, loads or events a second.
    pub(crate) per_s: f64,
    /// How long each took, where that was looked at.
    pub(crate) latencies: Vec<Duration>,
}

/// Lets all clients give commands at the same time, for `span`.
pub(crate) async fn drive<C: Client>(clients: Vec<C>, span: Duration) -> anyhow::Result<Sample> {
    let ready = Arc::new(Barrier::new(clients.len()));
    let running: Vec<_> = clients
        .into_iter()
        .map(|client| tokio::spawn(drive_one(client, span, Arc::clone(&ready))))
        .collect();
    let mut sample = Sample::default();
    for client in running {
        let latencies = client.await??;
        sample.per_s += rate(latencies.len(), latencies.iter().sum());
        sample.latencies.extend(latencies);
    }
    Ok(sample)
}

async fn drive_one<C: Client>(
    mut client: C,
    span: Duration,
    ready: Arc<Barrier>,
) -> anyhow::Result<Vec<Duration>> {
    for _ in 0..WARM_UP {
        client.command().await?;
    }
    ready.wait().await;
    let begin = Instant::now();
    let mut latencies = Vec::new();
    while begin.elapsed() < span {
        let sent = Instant::now();
        client.command().await?;
        latencies.push(sent.elapsed());
    }
    Ok(latencies)
}

/// How many of these happen in a second.
pub(crate) fn rate(count: usize, elapsed: Duration) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX)) / elapsed.as_secs_f64()
}
