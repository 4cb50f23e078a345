//! What holds for every call: methods, sizes, headers, and a database that goes away.

use reqwest::Method;
use serde_json::json;
use server::{App, ServeError, serve};
use sqlx::{AssertSqlSafe, ConnectOptions as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::world::{Api, request, send};
use crate::support::db::maintenance;

#[tokio::test(flavor = "multi_thread")]
async fn unknown_paths_and_wrong_methods_are_problems_too() {
    let api = Api::start().await;
    let token = api.intake();
    for path in [
        "/",
        "/v1",
        "/v1/",
        "/v1/verzoek",
        "/v1/verzoeken/",
        "/v1/wijken/",
        "/V1/wijken",
        "/v2/wijken",
    ] {
        api.get(path, &token).await.refused(404, "unknown-path");
    }
    for (method, path, allow) in [
        (Method::GET, "/v1/verzoeken", "POST"),
        (Method::DELETE, "/v1/wijken", "GET,HEAD"),
        (Method::PUT, "/v1/mandaten", "GET,HEAD,POST"),
        (Method::POST, "/v1/wachtrijen/intake", "GET,HEAD"),
        (Method::PATCH, "/v1/openapi.json", "GET,HEAD"),
    ] {
        let refused = send(api.call(method.clone(), path, &token))
            .await
            .refused(405, "method-not-allowed");
        let mut found: Vec<&str> = refused.header("allow").split(',').collect();
        found.sort_unstable();
        assert_eq!(found.join(","), allow, "{method} {path}");
    }
    api.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn options_and_head_are_answered() {
    let api = Api::start().await;
    let options = send(api.call(Method::OPTIONS, "/v1/mandaten", ""))
        .await
        .is(204);
    assert!(options.header("allow").contains("POST"), "{options:?}");
    let head = send(api.call(Method::HEAD, "/v1/wijken", &api.intake()))
        .await
        .is(200);
    assert_eq!(head.body, serde_json::Value::Null);
    send(api.call(Method::HEAD, "/v1/wijken", "")).await.is(401);
    api.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_of_five_megabytes_is_answered_and_not_cut_off() {
    let api = Api::start().await;
    let large = vec![b' '; 5 * 1024 * 1024];
    for path in ["/v1/verzoeken", "/v1/mandaten", "/v1/wijken", "/nergens"] {
        for token in [api.intake(), String::new()] {
            let call = api
                .call(Method::POST, path, &token)
                .header("Content-Type", "application/json");
            send(call.body(large.clone()))
                .await
                .refused(413, "body-too-large");
        }
    }
    api.stop().await;
}

/// Sends these bytes as they are and answers the status line and headers that come back.
async fn raw(api: &Api, bytes: &[u8]) -> String {
    let mut socket = TcpStream::connect(api.base.strip_prefix("http://").unwrap())
        .await
        .unwrap();
    socket.write_all(bytes).await.unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_does_not_say_how_large_it_is_is_measured() {
    let api = Api::start().await;
    for (chunks, status) in [(16, "400 "), (17, "413 "), (80, "413 ")] {
        let head = format!(
            "POST /v1/verzoeken HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {}\r\n\
             Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n",
            api.intake()
        );
        // 16 chunks are exactly as much as may be: read, and found to be no JSON.
        let chunk = format!("10000\r\n{}\r\n", " ".repeat(0x10000));
        let whole = head + &chunk.repeat(chunks) + "0\r\n\r\n";
        let answer = raw(&api, whole.as_bytes()).await;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status}")),
            "{chunks}: {answer}"
        );
        assert!(answer.contains("application/problem+json"), "{answer}");
    }
    api.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_before_sending_too_much_need_not_send_it() {
    let api = Api::start().await;
    let head = "POST /v1/verzoeken HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 5242880\r\n\
                Expect: 100-continue\r\n\r\n";
    let answer = raw(&api, head.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    api.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_breaks_off_does_nothing() {
    let api = Api::start().await;
    let mut socket = TcpStream::connect(api.base.strip_prefix("http://").unwrap())
        .await
        .unwrap();
    let head = "POST /v1/verzoeken HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{\"verzoek\":";
    socket.write_all(head.as_bytes()).await.unwrap();
    socket.shutdown().await.unwrap();
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).await.unwrap();
    api.get("/v1/wijken", &api.intake()).await.is(200);
    api.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_document_of_the_api_is_open_to_everyone() {
    let api = Api::start().await;
    let answer = api.get("/v1/openapi.json", "").await.is(200);
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.body["info"]["version"], answer.header("api-version"));
    for (path, item) in answer.body["paths"].as_object().unwrap() {
        for method in ["get", "post"]
            .into_iter()
            .filter(|method| item[*method].is_object())
        {
            let concrete = path
                .replace("{id}", "0190c5a8-7c1e-7d3a-9a54-0d6f3a1b2c3d")
                .replace("{wijk}", "WK999901")
                .replace("{periode}", "2026-H1")
                .replace("{mandaat}", "m1");
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            // Without a token every one of them is there, and closed.
            send(api.call(method, &format!("/v1{concrete}"), ""))
                .await
                .refused(401, "no-token");
        }
    }
    api.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_tells_how_it_is() {
    let api = Api::start().await;
    let health = api.get("/gezondheid", "").await.is(200);
    assert_eq!(health.body["stand"], "goed");
    api.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_gone_is_503_without_internals() {
    let api = Api::start().await;
    let id = api.submitted(1).await;
    let name = api
        .db
        .url()
        .rsplit('/')
        .next()
        .unwrap()
        .split('?')
        .next()
        .unwrap()
        .to_owned();
    let mut server = maintenance().connect().await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(format!("drop database {name} with (force)")))
        .execute(&mut server)
        .await
        .unwrap();
    let answers = [
        api.get(&format!("/v1/verzoeken/{id}"), &api.intake()).await,
        api.get("/v1/wachtrijen", &api.intake()).await,
        api.get("/v1/mandaten", &api.intake()).await,
        api.get("/gezondheid", "").await,
        api.post("/v1/verzoeken", &api.intake(), request()).await,
        api.post(
            &format!("/v1/verzoeken/{id}/intrekkingen"),
            &api.intake(),
            json!({"reden": "x"}),
        )
        .await,
    ];
    for answer in answers {
        let answer = answer.refused(503, "database-unavailable");
        assert_eq!(answer.header("retry-after"), "1");
        assert!(
            !answer.body.to_string().contains(&name),
            "{:#}",
            answer.body
        );
    }
    api.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_others_can_reach_is_refused() {
    let api = Api::start_empty().await;
    let app = App::open(
        api.dispatch.clone(),
        &api.db.read_pool().await,
        api.key.clone(),
    )
    .await
    .unwrap();
    let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let refused = serve(listener, app, std::future::pending())
        .await
        .unwrap_err();
    assert!(matches!(refused, ServeError::NotLoopback { .. }));
    assert!(refused.to_string().contains("127.0.0.1"), "{refused}");
    api.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stops_leaves_its_views_where_a_new_one_goes_on() {
    let api = Api::start().await;
    let position = api
        .post("/v1/verzoeken", &api.intake(), request())
        .await
        .is(201)
        .position();
    let (dispatch, key) = (api.dispatch.clone(), api.key.clone());
    let db = api.stop().await;
    let app = App::open(dispatch, &db.read_pool().await, key.clone())
        .await
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let served = tokio::spawn(serve(listener, app, async {
        let _told_or_dropped = stopped.await;
    }));
    let identity = server::token::Identity {
        tenant: crate::support::event::zeeveld(),
        by: super::world::by_staff("ivo", &["intake"]),
    };
    let now = dispatch::Clock::now(&dispatch::SystemClock);
    let token =
        server::token::issue(&key, &identity, now, jiff::SignedDuration::from_mins(5)).unwrap();
    let url = format!("{base}/v1/wachtrijen/WK999901?vanafPositie={position}");
    let queue = send(reqwest::Client::new().get(url).bearer_auth(token))
        .await
        .is(200);
    assert_eq!(queue.body["count"], 1);
    stop.send(()).unwrap();
    served.await.unwrap().unwrap();
}
