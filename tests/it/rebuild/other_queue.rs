//! The queue with something about it that the real one does not have.

use async_trait::async_trait;
use eventlog::{Recorded, StreamId, Tenant};
use projection::{Batch, DecodeError, Projection, Table};
use readmodel::Decoded;
use readmodel::queue::QueueProjection;
use sqlx::PgConnection;

/// The queue, but for this.
pub(super) struct OtherQueue {
    version: i32,
    schema_sql: &'static str,
    cross_stream: bool,
}

impl OtherQueue {
    /// With another column, as a later version of the software would have it.
    pub(super) fn later() -> Self {
        Self {
            version: 2,
            schema_sql: concat!(
                include_str!("../../../crates/readmodel/sql/queue_v1.sql"),
                "alter table request add column note text;
                 alter table request drop column lead_person;
                 alter table request add column lead_person text;
                 alter table request alter column edition type integer;"
            ),
            cross_stream: false,
        }
    }

    /// As if its rows were made of several streams.
    pub(super) fn cross_stream() -> Self {
        Self {
            version: QueueProjection.version(),
            schema_sql: QueueProjection.schema_sql(),
            cross_stream: true,
        }
    }
}

#[async_trait]
impl Projection for OtherQueue {
    type Event = Decoded;

    fn name(&self) -> &'static str {
        "queue"
    }

    fn version(&self) -> i32 {
        self.version
    }

    fn schema_sql(&self) -> &'static str {
        self.schema_sql
    }

    fn cross_stream(&self) -> bool {
        self.cross_stream
    }

    fn tables(&self) -> &'static [Table] {
        QueueProjection.tables()
    }

    fn decode(&self, tenant: &Tenant, recorded: Recorded) -> Result<Decoded, DecodeError> {
        QueueProjection.decode(tenant, recorded)
    }

    fn recorded<'a>(&self, event: &'a Decoded) -> &'a Recorded {
        QueueProjection.recorded(event)
    }

    fn refolds(&self, event: &Decoded) -> bool {
        QueueProjection.refolds(event)
    }

    async fn apply(
        &self,
        connection: &mut PgConnection,
        batch: &Batch<'_, Decoded>,
    ) -> Result<(), sqlx::Error> {
        QueueProjection.apply(connection, batch).await
    }

    async fn forget(
        &self,
        connection: &mut PgConnection,
        tenant: &Tenant,
        stream: &StreamId,
    ) -> Result<(), sqlx::Error> {
        QueueProjection.forget(connection, tenant, stream).await
    }
}
