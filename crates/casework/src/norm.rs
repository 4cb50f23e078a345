//! Service promises per domain: how many days a requester may wait. Rules as a stream.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::ToSpan;

use crate::event::{Clock, Event, ServicenormSet, TermSet};
use crate::{By, Decision, Domain, Function, Refusal, day};

/// The promises in force.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Norms {
    version: i64,
    days: BTreeMap<Domain, u16>,
}

impl Norms {
    /// The kind and id of its stream.
    pub const STREAM: (&'static str, &'static str) = ("rule", "servicenorm");

    /// Promises a number of calendar days for a domain, for requests submitted from now on.
    pub fn set(&self, by: &By, domain: Domain, days: u16) -> Result<Decision, Refusal> {
        if !by.holds(Function::keeps_the_registers) {
            return Err(Refusal::MayNot {
                needed: "college, burgemeester of mandaatbeheer",
            });
        }
        if !(1..=730).contains(&days) {
            return Err(Refusal::ImpossibleNorm { days });
        }
        if self.days.get(&domain) == Some(&days) {
            return Ok(Decision::events([]));
        }
        Ok(Decision::events([ServicenormSet { domain, days }.into()]))
    }

    /// Folds one recorded fact. Facts of other streams change nothing.
    #[must_use]
    pub fn evolve(mut self, event: &Event) -> Self {
        if let Event::ServicenormSet(set) = event {
            self.version += 1;
            self.days.insert(set.domain, set.days);
        }
        self
    }

    /// The term a request submitted at `at` gets, where its domain has a promise.
    ///
    /// The last day is the Dutch day of submission plus the promised calendar days.
    pub fn term(&self, domain: Option<Domain>, at: Timestamp) -> Option<TermSet> {
        let domain = domain?;
        let days = self.days.get(&domain)?;
        Some(TermSet {
            clock: Clock::Servicenorm,
            end: day::of(at).saturating_add(i64::from(*days).days()),
            rule: format!("servicenorm/{domain}"),
            rule_version: self.version,
        })
    }
}
