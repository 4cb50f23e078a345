use super::*;

fn attributes(pairs: &[(&str, &str)]) -> Attributes {
    let mut attributes = Attributes::default();
    for (name, value) in pairs {
        attributes.push(name, (*value).to_owned());
    }
    attributes
}

fn record(case: &str, order: u64, event: Option<&str>) -> Record {
    Record {
        case: case.to_owned(),
        order,
        place: Place::Line(order + 2),
        case_attributes: Arc::new(attributes(&[("channel", case)])),
        attributes: event.map(|name| attributes(&[("concept:name", name), ("time", "2024-01-01")])),
    }
}

fn spooled(records: impl IntoIterator<Item = Record>, run_bytes: usize) -> Spooled {
    let mut spool = Spool::with_run_bytes(&std::env::temp_dir(), run_bytes).unwrap();
    for record in records {
        spool.push(record).unwrap();
    }
    spool.finish().unwrap()
}

#[test]
fn rows_of_a_case_that_lie_apart_come_back_together_and_in_file_order() {
    let many: Vec<_> = (0..5000)
        .map(|order| record(&format!("case-{}", order % 7), order, Some("x")))
        .collect();
    // Some 150 runs of a few records each, so that the merge has work to do.
    let spooled = spooled(many.clone(), 10_000);
    assert!(spooled.file.runs() > 100, "{} runs", spooled.file.runs());
    let cases: Vec<Case> = spooled.cases().unwrap().collect::<Result<_, _>>().unwrap();
    assert_eq!(cases.len(), 7);
    for (nth, case) in cases.iter().enumerate() {
        let expected: Vec<_> = many
            .iter()
            .filter(|record| record.case == format!("case-{nth}"))
            .cloned()
            .collect();
        assert_eq!(case.records, expected);
    }
    // And once more: the check and the append both walk over it.
    assert_eq!(spooled.cases().unwrap().count(), 7);
}

#[test]
fn a_case_without_events_is_a_case_all_the_same() {
    let spooled = spooled([record("b", 0, Some("x")), record("a", 1, None)], RUN_BYTES);
    let cases: Vec<Case> = spooled.cases().unwrap().collect::<Result<_, _>>().unwrap();
    assert_eq!(cases[0].id, "a");
    assert!(cases[0].records.is_empty());
    assert_eq!(cases[1].records.len(), 1);
}

#[test]
fn what_the_last_row_says_of_a_case_holds_and_that_it_varies_is_told() {
    let mut later = record("a", 1, Some("y"));
    later.case_attributes = Arc::new(attributes(&[("channel", "post")]));
    let spooled = spooled([record("a", 0, Some("x")), later], RUN_BYTES);
    let case = spooled.cases().unwrap().next().unwrap().unwrap();
    assert!(case.attributes_vary);
    assert_eq!(case.attributes.get("channel"), Some("post"));
}

#[test]
fn nothing_readable_reaches_the_disk() {
    let words = "er ligt afval in de steeg";
    let spooled = spooled([record(words, 0, Some(words))], RUN_BYTES);
    let bytes = spooled.file.raw();
    assert!(bytes.len() > 100);
    assert!(!bytes.windows(5).any(|window| window == b"afval"));
    assert_eq!(spooled.cases().unwrap().next().unwrap().unwrap().id, words);
}

#[test]
fn a_case_that_no_memory_holds_is_an_error_that_names_it() {
    let big = "x".repeat(1024 * 1024);
    let records = (0..65).map(|order| record("all", order, Some(&big)));
    let spooled = spooled(records, 8 * 1024 * 1024);
    let error = spooled.cases().unwrap().next().unwrap().unwrap_err();
    assert!(error.to_string().contains("case `all`"), "{error}");
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let error = Spool::new(Path::new("/nowhere/at/all")).err().unwrap();
    assert!(error.to_string().contains("/nowhere/at/all"), "{error}");
}
