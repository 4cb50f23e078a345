//! Loading: what appending one by one would do, in one transaction.

use std::collections::BTreeSet;

use eventlog::{
    Append, AppendError, Appended, Expected, Form, Guard, InvalidAppend, Log, Recorded, Tenant,
};
use futures_util::FutureExt as _;
use proptest::prelude::*;
use sqlx::PgConnection;

use crate::support::db::TestDb;
use crate::support::event::{append, event, next_id, thing, write, zeeveld};

async fn empty(db: &TestDb) -> (Log, Tenant) {
    let (log, tenant) = (db.log().await, zeeveld());
    log.create_tenant(&tenant).await.unwrap();
    (log, tenant)
}

/// Nothing of a load that failed is anywhere.
async fn assert_holds(log: &Log, tenant: &Tenant, events: i64) {
    assert_eq!(log.head(tenant).await.unwrap().position, events);
    let stored = log.read_after(tenant, 0, 10_000).await.unwrap();
    assert_eq!(i64::try_from(stored.len()).unwrap(), events);
    let forms = log.forms(tenant).await.unwrap();
    let kinds: BTreeSet<(String, i32)> = stored
        .iter()
        .map(|event| (event.kind.clone(), event.schema))
        .collect();
    assert_eq!(forms.len(), kinds.len());
}

#[tokio::test]
async fn what_is_loaded_is_recorded_at_one_moment_with_all_it_said() {
    let db = TestDb::new().await;
    let (log, tenant) = empty(&db).await;
    let mut full = event();
    full.precision = eventlog::Precision::Day;
    full.schema = 3;
    full.occurred_at = "1969-12-30T23:59:59.999999Z".parse().unwrap();
    full.on_behalf_of = Some("straße-één-🙂".to_owned());
    full.causation = Some(next_id());
    full.payload = r#"{"naam":"Café 🙂"}"#.to_owned();
    full.encrypted = Some((0..=255).collect());
    let mut one = append([
        write("0", Expected::New, 2),
        write("één/🙂", Expected::Any, 1),
    ]);
    one.writes[1].events.push(full.clone());
    let mut two = append([write("0", Expected::Exact(2), 1)]);
    two.refusal = Some("outside-mandate".to_owned());
    let before = db.now().await;
    let loaded = log
        .load(&tenant, vec![one.clone(), two.clone()])
        .await
        .unwrap();
    let after = db.now().await;
    let recorded_at = loaded[0].recorded_at;
    assert!(before <= recorded_at && recorded_at <= after);
    let expected = |first_position, last_position, versions: &[i64], refusal| Appended {
        first_position,
        last_position,
        recorded_at,
        versions: versions.to_vec(),
        repeated: false,
        refusal,
    };
    assert_eq!(loaded[0], expected(1, 4, &[2, 2], None));
    assert_eq!(loaded[1], expected(5, 5, &[3], two.refusal.clone()));
    let events = log.read_after(&tenant, 0, 10).await.unwrap();
    assert_eq!(
        events[3],
        Recorded {
            position: 4,
            event_id: full.event_id,
            stream: thing("één/🙂"),
            version: 2,
            kind: full.kind,
            schema: 3,
            occurred_at: full.occurred_at,
            precision: full.precision,
            recorded_at,
            actor: full.actor,
            on_behalf_of: full.on_behalf_of,
            correlation: full.correlation,
            causation: full.causation,
            command_id: one.command_id,
            payload: full.payload,
            encrypted: full.encrypted,
        }
    );
    let form = |schema, first_position| Form {
        kind: "thing-happened".to_owned(),
        schema,
        first_position,
    };
    assert_eq!(log.forms(&tenant).await.unwrap(), [form(1, 1), form(3, 4)]);
    // The head knows: what comes next goes behind it.
    let next = append([write("0", Expected::Exact(3), 1)]);
    let next = log.append(&tenant, next).await.unwrap();
    assert_eq!(next.first_position, 6);
    assert!(next.recorded_at >= recorded_at);
}

