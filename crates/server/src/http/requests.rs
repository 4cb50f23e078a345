//! Requests: bringing one in, where it stands, its dossier, and the way of every command to it.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use casework::request::Request;
use casework::{Event, PersonId, Refusal, RequestId, stored};
use dispatch::{Call, DispatchError, Intent};
use eventlog::{StreamId, Tenant};
use readmodel::document::{Content, DossierDocument};

use super::access::Reading;
use super::bodies::VerzoekInvoer;
use super::caller::Caller;
use super::document::{ReceiptDocument, RequestDocument};
use super::incoming::{Incoming, Params, Segment};
use super::outgoing::{Accepted, versioned};
use super::problem::Problem;
use crate::App;

/// How long a read waits for the position it must be of.
pub(super) const WAIT_MAX: Duration = Duration::from_secs(2);

/// `POST /v1/verzoeken`
#[utoipa::path(
    post,
    path = "/verzoeken",
    tag = "Verzoeken",
    operation_id = "verzoekIndienen",
    summary = "Dient een verzoek in",
    request_body = VerzoekInvoer,
    responses((status = 201, description = "Ingediend", body = ReceiptDocument)),
)]
pub(super) async fn submit(
    State(app): State<App>,
    incoming: Incoming,
) -> Result<Accepted, Problem> {
    let (call, body) = incoming.read::<VerzoekInvoer>()?;
    // Named after its command, so that a repeat is about the same request.
    let id = RequestId(call.command_id);
    let intent = body.into_intent(&call.by);
    let mut accepted = act(&app, &call, id, intent).await?;
    accepted.location = Some(format!("/v1/verzoeken/{id}"));
    Ok(accepted)
}

/// `GET /v1/verzoeken/{id}`
#[utoipa::path(
    get,
    path = "/verzoeken/{id}",
    tag = "Verzoeken",
    operation_id = "verzoekLezen",
    summary = "Zegt waar een verzoek staat",
    description = "Een inwoner ziet alleen eigen verzoeken. De ETag is de versie, en de waarde voor If-Match.",
    params(
        ("id" = uuid::Uuid, Path, description = "Het verzoek"),
        ("vanafPositie" = Option<i64>, Query, description = "Wacht tot het antwoord van deze positie is"),
        ("If-None-Match" = Option<String>, Header, description = "De ETag die u al hebt"),
    ),
    responses(
        (status = 200, description = "Waar het staat", body = RequestDocument),
        (status = 304, description = "Niet veranderd"),
    ),
)]
pub(super) async fn state(
    State(app): State<App>,
    caller: Caller,
    Segment(id): Segment<RequestId>,
    params: Params,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let asked = params.read(&["vanafPositie"])?;
    let dossier = load(&app, &caller.tenant, id, asked.from_position).await?;
    if let Some(person) = caller.by.person() {
        // Another's request is answered as one that does not exist.
        let dossier = dossier.filter(|dossier| requester(dossier) == Some(person));
        let own = RequestDocument::of(dossier.ok_or_else(Problem::no_such_request)?);
        return Ok(versioned(&headers, own.state.version, own));
    }
    let known = RequestDocument::of(admit(&caller, dossier)?);
    Ok(versioned(&headers, known.state.version, known))
}

/// `GET /v1/verzoeken/{id}/dossier`
#[utoipa::path(
    get,
    path = "/verzoeken/{id}/dossier",
    tag = "Verzoeken",
    operation_id = "dossierLezen",
    summary = "Geeft het dossier van een verzoek, stap voor stap",
    description = "Zonder ETag: wat is gewist verandert het dossier zonder nieuwe versie. De versie staat in stand.",
    params(
        ("id" = uuid::Uuid, Path, description = "Het verzoek"),
        ("vanafPositie" = Option<i64>, Query, description = "Wacht tot het antwoord van deze positie is"),
    ),
    responses((status = 200, description = "Het dossier", body = DossierDocument)),
)]
pub(super) async fn dossier(
    State(app): State<App>,
    caller: Caller,
    Segment(id): Segment<RequestId>,
    params: Params,
) -> Result<Json<DossierDocument>, Problem> {
    let asked = params.read(&["vanafPositie"])?;
    read_dossier(&app, &caller, id, asked.from_position)
        .await
        .map(Json)
}

