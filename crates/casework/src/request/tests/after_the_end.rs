//! Closing, reopening, withdrawing.

use crate::event::{
    Closing, NoMessageReason, ReopenCause, RequestReopened, RequestResolved, RequestWithdrawn,
};
use crate::fixture::*;
use crate::request::{Action, State};
use crate::{Cents, Channel, Refusal, Text};

fn decided_request() -> Given {
    given([submitted(), assigned(&anna()), decided()])
}

fn resolved_request() -> Given {
    decided_request().fold(&[resolved()])
}

#[test]
fn a_decided_request_is_closed_with_the_message_that_was_sent() {
    let resolved = RequestResolved {
        closing: Some(Closing::Message {
            channel: Channel::Email,
        }),
        message: text("Het bankje staat er."),
        requester: Some(RESIDENT),
    };
    decided_request()
        .when(anna(), resolve())
        .then([resolved.into()])
        .then_it_is(State::Resolved);
}

#[test]
fn nothing_closes_without_a_message_or_a_reason() {
    let close = |closing, message: &str| Action::Resolve {
        closing,
        message: text(message),
    };
    let by_phone = Closing::Message {
        channel: Channel::Phone,
    };
    decided_request()
        .when(anna(), close(by_phone, "  "))
        .then_refused(Refusal::EmptyText { field: "bericht" });
    let unreachable = Closing::NoMessage {
        reason: NoMessageReason::Unreachable,
    };
    decided_request()
        .when(anna(), close(unreachable, ""))
        .then_it_is(State::Resolved);
}

#[test]
fn a_reopened_request_goes_back_to_its_lead_and_is_decided_again() {
    let again = resolved_request()
        .when(resident(), reopen())
        .then_it_is(State::Assigned);
    assert_eq!(again.request.decision, None);
    again
        .when(anna(), resolve())
        .then_refused(Refusal::NotDecided);
    resolved_request()
        .when(resident(), reopen())
        .and_then()
        .when(anna(), decide(Cents::euros(1), annas_mandate()))
        .then_it_is(State::Decided)
        .when(anna(), resolve())
        .then_it_is(State::Resolved)
        .when(resident(), reopen())
        .then_it_is(State::Assigned);
}

#[test]
fn the_requesters_own_words_go_under_their_key_and_an_officers_note_under_the_cases() {
    let reopened = |requester| RequestReopened {
        cause: ReopenCause::NotFixed,
        explanation: text("Er staat geen bankje."),
        requester,
    };
    resolved_request()
        .when(resident(), reopen())
        .then([reopened(Some(RESIDENT)).into()]);
    resolved_request()
        .when(intake(), reopen())
        .then([reopened(None).into()]);
    let withdrawn = |requester| RequestWithdrawn {
        reason: text("Het hoeft niet meer."),
        requester,
    };
    decided_request()
        .when(resident(), withdraw())
        .then([withdrawn(Some(RESIDENT)).into()]);
    decided_request()
        .when(anna(), withdraw())
        .then([withdrawn(None).into()]);
}

#[test]
fn reopening_says_why() {
    let silent = Action::Reopen {
        cause: ReopenCause::Disputed,
        explanation: Text::Withheld,
    };
    resolved_request()
        .when(resident(), silent)
        .then_refused(Refusal::EmptyText {
            field: "toelichting",
        });
}

#[test]
fn withdrawing_says_why_and_ends_a_wait_at_the_city_hall() {
    let silent = Action::Withdraw {
        reason: Text::Withheld,
    };
    decided_request()
        .when(resident(), silent)
        .then_refused(Refusal::EmptyText { field: "reden" });
    let after = given([
        submitted(),
        assigned(&anna()),
        escalated_to(Some("college")),
    ])
    .when(resident(), withdraw())
    .then_it_is(State::Withdrawn);
    assert_eq!(after.request.escalated, None);
    after
        .when(college(), decide_as_organ())
        .then_refused(Refusal::AlreadyEnded);
}

#[test]
fn a_withdrawn_request_may_be_reopened() {
    given([submitted(), withdrawn()])
        .when(resident(), reopen())
        .then_it_is(State::Submitted);
}

#[test]
fn an_anonymous_request_has_no_requester_who_could_withdraw_it() {
    let mut anonymous = submission();
    anonymous.requester = None;
    given([anonymous.into()])
        .when(resident(), withdraw())
        .then_refused(Refusal::MayNot {
            needed: "de verzoeker, intake, wijkregisseur of gebiedstafel",
        });
}
