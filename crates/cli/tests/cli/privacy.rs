//! What a resident writes: readable in the dossier, nowhere in the clear, and gone once erased.

use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Row as _};

use super::support::{Served, Town, wait};

/// Words that occur nowhere else.
const TYPED: [&str; 4] = [
    "Zwanenburgwal",
    "Annemarieke",
    "0612345678",
    "Kwekkeboomstraat",
];

/// Someone outside the municipality.
const PERSON: &str = "0190c5a8-7c1e-7d3a-9a54-0d6f3a1b2c3d";

fn token(town: &Town, actor: &str, functions: &[&str]) -> String {
    let mut words = vec!["token", "issue", "--actor", actor];
    for function in functions {
        words.extend(["--function", function]);
    }
    town.wijk(&words).succeeded().out.trim().to_owned()
}

/// A request that was submitted and assigned over HTTP.
fn submit(town: &Town) -> String {
    let intake = token(town, "staff:ine", &["intake"]);
    let table = token(town, "staff:anna", &["wijkregisseur-sociaal"]);
    let served = Served::start(town);
    let receipt = served.post(
        &intake,
        "/v1/verzoeken",
        None,
        &json!({
            "wijk": "WK999901", "domein": "sociaal", "kanaal": "desk", "soortVerzoeker": "resident",
            "verzoeker": PERSON, "verzoek": format!("Een bankje bij de {}", TYPED[0]),
            "naam": TYPED[1], "contact": TYPED[2], "plaats": TYPED[3],
        }),
    );
    let request = receipt["verzoek"].as_str().unwrap().to_owned();
    let assigned = json!({"functie": "wijkregisseur-sociaal", "persoon": "anna"});
    let path = format!("/v1/verzoeken/{request}/toewijzingen");
    served.post(&table, &path, receipt["versie"].as_i64(), &assigned);
    served.stop();
    request
}

#[test]
fn a_residents_words_are_shown_and_lie_nowhere_in_the_clear_and_are_gone_once_erased() {
    let town = Town::new();
    let request = submit(&town);
    let queue = town.wijk(&["queue", "WK999901"]).succeeded();
    queue.says(&[&request, "toegewezen", "sociaal (anna)", "Duinkant"]);
    assert_eq!(
        town.json(&["queue", "WK999901"])["results"][0]["toestand"],
        "assigned"
    );
    let dossier = town.wijk(&["dossier", &request]).succeeded();
    dossier
        .says(&TYPED)
        .says(&["Ingediend door een bewoner via de balie", "Door staff:ine"]);
    assert_eq!(
        town.json(&["dossier", &request])["verzoek"],
        request.as_str()
    );
    let found = wait(search(&town, 80));
    assert_eq!(found, Vec::<String>::new());

    let period = this_half_year(&town, &request);
    let before = figures(&town, &period);
    assert_eq!(before["totaal"]["ontvangen"], 1);
    town.wijk(&["person", "erase", PERSON])
        .succeeded()
        .says(&["Erased"]);
    town.wijk(&["person", "erase", PERSON])
        .succeeded()
        .says(&["Nothing changed"]);
    let erased = town
        .wijk(&["dossier", &request])
        .succeeded()
        .says(&["Naam: gewist", "Verzoek: gewist"]);
    for word in TYPED {
        assert!(!erased.out.contains(word), "{word}");
    }
    assert_eq!(figures(&town, &period), before);
    let rebuilt = town.json(&["projection", "rebuild", "evaluation"]);
    assert_eq!(rebuilt["dient"], true);
    assert_eq!(figures(&town, &period), before);
}

/// The half-year in which the request came in.
fn this_half_year(town: &Town, request: &str) -> String {
    let submitted = town.json(&["dossier", request])["stand"]["ingediendOp"].clone();
    let at: jiff::Timestamp = submitted.as_str().unwrap().parse().unwrap();
    let day = casework::day::of(at);
    format!("{}-H{}", day.year(), if day.month() <= 6 { 1 } else { 2 })
}

/// A report without where in the log it was made.
fn figures(town: &Town, period: &str) -> Value {
    let mut report = town.json(&["report", period]);
    let members = report.as_object_mut().unwrap();
    assert!(members.remove("positie").is_some() && members.remove("bekendOp").is_some());
    report["totaal"]["openAanEinde"]["leeftijd"] = Value::Null; // Grows with the clock.
    for list in ["perWijk", "perDomein", "perWijkEnDomein"] {
        for row in report[list].as_array_mut().unwrap() {
            row["cijfers"]["openAanEinde"]["leeftijd"] = Value::Null;
        }
    }
    report
}

/// Every column of every table that holds one of the words, also as bytes.
async fn search(town: &Town, columns_min: usize) -> Vec<String> {
    let mut superuser = town.superuser().await;
    let columns = sqlx::query(
        "select table_schema::text, table_name::text, column_name::text, data_type::text
         from information_schema.columns
         join information_schema.tables using (table_schema, table_name)
         where table_schema not in ('pg_catalog', 'information_schema') and table_type = 'BASE TABLE'",
    )
    .fetch_all(&mut superuser)
    .await
    .unwrap();
    assert!(
        columns.len() >= columns_min,
        "only {} columns were found to search",
        columns.len()
    );
    let mut found = Vec::new();
    for row in columns {
        let [schema, table, column, kind]: [String; 4] = [0, 1, 2, 3].map(|at| row.get(at));
        let text = if kind == "bytea" {
            format!("encode(\"{column}\", 'escape')")
        } else {
            format!("\"{column}\"::text")
        };
        let query = format!("select count(*) from \"{schema}\".\"{table}\" where {text} ~* $1");
        let hits: i64 = sqlx::query_scalar(AssertSqlSafe(query))
            .bind(TYPED.join("|"))
            .fetch_one(&mut superuser)
            .await
            .unwrap();
        if hits > 0 {
            found.push(format!("{schema}.{table}.{column}"));
        }
    }
    found
}

#[test]
fn the_search_finds_a_word_that_lies_in_the_clear() {
    let town = Town::new();
    let grant = [
        "mandate",
        "grant",
        "a",
        "--holder",
        "intake",
        "--power",
        TYPED[0],
        "--from",
        "2024-01-01",
    ];
    town.wijk(&grant).succeeded();
    assert_eq!(wait(search(&town, 50)), ["log.event.payload"]);
}
