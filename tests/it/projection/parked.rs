//! One bad event costs its own stream only; it is seen, and comes back whole.

use casework::Event;
use casework::event::{ReopenCause, RequestReopened};
use eventlog::StreamId;
use projection::{ProjectionError, Rebuild, ViewError};
use readmodel::dossier::Dossier;
use readmodel::evaluation::{Evaluation, ReportError};
use readmodel::queue::{Page, Queue};
use serde_json::json;
use vault::{Kek, Vault};

use super::faulty::{Fault, Faulty, Server};
use super::reading::{KEK, submitted};
use super::running::{request, withdrawn};
use super::turns::LONG;
use super::world::{World, offered_raw, stream};
use crate::support::event::{past, zeeveld};

/// Three requests, of which each is submitted, withdrawn and submitted once more.
async fn lived(world: &World) {
    for (at, event) in [
        ("2026-02-01T09:00:00Z", submitted("WK999901")),
        ("2026-02-02T09:00:00Z", withdrawn()),
        ("2026-02-03T09:00:00Z", submitted("WK999902")),
    ] {
        for number in 1..4 {
            world.happened(request(number), [(at, event.clone())]).await;
        }
    }
}

/// Version of each request's row.
async fn versions(world: &World) -> Vec<i64> {
    sqlx::query_scalar("select version from queue_v1_blue.request order by request_id")
        .fetch_all(&world.read)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_poison_event_parks_its_stream_there_and_the_rest_of_the_batch_is_applied() {
    for (fault, told) in [
        (
            Fault::Unreadable {
                kind: "request-withdrawn",
            },
            "no decoder",
        ),
        (
            Fault::Constraint {
                request: 2,
                version: 2,
            },
            "request_ending_known",
        ),
        (
            Fault::Panic {
                request: 2,
                version: 2,
            },
            "panicked",
        ),
    ] {
        for batch in [1, 2, 5, 100] {
            let world = World::new().await;
            let faulty = Faulty::default();
            faulty.set(fault.clone());
            let runner = faulty.runner(&world).await.with_batches_of(batch);
            lived(&world).await;
            let error = runner.catch_up(&zeeveld()).await.unwrap_err();
            let all = matches!(fault, Fault::Unreadable { .. });
            let parked: Vec<u128> = if all { vec![1, 2, 3] } else { vec![2] };
            assert!(
                matches!(&error, ProjectionError::Parked { streams, .. } if *streams == parked.len()),
                "{error}"
            );
            let status = &runner.status(&zeeveld()).await.unwrap()[0];
            assert_eq!(
                (status.position, status.lag(), status.error.as_ref()),
                (9, 0, None)
            );
            assert_eq!(status.parked_count, i64::try_from(parked.len()).unwrap());
            for (shown, number) in status.parked.iter().zip(&parked) {
                assert_eq!(shown.poison.stream, stream(request(*number)));
                assert_eq!(shown.poison.position, 3 + i64::try_from(*number).unwrap());
                assert_eq!(
                    (shown.poison.kind.as_str(), shown.poison.schema),
                    ("request-withdrawn", 1)
                );
                assert!(shown.poison.error.contains(told), "{shown:?}");
                assert_eq!(shown.attempts, 1);
            }
            let whole = |number| if parked.contains(&number) { 1 } else { 3 };
            assert_eq!(versions(&world).await, [whole(1), whole(2), whole(3)]);
        }
    }
}

#[tokio::test]
async fn what_is_wrong_is_told_without_anything_an_event_says() {
    let world = World::new().await;
    let secret = "Jansen-Kerkstraat-12";
    let payload = json!({"grond": secret, "naar": secret, "door": 7});
    let event = offered_raw("request-escalated", 1, payload.to_string(), past());
    world
        .append(&zeeveld(), vec![(stream(request(1)), vec![event])])
        .await;
    let correction = json!({
        "corrects": "00000000-0000-0000-0000-000000000009",
        "fact": {"kind": "request-submitted", "payload": {"wijk": secret}, "schema": 1},
        "occurredAt": "2026-02-01T09:00:00Z"
    });
    let event = offered_raw("fact-corrected", 1, correction.to_string(), past());
    world
        .append(&zeeveld(), vec![(stream(request(2)), vec![event])])
        .await;
    let error = world.runner.catch_up(&zeeveld()).await.unwrap_err();
    assert!(!error.to_string().contains(secret), "{error}");
    for status in world.runner.status(&zeeveld()).await.unwrap() {
        assert_eq!(status.parked_count, 2, "{status:?}");
        assert!(!format!("{status:?}").contains(secret), "{status:?}");
    }
}

#[tokio::test]
async fn a_stream_that_is_named_after_no_request_is_parked_by_itself() {
    let world = World::new().await;
    for id in ["not-an-id", "0000000000000000000000000000000A"] {
        let event = offered_raw("request-withdrawn", 1, "{}".to_owned(), past());
        world
            .append(
                &zeeveld(),
                vec![(StreamId::new("request", id), vec![event])],
            )
            .await;
    }
    world
        .happened(
            request(1),
            [("2026-02-01T09:00:00Z", submitted("WK999901"))],
        )
        .await;
    world.runner.catch_up(&zeeveld()).await.unwrap_err();
    for status in world.runner.status(&zeeveld()).await.unwrap() {
        assert_eq!((status.position, status.parked_count), (3, 2));
    }
    assert_eq!(versions(&world).await, [1]);
}

#[tokio::test]
async fn an_answer_from_a_view_with_parked_streams_says_so_and_a_report_is_refused() {
    let world = World::new().await;
    lived(&world).await;
    let unknown = offered_raw("request-teleported", 3, "{}".to_owned(), past());
    world
        .append(&zeeveld(), vec![(stream(request(2)), vec![unknown])])
        .await;
    world.runner.catch_up(&zeeveld()).await.unwrap_err();

    let queue = Queue::open(&world.read, 1).await.unwrap();
    let wijk = casework::WijkCode::new("WK999902").unwrap();
    let page = queue
        .page(&zeeveld(), Some(&wijk), Page::default())
        .await
        .unwrap();
    assert_eq!((page.position, page.incomplete), (10, 1));
    assert_eq!(serde_json::to_value(&page).unwrap()["onvolledig"], 1);
    let overview = queue.overview(&zeeveld()).await.unwrap();
    assert_eq!(serde_json::to_value(&overview).unwrap()["onvolledig"], 1);
    let vault = Vault::new(world.db.app_pool().await, Kek::from_base64(KEK).unwrap());
    let dossier = Dossier::open(&world.read, vault, 1).await.unwrap();
    let dossier = dossier.read(&zeeveld(), request(1)).await.unwrap().unwrap();
    assert_eq!(serde_json::to_value(&dossier).unwrap()["onvolledig"], 1);
    let evaluation = Evaluation::open(&world.read, 1).await.unwrap();
    let period = "2026-H1".parse().unwrap();
    let refused = evaluation.report(&zeeveld(), &period).await.unwrap_err();
    assert!(
        matches!(
            refused,
            ReportError::Incomplete {
                streams: 1,
                position: 10
            }
        ),
        "{refused}"
    );
}

#[tokio::test]
async fn a_parked_stream_that_is_resumed_is_as_if_it_never_was_parked() {
    for fault in [
        Fault::Unreadable {
            kind: "request-withdrawn",
        },
        Fault::Constraint {
            request: 2,
            version: 2,
        },
        Fault::Panic {
            request: 2,
            version: 2,
        },
    ] {
        let world = World::new().await;
        lived(&world).await;
        let faulty = Faulty::default();
        let runner = faulty.runner(&world).await;
        faulty.set(fault);
        runner.catch_up(&zeeveld()).await.unwrap_err();
        let aside = stream(request(2));
        // Not mended yet: it stays aside, and that it was tried again is seen.
        let error = runner
            .resume("queue", &zeeveld(), Some(&aside))
            .await
            .unwrap_err();
        assert!(
            matches!(error, ProjectionError::Parked { streams: 1, .. }),
            "{error}"
        );
        let status = &runner.status(&zeeveld()).await.unwrap()[0];
        let shown = status
            .parked
            .iter()
            .find(|it| it.poison.stream == aside)
            .unwrap();
        assert_eq!((shown.attempts, shown.poison.position), (2, 5));
        assert_eq!(versions(&world).await[1], 1);

        faulty.mend();
        assert_eq!(
            runner
                .resume("queue", &zeeveld(), Some(&aside))
                .await
                .unwrap(),
            1
        );
        assert_eq!(versions(&world).await[1], 3);
        let error = runner
            .resume("queue", &zeeveld(), Some(&aside))
            .await
            .unwrap_err();
        assert!(
            matches!(error, ProjectionError::NotParked { .. }),
            "{error}"
        );
        runner.resume("queue", &zeeveld(), None).await.unwrap();
        runner.catch_up(&zeeveld()).await.unwrap();
        let resumed = world.rows(&zeeveld()).await;
        world.rebuilt("queue", &zeeveld()).await;
        assert_eq!(world.rows(&zeeveld()).await, resumed);
    }
}

#[tokio::test]
async fn rebuild_equals_live_also_where_streams_are_parked() {
    for fault in [
        Fault::Unreadable {
            kind: "request-withdrawn",
        },
        Fault::Constraint {
            request: 2,
            version: 2,
        },
        Fault::Panic {
            request: 3,
            version: 3,
        },
    ] {
        let world = World::new().await;
        let faulty = Faulty::default();
        let runner = faulty.runner(&world).await.with_batches_of(2);
        faulty.set(fault);
        lived(&world).await;
        runner.catch_up(&zeeveld()).await.unwrap_err();
        let (live, parked) = (world.rows(&zeeveld()).await, poisons(&runner).await);
        let builder = runner.builder("queue").unwrap();
        let rebuilt = builder
            .rebuild(&zeeveld(), Rebuild::default(), &|_| {})
            .await
            .unwrap();
        assert!(rebuilt.switched, "{rebuilt:?}");
        assert_eq!(world.rows(&zeeveld()).await, live);
        assert_eq!(poisons(&runner).await, parked);
    }
}

async fn poisons(runner: &readmodel::Runner) -> Vec<projection::Poison> {
    let status = &runner.status(&zeeveld()).await.unwrap()[0];
    assert!(status.serving);
    status.parked.iter().map(|it| it.poison.clone()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_an_older_server_parked_a_newer_one_heals_when_its_turn_comes() {
    let world = World::new().await;
    let queue = Queue::open(&world.read, 2).await.unwrap();
    let old = Faulty::default();
    old.set(Fault::Unreadable {
        kind: "request-withdrawn",
    });
    let older = Server::start(&old.runner(&world).await);
    lived(&world).await;
    queue.wait_for(&zeeveld(), 9, LONG).await.unwrap();
    assert_eq!(queue.overview(&zeeveld()).await.unwrap().incomplete, 3);
    let newer = Server::start(&Faulty::default().runner(&world).await);
    older.stop().await;
    while queue.overview(&zeeveld()).await.unwrap().incomplete > 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(versions(&world).await, [3, 3, 3]);
    newer.stop().await;
}

#[tokio::test]
async fn a_correction_folds_anew_what_was_applied_and_never_what_is_parked() {
    let world = World::new().await;
    let faulty = Faulty::default();
    let runner = faulty.runner(&world).await;
    faulty.set(Fault::Constraint {
        request: 2,
        version: 2,
    });
    lived(&world).await;
    runner.catch_up(&zeeveld()).await.unwrap_err();
    for number in 1..4 {
        let wrong = world.recorded(&zeeveld()).await;
        let wrong = wrong
            .iter()
            .find(|it| it.stream == stream(request(number)))
            .unwrap();
        let at = "2026-02-01T10:00:00Z".parse().unwrap();
        let right = super::history::correction(wrong.event_id, &submitted("WK999903"), at);
        world
            .happened(request(number), [("2026-02-05T09:00:00Z", right)])
            .await;
    }
    runner.catch_up(&zeeveld()).await.unwrap_err();
    assert_eq!(versions(&world).await, [4, 1, 4]);
    faulty.mend();
    runner.resume("queue", &zeeveld(), None).await.unwrap();
    assert_eq!(versions(&world).await, [4, 4, 4]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_view_over_several_streams_stops_whole_before_the_event_and_goes_on_when_started() {
    for fault in [
        Fault::Unreadable {
            kind: "request-withdrawn",
        },
        Fault::Constraint {
            request: 1,
            version: 2,
        },
        Fault::Panic {
            request: 1,
            version: 2,
        },
    ] {
        let world = World::new().await;
        let queue = Queue::open(&world.read, 2).await.unwrap();
        let faulty = Faulty::cross_stream();
        faulty.set(fault);
        let runner = faulty.runner(&world).await;
        lived(&world).await;
        let error = runner.catch_up(&zeeveld()).await.unwrap_err();
        assert!(
            matches!(&error, ProjectionError::StandsStill { position: 3, poison, .. }
                if poison.position == 4),
            "{error}"
        );
        assert_eq!(versions(&world).await, [1, 1, 1]);
        // Nothing of it ever served: it is still being built.
        let answer = queue.overview(&zeeveld()).await;
        assert!(
            matches!(
                answer,
                Err(ViewError::BeingBuilt {
                    position: 3,
                    head: 9,
                    ..
                })
            ),
            "{answer:?}"
        );
        let server = Server::start(&runner);
        faulty.mend();
        runner.start("queue", &zeeveld()).await.unwrap();
        queue.wait_for(&zeeveld(), 9, LONG).await.unwrap();
        assert_eq!(versions(&world).await, [3, 3, 3]);
        server.stop().await;
    }
}

#[tokio::test]
async fn a_reopened_request_of_a_parked_stream_waits_with_it() {
    let world = World::new().await;
    let faulty = Faulty::default();
    let runner = faulty.runner(&world).await;
    faulty.set(Fault::Unreadable {
        kind: "request-withdrawn",
    });
    world
        .happened(
            request(1),
            [
                ("2026-02-01T09:00:00Z", submitted("WK999901")),
                ("2026-02-02T09:00:00Z", withdrawn()),
            ],
        )
        .await;
    runner.catch_up(&zeeveld()).await.unwrap_err();
    let reopened: Event = RequestReopened {
        cause: ReopenCause::NewFacts,
        explanation: casework::Text::Withheld,
        requester: None,
    }
    .into();
    world
        .happened(request(1), [("2026-02-03T09:00:00Z", reopened)])
        .await;
    runner.catch_up(&zeeveld()).await.unwrap_err();
    assert_eq!(versions(&world).await, [1]);
    faulty.mend();
    runner.resume("queue", &zeeveld(), None).await.unwrap();
    assert_eq!(versions(&world).await, [3]);
}
