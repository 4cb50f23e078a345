//! Whether the server can do its work, for whoever watches over it. Names no municipality.

use axum::Json;
use axum::extract::State;

use super::document::HealthDocument;
use super::problem::Problem;
use crate::App;

/// `GET /gezondheid`
///
/// 503 when the database is not there; 500 when a view stands still.
pub(super) async fn health(State(app): State<App>) -> Result<Json<HealthDocument>, Problem> {
    let mut lag = 0;
    for tenant in app.dispatch().log().tenants().await? {
        for status in app.runner().status(&tenant).await? {
            if status.error.is_some() {
                return Err(Problem::new(
                    axum::http::StatusCode::INTERNAL_SERVER_ERROR,
                    "view-stands-still",
                    format!(
                        "het overzicht `{}` staat stil; het logboek van de server zegt waarom",
                        status.name
                    ),
                ));
            }
            lag = lag.max(status.lag());
        }
    }
    Ok(Json(HealthDocument { state: "goed", lag }))
}
