//! Deciding under a mandate: within it, at its edges, and outside it.

use std::sync::Arc;

use jiff::civil::{Date, date};

use crate::event::{
    Basis, DecisionRefused, MandateRevoked, NotConsultedReason, Outcome, RequestDecided, Residents,
};
use crate::fixture::*;
use crate::mandate::{Check, Limits, Register};
use crate::request::{Action, State};
use crate::{Cents, Domain, Event, MandateId, Refusal, Text};

fn annas_request() -> Given {
    given([submitted(), assigned(&anna())])
}

fn named(action: Action, id: &str) -> Action {
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
fn rests_on(given: Given, action: Action) -> (String, i64) {
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

/// Whether a decision of a hundred euros is allowed, or with which code it is refused.
#[track_caller]
fn answer(at: &str, register: Arc<Register>) -> &'static str {
    let then = annas_request()
        .at(at)
        .when(anna(), decide(Cents::euros(100), register));
    then.answer
        .unwrap()
        .refusal
        .map_or("ok", |refusal| refusal.code())
}

fn revoked_from(from: Date) -> Arc<Register> {
    let revoked = Event::from(MandateRevoked {
        entry: entry("sociaal-2026"),
        from,
        reason: "nieuwe regeling".to_owned(),
    });
    Arc::new((*annas_mandate()).clone().evolve(&revoked))
}

fn limits_with(change: impl FnOnce(&mut Limits)) -> Limits {
    let mut limits = limits();
    change(&mut limits);
    limits
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
fn the_first_and_the_last_day_count_as_dutch_days() {
    for (at, expected) in [
        ("2025-12-31T23:59:59.999999+01:00", "mandate-not-in-force"),
        ("2026-01-01T00:00:00+01:00", "ok"),
        ("2026-12-31T23:59:59.999999+01:00", "ok"),
        ("2027-01-01T00:00:00+01:00", "mandate-not-in-force"),
    ] {
        assert_eq!(answer(at, annas_mandate()), expected, "{at}");
    }
}

#[test]
fn it_is_midnight_in_amsterdam_that_counts_and_not_in_greenwich() {
    // Still 31 December in UTC, already 1 January in Amsterdam; in summer the difference is two hours.
    assert_eq!(answer("2025-12-31T23:00:00Z", annas_mandate()), "ok");
    assert_eq!(
        answer("2026-12-31T23:00:00Z", annas_mandate()),
        "mandate-not-in-force"
    );
    let until_june = limits_with(|limits| limits.valid_until = Some(date(2026, 6, 30)));
    let until_june = register([("sociaal-2026", until_june)]);
    assert_eq!(answer("2026-06-30T21:59:59Z", until_june.clone()), "ok");
    assert_eq!(
        answer("2026-06-30T22:00:00Z", until_june),
        "mandate-not-in-force"
    );
}

#[test]
fn a_revoked_mandate_holds_until_the_day_it_was_revoked_from() {
    let noon = "2026-03-10T12:00:00+01:00";
    assert_eq!(answer(noon, revoked_from(TODAY)), "mandate-revoked");
    assert_eq!(
        answer(noon, revoked_from(date(2026, 3, 9))),
        "mandate-revoked"
    );
    let tomorrow = revoked_from(date(2026, 3, 11));
    assert_eq!(answer(noon, tomorrow.clone()), "ok");
    assert_eq!(answer("2026-03-10T23:59:59+01:00", tomorrow.clone()), "ok");
    assert_eq!(
        answer("2026-03-11T00:00:00+01:00", tomorrow),
        "mandate-revoked"
    );
}

#[test]
fn a_later_revocation_leaves_an_earlier_decision_as_it_was() {
    let decided = annas_request()
        .when(
            anna(),
            decide(Cents::euros(100), revoked_from(date(2026, 3, 11))),
        )
        .then_it_is(State::Decided);
    assert_eq!(decided.request.decision.unwrap().under_mandate, Some(true));
}

#[test]
fn the_version_of_an_entry_counts_its_own_changes_only() {
    let other = Event::from(crate::event::MandateGranted {
        entry: entry("openbare-ruimte-2026"),
        limits: limits_with(|limits| limits.holder = function(OPENBARE_RUIMTE)),
    });
    let with_another = Arc::new((*revoked_from(date(2026, 12, 1))).clone().evolve(&other));
    let action = decide(Cents::euros(100), with_another);
    assert_eq!(
        rests_on(annas_request(), action),
        ("sociaal-2026".to_owned(), 2)
    );
}

#[test]
fn another_wijk_or_another_domain_is_outside_the_mandate() {
    let elsewhere = |code, domain| {
        let mut submission = submission();
        submission.placement = placed_in(code);
        submission.domain = Some(domain);
        given([submission.into(), assigned(&anna())])
            .when(anna(), decide(Cents::euros(100), annas_mandate()))
            .answer
            .unwrap()
            .refusal
    };
    assert_eq!(
        elsewhere("WK999902", Domain::Sociaal),
        Some(Refusal::OutsideWijk {
            wijk: Some(wijk("WK999902"))
        })
    );
    assert_eq!(
        elsewhere("WK999901", Domain::Veiligheid),
        Some(Refusal::OutsideDomain {
            domain: Some(Domain::Veiligheid)
        })
    );
    assert_eq!(elsewhere("WK999901", Domain::Sociaal), None);
}

#[test]
fn an_unnamed_entry_is_the_tightest_that_covers_the_decision() {
    let up_to = |euros| limits_with(|limits| limits.ceiling_cents = Some(Cents::euros(euros)));
    let entries = register([
        ("a-ruim", limits_with(|limits| limits.ceiling_cents = None)),
        ("b-krap", up_to(200)),
        ("c-even-krap", up_to(200)),
        ("d-middel", up_to(500)),
    ]);
    for (euros, expected) in [(200, "b-krap"), (201, "d-middel"), (501, "a-ruim")] {
        let action = decide(Cents::euros(euros), entries.clone());
        assert_eq!(rests_on(annas_request(), action).0, expected, "{euros}");
    }
    let by_name = named(decide(Cents::euros(200), entries), "d-middel");
    assert_eq!(rests_on(annas_request(), by_name).0, "d-middel");
}

#[test]
fn an_entry_that_ended_does_not_stand_in_the_way_of_one_in_force() {
    let last_year = limits_with(|limits| {
        limits.valid_from = date(2025, 1, 1);
        limits.valid_until = Some(date(2025, 12, 31));
        limits.ceiling_cents = Some(Cents::euros(100));
    });
    let entries = register([("sociaal-2025", last_year), ("sociaal-2026", limits())]);
    let action = decide(Cents::euros(50), entries.clone());
    assert_eq!(rests_on(annas_request(), action).0, "sociaal-2026");
    let by_name = named(decide(Cents::euros(50), entries), "sociaal-2025");
    let refusal = annas_request()
        .when(anna(), by_name)
        .answer
        .unwrap()
        .refusal;
    assert_eq!(
        refusal,
        Some(Refusal::MandateNotInForce {
            on: TODAY,
            from: date(2025, 1, 1),
            until: Some(date(2025, 12, 31)),
        })
    );
}

#[test]
fn when_none_covers_it_the_refusal_is_of_the_one_that_comes_closest() {
    let elsewhere = limits_with(|limits| {
        limits.wijken = Some([wijk("WK999902")].into());
        limits.ceiling_cents = None;
    });
    let up_to_100 = limits_with(|limits| limits.ceiling_cents = Some(Cents::euros(100)));
    let entries = register([
        ("a-elders", elsewhere),
        ("b-honderd", up_to_100),
        ("c-vijfhonderd", limits()),
    ]);
    let refusal = annas_request()
        .when(anna(), decide(Cents::euros(900), entries))
        .answer
        .unwrap()
        .refusal;
    assert_eq!(
        refusal,
        Some(Refusal::AboveCeiling {
            amount: Cents::euros(900),
            ceiling: Cents::euros(500),
        })
    );
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
fn a_mandate_of_another_function_is_no_mandate() {
    let of_the_other = limits_with(|limits| limits.holder = function(OPENBARE_RUIMTE));
    let entries = register([("openbare-ruimte-2026", of_the_other)]);
    let unnamed = annas_request()
        .when(anna(), decide(Cents::euros(1), entries.clone()))
        .answer
        .unwrap()
        .refusal;
    assert_eq!(
        unnamed,
        Some(Refusal::NoMandate {
            function: function(SOCIAAL)
        })
    );
    let by_name = named(decide(Cents::euros(1), entries), "openbare-ruimte-2026");
    let refusal = annas_request()
        .when(anna(), by_name)
        .answer
        .unwrap()
        .refusal;
    assert_eq!(
        refusal,
        Some(Refusal::NotTheHolder {
            holder: function(OPENBARE_RUIMTE),
            function: function(SOCIAAL),
        })
    );
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
