//! The rules of a mapping: which records make which facts.

use casework::Function;
use casework::event::{Ground, Outcome, ReopenCause};

use super::Lookup;
use crate::record::{Attributes, Column};

/// Which records something holds for: one of the activities, and all of the conditions.
#[derive(Debug, Clone, Default)]
pub struct Match {
    /// Any of these. Empty: whatever the activity.
    pub activities: Vec<String>,
    /// Each of these columns has one of these values.
    pub when: Vec<(Column, Vec<String>)>,
}

impl Match {
    /// Whether it holds.
    pub fn holds(&self, activity: &str, case: &Attributes, event: &Attributes) -> bool {
        (self.activities.is_empty() || self.activities.iter().any(|known| known == activity))
            && self.when.iter().all(|(column, values)| {
                column
                    .of(case, Some(event))
                    .is_some_and(|value| values.iter().any(|known| known == value))
            })
    }
}

/// What makes a fact happen.
#[derive(Debug, Clone)]
pub enum Trigger {
    /// A record like this.
    Record(Match),
    /// Another known value of this column than the record before it in the case has.
    Change(Column),
    /// The case itself, once, where its time is known.
    Case,
}

/// What a fact says beyond that it happened.
#[derive(Debug, Clone)]
pub enum Says {
    /// A request came in. The words and the place of it.
    Submitted {
        /// The column with the requester's words.
        words: Option<Column>,
        /// The column with the exact place.
        place: Option<Column>,
    },
    /// Somebody got it.
    Assigned {
        /// The function; else the mapping's own for the record.
        to: Option<Lookup<Function>>,
        /// The column whose change it is, holding the person.
        person: Option<Column>,
    },
    /// It was decided.
    Decided {
        /// What it came to, where no answer before it says so.
        outcome: Outcome,
        /// The column with the motivation.
        motivation: Option<Column>,
    },
    /// Whether the next decision is under mandate.
    MandateStated {
        /// As the record says.
        under_mandate: bool,
    },
    /// It went up, or elsewhere.
    Escalated {
        /// To whom.
        to: Option<Lookup<Function>>,
        /// Why.
        ground: Ground,
        /// The column with what is asked.
        question: Option<Column>,
    },
    /// It came back.
    Returned {
        /// From whom.
        from: Option<Lookup<Function>>,
        /// The column with the instruction.
        instruction: Option<Column>,
    },
    /// It was done.
    Resolved {
        /// The column with the closing message.
        message: Option<Column>,
    },
    /// It was opened again.
    Reopened {
        /// Why.
        cause: ReopenCause,
        /// The column with the explanation.
        explanation: Option<Column>,
    },
    /// It was withdrawn.
    Withdrawn {
        /// The column with the reason.
        reason: Option<Column>,
    },
}

/// One rule.
#[derive(Debug, Clone)]
pub struct Rule {
    /// The name of the fact, part of its event id: never change one that was imported with.
    pub name: String,
    /// When it applies.
    pub trigger: Trigger,
    /// The column of its time, where that is not the record's own.
    pub time: Option<Column>,
    /// What it says.
    pub says: Says,
}
