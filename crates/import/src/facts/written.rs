//! A fact as the log will hold it.

use casework::RequestId;
use casework::stored::{self, Source, Stored};
use eventlog::canonical::to_canonical_json;

use super::Fact;

/// The most bytes that the clear and the secret part of one fact may take together: the log takes entries
/// of at most 65,535 bytes, envelope and encryption included.
const FACT_BYTES_MAX: usize = 60_000;

/// An event's two parts, the clear one as canonical JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Kind, schema and both parts.
    pub stored: Stored,
    /// The clear part.
    pub payload: String,
}

/// Writes a fact down, or tells why the log cannot hold it.
pub(crate) fn write_down(source: &str, request: RequestId, fact: &Fact) -> Result<Written, String> {
    let stored = stored::encode(&fact.event, request)
        .map_err(|error| error.to_string())?
        .with_source(&Source {
            name: source.to_owned(),
            record: fact.record.clone(),
        });
    let payload = to_canonical_json(&stored.payload).map_err(|error| error.to_string())?;
    let secret: usize = stored.secrets.iter().map(|secret| secret.value.len()).sum();
    let bytes = payload.len() + secret;
    if bytes > FACT_BYTES_MAX {
        return Err(format!(
            "its values take {bytes} bytes; at most {FACT_BYTES_MAX} fit in an event"
        ));
    }
    Ok(Written { stored, payload })
}
