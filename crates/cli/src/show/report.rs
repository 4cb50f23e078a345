//! The evaluation of a half-year as tables.

use std::collections::BTreeMap;

use casework::WijkCode;
use casework::area::Areas;
use casework::event::{Ground, Outcome};
use comfy_table::Table;
use readmodel::document::{Durations, Escalations, Figures, OutcomeFigures, Report};

use super::queue;
use crate::screen;
use crate::words::{self, NONE};

/// Below this many a share says nothing, and says too much of whom it is about.
const SHARE_FROM: i64 = 10;

/// The least width at which the figures stand apart.
const WIDTH_MIN: u16 = 98;

/// Characters for the name of a row, at most; a longer one is broken.
const LABEL: u16 = 25;

/// Characters of each count.
const COUNTS: [u16; 9] = [6, 6, 7, 7, 5, 8, 11, 7, 6];

/// Characters of n, median and p90.
const THREE: u16 = 17;

/// The label of a row of figures, and the figures.
type Row<'a> = (String, &'a Figures);

/// The whole report.
pub(crate) fn report(report: &Report, areas: &Areas) -> String {
    let mut wijken: Vec<Row> = report
        .by_wijk
        .iter()
        .map(|row| (wijk(row.wijk.as_ref(), areas), &row.figures))
        .collect();
    wijken.push(("Totaal".to_owned(), &report.overall));
    let domains: Vec<Row> = report
        .by_domain
        .iter()
        .map(|row| {
            (
                row.domain.map_or("onbekend", words::domain).to_owned(),
                &row.figures,
            )
        })
        .collect();
    [
        head(report, "alle wijken"),
        section("Per wijk", "Wijk", &wijken),
        section("Per domein", "Domein", &domains),
        beside(&report.overall),
        foot(report),
    ]
    .concat()
}

/// What the report says of one wijk.
pub(crate) fn of_wijk(report: &Report, code: &WijkCode, areas: &Areas) -> String {
    let none = Figures::default();
    let whole = report
        .by_wijk
        .iter()
        .find(|row| row.wijk.as_ref() == Some(code))
        .map_or(&none, |row| &row.figures);
    let mut rows: Vec<Row> = report
        .by_wijk_and_domain
        .iter()
        .filter(|row| row.wijk.as_ref() == Some(code))
        .map(|row| {
            (
                row.domain.map_or("onbekend", words::domain).to_owned(),
                &row.figures,
            )
        })
        .collect();
    rows.push(("Totaal".to_owned(), whole));
    [
        head(report, &format!("wijk {}", queue::named(code, areas))),
        section("Per domein", "Domein", &rows),
        beside(whole),
        foot(report),
    ]
    .concat()
}

fn wijk(code: Option<&WijkCode>, areas: &Areas) -> String {
    code.map_or_else(|| "onbekend".to_owned(), |code| queue::named(code, areas))
}

fn head(report: &Report, about: &str) -> String {
    let known = report
        .recorded_at
        .map(|at| format!(", zoals bekend op {}", words::moment(at)))
        .unwrap_or_default();
    let period = &report.period;
    screen::wrapped(
        "",
        &format!(
            "Rapportage {}: {about}, {} tot {} (positie {} in het log{known})",
            period.name, period.from, period.until, report.position
        ),
    )
}

fn section(title: &str, label: &str, rows: &[Row]) -> String {
    let mut counts = wide(&[
        label,
        ">Ont-\nvangen",
        ">Be-\nsloten",
        ">Afge-\nhandeld",
        ">Inge-\ntrokken",
        ">Her-\nopend",
        ">Open\naan eind",
        ">Onder\nmandaat",
        ">Geësca-\nleerd",
        ">Gewei-\ngerd",
    ]);
    let heading = |what: &str| format!(">{what}\n{}", columns("n", "med", "p90"));
    let headings = [
        "tot toewijzing",
        "tot besluit",
        "tot afhandeling",
        "nog open",
    ]
    .map(heading);
    let mut names = vec![label];
    names.extend(headings.iter().map(String::as_str));
    let mut times = wide(&names);
    for (name, figures) in rows {
        counts.add_row([
            name.clone(),
            figures.received.to_string(),
            figures.decided.to_string(),
            figures.resolved.to_string(),
            figures.withdrawn.to_string(),
            figures.reopened.to_string(),
            figures.open_at_end.count.to_string(),
            under_mandate(figures),
            figures.escalated.count.to_string(),
            figures.decisions_refused.to_string(),
        ]);
        let mut row = vec![name.clone()];
        for durations in [
            &figures.to_assignment,
            &figures.to_decision,
            &figures.to_resolution,
            &figures.open_at_end.age,
        ] {
            let [n, median, p90] = three(durations);
            row.push(columns(&n, &median, &p90));
        }
        times.add_row(row);
    }
    let label = LABEL.min(longest(rows));
    screen::fix(&mut counts, 0, [(0, label)]);
    screen::fix(&mut counts, 0, (1..).zip(COUNTS));
    screen::fix(&mut times, 0, [(0, label)]);
    screen::fix(&mut times, 0, (1..).zip([THREE; 4]));
    format!(
        "\n{title}: aantallen\n{}\n{title}: dagen sinds de indiening (n, mediaan, p90)\n{}",
        screen::lines(&counts),
        screen::lines(&times)
    )
}

