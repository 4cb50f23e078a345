//! Views built anew, switched, compared, on trial and as of earlier, as they are typed.

use serde_json::Value;
use sqlx::AssertSqlSafe;

use super::support::{Town, wait};

/// With four requests of another system, and views that hold them.
fn town() -> Town {
    let town = Town::new();
    let words = super::import::import(&[]);
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    town.wijk(&words).succeeded();
    town.wijk(&["queue"]).succeeded();
    town
}

fn run(town: &Town, statement: &str) -> u64 {
    wait(async {
        let mut connection = town.superuser().await;
        let done = sqlx::query(AssertSqlSafe(statement.to_owned()))
            .execute(&mut connection)
            .await
            .unwrap();
        done.rows_affected()
    })
}

/// Every row of every table that stays.
fn every_table(town: &Town) -> Vec<(String, Vec<String>)> {
    wait(async {
        let mut connection = town.superuser().await;
        let tables: Vec<String> = sqlx::query_scalar(
            "select format('%I.%I', schemaname, tablename)
             from pg_tables
             where schemaname not in ('pg_catalog', 'information_schema')
             order by 1",
        )
        .fetch_all(&mut connection)
        .await
        .unwrap();
        let mut all = Vec::new();
        for table in tables {
            let sql = format!("select it::text from {table} as it order by 1");
            let rows = sqlx::query_scalar(AssertSqlSafe(sql))
                .fetch_all(&mut connection)
                .await
                .unwrap();
            all.push((table, rows));
        }
        all
    })
}

/// Appends an event as a newer version would have written it.
fn append_unreadable(town: &Town) {
    run(
        town,
        "with head as (
             update log.head set position = position + 1 returning tenant, position, recorded_at
         )
         insert into log.event (
             tenant, position, event_id, stream_kind, stream_id, version, kind, schema, occurred_at,
             occurred_precision, recorded_at, actor, correlation, command_id, payload
         )
         select
             tenant, position, gen_random_uuid(), 'request', gen_random_uuid()::text, 1,
             'request-teleported', 3, recorded_at, 'instant', recorded_at, 'staff:anna',
             gen_random_uuid(), gen_random_uuid(), '{}'
         from head",
    );
}

fn builds(town: &Town) -> Vec<(String, String, bool, String)> {
    let list = town.json(&["projection", "list"]);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let mut builds: Vec<_> = list["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|view| {
            (
                text(&view["naam"]),
                text(&view["bouw"]),
                view["dient"].as_bool().unwrap(),
                text(&view["toestand"]),
            )
        })
        .collect();
    builds.sort();
    builds
}

fn build(name: &str, slot: &str, serving: bool) -> (String, String, bool, String) {
    (name.to_owned(), slot.to_owned(), serving, "idle".to_owned())
}

#[test]
fn a_view_is_rebuilt_compared_switched_and_switched_back() {
    let town = town();
    let told = town
        .wijk(&["projection", "rebuild", "queue", "--workers", "3"])
        .succeeded()
        .says(&[
            "the same in queue_v1_blue and queue_v1_green",
            "given the green build",
        ]);
    // Not on a terminal: plain lines.
    assert!(told.err.contains("queue filling: "), "{}", told.err);
    assert!(!told.err.contains('\r'), "{}", told.err);
    assert!(builds(&town).contains(&build("queue", "green", true)));
    assert!(builds(&town).contains(&build("queue", "blue", false)));
    town.wijk(&["projection", "compare", "queue"])
        .succeeded()
        .says(&["4 rows, the same in queue_v1_green and queue_v1_blue"]);
    town.wijk(&["projection", "switch", "queue"])
        .succeeded()
        .says(&["are given the blue build", "green one is kept up to date"]);
    let back = town.json(&["projection", "switch-back", "queue"]);
    assert_eq!(
        (&back["van"], &back["naar"]),
        (&"blue".into(), &"green".into())
    );
    town.wijk(&["queue"]).succeeded();
    let rebuilt = town.json(&["projection", "rebuild", "dossier"]);
    assert_eq!(rebuilt["dient"], true);
    assert_eq!(rebuilt["vergelijking"]["gelijk"], true);
    assert_eq!(rebuilt["hervatOp"], Value::Null);
}

