//! The life of one request, event by event.

use casework::event::{
    Basis, Clock, Closing, EscalationReturned, Event, Ground, Lead, Outcome, ReopenCause,
    RequestAssigned, RequestDecided, RequestEscalated, RequestReopened, RequestResolved,
    RequestSubmitted, RequestWithdrawn, RequesterKind, Residents, TermSet,
};
use casework::mandate::{Check, Limits, MandateKind};
use casework::{
    Cents, Channel, Domain, Function, MandateId, PersonId, Placement, RequestId, StaffId, Text,
    WijkCode, WijkSource,
};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

use super::random::Random;

/// How many wijken there are.
pub(crate) const WIJKEN: usize = 20;

/// The edition of their codes.
pub(crate) const EDITION: i16 = 2025;

/// What is to happen next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Submit,
    Promise,
    Assign,
    Escalate,
    Return,
    Decide,
    Close,
    Reopen,
    Over,
}

/// A request under way.
#[derive(Debug)]
pub(crate) struct Life {
    pub(crate) request: RequestId,
    /// Of the last event made.
    pub(crate) version: i64,
    requester: PersonId,
    domain: Domain,
    wijk: WijkCode,
    function: Function,
    step: Step,
}

impl Life {
    pub(crate) fn begin(random: &mut Random) -> anyhow::Result<Self> {
        let domain = Domain::ALL[random.below(Domain::ALL.len())];
        Ok(Self {
            request: RequestId(random.uuid()),
            version: 0,
            requester: PersonId(random.uuid()),
            domain,
            wijk: wijk(random.below(WIJKEN))?,
            function: Function::new(&format!("wijkregisseur-{domain}"))?,
            step: Step::Submit,
        })
    }

    /// Whether nothing happens to it any more, ended or not.
    pub(crate) fn is_over(&self) -> bool {
        self.step == Step::Over
    }

    /// What happens next.
    pub(crate) fn next(&mut self, random: &mut Random, at: Timestamp) -> anyhow::Result<Event> {
        self.version += 1;
        let (event, next) = match self.step {
            Step::Submit => (self.submitted(random), Step::Promise),
            Step::Promise => (self.promised(at)?, Step::Assign),
            Step::Assign => {
                let goes_up = random.percent(30);
                let next = if goes_up {
                    Step::Escalate
                } else {
                    Step::Decide
                };
                (self.assigned(random)?, next)
            }
            Step::Escalate => (escalated()?, Step::Return),
            Step::Return => (returned()?, Step::Decide),
            Step::Decide => (self.decided(random, at)?, Step::Close),
            // A few are reopened, most are done.
            Step::Close if random.percent(8) => (self.resolved(), Step::Reopen),
            Step::Close if random.percent(10) => (self.withdrawn(), Step::Over),
            Step::Close | Step::Over => (self.resolved(), Step::Over),
            Step::Reopen => (self.reopened(), Step::Decide),
        };
        // Some stay where they are, so that queues are not empty.
        self.step = if random.percent(2) { Step::Over } else { next };
        Ok(event)
    }

    fn submitted(&self, random: &mut Random) -> Event {
        RequestSubmitted {
            placement: Placement {
                wijk: Some(self.wijk.clone()),
                edition: Some(EDITION),
                source: WijkSource::Stated,
            },
            domain: Some(self.domain),
            request_kind: Some("ontmoeting in de wijk".to_owned()),
            channel: Channel::ALL[random.below(Channel::ALL.len())],
            requester_kind: RequesterKind::Resident,
            requester: Some(self.requester),
            words: Text::Withheld,
            name: Text::Withheld,
            contact: Text::Withheld,
            place: Text::Withheld,
        }
        .into()
    }

    fn promised(&self, at: Timestamp) -> anyhow::Result<Event> {
        Ok(TermSet {
            clock: Clock::Servicenorm,
            end: day(at).checked_add(28.days())?,
            rule: format!("servicenorm/{}", self.domain),
            rule_version: 1,
        }
        .into())
    }

    fn assigned(&self, random: &mut Random) -> anyhow::Result<Event> {
        Ok(RequestAssigned {
            lead: Lead {
                function: Some(self.function.clone()),
                person: Some(StaffId::new(&format!("staff-{}", random.below(40)))?),
            },
            urgent: random.percent(10),
            reason: Text::Withheld,
        }
        .into())
    }

    fn decided(&self, random: &mut Random, at: Timestamp) -> anyhow::Result<Event> {
        let limits = limits()?;
        let amount = Cents::euros(i64::try_from(random.below(500))?);
        let checks = vec![
            Check::Holder {
                passed: true,
                holder: limits.holder.clone(),
                function: limits.holder.clone(),
            },
            Check::InForce {
                passed: true,
                on: day(at),
                from: limits.valid_from,
                until: limits.valid_until,
                revoked_from: None,
            },
            Check::Ceiling {
                passed: true,
                amount_cents: Some(amount),
                ceiling_cents: limits.ceiling_cents,
            },
        ];
        Ok(RequestDecided {
            outcome: Outcome::ALL[random.below(3)],
            amount_cents: Some(amount),
            basis: Basis::Mandate {
                entry: entry()?,
                entry_version: 1,
                limits: Box::new(limits),
                checks,
            },
            function: Some(self.function.clone()),
            residents: Some(Residents::Yes { count: Some(3) }),
            motivation: Text::Withheld,
            residents_note: Text::Withheld,
        }
        .into())
    }

    fn resolved(&self) -> Event {
        RequestResolved {
            closing: Some(Closing::Message {
                channel: Channel::Email,
            }),
            message: Text::Withheld,
            requester: Some(self.requester),
        }
        .into()
    }

    fn withdrawn(&self) -> Event {
        RequestWithdrawn {
            reason: Text::Withheld,
            requester: Some(self.requester),
        }
        .into()
    }

    fn reopened(&self) -> Event {
        RequestReopened {
            cause: ReopenCause::NotFixed,
            explanation: Text::Withheld,
            requester: Some(self.requester),
        }
        .into()
    }
}

fn escalated() -> anyhow::Result<Event> {
    Ok(RequestEscalated {
        to: Some(Function::new("college")?),
        ground: Ground::AboveCeiling,
        question: Text::Withheld,
    }
    .into())
}

fn returned() -> anyhow::Result<Event> {
    Ok(EscalationReturned {
        organ: Some(Function::new("college")?),
        instruction: Text::Withheld,
    }
    .into())
}

/// The code of one of the wijken.
pub(crate) fn wijk(number: usize) -> anyhow::Result<WijkCode> {
    Ok(WijkCode::new(&format!("WK9999{number:02}"))?)
}

/// The entry that every decision rests on.
pub(crate) fn entry() -> anyhow::Result<MandateId> {
    Ok(MandateId::new("wijk-2025")?)
}

/// What that entry allows.
pub(crate) fn limits() -> anyhow::Result<Limits> {
    Ok(Limits {
        kind: MandateKind::Machtiging,
        grantor: Function::new("college")?,
        power: "feitelijke handelingen voor de wijk (art. 160 Gemeentewet)".to_owned(),
        holder: Function::new("wijkregisseur-sociaal")?,
        wijken: None,
        domains: Some([Domain::Sociaal].into()),
        ceiling_cents: Some(Cents::euros(500)),
        valid_from: jiff::civil::date(2025, 1, 1),
        valid_until: Some(jiff::civil::date(2026, 12, 31)),
        trial: false,
        reference: Some("Gemeenteblad 2025, 9999".to_owned()),
    })
}

fn day(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}
