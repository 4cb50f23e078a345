//! The API's own document: what the routes say of themselves, and what holds for all of them.

use std::sync::LazyLock;

use axum::http::header;
use axum::response::IntoResponse;
use utoipa::PartialSchema as _;
use utoipa::ToSchema as _;
use utoipa::openapi::header::Header;
use utoipa::openapi::info::{ContactBuilder, Info, InfoBuilder};
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::server::Server;
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{
    Content, KnownFormat, OpenApi, Ref, RefOr, Required, Response, ResponseBuilder,
};

use super::access::Reading;
use super::problem::{InvalidParam, ProblemDocument, title};
use super::{API_VERSION, api};

/// The name of the way to sign in.
const BEARER: &str = "token";

/// What the operations are grouped by.
const TAGS: [(&str, &str); 6] = [
    ("Verzoeken", "Verzoeken uit de wijk"),
    ("Handelingen", "Wat met een verzoek gebeurt"),
    ("Wachtrijen", "Wat er openstaat"),
    ("Rapportages", "Wat er in een periode gebeurde"),
    ("Mandaten", "Wie waarover mag beslissen"),
    ("Wijken", "De wijken van de gemeente"),
];

/// The problems that any call can end in.
const PROBLEMS_OF_ALL: [u16; 6] = [400, 401, 403, 408, 500, 503];

/// The problems that a read can end in, beside those.
const PROBLEMS_OF_READS: [u16; 1] = [404];

/// The problems that a command can end in, beside those.
const PROBLEMS_OF_COMMANDS: [u16; 5] = [404, 409, 412, 413, 415];

