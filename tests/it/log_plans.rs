//! How statements find their rows: by key, and within one tenant, which is all that a database spread over
//! machines by tenant can do on one of them.

use std::path::Path;

use eventlog::{Append, Expected, Tenant};
use serde_json::Value;
use sqlx::{AssertSqlSafe, PgConnection, PgPool, Row as _};

use crate::support::db::TestDb;
use crate::support::event::{append, write, zeeveld};

/// Statements that are about all tenants or about none, with why.
const OF_NO_TENANT: [&str; 6] = [
    "check_privileges.sql", // what the user may do
    "grant_database.sql",   // privileges on the database
    "list_tenants.sql",     // which tenants there are
    "notify_tenants.sql",   // touches no table
    "copy_commands.sql",    // rows in, their tenant in each
    "copy_events.sql",      // rows in, their tenant in each
];

/// Statements of projections that ask what tables look like.
const OF_THE_CATALOGUE: [&str; 1] = ["list_columns.sql"];

/// A node of a plan that reads rows of a table.
#[derive(Debug)]
struct Scan {
    node: String,
    table: String,
    index: String,
    conditions: String,
}

/// Two tenants with some history each, as the planner will find them.
async fn filled() -> TestDb {
    let db = TestDb::new().await;
    let log = db.log().await;
    for tenant in [zeeveld(), Tenant::new("elsewhere").unwrap()] {
        log.create_tenant(&tenant).await.unwrap();
        let commands: Vec<Append> = (0..2_000)
            .map(|number| append([write(&number.to_string(), Expected::New, 5)]))
            .collect();
        log.load(&tenant, commands).await.unwrap();
    }
    sqlx::query("analyze")
        .execute(&mut db.superuser().await)
        .await
        .unwrap();
    db
}

fn statements(folder: &str) -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../crates")
        .join(folder)
        .join("sql");
    let mut found: Vec<(String, String)> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, std::fs::read_to_string(path).unwrap())
        })
        .collect();
    found.sort();
    assert!(found.len() > 15, "only {} statements", found.len());
    found
}

/// The scans of a statement's plan for whichever values, in a session as the pool makes it.
async fn scans(pool: &PgPool, name: &str, statement: &str) -> Vec<Scan> {
    let mut connection = pool.acquire().await.unwrap();
    let parameters = (1..100)
        .take_while(|number| statement.contains(&format!("${number}")))
        .count();
    let values = vec!["null"; parameters].join(", ");
    let call = if parameters == 0 {
        String::new()
    } else {
        format!("({values})")
    };
    run(&mut connection, format!("prepare plan_of as {statement}")).await;
    run(
        &mut connection,
        "set plan_cache_mode = force_generic_plan".to_owned(),
    )
    .await;
    let explain = format!("explain (verbose, costs off, format json) execute plan_of{call}");
    // As text, since that is what the simple protocol answers with.
    let row = sqlx::raw_sql(AssertSqlSafe(explain))
        .fetch_one(&mut *connection)
        .await
        .unwrap_or_else(|error| panic!("{name}: {error}"));
    let plan: Value = serde_json::from_str(row.try_get_raw(0).unwrap().as_str().unwrap()).unwrap();
    run(&mut connection, "deallocate plan_of".to_owned()).await;
    run(&mut connection, "reset plan_cache_mode".to_owned()).await;
    let mut found = Vec::new();
    collect(&plan, &mut found);
    found
}

async fn run(connection: &mut PgConnection, statement: String) {
    sqlx::raw_sql(AssertSqlSafe(statement))
        .execute(connection)
        .await
        .unwrap();
}

fn collect(plan: &Value, found: &mut Vec<Scan>) {
    match plan {
        Value::Array(all) => all.iter().for_each(|each| collect(each, found)),
        Value::Object(node) => {
            let text = |key: &str| node.get(key).and_then(Value::as_str).unwrap_or_default();
            let is_ours = ["log", "read"].contains(&text("Schema"));
            if is_ours && text("Node Type").ends_with("Scan") {
                let keys = ["Index Cond", "Recheck Cond", "Filter", "Join Filter"];
                found.push(Scan {
                    node: text("Node Type").to_owned(),
                    table: format!("{}.{}", text("Schema"), text("Relation Name")),
                    index: text("Index Name").to_owned(),
                    conditions: keys.map(text).join(" "),
                });
            }
            node.values().for_each(|each| collect(each, found));
        }
        _ => {}
    }
}