#[tokio::test]
async fn a_command_that_cannot_go_through_fails_the_load_and_nothing_is_written() {
    let db = TestDb::new().await;
    let (log, tenant) = empty(&db).await;
    let good = || append([write("good", Expected::Any, 1)]);
    let mut guarded = append([write("other", Expected::Any, 1)]);
    guarded.guards = vec![Guard {
        stream: thing("good"),
        version: 0,
    }];
    let error = log.load(&tenant, vec![good(), guarded]).await.unwrap_err();
    assert!(
        matches!(
            &error,
            AppendError::Conflict { stream, expected: 0, actual: 1 } if *stream == thing("good")
        ),
        "the guard sees what was loaded just before: {error:?}"
    );
    let second = append([write("good", Expected::New, 1)]);
    let error = log.load(&tenant, vec![good(), second]).await.unwrap_err();
    assert!(
        matches!(
            error,
            AppendError::Conflict {
                expected: 0,
                actual: 1,
                ..
            }
        ),
        "{error:?}"
    );
    let mut live = good();
    live.live = true;
    let error = log.load(&tenant, vec![good(), live]).await.unwrap_err();
    assert!(
        matches!(error, AppendError::Invalid(InvalidAppend::LiveLoad { .. })),
        "{error:?}"
    );
    let mut large = good();
    large.writes[0].events[0].payload = format!("\"{}\"", "x".repeat(65_535));
    let error = log.load(&tenant, vec![good(), large]).await.unwrap_err();
    assert!(matches!(error, AppendError::TooLarge { .. }), "{error:?}");
    let mut crooked = good();
    crooked.writes[0].events[0].payload = r#"{"b":1,"a":1}"#.to_owned();
    let error = log.load(&tenant, vec![good(), crooked]).await.unwrap_err();
    assert!(
        matches!(error, AppendError::Invalid(InvalidAppend::Payload { .. })),
        "{error:?}"
    );
    assert_holds(&log, &tenant, 0).await;
    let elders = Tenant::new("elders").unwrap();
    let error = log.load(&elders, vec![good()]).await.unwrap_err();
    assert!(matches!(error, AppendError::UnknownTenant(_)), "{error:?}");
    assert_eq!(log.load(&tenant, Vec::new()).await.unwrap(), []);
}

#[tokio::test]
async fn an_event_id_is_loaded_once() {
    let db = TestDb::new().await;
    let (log, tenant) = empty(&db).await;
    let first = append([write("0", Expected::New, 3)]);
    log.append(&tenant, first.clone()).await.unwrap();
    let known = first.writes[0].events[1].event_id;
    let mut again = append([write("1", Expected::New, 2)]);
    again.writes[0].events[1].event_id = known;
    // The repeated command's events are in the log as well, and are not the ones to blame.
    let error = log
        .load(&tenant, vec![first.clone(), again])
        .await
        .unwrap_err();
    assert!(
        matches!(error, AppendError::EventExists { event_id } if event_id == known),
        "{error:?}"
    );
    let new = append([write("2", Expected::New, 1)]);
    let mut twice = append([write("3", Expected::New, 1)]);
    let offered = new.writes[0].events[0].event_id;
    twice.writes[0].events[0].event_id = offered;
    let error = log.load(&tenant, vec![new, twice]).await.unwrap_err();
    assert!(
        matches!(error, AppendError::EventExists { event_id } if event_id == offered),
        "{error:?}"
    );
    assert_holds(&log, &tenant, 3).await;
}

