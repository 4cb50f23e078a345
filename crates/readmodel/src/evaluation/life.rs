//! What one request amounts to in one period.

use std::collections::BTreeSet;

use casework::event::{Ground, Outcome};
use jiff::Timestamp;

use super::moment::{Happened, Place, What};

/// The period as moments, and the moment at which ages are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) from: Timestamp,
    pub(super) until: Timestamp,
    pub(super) aged_at: Timestamp,
}

impl Window {
    fn holds(&self, at: Timestamp) -> bool {
        self.from <= at && at < self.until
    }
}

/// A request folded in the order in which things happened, ties by version, up to the end of the period.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "one for each figure, and they do not exclude each other"
)]
pub(super) struct Life {
    submitted_at: Option<Timestamp>,
    place: Place,
    /// Where it belonged when it last ended.
    place_at_end: Place,
    ended: bool,
    /// A statement on the mandate that waits for its decision.
    statement: Option<bool>,
    first_assigned_at: Option<Timestamp>,
    first_decided: Option<(Timestamp, Outcome)>,
    /// The last decision in the period, and whether it was under a mandate.
    last_decided: Option<(Outcome, Option<bool>)>,
    resolved: bool,
    /// The last resolution in the period that no reopening in it undid.
    resolved_at: Option<Timestamp>,
    reopened: bool,
    withdrawn: bool,
    grounds: BTreeSet<Ground>,
    decisions_refused: i64,
}

/// What ended in the period, and how long that took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Took {
    /// Whole seconds, floored.
    Seconds(i64),
    /// It has no start, or one after its end.
    Excluded,
}

/// What one request adds to the figures.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "one for each figure, and they do not exclude each other"
)]
pub(super) struct Account {
    pub(super) place: Place,
    pub(super) received: bool,
    pub(super) resolved: bool,
    pub(super) withdrawn: bool,
    pub(super) reopened: bool,
    /// Its age, if it is open at the end.
    pub(super) open: Option<Took>,
    pub(super) to_assignment: Option<Took>,
    /// With the outcome of that first decision.
    pub(super) to_decision: Option<(Outcome, Took)>,
    pub(super) to_resolution: Option<Took>,
    /// Outcome of the last decision in the period, and whether it was under a mandate.
    pub(super) decided: Option<(Outcome, Option<bool>)>,
    pub(super) grounds: BTreeSet<Ground>,
    pub(super) decisions_refused: i64,
}

impl Life {
    /// Takes in what happened next; nothing at or after the end of the period may be given.
    pub(super) fn fold(&mut self, window: &Window, happened: &Happened) {
        let at = happened.at;
        let counts = window.holds(at);
        match &happened.what {
            What::Imported(place) => self.place = place.clone(),
            What::Submitted(place) => {
                if self.submitted_at.is_none() {
                    self.submitted_at = Some(at);
                    self.place = place.clone();
                }
            }
            What::Placed(place) => {
                self.place.wijk.clone_from(&place.wijk);
                self.place.domain = place.domain;
            }
            What::Assigned => self.first_assigned_at = self.first_assigned_at.or(Some(at)),
            What::Decided {
                outcome,
                under_mandate,
            } => {
                // A statement is used up by the decision that follows it, and says nothing of later ones.
                let stated = self.statement.take();
                let under_mandate = under_mandate.or(stated);
                self.first_decided = self.first_decided.or(Some((at, *outcome)));
                if counts {
                    self.last_decided = Some((*outcome, under_mandate));
                }
            }
            What::DecisionRefused => self.decisions_refused += i64::from(counts),
            What::MandateStated(under_mandate) => self.statement = Some(*under_mandate),
            What::Escalated(ground) => {
                if counts {
                    self.grounds.insert(*ground);
                }
            }
            What::Returned => {}
            What::Resolved => {
                self.end();
                if counts {
                    self.resolved = true;
                    self.resolved_at = Some(at);
                }
            }
            What::Withdrawn => {
                self.end();
                self.withdrawn |= counts;
            }
            What::Reopened => {
                self.ended = false;
                self.resolved_at = None;
                self.reopened |= counts;
            }
        }
    }

    fn end(&mut self) {
        self.ended = true;
        self.place_at_end = self.place.clone();
    }

    /// What it adds to the figures, once everything before the end of the period was folded.
    pub(super) fn account(self, window: &Window) -> Account {
        let since = |end| took(self.submitted_at, end);
        let in_period = |at: &Timestamp| window.holds(*at);
        Account {
            received: self.submitted_at.as_ref().is_some_and(in_period),
            resolved: self.resolved,
            withdrawn: self.withdrawn,
            reopened: self.reopened,
            open: (!self.ended).then(|| since(window.aged_at)),
            to_assignment: self.first_assigned_at.filter(in_period).map(since),
            to_decision: self
                .first_decided
                .filter(|(at, _)| in_period(at))
                .map(|(at, outcome)| (outcome, since(at))),
            to_resolution: self.resolved_at.map(since),
            decided: self.last_decided,
            grounds: self.grounds,
            decisions_refused: self.decisions_refused,
            place: if self.ended {
                self.place_at_end
            } else {
                self.place
            },
        }
    }
}

/// Whole seconds from start to end, floored, if there is a start and it is not after the end.
fn took(start: Option<Timestamp>, end: Timestamp) -> Took {
    let Some(start) = start else {
        return Took::Excluded;
    };
    let elapsed = end.as_microsecond() - start.as_microsecond();
    if elapsed < 0 {
        return Took::Excluded;
    }
    Took::Seconds(elapsed / 1_000_000)
}

#[cfg(test)]
mod tests;
