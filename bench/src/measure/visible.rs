//! From commit to visible in the queue, on a log where nothing else happens.

use std::time::{Duration, Instant};

use anyhow::ensure;
use eventlog::{Append, Expected, Log, Role, Write};
use readmodel::queue::{Page, Queue};
use tokio::sync::oneshot;

use super::Effort;
use crate::drive::Sample;
use crate::figures::{Case, Goal};
use crate::history::History;
use crate::ids::Ids;
use crate::server::{Server, tenant};

/// Between two events, so that the log is idle when each comes.
const IDLE: Duration = Duration::from_millis(20);

/// How long an event may take before this is a failure and no figure.
const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) async fn run(server: &Server, effort: &Effort) -> anyhow::Result<Vec<Case>> {
    let database = server.database().await?;
    let tenant = tenant()?;
    // One server: it appends, and its runner follows.
    let log = database.log(8).await?;
    let read = eventlog::connect(database.url(), Role::Read, 8).await?;
    let runner = readmodel::open_runner(log.clone(), &read).await?;
    runner.catch_up(&tenant).await?;
    let (stop, stopped) = oneshot::channel::<()>();
    let running = tokio::spawn({
        let (runner, tenant) = (runner.clone(), tenant.clone());
        async move {
            let stopped = async {
                // Stopped also when this measure fails and drops its end.
                let _dropped = stopped.await;
            };
            runner.run(&tenant, stopped).await;
        }
    });
    let here = Queue::of(runner.view("queue")?.clone());
    // Another server: it shares nothing with the first but the database.
    let elsewhere_pool = eventlog::connect(database.url(), Role::Read, 4).await?;
    let elsewhere = Queue::open(&elsewhere_pool, 2).await?;

    let mut source = Source {
        log,
        history: History::begin()?,
        ids: Ids::default(),
    };
    let events = if effort.quick { 20 } else { 300 };
    let (mut near, mut far) = (Vec::new(), Vec::new());
    for _ in 0..events {
        near.push(source.until_visible(&here).await?);
        far.push(source.until_visible(&elsewhere).await?);
    }
    drop(stop);
    running.await?;
    drop((here, elsewhere, runner));
    server.drop(database).await?;
    let case = |name, latencies: Vec<Duration>| {
        let total: Duration = latencies.iter().sum();
        let sample = Sample {
            per_s: crate::drive::rate(latencies.len(), total),
            latencies,
        };
        Case::new("idle log", name, "a second, one by one", &[sample]).aim(&[
            ("p50 ms", Goal::AtMost(10.0)),
            ("p99 ms", Goal::AtMost(50.0)),
        ])
    };
    Ok(vec![
        case("read where it was appended", near),
        case("read at another server", far),
    ])
}

struct Source {
    log: Log,
    history: History,
    ids: Ids,
}

impl Source {
    /// Appends one event of a request, and measures from the answer on.
    async fn until_visible(&mut self, queue: &Queue) -> anyhow::Result<Duration> {
        let tenant = tenant()?;
        tokio::time::sleep(IDLE).await;
        let fact = self.history.next()?;
        let append = Append {
            command_id: self.ids.next(),
            fingerprint: vec![7; 32],
            refusal: None,
            writes: vec![Write {
                stream: fact.stream,
                expected: Expected::Exact(fact.version - 1),
                events: vec![fact.event],
            }],
            guards: Vec::new(),
            live: false,
        };
        let appended = self.log.append(&tenant, append).await?;
        let committed = Instant::now();
        let position = appended.last_position;
        queue.wait_for(&tenant, position, PATIENCE).await?;
        let latency = committed.elapsed();
        let page = queue.page(&tenant, None, Page::default()).await?;
        ensure!(
            page.position >= position,
            "what was waited for is not there"
        );
        Ok(latency)
    }
}
