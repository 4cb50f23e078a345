//! What became of every record, to read.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use import::Report;
use import::commands::CommandReport;
use import::report::Counts;

use crate::screen::{self, AIR};
use crate::words;

/// Lines of one list; all are counted, and `--json` has more.
const LISTED: usize = 15;

/// The whole summary.
pub(super) fn summary(report: &Report, dry_run: bool) -> String {
    let mut text = format!(
        "{}: {} records of {} requests\n\n",
        report.source, report.records, report.requests
    );
    text.push_str(&events(report));
    let appended = report.appended_total();
    if dry_run {
        text.push_str("\nOnly checked: nothing was appended.\n");
    } else {
        let there = report.already_there;
        let _infallible = writeln!(
            text,
            "\nAppended {appended} events; {there} were there already."
        );
    }
    for (count, what) in [
        (
            report.derived_wijken,
            "requests got a wijk that was derived from their case id",
        ),
        (
            report.late,
            "events happened before something stored earlier, and are marked late",
        ),
        (report.changed, "records changed since they were imported"),
        (report.corrected, "corrections were appended for them"),
        (
            report.texts_withheld,
            "texts were left out, since the key of their case was destroyed",
        ),
        (
            report.varying_cases,
            "cases have records that do not agree on what is known of the case",
        ),
        (
            report.problem_count,
            "records have a problem and were not imported",
        ),
    ] {
        if count > 0 {
            text.push_str(&screen::wrapped("", &format!("{count} {what}.")));
        }
    }
    if report.changed > report.corrected {
        text.push_str("Append corrections for what changed with --correct.\n");
    }
    for problem in report.problems.iter().take(LISTED) {
        text.push_str(&screen::wrapped("  ", &problem.to_string()));
    }
    text.push_str(&list(
        "Records that no rule makes a fact of, by activity",
        &report.unmapped,
    ));
    for (reason, counts) in &report.ignored {
        text.push_str(&list(
            &format!("Left out by the mapping ({reason})"),
            counts,
        ));
    }
    text.push_str(&list(
        "Read only for the outcome of a later decision",
        &report.answers,
    ));
    text.push_str(&list(
        "Values the mapping does not know",
        &report.unknown_values,
    ));
    text
}

fn events(report: &Report) -> String {
    let kinds: BTreeSet<&String> = report.facts.keys().chain(report.appended.keys()).collect();
    let mut table = screen::table(&["Kind", ">Found", ">Appended"]);
    let of =
        |counts: &Counts, kind: &String| counts.get(kind).copied().unwrap_or_default().to_string();
    for kind in kinds {
        table.add_row([
            kind.clone(),
            of(&report.facts, kind),
            of(&report.appended, kind),
        ]);
    }
    screen::lines(&table)
}

/// A list, the most frequent first.
fn list(title: &str, counts: &Counts) -> String {
    if counts.is_empty() {
        return String::new();
    }
    let mut sorted: Vec<_> = counts.iter().collect();
    sorted.sort_by(|(_, one), (_, other)| other.cmp(one));
    let total: u64 = counts.values().sum();
    let mut text = format!("\n{title}: {total}\n");
    for (name, count) in sorted.iter().take(LISTED) {
        let _infallible = writeln!(text, "  {count:>7}  {name}");
    }
    if sorted.len() > LISTED {
        let _infallible = writeln!(text, "           and {} other", sorted.len() - LISTED);
    }
    text
}

/// What the rules said, with every refusal.
pub(super) fn commands(report: &CommandReport) -> String {
    let mut text = format!(
        "{}: {} requests put to the rules\n",
        report.source, report.requests
    );
    text.push_str(&list("Done, by action", &report.done));
    for (action, counts) in &report.refused {
        text.push_str(&list(&format!("Refused: {action}, by code"), counts));
    }
    text.push_str(&list("Facts that no command could say", &report.no_command));
    text.push_str(&list(
        "Records that no rule makes a fact of, by activity",
        &report.unmapped,
    ));
    if report.repeated > 0 {
        let _infallible = writeln!(text, "\n{} commands were there already.", report.repeated);
    }
    if report.refusals.is_empty() {
        return text;
    }
    let mut table = screen::table(&["Case", "When", "Action", "Code", "Why"]);
    for refused in &report.refusals {
        table.add_row([
            refused.case.clone(),
            words::moment(refused.at),
            refused.action.clone(),
            refused.code.clone(),
            refused.why.clone(),
        ]);
    }
    screen::fix(&mut table, AIR, [(1, 10)]);
    format!("{text}\n{}", screen::lines(&table))
}
