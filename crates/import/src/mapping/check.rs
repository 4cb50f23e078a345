//! From the file as written to a mapping that can be worked with. Each error names its part.

use std::collections::BTreeMap;

use casework::event::{Outcome, RequesterKind};
use casework::{Domain, Function};

use super::file::{Actor, Answer, File, Ignore, OneOrMore, TimesTable, Value, Wijk};
use super::lookup::FromWords;
use super::{ActorColumn, Lookup, Mapping, Match, Template};
use crate::read::Layout;
use crate::record::Column;
use crate::times::Times;

mod rules;

use rules::rules;

/// A mapping, or what is wrong with it.
pub(super) fn check(file: File) -> Result<Mapping, String> {
    check_source(&file.source)?;
    let layout = layout(&file)?;
    let term = file.term.map(|term| {
        let column = column("term.column", &term.column)?;
        Ok::<_, String>((column, term.clock))
    });
    Ok(Mapping {
        source: file.source,
        layout,
        activity: columns("columns.activity", file.columns.activity)?,
        record: optional("columns.record", file.columns.record)?,
        time: column("columns.time", &file.columns.time)?,
        times: times(file.times)?,
        unknown: file.unknown,
        actor: file.actor.map(actor).transpose()?,
        function: functions("function", file.function)?,
        wijk: file.wijk.map(wijk).transpose()?,
        domain: file
            .domain
            .map(|value| lookup::<Domain>("domain", value))
            .transpose()?,
        kind: file.kind.map(|value| lookup("kind", value)).transpose()?,
        channel: file
            .channel
            .map(|value| lookup("channel", value))
            .transpose()?,
        requester: file.requester.unwrap_or(RequesterKind::Unknown),
        term: term.transpose()?,
        rules: rules(file.fact)?,
        outcomes: outcomes(file.outcome)?,
        ignored: ignored(file.ignore)?,
    })
}

fn actor(actor: Actor) -> Result<ActorColumn, String> {
    Ok(ActorColumn {
        column: column("actor.column", &actor.column)?,
        pseudonymous: actor.pseudonymous,
    })
}

fn wijk(wijk: Wijk) -> Result<(Column, Template), String> {
    Ok((
        column("wijk.column", &wijk.column)?,
        Template::parse(&wijk.template)?,
    ))
}

fn outcomes(answers: Vec<Answer>) -> Result<Vec<(Match, Outcome)>, String> {
    let checked = answers.into_iter().enumerate().map(|(nth, answer)| {
        let part = format!("outcome {}", nth + 1);
        let matching = matching(&part, answer.activities, answer.when)?;
        Ok((matching, answer.outcome))
    });
    checked.collect()
}

fn ignored(ignores: Vec<Ignore>) -> Result<Vec<(Match, String)>, String> {
    let checked = ignores.into_iter().enumerate().map(|(nth, ignore)| {
        let part = format!("ignore {}", nth + 1);
        if ignore.reason.trim().is_empty() {
            return Err(format!("{part}: give a reason"));
        }
        let matching = matching(&part, ignore.activities, ignore.when)?;
        Ok((matching, ignore.reason))
    });
    checked.collect()
}

fn check_source(source: &str) -> Result<(), String> {
    let good = (1..=64).contains(&source.len())
        && source
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if good {
        Ok(())
    } else {
        Err(format!(
            "source `{source}`: use lower case letters, digits and '-', at most 64"
        ))
    }
}

fn layout(file: &File) -> Result<Layout, String> {
    let delimiter = match file.delimiter {
        None => b',',
        Some(delimiter) => u8::try_from(delimiter)
            .ok()
            .filter(|byte| byte.is_ascii() && !matches!(byte, b'"' | b'\n' | b'\r'))
            .ok_or_else(|| {
                format!("delimiter `{delimiter}`: use one ASCII character, such as ';'")
            })?,
    };
    Ok(Layout {
        format: file.format,
        case: column("columns.case", &file.columns.case)?,
        delimiter,
        records: file.records.clone(),
    })
}

fn times(table: TimesTable) -> Result<Times, String> {
    let columns = table
        .columns
        .into_iter()
        .map(|(name, precise)| Ok((column("times.columns", &name)?, precise)))
        .collect::<Result<BTreeMap<_, _>, String>>()?;
    Times::new(
        table.zone.as_deref(),
        table.formats,
        table.precision,
        columns,
    )
}

fn column(part: &str, text: &str) -> Result<Column, String> {
    let column = Column::parse(text);
    let (Column::Case(name) | Column::Event(name)) = &column;
    if name.trim().is_empty() {
        return Err(format!("{part}: `{text}` names no column"));
    }
    Ok(column)
}

fn optional(part: &str, text: Option<String>) -> Result<Option<Column>, String> {
    text.map(|text| column(part, &text)).transpose()
}

fn columns(part: &str, texts: OneOrMore) -> Result<Vec<Column>, String> {
    let texts = texts.into_vec();
    if texts.is_empty() {
        return Err(format!("{part}: name at least one column"));
    }
    texts.iter().map(|text| column(part, text)).collect()
}

fn lookup<T: FromWords>(part: &str, value: Value<T>) -> Result<Lookup<T>, String> {
    match (value.value, value.column) {
        (Some(always), None) if value.values.is_empty() && value.otherwise.is_none() => {
            Ok(Lookup::Always(always))
        }
        (None, Some(name)) => Ok(Lookup::Column {
            column: column(part, &name)?,
            values: value.values,
            otherwise: value.otherwise,
        }),
        _ => Err(format!(
            "{part}: give either `value`, or `column` with `values` and `otherwise` as needed"
        )),
    }
}

fn functions(part: &str, value: Option<Value<String>>) -> Result<Option<Lookup<Function>>, String> {
    let Some(value) = value else {
        return Ok(None);
    };
    let function = |text: String| Function::new(&text).map_err(|error| format!("{part}: {error}"));
    let value = Value {
        value: value.value.map(function).transpose()?,
        column: value.column,
        values: value
            .values
            .into_iter()
            .map(|(words, text)| Ok((words, function(text)?)))
            .collect::<Result<_, String>>()?,
        otherwise: value.otherwise.map(function).transpose()?,
    };
    lookup(part, value).map(Some)
}

fn matching(
    part: &str,
    activities: Vec<String>,
    when: BTreeMap<String, OneOrMore>,
) -> Result<Match, String> {
    if activities.is_empty() && when.is_empty() {
        return Err(format!(
            "{part}: without `activities` or `when` it would hold for every record"
        ));
    }
    if activities.iter().any(|activity| activity.trim().is_empty()) {
        return Err(format!("{part}: an activity is empty"));
    }
    let when = when
        .into_iter()
        .map(|(name, values)| {
            let values = values.into_vec();
            if values.is_empty() {
                return Err(format!("{part}: `when.\"{name}\"` has no values"));
            }
            Ok((column(part, &name)?, values))
        })
        .collect::<Result<_, String>>()?;
    Ok(Match { activities, when })
}
