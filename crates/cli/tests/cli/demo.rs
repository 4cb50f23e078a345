//! The demo, on the private server and on a server that is named.

use std::path::Path;

use sqlx::{AssertSqlSafe, ConnectOptions as _};

use super::support::{command, folder, told, wait};

/// Small, and everything still happens in it.
const DEMO: [&str; 4] = ["demo", "--once", "--requests", "200"];

fn private(dir: &Path, words: &[&str]) -> super::support::Told {
    told(command(dir, words)).succeeded()
}

#[test]
fn the_demo_shows_everything_and_stays_to_be_looked_at() {
    let dir = folder();
    let shown = private(dir.path(), &DEMO);
    let shown = shown.says(&[
        "verzonnen",
        "Wachtrij van WK9901",
        "Dossier ",
        "Rapportage 2",
        "(fictief)",
    ]);
    let dossier = shown
        .out
        .lines()
        .find_map(|line| line.strip_prefix("Dossier "))
        .unwrap()
        .to_owned();
    // What to type next names the program by its path, however long that is.
    let (answers, _next) = shown.out.split_once("━━ En nu").unwrap();
    assert!(
        answers.lines().all(|line| line.chars().count() <= 100),
        "{answers}"
    );

    // Another command finds it by itself, and a second demo takes its place.
    private(dir.path(), &["dossier", &dossier]).says(&["✗ plafond", "vastgelegd"]);
    private(dir.path(), &DEMO);
    private(dir.path(), &["queue", "--demo"]).says(&["WK990104"]);

    // A municipality of its own comes first from then on.
    private(dir.path(), &["tenant", "create", "zeeveld"]);
    private(dir.path(), &["tenant", "list"]).says(&["zeeveld"]);
    private(dir.path(), &["tenant", "list", "--demo"]).says(&["voorbeeldstad"]);
    private(dir.path(), &["demo", "--drop"]);
    told(command(dir.path(), &["queue", "--demo"])).failed(1, &["wijk demo"]);
    assert!(!running(dir.path()), "the private server was left running");
}

/// Whether a server's file of its process is left.
fn running(dir: &Path) -> bool {
    let pg = dir.join(".wijk/pg");
    std::fs::read_dir(pg).unwrap().any(|version| {
        version
            .unwrap()
            .path()
            .join("cluster/data/postmaster.pid")
            .exists()
    })
}

#[test]
fn on_a_named_server_the_demo_leaves_no_database_also_not_that_of_a_killed_one() {
    let dir = folder();
    let options = localpg::Options {
        dir: Some(dir.path().join("server")),
        ..localpg::Options::default()
    };
    let server = localpg::Postgres::ensure(options).unwrap();
    let url = server.url("postgres");
    wait(on(&url, "create database wijk_demo_new"));
    let mut demo = command(dir.path(), &DEMO);
    demo.env("DATABASE_URL", &url);
    told(demo).succeeded().says(&["Rapportage 2"]);
    assert_eq!(wait(databases(&url)), ["postgres"]);
}

async fn on(url: &str, statement: &'static str) {
    let options: sqlx::postgres::PgConnectOptions = url.parse().unwrap();
    let mut connection = options.connect().await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(statement))
        .execute(&mut connection)
        .await
        .unwrap();
}

async fn databases(url: &str) -> Vec<String> {
    let options: sqlx::postgres::PgConnectOptions = url.parse().unwrap();
    let mut connection = options.connect().await.unwrap();
    sqlx::query_scalar("select datname::text from pg_database where not datistemplate order by 1")
        .fetch_all(&mut connection)
        .await
        .unwrap()
}
