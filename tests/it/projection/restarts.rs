//! Failures: told, tried again as often as is sensible, and never the end of a task.

use projection::{ProjectionError, State, ViewError};
use readmodel::queue::Queue;

use super::faulty::{Fault, Faulty, Server};
use super::reading::submitted;
use super::running::{request, withdrawn};
use super::turns::{LONG, until};
use super::world::World;
use crate::support::event::zeeveld;

async fn one_request(world: &World) {
    world
        .happened(
            request(1),
            [("2026-02-01T09:00:00Z", submitted("WK999901"))],
        )
        .await;
}

#[tokio::test]
async fn a_handler_failure_is_never_an_ok() {
    let poison = [
        Fault::Unreadable {
            kind: "request-withdrawn",
        },
        Fault::Constraint {
            request: 1,
            version: 2,
        },
        Fault::Panic {
            request: 1,
            version: 2,
        },
    ];
    let failure = [Fault::Broken, Fault::KilledAfterRows { times: 100 }];
    for cross_stream in [false, true] {
        for fault in poison.iter().chain(&failure) {
            let world = World::new().await;
            let faulty = if cross_stream {
                Faulty::cross_stream()
            } else {
                Faulty::default()
            };
            let runner = faulty.runner(&world).await;
            one_request(&world).await;
            world
                .happened(request(1), [("2026-02-02T09:00:00Z", withdrawn())])
                .await;
            faulty.set(fault.clone());
            let is_poison = matches!(
                fault,
                Fault::Unreadable { .. } | Fault::Constraint { .. } | Fault::Panic { .. }
            );
            // Asked again it says so again.
            for _ in 0..2 {
                let error = runner.catch_up(&zeeveld()).await.unwrap_err();
                let as_expected = match &error {
                    ProjectionError::Parked { streams: 1, .. } => is_poison && !cross_stream,
                    ProjectionError::StandsStill { position: 1, .. } => is_poison && cross_stream,
                    ProjectionError::Database(_) => !is_poison,
                    _ => false,
                };
                assert!(
                    as_expected,
                    "{fault:?}, cross-stream {cross_stream}: {error}"
                );
            }
            let status = &runner.status(&zeeveld()).await.unwrap()[0];
            assert_eq!(
                status.error.is_some(),
                is_poison && cross_stream,
                "{status:?}"
            );
            if is_poison && !cross_stream {
                let error = runner.resume("queue", &zeeveld(), None).await.unwrap_err();
                assert!(matches!(error, ProjectionError::Parked { .. }), "{error}");
            }
            faulty.mend();
            if is_poison {
                runner.resume("queue", &zeeveld(), None).await.unwrap();
            }
            runner.catch_up(&zeeveld()).await.unwrap();
            let status = &runner.status(&zeeveld()).await.unwrap()[0];
            assert_eq!((status.position, status.parked_count), (2, 0), "{fault:?}");
            assert_eq!(
                (status.restarts, status.error.as_ref()),
                (0, None),
                "{fault:?}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_view_whose_database_fails_is_tried_again_a_few_times_and_then_given_up_until_it_is_started()
 {
    let world = World::new().await;
    let queue = Queue::open(&world.read, 2).await.unwrap();
    let faulty = Faulty::default();
    faulty.set(Fault::Broken);
    let server = Server::start(&faulty.runner(&world).await);
    let operator = Faulty::default().runner(&world).await;
    until(&operator, State::Running).await;
    one_request(&world).await;
    until(&operator, State::Halted).await;
    let status = &operator.status(&zeeveld()).await.unwrap()[0];
    // Once, and three restarts.
    assert_eq!((faulty.attempts(), status.restarts), (4, 4));
    assert!(status.error.as_ref().unwrap().contains("no_such_table"));
    assert_eq!((status.position, status.lag()), (0, 1));
    let answer = queue.overview(&zeeveld()).await;
    assert!(
        matches!(answer, Err(ViewError::StandsStill { .. })),
        "{answer:?}"
    );
    // What the operator wants is still that it runs, so another server that comes tries for itself.
    let desired: String = sqlx::query_scalar("select desired from read.projection")
        .fetch_one(&world.read)
        .await
        .unwrap();
    assert_eq!(desired, "running");

    faulty.mend();
    operator.start("queue", &zeeveld()).await.unwrap();
    queue.wait_for(&zeeveld(), 1, LONG).await.unwrap();
    until(&operator, State::Running).await;
    let status = &operator.status(&zeeveld()).await.unwrap()[0];
    assert_eq!((status.restarts, status.error.as_ref()), (0, None));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_connection_that_is_lost_is_not_the_fault_of_an_event() {
    let world = World::new().await;
    let queue = Queue::open(&world.read, 2).await.unwrap();
    let faulty = Faulty::default();
    faulty.set(Fault::KilledAfterRows { times: 2 });
    let server = Server::start(&faulty.runner(&world).await);
    one_request(&world).await;
    queue.wait_for(&zeeveld(), 1, LONG).await.unwrap();
    assert_eq!((faulty.attempts(), faulty.applied()), (3, 1));
    let page = queue.overview(&zeeveld()).await.unwrap();
    assert_eq!((page.queues[0].open, page.incomplete), (1, 0));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_view_given_up_by_one_server_is_tried_by_the_next() {
    let world = World::new().await;
    let queue = Queue::open(&world.read, 2).await.unwrap();
    let old = Faulty::cross_stream();
    old.set(Fault::Unreadable {
        kind: "request-submitted",
    });
    let older = Server::start(&old.runner(&world).await);
    let operator = Faulty::default().runner(&world).await;
    until(&operator, State::Running).await;
    one_request(&world).await;
    until(&operator, State::Halted).await;
    // Both run for a while, as in a rolling upgrade.
    let newer = Server::start(&Faulty::cross_stream().runner(&world).await);
    queue.wait_for(&zeeveld(), 1, LONG).await.unwrap();
    until(&operator, State::Running).await;
    older.stop().await;
    newer.stop().await;
}
