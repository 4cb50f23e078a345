//! One request as its queue sees it, folded event by event.
// A kind of event that comes to exist is handled or named as ignored, or this does not compile.
#![deny(clippy::wildcard_enum_match_arm)]

use casework::event::{Clock, Lead, Outcome, RequesterKind, TermSet};
use casework::request::{End, State};
use casework::{Channel, Domain, Event, Function, Placement, RequestId};
use jiff::Timestamp;
use jiff::civil::Date;

use crate::Decoded;
use crate::document::{QueueEscalation, QueueItem, QueueLead, QueueTerm};

/// A lead, and when it was chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Assigned {
    pub(super) at: Timestamp,
    pub(super) lead: Lead,
}

/// Where a request waits, and since when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Escalated {
    pub(super) at: Timestamp,
    pub(super) to: Option<Function>,
}

/// One row of the queue. Folds as [`casework::request::Request`] does, which the tests compare it with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) request: RequestId,
    pub(super) position: i64,
    pub(super) version: i64,
    pub(super) placement: Placement,
    pub(super) domain: Option<Domain>,
    pub(super) request_kind: Option<String>,
    pub(super) channel: Option<Channel>,
    pub(super) requester_kind: Option<RequesterKind>,
    pub(super) submitted_at: Option<Timestamp>,
    pub(super) assigned: Option<Assigned>,
    pub(super) escalated: Option<Escalated>,
    pub(super) decided: Option<(Timestamp, Outcome)>,
    pub(super) ended: Option<(Timestamp, End)>,
    pub(super) servicenorm_end: Option<Date>,
    pub(super) wettelijk_end: Option<Date>,
}

impl Row {
    pub(super) fn new(request: RequestId) -> Self {
        Self {
            request,
            position: 0,
            version: 0,
            placement: Placement::unknown(),
            domain: None,
            request_kind: None,
            channel: None,
            requester_kind: None,
            submitted_at: None,
            assigned: None,
            escalated: None,
            decided: None,
            ended: None,
            servicenorm_end: None,
            wettelijk_end: None,
        }
    }

    pub(super) fn fold(&mut self, fact: &Decoded) {
        self.position = fact.recorded.position;
        self.version = fact.recorded.version;
        let at = fact.occurred_at;
        match &fact.event {
            Event::RequestImported(imported) => {
                self.placement = imported.placement.clone();
                self.domain = imported.domain;
                self.request_kind.clone_from(&imported.request_kind);
            }
            Event::RequestSubmitted(submitted) => {
                if self.submitted_at.is_some() {
                    return;
                }
                self.submitted_at = Some(at);
                self.placement = submitted.placement.clone();
                self.domain = submitted.domain;
                // A case that was imported may have its kind from there.
                if submitted.request_kind.is_some() {
                    self.request_kind.clone_from(&submitted.request_kind);
                }
                self.channel = Some(submitted.channel);
                self.requester_kind = Some(submitted.requester_kind);
            }
            Event::RequestPlaced(placed) => {
                self.placement = placed.placement.clone();
                self.domain = placed.domain;
            }
            Event::TermSet(term) => self.set_term(term),
            Event::RequestAssigned(assigned) => {
                self.assigned = Some(Assigned {
                    at,
                    lead: assigned.lead.clone(),
                });
            }
            Event::RequestDecided(decided) => {
                self.escalated = None;
                self.decided = Some((at, decided.outcome));
            }
            Event::RequestEscalated(escalated) => {
                self.escalated = Some(Escalated {
                    at,
                    to: escalated.to.clone(),
                });
            }
            Event::EscalationReturned(_) => self.escalated = None,
            Event::RequestResolved(_) => self.end(at, End::Resolved),
            Event::RequestWithdrawn(_) => self.end(at, End::Withdrawn),
            Event::RequestReopened(_) => {
                self.ended = None;
                self.decided = None;
            }
            // Nothing of the first two shows in a queue, a correction is in the fact it replaced, and the
            // rest belong to other streams.
            Event::DecisionRefused(_)
            | Event::MandateStated(_)
            | Event::FactCorrected(_)
            | Event::MandateGranted(_)
            | Event::MandateRevoked(_)
            | Event::WijkListed(_)
            | Event::ServicenormSet(_)
            | Event::PersonErased(_) => {}
        }
    }

    fn set_term(&mut self, term: &TermSet) {
        match term.clock {
            Clock::Servicenorm => self.servicenorm_end = Some(term.end),
            Clock::Wettelijk => self.wettelijk_end = Some(term.end),
        }
    }

    fn end(&mut self, at: Timestamp, end: End) {
        self.ended = Some((at, end));
        self.escalated = None;
    }

    /// Where it stands, as the aggregate says it.
    pub(super) fn state(&self) -> State {
        match self.ended {
            Some((_, End::Resolved)) => State::Resolved,
            Some((_, End::Withdrawn)) => State::Withdrawn,
            None if self.escalated.is_some() => State::Escalated,
            None if self.decided.is_some() => State::Decided,
            None if self.assigned.is_some() => State::Assigned,
            None if self.submitted_at.is_some() => State::Submitted,
            None => State::New,
        }
    }

    pub(super) fn into_item(self) -> QueueItem {
        let state = self.state().as_str();
        let terms = [
            (Clock::Servicenorm, self.servicenorm_end),
            (Clock::Wettelijk, self.wettelijk_end),
        ];
        QueueItem {
            request: self.request,
            wijk: self.placement.wijk,
            wijk_source: self.placement.source,
            domain: self.domain,
            request_kind: self.request_kind,
            state: state.to_owned(),
            submitted_at: self.submitted_at,
            channel: self.channel,
            requester_kind: self.requester_kind,
            lead: self.assigned.map(|assigned| QueueLead {
                function: assigned.lead.function,
                person: assigned.lead.person,
                since: assigned.at,
            }),
            escalation: self.escalated.map(|escalated| QueueEscalation {
                to: escalated.to,
                since: escalated.at,
            }),
            decided_at: self.decided.map(|(at, _)| at),
            terms: terms
                .into_iter()
                .filter_map(|(clock, end)| end.map(|end| QueueTerm { clock, end }))
                .collect(),
            version: self.version,
            position: self.position,
        }
    }
}