#[tokio::test]
async fn a_repeated_command_gets_its_first_outcome_and_is_not_loaded_again() {
    let db = TestDb::new().await;
    let (log, tenant) = empty(&db).await;
    let [one, two, three] = ["1", "2", "3"].map(|id| append([write(id, Expected::New, 2)]));
    let first = log.append(&tenant, one.clone()).await.unwrap();
    let loaded = log
        .load(&tenant, vec![two.clone(), one.clone(), two.clone()])
        .await
        .unwrap();
    let repeated = |outcome: &Appended| Appended {
        repeated: true,
        ..outcome.clone()
    };
    assert_eq!(loaded[0].first_position, 3);
    assert_eq!(loaded[1], repeated(&first));
    assert_eq!(loaded[2], repeated(&loaded[0]), "twice in one load");
    let all = vec![one.clone(), two.clone(), three.clone()];
    let again = log.load(&tenant, all.clone()).await.unwrap();
    assert_eq!(again[..2], [repeated(&first), repeated(&loaded[0])]);
    assert_eq!((again[2].first_position, again[2].repeated), (5, false));
    let once_more = log.load(&tenant, all).await.unwrap();
    assert!(once_more.iter().all(|outcome| outcome.repeated));
    let twice = log
        .load(&tenant, vec![two.clone(), two.clone()])
        .await
        .unwrap();
    assert_eq!(twice, [repeated(&loaded[0]), repeated(&loaded[0])]);
    assert_holds(&log, &tenant, 6).await;
    for other in [&one, &three] {
        let mut other = other.clone();
        other.fingerprint = vec![7];
        let four = append([write("4", Expected::New, 1)]);
        let error = log.load(&tenant, vec![four, other]).await.unwrap_err();
        assert!(
            matches!(error, AppendError::CommandReused { .. }),
            "{error:?}"
        );
    }
    let mut unlike = append([write("5", Expected::New, 1)]);
    let like = unlike.clone();
    unlike.fingerprint = vec![7];
    let error = log.load(&tenant, vec![like, unlike]).await.unwrap_err();
    assert!(
        matches!(error, AppendError::CommandReused { .. }),
        "{error:?}"
    );
    assert_holds(&log, &tenant, 6).await;
}

/// Commands on three streams with expectations that hold or do not, some of them sent twice.
fn commands() -> impl Strategy<Value = Vec<Append>> {
    let expected = prop_oneof![
        4 => Just(Expected::Any),
        1 => Just(Expected::New),
        2 => (0..4_i64).prop_map(Expected::Exact),
    ];
    let stream = prop::sample::select(vec!["0", "1", "2"]);
    let command = (
        prop::collection::btree_map(stream.clone(), (expected, 1..3_usize), 1..3),
        prop::option::weighted(0.15, (stream, 0..3_i64)),
        prop::bool::weighted(0.15),
    );
    prop::collection::vec(command, 1..9).prop_map(|described| {
        let mut commands: Vec<Append> = Vec::new();
        for (writes, guard, repeats) in described {
            if repeats && let Some(last) = commands.last() {
                commands.push(last.clone());
                continue;
            }
            let writes: Vec<_> = writes
                .into_iter()
                .map(|(stream, (expected, count))| write(stream, expected, count))
                .collect();
            let mut command = append(writes);
            command.guards.extend(guard.map(|(stream, version)| Guard {
                stream: thing(stream),
                version,
            }));
            commands.push(command);
        }
        commands
    })
}

/// The same, but for when it was recorded.
fn timeless(event: &Recorded) -> Recorded {
    Recorded {
        recorded_at: jiff::Timestamp::UNIX_EPOCH,
        ..event.clone()
    }
}

/// Loads into one tenant what goes one by one into another, and compares.
async fn assert_like_appending(log: &Log, case: usize, commands: Vec<Append>) {
    let loaded = Tenant::new(&format!("loaded-{case}")).unwrap();
    let appended = Tenant::new(&format!("appended-{case}")).unwrap();
    for tenant in [&loaded, &appended] {
        log.create_tenant(tenant).await.unwrap();
    }
    let mut one_by_one = Ok(Vec::new());
    for command in commands.clone() {
        match (log.append(&appended, command).await, &mut one_by_one) {
            (Ok(outcome), Ok(outcomes)) => outcomes.push(outcome),
            (Ok(_), Err(_)) => {}
            (Err(error), _) => {
                one_by_one = Err(error);
                break;
            }
        }
    }
    match (log.load(&loaded, commands).await, one_by_one) {
        (Ok(mut at_once), Ok(mut one_by_one)) => {
            for outcome in at_once.iter_mut().chain(&mut one_by_one) {
                outcome.recorded_at = jiff::Timestamp::UNIX_EPOCH;
            }
            assert_eq!(at_once, one_by_one);
            let events = log.read_after(&loaded, 0, 1_000).await.unwrap();
            let others = log.read_after(&appended, 0, 1_000).await.unwrap();
            assert_eq!(
                events.iter().map(timeless).collect::<Vec<_>>(),
                others.iter().map(timeless).collect::<Vec<_>>()
            );
            assert_eq!(
                log.head(&loaded).await.unwrap().position,
                log.head(&appended).await.unwrap().position
            );
            assert_eq!(
                log.forms(&loaded).await.unwrap(),
                log.forms(&appended).await.unwrap()
            );
        }
        (Err(at_once), Err(one_by_one)) => {
            assert_eq!(at_once.to_string(), one_by_one.to_string());
            assert_holds(log, &loaded, 0).await;
        }
        (at_once, one_by_one) => panic!("{at_once:?}, but one by one {one_by_one:?}"),
    }
}

