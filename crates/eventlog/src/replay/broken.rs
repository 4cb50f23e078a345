//! Why a replay is not whole.

/// Why a replay is not whole. What it returned before is right, but not all there is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BrokenReplay {
    /// No more came, though the last event asked for had not come yet, or an error had been before.
    #[error("the replay ended at position {position}, before position {up_to}")]
    Ended {
        /// Position of the last event that was returned.
        position: i64,
        /// Position of the last event asked for.
        up_to: i64,
    },
    /// An event is missing, or came twice: the log itself is damaged.
    #[error("position {expected} should be next, and position {found} is")]
    Hole {
        /// The position that is due.
        expected: i64,
        /// The one that came.
        found: i64,
    },
    /// A command is not whole within the range, or does not say of itself what its events say of it.
    #[error("the command of the event at position {position} is not whole")]
    Torn {
        /// Position of the first of its events in the range.
        position: i64,
    },
    /// What came is not what COPY writes.
    #[error("the database sent a copy that cannot be read: {0}")]
    Malformed(&'static str),
}
