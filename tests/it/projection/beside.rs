//! Two builds of one view: neither holds up the other, and one that is being filled is left alone.

use projection::ProjectionError;
use sqlx::AssertSqlSafe;

use super::faulty::{Fault, Faulty};
use super::reading::submitted;
use super::running::{request, withdrawn};
use super::world::World;
use crate::support::event::zeeveld;

const UNREADABLE: Fault = Fault::Unreadable {
    kind: "request-withdrawn",
};

async fn done(world: &World, sql: &str) {
    sqlx::query(AssertSqlSafe(sql.to_owned()))
        .execute(&world.read)
        .await
        .unwrap();
}

async fn number(world: &World, sql: &str) -> i64 {
    sqlx::query_scalar(AssertSqlSafe(sql.to_owned()))
        .fetch_one(&world.read)
        .await
        .unwrap()
}

/// A green build beside the blue one, at the beginning.
async fn green(world: &World, serving: bool, live: bool) {
    done(
        world,
        &format!(
            "insert into read.projection (tenant, name, version, slot, serving, live)
             select tenant, name, version, 'green', {serving}, {live}
             from read.projection"
        ),
    )
    .await;
}

async fn one_withdrawn(world: &World) {
    for (at, event) in [
        ("2026-02-01T09:00:00Z", submitted("WK999901")),
        ("2026-02-02T09:00:00Z", withdrawn()),
    ] {
        world.happened(request(1), [(at, event)]).await;
    }
}

#[tokio::test]
async fn resume_leaves_what_a_build_that_is_being_filled_has_parked() {
    let world = World::new().await;
    let faulty = Faulty::default();
    faulty.set(UNREADABLE);
    let runner = faulty.runner(&world).await;
    one_withdrawn(&world).await;
    runner.catch_up(&zeeveld()).await.unwrap_err();
    green(&world, false, false).await;
    done(
        &world,
        "insert into read.parked (
             tenant, name, version, slot, stream_kind, stream_id, position, event_id, kind, schema,
             error, attempts, parked_at
         )
         select
             tenant, name, version, 'green', stream_kind, stream_id, position, event_id, kind, schema,
             error, attempts, parked_at
         from read.parked",
    )
    .await;
    faulty.mend();
    let resumed = runner.resume("queue", &zeeveld(), None).await.unwrap();
    assert_eq!(resumed, 1);
    let parked = |slot| format!("select count(*) from read.parked where slot = '{slot}'");
    assert_eq!(number(&world, &parked("blue")).await, 0);
    assert_eq!(number(&world, &parked("green")).await, 1);
}

#[tokio::test]
async fn a_build_that_cannot_go_on_does_not_hold_up_the_one_that_serves() {
    let world = World::new().await;
    let runner = Faulty::default().runner(&world).await;
    one_withdrawn(&world).await;
    runner.catch_up(&zeeveld()).await.unwrap();
    done(
        &world,
        "update read.projection set serving = false, desired = 'stopped'",
    )
    .await;
    green(&world, true, true).await;
    runner.catch_up(&zeeveld()).await.unwrap();
    let position = "select position from read.projection where slot = 'green'";
    assert_eq!(number(&world, position).await, 2);
    // The one that serves stands for the view.
    done(
        &world,
        "update read.projection set desired = 'stopped' where slot = 'green'",
    )
    .await;
    let stopped = runner.catch_up(&zeeveld()).await;
    assert!(
        matches!(stopped, Err(ProjectionError::Stopped { .. })),
        "{stopped:?}"
    );
}

#[tokio::test]
async fn a_stream_that_stops_at_two_events_of_one_batch_is_parked_at_the_first() {
    let world = World::new().await;
    let faulty = Faulty::default();
    let runner = faulty.runner(&world).await;
    one_withdrawn(&world).await;
    runner.catch_up(&zeeveld()).await.unwrap();
    let wrong = world.recorded(&zeeveld()).await[0].event_id;
    let at = "2026-02-01T10:00:00Z".parse().unwrap();
    let right = super::history::correction(wrong, &submitted("WK999903"), at);
    world
        .happened(
            request(1),
            [
                ("2026-02-05T09:00:00Z", right),
                ("2026-02-06T09:00:00Z", withdrawn()),
            ],
        )
        .await;
    faulty.set(UNREADABLE);
    let parked = runner.catch_up(&zeeveld()).await;
    assert!(
        matches!(&parked, Err(ProjectionError::Parked { streams: 1, first, .. }) if first.position == 3),
        "{parked:?}"
    );
}

#[tokio::test]
async fn a_build_that_stands_at_the_head_has_no_failures_left() {
    let world = World::new().await;
    let runner = Faulty::default().runner(&world).await;
    one_withdrawn(&world).await;
    runner.catch_up(&zeeveld()).await.unwrap();
    done(
        &world,
        "update read.projection set restarts = 2, halted = true, error = 'gone'",
    )
    .await;
    runner.catch_up(&zeeveld()).await.unwrap();
    let status = &runner.status(&zeeveld()).await.unwrap()[0];
    assert_eq!((status.restarts, status.error.as_ref()), (0, None));
}
