//! Documents of the evaluation.

use std::collections::BTreeMap;
use std::fmt;

use casework::event::{Ground, Outcome};
use casework::{Domain, WijkCode};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

/// The evaluation of one period: a function of the log up to a position, the definitions and the period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Rapportage)]
pub struct Report {
    /// The period.
    #[serde(rename = "periode")]
    pub period: PeriodDocument,
    /// Version of the definitions, such as 2026.1.
    #[serde(rename = "definitieversie")]
    pub definition_version: String,
    /// Whom the figures are about.
    #[serde(rename = "populatie")]
    pub population: String,
    /// What each figure means, by the name of its member.
    #[serde(rename = "definities")]
    pub definitions: Vec<Definition>,
    /// Position in the log that the report is of.
    #[serde(rename = "positie")]
    pub position: i64,
    /// When the log came to know of the event at that position; null for an empty log.
    #[serde(rename = "bekendOp")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub recorded_at: Option<Timestamp>,
    /// All requests.
    #[serde(rename = "totaal")]
    pub overall: Figures,
    /// By wijk; the last is of requests whose wijk is not known.
    #[serde(rename = "perWijk")]
    pub by_wijk: Vec<WijkFigures>,
    /// By domain; the last is of requests whose domain is not known.
    #[serde(rename = "perDomein")]
    pub by_domain: Vec<DomainFigures>,
    /// By wijk and domain.
    #[serde(rename = "perWijkEnDomein")]
    pub by_wijk_and_domain: Vec<WijkDomainFigures>,
}

/// The days a report is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = RapportagePeriode)]
pub struct PeriodDocument {
    /// Its name, such as 2026-H1.
    #[serde(rename = "naam")]
    pub name: String,
    /// The first Dutch day of it.
    #[serde(rename = "van")]
    #[schema(value_type = String, format = Date)]
    pub from: Date,
    /// The first Dutch day after it.
    #[serde(rename = "tot")]
    #[schema(value_type = String, format = Date)]
    pub until: Date,
}

/// What one figure means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = RapportageDefinitie)]
pub struct Definition {
    /// The member it explains.
    #[serde(rename = "cijfer")]
    pub figure: &'static str,
    /// What it counts, and of whom.
    #[serde(rename = "betekenis")]
    pub meaning: &'static str,
}

/// Figures of one wijk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = RapportageWijk)]
pub struct WijkFigures {
    /// The wijk; null where it is not known.
    #[schema(value_type = Option<String>)]
    pub wijk: Option<WijkCode>,
    /// Its figures.
    #[serde(rename = "cijfers")]
    pub figures: Figures,
}

/// Figures of one domain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = RapportageDomein)]
pub struct DomainFigures {
    /// The domain; null where it is not known.
    #[serde(rename = "domein")]
    #[schema(value_type = Option<String>)]
    pub domain: Option<Domain>,
    /// Its figures.
    #[serde(rename = "cijfers")]
    pub figures: Figures,
}

/// Figures of one domain in one wijk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = RapportageWijkDomein)]
pub struct WijkDomainFigures {
    /// The wijk; null where it is not known.
    #[schema(value_type = Option<String>)]
    pub wijk: Option<WijkCode>,
    /// The domain; null where it is not known.
    #[serde(rename = "domein")]
    #[schema(value_type = Option<String>)]
    pub domain: Option<Domain>,
    /// Their figures.
    #[serde(rename = "cijfers")]
    pub figures: Figures,
}

