//! Coming in, and where it belongs.

use std::sync::Arc;

use jiff::civil::date;

use crate::event::{Clock, RequestPlaced, RequesterKind, ServicenormSet, TermSet};
use crate::fixture::*;
use crate::norm::Norms;
use crate::request::{Action, State};
use crate::{By, Cents, Domain, Event, PersonId, Placement, Refusal, Text};

/// A promise of 14 days in social matters and of 7 in public space.
fn promises() -> Arc<Norms> {
    let set = |domain, days| Event::from(ServicenormSet { domain, days });
    Arc::new(
        Norms::default()
            .evolve(&set(Domain::Sociaal, 14))
            .evolve(&set(Domain::OpenbareRuimte, 7)),
    )
}

/// A submission by a resident that says who asks.
fn submit_for(requester_kind: RequesterKind, requester: Option<PersonId>) -> Action {
    let mut action = submit();
    let Action::Submit {
        requester_kind: kind,
        requester: whom,
        ..
    } = &mut action
    else {
        panic!("a submission");
    };
    *kind = requester_kind;
    *whom = requester;
    action
}

fn submit_with(placed: Placement, in_domain: Option<Domain>, norms_then: Arc<Norms>) -> Action {
    let mut action = submit();
    let Action::Submit {
        placement,
        domain,
        norms,
        ..
    } = &mut action
    else {
        panic!("a submission");
    };
    *placement = placed;
    *domain = in_domain;
    *norms = norms_then;
    action
}

fn place_with(placement: Placement, domain: Option<Domain>, norms: Arc<Norms>) -> Action {
    Action::Place {
        placement,
        domain,
        norms,
    }
}

fn term(end: jiff::civil::Date, domain: Domain) -> TermSet {
    TermSet {
        clock: Clock::Servicenorm,
        end,
        rule: format!("servicenorm/{domain}"),
        rule_version: 2,
    }
}

fn unplaced() -> Event {
    let mut submission = submission();
    submission.placement = Placement::unknown();
    submission.domain = None;
    submission.into()
}

#[track_caller]
fn submitted_by(by: By, action: Action) -> Event {
    let given = given([]).when(by, action).and_then();
    assert_eq!(given.request.state(), State::Submitted);
    submitted()
}

#[test]
fn a_request_is_recorded_as_it_was_asked() {
    let mut asked = submission();
    asked.words = text("Een bankje om elkaar te ontmoeten.");
    asked.name = text("A. Bewoner");
    asked.contact = text("bewoner@example.org");
    asked.place = text("Voorbeeldplein 1");
    given([]).when(resident(), submit()).then([asked.into()]);
}

#[test]
fn a_promise_for_its_field_starts_to_run_on_the_dutch_day_of_submission() {
    let action = submit_with(placed_in("WK999901"), Some(Domain::Sociaal), promises());
    let after = given([])
        .at("2026-06-30T22:30:00Z")
        .when(resident(), action)
        .and_then();
    // Half past midnight of 1 July in Amsterdam.
    assert_eq!(
        after.request.terms,
        [term(date(2026, 7, 15), Domain::Sociaal)]
    );
    assert_eq!(after.request.due(), Some(date(2026, 7, 15)));
}

#[test]
fn a_request_may_come_in_without_a_wijk_and_then_waits_for_the_intake() {
    let action = submit_with(Placement::unknown(), None, promises());
    let after = given([])
        .when(resident(), action)
        .then_it_is(State::Submitted);
    assert_eq!(after.request.placement, Placement::unknown());
    assert_eq!(after.request.terms, []);
}

#[test]
fn without_a_wijk_or_a_domain_nobody_can_be_given_the_lead() {
    given([unplaced()])
        .when(bram(), assign(&bram()))
        .then_refused(Refusal::NoWijk);
    given([unplaced()])
        .when(intake(), place("WK999901", None))
        .and_then()
        .when(bram(), assign(&bram()))
        .then_refused(Refusal::NoDomain);
    given([unplaced()])
        .when(intake(), place("WK999901", Some(Domain::Sociaal)))
        .and_then()
        .when(bram(), assign(&bram()))
        .then_it_is(State::Assigned);
}

#[test]
fn the_promise_runs_from_submission_also_when_the_field_is_found_later() {
    let placement = placed_in("WK999901");
    let domain = Some(Domain::OpenbareRuimte);
    given([unplaced()])
        .when(intake(), place_with(placement.clone(), domain, promises()))
        .then([
            RequestPlaced { placement, domain }.into(),
            // Submitted on 9 March, a day before it was placed.
            term(date(2026, 3, 16), Domain::OpenbareRuimte).into(),
        ]);
}

