//! Folding what happened, in whatever order it comes.

use proptest::prelude::*;
use uuid::Uuid;

use crate::event::{
    Basis, Clock, MandateStated, PersonErased, RequestPlaced, RequestSubmitted, TermSet,
};
use crate::fixture::*;
use crate::request::{Anomaly, Oddity, Request, State};
use crate::{Cents, Domain, Event, Placement};

fn stated(under_mandate: bool) -> Event {
    MandateStated { under_mandate }.into()
}

/// What is odd about a history, each with the version it was seen at.
#[track_caller]
fn odd<const N: usize, const M: usize>(facts: [Event; N], expected: [(i64, Oddity); M]) {
    let found = given(facts).request.anomalies;
    let expected = expected.map(|(version, oddity)| Anomaly { version, oddity });
    assert_eq!(found, expected);
}

#[test]
fn a_tidy_history_has_nothing_odd() {
    odd(
        [
            submitted(),
            assigned(&anna()),
            escalated_to(Some("college")),
            returned(),
            decided(),
            resolved(),
            reopened(),
            decided(),
            resolved(),
        ],
        [],
    );
}

#[test]
fn what_happens_before_the_submission_is_kept_and_marked() {
    odd(
        [assigned(&anna()), submitted()],
        [(1, Oddity::BeforeSubmission)],
    );
    let after = given([assigned(&anna()), submitted()]).request;
    assert_eq!(after.state(), State::Assigned);
}

#[test]
fn what_happens_after_the_end_is_kept_and_marked() {
    odd(
        [submitted(), resolved(), assigned(&anna())],
        [(3, Oddity::AfterEnd)],
    );
    let after = given([submitted(), resolved(), assigned(&anna())]).request;
    assert_eq!(after.state(), State::Resolved);
    assert_eq!(after.lead, Some(lead(&anna())));
}

#[test]
fn a_second_submission_does_not_move_the_first() {
    let mut second = submission();
    second.placement = placed_in("WK999902");
    let facts = [submitted(), second.into()];
    odd(facts.clone(), [(2, Oddity::SubmittedAgain)]);
    let once = given([submitted()]).request;
    let twice = given(facts).request;
    assert_eq!(twice.submitted_at, once.submitted_at);
    assert_eq!(twice.placement, once.placement);
}

#[test]
fn a_second_end_is_marked_and_the_last_one_stands() {
    odd(
        [submitted(), resolved(), withdrawn()],
        [(3, Oddity::EndedAgain)],
    );
    let after = given([submitted(), resolved(), withdrawn()]).request;
    assert_eq!(after.state(), State::Withdrawn);
}

#[test]
fn reopening_what_is_open_is_marked() {
    odd([submitted(), reopened()], [(2, Oddity::ReopenedWhileOpen)]);
}

#[test]
fn an_organ_that_was_not_asked_is_marked() {
    let by_the_college = decided_on(Basis::Organ {
        organ: function("college"),
    });
    odd(
        [submitted(), by_the_college.clone()],
        [(2, Oddity::NotEscalated)],
    );
    odd([submitted(), returned()], [(2, Oddity::NotEscalated)]);
    odd(
        [submitted(), escalated_to(Some("college")), by_the_college],
        [],
    );
}

#[test]
fn what_is_recorded_after_something_later_is_marked() {
    let fold = |request: Request, id, at: &str, event: Event| {
        request.evolve(Uuid::from_u128(id), moment(at), &event)
    };
    let request = fold(Request::default(), 1, "2026-03-02T00:00:00Z", submitted());
    let request = fold(request, 2, "2026-03-01T00:00:00Z", assigned(&anna()));
    // Later than the one before is not enough; as late as the latest so far is.
    let request = fold(request, 3, "2026-03-01T12:00:00Z", decided());
    let request = fold(request, 4, "2026-03-02T00:00:00Z", resolved());
    let out_of_order = |version| Anomaly {
        version,
        oddity: Oddity::OutOfOrder,
    };
    assert_eq!(request.anomalies, [out_of_order(2), out_of_order(3)]);
}

#[test]
fn a_correction_of_what_is_not_there_is_marked() {
    let nothing = any::correction(Uuid::from_u128(99), now(), &decided());
    odd(
        [submitted(), nothing.clone(), assigned(&anna())],
        [(2, Oddity::CorrectsNothing)],
    );
    odd([nothing, submitted()], [(1, Oddity::CorrectsNothing)]);
}

#[test]
fn a_fact_of_another_stream_is_marked_and_changes_nothing_else() {
    let erased: Event = PersonErased { person: RESIDENT }.into();
    odd([submitted(), erased.clone()], [(2, Oddity::Foreign)]);
    let with = given([submitted(), erased]).request;
    assert_eq!(with.state(), State::Submitted);
    assert_eq!(with.requester, Some(RESIDENT));
}

#[test]
fn every_oddity_has_a_code_of_its_own() {
    let all = [
        Oddity::BeforeSubmission,
        Oddity::AfterEnd,
        Oddity::SubmittedAgain,
        Oddity::EndedAgain,
        Oddity::ReopenedWhileOpen,
        Oddity::NotEscalated,
        Oddity::OutOfOrder,
        Oddity::CorrectsNothing,
        Oddity::Foreign,
    ];
    let codes: std::collections::BTreeSet<&str> = all.map(Oddity::code).into();
    assert_eq!(codes.len(), all.len());
}

