//! Switching and back, parked streams, streams built anew, and what a rebuild refuses.

use std::sync::Arc;

use eventlog::Log;
use projection::{Builder, Compared, Rebuild, RebuildError, Slot};

use super::other_queue::OtherQueue;
use super::town::{Town, VIEWS, offered, quietly, request, stream, unreadable, withdrawn};
use crate::support::event::zeeveld;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn switching_and_back_loses_nothing() {
    let town = Town::lived(60).await;
    town.runner.catch_up(&zeeveld()).await.unwrap();
    for view in VIEWS {
        let builder = town.builder(view);
        builder
            .rebuild(&zeeveld(), Rebuild::default(), &quietly)
            .await
            .unwrap();
        for number in 0..4_u128 {
            // Nobody has brought the other build up to date: the switch does.
            town.submit(1_000 + number).await;
            let serving = town.serving(view).await.unwrap();
            town.run("update read.projection set live = false where not serving")
                .await;
            town.runner.catch_up(&zeeveld()).await.unwrap();
            town.run("update read.projection set live = true").await;
            let switched = builder.switch(&zeeveld()).await.unwrap();
            let head = town.log.head(&zeeveld()).await.unwrap().position;
            assert_eq!(
                (switched.from, switched.to, switched.position),
                (serving, serving.other(), head)
            );
            assert_eq!(town.serving(view).await, Some(serving.other()));
            assert_eq!(
                town.rows(view, switched.to, &zeeveld()).await,
                town.rows(view, switched.from, &zeeveld()).await
            );
        }
    }
}

#[tokio::test]
async fn a_rebuild_parks_what_live_parks_and_says_so() {
    let town = Town::lived(30).await;
    let broken = stream(request(5));
    town.append(
        &zeeveld(),
        vec![(broken.clone(), vec![unreadable(), offered(&withdrawn())])],
    )
    .await;
    town.submit(99).await;
    let told = town.runner.catch_up(&zeeveld()).await.unwrap_err();
    assert!(told.to_string().contains("parked"), "{told}");
    for view in VIEWS {
        let rebuilt = town
            .builder(view)
            .with_batches_of(7)
            .rebuild(&zeeveld(), Rebuild::default(), &quietly)
            .await
            .unwrap();
        assert_eq!((rebuilt.parked, rebuilt.switched), (1, true));
        let parked: Vec<(String, String, i64, String, i32)> = sqlx::query_as(
            "select slot, stream_id, position, kind, schema
             from read.parked
             where name = $1
             order by slot",
        )
        .bind(view)
        .fetch_all(&town.read)
        .await
        .unwrap();
        let row = |slot: &str| {
            (
                slot.to_owned(),
                broken.id.clone(),
                41,
                "request-teleported".to_owned(),
                3,
            )
        };
        assert_eq!(parked, [row("blue"), row("green")]);
        assert_eq!(
            town.rows(view, Slot::Green, &zeeveld()).await,
            town.rows(view, Slot::Blue, &zeeveld()).await
        );
    }
}

#[tokio::test]
async fn one_stream_is_built_anew_in_place_and_no_other() {
    let town = Town::lived(30).await;
    town.runner.catch_up(&zeeveld()).await.unwrap();
    for view in VIEWS {
        town.builder(view)
            .rebuild(&zeeveld(), Rebuild::default(), &quietly)
            .await
            .unwrap();
        let right = town.rows(view, Slot::Green, &zeeveld()).await;
        for statement in [
            "update queue_v1_green.request set channel = 'web' where request_id::text like '%3'",
            "update dossier_v1_green.step set actor = 'staff:nobody' where request_id::text like '%3'",
            "update evaluation_v1_green.moment set domain = 'veiligheid' where request_id::text like '%3'",
        ] {
            let fits = statement.contains(view);
            assert!(!fits || town.run(statement).await >= 2);
        }
        let spoiled = town.rows(view, Slot::Green, &zeeveld()).await;
        let mended = town
            .builder(view)
            .rebuild_stream(&zeeveld(), &stream(request(3)))
            .await
            .unwrap();
        let told: Vec<_> = mended
            .iter()
            .map(|it| (it.slot, it.events, it.position, it.poison.is_none()))
            .collect();
        assert_eq!(
            told,
            [(Slot::Blue, 2, 40, true), (Slot::Green, 2, 40, true)]
        );
        let now = town.rows(view, Slot::Green, &zeeveld()).await;
        let id = request(3).to_string();
        let (of_it, others): (Vec<_>, Vec<_>) = now.into_iter().partition(|row| row.contains(&id));
        let right: Vec<_> = right.into_iter().filter(|row| row.contains(&id)).collect();
        let spoiled: Vec<_> = spoiled
            .into_iter()
            .filter(|row| !row.contains(&id))
            .collect();
        assert_eq!(of_it, right);
        assert_eq!(others, spoiled);
    }
}

