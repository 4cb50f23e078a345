//! Facts of records: what a mapping's rules make of each, in order of time.

use std::collections::HashMap;

use casework::event::Outcome;

use super::{Fact, Found, Ranked, Read, Reading};
use crate::ids::RecordKey;
use crate::mapping::{Match, Rule, Trigger};
use crate::record::Column;
use crate::report::{Problem, Report, count};
use crate::spool::Case;

impl Reading<'_> {
    /// Gathers the facts of all records, and counts the records that make none.
    pub(super) fn by_records(
        &self,
        case: &Case,
        records: &[Read<'_>],
        found: &mut Found,
        report: &mut Report,
    ) {
        let mut answer = None;
        let mut before: HashMap<usize, &str> = HashMap::new();
        for read in records {
            let mut mapped = false;
            for (nth, rule) in self.mapping.rules.iter().enumerate() {
                let applies = match &rule.trigger {
                    Trigger::Record(matching) => {
                        let holds = matching.holds(&read.activity, &case.attributes, read.event);
                        mapped |= holds;
                        holds
                    }
                    Trigger::Change(column) => self.changed(case, read, nth, column, &mut before),
                    Trigger::Case => false,
                };
                if applies {
                    self.fact_of_record(case, read, (nth, rule), answer, found, report);
                }
            }
            let answers = first_match(&self.mapping.outcomes, case, read);
            answer = answers.copied().or(answer);
            if !mapped {
                self.count_unmapped(case, read, answers.is_some(), report);
            }
        }
    }

    fn count_unmapped(&self, case: &Case, read: &Read<'_>, answers: bool, report: &mut Report) {
        if answers {
            count(&mut report.answers, &read.activity);
        } else if let Some(reason) = first_match(&self.mapping.ignored, case, read) {
            count(
                report.ignored.entry(reason.clone()).or_default(),
                &read.activity,
            );
        } else {
            count(&mut report.unmapped, &read.activity);
        }
    }

    /// Whether this record has another known value than the last one that had any. The first only begins.
    fn changed<'r>(
        &self,
        case: &'r Case,
        read: &Read<'r>,
        nth: usize,
        column: &Column,
        before: &mut HashMap<usize, &'r str>,
    ) -> bool {
        if read.moment.is_none() {
            return false;
        }
        let Some(now) = self
            .mapping
            .known(column, &case.attributes, Some(read.event))
        else {
            return false;
        };
        before.insert(nth, now).is_some_and(|last| last != now)
    }

    fn fact_of_record(
        &self,
        case: &Case,
        read: &Read<'_>,
        (nth, rule): (usize, &Rule),
        answer: Option<Outcome>,
        found: &mut Found,
        report: &mut Report,
    ) {
        let moment = match &rule.time {
            None => read.moment,
            Some(column) => self.moment(case, Some(read.record), column, report),
        };
        let problem = |what: String| Problem {
            place: read.record.place.to_string(),
            case: case.id.clone(),
            what,
        };
        let Some(moment) = moment else {
            // A time that is there and wrong is listed already.
            let column = rule.time.as_ref().unwrap_or(&self.mapping.time);
            if self
                .mapping
                .known(column, &case.attributes, Some(read.event))
                .is_none()
            {
                report.problem(problem(format!(
                    "`{}` has no time: column `{column}` is empty",
                    read.activity
                )));
            }
            return;
        };
        let key = self.key_of(case, read.event);
        let id = self.key.event(
            &self.mapping.source,
            &case.id,
            key,
            read.occurrence,
            &rule.name,
        );
        let record = match key {
            RecordKey::Native(id) => id.to_owned(),
            RecordKey::Columns(_) | RecordKey::Case => read.activity.chars().take(200).collect(),
        };
        let new = found.take(Ranked {
            fact: Fact {
                id,
                moment,
                actor: self.actor(case, Some(read.event)),
                function: self.function(case, Some(read.event)),
                event: self.event(rule, case, Some(read.event), answer, report),
                record,
                place: read.record.place,
            },
            order: read.record.order,
            rule: nth,
        });
        if !new {
            report.problem(problem(format!(
                "two rules make a fact `{}` of this record; give one of them a `name` of its own",
                rule.name
            )));
        }
    }
}

fn first_match<'m, T>(list: &'m [(Match, T)], case: &Case, read: &Read<'_>) -> Option<&'m T> {
    list.iter()
        .find(|(matching, _)| matching.holds(&read.activity, &case.attributes, read.event))
        .map(|(_, says)| says)
}
