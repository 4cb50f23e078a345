//! From decided events to the log: write down, encrypt, append, and tell what became of it.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use casework::stored::{self, Stored};
use casework::text::Subject;
use casework::{Event, Refusal, RequestId};
use eventlog::{
    Append, AppendError, Appended, Expected, Guard, NewEvent, Precision, StreamId, Write,
};
use jiff::Timestamp;
use uuid::Uuid;
use vault::field::{self, Context};
use vault::{Key, Owner};

use crate::requests::Loaded;
use crate::{Call, Dispatch, DispatchError, Receipt, fingerprint};

/// What a decision is about to write, and what it was decided on.
pub(crate) struct Pending {
    pub(crate) stream: StreamId,
    pub(crate) version: i64,
    /// The request it was decided on, which is kept with what is written.
    pub(crate) request: Option<(RequestId, Arc<Loaded>)>,
    pub(crate) at: Timestamp,
    pub(crate) guards: Vec<Guard>,
    pub(crate) events: Vec<Stored>,
    /// Set when the events record that the command was refused.
    pub(crate) refusal: Option<Refusal>,
}

/// What became of one attempt.
pub(crate) enum Attempt {
    /// It is answered, one way or the other.
    Done(Result<Receipt, DispatchError>),
    /// Somebody else was first: load and decide again.
    Again,
}

impl Dispatch {
    /// Writes what was decided, or tells that it lost a race.
    pub(crate) async fn write(
        &self,
        call: &Call,
        pending: Pending,
    ) -> Result<Attempt, DispatchError> {
        let Pending {
            stream,
            version,
            request,
            at,
            guards,
            events,
            refusal,
        } = pending;
        if events.is_empty() {
            // Nothing changed, and so nothing is written; but a repeat of what did change is answered as such.
            let receipt = Receipt {
                stream: stream.to_string(),
                version,
                position: 0,
                recorded_at: None,
                repeated: false,
            };
            return Ok(Attempt::Done(match self.earlier(call, &stream).await? {
                Some(earlier) => earlier,
                None => Ok(receipt),
            }));
        }
        let month = fingerprint::months(self.now()).next().unwrap_or_default();
        let events = self.write_down(call, &stream, at, events).await?;
        let next = request
            .map(|(id, loaded)| Ok::<_, DispatchError>((id, loaded.followed_by(&events)?)))
            .transpose()?;
        let append = Append {
            command_id: call.command_id,
            fingerprint: self.fingerprint(call, month).await?,
            refusal: refusal.as_ref().map(|refusal| refusal.code().to_owned()),
            writes: vec![Write {
                expected: Expected::Exact(version),
                events,
                stream: stream.clone(),
            }],
            guards,
            live: self.live,
        };
        match self.log.append(&call.tenant, append).await {
            Ok(appended) => {
                if let Some((id, next)) = next.filter(|_| !appended.repeated) {
                    self.requests.keep(&call.tenant, id, Arc::new(next));
                }
                Ok(Attempt::Done(outcome(&stream, &appended, refusal)))
            }
            Err(AppendError::Conflict {
                expected, actual, ..
            }) => {
                if actual < expected {
                    // The log lost what was read from it, as after a restore: nothing kept can be trusted.
                    self.requests.forget();
                    self.registers.forget();
                }
                Ok(Attempt::Again)
            }
            // The same command under the key of an earlier month is a repeat, not another command.
            Err(AppendError::CommandReused { .. }) => match self.earlier(call, &stream).await? {
                Some(earlier) => Ok(Attempt::Done(earlier)),
                None => Err(DispatchError::CommandReused),
            },
            Err(other) => Err(other.into()),
        }
    }

    /// The outcome of this very command if it was stored before: looked up before a refusal, a lost
    /// race or a stale version is answered, since a success would otherwise be refused by its own effect.
    pub(crate) async fn earlier(
        &self,
        call: &Call,
        stream: &StreamId,
    ) -> Result<Option<Result<Receipt, DispatchError>>, DispatchError> {
        let mut reused = false;
        for month in fingerprint::months(self.now()) {
            let fingerprint = self.fingerprint(call, month).await?;
            match self
                .log
                .outcome(&call.tenant, call.command_id, &fingerprint)
                .await
            {
                Ok(Some(appended)) => return Ok(Some(outcome(stream, &appended, None))),
                Ok(None) => return Ok(None),
                Err(AppendError::CommandReused { .. }) => reused = true,
                Err(other) => return Err(other.into()),
            }
        }
        if reused {
            Err(DispatchError::CommandReused)
        } else {
            Ok(None)
        }
    }

