//! The evaluation of a period.

use axum::Json;
use axum::extract::State;
use readmodel::document::Report;
use readmodel::evaluation::Period;

use super::access::Reading;
use super::caller::Caller;
use super::incoming::{Params, Segment};
use super::problem::Problem;
use super::requests::WAIT_MAX;
use crate::App;

/// `GET /v1/rapportages/{periode}`
#[utoipa::path(
    get,
    path = "/rapportages/{periode}",
    tag = "Rapportages",
    operation_id = "rapportageLezen",
    summary = "Geeft de rapportage over een half jaar, per wijk en domein",
    params(
        ("periode" = String, Path, description = "Het half jaar, zoals 2026-H1"),
        ("vanafPositie" = Option<i64>, Query, description = "Wacht tot het antwoord van deze positie is"),
    ),
    responses((status = 200, description = "De rapportage", body = Report)),
)]
pub(super) async fn report(
    State(app): State<App>,
    caller: Caller,
    Segment(period): Segment<Period>,
    params: Params,
) -> Result<Json<Report>, Problem> {
    let asked = params.read(&["vanafPositie"])?;
    caller.may_read(Reading::Report)?;
    if let Some(position) = asked.from_position {
        app.evaluation()
            .wait_for(&caller.tenant, position, WAIT_MAX)
            .await?;
    }
    Ok(Json(
        app.evaluation().report(&caller.tenant, &period).await?,
    ))
}
