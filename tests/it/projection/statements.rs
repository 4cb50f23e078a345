//! Every statement in a file fits the schema it runs in, and the hot ones use their index.

use std::path::{Path, PathBuf};

use projection::Slot;
use readmodel::queue::Queue;
use sqlx::{AssertSqlSafe, Executor as _, PgConnection, SqlSafeStr as _};

use super::world::World;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates")
}

async fn within(world: &World, schema: &str) -> PgConnection {
    let mut connection = world.db.superuser().await;
    for setting in [
        "set role wijk_read".to_owned(),
        format!("set search_path to {schema}"),
    ] {
        sqlx::raw_sql(AssertSqlSafe(setting))
            .execute(&mut connection)
            .await
            .unwrap();
    }
    connection
}

#[tokio::test]
async fn every_statement_is_one_that_the_read_role_can_run() {
    let world = World::new().await;
    let mut prepared = 0;
    for (view, schema) in [
        ("projection/sql", "read"),
        ("readmodel/sql/queue", "queue_v1_blue"),
        ("readmodel/sql/dossier", "dossier_v1_green"),
        ("readmodel/sql/evaluation", "evaluation_v1_blue"),
        ("readmodel/sql/trial", "dossier_v1_blue"),
    ] {
        let mut connection = within(&world, schema).await;
        for file in std::fs::read_dir(folder().join(view)).unwrap() {
            let path = file.unwrap().path();
            let statement = std::fs::read_to_string(&path).unwrap();
            let outcome = connection
                .prepare(AssertSqlSafe(statement).into_sql_str())
                .await;
            assert!(outcome.is_ok(), "{}: {:?}", path.display(), outcome.err());
            prepared += 1;
        }
    }
    assert!(prepared > 30, "{prepared}");
}

#[tokio::test]
async fn every_table_and_key_begins_with_the_tenant() {
    let world = World::new().await;
    let keys_without: Vec<String> = sqlx::query_scalar(
        "select index.indexrelid::regclass::text
         from pg_index as index
         join pg_class as class on class.oid = index.indrelid
         join pg_namespace as namespace on namespace.oid = class.relnamespace
         join pg_attribute as first on first.attrelid = class.oid and first.attnum = index.indkey[0]
         where namespace.nspname ~ '^(read|(queue|dossier|evaluation)_v1_(blue|green))$'
             and first.attname <> 'tenant'",
    )
    .fetch_all(&world.read)
    .await
    .unwrap();
    assert_eq!(keys_without, Vec::<String>::new());
    for projection in readmodel::all() {
        let tables: Vec<String> = sqlx::query_scalar(
            "select tablename::text from pg_tables where schemaname = $1 order by tablename",
        )
        .bind(projection.schema(Slot::Green))
        .fetch_all(&world.read)
        .await
        .unwrap();
        let mut cleared: Vec<_> = projection.tables().iter().map(|it| it.name).collect();
        cleared.sort_unstable();
        assert_eq!(
            tables,
            cleared,
            "a rebuild empties every table of {}",
            projection.name()
        );
    }
}

#[tokio::test]
async fn the_queue_and_the_dossier_are_read_by_their_index_without_sorting() {
    let world = World::new().await;
    let plans = [
        (
            "queue_v1_blue",
            "readmodel/sql/queue/list_open.sql",
            "request_open_idx",
            "('t', 'WK999901', 10, 0)",
        ),
        (
            "dossier_v1_blue",
            "readmodel/sql/dossier/load_steps.sql",
            "step_pkey",
            "('t', '00000000-0000-0000-0000-000000000000')",
        ),
    ];
    for (schema, file, index, arguments) in plans {
        let mut connection = within(&world, schema).await;
        let statement = std::fs::read_to_string(folder().join(file)).unwrap();
        // Empty tables would be scanned whole, whatever their indexes.
        let script = format!(
            "set enable_seqscan = off; set enable_bitmapscan = off; prepare hot as {statement}"
        );
        sqlx::raw_sql(AssertSqlSafe(script))
            .execute(&mut connection)
            .await
            .unwrap();
        let explain = format!("explain execute hot {arguments}");
        let plan: Vec<String> = sqlx::query_scalar(AssertSqlSafe(explain))
            .fetch_all(&mut connection)
            .await
            .unwrap();
        let plan = plan.join("\n");
        assert!(
            plan.contains(index) && !plan.contains("Sort"),
            "{file}:\n{plan}"
        );
    }
}

#[tokio::test]
async fn who_opens_a_view_second_finds_its_tables() {
    let world = World::new().await;
    let (first, second) = tokio::join!(Queue::open(&world.read, 1), Queue::open(&world.read, 1));
    assert!(first.is_ok() && second.is_ok());
}
