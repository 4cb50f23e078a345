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

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::fixture::{anna, college, moment};

    fn promised<const N: usize>(days: [u16; N]) -> Norms {
        days.into_iter().fold(Norms::default(), |norms, days| {
            let domain = Domain::Sociaal;
            norms.evolve(&ServicenormSet { domain, days }.into())
        })
    }

    #[test]
    fn a_promise_is_of_a_day_to_two_years() {
        for days in [1, 730] {
            let decision = Norms::default().set(&college(), Domain::Sociaal, days);
            let domain = Domain::Sociaal;
            let set = ServicenormSet { domain, days };
            assert_eq!(decision, Ok(Decision::events([set.into()])));
        }
        for days in [0, 731] {
            assert_eq!(
                Norms::default().set(&college(), Domain::Sociaal, days),
                Err(Refusal::ImpossibleNorm { days })
            );
        }
    }

    #[test]
    fn the_same_promise_again_writes_nothing_and_a_regisseur_promises_none() {
        let norms = promised([14]);
        assert_eq!(
            norms.set(&college(), Domain::Sociaal, 14),
            Ok(Decision::events([]))
        );
        let refusal = norms.set(&anna(), Domain::Sociaal, 7).unwrap_err();
        assert_eq!(refusal.code(), "may-not");
    }

    #[test]
    fn a_term_tells_its_last_day_and_the_version_of_its_rule() {
        // The last quarter of an hour of 27 March: the clock goes forward on the 29th.
        let at = moment("2026-03-27T23:45:00+01:00");
        let term = promised([7, 14]).term(Some(Domain::Sociaal), at).unwrap();
        assert_eq!(term.end, date(2026, 4, 10));
        assert_eq!(term.rule, "servicenorm/sociaal");
        assert_eq!(term.rule_version, 2);
    }

    #[test]
    fn without_a_domain_or_a_promise_there_is_no_term() {
        let at = moment("2026-03-10T10:00:00+01:00");
        assert_eq!(promised([7]).term(None, at), None);
        assert_eq!(promised([7]).term(Some(Domain::Veiligheid), at), None);
    }
}
