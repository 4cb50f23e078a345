//! The raw side: prepared statements, no more than they need.

pub(crate) mod copied;

use anyhow::bail;
use eventlog::{NewEvent, Precision, Recorded, StreamId};
use jiff_sqlx::ToSqlx as _;
use sqlx::postgres::PgRow;
use sqlx::{Decode, PgConnection, Postgres, Row as _, Type};
use uuid::Uuid;

/// The tenant's name, as every row has it.
pub(crate) const TENANT: &str = "measured";

/// Makes the plain table.
pub(crate) async fn create_table(connection: &mut PgConnection) -> anyhow::Result<()> {
    sqlx::query(include_str!("../sql/create_raw_event.sql"))
        .execute(connection)
        .await?;
    Ok(())
}

/// One event in a transaction of its own; a unique violation is the lost race.
pub(crate) async fn insert(
    connection: &mut PgConnection,
    stream: &StreamId,
    version: i64,
    command_id: Uuid,
    event: &NewEvent,
) -> anyhow::Result<i64> {
    let position = sqlx::query_scalar(include_str!("../sql/insert_raw_event.sql"))
        .bind(TENANT)
        .bind(event.event_id)
        .bind(&stream.kind)
        .bind(&stream.id)
        .bind(version)
        .bind(&event.kind)
        .bind(event.schema)
        .bind(event.occurred_at.to_sqlx())
        .bind(event.precision.as_str())
        .bind(&event.actor)
        .bind(&event.on_behalf_of)
        .bind(event.correlation)
        .bind(event.causation)
        .bind(command_id)
        .bind(&event.payload)
        .bind(&event.encrypted)
        .fetch_one(connection)
        .await?;
    Ok(position)
}

/// Many events of one stream in one statement.
pub(crate) async fn insert_many(
    connection: &mut PgConnection,
    stream: &StreamId,
    first_version: i64,
    command_id: Uuid,
    events: &[NewEvent],
) -> anyhow::Result<usize> {
    let versions: Vec<i64> = (first_version..).take(events.len()).collect();
    let positions: Vec<i64> = sqlx::query_scalar(include_str!("../sql/insert_raw_events.sql"))
        .bind(TENANT)
        .bind(&stream.kind)
        .bind(&stream.id)
        .bind(command_id)
        .bind(column(events, |event| event.event_id))
        .bind(versions)
        .bind(column(events, |event| event.kind.as_str()))
        .bind(column(events, |event| event.schema))
        .bind(column(events, |event| event.occurred_at.to_sqlx()))
        .bind(column(events, |event| event.precision.as_str()))
        .bind(column(events, |event| event.actor.as_str()))
        .bind(column(events, |event| event.on_behalf_of.as_deref()))
        .bind(column(events, |event| event.correlation))
        .bind(column(events, |event| event.causation))
        .bind(column(events, |event| event.payload.as_str()))
        .bind(column(events, |event| event.encrypted.as_deref()))
        .fetch_all(connection)
        .await?;
    Ok(positions.len())
}

fn column<'a, T>(events: &'a [NewEvent], value: impl Fn(&'a NewEvent) -> T) -> Vec<T> {
    events.iter().map(value).collect()
}

/// The events of a stream, of the plain table or of the log.
pub(crate) async fn read_stream(
    connection: &mut PgConnection,
    statement: &'static str,
    stream: &StreamId,
) -> anyhow::Result<Vec<Recorded>> {
    let rows = sqlx::query(statement)
        .bind(TENANT)
        .bind(&stream.kind)
        .bind(&stream.id)
        .bind(0_i64)
        .fetch_all(connection)
        .await?;
    rows.iter().map(read_row).collect()
}

/// Reads the columns by their index.
pub(crate) fn read_row(row: &PgRow) -> anyhow::Result<Recorded> {
    let precision = match row.try_get(8)? {
        "instant" => Precision::Instant,
        "day" => Precision::Day,
        other => bail!("unknown precision {other}"),
    };
    Ok(Recorded {
        position: get(row, 0)?,
        event_id: get(row, 1)?,
        stream: StreamId {
            kind: get(row, 2)?,
            id: get(row, 3)?,
        },
        version: get(row, 4)?,
        kind: get(row, 5)?,
        schema: get(row, 6)?,
        occurred_at: get::<jiff_sqlx::Timestamp>(row, 7)?.to_jiff(),
        precision,
        recorded_at: get::<jiff_sqlx::Timestamp>(row, 9)?.to_jiff(),
        actor: get(row, 10)?,
        on_behalf_of: get(row, 11)?,
        correlation: get(row, 12)?,
        causation: get(row, 13)?,
        command_id: get(row, 14)?,
        payload: get(row, 15)?,
        encrypted: get(row, 16)?,
    })
}

fn get<'r, T>(row: &'r PgRow, index: usize) -> Result<T, sqlx::Error>
where
    T: Decode<'r, Postgres> + Type<Postgres>,
{
    // The statement is this project's own: its column types are known.
    row.try_get_unchecked(index)
}
