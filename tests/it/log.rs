//! The log: what goes in comes out, once, in order, or nothing at all.

use eventlog::{AppendError, Expected, Guard, Precision, Tenant};
use uuid::Uuid;

use crate::support::db::TestDb;
use crate::support::event::{append, event, next_id, thing, write, zeeveld};
use crate::support::sql::prepare_all;

#[tokio::test]
async fn every_statement_of_the_log_fits_the_migrated_schema() {
    let db = TestDb::new().await;
    let statements = prepare_all(&mut db.superuser().await, "eventlog").await;
    assert!(statements >= 14, "only {statements} statements found");
}

#[tokio::test]
async fn what_is_offered_is_what_is_read_column_by_column() {
    let (db, tenant) = (TestDb::new().await, zeeveld());
    let log = db.log().await;
    log.create_tenant(&tenant).await.unwrap();
    let mut full = event();
    full.schema = 7;
    full.precision = Precision::Day;
    full.on_behalf_of = Some("staff-2".to_owned());
    full.causation = Some(next_id());
    full.payload = r#"{"naam":"Café 🙂"}"#.to_owned();
    full.encrypted = Some(vec![0, 255, 1]);
    let mut empty = event();
    empty.encrypted = Some(Vec::new());
    let mut command = append([write("a", Expected::New, 1), write("b", Expected::New, 2)]);
    command.writes[0].events.push(full);
    command.writes[1].events.push(empty);

    let appended = log.append(&tenant, command.clone()).await.unwrap();
    assert_eq!((appended.first_position, appended.last_position), (1, 5));
    assert_eq!(appended.versions, [2, 3]);
    assert!(!appended.repeated && appended.refusal.is_none());

    let read = log.read_after(&tenant, 0, 100).await.unwrap();
    let offered = command.writes.iter().flat_map(|write| {
        write
            .events
            .iter()
            .zip(1..)
            .map(|(event, version)| (&write.stream, version, event))
    });
    assert_eq!(read.len(), 5);
    for ((recorded, position), (stream, version, event)) in read.iter().zip(1..).zip(offered) {
        assert_eq!((recorded.position, recorded.version), (position, version));
        assert_eq!(&recorded.stream, stream);
        assert_eq!(recorded.event_id, event.event_id);
        assert_eq!(
            (&recorded.kind, recorded.schema),
            (&event.kind, event.schema)
        );
        assert_eq!(
            (recorded.occurred_at, recorded.precision),
            (event.occurred_at, event.precision)
        );
        assert_eq!(recorded.recorded_at, appended.recorded_at);
        assert_eq!(
            (&recorded.actor, &recorded.on_behalf_of),
            (&event.actor, &event.on_behalf_of)
        );
        assert_eq!(
            (recorded.correlation, recorded.causation),
            (event.correlation, event.causation)
        );
        assert_eq!(recorded.command_id, command.command_id);
        assert_eq!(
            (&recorded.payload, &recorded.encrypted),
            (&event.payload, &event.encrypted)
        );
    }
    let head = log.head(&tenant).await.unwrap();
    assert_eq!(
        (head.position, head.recorded_at),
        (5, Some(appended.recorded_at))
    );
}

