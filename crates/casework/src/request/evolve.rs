//! Folding what happened. Holds no policy: yesterday's rules wrote today's history.

use std::sync::Arc;

use jiff::Timestamp;
use uuid::Uuid;

use super::{Anomaly, End, Fact, Oddity, Request, Standing};
use crate::event::{Basis, Event, FactCorrected, RequestDecided};
use crate::stored;

impl Request {
    /// Folds one recorded fact into the state: its event id, when it happened, and what it says.
    ///
    /// Every fact is accepted, in any order; what no command would have allowed becomes an
    /// [`Anomaly`]. Facts have to be given in version order from the first.
    #[must_use]
    pub fn evolve(mut self, id: Uuid, at: Timestamp, event: &Event) -> Self {
        if let Event::FactCorrected(corrected) = event {
            return self.correct(id, at, corrected);
        }
        let fact = Fact {
            id,
            at,
            event: Arc::new(event.clone()),
        };
        self.fold(fact);
        self
    }

    /// Folds the history again with the corrected fact in the place of the first.
    fn correct(self, id: Uuid, at: Timestamp, corrected: &FactCorrected) -> Self {
        let bare = &corrected.fact;
        let replacement = stored::decode(&bare.kind, bare.schema, &bare.payload.to_string()).ok();
        let mut known = false;
        let mut again = Self::default();
        for mut fact in self.history {
            if let Some(event) = replacement
                .as_ref()
                .filter(|_| fact.id == corrected.corrects)
            {
                known = true;
                fact.at = corrected.occurred_at;
                fact.event = Arc::new(event.clone());
            }
            again.fold(fact);
        }
        again.history.push(Fact {
            id,
            at,
            event: Arc::new(Event::FactCorrected(corrected.clone())),
        });
        if !known {
            again.mark(Oddity::CorrectsNothing);
        }
        again
    }

    fn fold(&mut self, fact: Fact) {
        let event = fact.event.clone();
        let (id, at) = (fact.id, fact.at);
        self.history.push(fact);
        if matches!(*event, Event::FactCorrected(_)) {
            // Its effect is already in the fact it replaced.
            return;
        }
        self.mark_order(at, &event);
        self.apply(id, at, &event);
    }

    fn apply(&mut self, id: Uuid, at: Timestamp, event: &Event) {
        match event {
            Event::RequestImported(imported) => {
                self.placement = imported.placement.clone();
                self.domain = imported.domain;
            }
            Event::RequestSubmitted(submitted) => {
                if self.submitted_at.is_some() {
                    self.mark(Oddity::SubmittedAgain);
                    return;
                }
                self.submitted_at = Some(at);
                self.placement = submitted.placement.clone();
                self.domain = submitted.domain;
                self.requester = submitted.requester;
            }
            Event::RequestPlaced(placed) => {
                self.placement = placed.placement.clone();
                self.domain = placed.domain;
            }
            Event::TermSet(term) => {
                self.terms.retain(|known| known.clock != term.clock);
                self.terms.push(term.clone());
            }
            Event::RequestAssigned(assigned) => self.lead = Some(assigned.lead.clone()),
            Event::RequestDecided(decided) => self.decided(id, decided),
            Event::MandateStated(stated) => self.statement = Some(stated.under_mandate),
            Event::RequestEscalated(escalated) => self.escalated = Some(escalated.to.clone()),
            Event::EscalationReturned(_) => {
                if self.escalated.take().is_none() {
                    self.mark(Oddity::NotEscalated);
                }
            }
            Event::RequestResolved(_) => self.end(End::Resolved),
            Event::RequestWithdrawn(_) => self.end(End::Withdrawn),
            Event::RequestReopened(_) => {
                if self.ended.take().is_none() {
                    self.mark(Oddity::ReopenedWhileOpen);
                }
                self.decision = None;
            }
            Event::DecisionRefused(_) | Event::FactCorrected(_) => {}
            Event::MandateGranted(_)
            | Event::MandateRevoked(_)
            | Event::WijkListed(_)
            | Event::ServicenormSet(_)
            | Event::PersonErased(_) => self.mark(Oddity::Foreign),
        }
    }

    fn decided(&mut self, id: Uuid, decided: &RequestDecided) {
        let under_mandate = match &decided.basis {
            Basis::Mandate { .. } => Some(true),
            Basis::Organ { .. } => {
                if self.escalated.is_none() {
                    self.mark(Oddity::NotEscalated);
                }
                Some(false)
            }
            // The statement is used up: it is about the decision that follows it, and no later one.
            Basis::Unknown => self.statement.take(),
        };
        self.escalated = None;
        self.decision = Some(Standing {
            event: id,
            outcome: decided.outcome,
            under_mandate,
        });
    }

    fn end(&mut self, end: End) {
        if self.ended.replace(end).is_some() {
            self.mark(Oddity::EndedAgain);
        }
        self.escalated = None;
    }

    /// Marks what stands before the submission, after the end, or behind something later.
    fn mark_order(&mut self, at: Timestamp, event: &Event) {
        if self.latest.is_some_and(|latest| at < latest) {
            self.mark(Oddity::OutOfOrder);
        }
        self.latest = self.latest.max(Some(at));
        let begins = matches!(
            event,
            Event::RequestImported(_) | Event::RequestSubmitted(_) | Event::TermSet(_)
        );
        if self.submitted_at.is_none() && !begins {
            self.mark(Oddity::BeforeSubmission);
        }
        let ends = matches!(
            event,
            Event::RequestReopened(_) | Event::RequestResolved(_) | Event::RequestWithdrawn(_)
        );
        if self.ended.is_some() && !ends {
            self.mark(Oddity::AfterEnd);
        }
    }

    fn mark(&mut self, oddity: Oddity) {
        let version = self.version();
        self.anomalies.push(Anomaly { version, oddity });
    }
}
