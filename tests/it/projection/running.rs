//! Following the log: once, by any number of runners, past crashes, and never past what cannot be read.

use std::time::Duration;

use casework::event::RequestWithdrawn;
use casework::{Event, RequestId, Text};
use eventlog::{Log, Tenant};
use projection::{Slot, WaitError};
use readmodel::queue::{Page, Queue};
use uuid::Uuid;

use super::faulty::{Fault, Faulty};
use super::reading::submitted;
use super::world::{World, offered, stream};
use crate::support::event::{past, zeeveld};

pub(super) fn request(number: u128) -> RequestId {
    RequestId(Uuid::from_u128(number))
}

pub(super) fn withdrawn() -> Event {
    RequestWithdrawn {
        reason: Text::Withheld,
        requester: None,
    }
    .into()
}

/// A history long enough for many batches.
pub(super) async fn lived(world: &World) {
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
        let runner = readmodel::open_runner(log, &world.read)
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
        world.rebuilt(name, &zeeveld()).await;
    }
    assert_eq!(world.rows(&zeeveld()).await, lived);
    for status in world.runner.status(&zeeveld()).await.unwrap() {
        assert_eq!((status.position, status.lag(), status.error), (78, 0, None));
        assert_eq!(status.serving, status.slot == Slot::Green, "the new one");
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
async fn a_crash_between_rows_and_checkpoint_leaves_neither() {
    let world = World::new().await;
    let faulty = Faulty::default();
    let runner = faulty.runner(&world).await;
    world
        .happened(
            request(1),
            [("2026-02-01T09:00:00Z", submitted("WK999901"))],
        )
        .await;
    faulty.set(Fault::KilledAfterRows { times: 1 });
    let error = runner.catch_up(&zeeveld()).await.unwrap_err();
    assert!(!error.is_final(), "{error}");
    let count = "select count(*) from queue_v1_blue.request";
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
        .resume("wachtrij", &zeeveld(), None)
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
        world.rebuilt(name, &zeeveld()).await;
    }
    assert_eq!(world.rows(&other).await, theirs);
}