#[test]
fn a_rebuild_that_differs_exits_with_four_and_names_the_rows() {
    let town = town();
    let changed = run(
        &town,
        "update queue_v1_blue.request set channel = 'geheim' where wijk = 'WK999901'",
    );
    assert!(changed > 0);
    let told = town.wijk(&["projection", "rebuild", "queue"]);
    assert_eq!(told.code, 4, "{}", told.err);
    let told = told.says(&["differs in channel", "wijk projection switch queue"]);
    assert!(!format!("{}{}", told.out, told.err).contains("geheim"));
    assert!(builds(&town).contains(&build("queue", "blue", true)));
    let compared = town.wijk(&["projection", "compare", "queue", "--json"]);
    assert_eq!(compared.code, 4);
    let document: Value = serde_json::from_str(&compared.out).unwrap();
    assert_eq!(document["gelijk"], false);
    assert_eq!(document["tabellen"][0]["anders"], changed);
    assert_eq!(
        document["tabellen"][0]["eerste"][0]["kolommen"][0],
        "channel"
    );
    let problem: Value = serde_json::from_str(&compared.err).unwrap();
    assert_eq!(problem["code"], "view-differs");
    let from_log = town.wijk(&["projection", "compare", "queue", "--from-log"]);
    assert_eq!(from_log.code, 4, "{}", from_log.err);
    town.wijk(&["projection", "switch", "queue"]).succeeded();
    town.wijk(&["projection", "compare", "queue", "--from-log"])
        .succeeded();
}

#[test]
fn one_stream_is_rebuilt_and_views_stop_and_start() {
    let town = town();
    let dossier = town.json(&["dossier", "A-1"]);
    let stream = format!("request/{}", dossier["verzoek"].as_str().unwrap());
    town.wijk(&["projection", "rebuild-stream", "dossier", &stream])
        .succeeded()
        .says(&["dossier (blue): built request/"]);
    town.wijk(&["projection", "rebuild-stream", "dossier", "request/nergens"])
        .failed(1, &["request/nergens"]);
    town.wijk(&["projection", "stop", "queue"])
        .succeeded()
        .says(&["stopped"]);
    let rebuilt = town.json(&["projection", "rebuild", "queue"]);
    assert_eq!(
        (&rebuilt["gestopt"], &rebuilt["uitslag"]),
        (&true.into(), &"compared".into())
    );
    town.wijk(&["projection", "rebuild", "queue"])
        .succeeded()
        .says(&["so is the new build", "wijk projection start queue"]);
    town.wijk(&["projection", "start", "queue"]).succeeded();
    town.wijk(&["projection", "resume", "queue"]).succeeded();
}

#[test]
fn what_cannot_be_done_with_a_build_is_told() {
    let town = town();
    town.wijk(&["projection", "switch", "queue"])
        .failed(1, &["no other build", "projection rebuild queue"]);
    town.wijk(&["projection", "compare", "queue"])
        .failed(1, &["no other build"]);
    town.wijk(&["projection", "compare", "queue", "--served-version", "9"])
        .failed(1, &["version 9"]);
    for words in [
        &["projection", "rebuild", "queue", "--workers", "0"][..],
        &["projection", "rebuild-stream", "queue", "nergens"],
        &["projection", "switch", "wachtrij"],
        &["replay"],
        &["queue", "--as-of", "gisteren"],
    ] {
        town.wijk(words).failed(2, &[]);
    }
    town.wijk(&["projection", "rebuild", "queue"]).succeeded();
    run(
        &town,
        "update read.projection
         set live = false, lease_holder = gen_random_uuid(), lease_until = now() + interval '7 s'
         where name = 'queue' and not serving",
    );
    town.wijk(&["projection", "rebuild", "queue"])
        .failed(1, &["another process", "7 s"]);
}

