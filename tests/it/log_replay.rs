//! Replaying: whole and in order, or an error; and a pool that outlives it.

use eventlog::{BrokenReplay, Expected, Log, Precision, ReadError, Recorded, Replay, Role, Tenant};
use sqlx::PgPool;

use crate::support::db::TestDb;
use crate::support::event::{append, event, next_id, write, zeeveld};

/// Every event of the range, one borrowed entry at a time.
async fn entries(mut replay: Replay) -> Vec<Recorded> {
    let mut events = Vec::new();
    while let Some(entry) = replay.next_entry().await.unwrap() {
        events.push(entry.to_recorded());
    }
    events
}

/// A log of so many events that say much, in commands of 50.
async fn filled(db: &TestDb, commands: usize) -> (Log, Tenant) {
    let (log, tenant) = (db.log().await, zeeveld());
    log.create_tenant(&tenant).await.unwrap();
    for number in 0..commands {
        let mut command = append([write(&number.to_string(), Expected::New, 50)]);
        for event in &mut command.writes[0].events {
            event.payload = format!("{{\"text\":\"{}\"}}", "x".repeat(8_000));
        }
        log.append(&tenant, command).await.unwrap();
    }
    (log, tenant)
}

#[tokio::test]
async fn a_replay_gives_every_column_as_a_reading_does() {
    let (db, tenant) = (TestDb::new().await, zeeveld());
    let log = db.log().await;
    log.create_tenant(&tenant).await.unwrap();
    let mut full = event();
    full.precision = Precision::Day;
    full.schema = 3;
    full.occurred_at = "1969-12-30T23:59:59.999999Z".parse().unwrap();
    full.on_behalf_of = Some("straße-één-🙂".to_owned());
    full.causation = Some(next_id());
    full.payload = r#"{"naam":"Café 🙂"}"#.to_owned();
    full.encrypted = Some((0..=255).collect());
    let mut empty = event();
    empty.encrypted = Some(Vec::new());
    let mut command = append([write("één/🙂", Expected::New, 1)]);
    command.writes[0].events.extend([full, empty]);
    log.append(&tenant, command).await.unwrap();
    let read = log.read_after(&tenant, 0, 10).await.unwrap();
    assert_eq!(read.len(), 3);
    assert_eq!(
        entries(log.replay(&tenant, 0, 3).await.unwrap()).await,
        read
    );
}

#[tokio::test]
async fn a_replay_ends_at_the_position_asked_for_and_begins_after_the_other() {
    let db = TestDb::new().await;
    let (log, tenant) = filled(&db, 4).await;
    let all = log.read_after(&tenant, 0, 1_000).await.unwrap();
    for (after, up_to) in [
        (0, 200),
        (0, 1),
        (199, 200),
        (13, 150),
        (0, 0),
        (200, 200),
        (150, 3),
    ] {
        let range: Vec<Recorded> = all
            .iter()
            .filter(|event| event.position > after && event.position <= up_to)
            .cloned()
            .collect();
        let mut replay = log.replay(&tenant, after, up_to).await.unwrap();
        let mut batches = Vec::new();
        loop {
            let batch = replay.next_batch(30).await.unwrap();
            if batch.is_empty() {
                break;
            }
            assert!(batch.len() == 30 || batches.len() + batch.len() == range.len());
            batches.extend(batch);
        }
        assert_eq!(batches, range, "{after} to {up_to}");
        assert!(replay.next_entry().await.unwrap().is_none(), "it ended");
        assert_eq!(replay.position(), after.max(up_to));
        assert_eq!(
            entries(log.replay(&tenant, after, up_to).await.unwrap()).await,
            range
        );
    }
}

#[tokio::test]
async fn a_replay_beyond_the_head_or_of_an_unknown_tenant_is_an_error_at_once() {
    let db = TestDb::new().await;
    let (log, tenant) = filled(&db, 1).await;
    let error = log.replay(&tenant, 0, 51).await.unwrap_err();
    assert!(
        matches!(
            error,
            ReadError::BeyondHead {
                up_to: 51,
                head: 50
            }
        ),
        "{error:?}"
    );
    let error = log
        .replay(&Tenant::new("elders").unwrap(), 0, 1)
        .await
        .unwrap_err();
    assert!(matches!(error, ReadError::UnknownTenant(_)), "{error:?}");
}

/// The session that is copying out of the log.
async fn copying(superuser: &mut sqlx::PgConnection) -> i32 {
    sqlx::query_scalar(
        "select pid
        from pg_stat_activity
        where datname = current_database()
            and query like 'copy (%'
            and state = 'active'",
    )
    .fetch_one(superuser)
    .await
    .unwrap()
}

