//! Which commands are answered with which events, and which are refused.

mod intake;
mod mandate;
mod who;

use jiff::Timestamp;

use self::intake::submit;
use super::{Action, Command, Request, State};
use crate::event::{
    Basis, Closing, EscalationReturned, Ground, Lead, Outcome, RequestDecided, RequestEscalated,
    RequestReopened, RequestResolved, RequestSubmitted, RequestWithdrawn,
};
use crate::text::TEXT_CHARS_MAX;
use crate::{By, Cents, Decision, Function, Refusal, Text};

impl Request {
    /// Answers a command with the events it causes. Reads nothing but its arguments.
    pub fn decide(&self, command: Command) -> Result<Decision, Refusal> {
        let Command { by, at, action, .. } = command;
        match self.state() {
            State::New => Self::decide_new(&by, at, action),
            State::Submitted | State::Assigned | State::Escalated | State::Decided => {
                self.decide_open(&by, at, action)
            }
            State::Resolved | State::Withdrawn => self.decide_ended(&by, action),
        }
    }

    /// Before anything was submitted.
    fn decide_new(by: &By, at: Timestamp, action: Action) -> Result<Decision, Refusal> {
        let Action::Submit {
            placement,
            domain,
            request_kind,
            channel,
            requester_kind,
            requester,
            words,
            name,
            contact,
            place,
            norms,
        } = action
        else {
            return Err(Refusal::NotSubmitted);
        };
        let submitted = RequestSubmitted {
            placement,
            domain,
            request_kind,
            channel,
            requester_kind,
            requester,
            words,
            name,
            contact,
            place,
        };
        submit(by, at, submitted, &norms)
    }

    /// While there is work to do.
    fn decide_open(&self, by: &By, at: Timestamp, action: Action) -> Result<Decision, Refusal> {
        match action {
            Action::Submit { .. } => Err(Refusal::AlreadySubmitted),
            Action::Place {
                placement,
                domain,
                norms,
            } => self.place(by, placement, domain, &norms),
            Action::Assign {
                function,
                person,
                urgent,
                reason,
            } => {
                let function = Some(function);
                let lead = Lead { function, person };
                self.assign(by, lead, urgent, reason)
            }
            Action::Decide {
                function,
                outcome,
                amount,
                mandate,
                register,
                motivation,
                residents,
                residents_note,
            } => {
                let proposal = RequestDecided {
                    outcome,
                    amount_cents: amount,
                    basis: Basis::Unknown,
                    function,
                    residents: Some(residents),
                    motivation,
                    residents_note,
                };
                self.decide_under_mandate(by, at, proposal, mandate, &register)
            }
            Action::Escalate {
                to,
                ground,
                question,
            } => self.escalate(by, to, ground, question),
            Action::DecideAsOrgan {
                outcome,
                amount,
                motivation,
            } => self.decide_as_organ(by, outcome, amount, motivation),
            Action::Return { instruction } => self.send_back(by, instruction),
            Action::Resolve { closing, message } => self.resolve(by, closing, message),
            Action::Reopen { .. } => Err(Refusal::NotEnded),
            Action::Withdraw { reason } => {
                let requester = self.may_close_or_reopen(by)?;
                reason.required("reden")?;
                let withdrawn = RequestWithdrawn { reason, requester };
                Ok(Decision::events([withdrawn.into()]))
            }
        }
    }

    /// After it was resolved or withdrawn.
    fn decide_ended(&self, by: &By, action: Action) -> Result<Decision, Refusal> {
        match action {
            Action::Submit { .. } => Err(Refusal::AlreadySubmitted),
            Action::Reopen { cause, explanation } => {
                let requester = self.may_close_or_reopen(by)?;
                explanation.required("toelichting")?;
                let reopened = RequestReopened {
                    cause,
                    explanation,
                    requester,
                };
                Ok(Decision::events([reopened.into()]))
            }
            _ => Err(Refusal::AlreadyEnded),
        }
    }

    fn escalate(
        &self,
        by: &By,
        to: Function,
        ground: Ground,
        question: Text,
    ) -> Result<Decision, Refusal> {
        self.led_by(by)?;
        // Imported history may not say where a request waits: then it can be sent to someone who answers.
        if self.escalated != Some(None) {
            self.not_escalated()?;
        }
        self.undecided()?;
        // Else a lead could escalate to themselves and decide without any mandate.
        if to.receives() || by.holds(|held| *held == to) {
            return Err(Refusal::NotCityHall { to });
        }
        question.required("vraag")?;
        let escalated = RequestEscalated {
            to: Some(to),
            ground,
            question,
        };
        Ok(Decision::events([escalated.into()]))
    }

    fn decide_as_organ(
        &self,
        by: &By,
        outcome: Outcome,
        amount: Option<Cents>,
        motivation: Text,
    ) -> Result<Decision, Refusal> {
        let organ = self.asked(by)?;
        known(outcome)?;
        not_negative(amount)?;
        motivation.required("motivering")?;
        let decided = RequestDecided {
            outcome,
            amount_cents: amount,
            basis: Basis::Organ {
                organ: organ.clone(),
            },
            function: Some(organ),
            residents: None,
            motivation,
            residents_note: Text::Withheld,
        };
        Ok(Decision::events([decided.into()]))
    }

    fn send_back(&self, by: &By, instruction: Text) -> Result<Decision, Refusal> {
        let organ = Some(self.asked(by)?);
        instruction.required("instructie")?;
        let returned = EscalationReturned { organ, instruction };
        Ok(Decision::events([returned.into()]))
    }

    fn resolve(&self, by: &By, closing: Closing, message: Text) -> Result<Decision, Refusal> {
        self.led_by(by)?;
        self.not_escalated()?;
        if self.decision.is_none() {
            return Err(Refusal::NotDecided);
        }
        if matches!(closing, Closing::Message { .. }) {
            message.required("bericht")?;
        }
        message.bounded("bericht", TEXT_CHARS_MAX)?;
        let resolved = RequestResolved {
            closing: Some(closing),
            message,
            requester: self.requester,
        };
        Ok(Decision::events([resolved.into()]))
    }
}

/// Imported history may not say what a decision came to; a decision that is taken does.
fn known(outcome: Outcome) -> Result<(), Refusal> {
    if outcome == Outcome::Unknown {
        return Err(Refusal::EmptyText { field: "uitkomst" });
    }
    Ok(())
}

fn not_negative(amount: Option<Cents>) -> Result<(), Refusal> {
    match amount {
        Some(amount) if amount.0 < 0 => Err(Refusal::NegativeAmount { amount }),
        _ => Ok(()),
    }
}
