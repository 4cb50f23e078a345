//! The head's lock: time is taken once it is held, and whoever waited looks again.

use eventlog::{AppendError, Expected, Guard, Log, Role, Tenant};
use jiff::Timestamp;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection as _, PgConnection, Row as _};
use tokio::task::JoinHandle;

use crate::support::db::TestDb;
use crate::support::event::{append, thing, write, zeeveld};
use crate::support::proxy::Proxy;

/// Returns once the append waits for a lock; it must not get by without.
async fn until_waiting<T>(connection: &mut PgConnection, append: &JoinHandle<T>) {
    loop {
        assert!(!append.is_finished(), "the append did not wait");
        let waiting: bool = sqlx::query_scalar(
            "select exists (
                select from pg_stat_activity
                where datname = current_database()
                    and wait_event_type = 'Lock'
            )",
        )
        .fetch_one(&mut *connection)
        .await
        .unwrap();
        if waiting {
            return;
        }
        tokio::task::yield_now().await;
    }
}

/// Returns once no statement of another session runs.
async fn until_idle(connection: &mut PgConnection) {
    loop {
        let active: i64 = sqlx::query_scalar(
            "select count(*)
            from pg_stat_activity
            where datname = current_database()
                and state <> 'idle'
                and pid <> pg_backend_pid()",
        )
        .fetch_one(&mut *connection)
        .await
        .unwrap();
        if active == 0 {
            return;
        }
        tokio::task::yield_now().await;
    }
}

async fn clock(connection: &mut PgConnection) -> Timestamp {
    let row =
        sqlx::query("select (extract(epoch from clock_timestamp()) * 1000000)::bigint as now_us")
            .fetch_one(connection)
            .await
            .unwrap();
    Timestamp::from_microsecond(row.get("now_us")).unwrap()
}

async fn log_of(db: &TestDb, tenant: &Tenant) -> Log {
    let log = db.log().await;
    log.create_tenant(tenant).await.unwrap();
    log
}

#[tokio::test]
async fn recorded_at_is_read_after_the_wait_for_the_lock() {
    let (db, tenant) = (TestDb::new().await, zeeveld());
    let log = log_of(&db, &tenant).await;
    let (mut holder, mut watcher) = (db.superuser().await, db.superuser().await);
    let mut held = holder.begin().await.unwrap();
    sqlx::query("select 1 from log.head for update")
        .execute(&mut *held)
        .await
        .unwrap();
    let appending = tokio::spawn({
        let (log, tenant) = (log.clone(), tenant.clone());
        async move {
            log.append(&tenant, append([write("a", Expected::New, 1)]))
                .await
        }
    });
    until_waiting(&mut watcher, &appending).await;
    let released_at = clock(&mut watcher).await;
    held.rollback().await.unwrap();
    let appended = appending.await.unwrap().unwrap();
    assert!(
        appended.recorded_at >= released_at,
        "{} before {released_at}",
        appended.recorded_at
    );
}

#[tokio::test]
async fn recorded_at_does_not_follow_a_clock_that_goes_back() {
    let (db, tenant) = (TestDb::new().await, zeeveld());
    let log = log_of(&db, &tenant).await;
    log.append(&tenant, append([write("a", Expected::New, 1)]))
        .await
        .unwrap();
    // As if the last event had been recorded before the clock was set back.
    sqlx::query("update log.head set recorded_at = recorded_at + interval '1 day'")
        .execute(&db.app_pool().await)
        .await
        .unwrap();
    let last = log.head(&tenant).await.unwrap().recorded_at.unwrap();
    let appended = log
        .append(&tenant, append([write("a", Expected::Exact(1), 1)]))
        .await
        .unwrap();
    assert_eq!(appended.recorded_at, last);
}

#[tokio::test]
async fn an_append_that_waited_for_another_looks_again_and_is_stored() {
    let (db, tenant) = (TestDb::new().await, zeeveld());
    let log = log_of(&db, &tenant).await;
    let (mut holder, mut watcher) = (db.superuser().await, db.superuser().await);
    let mut held = holder.begin().await.unwrap();
    sqlx::query("update log.head set revision = revision + 1")
        .execute(&mut *held)
        .await
        .unwrap();
    let command = append([write("a", Expected::New, 2)]);
    let appending = tokio::spawn({
        let (log, tenant, command) = (log.clone(), tenant.clone(), command.clone());
        async move { log.append(&tenant, command).await }
    });
    until_waiting(&mut watcher, &appending).await;
    held.commit().await.unwrap();
    let appended = appending.await.unwrap().unwrap();
    assert_eq!(
        (
            appended.first_position,
            appended.last_position,
            appended.repeated
        ),
        (1, 2, false)
    );
    assert_eq!(log.read_after(&tenant, 0, 10).await.unwrap().len(), 2);
}

