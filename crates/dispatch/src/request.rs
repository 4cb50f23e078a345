//! The way of a request's command.

use std::collections::BTreeSet;
use std::sync::Arc;

use casework::area::Areas;
use casework::event::{Outcome, RequesterKind, Residents};
use casework::mandate::Register;
use casework::norm::Norms;
use casework::request::{Action, Command, Request};
use casework::stored::Stored;
use casework::text::Subject;
use casework::{Cents, Channel, Domain, Function, MandateId, PersonId, RequestId, Text, WijkCode};
use eventlog::{Guard, StreamId};
use jiff::Timestamp;

use crate::append::{Attempt, Pending, encode};
use crate::registers::Kept;
use crate::requests::Loaded;
use crate::{ATTEMPTS_MAX, Call, Dispatch, DispatchError, Receipt};

/// What a caller wants of a request, before the registers it depends on were read.
#[derive(Debug, Clone)]
pub enum Intent {
    /// Bring it in.
    Submit(Submission),
    /// Say where it belongs.
    Place {
        /// The wijk; left out it stays as it is.
        wijk: Option<WijkCode>,
        /// The field; left out it stays as it is.
        domain: Option<Domain>,
    },
    /// Decide it under a mandate.
    Decide(Ruling),
    /// Anything that depends on no register.
    Plain(Action),
}

/// A request on its way in: [`Action::Submit`] before its wijk was looked up.
#[derive(Debug, Clone)]
#[expect(
    missing_docs,
    reason = "each member is documented at the action it becomes"
)]
pub struct Submission {
    pub wijk: Option<WijkCode>,
    pub domain: Option<Domain>,
    pub request_kind: Option<String>,
    pub channel: Channel,
    pub requester_kind: RequesterKind,
    pub requester: Option<PersonId>,
    pub words: Text,
    pub name: Text,
    pub contact: Text,
    pub place: Text,
}

/// A decision on its way in: [`Action::Decide`] before the mandate register was read.
#[derive(Debug, Clone)]
#[expect(
    missing_docs,
    reason = "each member is documented at the action it becomes"
)]
pub struct Ruling {
    pub function: Option<Function>,
    pub outcome: Outcome,
    pub amount: Option<Cents>,
    pub mandate: Option<MandateId>,
    pub motivation: Text,
    pub residents: Residents,
    pub residents_note: Text,
}

/// What a decision reads beside its own stream: none of it may have moved when the command is written.
struct Read {
    /// Whether registers are to be read again, rather than taken as kept.
    fresh: bool,
    guards: Vec<Guard>,
    /// The latest moment of anything read.
    latest: Option<Timestamp>,
}

impl Read {
    fn kept<T>(&mut self, kept: &Kept<T>, stream: (&str, &str)) {
        self.guards.push(kept.guard(stream));
        self.latest = self.latest.max(kept.latest);
    }
}

impl Dispatch {
    /// Takes a command to a request.
    ///
    /// Decides again when somebody else was first, unless the caller said which version it saw.
    #[tracing::instrument(skip_all, fields(tenant = %call.tenant, command = %call.command_id, request = %id))]
    pub async fn request(
        &self,
        call: &Call,
        id: RequestId,
        intent: Intent,
    ) -> Result<Receipt, DispatchError> {
        let stream = StreamId::new(Request::STREAM_KIND, id.to_string());
        // The first try leans on what is kept; what it refuses is decided again on what the log holds.
        let mut fresh = false;
        for _ in 0..ATTEMPTS_MAX {
            match self.decide_request(call, id, &stream, &intent, fresh).await {
                // Nothing to do by what is kept is not yet nothing to do.
                Ok(pending) if pending.events.is_empty() && !fresh => fresh = true,
                Ok(pending) => match self.write(call, pending).await? {
                    Attempt::Done(answer) => return answer,
                    Attempt::Again => fresh = true,
                },
                Err(DispatchError::Refused { .. }) if !fresh => fresh = true,
                Err(error) => {
                    return self.earlier(call, &stream).await?.unwrap_or(Err(error));
                }
            }
        }
        Err(DispatchError::Busy)
    }

