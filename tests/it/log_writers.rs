//! Many writers and followers at once, also while their connections are cut.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use eventlog::{Append, AppendError, Appended, Expected, Log, ReadError, Recorded, Tenant};
use sqlx::postgres::PgListener;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::support::db::TestDb;
use crate::support::event::{append, thing, write, zeeveld};

const WRITERS: usize = 12;
const COMMANDS_EACH: usize = 20;
const STREAMS: usize = 4;

/// What the writers were told was stored.
type Acknowledged = HashMap<Uuid, Appended>;

/// Appends its commands, each to a stream that others write too, until each is acknowledged.
async fn write_all(
    log: Log,
    tenant: Tenant,
    writer: usize,
    cut: bool,
    done: Arc<AtomicUsize>,
) -> Acknowledged {
    let mut acknowledged = HashMap::new();
    for number in 0..COMMANDS_EACH {
        let id = format!("{}", (writer + number) % STREAMS);
        let mut command = append([write(&id, Expected::Any, 1 + number % 3)]);
        if number % 2 == 0 {
            command
                .writes
                .push(write(&format!("own-{writer}"), Expected::Any, 1));
        }
        let appended = append_until_stored(
            &log,
            &tenant,
            command.clone(),
            (number % 3 == 0).then_some(&id),
            cut,
        )
        .await;
        let count: usize = command.writes.iter().map(|write| write.events.len()).sum();
        assert_eq!(
            appended.last_position - appended.first_position + 1,
            i64::try_from(count).unwrap()
        );
        acknowledged.insert(command.command_id, appended);
        done.fetch_add(1, Ordering::Relaxed);
    }
    acknowledged
}

/// Sends one command again, unchanged but for the version it expects of `exact`, until it is in the log.
async fn append_until_stored(
    log: &Log,
    tenant: &Tenant,
    mut command: Append,
    exact: Option<&String>,
    cut: bool,
) -> Appended {
    loop {
        if let Some(id) = exact {
            match log.read_stream(tenant, &thing(id), 0).await {
                Ok(seen) => {
                    command.writes[0].expected =
                        Expected::Exact(seen.last().map_or(0, |event| event.version));
                }
                Err(ReadError::Database(error)) if cut && is_cut(&error) => continue,
                Err(error) => panic!("{error:?}"),
            }
        }
        match log.append(tenant, command.clone()).await {
            Ok(appended) => return appended,
            Err(AppendError::Conflict { .. }) if exact.is_some() => {}
            Err(
                AppendError::NotStored(error)
                | AppendError::Unknown(error)
                | AppendError::Database(error),
            ) if cut && is_cut(&error) => {}
            Err(error) => panic!("{error:?}"),
        }
    }
}

/// Whether an error is what a cut connection looks like.
fn is_cut(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::Protocol(_) => true,
        sqlx::Error::Database(error) => error.code().is_some_and(|code| code == "57P01"),
        _ => false,
    }
}

/// Follows from the beginning until so many events were seen, or the last one of a closed log.
async fn follow_until(
    log: Log,
    tenant: Tenant,
    last: tokio::sync::watch::Receiver<Option<i64>>,
) -> Vec<Recorded> {
    let mut follower = log.follow(&tenant, 0);
    let mut seen = Vec::new();
    let mut last = last;
    loop {
        tokio::select! {
            batch = follower.next_batch() => {
                let batch = batch.unwrap();
                assert!((1..=500).contains(&batch.len()));
                seen.extend(batch);
            }
            changed = last.changed() => changed.unwrap(),
        }
        if last
            .borrow()
            .is_some_and(|last| follower.position() >= last)
        {
            return seen;
        }
    }
}

/// The laws of the log, whatever was written to it.
async fn assert_laws(log: &Log, tenant: &Tenant, acknowledged: &Acknowledged) -> Vec<Recorded> {
    let read = log.read_after(tenant, 0, 1_000_000).await.unwrap();
    let mut versions: BTreeMap<&eventlog::StreamId, i64> = BTreeMap::new();
    let mut by_command: HashMap<Uuid, Vec<i64>> = HashMap::new();
    for (event, position) in read.iter().zip(1..) {
        assert_eq!(event.position, position, "positions are 1..n");
        let version = versions.entry(&event.stream).or_default();
        *version += 1;
        assert_eq!(
            event.version, *version,
            "versions of {} are 1..m",
            event.stream
        );
        by_command
            .entry(event.command_id)
            .or_default()
            .push(position);
    }
    assert!(
        read.is_sorted_by_key(|event| event.recorded_at),
        "recorded_at never decreases"
    );
    let event_ids: HashSet<Uuid> = read.iter().map(|event| event.event_id).collect();
    assert_eq!(event_ids.len(), read.len(), "every event is stored once");
    assert_eq!(
        by_command.len(),
        acknowledged.len(),
        "what is stored is what was acknowledged"
    );
    for (command_id, appended) in acknowledged {
        let positions: Vec<i64> = (appended.first_position..=appended.last_position).collect();
        assert_eq!(
            by_command[command_id], positions,
            "a command's events are together, and where it was told"
        );
    }
    let head = log.head(tenant).await.unwrap();
    assert_eq!(Some(head.position), read.last().map(|event| event.position));
    assert_eq!(head.recorded_at, read.last().map(|event| event.recorded_at));
    read
}