#[test]
fn a_load_does_what_appending_one_by_one_does() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (_db, log) = runtime.block_on(async {
        let db = TestDb::new().await;
        let log = db.log().await;
        (db, log)
    });
    let config = ProptestConfig {
        cases: 80,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let cases = std::sync::atomic::AtomicUsize::new(0);
    proptest::test_runner::TestRunner::new(config)
        .run(&commands(), |commands| {
            let case = cases.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            runtime.block_on(assert_like_appending(&log, case, commands));
            Ok(())
        })
        .unwrap();
}

#[tokio::test]
async fn loads_and_appends_of_two_servers_take_turns_without_a_hole() {
    let db = TestDb::new().await;
    let (here, tenant) = empty(&db).await;
    let there = db.log().await;
    let mut tasks = Vec::new();
    for log in [&here, &there] {
        for _ in 0..3 {
            let (log, tenant) = (log.clone(), tenant.clone());
            tasks.push(tokio::spawn(async move {
                let mut outcomes = Vec::new();
                for _ in 0..5 {
                    let commands: Vec<Append> =
                        std::iter::repeat_with(|| append([write("shared", Expected::Any, 2)]))
                            .take(20)
                            .collect();
                    outcomes.extend(log.load(&tenant, commands).await.unwrap());
                }
                outcomes
            }));
        }
        for _ in 0..4 {
            let (log, tenant) = (log.clone(), tenant.clone());
            tasks.push(tokio::spawn(async move {
                let mut outcomes = Vec::new();
                for _ in 0..25 {
                    let command = append([write("shared", Expected::Any, 2)]);
                    outcomes.push(log.append(&tenant, command).await.unwrap());
                }
                outcomes
            }));
        }
    }
    let mut told = Vec::new();
    for task in tasks {
        told.extend(task.await.unwrap());
    }
    told.sort_by_key(|outcome| outcome.first_position);
    let events = log_of(&here, &tenant).await;
    assert_eq!(events.len(), 6 * 5 * 20 * 2 + 8 * 25 * 2);
    for (event, position) in events.iter().zip(1..) {
        assert_eq!((event.position, event.version), (position, position));
    }
    assert!(events.is_sorted_by_key(|event| event.recorded_at));
    for (outcome, first) in told.iter().zip((1..).step_by(2)) {
        assert_eq!(
            (outcome.first_position, outcome.last_position),
            (first, first + 1)
        );
        assert_eq!(outcome.versions, [first + 1]);
    }
}

async fn log_of(log: &Log, tenant: &Tenant) -> Vec<Recorded> {
    let head = log.head(tenant).await.unwrap().position;
    let mut replay = log.replay(tenant, 0, head).await.unwrap();
    replay.next_batch(usize::MAX).await.unwrap()
}

/// Holds the head, so that a load that has begun waits for it.
async fn hold(holder: &mut PgConnection) -> sqlx::Transaction<'_, sqlx::Postgres> {
    let mut holding = sqlx::Connection::begin(holder).await.unwrap();
    sqlx::query("select from log.head for update")
        .execute(&mut *holding)
        .await
        .unwrap();
    holding
}

