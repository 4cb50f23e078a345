//! The register as a whole, folded from its one stream.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;

use super::{Act, Check, Limits, first_failure};
use crate::event::{Event, MandateGranted, MandateRevoked};
use crate::text::{LINE_CHARS_MAX, clear_line};
use crate::{By, Decision, Function, MandateId, Refusal, day};

/// The longest description of a power, or reason to revoke it, in characters.
const POWER_CHARS_MAX: usize = 1_000;

/// The codes of all wijken of one entry together, in characters: 1,000 wijken. The limits are
/// copied into each decision, whose texts must still fit beside them.
const WIJKEN_CHARS_MAX: usize = 8_000;

/// What can be asked of the register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Grant a new entry.
    Grant {
        /// Its id, free to choose, never used before.
        entry: MandateId,
        /// What it allows.
        limits: Limits,
    },
    /// End an entry before its time.
    Revoke {
        /// The entry.
        entry: MandateId,
        /// The first day without it; not before today: earlier decisions keep their basis.
        from: Date,
        /// Why.
        reason: String,
    },
}

/// How an entry ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revocation {
    /// The first day without it.
    pub from: Date,
    /// Why.
    pub reason: String,
}

/// One entry as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// How often this entry has changed, its grant included.
    pub version: i64,
    /// What it allows.
    pub limits: Limits,
    /// How it ended, if it did.
    pub revoked: Option<Revocation>,
}

impl Entry {
    /// Measures an act against this entry as it stands.
    pub fn check(&self, act: &Act<'_>) -> Vec<Check> {
        self.limits
            .check(act, self.revoked.as_ref().map(|revoked| revoked.from))
    }
}

/// Every entry there is, by id.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Register {
    entries: BTreeMap<MandateId, Entry>,
}

impl Register {
    /// The kind and id of its stream.
    pub const STREAM: (&'static str, &'static str) = ("mandate", "register");

    /// Answers a command with the events it causes.
    pub fn decide(&self, by: &By, at: Timestamp, command: Command) -> Result<Decision, Refusal> {
        if !by.holds(Function::keeps_the_registers) {
            return Err(Refusal::MayNot {
                needed: "college, burgemeester of mandaatbeheer",
            });
        }
        match command {
            Command::Grant { entry, limits } => self.grant(entry, limits),
            Command::Revoke {
                entry,
                from,
                reason,
            } => self.revoke(&entry, from, reason, day::of(at)),
        }
    }

    fn grant(&self, entry: MandateId, limits: Limits) -> Result<Decision, Refusal> {
        if let Some(known) = self.entries.get(&entry) {
            let same = known.limits == limits && known.revoked.is_none();
            return if same {
                Ok(Decision::events([]))
            } else {
                Err(Refusal::MandateExists { entry })
            };
        }
        clear_line("bevoegdheid", &limits.power, POWER_CHARS_MAX)?;
        if let Some(reference) = &limits.reference {
            clear_line("vindplaats", reference, LINE_CHARS_MAX)?;
        }
        if limits
            .valid_until
            .is_some_and(|until| until < limits.valid_from)
        {
            return Err(Refusal::PeriodReversed {
                from: limits.valid_from,
                until: limits.valid_until,
            });
        }
        if let Some(ceiling) = limits.ceiling_cents.filter(|ceiling| ceiling.0 < 0) {
            return Err(Refusal::NegativeAmount { amount: ceiling });
        }
        let no_wijk = limits.wijken.as_ref().is_some_and(BTreeSet::is_empty);
        let no_domain = limits.domains.as_ref().is_some_and(BTreeSet::is_empty);
        if no_wijk || no_domain {
            return Err(Refusal::EmptyScope);
        }
        let given = limits
            .wijken
            .iter()
            .flatten()
            .map(|wijk| wijk.as_str().len());
        let given = given.sum();
        if given > WIJKEN_CHARS_MAX {
            return Err(Refusal::TextTooLong {
                field: "wijken",
                given,
                most: WIJKEN_CHARS_MAX,
            });
        }
        Ok(Decision::events([MandateGranted { entry, limits }.into()]))
    }

