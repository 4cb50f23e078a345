//! Restoring: the same history at every position, or a plain word on why not.

use eventlog::{
    AppendError, Expected, Log, Precision, Recorded, RecordedCommand, Restore, RestoreError,
    Tenant, entry,
};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use uuid::Uuid;

use crate::support::db::TestDb;
use crate::support::event::{append, event, next_id, past, thing, write, zeeveld};

async fn empty(db: &TestDb) -> (Log, Tenant) {
    let (log, tenant) = (db.log().await, zeeveld());
    log.create_tenant(&tenant).await.unwrap();
    (log, tenant)
}

async fn events_of(log: &Log, tenant: &Tenant) -> Vec<Recorded> {
    log.read_after(tenant, 0, 100_000).await.unwrap()
}

fn leaves(tenant: &Tenant, events: &[Recorded]) -> Vec<[u8; 32]> {
    events
        .iter()
        .map(|event| entry::leaf_hash(&entry::encode(tenant, event)))
        .collect()
}

async fn exported(log: &Log, tenant: &Tenant) -> Vec<RecordedCommand> {
    let head = log.head(tenant).await.unwrap().position;
    let mut reading = log.commands(tenant, 0, head).await.unwrap();
    let mut commands = Vec::new();
    while let Some(command) = reading.next().await.unwrap() {
        commands.push(command);
    }
    commands
}

async fn restored(log: &Log, tenant: &Tenant, commands: &[RecordedCommand]) {
    let mut restore = log.restore(tenant).await.unwrap();
    for command in commands {
        restore.push(command.clone()).await.unwrap();
    }
    restore.finish().await.unwrap();
}

/// A history of so many commands of two events, told rather than appended: one a day, from long ago.
fn told(commands: usize) -> Vec<RecordedCommand> {
    (0..commands)
        .zip((1..).step_by(2))
        .map(|(number, first)| {
            let command_id = next_id();
            let day = SignedDuration::from_hours(24 * i64::try_from(number).unwrap());
            let stream = number % 3;
            let version = 2 * i64::try_from(number / 3).unwrap();
            RecordedCommand {
                command_id,
                fingerprint: command_id.as_bytes().to_vec(),
                refusal: (number % 4 == 3).then(|| "outside-mandate".to_owned()),
                events: (0..2)
                    .map(|step| {
                        recorded(
                            command_id,
                            stream,
                            first + step,
                            version + 1 + step,
                            past() + day,
                        )
                    })
                    .collect(),
            }
        })
        .collect()
}

fn recorded(
    command_id: Uuid,
    stream: usize,
    position: i64,
    version: i64,
    recorded_at: Timestamp,
) -> Recorded {
    let event = event();
    Recorded {
        position,
        event_id: event.event_id,
        stream: thing(stream.to_string()),
        version,
        kind: event.kind,
        schema: event.schema,
        occurred_at: event.occurred_at,
        precision: event.precision,
        recorded_at,
        actor: event.actor,
        on_behalf_of: event.on_behalf_of,
        correlation: event.correlation,
        causation: event.causation,
        command_id,
        payload: event.payload,
        encrypted: event.encrypted,
    }
}

