//! Taking turns: one runner at a time across servers, another when it dies, and never twice.

use std::time::Duration;

use projection::State;
use readmodel::Runner;
use readmodel::queue::Queue;
use uuid::Uuid;

use super::faulty::{Fault, Faulty, Server};
use super::reading::submitted;
use super::running::{request, withdrawn};
use super::world::World;
use crate::support::event::zeeveld;

/// Long enough for every machine: nothing here waits for it.
pub(super) const LONG: Duration = Duration::from_mins(1);

/// A request comes in, and the queue of whichever server has it.
async fn submitted_and_seen(world: &World, queue: &Queue, number: u128) {
    let appended = world
        .happened(
            request(number),
            [("2026-02-01T09:00:00Z", submitted("WK999901"))],
        )
        .await;
    queue
        .wait_for(&zeeveld(), appended.last_position, LONG)
        .await
        .unwrap();
}

async fn holder(world: &World) -> Option<Uuid> {
    sqlx::query_scalar("select lease_holder from read.projection where name = 'queue'")
        .fetch_one(&world.read)
        .await
        .unwrap()
}

async fn rows(world: &World) -> i64 {
    sqlx::query_scalar("select count(*) from queue_v1_blue.request")
        .fetch_one(&world.read)
        .await
        .unwrap()
}

/// Until the view is in this state, as another process sees it.
pub(super) async fn until(runner: &Runner, wanted: State) {
    loop {
        let status = runner.status(&zeeveld()).await.unwrap();
        if status.iter().any(|it| it.serving && it.state == wanted) {
            return;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_runner_at_a_time() {
    let world = World::new().await;
    let queue = Queue::open(&world.read, 2).await.unwrap();
    let (one, other) = (Faulty::default(), Faulty::default());
    let (first, second) = (one.runner(&world).await, other.runner(&world).await);
    let servers = [Server::start(&first), Server::start(&second)];
    submitted_and_seen(&world, &queue, 1).await;
    let leads = holder(&world).await.unwrap();
    for number in 2..30 {
        submitted_and_seen(&world, &queue, number).await;
        assert_eq!(holder(&world).await, Some(leads), "renewed, not taken");
    }
    let mut applied = [one.applied(), other.applied()];
    applied.sort_unstable();
    assert_eq!(applied, [0, 29]);
    for server in servers {
        server.stop().await;
    }
    assert_eq!(holder(&world).await, None, "given back");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn when_the_holder_dies_another_takes_over() {
    let world = World::new().await;
    let queue = Queue::open(&world.read, 2).await.unwrap();
    let (one, other) = (Faulty::default(), Faulty::default());
    let dying = Server::start(&one.runner(&world).await);
    submitted_and_seen(&world, &queue, 1).await;
    let waiting = Server::start(&other.runner(&world).await);
    submitted_and_seen(&world, &queue, 2).await;
    assert_eq!((one.applied(), other.applied()), (2, 0));
    let died = holder(&world).await;
    dying.die().await;
    assert_eq!(holder(&world).await, died, "it gave nothing back");
    submitted_and_seen(&world, &queue, 3).await;
    assert_eq!((one.applied(), other.applied()), (2, 1));
    waiting.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_holder_that_was_paused_past_its_lease_applies_nothing_twice() {
    let world = World::new().await;
    let queue = Queue::open(&world.read, 2).await.unwrap();
    let (one, other) = (Faulty::default(), Faulty::default());
    let paused = Server::start(&one.runner(&world).await);
    submitted_and_seen(&world, &queue, 1).await;
    let waiting = Server::start(&other.runner(&world).await);
    one.set(Fault::Paused);
    let appended = world
        .happened(
            request(2),
            [("2026-02-01T09:00:00Z", submitted("WK999901"))],
        )
        .await;
    one.until_paused().await;
    // It has the event in its hands and thinks it is its turn. Now its lease runs out.
    queue
        .wait_for(&zeeveld(), appended.last_position, LONG)
        .await
        .unwrap();
    assert_eq!((one.applied(), other.applied()), (1, 1));
    one.let_go();
    // It finds itself late, and is of use again when the other has gone.
    submitted_and_seen(&world, &queue, 3).await;
    assert_eq!((one.applied(), other.applied()), (1, 2));
    waiting.stop().await;
    submitted_and_seen(&world, &queue, 4).await;
    assert_eq!((one.applied(), other.applied()), (2, 2));
    assert_eq!(rows(&world).await, 4);
    paused.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_server_obeys_a_stop_until_the_start_without_being_restarted() {
    let world = World::new().await;
    let queue = Queue::open(&world.read, 2).await.unwrap();
    let (one, other) = (Faulty::default(), Faulty::default());
    let servers = [
        Server::start(&one.runner(&world).await),
        Server::start(&other.runner(&world).await),
    ];
    submitted_and_seen(&world, &queue, 1).await;
    // The operator's is another process: what it says is heard through the database.
    let operator = Faulty::default().runner(&world).await;
    operator.stop("queue", &zeeveld()).await.unwrap();
    world
        .happened(request(1), [("2026-02-02T09:00:00Z", withdrawn())])
        .await;
    loop {
        // Given up by whoever had it; until then it may look as often as it likes.
        if holder(&world).await.is_none() {
            break;
        }
        tokio::task::yield_now().await;
    }
    let stopped = &operator.status(&zeeveld()).await.unwrap()[0];
    assert_eq!((stopped.state, stopped.lag()), (State::Stopped, 1));
    assert_eq!(one.applied() + other.applied(), 1);
    let error = operator.catch_up(&zeeveld()).await.unwrap_err();
    assert!(error.to_string().contains("is stopped"), "{error}");
    // Its answers say of which position they are.
    let page = queue.overview(&zeeveld()).await.unwrap();
    assert_eq!(page.position, 1);

    operator.start("queue", &zeeveld()).await.unwrap();
    queue.wait_for(&zeeveld(), 2, LONG).await.unwrap();
    until(&operator, State::Running).await;
    assert_eq!(one.applied() + other.applied(), 2);
    for server in servers {
        server.stop().await;
    }
}
