//! Folding what happened. Holds no policy: yesterday's rules wrote today's history.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;
use uuid::Uuid;

use super::{Anomaly, End, Fact, Oddity, Request, Standing};
use crate::event::{Basis, Event, RequestDecided};

impl Request {
    /// Folds one recorded fact into the state: its event id, when it happened, and what it says.
    ///
    /// Every fact is accepted, in any order; what no command would have allowed becomes an
    /// [`Anomaly`]. Facts have to be given in version order from the first.
    #[must_use]
    pub fn evolve(mut self, id: Uuid, at: Timestamp, event: &Event) -> Self {
        let fact = Fact {
            id,
            at,
            event: Arc::new(event.clone()),
        };
        if matches!(event, Event::FactCorrected(_)) {
            self.history.push(fact);
            return Self::replay(self.history);
        }
        self.history.push(fact);
        self.mark_order(at, event);
        self.apply(id, at, event);
        self
    }

    /// Folds a whole history, each fact as its last correction has it, in its own place.
    fn replay(history: Vec<Fact>) -> Self {
        let mut places = HashMap::new();
        let mut corrected = history.clone();
        let mut vain = HashSet::new();
        for (place, fact) in history.iter().enumerate() {
            let Event::FactCorrected(correction) = &*fact.event else {
                places.insert(fact.id, place);
                continue;
            };
            // A correction itself has no place: a second one names the fact again.
            let target = places.get(&correction.corrects);
            if let (Some(&target), Ok(event)) = (target, correction.fact.decode()) {
                corrected[target].at = correction.occurred_at;
                corrected[target].event = Arc::new(event);
            } else {
                vain.insert(place);
            }
        }
        let mut again = Self::default();
        for (place, (recorded, fact)) in history.into_iter().zip(corrected).enumerate() {
            again.history.push(recorded);
            if !matches!(*fact.event, Event::FactCorrected(_)) {
                again.mark_order(fact.at, &fact.event);
                again.apply(fact.id, fact.at, &fact.event);
            } else if vain.contains(&place) {
                again.mark(Oddity::CorrectsNothing);
            }
        }
        again
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
            Event::RequestAssigned(assigned) => {
                self.lead = Some(assigned.lead.clone());
                self.urgent = assigned.urgent;
            }
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
        // Used up whatever the basis: it is about the decision that follows it, and no later one.
        let stated = self.statement.take();
        let under_mandate = match &decided.basis {
            Basis::Mandate { .. } => Some(true),
            Basis::Organ { .. } => {
                if self.escalated.is_none() {
                    self.mark(Oddity::NotEscalated);
                }
                Some(false)
            }
            Basis::Unknown => stated,
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
