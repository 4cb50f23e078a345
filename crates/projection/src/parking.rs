//! Streams that a view could not go on with: put aside, shown, and taken up again.

use std::collections::HashSet;

use eventlog::{Recorded, StreamId};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Row as _};
use uuid::Uuid;

use crate::Key;

/// An event that a view cannot apply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Poison {
    /// The stream it is in.
    pub stream: StreamId,
    /// Its position.
    pub position: i64,
    /// Its id.
    pub event_id: Uuid,
    /// Its kind.
    pub kind: String,
    /// The schema of that kind.
    pub schema: i32,
    /// What is wrong with it, without anything it says.
    pub error: String,
}

/// A stream that was put aside: the view has its events before the poison, and none from there on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parked {
    /// The event it stopped at, and why.
    pub poison: Poison,
    /// How often applying it was tried.
    pub attempts: i32,
    /// Since when it is aside, by the database's clock.
    pub parked_at: Timestamp,
}

/// What is known of a stream that was aside before.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Before {
    /// How often it was tried.
    pub(crate) attempts: i32,
    /// Since when; None puts it aside from now on.
    pub(crate) parked_at: Option<Timestamp>,
}

impl Poison {
    pub(crate) fn of(recorded: &Recorded, error: String) -> Self {
        Self {
            stream: recorded.stream.clone(),
            position: recorded.position,
            event_id: recorded.event_id,
            kind: recorded.kind.clone(),
            schema: recorded.schema,
            error,
        }
    }
}

impl std::fmt::Display for Poison {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "{} at position {} ({}, schema {}): {}",
            self.stream, self.position, self.kind, self.schema, self.error
        )
    }
}

impl Key<'_> {
    /// The streams that are put aside.
    pub(crate) async fn parked_streams(
        self,
        connection: &mut PgConnection,
    ) -> Result<Vec<StreamId>, sqlx::Error> {
        let rows = sqlx::query(
            "select stream_kind, stream_id
             from read.parked
             where tenant = $1 and name = $2 and version = $3 and slot = $4
             order by position",
        )
        .bind(self.tenant.as_str())
        .bind(self.name)
        .bind(self.version)
        .bind(self.slot.as_str())
        .fetch_all(connection)
        .await?;
        rows.iter().map(stream).collect()
    }

    /// Puts streams aside that are not yet, in the transaction that applies the others.
    pub(crate) async fn park(
        self,
        connection: &mut PgConnection,
        poison: &[Poison],
        before: Before,
    ) -> Result<(), sqlx::Error> {
        if poison.is_empty() {
            return Ok(());
        }
        let column =
            |value: fn(&Poison) -> &str| -> Vec<&str> { poison.iter().map(value).collect() };
        sqlx::query(include_str!("../sql/insert_parked.sql"))
            .bind(self.tenant.as_str())
            .bind(self.name)
            .bind(self.version)
            .bind(self.slot.as_str())
            .bind(column(|it| &it.stream.kind))
            .bind(column(|it| &it.stream.id))
            .bind(poison.iter().map(|it| it.position).collect::<Vec<_>>())
            .bind(poison.iter().map(|it| it.event_id).collect::<Vec<_>>())
            .bind(column(|it| &it.kind))
            .bind(poison.iter().map(|it| it.schema).collect::<Vec<_>>())
            .bind(column(|it| &it.error))
            .bind(before.attempts + 1)
            .bind(before.parked_at.map(ToSqlx::to_sqlx))
            .execute(connection)
            .await?;
        Ok(())
    }

    /// Takes a stream back; None when it was not aside.
    pub(crate) async fn unpark(
        self,
        connection: &mut PgConnection,
        stream: &StreamId,
    ) -> Result<Option<Before>, sqlx::Error> {
        let row = sqlx::query(
            "delete from read.parked
             where tenant = $1 and name = $2 and version = $3 and slot = $4
                 and stream_kind = $5 and stream_id = $6
             returning attempts, parked_at",
        )
        .bind(self.tenant.as_str())
        .bind(self.name)
        .bind(self.version)
        .bind(self.slot.as_str())
        .bind(&stream.kind)
        .bind(&stream.id)
        .fetch_optional(connection)
        .await?;
        row.map(|row| {
            Ok(Before {
                attempts: row.try_get("attempts")?,
                parked_at: Some(timestamp(&row)?),
            })
        })
        .transpose()
    }

    /// The first `limit` streams that are aside, by where they stopped.
    pub(crate) async fn list_parked(
        self,
        connection: &mut PgConnection,
        limit: i64,
    ) -> Result<Vec<Parked>, sqlx::Error> {
        let rows = sqlx::query(include_str!("../sql/list_parked.sql"))
            .bind(self.tenant.as_str())
            .bind(self.name)
            .bind(self.version)
            .bind(self.slot.as_str())
            .bind(limit)
            .fetch_all(connection)
            .await?;
        rows.iter().map(parked).collect()
    }
}

/// The streams as a set to look up in.
pub(crate) fn set(streams: Vec<StreamId>) -> HashSet<StreamId> {
    streams.into_iter().collect()
}

fn stream(row: &PgRow) -> Result<StreamId, sqlx::Error> {
    Ok(StreamId {
        kind: row.try_get("stream_kind")?,
        id: row.try_get("stream_id")?,
    })
}

fn parked(row: &PgRow) -> Result<Parked, sqlx::Error> {
    Ok(Parked {
        poison: Poison {
            stream: stream(row)?,
            position: row.try_get("position")?,
            event_id: row.try_get("event_id")?,
            kind: row.try_get("kind")?,
            schema: row.try_get("schema")?,
            error: row.try_get("error")?,
        },
        attempts: row.try_get("attempts")?,
        parked_at: timestamp(row)?,
    })
}

fn timestamp(row: &PgRow) -> Result<Timestamp, sqlx::Error> {
    Ok(row
        .try_get::<jiff_sqlx::Timestamp, _>("parked_at")?
        .to_jiff())
}
