//! Bad input: told what is wrong and what to do, and nothing is half done.

use reqwest::Method;
use serde_json::{Value, json};

use super::world::{Answer, Api, WIJK, assign, decide, mandate, request, send};

fn with(mut body: Value, member: &str, value: Value) -> Value {
    body[member] = value;
    body
}

fn without(mut body: Value, member: &str) -> Value {
    body.as_object_mut().unwrap().remove(member);
    body
}

/// Refused with 400 for these members and codes, such as `wijk required, soort empty-text`.
#[track_caller]
fn invalid(answer: Answer, expected: &str) {
    let answer = answer.is(400);
    let found: Vec<String> = answer
        .invalid()
        .iter()
        .map(|(name, code)| format!("{name} {code}"))
        .collect();
    assert_eq!(found.join(", "), expected, "{:#}", answer.body);
}

/// Sends each body to an operation on a request that is assigned; all are refused and nothing is written.
async fn refuses(operation: &str, cases: impl IntoIterator<Item = (Value, &str)>) {
    let api = Api::start().await;
    let path = format!("/v1/verzoeken/{}/{operation}", api.assigned(1).await);
    let before = head(&api).await;
    for (body, expected) in cases {
        invalid(api.post(&path, &api.regisseur(), body).await, expected);
    }
    assert_eq!(head(&api).await, before, "nothing was written");
    api.stop().await;
}

