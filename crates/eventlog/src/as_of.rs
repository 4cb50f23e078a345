//! As of: the log as it was known at a position or at a moment.

use jiff::{SignedDuration, Timestamp};
use jiff_sqlx::ToSqlx as _;
use sqlx::Row as _;

use crate::event::timestamp;
use crate::{Log, ReadError, Recorded, StreamId, Tenant};

impl Log {
    /// The last position recorded at or before `at`; 0 when there is none.
    ///
    /// What was known at a moment is what the log holds up to there: always a prefix.
    /// A moment ahead of the database's clock is [`ReadError::Ahead`].
    /// An append that began before `at` and is not yet committed adds to what was known then, so ask once
    /// and keep the position.
    pub async fn position_at(&self, tenant: &Tenant, at: Timestamp) -> Result<i64, ReadError> {
        let row = sqlx::query(include_str!("../sql/find_position.sql"))
            .bind(tenant.as_str())
            .bind(whole_microseconds(at).to_sqlx())
            .fetch_optional(self.pool())
            .await?
            .ok_or_else(|| ReadError::UnknownTenant(tenant.clone()))?;
        if row.try_get("ahead")? {
            return Err(ReadError::Ahead {
                at,
                clock: timestamp(&row, "clock")?,
            });
        }
        // Null only if an event that it looked for is missing.
        Ok(row.try_get("position")?)
    }

    /// The events of one stream up to and with a position of the log, in order: what was known of it then.
    pub async fn read_stream_up_to(
        &self,
        tenant: &Tenant,
        stream: &StreamId,
        up_to_position: i64,
    ) -> Result<Vec<Recorded>, ReadError> {
        let rows = sqlx::query(include_str!("../sql/read_stream_up_to.sql"))
            .bind(tenant.as_str())
            .bind(&stream.kind)
            .bind(&stream.id)
            .bind(up_to_position)
            .fetch_all(self.pool())
            .await?;
        rows.iter().map(Recorded::from_row).collect()
    }
}

/// The last whole microsecond not after this: the log's times have no finer part.
fn whole_microseconds(at: Timestamp) -> Timestamp {
    at - SignedDuration::from_nanos(i64::from(at.subsec_nanosecond()).rem_euclid(1_000))
}