#[tokio::test]
async fn a_replay_that_breaks_off_is_an_error() {
    let db = TestDb::new().await;
    // More than the sockets between the two can hold, so that the server is still sending.
    let (log, tenant) = filled(&db, 60).await;
    let mut superuser = db.superuser().await;
    let mut replay = log.replay(&tenant, 0, 3_000).await.unwrap();
    assert_eq!(replay.next_entry().await.unwrap().unwrap().position, 1);
    let pid = copying(&mut superuser).await;
    sqlx::query("select pg_terminate_backend($1, 10000)")
        .bind(pid)
        .execute(&mut superuser)
        .await
        .unwrap();
    let mut expected = 2;
    let error = loop {
        match replay.next_entry().await {
            Ok(Some(entry)) => assert_eq!(entry.position, expected),
            Ok(None) => panic!("it ended after {} as if that were all", expected - 1),
            Err(error) => break error,
        }
        expected += 1;
    };
    assert!(matches!(error, ReadError::Database(_)), "{error:?}");
    assert!(expected <= 3_000);
    // However often it is asked, it never becomes a whole one.
    for _ in 0..2 {
        let error = replay.next_batch(10).await.unwrap_err();
        let ended = BrokenReplay::Ended {
            position: expected - 1,
            up_to: 3_000,
        };
        assert!(
            matches!(&error, ReadError::Replay(broken) if *broken == ended),
            "{error:?}"
        );
    }
    // The pool goes on.
    assert_eq!(
        entries(log.replay(&tenant, 2_990, 3_000).await.unwrap())
            .await
            .len(),
        10
    );
}

#[tokio::test]
async fn a_hole_in_the_log_is_an_error_and_not_an_end() {
    let db = TestDb::new().await;
    let (log, tenant) = filled(&db, 2).await;
    let mut superuser = db.superuser().await;
    sqlx::raw_sql(
        "alter table log.event disable trigger event_is_append_only;
        delete from log.event where position in (40, 100)",
    )
    .execute(&mut superuser)
    .await
    .unwrap();
    let mut replay = log.replay(&tenant, 0, 100).await.unwrap();
    for _ in 1..40 {
        assert!(replay.next_entry().await.unwrap().is_some());
    }
    let error = replay.next_entry().await.unwrap_err();
    assert!(
        matches!(
            error,
            ReadError::Replay(BrokenReplay::Hole {
                expected: 40,
                found: 41
            })
        ),
        "{error:?}"
    );
    assert!(replay.next_entry().await.is_err());
    let mut replay = log.replay(&tenant, 40, 100).await.unwrap();
    let error = replay.next_batch(1_000).await.unwrap_err();
    assert!(
        matches!(
            error,
            ReadError::Replay(BrokenReplay::Ended {
                position: 99,
                up_to: 100
            })
        ),
        "{error:?}"
    );
}

/// A log through a pool of one connection, and that pool.
async fn narrow(db: &TestDb) -> (Log, PgPool) {
    let pool = eventlog::connect(db.url(), Role::App, 1).await.unwrap();
    (Log::new(pool.clone()), pool)
}

async fn session(pool: &PgPool) -> i32 {
    sqlx::query_scalar("select pg_backend_pid()")
        .fetch_one(pool)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_replay_dropped_half_way_closes_its_connection_and_the_pool_goes_on() {
    let db = TestDb::new().await;
    let (_, tenant) = filled(&db, 60).await;
    let (log, pool) = narrow(&db).await;
    let before = session(&pool).await;
    let mut replay = log.replay(&tenant, 0, 3_000).await.unwrap();
    assert!(replay.next_entry().await.unwrap().is_some());
    drop(replay);
    let after = session(&pool).await;
    assert_ne!(
        before, after,
        "the connection came back in the midst of a copy"
    );
    assert_eq!(log.read_after(&tenant, 0, 7).await.unwrap().len(), 7);
}

#[tokio::test]
async fn a_whole_replay_gives_its_connection_back() {
    let db = TestDb::new().await;
    let (_, tenant) = filled(&db, 2).await;
    let (log, pool) = narrow(&db).await;
    let before = session(&pool).await;
    let events = entries(log.replay(&tenant, 0, 100).await.unwrap()).await;
    assert_eq!(events.len(), 100);
    assert_eq!(session(&pool).await, before);
}

#[tokio::test]
async fn a_call_given_up_loses_no_event() {
    let db = TestDb::new().await;
    let (log, tenant) = filled(&db, 20).await;
    let mut replay = log.replay(&tenant, 0, 1_000).await.unwrap();
    let mut seen = 0;
    while seen < 1_000 {
        // Polled once and dropped where it waits, as a timeout would.
        let given_up = futures_util::FutureExt::now_or_never(replay.next_batch(100));
        let batch = match given_up {
            Some(batch) => batch.unwrap(),
            None => replay.next_batch(100).await.unwrap(),
        };
        for event in batch {
            seen += 1;
            assert_eq!(event.position, seen);
        }
    }
    assert!(replay.next_batch(100).await.unwrap().is_empty());
}
