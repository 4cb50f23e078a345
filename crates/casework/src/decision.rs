//! What a command comes to.

use crate::{Event, Refusal};

/// The events a command causes, and the refusal that is itself a recorded fact, where there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// What happened, in order. Empty when nothing changed.
    pub events: Vec<Event>,
    /// Set when the events record that the command was refused: who attempted what, and which check failed.
    pub refusal: Option<Refusal>,
}

impl Decision {
    /// The command did this.
    pub fn events(events: impl IntoIterator<Item = Event>) -> Self {
        Self {
            events: events.into_iter().collect(),
            refusal: None,
        }
    }

    /// The command was refused, and that is recorded.
    pub fn refused(refusal: Refusal, event: Event) -> Self {
        Self {
            events: vec![event],
            refusal: Some(refusal),
        }
    }
}
