//! What writers were told, held against what the log holds.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Mutex;

use eventlog::{Appended, Log, Recorded, StreamId};
use tokio::sync::watch;
use uuid::Uuid;

use crate::support::event::zeeveld;

/// Every command that was acknowledged, as its caller was told.
pub(super) struct Ledger {
    told: Mutex<HashMap<Uuid, Told>>,
    count: watch::Sender<usize>,
}

/// Where a command's events were said to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) first_position: i64,
    pub(super) last_position: i64,
}

impl Default for Ledger {
    fn default() -> Self {
        Self {
            told: Mutex::default(),
            count: watch::Sender::new(0),
        }
    }
}

impl From<&Appended> for Told {
    fn from(appended: &Appended) -> Self {
        Self {
            first_position: appended.first_position,
            last_position: appended.last_position,
        }
    }
}

impl Ledger {
    pub(super) fn acknowledge(&self, command: Uuid, told: Told) {
        let mut all = self.told.lock().unwrap();
        if let Some(before) = all.insert(command, told.clone()) {
            assert_eq!(before, told, "a repeat is told what the first was told");
        }
        self.count.send_replace(all.len());
    }

    pub(super) fn acknowledged(&self) -> usize {
        self.told.lock().unwrap().len()
    }

    pub(super) fn counted(&self) -> watch::Receiver<usize> {
        self.count.subscribe()
    }

    /// Reads the whole log and holds it against the laws and against what was told.
    pub(super) async fn check(&self, log: &Log) -> Vec<Recorded> {
        let read = log.read_after(&zeeveld(), 0, i64::MAX).await.unwrap();
        let by_command = check_order(&read);
        let told = self.told.lock().unwrap().clone();
        for (command, told) in &told {
            let positions: Vec<i64> = (told.first_position..=told.last_position).collect();
            assert_eq!(
                by_command.get(command),
                Some(&positions),
                "command {command} is in the log once, where it was told"
            );
        }
        for command in by_command.keys() {
            assert!(
                told.contains_key(command),
                "command {command} is in the log, and its caller was told otherwise"
            );
        }
        let head = log.head(&zeeveld()).await.unwrap();
        assert_eq!(head.position, read.last().map_or(0, |last| last.position));
        read
    }
}

/// No hole, no double, no disorder; answers the positions of each command.
fn check_order(read: &[Recorded]) -> HashMap<Uuid, Vec<i64>> {
    let mut versions: BTreeMap<&StreamId, i64> = BTreeMap::new();
    let mut by_command: HashMap<Uuid, Vec<i64>> = HashMap::new();
    for (event, position) in read.iter().zip(1..) {
        assert_eq!(event.position, position, "positions are 1..n");
        let version = versions.entry(&event.stream).or_default();
        *version += 1;
        assert_eq!(
            event.version, *version,
            "versions of {} are 1..m",
            event.stream
        );
        by_command
            .entry(event.command_id)
            .or_default()
            .push(position);
    }
    let recorded_at = |event: &Recorded| event.recorded_at;
    assert!(
        read.is_sorted_by_key(recorded_at),
        "recorded_at never decreases"
    );
    let ids: HashSet<Uuid> = read.iter().map(|event| event.event_id).collect();
    assert_eq!(ids.len(), read.len(), "every event is stored once");
    by_command
}