    async fn decide_request(
        &self,
        call: &Call,
        id: RequestId,
        stream: &StreamId,
        intent: &Intent,
        fresh: bool,
    ) -> Result<Pending, DispatchError> {
        let mut loaded = self.load(&call.tenant, id, stream, fresh).await?;
        let unexpected = |loaded: &Loaded| {
            call.expected_version
                .filter(|expected| *expected != loaded.version)
        };
        if !fresh && unexpected(&loaded).is_some() {
            // The caller may have seen what another server wrote.
            loaded = self.load(&call.tenant, id, stream, true).await?;
        }
        if let Some(expected) = unexpected(&loaded) {
            return Err(DispatchError::Stale {
                expected,
                actual: loaded.version,
            });
        }
        let mut read = Read {
            fresh,
            guards: Vec::new(),
            latest: loaded.latest,
        };
        let action = self
            .complete(call, &loaded.request, intent.clone(), &mut read)
            .await?;
        let at = self.at_least(read.latest);
        let decision = loaded.request.decide(Command {
            request: id,
            by: call.by.clone(),
            at,
            action,
        })?;
        if decision.refusal.is_some() && !fresh {
            // A refusal that is recorded is decided on what the log holds as well.
            return Err(decision
                .refusal
                .map_or(DispatchError::Busy, DispatchError::from));
        }
        let events = encode(&decision.events, id)?;
        for person in persons(&events) {
            read.guards.push(self.not_erased(call, person).await?);
        }
        Ok(Pending {
            stream: stream.clone(),
            version: loaded.version,
            request: Some((id, loaded)),
            at,
            guards: read.guards,
            events,
            refusal: decision.refusal,
        })
    }

    /// Adds what the intent depends on: registers as they stand, each guarded.
    async fn complete(
        &self,
        call: &Call,
        request: &Request,
        intent: Intent,
        read: &mut Read,
    ) -> Result<Action, DispatchError> {
        match intent {
            Intent::Submit(submission) => self.complete_submission(call, submission, read).await,
            Intent::Place { wijk, domain } => {
                let (areas, norms) = self.read_areas_and_norms(call, read).await?;
                let placement = match wijk {
                    Some(wijk) => areas.place(Some(wijk))?,
                    None => request.placement.clone(),
                };
                Ok(Action::Place {
                    placement,
                    domain,
                    norms,
                })
            }
            Intent::Decide(ruling) => {
                let register = self.mandates(&call.tenant, read.fresh).await?;
                read.kept(&register, Register::STREAM);
                Ok(Action::Decide {
                    function: ruling.function,
                    outcome: ruling.outcome,
                    amount: ruling.amount,
                    mandate: ruling.mandate,
                    register: register.fold,
                    motivation: ruling.motivation,
                    residents: ruling.residents,
                    residents_note: ruling.residents_note,
                })
            }
            Intent::Plain(action) => {
                // A closing message goes under the requester's key.
                if let (Action::Resolve { message, .. }, Some(person)) =
                    (&action, request.requester)
                    && message.as_given().is_some()
                {
                    read.guards.push(self.not_erased(call, person).await?);
                }
                Ok(action)
            }
        }
    }

    async fn complete_submission(
        &self,
        call: &Call,
        submission: Submission,
        read: &mut Read,
    ) -> Result<Action, DispatchError> {
        let (areas, norms) = self.read_areas_and_norms(call, read).await?;
        Ok(Action::Submit {
            placement: areas.place(submission.wijk)?,
            domain: submission.domain,
            request_kind: submission.request_kind,
            channel: submission.channel,
            requester_kind: submission.requester_kind,
            // Whoever is named gets a key of their own, or what is written here could never be erased.
            requester: submission.requester.or_else(|| {
                let named = [&submission.name, &submission.contact];
                named
                    .iter()
                    .any(|text| text.as_given().is_some())
                    .then(|| PersonId(self.new_id()))
            }),
            words: submission.words,
            name: submission.name,
            contact: submission.contact,
            place: submission.place,
            norms,
        })
    }

    async fn read_areas_and_norms(
        &self,
        call: &Call,
        read: &mut Read,
    ) -> Result<(Arc<Areas>, Arc<Norms>), DispatchError> {
        let areas = self.areas(&call.tenant, read.fresh).await?;
        let norms = self.norms(&call.tenant, read.fresh).await?;
        read.kept(&areas, Areas::STREAM);
        read.kept(&norms, Norms::STREAM);
        Ok((areas.fold, norms.fold))
    }

    /// Refuses to seal anything more under the key of a person who was erased.
    async fn not_erased(&self, call: &Call, person: PersonId) -> Result<Guard, DispatchError> {
        let (guard, known) = self.person(&call.tenant, person).await?;
        if known.erased {
            return Err(casework::Refusal::PersonErased.into());
        }
        Ok(guard)
    }
}

/// Everybody under whose key something is about to be sealed.
fn persons(events: &[Stored]) -> BTreeSet<PersonId> {
    events
        .iter()
        .flat_map(|event| &event.secrets)
        .filter_map(|secret| match secret.subject {
            Subject::Person(person) => Some(person),
            Subject::Case(_) => None,
        })
        .collect()
}