/// `GET /v1/openapi.json`: for everyone, from anywhere.
pub(super) async fn document() -> impl IntoResponse {
    static DOCUMENT: LazyLock<String> =
        LazyLock::new(|| openapi().to_pretty_json().unwrap_or_default());
    (
        [
            (header::CONTENT_TYPE, "application/json"),
            (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        ],
        DOCUMENT.as_str(),
    )
}

/// The document that describes the API.
pub fn openapi() -> OpenApi {
    let mut document = api().into_openapi();
    document.info = info();
    // The paths are under this; no host, since that is the installation's.
    document.servers = Some(vec![Server::new("/v1")]);
    let components = document.components.get_or_insert_default();
    components.add_security_scheme(
        BEARER,
        SecurityScheme::Http(
            HttpBuilder::new()
                .scheme(HttpAuthScheme::Bearer)
                .bearer_format("JWT")
                .description(Some("Een token dat deze server uitgeeft (wijk token issue): het zegt namens welke gemeente, wie en in welke functies"))
                .build(),
        ),
    );
    components.schemas.insert(
        ProblemDocument::name().into_owned(),
        ProblemDocument::schema(),
    );
    components
        .schemas
        .insert(InvalidParam::name().into_owned(), InvalidParam::schema());
    document.tags = Some(
        TAGS.iter()
            .map(|(name, about)| {
                TagBuilder::new()
                    .name(*name)
                    .description(Some(*about))
                    .build()
            })
            .collect(),
    );
    document.security = Some(vec![SecurityRequirement::new::<_, [&str; 0], &str>(
        BEARER,
        [],
    )]);
    for item in document.paths.paths.values_mut() {
        complete(item);
    }
    document
}

fn info() -> Info {
    InfoBuilder::new()
        .title("Gebiedstafel")
        .version(API_VERSION)
        .description(Some(
            "Verzoeken uit de wijk: indienen, toewijzen, beslissen onder mandaat, escaleren en afsluiten; \
             wachtrijen, dossiers en rapportages. Een opdracht herhalen kan met dezelfde Idempotency-Key. \
             Een antwoord op een opdracht noemt een positie; geef die als vanafPositie mee om haar terug te lezen.",
        ))
        .contact(Some(
            ContactBuilder::new()
                .name(Some("Beheer Gebiedstafel"))
                .email(Some("beheer@gebiedstafel.example"))
                .url(Some("https://gebiedstafel.example"))
                .build(),
        ))
        .build()
}

/// What holds for commands that say nothing of their own.
const COMMANDS: &str = "Wie dit mag hangt af van functie en toestand; wie niet mag krijgt 403, wat de regels weigeren 409. \
    Dezelfde opdracht met dezelfde Idempotency-Key geeft de eerste uitkomst.";

/// Who may read what carries these tags.
fn readers(tags: Option<&[String]>) -> String {
    let reading = match tags.and_then(<[String]>::first).map(String::as_str) {
        Some("Wachtrijen") => Reading::Queue,
        Some("Rapportages") => Reading::Report,
        Some("Verzoeken" | "Handelingen") => Reading::Dossier,
        _ => return "Te lezen met elk token.".to_owned(),
    };
    format!("Te lezen als {}.", reading.readers())
}

/// Adds to each operation what holds for all of its kind.
fn complete(item: &mut PathItem) {
    if let Some(read) = &mut item.get {
        read.description
            .get_or_insert_with(|| readers(read.tags.as_deref()));
        add_problems(read, &PROBLEMS_OF_READS);
    }
    if let Some(command) = &mut item.post {
        command
            .description
            .get_or_insert_with(|| COMMANDS.to_owned());
        let parameters = command.parameters.get_or_insert_default();
        parameters.extend(command_headers().map(RefOr::T));
        add_problems(command, &PROBLEMS_OF_COMMANDS);
        add_headers(
            command,
            &[("ETag", "De versie na de opdracht, voor If-Match")],
        );
        if let Some(RefOr::T(created)) = command.responses.responses.get_mut("201") {
            created.headers.insert(
                "Location".to_owned(),
                RefOr::T(text_header("Waar het te vinden is")),
            );
        }
    }
    for operation in [&mut item.get, &mut item.post].into_iter().flatten() {
        add_problems(operation, &PROBLEMS_OF_ALL);
        if let Some(RefOr::T(refused)) = operation.responses.responses.get_mut("401") {
            refused.headers.insert(
                "WWW-Authenticate".to_owned(),
                RefOr::T(text_header("Hoe aan te melden")),
            );
        }
        if let Some(RefOr::T(later)) = operation.responses.responses.get_mut("503") {
            later.headers.insert(
                "Retry-After".to_owned(),
                RefOr::T(text_header("Na hoeveel seconden het weer kan")),
            );
        }
        for response in operation.responses.responses.values_mut() {
            if let RefOr::T(response) = response {
                let version = text_header("De versie van deze API");
                response
                    .headers
                    .insert("API-Version".to_owned(), RefOr::T(version));
            }
        }
    }
}

fn add_headers(operation: &mut Operation, headers: &[(&str, &str)]) {
    for (status, response) in &mut operation.responses.responses {
        if let (true, RefOr::T(response)) = (status.starts_with('2'), response) {
            for (name, about) in headers {
                response
                    .headers
                    .insert((*name).to_owned(), RefOr::T(text_header(about)));
            }
        }
    }
}

fn add_problems(operation: &mut Operation, statuses: &[u16]) {
    for status in statuses {
        operation
            .responses
            .responses
            .insert(status.to_string(), RefOr::T(problem(*status)));
    }
}

fn problem(status: u16) -> Response {
    let about = axum::http::StatusCode::from_u16(status).map_or("", title);
    let schema = Ref::from_schema_name(ProblemDocument::name());
    ResponseBuilder::new()
        .description(about)
        .content(
            "application/problem+json",
            Content::new(Some(RefOr::<Schema>::Ref(schema))),
        )
        .build()
}

fn text_header(about: &str) -> Header {
    let mut header = Header::new(ObjectBuilder::new().schema_type(Type::String));
    header.description = Some(about.to_owned());
    header
}

fn command_headers() -> [Parameter; 3] {
    let uuid = || {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid)))
    };
    let header = |name: &str, about: &str, schema: ObjectBuilder| {
        ParameterBuilder::new()
            .name(name)
            .parameter_in(ParameterIn::Header)
            .required(Required::False)
            .description(Some(about))
            .schema(Some(schema))
            .build()
    };
    [
        header(
            "Idempotency-Key",
            "De id van deze opdracht: dezelfde opdracht met dezelfde id geeft de eerste uitkomst. Weggelaten maakt de server er een",
            uuid(),
        ),
        header("X-Correlation-ID", "Waar deze opdracht deel van is", uuid()),
        header(
            "If-Match",
            "De versie waarop u beslist, zoals een ETag die gaf; is het een andere, dan gebeurt er niets",
            ObjectBuilder::new()
                .schema_type(Type::String)
                .pattern(Some("^(\"[0-9]+\"|\\*)$")),
        ),
    ]
}

#[cfg(test)]
mod tests;
