use std::path::PathBuf;

use casework::event::{Lead, Outcome};
use casework::{StaffId, WijkSource};

use super::*;
use crate::Options;

pub(crate) fn testdata(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("testdata")
        .join(name)
}

fn options() -> Options {
    Options {
        wijken: ["WK999901", "WK999902", "WK999903"]
            .map(|code| WijkCode::new(code).unwrap())
            .to_vec(),
        now: "2025-01-01T00:00:00Z".parse().unwrap(),
        temporary: std::env::temp_dir(),
    }
}

fn traps() -> Mapping {
    Mapping::find(testdata("traps.toml").to_str().unwrap()).unwrap()
}

fn import(path: &std::path::Path, mapping: Mapping) -> (Vec<CaseFacts>, Report) {
    let key = ImportKey::new(&[3; 32]);
    let prepared = crate::prepare(path, mapping, key, options(), &mut |_| ()).unwrap();
    let cases = prepared.cases().unwrap().collect::<Result<_, _>>().unwrap();
    (cases, prepared.report().clone())
}

fn of_text(csv: &str, mapping: Mapping) -> (Vec<CaseFacts>, Report) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.csv");
    std::fs::write(&path, csv).unwrap();
    import(&path, mapping)
}

fn csv() -> (Vec<CaseFacts>, Report) {
    import(&testdata("traps.csv"), traps())
}

fn kinds(case: &CaseFacts) -> Vec<&'static str> {
    case.facts.iter().map(|fact| fact.event.kind()).collect()
}

fn counts(pairs: &[(&str, u64)]) -> crate::report::Counts {
    pairs
        .iter()
        .map(|(name, count)| ((*name).to_owned(), *count))
        .collect()
}

#[test]
fn facts_come_in_order_of_time_and_of_one_moment_in_file_order() {
    let (cases, _) = csv();
    assert_eq!(
        kinds(&cases[0]),
        [
            "request-imported",
            "request-submitted",
            "term-set",
            "request-assigned",
            "mandate-stated",
            "request-decided",
            "request-resolved"
        ]
    );
    // Rows of A-2 lie apart; its end stands before the objections that came after it.
    assert_eq!(
        kinds(&cases[1]),
        [
            "request-imported",
            "request-submitted",
            "term-set",
            "mandate-stated",
            "request-decided",
            "request-resolved",
            "request-escalated",
            "request-escalated"
        ]
    );
    // Ended before it began, decided before it was submitted: facts are kept as facts.
    assert_eq!(
        kinds(&cases[2]),
        [
            "request-imported",
            "request-resolved",
            "request-decided",
            "request-submitted"
        ]
    );
    assert_eq!(kinds(&cases[3]), ["request-imported", "request-decided"]);
}

#[test]
fn a_table_and_an_event_log_of_the_same_records_give_the_same_events() {
    let (of_csv, csv_report) = csv();
    let (mut of_xes, xes_report) = import(&testdata("traps.xes"), traps());
    let without_events = of_xes.pop().unwrap();
    assert_eq!(without_events.case, "A-5");
    assert_eq!(
        kinds(&without_events),
        ["request-imported", "request-resolved"]
    );
    let bare = |cases: Vec<CaseFacts>| -> Vec<CaseFacts> {
        cases
            .into_iter()
            .map(|mut case| {
                for fact in &mut case.facts {
                    fact.place = Place::Line(0);
                }
                case
            })
            .collect()
    };
    assert_eq!(bare(of_csv), bare(of_xes));
    assert_eq!((csv_report.requests, xes_report.requests), (4, 5));
}

