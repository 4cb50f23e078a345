//! The `[[fact]]` tables: which keys each kind of fact takes, and what it cannot do without.

use std::collections::BTreeSet;

use super::{functions, matching, optional};
use crate::mapping::file::{Fact, FactKind};
use crate::mapping::{Rule, Says, Trigger};
use crate::record::Column;

pub(super) fn rules(facts: Vec<Fact>) -> Result<Vec<Rule>, String> {
    if facts.is_empty() {
        return Err("no [[fact]]: nothing would be imported".to_owned());
    }
    let mut of_case = BTreeSet::new();
    facts
        .into_iter()
        .enumerate()
        .map(|(nth, fact)| {
            let part = format!("fact {} ({})", nth + 1, fact.fact.word());
            let rule = rule(&part, fact)?;
            if matches!(rule.trigger, Trigger::Case) && !of_case.insert(rule.name.clone()) {
                return Err(format!(
                    "{part}: a second fact of the case has this name; give it a `name` of its own"
                ));
            }
            Ok(rule)
        })
        .collect()
}

fn rule(part: &str, fact: Fact) -> Result<Rule, String> {
    for (given, word, kinds) in extras(&fact) {
        if given && !kinds.contains(&fact.fact) {
            return Err(format!("{part}: `{word}` says nothing about this fact"));
        }
    }
    let time = optional(part, fact.time.clone())?;
    let change = optional(part, fact.changes_of.clone())?;
    let plain = fact.activities.is_empty() && fact.when.is_empty();
    let (trigger, otherwise) = match (change.clone(), fact.of_case) {
        (Some(_), true) => return Err(format!("{part}: it is either `of_case` or `changes_of`")),
        (Some(column), false) if plain => (
            Trigger::Change(column),
            format!("{}-by-change", fact.fact.word()),
        ),
        (None, true) if plain => {
            if !matches!(time, Some(Column::Case(_))) {
                return Err(format!(
                    "{part}: a fact of the case needs `time = \"case:…\"`"
                ));
            }
            (Trigger::Case, format!("{}-of-case", fact.fact.word()))
        }
        (None, false) => {
            let matching = matching(part, fact.activities.clone(), fact.when.clone())?;
            (Trigger::Record(matching), fact.fact.word().to_owned())
        }
        _ => {
            return Err(format!(
                "{part}: with `of_case` or `changes_of` there is no place for `activities` and `when`"
            ));
        }
    };
    let name = fact.name.clone().unwrap_or(otherwise);
    if name.trim().is_empty() {
        return Err(format!("{part}: `name` is empty"));
    }
    Ok(Rule {
        name,
        trigger,
        time,
        says: says(part, fact, change)?,
    })
}

/// The keys that belong to some facts only, and whether they are given.
fn extras(fact: &Fact) -> [(bool, &'static str, &'static [FactKind]); 6] {
    use FactKind::{Assigned, Decided, Escalated, MandateStated, Reopened, Returned, Submitted};
    [
        (
            fact.under_mandate.is_some(),
            "under_mandate",
            &[MandateStated],
        ),
        (fact.ground.is_some(), "ground", &[Escalated]),
        (fact.cause.is_some(), "cause", &[Reopened]),
        (fact.to.is_some(), "to", &[Assigned, Escalated, Returned]),
        (fact.outcome.is_some(), "outcome", &[Decided]),
        (fact.place.is_some(), "place", &[Submitted]),
    ]
}

fn says(part: &str, fact: Fact, change: Option<Column>) -> Result<Says, String> {
    let needs = |key: &str| format!("{part}: it needs `{key}`");
    let text = optional(part, fact.text)?;
    let to = functions(part, fact.to)?;
    Ok(match fact.fact {
        FactKind::Submitted => Says::Submitted {
            words: text,
            place: optional(part, fact.place)?,
        },
        FactKind::Assigned | FactKind::MandateStated if text.is_some() => {
            return Err(format!("{part}: `text` says nothing about this fact"));
        }
        FactKind::Assigned => Says::Assigned { to, person: change },
        FactKind::Decided => Says::Decided {
            outcome: fact.outcome.unwrap_or(casework::event::Outcome::Unknown),
            motivation: text,
        },
        FactKind::MandateStated => Says::MandateStated {
            under_mandate: fact.under_mandate.ok_or_else(|| needs("under_mandate"))?,
        },
        FactKind::Escalated => Says::Escalated {
            to,
            ground: fact.ground.ok_or_else(|| needs("ground"))?,
            question: text,
        },
        FactKind::Returned => Says::Returned {
            from: to,
            instruction: text,
        },
        FactKind::Resolved => Says::Resolved { message: text },
        FactKind::Reopened => Says::Reopened {
            cause: fact.cause.ok_or_else(|| needs("cause"))?,
            explanation: text,
        },
        FactKind::Withdrawn => Says::Withdrawn { reason: text },
    })
}
