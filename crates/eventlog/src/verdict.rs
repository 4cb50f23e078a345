//! What the append statement answered.

use jiff::Timestamp;
use sqlx::Row as _;
use sqlx::postgres::PgRow;

use crate::command::Command;
use crate::event::{timestamp, timestamp_opt};
use crate::{AppendError, Appended};

/// The statement's answer to one command.
pub(crate) enum Verdict {
    /// Written, under this fence.
    Stored { appended: Appended, fence: i64 },
    /// The command id is in the log already.
    Repeated,
    /// The head moved between the statement's snapshot and its lock, or the fence was raised: nothing it
    /// says can be relied on.
    Stale,
    /// Not written, for this reason.
    Refused(AppendError),
}

impl Verdict {
    /// Reads the one row of `append_events.sql`.
    ///
    /// The order matters: a stored command stays stored, but a version seen by a stale snapshot may
    /// since have become the expected one.
    pub(crate) fn read(row: &PgRow, command: &Command) -> Result<Self, sqlx::Error> {
        let Some(fence) = row.try_get::<Option<i64>, _>("fence")? else {
            return Ok(Self::Refused(AppendError::UnknownTenant(
                command.tenant.clone(),
            )));
        };
        if row.try_get("stored")? {
            return Ok(Self::Repeated);
        }
        // Null when the tenant was created after the snapshot.
        if row.try_get::<Option<bool>, _>("current")? != Some(true) {
            return Ok(Self::Stale);
        }
        let actual: Vec<i64> = row.try_get("actual")?;
        if let Some(conflict) = conflict(command, &actual) {
            return Ok(Self::Refused(conflict));
        }
        if let Some(occurred_at) = timestamp_opt(row, "skewed")? {
            return Ok(Self::Refused(skew(
                occurred_at,
                timestamp(row, "database_clock")?,
            )));
        }
        let before: i64 = row.try_get("before")?;
        let appended = Appended {
            first_position: before + 1,
            last_position: before + command.event_count(),
            recorded_at: timestamp(row, "recorded_at")?,
            versions: actual
                .iter()
                .zip(&command.write_lengths)
                .map(|(actual, length)| actual + length)
                .collect(),
            repeated: false,
            refusal: command.refusal.clone(),
        };
        Ok(Self::Stored { appended, fence })
    }
}

fn conflict(command: &Command, actual: &[i64]) -> Option<AppendError> {
    let moved =
        |(assumed, actual): (&Option<i64>, &i64)| assumed.is_some_and(|assumed| assumed != *actual);
    let at = command.assumed.iter().zip(actual).position(moved)?;
    Some(AppendError::Conflict {
        stream: command.stream(at),
        expected: command.assumed[at].unwrap_or_default(),
        actual: actual[at],
    })
}

fn skew(occurred_at: Timestamp, database_clock: Timestamp) -> AppendError {
    AppendError::ClockSkew {
        occurred_at,
        database_clock,
        offset: occurred_at.duration_since(database_clock),
    }
}
