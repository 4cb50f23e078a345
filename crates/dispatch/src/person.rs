//! Forgetting a person: the fact first, then the key.

use casework::PersonId;
use casework::person::Person;
use eventlog::{Guard, StreamId, Tenant};
use vault::Owner;

use crate::append::{Attempt, NO_CASE, Pending, encode};
use crate::registers::decode;
use crate::{ATTEMPTS_MAX, Call, Dispatch, DispatchError, Receipt};

impl Dispatch {
    /// Erases a person: records that, then destroys their key. Done again it completes what was left.
    ///
    /// Every command that encrypts under a person's key guards the person's stream, so nothing is
    /// sealed under that key after the fact is in the log.
    #[tracing::instrument(skip_all, fields(tenant = %call.tenant, command = %call.command_id))]
    pub async fn erase(&self, call: &Call, person: PersonId) -> Result<Receipt, DispatchError> {
        for _ in 0..ATTEMPTS_MAX {
            let (guard, known) = self.person(&call.tenant, person).await?;
            let decision = match known.erase(&call.by, person) {
                Ok(decision) => decision,
                Err(refusal) => {
                    return self
                        .earlier(call, &guard.stream)
                        .await?
                        .unwrap_or(Err(refusal.into()));
                }
            };
            let pending = Pending {
                stream: guard.stream,
                version: guard.version,
                request: None,
                at: self.now(),
                guards: Vec::new(),
                events: encode(&decision.events, NO_CASE)?,
                refusal: decision.refusal,
            };
            match self.write(call, pending).await? {
                Attempt::Done(Ok(receipt)) => {
                    self.vault
                        .destroy(call.tenant.as_str(), Owner::Person(person.0))
                        .await?;
                    return Ok(receipt);
                }
                Attempt::Done(answer) => return answer,
                Attempt::Again => {}
            }
        }
        Err(DispatchError::Busy)
    }

    /// Destroys the keys of persons whose erasure was recorded but broke off before that.
    ///
    /// Belongs before anything is served: until then their words could still be read.
    pub async fn complete_erasures(&self, tenant: &Tenant) -> Result<u64, DispatchError> {
        let mut completed = 0;
        for id in self.log.list_streams(tenant, Person::STREAM_KIND).await? {
            let Ok(person) = id.parse::<PersonId>() else {
                continue;
            };
            let (_, known) = self.person(tenant, person).await?;
            if known.erased
                && self
                    .vault
                    .destroy(tenant.as_str(), Owner::Person(person.0))
                    .await?
            {
                completed += 1;
            }
        }
        if completed > 0 {
            tracing::warn!(%tenant, completed, "erasures that had broken off are complete now");
        }
        Ok(completed)
    }

    /// A person as the log knows them, with the guard for whoever seals under their key.
    pub(crate) async fn person(
        &self,
        tenant: &Tenant,
        person: PersonId,
    ) -> Result<(Guard, Person), DispatchError> {
        let stream = StreamId::new(Person::STREAM_KIND, person.to_string());
        let mut known = Person::default();
        let mut version = 0;
        for recorded in self.log.read_stream(tenant, &stream, 0).await? {
            known = known.evolve(&decode(&recorded)?);
            version = recorded.version;
        }
        Ok((Guard { stream, version }, known))
    }
}
