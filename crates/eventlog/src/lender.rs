//! Connections kept at hand between two statements.
//!
//! A pool asks every connection that comes back whether it still lives: one more round trip for each
//! statement. A connection whose last statement went well is kept here instead and lent again.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use sqlx::pool::PoolConnection;
use sqlx::{PgConnection, PgPool, Postgres};

use crate::notify::Task;

/// How long a connection that nobody used is taken to live.
const TRUSTED: Duration = Duration::from_secs(1);

type Kept = Mutex<Vec<(PoolConnection<Postgres>, Instant)>>;

/// Lends connections of a pool, of which it keeps at most half, so that others always find one.
#[derive(Debug)]
pub(crate) struct Lender {
    pool: PgPool,
    kept: Arc<Kept>,
    closing: OnceLock<Task>,
}

/// A lent connection. Dropped, it goes to the pool, which makes sure that it is fit for use.
pub(crate) struct Lent<'a> {
    connection: PoolConnection<Postgres>,
    lender: &'a Lender,
}

impl Lender {
    pub(crate) fn new(pool: PgPool) -> Self {
        Self {
            pool,
            kept: Arc::default(),
            closing: OnceLock::new(),
        }
    }

    pub(crate) async fn lend(&self) -> Result<Lent<'_>, sqlx::Error> {
        let kept = lock(&self.kept).pop();
        let connection = match kept {
            Some((connection, since)) if since.elapsed() < TRUSTED => connection,
            stale => {
                drop(stale);
                self.pool.acquire().await?
            }
        };
        Ok(Lent {
            connection,
            lender: self,
        })
    }

    /// Whoever closes the pool waits for all of its connections, these too.
    fn let_go_when_closed(&self) {
        self.closing.get_or_init(|| {
            let (closed, kept) = (self.pool.close_event(), Arc::clone(&self.kept));
            Task::spawn(async move {
                closed.await;
                lock(&kept).clear();
            })
        });
    }
}

impl Lent<'_> {
    /// Gives it back in order: no transaction is open and no answer is outstanding.
    pub(crate) fn give_back(self) {
        let Self { connection, lender } = self;
        let most = usize::try_from(lender.pool.options().get_max_connections() / 2);
        lender.let_go_when_closed();
        let mut kept = lock(&lender.kept);
        // Asked under the lock that closing takes after it has begun.
        if !lender.pool.is_closed() && kept.len() < most.unwrap_or_default() {
            kept.push((connection, Instant::now()));
        }
    }
}

impl Deref for Lent<'_> {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.connection
    }
}

impl DerefMut for Lent<'_> {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.connection
    }
}

fn lock(kept: &Kept) -> MutexGuard<'_, Vec<(PoolConnection<Postgres>, Instant)>> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}
