//! What became of every record: nothing is dropped in silence.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use uuid::Uuid;

/// The most problems that are listed; all are counted.
pub const PROBLEMS_LISTED: usize = 100;

/// The most different activities that are told apart in a list; what is beyond counts as `(others)`.
const ACTIVITIES_LISTED: usize = 10_000;

/// Something in a record that stands in the way of importing it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Where it stands, such as `line 7`.
    pub place: String,
    /// In which case.
    pub case: String,
    /// What is wrong, and what helps.
    pub what: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (case `{}`): {}", self.place, self.case, self.what)
    }
}

/// A record that says something else than when it was imported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Changed {
    /// The stored event.
    pub event: Uuid,
    /// Its kind.
    pub kind: String,
    /// Where the record stands now.
    pub place: String,
    /// In which case.
    pub case: String,
}

/// Counts by a name.
pub type Counts = BTreeMap<String, u64>;

/// What an import found and did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The source, as its mapping names it.
    pub source: String,
    /// Records read; a case without events counts as one.
    pub records: u64,
    /// Cases, each a request.
    pub requests: u64,
    /// Facts found, by the kind of event they become.
    pub facts: Counts,
    /// Events appended by this import, by kind.
    pub appended: Counts,
    /// Events that were there already.
    pub already_there: u64,
    /// Events that happened before something stored earlier.
    pub late: u64,
    /// Records that changed at the source since they were imported.
    pub changed: u64,
    /// The first of these.
    pub changed_list: Vec<Changed>,
    /// Corrections appended for them.
    pub corrected: u64,
    /// Texts left out because the key of their case was destroyed.
    pub texts_withheld: u64,
    /// Records that carry no fact by any rule, by activity.
    pub unmapped: Counts,
    /// Records that carry no fact by decision of the mapping, by reason and activity.
    pub ignored: BTreeMap<String, Counts>,
    /// Records read only for the outcome of a later decision, by activity.
    pub answers: Counts,
    /// Values that a table of the mapping does not have, as `column: value`. They count as unknown.
    pub unknown_values: Counts,
    /// Requests whose wijk was derived from the case id.
    pub derived_wijken: u64,
    /// Cases whose records do not agree on what is known of the case.
    pub varying_cases: u64,
    /// How many records have a problem. Unless it is allowed, one is enough to append nothing.
    pub problem_count: u64,
    /// The first of these.
    pub problems: Vec<Problem>,
}

impl Report {
    /// Counts a problem and lists it while there is room.
    pub(crate) fn problem(&mut self, problem: Problem) {
        self.problem_count += 1;
        if self.problems.len() < PROBLEMS_LISTED {
            self.problems.push(problem);
        }
    }

    /// All events found, whatever their kind.
    pub fn facts_total(&self) -> u64 {
        self.facts.values().sum()
    }

    /// All events appended, whatever their kind.
    pub fn appended_total(&self) -> u64 {
        self.appended.values().sum()
    }
}

/// Adds one to a count.
pub(crate) fn count(counts: &mut Counts, name: &str) {
    if let Some(known) = counts.get_mut(name) {
        *known += 1;
    } else if counts.len() < ACTIVITIES_LISTED {
        counts.insert(name.to_owned(), 1);
    } else {
        *counts.entry("(others)".to_owned()).or_default() += 1;
    }
}
