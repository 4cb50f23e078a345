//! The register: granting, revoking, and what an act is measured by.

use jiff::Timestamp;
use jiff::civil::{Date, date};
use proptest::prelude::*;

use super::{Act, Check, Command, Limits, Register, first_failure};
use crate::event::{MandateGranted, MandateRevoked};
use crate::fixture::*;
use crate::{By, Cents, Decision, Domain, Event, Function, Refusal, WijkCode};

/// A register at a moment.
struct Kept {
    register: Register,
    at: Timestamp,
}

struct Answer {
    kept: Kept,
    answer: Result<Decision, Refusal>,
}

fn kept<const N: usize>(facts: [Event; N]) -> Kept {
    Kept {
        register: facts.iter().fold(Register::default(), Register::evolve),
        at: now(),
    }
}

impl Kept {
    fn when(self, by: By, command: Command) -> Answer {
        let answer = self.register.decide(&by, self.at, command);
        Answer { kept: self, answer }
    }
}

impl Answer {
    #[track_caller]
    fn then<const N: usize>(self, facts: [Event; N]) -> Kept {
        assert_eq!(self.answer, Ok(Decision::events(facts.clone())));
        Kept {
            register: facts.iter().fold(self.kept.register, Register::evolve),
            at: self.kept.at,
        }
    }

    #[track_caller]
    fn then_refused(self, refusal: Refusal) {
        assert_eq!(self.answer, Err(refusal));
    }
}

fn granted(limits: Limits) -> Event {
    MandateGranted {
        entry: entry("sociaal-2026"),
        limits,
    }
    .into()
}

fn revoked(from: Date) -> Event {
    MandateRevoked {
        entry: entry("sociaal-2026"),
        from,
        reason: "nieuwe regeling".to_owned(),
    }
    .into()
}

fn grant(limits: Limits) -> Command {
    Command::Grant {
        entry: entry("sociaal-2026"),
        limits,
    }
}

fn revoke(from: Date) -> Command {
    Command::Revoke {
        entry: entry("sociaal-2026"),
        from,
        reason: "nieuwe regeling".to_owned(),
    }
}

#[test]
fn an_organ_grants_an_entry_and_the_register_holds_it() {
    let kept = kept([])
        .when(college(), grant(limits()))
        .then([granted(limits())]);
    let held = kept.register.get(&entry("sociaal-2026")).unwrap();
    assert_eq!(held.version, 1);
    assert_eq!(held.limits, limits());
    assert_eq!(held.revoked, None);
}

#[test]
fn only_an_organ_or_who_keeps_the_register_for_it_grants_and_revokes() {
    for by in [anna(), bram(), intake(), clerk(), resident()] {
        for command in [grant(limits()), revoke(TODAY)] {
            kept([])
                .when(by.clone(), command)
                .then_refused(Refusal::MayNot {
                    needed: "college, burgemeester of mandaatbeheer",
                });
        }
    }
    for function in ["college", "burgemeester", "mandaatbeheer"] {
        kept([])
            .when(employee("m", [function]), grant(limits()))
            .then([granted(limits())]);
    }
}

#[test]
fn granting_the_same_again_changes_nothing_and_another_under_its_name_is_refused() {
    kept([granted(limits())])
        .when(college(), grant(limits()))
        .then([]);
    let wider = limits_with(|limits| limits.ceiling_cents = None);
    kept([granted(limits())])
        .when(college(), grant(wider))
        .then_refused(Refusal::MandateExists {
            entry: entry("sociaal-2026"),
        });
}

#[test]
fn a_revoked_entry_is_not_granted_again_under_its_name() {
    kept([granted(limits()), revoked(TODAY)])
        .when(college(), grant(limits()))
        .then_refused(Refusal::MandateExists {
            entry: entry("sociaal-2026"),
        });
}

#[test]
fn a_grant_may_begin_before_it_is_recorded() {
    let since_last_year = limits_with(|limits| limits.valid_from = date(2025, 7, 1));
    kept([])
        .when(college(), grant(since_last_year.clone()))
        .then([granted(since_last_year)]);
}

#[test]
fn a_grant_of_one_day_is_possible_and_one_that_ends_before_it_begins_is_not() {
    let period = |from, until| {
        limits_with(|limits| {
            limits.valid_from = from;
            limits.valid_until = Some(until);
        })
    };
    let one_day = period(TODAY, TODAY);
    kept([])
        .when(college(), grant(one_day.clone()))
        .then([granted(one_day)]);
    let day_before = date(2026, 3, 9);
    kept([])
        .when(college(), grant(period(TODAY, day_before)))
        .then_refused(Refusal::PeriodReversed {
            from: TODAY,
            until: Some(day_before),
        });
}

