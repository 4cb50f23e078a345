//! The routes of the API, and what surrounds each call.

mod access;
mod areas;
mod bodies;
mod caller;
pub mod document;
mod edge;
mod health;
mod incoming;
mod mandates;
mod member;
mod openapi;
mod outgoing;
mod problem;
mod queues;
mod refused;
mod reports;
mod requests;
mod steps;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use tower_http::catch_panic::CatchPanicLayer;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;

pub use openapi::openapi;

/// The version of the API, as in its document and on every answer; the path holds the first number.
pub const API_VERSION: &str = "1.0.0";

/// The whole server: the API under `/v1`, and the server's own health.
pub fn router(app: App) -> Router {
    let (v1, _) = api().split_for_parts();
    Router::new()
        .nest("/v1", v1)
        .route("/gezondheid", get(health::health))
        // A handler that panics is answered for as well.
        .layer(CatchPanicLayer::new())
        .layer(from_fn_with_state(app.clone(), edge::around))
        .with_state(app)
}

/// Everything under `/v1`.
fn api() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(requests::submit))
        .routes(routes!(requests::state))
        .routes(routes!(requests::dossier))
        .routes(routes!(steps::assign, steps::assignments))
        .routes(routes!(steps::decide, steps::decisions))
        .routes(routes!(steps::escalate, steps::escalations))
        .routes(routes!(steps::send_back, steps::returns))
        .routes(routes!(steps::resolve, steps::resolutions))
        .routes(routes!(steps::reopen, steps::reopenings))
        .routes(routes!(steps::withdraw, steps::withdrawals))
        .routes(routes!(steps::place, steps::placements))
        .routes(routes!(queues::overview))
        .routes(routes!(queues::intake))
        .routes(routes!(queues::wijk))
        .routes(routes!(reports::report))
        .routes(routes!(mandates::grant, mandates::list))
        .routes(routes!(mandates::entry))
        .routes(routes!(mandates::revoke, mandates::revocations))
        .routes(routes!(areas::list))
        .route("/openapi.json", get(openapi::document))
}
