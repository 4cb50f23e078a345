//! Comparing builds: what differs is counted and named, never shown, and keeps a rebuild from switching.

use std::sync::Arc;

use eventlog::Log;
use projection::{CompareError, Compared, Rebuild, RebuildError, Scratch, Side, Slot};

use super::other_queue::OtherQueue;
use super::town::{Town, quietly, request};
use crate::support::event::zeeveld;

/// Both builds are there and equal.
async fn twice_built() -> Town {
    let town = Town::lived(40).await;
    town.runner.catch_up(&zeeveld()).await.unwrap();
    town.builder("queue")
        .rebuild(&zeeveld(), Rebuild::default(), &quietly)
        .await
        .unwrap();
    town
}

/// Spoils three rows of the build that serves: one differs, one is gone, one is too many.
async fn spoiled(town: &Town) {
    let changed = town
        .run(
            "update queue_v1_green.request
             set channel = 'web', request_kind = 'secret-word'
             where request_id = '00000000-0000-0000-0000-000000000005'",
        )
        .await;
    let deleted = town
        .run(
            "delete from queue_v1_green.request
             where request_id = '00000000-0000-0000-0000-000000000006'",
        )
        .await;
    let added = town
        .run(
            "update queue_v1_green.request
             set request_id = '10000000-0000-0000-0000-000000000000'
             where request_id = '00000000-0000-0000-0000-000000000007'",
        )
        .await;
    assert_eq!((changed, deleted, added), (1, 1, 1));
}

#[tokio::test]
async fn equal_builds_are_said_to_be_the_same() {
    let town = twice_built().await;
    let comparison = town.builder("queue").compare(&zeeveld()).await.unwrap();
    assert!(comparison.is_same());
    assert_eq!(comparison.serving, "queue_v1_green");
    assert_eq!(comparison.other, "queue_v1_blue");
    assert_eq!(comparison.position, 53);
    assert_eq!(comparison.tables[0].rows, (40, 40));
}

#[tokio::test]
async fn rows_that_differ_are_counted_and_named_with_their_columns_and_without_values() {
    let town = twice_built().await;
    spoiled(&town).await;
    let before = (
        town.rows("queue", Slot::Blue, &zeeveld()).await,
        town.rows("queue", Slot::Green, &zeeveld()).await,
    );
    let comparison = town.builder("queue").compare(&zeeveld()).await.unwrap();
    assert!(!comparison.is_same());
    let table = &comparison.tables[0];
    assert_eq!(table.name, "request");
    assert_eq!(table.rows, (39, 40));
    assert_eq!(
        (table.only_serving, table.only_other, table.different),
        (1, 2, 1)
    );
    let key = |id: &str| format!("{{\"request_id\" : \"{id}\"}}");
    let named: Vec<_> = table
        .first
        .iter()
        .map(|row| (row.key.clone(), row.side, row.columns.clone()))
        .collect();
    let columns = vec!["request_kind".to_owned(), "channel".to_owned()];
    assert_eq!(
        named,
        [
            (key(&request(5).to_string()), Side::Both, columns),
            (key(&request(6).to_string()), Side::Other, Vec::new()),
            (key(&request(7).to_string()), Side::Other, Vec::new()),
            (
                key("10000000-0000-0000-0000-000000000000"),
                Side::Serving,
                Vec::new()
            ),
        ]
    );
    assert!(!format!("{comparison:?}").contains("secret-word"));
    assert_eq!(
        (
            town.rows("queue", Slot::Blue, &zeeveld()).await,
            town.rows("queue", Slot::Green, &zeeveld()).await,
        ),
        before,
        "comparing changes nothing"
    );
}

