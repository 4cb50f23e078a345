use serde_json::json;

use super::*;

body! {
    /// Iets.
    Thing {
        /// Een tekst.
        text as "tekst": Text,
        /// Een dag.
        day as "dag": Option<Date>,
        /// Een uitkomst.
        outcome as "uitkomst": Option<Outcome>,
        /// Een bedrag.
        amount as "bedragCenten": Option<Cents>,
        /// Wijken.
        wijken as "wijken": Option<BTreeSet<WijkCode>>,
        /// Nog iets.
        inner as "binnen": Option<Inner>,
    }
}

body! {
    /// Iets binnenin.
    Inner {
        /// Ja of nee.
        yes as "ja": bool,
        /// Hoe vaak.
        often as "aantal": Option<u32>,
    }
}

/// What is wrong with it, as name and code.
fn wrong(value: &Value) -> Vec<(String, &'static str)> {
    let mut invalid = Vec::new();
    let read = Thing::read(value, "", &mut invalid);
    assert_eq!(
        read.is_none(),
        invalid.iter().any(|param| param.code != "unknown-member"),
        "{value}"
    );
    invalid
        .into_iter()
        .map(|param| (param.name, param.code))
        .collect()
}

fn one(value: &Value) -> (String, &'static str) {
    let mut wrong = wrong(value);
    assert_eq!(wrong.len(), 1, "{value}: {wrong:?}");
    wrong.remove(0)
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let found = wrong(&json!({
        "dag": "gisteren", "uitkomst": "ja", "bedragCenten": 1.5, "wijken": ["WK039203", "wk1", 3],
        "binnen": {"aantal": -1, "nog": 1}, "extra": 1,
    }));
    let expected = [
        ("extra", "unknown-member"),
        ("tekst", "required"),
        ("dag", "invalid-date"),
        ("uitkomst", "unknown-value"),
        ("bedragCenten", "out-of-range"),
        ("wijken[1]", "invalid-code"),
        ("wijken[2]", "invalid-type"),
        ("binnen.nog", "unknown-member"),
        ("binnen.ja", "required"),
        ("binnen.aantal", "out-of-range"),
    ];
    assert_eq!(found, expected.map(|(name, code)| (name.to_owned(), code)));
}

#[test]
fn what_is_right_is_read_as_it_stands() {
    let value = json!({
        "tekst": " Een bank ", "dag": "2024-02-29", "uitkomst": "partly-granted", "bedragCenten": 0,
        "wijken": ["WK039203"], "binnen": {"ja": false, "aantal": null},
    });
    let mut invalid = Vec::new();
    let thing = Thing::read(&value, "", &mut invalid).unwrap();
    assert!(invalid.is_empty());
    assert_eq!(thing.text, Text::Given(" Een bank ".to_owned()));
    assert_eq!(thing.day, Some(jiff::civil::date(2024, 2, 29)));
    assert_eq!(thing.outcome, Some(Outcome::PartlyGranted));
    assert_eq!(thing.amount, Some(Cents(0)));
    assert_eq!(thing.wijken.unwrap().len(), 1);
    let inner = thing.inner.unwrap();
    assert_eq!((inner.yes, inner.often), (false, None));
}

#[test]
fn a_day_is_a_day_and_no_moment() {
    for text in [
        "2026-02-29",
        "2026-13-01",
        "2026-1-1",
        "20260101",
        "2026-01-01T00:00:00",
        "2026-01-01T00:00:00Z",
        "01-01-2026",
        "2026-W01-1",
        "+2026-01-0",
        " 2026-01-0",
    ] {
        assert_eq!(
            one(&json!({"tekst": "x", "dag": text})),
            ("dag".to_owned(), "invalid-date"),
            "{text}"
        );
    }
}

#[test]
fn a_text_says_something_that_can_be_stored() {
    for (value, code) in [
        (json!(""), "empty-text"),
        (json!(" \n\t\u{a0}"), "empty-text"),
        (json!("a\0b"), "forbidden-character"),
        (json!(null), "invalid-type"),
        (json!(1), "invalid-type"),
        (json!(["a"]), "invalid-type"),
    ] {
        assert_eq!(
            one(&json!({"tekst": value})),
            ("tekst".to_owned(), code),
            "{value}"
        );
    }
}

#[test]
fn an_amount_is_a_whole_number_that_fits() {
    for (value, code) in [
        (json!("1"), "invalid-type"),
        (json!(true), "invalid-type"),
        (json!(-1), "out-of-range"),
        (json!(1.0), "out-of-range"),
        (json!(u64::MAX), "out-of-range"),
        (json!(1e300), "out-of-range"),
    ] {
        let found = one(&json!({"tekst": "x", "bedragCenten": value}));
        assert_eq!(found, ("bedragCenten".to_owned(), code), "{value}");
    }
}

#[test]
fn words_for_imported_history_are_not_for_commands() {
    assert_eq!(
        one(&json!({"tekst": "x", "uitkomst": "unknown"})).1,
        "unknown-value"
    );
    for word in Ground::accepted() {
        assert!(
            !matches!(word, "submitted-up" | "appeal" | "objection"),
            "{word}"
        );
    }
    assert_eq!(Ground::accepted().count(), 10);
    assert_eq!(Domain::accepted().count(), Domain::ALL.len());
}

#[test]
fn what_is_no_object_is_told_so() {
    for value in [json!([]), json!("x"), json!(1), json!(null)] {
        assert_eq!(one(&value), ("body".to_owned(), "invalid-type"), "{value}");
    }
    assert_eq!(
        one(&json!({"tekst": "x", "binnen": []})),
        ("binnen".to_owned(), "invalid-type")
    );
}

#[test]
fn no_answer_repeats_more_than_a_little_of_what_was_sent() {
    let long = "x".repeat(100_000);
    let mut invalid = Vec::new();
    Thing::read(
        &json!({"uitkomst": long, long.as_str(): 1}),
        "",
        &mut invalid,
    );
    assert_eq!(invalid.len(), 3);
    for param in invalid {
        assert!(param.name.len() + param.reason.len() < 400, "{param:?}");
    }
}

#[test]
fn the_schema_says_what_is_read() {
    let schema = serde_json::to_value(Thing::schema()).unwrap();
    assert_eq!(schema["required"], json!(["tekst"]));
    assert_eq!(schema["additionalProperties"], json!(false));
    assert_eq!(schema["properties"]["dag"]["format"], "date");
    assert_eq!(schema["properties"]["dag"]["description"], "Een dag.");
    assert_eq!(
        schema["properties"]["wijken"]["items"]["pattern"],
        "^(WK|BU)[0-9]{4}[0-9A-Z]{1,6}$"
    );
    assert_eq!(
        schema["properties"]["uitkomst"]["enum"],
        json!(["granted", "partly-granted", "refused", "referred"])
    );
    assert_eq!(schema["properties"]["binnen"]["required"], json!(["ja"]));
}
