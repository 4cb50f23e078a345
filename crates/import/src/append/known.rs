//! What the log holds of a case already, with corrections in the place of what they correct.

use std::collections::HashMap;

use casework::Event;
use casework::stored::{decode, source_of};
use eventlog::canonical::to_canonical_json;
use eventlog::{Precision, Recorded};
use jiff::Timestamp;
use uuid::Uuid;

use super::ImportError;
use crate::facts::{Fact, Written};

/// The kind of a correction.
pub(super) const CORRECTED: &str = "fact-corrected";

/// One fact as it stands.
pub(super) struct Standing {
    kind: String,
    schema: i32,
    payload: String,
    occurred_at: Timestamp,
    /// None once it was corrected: a correction does not tell it.
    precision: Option<Precision>,
    actor: String,
    /// The event that holds its texts, of those below, if any does.
    pub(super) sealed_in: Option<usize>,
    /// How often it was corrected.
    pub(super) corrections: u64,
}

impl Standing {
    /// Whether the record says something else now, its texts aside.
    pub(super) fn differs(&self, fact: &Fact, written: &Written) -> bool {
        let precision = precision(fact);
        // These stand at the moment of another fact, which changes on its own.
        let own_moment = !matches!(fact.event, Event::RequestImported(_) | Event::TermSet(_));
        let moved = self.occurred_at != fact.moment.at
            || self.precision.is_some_and(|known| known != precision);
        self.kind != written.stored.kind
            || self.schema != written.stored.schema
            || self.payload != written.payload
            || self.actor != fact.actor.to_string()
            || (own_moment && moved)
    }
}

/// How exactly a fact's time is known.
pub(super) fn precision(fact: &Fact) -> Precision {
    if fact.moment.day {
        Precision::Day
    } else {
        Precision::Instant
    }
}

/// The imported facts of one stream.
pub(super) struct Known {
    recorded: Vec<Recorded>,
    facts: HashMap<Uuid, Standing>,
    latest: Option<Timestamp>,
}

impl Known {
    /// Reads a stream.
    pub(super) fn of(recorded: Vec<Recorded>, case: &str) -> Result<Self, ImportError> {
        let mut known = Self {
            recorded: Vec::new(),
            facts: HashMap::new(),
            latest: None,
        };
        for (at, event) in recorded.iter().enumerate() {
            known
                .take(at, event)
                .map_err(|what| ImportError::Unreadable {
                    case: case.to_owned(),
                    what,
                })?;
        }
        known.recorded = recorded;
        Ok(known)
    }

    fn take(&mut self, at: usize, event: &Recorded) -> Result<(), String> {
        let sealed = event.encrypted.is_some().then_some(at);
        if event.kind != CORRECTED {
            self.latest = self.latest.max(Some(event.occurred_at));
            if source_of(&event.payload).is_some() {
                self.facts.insert(
                    event.event_id,
                    Standing {
                        kind: event.kind.clone(),
                        schema: event.schema,
                        payload: event.payload.clone(),
                        occurred_at: event.occurred_at,
                        precision: Some(event.precision),
                        actor: event.actor.clone(),
                        sealed_in: sealed,
                        corrections: 0,
                    },
                );
            }
            return Ok(());
        }
        let corrected = decode(&event.kind, event.schema, &event.payload);
        let Event::FactCorrected(corrected) = corrected.map_err(|error| error.to_string())? else {
            return Ok(());
        };
        if let Some(standing) = self.facts.get_mut(&corrected.corrects) {
            standing.kind = corrected.fact.kind;
            standing.schema = corrected.fact.schema;
            standing.payload =
                to_canonical_json(&corrected.fact.payload).map_err(|error| error.to_string())?;
            standing.occurred_at = corrected.occurred_at;
            standing.precision = None;
            standing.actor.clone_from(&event.actor);
            standing.sealed_in = sealed.or(standing.sealed_in);
            standing.corrections += 1;
        }
        Ok(())
    }

    /// The fact of that event, where it was imported.
    pub(super) fn get(&self, id: Uuid) -> Option<&Standing> {
        self.facts.get(&id)
    }

    /// The latest moment of anything in the stream, corrections aside.
    pub(super) fn latest(&self) -> Option<Timestamp> {
        self.latest
    }

    /// Every event that holds texts, by its place.
    pub(super) fn sealed(&self) -> impl Iterator<Item = (usize, &Recorded)> {
        let sealed = self.facts.values().filter_map(|fact| fact.sealed_in);
        sealed.map(|at| (at, &self.recorded[at]))
    }
}
