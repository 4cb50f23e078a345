//! Real records put to the rules, against a register that is stated.

use std::collections::BTreeMap;

use casework::day;
use import::{CommandReport, Destination, StatedRegister};

use super::{World, real, testdata, traps};
use crate::support::event::zeeveld;

async fn put(world: &World, prepared: &import::Prepared, register: &str) -> CommandReport {
    let tenant = zeeveld();
    let to = Destination {
        log: &world.log,
        vault: &world.vault,
        tenant: &tenant,
    };
    let register = StatedRegister::find(register).unwrap();
    prepared
        .as_commands(to, &register, &mut |_| ())
        .await
        .unwrap()
}

fn counts(pairs: &[(&str, u64)]) -> BTreeMap<String, u64> {
    pairs
        .iter()
        .map(|(name, count)| ((*name).to_owned(), *count))
        .collect()
}

#[tokio::test]
async fn every_refusal_is_listed_with_the_rules_own_code() {
    let world = World::new().await;
    let prepared = world
        .prepare(&testdata("commands.json"), &traps("commands.toml"))
        .await;
    let report = put(&world, &prepared, &traps("commands-register.toml")).await;
    assert_eq!(report.requests, 3);
    assert_eq!(
        report.done,
        counts(&[
            ("assign", 2),
            ("decide", 1),
            ("escalate", 1),
            ("grant", 1),
            ("list-wijken", 1),
            ("resolve", 1),
            ("return", 1),
            ("set-norm", 1),
            ("submit", 2),
        ])
    );
    let told: Vec<_> = report
        .refusals
        .iter()
        .map(|refused| {
            (
                refused.case.as_str(),
                refused.action.as_str(),
                refused.code.as_str(),
                refused.recorded,
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("2", "assign", "not-submitted", false),
            ("2", "decide", "mandate-not-in-force", true),
            ("2", "resolve", "not-decided", false),
            ("3", "submit", "unknown-wijk", false),
        ]
    );
    assert_eq!(report.no_command, counts(&[("request-imported", 3)]));

    // Each happened when its record says; nothing of it is an imported fact.
    let events = world.events().await;
    let decided = events
        .iter()
        .find(|event| event.kind == "request-decided")
        .unwrap();
    assert_eq!(day::of(decided.occurred_at).to_string(), "2024-01-10");
    assert!(
        decided.payload.contains("\"entry\":\"groen\""),
        "{}",
        decided.payload
    );
    assert!(events.iter().any(|event| event.kind == "decision-refused"));
    assert!(events.iter().all(|event| event.kind != "request-imported"));

    let again = put(&world, &prepared, &traps("commands-register.toml")).await;
    // What was refused without a trace is decided again: by now that request has the lead it asks for.
    assert_eq!((again.done["assign"], again.repeated), (3, 11));
    assert_eq!(world.events().await, events, "another run adds nothing");
}

#[tokio::test]
async fn fifty_requests_of_chicago_are_put_to_the_rules() {
    let world = World::new().await;
    let Some(path) = real::file("chicago-open311-50.json") else {
        return;
    };
    let prepared = world.prepare(&path, "chicago-open311").await;
    let report = put(&world, &prepared, "chicago-register").await;
    assert_eq!(report.requests, 50);
    let refused: u64 = report.refused.values().flat_map(BTreeMap::values).sum();
    assert_eq!(refused, report.refusals.len() as u64);
    let of_records = |action: &str| {
        let refused = report
            .refused
            .get(action)
            .map_or(0, |codes| codes.values().sum::<u64>());
        report.done.get(action).copied().unwrap_or(0) + refused
    };
    let commands = [
        "submit", "assign", "decide", "escalate", "return", "resolve",
    ]
    .map(of_records);
    assert_eq!(commands, [50, 45, 14, 52, 51, 49]);
    // Inspections are closed without a decision, outcomes come from agencies that nobody gave the request.
    assert_eq!(
        report.refused,
        BTreeMap::from([
            (
                "decide".to_owned(),
                counts(&[("no-lead", 6), ("not-submitted", 1), ("outside-wijk", 1)])
            ),
            (
                "escalate".to_owned(),
                counts(&[("already-decided", 8), ("escalated", 1), ("no-lead", 5)])
            ),
            (
                "resolve".to_owned(),
                counts(&[("no-lead", 4), ("not-decided", 39), ("not-submitted", 1)])
            ),
            ("return".to_owned(), counts(&[("not-escalated", 13)])),
            ("submit".to_owned(), counts(&[("unknown-wijk", 1)])),
        ])
    );
}

#[tokio::test]
async fn a_register_for_a_trial_never_comes_to_stand_beside_real_mandates() {
    let world = World::new().await;
    let imported = world.table(&super::csv(), import::Choices::default()).await;
    assert!(imported.appended_total() > 0);
    let prepared = world
        .prepare(&testdata("commands.json"), &traps("commands.toml"))
        .await;
    let tenant = zeeveld();
    let to = Destination {
        log: &world.log,
        vault: &world.vault,
        tenant: &tenant,
    };
    let before = world.log.head(&tenant).await.unwrap().position;
    let register = StatedRegister::find(&traps("commands-register.toml")).unwrap();
    let answer = prepared.as_commands(to, &register, &mut |_| ()).await;
    assert!(
        matches!(answer, Err(import::CommandsError::NotApart { .. })),
        "{answer:?}"
    );
    assert_eq!(world.log.head(&tenant).await.unwrap().position, before);
}
