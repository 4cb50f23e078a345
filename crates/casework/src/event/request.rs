//! What happens to a request.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    Clock, Ground, NoMessageReason, NotConsultedReason, Outcome, ReopenCause, RequesterKind,
};
use crate::mandate::{Check, Limits};
use crate::{Cents, Channel, Domain, Function, MandateId, PersonId, Placement, StaffId, Text};

/// Where an imported case comes from. First event of an imported stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestImported {
    /// The name of the source, as its mapping states it.
    pub source_name: String,
    /// The case's own number there.
    pub case_number: String,
    /// Where it belongs.
    pub placement: Placement,
    /// In which field.
    pub domain: Option<Domain>,
    /// The kind of request, as the mapping names it.
    pub request_kind: Option<String>,
}

/// A request came in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestSubmitted {
    /// Where it belongs, or that this is not known yet.
    pub placement: Placement,
    /// In which field.
    pub domain: Option<Domain>,
    /// The kind of request, in the municipality's own words.
    pub request_kind: Option<String>,
    /// How it came in.
    pub channel: Channel,
    /// What kind of requester.
    pub requester_kind: RequesterKind,
    /// The requester, whose key the texts below are under. None for anonymous ones: then the case's key.
    pub requester: Option<PersonId>,
    /// What was asked, in the requester's words.
    #[serde(skip)]
    pub words: Text,
    /// The requester's name.
    #[serde(skip)]
    pub name: Text,
    /// How to reach the requester.
    #[serde(skip)]
    pub contact: Text,
    /// The exact place.
    #[serde(skip)]
    pub place: Text,
}

/// The wijk or field of a request became known, or turned out to be another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestPlaced {
    /// Where it belongs from now on.
    pub placement: Placement,
    /// The field from now on.
    pub domain: Option<Domain>,
}

/// A term began to run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TermSet {
    /// Which clock.
    pub clock: Clock,
    /// The last day, computed when the term was set.
    pub end: Date,
    /// The rule it follows, such as `servicenorm/sociaal`, or the record it was read from.
    pub rule: String,
    /// The version of that rule's stream; 0 for a term that was imported.
    pub rule_version: i64,
}

/// Whose a request is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Lead {
    /// The function that leads; None only in imported history.
    pub function: Option<Function>,
    /// The person in it, where one was named.
    pub person: Option<StaffId>,
}

/// A lead was chosen at the table, or one took an urgent request at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestAssigned {
    /// Who leads from now on.
    pub lead: Lead,
    /// Taken before the table met.
    pub urgent: bool,
    /// Why, for an urgent take or a change of lead.
    #[serde(skip)]
    pub reason: Text,
}

/// What residents had to do with a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "consulted", rename_all = "kebab-case")]
pub enum Residents {
    /// They were consulted. Who they are and what they wanted is in the encrypted `residents` field.
    Yes {
        /// How many were spoken with, where that was counted.
        count: Option<u32>,
    },
    /// They were not.
    No {
        /// Why not.
        reason: NotConsultedReason,
    },
}

/// What a decision rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "kind",
    rename_all = "kebab-case",
    rename_all_fields = "camelCase"
)]
pub enum Basis {
    /// An entry of the mandate register, as it stood then.
    Mandate {
        /// The entry.
        entry: MandateId,
        /// Its version: how often that entry had changed.
        entry_version: i64,
        /// A copy of the limits the decision was measured by: an audit reads this fact alone.
        limits: Box<Limits>,
        /// Each check with the values it used.
        checks: Vec<Check>,
    },
    /// The organ itself, after an escalation.
    Organ {
        /// Which organ, as a function.
        organ: Function,
    },
    /// Imported history that does not say.
    Unknown,
}

/// A decision was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestDecided {
    /// What it came to.
    pub outcome: Outcome,
    /// What it costs, where it costs anything.
    pub amount_cents: Option<Cents>,
    /// What it rests on.
    pub basis: Basis,
    /// In which function it was taken.
    pub function: Option<Function>,
    /// What residents had to do with it; None in imported history.
    pub residents: Option<Residents>,
    /// Why, under the case's key.
    #[serde(skip)]
    pub motivation: Text,
    /// Who was consulted and what they wanted, under the case's key.
    #[serde(skip)]
    pub residents_note: Text,
}

/// Someone tried to decide and a check of the mandate failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DecisionRefused {
    /// The refusal's machine code.
    pub code: String,
    /// The outcome that was attempted.
    pub outcome: Outcome,
    /// The amount that was attempted.
    pub amount_cents: Option<Cents>,
    /// In which function.
    pub function: Option<Function>,
    /// The entry that was relied on, where there was one.
    pub entry: Option<MandateId>,
    /// Its version at that moment.
    pub entry_version: Option<i64>,
    /// A copy of the limits it was measured by: the wijken and domains among them are no part of the checks.
    pub limits: Option<Box<Limits>>,
    /// Each check with the values it used.
    pub checks: Vec<Check>,
}

/// Whether the case was settled under a mandate, as a record of elsewhere states it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MandateStated {
    /// What the record says. It concerns the decision that follows it.
    pub under_mandate: bool,
}

/// A request went up to the city hall.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestEscalated {
    /// To which organ or function; None in imported history that does not say.
    pub to: Option<Function>,
    /// Why.
    pub ground: Ground,
    /// What is asked, under the case's key.
    #[serde(skip)]
    pub question: Text,
}

/// The organ sent an escalation back with an instruction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EscalationReturned {
    /// Which organ; None in imported history.
    pub organ: Option<Function>,
    /// What is to be done, under the case's key.
    #[serde(skip)]
    pub instruction: Text,
}

/// How the requester heard that a request was closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "closing", rename_all = "kebab-case")]
pub enum Closing {
    /// A message was sent. Its text is in the encrypted `message` field.
    Message {
        /// How.
        channel: Channel,
    },
    /// Nobody was told.
    NoMessage {
        /// Why not.
        reason: NoMessageReason,
    },
}

/// A request was carried out and closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestResolved {
    /// How the requester heard; None in imported history.
    pub closing: Option<Closing>,
    /// The message, under the requester's key, or the case's where there is none.
    #[serde(skip)]
    pub message: Text,
    /// Whose key the message is under.
    pub requester: Option<PersonId>,
}

/// A closed request was opened again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestReopened {
    /// Why.
    pub cause: ReopenCause,
    /// What is wrong, under the requester's key where the requester says so, else the case's.
    #[serde(skip)]
    pub explanation: Text,
    /// The requester, when it is they who reopened it: whose key the explanation is under.
    pub requester: Option<PersonId>,
}

/// A request was withdrawn before it was done: nobody wants it any more, decided or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestWithdrawn {
    /// Why, under the requester's key where the requester says so, else the case's.
    #[serde(skip)]
    pub reason: Text,
    /// The requester, when it is they who withdrew it: whose key the reason is under.
    pub requester: Option<PersonId>,
}

/// A record that was imported before has since changed at its source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FactCorrected {
    /// The event it corrects.
    pub corrects: Uuid,
    /// When it happened after all.
    pub occurred_at: jiff::Timestamp,
    /// The fact as it should have been: kind, schema and payload as stored.
    pub fact: crate::stored::Bare,
}
