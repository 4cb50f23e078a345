//! As of: what was known at a moment is a prefix of the log, and of every stream in it.

use eventlog::{Expected, Log, ReadError, Recorded, Tenant};
use futures_util::FutureExt as _;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use sqlx::PgConnection;

use crate::support::db::TestDb;
use crate::support::event::{append, past, thing, write, zeeveld};

/// Gives a tenant a log whose events were recorded at these moments, each on one of three streams.
///
/// Straight into the tables, since an append takes the database's clock; resets what was there.
async fn record(owner: &mut PgConnection, moments_us: &[i64]) {
    sqlx::raw_sql(
        "alter table log.event disable trigger event_is_append_only;
        delete from log.event;
        alter table log.event enable trigger event_is_append_only;
        update log.head set position = 0, recorded_at = null",
    )
    .execute(&mut *owner)
    .await
    .unwrap();
    if moments_us.is_empty() {
        return;
    }
    sqlx::query(
        "with event as (
            insert into log.event (
                tenant, position, event_id, stream_kind, stream_id, version, kind, schema, occurred_at,
                occurred_precision, recorded_at, actor, correlation, command_id, payload
            )
            select
                'zeeveld', ord, gen_random_uuid(), 'thing', (ord % 3)::text, (ord + 2) / 3,
                'thing-happened', 1, now(), 'instant',
                'epoch'::timestamptz + us * interval '1 microsecond', 'staff-1',
                gen_random_uuid(), gen_random_uuid(), '{}'
            from unnest($1::bigint[]) with ordinality as moment (us, ord)
            returning position, recorded_at
        )
        update log.head
        set
            position = last.position,
            recorded_at = last.recorded_at
        from (select max(position) as position, max(recorded_at) as recorded_at from event) as last
        where head.tenant = 'zeeveld'",
    )
    .bind(moments_us)
    .execute(owner)
    .await
    .unwrap();
}

/// The whole log, and what of it was known at each moment, as found by looking at every event.
async fn assert_prefixes(log: &Log, tenant: &Tenant, moments: &[Timestamp]) {
    let all = log.read_after(tenant, 0, 10_000).await.unwrap();
    for &at in moments {
        let known: Vec<&Recorded> = all.iter().filter(|event| event.recorded_at <= at).collect();
        let position = log.position_at(tenant, at).await.unwrap();
        assert_eq!(
            position,
            known.last().map_or(0, |event| event.position),
            "at {at}"
        );
        assert_eq!(usize::try_from(position).unwrap(), known.len(), "at {at}");
        for stream in ["0", "1", "2"].map(thing) {
            let then = log
                .read_stream_up_to(tenant, &stream, position)
                .await
                .unwrap();
            let expected: Vec<&Recorded> = known
                .iter()
                .copied()
                .filter(|event| event.stream == stream)
                .collect();
            assert_eq!(
                then.iter().collect::<Vec<_>>(),
                expected,
                "{stream} at {at}"
            );
            let now = log.read_stream(tenant, &stream, 0).await.unwrap();
            assert!(now.starts_with(&then), "{stream} at {at} is no prefix");
        }
    }
}

/// Recorded times, in order, many of them equal; and moments to ask for, most of them near those.
fn histories() -> impl Strategy<Value = (Vec<i64>, Vec<i64>)> {
    let steps = prop::collection::vec(prop_oneof![4 => Just(0_i64), 1 => 1..4_i64], 0..70);
    let asked = prop::collection::vec(-3..120_i64, 1..6);
    (steps, asked).prop_map(|(steps, asked)| {
        let mut at = 1_000_000_000_000_000;
        let begin = at;
        let moments = steps
            .into_iter()
            .map(|step| {
                at += step;
                at
            })
            .collect();
        (moments, asked.into_iter().map(|us| begin + us).collect())
    })
}

#[test]
fn as_known_at_a_moment_is_a_prefix() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (db, log) = runtime.block_on(async {
        let db = TestDb::new().await;
        let log = db.log().await;
        log.create_tenant(&zeeveld()).await.unwrap();
        (db, log)
    });
    let superuser = tokio::sync::Mutex::new(runtime.block_on(db.superuser()));
    let config = ProptestConfig {
        cases: 60,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let ran = runner.run(&histories(), |(recorded_us, asked_us)| {
        runtime.block_on(async {
            record(&mut *superuser.lock().await, &recorded_us).await;
            let moments: Vec<Timestamp> = asked_us
                .iter()
                .map(|us| Timestamp::from_microsecond(*us).unwrap())
                .collect();
            assert_prefixes(&log, &zeeveld(), &moments).await;
        });
        Ok(())
    });
    ran.unwrap();
}

