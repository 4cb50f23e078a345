//! A municipality with a log, and a runner of its views.

use casework::{Event, RequestId, stored};
use eventlog::{
    Append, Appended, Expected, Log, NewEvent, Precision, Recorded, StreamId, Tenant, Write,
    canonical,
};
use jiff::Timestamp;
use readmodel::Runner;
use sqlx::{AssertSqlSafe, PgPool};
use uuid::Uuid;

use crate::support::db::TestDb;
use crate::support::event::{next_id, zeeveld};

pub(super) struct World {
    pub(super) db: TestDb,
    pub(super) log: Log,
    pub(super) read: PgPool,
    pub(super) runner: Runner,
}

impl World {
    pub(super) async fn new() -> Self {
        let db = TestDb::new().await;
        let log = db.log().await;
        log.create_tenant(&zeeveld()).await.unwrap();
        let read = db.read_pool().await;
        let runner = Runner::open(Log::new(read.clone()), &read).await.unwrap();
        Self {
            db,
            log,
            read,
            runner,
        }
    }

    /// Appends events of one request, as history.
    pub(super) async fn happened(
        &self,
        request: RequestId,
        events: impl IntoIterator<Item = (&'static str, Event)>,
    ) -> Appended {
        let events = events
            .into_iter()
            .map(|(at, event)| offered(&event, at.parse().unwrap()))
            .collect();
        self.append(&zeeveld(), vec![(stream(request), events)])
            .await
    }

    pub(super) async fn append(
        &self,
        tenant: &Tenant,
        writes: Vec<(StreamId, Vec<NewEvent>)>,
    ) -> Appended {
        let command_id = next_id();
        let append = Append {
            command_id,
            fingerprint: command_id.as_bytes().to_vec(),
            refusal: None,
            writes: writes
                .into_iter()
                .map(|(stream, events)| Write {
                    stream,
                    expected: Expected::Any,
                    events,
                })
                .collect(),
            guards: Vec::new(),
            live: false,
        };
        self.log.append(tenant, append).await.unwrap()
    }

    pub(super) async fn caught_up(&self) {
        self.runner.catch_up(&zeeveld()).await.unwrap();
    }

    /// Every row of every table of every view, and the checkpoints.
    pub(super) async fn rows(&self, tenant: &Tenant) -> Vec<String> {
        let mut all = Vec::new();
        for projection in readmodel::all() {
            let schema = projection.schema();
            for table in projection.tables() {
                let sql = format!(
                    "select '{schema}.{table} ' || to_jsonb(it)::text
                     from {schema}.{table} as it
                     where tenant = $1
                     order by 1"
                );
                let rows: Vec<String> = sqlx::query_scalar(AssertSqlSafe(sql))
                    .bind(tenant.as_str())
                    .fetch_all(&self.read)
                    .await
                    .unwrap();
                all.extend(rows);
            }
        }
        let checkpoints: Vec<String> = sqlx::query_scalar(
            "select to_jsonb(it)::text
             from read.projection as it
             where tenant = $1
             order by 1",
        )
        .bind(tenant.as_str())
        .fetch_all(&self.read)
        .await
        .unwrap();
        all.extend(checkpoints);
        all
    }

    /// The whole log.
    pub(super) async fn recorded(&self, tenant: &Tenant) -> Vec<Recorded> {
        self.log.read_after(tenant, 0, i64::MAX).await.unwrap()
    }
}

pub(super) fn stream(request: RequestId) -> StreamId {
    StreamId::new("request", request.to_string())
}

/// An event as it would be offered to the log, without texts.
pub(super) fn offered(event: &Event, occurred_at: Timestamp) -> NewEvent {
    let stored = stored::encode(event, RequestId(Uuid::nil())).unwrap();
    offered_raw(
        stored.kind,
        stored.schema,
        canonical::to_canonical_json(&stored.payload).unwrap(),
        occurred_at,
    )
}

/// An event of whatever form.
pub(super) fn offered_raw(
    kind: &str,
    schema: i32,
    payload: String,
    occurred_at: Timestamp,
) -> NewEvent {
    NewEvent {
        event_id: next_id(),
        kind: kind.to_owned(),
        schema,
        occurred_at,
        precision: Precision::Instant,
        actor: "staff:rosa".to_owned(),
        on_behalf_of: None,
        correlation: next_id(),
        causation: None,
        payload,
        encrypted: None,
    }
}
