//! Canonical JSON, held against a golden text and against what must be refused.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

use super::*;

#[test]
fn the_golden_value_has_the_golden_text() {
    let value: Value =
        serde_json::from_str(include_str!("../../testdata/canonical.v1.json")).unwrap();
    let golden = include_str!("../../testdata/canonical.v1.txt");
    assert_eq!(to_canonical_json(&value).unwrap(), golden);
    check(golden).unwrap();
}

#[test]
fn a_struct_and_a_map_of_the_same_fields_have_one_text() {
    #[derive(Serialize)]
    struct Fields {
        wijk: &'static str,
        amount_cents: i64,
        note: Option<&'static str>,
    }
    let fields = Fields {
        wijk: "WK000001",
        amount_cents: -250_000,
        note: None,
    };
    let map = json!({ "note": null, "wijk": "WK000001", "amount_cents": -250_000 });
    let text = r#"{"amount_cents":-250000,"note":null,"wijk":"WK000001"}"#;
    assert_eq!(to_canonical_json(&fields).unwrap(), text);
    assert_eq!(to_canonical_json(&map).unwrap(), text);
}

#[test]
fn a_float_is_refused_wherever_it_hides() {
    #[derive(Serialize)]
    enum Holder {
        Newtype(f64),
        Tuple(u8, f32),
        Struct { value: f64 },
    }
    let in_map = BTreeMap::from([("a", f64::NAN)]);
    assert!(matches!(
        to_canonical_json(&1.5),
        Err(CanonicalError::Float)
    ));
    assert!(matches!(
        to_canonical_json(&2.0),
        Err(CanonicalError::Float)
    ));
    assert!(matches!(
        to_canonical_json(&in_map),
        Err(CanonicalError::Float)
    ));
    assert!(matches!(
        to_canonical_json(&[Some(f64::INFINITY)]),
        Err(CanonicalError::Float)
    ));
    for holder in [
        Holder::Newtype(1.0),
        Holder::Tuple(1, f32::NAN),
        Holder::Struct { value: f64::NAN },
    ] {
        assert!(matches!(
            to_canonical_json(&holder),
            Err(CanonicalError::Float)
        ));
    }
}

#[test]
fn a_whole_number_that_a_double_would_round_is_refused() {
    const LARGEST: i64 = 9_007_199_254_740_991;
    assert_eq!(
        to_canonical_json(&[LARGEST, -LARGEST]).unwrap(),
        "[9007199254740991,-9007199254740991]"
    );
    for value in [
        json!(LARGEST + 1),
        json!(-LARGEST - 1),
        json!(u64::MAX),
        json!(i64::MIN),
    ] {
        assert!(matches!(
            to_canonical_json(&value),
            Err(CanonicalError::NumberTooLarge)
        ));
    }
    assert!(matches!(
        to_canonical_json(&u128::MAX),
        Err(CanonicalError::NumberTooLarge)
    ));
}

#[test]
fn the_character_nul_is_refused_in_strings_and_keys() {
    for value in [
        json!("a\0b"),
        json!([["\0"]]),
        json!({ "a\0": 1 }),
        json!({ "a": "\0" }),
    ] {
        assert!(matches!(
            to_canonical_json(&value),
            Err(CanonicalError::Nul)
        ));
    }
    assert!(matches!(to_canonical_json(&'\0'), Err(CanonicalError::Nul)));
    assert!(matches!(
        check(r#"{"a":"\u0000"}"#),
        Err(CanonicalError::Nul)
    ));
}

#[test]
fn a_text_that_is_not_the_canonical_one_is_refused() {
    for text in [
        r#"{"b":1,"a":2}"#,
        r#"{"a": 1}"#,
        r#"{"a":1,"a":1}"#,
        "\"\\u00e9\"",
        r#""\/""#,
        "[1] ",
        "-0",
    ] {
        let refused = check(text);
        assert!(
            matches!(
                refused,
                Err(CanonicalError::NotCanonical | CanonicalError::Float)
            ),
            "{text}: {refused:?}"
        );
    }
    for text in ["", "{", "{} {}", "nul"] {
        assert!(
            matches!(check(text), Err(CanonicalError::NotJson(_))),
            "{text}"
        );
    }
}
