//! Adding requests up: per wijk and domain, per wijk, per domain, and all.

use std::collections::BTreeMap;

use casework::event::{Ground, Outcome};
use casework::{Domain, WijkCode};
use jiff::Timestamp;

use super::definition;
use super::life::{Account, Took};
use super::period::Period;
use super::quantile;
use crate::document::{
    DomainFigures, Durations, Escalations, Figures, OpenAtEnd, OutcomeFigures, PeriodDocument,
    Report, UnderMandate, WijkDomainFigures, WijkFigures,
};

/// Every group that a report shows.
#[derive(Debug, Default)]
pub(super) struct Tallies {
    overall: Tally,
    by_wijk: BTreeMap<UnknownLast<WijkCode>, Tally>,
    by_domain: BTreeMap<UnknownLast<Domain>, Tally>,
    by_both: BTreeMap<(UnknownLast<WijkCode>, UnknownLast<Domain>), Tally>,
}

/// A value that may be unknown, which then comes after all known ones.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum UnknownLast<T> {
    Known(T),
    Unknown,
}

impl<T: Clone> UnknownLast<T> {
    fn of(value: Option<&T>) -> Self {
        value.map_or(Self::Unknown, |value| Self::Known(value.clone()))
    }

    fn known(self) -> Option<T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Unknown => None,
        }
    }
}

impl Tallies {
    pub(super) fn add(&mut self, account: &Account) {
        if !account.counts() {
            return;
        }
        let wijk = UnknownLast::of(account.place.wijk.as_ref());
        let domain = UnknownLast::of(account.place.domain.as_ref());
        self.overall.add(account);
        self.by_wijk.entry(wijk.clone()).or_default().add(account);
        self.by_domain
            .entry(domain.clone())
            .or_default()
            .add(account);
        self.by_both.entry((wijk, domain)).or_default().add(account);
    }

    pub(super) fn into_report(
        self,
        period: &Period,
        position: i64,
        recorded_at: Option<Timestamp>,
    ) -> Report {
        Report {
            period: PeriodDocument {
                name: period.name().to_owned(),
                from: period.from(),
                until: period.until(),
            },
            definition_version: definition::VERSION.to_owned(),
            population: definition::POPULATION.to_owned(),
            definitions: definition::DEFINITIONS.to_vec(),
            position,
            recorded_at,
            overall: self.overall.into_figures(),
            by_wijk: self
                .by_wijk
                .into_iter()
                .map(|(wijk, tally)| WijkFigures {
                    wijk: wijk.known(),
                    figures: tally.into_figures(),
                })
                .collect(),
            by_domain: self
                .by_domain
                .into_iter()
                .map(|(domain, tally)| DomainFigures {
                    domain: domain.known(),
                    figures: tally.into_figures(),
                })
                .collect(),
            by_wijk_and_domain: self
                .by_both
                .into_iter()
                .map(|((wijk, domain), tally)| WijkDomainFigures {
                    wijk: wijk.known(),
                    domain: domain.known(),
                    figures: tally.into_figures(),
                })
                .collect(),
        }
    }
}

impl Account {
    /// Whether it adds anything at all: else it would make a row of zeroes for its wijk.
    fn counts(&self) -> bool {
        self.received
            || self.resolved
            || self.withdrawn
            || self.reopened
            || self.open.is_some()
            || self.to_assignment.is_some()
            || self.decided.is_some()
            || !self.grounds.is_empty()
            || self.decisions_refused > 0
    }
}

/// One group.
#[derive(Debug, Default)]
struct Tally {
    received: i64,
    resolved: i64,
    withdrawn: i64,
    reopened: i64,
    age: Measured,
    to_assignment: Measured,
    to_decision: Measured,
    to_resolution: Measured,
    decided: i64,
    outcomes: BTreeMap<Outcome, i64>,
    to_outcome: BTreeMap<Outcome, Measured>,
    under_mandate: UnderMandate,
    escalated: i64,
    by_ground: BTreeMap<Ground, i64>,
    decisions_refused: i64,
}

impl Tally {
    fn add(&mut self, account: &Account) {
        self.received += i64::from(account.received);
        self.resolved += i64::from(account.resolved);
        self.withdrawn += i64::from(account.withdrawn);
        self.reopened += i64::from(account.reopened);
        self.age.add(account.open);
        self.to_assignment.add(account.to_assignment);
        self.to_resolution.add(account.to_resolution);
        if let Some((outcome, took)) = account.to_decision {
            self.to_decision.add(Some(took));
            self.to_outcome.entry(outcome).or_default().add(Some(took));
        }
        if let Some((outcome, under_mandate)) = account.decided {
            self.decided += 1;
            *self.outcomes.entry(outcome).or_default() += 1;
            *match under_mandate {
                Some(true) => &mut self.under_mandate.yes,
                Some(false) => &mut self.under_mandate.no,
                None => &mut self.under_mandate.unknown,
            } += 1;
        }
        self.escalated += i64::from(!account.grounds.is_empty());
        for ground in &account.grounds {
            *self.by_ground.entry(*ground).or_default() += 1;
        }
        self.decisions_refused += account.decisions_refused;
    }

    fn into_figures(mut self) -> Figures {
        let outcomes = Outcome::ALL
            .iter()
            .map(|outcome| {
                let figures = OutcomeFigures {
                    count: self.outcomes.get(outcome).copied().unwrap_or_default(),
                    to_decision: self
                        .to_outcome
                        .remove(outcome)
                        .unwrap_or_default()
                        .into_durations(),
                };
                (*outcome, figures)
            })
            .collect();
        Figures {
            received: self.received,
            decided: self.decided,
            resolved: self.resolved,
            withdrawn: self.withdrawn,
            reopened: self.reopened,
            open_at_end: OpenAtEnd {
                count: self.age.count(),
                age: self.age.into_durations(),
            },
            to_assignment: self.to_assignment.into_durations(),
            to_decision: self.to_decision.into_durations(),
            to_resolution: self.to_resolution.into_durations(),
            outcomes,
            under_mandate: self.under_mandate,
            escalated: Escalations {
                count: self.escalated,
                by_ground: self.by_ground,
            },
            decisions_refused: self.decisions_refused,
        }
    }
}

/// Durations of one figure.
#[derive(Debug, Default)]
struct Measured {
    seconds: Vec<i64>,
    excluded: i64,
}

impl Measured {
    fn add(&mut self, took: Option<Took>) {
        match took {
            Some(Took::Seconds(seconds)) => self.seconds.push(seconds),
            Some(Took::Excluded) => self.excluded += 1,
            None => {}
        }
    }

    fn count(&self) -> i64 {
        self.n() + self.excluded
    }

    fn n(&self) -> i64 {
        i64::try_from(self.seconds.len()).unwrap_or(i64::MAX)
    }

    fn into_durations(mut self) -> Durations {
        self.seconds.sort_unstable();
        Durations {
            n: self.n(),
            excluded: self.excluded,
            median: quantile::days(&self.seconds, 5),
            p90: quantile::days(&self.seconds, 9),
        }
    }
}
