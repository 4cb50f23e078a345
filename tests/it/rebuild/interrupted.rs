//! Rebuilds that are killed, that lose their connections, that are begun twice or taken over.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};

use projection::{Builder, Compared, Progress, Rebuild, RebuildError, Rebuilt, Slot};
use readmodel::Decoded;
use sqlx::Connection as _;

use super::town::{Town, VIEWS, meanwhile, quietly};
use crate::support::event::zeeveld;

/// Small pieces, so that there is a half-way.
const PIECE: usize = 20;

fn workers(workers: usize) -> Rebuild {
    Rebuild {
        workers,
        ..Rebuild::default()
    }
}

/// Positions of the parts of a fill under way.
async fn parts(town: &Town) -> Vec<i64> {
    sqlx::query_scalar("select position from read.fill order by part")
        .fetch_all(&town.read)
        .await
        .unwrap()
}

/// Begins a rebuild and drops it half-way, as a process that is killed does.
async fn killed_half_way(town: &Town, view: &'static str, how: Rebuild) {
    let (half_way, reached) = tokio::sync::oneshot::channel();
    let half_way = std::sync::Mutex::new(Some(half_way));
    let show = move |progress: Progress| {
        if progress.done > progress.of / 4 && progress.of > 0 {
            half_way.lock().unwrap().take().map(|tell| tell.send(()));
        }
    };
    let builder = town.builder(view).with_batches_of(PIECE);
    let tenant = zeeveld();
    tokio::select! {
        done = builder.rebuild(&tenant, how, &show) => panic!("it was not stopped: {done:?}"),
        told = reached => told.unwrap(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_fill_that_is_resumed_equals_one_that_was_not() {
    let town = Town::lived(600).await;
    town.runner.catch_up(&zeeveld()).await.unwrap();
    for view in VIEWS {
        let live = town.rows(view, Slot::Blue, &zeeveld()).await;
        killed_half_way(&town, view, workers(3)).await;
        assert_eq!(town.serving(view).await, Some(Slot::Blue));
        assert_eq!(town.rows(view, Slot::Blue, &zeeveld()).await, live);
        town.turns_run_out().await;
        let half = parts(&town).await;
        // With another number of workers, which does not move a stream to another part.
        let rebuilt = town
            .builder(view)
            .rebuild(&zeeveld(), workers(1), &quietly)
            .await
            .unwrap();
        assert_eq!(half.len(), 3);
        assert_eq!(rebuilt.resumed_at, half.iter().copied().max());
        assert!(rebuilt.switched, "{rebuilt:?}");
        assert_eq!(rebuilt.position, 800);
        assert_eq!(town.rows(view, Slot::Green, &zeeveld()).await, live);
        assert_eq!(parts(&town).await, Vec::<i64>::new());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fill_begun_anew_forgets_the_one_before() {
    let town = Town::lived(600).await;
    town.runner.catch_up(&zeeveld()).await.unwrap();
    killed_half_way(&town, "queue", workers(2)).await;
    town.turns_run_out().await;
    // What an older fill left there by mistake would show.
    let spoiled = town
        .run("update queue_v1_green.request set wijk_source = 'derived'")
        .await;
    assert!(spoiled > 0);
    let how = Rebuild {
        anew: true,
        ..workers(4)
    };
    let rebuilt = town
        .builder("queue")
        .rebuild(&zeeveld(), how, &quietly)
        .await
        .unwrap();
    assert_eq!(rebuilt.resumed_at, None);
    assert_eq!(
        town.rows("queue", Slot::Green, &zeeveld()).await,
        town.rows("queue", Slot::Blue, &zeeveld()).await
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rebuild_whose_connections_are_ended_fails_and_goes_on_when_called_again() {
    let town = Town::lived(600).await;
    town.runner.catch_up(&zeeveld()).await.unwrap();
    let mut killer = town.db.superuser().await;
    let (tell, told) = tokio::sync::oneshot::channel();
    let half_way = std::sync::Mutex::new(Some(tell));
    let show = move |progress: Progress| {
        if progress.done > progress.of / 4 && progress.of > 0 {
            half_way.lock().unwrap().take().map(|tell| tell.send(()));
        }
    };
    let builder = town.builder("queue").with_batches_of(PIECE);
    let killing = async {
        told.await.unwrap();
        // Every session but this one, until the rebuild is told.
        sqlx::query(
            "select pg_terminate_backend(pid)
             from pg_stat_activity
             where datname = current_database() and pid <> pg_backend_pid()",
        )
        .execute(&mut killer)
        .await
        .unwrap();
    };
    let tenant = zeeveld();
    let (outcome, ()) = tokio::join!(builder.rebuild(&tenant, workers(2), &show), killing);
    let error = outcome.unwrap_err();
    assert!(
        matches!(
            error,
            RebuildError::Database(_) | RebuildError::Read(_) | RebuildError::Projection(_)
        ),
        "{error:?}"
    );
    killer.close().await.unwrap();
    // As another process, since the pools of this one are full of dead connections.
    let town = Town::of(town.db).await;
    town.turns_run_out().await;
    let rebuilt = town
        .builder("queue")
        .rebuild(&zeeveld(), workers(2), &quietly)
        .await
        .unwrap();
    assert!(rebuilt.resumed_at.is_some());
    assert_eq!(
        town.rows("queue", Slot::Green, &zeeveld()).await,
        town.rows("queue", Slot::Blue, &zeeveld()).await
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_rebuilds_at_once_the_second_is_told() {
    let town = Town::lived(300).await;
    town.runner.catch_up(&zeeveld()).await.unwrap();
    let told = Arc::new(AtomicU32::new(0));
    let second = town.builder("queue");
    let counted = Arc::clone(&told);
    // While the first is at it, however fast it is.
    let show = move |_: Progress| {
        let outcome = meanwhile(async { second.rebuild(&zeeveld(), workers(1), &quietly).await });
        assert!(
            matches!(outcome, Err(RebuildError::Busy { name: "queue", .. })),
            "{outcome:?}"
        );
        counted.fetch_add(1, Ordering::Relaxed);
    };
    let first = town.builder("queue").with_batches_of(PIECE);
    let rebuilt = watched(first, show).await.unwrap();
    assert!(told.load(Ordering::Relaxed) > 2);
    assert!(rebuilt.switched);
    assert_eq!(
        town.rows("queue", Slot::Green, &zeeveld()).await,
        town.rows("queue", Slot::Blue, &zeeveld()).await
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_rebuild_that_slept_through_its_turn_writes_nothing_any_more() {
    let town = Arc::new(Town::lived(300).await);
    town.runner.catch_up(&zeeveld()).await.unwrap();
    let other = town.builder("dossier");
    let finished = Arc::new(OnceLock::new());
    let (its_town, finish) = (Arc::clone(&town), Arc::clone(&finished));
    // Another process comes when the lease has run out, and does it all; the first wakes up after that.
    let show = move |progress: Progress| {
        if progress.done > 0 && finish.get().is_none() {
            let rebuilt = meanwhile(async {
                its_town.turns_run_out().await;
                other.rebuild(&zeeveld(), workers(2), &quietly).await
            });
            finish.set(rebuilt.unwrap()).unwrap();
        }
    };
    let first = town.builder("dossier").with_batches_of(2);
    let error = watched(first, show).await.unwrap_err();
    assert!(
        matches!(error, RebuildError::TakenOver { name: "dossier" }),
        "{error:?}"
    );
    // What it had still written would be there already, and so its streams parked.
    let parked: Vec<String> = sqlx::query_scalar("select stream_id from read.parked")
        .fetch_all(&town.read)
        .await
        .unwrap();
    assert_eq!(parked, Vec::<String>::new());
    let rebuilt = finished.get().unwrap();
    assert!(matches!(&rebuilt.compared, Compared::Rows(rows) if rows.is_same()));
    assert_eq!(town.serving("dossier").await, Some(Slot::Green));
    assert_eq!(
        town.rows("dossier", Slot::Green, &zeeveld()).await,
        town.rows("dossier", Slot::Blue, &zeeveld()).await
    );
}

/// Rebuilds with two workers in a task of its own, so that whoever watches may hold it up.
async fn watched(
    builder: Builder<Decoded>,
    show: impl Fn(Progress) + Send + Sync + 'static,
) -> Result<Rebuilt, RebuildError> {
    let rebuilding = async move { builder.rebuild(&zeeveld(), workers(2), &show).await };
    tokio::spawn(rebuilding).await.unwrap()
}
