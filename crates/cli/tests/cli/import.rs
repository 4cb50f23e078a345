//! A tiny log of records, written by hand.

use std::io::Write as _;

use super::support::{Town, repository};

pub(super) fn import(more: &[&str]) -> Vec<String> {
    let data = repository("crates/import/testdata");
    let path = |name: &str| data.join(name).display().to_string();
    let mut words = vec![
        "import".to_owned(),
        "--mapping".to_owned(),
        path("traps.toml"),
    ];
    words.extend(["--wijken", "WK999901,WK999902", "--despite-problems"].map(str::to_owned));
    words.extend(more.iter().map(|word| (*word).to_owned()));
    words.push(path("traps.csv"));
    words
}

#[test]
fn records_become_requests_and_the_same_file_again_adds_nothing() {
    let town = Town::new();
    let words = import(&[]);
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    let first = town.json(&words);
    assert_eq!(first["verzoeken"], 4);
    assert!(first["toegevoegdTotaal"].as_u64().unwrap() > 10, "{first}");
    assert_eq!(first["toegevoegd"], first["gebeurtenissen"]);
    let again = town.json(&words);
    assert_eq!(again["toegevoegdTotaal"], 0);
    assert_eq!(again["alAanwezig"], first["toegevoegdTotaal"]);

    let dossier = town.wijk(&["dossier", "A-1"]).succeeded();
    dossier.says(&[
        "Bron: traps, zaak A-1.",
        "Overgenomen uit traps",
        "Besloten",
        "onder mandaat",
    ]);
    assert_eq!(
        town.json(&["dossier", "A-1"])["herkomst"]["zaaknummer"],
        "A-1"
    );
    town.wijk(&["dossier", "A-1", "--source", "elders"])
        .failed(1, &["A-1"]);
    let report = town.json(&["report", "2024-H1"]);
    assert!(
        report["totaal"]["besloten"].as_i64().unwrap() >= 2,
        "{report}"
    );
    town.wijk(&["report", "2024-H1"]).succeeded().says(&[
        "Totaal",
        "Definities",
        "n, mediaan, p90",
    ]);
}

#[test]
fn a_trial_run_appends_nothing() {
    let town = Town::new();
    let words = import(&["--dry-run"]);
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    town.wijk(&words)
        .succeeded()
        .says(&["nothing was appended", "request-decided"]);
    assert_eq!(town.json(&["queue"])["positie"], 2);
}

#[test]
fn records_can_be_put_to_the_rules_and_every_refusal_is_listed() {
    let town = Town::bare();
    town.wijk(&["migrate"]).succeeded();
    town.wijk(&["tenant", "create", "zeeveld"]).succeeded();
    let data = repository("crates/import/testdata");
    let path = |name: &str| data.join(name).display().to_string();
    let (mapping, register, records) = (
        path("commands.toml"),
        path("commands-register.toml"),
        path("commands.json"),
    );
    let words = [
        "import",
        "--mapping",
        &mapping,
        "--as-commands",
        &register,
        &records,
    ];
    let said = town.wijk(&words).succeeded();
    said.says(&[
        "3 requests put to the rules",
        "mandate-not-in-force",
        "unknown-wijk",
        "not-submitted",
    ]);
}

#[test]
fn a_file_that_was_cut_off_and_a_typo_in_a_mapping_import_nothing() {
    let town = Town::new();
    let text = std::fs::read(repository("crates/import/testdata/traps.csv")).unwrap();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(&text).unwrap();
    let whole = gzip.finish().unwrap();
    let broken = town.file("broken.csv.gz", &whole[..whole.len() / 2]);
    let mapping = repository("crates/import/testdata/traps.toml");
    let mapping = mapping.display().to_string();
    let words = [
        "import",
        "--mapping",
        &mapping,
        "--despite-problems",
        &broken,
    ];
    town.wijk(&words)
        .failed(1, &["nothing was imported", "gzip", "cut off"]);

    let typo = std::fs::read_to_string(&mapping)
        .unwrap()
        .replace("[columns]", "[colums]");
    let typo = town.file("typo.toml", typo);
    let records = repository("crates/import/testdata/traps.csv")
        .display()
        .to_string();
    let words = ["import", "--mapping", &typo, &records];
    town.wijk(&words)
        .failed(1, &["mapping `typo.toml`", "colums"]);
    assert_eq!(town.json(&["queue"])["positie"], 2);
}
