//! A dossier as steps to read.

use casework::area::Areas;
use readmodel::document::{DossierDocument, Field, FieldValue, Step};

use super::{queue, step};
use crate::screen;
use crate::words;

/// Where the text below a step begins.
const INDENT: &str = "    ";

/// The whole dossier.
pub(crate) fn dossier(dossier: &DossierDocument, areas: &Areas) -> String {
    let mut text = super::incomplete(dossier.incomplete) + &head(dossier, areas);
    for step in &dossier.steps {
        text.push('\n');
        text.push_str(&one(step));
    }
    text
}

fn head(dossier: &DossierDocument, areas: &Areas) -> String {
    let state = &dossier.state;
    let wijk = state.wijk.as_ref().map_or_else(
        || "nog onbekend".to_owned(),
        |wijk| queue::named(wijk, areas),
    );
    let mut lines = vec![
        format!("Dossier {}", dossier.request),
        format!(
            "Wijk {wijk}; domein {}; ingediend op {}.",
            state.domain.map_or("nog onbekend", words::domain),
            state
                .submitted_at
                .map_or_else(|| "een onbekend moment".to_owned(), words::moment)
        ),
    ];
    let mut standing = format!("Stand: {}", words::state(&state.state));
    if let Some(outcome) = state.outcome {
        standing.push_str("; besluit: ");
        standing.push_str(words::outcome(outcome));
        standing.push_str(match state.under_mandate {
            Some(true) => ", onder mandaat",
            Some(false) => ", niet onder mandaat",
            None => ", niet bekend of dat onder mandaat was",
        });
    }
    standing.push('.');
    lines.push(standing);
    if let Some(origin) = &dossier.imported_from {
        lines.push(format!(
            "Bron: {}, zaak {}.",
            origin.source, origin.case_number
        ));
    }
    lines.iter().map(|line| screen::wrapped("", line)).collect()
}

fn one(step: &Step) -> String {
    let said = step::say(&step.content);
    let happened = if step.precision == "day" {
        format!("{}      ", words::day_of(step.occurred_at))
    } else {
        words::moment(step.occurred_at)
    };
    let number = format!("{:>2}. {happened}  ", step.version);
    let sentence = screen::wrapped(&" ".repeat(number.chars().count()), &said.sentence);
    let mut text = format!("{number}{}", sentence.trim_start());
    let behalf = step
        .on_behalf_of
        .as_ref()
        .map(|who| format!(" namens {who}"))
        .unwrap_or_default();
    let source = step
        .source
        .as_ref()
        .map(|source| format!("; bron {}, record {}", source.name, source.record))
        .unwrap_or_default();
    text.push_str(&screen::wrapped(
        INDENT,
        &format!(
            "Door {}{behalf}; vastgelegd {}, positie {}{source}.",
            step.actor,
            words::moment(step.recorded_at),
            step.position
        ),
    ));
    for line in said.lines {
        text.push_str(&screen::wrapped(INDENT, &line));
    }
    for field in &step.fields {
        text.push_str(&screen::wrapped(INDENT, &written(field)));
    }
    for anomaly in &step.anomalies {
        text.push_str(&screen::wrapped(
            INDENT,
            &format!("! Let op: {}.", words::anomaly(&anomaly.code)),
        ));
    }
    text
}

/// What somebody wrote, or why it is not there.
fn written(field: &Field) -> String {
    let name = words::field(&field.name);
    match &field.value {
        FieldValue::Clear { text } => format!("{name}: “{}”", text.trim()),
        FieldValue::Erased => format!("{name}: gewist"),
        FieldValue::Unreadable { reason } => format!("{name}: onleesbaar ({reason})"),
    }
}
