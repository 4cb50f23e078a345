//! Dividing the work: one lead, and urgent takes.

use crate::event::{Lead, RequestAssigned};
use crate::fixture::*;
use crate::request::{Action, State};
use crate::{Cents, Event, Refusal, Text};

#[test]
fn the_table_gives_a_request_to_one_lead() {
    let after = given([submitted()])
        .when(bram(), assign(&anna()))
        .then([assigned(&anna())])
        .then_it_is(State::Assigned);
    assert_eq!(after.request.lead, Some(lead(&anna())));
}

#[test]
fn the_table_itself_may_move_the_lead() {
    let table = employee("tine", ["gebiedstafel"]);
    let after = given([submitted(), assigned(&anna())])
        .when(table, assign(&bram()))
        .then_it_is(State::Assigned);
    assert_eq!(after.request.lead, Some(lead(&bram())));
}

#[test]
fn giving_it_to_the_one_who_has_it_changes_nothing() {
    given([submitted(), assigned(&anna())])
        .when(bram(), assign(&anna()))
        .then_nothing();
}

#[test]
fn a_lead_may_be_a_function_without_a_name_and_then_all_who_hold_it_lead() {
    let to_the_function = Action::Assign {
        function: function(SOCIAAL),
        person: None,
        urgent: false,
        reason: Text::Withheld,
    };
    let deputy = employee("dirk", [SOCIAAL]);
    given([submitted()])
        .when(bram(), to_the_function)
        .and_then()
        .when(deputy, decide(Cents::euros(10), annas_mandate()))
        .then_it_is(State::Decided);
}

#[test]
fn a_named_lead_is_that_person_and_no_colleague_in_the_same_function() {
    let colleague = employee("dirk", [SOCIAAL]);
    given([submitted(), assigned(&anna())])
        .when(colleague, decide(Cents::euros(10), annas_mandate()))
        .then_refused(Refusal::NotTheLead);
}

#[test]
fn a_lead_who_left_the_function_leads_no_longer() {
    let left = employee("anna", ["vergunningen"]);
    given([submitted(), assigned(&anna())])
        .when(left, decide(Cents::euros(10), annas_mandate()))
        .then_refused(Refusal::NotTheLead);
}

#[test]
fn a_lead_that_imported_history_does_not_name_in_function_is_given_anew() {
    let by_name_only = Event::from(RequestAssigned {
        lead: Lead {
            function: None,
            person: Some(staff("anna")),
        },
        urgent: false,
        reason: Text::Withheld,
    });
    let given = || given([submitted(), by_name_only.clone()]);
    given()
        .when(anna(), decide(Cents::euros(10), annas_mandate()))
        .then_refused(Refusal::NotTheLead);
    given()
        .when(anna(), assign(&anna()))
        .then([assigned(&anna())]);
}

#[test]
fn any_of_the_three_may_take_an_urgent_request_at_once_with_a_reason() {
    let taken = RequestAssigned {
        lead: lead(&anna()),
        urgent: true,
        reason: text("Het ijs is te dun."),
    };
    let after = given([submitted()])
        .when(anna(), take_urgently(&anna(), "Het ijs is te dun."))
        .then([taken.into()])
        .then_it_is(State::Assigned);
    assert!(after.request.urgent);
}

#[test]
fn an_urgent_take_needs_a_reason() {
    given([submitted()])
        .when(anna(), take_urgently(&anna(), " "))
        .then_refused(Refusal::EmptyText { field: "reden" });
}

#[test]
fn an_urgent_take_is_for_oneself() {
    let themselves = Refusal::MayNot {
        needed: "degene die het verzoek met spoed naar zich toe trekt",
    };
    given([submitted()])
        .when(anna(), take_urgently(&bram(), "Spoed."))
        .then_refused(themselves.clone());
    let same_function = employee("dirk", [SOCIAAL]);
    given([submitted()])
        .when(same_function, take_urgently(&anna(), "Spoed."))
        .then_refused(themselves);
}

#[test]
fn an_urgent_take_is_in_a_function_one_holds() {
    let in_brams_function = Action::Assign {
        function: function(OPENBARE_RUIMTE),
        person: Some(staff("anna")),
        urgent: true,
        reason: text("Spoed."),
    };
    given([submitted()])
        .when(anna(), in_brams_function)
        .then_refused(Refusal::MayNot {
            needed: "degene die het verzoek met spoed naar zich toe trekt",
        });
}

#[test]
fn an_urgent_take_does_not_take_it_from_a_colleague() {
    given([submitted(), assigned(&anna())])
        .when(bram(), take_urgently(&bram(), "Spoed."))
        .then_refused(Refusal::NotTheLead);
}

#[test]
fn the_table_confirms_an_urgent_take_once() {
    given([submitted(), taken_urgently(&anna())])
        .when(anna(), take_urgently(&anna(), "Spoed."))
        .then_nothing();
    let confirmed = given([submitted(), taken_urgently(&anna())])
        .when(bram(), assign(&anna()))
        .then([assigned(&anna())])
        .and_then();
    assert!(!confirmed.request.urgent);
    confirmed.when(bram(), assign(&anna())).then_nothing();
}

#[test]
fn the_table_may_move_an_urgent_take_to_another() {
    let after = given([submitted(), taken_urgently(&anna())])
        .when(bram(), assign(&bram()))
        .then_it_is(State::Assigned);
    assert_eq!(after.request.lead, Some(lead(&bram())));
    assert!(!after.request.urgent);
}

#[test]
fn a_decided_request_may_change_hands_so_that_it_is_carried_out() {
    given([submitted(), assigned(&anna()), decided()])
        .when(bram(), assign(&bram()))
        .then_it_is(State::Decided)
        .when(bram(), resolve())
        .then_it_is(State::Resolved);
}

#[test]
fn an_imported_decision_without_a_lead_can_be_given_one_and_carried_out() {
    let given = || given([submitted(), decided()]);
    given()
        .when(anna(), resolve())
        .then_refused(Refusal::NoLead);
    given()
        .when(anna(), assign(&anna()))
        .then_it_is(State::Decided)
        .when(anna(), resolve())
        .then_it_is(State::Resolved);
}
