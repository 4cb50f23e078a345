//! Reading: one stream, or everything after a position.

use std::collections::HashSet;

use sqlx::Row as _;
use uuid::Uuid;

use crate::{Log, ReadError, Recorded, StreamId, Tenant};

impl Log {
    /// The events of one stream with a version above `after_version`, in order; none for a stream that
    /// does not exist.
    pub async fn read_stream(
        &self,
        tenant: &Tenant,
        stream: &StreamId,
        after_version: i64,
    ) -> Result<Vec<Recorded>, ReadError> {
        let mut connection = self.lend().await?;
        let rows = sqlx::query(include_str!("../sql/read_stream.sql"))
            .bind(tenant.as_str())
            .bind(&stream.kind)
            .bind(&stream.id)
            .bind(after_version)
            .fetch_all(&mut *connection)
            .await?;
        connection.give_back();
        rows.iter().map(Recorded::from_row).collect()
    }

    /// At most `limit` events after `position`, in order.
    ///
    /// Since commit order is position order, what follows the last one returned is always a later call's
    /// `position > last`: no event can still appear before it.
    pub async fn read_after(
        &self,
        tenant: &Tenant,
        position: i64,
        limit: i64,
    ) -> Result<Vec<Recorded>, ReadError> {
        let mut connection = self.lend().await?;
        let rows = sqlx::query(include_str!("../sql/read_after.sql"))
            .bind(tenant.as_str())
            .bind(position)
            .bind(limit)
            .fetch_all(&mut *connection)
            .await?;
        connection.give_back();
        rows.iter().map(Recorded::from_row).collect()
    }

    /// The ids of all streams of a kind, for kinds that have few.
    pub async fn list_streams(
        &self,
        tenant: &Tenant,
        kind: &str,
    ) -> Result<Vec<String>, ReadError> {
        let rows = sqlx::query(include_str!("../sql/list_streams.sql"))
            .bind(tenant.as_str())
            .bind(kind)
            .fetch_all(self.pool())
            .await?;
        rows.iter()
            .map(|row| Ok(row.try_get("stream_id")?))
            .collect()
    }

    /// Which of these events are in the log: an import asks before it appends.
    pub async fn find_event_ids(
        &self,
        tenant: &Tenant,
        event_ids: &[Uuid],
    ) -> Result<HashSet<Uuid>, ReadError> {
        let rows = sqlx::query(include_str!("../sql/find_event_ids.sql"))
            .bind(tenant.as_str())
            .bind(event_ids)
            .fetch_all(self.pool())
            .await?;
        rows.iter()
            .map(|row| Ok(row.try_get("event_id")?))
            .collect()
    }
}
