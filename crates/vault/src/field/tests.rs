//! The format as its golden file has it, and what must not open.

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use uuid::{Uuid, uuid};
use zeroize::Zeroizing;

use super::seal::seal_with;
use super::*;
use crate::Key;
use crate::golden::{Golden, counting};
use crate::random::RandomUnavailable;

const CONTEXT: Context<'static> = Context {
    tenant: "kanaalstad",
    stream_kind: "request",
    stream_id: "019a3c1e-0000-7000-8000-000000000001",
    event_id: uuid!("019a3c1e-7b52-7d10-9a4c-5f20c1e8b7d3"),
    kind: "request-decided",
    schema: 2,
};
const NAMES: [&str; 3] = ["address", "motivation", "words"];

fn golden() -> Golden {
    Golden::read(include_str!("../../testdata/field.v1.golden"))
}

fn golden_key(golden: &Golden, name: &str) -> Key {
    Key::from_bytes(
        Uuid::from_bytes(golden.array(&format!("{name}.key_id"))),
        Zeroizing::new(golden.array(&format!("{name}.key"))),
    )
}

fn key(id: u128) -> Key {
    Key::from_bytes(
        Uuid::from_u128(id),
        Zeroizing::new([u8::try_from(id % 256).unwrap(); 32]),
    )
}

/// A column of the fields `a` (person) and `b` (case), to damage.
fn column() -> Vec<u8> {
    seal(
        &CONTEXT,
        &[("a", &key(1), b"a person's words"), ("b", &key(2), b"why")],
    )
    .unwrap()
}

/// Every field opened with the key it names; `None` where anything refuses.
fn open_all(context: &Context<'_>, column: &[u8]) -> Option<Vec<Vec<u8>>> {
    let keys = [key(1), key(2)];
    let opened = parse(column).ok()?.into_iter().map(|sealed| {
        let key = keys.iter().find(|key| key.id == sealed.key_id)?;
        Some(open(context, &sealed, key).ok()?.value)
    });
    opened.collect()
}

#[test]
fn the_format_is_byte_for_byte_the_golden_file() {
    let golden = golden();
    let keys: Vec<Key> = NAMES.iter().map(|name| golden_key(&golden, name)).collect();
    let fields: Vec<_> = NAMES
        .iter()
        .zip(&keys)
        .rev()
        .map(|(name, key)| (*name, key, golden.bytes(&format!("{name}.value"))))
        .collect();
    let column = seal_with(&CONTEXT, &fields, &mut counting()).unwrap();
    assert_eq!(column, golden.bytes("column"));
}

#[test]
fn the_golden_column_opens_to_its_values_and_commitments() {
    let golden = golden();
    let fields = parse(golden.bytes("column")).unwrap();
    assert_eq!(
        fields
            .iter()
            .map(|field| field.name.as_str())
            .collect::<Vec<_>>(),
        NAMES
    );
    for sealed in fields {
        let part = |what: &str| golden.bytes(&format!("{}.{what}", sealed.name));
        assert_eq!(
            CONTEXT.associated_data(&sealed.name, sealed.key_id),
            part("associated_data")
        );
        assert_eq!(sealed.nonce, part("nonce"));
        assert_eq!(sealed.ciphertext, part("ciphertext"));
        let opened = open(&CONTEXT, &sealed, &golden_key(&golden, &sealed.name)).unwrap();
        assert_eq!(opened.salt, part("salt"));
        assert_eq!(opened.value, part("value"));
        assert_eq!(
            commitment(&sealed.name, &opened.salt, &opened.value),
            part("commitment")
        );
    }
}

#[test]
fn one_event_has_fields_of_a_person_and_of_a_case_and_each_opens_with_its_own_key_only() {
    let (person, case) = (key(1), key(2));
    let fields = parse(&column()).unwrap();
    assert_eq!(
        open(&CONTEXT, &fields[0], &person).unwrap().value,
        b"a person's words"
    );
    assert_eq!(open(&CONTEXT, &fields[1], &case).unwrap().value, b"why");
    assert_eq!(
        open(&CONTEXT, &fields[0], &case),
        Err(OpenError::WrongKey {
            name: "a".into(),
            sealed_under: person.id,
            given: case.id
        })
    );
    let pretender = Key::from_bytes(person.id, Zeroizing::new([9; 32]));
    assert_eq!(
        open(&CONTEXT, &fields[0], &pretender),
        Err(OpenError::Altered { name: "a".into() })
    );
}

#[test]
fn the_same_value_never_gives_the_same_bytes() {
    let (first, second) = (parse(&column()).unwrap(), parse(&column()).unwrap());
    for (first, second) in first.iter().zip(&second) {
        assert_ne!(first.nonce, second.nonce);
        assert_ne!(first.ciphertext, second.ciphertext);
        assert_ne!(first.commitment, second.commitment);
    }
}

