//! Many commands of the past at once, as an import brings them.

use std::time::Instant;

use eventlog::{Append, Expected, Write};
use sqlx::PgConnection;

use super::Effort;
use crate::drive::{Sample, rate};
use crate::figures::{Case, Goal};
use crate::history::{Fact, History, copied};
use crate::ids::Ids;
use crate::raw;
use crate::server::{Server, tenant};

/// Commands of one load, each of one event.
const COMMANDS: usize = 10_000;

pub(crate) async fn run(server: &Server, effort: &Effort) -> anyhow::Result<Vec<Case>> {
    let database = server.database().await?;
    let mut plain = database.connection().await?;
    raw::create_table(&mut plain).await?;
    let log = database.log(4).await?;
    let tenant = tenant()?;
    let ids = Ids::default();
    let (mut history, mut position) = (History::begin()?, 1);
    let (mut raw, mut ours) = (Vec::new(), Vec::new());
    for round in 0..effort.rounds {
        database.settle().await?;
        let mut facts = Vec::with_capacity(COMMANDS);
        for _ in 0..COMMANDS {
            facts.push(history.next()?);
        }
        let commands: Vec<Append> = facts.iter().map(|fact| command(fact, &ids)).collect();
        for turn in 0..2 {
            let begin = Instant::now();
            if (round + turn) % 2 == 0 {
                copy(&mut plain, position, &facts).await?;
                raw.push(sample(begin));
            } else {
                log.load(&tenant, commands.clone()).await?;
                ours.push(sample(begin));
            }
        }
        position += i64::try_from(COMMANDS)?;
    }
    drop(plain);
    server.drop(database).await?;
    let group = format!("{COMMANDS} a load");
    let raw = Case::new(&group, "raw COPY", "events/s", &raw);
    let ours = Case::new(&group, "ours, `Log::load`", "events/s", &ours);
    let per_s = ours.per_s;
    let goal = Some(Goal::AtLeast(50_000.0));
    Ok(vec![
        ours.beside(&raw, None).aside("events/s", per_s, goal),
        raw,
    ])
}

fn sample(begin: Instant) -> Sample {
    Sample {
        per_s: rate(COMMANDS, begin.elapsed()),
        latencies: Vec::new(),
    }
}

fn command(fact: &Fact, ids: &Ids) -> Append {
    Append {
        command_id: ids.next(),
        fingerprint: vec![7; 32],
        refusal: None,
        writes: vec![Write {
            stream: fact.stream.clone(),
            expected: Expected::Exact(fact.version - 1),
            events: vec![fact.event.clone()],
        }],
        guards: Vec::new(),
        live: false,
    }
}

/// The same columns into the plain table, in one transaction.
async fn copy(plain: &mut PgConnection, position: i64, facts: &[Fact]) -> anyhow::Result<()> {
    let mut rows = copied::header();
    for (position, fact) in (position..).zip(facts) {
        copied::push_row(&mut rows, position, fact)?;
    }
    copied::end(&mut rows);
    let statement = include_str!("../../sql/copy_events.sql").replace("log.event", "raw_event");
    let mut copy = plain.copy_in_raw(&statement).await?;
    copy.send(rows).await?;
    copy.finish().await?;
    Ok(())
}