    fn revoke(
        &self,
        entry: &MandateId,
        from: Date,
        reason: String,
        today: Date,
    ) -> Result<Decision, Refusal> {
        let known = self
            .entries
            .get(entry)
            .ok_or_else(|| Refusal::UnknownMandate {
                entry: entry.clone(),
            })?;
        if let Some(revoked) = &known.revoked {
            if revoked.from == from {
                return Ok(Decision::events([]));
            }
            // It may end sooner than was said, at any time (Awb 10:8), but never live again.
            if revoked.from < from {
                return Err(Refusal::MandateRevoked { from: revoked.from });
            }
        }
        clear_line("reden", &reason, POWER_CHARS_MAX)?;
        if from < today {
            return Err(Refusal::RevokedInThePast { from, today });
        }
        Ok(Decision::events([MandateRevoked {
            entry: entry.clone(),
            from,
            reason,
        }
        .into()]))
    }

    /// Folds one recorded fact. Facts of other streams change nothing.
    #[must_use]
    pub fn evolve(mut self, event: &Event) -> Self {
        match event {
            Event::MandateGranted(granted) => {
                let version = self
                    .entries
                    .get(&granted.entry)
                    .map_or(1, |known| known.version + 1);
                self.entries.insert(
                    granted.entry.clone(),
                    Entry {
                        version,
                        limits: granted.limits.clone(),
                        revoked: None,
                    },
                );
            }
            Event::MandateRevoked(revoked) => {
                if let Some(known) = self.entries.get_mut(&revoked.entry) {
                    known.version += 1;
                    known.revoked = Some(Revocation {
                        from: revoked.from,
                        reason: revoked.reason.clone(),
                    });
                }
            }
            Event::RequestImported(_)
            | Event::RequestSubmitted(_)
            | Event::RequestPlaced(_)
            | Event::TermSet(_)
            | Event::RequestAssigned(_)
            | Event::RequestDecided(_)
            | Event::DecisionRefused(_)
            | Event::MandateStated(_)
            | Event::RequestEscalated(_)
            | Event::EscalationReturned(_)
            | Event::RequestResolved(_)
            | Event::RequestReopened(_)
            | Event::RequestWithdrawn(_)
            | Event::FactCorrected(_)
            | Event::WijkListed(_)
            | Event::ServicenormSet(_)
            | Event::PersonErased(_) => {}
        }
        self
    }

    /// One entry.
    pub fn get(&self, entry: &MandateId) -> Option<&Entry> {
        self.entries.get(entry)
    }

    /// Every entry, by id.
    pub fn iter(&self) -> impl Iterator<Item = (&MandateId, &Entry)> {
        self.entries.iter()
    }

    /// The entry an act rests on: the one that was named, else the one that covers it.
    ///
    /// Without a name the tightest entry that passes every check is taken (lowest ceiling, then id),
    /// else the one of the same holder that fails last, so that its refusal says most.
    pub fn find(
        &self,
        named: Option<&MandateId>,
        act: &Act<'_>,
    ) -> Result<(&MandateId, &Entry, Vec<Check>), Refusal> {
        if let Some(named) = named {
            let (id, entry) =
                self.entries
                    .get_key_value(named)
                    .ok_or_else(|| Refusal::UnknownMandate {
                        entry: named.clone(),
                    })?;
            return Ok((id, entry, entry.check(act)));
        }
        self.entries
            .iter()
            .map(|(id, entry)| (id, entry, entry.check(act)))
            .filter(|(_, entry, _)| entry.limits.holder == *act.function)
            .max_by_key(|(id, entry, checks)| {
                let held = checks.iter().take_while(|check| check.passed()).count();
                let open_ceiling = entry
                    .limits
                    .ceiling_cents
                    .map_or(i64::MAX, |ceiling| ceiling.0);
                let whole = first_failure(checks).is_none();
                // Among those that cover the act the tightest; among those that do not, the widest.
                (
                    held,
                    if whole { -open_ceiling } else { open_ceiling },
                    std::cmp::Reverse((*id).clone()),
                )
            })
            .ok_or_else(|| Refusal::NoMandate {
                function: act.function.clone(),
            })
    }
}