#[tokio::test]
async fn settling_reaches_statements_of_dead_clients() {
    let (db, tenant) = (TestDb::new().await, zeeveld());
    let (dying, log) = (log_of(&db, &tenant).await, db.log().await);
    let (mut holder, mut watcher) = (db.superuser().await, db.superuser().await);
    let mut held = holder.begin().await.unwrap();
    sqlx::query("select 1 from log.head for update")
        .execute(&mut *held)
        .await
        .unwrap();
    let command = append([write("a", Expected::New, 1)]);
    let appending = tokio::spawn({
        let (tenant, command) = (tenant.clone(), command.clone());
        async move { dying.append(&tenant, command).await }
    });
    until_waiting(&mut watcher, &appending).await;
    // The client goes; its statement goes on waiting. Whoever settles first in the queue wins.
    appending.abort();
    assert!(appending.await.unwrap_err().is_cancelled());
    sqlx::query(include_str!("../../crates/eventlog/sql/raise_fence.sql"))
        .bind(tenant.as_str())
        .execute(&mut *held)
        .await
        .unwrap();
    held.commit().await.unwrap();
    let settled = log
        .outcome(&tenant, command.command_id, &command.fingerprint)
        .await
        .unwrap();
    assert_eq!(settled, None);
    until_idle(&mut watcher).await;
    assert_eq!(log.head(&tenant).await.unwrap().position, 0);
    assert_eq!(log.read_after(&tenant, 0, 10).await.unwrap(), []);
    assert!(!log.append(&tenant, command).await.unwrap().repeated);
}

#[tokio::test]
async fn an_append_under_an_older_fence_looks_again() {
    let (db, tenant) = (TestDb::new().await, zeeveld());
    let (log, other) = (log_of(&db, &tenant).await, db.log().await);
    log.append(&tenant, append([write("a", Expected::New, 1)]))
        .await
        .unwrap();
    let never_sent = append([write("b", Expected::New, 1)]);
    for _ in 0..3 {
        let settled = other
            .settle(&tenant, never_sent.command_id, &never_sent.fingerprint)
            .await;
        assert_eq!(settled.unwrap(), None);
        log.append(&tenant, append([write("a", Expected::Any, 1)]))
            .await
            .unwrap();
    }
    assert_eq!(log.head(&tenant).await.unwrap().position, 4);
}

#[tokio::test]
async fn a_guard_sees_what_was_committed_during_the_wait() {
    let (db, tenant) = (TestDb::new().await, zeeveld());
    let log = log_of(&db, &tenant).await;
    log.append(&tenant, append([write("mandate", Expected::New, 1)]))
        .await
        .unwrap();
    let (mut holder, mut watcher) = (db.superuser().await, db.superuser().await);
    // Another server's append to the guarded stream, not yet committed.
    let mut held = holder.begin().await.unwrap();
    sqlx::raw_sql(
        "update log.head set position = 2, revision = revision + 1;
        insert into log.event
        select tenant, 2, gen_random_uuid(), stream_kind, stream_id, 2, kind, schema, occurred_at, occurred_precision,
            recorded_at, actor, on_behalf_of, correlation, causation, gen_random_uuid(), payload, encrypted
        from log.event",
    )
    .execute(&mut *held)
    .await
    .unwrap();
    let mut decision = append([write("decision", Expected::New, 1)]);
    decision.guards.push(Guard {
        stream: thing("mandate"),
        version: 1,
    });
    let deciding = tokio::spawn({
        let (log, tenant) = (log.clone(), tenant.clone());
        async move { log.append(&tenant, decision).await }
    });
    until_waiting(&mut watcher, &deciding).await;
    held.commit().await.unwrap();
    let refused = deciding.await.unwrap();
    assert!(
        matches!(
            refused,
            Err(AppendError::Conflict {
                expected: 1,
                actual: 2,
                ..
            })
        ),
        "{refused:?}"
    );
    assert_eq!(log.head(&tenant).await.unwrap().position, 2);
}

#[tokio::test]
async fn settling_reaches_statements_that_have_not_arrived() {
    let (db, tenant) = (TestDb::new().await, zeeveld());
    let log = log_of(&db, &tenant).await;
    let mut proxy = Proxy::before(db.url()).await;
    // One connection and no pings before use, so that what is held up is the append's own statement.
    let options: PgConnectOptions = proxy.url().parse().unwrap();
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .test_before_acquire(false)
        .connect_lazy_with(options.options([("role", Role::App.name())]));
    let dying = Log::new(pool.clone());
    dying
        .append(&tenant, append([write("a", Expected::New, 1)]))
        .await
        .unwrap();
    // Unsettled it is stored once it arrives: only the fence keeps the other out.
    for settle in [false, true] {
        let command = append([write("a", Expected::Any, 1)]);
        while pool.num_idle() == 0 {
            tokio::task::yield_now().await;
        }
        proxy.hold();
        let appending = tokio::spawn({
            let (dying, tenant, command) = (dying.clone(), tenant.clone(), command.clone());
            async move { dying.append(&tenant, command).await }
        });
        proxy.until_sent().await;
        if settle {
            let settled = log
                .settle(&tenant, command.command_id, &command.fingerprint)
                .await;
            assert_eq!(settled.unwrap(), None);
        }
        appending.abort();
        assert!(appending.await.unwrap_err().is_cancelled());
        proxy.release().await;
        until_idle(&mut db.superuser().await).await;
        let stored = log
            .outcome(&tenant, command.command_id, &command.fingerprint)
            .await
            .unwrap();
        assert_eq!(stored.is_some(), !settle);
    }
}
