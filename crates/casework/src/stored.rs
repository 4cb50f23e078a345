//! The stored form of events: written in the newest schema, read back from every one that ever shipped.
//!
//! Decoding is a chain of fallible, pure upcasts and is the same in load, follow, rebuild and
//! replay. Every form that ever shipped keeps a golden file in `testdata/`.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::event::{Event, RequestSubmitted, RequesterKind};
use crate::text::{Secret, Subject, Text};
use crate::{Channel, Domain, PersonId, Placement, RequestId, WijkCode, WijkSource};

/// Something in the log that this version of the software cannot read.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// A newer version wrote it, or another product.
    #[error(
        "no decoder for event kind `{kind}` schema {schema}: a newer version may have written it"
    )]
    Unknown {
        /// The kind.
        kind: String,
        /// Its schema.
        schema: i32,
    },
    /// The JSON does not have the form its schema promises.
    #[error("event kind `{kind}` schema {schema} does not have its promised form: {source}")]
    Malformed {
        /// The kind.
        kind: String,
        /// Its schema.
        schema: i32,
        /// What was wrong.
        source: serde_json::Error,
    },
}

/// A fact without its envelope: what a correction carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bare {
    /// The kind.
    pub kind: String,
    /// The schema the payload is in.
    pub schema: i32,
    /// The clear part.
    pub payload: Value,
}

impl Bare {
    /// The fact itself. A correction is no such fact: a second correction names the first fact again.
    pub fn decode(&self) -> Result<Event, DecodeError> {
        if self.kind == "fact-corrected" {
            return Err(DecodeError::Unknown {
                kind: self.kind.clone(),
                schema: self.schema,
            });
        }
        decode(&self.kind, self.schema, &self.payload.to_string())
    }
}

/// Where an imported fact was read. Stands as member `source` beside the payload's own members.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// The name of the source, as its mapping states it.
    pub name: String,
    /// The record's own id, or its place in the case.
    pub record: String,
}

/// An event on its way to the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// The kind.
    pub kind: &'static str,
    /// The newest schema.
    pub schema: i32,
    /// The clear part, to be written as canonical JSON.
    pub payload: Value,
    /// What goes into the encrypted part.
    pub secrets: Vec<Secret>,
}

impl Stored {
    /// Adds where the fact was read.
    #[must_use]
    pub fn with_source(mut self, source: &Source) -> Self {
        if let (Some(members), Ok(value)) =
            (self.payload.as_object_mut(), serde_json::to_value(source))
        {
            members.insert("source".to_owned(), value);
        }
        self
    }
}

/// Splits an event of a request, or of a register, into its clear and its secret part.
///
/// `case` is the request the event belongs to: its key takes what is not one person's. Events of
/// registers carry no secrets, so any id will do for them.
///
/// # Errors
/// None in practice: every event is plain data.
pub fn encode(event: &Event, case: RequestId) -> serde_json::Result<Stored> {
    Ok(Stored {
        kind: event.kind(),
        schema: event.schema(),
        payload: event.payload()?,
        secrets: secrets(event, case),
    })
}

/// Reads one stored event of any schema that ever shipped.
pub fn decode(kind: &str, schema: i32, json: &str) -> Result<Event, DecodeError> {
    let read = match (kind, schema) {
        ("request-submitted", 1) => {
            serde_json::from_str::<RequestSubmittedV1>(json).map(|old| Event::from(old.upcast()))
        }
        _ => match Event::newest(kind, schema, json) {
            Some(read) => read,
            None => {
                return Err(DecodeError::Unknown {
                    kind: kind.to_owned(),
                    schema,
                });
            }
        },
    };
    let event = read.map_err(|source| DecodeError::Malformed {
        kind: kind.to_owned(),
        schema,
        source,
    })?;
    if let Event::FactCorrected(corrected) = &event {
        // What it carries is folded in place of another fact, so it must be readable as well.
        corrected.fact.decode()?;
    }
    Ok(event)
}

/// Every (kind, schema) that can be read.
pub fn decoders() -> impl Iterator<Item = (&'static str, i32)> {
    Event::KINDS
        .iter()
        .copied()
        .chain([("request-submitted", 1)])
}

/// Where an imported fact was read, if it was imported.
pub fn source_of(json: &str) -> Option<Source> {
    #[derive(Deserialize)]
    struct Sourced {
        source: Option<Source>,
    }
    serde_json::from_str::<Sourced>(json).ok()?.source
}

/// The first form of `request-submitted`: before a wijk had its edition and a way it became known.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RequestSubmittedV1 {
    wijk: Option<WijkCode>,
    domain: Option<Domain>,
    request_kind: Option<String>,
    requester: Option<PersonId>,
}

impl RequestSubmittedV1 {
    /// A wijk that was written down had been stated; edition, channel and requester kind were not recorded.
    fn upcast(self) -> RequestSubmitted {
        let source = if self.wijk.is_some() {
            WijkSource::Stated
        } else {
            WijkSource::Unknown
        };
        RequestSubmitted {
            placement: Placement {
                wijk: self.wijk,
                edition: None,
                source,
            },
            domain: self.domain,
            request_kind: self.request_kind,
            channel: Channel::Unknown,
            requester_kind: RequesterKind::Unknown,
            requester: self.requester,
            words: Text::Withheld,
            name: Text::Withheld,
            contact: Text::Withheld,
            place: Text::Withheld,
        }
    }
}

/// The texts of an event, each with the key it belongs under.
fn secrets(event: &Event, case: RequestId) -> Vec<Secret> {
    let case = Subject::Case(case);
    let requester = |person: Option<PersonId>| person.map_or(case, Subject::Person);
    let fields: Vec<(&'static str, Subject, &Text)> = match event {
        Event::RequestSubmitted(event) => {
            let owner = requester(event.requester);
            vec![
                ("contact", owner, &event.contact),
                ("name", owner, &event.name),
                ("place", owner, &event.place),
                ("words", owner, &event.words),
            ]
        }
        Event::RequestAssigned(event) => vec![("reason", case, &event.reason)],
        Event::RequestDecided(event) => vec![
            ("motivation", case, &event.motivation),
            ("residents", case, &event.residents_note),
        ],
        Event::RequestEscalated(event) => vec![("question", case, &event.question)],
        Event::EscalationReturned(event) => vec![("instruction", case, &event.instruction)],
        Event::RequestResolved(event) => {
            vec![("message", requester(event.requester), &event.message)]
        }
        Event::RequestReopened(event) => {
            vec![(
                "explanation",
                requester(event.requester),
                &event.explanation,
            )]
        }
        Event::RequestWithdrawn(event) => {
            vec![("reason", requester(event.requester), &event.reason)]
        }
        Event::RequestImported(_)
        | Event::RequestPlaced(_)
        | Event::TermSet(_)
        | Event::DecisionRefused(_)
        | Event::MandateStated(_)
        | Event::FactCorrected(_)
        | Event::MandateGranted(_)
        | Event::MandateRevoked(_)
        | Event::WijkListed(_)
        | Event::ServicenormSet(_)
        | Event::PersonErased(_) => Vec::new(),
    };
    fields
        .into_iter()
        .filter_map(|(field, subject, text)| {
            text.as_given().map(|value| Secret {
                field,
                subject,
                value: value.to_owned(),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests;
