//! Steps in and out of the database.

use std::collections::BTreeSet;

use casework::RequestId;
use eventlog::{Recorded, Tenant};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx as _;
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Row as _};
use uuid::Uuid;

use crate::Decoded;
use crate::document::ImportedFrom;

/// Which request a case of another system became.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Imported {
    pub(super) source_name: String,
    pub(super) case_number: String,
    pub(super) request: Uuid,
}

/// One step as stored.
#[derive(Debug, Clone)]
pub(super) struct StepRow {
    pub(super) version: i64,
    pub(super) position: i64,
    pub(super) event_id: Uuid,
    pub(super) kind: String,
    pub(super) schema: i32,
    pub(super) occurred_at: Timestamp,
    pub(super) precision: String,
    pub(super) recorded_at: Timestamp,
    pub(super) actor: String,
    pub(super) on_behalf_of: Option<String>,
    pub(super) correlation: Uuid,
    pub(super) causation: Option<Uuid>,
    pub(super) command_id: Uuid,
    pub(super) payload: String,
    pub(super) encrypted: Option<Vec<u8>>,
}

/// Adds a step for each event of a request.
pub(super) async fn insert_steps(
    connection: &mut PgConnection,
    tenant: &Tenant,
    events: &[&Decoded],
) -> Result<(), sqlx::Error> {
    let (requests, steps): (Vec<Uuid>, Vec<&Recorded>) = events
        .iter()
        .filter_map(|decoded| Some((decoded.request?.0, &decoded.recorded)))
        .unzip();
    sqlx::query(include_str!("../../sql/dossier/insert_steps.sql"))
        .bind(tenant.as_str())
        .bind(requests)
        .bind(column(&steps, |step| step.version))
        .bind(column(&steps, |step| step.position))
        .bind(column(&steps, |step| step.event_id))
        .bind(column(&steps, |step| step.kind.as_str()))
        .bind(column(&steps, |step| step.schema))
        .bind(column(&steps, |step| step.occurred_at.to_sqlx()))
        .bind(column(&steps, |step| step.precision.as_str()))
        .bind(column(&steps, |step| step.recorded_at.to_sqlx()))
        .bind(column(&steps, |step| step.actor.as_str()))
        .bind(column(&steps, |step| step.on_behalf_of.as_deref()))
        .bind(column(&steps, |step| step.correlation))
        .bind(column(&steps, |step| step.causation))
        .bind(column(&steps, |step| step.command_id))
        .bind(column(&steps, |step| step.payload.as_str()))
        .bind(column(&steps, |step| step.encrypted.as_deref()))
        .execute(connection)
        .await?;
    Ok(())
}

/// Forgets the steps of a request.
pub(super) async fn delete_steps(
    connection: &mut PgConnection,
    tenant: &Tenant,
    request: RequestId,
) -> Result<(), sqlx::Error> {
    sqlx::query("delete from step where tenant = $1 and request_id = $2")
        .bind(tenant.as_str())
        .bind(request.0)
        .execute(connection)
        .await?;
    Ok(())
}

/// Forgets where these requests came from.
pub(super) async fn delete_imported(
    connection: &mut PgConnection,
    tenant: &Tenant,
    requests: &[Uuid],
) -> Result<(), sqlx::Error> {
    if requests.is_empty() {
        return Ok(());
    }
    sqlx::query("delete from imported where tenant = $1 and request_id = any($2)")
        .bind(tenant.as_str())
        .bind(requests)
        .execute(connection)
        .await?;
    Ok(())
}

