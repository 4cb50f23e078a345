//! The queue of each wijk, and of the intake.

use axum::Json;
use axum::extract::State;
use casework::WijkCode;
use readmodel::document::QueueOverview;
use readmodel::queue::Page;

use super::access::Reading;
use super::caller::Caller;
use super::document::QueuePage;
use super::incoming::{Asked, Params, Segment};
use super::problem::Problem;
use super::requests::WAIT_MAX;
use crate::App;

/// `GET /v1/wachtrijen`
#[utoipa::path(
    get,
    path = "/wachtrijen",
    tag = "Wachtrijen",
    operation_id = "wachtrijenLezen",
    summary = "Geeft hoeveel er in elke wachtrij staat",
    params(("vanafPositie" = Option<i64>, Query, description = "Wacht tot het antwoord van deze positie is")),
    responses((status = 200, description = "De wachtrijen", body = QueueOverview)),
)]
pub(super) async fn overview(
    State(app): State<App>,
    caller: Caller,
    params: Params,
) -> Result<Json<QueueOverview>, Problem> {
    let asked = params.read(&["vanafPositie"])?;
    caller.may_read(Reading::Queue)?;
    wait(&app, &caller, asked).await?;
    Ok(Json(app.queue().overview(&caller.tenant).await?))
}

/// `GET /v1/wachtrijen/intake`
#[utoipa::path(
    get,
    path = "/wachtrijen/intake",
    tag = "Wachtrijen",
    operation_id = "intakeLezen",
    summary = "Geeft de verzoeken waarvan de wijk niet bekend is",
    params(
        ("page" = Option<i64>, Query, description = "De bladzijde, vanaf 1"),
        ("vanafPositie" = Option<i64>, Query, description = "Wacht tot het antwoord van deze positie is"),
    ),
    responses((status = 200, description = "De wachtrij", body = QueuePage)),
)]
pub(super) async fn intake(
    State(app): State<App>,
    caller: Caller,
    params: Params,
) -> Result<Json<QueuePage>, Problem> {
    page(&app, &caller, None, params).await
}

/// `GET /v1/wachtrijen/{wijk}`
#[utoipa::path(
    get,
    path = "/wachtrijen/{wijk}",
    tag = "Wachtrijen",
    operation_id = "wachtrijLezen",
    summary = "Geeft wat er in een wijk openstaat",
    params(
        ("wijk" = String, Path, description = "De CBS-code van een wijk van de gemeente"),
        ("page" = Option<i64>, Query, description = "De bladzijde, vanaf 1"),
        ("vanafPositie" = Option<i64>, Query, description = "Wacht tot het antwoord van deze positie is"),
    ),
    responses((status = 200, description = "De wachtrij", body = QueuePage)),
)]
pub(super) async fn wijk(
    State(app): State<App>,
    caller: Caller,
    Segment(wijk): Segment<WijkCode>,
    params: Params,
) -> Result<Json<QueuePage>, Problem> {
    page(&app, &caller, Some(wijk), params).await
}

async fn page(
    app: &App,
    caller: &Caller,
    wijk: Option<WijkCode>,
    params: Params,
) -> Result<Json<QueuePage>, Problem> {
    let asked = params.read(&["page", "vanafPositie"])?;
    caller.may_read(Reading::Queue)?;
    wait(app, caller, asked).await?;
    let page = Page {
        offset: (asked.page - 1).saturating_mul(QueuePage::ROWS),
        limit: QueuePage::ROWS,
    };
    let queue = app
        .queue()
        .page(&caller.tenant, wijk.as_ref(), page)
        .await?;
    if queue.total == 0
        && let Some(wijk) = &wijk
        && app
            .dispatch()
            .area_list(&caller.tenant)
            .await?
            .get(wijk)
            .is_none()
    {
        // Imported history may lie in a wijk that is not on the list: then its queue is not empty.
        return Err(Problem::new(
            axum::http::StatusCode::NOT_FOUND,
            "unknown-wijk",
            "deze wijk staat niet op de lijst van uw gemeente; zie /v1/wijken",
        ));
    }
    Ok(Json(QueuePage::of(queue, asked.page)))
}

async fn wait(app: &App, caller: &Caller, asked: Asked) -> Result<(), Problem> {
    if let Some(position) = asked.from_position {
        app.queue()
            .wait_for(&caller.tenant, position, WAIT_MAX)
            .await?;
    }
    Ok(())
}
