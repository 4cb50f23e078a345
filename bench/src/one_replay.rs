//! One replay in a process of its own, so that its peak memory is its own too.

use std::collections::BTreeMap;
use std::fs;
use std::process::Stdio;
use std::time::Instant;

use anyhow::{Context as _, bail, ensure};
use casework::{Event, Placement, stored};
use clap::{Args, ValueEnum};
use eventlog::{Log, Role};
use futures_util::TryStreamExt as _;
use serde::{Deserialize, Serialize};
use sqlx::{Connection as _, PgConnection};
use tokio::process::Command;

use crate::raw::copied::{self, Row};
use crate::server::tenant;

/// Which replay a child is to run.
#[derive(Debug, Clone, Args)]
pub(crate) struct OneReplay {
    /// The database.
    #[arg(long)]
    url: String,
    /// How.
    #[arg(long)]
    way: Way,
    /// Parts of the log, each read by a worker with a connection of its own.
    #[arg(long)]
    workers: i64,
}

/// How events are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Way {
    /// COPY of the same columns.
    Raw,
    /// `Log::replay`.
    Ours,
}

/// What it came to.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Outcome {
    pub(crate) seconds: f64,
    pub(crate) peak_mib: f64,
    pub(crate) tally: Tally,
}

/// What was seen.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Tally {
    pub(crate) events: u64,
    /// Events that came before one of a lower position.
    pub(crate) out_of_order: u64,
    /// Requests placed in each wijk.
    wijken: BTreeMap<String, u64>,
    last: i64,
}

impl Tally {
    fn see(&mut self, position: i64, kind: &str, schema: i32, payload: &str) -> anyhow::Result<()> {
        self.events += 1;
        self.out_of_order += u64::from(position <= self.last);
        self.last = position;
        let event = stored::decode(kind, schema, payload)?;
        let placement = match &event {
            Event::RequestSubmitted(submitted) => Some(&submitted.placement),
            Event::RequestPlaced(placed) => Some(&placed.placement),
            _ => None,
        };
        let Some(Placement {
            wijk: Some(wijk), ..
        }) = placement
        else {
            return Ok(());
        };
        if let Some(count) = self.wijken.get_mut(wijk.as_str()) {
            *count += 1;
        } else {
            self.wijken.insert(wijk.to_string(), 1);
        }
        Ok(())
    }

    /// With what another part of the log had.
    fn and(mut self, other: Self) -> Self {
        self.events += other.events;
        self.out_of_order += other.out_of_order;
        self.last = self.last.max(other.last);
        for (wijk, count) in other.wijken {
            *self.wijken.entry(wijk).or_default() += count;
        }
        self
    }
}

impl OneReplay {
    /// Has a child do it.
    pub(crate) async fn spawn(url: &str, way: Way, workers: i64) -> anyhow::Result<Outcome> {
        let way = match way {
            Way::Raw => "raw",
            Way::Ours => "ours",
        };
        let output = Command::new(std::env::current_exe()?)
            .args(["one-replay", "--url", url, "--way", way])
            .args(["--workers", &workers.to_string()])
            .stderr(Stdio::inherit())
            .output()
            .await?;
        ensure!(output.status.success(), "the replay failed");
        Ok(serde_json::from_slice(&output.stdout)?)
    }

    /// Does it and prints the outcome.
    pub(crate) async fn run(&self) -> anyhow::Result<()> {
        let log = Log::new(eventlog::connect(&self.url, Role::Read, 4).await?);
        let head = log.head(&tenant()?).await?.position;
        let begin = Instant::now();
        let mut parts = Vec::new();
        for worker in 0..self.workers {
            let after = head * worker / self.workers;
            let up_to = head * (worker + 1) / self.workers;
            parts.push(match self.way {
                Way::Ours => tokio::spawn(ours(log.clone(), after, up_to)),
                Way::Raw => tokio::spawn(raw(self.url.clone(), after, up_to)),
            });
        }
        let mut tally = Tally::default();
        for part in parts {
            tally = tally.and(part.await??);
        }
        let outcome = Outcome {
            seconds: begin.elapsed().as_secs_f64(),
            peak_mib: peak_mib()?,
            tally,
        };
        #[expect(clippy::print_stdout, reason = "the parent reads it")]
        {
            println!("{}", serde_json::to_string(&outcome)?);
        }
        Ok(())
    }
}

async fn ours(log: Log, after: i64, up_to: i64) -> anyhow::Result<Tally> {
    let mut replay = log.replay(&tenant()?, after, up_to).await?;
    let mut tally = Tally::default();
    while let Some(entry) = replay.next_entry().await? {
        tally.see(entry.position, entry.kind, entry.schema, entry.payload)?;
    }
    Ok(tally)
}

async fn raw(url: String, after: i64, up_to: i64) -> anyhow::Result<Tally> {
    let mut connection = PgConnection::connect(&url).await?;
    let statement = copied::statement(after, up_to);
    let mut messages = connection.copy_out_raw(&statement).await?;
    let mut tally = Tally::default();
    let mut is_first = true;
    while let Some(message) = messages.try_next().await? {
        let row = if std::mem::take(&mut is_first) {
            copied::without_header(&message)?
        } else {
            &message[..]
        };
        if let Some(row) = Row::read(row)? {
            tally.see(row.position, row.kind, row.schema, row.payload)?;
        }
    }
    Ok(tally)
}

/// The most memory this process ever had.
fn peak_mib() -> anyhow::Result<f64> {
    let status = fs::read_to_string("/proc/self/status").context("read /proc/self/status")?;
    for line in status.lines() {
        if let Some(rest) = line.strip_prefix("VmHWM:") {
            let kib: f64 = rest.trim().trim_end_matches("kB").trim().parse()?;
            return Ok(kib / 1_024.0);
        }
    }
    bail!("/proc/self/status has no VmHWM")
}
