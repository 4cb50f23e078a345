//! What is typed or set up wrongly: a clear paragraph, the right exit code, and no password.

use std::process::Stdio;

use serde_json::Value;

use super::support::{Town, command, folder, told};

/// Types a command with this `DATABASE_URL`.
#[track_caller]
fn with_url(url: &str, code: i32, words: &[&str]) {
    let dir = folder();
    let mut command = command(dir.path(), &["queue"]);
    command.env("DATABASE_URL", url);
    let told = told(command).failed(code, words);
    assert!(!told.err.contains("geheim"), "{}", told.err);
    assert!(
        !dir.path().join(".wijk/pg").exists(),
        "a private server was started for {url:?}"
    );
}

#[test]
fn a_wrong_database_url_is_told_and_no_private_server_takes_its_place() {
    with_url("", 1, &["DATABASE_URL is set but empty", "unset it"]);
    with_url("  ", 1, &["DATABASE_URL is set but empty"]);
    with_url("mysql://wijk:geheim@localhost/wijk", 1, &["postgres://"]);
    with_url(
        "postgres://wijk:geheim@127.0.0.1:1/wijk",
        1,
        &["no PostgreSQL server answers at 127.0.0.1:1"],
    );
    let absent = super::support::server().clone().database("wijk_is_er_niet");
    let absent = sqlx::ConnectOptions::to_url_lossy(&absent).to_string();
    with_url(&absent, 1, &["no database", "wijk_is_er_niet", "createdb"]);
}

#[test]
fn a_database_without_tables_says_to_migrate() {
    let town = Town::bare();
    town.wijk(&["queue"]).failed(1, &["wijk migrate"]);
    town.wijk(&["migrate"]).succeeded();
    town.wijk(&["queue"]).failed(1, &["wijk tenant create"]);
}

#[test]
fn what_is_not_there_fails_with_one() {
    let town = Town::new();
    town.wijk(&["queue", "WK999999"])
        .failed(1, &["WK999999", "wijk area list"]);
    town.wijk(&["report", "2024-H1", "--wijk", "WK999999"])
        .failed(1, &["WK999999"]);
    town.wijk(&["dossier", "nergens"]).failed(1, &["`nergens`"]);
    town.wijk(&["dossier", "0190c5a8-7c1e-7d3a-9a54-0d6f3a1b2c3d"])
        .failed(1, &["there is no request"]);
    town.wijk(&["area", "load", "nergens.csv", "--edition", "2024"])
        .failed(1, &["nergens.csv"]);
    town.wijk(&["import", "--mapping", "receipt", "nergens.xes"])
        .failed(1, &["no file nergens.xes"]);
    town.wijk(&["import", "--mapping", "receept", "nergens.xes"])
        .failed(1, &["receept", "receipt"]);
    let file = town.file("log.csv", "a\n");
    town.wijk(&[
        "import",
        "--mapping",
        "receipt",
        "--wijken",
        "WK999999",
        &file,
    ])
    .failed(1, &["WK999999"]);
}

#[test]
fn what_is_typed_wrongly_fails_with_two() {
    let town = Town::new();
    town.wijk(&["report", "2024-H3"])
        .failed(2, &["2024-H3", "2026-H1"]);
    town.wijk(&["queue", "haven"])
        .failed(2, &["`haven`", "intake"]);
    town.wijk(&["projection", "rebuild", "queu"])
        .failed(2, &["queu", "queue, dossier, evaluation"]);
    town.wijk(&["tenant", "create", "Zee veld"])
        .failed(2, &["a-z"]);
    town.wijk(&["token", "issue", "--actor", "anna"])
        .failed(2, &["staff:anna"]);
    town.wijk(&["serve", "--listen", "0.0.0.0:0"])
        .failed(2, &["127.0.0.1"]);
    town.wijk(&["demo", "--once", "--requests", "5"])
        .failed(2, &["200"]);
    town.wijk(&["dance"]).failed(2, &["dance"]);
}

#[test]
fn with_json_a_failure_is_a_problem_document() {
    let town = Town::new();
    for (words, code, problem) in [
        (&["queue", "WK999999"][..], 1, "unknown-wijk"),
        (&["report", "2024-H3"], 2, "invalid-input"),
        (
            &[
                "person",
                "erase",
                "0190c5a8-7c1e-7d3a-9a54-0d6f3a1b2c3d",
                "--function",
                "intake",
            ],
            3,
            "may-not",
        ),
    ] {
        let told = town.wijk(&[words, &["--json"]].concat()).failed(code, &[]);
        let document: Value = serde_json::from_str(&told.err).unwrap();
        assert_eq!(document["code"], problem);
        assert_eq!(document["type"], "about:blank");
        let detail = document["detail"].as_str().unwrap();
        assert!(!detail.contains('\n'), "{detail}");
    }
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let town = Town::new();
    let mut child = town
        .command(&["report", "2024-H1", "--definitions"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{said}");
    assert_eq!(said, "");
}

#[test]
fn keys_that_others_can_read_are_not_used() {
    use std::os::unix::fs::PermissionsExt as _;
    let town = Town::new();
    let kek = town.dir.path().join(".wijk/kek");
    std::fs::set_permissions(&kek, std::fs::Permissions::from_mode(0o644)).unwrap();
    town.wijk(&["area", "list"]).failed(1, &["chmod 600"]);
    std::fs::remove_file(&kek).unwrap();
    // A request's words need a key, and this one is not the municipality's.
    town.wijk(&["person", "erase", "0190c5a8-7c1e-7d3a-9a54-0d6f3a1b2c3d"])
        .failed(1, &["another key-encryption key", "--key-file"]);
}