#[tokio::test]
async fn a_rebuild_mends_a_view_that_stands_still() {
    let town = Town::lived(30).await;
    town.runner.catch_up(&zeeveld()).await.unwrap();
    town.submit(99).await;
    town.run("update read.projection set halted = true, error = 'as after a failure' where name = 'queue'")
        .await;
    let rebuilt = town
        .builder("queue")
        .rebuild(&zeeveld(), Rebuild::default(), &quietly)
        .await
        .unwrap();
    assert_eq!(rebuilt.compared, Compared::StoodStill { position: 40 });
    assert_eq!((rebuilt.switched, rebuilt.position), (true, 41));
}

#[tokio::test]
async fn there_is_no_switching_to_what_is_not_there_not_whole_or_stands_still() {
    let town = Town::lived(30).await;
    town.runner.catch_up(&zeeveld()).await.unwrap();
    let builder = town.builder("queue");
    let error = builder.switch(&zeeveld()).await.unwrap_err();
    assert!(matches!(error, RebuildError::NoOther { .. }), "{error:?}");
    builder
        .rebuild(&zeeveld(), Rebuild::default(), &quietly)
        .await
        .unwrap();
    for (statement, why) in [
        (
            "update read.projection set desired = 'stopped' where slot = 'blue' and name = 'queue'",
            "is stopped",
        ),
        (
            "update read.projection set desired = 'running', halted = true, error = 'x' where slot = 'blue' and name = 'queue'",
            "stands still",
        ),
        (
            "update read.projection set halted = false, error = null, live = false where slot = 'blue' and name = 'queue'",
            "is not whole",
        ),
    ] {
        assert_eq!(town.run(statement).await, 1);
        let error = builder.switch(&zeeveld()).await.unwrap_err();
        assert!(error.to_string().contains(why), "{error}");
        assert_eq!(town.serving("queue").await, Some(Slot::Green));
    }
}

#[tokio::test]
async fn of_an_empty_log_a_rebuild_is_whole_at_once() {
    let town = Town::new().await;
    let rebuilt = town
        .builder("queue")
        .rebuild(&zeeveld(), Rebuild::default(), &quietly)
        .await
        .unwrap();
    assert_eq!(
        (rebuilt.position, rebuilt.switched, rebuilt.compared),
        (0, true, Compared::NothingServed)
    );
    town.submit(1).await;
    town.runner.catch_up(&zeeveld()).await.unwrap();
    assert_eq!(town.rows("queue", Slot::Green, &zeeveld()).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_view_over_several_streams_is_built_in_order_and_not_past_what_it_cannot_read() {
    let town = Town::lived(60).await;
    let log = Log::new(town.read.clone());
    let fold = Arc::new(OtherQueue::cross_stream());
    let builder = Builder::open(log, fold, &town.read).await.unwrap();
    let builder = builder.with_batches_of(7);
    let how = Rebuild {
        workers: 4,
        ..Rebuild::default()
    };
    let rebuilt = builder.rebuild(&zeeveld(), how, &quietly).await.unwrap();
    assert_eq!((rebuilt.position, rebuilt.switched), (80, true));
    let whole = town.rows("queue", rebuilt.slot, &zeeveld()).await;
    town.append(&zeeveld(), vec![(stream(request(1)), vec![unreadable()])])
        .await;
    let error = builder
        .rebuild(&zeeveld(), how, &quietly)
        .await
        .unwrap_err();
    assert!(
        matches!(&error, RebuildError::Poison { poison, .. } if poison.position == 81),
        "{error:?}"
    );
    let parts: Vec<i32> = sqlx::query_scalar("select parts from read.fill")
        .fetch_all(&town.read)
        .await
        .unwrap();
    assert_eq!(parts, [1]);
    // What served still does, and nobody holds on to the build.
    assert_eq!(town.serving("queue").await, Some(rebuilt.slot));
    assert_eq!(town.rows("queue", rebuilt.slot, &zeeveld()).await, whole);
    let again = builder
        .rebuild(&zeeveld(), how, &quietly)
        .await
        .unwrap_err();
    assert!(matches!(again, RebuildError::Poison { .. }), "{again:?}");
}
