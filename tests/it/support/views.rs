//! Every row of the views as readers are given them, and building views anew.

use eventlog::Tenant;
use projection::{Rebuild, Rebuilt, Slot};
use readmodel::Runner;
use sqlx::{AssertSqlSafe, PgPool};

/// Every row of every table of every view, from the build that serves, and where that stands.
pub(crate) async fn rows(read: &PgPool, tenant: &Tenant) -> Vec<String> {
    let mut all = Vec::new();
    for projection in readmodel::all() {
        let name = projection.name();
        let Some(slot) = serving(read, tenant, name).await else {
            continue;
        };
        for table in projection.tables() {
            let table = table.name;
            let schema = projection.schema(slot);
            let sql = format!(
                "select '{name}.{table} ' || to_jsonb(it)::text
                 from {schema}.{table} as it
                 where tenant = $1
                 order by 1"
            );
            let rows: Vec<String> = sqlx::query_scalar(AssertSqlSafe(sql))
                .bind(tenant.as_str())
                .fetch_all(read)
                .await
                .unwrap();
            all.extend(rows);
        }
    }
    let checkpoints: Vec<String> = sqlx::query_scalar(
        "select concat_ws(' ', name, version, position, recorded_at, error)
         from read.projection
         where tenant = $1 and serving
         order by 1",
    )
    .bind(tenant.as_str())
    .fetch_all(read)
    .await
    .unwrap();
    all.extend(checkpoints);
    all
}

/// The build of a view that readers are given.
pub(crate) async fn serving(read: &PgPool, tenant: &Tenant, name: &str) -> Option<Slot> {
    let slot: Option<String> = sqlx::query_scalar(
        "select slot
         from read.projection
         where tenant = $1 and name = $2 and serving",
    )
    .bind(tenant.as_str())
    .bind(name)
    .fetch_optional(read)
    .await
    .unwrap();
    slot.map(|slot| slot.parse().unwrap())
}

/// Builds a view anew beside the one that serves, and gives it to readers.
pub(crate) async fn rebuild(runner: &Runner, name: &str, tenant: &Tenant) -> Rebuilt {
    let builder = runner.builder(name).unwrap();
    let rebuilt = builder
        .rebuild(tenant, Rebuild::default(), &|_| {})
        .await
        .unwrap();
    assert!(rebuilt.switched, "{name} differs when rebuilt: {rebuilt:?}");
    rebuilt
}

/// Builds every view anew.
pub(crate) async fn rebuild_all(runner: &Runner, tenant: &Tenant) {
    for name in runner.names() {
        rebuild(runner, name, tenant).await;
    }
}