#[test]
fn a_statement_on_the_mandate_is_about_the_decision_that_follows_it_and_no_later_one() {
    let under = |facts: &[Event]| {
        given([])
            .fold(facts)
            .request
            .decision
            .unwrap()
            .under_mandate
    };
    assert_eq!(under(&[submitted(), stated(true), decided()]), Some(true));
    assert_eq!(under(&[submitted(), stated(false), decided()]), Some(false));
    assert_eq!(under(&[submitted(), decided()]), None);
    assert_eq!(under(&[submitted(), decided(), stated(true)]), None);
    assert_eq!(
        under(&[submitted(), stated(true), decided(), decided()]),
        None
    );
    assert_eq!(
        under(&[submitted(), stated(true), stated(false), decided()]),
        Some(false)
    );
}

#[test]
fn a_decision_with_a_basis_of_its_own_uses_up_the_statement_before_it() {
    let by_the_college = decided_on(Basis::Organ {
        organ: function("college"),
    });
    let escalated = escalated_to(Some("college"));
    let first = given([submitted(), escalated, stated(true), by_the_college]);
    assert_eq!(
        first.request.decision.clone().unwrap().under_mandate,
        Some(false)
    );
    let second = first.fold(&[decided()]).request.decision.unwrap();
    assert_eq!(second.under_mandate, None);
}

#[test]
fn a_statement_survives_what_lies_between_it_and_its_decision() {
    let after = given([
        submitted(),
        stated(true),
        assigned(&anna()),
        resolved(),
        reopened(),
        decided(),
    ]);
    let decision = after.request.decision.unwrap();
    assert_eq!(decision.under_mandate, Some(true));
    assert_eq!(decision.event, Uuid::from_u128(6));
}

#[test]
fn what_was_decided_and_then_went_up_waits_at_the_city_hall() {
    let after = given([submitted(), decided(), escalated_to(None)]).request;
    assert_eq!(after.state(), State::Escalated);
    let after = given([submitted(), escalated_to(None), decided()]).request;
    assert_eq!(after.state(), State::Decided);
}

#[test]
fn the_newest_term_of_each_clock_runs() {
    let term = |clock, end: &str, version| TermSet {
        clock,
        end: end.parse().unwrap(),
        rule: "regel".to_owned(),
        rule_version: version,
    };
    let promised = term(Clock::Servicenorm, "2026-04-01", 1);
    let legal = term(Clock::Wettelijk, "2026-05-01", 1);
    let promised_anew = term(Clock::Servicenorm, "2026-04-15", 2);
    let after = given([
        submitted(),
        promised.into(),
        legal.clone().into(),
        promised_anew.clone().into(),
    ]);
    assert_eq!(after.request.terms, [legal, promised_anew]);
}

#[test]
fn a_request_takes_on_the_wijk_and_domain_it_was_placed_in() {
    let unplaced = RequestSubmitted {
        placement: Placement::unknown(),
        domain: None,
        ..submission()
    };
    let placed = RequestPlaced {
        placement: placed_in("WK999902"),
        domain: Some(Domain::Veiligheid),
    };
    let after = given([unplaced.into(), placed.into()]).request;
    assert_eq!(after.placement, placed_in("WK999902"));
    assert_eq!(after.domain, Some(Domain::Veiligheid));
}

#[test]
fn an_imported_case_is_placed_before_it_is_submitted_and_that_is_not_odd() {
    let imported = crate::event::RequestImported {
        source_name: "bron".to_owned(),
        case_number: "1".to_owned(),
        placement: placed_in("WK999902"),
        domain: None,
        request_kind: None,
    };
    odd([imported.clone().into(), submitted()], []);
    let given = given([imported.into()]).request;
    assert_eq!(given.state(), State::New);
    assert_eq!(given.placement, placed_in("WK999902"));
}

proptest! {
    #[test]
    fn any_facts_in_any_order_are_accepted_and_counted(history in any::history()) {
        let mut request = Request::default();
        for (folded, (id, at, event)) in (1..).zip(&history) {
            request = request.evolve(*id, *at, event);
            prop_assert_eq!(request.version(), folded);
        }
        let last = request.version();
        prop_assert!(request.anomalies.iter().all(|odd| (1..=last).contains(&odd.version)));
        prop_assert!(request.anomalies.is_sorted_by_key(|odd| odd.version));
    }

    #[test]
    fn no_history_lets_a_command_through_after_the_end_but_reopening(history in any::history(), which in 0..10_usize) {
        let request = history.iter().fold(Request::default(), |request, (id, at, event)| {
            request.evolve(*id, *at, event)
        });
        let (by, action) = match which {
            0 => (resident(), submit()),
            1 => (intake(), place("WK999902", None)),
            2 => (bram(), assign(&bram())),
            3 => (anna(), decide(Cents::euros(10), annas_mandate())),
            4 => (anna(), escalate("college")),
            5 => (college(), decide_as_organ()),
            6 => (college(), send_back()),
            7 => (anna(), resolve()),
            8 => (intake(), reopen()),
            _ => (intake(), withdraw()),
        };
        let ended = request.ended.is_some();
        let name = action.name();
        let allowed = request
            .decide(crate::request::Command { request: REQUEST, by, at: now(), action })
            .is_ok();
        prop_assert!(!allowed || !ended || name == "reopen", "{} after the end", name);
    }
}
