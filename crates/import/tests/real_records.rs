//! Counts of real records, held against what is known of them. Only where `WIJK_REAL_DATA` names their folder.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::collections::BTreeMap;
use std::path::PathBuf;

use casework::event::Outcome;
use casework::{Event, WijkSource};
use import::facts::CaseFacts;
use import::ids::ImportKey;
use import::{Mapping, Options, Report};

/// The file, or none with a plain word on why the test proves nothing here.
fn real(name: &str) -> Option<PathBuf> {
    let Some(folder) = std::env::var_os("WIJK_REAL_DATA") else {
        eprintln!("WIJK_REAL_DATA is not set: {name} was not read, nothing was shown");
        return None;
    };
    Some(PathBuf::from(folder).join(name))
}

fn import(name: &str, mapping: &str) -> Option<(Vec<CaseFacts>, Report)> {
    let options = Options {
        wijken: Vec::new(),
        now: "2026-01-01T00:00:00Z".parse().unwrap(),
        temporary: std::env::temp_dir(),
    };
    let key = ImportKey::new(&[5; 32]);
    let mapping = Mapping::find(mapping).unwrap();
    let prepared = import::prepare(&real(name)?, mapping, key, options, &mut |_| ()).unwrap();
    let cases = prepared.cases().unwrap().collect::<Result<_, _>>().unwrap();
    Some((cases, prepared.report().clone()))
}

#[track_caller]
fn has(report: &Report, facts: &[(&str, u64)]) {
    let expected: BTreeMap<String, u64> = facts
        .iter()
        .map(|(kind, count)| ((*kind).to_owned(), *count))
        .collect();
    assert_eq!(report.facts, expected);
    assert_eq!(report.problem_count, 0, "{:?}", report.problems);
}

/// What every record of a mapping without a fact of its own became.
fn without_fact(report: &Report) -> u64 {
    let ignored: u64 = report.ignored.values().flat_map(BTreeMap::values).sum();
    ignored + report.unmapped.values().sum::<u64>() + report.answers.values().sum::<u64>()
}

fn outcomes(cases: &[CaseFacts]) -> BTreeMap<Outcome, u64> {
    let mut counts = BTreeMap::new();
    for fact in cases.iter().flat_map(|case| &case.facts) {
        if let Event::RequestDecided(decided) = &fact.event {
            *counts.entry(decided.outcome).or_default() += 1;
        }
    }
    counts
}

/// Statements on the mandate: so many True, so many False.
fn statements(cases: &[CaseFacts]) -> (usize, usize) {
    let said = |under: bool| {
        let facts = cases.iter().flat_map(|case| &case.facts);
        facts.filter(|fact| matches!(&fact.event, Event::MandateStated(stated) if stated.under_mandate == under)).count()
    };
    (said(true), said(false))
}

#[test]
fn the_receipt_log_and_its_table_are_the_same_events() {
    let Some((of_xes, xes)) = import("receipt.xes.gz", "receipt") else {
        return;
    };
    let Some((of_csv, csv)) = import("receipt.csv", "receipt") else {
        return;
    };
    for report in [&xes, &csv] {
        assert_eq!((report.records, report.requests), (8577, 1434));
        has(
            report,
            &[
                ("request-assigned", 1208),
                ("request-decided", 4065),
                ("request-escalated", 156),
                ("request-imported", 1434),
                ("request-resolved", 1329),
                ("request-submitted", 1434),
                ("term-set", 1434),
            ],
        );
        assert!(report.unmapped.is_empty(), "{:?}", report.unmapped);
        assert_eq!(without_fact(report), 8577 - 1434 - 4065 - 156);
        assert!(
            report.unknown_values.is_empty(),
            "{:?}",
            report.unknown_values
        );
    }
    assert_eq!(of_xes.len(), of_csv.len());
    for (one, other) in of_xes.iter().zip(&of_csv) {
        assert_eq!((&one.case, one.request), (&other.case, other.request));
        assert_eq!(one.facts.len(), other.facts.len());
        for (one, other) in one.facts.iter().zip(&other.facts) {
            assert_eq!(
                (one.id, one.moment, &one.actor, &one.event),
                (other.id, other.moment, &other.actor, &other.event)
            );
        }
    }
}