#[test]
fn every_part_of_the_context_is_bound() {
    let column = column();
    assert!(open_all(&CONTEXT, &column).is_some());
    let others = [
        Context {
            tenant: "dijkhaven",
            ..CONTEXT
        },
        Context {
            stream_kind: "person",
            ..CONTEXT
        },
        Context {
            stream_id: "019a3c1e-0000-7000-8000-000000000002",
            ..CONTEXT
        },
        Context {
            event_id: Uuid::from_u128(1),
            ..CONTEXT
        },
        Context {
            kind: "request-escalated",
            ..CONTEXT
        },
        Context {
            schema: 1,
            ..CONTEXT
        },
        // The same bytes in a row, cut elsewhere: only the lengths differ.
        Context {
            tenant: "kanaalstadr",
            stream_kind: "equest",
            ..CONTEXT
        },
    ];
    for other in others {
        for sealed in parse(&column).unwrap() {
            let key = if sealed.name == "a" { key(1) } else { key(2) };
            assert_eq!(
                open(&other, &sealed, &key),
                Err(OpenError::Altered {
                    name: sealed.name.clone()
                }),
                "{other:?}"
            );
        }
    }
}

#[test]
fn no_byte_of_a_column_can_be_changed_unnoticed() {
    let whole = column();
    for at in 0..whole.len() {
        for bit in [0x01, 0x20, 0x80] {
            let mut damaged = whole.clone();
            damaged[at] ^= bit;
            assert_eq!(
                open_all(&CONTEXT, &damaged),
                None,
                "byte {at} changed by {bit:#x}"
            );
        }
    }
}

#[test]
fn a_damaged_field_says_what_is_wrong() {
    let whole = parse(&column()).unwrap().remove(0);
    let damage = |change: fn(&mut Sealed)| {
        let mut sealed = whole.clone();
        change(&mut sealed);
        open(&CONTEXT, &sealed, &key(1)).unwrap_err()
    };
    let altered = OpenError::Altered { name: "a".into() };
    assert_eq!(damage(|sealed| sealed.nonce[0] ^= 1), altered);
    assert_eq!(damage(|sealed| sealed.ciphertext[0] ^= 1), altered);
    assert_eq!(
        damage(|sealed| *sealed.ciphertext.last_mut().unwrap() ^= 1),
        altered
    );
    assert_eq!(damage(|sealed| sealed.ciphertext.truncate(7)), altered);
    assert_eq!(damage(|sealed| sealed.ciphertext.clear()), altered);
    assert_eq!(
        damage(|sealed| sealed.name.push('a')),
        OpenError::Altered { name: "aa".into() }
    );
    assert_eq!(
        damage(|sealed| sealed.commitment[0] ^= 1),
        OpenError::CommitmentMismatch { name: "a".into() }
    );
    assert!(matches!(
        damage(|sealed| sealed.key_id = Uuid::nil()),
        OpenError::WrongKey { .. }
    ));
}

#[test]
fn parsing_is_strict() {
    let whole = column();
    for length in 0..whole.len() {
        assert!(
            matches!(parse(&whole[..length]), Err(ParseError::Truncated { .. })),
            "cut to {length} bytes"
        );
    }
    assert_eq!(
        parse(&[&whole[..], b"x"].concat()),
        Err(ParseError::TrailingBytes { bytes: 1 })
    );
    assert_eq!(
        parse(&[&[2], &whole[1..]].concat()),
        Err(ParseError::UnknownVersion(2))
    );
    assert_eq!(parse(&[1, 0, 0, 0, 0]), Err(ParseError::NoFields));
    // A count that cannot be is not believed: nothing is reserved for it.
    assert_eq!(
        parse(&[&[1, 0xff, 0xff, 0xff, 0xff], &whole[5..]].concat()),
        Err(ParseError::Truncated { field: 2 })
    );
}

#[test]
fn fields_out_of_order_or_twice_are_refused() {
    let whole = column();
    let first = 4 + 1 + 16 + 12 + 4 + 32 + b"a person's words".len() + 16 + 32;
    let (head, a, b) = (&whole[..5], &whole[5..5 + first], &whole[5 + first..]);
    assert!(parse(&[head, a, b].concat()).is_ok());
    assert_eq!(
        parse(&[head, b, a].concat()),
        Err(ParseError::Unsorted { name: "a".into() })
    );
    assert_eq!(
        parse(&[head, b, b].concat()),
        Err(ParseError::DuplicateName { name: "b".into() })
    );
}

