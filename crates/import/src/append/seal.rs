//! The texts of a case: sealed under its key, and opened to see whether they changed.

use std::collections::HashMap;

use eventlog::{NewEvent, StreamId};
use uuid::Uuid;
use vault::field::{self, Context};
use vault::{Key, KeyState, Owner, VaultError};

use super::known::{Known, Standing, precision};
use super::{Destination, ImportError};
use crate::facts::{CaseFacts, Fact, Written};

/// The key of a case.
enum CaseKey {
    NotAskedFor,
    Live(Key),
    Destroyed,
}

/// Seals and opens for one case.
pub(super) struct Seals<'a> {
    to: Destination<'a>,
    stream: StreamId,
    case: &'a CaseFacts,
    key: CaseKey,
    /// The texts of stored events by their place: field and value. Without an entry: erased.
    opened: HashMap<usize, Vec<(String, Vec<u8>)>>,
    withheld: u64,
}

impl<'a> Seals<'a> {
    pub(super) fn new(to: Destination<'a>, stream: StreamId, case: &'a CaseFacts) -> Self {
        Self {
            to,
            stream,
            case,
            key: CaseKey::NotAskedFor,
            opened: HashMap::new(),
            withheld: 0,
        }
    }

    /// How many texts were left out because the case's key is destroyed.
    pub(super) fn withheld(&self) -> u64 {
        self.withheld
    }

    /// Opens what is stored, as far as its keys still exist.
    pub(super) async fn load(&mut self, known: &Known) -> Result<(), ImportError> {
        let mut fields = Vec::new();
        for (at, event) in known.sealed() {
            let sealed = field::parse(event.encrypted.as_deref().unwrap_or_default())
                .map_err(|error| self.unreadable(error))?;
            fields.push((at, event, sealed));
        }
        if fields.is_empty() {
            return Ok(());
        }
        let ids: Vec<Uuid> = fields
            .iter()
            .flat_map(|(_, _, sealed)| sealed.iter().map(|field| field.key_id))
            .collect();
        let keys = self.to.vault.keys(self.to.tenant.as_str(), &ids).await?;
        for (at, event, sealed) in fields {
            let context = self.context(event.event_id, &event.kind, event.schema);
            let mut texts = Vec::with_capacity(sealed.len());
            for field in &sealed {
                if let Some(KeyState::Live(key)) = keys.get(&field.key_id) {
                    let opened = field::open(&context, field, key)
                        .map_err(|error| self.unreadable(error))?;
                    texts.push((field.name.clone(), opened.value));
                }
            }
            if texts.len() == sealed.len() {
                self.opened.insert(at, texts);
            }
        }
        Ok(())
    }

    /// Whether a record's texts are others than those stored. What was erased cannot differ.
    pub(super) async fn text_differs(
        &mut self,
        stored: &Standing,
        written: &Written,
    ) -> Result<bool, ImportError> {
        let now = &written.stored.secrets;
        let Some(at) = stored.sealed_in else {
            // Texts that are there now are new, unless they were left out for want of a key.
            if !now.is_empty() {
                self.load_key().await?;
            }
            return Ok(!now.is_empty() && matches!(self.key, CaseKey::Live(_)));
        };
        let Some(then) = self.opened.get(&at) else {
            return Ok(false);
        };
        let now = now
            .iter()
            .map(|secret| (secret.field, secret.value.as_bytes()));
        let then = then
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_slice()));
        let (mut now, mut then): (Vec<_>, Vec<_>) = (now.collect(), then.collect());
        now.sort_unstable();
        then.sort_unstable();
        Ok(now != then)
    }

    /// The event of a fact, its texts sealed under the case's key.
    pub(super) async fn event(
        &mut self,
        id: Uuid,
        fact: &Fact,
        written: &Written,
    ) -> Result<NewEvent, ImportError> {
        Ok(NewEvent {
            event_id: id,
            kind: written.stored.kind.to_owned(),
            schema: written.stored.schema,
            occurred_at: fact.moment.at,
            precision: precision(fact),
            actor: fact.actor.to_string(),
            on_behalf_of: None,
            correlation: id,
            causation: None,
            payload: written.payload.clone(),
            encrypted: self.seal(id, written).await?,
        })
    }

    async fn seal(&mut self, id: Uuid, written: &Written) -> Result<Option<Vec<u8>>, ImportError> {
        let stored = &written.stored;
        if stored.secrets.is_empty() {
            return Ok(None);
        }
        self.load_key().await?;
        let CaseKey::Live(key) = &self.key else {
            self.withheld += stored.secrets.len() as u64;
            return Ok(None);
        };
        let fields: Vec<(&str, &Key, &[u8])> = stored
            .secrets
            .iter()
            .map(|secret| (secret.field, key, secret.value.as_bytes()))
            .collect();
        let context = self.context(id, stored.kind, stored.schema);
        let sealed = field::seal(&context, &fields).map_err(|error| self.unreadable(error))?;
        Ok(Some(sealed))
    }

    /// Gets the case's key once. One that was destroyed is no error: what it would seal is left out.
    async fn load_key(&mut self) -> Result<(), ImportError> {
        if matches!(self.key, CaseKey::NotAskedFor) {
            let owner = Owner::Case(self.case.request.0);
            self.key = match self.to.vault.key_for(self.to.tenant.as_str(), owner).await {
                Ok(key) => CaseKey::Live(key),
                Err(VaultError::Destroyed) => CaseKey::Destroyed,
                Err(error) => return Err(error.into()),
            };
        }
        Ok(())
    }

    fn context<'c>(&'c self, event_id: Uuid, kind: &'c str, schema: i32) -> Context<'c> {
        Context {
            tenant: self.to.tenant.as_str(),
            stream_kind: &self.stream.kind,
            stream_id: &self.stream.id,
            event_id,
            kind,
            schema,
        }
    }

    fn unreadable(&self, error: impl std::fmt::Display) -> ImportError {
        ImportError::Unreadable {
            case: self.case.case.clone(),
            what: error.to_string(),
        }
    }
}
