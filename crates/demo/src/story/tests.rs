//! What holds of every story, whatever its chance, size and day. No database.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use casework::event::{Basis, Ground};
use casework::request::{Request, State};
use casework::{Event, PersonId};
use jiff::Timestamp;
use jiff::civil::date;

use super::Story;
use crate::calendar::Calendar;
use crate::told::Told;
use crate::{Employee, Plan};

fn plan(requests: u64) -> Plan {
    Plan {
        requests,
        seed: 1,
        today: date(2026, 11, 24),
    }
}

#[track_caller]
fn told(plan: Plan) -> Vec<Told> {
    Story::new(plan).map(|told| told.unwrap()).collect()
}

/// Every request's history, folded.
fn requests(story: &[Told]) -> HashMap<String, (Request, bool)> {
    let mut requests: HashMap<String, (Request, bool)> = HashMap::new();
    for told in story.iter().filter(|told| told.stream.kind == "request") {
        let (request, imported) = requests.entry(told.stream.id.clone()).or_default();
        for fact in &told.facts {
            *request = std::mem::take(request).evolve(fact.id, fact.at, &fact.event);
            *imported |= fact.source.is_some();
        }
    }
    requests
}

#[test]
fn the_same_plan_tells_the_same_story_and_another_seed_another() {
    let first = told(plan(300));
    assert_eq!(first, told(plan(300)));
    let other = told(Plan {
        seed: 2,
        ..plan(300)
    });
    assert_ne!(first, other);
}

#[test]
fn every_kind_of_event_occurs() {
    for requests in [300, Plan::REQUESTS] {
        let kinds: BTreeSet<&str> = told(plan(requests))
            .iter()
            .flat_map(|told| told.facts.iter().map(|fact| fact.event.kind()))
            .collect();
        let all: BTreeSet<&str> = Event::KINDS.iter().map(|(kind, _)| *kind).collect();
        assert_eq!(kinds, all);
    }
}

#[test]
fn the_rules_allow_every_story_that_is_told() {
    for (seed, today) in [
        (3, date(2026, 11, 24)),
        (4, date(2026, 7, 1)),
        (5, date(2027, 1, 1)),
        (6, date(2028, 2, 29)),
        (7, date(2026, 6, 30)),
    ] {
        let story = Story::new(Plan {
            requests: 400,
            seed,
            today,
        });
        for told in story {
            told.unwrap();
        }
    }
}

#[test]
fn it_has_exactly_so_many_requests() {
    for asked in [200, 1_000, 3_000] {
        let streams = requests(&told(plan(asked)));
        assert_eq!(streams.len() as u64, asked);
    }
}

#[test]
fn commands_come_in_order_of_time_and_the_last_before_today_begins() {
    let story = told(plan(500));
    let mut last = Timestamp::MIN;
    for told in &story {
        assert!(told.at >= last, "{} after {last}", told.at);
        last = told.at;
        for fact in &told.facts {
            assert!(fact.at <= told.at, "{fact:?}");
            assert_eq!(fact.at.as_nanosecond() % 1_000, 0, "cut to microseconds");
            assert!(fact.source.is_some() || fact.at == told.at);
        }
    }
    assert!(last < Calendar::ending(date(2026, 11, 24)).end());
    assert_eq!(casework::day::of(last), date(2026, 11, 23));
}

#[test]
fn versions_are_those_of_the_streams_and_no_id_is_used_twice() {
    let mut versions: HashMap<String, i64> = HashMap::new();
    let mut ids = BTreeSet::new();
    for told in told(plan(500)) {
        let version = versions.entry(told.stream.to_string()).or_default();
        assert_eq!(told.version, *version, "{}", told.stream);
        *version += i64::try_from(told.facts.len()).unwrap();
        assert!(ids.insert(told.command));
        assert!(!told.facts.is_empty());
        assert!(told.facts.iter().all(|fact| ids.insert(fact.id)));
    }
}

#[test]
fn only_imported_histories_are_odd() {
    let requests = requests(&told(plan(3_000)));
    let odd = |imported: bool| {
        requests
            .values()
            .filter(|(request, from_elsewhere)| {
                *from_elsewhere == imported && !request.anomalies.is_empty()
            })
            .count()
    };
    assert_eq!(odd(false), 0);
    assert!(odd(true) > 10);
}