#[test]
fn every_record_is_a_fact_an_answer_ignored_or_listed() {
    let (_, report) = csv();
    assert_eq!(report.records, 16);
    assert_eq!(
        report.facts,
        counts(&[
            ("mandate-stated", 2),
            ("request-assigned", 1),
            ("request-decided", 4),
            ("request-escalated", 2),
            ("request-imported", 4),
            ("request-resolved", 3),
            ("request-submitted", 3),
            ("term-set", 2),
        ])
    );
    // The same code under another name is another activity.
    assert_eq!(
        report.unmapped,
        counts(&[
            ("446 ontwerpbesluit voorleggen", 1),
            ("700 dossier gelicht", 1)
        ])
    );
    assert_eq!(report.answers, counts(&[("380 weigeringsgrond", 2)]));
    let no_objection = "the answer was no: there is no objection".to_owned();
    assert_eq!(
        report.ignored,
        [(no_objection, counts(&[("540 bezwaar ingediend", 1)]))].into()
    );
    assert_eq!(
        report.unknown_values,
        counts(&[("case:kanaal: Duif", 1), ("case:wijk: onbekend", 1)])
    );
    assert_eq!(report.derived_wijken, 3);
    assert_eq!(report.problem_count, 0, "{:?}", report.problems);
    let of_records = 2 + 4 + 2 + 3;
    assert_eq!(
        report.records,
        of_records + 2 + 2 + 1,
        "facts, unmapped, answers, ignored"
    );
}

#[test]
fn a_record_that_stands_there_twice_is_two_facts_with_ids_of_their_own() {
    let (cases, _) = csv();
    let ids: Vec<_> = cases
        .iter()
        .flat_map(|case| &case.facts)
        .map(|fact| fact.id)
        .collect();
    let mut different = ids.clone();
    different.sort();
    different.dedup();
    assert_eq!(different.len(), ids.len());
}

#[test]
fn what_is_decided_follows_the_last_answer_before_it_and_nothing_later() {
    let (cases, _) = csv();
    let outcomes: Vec<_> = cases
        .iter()
        .flat_map(|case| &case.facts)
        .filter_map(|fact| match &fact.event {
            Event::RequestDecided(decided) => Some(decided.outcome),
            _ => None,
        })
        .collect();
    assert_eq!(
        outcomes,
        [
            Outcome::Granted,
            Outcome::Refused,
            Outcome::Unknown,
            Outcome::Unknown
        ]
    );
}

