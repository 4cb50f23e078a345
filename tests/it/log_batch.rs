//! Group commit: a batch is what its commands would be one after the other.

use std::collections::HashMap;

use eventlog::{Append, AppendError, Appended, Expected, Guard, Log, StreamId, Tenant};
use proptest::prelude::*;
use sqlx::{Connection as _, PgConnection};
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::support::db::TestDb;
use crate::support::event::{append, event, events, thing, write, zeeveld};

type Outcome = Result<Appended, AppendError>;

async fn log_of(db: &TestDb, tenant: &Tenant) -> Log {
    let log = db.log().await;
    log.create_tenant(tenant).await.unwrap();
    log
}

/// Appends these commands in one batch: they gather behind a command that waits for the head.
async fn in_one_batch(
    holder: &mut PgConnection,
    log: &Log,
    tenant: &Tenant,
    commands: Vec<Append>,
) -> Vec<Outcome> {
    let mut held = holder.begin().await.unwrap();
    sqlx::query("select 1 from log.head where tenant = $1 for update")
        .bind(tenant.as_str())
        .execute(&mut *held)
        .await
        .unwrap();
    let first = append([write("first", Expected::Any, 1)]);
    let first = spawn(log, tenant, first);
    until_waiting(&mut held, &first).await;
    let mut sent = Vec::new();
    for command in commands {
        sent.push(spawn(log, tenant, command));
        // On a runtime of one thread, so that it stands in the queue before the next.
        tokio::task::yield_now().await;
    }
    held.rollback().await.unwrap();
    first.await.unwrap().unwrap();
    let mut outcomes = Vec::new();
    for sent in sent {
        outcomes.push(sent.await.unwrap());
    }
    outcomes
}

fn spawn(log: &Log, tenant: &Tenant, command: Append) -> JoinHandle<Outcome> {
    let (log, tenant) = (log.clone(), tenant.clone());
    tokio::spawn(async move { log.append(&tenant, command).await })
}

async fn until_waiting(connection: &mut PgConnection, append: &JoinHandle<Outcome>) {
    loop {
        assert!(!append.is_finished(), "the append did not wait");
        let waiting: bool = sqlx::query_scalar(
            "select exists (
                select from pg_stat_activity
                where datname = current_database()
                    and wait_event_type = 'Lock'
            )",
        )
        .fetch_one(&mut *connection)
        .await
        .unwrap();
        if waiting {
            return;
        }
        tokio::task::yield_now().await;
    }
}

/// How many transactions wrote events of these commands.
async fn transactions(db: &TestDb, commands: &[Uuid]) -> i64 {
    sqlx::query_scalar(
        "select count(distinct xmin::text) from log.event where command_id = any($1)",
    )
    .bind(commands)
    .fetch_one(&mut db.superuser().await)
    .await
    .unwrap()
}

fn guarded(write_to: &str, guard: &str, version: i64) -> Append {
    let mut command = append([write(write_to, Expected::New, 1)]);
    command.guards.push(Guard {
        stream: thing(guard),
        version,
    });
    command
}

fn conflict(outcome: &Outcome) -> Option<(i64, i64)> {
    match outcome {
        Err(AppendError::Conflict {
            expected, actual, ..
        }) => Some((*expected, *actual)),
        _ => None,
    }
}

#[tokio::test]
async fn what_gathers_while_a_batch_commits_goes_in_one_transaction() {
    let (db, tenant) = (TestDb::new().await, zeeveld());
    let log = log_of(&db, &tenant).await;
    let commands: Vec<Append> = (0..100)
        .map(|number| append([write(&format!("{number}"), Expected::New, 2)]))
        .collect();
    let ids: Vec<Uuid> = commands.iter().map(|command| command.command_id).collect();
    let outcomes = in_one_batch(&mut db.superuser().await, &log, &tenant, commands).await;
    for (outcome, number) in outcomes.into_iter().zip(0..) {
        let appended = outcome.unwrap();
        assert_eq!(
            (appended.first_position, appended.last_position),
            (2 + number * 2, 3 + number * 2)
        );
        assert_eq!(appended.versions, [2]);
    }
    assert_eq!(transactions(&db, &ids).await, 1);
}

