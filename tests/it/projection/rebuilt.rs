//! Rows are the same however they came about, and say what the history says.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};

use casework::request::Request;
use casework::{RequestId, WijkCode, stored};
use eventlog::{NewEvent, Recorded, StreamId, Tenant};
use jiff::Timestamp;
use jiff::civil::{Date, date};
use proptest::test_runner::{Config, RngSeed, TestCaseError, TestRunner};
use readmodel::evaluation::{Evaluation, Period};
use readmodel::queue::{Page, Queue};
use serde_json::{Value, json};
use uuid::Uuid;

use super::history::{self, Draft, History, What};
use super::naive::{Asked, Naive};
use super::world::{World, offered, offered_raw, stream};
use crate::support::event::next_id;

#[test]
fn live_rows_equal_rebuilt_rows_and_say_what_the_corrected_history_says() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (world, queue, evaluation) = runtime.block_on(async {
        let world = World::new().await;
        let queue = Queue::open(&world.read, 2).await.unwrap();
        let evaluation = Evaluation::open(&world.read, 2).await.unwrap();
        (world, queue, evaluation)
    });
    let cases = std::env::var("PROPTEST_CASES").map_or(48, |cases| cases.parse().unwrap());
    let mut runner = TestRunner::new(Config {
        cases,
        rng_seed: RngSeed::Fixed(20_260_701),
        failure_persistence: None,
        max_shrink_iters: 400,
        ..Config::default()
    });
    let outcome = runner.run(&history::histories(), |history| {
        runtime
            .block_on(check(&world, &queue, &evaluation, &history))
            .map_err(TestCaseError::fail)
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
    // Its database is dropped by a runtime of its own.
    drop((queue, evaluation));
}

/// Each history is lived by a tenant of its own, in a database that others use too.
async fn check(
    world: &World,
    queue: &Queue,
    evaluation: &Evaluation,
    history: &History,
) -> Result<(), String> {
    static TENANTS: AtomicU32 = AtomicU32::new(0);
    let tenant = Tenant::new(&format!("h-{}", TENANTS.fetch_add(1, Ordering::Relaxed))).unwrap();
    world.log.create_tenant(&tenant).await.unwrap();
    live(world, &tenant, history).await;
    let lived = world.rows(&tenant).await;
    for projection in readmodel::all() {
        world.rebuilt(projection.name(), &tenant).await;
    }
    same("rows after a rebuild", &world.rows(&tenant).await, &lived)?;
    let recorded = world.recorded(&tenant).await;
    check_queue(queue, &tenant, &recorded).await?;
    check_reports(evaluation, &tenant, &recorded).await
}

/// Appends the history piece by piece, bringing the views up to date after each.
async fn live(world: &World, tenant: &Tenant, history: &History) {
    let mut appends = history.appends.iter().cycle();
    let mut batches = history.batches.iter().cycle();
    let mut ids: Vec<Uuid> = Vec::new();
    let mut rest = &history.drafts[..];
    while !rest.is_empty() {
        let take = (*appends.next().unwrap()).min(rest.len());
        let (piece, after) = rest.split_at(take);
        rest = after;
        let mut writes: BTreeMap<StreamId, Vec<NewEvent>> = BTreeMap::new();
        for draft in piece {
            let event = event(draft, &ids);
            ids.push(event.event_id);
            let stream = match draft.request {
                Some(number) => stream(history::request(number)),
                None => StreamId::new("area", "wijken"),
            };
            writes.entry(stream).or_default().push(event);
        }
        world.append(tenant, writes.into_iter().collect()).await;
        let batch = *batches.next().unwrap();
        let runner = world.runner.clone().with_batches_of(batch);
        runner.catch_up(tenant).await.unwrap();
    }
}

fn event(draft: &Draft, earlier: &[Uuid]) -> NewEvent {
    match &draft.what {
        What::Fact(event) => offered(event, draft.at),
        What::OldSubmission { wijk } => {
            let payload =
                json!({"domain": "sociaal", "requestKind": null, "requester": null, "wijk": wijk});
            offered_raw("request-submitted", 1, payload.to_string(), draft.at)
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
            offered(&history::correction(corrects, fact, *at), draft.at)
        }
    }
}

/// Every open request is in the queue of its wijk, as the rules fold it, and no other.
async fn check_queue(queue: &Queue, tenant: &Tenant, recorded: &[Recorded]) -> Result<(), String> {
    let mut folded: BTreeMap<RequestId, Request> = BTreeMap::new();
    for it in recorded.iter().filter(|it| it.stream.kind == "request") {
        let event = stored::decode(&it.kind, it.schema, &it.payload).unwrap();
        let request = folded.entry(it.stream.id.parse().unwrap()).or_default();
        *request = std::mem::take(request).evolve(it.event_id, it.occurred_at, &event);
    }
    let wijken = ["WK999901", "WK999902"].map(|code| Some(WijkCode::new(code).unwrap()));
    for wijk in wijken.into_iter().chain([None]) {
        let page = queue
            .page(tenant, wijk.as_ref(), Page::default())
            .await
            .unwrap();
        let mut expected: Vec<(Urgency, Value)> = folded
            .iter()
            .filter(|(_, request)| request.ended.is_none() && request.placement.wijk == wijk)
            .map(|(id, request)| (urgency(*id, request), as_item(*id, request)))
            .collect();
        expected.sort_by_key(|(urgency, _)| *urgency);
        let expected: Vec<Value> = expected.into_iter().map(|(_, item)| item).collect();
        let shown = serde_json::to_value(&page.items).unwrap();
        let shown: Vec<Value> = shown.as_array().unwrap().iter().map(essence).collect();
        same("the queue", &shown, &expected)?;
        same(
            "its total",
            &page.total,
            &i64::try_from(expected.len()).unwrap(),
        )?;
    }
    Ok(())
}

type Urgency = (bool, Option<Date>, bool, Option<Timestamp>, RequestId);

fn urgency(id: RequestId, request: &Request) -> Urgency {
    let due = request.terms.iter().map(|term| term.end).min();
    let submitted = request.submitted_at;
    (due.is_none(), due, submitted.is_none(), submitted, id)
}

/// What an item says that the rules' own state says too.
fn as_item(id: RequestId, request: &Request) -> Value {
    let lead = request
        .lead
        .as_ref()
        .map(|lead| json!([lead.function, lead.person]));
    let escalated = request.escalated.as_ref().map(|to| json!([to]));
    let mut terms: Vec<Value> = request
        .terms
        .iter()
        .map(|term| json!({"klok": term.clock, "einddatum": term.end}))
        .collect();
    terms.sort_by_key(ToString::to_string);
    json!([
        id,
        request.placement.wijk,
        request.placement.source,
        request.domain,
        request.state().as_str(),
        request.submitted_at,
        lead,
        escalated,
        terms,
        request.version()
    ])
}

fn essence(item: &Value) -> Value {
    let lead = Some(&item["trekker"])
        .filter(|it| !it.is_null())
        .map(|it| json!([it["functie"], it["persoon"]]));
    let escalated = Some(&item["escalatie"])
        .filter(|it| !it.is_null())
        .map(|it| json!([it["naar"]]));
    let mut terms = item["termijnen"].as_array().unwrap().clone();
    terms.sort_by_key(ToString::to_string);
    json!([
        item["verzoek"],
        item["wijk"],
        item["wijkHerkomst"],
        item["domein"],
        item["toestand"],
        item["ingediendOp"],
        lead,
        escalated,
        terms,
        item["versie"]
    ])
}

/// Reports of half-years and of odd periods are what a search through the history finds.
async fn check_reports(
    evaluation: &Evaluation,
    tenant: &Tenant,
    recorded: &[Recorded],
) -> Result<(), String> {
    let naive = Naive::of(recorded);
    let last = recorded.last().unwrap();
    for period in [
        "2025-H2".parse().unwrap(),
        "2026-H1".parse().unwrap(),
        "2026-H2".parse().unwrap(),
        Period::days(date(2026, 3, 29), date(2026, 3, 30)).unwrap(),
    ] {
        let report = evaluation.report(tenant, &period).await.unwrap();
        same("the position", &report.position, &last.position)?;
        let asked = Asked {
            from: period.begins(),
            until: period.ends(),
            aged_at: last.recorded_at.min(period.ends()),
        };
        let report = serde_json::to_value(&report).unwrap();
        let naive = naive.groups(asked);
        for group in ["totaal", "perWijk", "perDomein", "perWijkEnDomein"] {
            same(
                &format!("{group} of {}", period.name()),
                &report[group],
                &naive[group],
            )?;
        }
    }
    Ok(())
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, found: &T, expected: &T) -> Result<(), String> {
    if found == expected {
        return Ok(());
    }
    Err(format!(
        "{what}:\nfound    {found:#?}\nexpected {expected:#?}"
    ))
}