    /// Gives each event its envelope and encrypts its secret part.
    async fn write_down(
        &self,
        call: &Call,
        stream: &StreamId,
        at: Timestamp,
        events: Vec<Stored>,
    ) -> Result<Vec<NewEvent>, DispatchError> {
        let mut keys: HashMap<Subject, Key> = HashMap::new();
        let mut written = Vec::with_capacity(events.len());
        for stored in events {
            let event_id = self.ids.next();
            let encrypted = self
                .encrypt(call, stream, event_id, &stored, &mut keys)
                .await?;
            written.push(NewEvent {
                event_id,
                kind: stored.kind.to_owned(),
                schema: stored.schema,
                occurred_at: at,
                precision: Precision::Instant,
                actor: call.by.actor.to_string(),
                on_behalf_of: None,
                correlation: call.correlation,
                causation: None,
                payload: eventlog::canonical::to_canonical_json(&stored.payload)
                    .map_err(|error| DispatchError::Encode(error.to_string()))?,
                encrypted,
            });
        }
        Ok(written)
    }

    async fn encrypt(
        &self,
        call: &Call,
        stream: &StreamId,
        event_id: Uuid,
        stored: &Stored,
        keys: &mut HashMap<Subject, Key>,
    ) -> Result<Option<Vec<u8>>, DispatchError> {
        if stored.secrets.is_empty() {
            return Ok(None);
        }
        for secret in &stored.secrets {
            if let Entry::Vacant(place) = keys.entry(secret.subject) {
                let owner = match secret.subject {
                    Subject::Person(person) => Owner::Person(person.0),
                    Subject::Case(request) => Owner::Case(request.0),
                };
                place.insert(self.vault.key_for(call.tenant.as_str(), owner).await?);
            }
        }
        let context = Context {
            tenant: call.tenant.as_str(),
            stream_kind: &stream.kind,
            stream_id: &stream.id,
            event_id,
            kind: stored.kind,
            schema: stored.schema,
        };
        let fields: Vec<(&str, &Key, &[u8])> = stored
            .secrets
            .iter()
            .map(|secret| {
                (
                    secret.field,
                    &keys[&secret.subject],
                    secret.value.as_bytes(),
                )
            })
            .collect();
        let sealed = field::seal(&context, &fields)
            .map_err(|error| DispatchError::Encode(error.to_string()))?;
        Ok(Some(sealed))
    }
}

/// The case of events that belong to none: registers and persons, which carry no secrets.
pub(crate) const NO_CASE: RequestId = RequestId(Uuid::nil());

/// Writes decided events down.
pub(crate) fn encode(events: &[Event], case: RequestId) -> Result<Vec<Stored>, DispatchError> {
    events
        .iter()
        .map(|event| {
            stored::encode(event, case).map_err(|error| DispatchError::Encode(error.to_string()))
        })
        .collect()
}

/// A stored outcome, told to the caller. Without the refusal itself only its code is known.
fn outcome(
    stream: &StreamId,
    appended: &Appended,
    refusal: Option<Refusal>,
) -> Result<Receipt, DispatchError> {
    let receipt = Receipt {
        stream: stream.to_string(),
        version: appended.versions.last().copied().unwrap_or_default(),
        position: appended.last_position,
        recorded_at: Some(appended.recorded_at),
        repeated: appended.repeated,
    };
    match (&appended.refusal, refusal) {
        (None, _) => Ok(receipt),
        (Some(code), Some(refusal)) if refusal.code() == code => Err(DispatchError::Refused {
            refusal,
            recorded: Some(receipt),
        }),
        (Some(code), _) => Err(DispatchError::RefusedBefore {
            code: code.clone(),
            recorded: receipt,
        }),
    }
}
