//! What a caller sends: a command with its headers and its body, a query, and what stands in a path.

use std::str::FromStr;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, OriginalUri, Query, RawPathParams, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use dispatch::Call;
use serde_json::Value;
use uuid::Uuid;

use super::caller::Caller;
use super::member::Member;
use super::problem::{InvalidParam, Problem};
use crate::App;

/// A command as it came in: who calls is known, what is asked is still to be read.
pub(crate) struct Incoming {
    caller: Caller,
    command_id: Uuid,
    correlation: Option<Uuid>,
    expected_version: Option<i64>,
    body: Value,
    sent: Vec<u8>,
    invalid: Vec<InvalidParam>,
}

impl Incoming {
    /// The call, and what its body says; or everything that is wrong with headers, query and body.
    pub(crate) fn read<B: Member>(mut self) -> Result<(Call, B), Problem> {
        let body = B::read(&self.body, "", &mut self.invalid);
        let Some(body) = body.filter(|_| self.invalid.is_empty()) else {
            return Err(Problem::invalid(self.invalid));
        };
        let call = Call {
            tenant: self.caller.tenant,
            by: self.caller.by,
            command_id: self.command_id,
            correlation: self.correlation.unwrap_or(self.command_id),
            expected_version: self.expected_version,
            sent: self.sent,
        };
        Ok((call, body))
    }
}

impl FromRequest<App> for Incoming {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let caller = Caller::of(&parts.headers, app).await?;
        let mut invalid = Vec::new();
        Params::of(&mut parts).await?.check(&[], &mut invalid);
        let headers = &parts.headers;
        let command_id = uuid_header(headers, "Idempotency-Key", &mut invalid);
        let correlation = uuid_header(headers, "X-Correlation-ID", &mut invalid);
        let expected_version = expected_version(headers, &mut invalid);
        if !is_json(headers.get(header::CONTENT_TYPE)) {
            return Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported-media-type",
                "stuur de body als JSON, met Content-Type: application/json",
            ));
        }
        let bytes = Bytes::from_request(Request::from_parts(parts.clone(), body), app)
            .await
            .map_err(|rejection| Problem::of_status(rejection.status()))?;
        Ok(Self {
            caller,
            command_id: command_id.unwrap_or_else(|| app.new_id()),
            correlation,
            expected_version,
            body: json(&bytes)?,
            sent: sent(&parts, &bytes),
            invalid,
        })
    }
}

/// The route, the target and the body, so that another command under the same id is told from a repeat.
fn sent(parts: &Parts, body: &[u8]) -> Vec<u8> {
    let target = parts
        .extensions
        .get::<OriginalUri>()
        .map_or(&parts.uri, |original| &original.0);
    let mut sent = format!("{} {}\n", parts.method, target.path()).into_bytes();
    sent.extend_from_slice(body);
    sent
}

fn json(bytes: &[u8]) -> Result<Value, Problem> {
    serde_json::from_slice(bytes).map_err(|error| {
        let detail = if bytes.is_empty() {
            "de body is leeg; stuur een JSON-object".to_owned()
        } else {
            format!(
                "de body is geen JSON: het gaat mis op regel {}, teken {}",
                error.line(),
                error.column()
            )
        };
        Problem::new(StatusCode::BAD_REQUEST, "malformed-json", detail)
    })
}

fn is_json(content_type: Option<&HeaderValue>) -> bool {
    let Some(text) = content_type.and_then(|value| value.to_str().ok()) else {
        return false;
    };
    let essence = text.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
}

/// A header that may be given once.
fn single<'a>(
    headers: &'a HeaderMap,
    name: &'static str,
    invalid: &mut Vec<InvalidParam>,
) -> Option<&'a str> {
    let mut given = headers.get_all(name).iter();
    let first = given.next()?;
    if given.next().is_some() {
        invalid.push(InvalidParam::new(
            name,
            "repeated",
            "geef deze header een keer",
        ));
        return None;
    }
    if first.to_str().is_err() {
        invalid.push(InvalidParam::new(
            name,
            "invalid-header",
            "hier kunnen alleen ASCII-tekens staan",
        ));
    }
    first.to_str().ok().map(str::trim)
}

fn uuid_header(
    headers: &HeaderMap,
    name: &'static str,
    invalid: &mut Vec<InvalidParam>,
) -> Option<Uuid> {
    let text = single(headers, name, invalid)?;
    // The draft standard for Idempotency-Key writes it as a string in quotes.
    let bare = text
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'))
        .unwrap_or(text);
    let read = Uuid::try_parse(bare).ok().filter(|id| !id.is_nil());
    if read.is_none() {
        let reason = "dit moet een uuid zijn, zoals 0190c5a8-7c1e-7d3a-9a54-0d6f3a1b2c3d";
        invalid.push(InvalidParam::new(name, "invalid-uuid", reason));
    }
    read
}