/// The session that waits for the head, once there is one.
async fn waiting(db: &TestDb) -> i32 {
    let mut superuser = db.superuser().await;
    loop {
        let waiting = sqlx::query_scalar(
            "select pid
            from pg_stat_activity
            where datname = current_database()
                and wait_event_type = 'Lock'",
        )
        .fetch_optional(&mut superuser)
        .await
        .unwrap();
        match waiting {
            Some(pid) => return pid,
            None => tokio::task::yield_now().await,
        }
    }
}

#[tokio::test]
async fn a_load_whose_connection_is_lost_is_settled_and_can_be_sent_again() {
    let db = TestDb::new().await;
    let (log, tenant) = empty(&db).await;
    let commands = vec![
        append([write("0", Expected::New, 2)]),
        append([write("1", Expected::New, 1)]),
    ];
    let mut superuser = db.superuser().await;
    let holding = hold(&mut superuser).await;
    let load = tokio::spawn({
        let (log, tenant, commands) = (log.clone(), tenant.clone(), commands.clone());
        async move { log.load(&tenant, commands).await }
    });
    let pid = waiting(&db).await;
    let ended: bool = sqlx::query_scalar("select pg_terminate_backend($1, 10000)")
        .bind(pid)
        .fetch_one(&mut db.superuser().await)
        .await
        .unwrap();
    assert!(ended);
    holding.rollback().await.unwrap();
    let error = load.await.unwrap().unwrap_err();
    assert!(matches!(error, AppendError::NotStored(_)), "{error:?}");
    assert_holds(&log, &tenant, 0).await;
    let loaded = log.load(&tenant, commands).await.unwrap();
    assert!(loaded.iter().all(|outcome| !outcome.repeated));
    assert_holds(&log, &tenant, 3).await;
}

#[tokio::test]
async fn a_load_given_up_while_it_waited_for_the_head_stays_what_it_was_settled_to_be() {
    let db = TestDb::new().await;
    let (log, tenant) = empty(&db).await;
    let command = append([write("0", Expected::Any, 3)]);
    let mut superuser = db.superuser().await;
    let mut holding = hold(&mut superuser).await;
    let mut load = Box::pin(log.load(&tenant, vec![command.clone()]));
    tokio::select! {
        _ = &mut load => panic!("the head is held"),
        _ = waiting(&db) => drop(load),
    }
    // Another process settles first in the row of those who wait for the head.
    sqlx::query(include_str!("../../crates/eventlog/sql/raise_fence.sql"))
        .bind(tenant.as_str())
        .execute(&mut *holding)
        .await
        .unwrap();
    holding.commit().await.unwrap();
    let (id, fingerprint) = (command.command_id, &command.fingerprint);
    let other = db.log().await;
    let outcome = other.outcome(&tenant, id, fingerprint).await.unwrap();
    assert_eq!(outcome, None);
    // Its turn in this process is over once this one has had its own.
    let outcome = log.settle(&tenant, id, fingerprint).await.unwrap();
    assert_eq!(outcome, None);
    assert_holds(&log, &tenant, 0).await;
}

#[tokio::test]
async fn a_load_given_up_before_its_turn_is_not_sent() {
    let db = TestDb::new().await;
    let (log, tenant) = empty(&db).await;
    let command = append([write("0", Expected::Any, 3)]);
    let mut superuser = db.superuser().await;
    let holding = hold(&mut superuser).await;
    let first = tokio::spawn({
        let (log, tenant) = (log.clone(), tenant.clone());
        async move {
            log.load(&tenant, vec![append([write("1", Expected::Any, 1)])])
                .await
        }
    });
    waiting(&db).await;
    // Its turn comes after the first.
    assert!(
        log.load(&tenant, vec![command.clone()])
            .now_or_never()
            .is_none()
    );
    holding.rollback().await.unwrap();
    first.await.unwrap().unwrap();
    let outcome = log
        .settle(&tenant, command.command_id, &command.fingerprint)
        .await
        .unwrap();
    assert_eq!(outcome, None);
    let third = append([write("2", Expected::New, 1)]);
    log.load(&tenant, vec![third]).await.unwrap();
    assert_holds(&log, &tenant, 2).await;
}