#[test]
fn a_grant_that_holds_nowhere_is_refused() {
    let no_wijk = limits_with(|limits| limits.wijken = Some([].into()));
    let no_domain = limits_with(|limits| limits.domains = Some([].into()));
    for nowhere in [no_wijk, no_domain] {
        kept([])
            .when(college(), grant(nowhere))
            .then_refused(Refusal::EmptyScope);
    }
    let everywhere = limits_with(|limits| {
        limits.wijken = None;
        limits.domains = None;
    });
    kept([])
        .when(college(), grant(everywhere.clone()))
        .then([granted(everywhere)]);
}

#[test]
fn a_grant_says_what_it_is_for() {
    let silent = limits_with(|limits| limits.power = "  ".to_owned());
    kept([])
        .when(college(), grant(silent))
        .then_refused(Refusal::EmptyText {
            field: "bevoegdheid",
        });
    let endless = limits_with(|limits| limits.power = "x".repeat(1_001));
    kept([])
        .when(college(), grant(endless))
        .then_refused(Refusal::TextTooLong {
            field: "bevoegdheid",
            given: 1_001,
            most: 1_000,
        });
    let endless = limits_with(|limits| limits.reference = Some("x".repeat(501)));
    kept([])
        .when(college(), grant(endless))
        .then_refused(Refusal::TextTooLong {
            field: "vindplaats",
            given: 501,
            most: 500,
        });
}

#[test]
fn a_grant_lists_no_more_wijken_than_a_decision_can_carry() {
    let wijken = (0..1_001).map(|n| wijk(&format!("WK{n:04}01"))).collect();
    let too_many = limits_with(|limits| limits.wijken = Some(wijken));
    kept([])
        .when(college(), grant(too_many))
        .then_refused(Refusal::TextTooLong {
            field: "wijken",
            given: 8_008,
            most: 8_000,
        });
}

#[test]
fn a_ceiling_is_not_negative_and_may_be_nothing() {
    let below = limits_with(|limits| limits.ceiling_cents = Some(Cents(-1)));
    kept([])
        .when(college(), grant(below))
        .then_refused(Refusal::NegativeAmount { amount: Cents(-1) });
    let nothing = limits_with(|limits| limits.ceiling_cents = Some(Cents(0)));
    kept([])
        .when(college(), grant(nothing.clone()))
        .then([granted(nothing)]);
}

#[test]
fn an_entry_is_revoked_from_today_or_later_and_never_from_yesterday() {
    for from in [TODAY, date(2026, 3, 11), date(2027, 1, 1)] {
        kept([granted(limits())])
            .when(college(), revoke(from))
            .then([revoked(from)]);
    }
    let yesterday = date(2026, 3, 9);
    kept([granted(limits())])
        .when(college(), revoke(yesterday))
        .then_refused(Refusal::RevokedInThePast {
            from: yesterday,
            today: TODAY,
        });
}

#[test]
fn today_is_the_dutch_day() {
    let mut register = kept([granted(limits())]);
    register.at = moment("2026-03-10T23:30:00Z");
    // Already 11 March in Amsterdam.
    register
        .when(college(), revoke(TODAY))
        .then_refused(Refusal::RevokedInThePast {
            from: TODAY,
            today: date(2026, 3, 11),
        });
}

#[test]
fn an_entry_that_is_to_end_may_end_sooner_but_not_later() {
    let june = date(2026, 6, 1);
    let to_end = || kept([granted(limits()), revoked(june)]);
    to_end().when(college(), revoke(june)).then([]);
    let sooner = to_end()
        .when(college(), revoke(TODAY))
        .then([revoked(TODAY)]);
    let held = sooner.register.get(&entry("sociaal-2026")).unwrap();
    assert_eq!(held.version, 3);
    assert_eq!(held.revoked.as_ref().unwrap().from, TODAY);
    to_end()
        .when(college(), revoke(date(2026, 6, 2)))
        .then_refused(Refusal::MandateRevoked { from: june });
}

#[test]
fn a_revocation_says_why_and_of_what() {
    let silent = Command::Revoke {
        entry: entry("sociaal-2026"),
        from: TODAY,
        reason: " ".to_owned(),
    };
    kept([granted(limits())])
        .when(college(), silent)
        .then_refused(Refusal::EmptyText { field: "reden" });
    kept([])
        .when(college(), revoke(TODAY))
        .then_refused(Refusal::UnknownMandate {
            entry: entry("sociaal-2026"),
        });
}

#[test]
fn a_revocation_of_what_was_never_granted_is_accepted_in_history_and_holds_nothing() {
    let register = kept([revoked(TODAY)]).register;
    assert_eq!(register, Register::default());
}