#[tokio::test]
async fn commands_recorded_at_one_moment_are_known_together() {
    let (db, tenant) = (TestDb::new().await, zeeveld());
    let log = db.log().await;
    log.create_tenant(&tenant).await.unwrap();
    assert_eq!(log.position_at(&tenant, db.now().await).await.unwrap(), 0);
    let mut last = Vec::new();
    for id in ["0", "1", "0", "2"] {
        let appended = log
            .append(&tenant, append([write(id, Expected::Any, 3)]))
            .await
            .unwrap();
        last.push(appended);
    }
    let ns = SignedDuration::from_nanos(1);
    let moments: Vec<Timestamp> = last
        .iter()
        .flat_map(|it| [it.recorded_at - ns, it.recorded_at, it.recorded_at + ns])
        .collect();
    assert_prefixes(&log, &tenant, &moments).await;
    assert_eq!(log.position_at(&tenant, past()).await.unwrap(), 0);
}

#[tokio::test]
async fn a_moment_ahead_of_the_databases_clock_is_refused() {
    let (db, tenant) = (TestDb::new().await, zeeveld());
    let log = db.log().await;
    log.create_tenant(&tenant).await.unwrap();
    let at = db.now().await + SignedDuration::from_hours(1);
    let error = log.position_at(&tenant, at).await.unwrap_err();
    assert!(
        matches!(error, ReadError::Ahead { at: told, clock } if told == at && clock < at),
        "{error:?}"
    );
    let error = log
        .position_at(&Tenant::new("elders").unwrap(), past())
        .await
        .unwrap_err();
    assert!(matches!(error, ReadError::UnknownTenant(_)), "{error:?}");
}

#[tokio::test]
async fn a_moment_is_found_by_the_primary_key_alone() {
    let db = TestDb::new().await;
    let tenant = zeeveld();
    db.log().await.create_tenant(&tenant).await.unwrap();
    let mut superuser = db.superuser().await;
    let moments: Vec<i64> = (0..20_000).collect();
    record(&mut superuser, &moments).await;
    sqlx::raw_sql("analyze log.event; analyze log.head")
        .execute(&mut superuser)
        .await
        .unwrap();
    let statement = include_str!("../../crates/eventlog/sql/find_position.sql")
        .replace("$1", "'zeeveld'")
        .replace("$2", "'epoch'::timestamptz + interval '7 milliseconds'");
    let plan: Vec<String> = sqlx::query_scalar(sqlx::AssertSqlSafe(format!(
        "explain (analyze, costs off, timing off) {statement}"
    )))
    .fetch_all(&mut superuser)
    .await
    .unwrap();
    let plan = plan.join("\n");
    assert!(plan.contains("event_pkey"), "{plan}");
    assert!(!plan.contains("Seq Scan on event"), "{plan}");
    // Each halving is one look-up: 20,000 events take 15 at most.
    let loops = plan
        .lines()
        .find(|line| line.contains("event_pkey"))
        .and_then(|line| line.split("loops=").nth(1))
        .and_then(|rest| rest.trim_end_matches(')').parse::<u32>().ok());
    assert!(loops.is_some_and(|loops| loops <= 15), "{plan}");
}

#[tokio::test]
async fn whoever_waits_for_a_position_goes_on_once_the_log_has_it() {
    let (db, tenant) = (TestDb::new().await, zeeveld());
    let (here, elsewhere) = (db.log().await, db.log().await);
    here.create_tenant(&tenant).await.unwrap();
    here.wait_for(&tenant, 0).await.unwrap();
    let two = append([write("0", Expected::New, 2)]);
    here.append(&tenant, two).await.unwrap();
    here.wait_for(&tenant, 2).await.unwrap();
    let mut waiting = Box::pin(here.wait_for(&tenant, 3));
    assert!(waiting.as_mut().now_or_never().is_none());
    let one = append([write("1", Expected::New, 1)]);
    // By another process, as it were: only a notification or a poll can tell.
    let (waited, appended) = tokio::join!(waiting, elsewhere.append(&tenant, one));
    assert_eq!(appended.unwrap().last_position, 3);
    waited.unwrap();
    assert_eq!(here.head(&tenant).await.unwrap().position, 3);
}

#[tokio::test]
async fn where_an_event_was_taken_out_the_search_ends_with_an_error() {
    let (db, tenant) = (TestDb::new().await, zeeveld());
    let log = db.log().await;
    log.create_tenant(&tenant).await.unwrap();
    let mut superuser = db.superuser().await;
    let moments: Vec<i64> = (1..=10).map(|ms| ms * 1_000).collect();
    record(&mut superuser, &moments).await;
    sqlx::raw_sql(
        "alter table log.event disable trigger event_is_append_only;
        delete from log.event where position = 5",
    )
    .execute(&mut superuser)
    .await
    .unwrap();
    // Between the events before and after the one that is gone.
    let at = Timestamp::from_microsecond(5_500).unwrap();
    let found = log.position_at(&tenant, at).await;
    assert!(found.is_err(), "{found:?}");
}
