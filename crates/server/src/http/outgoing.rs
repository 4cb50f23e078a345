//! What a success looks like: a document with the headers that go with it.

use axum::Json;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::document::ReceiptDocument;
use super::incoming::has_version;

/// A receipt: 201 with where to find it when something with an address of its own was made, else 200.
pub(crate) struct Accepted {
    pub(crate) receipt: ReceiptDocument,
    pub(crate) location: Option<String>,
}

impl IntoResponse for Accepted {
    fn into_response(self) -> Response {
        let mut headers = HeaderMap::new();
        headers.insert(header::ETAG, etag(self.receipt.version));
        let location = self
            .location
            .and_then(|location| HeaderValue::from_str(&location).ok());
        let status = if let Some(location) = location {
            headers.insert(header::LOCATION, location);
            StatusCode::CREATED
        } else {
            StatusCode::OK
        };
        (status, headers, Json(self.receipt)).into_response()
    }
}

/// A document that is the same whenever its version is, or 304 for who has it already.
pub(crate) fn versioned(asked: &HeaderMap, version: i64, document: impl Serialize) -> Response {
    let headers = [(header::ETAG, etag(version))];
    if has_version(asked, version) {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    (headers, Json(document)).into_response()
}

fn etag(version: i64) -> HeaderValue {
    // Digits in quotes are always a header value.
    HeaderValue::from_str(&format!("\"{version}\"")).unwrap_or(HeaderValue::from_static("\"0\""))
}
