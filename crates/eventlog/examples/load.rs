//! Measures bulk loads and replays: events a second, beside the bare COPY of the same rows.
//!
//! `DATABASE_URL=postgres://… cargo run --release -p eventlog --example load -- [events]`, on a database
//! of its own.

use std::error::Error;
use std::time::Instant;

use eventlog::{
    Append, Expected, Log, NewEvent, Precision, Role, StreamId, Tenant, Write, connect, migrate,
};
use futures_util::TryStreamExt as _;
use jiff::Timestamp;
use sqlx::PgPool;
use uuid::Uuid;

/// Commands of one load, each of one event.
const LOAD_COMMANDS: u64 = 10_000;

/// How often replay and bare COPY take turns.
const ROUNDS: usize = 5;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let url = std::env::var("DATABASE_URL")?;
    let events: u64 = match std::env::args().nth(1) {
        Some(events) => events.parse()?,
        None => 1_000_000,
    };
    migrate(&url).await?;
    let pool = connect(&url, Role::App, 4).await?;
    let log = Log::new(pool.clone());
    let tenant = Tenant::new("loaded")?;
    log.create_tenant(&tenant).await?;
    let stored = u64::try_from(log.head(&tenant).await?.position)?;
    let half = stored + (events - stored.min(events)) / 2 / LOAD_COMMANDS * LOAD_COMMANDS;
    load(&log, &tenant, stored..half, 1).await?;
    load(&log, &tenant, half..events, 2).await?;
    for _ in 0..ROUNDS {
        let begin = Instant::now();
        bare_copy(&pool).await?;
        report("bare COPY", events, begin);
        let begin = Instant::now();
        let mut replay = log.replay(&tenant, 0, i64::try_from(events)?).await?;
        let mut bytes = 0;
        while let Some(entry) = replay.next_entry().await? {
            bytes += entry.payload.len();
        }
        report("replay, borrowed", events, begin);
        let begin = Instant::now();
        let mut replay = log.replay(&tenant, 0, i64::try_from(events)?).await?;
        loop {
            let batch = replay.next_batch(1_000).await?;
            if batch.is_empty() {
                break;
            }
            bytes -= batch.iter().map(|event| event.payload.len()).sum::<usize>();
        }
        report("replay, in batches", events, begin);
        assert_eq!(bytes, 0, "both read the same");
    }
    say(&format!("peak memory {}", peak_memory()?));
    Ok(())
}

/// Loads these events, so many loads at a time: while one is written the next is checked.
async fn load(
    log: &Log,
    tenant: &Tenant,
    events: std::ops::Range<u64>,
    at_a_time: usize,
) -> Result<(), Box<dyn Error>> {
    if events.is_empty() {
        return Ok(());
    }
    let begin = Instant::now();
    let loads = events
        .clone()
        .step_by(usize::try_from(LOAD_COMMANDS)?)
        .map(|first| {
            let last = events.end.min(first + LOAD_COMMANDS);
            let (log, tenant) = (log.clone(), tenant.clone());
            Ok(async move {
                let commands = (first..last).map(command).collect();
                log.load(&tenant, commands).await
            })
        });
    futures_util::stream::iter(loads)
        .try_buffered(at_a_time)
        .try_for_each(|_| std::future::ready(Ok(())))
        .await?;
    report(
        &format!("load, {at_a_time} at a time"),
        events.end - events.start,
        begin,
    );
    Ok(())
}

/// All rows as the database copies them, looked at by nobody: the limit.
async fn bare_copy(pool: &PgPool) -> Result<usize, sqlx::Error> {
    let mut connection = pool.acquire().await?;
    let rows = include_str!("../sql/replay_segment.sql")
        .replace("$1", "'loaded'")
        .replace("$2", "0")
        .replace("$3", "9223372036854775807");
    let mut copied = connection
        .copy_out_raw(&format!("copy ({rows}) to stdout (format binary)"))
        .await?;
    let mut bytes = 0;
    while let Some(row) = copied.try_next().await? {
        bytes += row.len();
    }
    Ok(bytes)
}

fn command(number: u64) -> Append {
    let id = |part| Uuid::from_u64_pair(part, number);
    Append {
        command_id: id(1),
        fingerprint: vec![1; 32],
        refusal: None,
        writes: vec![Write {
            stream: StreamId::new("request", format!("request-{}", number / 10)),
            expected: Expected::Exact(i64::try_from(number % 10).unwrap_or_default()),
            events: vec![NewEvent {
                event_id: id(2),
                kind: "request-assigned".to_owned(),
                schema: 1,
                occurred_at: Timestamp::UNIX_EPOCH,
                precision: Precision::Instant,
                actor: "staff-1".to_owned(),
                on_behalf_of: None,
                correlation: id(3),
                causation: None,
                payload: format!("{{\"text\":\"{}\"}}", "x".repeat(254)),
                encrypted: None,
            }],
        }],
        guards: Vec::new(),
        live: false,
    }
}

fn peak_memory() -> Result<String, std::io::Error> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let peak = status.lines().find(|line| line.starts_with("VmHWM"));
    Ok(peak.unwrap_or("unknown").to_owned())
}

fn report(what: &str, events: u64, begin: Instant) {
    let elapsed = begin.elapsed().as_secs_f64();
    let events_f64 = f64::from(u32::try_from(events).unwrap_or(u32::MAX));
    say(&format!(
        "{what}: {:.0} events/s ({elapsed:.2} s)",
        events_f64 / elapsed
    ));
}

#[expect(clippy::print_stdout, reason = "what it measures is for the terminal")]
fn say(line: &str) {
    println!("{line}");
}
