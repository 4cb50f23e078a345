//! Measures appends: commands a second and latency, for a growing number of clients of one tenant.
//!
//! `DATABASE_URL=postgres://… cargo run --release -p eventlog --example measure`, on a database of its own.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use eventlog::{
    Append, Expected, Log, NewEvent, Precision, Role, StreamId, Tenant, Write, connect, migrate,
};
use jiff::Timestamp;
use uuid::Uuid;

/// How long each number of clients is measured.
const SPAN: Duration = Duration::from_secs(3);

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let url = std::env::var("DATABASE_URL")?;
    migrate(&url).await?;
    let log = Log::new(connect(&url, Role::App, 40).await?);
    let tenant = Tenant::new("measured")?;
    log.create_tenant(&tenant).await?;
    // Ids go on where the last run stopped.
    let ids = Arc::new(AtomicU64::new(
        u64::try_from(log.head(&tenant).await?.position)? * 4,
    ));
    for clients in [1, 8, 32, 128] {
        let begin = Instant::now();
        let clients: Vec<_> = (0..clients)
            .map(|client| {
                tokio::spawn(append_for(
                    log.clone(),
                    tenant.clone(),
                    client,
                    Arc::clone(&ids),
                ))
            })
            .collect();
        let count = clients.len();
        let mut latencies = Vec::new();
        for client in clients {
            latencies.extend(client.await??);
        }
        report(count, begin.elapsed(), latencies);
    }
    Ok(())
}

/// Appends one event a command to a stream of its own, one after the other.
async fn append_for(
    log: Log,
    tenant: Tenant,
    client: u32,
    ids: Arc<AtomicU64>,
) -> Result<Vec<Duration>, eventlog::AppendError> {
    let next_id = || Uuid::from_u64_pair(1, ids.fetch_add(1, Ordering::Relaxed));
    let begin = Instant::now();
    let mut latencies = Vec::new();
    while begin.elapsed() < SPAN {
        let append = Append {
            command_id: next_id(),
            fingerprint: vec![1; 32],
            refusal: None,
            writes: vec![Write {
                stream: StreamId::new("request", format!("measured-{client}")),
                expected: Expected::Any,
                events: vec![event(next_id(), next_id())],
            }],
            guards: Vec::new(),
            live: false,
        };
        let sent = Instant::now();
        log.append(&tenant, append).await?;
        latencies.push(sent.elapsed());
    }
    Ok(latencies)
}

fn event(event_id: Uuid, correlation: Uuid) -> NewEvent {
    NewEvent {
        event_id,
        kind: "request-assigned".to_owned(),
        schema: 1,
        occurred_at: Timestamp::UNIX_EPOCH,
        precision: Precision::Instant,
        actor: "staff-1".to_owned(),
        on_behalf_of: None,
        correlation,
        causation: None,
        payload: format!("{{\"text\":\"{}\"}}", "x".repeat(254)),
        encrypted: None,
    }
}

#[expect(clippy::print_stdout, reason = "what it measures is for the terminal")]
fn report(clients: usize, elapsed: Duration, mut latencies: Vec<Duration>) {
    latencies.sort_unstable();
    let at = |percent: usize| latencies[(latencies.len() - 1) * percent / 100].as_secs_f64() * 1e3;
    let per_s =
        f64::from(u32::try_from(latencies.len()).unwrap_or(u32::MAX)) / elapsed.as_secs_f64();
    println!(
        "{clients:>3} clients: {per_s:>7.0} commands/s, median {:.2} ms, p99 {:.2} ms",
        at(50),
        at(99)
    );
}
