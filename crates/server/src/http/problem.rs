//! The form of every answer that is no success: RFC 9457, with a stable machine code.

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

// Descriptions of documents are part of the API's own document, whose language is Dutch (API-17).
/// Wat er mis is, volgens RFC 9457.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Probleem)]
pub(crate) struct ProblemDocument {
    /// Altijd about:blank: de code zegt om welk probleem het gaat.
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    /// Vaste code voor software.
    pub(crate) code: String,
    /// Wat de status betekent.
    pub(crate) title: &'static str,
    /// De HTTP-status.
    pub(crate) status: u16,
    /// Wat er mis is en wat eraan te doen is.
    pub(crate) detail: String,
    /// Dit voorval, zoals het ook in het logboek van de server staat.
    pub(crate) instance: String,
    /// Alle fouten in de invoer.
    #[serde(rename = "invalidParams", skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub(crate) invalid: Vec<InvalidParam>,
    /// Bij een weigering: of de poging zelf is vastgelegd.
    #[serde(rename = "vastgelegd", skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) recorded: Option<bool>,
    /// Positie in het logboek van de vastgelegde poging.
    #[serde(rename = "positie", skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) position: Option<i64>,
    /// Versie na de vastgelegde poging, of de versie die het nu is.
    #[serde(rename = "versie", skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) version: Option<i64>,
    /// Of dit de eerdere uitkomst is van dezelfde opdracht.
    #[serde(rename = "herhaald", skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) repeated: Option<bool>,
    /// De opdracht: stuur die opnieuw met deze Idempotency-Key.
    #[serde(rename = "opdracht", skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) command: Option<Uuid>,
}

/// Een fout in de invoer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[schema(as = OngeldigeParameter)]
pub(crate) struct InvalidParam {
    /// Het lid van de body, de parameter of de header.
    pub(crate) name: String,
    /// Vaste code voor software.
    pub(crate) code: &'static str,
    /// Wat er mis is en wat wel kan.
    pub(crate) reason: String,
}

impl InvalidParam {
    pub(crate) fn new(
        name: impl Into<String>,
        code: &'static str,
        reason: impl Into<String>,
    ) -> Self {
        Self {
            name: name.into(),
            code,
            reason: reason.into(),
        }
    }
}

/// An answer that is no success. Rendered at the edge, which knows which call it is about.
#[derive(Debug, Clone)]
pub(crate) struct Problem(Box<Inner>);

