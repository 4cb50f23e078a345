use std::os::unix::fs::PermissionsExt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use casework::PersonId;
use uuid::Uuid;

use super::*;

const HOUR: SignedDuration = SignedDuration::from_hours(1);

fn key() -> TokenKey {
    TokenKey::from_bytes(&[7; 32])
}

fn now() -> Timestamp {
    "2026-03-02T09:30:00Z".parse().unwrap()
}

fn anna() -> Identity {
    Identity {
        tenant: Tenant::new("zeeveld").unwrap(),
        by: By {
            actor: Actor::Staff("anna".parse().unwrap()),
            functions: ["wijkregisseur-sociaal".parse().unwrap()].into(),
        },
    }
}

fn resident() -> Identity {
    Identity {
        by: By {
            actor: Actor::Person(PersonId(Uuid::from_u128(1))),
            functions: BTreeSet::new(),
        },
        ..anna()
    }
}

/// A token of these parts, signed with `key` whatever they say.
fn forge(claims: &serde_json::Value) -> String {
    jsonwebtoken::encode(&Header::new(Algorithm::HS256), claims, key().encoding()).unwrap()
}

fn claims() -> serde_json::Value {
    serde_json::json!({
        "iss": ISSUER, "aud": AUDIENCE, "sub": "staff:anna", "tenant": "zeeveld",
        "functions": ["intake"], "iat": 0, "exp": now().as_second() + 60,
    })
}

#[test]
fn a_token_says_again_who_it_was_issued_for() {
    for identity in [anna(), resident()] {
        let token = issue(&key(), &identity, now(), HOUR).unwrap();
        assert_eq!(verify(&key(), &token, now()), Ok(identity));
    }
}

#[test]
fn a_token_is_worth_nothing_from_the_second_it_expires() {
    let token = issue(&key(), &anna(), now(), HOUR).unwrap();
    let last = now() + SignedDuration::from_secs(3_599);
    assert!(verify(&key(), &token, last).is_ok());
    let at = now() + HOUR;
    assert_eq!(verify(&key(), &token, at), Err(TokenError::Expired { at }));
}

#[test]
fn a_token_signed_with_another_key_is_refused() {
    let token = issue(&TokenKey::from_bytes(&[8; 32]), &anna(), now(), HOUR).unwrap();
    assert_eq!(verify(&key(), &token, now()), Err(TokenError::Signature));
}

#[test]
fn a_token_whose_claims_were_changed_is_refused() {
    let token = issue(&key(), &anna(), now(), HOUR).unwrap();
    let mut parts: Vec<&str> = token.split('.').collect();
    let mut changed = claims();
    changed["functions"] = serde_json::json!(["college"]);
    let changed = URL_SAFE_NO_PAD.encode(changed.to_string());
    parts[1] = &changed;
    assert_eq!(
        verify(&key(), &parts.join("."), now()),
        Err(TokenError::Signature)
    );
}

#[test]
fn an_unsigned_token_is_refused() {
    for algorithm in ["none", "None", "HS512", "RS256"] {
        let header =
            URL_SAFE_NO_PAD.encode(serde_json::json!({"alg": algorithm, "typ": "JWT"}).to_string());
        let body = URL_SAFE_NO_PAD.encode(claims().to_string());
        for signature in ["", "AAAA"] {
            let token = format!("{header}.{body}.{signature}");
            let refused = verify(&key(), &token, now()).unwrap_err();
            assert!(
                matches!(refused, TokenError::Algorithm | TokenError::Malformed),
                "{algorithm}: {refused}"
            );
        }
    }
}

#[test]
fn what_is_no_token_is_refused() {
    for text in ["", ".", "a.b.c", "Bearer x", "é.é.é"] {
        assert_eq!(
            verify(&key(), text, now()),
            Err(TokenError::Malformed),
            "{text}"
        );
    }
}

#[test]
fn a_token_for_something_else_is_refused() {
    for (claim, value) in [("iss", "other"), ("aud", "other")] {
        let mut claims = claims();
        claims[claim] = value.into();
        assert_eq!(
            verify(&key(), &forge(&claims), now()),
            Err(TokenError::Foreign)
        );
    }
}

#[test]
fn a_token_that_does_not_say_who_calls_is_refused() {
    for (claim, value) in [
        ("sub", serde_json::json!("anna")),
        ("sub", serde_json::json!("system:import")),
        ("sub", serde_json::json!("person:anna")),
        (
            "sub",
            serde_json::json!("person:00000000-0000-0000-0000-000000000001"),
        ), // with a function
        ("tenant", serde_json::json!("Zee Veld")),
        ("tenant", serde_json::Value::Null),
        ("functions", serde_json::json!(["Wijkregisseur Sociaal"])),
        ("exp", serde_json::json!("tomorrow")),
    ] {
        let mut claims = claims();
        claims[claim] = value.clone();
        let refused = verify(&key(), &forge(&claims), now()).unwrap_err();
        assert!(
            matches!(refused, TokenError::Claims { .. } | TokenError::Malformed),
            "{claim} {value}: {refused}"
        );
    }
    for claim in ["iss", "aud", "sub", "exp", "tenant"] {
        let mut claims = claims();
        claims.as_object_mut().unwrap().remove(claim);
        assert!(verify(&key(), &forge(&claims), now()).is_err(), "{claim}");
    }
}

#[test]
fn no_token_is_issued_for_the_software_or_to_a_resident_with_a_function() {
    let mut identity = resident();
    identity.by.functions = anna().by.functions;
    assert!(matches!(
        issue(&key(), &identity, now(), HOUR),
        Err(TokenError::Claims { .. })
    ));
    identity.by.actor = Actor::System("import".to_owned());
    assert!(matches!(
        issue(&key(), &identity, now(), HOUR),
        Err(TokenError::Claims { .. })
    ));
}

#[test]
fn the_key_is_made_once_and_only_its_owner_can_read_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token.key");
    let made = TokenKey::load_or_create(&path).unwrap();
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let token = issue(&made, &anna(), now(), HOUR).unwrap();
    let again = TokenKey::load_or_create(&path).unwrap();
    assert_eq!(verify(&again, &token, now()), Ok(anna()));
    assert_eq!(
        folder.path().read_dir().unwrap().count(),
        1,
        "no draft is left"
    );
}

#[test]
fn a_key_that_others_can_read_is_refused_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token.key");
    TokenKey::load_or_create(&path).unwrap();
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o640)).unwrap();
    let refused = TokenKey::load_or_create(&path).unwrap_err().to_string();
    assert!(refused.contains("chmod 600"), "{refused}");
}

#[test]
fn a_file_that_is_no_key_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token.key");
    TokenKey::load_or_create(&path).unwrap();
    for text in ["", "AAAA", "not base64!", &"A".repeat(500)] {
        std::fs::write(&path, text).unwrap();
        assert!(
            matches!(
                TokenKey::load_or_create(&path),
                Err(TokenKeyError::NotAKey { .. })
            ),
            "{text}"
        );
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    }
}

#[test]
fn many_that_make_the_key_at_once_get_the_same_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token.key");
    let keys: Vec<TokenKey> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| TokenKey::load_or_create(&path).unwrap()))
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    let token = issue(&keys[0], &anna(), now(), HOUR).unwrap();
    for key in &keys {
        assert_eq!(verify(key, &token, now()), Ok(anna()));
    }
}

#[test]
fn neither_key_nor_texts_show_in_debug_output() {
    assert_eq!(format!("{:?}", key()), "TokenKey(..)");
}
