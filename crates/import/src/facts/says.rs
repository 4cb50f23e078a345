//! What a rule says about a record, as an event.

use casework::event::{
    Basis, EscalationReturned, Lead, MandateStated, Outcome, RequestAssigned, RequestDecided,
    RequestEscalated, RequestReopened, RequestResolved, RequestSubmitted, RequestWithdrawn,
};
use casework::{Channel, Event, Function, Text};

use super::Reading;
use crate::mapping::{Lookup, Rule, Says};
use crate::record::{Attributes, Column};
use crate::report::Report;
use crate::spool::Case;

impl Reading<'_> {
    /// The event of a rule that applies. `answer` is the last answer before it that says an outcome.
    pub(super) fn event(
        &self,
        rule: &Rule,
        case: &Case,
        event: Option<&Attributes>,
        answer: Option<Outcome>,
        report: &mut Report,
    ) -> Event {
        let text = |column: &Option<Column>| {
            let words = column
                .as_ref()
                .and_then(|column| self.mapping.known(column, &case.attributes, event));
            words.map_or(Text::Withheld, Text::given)
        };
        match &rule.says {
            Says::Submitted { words, place } => self
                .submitted(case, text(words), text(place), report)
                .into(),
            Says::Assigned { to, person } => self
                .assigned(to.as_ref(), person.as_ref(), case, event, report)
                .into(),
            Says::Decided {
                outcome,
                motivation,
            } => RequestDecided {
                outcome: answer.unwrap_or(*outcome),
                amount_cents: None,
                basis: Basis::Unknown,
                function: self.counted_function(case, event, report),
                residents: None,
                motivation: text(motivation),
                residents_note: Text::Withheld,
            }
            .into(),
            Says::MandateStated { under_mandate } => MandateStated {
                under_mandate: *under_mandate,
            }
            .into(),
            Says::Escalated {
                to,
                ground,
                question,
            } => RequestEscalated {
                to: self.looked_up(to.as_ref(), case, event, Some(report)),
                ground: *ground,
                question: text(question),
            }
            .into(),
            Says::Returned { from, instruction } => EscalationReturned {
                organ: self.looked_up(from.as_ref(), case, event, Some(report)),
                instruction: text(instruction),
            }
            .into(),
            Says::Resolved { message } => RequestResolved {
                closing: None,
                message: text(message),
                requester: None,
            }
            .into(),
            Says::Reopened { cause, explanation } => RequestReopened {
                cause: *cause,
                explanation: text(explanation),
                requester: None,
            }
            .into(),
            Says::Withdrawn { reason } => RequestWithdrawn {
                reason: text(reason),
                requester: None,
            }
            .into(),
        }
    }

    fn submitted(
        &self,
        case: &Case,
        words: Text,
        place: Text,
        report: &mut Report,
    ) -> RequestSubmitted {
        // What the tables lack is counted once per case, with `request-imported`; the channel only here.
        let mut uncounted = Report::default();
        RequestSubmitted {
            placement: self.placement(case, &mut uncounted),
            domain: self.looked_up(self.mapping.domain.as_ref(), case, None, None),
            request_kind: self.looked_up(self.mapping.kind.as_ref(), case, None, None),
            channel: self
                .looked_up(self.mapping.channel.as_ref(), case, None, Some(report))
                .unwrap_or(Channel::Unknown),
            requester_kind: self.mapping.requester,
            requester: None,
            words,
            name: Text::Withheld,
            contact: Text::Withheld,
            place,
        }
    }

    fn assigned(
        &self,
        to: Option<&Lookup<Function>>,
        person: Option<&Column>,
        case: &Case,
        event: Option<&Attributes>,
        report: &mut Report,
    ) -> RequestAssigned {
        let function = match to {
            Some(_) => self.looked_up(to, case, event, Some(report)),
            None => self.counted_function(case, event, report),
        };
        let person = person.and_then(|column| self.mapping.known(column, &case.attributes, event));
        let actor = self.mapping.actor.as_ref();
        let pseudonymous = actor.is_some_and(|actor| actor.pseudonymous);
        RequestAssigned {
            lead: Lead {
                function,
                person: person.map(|words| self.staff(words, pseudonymous)),
            },
            urgent: false,
            reason: Text::Withheld,
        }
    }

    /// The function a record was made in, where it says so.
    pub(super) fn function(&self, case: &Case, event: Option<&Attributes>) -> Option<Function> {
        self.looked_up(self.mapping.function.as_ref(), case, event, None)
    }

    fn counted_function(
        &self,
        case: &Case,
        event: Option<&Attributes>,
        report: &mut Report,
    ) -> Option<Function> {
        self.looked_up(self.mapping.function.as_ref(), case, event, Some(report))
    }
}