#[tokio::test]
async fn no_statement_of_the_log_reads_the_events_or_commands_whole() {
    let db = filled().await;
    let (app, read) = (db.app_pool().await, db.read_pool().await);
    let mut looked_at = 0;
    for (name, statement) in statements("eventlog") {
        if OF_NO_TENANT.contains(&name.as_str()) {
            continue;
        }
        let reads_only = statement.trim_start_matches("--").contains("select")
            && !["update ", "insert ", "for no key"]
                .iter()
                .any(|word| statement.contains(word));
        let mut pools = vec![("app", &app)];
        if reads_only {
            pools.push(("read", &read));
        }
        for (role, pool) in pools {
            for scan in scans(pool, &name, &statement).await {
                let grows = ["log.event", "log.command"].contains(&scan.table.as_str());
                let whole = grows && scan.node == "Seq Scan";
                assert!(!whole, "{name} as {role}: {scan:?}");
                assert!(
                    scan.conditions.contains("tenant"),
                    "{name} as {role}: {scan:?}"
                );
                looked_at += 1;
            }
        }
    }
    assert!(looked_at > 25, "only {looked_at} scans");
}

/// A writing session keeps its plans; what is cheap while the log is empty must be right when it is not.
#[tokio::test]
async fn a_plan_made_on_the_first_day_finds_rows_by_the_keys_of_every_day() {
    let (first_day, later) = (TestDb::new().await, filled().await);
    let (first_day, later) = (first_day.app_pool().await, later.app_pool().await);
    let (mut compared, mut odd) = (0, Vec::new());
    for (name, statement) in statements("eventlog") {
        if OF_NO_TENANT.contains(&name.as_str()) {
            continue;
        }
        let mut keys = Vec::new();
        for pool in [&first_day, &later] {
            let scans = scans(pool, &name, &statement).await;
            let mut used: Vec<_> = scans
                .into_iter()
                .filter(|scan| ["log.event", "log.command"].contains(&scan.table.as_str()))
                // The planner numbers the places where a table stands.
                .map(|scan| (scan.index, scan.conditions.replace("event_1", "event")))
                .collect();
            used.sort();
            keys.push(used);
        }
        compared += keys[0].len();
        if keys[0] != keys[1] {
            odd.push(format!("{name}: {keys:#?}"));
        }
    }
    assert!(odd.is_empty(), "{}", odd.join("\n"));
    assert!(compared > 10, "only {compared} scans");
}

#[tokio::test]
async fn statements_of_projections_stay_within_one_tenant() {
    let db = filled().await;
    let read = db.read_pool().await;
    let mut looked_at = 0;
    for (name, statement) in statements("projection") {
        if OF_THE_CATALOGUE.contains(&name.as_str()) {
            continue;
        }
        for scan in scans(&read, &name, &statement).await {
            assert!(scan.conditions.contains("tenant"), "{name}: {scan:?}");
            looked_at += 1;
        }
    }
    assert!(looked_at > 15, "only {looked_at} scans");
}

#[tokio::test]
async fn every_key_begins_with_the_tenant_and_none_leads_to_another() {
    let db = TestDb::new().await;
    let mut superuser = db.superuser().await;
    let odd: Vec<String> = sqlx::query_scalar(
        "select indexrelid::regclass::text
        from pg_index
        join pg_class on pg_class.oid = indrelid
        join pg_attribute on attrelid = indrelid
            and attnum = indkey[0]
        where relnamespace::regnamespace::text in ('log', 'read', 'vault')
            and attname <> 'tenant'
        union all
        select conname::text
        from pg_constraint
        where contype = 'f'
            and connamespace::regnamespace::text in ('log', 'read', 'vault')
        union all
        select relname::text
        from pg_class
        where relkind = 'S'
            and relnamespace::regnamespace::text in ('log', 'read', 'vault')",
    )
    .fetch_all(&mut superuser)
    .await
    .unwrap();
    assert_eq!(odd, Vec::<String>::new());
}
