//! Who is calling: only the signed token says.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use casework::By;
use eventlog::Tenant;

use super::access::{self, Reading};
use super::problem::Problem;
use crate::App;
use crate::token::{self, TokenError};

/// The one who calls, of a municipality that exists.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(crate) tenant: Tenant,
    pub(crate) by: By,
}

impl Caller {
    pub(super) async fn of(headers: &HeaderMap, app: &App) -> Result<Self, Problem> {
        let token = bearer(headers)?;
        let identity = token::verify(app.tokens(), token, app.dispatch().now()).map_err(refused)?;
        if !app.knows(&identity.tenant).await? {
            return Err(Problem::unknown_tenant());
        }
        Ok(Self {
            tenant: identity.tenant,
            by: identity.by,
        })
    }

    /// Refuses who may not read this.
    pub(crate) fn may_read(&self, reading: Reading) -> Result<(), Problem> {
        if access::may_read(&self.by, reading) {
            return Ok(());
        }
        Err(Problem::forbidden(
            "may-not-read",
            format!(
                "{} lezen kan alleen als {}",
                reading.name(),
                reading.readers()
            ),
        ))
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        Self::of(&parts.headers, app).await
    }
}

fn bearer(headers: &HeaderMap) -> Result<&str, Problem> {
    let mut given = headers.get_all(header::AUTHORIZATION).iter();
    let missing = || {
        unauthorized(
            "no-token",
            "er is geen token; stuur de header Authorization: Bearer met een token dat de beheerder uitgeeft (wijk token issue)",
            "Bearer realm=\"wijk\"",
        )
    };
    let value = given.next().ok_or_else(missing)?;
    if given.next().is_some() {
        return Err(refused(TokenError::Malformed));
    }
    let text = value.to_str().map_err(|_| refused(TokenError::Malformed))?;
    let (scheme, token) = text.split_once(' ').ok_or_else(missing)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(missing());
    }
    Ok(token.trim())
}

fn refused(error: TokenError) -> Problem {
    let (code, detail) = match error {
        TokenError::Expired { at } => (
            "expired-token",
            format!("het token is verlopen op {at}; vraag een nieuw token aan"),
        ),
        TokenError::Signature | TokenError::Algorithm => (
            "forged-token",
            "het token is niet door deze server ondertekend; vraag een nieuw token aan".to_owned(),
        ),
        TokenError::Malformed
        | TokenError::Foreign
        | TokenError::Claims { .. }
        | TokenError::Signing => (
            "invalid-token",
            "dit is geen token van deze server; vraag een nieuw token aan".to_owned(),
        ),
    };
    unauthorized(
        code,
        detail,
        "Bearer realm=\"wijk\", error=\"invalid_token\"",
    )
}

fn unauthorized(code: &str, detail: impl Into<String>, challenge: &'static str) -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, code, detail).with_header(
        header::WWW_AUTHENTICATE,
        HeaderValue::from_static(challenge),
    )
}
