//! Facts of a case as a whole: where it comes from, its term, its end.

use casework::event::{RequestImported, TermSet};
use casework::{Event, Placement, WijkCode, WijkSource};

use super::{Fact, Found, Ranked, Read, Reading, software};
use crate::ids::{RecordKey, derived_wijk};
use crate::mapping::Trigger;
use crate::report::{Problem, Report, count};
use crate::spool::Case;
use crate::times::Moment;

impl Reading<'_> {
    /// Facts of the case as a whole, such as its end. At equal times they come after those of records.
    pub(super) fn of_case(&self, case: &Case, found: &mut Found, report: &mut Report) {
        for (nth, rule) in self.mapping.rules.iter().enumerate() {
            let (Trigger::Case, Some(column)) = (&rule.trigger, &rule.time) else {
                continue;
            };
            if let Some(moment) = self.moment(case, None, column, report) {
                let event = self.event(rule, case, None, None, report);
                found.take(self.fact_of_case(case, (&rule.name, nth), moment, event));
            }
        }
    }

    fn fact_of_case(
        &self,
        case: &Case,
        (name, rule): (&str, usize),
        moment: Moment,
        event: Event,
    ) -> Ranked {
        Ranked {
            fact: Fact {
                id: self
                    .key
                    .event(&self.mapping.source, &case.id, RecordKey::Case, 1, name),
                moment,
                actor: software(),
                function: self.function(case, None),
                event,
                record: "case".to_owned(),
                place: case.place,
            },
            order: u64::MAX,
            rule,
        }
    }

    /// The term, set when the request was submitted.
    pub(super) fn term(&self, case: &Case, found: &mut Found, report: &mut Report) {
        let Some((column, clock)) = &self.mapping.term else {
            return;
        };
        let submitted = found
            .facts
            .iter()
            .find(|ranked| matches!(ranked.fact.event, Event::RequestSubmitted(_)));
        let Some((moment, order)) = submitted.map(|ranked| (ranked.fact.moment, ranked.order))
        else {
            return;
        };
        let Some(text) = self.mapping.known(column, &case.attributes, None) else {
            return;
        };
        // A deadline may well lie in the future.
        match self.mapping.times.read(column, text) {
            Ok(end) => {
                let event = TermSet {
                    clock: *clock,
                    end: self.mapping.times.day_of(end),
                    rule: format!("{}/{column}", self.mapping.source),
                    rule_version: 0,
                };
                let rule = self.mapping.rules.len();
                let mut ranked = self.fact_of_case(case, ("term-set", rule), moment, event.into());
                ranked.order = order;
                found.take(ranked);
            }
            Err(problem) => report.problem(Problem {
                place: case.place.to_string(),
                case: case.id.clone(),
                what: format!("column `{column}`: {problem}"),
            }),
        }
    }

    /// Puts where the case comes from before its facts, at the moment of the first of them.
    pub(super) fn imported(
        &self,
        case: &Case,
        records: &[Read<'_>],
        facts: Vec<Fact>,
        report: &mut Report,
    ) -> Vec<Fact> {
        let first = facts.first().map(|fact| fact.moment);
        let Some(moment) = first.or_else(|| records.iter().find_map(|read| read.moment)) else {
            report.problem(Problem {
                place: case.place.to_string(),
                case: case.id.clone(),
                what: "nothing in this case says when anything happened".to_owned(),
            });
            return Vec::new();
        };
        let placement = self.placement(case, report);
        report.derived_wijken += u64::from(placement.source == WijkSource::Derived);
        let event = RequestImported {
            source_name: self.mapping.source.clone(),
            case_number: case.id.clone(),
            placement,
            domain: self.looked_up(self.mapping.domain.as_ref(), case, None, Some(report)),
            request_kind: self.looked_up(self.mapping.kind.as_ref(), case, None, Some(report)),
        };
        let first = self
            .fact_of_case(case, ("imported", 0), moment, event.into())
            .fact;
        std::iter::once(first).chain(facts).collect()
    }

    /// Where a case belongs: as it says, else derived, else unknown.
    pub(super) fn placement(&self, case: &Case, report: &mut Report) -> Placement {
        if let Some((column, template)) = &self.mapping.wijk
            && let Some(value) = self.mapping.known(column, &case.attributes, None)
        {
            match WijkCode::new(&template.fill(value)) {
                Ok(wijk) => {
                    return Placement {
                        wijk: Some(wijk),
                        edition: None,
                        source: WijkSource::Stated,
                    };
                }
                Err(_) => count(&mut report.unknown_values, &format!("{column}: {value}")),
            }
        }
        match derived_wijk(&self.mapping.source, &case.id, self.wijken) {
            Some(wijk) => Placement {
                wijk: Some(wijk.clone()),
                edition: None,
                source: WijkSource::Derived,
            },
            None => Placement::unknown(),
        }
    }
}
