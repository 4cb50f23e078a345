//! The small streams every decision leans on: mandates, areas, service norms. Their folds are kept.
//!
//! A kept fold may be behind. Whoever uses one guards its version, so that a stale one loses the
//! append; and before a command is refused for good, it is decided once more on a fresh one.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use casework::area::Areas;
use casework::event::WijkListed;
use casework::mandate::{self, Register};
use casework::norm::Norms;
use casework::{Domain, Event};
use eventlog::{Guard, Recorded, StreamId, Tenant};
use jiff::Timestamp;

use crate::append::{Attempt, NO_CASE, Pending, encode};
use crate::{ATTEMPTS_MAX, Call, Dispatch, DispatchError, Receipt};

/// What can be asked of the registers.
#[derive(Debug, Clone)]
pub enum RegisterCommand {
    /// Of the mandate register.
    Mandate(mandate::Command),
    /// Put wijken on the municipality's list.
    ListWijken(Vec<WijkListed>),
    /// Promise a number of days for a domain.
    SetNorm {
        /// The domain.
        domain: Domain,
        /// Calendar days.
        days: u16,
    },
}

impl RegisterCommand {
    fn stream(&self) -> StreamId {
        let (kind, id) = match self {
            Self::Mandate(_) => Register::STREAM,
            Self::ListWijken(_) => Areas::STREAM,
            Self::SetNorm { .. } => Norms::STREAM,
        };
        StreamId::new(kind, id)
    }
}

/// A register as folded up to a version of its stream.
#[derive(Debug, Clone, Default)]
pub(crate) struct Kept<T> {
    pub(crate) version: i64,
    /// When the last fact in it happened: a decision on it may not lie before that.
    pub(crate) latest: Option<Timestamp>,
    pub(crate) fold: Arc<T>,
}

impl<T> Kept<T> {
    /// Demands that the register has not moved when the command is written.
    pub(crate) fn guard(&self, stream: (&str, &str)) -> Guard {
        Guard {
            stream: StreamId::new(stream.0, stream.1),
            version: self.version,
        }
    }
}

#[derive(Default)]
pub(crate) struct Registers {
    mandates: Mutex<HashMap<Tenant, Kept<Register>>>,
    areas: Mutex<HashMap<Tenant, Kept<Areas>>>,
    norms: Mutex<HashMap<Tenant, Kept<Norms>>>,
}

impl Registers {
    /// Keeps nothing of what was read so far.
    pub(crate) fn forget(&self) {
        fn clear<T>(kept: &Mutex<HashMap<Tenant, Kept<T>>>) {
            kept.lock().unwrap_or_else(PoisonError::into_inner).clear();
        }
        clear(&self.mandates);
        clear(&self.areas);
        clear(&self.norms);
    }
}

impl Dispatch {
    /// Takes a command to one of the registers.
    #[tracing::instrument(skip_all, fields(tenant = %call.tenant, command = %call.command_id))]
    pub async fn register(
        &self,
        call: &Call,
        command: RegisterCommand,
    ) -> Result<Receipt, DispatchError> {
        let stream = command.stream();
        for _ in 0..ATTEMPTS_MAX {
            match self.decide_register(call, &stream, command.clone()).await {
                Ok(pending) => match self.write(call, pending).await? {
                    Attempt::Done(answer) => return answer,
                    Attempt::Again => {}
                },
                Err(error) => {
                    return self.earlier(call, &stream).await?.unwrap_or(Err(error));
                }
            }
        }
        Err(DispatchError::Busy)
    }

