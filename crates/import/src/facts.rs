//! From the records of one case to its facts, in order of occurred time, ties by file order.

use std::collections::{HashMap, HashSet};

use casework::{Actor, Event, Function, RequestId, StaffId, WijkCode};
use jiff::Timestamp;
use uuid::Uuid;

use crate::ids::{ImportKey, RecordKey};
use crate::mapping::{FromWords, Lookup, Mapping, NotInTable};
use crate::record::{Attributes, Column, Place, Record};
use crate::report::{Problem, Report, count};
use crate::spool::Case;
use crate::times::Moment;

mod case;
mod records;
mod says;
mod written;

pub use written::Written;
pub(crate) use written::write_down;

/// One fact of a case, ready to be appended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// The id of the event it becomes.
    pub id: Uuid,
    /// When it happened.
    pub moment: Moment,
    /// Who did it.
    pub actor: Actor,
    /// In which function, as far as the source says.
    pub function: Option<Function>,
    /// What happened.
    pub event: Event,
    /// The record's own id, or its activity where it has none.
    pub record: String,
    /// Where the record stands.
    pub place: Place,
}

/// A case with its facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseFacts {
    /// The case's id at the source.
    pub case: String,
    /// The request it becomes.
    pub request: RequestId,
    /// Its facts in order, `request-imported` first. Empty when no time is known at all.
    pub facts: Vec<Fact>,
}

/// What is needed to read facts beside the records.
pub struct Reading<'a> {
    /// The mapping.
    pub mapping: &'a Mapping,
    /// The tenant's key for ids.
    pub key: &'a ImportKey,
    /// The wijken that a case without one is given to; sorted, without repetitions.
    pub wijken: &'a [WijkCode],
    /// Now: what lies later cannot have happened.
    pub now: Timestamp,
}

/// A record with what was worked out of it.
pub(crate) struct Read<'r> {
    record: &'r Record,
    event: &'r Attributes,
    activity: String,
    moment: Option<Moment>,
    occurrence: u64,
}

/// A fact with what decides its place among others of the same moment.
struct Ranked {
    fact: Fact,
    order: u64,
    rule: usize,
}

/// The facts of a case as they are found, one for each event id.
#[derive(Default)]
struct Found {
    facts: Vec<Ranked>,
    ids: HashSet<Uuid>,
}

impl Found {
    /// Takes a fact; false when there is one with its id already.
    fn take(&mut self, ranked: Ranked) -> bool {
        let new = self.ids.insert(ranked.fact.id);
        if new {
            self.facts.push(ranked);
        }
        new
    }

    fn in_order(mut self) -> Vec<Fact> {
        self.facts
            .sort_by_key(|ranked| (ranked.fact.moment.at, ranked.order, ranked.rule));
        self.facts.into_iter().map(|ranked| ranked.fact).collect()
    }
}

impl Reading<'_> {
    /// Reads the facts of one case, and counts in `report` what became of each record.
    pub fn facts(&self, case: &Case, report: &mut Report) -> CaseFacts {
        report.requests += 1;
        report.varying_cases += u64::from(case.attributes_vary);
        let records = self.read(case, report);
        let mut found = Found::default();
        self.by_records(case, &records, &mut found, report);
        self.of_case(case, &mut found, report);
        self.term(case, &mut found, report);
        let facts = found.in_order();
        let mut facts = self.imported(case, &records, facts, report);
        let request = self.key.request(&self.mapping.source, &case.id);
        facts.retain(
            |fact| match write_down(&self.mapping.source, request, fact) {
                Ok(_) => true,
                Err(what) => {
                    report.problem(Problem {
                        place: fact.place.to_string(),
                        case: case.id.chars().take(80).collect(),
                        what,
                    });
                    false
                }
            },
        );
        for fact in &facts {
            count(&mut report.facts, fact.event.kind());
        }
        CaseFacts {
            case: case.id.clone(),
            request,
            facts,
        }
    }

    /// Works out activity, time and occurrence of each record, in order of time, then file.
    fn read<'r>(&self, case: &'r Case, report: &mut Report) -> Vec<Read<'r>> {
        let mut seen: HashMap<[u8; 32], u64> = HashMap::new();
        let mut records = Vec::with_capacity(case.records.len());
        for record in &case.records {
            let Some(event) = &record.attributes else {
                continue;
            };
            let occurrence = seen
                .entry(self.key.record_tag(self.key_of(case, event)))
                .or_default();
            *occurrence += 1;
            records.push(Read {
                record,
                event,
                activity: self.mapping.activity_of(&case.attributes, event),
                moment: self.moment(case, Some(record), &self.mapping.time, report),
                occurrence: *occurrence,
            });
        }
        records.sort_by_key(|read| (read.moment.map(|moment| moment.at), read.record.order));
        records
    }

    fn key_of<'e>(&self, case: &'e Case, event: &'e Attributes) -> RecordKey<'e> {
        let native = self.mapping.record.as_ref();
        match native.and_then(|column| self.mapping.known(column, &case.attributes, Some(event))) {
            Some(id) => RecordKey::Native(id),
            None => RecordKey::Columns(event),
        }
    }

    /// The time in a column; none where there is none, or where it is a problem, which is listed.
    fn moment(
        &self,
        case: &Case,
        record: Option<&Record>,
        column: &Column,
        report: &mut Report,
    ) -> Option<Moment> {
        let event = record.and_then(|record| record.attributes.as_ref());
        let text = self.mapping.known(column, &case.attributes, event)?;
        let what = match self.mapping.times.read(column, text) {
            Ok(moment) if moment.at <= self.now => return Some(moment),
            Ok(_) => format!("`{text}` lies in the future"),
            Err(problem) => problem.to_string(),
        };
        report.problem(Problem {
            place: record.map_or(case.place, |record| record.place).to_string(),
            case: case.id.clone(),
            what: format!("column `{column}`: {what}"),
        });
        None
    }

    fn actor(&self, case: &Case, event: Option<&Attributes>) -> Actor {
        let named = self.mapping.actor.as_ref().and_then(|actor| {
            let words = self.mapping.known(&actor.column, &case.attributes, event)?;
            Some(self.staff(words, actor.pseudonymous))
        });
        named.map_or_else(software, Actor::Staff)
    }

    /// A pseudonym stays as it is; anything else, and what is no id, becomes one.
    fn staff(&self, words: &str, pseudonymous: bool) -> StaffId {
        let as_it_is = if pseudonymous {
            StaffId::new(words).ok()
        } else {
            None
        };
        as_it_is.unwrap_or_else(|| self.key.pseudonym(&self.mapping.source, words))
    }

    /// What a lookup says; a value its table does not have is counted and stays unknown.
    fn looked_up<T: Clone + FromWords>(
        &self,
        lookup: Option<&Lookup<T>>,
        case: &Case,
        event: Option<&Attributes>,
        report: Option<&mut Report>,
    ) -> Option<T> {
        match lookup?.of(&case.attributes, event, &self.mapping.unknown) {
            Ok(value) => value,
            Err(NotInTable { column, value }) => {
                if let Some(report) = report {
                    count(&mut report.unknown_values, &format!("{column}: {value}"));
                }
                None
            }
        }
    }
}

/// Who does what nobody is named for.
fn software() -> Actor {
    Actor::System("import".to_owned())
}

#[cfg(test)]
mod tests;
