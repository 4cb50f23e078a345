//! What the database itself refuses, whatever the code above it does.

use eventlog::Expected;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, PgPool};

use crate::support::db::{TestDb, maintenance};
use crate::support::event::{append, write, zeeveld};

const NOT_PERMITTED: &str = "42501";
const RESTRICTED: &str = "23001";

/// The SQLSTATE with which a statement is refused, or none.
async fn refusal(pool: &PgPool, statement: &str) -> Option<String> {
    let outcome = pool.execute(AssertSqlSafe(statement.to_owned())).await;
    outcome.err().map(|error| {
        error
            .as_database_error()
            .unwrap()
            .code()
            .unwrap()
            .into_owned()
    })
}

async fn database_with_one_event() -> TestDb {
    let db = TestDb::new().await;
    let log = db.log().await;
    log.create_tenant(&zeeveld()).await.unwrap();
    log.append(&zeeveld(), append([write("a", Expected::New, 1)]))
        .await
        .unwrap();
    db
}

#[tokio::test]
async fn nobody_changes_what_was_recorded() {
    let db = database_with_one_event().await;
    let superuser = PgPool::connect(db.url()).await.unwrap();
    let changes = [
        "update log.event set payload = '[]'",
        "update log.command set refusal = null",
        "update log.event set payload = '[]' where position > 9",
        "delete from log.event",
        "delete from log.command",
        "truncate log.event",
        "truncate log.command",
        "truncate log.event, log.command, log.head cascade",
    ];
    for (pool, code) in [
        (db.app_pool().await, NOT_PERMITTED),
        (db.read_pool().await, NOT_PERMITTED),
        (db.owner_pool().await, RESTRICTED),
        (superuser, RESTRICTED),
    ] {
        for change in changes {
            assert_eq!(
                refusal(&pool, change).await.as_deref(),
                Some(code),
                "{change}"
            );
        }
    }
    assert_eq!(
        db.log()
            .await
            .read_after(&zeeveld(), 0, 10)
            .await
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test]
async fn each_role_may_do_its_own_work_and_no_more() {
    let db = database_with_one_event().await;
    let (app, read, owner) = (
        db.app_pool().await,
        db.read_pool().await,
        db.owner_pool().await,
    );
    for refused in [
        "delete from log.head",
        "create table log.mine ()",
        "create table public.mine ()",
        "create schema mine",
        "alter table log.event add column mine text",
        "drop table log.event",
        "alter table log.event disable trigger all",
    ] {
        assert_eq!(
            refusal(&app, refused).await.as_deref(),
            Some(NOT_PERMITTED),
            "{refused}"
        );
    }
    for refused in [
        "insert into log.head (tenant) values ('mine')",
        "update log.head set revision = 9",
        "insert into log.event select * from log.event",
        "insert into log.command select * from log.command",
        "create table log.mine ()",
        "select 1 from log.head for update",
    ] {
        assert_eq!(
            refusal(&read, refused).await.as_deref(),
            Some(NOT_PERMITTED),
            "{refused}"
        );
    }
    for table in ["log.head", "log.event", "log.command"] {
        for pool in [&app, &read, &owner] {
            assert_eq!(refusal(pool, &format!("select * from {table}")).await, None);
        }
    }
    // A view's schema belongs to the role that reads, in a database cloned from a template as well.
    assert_eq!(
        refusal(&read, "create schema queue_v1 create table row ()").await,
        None
    );
}

#[tokio::test]
async fn the_owner_owns_every_table_and_each_says_what_it_is() {
    let db = TestDb::new().await;
    let mut superuser = db.superuser().await;
    let odd: Vec<String> = sqlx::query_scalar(
        "select format('%s.%s', relnamespace::regnamespace, relname)
        from pg_class
        where relkind in ('r', 'p', 'S', 'v')
            and relnamespace::regnamespace::text not in ('pg_catalog', 'information_schema', 'pg_toast')
            and (
                relowner::regrole::text <> 'wijk_owner'
                or obj_description(oid, 'pg_class') is null and relnamespace::regnamespace::text <> 'migration'
            )",
    )
    .fetch_all(&mut superuser)
    .await
    .unwrap();
    assert_eq!(odd, Vec::<String>::new());
}

#[tokio::test]
async fn migrating_again_and_from_several_processes_changes_nothing() {
    let db = TestDb::new().await;
    let migrating = (0..4).map(|_| {
        let url = db.url().to_owned();
        tokio::spawn(async move { eventlog::migrate(&url).await })
    });
    for migrated in futures_util::future::join_all(migrating).await {
        migrated.unwrap().unwrap();
    }
}

#[tokio::test]
async fn roles_are_made_once_by_whoever_comes_first() {
    // The same migration for three roles of this test, since the real ones are there already.
    let prefix = format!("race{}_", std::process::id());
    let statement = include_str!("../../migrations/0001_roles.sql").replace("wijk_", &prefix);
    let mut server = PgConnection::connect_with(&maintenance()).await.unwrap();
    for _ in 0..5 {
        let making = (0..4).map(|_| {
            let statement = statement.clone();
            tokio::spawn(async move {
                let mut connection = PgConnection::connect_with(&maintenance()).await?;
                sqlx::raw_sql(AssertSqlSafe(statement))
                    .execute(&mut connection)
                    .await
            })
        });
        let made = futures_util::future::join_all(making).await;
        let drop_roles = format!("drop role {prefix}owner, {prefix}app, {prefix}read");
        sqlx::raw_sql(AssertSqlSafe(drop_roles))
            .execute(&mut server)
            .await
            .unwrap();
        for outcome in made {
            outcome.unwrap().unwrap();
        }
    }
}
