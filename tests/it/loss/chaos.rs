//! What goes wrong meanwhile: appends of others that roll back, and backends that are terminated.

use std::sync::Arc;

use fastrand::Rng;
use sqlx::Connection as _;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::support::db::TestDb;

use super::ledger::Ledger;

/// A backend is terminated, and a transaction rolled back, each time so many commands were acknowledged.
const EVERY: usize = 12;

pub(super) struct Chaos {
    stop: watch::Sender<bool>,
    terminating: JoinHandle<usize>,
    rolling_back: JoinHandle<usize>,
}

/// How often.
pub(super) struct Disturbed {
    pub(super) ended: usize,
    pub(super) rolled_back: usize,
}

impl Chaos {
    pub(super) async fn start(db: &TestDb, ledger: Arc<Ledger>) -> Self {
        let (stop, stopped) = watch::channel(false);
        Self {
            terminating: tokio::spawn(terminate(
                db.superuser().await,
                ledger.counted(),
                stopped.clone(),
            )),
            rolling_back: tokio::spawn(roll_back(db.superuser().await, ledger.counted(), stopped)),
            stop,
        }
    }

    pub(super) async fn stop(self) -> Disturbed {
        self.stop.send_replace(true);
        Disturbed {
            ended: self.terminating.await.unwrap(),
            rolled_back: self.rolling_back.await.unwrap(),
        }
    }
}

/// Returns true each time some more commands were acknowledged, and false once it is over.
async fn some_more(
    counted: &mut watch::Receiver<usize>,
    stopped: &mut watch::Receiver<bool>,
) -> bool {
    let next = *counted.borrow_and_update() + EVERY;
    tokio::select! {
        _ = stopped.wait_for(|stopped| *stopped) => false,
        more = counted.wait_for(|count| *count >= next) => more.is_ok(),
    }
}

/// Terminates one backend of this database after another, whichever it happens to be.
async fn terminate(
    mut superuser: sqlx::PgConnection,
    mut counted: watch::Receiver<usize>,
    mut stopped: watch::Receiver<bool>,
) -> usize {
    let mut random = Rng::with_seed(7);
    let mut ended = 0;
    while some_more(&mut counted, &mut stopped).await {
        let pids: Vec<i32> = sqlx::query_scalar(
            "select pid
            from pg_stat_activity
            where datname = current_database()
                and usename is not null
                and application_name <> 'chaos'
                and pid <> pg_backend_pid()",
        )
        .fetch_all(&mut superuser)
        .await
        .unwrap();
        let Some(pid) = random.choice(&pids) else {
            continue;
        };
        let gone: bool = sqlx::query_scalar("select pg_terminate_backend($1)")
            .bind(pid)
            .fetch_one(&mut superuser)
            .await
            .unwrap();
        ended += usize::from(gone);
    }
    ended
}

/// Appends as another program would, holds the head for a moment, and rolls back.
async fn roll_back(
    mut superuser: sqlx::PgConnection,
    mut counted: watch::Receiver<usize>,
    mut stopped: watch::Receiver<bool>,
) -> usize {
    sqlx::query("set application_name to 'chaos'")
        .execute(&mut superuser)
        .await
        .unwrap();
    let mut rolled_back = 0;
    while some_more(&mut counted, &mut stopped).await {
        let mut held = superuser.begin().await.unwrap();
        sqlx::raw_sql(
            "update log.head set position = position + 1, revision = revision + 1;
            insert into log.event
            select head.tenant, head.position, gen_random_uuid(), 'thing', 'rolled-back', 1, kind, schema, occurred_at,
                occurred_precision, head.recorded_at, actor, on_behalf_of, correlation, causation, gen_random_uuid(),
                payload, encrypted
            from log.head
            join log.event on event.tenant = head.tenant
                and event.position = 1;
            select pg_sleep(random() * 0.004)",
        )
        .execute(&mut *held)
        .await
        .unwrap();
        held.rollback().await.unwrap();
        rolled_back += 1;
    }
    rolled_back
}
