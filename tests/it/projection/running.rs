//! Following the log: once, by any number of runners, past crashes, and never past what cannot be read.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use casework::event::{RequestResolved, RequestWithdrawn};
use casework::{Event, RequestId, Text};
use eventlog::{Log, StreamId, Tenant};
use readmodel::evaluation::Evaluation;
use readmodel::queue::{Page, Queue, QueueProjection};
use readmodel::{Batch, Projection, ProjectionError, Runner, ViewError, WaitError};
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use super::reading::submitted;
use super::world::{World, offered, offered_raw, stream};
use crate::support::event::{past, zeeveld};

fn request(number: u128) -> RequestId {
    RequestId(Uuid::from_u128(number))
}

fn withdrawn() -> Event {
    RequestWithdrawn {
        reason: Text::Withheld,
        requester: None,
    }
    .into()
}

/// A history long enough for many batches.
async fn lived(world: &World) {
    for number in 1..40 {
        world
            .happened(
                request(number),
                [
                    ("2026-02-01T09:00:00Z", submitted("WK999901")),
                    ("2026-02-02T09:00:00Z", withdrawn()),
                ],
            )
            .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn runners_that_work_at_once_apply_every_event_once() {
    let world = World::new().await;
    lived(&world).await;
    let mut working = tokio::task::JoinSet::new();
    for batch in [1, 2, 3, 7] {
        let log = Log::new(world.read.clone());
        let runner = Runner::open(log, &world.read)
            .await
            .unwrap()
            .with_batches_of(batch);
        working.spawn(async move { runner.catch_up(&zeeveld()).await });
    }
    while let Some(outcome) = working.join_next().await {
        outcome.unwrap().unwrap();
    }
    let lived = world.rows(&zeeveld()).await;
    for name in ["queue", "dossier", "evaluation"] {
        world.runner.rebuild(name, &zeeveld()).await.unwrap();
    }
    assert_eq!(world.rows(&zeeveld()).await, lived);
    for status in world.runner.status(&zeeveld()).await.unwrap() {
        assert_eq!((status.position, status.lag(), status.error), (78, 0, None));
        assert!(status.serving);
    }
}

#[tokio::test]
async fn a_running_view_holds_what_was_just_appended() {
    let world = World::new().await;
    let queue = Queue::open(&world.read, 2).await.unwrap();
    let appended = world
        .happened(
            request(1),
            [("2026-02-01T09:00:00Z", submitted("WK999901"))],
        )
        .await;
    let nobody_runs = queue
        .wait_for(&zeeveld(), appended.last_position, Duration::ZERO)
        .await;
    assert!(matches!(
        nobody_runs,
        Err(WaitError::NotYet {
            name: "queue",
            position: 0,
            wanted: 1,
            ..
        })
    ));

    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let runner = world.runner.clone();
    let running = tokio::spawn(async move {
        let shutdown = async { drop(stopped.await) };
        runner.run(&zeeveld(), shutdown).await;
    });
    for number in 2..5 {
        let appended = world
            .happened(
                request(number),
                [("2026-02-01T09:00:00Z", submitted("WK999901"))],
            )
            .await;
        let position = appended.last_position;
        queue
            .wait_for(&zeeveld(), position, Duration::from_mins(1))
            .await
            .unwrap();
        let page = queue.page(&zeeveld(), None, Page::default()).await.unwrap();
        assert!(page.position >= position);
    }
    stop.send(()).unwrap();
    running.await.unwrap();
}

#[tokio::test]
async fn an_event_that_cannot_be_read_stops_the_views_right_before_it() {
    let world = World::new().await;
    world
        .happened(
            request(1),
            [("2026-02-01T09:00:00Z", submitted("WK999901"))],
        )
        .await;
    let unknown = offered_raw("request-teleported", 3, "{}".to_owned(), past());
    world
        .append(&zeeveld(), vec![(stream(request(1)), vec![unknown])])
        .await;
    world
        .happened(request(1), [("2026-02-03T09:00:00Z", withdrawn())])
        .await;

    let error = world.runner.catch_up(&zeeveld()).await.unwrap_err();
    assert!(matches!(
        error,
        ProjectionError::Undecodable {
            position: 2,
            version: 2,
            ..
        }
    ));
    let told = error.to_string();
    for part in ["zeeveld", "position 2", "request-teleported", "schema 3"] {
        assert!(told.contains(part), "{told}");
    }
    for status in world.runner.status(&zeeveld()).await.unwrap() {
        assert_eq!((status.position, status.head, status.lag()), (1, 3, 2));
        assert_eq!(status.error.as_deref(), Some(told.as_str()));
    }
    // The rows of what could be read are there, and a rebuild that cannot end leaves them.
    let rows = world.rows(&zeeveld()).await;
    world.runner.rebuild("queue", &zeeveld()).await.unwrap_err();
    assert_eq!(world.rows(&zeeveld()).await, rows);
    // But they are out of date, and so no answer.
    let queue = Queue::open(&world.read, 1).await.unwrap();
    let answer = queue.page(&zeeveld(), None, Page::default()).await;
    assert!(
        matches!(answer, Err(ViewError::StandsStill { position: 1, .. })),
        "{answer:?}"
    );
}

#[tokio::test]
async fn a_correction_that_cannot_be_read_and_a_stream_of_no_request_stop_the_views_too() {
    for (stream_id, kind, payload) in [
        (
            "request/00000000-0000-0000-0000-000000000001",
            "fact-corrected",
            json!({
                "corrects": "00000000-0000-0000-0000-000000000009",
                "fact": {"kind": "request-teleported", "payload": {}, "schema": 1},
                "occurredAt": "2026-02-01T09:00:00Z"
            }),
        ),
        ("request/not-an-id", "request-withdrawn", json!({})),
        (
            "request/0000000000000000000000000000000A",
            "request-withdrawn",
            json!({}),
        ),
    ] {
        let world = World::new().await;
        let (stream_kind, id) = stream_id.split_once('/').unwrap();
        let event = offered_raw(kind, 1, payload.to_string(), past());
        world
            .append(
                &zeeveld(),
                vec![(StreamId::new(stream_kind, id), vec![event])],
            )
            .await;
        let error = world.runner.catch_up(&zeeveld()).await.unwrap_err();
        assert!(error.is_final(), "{error}");
        assert!(error.to_string().contains(stream_id), "{error}");
    }
}

/// The queue, as if the process were killed between its rows and its checkpoint, once.
struct Crashing(AtomicBool);

#[async_trait]
impl Projection for Crashing {
    fn name(&self) -> &'static str {
        QueueProjection.name()
    }

    fn version(&self) -> i32 {
        QueueProjection.version()
    }

    fn schema_sql(&self) -> &'static str {
        QueueProjection.schema_sql()
    }

    fn tables(&self) -> &'static [&'static str] {
        QueueProjection.tables()
    }

    async fn apply(&self, connection: &mut PgConnection, batch: &Batch) -> Result<(), sqlx::Error> {
        QueueProjection.apply(&mut *connection, batch).await?;
        if self.0.swap(false, Ordering::Relaxed) {
            sqlx::query("select pg_terminate_backend(pg_backend_pid())")
                .execute(connection)
                .await?;
        }
        Ok(())
    }
}

