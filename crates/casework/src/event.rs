//! Every fact the log can hold, each struct being the newest stored form of its kind.
//!
//! Names of kinds are contracts: kebab-case, past tense, never reused. Older forms live in
//! [`crate::stored`]. Fields of type [`Text`] are encrypted and so are no part of the JSON.

mod code;

pub use code::{
    Clock, Ground, NoMessageReason, NotConsultedReason, Outcome, ReopenCause, RequesterKind,
};

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::mandate::{Check, Limits};
use crate::{
    Cents, Channel, Domain, Function, MandateId, PersonId, Placement, StaffId, Text, WijkCode,
};

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

/// An entry of the mandate register was granted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MandateGranted {
    /// The entry.
    pub entry: MandateId,
    /// What it allows.
    pub limits: Limits,
}

/// An entry was revoked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MandateRevoked {
    /// The entry.
    pub entry: MandateId,
    /// The first day on which it is no longer in force.
    pub from: Date,
    /// Why: a public act of the organ, so in the clear.
    pub reason: String,
}

/// A wijk was put on the municipality's list, or its name changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WijkListed {
    /// Its code.
    pub wijk: WijkCode,
    /// Its name.
    pub name: String,
    /// The year of the CBS edition.
    pub edition: i16,
}

/// The municipality promised a term for a field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServicenormSet {
    /// The field.
    pub domain: Domain,
    /// Calendar days from the day of submission.
    pub days: u16,
}

/// A person asked to be forgotten. The key is destroyed after this.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PersonErased {
    /// Who, as an opaque id.
    pub person: PersonId,
}

/// Lists of wijken and domains that a mandate holds for.
pub type Scope<T> = Option<BTreeSet<T>>;

macro_rules! events {
    ($($variant:ident($kind:literal, $schema:literal)),+ $(,)?) => {
        /// One fact of the log.
        #[derive(Debug, Clone, PartialEq, Eq)]
        #[allow(missing_docs, reason = "each variant is documented at its struct")]
        pub enum Event {
            $($variant($variant)),+
        }

        $(impl From<$variant> for Event {
            fn from(event: $variant) -> Self {
                Self::$variant(event)
            }
        })+

        impl Event {
            /// Every kind with its newest schema, in the order of the documentation.
            pub const KINDS: &'static [(&'static str, i32)] = &[$(($kind, $schema)),+];

            /// The name of the kind: a contract.
            pub fn kind(&self) -> &'static str {
                match self {
                    $(Self::$variant(_) => $kind),+
                }
            }

            /// The newest schema of that kind, in which it is written.
            pub fn schema(&self) -> i32 {
                match self {
                    $(Self::$variant(_) => $schema),+
                }
            }

            /// The clear part, as written to the log.
            pub(crate) fn payload(&self) -> serde_json::Result<serde_json::Value> {
                match self {
                    $(Self::$variant(event) => serde_json::to_value(event)),+
                }
            }

            /// Reads the newest form of a kind; None for a kind that is not known.
            pub(crate) fn newest(kind: &str, schema: i32, json: &str) -> Option<serde_json::Result<Self>> {
                match (kind, schema) {
                    $(($kind, $schema) => Some(serde_json::from_str(json).map(Self::$variant)),)+
                    _ => None,
                }
            }
        }
    };
}

events! {
    RequestImported("request-imported", 1),
    RequestSubmitted("request-submitted", 2),
    RequestPlaced("request-placed", 1),
    TermSet("term-set", 1),
    RequestAssigned("request-assigned", 1),
    RequestDecided("request-decided", 1),
    DecisionRefused("decision-refused", 1),
    MandateStated("mandate-stated", 1),
    RequestEscalated("request-escalated", 1),
    EscalationReturned("escalation-returned", 1),
    RequestResolved("request-resolved", 1),
    RequestReopened("request-reopened", 1),
    RequestWithdrawn("request-withdrawn", 1),
    FactCorrected("fact-corrected", 1),
    MandateGranted("mandate-granted", 1),
    MandateRevoked("mandate-revoked", 1),
    WijkListed("wijk-listed", 1),
    ServicenormSet("servicenorm-set", 1),
    PersonErased("person-erased", 1),
}
