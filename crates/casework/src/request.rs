//! A request from a wijk: from submission to the end, and back again when closed was not fixed.
//!
//! Commands go in through [`Request::decide`], recorded facts through [`Request::evolve`].
//! The first refuses; the second accepts whatever happened and marks what is out of order.

mod command;
mod decide;
mod evolve;

pub use command::{Action, Command};

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use uuid::Uuid;

use crate::event::{Event, Lead, Outcome, TermSet};
use crate::{Domain, Function, PersonId, Placement};

/// Something in a history that no command would have allowed. Facts are kept as facts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Oddity {
    /// Happened before the request was submitted, or without that.
    BeforeSubmission,
    /// Happened after the request had ended.
    AfterEnd,
    /// Submitted once more.
    SubmittedAgain,
    /// Ended once more without being reopened.
    EndedAgain,
    /// Reopened though it had not ended.
    ReopenedWhileOpen,
    /// Decided or returned by an organ that had not been asked.
    NotEscalated,
    /// Recorded after something that happened later.
    OutOfOrder,
    /// Corrects an event that this history does not have, or with a fact that cannot be read.
    CorrectsNothing,
    /// Belongs to another kind of stream.
    Foreign,
}

impl Oddity {
    /// A stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::BeforeSubmission => "before-submission",
            Self::AfterEnd => "after-end",
            Self::SubmittedAgain => "submitted-again",
            Self::EndedAgain => "ended-again",
            Self::ReopenedWhileOpen => "reopened-while-open",
            Self::NotEscalated => "not-escalated",
            Self::OutOfOrder => "out-of-order",
            Self::CorrectsNothing => "corrects-nothing",
            Self::Foreign => "foreign",
        }
    }
}

/// One oddity, at one event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Anomaly {
    /// The version in the stream of the event it was seen at.
    pub version: i64,
    /// What is odd.
    pub oddity: Oddity,
}

/// Where a request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// Nothing was submitted, and imported history has nobody at work on it either.
    New,
    /// Submitted, and nobody has it: on the table, or at the intake while its wijk is unknown.
    Submitted,
    /// It has a lead.
    Assigned,
    /// It waits at the city hall.
    Escalated,
    /// A decision stands that is still to be carried out.
    Decided,
    /// Carried out and closed.
    Resolved,
    /// Withdrawn.
    Withdrawn,
}

impl State {
    /// A stable code.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Submitted => "submitted",
            Self::Assigned => "assigned",
            Self::Escalated => "escalated",
            Self::Decided => "decided",
            Self::Resolved => "resolved",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// The decision that stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The event it is.
    pub event: Uuid,
    /// What it came to.
    pub outcome: Outcome,
    /// Under a mandate: yes, no, or unknown, by its own basis or by a statement before it.
    pub under_mandate: Option<bool>,
}

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Carried out and closed.
    Resolved,
    /// Withdrawn.
    Withdrawn,
}

/// One fact with what its envelope says.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Fact {
    id: Uuid,
    at: Timestamp,
    event: Arc<Event>,
}

/// A request as its history tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// When it was first submitted.
    pub submitted_at: Option<Timestamp>,
    /// Where it belongs.
    pub placement: Placement,
    /// In which field.
    pub domain: Option<Domain>,
    /// Who asked, where that is a known person.
    pub requester: Option<PersonId>,
    /// Who has it.
    pub lead: Option<Lead>,
    /// The lead took it before the table met, and the table has not confirmed or moved it since.
    pub urgent: bool,
    /// Where it waits, while escalated. The organ is None where history does not say.
    pub escalated: Option<Option<Function>>,
    /// The decision that stands.
    pub decision: Option<Standing>,
    /// How it ended, while it is ended.
    pub ended: Option<End>,
    /// The terms that run, newest last.
    pub terms: Vec<TermSet>,
    /// A statement on the mandate that waits for its decision.
    pub statement: Option<bool>,
    /// What was odd, in the order it was met.
    pub anomalies: Vec<Anomaly>,
    /// The facts as recorded, so that all can be folded again when one is corrected.
    history: Vec<Fact>,
    latest: Option<Timestamp>,
}

impl Default for Request {
    fn default() -> Self {
        Self {
            submitted_at: None,
            placement: Placement::unknown(),
            domain: None,
            requester: None,
            lead: None,
            urgent: false,
            escalated: None,
            decision: None,
            ended: None,
            terms: Vec::new(),
            statement: None,
            anomalies: Vec::new(),
            history: Vec::new(),
            latest: None,
        }
    }
}

impl Request {
    /// The kind of its stream; its id is the request's.
    pub const STREAM_KIND: &'static str = "request";

    /// Where it stands.
    pub fn state(&self) -> State {
        match (self.ended, self.submitted_at) {
            (Some(End::Resolved), _) => State::Resolved,
            (Some(End::Withdrawn), _) => State::Withdrawn,
            (None, _) if self.escalated.is_some() => State::Escalated,
            (None, _) if self.decision.is_some() => State::Decided,
            (None, _) if self.lead.is_some() => State::Assigned,
            (None, None) => State::New,
            (None, Some(_)) => State::Submitted,
        }
    }

    /// How many events were folded: the version of the stream.
    pub fn version(&self) -> i64 {
        i64::try_from(self.history.len()).unwrap_or(i64::MAX)
    }

    /// The last day of the newest term, whichever clock.
    pub fn due(&self) -> Option<Date> {
        self.terms.last().map(|term| term.end)
    }
}

#[cfg(test)]
mod tests;
