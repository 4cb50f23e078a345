//! Rows of the queue in and out of the database.

use std::collections::HashMap;
use std::error::Error;
use std::str::FromStr;

use casework::event::Lead;
use casework::request::End;
use casework::{Placement, RequestId, WijkSource};
use eventlog::Tenant;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Row as _};
use uuid::Uuid;

use super::fold::{Assigned, Escalated, Row};

/// The rows of these requests, as far as there are any.
pub(super) async fn load(
    connection: &mut PgConnection,
    tenant: &Tenant,
    requests: &[Uuid],
) -> Result<HashMap<Uuid, Row>, sqlx::Error> {
    let rows = sqlx::query(include_str!("../../sql/queue/load_rows.sql"))
        .bind(tenant.as_str())
        .bind(requests)
        .fetch_all(connection)
        .await?;
    rows.iter()
        .map(|row| read(row).map(|row| (row.request.0, row)))
        .collect()
}

/// Writes the rows, each over the one before it.
pub(super) async fn upsert(
    connection: &mut PgConnection,
    tenant: &Tenant,
    rows: &[Row],
) -> Result<(), sqlx::Error> {
    let assigned = |row: &Row| row.assigned.clone();
    let escalated = |row: &Row| row.escalated.clone();
    sqlx::query(include_str!("../../sql/queue/upsert_rows.sql"))
        .bind(tenant.as_str())
        .bind(column(rows, |row| row.request.0))
        .bind(column(rows, |row| row.position))
        .bind(column(rows, |row| row.version))
        .bind(column(rows, |row| text(row.placement.wijk.as_ref())))
        .bind(column(rows, |row| row.placement.edition))
        .bind(column(rows, |row| row.placement.source.to_string()))
        .bind(column(rows, |row| text(row.domain)))
        .bind(column(rows, |row| row.request_kind.clone()))
        .bind(column(rows, |row| text(row.channel)))
        .bind(column(rows, |row| text(row.requester_kind)))
        .bind(column(rows, |row| row.submitted_at.map(ToSqlx::to_sqlx)))
        .bind(column(rows, |row| assigned(row).map(|it| it.at.to_sqlx())))
        .bind(column(rows, |row| {
            assigned(row).and_then(|it| text(it.lead.function))
        }))
        .bind(column(rows, |row| {
            assigned(row).and_then(|it| text(it.lead.person))
        }))
        .bind(column(rows, |row| escalated(row).map(|it| it.at.to_sqlx())))
        .bind(column(rows, |row| {
            escalated(row).and_then(|it| text(it.to))
        }))
        .bind(column(rows, |row| row.decided.map(|(at, _)| at.to_sqlx())))
        .bind(column(rows, |row| {
            text(row.decided.map(|(_, outcome)| outcome))
        }))
        .bind(column(rows, |row| row.ended.map(|(at, _)| at.to_sqlx())))
        .bind(column(rows, |row| row.ended.map(|(_, end)| ending(end))))
        .bind(column(rows, |row| row.servicenorm_end.map(ToSqlx::to_sqlx)))
        .bind(column(rows, |row| row.wettelijk_end.map(ToSqlx::to_sqlx)))
        .execute(connection)
        .await?;
    Ok(())
}

/// Reads one row.
pub(super) fn read(row: &PgRow) -> Result<Row, sqlx::Error> {
    let decided_at = timestamp(row, "decided_at")?;
    let outcome = word(row.try_get::<Option<String>, _>("outcome")?)?;
    let ended_at = timestamp(row, "ended_at")?;
    let ending: Option<String> = row.try_get("ending")?;
    Ok(Row {
        request: RequestId(row.try_get("request_id")?),
        position: row.try_get("position")?,
        version: row.try_get("version")?,
        placement: Placement {
            wijk: word(row.try_get("wijk")?)?,
            edition: row.try_get("edition")?,
            source: match row.try_get("wijk_source")? {
                "stated" => WijkSource::Stated,
                "derived" => WijkSource::Derived,
                _ => WijkSource::Unknown,
            },
        },
        domain: word(row.try_get("domain")?)?,
        request_kind: row.try_get("request_kind")?,
        channel: word(row.try_get("channel")?)?,
        requester_kind: word(row.try_get("requester_kind")?)?,
        submitted_at: timestamp(row, "submitted_at")?,
        assigned: match timestamp(row, "assigned_at")? {
            Some(at) => Some(Assigned {
                at,
                lead: Lead {
                    function: word(row.try_get("lead_function")?)?,
                    person: word(row.try_get("lead_person")?)?,
                },
            }),
            None => None,
        },
        escalated: match timestamp(row, "escalated_at")? {
            Some(at) => Some(Escalated {
                at,
                to: word(row.try_get("escalated_to")?)?,
            }),
            None => None,
        },
        decided: decided_at.zip(outcome),
        ended: ended_at.zip(ending.map(|ending| {
            if ending == self::ending(End::Withdrawn) {
                End::Withdrawn
            } else {
                End::Resolved
            }
        })),
        servicenorm_end: date(row, "servicenorm_end")?,
        wettelijk_end: date(row, "wettelijk_end")?,
    })
}

/// A stored word as the type it came from; what cannot be read was not written by this software.
pub(super) fn word<T>(stored: Option<String>) -> Result<Option<T>, sqlx::Error>
where
    T: FromStr,
    T::Err: Error + Send + Sync + 'static,
{
    stored
        .map(|stored| stored.parse())
        .transpose()
        .map_err(|invalid: T::Err| sqlx::Error::Decode(Box::new(invalid)))
}

fn column<T>(rows: &[Row], value: impl Fn(&Row) -> T) -> Vec<T> {
    rows.iter().map(value).collect()
}

fn text(word: Option<impl ToString>) -> Option<String> {
    word.map(|word| word.to_string())
}

fn ending(end: End) -> &'static str {
    match end {
        End::Resolved => "resolved",
        End::Withdrawn => "withdrawn",
    }
}

fn timestamp(row: &PgRow, column: &str) -> Result<Option<Timestamp>, sqlx::Error> {
    let found: Option<jiff_sqlx::Timestamp> = row.try_get(column)?;
    Ok(found.map(jiff_sqlx::Timestamp::to_jiff))
}

fn date(row: &PgRow, column: &str) -> Result<Option<jiff::civil::Date>, sqlx::Error> {
    let found: Option<jiff_sqlx::Date> = row.try_get(column)?;
    Ok(found.map(jiff_sqlx::Date::to_jiff))
}