#[test]
fn a_replay_of_the_whole_log_exits_by_what_it_found_and_changes_nothing() {
    let town = town();
    let before = every_table(&town);
    let told = town.wijk(&["replay", "--dry-run"]).succeeded();
    told.says(&[
        "Requests: ",
        "Registers: ",
        "queue.request at position",
        "the same in",
    ]);
    let same = town.json(&["replay", "--dry-run"]);
    assert_eq!(same["uitslag"], "same");
    assert_eq!(every_table(&town), before);
    // What was not compared is not said to be the same.
    let half = town.wijk(&["replay", "--dry-run", "--up-to", "5", "--json"]);
    assert_eq!(half.code, 1, "{}", half.err);
    let problem: Value = serde_json::from_str(&half.err).unwrap();
    assert_eq!(problem["code"], "not-compared");
    let half: Value = serde_json::from_str(&half.out).unwrap();
    assert_eq!(
        (&half["positie"], &half["uitslag"]),
        (&5.into(), &"not-compared".into())
    );
    assert_eq!(half["views"][0]["gelijk"], Value::Null);

    run(
        &town,
        "delete from evaluation_v1_blue.moment where kind = 'request-decided'",
    );
    let differs = town.wijk(&["replay", "--dry-run", "--json"]);
    assert_eq!(differs.code, 4, "{}", differs.err);
    let document: Value = serde_json::from_str(&differs.out).unwrap();
    assert_eq!(document["uitslag"], "differs");
    assert_eq!(document["views"][2]["gelijk"], false);

    append_unreadable(&town);
    let unreadable = town.wijk(&["replay", "--dry-run"]);
    assert_eq!(unreadable.code, 5, "{}", unreadable.err);
    unreadable.says(&[
        "request-teleported schema 3, 1 events",
        "would park request/",
    ]);
    town.wijk(&["replay", "--dry-run", "--up-to", "999999"])
        .failed(2, &["999999"]);
}

#[test]
fn queue_report_and_dossier_are_shown_as_of_earlier() {
    let town = town();
    let head = town.json(&["queue"])["positie"].as_i64().unwrap();
    let now = format!("position:{head}");
    assert_eq!(
        town.json(&["queue", "--as-of", &now]),
        town.json(&["queue"])
    );
    assert_eq!(
        town.json(&["queue", "WK999901", "--as-of", &now]),
        town.json(&["queue", "WK999901"])
    );
    assert_eq!(
        town.json(&["report", "2024-H1", "--as-of", &now]),
        town.json(&["report", "2024-H1"])
    );
    assert_eq!(
        town.json(&["dossier", "A-1", "--as-of", &now]),
        town.json(&["dossier", "A-1"])
    );
    town.wijk(&["queue", "--as-of", "position:2"])
        .succeeded()
        .says(&["Zoals bekend op positie 2."]);
    let empty = town.json(&["report", "2024-H1", "--as-of", "2000-01-01T00:00:00Z"]);
    assert_eq!(empty["positie"], 0);
    town.wijk(&["dossier", "A-1", "--as-of", "position:2"])
        .failed(1, &["there is no request", "as of position:2"]);
    for ahead in ["position:999999", "2100-01-01T00:00:00Z"] {
        for words in [&["queue"][..], &["report", "2024-H1"], &["dossier", "A-1"]] {
            town.wijk(&[words, &["--as-of", ahead]].concat())
                .failed(2, &[]);
        }
    }
}

#[test]
fn what_a_rebuild_parks_is_told_by_the_exit_code_as_resume_does() {
    let town = town();
    append_unreadable(&town);
    town.wijk(&["queue"]).succeeded();
    let stream = town.json(&["projection", "list"])["results"][0]["geparkeerd"][0]["stroom"]
        .as_str()
        .unwrap()
        .to_owned();
    for words in [
        &["projection", "resume", "queue"][..],
        &["projection", "rebuild", "queue"],
        &["projection", "rebuild-stream", "queue", &stream],
    ] {
        let told = town.wijk(&[words, &["--json"]].concat());
        assert_eq!(told.code, 1, "{words:?}: {}", told.err);
        // Warnings may come before the problem.
        assert!(
            told.err.contains("\"streams-parked\""),
            "{words:?}: {}",
            told.err
        );
    }
    // Of no build that is whole there is none to mend.
    run(
        &town,
        "update read.projection set serving = false, live = false where name = 'queue'",
    );
    town.wijk(&["projection", "rebuild-stream", "queue", &stream])
        .failed(
            1,
            &["no build of the view queue", "projection rebuild queue"],
        );
}