#[tokio::test]
async fn a_stream_and_the_log_are_read_from_any_point_on() {
    let (db, tenant) = (TestDb::new().await, zeeveld());
    let log = db.log().await;
    log.create_tenant(&tenant).await.unwrap();
    for _ in 0..3 {
        let command = append([write("a", Expected::Any, 2), write("b", Expected::Any, 1)]);
        log.append(&tenant, command).await.unwrap();
    }
    let versions = |events: Vec<eventlog::Recorded>| -> Vec<(i64, i64)> {
        events
            .iter()
            .map(|event| (event.version, event.position))
            .collect()
    };
    let a = log.read_stream(&tenant, &thing("a"), 0).await.unwrap();
    assert_eq!(
        versions(a),
        [(1, 1), (2, 2), (3, 4), (4, 5), (5, 7), (6, 8)]
    );
    let b = log.read_stream(&tenant, &thing("b"), 2).await.unwrap();
    assert_eq!(versions(b), [(3, 9)]);
    assert!(
        log.read_stream(&tenant, &thing("c"), 0)
            .await
            .unwrap()
            .is_empty()
    );
    let page = log.read_after(&tenant, 3, 4).await.unwrap();
    assert_eq!(
        page.iter().map(|event| event.position).collect::<Vec<_>>(),
        [4, 5, 6, 7]
    );
    assert!(log.read_after(&tenant, 9, 4).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_wrong_expected_version_is_a_conflict_and_stores_nothing() {
    let (db, tenant) = (TestDb::new().await, zeeveld());
    let log = db.log().await;
    log.create_tenant(&tenant).await.unwrap();
    log.append(&tenant, append([write("a", Expected::New, 2)]))
        .await
        .unwrap();
    for (expected, assumed) in [
        (Expected::New, 0),
        (Expected::Exact(1), 1),
        (Expected::Exact(3), 3),
    ] {
        let command = append([write("b", Expected::New, 1), write("a", expected, 1)]);
        match log.append(&tenant, command.clone()).await {
            Err(AppendError::Conflict {
                stream,
                expected,
                actual,
            }) => {
                assert_eq!((stream, expected, actual), (thing("a"), assumed, 2));
            }
            other => panic!("{other:?}"),
        }
        let stored = log
            .outcome(&tenant, command.command_id, &command.fingerprint)
            .await
            .unwrap();
        assert_eq!(stored, None);
    }
    assert_eq!(log.head(&tenant).await.unwrap().position, 2);
    log.append(&tenant, append([write("a", Expected::Exact(2), 1)]))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_guarded_stream_that_moved_is_a_conflict() {
    let (db, tenant) = (TestDb::new().await, zeeveld());
    let log = db.log().await;
    log.create_tenant(&tenant).await.unwrap();
    let guarded = |version| {
        let mut command = append([write("decision", Expected::Any, 1)]);
        command.guards.push(Guard {
            stream: thing("mandate"),
            version,
        });
        command
    };
    log.append(&tenant, guarded(0)).await.unwrap();
    log.append(&tenant, append([write("mandate", Expected::New, 1)]))
        .await
        .unwrap();
    let refused = log.append(&tenant, guarded(0)).await;
    assert!(
        matches!(&refused, Err(AppendError::Conflict { stream, expected: 0, actual: 1 }) if *stream == thing("mandate")),
        "{refused:?}"
    );
    assert_eq!(log.append(&tenant, guarded(1)).await.unwrap().versions, [2]);
}

#[tokio::test]
async fn a_repeated_command_gets_its_first_outcome_whatever_happened_since() {
    let (db, tenant) = (TestDb::new().await, zeeveld());
    let log = db.log().await;
    log.create_tenant(&tenant).await.unwrap();
    log.append(&tenant, append([write("z", Expected::New, 1)]))
        .await
        .unwrap();
    let mut command = append([write("b", Expected::New, 2), write("a", Expected::New, 1)]);
    command.refusal = Some("outside-mandate".to_owned());
    let first = log.append(&tenant, command.clone()).await.unwrap();
    assert_eq!(
        (first.repeated, first.refusal.as_deref()),
        (false, Some("outside-mandate"))
    );
    log.append(&tenant, append([write("a", Expected::Any, 1)]))
        .await
        .unwrap();

    // Sent again, the expected versions are wrong and the event ids are taken: neither matters.
    let again = log.append(&tenant, command.clone()).await.unwrap();
    assert!(again.repeated);
    assert_eq!(
        eventlog::Appended {
            repeated: false,
            ..again.clone()
        },
        first
    );
    assert_eq!(
        log.outcome(&tenant, command.command_id, &command.fingerprint)
            .await
            .unwrap(),
        Some(again.clone())
    );
    assert_eq!(
        log.settle(&tenant, command.command_id, &command.fingerprint)
            .await
            .unwrap(),
        Some(again)
    );
    assert_eq!(log.head(&tenant).await.unwrap().position, 5);
}

#[tokio::test]
async fn a_command_id_with_other_contents_is_refused() {
    let (db, tenant) = (TestDb::new().await, zeeveld());
    let log = db.log().await;
    log.create_tenant(&tenant).await.unwrap();
    let first = append([write("a", Expected::New, 1)]);
    log.append(&tenant, first.clone()).await.unwrap();
    let mut other = append([write("b", Expected::New, 1)]);
    other.command_id = first.command_id;
    let id = first.command_id;
    let reused = |result| matches!(result, Err(AppendError::CommandReused { command_id }) if command_id == id);
    assert!(reused(log.append(&tenant, other.clone()).await.map(drop)));
    assert!(reused(
        log.outcome(&tenant, id, &other.fingerprint).await.map(drop)
    ));
    assert!(reused(
        log.settle(&tenant, id, &other.fingerprint).await.map(drop)
    ));
    assert_eq!(log.head(&tenant).await.unwrap().position, 1);
}

#[tokio::test]
async fn an_event_id_is_stored_once() {
    let (db, tenant) = (TestDb::new().await, zeeveld());
    let log = db.log().await;
    log.create_tenant(&tenant).await.unwrap();
    let first = append([write("a", Expected::New, 2)]);
    log.append(&tenant, first.clone()).await.unwrap();
    let taken = first.writes[0].events[1].event_id;
    let mut same_id = append([write("b", Expected::New, 3)]);
    same_id.writes[0].events[2].event_id = taken;
    let refused = log.append(&tenant, same_id).await;
    assert!(matches!(refused, Err(AppendError::EventExists { event_id }) if event_id == taken));
    let mut twice = append([write("b", Expected::New, 2)]);
    twice.writes[0].events[1] = twice.writes[0].events[0].clone();
    assert!(matches!(
        log.append(&tenant, twice).await,
        Err(AppendError::EventExists { .. })
    ));
    let absent = next_id();
    let found = log.find_event_ids(&tenant, &[absent, taken]).await.unwrap();
    assert_eq!(found.into_iter().collect::<Vec<Uuid>>(), [taken]);
    assert_eq!(log.head(&tenant).await.unwrap().position, 2);
}

#[tokio::test]
async fn each_tenant_has_a_log_of_its_own() {
    let (db, here) = (TestDb::new().await, zeeveld());
    let there = Tenant::new("kanaalstad").unwrap();
    let log = db.log().await;
    let command = append([write("a", Expected::New, 1)]);
    let refused = log.append(&here, command.clone()).await;
    assert!(matches!(refused, Err(AppendError::UnknownTenant(tenant)) if tenant == here));
    log.create_tenant(&here).await.unwrap();
    log.create_tenant(&there).await.unwrap();
    for tenant in [&here, &there] {
        assert_eq!(
            log.append(tenant, command.clone())
                .await
                .unwrap()
                .first_position,
            1
        );
    }
    log.create_tenant(&here).await.unwrap();
    assert_eq!(log.head(&here).await.unwrap().position, 1);
    assert_eq!(log.tenants().await.unwrap(), [there, here]);
}
