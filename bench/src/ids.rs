//! Ids that grow, as those of a uuid v7 do, and the time of day.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;
use uuid::Uuid;

/// A source of ids that all clients of a run share.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ids(Arc<AtomicU64>);

impl Ids {
    /// One whose ids lie beyond those of a made-up history.
    pub(crate) fn beginning_at(first: u64) -> Self {
        Self(Arc::new(AtomicU64::new(first)))
    }

    /// One that no other call gets.
    pub(crate) fn next(&self) -> Uuid {
        Uuid::from_u64_pair(0x0190_0000_0000_7000, self.next_number())
    }

    /// A number that no other call gets.
    pub(crate) fn next_number(&self) -> u64 {
        self.0.fetch_add(1, Ordering::Relaxed)
    }
}

/// Now, to the microsecond.
pub(crate) fn now() -> Timestamp {
    #[expect(
        clippy::disallowed_methods,
        reason = "a benchmark stands in for dispatch, whose clock this is"
    )]
    let now = Timestamp::now();
    Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
}
