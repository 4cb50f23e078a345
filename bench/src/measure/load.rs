//! One aggregate from its stream of 10, 100 or 1000 events.

use anyhow::ensure;
use eventlog::{Append, Expected, Log, Recorded, StreamId, Tenant, Write, canonical};
use sqlx::PgConnection;

use super::Effort;
use super::append::event;
use crate::aggregate::Account;
use crate::drive::{Client, drive};
use crate::figures::{Case, Goal};
use crate::ids::Ids;
use crate::raw;
use crate::server::{Server, tenant};

/// Streams of each length, loaded in turn.
const STREAMS: usize = 20;

pub(crate) async fn run(server: &Server, effort: &Effort) -> anyhow::Result<Vec<Case>> {
    let database = server.database().await?;
    let log = database.log(4).await?;
    let mut cases = Vec::new();
    for length in [10, 100, 1_000] {
        let streams = fill(&log, &tenant()?, length).await?;
        database.settle().await?;
        let (mut raw, mut ours) = (Vec::new(), Vec::new());
        for round in 0..effort.rounds {
            for turn in 0..2 {
                let which = Which::new(&streams, length);
                if (round + turn) % 2 == 0 {
                    let connection = database.connection().await?;
                    raw.push(drive(vec![RawClient { connection, which }], effort.span).await?);
                } else {
                    let client = OurClient {
                        log: log.clone(),
                        tenant: tenant()?,
                        which,
                    };
                    ours.push(drive(vec![client], effort.span).await?);
                }
            }
        }
        let group = format!("{length} events");
        let raw = Case::new(&group, "raw SELECT", "loads/s", &raw);
        let ours = Case::new(&group, "ours", "loads/s", &ours);
        cases.extend([ours.beside(&raw, Some(Goal::AtLeast(0.9))), raw]);
    }
    server.drop(database).await?;
    Ok(cases)
}

async fn fill(log: &Log, tenant: &Tenant, length: usize) -> anyhow::Result<Vec<StreamId>> {
    let ids = Ids::default();
    let mut streams = Vec::with_capacity(STREAMS);
    for number in 0..STREAMS {
        let stream = StreamId::new("budget", format!("{length}-{number}"));
        let mut events = Vec::with_capacity(length);
        for _ in 0..length {
            let spent = Account::default().decide(1)?;
            let mut event = event(&ids, canonical::to_canonical_json(&spent)?);
            event.event_id = uuid::Uuid::from_u64_pair(length as u64, ids.next_number());
            events.push(event);
        }
        let append = Append {
            command_id: uuid::Uuid::from_u64_pair(length as u64, ids.next_number()),
            fingerprint: vec![7; 32],
            refusal: None,
            writes: vec![Write {
                stream: stream.clone(),
                expected: Expected::New,
                events,
            }],
            guards: Vec::new(),
            live: true,
        };
        log.append(tenant, append).await?;
        streams.push(stream);
    }
    Ok(streams)
}

/// Which stream is next, and what it must fold to.
struct Which {
    streams: Vec<StreamId>,
    length: usize,
    loads: usize,
}

impl Which {
    fn new(streams: &[StreamId], length: usize) -> Self {
        Self {
            streams: streams.to_vec(),
            length,
            loads: 0,
        }
    }

    fn next(&mut self) -> &StreamId {
        self.loads += 1;
        &self.streams[self.loads % self.streams.len()]
    }

    fn fold(&self, recorded: &[Recorded]) -> anyhow::Result<()> {
        let mut account = Account::default();
        for recorded in recorded {
            account.fold(&recorded.payload)?;
        }
        ensure!(
            usize::try_from(account.spent_cents)? == self.length,
            "a load lost events"
        );
        Ok(())
    }
}

struct RawClient {
    connection: PgConnection,
    which: Which,
}

impl Client for RawClient {
    async fn command(&mut self) -> anyhow::Result<()> {
        let statement = include_str!("../../sql/read_log_stream.sql");
        let stream = self.which.next();
        let recorded = raw::read_stream(&mut self.connection, statement, stream).await?;
        self.which.fold(&recorded)
    }
}

struct OurClient {
    log: Log,
    tenant: Tenant,
    which: Which,
}

impl Client for OurClient {
    async fn command(&mut self) -> anyhow::Result<()> {
        let stream = self.which.next();
        let recorded = self.log.read_stream(&self.tenant, stream, 0).await?;
        self.which.fold(&recorded)
    }
}