/// A table that keeps its columns apart on a narrow terminal as well.
fn wide(columns: &[&str]) -> Table {
    let mut table = screen::table(columns);
    table.set_width(screen::width().max(WIDTH_MIN));
    table
}

fn longest(rows: &[Row]) -> u16 {
    let longest = rows.iter().map(|(name, _)| name.chars().count()).max();
    u16::try_from(longest.unwrap_or_default().max(8)).unwrap_or(LABEL)
}

/// Three numbers below each other's, in one column of [`THREE`] characters.
fn columns(n: &str, median: &str, p90: &str) -> String {
    format!("{n:>5} {median:>5} {p90:>5}")
}

/// n, median and p90.
fn three(durations: &Durations) -> [String; 3] {
    [
        durations.n.to_string(),
        words::or_dash(durations.median),
        words::or_dash(durations.p90),
    ]
}

/// How many of the decisions of which it is known, and their share where they are enough.
fn under_mandate(figures: &Figures) -> String {
    let mandate = figures.under_mandate;
    let known = mandate.yes + mandate.no;
    let counts = if known == 0 {
        NONE.to_owned()
    } else {
        format!("{}/{known}{}", mandate.yes, share(mandate.yes, known))
    };
    match mandate.unknown {
        0 => counts,
        unknown => format!("{counts} +{unknown}?"),
    }
}

/// A share in whole percents, rounded half up; nothing for fewer than ten.
fn share(part: i64, whole: i64) -> String {
    if whole < SHARE_FROM {
        return String::new();
    }
    format!(" {}%", (part * 200 + whole) / (whole * 2))
}

/// What stands beside the tables: outcomes and grounds.
fn beside(figures: &Figures) -> String {
    let mut text = String::new();
    if !figures.outcomes.is_empty() {
        text.push_str("\nUitkomsten, met de tijd tot het besluit in dagen\n");
        text.push_str(&outcomes(&figures.outcomes, figures.decided));
    }
    if figures.escalated.count > 0 {
        text.push('\n');
        text.push_str(&screen::wrapped("", &grounds(&figures.escalated)));
    }
    text
}

fn outcomes(outcomes: &BTreeMap<Outcome, OutcomeFigures>, decided: i64) -> String {
    let mut table = screen::table(&["Uitkomst", ">Aantal", ">Aandeel", ">n", ">Mediaan", ">p90"]);
    for (outcome, figures) in outcomes
        .iter()
        .filter(|(_, figures)| figures.count > 0 || figures.to_decision.n > 0)
    {
        let share = share(figures.count, decided);
        let [n, median, p90] = three(&figures.to_decision);
        table.add_row([
            words::outcome(*outcome).to_owned(),
            figures.count.to_string(),
            if share.is_empty() {
                NONE.to_owned()
            } else {
                share.trim().to_owned()
            },
            n,
            median,
            p90,
        ]);
    }
    screen::lines(&table)
}

fn grounds(escalated: &Escalations) -> String {
    let mut grounds: Vec<(&Ground, &i64)> = escalated.by_ground.iter().collect();
    grounds.sort_by_key(|(ground, count)| (-**count, **ground));
    let listed: Vec<_> = grounds
        .into_iter()
        .map(|(ground, count)| format!("{} ({count})", words::ground(*ground)))
        .collect();
    format!("Gronden van de escalaties: {}.", listed.join("; "))
}

fn foot(report: &Report) -> String {
    let remarks = format!(
        "Onder mandaat: ja/bekend, met het aandeel vanaf {SHARE_FROM}; +n? is onbekend. n: gemeten; - : niets gemeten. Geweigerd telt gebeurtenissen."
    );
    let definitions = format!(
        "Definities {}: {} De betekenis van elk cijfer: --definitions.",
        report.definition_version, report.population
    );
    format!(
        "\n{}{}",
        screen::wrapped("", &remarks),
        screen::wrapped("", &definitions)
    )
}

/// What each figure means.
pub(crate) fn definitions(report: &Report) -> String {
    let mut table = screen::table(&["Cijfer", "Betekenis"]);
    for definition in &report.definitions {
        table.add_row([definition.figure, definition.meaning]);
    }
    format!(
        "\nDefinities {}\n{}",
        report.definition_version,
        screen::lines(&table)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_shown_from_ten_on_and_rounded_half_up() {
        assert_eq!(share(3, 9), "");
        assert_eq!(share(1, 10), " 10%");
        assert_eq!(share(25, 200), " 13%");
        assert_eq!(share(12, 100), " 12%");
    }

    #[test]
    fn what_is_unknown_stands_beside_what_is_known() {
        let mut figures = Figures::default();
        assert_eq!(under_mandate(&figures), "-");
        figures.under_mandate.yes = 8;
        figures.under_mandate.no = 2;
        assert_eq!(under_mandate(&figures), "8/10 80%");
        figures.under_mandate.unknown = 3;
        assert_eq!(under_mandate(&figures), "8/10 80% +3?");
    }
}
