//! What a load and a restore look at and write beside the rows, while they hold the head.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use jiff_sqlx::ToSqlx as _;
use sqlx::{PgConnection, Row as _};
use uuid::Uuid;

use crate::command::Command;
use crate::event::timestamp;
use crate::judge::Known;
use crate::{AppendError, Appended, RecordedRef, StreamId, Tenant};

/// Locks the head: its position, and the time of what is recorded now. `None` without such a tenant.
pub(crate) async fn lock_log(
    connection: &mut PgConnection,
    tenant: &Tenant,
) -> Result<Option<(i64, Timestamp)>, sqlx::Error> {
    let row = sqlx::query(include_str!("../../sql/lock_log.sql"))
        .bind(tenant.as_str())
        .fetch_optional(connection)
        .await?;
    row.map(|row| Ok((row.try_get("position")?, timestamp(&row, "recorded_at")?)))
        .transpose()
}

/// Says where the log ends from now on.
pub(crate) async fn move_head(
    connection: &mut PgConnection,
    tenant: &Tenant,
    position: i64,
    recorded_at: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query(include_str!("../../sql/move_head.sql"))
        .bind(tenant.as_str())
        .bind(position)
        .bind(recorded_at.to_sqlx())
        .execute(connection)
        .await?;
    Ok(())
}

/// The version of each stream.
pub(crate) async fn read_versions(
    connection: &mut PgConnection,
    tenant: &Tenant,
    streams: &[(&str, &str)],
) -> Result<Known, sqlx::Error> {
    let (kinds, ids): (Vec<&str>, Vec<&str>) = streams.iter().copied().unzip();
    let versions: Vec<i64> = sqlx::query_scalar(include_str!("../../sql/read_versions.sql"))
        .bind(tenant.as_str())
        .bind(kinds)
        .bind(ids)
        .fetch_all(connection)
        .await?;
    Ok(streams
        .iter()
        .map(|(kind, id)| StreamId::new(*kind, *id))
        .zip(versions)
        .collect())
}

/// Keeps which forms the log has, each with its first event.
pub(crate) async fn write_forms(
    connection: &mut PgConnection,
    tenant: &Tenant,
    events: impl Iterator<Item = RecordedRef<'_>>,
) -> Result<(), sqlx::Error> {
    let mut seen = HashSet::new();
    let (mut kinds, mut schemas, mut firsts) = (Vec::new(), Vec::new(), Vec::new());
    for event in events {
        if seen.insert((event.kind, event.schema)) {
            kinds.push(event.kind);
            schemas.push(event.schema);
            firsts.push(event.position);
        }
    }
    sqlx::query(include_str!("../../sql/insert_forms.sql"))
        .bind(tenant.as_str())
        .bind(kinds)
        .bind(schemas)
        .bind(firsts)
        .execute(connection)
        .await?;
    Ok(())
}

/// The outcomes of those commands of a load that are in the log.
pub(super) struct Outcomes(HashMap<Uuid, (Vec<u8>, Appended)>);

impl Outcomes {
    pub(super) fn has(&self, command_id: Uuid) -> bool {
        self.0.contains_key(&command_id)
    }

    /// The outcome of this command; an error when its id stands for another.
    pub(super) fn of(&self, command: &Command) -> Result<Option<&Appended>, AppendError> {
        match self.0.get(&command.id) {
            Some((fingerprint, _)) if *fingerprint != command.fingerprint => {
                let command_id = command.id;
                Err(AppendError::CommandReused { command_id })
            }
            found => Ok(found.map(|(_, appended)| appended)),
        }
    }
}

pub(super) async fn read_outcomes(
    connection: &mut PgConnection,
    tenant: &Tenant,
    commands: &[Command],
) -> Result<Outcomes, sqlx::Error> {
    // Each once: asked for twice, its versions would come twice.
    let ids: HashSet<Uuid> = commands.iter().map(|command| command.id).collect();
    let rows = sqlx::query(include_str!("../../sql/read_outcomes.sql"))
        .bind(tenant.as_str())
        .bind(ids.into_iter().collect::<Vec<_>>())
        .fetch_all(connection)
        .await?;
    let mut outcomes = HashMap::with_capacity(rows.len());
    for row in rows {
        let first_position: i64 = row.try_get("first_position")?;
        let event_count: i64 = row.try_get("event_count")?;
        let appended = Appended {
            first_position,
            last_position: first_position + event_count - 1,
            recorded_at: timestamp(&row, "recorded_at")?,
            versions: row.try_get("versions")?,
            repeated: true,
            refusal: row.try_get("refusal")?,
        };
        outcomes.insert(
            row.try_get("command_id")?,
            (row.try_get("fingerprint")?, appended),
        );
    }
    Ok(Outcomes(outcomes))
}
