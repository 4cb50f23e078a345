//! Statements live in files and are checked here instead of by sqlx's macros (decision 0003).

use std::path::Path;

use sqlx::{AssertSqlSafe, Executor as _, PgConnection, SqlSafeStr as _};

/// Prepares every statement in `crates/<name>/sql` against this database; none may fail.
///
/// Returns how many there were, so that a folder that moved does not pass unseen.
pub(crate) async fn prepare_all(connection: &mut PgConnection, crate_name: &str) -> usize {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../crates")
        .join(crate_name)
        .join("sql");
    let mut failed = Vec::new();
    let mut statements = 0;
    for file in std::fs::read_dir(&folder).unwrap() {
        let path = file.unwrap().path();
        let statement = std::fs::read_to_string(&path).unwrap();
        statements += 1;
        let prepared = connection
            .prepare(AssertSqlSafe(statement).into_sql_str())
            .await;
        if let Err(error) = prepared {
            failed.push(format!("{}: {error}", path.display()));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    statements
}