#[tokio::test]
async fn a_crash_between_rows_and_checkpoint_leaves_neither() {
    let world = World::new().await;
    let crashing: Arc<dyn Projection> = Arc::new(Crashing(AtomicBool::new(true)));
    let log = Log::new(world.read.clone());
    let runner = Runner::with(log, &world.read, vec![crashing])
        .await
        .unwrap();
    world
        .happened(
            request(1),
            [("2026-02-01T09:00:00Z", submitted("WK999901"))],
        )
        .await;
    let error = runner.catch_up(&zeeveld()).await.unwrap_err();
    assert!(!error.is_final(), "{error}");
    let count = "select count(*) from queue_v1.request";
    let rows: i64 = sqlx::query_scalar(count)
        .fetch_one(&world.read)
        .await
        .unwrap();
    assert_eq!(rows, 0);
    assert_eq!(runner.status(&zeeveld()).await.unwrap()[0].position, 0);
    runner.catch_up(&zeeveld()).await.unwrap();
    let rows: i64 = sqlx::query_scalar(count)
        .fetch_one(&world.read)
        .await
        .unwrap();
    assert_eq!(rows, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn while_a_view_is_rebuilt_readers_see_the_old_rows_and_appends_go_on() {
    let world = World::new().await;
    lived(&world).await;
    world.caught_up().await;
    let evaluation = Evaluation::open(&world.read, 2).await.unwrap();
    let half_year = "2026-H1".parse().unwrap();
    let before = evaluation.report(&zeeveld(), &half_year).await.unwrap();

    // Holds the rebuild up between the deletion of one table and that of the next.
    let mut holding = world.db.superuser().await;
    for step in ["begin", "lock table evaluation_v1.request in share mode"] {
        sqlx::raw_sql(step).execute(&mut holding).await.unwrap();
    }
    let runner = world.runner.clone();
    let rebuilding = tokio::spawn(async move { runner.rebuild("evaluation", &zeeveld()).await });
    let mut watching = world.db.superuser().await;
    loop {
        let waiting: bool =
            sqlx::query_scalar("select exists (select from pg_locks where not granted)")
                .fetch_one(&mut watching)
                .await
                .unwrap();
        if waiting {
            break;
        }
        tokio::task::yield_now().await;
    }
    assert_eq!(
        evaluation.report(&zeeveld(), &half_year).await.unwrap(),
        before
    );
    let resolved = RequestResolved {
        closing: None,
        message: Text::Withheld,
        requester: None,
    };
    world
        .happened(request(1), [("2026-02-04T09:00:00Z", resolved.into())])
        .await;
    sqlx::raw_sql("commit").execute(&mut holding).await.unwrap();

    let rebuilt = rebuilding.await.unwrap().unwrap();
    assert_eq!((rebuilt.events, rebuilt.position), (79, 79));
    let after = evaluation.report(&zeeveld(), &half_year).await.unwrap();
    assert_eq!(after.overall.received, before.overall.received);
    assert_eq!((before.overall.resolved, after.overall.resolved), (0, 1));
}

#[tokio::test]
async fn a_tenant_or_a_view_that_does_not_exist_is_said_to_be_unknown() {
    let world = World::new().await;
    let nobody = Tenant::new("nergens").unwrap();
    let error = world.runner.catch_up(&nobody).await.unwrap_err();
    assert!(
        error.is_final() && error.to_string().contains("nergens"),
        "{error}"
    );
    let error = world
        .runner
        .rebuild("wachtrij", &zeeveld())
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("queue, dossier, evaluation"),
        "{error}"
    );
    assert_eq!(world.rows(&nobody).await, Vec::<String>::new());
}

#[tokio::test]
async fn one_tenants_rebuild_leaves_the_rows_of_another() {
    let world = World::new().await;
    let other = Tenant::new("kanaalstad").unwrap();
    world.log.create_tenant(&other).await.unwrap();
    let event = offered(&submitted("WK999901"), past());
    world
        .append(&other, vec![(stream(request(1)), vec![event])])
        .await;
    world
        .happened(
            request(1),
            [("2026-02-01T09:00:00Z", submitted("WK999902"))],
        )
        .await;
    world.caught_up().await;
    world.runner.catch_up(&other).await.unwrap();
    let theirs = world.rows(&other).await;
    assert!(theirs.len() > 4);
    for name in world.runner.names() {
        world.runner.rebuild(name, &zeeveld()).await.unwrap();
    }
    assert_eq!(world.rows(&other).await, theirs);
}
