//! What the story tells: commands with the facts they came to.

use casework::stored::Source;
use casework::{Actor, Event, Refusal, RequestId};
use eventlog::{Precision, StreamId};
use jiff::Timestamp;
use uuid::Uuid;

/// One command that was answered with facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Its id.
    pub command: Uuid,
    /// The stream it writes.
    pub stream: StreamId,
    /// The version of that stream before it.
    pub version: i64,
    /// When it was given. Imported facts happened earlier, each at its own moment.
    pub at: Timestamp,
    /// What happened; never empty.
    pub facts: Vec<Fact>,
    /// The code of the refusal that the facts record.
    pub refusal: Option<&'static str>,
}

impl Told {
    /// The request it is about, where it is about one.
    pub fn request(&self) -> Option<RequestId> {
        (self.stream.kind == casework::request::Request::STREAM_KIND)
            .then(|| self.stream.id.parse().ok())
            .flatten()
    }
}

/// One fact with what its envelope says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// Its event id.
    pub id: Uuid,
    /// When it happened.
    pub at: Timestamp,
    /// How exactly that is known.
    pub precision: Precision,
    /// Who did it.
    pub actor: Actor,
    /// What happened. Texts are still given: whoever stores this has to encrypt them.
    pub event: Event,
    /// Where it was read, when it was imported.
    pub source: Option<Source>,
}

/// The story asked for something that the rules refuse: a mistake in the story, or rules that changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the story gives a command that the rules refuse: {action} of {stream} at {at}: {refusal}")]
pub struct Misstep {
    /// The action's name.
    pub action: &'static str,
    /// The stream it was for.
    pub stream: String,
    /// When.
    pub at: Timestamp,
    /// The rule.
    pub refusal: Refusal,
}
