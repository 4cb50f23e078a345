//! A municipality with a log, and a runner of its views.

use casework::{Event, RequestId, stored};
use eventlog::{
    Append, Appended, Expected, Log, NewEvent, Precision, Recorded, StreamId, Tenant, Write,
    canonical,
};
use jiff::Timestamp;
use readmodel::Runner;
use sqlx::PgPool;
use uuid::Uuid;

use crate::support::db::TestDb;
use crate::support::event::{next_id, zeeveld};
use crate::support::views;

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
        let runner = readmodel::open_runner(Log::new(read.clone()), &read)
            .await
            .unwrap();
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

    /// Every row of every table of every view, and where each stands.
    pub(super) async fn rows(&self, tenant: &Tenant) -> Vec<String> {
        views::rows(&self.read, tenant).await
    }

    /// Builds a view anew.
    pub(super) async fn rebuilt(&self, name: &str, tenant: &Tenant) {
        views::rebuild(&self.runner, name, tenant).await;
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
