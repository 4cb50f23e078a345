//! Documents of the dossier.

use casework::event::Outcome;
use casework::{Domain, RequestId, WijkCode};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::Content;

/// Everything that happened to one request, in the order in which its stream has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Dossier)]
pub struct DossierDocument {
    /// The request.
    #[serde(rename = "verzoek")]
    #[schema(value_type = uuid::Uuid)]
    pub request: RequestId,
    /// The record of elsewhere it was imported from, if it was.
    #[serde(rename = "herkomst")]
    pub imported_from: Option<ImportedFrom>,
    /// Where it stands, corrections included.
    #[serde(rename = "stand")]
    pub state: DossierState,
    /// Every step.
    #[serde(rename = "stappen")]
    pub steps: Vec<Step>,
    /// Position in the log that this answer is of.
    #[serde(rename = "positie")]
    pub position: i64,
    /// Requests of which not all is in this view up to that position, since it cannot read it; 0 as a rule.
    #[serde(rename = "onvolledig")]
    pub incomplete: i64,
}

/// A case of another system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = DossierHerkomst)]
pub struct ImportedFrom {
    /// The name of the source.
    #[serde(rename = "bron")]
    pub source: String,
    /// The case's own number there.
    #[serde(rename = "zaaknummer")]
    pub case_number: String,
}

/// Where a request stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = DossierStand)]
pub struct DossierState {
    /// new, submitted, assigned, escalated, decided, resolved or withdrawn.
    #[serde(rename = "toestand")]
    pub state: String,
    /// Version of its last event: the `ETag`.
    #[serde(rename = "versie")]
    pub version: i64,
    /// Its wijk; null where it is not known.
    #[schema(value_type = Option<String>)]
    pub wijk: Option<WijkCode>,
    /// Its field.
    #[serde(rename = "domein")]
    #[schema(value_type = Option<String>)]
    pub domain: Option<Domain>,
    /// When it was first submitted.
    #[serde(rename = "ingediendOp")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub submitted_at: Option<Timestamp>,
    /// The outcome of the decision that stands.
    #[serde(rename = "uitkomst")]
    #[schema(value_type = Option<String>)]
    pub outcome: Option<Outcome>,
    /// Whether that decision was under a mandate; null where there is none, or history does not say.
    #[serde(rename = "onderMandaat")]
    pub under_mandate: Option<bool>,
}

/// One step: one event of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = DossierStap)]
pub struct Step {
    /// Its place in the whole log.
    #[serde(rename = "positie")]
    pub position: i64,
    /// Its place in the history of this request.
    #[serde(rename = "versie")]
    pub version: i64,
    /// Its lasting id.
    #[serde(rename = "gebeurtenis")]
    pub event_id: Uuid,
    /// What kind of fact, such as request-decided.
    #[serde(rename = "soort")]
    pub kind: String,
    /// The form in which it was stored.
    #[serde(rename = "schema")]
    pub schema: i32,
    /// When it happened.
    #[serde(rename = "gebeurdOp")]
    #[schema(value_type = String, format = DateTime)]
    pub occurred_at: Timestamp,
    /// How exactly that is known: instant, or day.
    #[serde(rename = "nauwkeurigheid")]
    pub precision: String,
    /// When the log came to know of it.
    #[serde(rename = "vastgelegdOp")]
    #[schema(value_type = String, format = DateTime)]
    pub recorded_at: Timestamp,
    /// Who did it, as an opaque id.
    #[serde(rename = "door")]
    pub actor: String,
    /// On whose behalf.
    #[serde(rename = "namens")]
    pub on_behalf_of: Option<String>,
    /// Shared by everything that followed from one request from outside.
    #[serde(rename = "correlatie")]
    pub correlation: Uuid,
    /// The event it follows from.
    #[serde(rename = "oorzaak")]
    pub causation: Option<Uuid>,
    /// The command that wrote it.
    #[serde(rename = "opdracht")]
    pub command_id: Uuid,
    /// The record of elsewhere it was read from, if it was imported.
    #[serde(rename = "bron")]
    pub source: Option<StepSource>,
    /// What it says in the clear. A decision has its mandate as it stood, and each check, in it.
    #[serde(rename = "inhoud")]
    pub content: Content,
    /// What people wrote, opened where the key still exists.
    #[serde(rename = "teksten")]
    pub fields: Vec<Field>,
    /// What is odd about it, given what came before.
    #[serde(rename = "bijzonderheden")]
    pub anomalies: Vec<AnomalyNote>,
}

/// Where an imported fact was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = DossierBron)]
pub struct StepSource {
    /// The name of the source.
    #[serde(rename = "naam")]
    pub name: String,
    /// The record's own id, or its place in the case.
    #[serde(rename = "record")]
    pub record: String,
}

/// One text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = DossierTekst)]
pub struct Field {
    /// Its name within the event, such as words or motivation.
    #[serde(rename = "naam")]
    pub name: String,
    /// What it says, or why it cannot be read.
    #[serde(rename = "waarde")]
    pub value: FieldValue,
}

/// A text, or why it is not there. Reading what was erased is an answer and no error.
#[derive(Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = DossierTekstwaarde)]
#[serde(tag = "stand", rename_all = "kebab-case")]
pub enum FieldValue {
    /// The text.
    #[serde(rename = "leesbaar")]
    Clear {
        /// What was written.
        #[serde(rename = "tekst")]
        text: String,
    },
    /// The key it was under was destroyed: nobody can read it again.
    #[serde(rename = "gewist")]
    Erased,
    /// It should be readable and is not: someone has to look.
    #[serde(rename = "onleesbaar")]
    Unreadable {
        /// What is wrong.
        #[serde(rename = "reden")]
        reason: String,
    },
}

impl std::fmt::Debug for FieldValue {
    /// Never shows the text itself, so that no trace or panic can.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Clear { .. } => f.write_str("Clear(..)"),
            Self::Erased => f.write_str("Erased"),
            Self::Unreadable { reason } => write!(f, "Unreadable({reason})"),
        }
    }
}

/// Something that no command would have allowed: the fact is kept, and marked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = DossierBijzonderheid)]
pub struct AnomalyNote {
    /// What is odd: a stable code such as after-end.
    #[serde(rename = "code")]
    pub code: String,
}
