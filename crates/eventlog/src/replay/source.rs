//! The bytes of a replay: one COPY after the other, on one connection.

use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use futures_util::TryStreamExt as _;
use sqlx::pool::PoolConnection;
use sqlx::{PgPool, Postgres};

use crate::Tenant;

/// Events of one COPY. Each COPY has a snapshot, and while that is open the database keeps every old
/// version of the head: appends get slower by the minute. So a long replay takes many short ones.
const SEGMENT_EVENTS: i64 = 50_000;

/// Bytes that are gathered before they are handed over.
const FILL_BYTES: usize = 128 * 1024;

/// Rows come from the primary key as they are asked for: never from a sort, which reads everything first,
/// and never from several workers, which would take the other replays' cores.
const BEGIN: &str = "begin read only;
    set local enable_sort = off;
    set local enable_bitmapscan = off;
    set local max_parallel_workers_per_gather = 0";

type Copying = Pin<Box<dyn Future<Output = Result<(), sqlx::Error>> + Send>>;

/// Reads while it is polled, and not a byte further.
pub(super) struct Source {
    /// Never locked: the mutex only makes this shareable, as a future alone is not.
    copying: Mutex<Copying>,
    hatch: Arc<Hatch>,
    ended: bool,
}

impl fmt::Debug for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Source")
            .field("ended", &self.ended)
            .finish_non_exhaustive()
    }
}

/// Where the copying leaves what it has gathered.
#[derive(Default)]
struct Hatch(Mutex<Filled>);

#[derive(Default)]
struct Filled {
    bytes: Vec<u8>,
    ready: bool,
}

impl Source {
    pub(super) fn new(pool: &PgPool, tenant: &Tenant, after: i64, up_to: i64) -> Self {
        let hatch = Arc::new(Hatch::default());
        Self {
            copying: Mutex::new(Box::pin(copy(
                pool.clone(),
                tenant.clone(),
                after,
                up_to,
                Arc::clone(&hatch),
            ))),
            hatch,
            ended: after >= up_to,
        }
    }

    /// Adds what comes next to the bytes; false when nothing comes any more.
    pub(super) async fn fill(&mut self, bytes: &mut Vec<u8>) -> Result<bool, sqlx::Error> {
        if self.ended {
            return Ok(false);
        }
        let copying = self
            .copying
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        std::future::poll_fn(|context| {
            let polled = copying.as_mut().poll(context);
            self.ended = polled.is_ready();
            match polled {
                Poll::Ready(result) => Poll::Ready(result.map(|()| false)),
                Poll::Pending if self.hatch.take(bytes) => Poll::Ready(Ok(true)),
                Poll::Pending => Poll::Pending,
            }
        })
        .await
    }
}

impl Hatch {
    fn lock(&self) -> MutexGuard<'_, Filled> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Leaves the bytes, takes back an empty buffer, and stops until the next call of [`Source::fill`].
    async fn leave(&self, bytes: &mut Vec<u8>) {
        {
            let mut filled = self.lock();
            std::mem::swap(&mut filled.bytes, bytes);
            filled.ready = true;
        }
        bytes.clear();
        let mut left = false;
        std::future::poll_fn(|_| {
            if std::mem::replace(&mut left, true) {
                Poll::Ready(())
            } else {
                // Nobody is woken: whoever wants more polls again.
                Poll::Pending
            }
        })
        .await;
    }

    /// Adds what was left here to the bytes, if anything was.
    fn take(&self, bytes: &mut Vec<u8>) -> bool {
        let mut filled = self.lock();
        if !std::mem::take(&mut filled.ready) {
            return false;
        }
        if bytes.is_empty() {
            std::mem::swap(&mut filled.bytes, bytes);
        } else {
            bytes.extend_from_slice(&filled.bytes);
        }
        true
    }
}

/// A connection that is closed, unless it was told that all is well with it.
struct Closing(Option<PoolConnection<Postgres>>);

impl Closing {
    fn keep(mut self) {
        self.0 = None;
    }
}

impl Drop for Closing {
    fn drop(&mut self) {
        if let Some(connection) = &mut self.0 {
            connection.close_on_drop();
        }
    }
}

async fn copy(
    pool: PgPool,
    tenant: Tenant,
    after: i64,
    up_to: i64,
    hatch: Arc<Hatch>,
) -> Result<(), sqlx::Error> {
    let mut connection = Closing(Some(pool.acquire().await?));
    let mut bytes = Vec::with_capacity(FILL_BYTES + FILL_BYTES / 2);
    let mut before = after;
    while before < up_to {
        let last = up_to.min(before.saturating_add(SEGMENT_EVENTS));
        let Some(open) = &mut connection.0 else { break };
        sqlx::raw_sql(BEGIN).execute(&mut **open).await?;
        {
            let mut rows = open.copy_out_raw(&statement(&tenant, before, last)).await?;
            while let Some(row) = rows.try_next().await? {
                bytes.extend_from_slice(&row);
                if bytes.len() >= FILL_BYTES {
                    hatch.leave(&mut bytes).await;
                }
            }
        }
        sqlx::raw_sql("commit").execute(&mut **open).await?;
        before = last;
    }
    if !bytes.is_empty() {
        hatch.leave(&mut bytes).await;
    }
    connection.keep();
    Ok(())
}

/// COPY takes no parameters, so the values stand in the statement: a tenant is a slug of a-z, 0-9 and -,
/// which holds no quote, and the others are numbers.
fn statement(tenant: &Tenant, after: i64, up_to: i64) -> String {
    let rows = include_str!("../../sql/replay_segment.sql")
        .replace("$1", &format!("'{tenant}'"))
        .replace("$2", &after.to_string())
        .replace("$3", &up_to.to_string());
    format!("copy ({rows}) to stdout (format binary)")
}