/// The figures; each counts requests once, unless it says events.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, ToSchema)]
#[schema(as = RapportageCijfers)]
pub struct Figures {
    /// First submitted in the period.
    #[serde(rename = "ontvangen")]
    pub received: i64,
    /// With a decision in the period.
    #[serde(rename = "besloten")]
    pub decided: i64,
    /// With a resolution in the period.
    #[serde(rename = "afgehandeld")]
    pub resolved: i64,
    /// Withdrawn in the period.
    #[serde(rename = "ingetrokken")]
    pub withdrawn: i64,
    /// Reopened in the period.
    #[serde(rename = "heropend")]
    pub reopened: i64,
    /// Not closed at the end of the period.
    #[serde(rename = "openAanEinde")]
    pub open_at_end: OpenAtEnd,
    /// From first submission to first assignment, of what was first assigned in the period.
    #[serde(rename = "totToewijzing")]
    pub to_assignment: Durations,
    /// From first submission to first decision, of what was first decided in the period.
    #[serde(rename = "totBesluit")]
    pub to_decision: Durations,
    /// From first submission to the last resolution in the period that no reopening in it undid.
    #[serde(rename = "totAfhandeling")]
    pub to_resolution: Durations,
    /// Of the decided ones, by the outcome of the last decision in the period.
    #[serde(rename = "uitkomsten")]
    #[schema(value_type = BTreeMap<String, OutcomeFigures>)]
    pub outcomes: BTreeMap<Outcome, OutcomeFigures>,
    /// Of the decided ones: whether the last decision in the period was under a mandate.
    #[serde(rename = "onderMandaat")]
    pub under_mandate: UnderMandate,
    /// Escalated in the period.
    #[serde(rename = "geescaleerd")]
    pub escalated: Escalations,
    /// Events: attempts to decide in the period at which a check of the mandate failed.
    #[serde(rename = "geweigerdeBesluiten")]
    pub decisions_refused: i64,
}

/// What was open at the end of the period.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, ToSchema)]
#[schema(as = RapportageOpen)]
pub struct OpenAtEnd {
    /// How many.
    #[serde(rename = "aantal")]
    pub count: i64,
    /// Their age since the first submission.
    #[serde(rename = "leeftijd")]
    pub age: Durations,
}

/// How long something took: never the mean.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, ToSchema)]
#[schema(as = RapportageDoorlooptijd)]
pub struct Durations {
    /// How many were measured.
    #[serde(rename = "n")]
    pub n: i64,
    /// How many were not, since they have no start or one after their end.
    #[serde(rename = "uitgesloten")]
    pub excluded: i64,
    /// The median, in days; null when nothing was measured.
    #[serde(rename = "mediaanDagen")]
    #[schema(value_type = Option<String>, pattern = r"^[0-9]+\.[0-9]$")]
    pub median: Option<Days>,
    /// What nine out of ten stayed within, in days; null when nothing was measured.
    #[serde(rename = "p90Dagen")]
    #[schema(value_type = Option<String>, pattern = r"^[0-9]+\.[0-9]$")]
    pub p90: Option<Days>,
}

/// What was decided to one outcome.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, ToSchema)]
#[schema(as = RapportageUitkomst)]
pub struct OutcomeFigures {
    /// How many.
    #[serde(rename = "aantal")]
    pub count: i64,
    /// Time to the first decision, of those whose first decision had this outcome.
    #[serde(rename = "totBesluit")]
    pub to_decision: Durations,
}

/// Whether decisions were under a mandate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, ToSchema)]
#[schema(as = RapportageOnderMandaat)]
pub struct UnderMandate {
    /// They name an entry of the register, or the record says so.
    #[serde(rename = "ja")]
    pub yes: i64,
    /// The organ decided, or the record says so.
    #[serde(rename = "nee")]
    pub no: i64,
    /// History does not say.
    #[serde(rename = "onbekend")]
    pub unknown: i64,
}

/// What went up to the city hall.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, ToSchema)]
#[schema(as = RapportageEscalaties)]
pub struct Escalations {
    /// How many.
    #[serde(rename = "aantal")]
    pub count: i64,
    /// How many on each ground; one request may have several.
    #[serde(rename = "perGrond")]
    #[schema(value_type = BTreeMap<String, i64>)]
    pub by_ground: BTreeMap<Ground, i64>,
}

/// A number of days to a tenth, rounded half up. Written as text, since a digest is taken over reports
/// and numbers with a fraction are written differently by different software.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Days {
    tenths: i64,
}

impl Days {
    /// So many tenths of a day.
    pub(crate) fn from_tenths(tenths: i64) -> Self {
        Self { tenths }
    }

    /// In tenths of a day.
    pub fn tenths(self) -> i64 {
        self.tenths
    }
}

impl fmt::Display for Days {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.tenths / 10, self.tenths % 10)
    }
}

impl Serialize for Days {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
