//! Who reads during a rebuild and during switches never sees a view that is empty, half filled or older.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use casework::WijkCode;
use projection::{Rebuild, Slot, ViewError};
use readmodel::dossier::Dossier;
use readmodel::evaluation::Evaluation;
use readmodel::queue::{Page, Queue};
use vault::{Kek, Vault};

use super::town::{Town, VIEWS, meanwhile, quietly, request};
use crate::support::event::zeeveld;

const KEK: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// What a reader asks again and again, and how often it was answered.
struct Readers {
    queue: Queue,
    dossier: Dossier,
    evaluation: Evaluation,
    answers: AtomicU64,
    enough: AtomicBool,
}

impl Readers {
    async fn of(town: &Town) -> Self {
        let vault = Vault::new(town.db.app_pool().await, Kek::from_base64(KEK).unwrap());
        Self {
            queue: Queue::open(&town.read, 4).await.unwrap(),
            dossier: Dossier::open(&town.read, vault, 2).await.unwrap(),
            evaluation: Evaluation::open(&town.read, 2).await.unwrap(),
            answers: AtomicU64::new(0),
            enough: AtomicBool::new(false),
        }
    }

    /// All that can be asked, as JSON.
    async fn ask(&self) -> [serde_json::Value; 4] {
        let wijk = WijkCode::new("WK999901").unwrap();
        let page = self
            .queue
            .page(&zeeveld(), Some(&wijk), Page::default())
            .await
            .unwrap();
        let overview = self.queue.overview(&zeeveld()).await.unwrap();
        let dossier = self.dossier.read(&zeeveld(), request(3)).await.unwrap();
        let period = "2026-H1".parse().unwrap();
        let report = self.evaluation.report(&zeeveld(), &period).await.unwrap();
        [
            serde_json::to_value(page).unwrap(),
            serde_json::to_value(overview).unwrap(),
            serde_json::to_value(dossier.unwrap()).unwrap(),
            serde_json::to_value(report).unwrap(),
        ]
    }

    /// Asks until it is enough; every answer is the right one.
    async fn hammer(&self, right: &[serde_json::Value; 4]) {
        while !self.enough.load(Ordering::Relaxed) {
            assert_eq!(&self.ask().await, right);
            self.answers.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Waits until every reader has answered a few times more.
    async fn some_more(&self) {
        let seen = self.answers.load(Ordering::Relaxed);
        while self.answers.load(Ordering::Relaxed) < seen + 6 {
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn readers_see_the_right_rows_throughout_rebuilds_and_switches_both_ways() {
    let town = Town::lived(400).await;
    town.runner.catch_up(&zeeveld()).await.unwrap();
    let readers = Readers::of(&town).await;
    let right = readers.ask().await;
    assert_eq!(right[0]["aantal"], 133);
    let turning = async {
        for view in VIEWS {
            let builder = town.builder(view).with_batches_of(25);
            for slot in [Slot::Green, Slot::Blue] {
                let how = Rebuild::default();
                let rebuilt = builder.rebuild(&zeeveld(), how, &quietly).await.unwrap();
                assert_eq!((rebuilt.slot, rebuilt.switched), (slot, true));
                readers.some_more().await;
                let there = builder.switch(&zeeveld()).await.unwrap();
                assert_eq!(there.from, slot);
                readers.some_more().await;
                let back = builder.switch(&zeeveld()).await.unwrap();
                assert_eq!((back.from, back.to), (there.to, slot));
                readers.some_more().await;
            }
        }
        readers.enough.store(true, Ordering::Relaxed);
    };
    tokio::join!(turning, readers.hammer(&right), readers.hammer(&right));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn with_writers_and_runners_at_work_no_answer_is_partial_and_none_goes_back() {
    let town = Town::new().await;
    for number in 1..=300 {
        town.submit(number).await;
    }
    town.runner.catch_up(&zeeveld()).await.unwrap();
    let queue = Queue::open(&town.read, 4).await.unwrap();
    let enough = AtomicBool::new(false);
    let reading = async {
        let mut last = 0;
        while !enough.load(Ordering::Relaxed) {
            let overview = queue.overview(&zeeveld()).await.unwrap();
            // Every event is the submission of another request.
            let open: i64 = overview.queues.iter().map(|queue| queue.open).sum();
            assert_eq!(open, overview.position);
            assert!(
                overview.position >= last,
                "{} after {last}",
                overview.position
            );
            last = overview.position;
        }
    };
    let writing = async {
        for number in 301.. {
            if enough.load(Ordering::Relaxed) {
                return;
            }
            town.submit(number).await;
        }
    };
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let running = {
        let runner = town.runner.clone();
        tokio::spawn(async move { runner.run(&zeeveld(), async { drop(stopped.await) }).await })
    };
    let turning = async {
        let builder = town.builder("queue").with_batches_of(40);
        for _ in 0..3 {
            let rebuilt = builder
                .rebuild(&zeeveld(), Rebuild::default(), &quietly)
                .await
                .unwrap();
            assert!(rebuilt.switched, "{rebuilt:?}");
            builder.switch(&zeeveld()).await.unwrap();
            builder.switch(&zeeveld()).await.unwrap();
        }
        enough.store(true, Ordering::Relaxed);
    };
    tokio::join!(turning, reading, writing);
    stop.send(()).unwrap();
    running.await.unwrap();
    // Nothing was lost on the way, in either build.
    town.runner.catch_up(&zeeveld()).await.unwrap();
    let blue = town.rows("queue", Slot::Blue, &zeeveld()).await;
    assert_eq!(blue, town.rows("queue", Slot::Green, &zeeveld()).await);
    let head = town.log.head(&zeeveld()).await.unwrap().position;
    assert_eq!(i64::try_from(blue.len()).unwrap(), head);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_first_build_answers_nothing_until_it_is_whole() {
    let town = Town::lived(200).await;
    let queue = Queue::open(&town.read, 2).await.unwrap();
    let asked = Arc::new(AtomicU64::new(0));
    let (its_queue, counted) = (queue.clone(), Arc::clone(&asked));
    let show = move |_| {
        let answer = meanwhile(async { its_queue.overview(&zeeveld()).await });
        assert!(
            matches!(answer, Err(ViewError::BeingBuilt { head: 266, .. })),
            "{answer:?}"
        );
        counted.fetch_add(1, Ordering::Relaxed);
    };
    let builder = town.builder("queue").with_batches_of(20);
    let building = async move {
        let how = Rebuild::default();
        builder.rebuild(&zeeveld(), how, &show).await.unwrap()
    };
    let rebuilt = tokio::spawn(building).await.unwrap();
    assert!(asked.load(Ordering::Relaxed) > 2);
    assert!(rebuilt.switched);
    let overview = queue.overview(&zeeveld()).await.unwrap();
    assert_eq!(overview.position, 266);
    let open: i64 = overview.queues.iter().map(|queue| queue.open).sum();
    assert_eq!(open, 134);
    // What runs live afterwards goes on from there.
    town.runner.catch_up(&zeeveld()).await.unwrap();
    town.submit(1_000).await;
    town.runner.catch_up(&zeeveld()).await.unwrap();
    assert_eq!(queue.overview(&zeeveld()).await.unwrap().position, 267);
}
