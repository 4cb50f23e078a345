//! The log's limits: what no state of it accepts, and the edges of what it does.

use eventlog::{Append, AppendError, Expected, Guard, InvalidAppend, StreamId};

use crate::support::db::TestDb;
use crate::support::event::{append, event, events, next_id, past, thing, write, zeeveld};

/// How to spoil an append, and what is then said of it.
type Case = (fn(&mut Append), fn(&InvalidAppend) -> bool);

/// Each append is refused as expected, and nothing is stored.
async fn assert_invalid(cases: &[Case]) {
    let (db, tenant) = (TestDb::new().await, zeeveld());
    let log = db.log().await;
    log.create_tenant(&tenant).await.unwrap();
    for (case, (spoil, expected)) in cases.iter().enumerate() {
        let mut command = append([write("a", Expected::Any, 1)]);
        spoil(&mut command);
        match log.append(&tenant, command).await {
            Err(AppendError::Invalid(error)) => assert!(expected(&error), "case {case}: {error:?}"),
            other => panic!("case {case}: {other:?}"),
        }
    }
    assert_eq!(log.head(&tenant).await.unwrap().position, 0);
}

#[tokio::test]
async fn a_live_event_happens_within_five_seconds_of_the_databases_clock() {
    let (db, tenant) = (TestDb::new().await, zeeveld());
    let log = db.log().await;
    log.create_tenant(&tenant).await.unwrap();
    for (offset_s, accepted) in [
        (0, true),
        (-3600, false),
        (3600, false),
        (-60, false),
        (60, false),
    ] {
        let mut command = append([write("a", Expected::Any, 1)]);
        command.live = true;
        let occurred_at = db.now().await + jiff::SignedDuration::from_secs(offset_s);
        command.writes[0].events[0].occurred_at = occurred_at;
        match log.append(&tenant, command.clone()).await {
            Ok(_) => assert!(accepted),
            Err(AppendError::ClockSkew {
                occurred_at: at,
                offset,
                ..
            }) => {
                assert!(!accepted && at == occurred_at);
                assert_eq!(offset.signum(), if offset_s < 0 { -1 } else { 1 });
            }
            other => panic!("{other:?}"),
        }
        command.live = false;
        command.command_id = next_id();
        command.writes[0].events[0].event_id = next_id();
        log.append(&tenant, command).await.unwrap();
    }
    // One live event and five of history: what was refused left nothing.
    assert_eq!(log.head(&tenant).await.unwrap().position, 6);
}

#[tokio::test]
async fn an_entry_of_65535_bytes_fits_and_one_byte_more_does_not() {
    let (db, tenant) = (TestDb::new().await, zeeveld());
    let log = db.log().await;
    log.create_tenant(&tenant).await.unwrap();
    let mut command = append([write("a", Expected::New, 1)]);
    let event = &mut command.writes[0].events[0];
    event.on_behalf_of = Some("staff-2".to_owned());
    event.causation = Some(next_id());
    event.encrypted = Some(vec![7; 1_000]);
    event.payload = format!("\"{}\"", "x".repeat(70_000));
    let over = match log.append(&tenant, command.clone()).await {
        Err(AppendError::TooLarge { bytes, .. }) => bytes - 65_535,
        other => panic!("{other:?}"),
    };
    let fits = 70_000 - over;
    command.writes[0].events[0].payload = format!("\"{}\"", "x".repeat(fits + 1));
    let refused = log.append(&tenant, command.clone()).await;
    assert!(matches!(
        refused,
        Err(AppendError::TooLarge { bytes: 65_536, .. })
    ));
    command.writes[0].events[0].payload = format!("\"{}\"", "x".repeat(fits));
    log.append(&tenant, command).await.unwrap();
    let stored = &log.read_after(&tenant, 0, 1).await.unwrap()[0];
    assert_eq!(eventlog::entry::encode(&tenant, stored).len(), 65_535);

    // The database holds the same line, whoever writes.
    let one_more = sqlx::query(
        "insert into log.event
        select tenant, position + 1, gen_random_uuid(), stream_kind, stream_id, version + 1, kind, schema, occurred_at,
            occurred_precision, recorded_at, actor || 'x', on_behalf_of, correlation, causation, command_id, payload,
            encrypted
        from log.event",
    );
    let refused = one_more.execute(&db.owner_pool().await).await.unwrap_err();
    let constraint = refused.as_database_error().unwrap().constraint();
    assert_eq!(constraint, Some("event_entry_bytes_max"));
}

