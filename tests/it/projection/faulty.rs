//! The queue, with faults that can be switched on: what a defect, an old version or a dying server does.

use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use eventlog::{Log, Recorded, StreamId, Tenant};
use projection::{Batch, DecodeError, Pace, Projection, Table};
use readmodel::queue::QueueProjection;
use readmodel::{Decoded, Runner};
use sqlx::PgConnection;
use tokio::sync::Notify;

use super::world::{World, stream};

/// What goes wrong.
#[derive(Debug, Clone)]
pub(super) enum Fault {
    /// An old version that has no decoder for this kind.
    Unreadable { kind: &'static str },
    /// The row of this request breaks a constraint once it has come to this version.
    Constraint { request: u128, version: i64 },
    /// The fold panics at this version of this request.
    Panic { request: u128, version: i64 },
    /// The connection is killed after the rows, this many times.
    KilledAfterRows { times: usize },
    /// A statement that is wrong whatever the data.
    Broken,
    /// The whole process is paused before it applies anything, until it is let go.
    Paused,
}

/// What the test and the projection share.
#[derive(Debug, Default)]
struct Shared {
    fault: Mutex<Option<Fault>>,
    attempts: AtomicUsize,
    applied: AtomicI64,
    paused: Notify,
    let_go: Mutex<Option<std::sync::mpsc::Sender<()>>>,
}

/// The queue under its own name; clones share their fault.
#[derive(Debug, Clone, Default)]
pub(super) struct Faulty {
    shared: Arc<Shared>,
    cross_stream: bool,
}

impl Faulty {
    /// As if its rows were made of several streams.
    pub(super) fn cross_stream() -> Self {
        Self {
            cross_stream: true,
            ..Self::default()
        }
    }

    pub(super) fn set(&self, fault: Fault) {
        *self.shared.fault.lock().unwrap() = Some(fault);
    }

    /// The software is mended.
    pub(super) fn mend(&self) {
        *self.shared.fault.lock().unwrap() = None;
    }

    /// How often it was given a batch.
    pub(super) fn attempts(&self) -> usize {
        self.shared.attempts.load(Ordering::SeqCst)
    }

    /// How many events it applied.
    pub(super) fn applied(&self) -> i64 {
        self.shared.applied.load(Ordering::SeqCst)
    }

    /// Until a paused process has begun to be paused.
    pub(super) async fn until_paused(&self) {
        self.shared.paused.notified().await;
    }

    /// Lets a paused process go on.
    pub(super) fn let_go(&self) {
        drop(self.shared.let_go.lock().unwrap().take());
    }

    /// A server of its own that has this view only; it fails quickly and takes over quickly.
    pub(super) async fn runner(&self, world: &World) -> Runner {
        let log = Log::new(world.read.clone());
        Runner::open(log, &world.read, vec![Arc::new(self.clone())])
            .await
            .unwrap()
            .with_pace(Pace {
                lease_ttl: Duration::from_millis(300),
                restarts_max: 3,
                restart_after: Duration::from_millis(1),
            })
    }

    fn fault(&self) -> Option<Fault> {
        self.shared.fault.lock().unwrap().clone()
    }

    /// Stands still with its thread, as a process that gets no time does.
    fn pause(&self) {
        let (let_go, wait) = std::sync::mpsc::channel();
        *self.shared.let_go.lock().unwrap() = Some(let_go);
        self.mend();
        self.shared.paused.notify_one();
        // Ends when the other end is dropped. Other tasks of this runtime are those of other processes.
        let _let_go = tokio::task::block_in_place(|| wait.recv());
    }
}

/// Whether a batch has this version of this request.
fn has(batch: &Batch<'_, Decoded>, request: u128, version: i64) -> bool {
    let stream = stream(casework::RequestId(uuid::Uuid::from_u128(request)));
    batch
        .events()
        .iter()
        .any(|it| it.recorded.stream == stream && it.recorded.version == version)
}

#[async_trait]
impl Projection for Faulty {
    type Event = Decoded;

    fn name(&self) -> &'static str {
        QueueProjection.name()
    }

    fn version(&self) -> i32 {
        QueueProjection.version()
    }

    fn schema_sql(&self) -> &'static str {
        QueueProjection.schema_sql()
    }

    fn tables(&self) -> &'static [Table] {
        QueueProjection.tables()
    }

    fn cross_stream(&self) -> bool {
        self.cross_stream
    }

    fn decode(&self, tenant: &Tenant, recorded: Recorded) -> Result<Decoded, DecodeError> {
        match self.fault() {
            Some(Fault::Unreadable { kind }) if recorded.kind == kind => {
                return Err(DecodeError::new(format!("no decoder for `{kind}`")));
            }
            Some(Fault::Paused) => self.pause(),
            _ => {}
        }
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
        self.shared.attempts.fetch_add(1, Ordering::SeqCst);
        QueueProjection.apply(&mut *connection, batch).await?;
        match self.fault() {
            Some(Fault::Constraint { request, version }) if has(batch, request, version) => {
                sqlx::query("update request set ending = 'lost' where request_id = $1")
                    .bind(uuid::Uuid::from_u128(request))
                    .execute(connection)
                    .await?;
            }
            Some(Fault::Panic { request, version }) => {
                assert!(!has(batch, request, version), "a defect in the fold");
            }
            Some(Fault::KilledAfterRows { times }) => {
                let left = times.checked_sub(1).filter(|left| *left > 0);
                match left {
                    Some(times) => self.set(Fault::KilledAfterRows { times }),
                    None => self.mend(),
                }
                sqlx::query("select pg_terminate_backend(pg_backend_pid())")
                    .execute(connection)
                    .await?;
            }
            Some(Fault::Broken) => {
                sqlx::query("select from no_such_table")
                    .execute(connection)
                    .await?;
            }
            _ => {}
        }
        let events = i64::try_from(batch.events().len()).unwrap();
        self.shared.applied.fetch_add(events, Ordering::SeqCst);
        Ok(())
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

/// A runner that follows the log until it is stopped, or dies.
pub(super) struct Server {
    stop: tokio::sync::oneshot::Sender<()>,
    running: tokio::task::JoinHandle<()>,
}

impl Server {
    pub(super) fn start(runner: &Runner) -> Self {
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let runner = runner.clone();
        let running = tokio::spawn(async move {
            let shutdown = async { drop(stopped.await) };
            runner
                .run(&crate::support::event::zeeveld(), shutdown)
                .await;
        });
        Self { stop, running }
    }

    /// Ends in peace.
    pub(super) async fn stop(self) {
        self.stop.send(()).unwrap();
        self.running.await.unwrap();
    }

    /// Dies: nothing is given back.
    pub(super) async fn die(self) {
        self.running.abort();
        assert!(self.running.await.unwrap_err().is_cancelled());
    }
}