#[test]
fn who_when_and_where_are_told_as_far_as_the_record_says() {
    let (cases, _) = csv();
    let fact = |case: usize, kind: &str| {
        cases[case]
            .facts
            .iter()
            .find(|fact| fact.event.kind() == kind)
            .unwrap()
    };
    let submitted = fact(0, "request-submitted");
    assert!(submitted.moment.day, "midnight is a day");
    assert_eq!(submitted.actor.to_string(), "staff:R1");
    assert_eq!(submitted.record, "t-1");
    assert_eq!(fact(1, "request-escalated").record, "540 bezwaar ingediend");
    assert_eq!(
        fact(3, "request-decided").actor.to_string(),
        "system:import"
    );
    // 02:30 was told twice that night: the first time around. Without an offset it is Dutch time.
    assert_eq!(
        fact(3, "request-decided").moment.at.to_string(),
        "2024-10-27T00:30:00Z"
    );
    let Event::RequestAssigned(assigned) = &fact(0, "request-assigned").event else {
        panic!()
    };
    assert_eq!(
        assigned.lead,
        Lead {
            function: None,
            person: Some(StaffId::new("R2").unwrap())
        }
    );
    let Event::RequestDecided(decided) = &fact(0, "request-decided").event else {
        panic!()
    };
    assert_eq!(decided.function.as_ref().unwrap().as_str(), "groep-2");
    assert_eq!(
        decided.motivation.as_given(),
        Some("de bank mag, \"mits\" aan de noordkant")
    );
    let Event::TermSet(term) = &fact(1, "term-set").event else {
        panic!()
    };
    assert_eq!(
        (term.end.to_string().as_str(), term.rule.as_str()),
        ("2024-04-01", "traps/case:uiterlijk")
    );
    let placement = |case: usize| match &cases[case].facts[0].event {
        Event::RequestImported(imported) => imported.placement.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(placement(0).wijk.unwrap().as_str(), "WK999907");
    assert_eq!(placement(0).source, WijkSource::Stated);
    assert_eq!(placement(2).source, WijkSource::Derived);
}

const HEADER: &str = "case:zaak,case:eind,taak,code,naam,tijd,wie\n";

#[test]
fn names_of_people_become_pseudonyms_where_they_are_none_yet() {
    let mut mapping = traps();
    let row = format!("{HEADER}Z,,t,495,besluit genomen,2024-01-01T10:00:00Z,Jan de Vries\n");
    let (cases, _) = of_text(&row, mapping.clone());
    let pseudonym = cases[0].facts[1].actor.to_string();
    assert!(
        pseudonym.starts_with("staff:p-") && !pseudonym.contains("Vries"),
        "no id can be made of a name"
    );
    mapping.actor.as_mut().unwrap().pseudonymous = false;
    let (cases, _) = of_text(&row.replace("Jan de Vries", "R1"), mapping);
    assert!(cases[0].facts[1].actor.to_string().starts_with("staff:p-"));
}

#[test]
fn times_that_cannot_be_are_listed_with_their_line_and_what_helps() {
    let mut mapping = traps();
    mapping.times = crate::times::Times::new(
        None,
        Vec::new(),
        crate::times::Precise::Instant,
        std::collections::BTreeMap::default(),
    )
    .unwrap();
    let rows = format!(
        "{HEADER}Z,,t1,495,besluit genomen,2024-01-01 10:00:00,R1\n\
         Z,,t2,495,besluit genomen,2031-01-01T10:00:00Z,R1\n\
         Z,,t3,495,besluit genomen,,R1\n\
         Z,,t4,700,niets,,R1\n\
         Z,,t5,495,besluit genomen,2024-01-01T10:00:00Z,R1\n\
         Y,gisteren,t6,700,niets,,R1\n"
    );
    let (cases, report) = of_text(&rows, mapping);
    let told: Vec<_> = report
        .problems
        .iter()
        .map(|problem| (problem.place.as_str(), problem.what.as_str()))
        .collect();
    let expected = [
        ("line 7", "`gisteren` is no time"),
        ("line 7", "nothing in this case says when"),
        ("line 2", "has no offset from UTC; say the zone"),
        ("line 3", "lies in the future"),
        ("line 4", "has no time: column `tijd` is empty"),
    ];
    assert_eq!(told.len(), expected.len(), "{told:?}");
    for ((place, what), (expected_place, expected_what)) in told.iter().zip(expected) {
        assert_eq!(*place, expected_place, "{what}");
        assert!(what.contains(expected_what), "{what}");
    }
    assert_eq!(kinds(&cases[1]), ["request-imported", "request-decided"]);
    assert!(cases[0].facts.is_empty());
}

#[test]
fn two_rules_that_make_one_fact_of_a_record_are_a_problem_of_the_mapping() {
    let text = std::fs::read_to_string(testdata("traps.toml")).unwrap();
    let second = "[[fact]]\nfact = \"decided\"\nwhen = { code = \"495\" }\n";
    let mapping = Mapping::parse("traps", &format!("{text}\n{second}")).unwrap();
    let (_, report) = import(&testdata("traps.csv"), mapping);
    assert_eq!(report.problem_count, 4);
    assert!(
        report.problems[0]
            .what
            .contains("give one of them a `name`"),
        "{:?}",
        report.problems[0]
    );
    let named = second.replace("when", "name = \"decided-twice\"\nwhen");
    let mapping = Mapping::parse("traps", &format!("{text}\n{named}")).unwrap();
    let (_, report) = import(&testdata("traps.csv"), mapping);
    assert_eq!(
        (report.problem_count, report.facts["request-decided"]),
        (0, 8)
    );
}
