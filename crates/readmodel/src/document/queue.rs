//! Documents of the queue.

use casework::event::{Clock, RequesterKind};
use casework::{Channel, Domain, Function, RequestId, StaffId, WijkCode, WijkSource};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;

/// One page of the open requests of a wijk, or of the intake.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Wachtrij)]
pub struct QueueDocument {
    /// The wijk; null for the intake, where requests wait whose wijk is not known.
    #[schema(value_type = Option<String>)]
    pub wijk: Option<WijkCode>,
    /// Open requests in the whole queue.
    #[serde(rename = "aantal")]
    pub total: i64,
    /// How many of them come before this page.
    #[serde(rename = "vanaf")]
    pub offset: i64,
    /// What is due first, then what waits longest.
    #[serde(rename = "verzoeken")]
    pub items: Vec<QueueItem>,
    /// Position in the log that this answer is of.
    #[serde(rename = "positie")]
    pub position: i64,
    /// Requests of which not all is in this view up to that position, since it cannot read it; 0 as a rule.
    #[serde(rename = "onvolledig")]
    pub incomplete: i64,
}

/// One open request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = WachtrijVerzoek)]
pub struct QueueItem {
    /// The request.
    #[serde(rename = "verzoek")]
    #[schema(value_type = uuid::Uuid)]
    pub request: RequestId,
    /// Its wijk.
    #[schema(value_type = Option<String>)]
    pub wijk: Option<WijkCode>,
    /// How the wijk is known: stated, derived or unknown.
    #[serde(rename = "wijkHerkomst")]
    #[schema(value_type = String)]
    pub wijk_source: WijkSource,
    /// Its field.
    #[serde(rename = "domein")]
    #[schema(value_type = Option<String>)]
    pub domain: Option<Domain>,
    /// Its kind, in the municipality's own words.
    #[serde(rename = "soort")]
    pub request_kind: Option<String>,
    /// Where it stands: new, submitted, assigned, escalated or decided.
    #[serde(rename = "toestand")]
    pub state: String,
    /// When it was first submitted.
    #[serde(rename = "ingediendOp")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub submitted_at: Option<Timestamp>,
    /// How it came in.
    #[serde(rename = "kanaal")]
    #[schema(value_type = Option<String>)]
    pub channel: Option<Channel>,
    /// What kind of requester.
    #[serde(rename = "soortVerzoeker")]
    #[schema(value_type = Option<String>)]
    pub requester_kind: Option<RequesterKind>,
    /// Who has it, and since when; null while nobody has.
    #[serde(rename = "trekker")]
    pub lead: Option<QueueLead>,
    /// Where it waits, and since when, while it is escalated.
    #[serde(rename = "escalatie")]
    pub escalation: Option<QueueEscalation>,
    /// When the decision that stands was taken, while it is still to be carried out.
    #[serde(rename = "beslotenOp")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub decided_at: Option<Timestamp>,
    /// The terms that run; the earlier last day decides the place in the queue.
    #[serde(rename = "termijnen")]
    pub terms: Vec<QueueTerm>,
    /// Version of its last event.
    #[serde(rename = "versie")]
    pub version: i64,
    /// Position of its last event.
    #[serde(rename = "positie")]
    pub position: i64,
}

/// Who has a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = WachtrijTrekker)]
pub struct QueueLead {
    /// The function; null where imported history does not say.
    #[serde(rename = "functie")]
    #[schema(value_type = Option<String>)]
    pub function: Option<Function>,
    /// The person in it, where one was named, as an opaque id.
    #[serde(rename = "persoon")]
    #[schema(value_type = Option<String>)]
    pub person: Option<StaffId>,
    /// Since when.
    #[serde(rename = "sinds")]
    #[schema(value_type = String, format = DateTime)]
    pub since: Timestamp,
}

/// Where an escalated request waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = WachtrijEscalatie)]
pub struct QueueEscalation {
    /// The organ or function; null where imported history does not say.
    #[serde(rename = "naar")]
    #[schema(value_type = Option<String>)]
    pub to: Option<Function>,
    /// Since when.
    #[serde(rename = "sinds")]
    #[schema(value_type = String, format = DateTime)]
    pub since: Timestamp,
}

/// A term that runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = WachtrijTermijn)]
pub struct QueueTerm {
    /// Which clock: servicenorm or wettelijk.
    #[serde(rename = "klok")]
    #[schema(value_type = String)]
    pub clock: Clock,
    /// Its last day.
    #[serde(rename = "einddatum")]
    #[schema(value_type = String, format = Date)]
    pub end: Date,
}

/// How much is open in every queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = WachtrijOverzicht)]
pub struct QueueOverview {
    /// By code; the intake's comes last.
    #[serde(rename = "wachtrijen")]
    pub queues: Vec<QueueTotal>,
    /// Position in the log that this answer is of.
    #[serde(rename = "positie")]
    pub position: i64,
    /// Requests of which not all is in this view up to that position, since it cannot read it; 0 as a rule.
    #[serde(rename = "onvolledig")]
    pub incomplete: i64,
}

/// How much is open in one queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = WachtrijTotaal)]
pub struct QueueTotal {
    /// The wijk; null for the intake.
    #[schema(value_type = Option<String>)]
    pub wijk: Option<WijkCode>,
    /// Open requests.
    #[serde(rename = "open")]
    pub open: i64,
    /// Of those, the ones nobody has.
    #[serde(rename = "zonderTrekker")]
    pub without_lead: i64,
    /// Of those, the ones that wait at the city hall.
    #[serde(rename = "geescaleerd")]
    pub escalated: i64,
}
