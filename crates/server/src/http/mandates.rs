//! The mandate register, for everyone who signed in to read and for who keeps it to change.

use axum::Json;
use axum::extract::State;
use casework::mandate::{Command, Entry};
use casework::{MandateId, Refusal};
use dispatch::{Call, DispatchError, RegisterCommand};

use super::bodies::{MandaatIntrekkingInvoer, MandaatInvoer};
use super::caller::Caller;
use super::document::{
    MandateDocument, MandatesPage, ReceiptDocument, RevocationDocument, RevocationsPage,
};
use super::incoming::{Incoming, Params, Segment};
use super::outgoing::Accepted;
use super::problem::Problem;
use crate::App;

/// `POST /v1/mandaten`
#[utoipa::path(
    post,
    path = "/mandaten",
    tag = "Mandaten",
    operation_id = "mandaatVerlenen",
    summary = "Verleent een mandaat",
    description = "De versie in het ontvangstbewijs en in If-Match is die van het hele register.",
    request_body = MandaatInvoer,
    responses((status = 201, description = "Verleend", body = ReceiptDocument)),
)]
pub(super) async fn grant(State(app): State<App>, incoming: Incoming) -> Result<Accepted, Problem> {
    let (call, body) = incoming.read::<MandaatInvoer>()?;
    let location = format!("/v1/mandaten/{}", body.mandaat);
    let mut accepted = keep(&app, &call, body.into_command()).await?;
    accepted.location = Some(location);
    Ok(accepted)
}

/// `GET /v1/mandaten`
#[utoipa::path(
    get,
    path = "/mandaten",
    tag = "Mandaten",
    operation_id = "mandatenLezen",
    summary = "Geeft het mandaatregister zoals het nu is",
    responses((status = 200, description = "Het register", body = MandatesPage)),
)]
pub(super) async fn list(
    State(app): State<App>,
    caller: Caller,
    params: Params,
) -> Result<Json<MandatesPage>, Problem> {
    params.read(&[])?;
    let register = app.dispatch().mandate_register(&caller.tenant).await?;
    let results: Vec<MandateDocument> = register
        .iter()
        .map(|(id, entry)| MandateDocument::of(id, entry))
        .collect();
    Ok(Json(MandatesPage {
        count: results.len(),
        next: None,
        previous: None,
        results,
    }))
}

/// `GET /v1/mandaten/{mandaat}`
#[utoipa::path(
    get,
    path = "/mandaten/{mandaat}",
    tag = "Mandaten",
    operation_id = "mandaatLezen",
    summary = "Geeft een mandaat zoals het nu is",
    params(("mandaat" = String, Path, description = "De id van het mandaat")),
    responses((status = 200, description = "Het mandaat", body = MandateDocument)),
)]
pub(super) async fn entry(
    State(app): State<App>,
    caller: Caller,
    Segment(id): Segment<MandateId>,
    params: Params,
) -> Result<Json<MandateDocument>, Problem> {
    params.read(&[])?;
    let entry = find(&app, &caller, &id).await?;
    Ok(Json(MandateDocument::of(&id, &entry)))
}

/// `POST /v1/mandaten/{mandaat}/intrekkingen`
#[utoipa::path(
    post,
    path = "/mandaten/{mandaat}/intrekkingen",
    tag = "Mandaten",
    operation_id = "mandaatIntrekken",
    summary = "Trekt een mandaat in",
    description = "De versie in het ontvangstbewijs en in If-Match is die van het hele register.",
    params(("mandaat" = String, Path, description = "De id van het mandaat")),
    request_body = MandaatIntrekkingInvoer,
    responses((status = 200, description = "Ingetrokken", body = ReceiptDocument)),
)]
pub(super) async fn revoke(
    State(app): State<App>,
    Segment(id): Segment<MandateId>,
    incoming: Incoming,
) -> Result<Accepted, Problem> {
    let (call, body) = incoming.read::<MandaatIntrekkingInvoer>()?;
    keep(&app, &call, body.into_command(id)).await
}

/// `GET /v1/mandaten/{mandaat}/intrekkingen`
#[utoipa::path(
    get,
    path = "/mandaten/{mandaat}/intrekkingen",
    tag = "Mandaten",
    operation_id = "mandaatIntrekkingenLezen",
    summary = "Geeft de intrekking van een mandaat, als die er is",
    params(("mandaat" = String, Path, description = "De id van het mandaat")),
    responses((status = 200, description = "De intrekking", body = RevocationsPage)),
)]
pub(super) async fn revocations(
    State(app): State<App>,
    caller: Caller,
    Segment(id): Segment<MandateId>,
    params: Params,
) -> Result<Json<RevocationsPage>, Problem> {
    params.read(&[])?;
    let entry = find(&app, &caller, &id).await?;
    let results: Vec<RevocationDocument> = MandateDocument::of(&id, &entry)
        .revoked
        .into_iter()
        .collect();
    Ok(Json(RevocationsPage {
        count: results.len(),
        next: None,
        previous: None,
        results,
    }))
}

async fn find(app: &App, caller: &Caller, id: &MandateId) -> Result<Entry, Problem> {
    let register = app.dispatch().mandate_register(&caller.tenant).await?;
    register.get(id).cloned().ok_or_else(no_such_mandate)
}

async fn keep(app: &App, call: &Call, command: Command) -> Result<Accepted, Problem> {
    let answer = app
        .dispatch()
        .register(call, RegisterCommand::Mandate(command))
        .await;
    match answer {
        Ok(receipt) => Ok(Accepted {
            receipt: ReceiptDocument::of(&receipt, call.command_id, None),
            location: None,
        }),
        Err(DispatchError::Refused {
            refusal: Refusal::UnknownMandate { .. },
            ..
        }) => Err(no_such_mandate()),
        Err(error) => Err(Problem::from(error).of_command(call.command_id)),
    }
}

fn no_such_mandate() -> Problem {
    Problem::not_found("dit mandaat staat niet in het register; zie /v1/mandaten")
}
