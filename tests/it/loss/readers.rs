//! Followers at full load: what each has seen, in the order in which it saw it.

use eventlog::{Log, Recorded};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::support::db::TestDb;
use crate::support::event::zeeveld;

pub(super) struct Readers {
    last: watch::Sender<Option<i64>>,
    following: Vec<JoinHandle<Vec<i64>>>,
}

impl Readers {
    /// Two servers' followers and one that begins each batch anew, all from after `position`.
    pub(super) async fn start(db: &TestDb, position: i64) -> Self {
        let (last, ended) = watch::channel(None);
        let mut following = Vec::new();
        for restarts in [false, false, true] {
            let log = Log::new(db.read_pool().await);
            following.push(tokio::spawn(follow(log, position, restarts, ended.clone())));
        }
        Self { last, following }
    }

    /// Each has seen exactly these, once and in order.
    pub(super) async fn check(self, read: &[Recorded]) {
        let positions: Vec<i64> = read.iter().map(|event| event.position).collect();
        self.last
            .send_replace(Some(positions.last().copied().unwrap_or_default()));
        for following in self.following {
            let seen = following.await.unwrap();
            assert_eq!(seen.len(), positions.len(), "as many as there are");
            assert_eq!(seen, positions, "every event once, in order");
        }
    }
}

async fn follow(
    log: Log,
    after: i64,
    restarts: bool,
    mut last: watch::Receiver<Option<i64>>,
) -> Vec<i64> {
    let mut follower = log.follow(&zeeveld(), after);
    let mut seen = Vec::new();
    loop {
        tokio::select! {
            batch = follower.next_batch() => {
                seen.extend(batch.unwrap().iter().map(|event| event.position));
                if restarts {
                    follower = log.follow(&zeeveld(), follower.position());
                }
            }
            changed = last.changed() => changed.unwrap(),
        }
        if last
            .borrow()
            .is_some_and(|last| follower.position() >= last)
        {
            return seen;
        }
    }
}
