//! Telling other processes that a log has grown, and hearing it from them.
//!
//! NOTIFY takes a lock over the whole server when its transaction commits, so it never happens inside an
//! append: a task of its own sends one notification for whatever gathered while the last was under way.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use sqlx::PgPool;
use sqlx::postgres::{PgListener, PgPoolOptions};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::Tenant;
use crate::log::Lanes;

/// The channel; a notification's payload is the tenant.
const CHANNEL: &str = "eventlog";

/// How long after a notification the next one may go: a follower elsewhere hears of a first append at once,
/// and of a stream of them as often as it can do something about it.
const PAUSE: Duration = Duration::from_millis(3);

/// How long to wait before listening again after the database could not be reached.
const RECONNECT: Duration = Duration::from_secs(1);

/// The two tasks of a [`Log`](crate::Log), each started when first needed and ended with it.
#[derive(Debug)]
pub(crate) struct Signals {
    pool: PgPool,
    lanes: Arc<Lanes>,
    /// One connection for each task, so that followers and notifications take none from the pool.
    side: OnceLock<PgPool>,
    pending: Arc<Pending>,
    sender: OnceLock<Task>,
    listener: OnceLock<Task>,
}

/// Tenants whose growth other processes have not been told of.
#[derive(Debug, Default)]
struct Pending {
    tenants: Mutex<BTreeSet<Tenant>>,
    wake: Notify,
}

/// A task that ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Task(JoinHandle<()>);

impl Task {
    pub(crate) fn spawn(work: impl Future<Output = ()> + Send + 'static) -> Self {
        Self(tokio::spawn(work))
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Signals {
    pub(crate) fn new(pool: PgPool, lanes: Arc<Lanes>) -> Self {
        Self {
            pool,
            lanes,
            side: OnceLock::new(),
            pending: Arc::default(),
            sender: OnceLock::new(),
            listener: OnceLock::new(),
        }
    }

    /// Has other processes told, soon and without waiting for it.
    pub(crate) fn announce(&self, tenant: &Tenant) {
        self.pending.lock().insert(tenant.clone());
        self.pending.wake.notify_one();
        self.sender
            .get_or_init(|| Task::spawn(send(self.side(), Arc::clone(&self.pending))));
    }

    /// Hears of growth from now on.
    pub(crate) fn listen(&self) {
        self.listener
            .get_or_init(|| Task::spawn(listen(self.side(), Arc::clone(&self.lanes))));
    }

    fn side(&self) -> PgPool {
        let connect = || {
            // A notification that a crash takes with it is missed by nobody: whoever listens was cut off too.
            let options = PgPool::connect_options(&self.pool)
                .as_ref()
                .clone()
                .options([("synchronous_commit", "off")]);
            PgPoolOptions::new()
                .max_connections(2)
                .connect_lazy_with(options)
        };
        self.side.get_or_init(connect).clone()
    }
}

impl Pending {
    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeSet<Tenant>> {
        self.tenants.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn send(side: PgPool, pending: Arc<Pending>) {
    loop {
        pending.wake.notified().await;
        let tenants: Vec<String> = std::mem::take(&mut *pending.lock())
            .iter()
            .map(ToString::to_string)
            .collect();
        let sent = sqlx::query(include_str!("../sql/notify_tenants.sql"))
            .bind(&tenants)
            .execute(&side)
            .await;
        if let Err(error) = sent {
            tracing::warn!(%error, "followers elsewhere were not told of new events; they poll");
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn listen(side: PgPool, lanes: Arc<Lanes>) {
    loop {
        if let Err(error) = hear(&side, &lanes).await {
            tracing::warn!(%error, "not hearing of new events for a while; followers poll");
        }
        tokio::time::sleep(RECONNECT).await;
    }
}

/// Passes on what is heard until the connection is lost and cannot be made again at once.
async fn hear(side: &PgPool, lanes: &Lanes) -> Result<(), sqlx::Error> {
    let mut listener = PgListener::connect_with(side).await?;
    listener.listen(CHANNEL).await?;
    lanes.ring_all();
    loop {
        match listener.try_recv().await? {
            Some(heard) => lanes.ring(heard.payload()),
            // The listener has reconnected; what was said meanwhile is lost.
            None => lanes.ring_all(),
        }
    }
}
