//! The wijken of the municipality.

use axum::Json;
use axum::extract::State;

use super::caller::Caller;
use super::document::{WijkDocument, WijkenPage};
use super::incoming::Params;
use super::problem::Problem;
use crate::App;

/// `GET /v1/wijken`
#[utoipa::path(
    get,
    path = "/wijken",
    tag = "Wijken",
    operation_id = "wijkenLezen",
    summary = "Geeft de wijken van de gemeente",
    responses((status = 200, description = "De wijken", body = WijkenPage)),
)]
pub(super) async fn list(
    State(app): State<App>,
    caller: Caller,
    params: Params,
) -> Result<Json<WijkenPage>, Problem> {
    params.read(&[])?;
    let areas = app.dispatch().area_list(&caller.tenant).await?;
    let results: Vec<WijkDocument> = areas
        .iter()
        .map(|(code, wijk)| WijkDocument {
            wijk: code.clone(),
            name: wijk.name.clone(),
            edition: wijk.edition,
        })
        .collect();
    Ok(Json(WijkenPage {
        count: results.len(),
        next: None,
        previous: None,
        results,
    }))
}