#[derive(Debug, Clone)]
struct Inner {
    status: StatusCode,
    document: ProblemDocument,
    headers: HeaderMap,
    /// For the server's own log; never sent.
    cause: Option<String>,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, code: &str, detail: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            status,
            document: ProblemDocument {
                kind: "about:blank",
                code: code.to_owned(),
                title: title(status),
                status: status.as_u16(),
                detail: detail.into(),
                instance: String::new(),
                invalid: Vec::new(),
                recorded: None,
                position: None,
                version: None,
                repeated: None,
                command: None,
            },
            headers: HeaderMap::new(),
            cause: None,
        }))
    }

    /// Everything that is wrong with what was sent.
    pub(crate) fn invalid(mut invalid: Vec<InvalidParam>) -> Self {
        invalid.sort();
        let detail = match invalid.as_slice() {
            [one] => format!("{}: {}", one.name, one.reason),
            many => format!(
                "er zijn {} fouten in de invoer; zie invalidParams",
                many.len()
            ),
        };
        let mut problem = Self::new(StatusCode::BAD_REQUEST, "invalid-input", detail);
        problem.0.document.invalid = invalid;
        problem
    }

    /// One thing that is wrong with what was sent.
    pub(crate) fn invalid_one(
        name: impl Into<String>,
        code: &'static str,
        reason: impl Into<String>,
    ) -> Self {
        Self::invalid(vec![InvalidParam::new(name, code, reason)])
    }

    pub(crate) fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", detail)
    }

    /// No such request, or one that the caller may not know of: the same answer.
    pub(crate) fn no_such_request() -> Self {
        Self::not_found("dit verzoek bestaat niet, of is niet voor u te zien")
    }

    pub(crate) fn forbidden(code: &str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, code, detail)
    }

    /// Something here is broken; `cause` goes to the server's log and nowhere else.
    pub(crate) fn internal(code: &str, cause: &dyn std::error::Error) -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            code,
            "er ging hier iets mis; meld het met de waarde van instance aan de beheerder",
        )
        .caused_by(cause)
    }

    /// Not now; the same call may be sent again after a second.
    pub(crate) fn unavailable(code: &str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, code, detail)
            .with_header(header::RETRY_AFTER, HeaderValue::from_static("1"))
    }

    /// What any layer answered without saying more than its status.
    pub(crate) fn of_status(status: StatusCode) -> Self {
        let (code, detail) = match status {
            StatusCode::NOT_FOUND => (
                "unknown-path",
                "dit adres bestaat niet; zie /v1/openapi.json",
            ),
            StatusCode::METHOD_NOT_ALLOWED => (
                "method-not-allowed",
                "deze methode kan hier niet; de header Allow zegt welke wel",
            ),
            StatusCode::INTERNAL_SERVER_ERROR => (
                "internal-error",
                "er ging hier iets mis; meld het met de waarde van instance aan de beheerder",
            ),
            status if status.is_server_error() => {
                ("unavailable", "dit kan nu niet; probeer het later")
            }
            _ => (
                "bad-request",
                "dit verzoek is niet te begrijpen; zie /v1/openapi.json",
            ),
        };
        Self::new(status, code, detail)
    }

    pub(crate) fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.headers.insert(name, value);
        self
    }

    pub(crate) fn caused_by(mut self, cause: &dyn std::error::Error) -> Self {
        let mut text = cause.to_string();
        let mut source = cause.source();
        while let Some(next) = source {
            text = format!("{text}: {next}");
            source = next.source();
        }
        self.0.cause = Some(text);
        self
    }

    pub(crate) fn with_param(mut self, invalid: InvalidParam) -> Self {
        self.0.document.invalid.push(invalid);
        self
    }

    /// A refusal by rule that left nothing in the log.
    pub(crate) fn unrecorded(mut self) -> Self {
        self.0.document.recorded = Some(false);
        self
    }

    /// A refusal that is itself a fact in the log.
    pub(crate) fn recorded(mut self, receipt: &dispatch::Receipt) -> Self {
        let document = &mut self.0.document;
        document.recorded = Some(true);
        document.position = Some(receipt.position);
        document.version = Some(receipt.version);
        document.repeated = Some(receipt.repeated);
        self
    }

    pub(crate) fn at_version(mut self, version: i64) -> Self {
        self.0.document.version = Some(version);
        self
    }

    pub(crate) fn of_command(mut self, command: Uuid) -> Self {
        self.0.document.command = Some(command);
        self
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.0.status
    }

    pub(crate) fn code(&self) -> &str {
        &self.0.document.code
    }

    pub(crate) fn cause(&self) -> Option<&str> {
        self.0.cause.as_deref()
    }

    /// The answer as it is sent, about the call of this id.
    pub(crate) fn render(mut self, call: Uuid) -> Response {
        self.0.document.instance = format!("urn:uuid:{call}");
        let body = serde_json::to_vec(&self.0.document).unwrap_or_default();
        let mut response = (self.0.status, body).into_response();
        response.headers_mut().extend(self.0.headers);
        response.headers_mut().insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        response
    }
}

impl IntoResponse for Problem {
    /// Travels to the edge as an extension: there the id of the call is known, and it is logged once.
    fn into_response(self) -> Response {
        let mut response = self.0.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// What a status means, as RFC 9457 wants the title of about:blank to be.
pub(crate) fn title(status: StatusCode) -> &'static str {
    match status.as_u16() {
        400 => "Ongeldige invoer",
        401 => "Niet aangemeld",
        403 => "Niet toegestaan",
        404 => "Niet gevonden",
        405 => "Methode niet toegestaan",
        408 => "Te langzaam",
        409 => "Geweigerd",
        412 => "Voorwaarde niet vervuld",
        413 => "Te groot",
        415 => "Mediatype niet ondersteund",
        500 => "Interne fout",
        503 => "Tijdelijk niet beschikbaar",
        _ if status.is_client_error() => "Onjuist verzoek",
        _ => "Fout van de server",
    }
}
