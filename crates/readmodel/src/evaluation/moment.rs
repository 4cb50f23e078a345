//! What the evaluation keeps of an event.
// A kind of event that comes to exist is handled or named as ignored, or this does not compile.
#![deny(clippy::wildcard_enum_match_arm)]

use casework::event::{Basis, Ground, Outcome};
use casework::{Domain, Event, RequestId, WijkCode};
use jiff::Timestamp;

use crate::Decoded;

/// What happened to a request, as far as a figure is made of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum What {
    /// It was imported: placed, without being submitted.
    Imported(Place),
    /// It was submitted, once more perhaps.
    Submitted(Place),
    /// It was placed elsewhere.
    Placed(Place),
    /// It got a lead.
    Assigned,
    /// It was decided.
    Decided {
        /// What it came to.
        outcome: Outcome,
        /// On what it rests by itself; None where that needs a statement.
        under_mandate: Option<bool>,
    },
    /// A decision was refused by a check.
    DecisionRefused,
    /// A record says whether the decision that follows is under a mandate.
    MandateStated(bool),
    /// It went up.
    Escalated(Ground),
    /// It came back with an instruction.
    Returned,
    /// It was closed, carried out.
    Resolved,
    /// It was opened again.
    Reopened,
    /// It was withdrawn.
    Withdrawn,
}

/// Where a request belongs.
#[derive(Debug, Clone, PartialEq, Eq, Default, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) wijk: Option<WijkCode>,
    pub(super) domain: Option<Domain>,
    pub(super) request_kind: Option<String>,
}

/// One thing that happened, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Happened {
    pub(super) at: Timestamp,
    pub(super) what: What,
}

/// One row: what happened to whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Moment {
    pub(super) request: RequestId,
    pub(super) version: i64,
    pub(super) kind: &'static str,
    pub(super) happened: Happened,
}

impl Moment {
    /// What the evaluation keeps of an event of a request, if anything.
    pub(super) fn of(request: RequestId, fact: &Decoded) -> Option<Self> {
        let what = match &fact.event {
            Event::RequestImported(imported) => What::Imported(Place {
                wijk: imported.placement.wijk.clone(),
                domain: imported.domain,
                request_kind: imported.request_kind.clone(),
            }),
            Event::RequestSubmitted(submitted) => What::Submitted(Place {
                wijk: submitted.placement.wijk.clone(),
                domain: submitted.domain,
                request_kind: submitted.request_kind.clone(),
            }),
            Event::RequestPlaced(placed) => What::Placed(Place {
                wijk: placed.placement.wijk.clone(),
                domain: placed.domain,
                request_kind: None,
            }),
            Event::RequestAssigned(_) => What::Assigned,
            Event::RequestDecided(decided) => What::Decided {
                outcome: decided.outcome,
                under_mandate: match decided.basis {
                    Basis::Mandate { .. } => Some(true),
                    Basis::Organ { .. } => Some(false),
                    Basis::Unknown => None,
                },
            },
            Event::DecisionRefused(_) => What::DecisionRefused,
            Event::MandateStated(stated) => What::MandateStated(stated.under_mandate),
            Event::RequestEscalated(escalated) => What::Escalated(escalated.ground),
            Event::EscalationReturned(_) => What::Returned,
            Event::RequestResolved(_) => What::Resolved,
            Event::RequestReopened(_) => What::Reopened,
            Event::RequestWithdrawn(_) => What::Withdrawn,
            // No figure is made of a term yet; a correction is in the fact it replaced; and the rest
            // belong to other streams.
            Event::TermSet(_)
            | Event::FactCorrected(_)
            | Event::MandateGranted(_)
            | Event::MandateRevoked(_)
            | Event::WijkListed(_)
            | Event::ServicenormSet(_)
            | Event::PersonErased(_) => return None,
        };
        Some(Self {
            request,
            version: fact.recorded.version,
            kind: fact.event.kind(),
            happened: Happened {
                at: fact.occurred_at,
                what,
            },
        })
    }
}

/// From when to when a request has moments, and whether it is open after the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) position: i64,
    pub(super) first_at: Timestamp,
    pub(super) last_at: Timestamp,
    pub(super) turned_at: Option<Timestamp>,
    pub(super) turned_version: i64,
    pub(super) open: bool,
}

impl Span {
    pub(super) fn new(first: &Moment) -> Self {
        Self {
            position: 0,
            first_at: first.happened.at,
            last_at: first.happened.at,
            turned_at: None,
            turned_version: 0,
            open: true,
        }
    }

    /// Takes in one more moment, which need not be the latest.
    pub(super) fn extend(&mut self, moment: &Moment, position: i64) {
        let at = moment.happened.at;
        self.position = position;
        self.first_at = self.first_at.min(at);
        self.last_at = self.last_at.max(at);
        let turn = (Some(at), moment.version);
        if turn < (self.turned_at, self.turned_version) {
            return;
        }
        match moment.happened.what {
            What::Resolved | What::Withdrawn => self.open = false,
            What::Reopened => self.open = true,
            What::Imported(_)
            | What::Submitted(_)
            | What::Placed(_)
            | What::Assigned
            | What::Decided { .. }
            | What::DecisionRefused
            | What::MandateStated(_)
            | What::Escalated(_)
            | What::Returned => return,
        }
        (self.turned_at, self.turned_version) = turn;
    }
}