/// Notes where requests came from.
pub(super) async fn insert_imported(
    connection: &mut PgConnection,
    tenant: &Tenant,
    imported: BTreeSet<Imported>,
) -> Result<(), sqlx::Error> {
    if imported.is_empty() {
        return Ok(());
    }
    let imported: Vec<Imported> = imported.into_iter().collect();
    sqlx::query(
        "insert into imported (tenant, source_name, case_number, request_id)
         select $1, source_name, case_number, request_id
         from unnest($2::text[], $3::text[], $4::uuid[]) as new (source_name, case_number, request_id)
         on conflict on constraint imported_pkey do nothing",
    )
    .bind(tenant.as_str())
    .bind(column(&imported, |it| it.source_name.as_str()))
    .bind(column(&imported, |it| it.case_number.as_str()))
    .bind(column(&imported, |it| it.request))
    .execute(connection)
    .await?;
    Ok(())
}

/// The case a request was imported from, if it was.
pub(super) async fn load_imported(
    connection: &mut PgConnection,
    tenant: &Tenant,
    request: RequestId,
) -> Result<Option<ImportedFrom>, sqlx::Error> {
    let row = sqlx::query(
        "select source_name, case_number
         from imported
         where tenant = $1 and request_id = $2
         order by source_name, case_number
         limit 1",
    )
    .bind(tenant.as_str())
    .bind(request.0)
    .fetch_optional(connection)
    .await?;
    row.map(|row| {
        Ok(ImportedFrom {
            source: row.try_get("source_name")?,
            case_number: row.try_get("case_number")?,
        })
    })
    .transpose()
}

/// The requests a case became.
pub(super) async fn find_imported(
    connection: &mut PgConnection,
    tenant: &Tenant,
    source_name: &str,
    case_number: &str,
) -> Result<Vec<RequestId>, sqlx::Error> {
    let found: Vec<Uuid> = sqlx::query_scalar(
        "select request_id
         from imported
         where tenant = $1 and source_name = $2 and case_number = $3
         order by request_id",
    )
    .bind(tenant.as_str())
    .bind(source_name)
    .bind(case_number)
    .fetch_all(connection)
    .await?;
    Ok(found.into_iter().map(RequestId).collect())
}

/// The requests that cases of this number became, of whichever source.
pub(super) async fn find_case_number(
    connection: &mut PgConnection,
    tenant: &Tenant,
    case_number: &str,
) -> Result<Vec<RequestId>, sqlx::Error> {
    let found: Vec<Uuid> = sqlx::query_scalar(
        "select request_id
         from imported
         where tenant = $1 and case_number = $2
         order by request_id",
    )
    .bind(tenant.as_str())
    .bind(case_number)
    .fetch_all(connection)
    .await?;
    Ok(found.into_iter().map(RequestId).collect())
}

/// The steps of one request, in order.
pub(super) async fn load_steps(
    connection: &mut PgConnection,
    tenant: &Tenant,
    request: RequestId,
) -> Result<Vec<StepRow>, sqlx::Error> {
    let rows = sqlx::query(include_str!("../../sql/dossier/load_steps.sql"))
        .bind(tenant.as_str())
        .bind(request.0)
        .fetch_all(connection)
        .await?;
    rows.iter().map(read).collect()
}

fn read(row: &PgRow) -> Result<StepRow, sqlx::Error> {
    let timestamp = |column| -> Result<Timestamp, sqlx::Error> {
        Ok(row.try_get::<jiff_sqlx::Timestamp, _>(column)?.to_jiff())
    };
    Ok(StepRow {
        version: row.try_get("version")?,
        position: row.try_get("position")?,
        event_id: row.try_get("event_id")?,
        kind: row.try_get("kind")?,
        schema: row.try_get("schema")?,
        occurred_at: timestamp("occurred_at")?,
        precision: row.try_get("occurred_precision")?,
        recorded_at: timestamp("recorded_at")?,
        actor: row.try_get("actor")?,
        on_behalf_of: row.try_get("on_behalf_of")?,
        correlation: row.try_get("correlation")?,
        causation: row.try_get("causation")?,
        command_id: row.try_get("command_id")?,
        payload: row.try_get("payload")?,
        encrypted: row.try_get("encrypted")?,
    })
}

fn column<'a, T, U>(rows: &'a [T], value: impl Fn(&'a T) -> U) -> Vec<U> {
    rows.iter().map(value).collect()
}
