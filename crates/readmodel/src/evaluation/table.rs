//! Moments in and out of the database.

use std::collections::BTreeMap;

use casework::event::{Ground, Outcome};
use casework::{Domain, WijkCode};
use eventlog::Tenant;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Row as _};
use uuid::Uuid;

use super::moment::{Happened, Moment, Place, Span, What};

/// Deletes all rows of these requests.
pub(super) async fn delete(
    connection: &mut PgConnection,
    tenant: &Tenant,
    requests: &[Uuid],
) -> Result<(), sqlx::Error> {
    if requests.is_empty() {
        return Ok(());
    }
    for statement in [
        "delete from moment where tenant = $1 and request_id = any($2)",
        "delete from request where tenant = $1 and request_id = any($2)",
    ] {
        sqlx::query(statement)
            .bind(tenant.as_str())
            .bind(requests)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// Adds moments.
pub(super) async fn insert_moments(
    connection: &mut PgConnection,
    tenant: &Tenant,
    moments: &[Moment],
) -> Result<(), sqlx::Error> {
    let what = |read: fn(&What) -> Option<String>| column(moments, |it| read(&it.happened.what));
    sqlx::query(include_str!("../../sql/evaluation/insert_moments.sql"))
        .bind(tenant.as_str())
        .bind(column(moments, |it| it.request.0))
        .bind(column(moments, |it| it.version))
        .bind(column(moments, |it| it.happened.at.to_sqlx()))
        .bind(column(moments, |it| it.kind))
        .bind(what(|what| {
            place(what)?.wijk.as_ref().map(ToString::to_string)
        }))
        .bind(what(|what| {
            place(what)?.domain.map(|domain| domain.to_string())
        }))
        .bind(what(|what| place(what)?.request_kind.clone()))
        .bind(what(|what| match what {
            What::Decided { outcome, .. } => Some(outcome.to_string()),
            _ => None,
        }))
        .bind(column(moments, |it| match &it.happened.what {
            What::Decided { under_mandate, .. } => *under_mandate,
            What::MandateStated(under_mandate) => Some(*under_mandate),
            _ => None,
        }))
        .bind(what(|what| match what {
            What::Escalated(ground) => Some(ground.to_string()),
            _ => None,
        }))
        .execute(connection)
        .await?;
    Ok(())
}

/// The spans of these requests, as far as there are any.
pub(super) async fn load_spans(
    connection: &mut PgConnection,
    tenant: &Tenant,
    requests: &[Uuid],
) -> Result<BTreeMap<Uuid, Span>, sqlx::Error> {
    let rows = sqlx::query(include_str!("../../sql/evaluation/load_spans.sql"))
        .bind(tenant.as_str())
        .bind(requests)
        .fetch_all(connection)
        .await?;
    rows.iter()
        .map(|row| {
            let turned_at: Option<jiff_sqlx::Timestamp> = row.try_get("turned_at")?;
            let span = Span {
                position: row.try_get("position")?,
                first_at: timestamp(row, "first_at")?,
                last_at: timestamp(row, "last_at")?,
                turned_at: turned_at.map(jiff_sqlx::Timestamp::to_jiff),
                turned_version: row.try_get("turned_version")?,
                open: row.try_get("open")?,
            };
            Ok((row.try_get("request_id")?, span))
        })
        .collect()
}

/// Writes spans, each over the one before it.
pub(super) async fn upsert_spans(
    connection: &mut PgConnection,
    tenant: &Tenant,
    spans: &BTreeMap<Uuid, Span>,
) -> Result<(), sqlx::Error> {
    let all: Vec<Span> = spans.values().copied().collect();
    sqlx::query(include_str!("../../sql/evaluation/upsert_spans.sql"))
        .bind(tenant.as_str())
        .bind(spans.keys().copied().collect::<Vec<_>>())
        .bind(column(&all, |span| span.position))
        .bind(column(&all, |span| span.first_at.to_sqlx()))
        .bind(column(&all, |span| span.last_at.to_sqlx()))
        .bind(column(&all, |span| span.turned_at.map(ToSqlx::to_sqlx)))
        .bind(column(&all, |span| span.turned_version))
        .bind(column(&all, |span| span.open))
        .execute(connection)
        .await?;
    Ok(())
}

/// Whose moment a row is, and what happened.
pub(super) fn read_happened(row: &PgRow) -> Result<(Uuid, Happened), sqlx::Error> {
    let kind: &str = row.try_get("kind")?;
    let what = match kind {
        "request-imported" => What::Imported(read_place(row)?),
        "request-submitted" => What::Submitted(read_place(row)?),
        "request-placed" => What::Placed(read_place(row)?),
        "request-assigned" => What::Assigned,
        "request-decided" => What::Decided {
            outcome: word::<Outcome>(row, "outcome")?.ok_or_else(|| unexpected(kind))?,
            under_mandate: row.try_get("under_mandate")?,
        },
        "decision-refused" => What::DecisionRefused,
        "mandate-stated" => What::MandateStated(row.try_get("under_mandate")?),
        "request-escalated" => {
            What::Escalated(word::<Ground>(row, "ground")?.ok_or_else(|| unexpected(kind))?)
        }
        "escalation-returned" => What::Returned,
        "request-resolved" => What::Resolved,
        "request-reopened" => What::Reopened,
        "request-withdrawn" => What::Withdrawn,
        other => return Err(unexpected(other)),
    };
    let at = timestamp(row, "occurred_at")?;
    Ok((row.try_get("request_id")?, Happened { at, what }))
}

fn read_place(row: &PgRow) -> Result<Place, sqlx::Error> {
    Ok(Place {
        wijk: word::<WijkCode>(row, "wijk")?,
        domain: word::<Domain>(row, "domain")?,
        request_kind: row.try_get("request_kind")?,
    })
}

fn place(what: &What) -> Option<&Place> {
    match what {
        What::Imported(place) | What::Submitted(place) | What::Placed(place) => Some(place),
        _ => None,
    }
}

fn word<T>(row: &PgRow, column: &str) -> Result<Option<T>, sqlx::Error>
where
    T: std::str::FromStr,
    T::Err: std::error::Error + Send + Sync + 'static,
{
    let stored: Option<&str> = row.try_get(column)?;
    stored
        .map(str::parse)
        .transpose()
        .map_err(|invalid: T::Err| sqlx::Error::Decode(Box::new(invalid)))
}

fn timestamp(row: &PgRow, column: &str) -> Result<Timestamp, sqlx::Error> {
    Ok(row.try_get::<jiff_sqlx::Timestamp, _>(column)?.to_jiff())
}

/// A row that this version did not write.
fn unexpected(kind: &str) -> sqlx::Error {
    sqlx::Error::Decode(format!("a moment of kind {kind} is not as expected").into())
}

fn column<T, U>(all: &[T], value: impl Fn(&T) -> U) -> Vec<U> {
    all.iter().map(value).collect()
}
