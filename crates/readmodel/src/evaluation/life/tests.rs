//! The definitions, one sentence each.

use casework::event::{Ground, Outcome};
use casework::{Domain, WijkCode};
use jiff::civil::date;

use super::*;
use crate::evaluation::Period;

/// The first half of 2026, asked after it was over.
fn half_year() -> Window {
    let period = Period::days(date(2026, 1, 1), date(2026, 7, 1)).unwrap();
    Window {
        from: period.begins(),
        until: period.ends(),
        aged_at: period.ends(),
    }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn in_wijk(code: &str) -> Place {
    Place {
        wijk: Some(WijkCode::new(code).unwrap()),
        domain: Some(Domain::Sociaal),
        request_kind: None,
    }
}

fn submitted() -> What {
    What::Submitted(in_wijk("WK999901"))
}

fn decided(under_mandate: Option<bool>) -> What {
    What::Decided {
        outcome: Outcome::Granted,
        under_mandate,
    }
}

/// What a request amounts to in the half-year; moments at or after its end are left out, as a report does.
fn account(history: impl IntoIterator<Item = (&'static str, What)>) -> Account {
    let window = half_year();
    let mut life = Life::default();
    for (when, what) in history {
        let happened = Happened { at: at(when), what };
        if happened.at < window.until {
            life.fold(&window, &happened);
        }
    }
    life.account(&window)
}

#[test]
fn a_request_is_received_when_it_was_first_submitted() {
    let first = account([("2025-12-31T23:00:00Z", submitted())]);
    assert!(first.received, "the first moment of the Dutch year");
    let before = account([("2025-12-31T22:59:59.999999Z", submitted())]);
    assert!(!before.received);
    let again = account([
        ("2025-12-01T09:00:00Z", submitted()),
        ("2026-02-01T09:00:00Z", submitted()),
    ]);
    assert!(
        !again.received,
        "submitting once more is not the first time"
    );
}

#[test]
fn the_first_moment_after_the_period_is_not_in_it() {
    let after = account([("2026-06-30T22:00:00Z", submitted())]);
    assert!(!after.received);
    let last = account([("2026-06-30T21:59:59.999999Z", submitted())]);
    assert!(last.received);
}

#[test]
fn time_to_decision_ends_at_the_first_decision_and_counts_where_that_fell() {
    let earlier = account([
        ("2025-11-01T09:00:00Z", submitted()),
        ("2025-12-01T09:00:00Z", decided(Some(true))),
        ("2026-02-01T09:00:00Z", decided(Some(true))),
    ]);
    assert_eq!(earlier.to_decision, None);
    assert!(
        earlier.decided.is_some(),
        "it has a decision in the period all the same"
    );
    let first = account([
        ("2026-02-01T09:00:00Z", submitted()),
        ("2026-02-01T09:00:10.9Z", decided(Some(true))),
        ("2026-02-02T09:00:00Z", decided(Some(true))),
    ]);
    assert_eq!(
        first.to_decision,
        Some((Outcome::Granted, Took::Seconds(10)))
    );
}

#[test]
fn what_has_no_start_or_a_later_one_is_excluded_and_counted() {
    let startless = account([("2026-02-01T09:00:00Z", What::Assigned)]);
    assert_eq!(startless.to_assignment, Some(Took::Excluded));
    assert_eq!(startless.open, Some(Took::Excluded));
    let negative = account([
        ("2026-02-01T09:00:00Z", What::Assigned),
        ("2026-02-01T09:00:00.000001Z", submitted()),
    ]);
    assert_eq!(negative.to_assignment, Some(Took::Excluded));
    let at_once = account([
        ("2026-02-01T09:00:00Z", submitted()),
        ("2026-02-01T09:00:00Z", What::Assigned),
    ]);
    assert_eq!(at_once.to_assignment, Some(Took::Seconds(0)));
}

#[test]
fn a_resolution_that_was_undone_in_the_period_has_no_time() {
    let undone = account([
        ("2026-02-01T09:00:00Z", submitted()),
        ("2026-02-02T09:00:00Z", What::Resolved),
        ("2026-02-03T09:00:00Z", What::Reopened),
    ]);
    assert!(undone.resolved && undone.reopened);
    assert_eq!(undone.to_resolution, None);
    assert!(undone.open.is_some());

    let once_more = account([
        ("2026-02-01T09:00:00Z", submitted()),
        ("2026-02-02T09:00:00Z", What::Resolved),
        ("2026-02-03T09:00:00Z", What::Reopened),
        ("2026-02-05T09:00:00Z", What::Resolved),
    ]);
    assert_eq!(once_more.to_resolution, Some(Took::Seconds(4 * 86_400)));

    let undone_later = account([
        ("2026-02-01T09:00:00Z", submitted()),
        ("2026-02-02T09:00:00Z", What::Resolved),
        ("2026-07-03T09:00:00Z", What::Reopened),
    ]);
    assert_eq!(undone_later.to_resolution, Some(Took::Seconds(86_400)));
    assert_eq!(
        undone_later.open, None,
        "it was closed when the period ended"
    );
}

#[test]
fn a_statement_is_about_the_decision_that_follows_and_no_later_one() {
    let stated = account([
        ("2026-02-01T09:00:00Z", What::MandateStated(true)),
        ("2026-02-02T09:00:00Z", decided(None)),
    ]);
    assert_eq!(stated.decided, Some((Outcome::Granted, Some(true))));
    let used_up = account([
        ("2026-02-01T09:00:00Z", What::MandateStated(true)),
        ("2026-02-02T09:00:00Z", decided(None)),
        ("2026-02-03T09:00:00Z", decided(None)),
    ]);
    assert_eq!(used_up.decided, Some((Outcome::Granted, None)));
    let too_late = account([
        ("2026-02-01T09:00:00Z", decided(None)),
        ("2026-02-02T09:00:00Z", What::MandateStated(false)),
    ]);
    assert_eq!(too_late.decided, Some((Outcome::Granted, None)));
    let before_the_period = account([
        ("2025-02-01T09:00:00Z", What::MandateStated(false)),
        ("2026-02-02T09:00:00Z", decided(None)),
    ]);
    assert_eq!(
        before_the_period.decided,
        Some((Outcome::Granted, Some(false)))
    );
}

#[test]
fn a_statement_is_about_the_decision_that_follows_it_even_one_that_says_itself_what_it_rests_on() {
    let own_basis = account([
        ("2026-02-01T09:00:00Z", What::MandateStated(true)),
        ("2026-02-02T09:00:00Z", decided(Some(false))),
        ("2026-02-03T09:00:00Z", decided(None)),
    ]);
    assert_eq!(own_basis.decided, Some((Outcome::Granted, None)));
}

#[test]
fn a_request_belongs_where_it_was_at_the_end_of_the_period_or_at_its_own_end() {
    let moved = || ("2026-05-01T09:00:00Z", What::Placed(in_wijk("WK999902")));
    let open = account([("2026-02-01T09:00:00Z", submitted()), moved()]);
    assert_eq!(open.place, in_wijk("WK999902"));
    let ended_before = account([
        ("2026-02-01T09:00:00Z", submitted()),
        ("2026-04-01T09:00:00Z", What::Resolved),
        moved(),
    ]);
    assert_eq!(ended_before.place, in_wijk("WK999901"));
    let reopened = account([
        ("2026-02-01T09:00:00Z", submitted()),
        ("2026-04-01T09:00:00Z", What::Resolved),
        moved(),
        ("2026-06-01T09:00:00Z", What::Reopened),
    ]);
    assert_eq!(reopened.place, in_wijk("WK999902"));
    let moved_after_the_period = account([
        ("2026-02-01T09:00:00Z", submitted()),
        ("2026-07-01T09:00:00Z", What::Placed(in_wijk("WK999902"))),
    ]);
    assert_eq!(moved_after_the_period.place, in_wijk("WK999901"));
}

#[test]
fn an_age_is_taken_when_the_log_last_heard_if_that_is_earlier() {
    let mut window = half_year();
    window.aged_at = at("2026-03-01T09:00:00Z");
    let mut life = Life::default();
    life.fold(
        &window,
        &Happened {
            at: at("2026-02-28T09:00:00Z"),
            what: submitted(),
        },
    );
    assert_eq!(life.account(&window).open, Some(Took::Seconds(86_400)));
}

#[test]
fn requests_are_counted_once_and_refused_decisions_each_time() {
    let twice = account([
        ("2026-02-01T09:00:00Z", submitted()),
        (
            "2026-02-02T09:00:00Z",
            What::Escalated(Ground::AboveCeiling),
        ),
        (
            "2026-02-03T09:00:00Z",
            What::Escalated(Ground::AboveCeiling),
        ),
        ("2026-02-04T09:00:00Z", What::Escalated(Ground::Sensitive)),
        ("2026-02-05T09:00:00Z", What::DecisionRefused),
        ("2026-02-06T09:00:00Z", What::DecisionRefused),
    ]);
    assert_eq!(twice.grounds.len(), 2);
    assert_eq!(twice.decisions_refused, 2);
}
