//! Who is calling, and what each may see.

use casework::{Actor, By};
use dispatch::{Clock as _, SystemClock};
use eventlog::Tenant;
use jiff::SignedDuration;
use serde_json::json;
use server::token::{Identity, TokenKey, issue};

use super::world::{Answer, Api, WIJK, assign, by_staff, decide, escalate, mandate, request};
use crate::support::event::zeeveld;

/// Reads of every kind, of one request.
fn reads(id: &str) -> Vec<String> {
    vec![
        format!("/v1/verzoeken/{id}"),
        format!("/v1/verzoeken/{id}/dossier"),
        format!("/v1/verzoeken/{id}/besluiten"),
        "/v1/wachtrijen".to_owned(),
        "/v1/wachtrijen/intake".to_owned(),
        format!("/v1/wachtrijen/{WIJK}"),
        "/v1/rapportages/2026-H1".to_owned(),
        "/v1/mandaten".to_owned(),
        "/v1/wijken".to_owned(),
    ]
}

/// Commands of every kind, to one request.
fn commands(id: &str) -> Vec<(String, serde_json::Value)> {
    let at = |operation: &str| format!("/v1/verzoeken/{id}/{operation}");
    vec![
        (at("toewijzingen"), assign()),
        (at("besluiten"), decide(1)),
        (at("escalaties"), escalate()),
        (at("terugzendingen"), json!({"instructie": "x"})),
        (at("afsluitingen"), json!({"reden": "declined"})),
        (
            at("heropeningen"),
            json!({"aanleiding": "not-fixed", "toelichting": "x"}),
        ),
        (at("intrekkingen"), json!({"reden": "x"})),
        (at("plaatsingen"), json!({"wijk": WIJK})),
    ]
}

