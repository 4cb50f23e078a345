//! Every fact the log can hold, each struct being the newest stored form of its kind.
//!
//! Names of kinds are contracts: kebab-case, past tense, never reused. Older forms live in
//! [`crate::stored`]. Fields of type [`crate::Text`] are encrypted and so are no part of the JSON.

mod code;
mod register;
mod request;

pub use code::{
    Clock, Ground, NoMessageReason, NotConsultedReason, Outcome, ReopenCause, RequesterKind,
};
pub use register::{
    MandateGranted, MandateRevoked, PersonErased, Scope, ServicenormSet, WijkListed,
};
pub use request::{
    Basis, Closing, DecisionRefused, EscalationReturned, FactCorrected, Lead, MandateStated,
    RequestAssigned, RequestDecided, RequestEscalated, RequestImported, RequestPlaced,
    RequestReopened, RequestResolved, RequestSubmitted, RequestWithdrawn, Residents, TermSet,
};

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
