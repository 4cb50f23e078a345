//! What a rebuild and a comparison take care not to do: hold others up, and give readers less.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use projection::{Compared, Progress, Rebuild, Slot, Stage, TableComparison, View};
use sqlx::Row as _;

use super::town::{
    Town, fold, meanwhile, offered, quietly, raw, request, stream, submitted, withdrawn,
};
use crate::support::event::{past, zeeveld};

/// A town whose queue serves, with an event of a register that the serving build could read and this
/// software cannot.
async fn read_by_newer_software() -> Town {
    let town = Town::lived(20).await;
    let register = eventlog::StreamId::new("mandates", "all");
    let event = raw("mandate-granted", 99, "{}".to_owned(), past());
    town.append(&zeeveld(), vec![(register, vec![event])]).await;
    let told = town.runner.catch_up(&zeeveld()).await.unwrap_err();
    assert!(told.to_string().contains("parked"), "{told}");
    let unparked = town
        .run("delete from read.parked where name = 'queue'")
        .await;
    assert_eq!(unparked, 1);
    town
}

#[tokio::test]
async fn a_build_with_a_stream_parked_that_the_serving_one_reads_is_not_given_to_readers() {
    let town = read_by_newer_software().await;
    let builder = town.builder("queue");
    let kept = builder
        .rebuild(&zeeveld(), Rebuild::default(), &quietly)
        .await
        .unwrap();
    assert_eq!((kept.switched, kept.parked), (false, 1));
    let Compared::Rows(comparison) = &kept.compared else {
        panic!("{kept:?}");
    };
    assert!(comparison.tables.iter().all(TableComparison::is_same));
    assert_eq!(
        comparison.parked_only_other,
        [eventlog::StreamId::new("mandates", "all")]
    );
    assert_eq!(town.serving("queue").await, Some(Slot::Blue));
    let compared = builder.compare(&zeeveld()).await.unwrap();
    assert!(!compared.is_same(), "{compared:?}");

    let how = Rebuild {
        switch_anyway: true,
        ..Rebuild::default()
    };
    let forced = builder.rebuild(&zeeveld(), how, &quietly).await.unwrap();
    assert!(forced.switched);
    // The other way round nothing is lost.
    let compared = builder.compare(&zeeveld()).await.unwrap();
    assert_eq!((compared.is_same(), compared.is_as_good()), (false, true));
}

