//! One event a command: load, decide, append, durable.

use eventlog::{Append, Expected, Log, NewEvent, Precision, StreamId, Tenant, Write, canonical};
use sqlx::PgConnection;

use super::Effort;
use crate::aggregate::{Account, EVENTS_PER_STREAM, Spent};
use crate::drive::{Client, Sample, drive};
use crate::figures::{Case, Goal};
use crate::ids::{Ids, now};
use crate::raw;
use crate::server::{Database, Server, tenant};

/// Connections of the log's pool: loads use them, appends one.
const POOL: u32 = 32;

/// How a client works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    RawInsert,
    RawSelectInsert,
    OursLoading,
    OursCached,
}

impl Way {
    const ALL: [Self; 4] = [
        Self::RawInsert,
        Self::RawSelectInsert,
        Self::OursLoading,
        Self::OursCached,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::RawInsert => "raw INSERT",
            Self::RawSelectInsert => "raw SELECT + INSERT",
            Self::OursLoading => "ours, loading each time",
            Self::OursCached => "ours, fold cached and checked by the expected version",
        }
    }

    fn loads(self) -> bool {
        matches!(self, Self::RawSelectInsert | Self::OursLoading)
    }
}

pub(crate) async fn run(server: &Server, effort: &Effort) -> anyhow::Result<Vec<Case>> {
    let database = server.database().await?;
    raw::create_table(&mut database.connection().await?).await?;
    let bench = Bench {
        log: database.log(POOL).await?,
        database,
        tenant: tenant()?,
        ids: Ids::default(),
    };
    let mut cases = Vec::new();
    for clients in [1, 8, 32, 128] {
        let mut samples = Way::ALL.map(|_| Vec::new());
        for round in 0..effort.rounds {
            bench.database.settle().await?;
            // Each round begins with another way, so that none always runs first.
            for turn in 0..Way::ALL.len() {
                let at = (round + turn) % Way::ALL.len();
                samples[at].push(bench.round(Way::ALL[at], clients, effort).await?);
            }
        }
        cases.extend(compare(clients, &samples));
    }
    server.drop(bench.database).await?;
    Ok(cases)
}

fn compare(clients: usize, samples: &[Vec<Sample>; 4]) -> [Case; 4] {
    let group = match clients {
        1 => "1 client".to_owned(),
        many => format!("{many} clients"),
    };
    let goal = match clients {
        1 => Some(Goal::AtLeast(1.0)),
        32 => Some(Goal::AtLeast(3.0)),
        128 => Some(Goal::AtLeast(5.0)),
        _ => None,
    };
    let case = |at: usize| Case::new(&group, Way::ALL[at].name(), "commands/s", &samples[at]);
    let [insert, select_insert, loading, cached] = [case(0), case(1), case(2), case(3)];
    [
        loading.beside(&select_insert, goal).beside(&insert, None),
        cached.beside(&select_insert, goal).beside(&insert, None),
        select_insert,
        insert,
    ]
}

struct Bench {
    database: Database,
    log: Log,
    tenant: Tenant,
    ids: Ids,
}

impl Bench {
    async fn round(&self, way: Way, clients: usize, effort: &Effort) -> anyhow::Result<Sample> {
        if matches!(way, Way::OursLoading | Way::OursCached) {
            let clients = (0..clients).map(|_| OurClient {
                log: self.log.clone(),
                tenant: self.tenant.clone(),
                turn: Turn::new(way, &self.ids),
            });
            return drive(clients.collect(), effort.span).await;
        }
        let mut raw = Vec::with_capacity(clients);
        for _ in 0..clients {
            raw.push(RawClient {
                connection: self.database.connection().await?,
                turn: Turn::new(way, &self.ids),
            });
        }
        drive(raw, effort.span).await
    }
}

/// What both sides have in common: which account it is, and what is known of it.
struct Turn {
    loads: bool,
    ids: Ids,
    stream: StreamId,
    account: Account,
}

impl Turn {
    fn new(way: Way, ids: &Ids) -> Self {
        Self {
            loads: way.loads(),
            ids: ids.clone(),
            stream: next_stream(ids),
            account: Account::default(),
        }
    }

    /// Goes on to the next account when this one is long enough.
    fn begin(&mut self) {
        if self.account.version >= EVENTS_PER_STREAM {
            self.stream = next_stream(&self.ids);
            self.account = Account::default();
        }
    }

    fn event(&self, payload: String) -> NewEvent {
        event(&self.ids, payload)
    }

    fn decide(&self) -> anyhow::Result<Spent> {
        self.account.decide(1_000)
    }
}

fn next_stream(ids: &Ids) -> StreamId {
    StreamId::new("budget", ids.next().to_string())
}

/// An event of now with a causation to itself and nothing encrypted.
pub(crate) fn event(ids: &Ids, payload: String) -> NewEvent {
    NewEvent {
        event_id: ids.next(),
        kind: "amount-spent".to_owned(),
        schema: 1,
        occurred_at: now(),
        precision: Precision::Instant,
        actor: "staff:anna".to_owned(),
        on_behalf_of: None,
        correlation: ids.next(),
        causation: None,
        payload,
        encrypted: None,
    }
}

struct RawClient {
    connection: PgConnection,
    turn: Turn,
}

impl Client for RawClient {
    async fn command(&mut self) -> anyhow::Result<()> {
        let turn = &mut self.turn;
        turn.begin();
        if turn.loads {
            let statement = include_str!("../../sql/read_raw_stream.sql");
            let recorded = raw::read_stream(&mut self.connection, statement, &turn.stream).await?;
            turn.account = Account::default();
            for recorded in &recorded {
                turn.account.fold(&recorded.payload)?;
            }
        }
        let spent = turn.decide()?;
        let event = turn.event(serde_json::to_string(&spent)?);
        let version = turn.account.version + 1;
        let command_id = turn.ids.next();
        raw::insert(
            &mut self.connection,
            &turn.stream,
            version,
            command_id,
            &event,
        )
        .await?;
        turn.account.evolve(&spent);
        Ok(())
    }
}

struct OurClient {
    log: Log,
    tenant: Tenant,
    turn: Turn,
}

impl Client for OurClient {
    async fn command(&mut self) -> anyhow::Result<()> {
        let turn = &mut self.turn;
        turn.begin();
        if turn.loads {
            let recorded = self.log.read_stream(&self.tenant, &turn.stream, 0).await?;
            turn.account = Account::default();
            for recorded in &recorded {
                turn.account.fold(&recorded.payload)?;
            }
        }
        let spent = turn.decide()?;
        let append = Append {
            command_id: turn.ids.next(),
            fingerprint: vec![7; 32],
            refusal: None,
            writes: vec![Write {
                stream: turn.stream.clone(),
                expected: Expected::Exact(turn.account.version),
                events: vec![turn.event(canonical::to_canonical_json(&spent)?)],
            }],
            guards: Vec::new(),
            live: true,
        };
        self.log.append(&self.tenant, append).await?;
        turn.account.evolve(&spent);
        Ok(())
    }
}
