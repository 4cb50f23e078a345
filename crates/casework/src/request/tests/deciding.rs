//! Deciding under a mandate: within it, at its edges, and outside it.

use std::sync::Arc;

use jiff::civil::{Date, date};

use crate::event::{
    Basis, DecisionRefused, NotConsultedReason, Outcome, RequestDecided, Residents,
};
use crate::fixture::*;
use crate::mandate::Check;
use crate::request::{Action, State};
use crate::{Cents, Domain, Event, MandateId, Refusal, Text};

pub(super) fn annas_request() -> Given {
    given([submitted(), assigned(&anna())])
}

pub(super) fn named(action: Action, id: &str) -> Action {
    changed(action, |_, mandate| *mandate = Some(entry(id)))
}

fn in_function(action: Action, name: &str) -> Action {
    changed(action, |as_function, _| *as_function = Some(function(name)))
}

fn changed(
    mut action: Action,
    change: impl FnOnce(&mut Option<crate::Function>, &mut Option<MandateId>),
) -> Action {
    let Action::Decide {
        function, mandate, ..
    } = &mut action
    else {
        panic!("a decision");
    };
    change(function, mandate);
    action
}

/// The checks as they are written down when all is well.
fn checks(on: Date, amount: Cents) -> Vec<Check> {
    vec![
        Check::Holder {
            passed: true,
            holder: function(SOCIAAL),
            function: function(SOCIAAL),
        },
        Check::InForce {
            passed: true,
            on,
            from: date(2026, 1, 1),
            until: Some(date(2026, 12, 31)),
            revoked_from: None,
        },
        Check::Wijk {
            passed: true,
            wijk: Some(wijk("WK999901")),
        },
        Check::Domain {
            passed: true,
            domain: Some(Domain::Sociaal),
        },
        Check::Ceiling {
            passed: true,
            amount_cents: Some(amount),
            ceiling_cents: Some(Cents::euros(500)),
        },
    ]
}

fn refused(refusal: &Refusal, amount: Cents, checks: Vec<Check>) -> DecisionRefused {
    DecisionRefused {
        code: refusal.code().to_owned(),
        outcome: Outcome::Granted,
        amount_cents: Some(amount),
        function: Some(function(SOCIAAL)),
        entry: Some(entry("sociaal-2026")),
        entry_version: Some(1),
        limits: Some(Box::new(limits())),
        checks,
    }
}

/// The entry a decision rested on.
#[track_caller]
pub(super) fn rests_on(given: Given, action: Action) -> (String, i64) {
    let decision = given.when(anna(), action).answer.unwrap();
    match &decision.events[..] {
        [
            Event::RequestDecided(RequestDecided {
                basis:
                    Basis::Mandate {
                        entry,
                        entry_version,
                        ..
                    },
                ..
            }),
        ] => (entry.to_string(), *entry_version),
        other => panic!("no decision under a mandate: {other:?}"),
    }
}

#[test]
fn a_decision_records_the_entry_its_version_its_limits_and_every_check() {
    let decided = RequestDecided {
        outcome: Outcome::Granted,
        amount_cents: Some(Cents::euros(100)),
        basis: Basis::Mandate {
            entry: entry("sociaal-2026"),
            entry_version: 1,
            limits: Box::new(limits()),
            checks: checks(TODAY, Cents::euros(100)),
        },
        function: Some(function(SOCIAAL)),
        residents: Some(Residents::No {
            reason: NotConsultedReason::RequesterOnly,
        }),
        motivation: text("Het plein heeft geen zitplaats."),
        residents_note: Text::Withheld,
    };
    let after = annas_request()
        .when(anna(), decide(Cents::euros(100), annas_mandate()))
        .then([decided.into()])
        .then_it_is(State::Decided);
    let standing = after.request.decision.unwrap();
    assert_eq!(standing.outcome, Outcome::Granted);
    assert_eq!(standing.under_mandate, Some(true));
}

#[test]
fn a_decision_above_the_ceiling_is_refused_and_recorded_with_its_values() {
    let refusal = Refusal::AboveCeiling {
        amount: Cents::euros(900),
        ceiling: Cents::euros(500),
    };
    let mut measured = checks(TODAY, Cents::euros(900));
    measured[4] = Check::Ceiling {
        passed: false,
        amount_cents: Some(Cents::euros(900)),
        ceiling_cents: Some(Cents::euros(500)),
    };
    let fact = refused(&refusal, Cents::euros(900), measured);
    annas_request()
        .when(anna(), decide(Cents::euros(900), annas_mandate()))
        .then_refused_and_recorded(refusal, fact);
}

