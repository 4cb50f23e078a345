//! A hundred events in one command.

use eventlog::{Append, Expected, Log, StreamId, Tenant, Write, canonical};
use sqlx::PgConnection;

use super::Effort;
use super::append::event;
use crate::aggregate::Account;
use crate::drive::{Client, drive};
use crate::figures::{Case, Goal};
use crate::ids::Ids;
use crate::raw;
use crate::server::{Server, tenant};

/// Events of one command.
const EVENTS: usize = 100;

pub(crate) async fn run(server: &Server, effort: &Effort) -> anyhow::Result<Vec<Case>> {
    let database = server.database().await?;
    raw::create_table(&mut database.connection().await?).await?;
    let log = database.log(4).await?;
    let ids = Ids::default();
    let (mut raw, mut ours) = (Vec::new(), Vec::new());
    for round in 0..effort.rounds {
        database.settle().await?;
        for turn in 0..2 {
            if (round + turn) % 2 == 0 {
                let connection = database.connection().await?;
                let ids = ids.clone();
                raw.push(drive(vec![RawClient { connection, ids }], effort.span).await?);
            } else {
                let client = OurClient {
                    log: log.clone(),
                    tenant: tenant()?,
                    ids: ids.clone(),
                };
                ours.push(drive(vec![client], effort.span).await?);
            }
        }
    }
    server.drop(database).await?;
    let raw = Case::new("1 client", "raw unnest INSERT", "commands/s", &raw);
    // Taking at most 1.3 times as long is running at 1/1.3 of the rate or more.
    let goal = Some(Goal::AtLeast(0.77));
    Ok(vec![
        Case::new("1 client", "ours", "commands/s", &ours).beside(&raw, goal),
        raw,
    ])
}

fn new_stream(ids: &Ids) -> StreamId {
    StreamId::new("budget", ids.next().to_string())
}

struct RawClient {
    connection: PgConnection,
    ids: Ids,
}

impl Client for RawClient {
    async fn command(&mut self) -> anyhow::Result<()> {
        let mut events = Vec::with_capacity(EVENTS);
        for _ in 0..EVENTS {
            let spent = Account::default().decide(1_000)?;
            events.push(event(&self.ids, serde_json::to_string(&spent)?));
        }
        let stream = new_stream(&self.ids);
        raw::insert_many(&mut self.connection, &stream, 1, self.ids.next(), &events).await?;
        Ok(())
    }
}

struct OurClient {
    log: Log,
    tenant: Tenant,
    ids: Ids,
}

impl Client for OurClient {
    async fn command(&mut self) -> anyhow::Result<()> {
        let mut events = Vec::with_capacity(EVENTS);
        for _ in 0..EVENTS {
            let spent = Account::default().decide(1_000)?;
            events.push(event(&self.ids, canonical::to_canonical_json(&spent)?));
        }
        let append = Append {
            command_id: self.ids.next(),
            fingerprint: vec![7; 32],
            refusal: None,
            writes: vec![Write {
                stream: new_stream(&self.ids),
                expected: Expected::New,
                events,
            }],
            guards: Vec::new(),
            live: true,
        };
        self.log.append(&self.tenant, append).await?;
        Ok(())
    }
}
