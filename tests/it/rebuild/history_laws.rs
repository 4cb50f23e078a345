//! Whatever happened: rebuilt equals live, and as of a position equals what was live then.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};

use eventlog::{NewEvent, StreamId, Tenant};
use projection::{Compared, Rebuild, Slot};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestCaseError, TestRunner};
use serde_json::json;
use uuid::Uuid;

use super::town::{Town, VIEWS, fold, offered_at, quietly, raw, rows_in, stream, unreadable};
use crate::projection::history::{self, Draft, History, What};
use crate::support::event::next_id;

/// A history, where in it streams break, and how it is built anew.
#[derive(Debug, Clone)]
struct Case {
    history: History,
    /// Events after which one that cannot be read follows, in the same stream.
    broken: Vec<prop::sample::Index>,
    workers: usize,
    batch: usize,
}

fn cases() -> impl Strategy<Value = Case> {
    let broken = prop::collection::vec(any::<prop::sample::Index>(), 0..3);
    (history::histories(), broken, 1..5_usize, 1..8_usize).prop_map(
        |(history, broken, workers, batch)| Case {
            history,
            broken,
            workers,
            batch,
        },
    )
}

#[test]
fn rebuilt_equals_live_and_as_of_equals_the_prefix() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let town = runtime.block_on(Town::new());
    let cases_max = std::env::var("PROPTEST_CASES").map_or(20, |cases| cases.parse().unwrap());
    let mut runner = TestRunner::new(Config {
        cases: cases_max,
        rng_seed: RngSeed::Fixed(20_261_124),
        failure_persistence: None,
        max_shrink_iters: 200,
        ..Config::default()
    });
    let outcome = runner.run(&cases(), |case| {
        runtime
            .block_on(check(&town, &case))
            .map_err(TestCaseError::fail)
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
    // Its connections end with the runtime they were made in.
    drop(town);
}

/// Each history is lived by a tenant of its own, in tables that others use too.
async fn check(town: &Town, case: &Case) -> Result<(), String> {
    static TENANTS: AtomicU32 = AtomicU32::new(0);
    let name = format!("r-{}", TENANTS.fetch_add(1, Ordering::Relaxed));
    let tenant = Tenant::new(&name).unwrap();
    town.log.create_tenant(&tenant).await.unwrap();
    let prefixes = live(town, &tenant, case).await;
    for view in VIEWS {
        let before = town.rows(view, Slot::Blue, &tenant).await;
        let builder = town.builder(view).with_batches_of(case.batch);
        let how = Rebuild {
            workers: case.workers,
            ..Rebuild::default()
        };
        let rebuilt = builder.rebuild(&tenant, how, &quietly).await.unwrap();
        let after = town.rows(view, rebuilt.slot, &tenant).await;
        same(&format!("{view}, rebuilt"), &after, &before)?;
        let Compared::Rows(comparison) = &rebuilt.compared else {
            return Err(format!("{view} was not compared: {:?}", rebuilt.compared));
        };
        same("the comparison", &comparison.is_same(), &true)?;
        same("the switch", &rebuilt.switched, &true)?;
        same(
            "parked streams",
            &comparison.parked,
            &(rebuilt.parked, rebuilt.parked),
        )?;
    }
    for (position, rows) in prefixes {
        for (view, rows) in VIEWS.into_iter().zip(rows) {
            let mut scratch = town.scratch(view, &tenant).await;
            scratch.fill(position).await.unwrap();
            let found = rows_in(scratch.connection(), &*fold(view), None, &tenant).await;
            same(&format!("{view} as of {position}"), &found, &rows)?;
        }
    }
    Ok(())
}

/// Lives the history piece by piece; answers what each view held after some of the pieces.
async fn live(town: &Town, tenant: &Tenant, case: &Case) -> Vec<(i64, Vec<Vec<String>>)> {
    let History {
        drafts,
        appends,
        batches,
    } = &case.history;
    let broken: Vec<usize> = case
        .broken
        .iter()
        .map(|index| index.index(drafts.len()))
        .collect();
    let (mut appends, mut batches) = (appends.iter().cycle(), batches.iter().cycle());
    let (mut ids, mut prefixes) = (Vec::new(), Vec::new());
    let mut at = 0;
    while at < drafts.len() {
        let end = drafts.len().min(at + appends.next().unwrap());
        let mut writes: BTreeMap<StreamId, Vec<NewEvent>> = BTreeMap::new();
        for (place, draft) in drafts.iter().enumerate().take(end).skip(at) {
            let event = event(draft, &ids);
            ids.push(event.event_id);
            let stream = match draft.request {
                Some(number) => stream(history::request(number)),
                None => StreamId::new("area", "wijken"),
            };
            let events = writes.entry(stream).or_default();
            events.push(event);
            if broken.contains(&place) {
                events.push(unreadable());
            }
        }
        let appended = town.append(tenant, writes.into_iter().collect()).await;
        at = end;
        let runner = town
            .runner
            .clone()
            .with_batches_of(*batches.next().unwrap());
        // Streams that are parked are told of, and are no reason to stop.
        let _some_are_parked = runner.catch_up(tenant).await;
        if prefixes.len() < 3 {
            let mut rows = Vec::new();
            for view in VIEWS {
                rows.push(town.rows(view, Slot::Blue, tenant).await);
            }
            prefixes.push((appended.last_position, rows));
        }
    }
    prefixes
}

fn event(draft: &Draft, earlier: &[Uuid]) -> NewEvent {
    match &draft.what {
        What::Fact(event) => offered_at(event, draft.at),
        What::OldSubmission { wijk } => {
            let payload =
                json!({"domain": "sociaal", "requestKind": null, "requester": null, "wijk": wijk});
            raw("request-submitted", 1, payload.to_string(), draft.at)
        }
        What::Correction {
            of,
            unknown,
            fact,
            at,
        } => {
            let corrects = if *unknown || earlier.is_empty() {
                next_id()
            } else {
                earlier[of.index(earlier.len())]
            };
            offered_at(&history::correction(corrects, fact, *at), draft.at)
        }
    }
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, found: &T, expected: &T) -> Result<(), String> {
    if found == expected {
        return Ok(());
    }
    Err(format!(
        "{what}:\nfound    {found:#?}\nexpected {expected:#?}"
    ))
}