/// How many events the log holds.
async fn head(api: &Api) -> i64 {
    api.dispatch
        .log()
        .head(&crate::support::event::zeeveld())
        .await
        .unwrap()
        .position
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_request_is_refused_and_leaves_nothing() {
    let api = Api::start().await;
    let before = head(&api).await;
    let long = |chars: usize| json!("x".repeat(chars));
    for (member, value, code) in [
        ("verzoek", json!(""), "empty-text"),
        ("verzoek", json!(" \n "), "empty-text"),
        ("verzoek", json!(7), "invalid-type"),
        ("verzoek", json!("a\0b"), "forbidden-character"),
        ("verzoek", long(5_001), "text-too-long"),
        ("naam", long(501), "text-too-long"),
        ("soort", long(81), "text-too-long"),
        ("soort", json!("a\0b"), "forbidden-character"),
        ("wijk", json!("WK999999"), "unknown-wijk"),
        ("wijk", json!("wk999901"), "invalid-code"),
        ("domein", json!("verkeer"), "unknown-value"),
        ("kanaal", json!("unknown"), "unknown-value"),
        ("verzoeker", json!("piet"), "invalid-code"),
        ("extra", json!(1), "unknown-member"),
    ] {
        let body = with(request(), member, value);
        let expected = format!("{member} {code}");
        invalid(
            api.post("/v1/verzoeken", &api.intake(), body).await,
            &expected,
        );
    }
    for body in [json!([]), json!("tekst"), json!(null)] {
        invalid(
            api.post("/v1/verzoeken", &api.intake(), body).await,
            "body invalid-type",
        );
    }
    assert_eq!(head(&api).await, before, "nothing was written");
    api.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_is_told_at_once() {
    let api = Api::start().await;
    let body = json!({"wijk": 1, "kanaal": "fax", "extra": null});
    invalid(
        api.post("/v1/verzoeken", &api.intake(), body).await,
        "extra unknown-member, kanaal unknown-value, soortVerzoeker required, verzoek required, wijk invalid-type",
    );
    api.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_says_what_it_is_and_nothing_beside_it() {
    let d = |member, value| with(decide(1), member, value);
    let residents = |value| with(decide(1), "bewoners", value);
    let cases = [
        (d("bedragCenten", json!(-1)), "bedragCenten out-of-range"),
        (d("bedragCenten", json!(0.5)), "bedragCenten out-of-range"),
        (d("uitkomst", json!("unknown")), "uitkomst unknown-value"),
        (d("motivering", json!(" ")), "motivering empty-text"),
        (d("grondslag", json!("beide")), "grondslag unknown-value"),
        (d("grondslag", json!("organ")), "bewoners not-applicable"),
        (without(decide(1), "bewoners"), "bewoners required"),
        (residents(json!({})), "bewoners.geraadpleegd required"),
        (
            residents(json!({"geraadpleegd": true})),
            "bewoners empty-text",
        ),
        (
            residents(json!({"geraadpleegd": false})),
            "bewoners.reden required",
        ),
        (
            residents(json!({"geraadpleegd": true, "reden": "urgent"})),
            "bewoners.reden not-applicable",
        ),
        (
            residents(json!({"geraadpleegd": false, "aantal": 1, "toelichting": "x"})),
            "bewoners.aantal not-applicable, bewoners.toelichting not-applicable",
        ),
    ];
    refuses("besluiten", cases).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closing_has_a_message_or_the_reason_why_not() {
    let cases = [
        (json!({}), "kanaal required"),
        (json!({"kanaal": "email"}), "bericht required"),
        (json!({"bericht": "x"}), "kanaal required"),
        (
            json!({"kanaal": "email", "bericht": ""}),
            "bericht empty-text",
        ),
        (
            json!({"reden": "declined", "bericht": "x"}),
            "bericht not-applicable",
        ),
    ];
    refuses("afsluitingen", cases).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_other_operations_are_checked_as_well() {
    let cases = [
        (json!({}), "functie required"),
        (
            json!({"functie": "A B", "spoed": "ja"}),
            "functie invalid-code, spoed invalid-type",
        ),
    ];
    refuses("toewijzingen", cases).await;
    let case = json!({"naar": "college", "grond": "appeal", "vraag": ""});
    refuses(
        "escalaties",
        [(case, "grond unknown-value, vraag empty-text")],
    )
    .await;
    refuses(
        "terugzendingen",
        [(json!({"instructie": null}), "instructie invalid-type")],
    )
    .await;
    let case = json!({"aanleiding": "boos", "toelichting": "x"});
    refuses("heropeningen", [(case, "aanleiding unknown-value")]).await;
    refuses("intrekkingen", [(json!({"reden": ""}), "reden empty-text")]).await;
    let cases = [
        (json!({}), "wijk required"),
        (json!({"wijk": "WK999999"}), "wijk unknown-wijk"),
    ];
    refuses("plaatsingen", cases).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn days_are_days_without_time_or_zone() {
    let api = Api::start().await;
    let keeper = api.staff("keeper", &["mandaatbeheer"]);
    for day in [
        "2026-02-30",
        "2026-01-01T00:00:00",
        "2026-01-01T00:00:00Z",
        "01-01-2026",
        "morgen",
    ] {
        let body = with(
            with(mandate("m2"), "geldigVan", json!(day)),
            "geldigTotEnMet",
            json!(day),
        );
        let expected = "geldigTotEnMet invalid-date, geldigVan invalid-date";
        invalid(api.post("/v1/mandaten", &keeper, body).await, expected);
    }
    let reversed = with(mandate("m2"), "geldigTotEnMet", json!("2019-12-31"));
    invalid(
        api.post("/v1/mandaten", &keeper, reversed).await,
        "geldigTotEnMet period-reversed",
    );
    let nowhere = with(mandate("m2"), "wijken", json!([]));
    invalid(
        api.post("/v1/mandaten", &keeper, nowhere).await,
        "wijken empty-scope",
    );
    api.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_json_is_told_where_it_goes_wrong() {
    let api = Api::start().await;
    let post = |body: Vec<u8>, kind: &'static str| {
        send(
            api.call(Method::POST, "/v1/verzoeken", &api.intake())
                .header("Content-Type", kind)
                .body(body),
        )
    };
    let deep = "[".repeat(10_000);
    for body in ["", "{", "{\"a\":1,}", "verzoek=x", deep.as_str()] {
        post(body.into(), "application/json")
            .await
            .refused(400, "malformed-json");
    }
    post(vec![b'"', 0xff, b'"'], "application/json")
        .await
        .refused(400, "malformed-json");
    let body = serde_json::to_vec(&request()).unwrap();
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "x",
    ] {
        post(body.clone(), kind)
            .await
            .refused(415, "unsupported-media-type");
    }
    post(body, "Application/JSON; charset=utf-8").await.is(201);
    api.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn headers_are_checked_together_with_the_body() {
    let api = Api::start().await;
    let path = format!("/v1/verzoeken/{}/toewijzingen", api.submitted(1).await);
    let call = api
        .call(Method::POST, &format!("{path}?extra=1"), &api.regisseur())
        .header("Idempotency-Key", "1")
        .header("X-Correlation-ID", "x")
        .header("If-Match", "3");
    invalid(
        send(call.json(&json!({}))).await,
        "Idempotency-Key invalid-uuid, If-Match invalid-etag, X-Correlation-ID invalid-uuid, extra unknown-parameter, functie required",
    );
    for etag in [
        "\"x\"",
        "W/\"2\"",
        "\"2\", \"3\"",
        "\"-1\"",
        "\"+2\"",
        "\"\"",
        "\"99999999999999999999\"",
    ] {
        let call = api
            .call(Method::POST, &path, &api.regisseur())
            .header("If-Match", etag);
        invalid(send(call.json(&assign())).await, "If-Match invalid-etag");
    }
    let twice = api
        .call(Method::POST, &path, &api.regisseur())
        .header("Idempotency-Key", "0190c5a8-7c1e-7d3a-9a54-0d6f3a1b2c3d")
        .header("Idempotency-Key", "0190c5a8-7c1e-7d3a-9a54-0d6f3a1b2c3e");
    invalid(
        send(twice.json(&assign())).await,
        "Idempotency-Key repeated",
    );
    let whichever = api
        .call(Method::POST, &path, &api.regisseur())
        .header("If-Match", "*");
    send(whichever.json(&assign())).await.is(200);
    api.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn paths_and_queries_are_checked() {
    let api = Api::start().await;
    let token = api.staff("rosa", &["college", "intake"]);
    for (path, expected) in [
        ("/v1/verzoeken/1", "id invalid-uuid"),
        ("/v1/verzoeken/1/dossier", "id invalid-uuid"),
        ("/v1/verzoeken/%FF/dossier", "pad invalid-path"),
        ("/v1/wachtrijen/GM0392", "wijk invalid-code"),
        ("/v1/wachtrijen/wk999901", "wijk invalid-code"),
        ("/v1/rapportages/2026", "periode invalid-period"),
        ("/v1/rapportages/2026-H3", "periode invalid-period"),
        ("/v1/mandaten/a%20b", "mandaat invalid-code"),
        ("/v1/wijken?page=1", "page unknown-parameter"),
        (
            "/v1/mandaten?vanafPositie=1",
            "vanafPositie unknown-parameter",
        ),
        ("/v1/wachtrijen/intake?page=0", "page out-of-range"),
        ("/v1/wachtrijen/intake?page=-1", "page out-of-range"),
        ("/v1/wachtrijen/intake?page=", "page out-of-range"),
        ("/v1/wachtrijen/intake?page=1&page=1", "page repeated"),
        (
            "/v1/wachtrijen/intake?vanafPositie=9223372036854775808",
            "vanafPositie out-of-range",
        ),
        ("/v1/wachtrijen/intake?pagina=1", "pagina unknown-parameter"),
    ] {
        invalid(api.get(path, &token).await, expected);
    }
    api.get("/v1/wachtrijen/WK999999", &token)
        .await
        .refused(404, "unknown-wijk");
    api.get("/v1/wachtrijen/WK999902", &token).await.is(200);
    api.get("/v1/wachtrijen/intake?page=9223372036854775807", &token)
        .await
        .is(200);
    let absent = uuid::Uuid::from_u128(9);
    api.get(&format!("/v1/verzoeken/{absent}"), &token)
        .await
        .refused(404, "not-found");
    let path = format!("/v1/verzoeken/{absent}/plaatsingen");
    api.post(&path, &token, json!({"wijk": WIJK}))
        .await
        .refused(404, "not-found");
    api.stop().await;
}