#[test]
fn one_mapping_reads_the_permits_of_each_municipality() {
    let Some((cases, report)) = import("BPIC15_1.xes.gz", "bpic-2015") else {
        return;
    };
    assert_eq!((report.records, report.requests), (52217, 1199));
    has(
        &report,
        &[
            ("mandate-stated", 25),
            ("request-assigned", 3149),
            ("request-decided", 742),
            ("request-escalated", 228),
            ("request-imported", 1199),
            ("request-resolved", 956),
            ("request-submitted", 1199),
        ],
    );
    assert_eq!(statements(&cases), (21, 4));
    assert_eq!(report.answers["01_HOOFD_380 weigeringsgrond"], 930);
    // 20 answers name a ground for refusal, in 19 cases: five of these were never decided, three twice,
    // and in one the answer had turned to no by the time of the decision.
    assert_eq!(
        outcomes(&cases),
        BTreeMap::from([(Outcome::Granted, 726), (Outcome::Refused, 16)])
    );
    assert_eq!(without_fact(&report), 52217 - 25 - 742 - 228 - 1199);
    assert_eq!(
        report.unmapped["01_HOOFD_446 ontwerpbesluit voorleggen"],
        46
    );

    let Some((cases, report)) = import("BPIC15_2.xes.gz", "bpic-2015") else {
        return;
    };
    assert_eq!((report.records, report.requests), (44354, 832));
    has(
        &report,
        &[
            ("mandate-stated", 48),
            ("request-assigned", 2308),
            ("request-decided", 571),
            ("request-escalated", 111),
            ("request-imported", 832),
            ("request-resolved", 711),
            ("request-submitted", 830),
        ],
    );
    assert_eq!(statements(&cases), (36, 12));

    let Some((cases, report)) = import("BPIC15_4.xes.gz", "bpic-2015") else {
        return;
    };
    assert_eq!((report.records, report.requests), (47293, 1053));
    has(
        &report,
        &[
            ("mandate-stated", 28),
            ("request-assigned", 3276),
            ("request-decided", 704),
            ("request-escalated", 58),
            ("request-imported", 1053),
            ("request-resolved", 974),
            ("request-submitted", 1052),
        ],
    );
    assert_eq!(statements(&cases), (27, 1));
}

#[test]
fn ids_differ_between_all_events_of_a_log_with_repeated_records() {
    let Some((cases, _)) = import("BPIC15_2.xes.gz", "bpic-2015") else {
        return;
    };
    let mut ids: Vec<_> = cases
        .iter()
        .flat_map(|case| &case.facts)
        .map(|fact| fact.id)
        .collect();
    let all = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), all);
}

#[test]
fn fifty_requests_of_chicago_have_wards_for_wijken_and_agencies_for_functions() {
    let Some((cases, report)) = import("chicago-open311-50.json", "chicago-open311") else {
        return;
    };
    assert_eq!((report.records, report.requests), (276, 50));
    has(
        &report,
        &[
            ("escalation-returned", 51),
            ("request-assigned", 45),
            ("request-decided", 14),
            ("request-escalated", 52),
            ("request-imported", 50),
            ("request-resolved", 49),
            ("request-submitted", 50),
        ],
    );
    assert!(report.unmapped.is_empty(), "{:?}", report.unmapped);
    assert_eq!(without_fact(&report), 13 + 2);
    let wijken = cases.iter().map(|case| match &case.facts[0].event {
        Event::RequestImported(imported) if imported.placement.source == WijkSource::Stated => {
            imported.placement.wijk.clone()
        }
        other => panic!("{other:?}"),
    });
    assert_eq!(wijken.collect::<std::collections::BTreeSet<_>>().len(), 27);
}