#[test]
fn a_refused_decision_leaves_the_request_as_it_was() {
    let refusal = Refusal::NoMandate {
        function: function(SOCIAAL),
    };
    let fact = refused(&refusal, Cents::euros(900), Vec::new());
    let before = annas_request().request;
    let after = annas_request().fold(&[fact.into()]).request;
    assert_eq!(after.state(), State::Assigned);
    assert_eq!(after.lead, before.lead);
    assert_eq!(after.anomalies, []);
    assert_eq!(after.version(), before.version() + 1);
}

#[test]
fn the_ceiling_itself_is_allowed_and_one_cent_more_is_not() {
    let at_the_ceiling = decide(Cents::euros(500), annas_mandate());
    annas_request()
        .when(anna(), at_the_ceiling)
        .then_it_is(State::Decided);
    let refusal = annas_request()
        .when(anna(), decide(Cents(50_001), annas_mandate()))
        .answer
        .unwrap()
        .refusal;
    assert_eq!(
        refusal,
        Some(Refusal::AboveCeiling {
            amount: Cents(50_001),
            ceiling: Cents(50_000),
        })
    );
}

#[test]
fn an_entry_without_a_ceiling_allows_any_amount() {
    let open = register([("open", limits_with(|limits| limits.ceiling_cents = None))]);
    let action = decide(Cents::euros(1_000_000), open);
    assert_eq!(rests_on(annas_request(), action), ("open".to_owned(), 1));
}

#[test]
fn without_any_entry_of_the_function_the_attempt_is_recorded_without_checks() {
    let refusal = Refusal::NoMandate {
        function: function(SOCIAAL),
    };
    let fact = DecisionRefused {
        entry: None,
        entry_version: None,
        limits: None,
        ..refused(&refusal, Cents::euros(1), Vec::new())
    };
    annas_request()
        .when(anna(), decide(Cents::euros(1), Arc::default()))
        .then_refused_and_recorded(refusal, fact);
}

#[test]
fn an_entry_that_does_not_exist_is_recorded_by_the_name_that_was_given() {
    let refusal = Refusal::UnknownMandate {
        entry: entry("sociaal-2062"),
    };
    let fact = DecisionRefused {
        entry: Some(entry("sociaal-2062")),
        entry_version: None,
        limits: None,
        ..refused(&refusal, Cents::euros(1), Vec::new())
    };
    let action = named(decide(Cents::euros(1), annas_mandate()), "sociaal-2062");
    annas_request()
        .when(anna(), action)
        .then_refused_and_recorded(refusal, fact);
}

#[test]
fn a_lead_with_two_functions_may_decide_in_either_and_in_no_third() {
    let both = employee("anna", [SOCIAAL, OPENBARE_RUIMTE]);
    let mandate = limits_with(|limits| limits.holder = function(OPENBARE_RUIMTE));
    let entries = register([("openbare-ruimte-2026", mandate)]);
    let action = in_function(decide(Cents::euros(1), entries.clone()), OPENBARE_RUIMTE);
    annas_request()
        .when(both.clone(), action)
        .then_it_is(State::Decided);
    let third = in_function(decide(Cents::euros(1), entries), "burgemeester");
    annas_request()
        .when(both, third)
        .then_refused(Refusal::MayNot {
            needed: "iemand die de functie bekleedt waarin wordt beslist",
        });
}

#[test]
fn a_negative_amount_is_refused_and_not_recorded() {
    let refusal = Refusal::NegativeAmount { amount: Cents(-1) };
    annas_request()
        .when(anna(), decide(Cents(-1), annas_mandate()))
        .then_refused(refusal);
}

#[test]
fn a_decision_says_what_it_comes_to() {
    let mut by_anna = decide(Cents(1), annas_mandate());
    let mut by_the_college = decide_as_organ();
    for action in [&mut by_anna, &mut by_the_college] {
        if let Action::Decide { outcome, .. } | Action::DecideAsOrgan { outcome, .. } = action {
            *outcome = Outcome::Unknown;
        }
    }
    let silent = Refusal::EmptyText { field: "uitkomst" };
    annas_request()
        .when(anna(), by_anna)
        .then_refused(silent.clone());
    annas_request()
        .fold(&[escalated_to(Some("college"))])
        .when(college(), by_the_college)
        .then_refused(silent);
}

#[test]
fn residents_who_were_consulted_are_written_down() {
    let consulted = |note: &str| {
        let mut action = decide(Cents::euros(1), annas_mandate());
        if let Action::Decide {
            residents,
            residents_note,
            ..
        } = &mut action
        {
            *residents = Residents::Yes { count: Some(3) };
            *residents_note = text(note);
        }
        action
    };
    annas_request()
        .when(anna(), consulted(""))
        .then_refused(Refusal::EmptyText { field: "bewoners" });
    annas_request()
        .when(anna(), consulted("Drie buren willen het ook."))
        .then_it_is(State::Decided);
}
