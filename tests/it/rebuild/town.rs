//! A municipality whose views are built anew.

use casework::event::{RequestSubmitted, RequestWithdrawn, RequesterKind};
use casework::{Channel, Domain, Event, Placement, RequestId, Text, WijkCode, WijkSource, stored};
use eventlog::{
    Append, Appended, Expected, Log, NewEvent, Precision, StreamId, Tenant, Write, canonical,
};
use jiff::Timestamp;
use projection::{Builder, Progress, Projection, Scratch, Slot};
use readmodel::{Decoded, Runner};
use sqlx::{AssertSqlSafe, PgConnection, PgPool};
use std::sync::Arc;
use uuid::Uuid;

use crate::support::db::TestDb;
use crate::support::event::{next_id, past, zeeveld};

/// The names of all views.
pub(super) const VIEWS: [&str; 3] = ["queue", "dossier", "evaluation"];

/// Says nothing.
pub(super) fn quietly(_: Progress) {}

/// Does something else before the task that calls this goes on. Not from the task of a test itself: that
/// would lose what woke it meanwhile.
pub(super) fn meanwhile<T>(work: impl Future<Output = T>) -> T {
    tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(work))
}

pub(super) struct Town {
    pub(super) db: TestDb,
    pub(super) log: Log,
    pub(super) read: PgPool,
    pub(super) runner: Runner,
}

impl Town {
    pub(super) async fn new() -> Self {
        Self::of(TestDb::new().await).await
    }

    /// As another process finds it.
    pub(super) async fn of(db: TestDb) -> Self {
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

    /// With requests of two wijken, each submitted and every third withdrawn again, in a few appends.
    pub(super) async fn lived(requests: u128) -> Self {
        let town = Self::new().await;
        let all: Vec<u128> = (1..=requests).collect();
        for some in all.chunks(200) {
            let writes = some.iter().map(|number| {
                let mut events = vec![offered(&submitted(wijk_of(*number)))];
                if number % 3 == 0 {
                    events.push(offered(&withdrawn()));
                }
                (stream(request(*number)), events)
            });
            town.append(&zeeveld(), writes.collect()).await;
        }
        town
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

    pub(super) async fn submit(&self, number: u128) -> i64 {
        let writes = vec![(
            stream(request(number)),
            vec![offered(&submitted(wijk_of(number)))],
        )];
        self.append(&zeeveld(), writes).await.last_position
    }

    pub(super) fn builder(&self, name: &str) -> Builder<Decoded> {
        self.runner.builder(name).unwrap()
    }

    pub(super) async fn scratch(&self, name: &str, tenant: &Tenant) -> Scratch<Decoded> {
        let log = Log::new(self.read.clone());
        Scratch::open(log, fold(name), &self.read, tenant)
            .await
            .unwrap()
    }

    /// Every row that a build of a view has of a tenant.
    pub(super) async fn rows(&self, name: &str, slot: Slot, tenant: &Tenant) -> Vec<String> {
        let mut connection = self.read.acquire().await.unwrap();
        let fold = fold(name);
        rows_in(&mut connection, &*fold, Some(&fold.schema(slot)), tenant).await
    }

    /// The build that serves.
    pub(super) async fn serving(&self, name: &str) -> Option<Slot> {
        let slot: Option<String> = sqlx::query_scalar(
            "select slot from read.projection where tenant = $1 and name = $2 and serving",
        )
        .bind(zeeveld().as_str())
        .bind(name)
        .fetch_optional(&self.read)
        .await
        .unwrap();
        slot.map(|slot| slot.parse().unwrap())
    }

    /// As if so much time went by that whoever died has lost its turn.
    pub(super) async fn turns_run_out(&self) {
        self.run("update read.projection set lease_until = statement_timestamp() - interval '1 s' where lease_until is not null").await;
    }

    /// Runs a statement of a test as the role that owns the views.
    pub(super) async fn run(&self, statement: &'static str) -> u64 {
        let done = sqlx::query(statement).execute(&self.read).await.unwrap();
        done.rows_affected()
    }
}

/// The fold of a view.
pub(super) fn fold(name: &str) -> Arc<dyn Projection<Event = Decoded>> {
    readmodel::all()
        .into_iter()
        .find(|projection| projection.name() == name)
        .unwrap()
}

/// Every row of a view's tables: of a schema, or of those that the connection sees.
pub(super) async fn rows_in(
    connection: &mut PgConnection,
    projection: &dyn Projection<Event = Decoded>,
    schema: Option<&str>,
    tenant: &Tenant,
) -> Vec<String> {
    let mut all = Vec::new();
    for table in projection.tables() {
        let name = table.name;
        let place = schema.map_or_else(|| name.to_owned(), |schema| format!("{schema}.{name}"));
        let rows: Vec<String> = sqlx::query_scalar(AssertSqlSafe(format!(
            "select '{name} ' || (to_jsonb(it) - 'tenant')::text from {place} as it where tenant = $1 order by 1"
        )))
        .bind(tenant.as_str())
        .fetch_all(&mut *connection)
        .await
        .unwrap();
        all.extend(rows);
    }
    all
}

pub(super) fn request(number: u128) -> RequestId {
    RequestId(Uuid::from_u128(number))
}

pub(super) fn stream(request: RequestId) -> StreamId {
    StreamId::new("request", request.to_string())
}

pub(super) fn wijk_of(number: u128) -> &'static str {
    if number.is_multiple_of(2) {
        "WK999902"
    } else {
        "WK999901"
    }
}

pub(super) fn submitted(wijk: &str) -> Event {
    RequestSubmitted {
        placement: Placement {
            wijk: Some(WijkCode::new(wijk).unwrap()),
            edition: Some(2026),
            source: WijkSource::Stated,
        },
        domain: Some(Domain::Sociaal),
        request_kind: Some("bankje".to_owned()),
        channel: Channel::Phone,
        requester_kind: RequesterKind::Resident,
        requester: None,
        words: Text::Withheld,
        name: Text::Withheld,
        contact: Text::Withheld,
        place: Text::Withheld,
    }
    .into()
}

pub(super) fn withdrawn() -> Event {
    RequestWithdrawn {
        reason: Text::Withheld,
        requester: None,
    }
    .into()
}

pub(super) fn offered(event: &Event) -> NewEvent {
    offered_at(event, past())
}

/// An event as it would be offered to the log, without texts.
pub(super) fn offered_at(event: &Event, at: Timestamp) -> NewEvent {
    let stored = stored::encode(event, RequestId(Uuid::nil())).unwrap();
    let payload = canonical::to_canonical_json(&stored.payload).unwrap();
    raw(stored.kind, stored.schema, payload, at)
}

/// An event of whatever form.
pub(super) fn raw(kind: &str, schema: i32, payload: String, occurred_at: Timestamp) -> NewEvent {
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

/// One that no version of the software can read.
pub(super) fn unreadable() -> NewEvent {
    raw("request-teleported", 3, "{}".to_owned(), past())
}
