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

/// Lends connections of a pool, of which it keeps at most a quarter, and none that nobody used for a second,
/// so that others find one.
#[derive(Debug)]
pub(crate) struct Lender {
    pool: PgPool,
    kept: Arc<Kept>,
    letting_go: OnceLock<Task>,
}

/// A lent connection. Dropped without being given back, it is closed: nobody knows what is under way on it.
pub(crate) struct Lent<'a> {
    connection: Option<PoolConnection<Postgres>>,
    lender: &'a Lender,
}

impl Lender {
    pub(crate) fn new(pool: PgPool) -> Self {
        Self {
            pool,
            kept: Arc::default(),
            letting_go: OnceLock::new(),
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
            connection: Some(connection),
            lender: self,
        })
    }

    /// Whoever closes the pool waits for all of its connections, these too; and those that nobody uses
    /// belong in the pool, where others find them.
    fn let_go_in_time(&self) {
        self.letting_go.get_or_init(|| {
            let (mut closed, kept) = (self.pool.close_event(), Arc::clone(&self.kept));
            Task::spawn(async move {
                while tokio::time::timeout(TRUSTED, &mut closed).await.is_err() {
                    lock(&kept).retain(|(_, since)| since.elapsed() < TRUSTED);
                }
                lock(&kept).clear();
            })
        });
    }
}

impl Lent<'_> {
    /// Gives it back in order: no transaction is open and no answer is outstanding.
    pub(crate) fn give_back(mut self) {
        let Some(connection) = self.connection.take() else {
            return;
        };
        let lender = self.lender;
        let most = usize::try_from(lender.pool.options().get_max_connections() / 4);
        lender.let_go_in_time();
        let mut kept = lock(&lender.kept);
        // Asked under the lock that closing takes after it has begun.
        if !lender.pool.is_closed() && kept.len() < most.unwrap_or_default() {
            kept.push((connection, Instant::now()));
        }
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        if let Some(connection) = &mut self.connection {
            connection.close_on_drop();
        }
    }
}

impl Deref for Lent<'_> {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        self.connection.as_ref().expect(GIVEN_BACK)
    }
}

impl DerefMut for Lent<'_> {
    fn deref_mut(&mut self) -> &mut PgConnection {
        self.connection.as_mut().expect(GIVEN_BACK)
    }
}

/// Giving back takes the value, so nobody can ask afterwards.
const GIVEN_BACK: &str = "a connection is lent until it is given back";

fn lock(kept: &Kept) -> MutexGuard<'_, Vec<(PoolConnection<Postgres>, Instant)>> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}
