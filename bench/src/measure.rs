//! What is measured: one module for each, run against its limit in interleaved rounds.

mod append;
mod bulk;
mod growth;
mod hundred;
mod load;
mod rebuild;
mod replay;
mod visible;

use std::time::Duration;

use clap::ValueEnum;

use crate::figures::Case;
use crate::server::Server;

/// How long and how much.
#[derive(Debug, Clone)]
pub(crate) struct Effort {
    /// Rounds; figures are their medians.
    pub(crate) rounds: usize,
    /// Rounds of what takes seconds by itself.
    pub(crate) long_rounds: usize,
    /// How long one case is driven in one round.
    pub(crate) span: Duration,
    /// A smoke run.
    pub(crate) quick: bool,
    /// Events of the long log.
    pub(crate) history_events: usize,
    /// Whether the longest log is measured too.
    pub(crate) large: bool,
}

impl Effort {
    /// From the command line.
    pub(crate) fn new(quick: bool, large: bool, rounds: Option<usize>) -> Self {
        let (usual_rounds, span_ms, history_events) = if quick {
            (3, 100, 20_000)
        } else {
            (11, 500, 1_000_000)
        };
        Self {
            rounds: rounds.unwrap_or(usual_rounds).max(1),
            long_rounds: rounds.unwrap_or(if quick { 1 } else { 5 }).max(1),
            span: Duration::from_millis(span_ms),
            quick,
            history_events,
            large,
        }
    }
}

/// Something that has a goal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Measure {
    /// One event a command, from one client to many.
    Append,
    /// A hundred events in one command.
    Hundred,
    /// One aggregate from its stream.
    Load,
    /// The whole log.
    Replay,
    /// A view from the whole log.
    Rebuild,
    /// From commit to visible in a view.
    Visible,
    /// The same things on short and long logs.
    Growth,
    /// Many commands of the past at once.
    Bulk,
}

impl Measure {
    /// Those named, or all.
    pub(crate) fn chosen(only: &[Self]) -> Vec<Self> {
        if only.is_empty() {
            Self::value_variants().to_vec()
        } else {
            let all = Self::value_variants().iter().copied();
            all.filter(|measure| only.contains(measure)).collect()
        }
    }

    /// As a heading.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Append => "Append: one event a command, load and decide included, durable",
            Self::Hundred => "Append: 100 events in one command, durable",
            Self::Load => "Load: one aggregate from its stream",
            Self::Replay => "Replay: the whole log, typed and counted per wijk",
            Self::Rebuild => "Rebuild: the queue from the whole log, served meanwhile",
            Self::Visible => "From commit to visible in the queue",
            Self::Growth => "Cost as the log grows",
            Self::Bulk => "Load: many commands of the past at once, durable",
        }
    }

    /// What is done on the raw side.
    pub(crate) fn limit(self) -> &'static str {
        match self {
            Self::Append => {
                "Raw: prepared statements on a plain table of the same columns (bigserial position, unique stream and \
                 version), one connection a client. \
                 Both sides fold an account of 9.5 events on average and append a payload of about 300 bytes; \
                 ours goes through one `Log`."
            }
            Self::Hundred => {
                "Raw: one insert from unnested arrays into the same plain table, no version checked."
            }
            Self::Load => {
                "Raw: the same select by key, its columns read by index into the same type and folded the same way; \
                 one client."
            }
            Self::Rebuild => {
                "Raw: one INSERT..SELECT as superuser that computes the same rows from the same payloads, into a table with \
                 the same keys, checks and indexes and with 1 GB of work_mem; the rows of both are compared at the end. \
                 A reader looks at the served queue every 5 ms, in the rounds of both."
            }
            Self::Visible => {
                "From the answer of `Log::append` until `Queue::wait_for` answers, every view following, one event in \
                 20 ms."
            }
            Self::Growth => {
                "One client, the same statements on logs of different lengths, 200 times a round; ratios are of the \
                 medians of a round."
            }
            Self::Bulk => {
                "Raw: one binary COPY of the same columns into the plain table; one transaction on both sides."
            }
            Self::Replay => {
                "Raw: one binary COPY of the same columns, each row read by hand from its message and decoded to the \
                 same typed event; each case in a process of its own, whose peak memory is given."
            }
        }
    }

    /// Runs it.
    pub(crate) async fn run(self, server: &Server, effort: &Effort) -> anyhow::Result<Vec<Case>> {
        match self {
            Self::Append => append::run(server, effort).await,
            Self::Hundred => hundred::run(server, effort).await,
            Self::Load => load::run(server, effort).await,
            Self::Replay => replay::run(server, effort).await,
            Self::Rebuild => rebuild::run(server, effort).await,
            Self::Visible => visible::run(server, effort).await,
            Self::Growth => growth::run(server, effort).await,
            Self::Bulk => bulk::run(server, effort).await,
        }
    }
}
