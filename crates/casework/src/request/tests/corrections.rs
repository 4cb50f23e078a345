//! A record that changed at its source is folded in the place of the first.

use jiff::Timestamp;
use proptest::prelude::*;
use uuid::Uuid;

use crate::event::{FactCorrected, MandateStated, RequestPlaced};
use crate::fixture::any::correction;
use crate::fixture::*;
use crate::request::{Anomaly, Oddity, Request, State};
use crate::stored::Bare;
use crate::{Domain, Event};

type Recorded = (Uuid, Timestamp, Event);

fn fold(history: &[Recorded]) -> Request {
    history
        .iter()
        .fold(Request::default(), |request, (id, at, event)| {
            request.evolve(*id, *at, event)
        })
}

/// Everything a request tells, apart from the facts it was folded from.
fn told(request: Request) -> Request {
    Request {
        history: Vec::new(),
        ..request
    }
}

fn id(place: usize) -> Uuid {
    Uuid::from_u128(u128::try_from(place).unwrap() + 1)
}

fn placed(code: &str) -> Event {
    RequestPlaced {
        placement: placed_in(code),
        domain: Some(Domain::Sociaal),
    }
    .into()
}

#[test]
fn a_corrected_fact_counts_as_it_should_have_been() {
    let facts = [submitted(), placed("WK999902"), assigned(&anna())];
    let corrected = correction(id(1), now(), &placed("WK9999NA"));
    let request = given(facts).fold(&[corrected]).request;
    assert_eq!(request.placement, placed_in("WK9999NA"));
    assert_eq!(request.lead, Some(lead(&anna())));
    assert_eq!(request.version(), 4);
}

#[test]
fn a_fact_that_is_corrected_twice_counts_as_it_was_corrected_last() {
    let facts = [submitted(), placed("WK999902")];
    let first = correction(id(1), now(), &placed("WK9999NA"));
    let second = correction(id(1), now(), &placed("WK999903"));
    let request = given(facts).fold(&[first, second]).request;
    assert_eq!(request.placement, placed_in("WK999903"));
    assert_eq!(request.version(), 4);
    assert_eq!(request.anomalies, []);
}

#[test]
fn a_correction_may_change_when_something_happened() {
    let earlier = moment("2026-01-05T09:00:00+01:00");
    let submission = submitted();
    let request = given([submitted(), assigned(&anna())])
        .fold(&[correction(id(0), earlier, &submission)])
        .request;
    assert_eq!(request.submitted_at, Some(earlier));
}

#[test]
fn a_correction_may_make_a_fact_another_one() {
    let request = given([submitted(), withdrawn()])
        .fold(&[correction(id(1), now(), &assigned(&anna()))])
        .request;
    assert_eq!(request.state(), State::Assigned);
}

#[test]
fn a_corrected_decision_keeps_its_own_event_and_its_statement() {
    let stated = MandateStated {
        under_mandate: true,
    };
    let request = given([submitted(), stated.into(), decided()])
        .fold(&[correction(id(2), now(), &decided())])
        .request;
    let decision = request.decision.unwrap();
    assert_eq!(decision.event, id(2));
    assert_eq!(decision.under_mandate, Some(true));
}

#[test]
fn a_correction_of_a_correction_corrects_nothing() {
    let facts = [submitted(), placed("WK999902")];
    let first = correction(id(1), now(), &placed("WK9999NA"));
    let of_the_first = correction(id(2), now(), &placed("WK999903"));
    let request = given(facts).fold(&[first, of_the_first]).request;
    assert_eq!(request.placement, placed_in("WK9999NA"));
    let last = request.anomalies.last().unwrap();
    assert_eq!((last.version, last.oddity), (4, Oddity::CorrectsNothing));
}

#[test]
fn a_correction_that_corrected_nothing_stays_marked_after_the_next_one() {
    let facts = [submitted(), placed("WK999902")];
    let nothing = correction(id(8), now(), &placed("WK999903"));
    let something = correction(id(1), now(), &placed("WK9999NA"));
    let request = given(facts).fold(&[nothing, something]).request;
    let marked = |odd: &&Anomaly| odd.oddity == Oddity::CorrectsNothing;
    let found: Vec<i64> = request
        .anomalies
        .iter()
        .filter(marked)
        .map(|odd| odd.version)
        .collect();
    assert_eq!(found, [3]);
}

#[test]
fn a_correction_that_cannot_be_read_changes_nothing_and_is_marked() {
    let unreadable = FactCorrected {
        corrects: id(1),
        occurred_at: now(),
        fact: Bare {
            kind: "request-teleported".to_owned(),
            schema: 1,
            payload: serde_json::Value::Null,
        },
    };
    let request = given([submitted(), placed("WK999902")])
        .fold(&[unreadable.into()])
        .request;
    assert_eq!(request.placement, placed_in("WK999902"));
    assert_eq!(
        request.anomalies.last().map(|odd| odd.oddity),
        Some(Oddity::CorrectsNothing)
    );
}

fn is_correction(event: &Event) -> bool {
    matches!(event, Event::FactCorrected(_))
}

proptest! {
    #[test]
    fn a_correction_tells_what_the_corrected_history_tells(
        mut history in any::history(),
        target in any::<prop::sample::Index>(),
        replacement in any::event(),
        minute in 0..3_000_i64,
    ) {
        history.retain(|(_, _, event)| !is_correction(event));
        prop_assume!(!history.is_empty() && !is_correction(&replacement));
        let target = target.index(history.len());
        let at = now() + jiff::SignedDuration::from_mins(minute);
        let as_it_was = history[target].0;

        let mut corrected = history.clone();
        corrected[target] = (as_it_was, at, replacement.clone());
        let fact = correction(as_it_was, at, &replacement);
        history.push((Uuid::from_u128(500), now(), fact));
        prop_assert_eq!(told(fold(&history)), told(fold(&corrected)));
    }

    #[test]
    fn it_does_not_matter_where_in_the_history_a_correction_stands(
        mut history in any::history(),
        replacement in any::event(),
        later in any::event(),
    ) {
        history.retain(|(_, _, event)| !is_correction(event));
        prop_assume!(!history.is_empty() && !is_correction(&replacement) && !is_correction(&later));
        let first = history[0].0;
        let fact = (Uuid::from_u128(500), now(), correction(first, now(), &replacement));
        let later = (Uuid::from_u128(501), now(), later);

        let before: Vec<Recorded> = history.iter().cloned().chain([fact.clone(), later.clone()]).collect();
        let after: Vec<Recorded> = history.iter().cloned().chain([later, fact]).collect();
        // Only the version of the later fact differs, and with it that of what is odd about it.
        let without_versions = |request: Request| {
            let odd: Vec<Oddity> = request.anomalies.iter().map(|odd| odd.oddity).collect();
            (odd, Request { anomalies: Vec::new(), ..told(request) })
        };
        prop_assert_eq!(without_versions(fold(&before)), without_versions(fold(&after)));
    }
}