/// What a command of a random history writes: which streams, how many events, and how full they are.
type Described = (std::collections::BTreeMap<&'static str, usize>, u8, bool);

fn histories() -> impl Strategy<Value = Vec<Vec<Described>>> {
    let streams = prop::sample::select(vec!["0", "één/🙂", "2"]);
    let command = (
        prop::collection::btree_map(streams, 1..4_usize, 1..3),
        any::<u8>(),
        any::<bool>(),
    );
    // Loads of several commands share a moment, single ones do not.
    prop::collection::vec(prop::collection::vec(command, 1..4), 1..6)
}

fn described((streams, fill, refused): Described) -> eventlog::Append {
    let writes: Vec<_> = streams
        .into_iter()
        .map(|(stream, count)| write(stream, Expected::Any, count))
        .collect();
    let mut command = append(writes);
    command.refusal = refused.then(|| "outside-mandate".to_owned());
    for event in command
        .writes
        .iter_mut()
        .flat_map(|write| &mut write.events)
    {
        event.schema = 1 + i32::from(fill % 3);
        if fill % 2 == 0 {
            event.precision = Precision::Day;
            event.on_behalf_of = Some("straße-één-🙂".to_owned());
            event.payload = format!(r#"{{"naam":"Café {fill}"}}"#);
        }
        if fill % 5 == 0 {
            event.causation = Some(next_id());
            event.encrypted = Some(vec![fill; usize::from(fill)]);
        }
    }
    command
}

/// Makes a history in one database, takes it out, and puts it into another.
async fn assert_same_leaves(from: &Log, into: &Log, tenant: &Tenant, history: Vec<Vec<Described>>) {
    from.create_tenant(tenant).await.unwrap();
    into.create_tenant(tenant).await.unwrap();
    let mut sent = Vec::new();
    for load in history {
        let commands: Vec<_> = load.into_iter().map(described).collect();
        from.load(tenant, commands.clone()).await.unwrap();
        sent.extend(commands);
    }
    restored(into, tenant, &exported(from, tenant).await).await;
    let (events, others) = (events_of(from, tenant).await, events_of(into, tenant).await);
    assert_eq!(leaves(tenant, &events), leaves(tenant, &others));
    assert_eq!(
        from.head(tenant).await.unwrap(),
        into.head(tenant).await.unwrap()
    );
    assert_eq!(
        from.forms(tenant).await.unwrap(),
        into.forms(tenant).await.unwrap()
    );
    for command in sent {
        // Whoever sends it again gets the same answer from either.
        let (id, fingerprint) = (command.command_id, &command.fingerprint);
        let first = from.outcome(tenant, id, fingerprint).await.unwrap();
        assert!(first.is_some());
        assert_eq!(into.outcome(tenant, id, fingerprint).await.unwrap(), first);
    }
}

#[test]
fn what_is_taken_out_of_a_log_and_restored_has_the_same_leaf_at_every_position() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (_dbs, from, into) = runtime.block_on(async {
        let dbs = [TestDb::new().await, TestDb::new().await];
        let (from, into) = (dbs[0].log().await, dbs[1].log().await);
        (dbs, from, into)
    });
    let config = ProptestConfig {
        cases: 40,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let cases = std::sync::atomic::AtomicUsize::new(0);
    proptest::test_runner::TestRunner::new(config)
        .run(&histories(), |history| {
            let case = cases.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let tenant = Tenant::new(&format!("case-{case}")).unwrap();
            runtime.block_on(assert_same_leaves(&from, &into, &tenant, history));
            Ok(())
        })
        .unwrap();
}

#[tokio::test]
async fn a_restored_log_keeps_its_times_and_takes_appends() {
    let db = TestDb::new().await;
    let (log, tenant) = empty(&db).await;
    let history = told(5);
    restored(&log, &tenant, &history).await;
    let given: Vec<Recorded> = history.into_iter().flat_map(|it| it.events).collect();
    assert_eq!(events_of(&log, &tenant).await, given);
    let between = past() + SignedDuration::from_hours(30);
    assert_eq!(log.position_at(&tenant, between).await.unwrap(), 4);
    let next = append([write("1", Expected::Exact(4), 1)]);
    let next = log.append(&tenant, next).await.unwrap();
    assert_eq!(next.first_position, 11);
    let Err(error) = log.restore(&tenant).await else {
        panic!("there is a history already");
    };
    assert!(
        matches!(error, RestoreError::NotEmpty { events: 11, .. }),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_restore_of_nothing_leaves_an_empty_log() {
    let db = TestDb::new().await;
    let (log, tenant) = empty(&db).await;
    restored(&log, &tenant, &[]).await;
    let first = append([write("0", Expected::New, 1)]);
    assert_eq!(log.append(&tenant, first).await.unwrap().first_position, 1);
}

/// One way to break a law in the third command of a history, and how that is told.
type Broken = (
    &'static str,
    fn(&mut RecordedCommand),
    fn(&RestoreError) -> bool,
);

const BROKEN: &[Broken] = &[
    (
        "positions are gapless",
        |command| {
            for event in &mut command.events {
                event.position += 1;
            }
        },
        |error| {
            matches!(
                error,
                RestoreError::Hole {
                    expected: 5,
                    found: 6
                }
            )
        },
    ),
    (
        "positions are gapless within a command",
        |command| command.events[1].position = 5,
        |error| {
            matches!(
                error,
                RestoreError::Hole {
                    expected: 6,
                    found: 5
                }
            )
        },
    ),
    (
        "the events of a command are its own",
        |command| command.events[1].command_id = next_id(),
        |error| matches!(error, RestoreError::Torn { position: 6 }),
    ),
    (
        "versions are gapless",
        |command| {
            for event in &mut command.events {
                event.version += 1;
            }
        },
        |error| conflict(error, 1, 0),
    ),
    (
        "versions begin at one",
        |command| {
            for event in &mut command.events {
                event.version -= 1;
            }
        },
        |error| {
            matches!(
                error,
                RestoreError::Refused {
                    position: 5,
                    source: AppendError::Invalid(_)
                }
            )
        },
    ),
    (
        "versions are gapless within a command",
        |command| command.events[1].version = 3,
        |error| matches!(error, RestoreError::Torn { position: 6 }),
    ),
    (
        "a stream that goes on goes on from its version",
        |command| {
            for event in &mut command.events {
                event.stream = thing("0");
            }
        },
        |error| conflict(error, 0, 2),
    ),
    (
        "recorded_at never decreases",
        |command| command.events[0].recorded_at = past(),
        |error| matches!(error, RestoreError::Earlier { position: 5, .. }),
    ),
    (
        "recorded_at has whole microseconds",
        |command| command.events[1].recorded_at += SignedDuration::from_nanos(1),
        |error| matches!(error, RestoreError::Earlier { position: 6, .. }),
    ),
    (
        "recorded_at does not lie ahead",
        |command| command.events[1].recorded_at = "2199-01-01T00:00:00Z".parse().unwrap(),
        |error| matches!(error, RestoreError::Ahead { position: 6, .. }),
    ),
    (
        "an entry has at most 65,535 bytes",
        |command| command.events[1].payload = format!("\"{}\"", "x".repeat(65_535)),
        |error| {
            matches!(
                error,
                RestoreError::Refused {
                    source: AppendError::TooLarge { .. },
                    ..
                }
            )
        },
    ),
    (
        "a payload is canonical",
        |command| r#"{"b":1,"a":1}"#.clone_into(&mut command.events[1].payload),
        |error| {
            matches!(
                error,
                RestoreError::Refused {
                    source: AppendError::Invalid(_),
                    ..
                }
            )
        },
    ),
    (
        "an event is there once",
        |command| command.events[1].event_id = command.events[0].event_id,
        |error| event_exists(error, 5),
    ),
    (
        "a command has events",
        |command| command.events.clear(),
        |error| {
            matches!(
                error,
                RestoreError::Refused {
                    source: AppendError::Invalid(_),
                    ..
                }
            )
        },
    ),
];

fn conflict(error: &RestoreError, given: i64, stored: i64) -> bool {
    matches!(
        error,
        RestoreError::Refused {
            position: 5,
            source: AppendError::Conflict { expected, actual, .. }
        } if (*expected, *actual) == (given, stored)
    )
}

fn event_exists(error: &RestoreError, at: i64) -> bool {
    matches!(
        error,
        RestoreError::Refused { position, source: AppendError::EventExists { .. } } if *position == at
    )
}

/// Gives a history until something is wrong with it.
async fn first_error(restore: &mut Restore, history: &[RecordedCommand]) -> Option<RestoreError> {
    for command in history {
        if let Err(error) = restore.push(command.clone()).await {
            return Some(error);
        }
    }
    restore.checkpoint().await.err()
}

#[tokio::test]
async fn a_history_that_breaks_a_law_is_refused_and_the_right_one_still_taken() {
    let db = TestDb::new().await;
    let (log, tenant) = empty(&db).await;
    let history = told(4);
    for (law, breaks, is_told) in BROKEN {
        let mut broken = history.clone();
        breaks(&mut broken[2]);
        let mut restore = log.restore(&tenant).await.unwrap();
        let error = first_error(&mut restore, &broken[..3]).await;
        assert!(error.as_ref().is_some_and(is_told), "{law}: {error:?}");
        assert_eq!(events_of(&log, &tenant).await.len(), 0, "{law}");
    }
    restored(&log, &tenant, &history).await;
    assert_eq!(events_of(&log, &tenant).await.len(), 8);
}

#[tokio::test]
async fn an_event_or_a_command_is_restored_once_also_across_checkpoints() {
    let db = TestDb::new().await;
    let (log, tenant) = empty(&db).await;
    let history = told(4);
    for checkpoint in [false, true] {
        let mut event_twice = history.clone();
        event_twice[3].events[1].event_id = event_twice[0].events[0].event_id;
        let mut command_twice = history.clone();
        command_twice[3].command_id = history[0].command_id;
        for event in &mut command_twice[3].events {
            event.command_id = history[0].command_id;
        }
        let mut restore = log.restore(&tenant).await.unwrap();
        restore.push(history[0].clone()).await.unwrap();
        if checkpoint {
            restore.checkpoint().await.unwrap();
        }
        let error = first_error(&mut restore, &event_twice[1..]).await.unwrap();
        assert!(event_exists(&error, 8), "{error:?}");
        let mut restore = log.restore(&tenant).await.unwrap();
        let error = first_error(&mut restore, &command_twice).await.unwrap();
        assert!(
            matches!(
                error,
                RestoreError::Refused {
                    position: 7,
                    source: AppendError::CommandReused { .. }
                }
            ),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn a_restore_that_broke_off_is_taken_up_with_the_same_history_only() {
    let db = TestDb::new().await;
    let (log, tenant) = empty(&db).await;
    let history = told(6);
    let mut restore = log.restore(&tenant).await.unwrap();
    for command in &history[..3] {
        restore.push(command.clone()).await.unwrap();
    }
    restore.checkpoint().await.unwrap();
    restore.push(history[3].clone()).await.unwrap();
    drop(restore);
    let differs: [fn(&mut RecordedCommand); 4] = [
        |command| command.fingerprint = vec![7],
        |command| command.refusal = Some("other".to_owned()),
        |command| command.events[1].payload = "[]".to_owned(),
        |command| command.events[0].actor = "staff-2".to_owned(),
    ];
    for change in differs {
        let mut other = history.clone();
        change(&mut other[1]);
        let mut restore = log.restore(&tenant).await.unwrap();
        assert_eq!(restore.stored(), 6);
        let error = first_error(&mut restore, &other).await.unwrap();
        assert!(
            matches!(error, RestoreError::Differs { position: 3 }),
            "{error:?}"
        );
        // A command that was refused is due again.
        restore.push(history[1].clone()).await.unwrap_err();
    }
    let mut restore = log.restore(&tenant).await.unwrap();
    restore.push(history[0].clone()).await.unwrap();
    let error = restore.finish().await.unwrap_err();
    assert!(
        matches!(
            error,
            RestoreError::Short {
                given: 2,
                stored: 6
            }
        ),
        "{error:?}"
    );
    restored(&log, &tenant, &history).await;
    let given: Vec<Recorded> = history.into_iter().flat_map(|it| it.events).collect();
    assert_eq!(events_of(&log, &tenant).await, given);
}

#[tokio::test]
async fn what_is_stored_can_be_skipped_and_the_laws_hold_on_from_there() {
    let db = TestDb::new().await;
    let (log, tenant) = empty(&db).await;
    let history = told(6);
    let mut restore = log.restore(&tenant).await.unwrap();
    for command in &history[..3] {
        restore.push(command.clone()).await.unwrap();
    }
    restore.checkpoint().await.unwrap();
    let mut restore = log.restore(&tenant).await.unwrap();
    restore.skip_stored();
    assert_eq!(restore.position(), 6);
    let mut early = history[3].clone();
    early.events[0].recorded_at = past();
    let error = restore.push(early).await.unwrap_err();
    assert!(
        matches!(error, RestoreError::Earlier { position: 7, .. }),
        "{error:?}"
    );
    assert_eq!(
        first_error(&mut restore, &history[3..])
            .await
            .map(|it| it.to_string()),
        None
    );
    assert_eq!(restore.finish().await.unwrap().position, 12);
}

#[tokio::test]
async fn an_append_to_a_log_whose_restore_is_unfinished_stores_nothing() {
    let db = TestDb::new().await;
    let (log, tenant) = empty(&db).await;
    let history = told(3);
    let mut restore = log.restore(&tenant).await.unwrap();
    restore.push(history[0].clone()).await.unwrap();
    restore.checkpoint().await.unwrap();
    let command = append([write("0", Expected::Any, 1)]);
    log.append(&tenant, command.clone()).await.unwrap_err();
    let error = log.load(&tenant, vec![command.clone()]).await.unwrap_err();
    assert!(matches!(error, AppendError::Restoring(_)), "{error:?}");
    log.create_tenant(&tenant).await.unwrap();
    assert_eq!(log.head(&tenant).await.unwrap().position, 0);
    assert_eq!(events_of(&log, &tenant).await, history[0].events);
    for command in &history[1..] {
        restore.push(command.clone()).await.unwrap();
    }
    restore.finish().await.unwrap();
    let appended = log.append(&tenant, command).await.unwrap();
    assert_eq!((appended.first_position, appended.versions), (7, vec![3]));
}

#[tokio::test]
async fn whoever_appends_first_has_the_log_and_a_restore_gives_up() {
    let db = TestDb::new().await;
    let (log, tenant) = empty(&db).await;
    let mut restore = log.restore(&tenant).await.unwrap();
    restore.push(told(1).remove(0)).await.unwrap();
    let first = append([write("0", Expected::New, 1)]);
    log.append(&tenant, first).await.unwrap();
    let error = restore.finish().await.unwrap_err();
    assert!(
        matches!(error, RestoreError::NotEmpty { events: 1, .. }),
        "{error:?}"
    );
    assert_eq!(events_of(&log, &tenant).await.len(), 1);
}

#[tokio::test]
async fn of_two_restores_of_one_log_the_slower_gives_up() {
    let db = TestDb::new().await;
    let (log, tenant) = empty(&db).await;
    let history = told(2);
    let mut one = log.restore(&tenant).await.unwrap();
    let mut other = log.restore(&tenant).await.unwrap();
    one.push(history[0].clone()).await.unwrap();
    one.checkpoint().await.unwrap();
    other.push(history[0].clone()).await.unwrap();
    let error = other.checkpoint().await.unwrap_err();
    assert!(
        matches!(
            error,
            RestoreError::Overtaken {
                expected: 0,
                stored: 2
            }
        ),
        "{error:?}"
    );
    one.push(history[1].clone()).await.unwrap();
    one.finish().await.unwrap();
    assert_eq!(events_of(&log, &tenant).await.len(), 4);
}

#[tokio::test]
async fn a_command_cut_in_two_is_not_taken_out() {
    let db = TestDb::new().await;
    let (log, tenant) = empty(&db).await;
    restored(&log, &tenant, &told(3)).await;
    for (after, up_to, position) in [(0, 5, 5), (1, 6, 2), (2, 3, 3)] {
        let mut reading = log.commands(&tenant, after, up_to).await.unwrap();
        let error = loop {
            match reading.next().await {
                Ok(Some(_)) => {}
                Ok(None) => panic!("{after} to {up_to} ended as if that were all"),
                Err(error) => break error,
            }
        };
        assert!(
            matches!(
                error,
                eventlog::ReadError::Replay(eventlog::BrokenReplay::Torn { position: told })
                    if told == position
            ),
            "{error:?}"
        );
    }
    let mut reading = log.commands(&tenant, 2, 4).await.unwrap();
    assert_eq!(reading.next().await.unwrap().unwrap().events[0].position, 3);
    assert_eq!(reading.next().await.unwrap(), None);
}
