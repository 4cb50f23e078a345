//! What can be asked of a request.

use std::sync::Arc;

use jiff::Timestamp;

use crate::event::{Closing, Ground, Outcome, ReopenCause, RequesterKind, Residents};
use crate::mandate::Register;
use crate::norm::Norms;
use crate::{
    By, Cents, Channel, Domain, Function, MandateId, PersonId, Placement, RequestId, StaffId, Text,
};

/// An action, by someone, at a moment.
#[derive(Debug, Clone)]
pub struct Command {
    /// The request it is about.
    pub request: RequestId,
    /// Who gives it.
    pub by: By,
    /// The server's time.
    pub at: Timestamp,
    /// What is asked.
    pub action: Action,
}

/// The actions there are.
#[derive(Debug, Clone)]
pub enum Action {
    /// Bring a request in.
    Submit {
        /// Where it belongs, checked against the list of wijken; or unknown.
        placement: Placement,
        /// In which field, where that is known.
        domain: Option<Domain>,
        /// The kind of request, in the municipality's own words.
        request_kind: Option<String>,
        /// How it came in.
        channel: Channel,
        /// What kind of requester.
        requester_kind: RequesterKind,
        /// The requester, where that is a person whose key the texts go under.
        requester: Option<PersonId>,
        /// What is asked.
        words: Text,
        /// The requester's name.
        name: Text,
        /// How to reach the requester.
        contact: Text,
        /// The exact place.
        place: Text,
        /// The promises in force.
        norms: Arc<Norms>,
    },
    /// Say where a request belongs.
    Place {
        /// The wijk, checked against the list.
        placement: Placement,
        /// The field; None leaves it as it is.
        domain: Option<Domain>,
        /// The promises in force.
        norms: Arc<Norms>,
    },
    /// Give it to a lead.
    Assign {
        /// The function that leads.
        function: Function,
        /// The person in it, where one is named.
        person: Option<StaffId>,
        /// Taken at once, before the table meets; needs a reason.
        urgent: bool,
        /// Why, for an urgent take.
        reason: Text,
    },
    /// Decide it under a mandate.
    Decide {
        /// In which of the caller's functions; None for the one that leads.
        function: Option<Function>,
        /// What it comes to.
        outcome: Outcome,
        /// What it costs.
        amount: Option<Cents>,
        /// The entry it rests on; None for the one that covers it.
        mandate: Option<MandateId>,
        /// The register as it stands.
        register: Arc<Register>,
        /// Why.
        motivation: Text,
        /// What residents had to do with it.
        residents: Residents,
        /// Who was consulted and what they wanted; required when they were.
        residents_note: Text,
    },
    /// Send it up to the city hall.
    Escalate {
        /// To which organ or function.
        to: Function,
        /// Why.
        ground: Ground,
        /// What is asked.
        question: Text,
    },
    /// Decide it as the organ it was escalated to.
    DecideAsOrgan {
        /// What it comes to.
        outcome: Outcome,
        /// What it costs.
        amount: Option<Cents>,
        /// Why.
        motivation: Text,
    },
    /// Send an escalation back with an instruction.
    Return {
        /// What is to be done.
        instruction: Text,
    },
    /// Close it, carried out.
    Resolve {
        /// How the requester heard, or why not.
        closing: Closing,
        /// The message that was sent.
        message: Text,
    },
    /// Open it again.
    Reopen {
        /// Why.
        cause: ReopenCause,
        /// In whose words.
        explanation: Text,
    },
    /// Withdraw it.
    Withdraw {
        /// Why.
        reason: Text,
    },
}

impl Action {
    /// The action's name, for traces.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Submit { .. } => "submit",
            Self::Place { .. } => "place",
            Self::Assign { .. } => "assign",
            Self::Decide { .. } => "decide",
            Self::Escalate { .. } => "escalate",
            Self::DecideAsOrgan { .. } => "decide-as-organ",
            Self::Return { .. } => "return",
            Self::Resolve { .. } => "resolve",
            Self::Reopen { .. } => "reopen",
            Self::Withdraw { .. } => "withdraw",
        }
    }
}