#[tokio::test]
async fn a_view_that_was_stopped_stays_stopped_through_a_rebuild() {
    let town = Town::lived(20).await;
    town.runner.catch_up(&zeeveld()).await.unwrap();
    town.runner.stop("queue", &zeeveld()).await.unwrap();
    let builder = town.builder("queue");
    let rebuilt = builder
        .rebuild(&zeeveld(), Rebuild::default(), &quietly)
        .await
        .unwrap();
    assert!(rebuilt.switched && rebuilt.stopped, "{rebuilt:?}");
    let desired: Vec<String> =
        sqlx::query_scalar("select desired from read.projection where name = 'queue'")
            .fetch_all(&town.read)
            .await
            .unwrap();
    assert_eq!(desired, ["stopped", "stopped"]);
    town.runner.start("queue", &zeeveld()).await.unwrap();
    let rebuilt = builder
        .rebuild(&zeeveld(), Rebuild::default(), &quietly)
        .await
        .unwrap();
    assert!(rebuilt.switched && !rebuilt.stopped, "{rebuilt:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_comes_to_serve_while_the_first_build_is_made_is_compared_with() {
    let town = Arc::new(Town::lived(30).await);
    let its_town = Arc::clone(&town);
    let done = AtomicBool::new(false);
    // A runner finishes the first build just before the rebuild would give readers its own.
    let show = move |progress: Progress| {
        if progress.stage == Stage::Switching && !done.swap(true, Ordering::Relaxed) {
            meanwhile(async {
                its_town.runner.catch_up(&zeeveld()).await.unwrap();
                assert_eq!(its_town.serving("queue").await, Some(Slot::Blue));
                let spoiled = its_town
                    .run("update queue_v1_blue.request set channel = 'web' where request_id::text like '%3'")
                    .await;
                assert!(spoiled > 0);
            });
        }
    };
    let builder = town.builder("queue");
    let rebuilding = async move { builder.rebuild(&zeeveld(), Rebuild::default(), &show).await };
    let rebuilt = tokio::spawn(rebuilding).await.unwrap().unwrap();
    assert!(
        matches!(&rebuilt.compared, Compared::Rows(rows) if !rows.is_same()),
        "{rebuilt:?}"
    );
    assert!(!rebuilt.switched);
    assert_eq!(town.serving("queue").await, Some(Slot::Blue));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_comparison_holds_no_build_while_it_waits_for_the_other() {
    let town = Town::lived(20).await;
    town.runner.catch_up(&zeeveld()).await.unwrap();
    let builder = town.builder("queue");
    builder
        .rebuild(&zeeveld(), Rebuild::default(), &quietly)
        .await
        .unwrap();
    // Green serves and is behind blue.
    town.submit(99).await;
    town.run(
        "update read.projection set desired = 'stopped' where name = 'queue' and slot = 'green'",
    )
    .await;
    let _one_is_stopped = town.runner.catch_up(&zeeveld()).await;
    town.run("update read.projection set desired = 'running'")
        .await;

    // Who holds the one that serves and then wants the other, as a switch may.
    let mut switch = town.read.begin().await.unwrap();
    let hold =
        "select position from read.projection where name = 'queue' and slot = $1 for update nowait";
    let mut at = Vec::new();
    let row = sqlx::query(hold).bind("green").fetch_one(&mut *switch);
    at.push(row.await.unwrap().get::<i64, _>(0));
    let comparing = tokio::spawn(async move { builder.compare(&zeeveld()).await });
    let waiting = "select exists (
            select
            from pg_locks
            where transactionid = pg_current_xact_id()::xid and not granted
        )";
    while !sqlx::query_scalar::<_, bool>(waiting)
        .fetch_one(&mut *switch)
        .await
        .unwrap()
    {
        assert!(!comparing.is_finished());
    }
    let row = sqlx::query(hold).bind("blue").fetch_one(&mut *switch);
    at.push(row.await.unwrap().get::<i64, _>(0));
    assert!(at[0] < at[1], "{at:?}");
    switch.rollback().await.unwrap();
    let compared = comparing.await.unwrap().unwrap();
    assert!(compared.is_same());
    assert_eq!(compared.position, at[1]);
}

#[tokio::test]
async fn who_is_cut_off_in_a_batch_keeps_a_build_for_half_a_minute_at_most() {
    let town = Town::new().await;
    let view = View::open(&*fold("queue"), &town.read, 1).await.unwrap();
    for (setting, most) in [
        ("idle_in_transaction_session_timeout", "30s"),
        ("lock_timeout", "10s"),
    ] {
        for pool in [view.pool(Slot::Blue), view.for_readers(1).pool(Slot::Green)] {
            let set: String = sqlx::query_scalar("select current_setting($1)")
                .bind(setting)
                .fetch_one(pool)
                .await
                .unwrap();
            assert_eq!(set, most);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_rebuilt_view_is_without_the_failure_of_before() {
    let town = Town::lived(20).await;
    town.runner.catch_up(&zeeveld()).await.unwrap();
    let writes = vec![(
        stream(request(50)),
        vec![offered(&submitted("WK999901")), offered(&withdrawn())],
    )];
    let builder = town.builder("queue");
    town.append(&zeeveld(), writes).await;
    let its_read = town.read.clone();
    // An error is noted while it is filled, as one that stood there from before would be.
    let statement =
        "update read.projection set halted = true, error = 'old', restarts = 3 where not live";
    let show = move |progress: Progress| {
        if progress.stage == Stage::Comparing {
            let noted = meanwhile(sqlx::query(statement).execute(&its_read));
            assert_eq!(noted.unwrap().rows_affected(), 1);
        }
    };
    let rebuilding = async move { builder.rebuild(&zeeveld(), Rebuild::default(), &show).await };
    let rebuilt = tokio::spawn(rebuilding).await.unwrap().unwrap();
    assert!(rebuilt.switched);
    let row: (bool, Option<String>, i32) = sqlx::query_as(
        "select halted, error, restarts from read.projection where name = 'queue' and serving",
    )
    .fetch_one(&town.read)
    .await
    .unwrap();
    assert_eq!(row, (false, None, 0));
}