#[test]
fn moving_it_to_another_wijk_in_the_same_field_starts_no_new_promise() {
    let placement = placed_in("WK999902");
    let domain = Some(Domain::Sociaal);
    given([submitted()])
        .when(intake(), place_with(placement.clone(), domain, promises()))
        .then([RequestPlaced { placement, domain }.into()]);
}

#[test]
fn placing_it_where_it_is_already_changes_nothing() {
    given([submitted()])
        .when(intake(), place("WK999901", Some(Domain::Sociaal)))
        .then_nothing();
    given([submitted()])
        .when(intake(), place("WK999901", None))
        .then_nothing();
}

#[test]
fn a_decided_request_is_not_moved_since_it_was_measured_by_its_wijk_and_domain() {
    given([submitted(), assigned(&anna())])
        .when(anna(), decide(Cents::euros(10), annas_mandate()))
        .and_then()
        .when(intake(), place("WK999902", None))
        .then_refused(Refusal::AlreadyDecided);
}

#[test]
fn a_resident_asks_for_themselves_with_or_without_a_name() {
    submitted_by(
        resident(),
        submit_for(RequesterKind::Resident, Some(RESIDENT)),
    );
    submitted_by(
        resident(),
        submit_for(RequesterKind::Anonymous, Some(RESIDENT)),
    );
    let themselves = Refusal::MayNot {
        needed: "de verzoeker zelf, of de intake namens een ander",
    };
    for (kind, requester) in [
        (RequesterKind::Resident, Some(STRANGER)),
        (RequesterKind::Anonymous, Some(STRANGER)),
        (RequesterKind::Resident, None),
        (RequesterKind::Anonymous, None),
    ] {
        given([])
            .when(resident(), submit_for(kind, requester))
            .then_refused(themselves.clone());
    }
}

#[test]
fn the_intake_may_write_down_what_somebody_else_asks() {
    submitted_by(
        intake(),
        submit_for(RequesterKind::Resident, Some(STRANGER)),
    );
    submitted_by(anna(), submit_for(RequesterKind::OwnInitiative, None));
}

#[test]
fn the_kind_of_a_request_stands_in_the_clear_and_so_takes_no_number_or_sentence() {
    for kind in [
        "bel 06-12345678",
        "anna@voorbeeld.nl",
        "de buurman van de overkant",
    ] {
        let mut action = submit();
        if let Action::Submit { request_kind, .. } = &mut action {
            *request_kind = Some(kind.to_owned());
        }
        given([])
            .when(intake(), action)
            .then_refused(Refusal::NotAKind);
    }
}

#[test]
fn the_kind_of_a_request_is_a_name_and_no_story() {
    let with_kind = |kind: &str| {
        let mut action = submit();
        if let Action::Submit { request_kind, .. } = &mut action {
            *request_kind = Some(kind.to_owned());
        }
        action
    };
    given([])
        .when(resident(), with_kind(" "))
        .then_refused(Refusal::EmptyText { field: "soort" });
    given([])
        .when(resident(), with_kind(&"é".repeat(81)))
        .then_refused(Refusal::TextTooLong {
            field: "soort",
            given: 81,
            most: 80,
        });
    given([])
        .when(resident(), with_kind(&"é".repeat(80)))
        .then_it_is(State::Submitted);
}

#[test]
fn imported_history_without_a_submission_can_still_be_submitted() {
    let stated = Event::from(crate::event::MandateStated {
        under_mandate: true,
    });
    given([stated])
        .when(resident(), submit())
        .then_it_is(State::Submitted);
}

#[test]
fn imported_history_that_is_under_way_is_worked_on_without_a_submission() {
    let imported = crate::event::RequestImported {
        source_name: "bron".to_owned(),
        case_number: "1".to_owned(),
        placement: placed_in("WK999901"),
        domain: Some(Domain::Sociaal),
        request_kind: None,
    };
    let given = || given([imported.clone().into(), assigned(&anna())]);
    given()
        .when(anna(), decide(Cents::euros(10), annas_mandate()))
        .then_it_is(State::Decided);
    given()
        .when(resident(), submit())
        .then_refused(Refusal::AlreadySubmitted);
}

#[test]
fn a_blank_text_is_no_text() {
    assert_eq!(Text::given(" \n"), Text::Withheld);
}