#[tokio::test]
async fn builds_at_different_positions_are_compared_at_one() {
    let town = twice_built().await;
    for number in 100..110 {
        town.submit(number).await;
    }
    // Either of them may be ahead.
    for ahead in [Slot::Green, Slot::Blue] {
        let sql = match ahead {
            Slot::Green => {
                "update read.projection set live = false where slot = 'blue' and name = 'queue'"
            }
            Slot::Blue => "update read.projection set desired = 'stopped' where slot = 'green'",
        };
        town.submit(200 + u128::from(ahead == Slot::Blue)).await;
        assert_eq!(town.run(sql).await, 1);
        let _one_is_stopped = town.runner.catch_up(&zeeveld()).await;
        town.run("update read.projection set desired = 'running', live = true")
            .await;
        let positions: Vec<i64> = sqlx::query_scalar(
            "select position from read.projection where name = 'queue' order by position",
        )
        .fetch_all(&town.read)
        .await
        .unwrap();
        assert!(positions[0] < positions[1], "{positions:?}");
        let comparison = town.builder("queue").compare(&zeeveld()).await.unwrap();
        assert!(comparison.is_same(), "{comparison:?}");
        assert_eq!(comparison.position, positions[1]);
        town.runner.catch_up(&zeeveld()).await.unwrap();
    }
}

#[tokio::test]
async fn a_rebuild_that_differs_is_given_to_readers_only_when_told_to() {
    let town = twice_built().await;
    spoiled(&town).await;
    let builder = town.builder("queue");
    let kept = builder
        .rebuild(&zeeveld(), Rebuild::default(), &quietly)
        .await
        .unwrap();
    assert!(!kept.switched);
    let Compared::Rows(comparison) = &kept.compared else {
        panic!("{kept:?}");
    };
    assert!(!comparison.is_same());
    assert_eq!(town.serving("queue").await, Some(Slot::Green));
    // It is there all the same, follows the log, and can be switched to.
    town.submit(99).await;
    town.runner.catch_up(&zeeveld()).await.unwrap();
    let switched = builder.switch(&zeeveld()).await.unwrap();
    assert_eq!((switched.to, switched.position), (Slot::Blue, 54));

    builder.switch(&zeeveld()).await.unwrap();
    let how = Rebuild {
        switch_anyway: true,
        ..Rebuild::default()
    };
    let forced = builder.rebuild(&zeeveld(), how, &quietly).await.unwrap();
    assert!(forced.switched);
    assert_eq!(town.serving("queue").await, Some(Slot::Blue));
}

#[tokio::test]
async fn a_view_that_was_never_rebuilt_has_nothing_to_compare_with() {
    let town = Town::lived(3).await;
    town.runner.catch_up(&zeeveld()).await.unwrap();
    let error = town.builder("queue").compare(&zeeveld()).await.unwrap_err();
    assert!(
        matches!(error, RebuildError::NoOther { name: "queue" }),
        "{error:?}"
    );
}

#[tokio::test]
async fn versions_are_compared_over_the_columns_that_both_have() {
    let town = Town::lived(40).await;
    town.runner.catch_up(&zeeveld()).await.unwrap();
    let log = Log::new(town.read.clone());
    let mut later = Scratch::open(log, Arc::new(OtherQueue::later()), &town.read, &zeeveld())
        .await
        .unwrap();
    let same = later.compare(1).await.unwrap();
    assert!(same.is_same(), "{same:?}");
    assert_eq!(same.tables[0].rows, (40, 40));
    assert_eq!(same.tables[0].columns_only_other, ["note"]);
    assert_eq!(same.tables[0].columns_only_serving, Vec::<String>::new());

    town.run("update queue_v1_blue.request set edition = 2025 where channel is not null and wijk = 'WK999901'")
        .await;
    let differs = later.compare(1).await.unwrap();
    assert_eq!(differs.tables[0].different, 20);
    assert_eq!(differs.tables[0].first.len(), 10);
    assert_eq!(differs.tables[0].first[0].columns, ["edition"]);

    let error = later.compare(7).await.unwrap_err();
    assert!(
        matches!(
            error,
            CompareError::NothingServed {
                name: "queue",
                version: 7
            }
        ),
        "{error:?}"
    );
}