#[test]
fn who_is_forgotten_has_nothing_open_and_never_comes_back() {
    let mut story = Story::new(plan(600));
    let all: Vec<Told> = story.by_ref().map(|told| told.unwrap()).collect();
    let (person, request) = story.erased.unwrap();
    let erased = all
        .iter()
        .position(|told| told.stream.kind == "person")
        .unwrap();
    let names = |told: &Told, person: PersonId| {
        told.facts.iter().any(|fact| match &fact.event {
            Event::RequestSubmitted(event) => event.requester == Some(person),
            Event::RequestResolved(event) => event.requester == Some(person),
            Event::RequestReopened(event) => event.requester == Some(person),
            Event::RequestWithdrawn(event) => event.requester == Some(person),
            _ => false,
        })
    };
    assert!(all[..erased].iter().any(|told| names(told, person)));
    assert!(!all[erased..].iter().any(|told| names(told, person)));
    let known = requests(&all);
    assert_eq!(known[&request.to_string()].0.state(), State::Resolved);
}

#[test]
fn the_request_to_show_is_refused_taken_up_sent_back_decided_and_opened_again() {
    for (seed, today) in [
        (1, date(2026, 11, 24)),
        (9, date(2026, 7, 1)),
        (2_026, date(2027, 1, 1)),
    ] {
        let mut story = Story::new(Plan {
            requests: 300,
            seed,
            today,
        });
        let all: Vec<Told> = story.by_ref().map(|told| told.unwrap()).collect();
        let shown = story.shown.unwrap().to_string();
        let kinds: Vec<&str> = all
            .iter()
            .filter(|told| told.stream.id == shown)
            .flat_map(|told| told.facts.iter().map(|fact| fact.event.kind()))
            .collect();
        assert_eq!(
            kinds,
            [
                "request-submitted",
                "term-set",
                "request-assigned",
                "decision-refused",
                "request-escalated",
                "escalation-returned",
                "request-decided",
                "request-resolved",
                "request-reopened",
                "request-decided",
                "request-resolved",
            ],
            "seed {seed}"
        );
    }
}

#[test]
fn before_the_reorganisation_sociaal_goes_up_and_afterwards_it_is_decided_in_the_wijk() {
    let calendar = Calendar::ending(date(2026, 11, 24));
    let mut decided: BTreeMap<(&str, bool), [u32; 2]> = BTreeMap::new();
    let mut domains = HashMap::new();
    for told in told(plan(3_000)) {
        for fact in told.facts.iter().filter(|fact| fact.source.is_none()) {
            match &fact.event {
                Event::RequestSubmitted(event) => {
                    domains.insert(told.stream.id.clone(), event.domain);
                }
                Event::RequestPlaced(event) => {
                    domains.insert(told.stream.id.clone(), event.domain);
                }
                Event::RequestDecided(event) => {
                    let domain = domains[&told.stream.id].unwrap().as_str();
                    let counts = decided
                        .entry((domain, calendar.after(fact.at)))
                        .or_default();
                    counts[usize::from(matches!(event.basis, Basis::Mandate { .. }))] += 1;
                }
                _ => {}
            }
        }
    }
    let share = |domain, after| {
        let [without, with] = decided[&(domain, after)];
        100 * with / (with + without)
    };
    assert!(share("sociaal", false) < 30, "{decided:?}");
    assert_eq!(share("veiligheid", false), 0, "{decided:?}");
    for domain in ["sociaal", "openbare-ruimte", "veiligheid"] {
        assert!(share(domain, true) > 70, "{decided:?}");
    }
    assert!(share("openbare-ruimte", false) > 70, "{decided:?}");
}

#[test]
fn decisions_are_refused_by_different_checks() {
    let story = told(plan(3_000));
    let refused: BTreeSet<&str> = story.iter().filter_map(|told| told.refusal).collect();
    for code in [
        "above-ceiling",
        "outside-wijk",
        "outside-domain",
        "mandate-revoked",
    ] {
        assert!(refused.contains(code), "{refused:?}");
    }
    let grounds: BTreeSet<Ground> = story
        .iter()
        .flat_map(|told| &told.facts)
        .filter_map(|fact| match &fact.event {
            Event::RequestEscalated(event) => Some(event.ground),
            _ => None,
        })
        .collect();
    assert!(grounds.len() >= 8, "{grounds:?}");
}

#[test]
fn everyone_on_the_last_day_has_functions_and_an_id_of_their_own() {
    let calendar = Calendar::ending(date(2026, 11, 24));
    let staff = crate::staff::Staff::new(1, calendar).everyone();
    let held = |name: &str| {
        let holds =
            |employee: &&Employee| employee.functions.iter().any(|held| held.as_str() == name);
        staff.iter().filter(holds).count()
    };
    assert_eq!(held("wijkregisseur-openbare-ruimte"), 10);
    assert_eq!(held("wijkregisseur-sociaal"), 10);
    assert_eq!(held("wijkregisseur-veiligheid"), 5);
    assert_eq!(held("intake"), 3);
    assert_eq!(held("wijkmanager"), 0);
    assert!(staff.iter().all(|employee| !employee.functions.is_empty()));
}
