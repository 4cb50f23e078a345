//! Callers at the same time, and callers who send again.

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::json;
use uuid::Uuid;

use super::world::{Answer, Api, REGISSEUR, assign, decide, request, resolve, send};
use crate::support::event::next_id;

/// A command under an id of the caller's choice.
async fn keyed(api: &Api, path: &str, token: &str, key: Uuid, body: serde_json::Value) -> Answer {
    send(
        api.call(Method::POST, path, token)
            .header("Idempotency-Key", key.to_string())
            .json(&body),
    )
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_decide_at_once_one_wins() {
    let api = Api::start().await;
    for with_version in [false, true] {
        let path = format!("/v1/verzoeken/{}/besluiten", api.assigned(1).await);
        let decides = ["rosa", "sam", "tess", "udo"].map(|staff| {
            let mut call = api.call(Method::POST, &path, &api.staff(staff, &[REGISSEUR]));
            if with_version {
                call = call.header("If-Match", "\"3\"");
            }
            send(call.json(&decide(100)))
        });
        let mut answers = join_all(decides).await;
        answers.sort_by_key(|answer| answer.status);
        answers.remove(0).is(200);
        for lost in answers {
            if with_version {
                let lost = lost.refused(412, "stale-version");
                assert_eq!(lost.body["versie"], 4);
            } else {
                lost.refused(409, "already-decided");
            }
        }
    }
    api.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_sent_many_times_at_once_is_done_once() {
    let api = Api::start().await;
    let key = next_id();
    let token = api.intake();
    let sends = (0..8).map(|_| keyed(&api, "/v1/verzoeken", &token, key, request()));
    let answers = join_all(sends).await;
    let first = answers
        .iter()
        .filter(|answer| answer.body["herhaald"] == false)
        .count();
    assert_eq!(first, 1);
    for answer in answers {
        let answer = answer.is(201);
        assert_eq!(answer.request(), key.to_string());
        assert_eq!(answer.header("location"), format!("/v1/verzoeken/{key}"));
        assert_eq!(answer.body["versie"], 2);
    }
    api.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeat_gets_the_first_outcome_whatever_happened_since() {
    let api = Api::start().await;
    let regisseur = api.regisseur();
    let path = format!("/v1/verzoeken/{}", api.assigned(1).await);
    let (decision, key) = (format!("{path}/besluiten"), next_id());
    let decided = keyed(&api, &decision, &regisseur, key, decide(100))
        .await
        .is(200);
    api.post(&format!("{path}/afsluitingen"), &regisseur, resolve())
        .await
        .is(200);
    // Now it would be refused, and its version is stale as well.
    let again = api
        .call(Method::POST, &decision, &regisseur)
        .header("Idempotency-Key", key.to_string())
        .header("If-Match", "\"3\"");
    let again = send(again.json(&decide(100))).await.is(200);
    assert_eq!(again.body["herhaald"], true);
    for member in [
        "versie",
        "positie",
        "geregistreerdOp",
        "opdracht",
        "verzoek",
    ] {
        assert_eq!(again.body[member], decided.body[member], "{member}");
    }
    api.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recorded_refusal_is_repeated_as_such() {
    let api = Api::start().await;
    let path = format!("/v1/verzoeken/{}/besluiten", api.assigned(1).await);
    let key = next_id();
    let first = keyed(&api, &path, &api.regisseur(), key, decide(99_999))
        .await
        .refused(409, "above-ceiling");
    assert_eq!(first.body["herhaald"], false);
    let again = keyed(&api, &path, &api.regisseur(), key, decide(99_999))
        .await
        .refused(409, "above-ceiling");
    assert_eq!(
        (&again.body["herhaald"], &again.body["vastgelegd"]),
        (&json!(true), &json!(true))
    );
    assert_eq!(again.body["positie"], first.body["positie"]);
    api.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_id_for_something_else_is_refused() {
    let api = Api::start().await;
    let key = next_id();
    let intake = api.intake();
    keyed(&api, "/v1/verzoeken", &intake, key, request())
        .await
        .is(201);
    let mut other = request();
    other["naam"] = json!("Q. Pietersen");
    keyed(&api, "/v1/verzoeken", &intake, key, other)
        .await
        .refused(409, "command-reused");
    keyed(
        &api,
        "/v1/verzoeken",
        &api.staff("ida", &["intake"]),
        key,
        request(),
    )
    .await
    .refused(409, "command-reused");
    let path = format!("/v1/verzoeken/{key}/toewijzingen");
    keyed(&api, &path, &api.regisseur(), key, assign())
        .await
        .refused(409, "command-reused");
    api.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stale_version_changes_nothing_and_tells_the_actual_one() {
    let api = Api::start().await;
    let path = format!("/v1/verzoeken/{}/besluiten", api.assigned(1).await);
    for etag in ["\"0\"", "\"2\"", "\"99\""] {
        let call = api
            .call(Method::POST, &path, &api.regisseur())
            .header("If-Match", etag);
        let stale = send(call.json(&decide(100)))
            .await
            .refused(412, "stale-version");
        assert_eq!(stale.body["versie"], 3, "{etag}");
    }
    let call = api
        .call(Method::POST, &path, &api.regisseur())
        .header("If-Match", "\"3\"");
    send(call.json(&decide(100))).await.is(200);
    api.stop().await;
}
