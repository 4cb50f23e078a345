//! Whether what one does every day costs more as the log grows.

use std::time::{Duration, Instant};

use anyhow::ensure;
use eventlog::{Append, Expected, Log, StreamId, Tenant, Write};
use sqlx::Row as _;

use super::Effort;
use crate::drive::{Sample, rate};
use crate::figures::{Case, Goal};
use crate::history::{self, History};
use crate::ids::Ids;
use crate::server::{Database, Server, tenant};

/// Times each thing is done in a round.
const TIMES: usize = 200;

/// Events of one page of the log.
const PAGE: i64 = 100;

/// How much slower a longer log may be: what a deeper index costs, and noise.
const SLOWER_MAX: f64 = 1.25;

#[derive(Debug, Clone, Copy)]
enum Doing {
    Append,
    Load,
    ReadAfter,
}

impl Doing {
    const ALL: [Self; 3] = [Self::Append, Self::Load, Self::ReadAfter];

    fn name(self) -> &'static str {
        match self {
            Self::Append => "append to a request",
            Self::Load => "load a request",
            Self::ReadAfter => "read 100 after a position",
        }
    }
}

pub(crate) async fn run(server: &Server, effort: &Effort) -> anyhow::Result<Vec<Case>> {
    let mut lengths = vec![10_000, 100_000, 1_000_000];
    if effort.quick {
        lengths = vec![1_000, 10_000];
    } else if effort.large {
        lengths.push(10_000_000);
    }
    let mut logs = Vec::new();
    for length in lengths {
        logs.push(Long::make(server, length).await?);
    }
    let mut cases = Vec::new();
    for doing in Doing::ALL {
        let mut samples = vec![Vec::new(); logs.len()];
        for round in 0..=effort.rounds {
            for turn in 0..logs.len() {
                let at = (round + turn) % logs.len();
                let sample = logs[at].sample(doing).await?;
                // The first round warms caches and prepares statements.
                if round > 0 {
                    samples[at].push(sample);
                }
            }
        }
        let case = |at: usize| {
            let name = format!("log of {} events", logs[at].length);
            Case::new(doing.name(), name, "a second", &samples[at])
        };
        let shortest = case(0);
        for at in 1..logs.len() {
            let goal = Some(Goal::AtLeast(1.0 / SLOWER_MAX));
            cases.push(case(at).beside(&shortest, goal));
        }
        cases.push(shortest);
    }
    for long in logs {
        server.drop(long.database).await?;
    }
    Ok(cases)
}

/// A log of some length.
struct Long {
    length: usize,
    database: Database,
    log: Log,
    tenant: Tenant,
    ids: Ids,
    /// Some of its requests, from all over it, with their versions.
    streams: Vec<(StreamId, i64)>,
    turn: usize,
}

impl Long {
    async fn make(server: &Server, length: usize) -> anyhow::Result<Self> {
        let database = server.database().await?;
        let mut connection = database.connection().await?;
        history::fill(&mut connection, length).await?;
        let rows = sqlx::query(include_str!("../../sql/list_some_streams.sql"))
            .fetch_all(&mut connection)
            .await?;
        let mut streams = Vec::with_capacity(rows.len());
        for row in rows {
            let stream = StreamId::new("request", row.try_get::<String, _>("stream_id")?);
            streams.push((stream, row.try_get("version")?));
        }
        ensure!(!streams.is_empty(), "a log without requests");
        Ok(Self {
            length,
            log: database.log(4).await?,
            database,
            tenant: tenant()?,
            ids: Ids::beginning_at(1 << 40),
            streams,
            turn: 0,
        })
    }

    async fn sample(&mut self, doing: Doing) -> anyhow::Result<Sample> {
        let mut latencies = Vec::with_capacity(TIMES);
        let mut history = History::begin()?;
        for _ in 0..TIMES {
            self.turn += 1;
            let place = self.turn % self.streams.len();
            let append = self.append(place, &mut history)?;
            let after = i64::try_from(self.length * place / self.streams.len())?;
            let (stream, version) = &mut self.streams[place];
            let begin = Instant::now();
            match doing {
                Doing::Append => {
                    let appended = self.log.append(&self.tenant, append).await?;
                    *version = appended.versions[0];
                }
                Doing::Load => {
                    let loaded = self.log.read_stream(&self.tenant, stream, 0).await?;
                    ensure!(
                        i64::try_from(loaded.len())? == *version,
                        "a load lost events"
                    );
                }
                Doing::ReadAfter => {
                    let after = after.min(i64::try_from(self.length)? - PAGE);
                    let read = self.log.read_after(&self.tenant, after, PAGE).await?;
                    ensure!(i64::try_from(read.len())? == PAGE, "a page lost events");
                }
            }
            latencies.push(begin.elapsed());
        }
        // The middle one: a few that waited for the disk say nothing of the length of the log.
        let mut sorted = latencies.clone();
        sorted.sort_unstable();
        let middle: Duration = sorted[sorted.len() / 2];
        Ok(Sample {
            per_s: rate(1, middle),
            latencies,
        })
    }

    fn append(&self, place: usize, history: &mut History) -> anyhow::Result<Append> {
        let (stream, version) = &self.streams[place];
        let mut event = history.next()?.event;
        event.event_id = self.ids.next();
        Ok(Append {
            command_id: self.ids.next(),
            fingerprint: vec![7; 32],
            refusal: None,
            writes: vec![Write {
                stream: stream.clone(),
                expected: Expected::Exact(*version),
                events: vec![event],
            }],
            guards: Vec::new(),
            live: false,
        })
    }
}