#[tokio::test]
async fn the_character_nul_is_refused_in_every_text() {
    let (db, tenant) = (TestDb::new().await, zeeveld());
    let log = db.log().await;
    log.create_tenant(&tenant).await.unwrap();
    let places: [fn(&mut eventlog::Append); 7] = [
        |command| command.writes[0].stream.id.push('\0'),
        |command| command.writes[0].stream.kind.push('\0'),
        |command| command.writes[0].events[0].kind.push('\0'),
        |command| command.writes[0].events[0].actor.push('\0'),
        |command| command.writes[0].events[0].on_behalf_of = Some("\0".to_owned()),
        |command| command.writes[0].events[0].payload = r#"{"a":"\u0000"}"#.to_owned(),
        |command| command.refusal = Some("a\0".to_owned()),
    ];
    for place in places {
        let mut command = append([write("a", Expected::Any, 1)]);
        place(&mut command);
        let refused = log.append(&tenant, command).await;
        assert!(
            matches!(refused, Err(AppendError::Invalid(_))),
            "{refused:?}"
        );
    }
    assert_eq!(log.head(&tenant).await.unwrap().position, 0);
}

#[tokio::test]
async fn a_day_and_the_ends_of_time_are_kept_to_the_microsecond() {
    let (db, tenant) = (TestDb::new().await, zeeveld());
    let log = db.log().await;
    log.create_tenant(&tenant).await.unwrap();
    let times = [
        "1969-12-31T23:59:59.999999Z",
        "0001-01-01T00:00:00.000001Z",
        "9999-12-30T22:00:00.999999Z",
    ];
    let mut command = append([write("a", Expected::New, 0)]);
    command.writes[0].events = events(times.len());
    for (event, time) in command.writes[0].events.iter_mut().zip(times) {
        event.occurred_at = time.parse().unwrap();
    }
    command.writes[0].events.push(event());
    log.append(&tenant, command).await.unwrap();
    let read = log.read_stream(&tenant, &thing("a"), 0).await.unwrap();
    let read: Vec<String> = read
        .iter()
        .map(|event| event.occurred_at.to_string())
        .collect();
    assert_eq!(read[..3], times);
    assert_eq!(read[3], past().to_string());
}

#[tokio::test]
async fn a_malformed_append_is_told_what_is_wrong_with_it() {
    assert_invalid(&[
        (
            |command| command.writes.clear(),
            |error| matches!(error, InvalidAppend::NoWrites),
        ),
        (
            |command| command.writes[0].events.clear(),
            |error| matches!(error, InvalidAppend::EmptyWrite(_)),
        ),
        (
            |command| command.writes.push(write("a", Expected::Any, 1)),
            |error| matches!(error, InvalidAppend::StreamTwice(stream) if *stream == thing("a")),
        ),
        (
            |command| command.writes[0].stream = StreamId::new("Thing", "a"),
            |error| {
                matches!(
                    error,
                    InvalidAppend::Slug {
                        field: "stream kind",
                        ..
                    }
                )
            },
        ),
        (
            |command| command.writes[0].stream.id = "x".repeat(513),
            |error| {
                matches!(
                    error,
                    InvalidAppend::Length {
                        field: "stream id",
                        bytes: 513,
                        ..
                    }
                )
            },
        ),
        (
            |command| command.writes[0].expected = Expected::Exact(-1),
            |error| matches!(error, InvalidAppend::Version { version: -1, .. }),
        ),
        (
            |command| {
                command.guards.push(Guard {
                    stream: thing("g"),
                    version: -2,
                });
            },
            |error| matches!(error, InvalidAppend::Version { version: -2, .. }),
        ),
    ])
    .await;
}

#[tokio::test]
async fn a_malformed_event_is_told_what_is_wrong_with_it() {
    assert_invalid(&[
        (
            |command| command.writes[0].events[0].schema = 0,
            |error| matches!(error, InvalidAppend::Schema { schema: 0, .. }),
        ),
        (
            |command| {
                command.writes[0].events[0].occurred_at += jiff::SignedDuration::from_nanos(1);
            },
            |error| matches!(error, InvalidAppend::FinerThanMicroseconds { .. }),
        ),
        (
            |command| command.writes[0].events[0].payload = r#"{"b":1,"a":1}"#.to_owned(),
            |error| matches!(error, InvalidAppend::Payload { .. }),
        ),
        (
            |command| command.fingerprint.clear(),
            |error| {
                matches!(
                    error,
                    InvalidAppend::Length {
                        field: "fingerprint",
                        bytes: 0,
                        ..
                    }
                )
            },
        ),
        (
            |command| command.writes[0].events[0].actor.clear(),
            |error| {
                matches!(
                    error,
                    InvalidAppend::Length {
                        field: "actor",
                        bytes: 0,
                        ..
                    }
                )
            },
        ),
    ])
    .await;
}
