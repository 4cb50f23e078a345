//! An event of the log as the rules know it.

use std::collections::HashMap;

use casework::id::InvalidId;
use casework::request::Request;
use casework::stored::DecodeError;
use casework::{Event, RequestId, stored};
use eventlog::{Recorded, Tenant};
use jiff::Timestamp;

use crate::ProjectionError;

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
    /// Reads an event of any schema that ever shipped.
    pub fn read(tenant: &Tenant, recorded: Recorded) -> Result<Self, ProjectionError> {
        let event = stored::decode(&recorded.kind, recorded.schema, &recorded.payload)
            .map_err(|source| undecodable(tenant, &recorded, source))?;
        let request = request_of(&recorded).map_err(|source| ProjectionError::StreamName {
            tenant: tenant.clone(),
            position: recorded.position,
            stream: recorded.stream.clone(),
            source,
        })?;
        Ok(Self {
            occurred_at: recorded.occurred_at,
            recorded,
            event,
            request,
        })
    }

    /// Puts every corrected fact in the place of the first, as [`Request::evolve`] folds them: a later
    /// correction wins, and one of a correction, or of another stream's fact, changes nothing.
    pub(crate) fn correct(
        tenant: &Tenant,
        mut history: Vec<Self>,
    ) -> Result<Vec<Self>, ProjectionError> {
        let mut places = HashMap::new();
        for at in 0..history.len() {
            let Event::FactCorrected(correction) = history[at].event.clone() else {
                places.insert(history[at].recorded.event_id, at);
                continue;
            };
            let fact = correction.fact.decode();
            let fact = fact.map_err(|source| undecodable(tenant, &history[at].recorded, source))?;
            if let Some(place) = places.get(&correction.corrects) {
                history[*place].event = fact;
                history[*place].occurred_at = correction.occurred_at;
            }
        }
        Ok(history)
    }
}

/// The request whose stream this is; two spellings of one id would be two streams with one row.
fn request_of(recorded: &Recorded) -> Result<Option<RequestId>, InvalidId> {
    if recorded.stream.kind != Request::STREAM_KIND {
        return Ok(None);
    }
    let request: RequestId = recorded.stream.id.parse()?;
    if request.to_string() == recorded.stream.id {
        return Ok(Some(request));
    }
    Err(InvalidId {
        given: recorded.stream.id.clone(),
        wanted: "a uuid in lower case with hyphens",
    })
}

fn undecodable(tenant: &Tenant, recorded: &Recorded, source: DecodeError) -> ProjectionError {
    ProjectionError::Undecodable {
        tenant: tenant.clone(),
        position: recorded.position,
        stream: recorded.stream.clone(),
        version: recorded.version,
        source: Box::new(source),
    }
}
