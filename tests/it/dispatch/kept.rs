//! A request that a server keeps may be behind; nobody may notice.

use super::*;

async fn version(world: &World, id: RequestId) -> i64 {
    i64::try_from(world.kinds(id).await.len()).unwrap()
}

#[tokio::test]
async fn a_request_kept_behind_is_never_why_a_command_is_refused() {
    let world = World::new().await;
    let id = world.submitted(None).await;
    world
        .other_server
        .request(&call("rosa", &[REGISSEUR]), id, assign())
        .await
        .unwrap();
    // By what the first server keeps nobody leads it.
    world
        .dispatch
        .request(&call("rosa", &[REGISSEUR]), id, decide(100))
        .await
        .unwrap();
    assert_eq!(
        world.kinds(id).await.last().map(String::as_str),
        Some("request-decided")
    );
}

#[tokio::test]
async fn a_request_kept_behind_is_never_why_a_command_goes_through() {
    let world = World::new().await;
    let id = world.assigned(None).await;
    let withdraw = Intent::Plain(Action::Withdraw {
        reason: Text::given("opgelost door de buurt"),
    });
    world
        .other_server
        .request(&call("rosa", &[REGISSEUR]), id, withdraw)
        .await
        .unwrap();
    let before = version(&world, id).await;
    // By what the first server keeps it is open.
    let answer = world
        .dispatch
        .request(&call("rosa", &[REGISSEUR]), id, decide(100))
        .await;
    assert_eq!(refusal(answer).1, None);
    assert_eq!(version(&world, id).await, before);
}

#[tokio::test]
async fn a_request_kept_behind_is_never_why_nothing_is_written() {
    let world = World::new().await;
    let id = world.submitted(None).await;
    let place = |domain| Intent::Place {
        wijk: Some(wijk()),
        domain: Some(domain),
    };
    world
        .other_server
        .request(&call("ivo", &["intake"]), id, place(Domain::Sociaal))
        .await
        .unwrap();
    let before = version(&world, id).await;
    // By what the first server keeps, this is where it lies already.
    let receipt = world
        .dispatch
        .request(&call("ivo", &["intake"]), id, place(Domain::OpenbareRuimte))
        .await
        .unwrap();
    assert!(receipt.version > before, "{receipt:?}");
}

#[tokio::test]
async fn a_caller_who_saw_what_another_server_wrote_is_not_stale() {
    let world = World::new().await;
    let id = world.submitted(None).await;
    let seen = world
        .other_server
        .request(&call("rosa", &[REGISSEUR]), id, assign())
        .await
        .unwrap();
    let call = Call {
        expected_version: Some(seen.version),
        ..call("rosa", &[REGISSEUR])
    };
    world
        .dispatch
        .request(&call, id, decide(100))
        .await
        .unwrap();
}

#[tokio::test]
async fn what_is_kept_is_what_the_log_holds() {
    let world = World::new().await;
    let id = world.assigned(None).await;
    // Each command leans on what the one before left behind, on the server that kept it and on one that
    // reads it for the first time.
    for intent in [decide(100), resolve("de bank is gemaakt")] {
        world
            .dispatch
            .request(&call("rosa", &[REGISSEUR]), id, intent)
            .await
            .unwrap();
    }
    let kept = refusal(
        world
            .dispatch
            .request(&call("rosa", &[REGISSEUR]), id, decide(100))
            .await,
    );
    let read = refusal(
        world
            .other_server
            .request(&call("rosa", &[REGISSEUR]), id, decide(100))
            .await,
    );
    assert_eq!(kept, read);
}