/// Runs writers over two logs and a follower over a third, with `disturb` beside them.
async fn run_writers<F: Future<Output = ()>>(
    db: &TestDb,
    cut: bool,
    disturb: impl FnOnce(Arc<AtomicUsize>) -> F,
) {
    let tenant = zeeveld();
    let logs = [db.log().await, db.log().await];
    logs[0].create_tenant(&tenant).await.unwrap();
    let reader = Log::new(db.read_pool().await);
    let (last, ended) = tokio::sync::watch::channel(None);
    let followers: Vec<_> = [reader, logs[0].clone()]
        .map(|log| tokio::spawn(follow_until(log, tenant.clone(), ended.clone())))
        .into();
    let done = Arc::new(AtomicUsize::new(0));
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        let log = logs[writer % logs.len()].clone();
        writers.spawn(write_all(
            log,
            tenant.clone(),
            writer,
            cut,
            Arc::clone(&done),
        ));
    }
    let mut writing = std::pin::pin!(writers.join_all());
    let acknowledged = tokio::select! {
        acknowledged = &mut writing => acknowledged,
        () = disturb(done) => writing.await,
    };
    let acknowledged: Acknowledged = acknowledged.into_iter().flatten().collect();
    assert_eq!(acknowledged.len(), WRITERS * COMMANDS_EACH);
    let checker = db.log().await;
    let read = assert_laws(&checker, &tenant, &acknowledged).await;
    last.send_replace(Some(i64::try_from(read.len()).unwrap()));
    for follower in followers {
        assert_eq!(
            follower.await.unwrap(),
            read,
            "a follower sees every event once, in order"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_with_many_writers_make_one_gapless_log() {
    let db = TestDb::new().await;
    run_writers(&db, false, |_| async {}).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_cut_in_the_middle_lose_and_double_nothing() {
    let db = TestDb::new().await;
    let mut superuser = db.superuser().await;
    let cut = AtomicUsize::new(0);
    let counter = &cut;
    run_writers(&db, true, |done| async move {
        // Cuts every connection each time another twelfth of the commands is done.
        for step in 1..12 {
            while done.load(Ordering::Relaxed) < step * WRITERS * COMMANDS_EACH / 12 {
                tokio::task::yield_now().await;
            }
            let ended: i64 = sqlx::query_scalar(
                "select count(*) filter (where pg_terminate_backend(pid))
                from pg_stat_activity
                where datname = current_database()
                    and pid <> pg_backend_pid()",
            )
            .fetch_one(&mut superuser)
            .await
            .unwrap();
            counter.fetch_add(usize::try_from(ended).unwrap(), Ordering::Relaxed);
        }
    })
    .await;
    let cut = cut.into_inner();
    assert!(cut > 11, "only {cut} connections were cut");
}

#[tokio::test]
async fn an_append_tells_other_processes_without_their_asking() {
    let (db, tenant) = (TestDb::new().await, zeeveld());
    let log = db.log().await;
    log.create_tenant(&tenant).await.unwrap();
    let mut listener = PgListener::connect_with(&db.read_pool().await)
        .await
        .unwrap();
    listener.listen("eventlog").await.unwrap();
    log.append(&tenant, append([write("a", Expected::New, 1)]))
        .await
        .unwrap();
    let heard = tokio::time::timeout(Duration::from_secs(30), listener.recv())
        .await
        .expect("a notification")
        .unwrap();
    assert_eq!(
        (heard.channel(), heard.payload()),
        ("eventlog", tenant.as_str())
    );
}

#[tokio::test]
async fn a_follower_begins_where_it_is_told_and_waits_for_more() {
    let (db, tenant) = (TestDb::new().await, zeeveld());
    let log = db.log().await;
    log.create_tenant(&tenant).await.unwrap();
    log.append(&tenant, append([write("a", Expected::New, 3)]))
        .await
        .unwrap();
    let positions =
        |batch: Vec<Recorded>| batch.iter().map(|event| event.position).collect::<Vec<_>>();
    let mut follower = Log::new(db.read_pool().await).follow(&tenant, 2);
    assert_eq!(positions(follower.next_batch().await.unwrap()), [3]);
    let waiting = tokio::spawn(async move { positions(follower.next_batch().await.unwrap()) });
    log.append(&tenant, append([write("a", Expected::Any, 2)]))
        .await
        .unwrap();
    assert_eq!(waiting.await.unwrap(), [4, 5]);
}

#[tokio::test]
async fn a_follower_takes_a_long_log_in_bounded_batches() {
    let (db, tenant) = (TestDb::new().await, zeeveld());
    let log = db.log().await;
    log.create_tenant(&tenant).await.unwrap();
    log.append(&tenant, append([write("a", Expected::New, 1_100)]))
        .await
        .unwrap();
    let mut follower = log.follow(&tenant, 0);
    for (length, position) in [(500, 500), (500, 1_000), (100, 1_100)] {
        assert_eq!(follower.next_batch().await.unwrap().len(), length);
        assert_eq!(follower.position(), position);
    }
}