#[test]
fn every_check_is_made_also_after_one_that_fails() {
    let act = Act {
        on: date(2027, 1, 1),
        function: &function(OPENBARE_RUIMTE),
        wijk: Some(&wijk("WK999902")),
        domain: None,
        amount: Some(Cents::euros(501)),
    };
    let checks = limits().check(&act, Some(date(2026, 6, 1)));
    let names: Vec<&str> = checks.iter().map(Check::name).collect();
    assert_eq!(names, ["holder", "in-force", "wijk", "domain", "ceiling"]);
    assert!(checks.iter().all(|check| !check.passed()));
}

/// How an act on a day, in a place, is refused by Anna's mandate, if it is.
fn refusal(wijk: Option<&WijkCode>, domain: Option<Domain>, limits: &Limits) -> Option<Refusal> {
    let act = Act {
        on: TODAY,
        function: &function(SOCIAAL),
        wijk,
        domain,
        amount: None,
    };
    first_failure(&limits.check(&act, None))
}

#[test]
fn what_is_not_known_lies_outside_a_list_and_inside_everything() {
    let one = wijk("WK999901");
    let sociaal = Some(Domain::Sociaal);
    assert_eq!(refusal(Some(&one), sociaal, &limits()), None);
    assert_eq!(
        refusal(None, sociaal, &limits()),
        Some(Refusal::OutsideWijk { wijk: None })
    );
    assert_eq!(
        refusal(Some(&one), None, &limits()),
        Some(Refusal::OutsideDomain { domain: None })
    );
    let everywhere = limits_with(|limits| {
        limits.wijken = None;
        limits.domains = None;
    });
    assert_eq!(refusal(None, None, &everywhere), None);
}

#[test]
fn an_act_that_costs_nothing_is_below_every_ceiling() {
    let nothing = limits_with(|limits| limits.ceiling_cents = Some(Cents(0)));
    assert_eq!(
        refusal(Some(&wijk("WK999901")), Some(Domain::Sociaal), &nothing),
        None
    );
}

fn days() -> impl Strategy<Value = Date> {
    (0..60_i64).prop_map(|days| TODAY.saturating_add(jiff::Span::new().days(days)))
}

proptest! {
    #[test]
    fn an_entry_that_is_found_unnamed_is_held_by_the_function_and_refuses_only_when_all_do(
        facts in proptest::collection::vec(any::event_of("mandate-granted"), 0..5),
        holder in any::functions(),
        on in days(),
        euros in 0..2_000_i64,
    ) {
        let register = facts.iter().fold(Register::default(), Register::evolve);
        let place = wijk("WK999901");
        let act = Act { on, function: &holder, wijk: Some(&place), domain: Some(Domain::Sociaal), amount: Some(Cents::euros(euros)) };
        let covering: Vec<Option<Cents>> = register
            .iter()
            .filter(|(_, entry)| entry.check(&act).iter().all(Check::passed))
            .map(|(_, entry)| entry.limits.ceiling_cents)
            .collect();
        let of_the_holder = |function: &Function| register.iter().any(|(_, entry)| entry.limits.holder == *function);
        match register.find(None, &act) {
            Err(refusal) => {
                prop_assert_eq!(refusal, Refusal::NoMandate { function: holder.clone() });
                prop_assert!(!of_the_holder(&holder));
            }
            Ok((id, entry, checks)) => {
                prop_assert_eq!(&entry.limits.holder, &holder);
                prop_assert_eq!(register.get(id), Some(entry));
                prop_assert_eq!(&checks, &entry.check(&act));
                prop_assert_eq!(first_failure(&checks).is_none(), !covering.is_empty());
                if first_failure(&checks).is_none() {
                    let width = |ceiling: &Option<Cents>| ceiling.map_or(i64::MAX, |ceiling| ceiling.0);
                    let tightest = covering.iter().map(width).min();
                    prop_assert_eq!(Some(width(&entry.limits.ceiling_cents)), tightest);
                }
            }
        }
    }

    #[test]
    fn a_failed_check_is_a_refusal_and_a_refusal_is_a_failed_check(
        revoked in proptest::option::of(days()), on in days(), euros in 0..1_000_i64,
    ) {
        let act = Act { on, function: &function(SOCIAAL), wijk: Some(&wijk("WK999901")), domain: Some(Domain::Sociaal), amount: Some(Cents::euros(euros)) };
        let refusal = first_failure(&limits().check(&act, revoked));
        let expected = if revoked.is_some_and(|from| from <= on) {
            Some("mandate-revoked")
        } else if euros > 500 {
            Some("above-ceiling")
        } else {
            None
        };
        prop_assert_eq!(refusal.map(|refusal| refusal.code()), expected);
    }
}
