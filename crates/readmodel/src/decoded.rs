//! An event of the log as the rules know it.

use casework::event::FactCorrected;
use casework::id::InvalidId;
use casework::request::Request;
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
        let event = decode(
            tenant,
            &recorded,
            &recorded.kind,
            recorded.schema,
            &recorded.payload,
        )?;
        if let Event::FactCorrected(corrected) = &event {
            // Found out here, where the position is known, and not in the middle of a fold.
            bare(tenant, &recorded, corrected)?;
        }
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

    /// Puts every corrected fact in the place of the first, as [`Request::evolve`] folds them.
    pub(crate) fn correct(
        tenant: &Tenant,
        mut history: Vec<Self>,
    ) -> Result<Vec<Self>, ProjectionError> {
        for at in 0..history.len() {
            let Event::FactCorrected(corrected) = history[at].event.clone() else {
                continue;
            };
            let event = bare(tenant, &history[at].recorded, &corrected)?;
            for earlier in &mut history[..at] {
                if earlier.recorded.event_id == corrected.corrects {
                    earlier.event = event.clone();
                    earlier.occurred_at = corrected.occurred_at;
                }
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

/// The fact that a correction carries.
fn bare(
    tenant: &Tenant,
    recorded: &Recorded,
    corrected: &FactCorrected,
) -> Result<Event, ProjectionError> {
    let fact = &corrected.fact;
    decode(
        tenant,
        recorded,
        &fact.kind,
        fact.schema,
        &fact.payload.to_string(),
    )
}

fn decode(
    tenant: &Tenant,
    recorded: &Recorded,
    kind: &str,
    schema: i32,
    payload: &str,
) -> Result<Event, ProjectionError> {
    stored::decode(kind, schema, payload).map_err(|source| ProjectionError::Undecodable {
        tenant: tenant.clone(),
        position: recorded.position,
        stream: recorded.stream.clone(),
        version: recorded.version,
        source: Box::new(source),
    })
}
