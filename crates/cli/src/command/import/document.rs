//! What became of every record, as a document of one line.

use std::collections::BTreeMap;

use import::Report;
use import::commands::CommandReport;
use import::report::{Changed, Counts, Problem};
use serde::Serialize;

/// The counts of an import.
#[derive(Serialize)]
pub(super) struct ImportDocument<'a> {
    #[serde(rename = "bron")]
    source: &'a str,
    /// Read and checked only.
    #[serde(rename = "proef")]
    dry_run: bool,
    records: u64,
    #[serde(rename = "verzoeken")]
    requests: u64,
    /// Facts found, by kind of event.
    #[serde(rename = "gebeurtenissen")]
    facts: &'a Counts,
    /// Events appended now, by kind.
    #[serde(rename = "toegevoegd")]
    appended: &'a Counts,
    #[serde(rename = "toegevoegdTotaal")]
    appended_total: u64,
    #[serde(rename = "alAanwezig")]
    already_there: u64,
    #[serde(rename = "laat")]
    late: u64,
    #[serde(rename = "gewijzigd")]
    changed: u64,
    #[serde(rename = "gewijzigdeRecords")]
    changed_list: Vec<ChangedDocument<'a>>,
    #[serde(rename = "gecorrigeerd")]
    corrected: u64,
    #[serde(rename = "tekstenWeggelaten")]
    texts_withheld: u64,
    /// Records that no rule makes a fact of, by activity.
    #[serde(rename = "zonderRegel")]
    unmapped: &'a Counts,
    /// Records the mapping leaves out, by reason and activity.
    #[serde(rename = "weggelaten")]
    ignored: &'a BTreeMap<String, Counts>,
    /// Records read only for the outcome of a later decision, by activity.
    #[serde(rename = "antwoorden")]
    answers: &'a Counts,
    #[serde(rename = "onbekendeWaarden")]
    unknown_values: &'a Counts,
    #[serde(rename = "afgeleideWijken")]
    derived_wijken: u64,
    #[serde(rename = "wisselendeZaken")]
    varying_cases: u64,
    #[serde(rename = "aantalProblemen")]
    problem_count: u64,
    #[serde(rename = "problemen")]
    problems: Vec<ProblemDocument<'a>>,
}

/// A record that says something else than when it was imported.
#[derive(Serialize)]
struct ChangedDocument<'a> {
    #[serde(rename = "gebeurtenis")]
    event: uuid::Uuid,
    #[serde(rename = "soort")]
    kind: &'a str,
    #[serde(rename = "plaats")]
    place: &'a str,
    #[serde(rename = "zaak")]
    case: &'a str,
}

/// A record that cannot be imported.
#[derive(Serialize)]
struct ProblemDocument<'a> {
    #[serde(rename = "plaats")]
    place: &'a str,
    #[serde(rename = "zaak")]
    case: &'a str,
    #[serde(rename = "probleem")]
    what: &'a str,
}

impl<'a> ImportDocument<'a> {
    pub(super) fn of(report: &'a Report, dry_run: bool) -> Self {
        Self {
            source: &report.source,
            dry_run,
            records: report.records,
            requests: report.requests,
            facts: &report.facts,
            appended: &report.appended,
            appended_total: report.appended_total(),
            already_there: report.already_there,
            late: report.late,
            changed: report.changed,
            changed_list: report.changed_list.iter().map(changed).collect(),
            corrected: report.corrected,
            texts_withheld: report.texts_withheld,
            unmapped: &report.unmapped,
            ignored: &report.ignored,
            answers: &report.answers,
            unknown_values: &report.unknown_values,
            derived_wijken: report.derived_wijken,
            varying_cases: report.varying_cases,
            problem_count: report.problem_count,
            problems: report.problems.iter().map(problem).collect(),
        }
    }
}

fn changed(changed: &Changed) -> ChangedDocument<'_> {
    ChangedDocument {
        event: changed.event,
        kind: &changed.kind,
        place: &changed.place,
        case: &changed.case,
    }
}

fn problem(problem: &Problem) -> ProblemDocument<'_> {
    ProblemDocument {
        place: &problem.place,
        case: &problem.case,
        what: &problem.what,
    }
}

/// What the rules said of the records.
#[derive(Serialize)]
pub(super) struct CommandsDocument<'a> {
    #[serde(rename = "bron")]
    source: &'a str,
    #[serde(rename = "verzoeken")]
    requests: u64,
    /// Commands that did what they asked, by action.
    #[serde(rename = "uitgevoerd")]
    done: &'a Counts,
    /// Commands that were refused, by action and code.
    #[serde(rename = "geweigerd")]
    refused: &'a BTreeMap<String, Counts>,
    #[serde(rename = "herhaald")]
    repeated: u64,
    /// Facts that no command could say, by kind.
    #[serde(rename = "geenOpdracht")]
    no_command: &'a Counts,
    #[serde(rename = "zonderRegel")]
    unmapped: &'a Counts,
    #[serde(rename = "weigeringen")]
    refusals: Vec<RefusedDocument<'a>>,
}

/// One command that was refused.
#[derive(Serialize)]
struct RefusedDocument<'a> {
    #[serde(rename = "zaak")]
    case: &'a str,
    #[serde(rename = "plaats")]
    place: &'a str,
    #[serde(rename = "op")]
    at: jiff::Timestamp,
    #[serde(rename = "handeling")]
    action: &'a str,
    code: &'a str,
    #[serde(rename = "detail")]
    why: &'a str,
    #[serde(rename = "vastgelegd")]
    recorded: bool,
}

impl<'a> CommandsDocument<'a> {
    pub(super) fn of(report: &'a CommandReport) -> Self {
        let refusals = report.refusals.iter().map(|refused| RefusedDocument {
            case: &refused.case,
            place: &refused.place,
            at: refused.at,
            action: &refused.action,
            code: &refused.code,
            why: &refused.why,
            recorded: refused.recorded,
        });
        Self {
            source: &report.source,
            requests: report.requests,
            done: &report.done,
            refused: &report.refused,
            repeated: report.repeated,
            no_command: &report.no_command,
            unmapped: &report.unmapped,
            refusals: refusals.collect(),
        }
    }
}
