//! What readers are given: never an empty or half-filled view, and soon what was just written.

use std::sync::Arc;
use std::time::Duration;

use eventlog::Log;
use projection::{OpenError, Projection, View, ViewError, WaitError};
use readmodel::Runner;
use readmodel::queue::{Page, Queue, QueueProjection};

use super::faulty::{Faulty, Server};
use super::reading::submitted;
use super::running::{lived, request};
use super::turns::LONG;
use super::world::World;
use crate::support::event::zeeveld;

#[tokio::test]
async fn readers_never_see_an_empty_or_half_filled_view() {
    let world = World::new().await;
    let queue = Queue::open(&world.read, 1).await.unwrap();
    let of_an_empty_log = queue.overview(&zeeveld()).await.unwrap();
    assert_eq!(
        (of_an_empty_log.position, of_an_empty_log.queues.len()),
        (0, 0)
    );
    lived(&world).await;
    let being_built = |answer: Result<_, ViewError>, at| match answer {
        Err(ViewError::BeingBuilt {
            name: "queue",
            position,
            head: 78,
        }) => position == at,
        Err(_) | Ok(()) => false,
    };
    let ask = async || {
        queue
            .page(&zeeveld(), None, Page::default())
            .await
            .map(drop)
    };
    assert!(being_built(ask().await, 0));

    // Broken off in the middle: half of it is there, and is not given to anyone.
    let faulty = Faulty::cross_stream();
    faulty.set(super::faulty::Fault::Constraint {
        request: 20,
        version: 1,
    });
    let runner = faulty.runner(&world).await.with_batches_of(7);
    runner.catch_up(&zeeveld()).await.unwrap_err();
    assert!(being_built(ask().await, 38));
    let waited = queue.wait_for(&zeeveld(), 5, Duration::ZERO).await;
    assert!(
        matches!(waited, Err(WaitError::NotYet { position: 38, .. })),
        "{waited:?}"
    );

    faulty.mend();
    runner.start("queue", &zeeveld()).await.unwrap();
    runner.catch_up(&zeeveld()).await.unwrap();
    let page = queue.page(&zeeveld(), None, Page::default()).await.unwrap();
    assert_eq!((page.position, page.incomplete), (78, 0));
}

#[tokio::test]
async fn tables_that_change_under_the_same_version_are_noticed() {
    struct Changed;
    #[async_trait::async_trait]
    impl Projection for Changed {
        type Event = readmodel::Decoded;
        fn name(&self) -> &'static str {
            QueueProjection.name()
        }
        fn version(&self) -> i32 {
            QueueProjection.version()
        }
        fn schema_sql(&self) -> &'static str {
            "create table request (tenant text primary key)"
        }
        fn tables(&self) -> &'static [projection::Table] {
            QueueProjection.tables()
        }
        fn decode(
            &self,
            tenant: &eventlog::Tenant,
            recorded: eventlog::Recorded,
        ) -> Result<Self::Event, projection::DecodeError> {
            QueueProjection.decode(tenant, recorded)
        }
        fn recorded<'a>(&self, event: &'a Self::Event) -> &'a eventlog::Recorded {
            QueueProjection.recorded(event)
        }
        fn refolds(&self, event: &Self::Event) -> bool {
            QueueProjection.refolds(event)
        }
        async fn apply(
            &self,
            connection: &mut sqlx::PgConnection,
            batch: &projection::Batch<'_, Self::Event>,
        ) -> Result<(), sqlx::Error> {
            QueueProjection.apply(connection, batch).await
        }
        async fn forget(
            &self,
            connection: &mut sqlx::PgConnection,
            tenant: &eventlog::Tenant,
            stream: &eventlog::StreamId,
        ) -> Result<(), sqlx::Error> {
            QueueProjection.forget(connection, tenant, stream).await
        }
    }
    let world = World::new().await;
    let refused = View::open(&Changed, &world.read, 1).await.unwrap_err();
    assert!(
        matches!(&refused, OpenError::SchemaChanged { schema } if schema == "queue_v1_blue"),
        "{refused}"
    );
    assert!(
        refused.to_string().contains("raise the version"),
        "{refused}"
    );
    let log = Log::new(world.read.clone());
    let runner = Runner::open(log, &world.read, vec![Arc::new(Changed)]).await;
    assert!(runner.unwrap_err().is_final());
}

#[tokio::test]
async fn how_far_a_view_is_behind_is_told_in_events_and_in_seconds_of_the_databases_clock() {
    let world = World::new().await;
    lived(&world).await;
    let runner = Faulty::default().runner(&world).await;
    runner.catch_up(&zeeveld()).await.unwrap();
    let status = &runner.status(&zeeveld()).await.unwrap()[0];
    assert_eq!((status.lag(), status.behind), (0, Duration::ZERO));
    for number in 50..53 {
        world
            .happened(
                request(number),
                [("2026-02-01T09:00:00Z", submitted("WK999901"))],
            )
            .await;
    }
    let first_missing = world.recorded(&zeeveld()).await[78].recorded_at;
    let age = |now: jiff::Timestamp| Duration::try_from(now.duration_since(first_missing)).unwrap();
    let earliest = age(world.db.now().await);
    let status = &runner.status(&zeeveld()).await.unwrap()[0];
    let latest = age(world.db.now().await);
    assert_eq!(status.lag(), 3);
    assert!(
        status.behind >= earliest && status.behind <= latest,
        "{earliest:?} {:?} {latest:?}",
        status.behind
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_reader_sees_its_own_write_whether_this_server_runs_the_view_or_another() {
    let world = World::new().await;
    let runner = Faulty::default().runner(&world).await;
    let server = Server::start(&runner);
    let here = Queue::of(runner.view("queue").unwrap().for_readers(2));
    let elsewhere = Queue::open(&world.read, 2).await.unwrap();
    for number in 1..20 {
        let appended = world
            .happened(
                request(number),
                [("2026-02-01T09:00:00Z", submitted("WK999901"))],
            )
            .await;
        let position = appended.last_position;
        for queue in [&here, &elsewhere] {
            queue.wait_for(&zeeveld(), position, LONG).await.unwrap();
            let overview = queue.overview(&zeeveld()).await.unwrap();
            assert!(overview.position >= position);
            assert_eq!(overview.queues[0].open, i64::try_from(number).unwrap());
        }
    }
    server.stop().await;
}