/// The dossier of a request, for who may read it.
pub(super) async fn read_dossier(
    app: &App,
    caller: &Caller,
    id: RequestId,
    from_position: Option<i64>,
) -> Result<DossierDocument, Problem> {
    if caller.by.staff().is_none() {
        caller.may_read(Reading::Dossier)?;
    }
    admit(caller, load(app, &caller.tenant, id, from_position).await?)
}

async fn load(
    app: &App,
    tenant: &Tenant,
    id: RequestId,
    from_position: Option<i64>,
) -> Result<Option<DossierDocument>, Problem> {
    if let Some(position) = from_position {
        app.dossier().wait_for(tenant, position, WAIT_MAX).await?;
    }
    Ok(app.dossier().read(tenant, id).await?)
}

/// Staff whose function reads dossiers, or to whom this one was put.
fn admit(caller: &Caller, dossier: Option<DossierDocument>) -> Result<DossierDocument, Problem> {
    let asked = dossier
        .as_ref()
        .is_some_and(|dossier| was_asked(caller, dossier));
    if !asked {
        caller.may_read(Reading::Dossier)?;
    }
    dossier.ok_or_else(Problem::no_such_request)
}

fn was_asked(caller: &Caller, dossier: &DossierDocument) -> bool {
    caller.by.staff().is_some()
        && dossier.steps.iter().any(|step| {
            matches!(&step.content, Content::RequestEscalated { to: Some(to), .. }
                if caller.by.holds(|function| function == to))
        })
}

fn requester(dossier: &DossierDocument) -> Option<PersonId> {
    dossier.steps.iter().find_map(|step| match &step.content {
        Content::RequestSubmitted { requester, .. } => *requester,
        _ => None,
    })
}

/// Takes a command to a request and answers with its receipt.
pub(super) async fn act(
    app: &App,
    call: &Call,
    id: RequestId,
    intent: Intent,
) -> Result<Accepted, Problem> {
    let submits = matches!(intent, Intent::Submit(_));
    if !submits && call.by.person().is_some() {
        own(app, call, id).await?;
    }
    match app.dispatch().request(call, id, intent).await {
        Ok(receipt) => Ok(Accepted {
            receipt: ReceiptDocument::of(&receipt, call.command_id, Some(id)),
            location: None,
        }),
        Err(error) => Err(refused(app, call, id, error)
            .await?
            .of_command(call.command_id)),
    }
}

/// What never began does not exist; imported history that lacks its submission does.
async fn refused(
    app: &App,
    call: &Call,
    id: RequestId,
    error: DispatchError,
) -> Result<Problem, Problem> {
    let absent = matches!(
        &error,
        DispatchError::Refused {
            refusal: Refusal::NotSubmitted,
            ..
        }
    );
    if absent && history(app, call, id).await?.is_empty() {
        return Ok(Problem::no_such_request());
    }
    Ok(error.into())
}

/// Who comes from outside can do nothing to the request of another, and does not learn that it exists.
async fn own(app: &App, call: &Call, id: RequestId) -> Result<(), Problem> {
    let mut request = Request::default();
    for (recorded, event) in history(app, call, id).await? {
        request = request.evolve(recorded.event_id, recorded.occurred_at, &event);
    }
    if request.requester.is_some() && request.requester == call.by.person() {
        return Ok(());
    }
    Err(Problem::no_such_request())
}

/// From the log itself: a view may still be behind.
async fn history(
    app: &App,
    call: &Call,
    id: RequestId,
) -> Result<Vec<(eventlog::Recorded, Event)>, Problem> {
    let stream = StreamId::new(Request::STREAM_KIND, id.to_string());
    app.dispatch()
        .log()
        .read_stream(&call.tenant, &stream, 0)
        .await?
        .into_iter()
        .map(|recorded| {
            let event = stored::decode(&recorded.kind, recorded.schema, &recorded.payload)
                .map_err(|error| Problem::internal("undecodable", &error))?;
            Ok((recorded, event))
        })
        .collect()
}
