//! From what is told to what the log takes: canonical JSON, and texts under the keys of their owners.

use std::collections::HashMap;

use casework::RequestId;
use casework::stored;
use casework::text::Subject;
use eventlog::{Recorded, RecordedCommand, Tenant};
use jiff::Timestamp;
use uuid::Uuid;
use vault::field::{self, Context};
use vault::{Key, Owner, Vault};

use crate::SeedError;
use crate::told::{Fact, Told};

/// Opened keys that are kept at most; beyond that all are let go.
const KEYS_MAX: usize = 4_096;

/// Seals for one tenant. Nobody else writes to it meanwhile, so keys may be kept for a while.
pub(crate) struct Sealer {
    vault: Vault,
    tenant: Tenant,
    keys: HashMap<Subject, Key>,
}

impl Sealer {
    pub(crate) fn new(vault: Vault, tenant: Tenant) -> Self {
        Self {
            vault,
            tenant,
            keys: HashMap::new(),
        }
    }

    /// The command as the log will hold it, after `position` and recorded at this moment.
    pub(crate) async fn seal(
        &mut self,
        told: Told,
        position: i64,
        recorded_at: Timestamp,
    ) -> Result<RecordedCommand, SeedError> {
        let case = told.request().unwrap_or(RequestId(Uuid::nil()));
        let mut events = Vec::with_capacity(told.facts.len());
        for (fact, step) in told.facts.iter().zip(1..) {
            let mut event = self.event(&told, fact, case).await?;
            event.position = position + step;
            event.version = told.version + step;
            event.recorded_at = recorded_at;
            events.push(event);
        }
        Ok(RecordedCommand {
            command_id: told.command,
            // Nobody sent it, so there is nothing to keep a hash of.
            fingerprint: told.command.as_bytes().to_vec(),
            refusal: told.refusal.map(str::to_owned),
            events,
        })
    }

    /// The event, but for its place and when it is recorded.
    async fn event(
        &mut self,
        told: &Told,
        fact: &Fact,
        case: RequestId,
    ) -> Result<Recorded, SeedError> {
        let mut stored = stored::encode(&fact.event, case)
            .map_err(|error| SeedError::Encode(error.to_string()))?;
        if let Some(source) = &fact.source {
            stored = stored.with_source(source);
        }
        for secret in &stored.secrets {
            self.hold(secret.subject).await?;
        }
        let fields: Vec<(&str, &Key, &[u8])> = stored
            .secrets
            .iter()
            .filter_map(|secret| {
                let key = self.keys.get(&secret.subject)?;
                Some((secret.field, key, secret.value.as_bytes()))
            })
            .collect();
        let context = Context {
            tenant: self.tenant.as_str(),
            stream_kind: &told.stream.kind,
            stream_id: &told.stream.id,
            event_id: fact.id,
            kind: stored.kind,
            schema: stored.schema,
        };
        let encrypted = if fields.is_empty() {
            None
        } else {
            let sealed = field::seal(&context, &fields);
            Some(sealed.map_err(|error| SeedError::Encode(error.to_string()))?)
        };
        Ok(Recorded {
            position: 0,
            event_id: fact.id,
            stream: told.stream.clone(),
            version: 0,
            recorded_at: fact.at,
            command_id: told.command,
            kind: stored.kind.to_owned(),
            schema: stored.schema,
            occurred_at: fact.at,
            precision: fact.precision,
            actor: fact.actor.to_string(),
            on_behalf_of: None,
            correlation: told.command,
            causation: None,
            payload: eventlog::canonical::to_canonical_json(&stored.payload)
                .map_err(|error| SeedError::Encode(error.to_string()))?,
            encrypted,
        })
    }

    /// Makes sure that a key is at hand.
    async fn hold(&mut self, subject: Subject) -> Result<(), SeedError> {
        if self.keys.contains_key(&subject) {
            return Ok(());
        }
        let owner = match subject {
            Subject::Person(person) => Owner::Person(person.0),
            Subject::Case(request) => Owner::Case(request.0),
        };
        if self.keys.len() >= KEYS_MAX {
            self.keys.clear();
        }
        let key = self.vault.key_for(self.tenant.as_str(), owner).await?;
        self.keys.insert(subject, key);
        Ok(())
    }
}