#[tokio::test]
async fn of_two_commands_on_one_stream_in_a_batch_the_second_conflicts() {
    let (db, tenant) = (TestDb::new().await, zeeveld());
    let log = log_of(&db, &tenant).await;
    log.append(&tenant, append([write("a", Expected::New, 3)]))
        .await
        .unwrap();
    let commands = vec![
        append([write("a", Expected::Exact(3), 2)]),
        append([write("a", Expected::Exact(3), 1)]),
        append([write("a", Expected::Exact(5), 1)]),
        append([write("a", Expected::Any, 1)]),
    ];
    let outcomes = in_one_batch(&mut db.superuser().await, &log, &tenant, commands).await;
    assert_eq!(outcomes[0].as_ref().unwrap().versions, [5]);
    assert_eq!(conflict(&outcomes[1]), Some((3, 5)));
    assert_eq!(outcomes[2].as_ref().unwrap().versions, [6]);
    assert_eq!(outcomes[3].as_ref().unwrap().versions, [7]);
    assert_eq!(log.head(&tenant).await.unwrap().position, 8);
}

#[tokio::test]
async fn a_decision_behind_a_revocation_in_one_batch_does_not_go_through() {
    let (db, tenant) = (TestDb::new().await, zeeveld());
    let log = log_of(&db, &tenant).await;
    log.append(&tenant, append([write("mandate", Expected::New, 1)]))
        .await
        .unwrap();
    let revoke = || append([write("mandate", Expected::Any, 1)]);
    let commands = vec![
        guarded("before", "mandate", 1),
        revoke(),
        guarded("after", "mandate", 1),
        guarded("decided-anew", "mandate", 2),
    ];
    let outcomes = in_one_batch(&mut db.superuser().await, &log, &tenant, commands).await;
    assert!(outcomes[0].is_ok());
    assert!(outcomes[1].is_ok());
    assert_eq!(conflict(&outcomes[2]), Some((1, 2)));
    assert!(outcomes[3].is_ok());
    assert_eq!(
        log.read_stream(&tenant, &thing("after"), 0).await.unwrap(),
        []
    );
}

#[tokio::test]
async fn each_command_of_a_batch_has_its_own_outcome() {
    let (db, tenant) = (TestDb::new().await, zeeveld());
    let log = log_of(&db, &tenant).await;
    let stored = append([write("a", Expected::New, 1)]);
    let first = log.append(&tenant, stored.clone()).await.unwrap();
    let mut reused = append([write("b", Expected::New, 1)]);
    reused.command_id = stored.command_id;
    reused.fingerprint = vec![9];
    let mut with_old_event = append([write("c", Expected::New, 1)]);
    let taken = stored.writes[0].events[0].event_id;
    with_old_event.writes[0].events[0].event_id = taken;
    let mut off_clock = append([write("d", Expected::New, 1)]);
    off_clock.live = true;
    let twice = append([write("e", Expected::New, 1)]);
    let commands = vec![
        append([write("f", Expected::New, 1)]),
        stored,
        reused,
        off_clock,
        append([write("a", Expected::New, 1)]),
        twice.clone(),
        twice,
        append([write("g", Expected::Exact(7), 1)]),
        append([write("h", Expected::New, 1)]),
    ];
    let outcomes = in_one_batch(&mut db.superuser().await, &log, &tenant, commands).await;
    assert!(!outcomes[0].as_ref().unwrap().repeated);
    let again = outcomes[1].as_ref().unwrap();
    assert!(again.repeated);
    assert_eq!(again.first_position, first.first_position);
    assert!(matches!(
        outcomes[2],
        Err(AppendError::CommandReused { .. })
    ));
    assert!(matches!(outcomes[3], Err(AppendError::ClockSkew { .. })));
    assert_eq!(conflict(&outcomes[4]), Some((0, 1)));
    assert!(!outcomes[5].as_ref().unwrap().repeated);
    assert!(outcomes[6].as_ref().unwrap().repeated);
    assert_eq!(conflict(&outcomes[7]), Some((7, 0)));
    assert!(!outcomes[8].as_ref().unwrap().repeated);
    // An event that is in the log already shows as a broken key, which takes none of the others with it.
    let commands = vec![
        append([write("i", Expected::New, 1)]),
        with_old_event,
        append([write("j", Expected::New, 1)]),
    ];
    let outcomes = in_one_batch(&mut db.superuser().await, &log, &tenant, commands).await;
    assert!(outcomes[0].is_ok());
    assert!(matches!(outcomes[1], Err(AppendError::EventExists { event_id }) if event_id == taken));
    assert!(outcomes[2].is_ok());
    // a; first, f, e, h; first, i, j.
    assert_eq!(log.head(&tenant).await.unwrap().position, 8);
}

