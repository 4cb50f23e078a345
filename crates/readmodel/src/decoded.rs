//! An event of the log as the rules know it.

use std::collections::HashMap;

use casework::id::InvalidId;
use casework::request::Request;
use casework::{Event, RequestId, stored};
use eventlog::{Recorded, StreamId};
use jiff::Timestamp;
use projection::DecodeError;

/// One event, read from the log and decoded once for all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// As the log holds it.
    pub recorded: Recorded,
    /// What it says; in a corrected history what it should have said.
    pub event: Event,
    /// When it happened; in a corrected history when it happened after all.
    pub occurred_at: Timestamp,
    /// The request whose stream it is in; None for every other kind of stream.
    pub request: Option<RequestId>,
}

impl Decoded {
    /// Reads an event of any schema that ever shipped, what a correction says included.
    pub fn read(recorded: Recorded) -> Result<Self, DecodeError> {
        let event = stored::decode(&recorded.kind, recorded.schema, &recorded.payload)
            .map_err(|error| DecodeError::new(told(&error)))?;
        if let Event::FactCorrected(correction) = &event {
            let fact = correction.fact.decode();
            fact.map_err(|error| DecodeError::new(told(&error)))?;
        }
        let request = request_of(&recorded.stream).map_err(DecodeError::new)?;
        Ok(Self {
            occurred_at: recorded.occurred_at,
            recorded,
            event,
            request,
        })
    }

    /// Whether it changes what earlier events of its stream said.
    pub fn corrects(&self) -> bool {
        matches!(self.event, Event::FactCorrected(_))
    }

    /// Puts every corrected fact in the place of the first, as [`Request::evolve`] folds them: a later
    /// correction wins, and one of a correction, or of another stream's fact, changes nothing.
    pub(crate) fn correct(history: &[&Self]) -> Vec<Self> {
        let mut history: Vec<Self> = history.iter().copied().cloned().collect();
        let mut places = HashMap::new();
        for at in 0..history.len() {
            let Event::FactCorrected(correction) = &history[at].event else {
                places.insert(history[at].recorded.event_id, at);
                continue;
            };
            // One that cannot be read was refused when it was decoded.
            let (Ok(fact), occurred_at) = (correction.fact.decode(), correction.occurred_at) else {
                continue;
            };
            if let Some(place) = places.get(&correction.corrects) {
                history[*place].event = fact;
                history[*place].occurred_at = occurred_at;
            }
        }
        history
    }
}

/// The request whose stream this is; two spellings of one id would be two streams with one row.
pub(crate) fn request_of(stream: &StreamId) -> Result<Option<RequestId>, InvalidId> {
    if stream.kind != Request::STREAM_KIND {
        return Ok(None);
    }
    let request: RequestId = stream.id.parse()?;
    if request.to_string() == stream.id {
        return Ok(Some(request));
    }
    Err(InvalidId {
        given: stream.id.clone(),
        wanted: "a uuid in lower case with hyphens",
    })
}

/// What cannot be read, without anything it says: the parser's own words quote it.
fn told(error: &stored::DecodeError) -> String {
    match error {
        stored::DecodeError::Unknown { .. } => error.to_string(),
        stored::DecodeError::Malformed {
            kind,
            schema,
            source,
        } => format!(
            "event kind `{kind}` schema {schema} does not have its promised form at line {} column {}",
            source.line(),
            source.column()
        ),
    }
}
