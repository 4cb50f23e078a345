//! Registers: wijken, mandates and norms, and which municipality they are of.

use super::support::{Town, WIJKEN};

#[test]
fn wijken_of_one_municipality_are_loaded_once_and_listed() {
    let town = Town::new();
    let listed = town.json(&["area", "list"]);
    assert_eq!(listed["count"], 2);
    assert_eq!(listed["results"][0]["naam"], "Duinkant");
    let file = town.file("again.csv", WIJKEN);
    let load = [
        "area",
        "load",
        &file,
        "--municipality",
        "GM9999",
        "--edition",
        "2024",
    ];
    town.wijk(&load).succeeded().says(&["Nothing changed"]);
    town.wijk(&["area", "list"])
        .succeeded()
        .says(&["WK999902", "Havenkant", "2024"]);
}

#[test]
fn a_file_with_mistakes_loads_nothing_and_tells_them_all() {
    let town = Town::new();
    let file = town.file(
        "wrong.csv",
        "wk_code,wk_naam\nWK999903,Goed\nWK9,Kort\nWK999904,\n",
    );
    town.wijk(&["area", "load", &file, "--edition", "2024"])
        .failed(1, &["line 3", "`WK9`", "line 4", "WK999904 has no name"]);
    assert_eq!(town.json(&["area", "list"])["count"], 2);
    let file = town.file("columns.csv", "code,naam\nWK999903,Goed\n");
    town.wijk(&["area", "load", &file, "--edition", "2024"])
        .failed(1, &["wk_code", "`naam`"]);
}

#[test]
fn mandates_are_granted_refused_revoked_and_listed() {
    let town = Town::new();
    let grant = [
        "mandate",
        "grant",
        "sociaal-1",
        "--holder",
        "wijkregisseur-sociaal",
        "--power",
        "bankjes",
        "--from",
        "2024-01-01",
        "--domains",
        "sociaal",
        "--ceiling",
        "499,95",
    ];
    town.wijk(&grant).succeeded().says(&["Granted sociaal-1"]);
    let listed = town.json(&["mandate", "list"]);
    assert_eq!(listed["results"][0]["plafondCenten"], 49_995);
    town.wijk(&[&grant[..], &["--trial"]].concat())
        .failed(3, &["bestaat al"]);
    town.wijk(&["mandate", "revoke", "sociaal-1", "--reason", "op"])
        .succeeded();
    town.wijk(&["mandate", "list"])
        .succeeded()
        .says(&["ingetrokken", "499,95"]);
    town.wijk(&["norm", "set", "sociaal", "14"])
        .succeeded()
        .says(&["14 days"]);
    town.wijk(&["norm", "set", "sociaal", "15", "--function", "intake"])
        .failed(3, &["dit kan alleen als college"]);
}

#[test]
fn of_several_municipalities_one_has_to_be_named() {
    let town = Town::new();
    town.wijk(&["tenant", "create", "duindorp"]).succeeded();
    town.wijk(&["queue"])
        .failed(1, &["--tenant", "duindorp, zeeveld"]);
    town.wijk(&["queue", "--tenant", "duindorp"]).succeeded();
    town.wijk(&["queue", "--tenant", "nergens"])
        .failed(1, &["nergens", "duindorp, zeeveld"]);
    let mut command = town.command(&["area", "list", "--json"]);
    command.env("WIJK_TENANT", "zeeveld");
    super::support::told(command)
        .succeeded()
        .says(&["Havenkant"]);
}
