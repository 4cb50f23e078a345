//! Around every call: its id and span, a body of bounded size, the headers of each answer, and the one
//! place where an error is logged.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt as _;
use tracing::Instrument as _;
use uuid::Uuid;

use super::API_VERSION;
use super::problem::Problem;
use crate::App;

/// The largest body that is read.
pub(super) const BODY_BYTES_MAX: usize = 1024 * 1024;

/// How much of a larger body is read and thrown away: a connection that is closed with bytes unread is
/// reset, and the caller would never see why.
const DISCARDED_BYTES_MAX: usize = 64 * 1024 * 1024;

/// How long a body may take to arrive.
const BODY_TIME_MAX: Duration = Duration::from_secs(30);

/// Headers of every answer, of the NL API Design Rules.
const HEADERS: [(&str, &str); 7] = [
    ("api-version", API_VERSION),
    ("cache-control", "no-store"),
    (
        "content-security-policy",
        "default-src 'none'; frame-ancestors 'none'",
    ),
    ("referrer-policy", "no-referrer"),
    ("strict-transport-security", "max-age=31536000"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
];

/// Wraps a call.
pub(super) async fn around(State(app): State<App>, request: Request, next: Next) -> Response {
    let id = app.new_id();
    let method = request.method().clone();
    // The route and not the address: what stands in a path is the caller's.
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("-", MatchedPath::as_str);
    let span = tracing::info_span!("http_call", call = %id, %method, route, status = tracing::field::Empty);
    let answered = async {
        let response = match bounded(request).await {
            Ok(request) => next.run(request).await,
            Err(problem) => problem.into_response(),
        };
        let response = finish(response, &method, id);
        tracing::Span::current().record("status", response.status().as_u16());
        tracing::debug!("answered");
        response
    };
    answered.instrument(span).await
}

/// Reads the body whole, so that every handler has it or nothing of it.
async fn bounded(request: Request) -> Result<Request, Problem> {
    let (parts, body) = request.into_parts();
    if asks_before_sending(&parts.headers) && declared(&parts.headers) > Some(BODY_BYTES_MAX) {
        // Refused before it was sent.
        return Err(too_large());
    }
    let read = tokio::time::timeout(BODY_TIME_MAX, read(body));
    let bytes = read.await.map_err(|_elapsed| {
        Problem::new(
            StatusCode::REQUEST_TIMEOUT,
            "body-too-slow",
            format!(
                "de body was er na {} seconden nog niet; stuur hem opnieuw",
                BODY_TIME_MAX.as_secs()
            ),
        )
    })??;
    Ok(Request::from_parts(parts, Body::from(bytes)))
}

async fn read(body: Body) -> Result<Vec<u8>, Problem> {
    let mut chunks = body.into_data_stream();
    let mut bytes = Vec::new();
    let mut length = 0;
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| {
            Problem::new(
                StatusCode::BAD_REQUEST,
                "body-cut-off",
                "de body brak af; stuur hem opnieuw",
            )
        })?;
        length += chunk.len();
        if length > DISCARDED_BYTES_MAX {
            break;
        }
        if length > BODY_BYTES_MAX {
            bytes = Vec::new();
        } else {
            bytes.extend_from_slice(&chunk);
        }
    }
    if length > BODY_BYTES_MAX {
        return Err(too_large());
    }
    Ok(bytes)
}

fn asks_before_sending(headers: &HeaderMap) -> bool {
    headers
        .get(header::EXPECT)
        .is_some_and(|expect| expect.as_bytes().eq_ignore_ascii_case(b"100-continue"))
}

fn declared(headers: &HeaderMap) -> Option<usize> {
    headers
        .get(header::CONTENT_LENGTH)?
        .to_str()
        .ok()?
        .parse()
        .ok()
}

fn too_large() -> Problem {
    Problem::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "body-too-large",
        format!("de body is groter dan {BODY_BYTES_MAX} bytes; maak hem kleiner"),
    )
}

/// Makes a problem of whatever failed, answers OPTIONS, logs what is ours, and adds the headers.
fn finish(mut response: Response, method: &Method, id: Uuid) -> Response {
    let allow = response.headers().get(header::ALLOW).cloned();
    if method == Method::OPTIONS && response.status() == StatusCode::METHOD_NOT_ALLOWED {
        response = StatusCode::NO_CONTENT.into_response();
    } else if response.status().is_client_error() || response.status().is_server_error() {
        let problem = response
            .extensions_mut()
            .remove::<Problem>()
            .unwrap_or_else(|| Problem::of_status(response.status()));
        log(&problem);
        response = problem.render(id);
    }
    if let Some(allow) = allow {
        response.headers_mut().insert(header::ALLOW, allow);
    }
    for (name, value) in HEADERS {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    response
}

fn log(problem: &Problem) {
    let (code, cause) = (problem.code(), problem.cause().unwrap_or("-"));
    if problem.status().is_server_error() {
        tracing::error!(code, cause, "answered with an error");
    } else {
        tracing::debug!(code, "refused");
    }
}