/// `If-Match`: a version as an `ETag` gives it, or `*` for whichever.
fn expected_version(headers: &HeaderMap, invalid: &mut Vec<InvalidParam>) -> Option<i64> {
    let text = single(headers, "If-Match", invalid)?;
    if text == "*" {
        return None;
    }
    let read = version_of(text);
    if read.is_none() {
        let reason =
            "dit moet een versie zijn zoals de ETag die geeft, tussen aanhalingstekens: \"3\"";
        invalid.push(InvalidParam::new("If-Match", "invalid-etag", reason));
    }
    read
}

fn version_of(etag: &str) -> Option<i64> {
    let digits = etag.strip_prefix('"')?.strip_suffix('"')?;
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|_| plain)
}

/// Whether the caller already has this version (`If-None-Match`).
pub(crate) fn has_version(headers: &HeaderMap, version: i64) -> bool {
    headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .any(|etag| {
            // Weak comparison, as RFC 9110 has it for this header.
            etag == "*" || version_of(etag.strip_prefix("W/").unwrap_or(etag)) == Some(version)
        })
}

/// What stands in a variable part of the path.
pub(crate) struct Segment<T>(pub(crate) T);

impl<T: FromStr> FromRequestParts<App> for Segment<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let params = RawPathParams::from_request_parts(parts, app)
            .await
            .map_err(|_| {
                Problem::invalid_one(
                    "pad",
                    "invalid-path",
                    "het pad is geen UTF-8 na het ontcijferen van %",
                )
            })?;
        let (name, value) = params.iter().next().unwrap_or_default();
        value.parse().map(Self).map_err(|_| {
            let (code, wanted) = match name {
                "id" => (
                    "invalid-uuid",
                    "een uuid, zoals 0190c5a8-7c1e-7d3a-9a54-0d6f3a1b2c3d",
                ),
                "wijk" => (
                    "invalid-code",
                    "een CBS-code van een wijk of buurt, zoals WK039203",
                ),
                "periode" => ("invalid-period", "een half jaar, zoals 2026-H1"),
                _ => (
                    "invalid-code",
                    "letters, cijfers, punt, _ of -, hoogstens 64",
                ),
            };
            Problem::invalid_one(name, code, format!("dit moet zijn: {wanted}"))
        })
    }
}

/// The query as it came.
pub(crate) struct Params(Vec<(String, String)>);

/// What a query can ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Asked {
    /// Which page, from 1 on.
    pub(crate) page: i64,
    /// The position that the answer must at least be of.
    pub(crate) from_position: Option<i64>,
}

impl FromRequestParts<App> for Params {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Problem> {
        Self::of(parts).await
    }
}

impl Params {
    async fn of(parts: &mut Parts) -> Result<Self, Problem> {
        Query::from_request_parts(parts, &())
            .await
            .map(|Query(pairs)| Self(pairs))
            .map_err(|_| {
                Problem::invalid_one("query", "invalid-query", "de query is niet te lezen")
            })
    }

    /// Reads these parameters and no others.
    pub(crate) fn read(self, known: &[&str]) -> Result<Asked, Problem> {
        let mut invalid = Vec::new();
        self.check(known, &mut invalid);
        let page = self.number("page", 1, &mut invalid);
        let from_position = self.number("vanafPositie", 0, &mut invalid);
        if !invalid.is_empty() {
            return Err(Problem::invalid(invalid));
        }
        Ok(Asked {
            page: page.unwrap_or(1),
            from_position,
        })
    }

    /// Refuses parameters that do not exist, or come twice.
    fn check(&self, known: &[&str], invalid: &mut Vec<InvalidParam>) {
        for (place, (name, _)) in self.0.iter().enumerate() {
            if !known.contains(&name.as_str()) {
                let reason = if known.is_empty() {
                    "hier zijn geen parameters".to_owned()
                } else {
                    format!("deze parameter bestaat niet; er is: {}", known.join(", "))
                };
                let name: String = name.chars().take(80).collect();
                invalid.push(InvalidParam::new(name, "unknown-parameter", reason));
            } else if self.0[..place].iter().any(|(before, _)| before == name) {
                invalid.push(InvalidParam::new(
                    name,
                    "repeated",
                    "geef deze parameter een keer",
                ));
            }
        }
    }

    fn number(&self, name: &str, min: i64, invalid: &mut Vec<InvalidParam>) -> Option<i64> {
        let (_, text) = self.0.iter().find(|(known, _)| known == name)?;
        let plain = text.bytes().all(|byte| byte.is_ascii_digit());
        let read = text.parse().ok().filter(|number| plain && *number >= min);
        if read.is_none() {
            let reason = format!("dit moet een geheel getal zijn vanaf {min}");
            invalid.push(InvalidParam::new(name, "out-of-range", reason));
        }
        read
    }
}