#[test]
fn a_name_or_ciphertext_that_sealing_would_not_write_is_refused() {
    let with = |name: &[u8], ciphertext: usize| {
        let lengths =
            [name.len(), ciphertext].map(|length| u32::try_from(length).unwrap().to_be_bytes());
        let zeros = vec![0; ciphertext + 32];
        parse(
            &[
                &[1, 0, 0, 0, 1],
                &lengths[0][..],
                name,
                &[0; 28],
                &lengths[1],
                &zeros,
            ]
            .concat(),
        )
    };
    assert!(with(b"a", 48).is_ok());
    assert!(with(&[b'a'; 64], 48).is_ok());
    assert_eq!(
        with(b"a", 47),
        Err(ParseError::ShortCiphertext {
            name: "a".into(),
            bytes: 47
        })
    );
    for name in [
        &b""[..],
        b"1a",
        b"-a",
        b"a b",
        b"a\0",
        "é".as_bytes(),
        b"\xff",
        &[b'a'; 65],
    ] {
        assert_eq!(
            with(name, 48),
            Err(ParseError::InvalidName { field: 0 }),
            "{name:?}"
        );
        if let Ok(name) = std::str::from_utf8(name) {
            let sealed = seal(&CONTEXT, &[(name, &key(1), b"")]);
            assert!(
                matches!(sealed, Err(SealError::InvalidName { .. })),
                "{name:?}"
            );
        }
    }
}

#[test]
fn what_cannot_be_sealed_is_refused() {
    let key = key(1);
    assert!(matches!(seal(&CONTEXT, &[]), Err(SealError::NoFields)));
    assert!(matches!(
        seal(&CONTEXT, &[("a", &key, b"1"), ("b", &key, b"2"), ("a", &key, b"3")]),
        Err(SealError::DuplicateName { name }) if name == "a"
    ));
    assert!(seal(&CONTEXT, &[("a", &key, &vec![0; 65_535])]).is_ok());
    assert!(matches!(
        seal(&CONTEXT, &[("a", &key, &vec![0; 65_536])]),
        Err(SealError::ValueTooLong { bytes: 65_536, .. })
    ));
    let mut nothing = |_: &mut [u8]| Err(RandomUnavailable);
    assert!(matches!(
        seal_with(&CONTEXT, &[("a", &key, b"1")], &mut nothing),
        Err(SealError::Random(_))
    ));
}

#[test]
fn printing_an_opened_field_shows_no_content() {
    let opened = Opened {
        salt: [7; 32],
        value: b"words".to_vec(),
    };
    assert_eq!(format!("{opened:?}"), "Opened(..)");
}

proptest! {
    #[test]
    fn what_was_sealed_is_parsed_and_opens(
        fields in btree_map("[A-Za-z][A-Za-z0-9._-]{0,63}", (0u128..4, vec(any::<u8>(), 0..300)), 1..6),
        texts in ("\\PC{0,20}", "\\PC{0,20}", "\\PC{0,20}", "\\PC{0,20}"),
        event_id in any::<u128>(),
        schema in any::<i32>(),
    ) {
        let context = Context {
            tenant: &texts.0,
            stream_kind: &texts.1,
            stream_id: &texts.2,
            event_id: Uuid::from_u128(event_id),
            kind: &texts.3,
            schema,
        };
        let keys: Vec<Key> = (0..4).map(key).collect();
        let given: Vec<_> = fields
            .iter()
            .rev()
            .map(|(name, (key, value))| (name.as_str(), &keys[usize::try_from(*key).unwrap()], value.as_slice()))
            .collect();
        let parsed = parse(&seal(&context, &given).unwrap()).unwrap();
        prop_assert_eq!(parsed.len(), fields.len());
        for (sealed, (name, (key, value))) in parsed.iter().zip(&fields) {
            let opened = open(&context, sealed, &keys[usize::try_from(*key).unwrap()]).unwrap();
            prop_assert_eq!(&sealed.name, name);
            prop_assert_eq!(&opened.value, value);
            prop_assert_eq!(commitment(name, &opened.salt, value), sealed.commitment);
        }
    }

    #[test]
    fn no_bytes_make_parsing_panic(bytes in vec(any::<u8>(), 0..400)) {
        let _ = parse(&bytes);
        // Past the version and the count too, where random bytes hardly come.
        let _ = parse(&[&[1, 0, 0, 0, 2, 0, 0, 0, 1, b'a'], &bytes[..]].concat());
    }

    #[test]
    fn bytes_put_over_a_column_never_panic_nor_open_to_something_else(
        at in 0usize..400,
        bytes in vec(any::<u8>(), 1..40),
    ) {
        let whole = column();
        let mut damaged = whole.clone();
        let at = at % whole.len();
        let end = whole.len().min(at + bytes.len());
        damaged[at..end].copy_from_slice(&bytes[..end - at]);
        prop_assert_eq!(open_all(&CONTEXT, &damaged).is_some(), damaged == whole);
    }
}