#[tokio::test]
async fn a_full_queue_says_so_at_once_and_loses_nothing() {
    let (db, tenant) = (TestDb::new().await, zeeveld());
    let log = log_of(&db, &tenant).await;
    let commands: Vec<Append> = (0..1_100)
        .map(|number| append([write(&format!("{number}"), Expected::New, 1)]))
        .collect();
    let outcomes = in_one_batch(&mut db.superuser().await, &log, &tenant, commands).await;
    let overloaded = |outcome: &Outcome| matches!(outcome, Err(AppendError::Overloaded { waiting: 1_024, tenant }) if *tenant == zeeveld());
    let stored = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    let refused = outcomes
        .iter()
        .filter(|outcome| overloaded(outcome))
        .count();
    assert_eq!((stored, refused), (1_024, 76));
    assert_eq!(log.head(&tenant).await.unwrap().position, 1_025);
    // And takes commands again.
    log.append(&tenant, append([write("a", Expected::New, 1)]))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_caller_that_went_away_before_its_turn_has_sent_nothing() {
    let (db, tenant) = (TestDb::new().await, zeeveld());
    let log = log_of(&db, &tenant).await;
    let mut holder = db.superuser().await;
    let mut held = holder.begin().await.unwrap();
    sqlx::query("select 1 from log.head for update")
        .execute(&mut *held)
        .await
        .unwrap();
    let first = spawn(&log, &tenant, append([write("first", Expected::New, 1)]));
    until_waiting(&mut held, &first).await;
    let gone = append([write("gone", Expected::New, 1)]);
    let going = spawn(&log, &tenant, gone.clone());
    tokio::task::yield_now().await;
    going.abort();
    assert!(going.await.unwrap_err().is_cancelled());
    held.rollback().await.unwrap();
    first.await.unwrap().unwrap();
    let settled = log
        .settle(&tenant, gone.command_id, &gone.fingerprint)
        .await
        .unwrap();
    assert_eq!(settled, None);
    assert_eq!(log.head(&tenant).await.unwrap().position, 1);
}

#[tokio::test]
async fn every_form_in_the_log_is_known_without_reading_it() {
    let (db, tenant) = (TestDb::new().await, zeeveld());
    let log = log_of(&db, &tenant).await;
    let of_form = |kind: &str, schema: i32| {
        let mut command = append([write(kind, Expected::Any, 1)]);
        kind.clone_into(&mut command.writes[0].events[0].kind);
        command.writes[0].events[0].schema = schema;
        command
    };
    for (kind, schema) in [("b", 1), ("a", 2), ("b", 1), ("b", 2), ("a", 2)] {
        log.append(&tenant, of_form(kind, schema)).await.unwrap();
    }
    // Another process, which does not know what the first one knows.
    let other = db.log().await;
    other.append(&tenant, of_form("a", 2)).await.unwrap();
    other.append(&tenant, of_form("a", 1)).await.unwrap();
    let forms: Vec<(String, i32, i64)> = log
        .forms(&tenant)
        .await
        .unwrap()
        .into_iter()
        .map(|form| (form.kind, form.schema, form.first_position))
        .collect();
    let expected = [("a", 1, 7), ("a", 2, 2), ("b", 1, 1), ("b", 2, 4)];
    assert_eq!(
        forms,
        expected.map(|(kind, schema, first)| (kind.to_owned(), schema, first))
    );
}

/// A command in the small: which streams it writes and guards, and what it expects of them.
#[derive(Debug, Clone)]
struct Plan {
    /// The command id, out of few, so that some are repeated.
    id: usize,
    writes: HashMap<usize, (Option<i64>, usize)>,
    guards: HashMap<usize, i64>,
}

fn plans() -> impl Strategy<Value = Vec<Plan>> {
    let expected = prop_oneof![Just(None), (0..4_i64).prop_map(Some)];
    let plan = (
        0..30_usize,
        prop::collection::hash_map(0..3_usize, (expected, 1..3_usize), 1..3),
        prop::collection::hash_map(3..5_usize, 0..2_i64, 0..2),
    )
        .prop_map(|(id, writes, guards)| Plan { id, writes, guards });
    let revoke = (0..30_usize, 3..5_usize).prop_map(|(id, stream)| Plan {
        id,
        writes: HashMap::from([(stream, (None, 1))]),
        guards: HashMap::new(),
    });
    prop::collection::vec(prop_oneof![4 => plan, 1 => revoke], 1..25)
}

/// The plan as a command; repeated ids stand for the very same command.
fn command(plan: &Plan, made: &mut HashMap<usize, Append>) -> Append {
    made.entry(plan.id)
        .or_insert_with(|| {
            let mut writes: Vec<_> = plan.writes.iter().collect();
            writes.sort_by_key(|(stream, _)| **stream);
            let mut command = append(
                writes
                    .into_iter()
                    .map(|(stream, (expected, count))| {
                        let expected = expected.map_or(Expected::Any, Expected::Exact);
                        write(&stream.to_string(), expected, *count)
                    })
                    .collect::<Vec<_>>(),
            );
            command.guards = plan
                .guards
                .iter()
                .map(|(stream, version)| Guard {
                    stream: thing(stream.to_string()),
                    version: *version,
                })
                .collect();
            command
        })
        .clone()
}

/// What an outcome says, without what differs between two logs.
fn told(outcome: &Outcome) -> String {
    match outcome {
        Ok(appended) => format!(
            "{}-{} {:?} {}",
            appended.first_position, appended.last_position, appended.versions, appended.repeated
        ),
        Err(error) => error.to_string(),
    }
}

/// The same batch judged at once and one command after the other comes to the same.
async fn batch_equals_sequence(batches: Vec<Vec<Plan>>) {
    let db = TestDb::new().await;
    let (at_once, in_turn) = (zeeveld(), Tenant::new("elsewhere").unwrap());
    let log = log_of(&db, &at_once).await;
    log.create_tenant(&in_turn).await.unwrap();
    let mut holder = db.superuser().await;
    let mut made = HashMap::new();
    for plans in &batches {
        let commands: Vec<Append> = plans.iter().map(|plan| command(plan, &mut made)).collect();
        let together = in_one_batch(&mut holder, &log, &at_once, commands.clone()).await;
        let first = append([write("first", Expected::Any, 1)]);
        log.append(&in_turn, first).await.unwrap();
        // A command that comes again in its batch waits for the next one, behind all others of its batch.
        let mut seen = std::collections::HashSet::new();
        let (now, later): (Vec<_>, Vec<_>) =
            (0..commands.len()).partition(|at| seen.insert(commands[*at].command_id));
        let mut alone = HashMap::new();
        for at in now.into_iter().chain(later) {
            let outcome = log.append(&in_turn, commands[at].clone()).await;
            alone.insert(at, told(&outcome));
        }
        for (at, outcome) in together.iter().enumerate() {
            assert_eq!(told(outcome), alone[&at], "command {at} of {plans:#?}");
        }
    }
    let read = async |tenant: &Tenant| -> Vec<(i64, StreamId, i64, Uuid, Uuid)> {
        let events = log.read_after(tenant, 0, i64::MAX).await.unwrap();
        let events = events
            .into_iter()
            .filter(|event| event.stream.id != "first");
        events
            .map(|it| {
                (
                    it.position,
                    it.stream,
                    it.version,
                    it.event_id,
                    it.command_id,
                )
            })
            .collect()
    };
    assert_eq!(read(&at_once).await, read(&in_turn).await);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn a_batch_is_what_its_commands_would_be_one_after_the_other(
        batches in prop::collection::vec(plans(), 1..5),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(batch_equals_sequence(batches));
    }
}

#[tokio::test]
async fn a_command_larger_than_a_batch_goes_by_itself() {
    let (db, tenant) = (TestDb::new().await, zeeveld());
    let log = log_of(&db, &tenant).await;
    let small = |id: &str| append([write(id, Expected::New, 1)]);
    let mut large = small("large");
    large.writes[0].events = events(6_000);
    let mut wide = append(
        (0..600)
            .map(|number| write(&format!("w{number}"), Expected::New, 1))
            .collect::<Vec<_>>(),
    );
    wide.writes[0].events = vec![event()];
    let commands = vec![small("a"), large, small("b"), wide, small("c")];
    let outcomes = in_one_batch(&mut db.superuser().await, &log, &tenant, commands).await;
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    assert_eq!(outcomes[1].as_ref().unwrap().versions, [6_000]);
    assert_eq!(log.head(&tenant).await.unwrap().position, 6_604);
}

#[tokio::test]
async fn a_time_at_the_end_of_all_time_takes_no_other_command_with_it() {
    let (db, tenant) = (TestDb::new().await, zeeveld());
    let log = log_of(&db, &tenant).await;
    let mut last = append([write("a", Expected::New, 1)]);
    last.live = true;
    last.writes[0].events[0].occurred_at = "9999-12-30T22:00:00.999999Z".parse().unwrap();
    let commands = vec![
        append([write("b", Expected::New, 1)]),
        last,
        append([write("c", Expected::Exact(i64::MAX), 1)]),
        append([write("d", Expected::New, 1)]),
    ];
    let outcomes = in_one_batch(&mut db.superuser().await, &log, &tenant, commands).await;
    assert!(outcomes[0].is_ok());
    assert!(matches!(outcomes[1], Err(AppendError::ClockSkew { .. })));
    assert_eq!(conflict(&outcomes[2]), Some((i64::MAX, 0)));
    assert!(outcomes[3].is_ok());
}
