//! Documents of the API that are no view of their own: receipts, pages, where a request stands.
//!
//! The descriptions are part of the API's own document, whose language is Dutch (API-17).

use casework::mandate::Entry;
use casework::{MandateId, RequestId, WijkCode};
use jiff::Timestamp;
use jiff::civil::Date;
use readmodel::document::{
    DossierDocument, DossierState, LimitsContent, QueueDocument, QueueItem, Step,
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// Wat er van een opdracht werd.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Ontvangstbewijs)]
pub struct ReceiptDocument {
    /// Het verzoek, of null bij een opdracht aan het mandaatregister.
    #[serde(rename = "verzoek")]
    #[schema(value_type = Option<uuid::Uuid>)]
    pub request: Option<RequestId>,
    /// De opdracht: dezelfde Idempotency-Key geeft dezelfde uitkomst.
    #[serde(rename = "opdracht")]
    pub command: Uuid,
    /// De versie na deze opdracht: de waarde voor If-Match.
    #[serde(rename = "versie")]
    pub version: i64,
    /// Positie in het logboek, voor vanafPositie; null als er niets veranderde.
    #[serde(rename = "positie")]
    pub position: Option<i64>,
    /// Of dit de eerdere uitkomst is van dezelfde opdracht.
    #[serde(rename = "herhaald")]
    pub repeated: bool,
    /// Wanneer het is vastgelegd; null als er niets veranderde.
    #[serde(rename = "geregistreerdOp")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub recorded_at: Option<Timestamp>,
}

impl ReceiptDocument {
    /// A receipt as it is shown.
    pub fn of(receipt: &dispatch::Receipt, command: Uuid, request: Option<RequestId>) -> Self {
        Self {
            request,
            command,
            version: receipt.version,
            position: receipt.recorded_at.map(|_| receipt.position),
            repeated: receipt.repeated,
            recorded_at: receipt.recorded_at,
        }
    }
}

/// Waar een verzoek staat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Verzoek)]
pub struct RequestDocument {
    /// Het verzoek.
    #[serde(rename = "verzoek")]
    #[schema(value_type = uuid::Uuid)]
    pub request: RequestId,
    /// Waar het staat.
    #[serde(flatten)]
    pub state: DossierState,
    /// Positie in het logboek van de laatste stap.
    #[serde(rename = "positie")]
    pub position: i64,
}

impl RequestDocument {
    /// Where the request of a dossier stands; says nothing that changes without a step.
    pub fn of(dossier: DossierDocument) -> Self {
        Self {
            request: dossier.request,
            position: dossier.steps.last().map_or(0, |last| last.position),
            state: dossier.state,
        }
    }
}

/// Een bladzijde van een wachtrij.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = WachtrijPagina)]
pub struct QueuePage {
    /// Hoeveel verzoeken er in de hele wachtrij staan.
    pub count: i64,
    /// De volgende bladzijde.
    pub next: Option<String>,
    /// De vorige bladzijde.
    pub previous: Option<String>,
    /// Wat het eerst af moet, dan wat het langst wacht.
    pub results: Vec<QueueItem>,
    /// De wijk; null voor de intake.
    #[schema(value_type = Option<String>)]
    pub wijk: Option<WijkCode>,
    /// Positie in het logboek waar dit antwoord van is.
    #[serde(rename = "positie")]
    pub position: i64,
    /// Van hoeveel zaken niet alles tot die positie in dit overzicht staat, omdat het niet te lezen is;
    /// in de regel 0.
    #[serde(rename = "onvolledig")]
    pub incomplete: i64,
}

impl QueuePage {
    /// Requests on one page.
    pub const ROWS: i64 = 100;

    /// Page `page`, from 1 on, of a queue.
    pub fn of(queue: QueueDocument, page: i64) -> Self {
        let name = queue.wijk.as_ref().map_or("intake", WijkCode::as_str);
        let link = |page: i64| {
            if page == 1 {
                format!("/v1/wachtrijen/{name}")
            } else {
                format!("/v1/wachtrijen/{name}?page={page}")
            }
        };
        let more = page.saturating_mul(Self::ROWS) < queue.total;
        Self {
            count: queue.total,
            next: more.then(|| link(page + 1)),
            previous: (page > 1).then(|| link(page - 1)),
            results: queue.items,
            wijk: queue.wijk,
            position: queue.position,
            incomplete: queue.incomplete,
        }
    }
}

/// Stappen van een verzoek, allemaal op een bladzijde.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = StappenPagina)]
pub struct StepsPage {
    /// Hoeveel het er zijn.
    pub count: usize,
    /// Altijd null.
    pub next: Option<String>,
    /// Altijd null.
    pub previous: Option<String>,
    /// In volgorde van vastleggen.
    pub results: Vec<Step>,
    /// De versie van het verzoek: de waarde voor If-Match.
    #[serde(rename = "versie")]
    pub version: i64,
    /// Positie in het logboek waar dit antwoord van is.
    #[serde(rename = "positie")]
    pub position: i64,
}

/// Een mandaat zoals het nu in het register staat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Mandaat)]
pub struct MandateDocument {
    /// Zijn id.
    #[serde(rename = "mandaat")]
    #[schema(value_type = String)]
    pub entry: MandateId,
    /// Hoe vaak het is veranderd, de verlening meegeteld.
    #[serde(rename = "versie")]
    pub version: i64,
    /// Wat het toestaat.
    #[serde(flatten)]
    pub limits: LimitsContent,
    /// Hoe het eindigde, als het voor zijn tijd is ingetrokken.
    #[serde(rename = "intrekking")]
    pub revoked: Option<RevocationDocument>,
}

/// De intrekking van een mandaat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = MandaatIntrekking)]
pub struct RevocationDocument {
    /// De eerste dag dat het niet meer geldt.
    #[serde(rename = "ingangsdatum")]
    #[schema(value_type = String, format = Date)]
    pub from: Date,
    /// Waarom.
    #[serde(rename = "reden")]
    pub reason: String,
}

impl MandateDocument {
    /// An entry as it is shown.
    pub fn of(id: &MandateId, entry: &Entry) -> Self {
        let limits = &entry.limits;
        Self {
            entry: id.clone(),
            version: entry.version,
            limits: LimitsContent {
                kind: limits.kind,
                grantor: limits.grantor.clone(),
                power: limits.power.clone(),
                holder: limits.holder.clone(),
                wijken: limits
                    .wijken
                    .as_ref()
                    .map(|wijken| wijken.iter().cloned().collect()),
                domains: limits
                    .domains
                    .as_ref()
                    .map(|domains| domains.iter().copied().collect()),
                ceiling: limits.ceiling_cents,
                valid_from: limits.valid_from,
                valid_until: limits.valid_until,
                trial: limits.trial,
                reference: limits.reference.clone(),
            },
            revoked: entry.revoked.as_ref().map(|revoked| RevocationDocument {
                from: revoked.from,
                reason: revoked.reason.clone(),
            }),
        }
    }
}

/// Het mandaatregister, helemaal op een bladzijde.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = MandatenPagina)]
pub struct MandatesPage {
    /// Hoeveel het er zijn.
    pub count: usize,
    /// Altijd null.
    pub next: Option<String>,
    /// Altijd null.
    pub previous: Option<String>,
    /// In volgorde van id.
    pub results: Vec<MandateDocument>,
}

/// De intrekking van een mandaat, als die er is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = MandaatIntrekkingenPagina)]
pub struct RevocationsPage {
    /// Hoeveel het er zijn: geen of een.
    pub count: usize,
    /// Altijd null.
    pub next: Option<String>,
    /// Altijd null.
    pub previous: Option<String>,
    /// De intrekking.
    pub results: Vec<RevocationDocument>,
}

/// Een wijk op de lijst van de gemeente.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Wijk)]
pub struct WijkDocument {
    /// De CBS-code.
    #[schema(value_type = String)]
    pub wijk: WijkCode,
    /// De naam.
    #[serde(rename = "naam")]
    pub name: String,
    /// Het jaar van de CBS-indeling.
    #[serde(rename = "editie")]
    pub edition: i16,
}

/// De wijken van de gemeente, allemaal op een bladzijde.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = WijkenPagina)]
pub struct WijkenPage {
    /// Hoeveel het er zijn.
    pub count: usize,
    /// Altijd null.
    pub next: Option<String>,
    /// Altijd null.
    pub previous: Option<String>,
    /// In volgorde van code.
    pub results: Vec<WijkDocument>,
}

/// Hoe het met de server gaat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Gezondheid)]
pub struct HealthDocument {
    /// Altijd goed: anders is het antwoord een probleem.
    #[serde(rename = "stand")]
    pub state: &'static str,
    /// Hoeveel gebeurtenissen de overzichten hoogstens achterlopen.
    #[serde(rename = "achterstand")]
    pub lag: i64,
}