#[track_caller]
fn unauthorized(answer: Answer, code: &str) {
    let answer = answer.refused(401, code);
    assert!(
        answer.header("www-authenticate").starts_with("Bearer "),
        "{answer:?}"
    );
    assert!(answer.body["detail"].as_str().unwrap().contains("token"));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_read_or_done_without_a_token() {
    let api = Api::start().await;
    let id = api.submitted(1).await;
    for path in reads(&id) {
        unauthorized(api.get(&path, "").await, "no-token");
    }
    for (path, body) in commands(&id) {
        unauthorized(api.post(&path, "", body).await, "no-token");
    }
    unauthorized(api.post("/v1/verzoeken", "", request()).await, "no-token");
    unauthorized(
        api.post("/v1/mandaten", "", mandate("m2")).await,
        "no-token",
    );
    api.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_not_ours_or_no_longer_valid_is_worth_nothing() {
    let api = Api::start().await;
    let identity = Identity {
        tenant: zeeveld(),
        by: by_staff("rosa", &["college"]),
    };
    let hour = SignedDuration::from_hours(1);
    let now = SystemClock.now();
    let forged = issue(&TokenKey::from_bytes(&[1; 32]), &identity, now, hour).unwrap();
    let expired = issue(&api.key, &identity, now - hour, hour).unwrap();
    let genuine = issue(&api.key, &identity, now, hour).unwrap();
    let claims = genuine.split('.').nth(1).unwrap();
    // {"alg":"none","typ":"JWT"}
    let unsigned = format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{claims}.");
    let (signed, _) = genuine.rsplit_once('.').unwrap();
    let (_, of_another) = expired.rsplit_once('.').unwrap();
    let moved = format!("{signed}.{of_another}");
    for (token, code) in [
        (forged.as_str(), "forged-token"),
        (&moved, "forged-token"),
        (&expired, "expired-token"),
        (&unsigned, "invalid-token"),
        ("x", "invalid-token"),
        (signed, "invalid-token"),
    ] {
        unauthorized(api.get("/v1/wijken", token).await, code);
        unauthorized(api.post("/v1/verzoeken", token, request()).await, code);
    }
    let twice = api
        .call(reqwest::Method::GET, "/v1/wijken", &genuine)
        .bearer_auth(&genuine);
    unauthorized(super::world::send(twice).await, "invalid-token");
    let basic = api
        .call(reqwest::Method::GET, "/v1/wijken", "")
        .basic_auth("rosa", Some("x"));
    unauthorized(super::world::send(basic).await, "no-token");
    api.get("/v1/wijken", &genuine).await.is(200);
    api.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_municipality_that_is_not_here_is_403_and_anothers_request_404() {
    let api = Api::start().await;
    let id = api.submitted(1).await;
    let nowhere = api.token(
        &Tenant::new("nergens").unwrap(),
        by_staff("rosa", &["college"]),
    );
    api.get("/v1/wijken", &nowhere)
        .await
        .refused(403, "unknown-tenant");
    api.post("/v1/verzoeken", &nowhere, request())
        .await
        .refused(403, "unknown-tenant");

    let other = Tenant::new("duinstad").unwrap();
    api.dispatch.log().create_tenant(&other).await.unwrap();
    let functions = ["college", "intake", "wijkregisseur-openbare-ruimte"];
    let stranger = api.token(&other, by_staff("rosa", &functions));
    for path in reads(&id).into_iter().filter(|path| path.contains(&id)) {
        api.get(&path, &stranger).await.refused(404, "not-found");
    }
    for (path, body) in commands(&id)
        .into_iter()
        .filter(|(path, _)| !path.ends_with("plaatsingen"))
    {
        api.post(&path, &stranger, body)
            .await
            .refused(404, "not-found");
    }
    // This wijk is not one of theirs, whatever the request.
    api.get(&format!("/v1/wachtrijen/{WIJK}"), &stranger)
        .await
        .refused(404, "unknown-wijk");
    api.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resident_sees_where_their_own_request_stands_and_nothing_else() {
    let api = Api::start().await;
    let submitted = api
        .post("/v1/verzoeken", &api.resident(1), request())
        .await
        .is(201);
    let id = submitted.request();
    let path = format!("/v1/verzoeken/{id}");
    api.get_at(&path, &api.resident(1), submitted.position())
        .await
        .is(200);
    let anothers = api
        .get(&path, &api.resident(2))
        .await
        .refused(404, "not-found");
    let absent = api
        .get(
            &format!("/v1/verzoeken/{}", uuid::Uuid::from_u128(9)),
            &api.resident(2),
        )
        .await
        .refused(404, "not-found");
    assert_eq!(anothers.body["detail"], absent.body["detail"]);
    for path in [
        format!("{path}/dossier"),
        format!("{path}/besluiten"),
        "/v1/wachtrijen".to_owned(),
        format!("/v1/wachtrijen/{WIJK}"),
        "/v1/rapportages/2026-H1".to_owned(),
    ] {
        api.get(&path, &api.resident(1))
            .await
            .refused(403, "may-not-read");
    }
    for (path, body) in commands(&id) {
        api.post(&path, &api.resident(2), body)
            .await
            .refused(404, "not-found");
    }
    api.post(&format!("{path}/toewijzingen"), &api.resident(1), assign())
        .await
        .refused(403, "may-not");
    api.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resident_speaks_for_themselves_also_without_a_name() {
    let api = Api::start().await;
    let mut for_another = request();
    for_another["verzoeker"] = json!(uuid::Uuid::from_u128(2));
    api.post("/v1/verzoeken", &api.resident(1), for_another)
        .await
        .refused(403, "may-not");
    let mut anonymous = request();
    anonymous["soortVerzoeker"] = json!("anonymous");
    let submitted = api
        .post("/v1/verzoeken", &api.resident(1), anonymous)
        .await
        .is(201);
    let path = format!("/v1/verzoeken/{}", submitted.request());
    api.get_at(&path, &api.resident(1), submitted.position())
        .await
        .is(200);
    api.get(&path, &api.resident(2))
        .await
        .refused(404, "not-found");
    api.get(&path, &api.intake()).await.is(200);
    api.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_read_by_function_and_whoever_was_asked_reads_that_dossier() {
    let api = Api::start().await;
    let id = api.assigned(1).await;
    let mut body = escalate();
    body["naar"] = json!("directeur-stadsbeheer");
    let escalated = api
        .post(
            &format!("/v1/verzoeken/{id}/escalaties"),
            &api.regisseur(),
            body,
        )
        .await
        .is(200);
    let other = api.submitted(2).await;
    let director = api.staff("dirk", &["directeur-stadsbeheer"]);
    api.get_at(
        &format!("/v1/verzoeken/{id}/dossier"),
        &director,
        escalated.position(),
    )
    .await
    .is(200);
    api.get(&format!("/v1/verzoeken/{id}"), &director)
        .await
        .is(200);
    api.get(&format!("/v1/verzoeken/{other}/dossier"), &director)
        .await
        .refused(403, "may-not-read");
    api.get(&format!("/v1/verzoeken/{other}"), &director)
        .await
        .refused(403, "may-not-read");
    api.get("/v1/wachtrijen", &director)
        .await
        .refused(403, "may-not-read");

    let evaluator = api.staff("eva", &["evaluatie"]);
    api.get("/v1/rapportages/2026-H1", &evaluator).await.is(200);
    api.get(&format!("/v1/verzoeken/{id}/dossier"), &evaluator)
        .await
        .refused(403, "may-not-read");
    let nobody = api.staff("nico", &[]);
    for path in reads(&id)
        .into_iter()
        .filter(|path| !path.ends_with("mandaten") && !path.ends_with("wijken"))
    {
        api.get(&path, &nobody).await.refused(403, "may-not-read");
    }
    api.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_actor_never_comes_from_a_body() {
    let api = Api::start().await;
    for member in ["actor", "door", "by", "functions", "tenant"] {
        let mut body = request();
        body[member] = json!("staff:someone");
        let refused = api
            .post("/v1/verzoeken", &api.resident(1), body)
            .await
            .refused(400, "invalid-input");
        assert_eq!(
            refused.invalid(),
            [(member.to_owned(), "unknown-member".to_owned())]
        );
    }
    api.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_token_is_issued_to_the_software() {
    let api = Api::start_empty().await;
    let by = By {
        actor: Actor::System("import".to_owned()),
        functions: [].into(),
    };
    let identity = Identity {
        tenant: zeeveld(),
        by,
    };
    assert!(
        issue(
            &api.key,
            &identity,
            SystemClock.now(),
            SignedDuration::from_hours(1)
        )
        .is_err()
    );
    api.stop().await;
}