    async fn decide_register(
        &self,
        call: &Call,
        stream: &StreamId,
        command: RegisterCommand,
    ) -> Result<Pending, DispatchError> {
        let (version, latest, decision) = match command {
            RegisterCommand::Mandate(command) => {
                let kept = self.mandates(&call.tenant, true).await?;
                let at = self.at_least(kept.latest);
                (
                    kept.version,
                    kept.latest,
                    kept.fold.decide(&call.by, at, command)?,
                )
            }
            RegisterCommand::ListWijken(wijken) => {
                let kept = self.areas(&call.tenant, true).await?;
                (kept.version, kept.latest, kept.fold.list(&call.by, wijken)?)
            }
            RegisterCommand::SetNorm { domain, days } => {
                let kept = self.norms(&call.tenant, true).await?;
                (
                    kept.version,
                    kept.latest,
                    kept.fold.set(&call.by, domain, days)?,
                )
            }
        };
        if let Some(expected) = call
            .expected_version
            .filter(|expected| *expected != version)
        {
            return Err(DispatchError::Stale {
                expected,
                actual: version,
            });
        }
        Ok(Pending {
            stream: stream.clone(),
            version,
            request: None,
            at: self.at_least(latest),
            guards: Vec::new(),
            events: encode(&decision.events, NO_CASE)?,
            refusal: decision.refusal,
        })
    }

    /// Now, or the moment of what was read where that is later: an effect never precedes its cause.
    pub(crate) fn at_least(&self, latest: Option<Timestamp>) -> Timestamp {
        self.now().max(latest.unwrap_or(Timestamp::MIN))
    }

    /// The mandate register.
    pub(crate) async fn mandates(
        &self,
        tenant: &Tenant,
        fresh: bool,
    ) -> Result<Kept<Register>, DispatchError> {
        self.kept(
            &self.registers.mandates,
            tenant,
            Register::STREAM,
            fresh,
            Register::evolve,
        )
        .await
    }

    /// The municipality's list of wijken.
    pub(crate) async fn areas(
        &self,
        tenant: &Tenant,
        fresh: bool,
    ) -> Result<Kept<Areas>, DispatchError> {
        self.kept(
            &self.registers.areas,
            tenant,
            Areas::STREAM,
            fresh,
            Areas::evolve,
        )
        .await
    }

    /// The service promises.
    pub(crate) async fn norms(
        &self,
        tenant: &Tenant,
        fresh: bool,
    ) -> Result<Kept<Norms>, DispatchError> {
        self.kept(
            &self.registers.norms,
            tenant,
            Norms::STREAM,
            fresh,
            Norms::evolve,
        )
        .await
    }

    /// The mandate register as it stands, for whoever wants to show it.
    pub async fn mandate_register(&self, tenant: &Tenant) -> Result<Arc<Register>, DispatchError> {
        Ok(self.mandates(tenant, true).await?.fold)
    }

    /// The list of wijken as it stands, for whoever wants to show it.
    pub async fn area_list(&self, tenant: &Tenant) -> Result<Arc<Areas>, DispatchError> {
        Ok(self.areas(tenant, true).await?.fold)
    }

    async fn kept<T: Clone + Default>(
        &self,
        store: &Mutex<HashMap<Tenant, Kept<T>>>,
        tenant: &Tenant,
        stream: (&str, &str),
        fresh: bool,
        evolve: fn(T, &Event) -> T,
    ) -> Result<Kept<T>, DispatchError> {
        let known = store
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(tenant)
            .cloned();
        if let Some(known) = known.as_ref().filter(|_| !fresh) {
            return Ok(known.clone());
        }
        let mut kept = known.unwrap_or_default();
        let added = self
            .log
            .read_stream(tenant, &StreamId::new(stream.0, stream.1), kept.version)
            .await?;
        if !added.is_empty() {
            let mut fold = Arc::unwrap_or_clone(kept.fold);
            for recorded in &added {
                fold = evolve(fold, &decode(recorded)?);
                kept.version = recorded.version;
                kept.latest = kept.latest.max(Some(recorded.occurred_at));
            }
            kept.fold = Arc::new(fold);
        }
        let mut store = store.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = store.entry(tenant.clone()).or_default();
        if slot.version <= kept.version {
            *slot = kept.clone();
        }
        Ok(kept)
    }
}

/// Reads one recorded event, or says where the log holds what this version cannot read.
pub(crate) fn decode(recorded: &Recorded) -> Result<Event, DispatchError> {
    casework::stored::decode(&recorded.kind, recorded.schema, &recorded.payload).map_err(|source| {
        DispatchError::Undecodable {
            stream: recorded.stream.to_string(),
            version: recorded.version,
            source,
        }
    })
}
