//! Which entry of the register a decision rests on, and when that is in force.

use std::sync::Arc;

use jiff::civil::{Date, date};

use super::deciding::{annas_request, named, rests_on};
use crate::event::MandateRevoked;
use crate::fixture::*;
use crate::mandate::Register;
use crate::request::State;
use crate::{Cents, Domain, Event, Refusal};

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
