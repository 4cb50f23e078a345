//! A request's way, from submission to its end.

use eventlog::{Expected, NewEvent, StreamId, Write};
use reqwest::Method;
use serde_json::{Value, json};

use super::world::{
    Api, REGISSEUR, WIJK, assign, decide, escalate, mandate, request, resolve, send,
};
use crate::support::event::{append, event, next_id, zeeveld};

/// The kinds of steps of a list or a dossier.
fn kinds(steps: &Value) -> Vec<&str> {
    steps
        .as_array()
        .unwrap()
        .iter()
        .map(|step| step["soort"].as_str().unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_goes_from_submission_to_closing_and_each_version_leads_to_the_next() {
    let api = Api::start().await;
    let regisseur = api.regisseur();
    let submitted = api
        .post("/v1/verzoeken", &api.resident(1), request())
        .await
        .is(201);
    let path = format!("/v1/verzoeken/{}", submitted.request());
    assert_eq!(submitted.header("location"), path);
    assert_eq!(submitted.body["herhaald"], false);
    assert!(
        submitted.body["geregistreerdOp"]
            .as_str()
            .unwrap()
            .ends_with('Z')
    );
    let state = api
        .get_at(&path, &api.resident(1), submitted.position())
        .await
        .is(200);
    assert_eq!(state.body["toestand"], "submitted");
    assert_eq!(state.header("etag"), submitted.header("etag"));

    let mut etag = submitted.header("etag").to_owned();
    let mut position = 0;
    for (operation, body) in [
        ("toewijzingen", assign()),
        ("besluiten", decide(40_000)),
        ("afsluitingen", resolve()),
    ] {
        let call = api.call(Method::POST, &format!("{path}/{operation}"), &regisseur);
        let done = send(call.header("If-Match", &etag).json(&body))
            .await
            .is(200);
        assert_ne!(done.header("etag"), etag);
        assert_eq!(done.header("etag"), format!("\"{}\"", done.body["versie"]));
        done.header("etag").clone_into(&mut etag);
        position = done.position();
    }
    let state = api.get_at(&path, &api.resident(1), position).await.is(200);
    assert_eq!(state.body["toestand"], "resolved");
    assert_eq!(
        (&state.body["uitkomst"], &state.body["onderMandaat"]),
        (&json!("granted"), &json!(true))
    );

    let dossier = api
        .get_at(&format!("{path}/dossier"), &regisseur, position)
        .await
        .is(200);
    assert_eq!(
        kinds(&dossier.body["stappen"]),
        [
            "request-submitted",
            "term-set",
            "request-assigned",
            "request-decided",
            "request-resolved"
        ]
    );
    let decided = &dossier.body["stappen"][3];
    assert_eq!(decided["door"], "staff:rosa");
    assert_eq!(decided["inhoud"]["mandaat"]["mandaat"], "m1");
    assert!(decided.to_string().contains("De bank helpt"));
    assert!(
        dossier.body["stappen"][0]
            .to_string()
            .contains("Er moet een bank bij de vijver")
    );
    api.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_queue_holds_what_is_open_and_the_report_counts_what_was_done() {
    let api = Api::start().await;
    let regisseur = api.regisseur();
    let open = api.submitted(1).await;
    let done = api.assigned(2).await;
    api.post(
        &format!("/v1/verzoeken/{done}/besluiten"),
        &regisseur,
        decide(100),
    )
    .await
    .is(200);
    let last = api
        .post(
            &format!("/v1/verzoeken/{done}/afsluitingen"),
            &regisseur,
            resolve(),
        )
        .await
        .is(200);
    let position = last.position();

    let queue = api
        .get_at(&format!("/v1/wachtrijen/{WIJK}"), &regisseur, position)
        .await
        .is(200);
    assert_eq!(queue.body["count"], 1);
    assert_eq!(
        (&queue.body["next"], &queue.body["previous"]),
        (&Value::Null, &Value::Null)
    );
    let item = &queue.body["results"][0];
    assert_eq!(item["verzoek"], open);
    assert_eq!(item["toestand"], "submitted");
    assert_eq!(item["termijnen"][0]["klok"], "servicenorm");
    let beyond = api
        .get(&format!("/v1/wachtrijen/{WIJK}?page=2"), &regisseur)
        .await
        .is(200);
    assert_eq!(beyond.body["results"], json!([]));
    assert_eq!(beyond.body["previous"], format!("/v1/wachtrijen/{WIJK}"));
    let overview = api.get("/v1/wachtrijen", &regisseur).await.is(200);
    assert_eq!(overview.body["wachtrijen"][0]["wijk"], WIJK);
    assert_eq!(overview.body["wachtrijen"][0]["open"], 1);

    let today = casework::day::of(api.dispatch.now());
    let period = readmodel::evaluation::Period::half_year_of(today).unwrap();
    let path = format!("/v1/rapportages/{}", period.name());
    let report = api.get_at(&path, &regisseur, position).await.is(200);
    let total = &report.body["totaal"];
    assert_eq!(
        (
            &total["ontvangen"],
            &total["besloten"],
            &total["afgehandeld"]
        ),
        (&json!(2), &json!(1), &json!(1))
    );
    assert_eq!(total["onderMandaat"]["ja"], 1);
    api.stop().await;
}

/// A decision of the organ itself.
fn organ() -> Value {
    json!({"grondslag": "organ", "uitkomst": "granted", "bedragCenten": 90_000, "motivering": "Het mag"})
}

#[tokio::test(flavor = "multi_thread")]
async fn what_exceeds_the_mandate_is_refused_recorded_and_decided_by_the_organ() {
    let api = Api::start().await;
    let (regisseur, college) = (api.regisseur(), api.college());
    let path = format!("/v1/verzoeken/{}", api.assigned(1).await);
    let above = api
        .act(&path, "besluiten", &regisseur, decide(50_001))
        .await;
    let above = above.refused(409, "above-ceiling");
    assert_eq!(
        (&above.body["vastgelegd"], &above.body["versie"]),
        (&json!(true), &json!(4))
    );
    let early = api.act(&path, "besluiten", &college, organ()).await;
    assert_eq!(
        early.refused(409, "not-escalated").body["vastgelegd"],
        false
    );

    api.act(&path, "escalaties", &regisseur, escalate())
        .await
        .is(200);
    let waits = api.act(&path, "besluiten", &regisseur, decide(1)).await;
    waits.refused(409, "escalated");
    let mayor = api.staff("bert", &["burgemeester"]);
    let other = api.act(&path, "besluiten", &mayor, organ()).await;
    other.refused(403, "not-the-organ");
    let decided = api.act(&path, "besluiten", &college, organ()).await.is(200);

    let list = format!("{path}/besluiten");
    let list = api
        .get_at(&list, &college, decided.position())
        .await
        .is(200);
    assert_eq!(
        kinds(&list.body["results"]),
        ["decision-refused", "request-decided"]
    );
    assert_eq!(list.body["results"][1]["inhoud"]["orgaan"], "college");
    api.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_operation_lists_what_was_done() {
    let api = Api::start().await;
    let (regisseur, college) = (api.regisseur(), api.college());
    let path = format!("/v1/verzoeken/{}", api.assigned(1).await);
    api.act(&path, "escalaties", &regisseur, escalate())
        .await
        .is(200);
    let instruction = json!({"instructie": "Vraag drie offertes"});
    api.act(&path, "terugzendingen", &college, instruction)
        .await
        .is(200);
    let escalated = api
        .act(&path, "escalaties", &regisseur, escalate())
        .await
        .is(200);
    for (operation, kind, count) in [
        ("toewijzingen", "request-assigned", 1),
        ("escalaties", "request-escalated", 2),
        ("terugzendingen", "escalation-returned", 1),
        ("besluiten", "", 0),
        ("afsluitingen", "", 0),
        ("heropeningen", "", 0),
        ("intrekkingen", "", 0),
        ("plaatsingen", "", 0),
    ] {
        let list = format!("{path}/{operation}");
        let list = api
            .get_at(&list, &regisseur, escalated.position())
            .await
            .is(200);
        assert_eq!(list.body["count"], count, "{operation}");
        assert_eq!(
            kinds(&list.body["results"]),
            vec![kind; count],
            "{operation}"
        );
        assert_eq!(list.body["versie"], escalated.body["versie"], "{operation}");
    }
    api.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_requester_withdraws_and_the_intake_places_and_reopens() {
    let api = Api::start().await;
    let (intake, resident) = (api.intake(), api.resident(1));
    let mut body = request();
    body.as_object_mut()
        .unwrap()
        .retain(|name, _| name != "wijk" && name != "domein");
    let submitted = api.post("/v1/verzoeken", &resident, body).await.is(201);
    let path = format!("/v1/verzoeken/{}", submitted.request());
    let waiting = api
        .get_at("/v1/wachtrijen/intake", &intake, submitted.position())
        .await;
    assert_eq!(
        waiting.is(200).body["results"][0]["verzoek"],
        submitted.request()
    );

    let early = api
        .act(&path, "toewijzingen", &api.regisseur(), assign())
        .await;
    early.refused(409, "no-wijk");
    let place = json!({"wijk": WIJK, "domein": "openbare-ruimte"});
    api.act(&path, "plaatsingen", &intake, place).await.is(200);
    let reopen = json!({"aanleiding": "not-fixed", "toelichting": "Toch wel"});
    let open = api
        .act(&path, "heropeningen", &intake, reopen.clone())
        .await;
    open.refused(409, "not-ended");
    let withdraw = json!({"reden": "Niet meer nodig"});
    api.act(&path, "intrekkingen", &resident, withdraw)
        .await
        .is(200);
    let reopened = api
        .act(&path, "heropeningen", &resident, reopen)
        .await
        .is(200);

    let dossier = format!("{path}/dossier");
    let dossier = api
        .get_at(&dossier, &intake, reopened.position())
        .await
        .is(200);
    let expected = [
        "request-submitted",
        "request-placed",
        "term-set",
        "request-withdrawn",
        "request-reopened",
    ];
    assert_eq!(kinds(&dossier.body["stappen"]), expected);
    assert!(
        dossier.body["stappen"][3]
            .to_string()
            .contains("Niet meer nodig")
    );
    api.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_changes_nothing_says_so() {
    let api = Api::start().await;
    let path = format!("/v1/verzoeken/{}/toewijzingen", api.assigned(1).await);
    let again = api.post(&path, &api.regisseur(), assign()).await.is(200);
    assert_eq!(
        (&again.body["positie"], &again.body["geregistreerdOp"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(again.body["versie"], 3);
    api.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_of_what_is_not_there_yet_says_when_to_come_back() {
    let api = Api::start().await;
    let id = api.submitted(1).await;
    for path in [
        format!("/v1/verzoeken/{id}"),
        format!("/v1/verzoeken/{id}/dossier"),
        format!("/v1/verzoeken/{id}/besluiten"),
        format!("/v1/wachtrijen/{WIJK}"),
        "/v1/wachtrijen/intake".to_owned(),
        "/v1/rapportages/2026-H1".to_owned(),
    ] {
        let later = api
            .get_at(&path, &api.intake(), 1_000)
            .await
            .refused(503, "not-yet-projected");
        assert_eq!(later.header("retry-after"), "1", "{path}");
    }
    api.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_the_version_already_gets_304_until_it_changes() {
    let api = Api::start().await;
    let submitted = api
        .post("/v1/verzoeken", &api.resident(1), request())
        .await
        .is(201);
    let path = format!("/v1/verzoeken/{}", submitted.request());
    let etag = api
        .get_at(&path, &api.intake(), submitted.position())
        .await
        .is(200)
        .header("etag")
        .to_owned();
    let unless = |etag: String| {
        send(
            api.call(Method::GET, &path, &api.intake())
                .header("If-None-Match", etag),
        )
    };
    for known in [
        etag.clone(),
        format!("W/{etag}"),
        format!("\"9\", {etag}"),
        "*".to_owned(),
    ] {
        let same = unless(known).await.is(304);
        assert_eq!(
            (same.header("etag"), &same.body),
            (etag.as_str(), &Value::Null)
        );
    }
    unless("\"9\"".to_owned()).await.is(200);
    let placed = api
        .act(&path, "toewijzingen", &api.regisseur(), assign())
        .await
        .is(200);
    let at = format!("{path}?vanafPositie={}", placed.position());
    let changed = send(
        api.call(Method::GET, &at, &api.intake())
            .header("If-None-Match", etag),
    )
    .await;
    assert_eq!(changed.is(200).header("etag"), placed.header("etag"));
    api.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_register_is_kept_and_read() {
    let api = Api::start().await;
    let keeper = api.staff("keeper", &["mandaatbeheer"]);
    let granted = api
        .post("/v1/mandaten", &keeper, mandate("m2"))
        .await
        .is(201);
    assert_eq!(granted.header("location"), "/v1/mandaten/m2");
    api.post("/v1/mandaten", &api.regisseur(), mandate("m3"))
        .await
        .refused(403, "may-not");
    let mut other = mandate("m2");
    other["plafondCenten"] = json!(1);
    api.post("/v1/mandaten", &keeper, other)
        .await
        .refused(409, "mandate-exists");
    let list = api.get("/v1/mandaten", &api.resident(1)).await.is(200);
    assert_eq!(list.body["count"], 2);
    let entry = api.get("/v1/mandaten/m2", &api.resident(1)).await.is(200);
    assert_eq!(entry.body["houder"], REGISSEUR);
    assert_eq!(
        (&entry.body["plafondCenten"], &entry.body["intrekking"]),
        (&json!(50_000), &Value::Null)
    );

    let today = casework::day::of(api.dispatch.now());
    let path = "/v1/mandaten/m2/intrekkingen";
    let revoke = json!({"ingangsdatum": today.to_string(), "reden": "Reorganisatie"});
    assert_eq!(api.get(path, &keeper).await.is(200).body["count"], 0);
    api.post(
        path,
        &keeper,
        json!({"ingangsdatum": "2020-01-01", "reden": "x"}),
    )
    .await
    .refused(400, "revoked-in-the-past");
    api.post(path, &keeper, revoke.clone()).await.is(200);
    assert_eq!(
        api.get(path, &keeper).await.is(200).body["results"][0],
        revoke
    );
    api.post("/v1/mandaten/m9/intrekkingen", &keeper, revoke)
        .await
        .refused(404, "not-found");
    api.get("/v1/mandaten/m9", &keeper)
        .await
        .refused(404, "not-found");

    let wijken = api.get("/v1/wijken", &api.resident(1)).await.is(200);
    assert_eq!(wijken.body["count"], 2);
    assert_eq!(
        wijken.body["results"][0],
        json!({"wijk": WIJK, "naam": "Duinkant", "editie": 2026})
    );
    api.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correlation_that_was_given_stands_in_the_dossier() {
    let api = Api::start().await;
    let correlation = "0190c5a8-7c1e-7d3a-9a54-0d6f3a1b2c3d";
    let call = api.call(Method::POST, "/v1/verzoeken", &api.resident(1));
    let submitted = send(
        call.header("X-Correlation-ID", correlation)
            .json(&request()),
    )
    .await
    .is(201);
    let path = format!("/v1/verzoeken/{}/dossier", submitted.request());
    let dossier = api
        .get_at(&path, &api.intake(), submitted.position())
        .await
        .is(200);
    assert_eq!(dossier.body["stappen"][0]["correlatie"], correlation);
    assert_eq!(
        dossier.body["stappen"][0]["opdracht"],
        submitted.body["opdracht"]
    );
    assert_eq!(
        dossier.body["stappen"][0]["door"],
        format!("person:{}", uuid::Uuid::from_u128(1))
    );
    api.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn imported_history_that_was_never_submitted_exists_and_is_refused_by_rule() {
    let api = Api::start().await;
    let id = next_id();
    let imported = NewEvent {
        kind: "request-imported".to_owned(),
        payload: r#"{"caseNumber":"1","domain":null,"placement":{"edition":null,"source":"unknown","wijk":null},"requestKind":null,"sourceName":"archive"}"#.to_owned(),
        ..event()
    };
    let write = Write {
        stream: StreamId::new("request", id.to_string()),
        expected: Expected::New,
        events: vec![imported],
    };
    let appended = api
        .dispatch
        .log()
        .append(&zeeveld(), append([write]))
        .await
        .unwrap();
    let path = format!("/v1/verzoeken/{id}");
    let state = api
        .get_at(&path, &api.intake(), appended.last_position)
        .await
        .is(200);
    assert_eq!(state.body["toestand"], "new");
    let assigned = api
        .act(&path, "toewijzingen", &api.regisseur(), assign())
        .await;
    assigned.refused(409, "not-submitted");
    api.stop().await;
}
