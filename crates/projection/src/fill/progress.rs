//! How far a rebuild has come, to be shown.

use std::sync::Mutex;
use std::sync::PoisonError;

use tokio::time::Instant;

/// What a rebuild is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// It applies the log to the build that does not serve.
    Filling,
    /// It compares both builds, row by row.
    Comparing,
    /// It gives the new build to readers.
    Switching,
}

/// How far a rebuild has come.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// What it is doing.
    pub stage: Stage,
    /// Events of the log that it has dealt with, those of an earlier run that was broken off included.
    pub done: i64,
    /// How many there are; grows while others append.
    pub of: i64,
    /// Events a second in this run; 0 at its very beginning.
    pub per_second: f64,
}

/// Puts together what the workers say.
pub(crate) struct Meter<'a> {
    show: &'a (dyn Fn(Progress) + Send + Sync),
    known: Mutex<Known>,
}

struct Known {
    begun: Instant,
    /// Events dealt with before this run; None until the first is known.
    before: Option<i64>,
    positions: Vec<i64>,
    target: i64,
}

impl<'a> Meter<'a> {
    pub(crate) fn new(show: &'a (dyn Fn(Progress) + Send + Sync)) -> Self {
        Self {
            show,
            known: Mutex::new(Known {
                begun: Instant::now(),
                before: None,
                positions: Vec::new(),
                target: 0,
            }),
        }
    }

    /// The workers begin here and go to `target`.
    pub(crate) fn begin(&self, positions: Vec<i64>, target: i64) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.positions = positions;
        known.target = target;
        let done = known.done();
        known.before.get_or_insert(done);
        (self.show)(known.progress(Stage::Filling));
    }

    /// A worker has come to `position`.
    pub(crate) fn reached(&self, part: usize, position: i64) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = known.positions.get_mut(part) {
            *at = position;
        }
        (self.show)(known.progress(Stage::Filling));
    }

    /// The rebuild goes on to something else.
    pub(crate) fn enter(&self, stage: Stage) {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        (self.show)(known.progress(stage));
    }
}

impl Known {
    /// Streams spread evenly over the parts, so the mean of their positions is as good as a count.
    fn done(&self) -> i64 {
        let parts = i64::try_from(self.positions.len().max(1)).unwrap_or(i64::MAX);
        self.positions
            .iter()
            .map(|position| position / parts)
            .sum::<i64>()
            + self
                .positions
                .iter()
                .map(|position| position % parts)
                .sum::<i64>()
                / parts
    }

    fn progress(&self, stage: Stage) -> Progress {
        let done = self.done();
        let elapsed_s = self.begun.elapsed().as_secs_f64();
        #[expect(clippy::cast_precision_loss, reason = "a speed to be shown")]
        let new = (done - self.before.unwrap_or(done)) as f64;
        Progress {
            stage,
            done,
            of: self.target,
            per_second: if elapsed_s > 0.0 {
                new / elapsed_s
            } else {
                0.0
            },
        }
    }
}
