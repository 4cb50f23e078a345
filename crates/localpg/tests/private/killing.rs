//! Users that end without a word: no server may outlive its last user.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use localpg::Postgres;

use crate::support::{
    User, ask, folder, insists_on_a_password, options, path_with_only, wait_for,
    wait_until_no_process_names,
};

/// Whether a start, seen from the folder, has come this far.
type Moment = fn(&Path) -> bool;

#[test]
fn a_killed_user_leaves_no_server() {
    let dir = folder();
    let mut user = User::start(User::command(dir.path()));
    user.url();
    user.kill();
    wait_until_no_process_names(dir.path());
}

#[test]
fn a_user_killed_while_the_server_starts_leaves_no_server() {
    let initdb_began = |root: &Path| {
        let mut names = fs::read_dir(root)
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.file_name());
        names.any(|name| name.to_string_lossy().starts_with("init-"))
    };
    let cluster_is_made = |root: &Path| root.join("cluster").exists();
    let server_began = |root: &Path| root.join("cluster/data/postmaster.pid").exists();
    let moments: [(&str, Moment); 3] = [
        ("initdb", initdb_began),
        ("cluster", cluster_is_made),
        ("server", server_began),
    ];
    for (name, moment) in moments {
        let dir = folder();
        let root = dir
            .path()
            .join(localpg::find_or_get_binaries().unwrap().major().to_string());
        let mut user = User::start(User::command(dir.path()));
        assert!(wait_for(|| moment(&root)), "{name} never began");
        user.kill();
        wait_until_no_process_names(dir.path());
        // What it left unfinished is no obstacle.
        let postgres = Postgres::ensure(options(dir.path())).unwrap();
        assert!(insists_on_a_password(postgres.port()));
    }
}

#[test]
fn those_who_wait_for_a_killed_starter_get_a_server() {
    let dir = folder();
    let root = dir
        .path()
        .join(localpg::find_or_get_binaries().unwrap().major().to_string());
    let mut users: Vec<User> = (0..4)
        .map(|_| User::start(User::command(dir.path())))
        .collect();
    let is_starting = |user: &User| root.join(format!("init-{}", user.process.id())).exists();
    assert!(wait_for(|| users.iter().any(is_starting)), "nobody began");
    let starter = users.iter().position(is_starting).unwrap();
    users.remove(starter).kill();
    let urls: HashSet<String> = users.iter_mut().map(User::url).collect();
    assert_eq!(urls.len(), 1);
    users.iter_mut().for_each(User::kill);
    wait_until_no_process_names(dir.path());
}

#[test]
fn the_server_survives_the_one_who_started_it_and_does_not_hold_its_output() {
    let dir = folder();
    let mut starter = User::start(User::command(dir.path()));
    let url = starter.url();
    let mut other = User::start(User::command(dir.path()));
    assert_eq!(other.url(), url);
    starter.kill();
    starter.read_to_end(); // `wijk demo | head` ends although the server goes on.
    let port = Postgres::ensure(options(dir.path())).unwrap().port();
    assert!(
        url.contains(&format!(":{port}/")),
        "the server was started anew"
    );
    assert!(insists_on_a_password(port));
    other.kill();
    wait_until_no_process_names(dir.path());
}

#[test]
fn where_there_is_no_flock_perl_stops_the_server() {
    let dir = folder();
    let path = path_with_only(&["id", "perl"]);
    let mut command = User::command(dir.path());
    command.env("PATH", path.path()).env(
        "WIJK_PG_BIN",
        localpg::find_or_get_binaries().unwrap().dir(),
    );
    let mut user = User::start(command);
    user.url();
    user.kill();
    wait_until_no_process_names(dir.path());
}

#[test]
fn a_killed_server_is_started_again_with_its_data() {
    let dir = folder();
    let postgres = Postgres::ensure(options(dir.path())).unwrap();
    ask(&postgres.url("postgres"), "create database stays");
    ask(&postgres.url("postgres"), "checkpoint");
    let pid_file = fs::read_to_string(postgres.dir().join("cluster/data/postmaster.pid")).unwrap();
    let killed = std::process::Command::new("kill")
        .args(["-9", pid_file.lines().next().unwrap()])
        .status()
        .unwrap();
    assert!(killed.success());
    let again = Postgres::ensure(options(dir.path())).unwrap();
    assert!(insists_on_a_password(again.port()));
    if let Some(answer) = ask(&again.url("stays"), "select 1") {
        assert_eq!(answer, "1");
    }
}
