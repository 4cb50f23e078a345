//! Which command a fact would have been, and who would have given it.

use casework::event::{Closing, NoMessageReason, Outcome, RequestDecided, RequestSubmitted};
use casework::request::Action;
use casework::{By, Channel, Event, Function};
use dispatch::{Intent, Ruling, Submission};

use super::StatedRegister;
use crate::facts::Fact;

/// A command on its way to the rules.
pub(super) struct Step {
    pub(super) by: By,
    pub(super) action: &'static str,
    pub(super) intent: Intent,
}

/// The command a fact would have been; none where nobody could have said it.
///
/// The intake submits, the table assigns, the function of the record does the rest, and an escalation
/// is answered by whom it went to.
pub(super) fn step(fact: &Fact, channel: Channel, register: &StatedRegister) -> Option<Step> {
    let intent = intent(fact, channel, register)?;
    let function = match (&intent, &fact.event) {
        (Intent::Submit(_) | Intent::Plain(Action::Reopen { .. } | Action::Withdraw { .. }), _) => {
            known("intake")
        }
        (Intent::Plain(Action::Assign { .. }), _) => known("gebiedstafel"),
        (_, Event::EscalationReturned(event)) => event.organ.clone(),
        _ => fact.function.clone(),
    };
    let action = match &intent {
        Intent::Submit(_) => "submit",
        Intent::Place { .. } => "place",
        Intent::Decide(_) => "decide",
        Intent::Plain(action) => action.name(),
    };
    Some(Step {
        by: By {
            actor: fact.actor.clone(),
            functions: function.into_iter().collect(),
        },
        action,
        intent,
    })
}

fn intent(fact: &Fact, channel: Channel, register: &StatedRegister) -> Option<Intent> {
    Some(match &fact.event {
        Event::RequestSubmitted(event) => Intent::Submit(submission(event)),
        Event::RequestDecided(event) => Intent::Decide(ruling(event, register)),
        Event::RequestAssigned(event) => Intent::Plain(Action::Assign {
            function: event.lead.function.clone()?,
            person: None,
            urgent: false,
            reason: event.reason.clone(),
        }),
        Event::RequestEscalated(event) => Intent::Plain(Action::Escalate {
            to: event.to.clone()?,
            ground: event.ground,
            question: event.question.clone(),
        }),
        Event::EscalationReturned(event) => Intent::Plain(Action::Return {
            instruction: event.instruction.clone(),
        }),
        Event::RequestResolved(event) => Intent::Plain(Action::Resolve {
            closing: match event.message.as_given() {
                Some(_) => Closing::Message { channel },
                None => Closing::NoMessage {
                    reason: NoMessageReason::Anonymous,
                },
            },
            message: event.message.clone(),
        }),
        Event::RequestReopened(event) => Intent::Plain(Action::Reopen {
            cause: event.cause,
            explanation: event.explanation.clone(),
        }),
        Event::RequestWithdrawn(event) => Intent::Plain(Action::Withdraw {
            reason: event.reason.clone(),
        }),
        _ => return None,
    })
}

fn submission(event: &RequestSubmitted) -> Submission {
    Submission {
        wijk: event.placement.wijk.clone(),
        domain: event.domain,
        request_kind: event.request_kind.clone(),
        channel: event.channel,
        requester_kind: event.requester_kind,
        requester: event.requester,
        words: event.words.clone(),
        name: event.name.clone(),
        contact: event.contact.clone(),
        place: event.place.clone(),
    }
}

fn ruling(event: &RequestDecided, register: &StatedRegister) -> Ruling {
    Ruling {
        function: event.function.clone(),
        outcome: match event.outcome {
            Outcome::Unknown => register.outcome(),
            said => said,
        },
        amount: event.amount_cents,
        mandate: None,
        motivation: event.motivation.clone(),
        residents: register.residents(),
        residents_note: event.residents_note.clone(),
    }
}

fn known(name: &str) -> Option<Function> {
    Function::new(name).ok()
}
