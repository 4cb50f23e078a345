//! Up to the city hall, and back.

use crate::event::{Basis, EscalationReturned, Ground, Outcome, RequestDecided, RequestEscalated};
use crate::fixture::*;
use crate::request::State;
use crate::{Cents, Refusal, Text};

fn annas_request() -> Given {
    given([submitted(), assigned(&anna())])
}

fn at_the_college() -> Given {
    annas_request().fold(&[escalated_to(Some("college"))])
}

#[test]
fn the_lead_escalates_with_a_ground_and_a_question() {
    let escalated = RequestEscalated {
        to: Some(function("college")),
        ground: Ground::AboveCeiling,
        question: text("Mag dit 900 euro kosten?"),
    };
    annas_request()
        .when(anna(), escalate("college"))
        .then([escalated.into()])
        .then_it_is(State::Escalated);
}

#[test]
fn the_organ_that_was_asked_decides_in_its_own_name() {
    let decided = RequestDecided {
        outcome: Outcome::Granted,
        amount_cents: Some(Cents::euros(900)),
        basis: Basis::Organ {
            organ: function("college"),
        },
        function: Some(function("college")),
        residents: None,
        motivation: text("Het college vindt het bankje nodig."),
        residents_note: Text::Withheld,
    };
    let after = at_the_college()
        .when(college(), decide_as_organ())
        .then([decided.into()])
        .then_it_is(State::Decided);
    assert_eq!(
        after.request.decision.clone().unwrap().under_mandate,
        Some(false)
    );
    assert_eq!(after.request.anomalies, []);
    // It comes back to the lead, who carries it out.
    after.when(anna(), resolve()).then_it_is(State::Resolved);
}

#[test]
fn the_organ_sends_it_back_with_an_instruction_and_the_lead_decides() {
    let returned = EscalationReturned {
        organ: Some(function("college")),
        instruction: text("Zoek een goedkoper bankje."),
    };
    at_the_college()
        .when(college(), send_back())
        .then([returned.into()])
        .then_it_is(State::Assigned)
        .when(anna(), decide(Cents::euros(400), annas_mandate()))
        .then_it_is(State::Decided);
}

#[test]
fn a_request_that_came_back_may_go_up_again() {
    at_the_college()
        .fold(&[returned()])
        .when(anna(), escalate("burgemeester"))
        .then_it_is(State::Escalated);
}

#[test]
fn while_it_is_at_the_city_hall_the_lead_waits() {
    let waits = Refusal::Escalated {
        to: function("college"),
    };
    for action in [
        decide(Cents::euros(1), annas_mandate()),
        escalate("burgemeester"),
        resolve(),
    ] {
        at_the_college()
            .when(anna(), action)
            .then_refused(waits.clone());
    }
}

#[test]
fn another_organ_than_the_one_that_was_asked_does_not_answer() {
    let burgemeester = employee("boris", ["burgemeester"]);
    for action in [decide_as_organ(), send_back()] {
        at_the_college()
            .when(burgemeester.clone(), action)
            .then_refused(Refusal::NotTheOrgan {
                to: function("college"),
            });
    }
}

#[test]
fn nobody_escalates_to_the_table_the_intake_or_themselves() {
    for to in [SOCIAAL, OPENBARE_RUIMTE, "gebiedstafel", "intake"] {
        annas_request()
            .when(anna(), escalate(to))
            .then_refused(Refusal::NotCityHall { to: function(to) });
    }
    let with_a_second_function = employee("anna", [SOCIAAL, "vergunningen"]);
    annas_request()
        .when(with_a_second_function, escalate("vergunningen"))
        .then_refused(Refusal::NotCityHall {
            to: function("vergunningen"),
        });
}

#[test]
fn an_escalation_to_nobody_in_particular_can_be_sent_to_somebody_who_answers() {
    let lost = || annas_request().fold(&[escalated_to(None)]);
    let nobody = Refusal::NotTheOrgan {
        to: function("onbekend"),
    };
    lost()
        .when(college(), decide_as_organ())
        .then_refused(nobody);
    lost()
        .when(anna(), escalate("college"))
        .then_it_is(State::Escalated)
        .when(college(), decide_as_organ())
        .then_it_is(State::Decided);
}

#[test]
fn an_organ_does_not_decide_for_a_negative_amount() {
    let mut action = decide_as_organ();
    if let crate::request::Action::DecideAsOrgan { amount, .. } = &mut action {
        *amount = Some(Cents(-100));
    }
    at_the_college()
        .when(college(), action)
        .then_refused(Refusal::NegativeAmount {
            amount: Cents(-100),
        });
}

#[test]
fn the_lead_may_change_while_the_city_hall_considers() {
    at_the_college()
        .when(bram(), assign(&bram()))
        .then_it_is(State::Escalated)
        .when(college(), send_back())
        .then_it_is(State::Assigned)
        .when(bram(), escalate("college"))
        .then_it_is(State::Escalated);
}
