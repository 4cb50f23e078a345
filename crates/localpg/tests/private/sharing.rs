//! One server for everyone who asks, and for nobody else.

use std::collections::HashSet;
use std::env;
use std::fs;
use std::net::TcpStream;

use localpg::{Options, Postgres, find_or_get_binaries};

use crate::support::{
    User, am_root, as_nobody, ask, folder, insists_on_a_password, options,
    wait_until_no_process_names,
};

#[test]
fn a_server_answers_who_has_the_url_and_only_them() {
    let dir = folder();
    let postgres = Postgres::ensure(options(dir.path())).unwrap();
    assert!(insists_on_a_password(postgres.port()));
    let url = postgres.url("postgres");
    if let Some(answer) = ask(
        &url,
        "select current_user, current_setting('server_version')",
    ) {
        assert_eq!(
            answer.split_whitespace().next().unwrap(),
            format!("wijk|{}", postgres.version())
        );
        let settings = "select string_agg(name || '=' || setting, ' ' order by name) from pg_settings
            where name in ('fsync', 'listen_addresses', 'max_connections', 'unix_socket_directories')";
        let expected =
            "fsync=off listen_addresses=127.0.0.1 max_connections=200 unix_socket_directories=";
        assert_eq!(ask(&url, settings).unwrap(), expected);
        ask(&url, r#"create database "wijk 1/ë""#);
        assert_eq!(
            ask(&postgres.url("wijk 1/ë"), "select current_database()").unwrap(),
            "wijk 1/ë"
        );
    }
    assert!(
        !format!("{postgres:?}").contains(url.split(['@', ':']).nth(2).unwrap()),
        "Debug shows the password"
    );
}

#[test]
fn the_last_user_stops_the_server_before_it_returns() {
    let dir = folder();
    let first = Postgres::ensure(options(dir.path())).unwrap();
    let second = Postgres::ensure(options(dir.path())).unwrap();
    let port = first.port();
    assert_eq!(first.url("x"), second.url("x"));
    drop(first);
    assert!(
        TcpStream::connect(("127.0.0.1", port)).is_ok(),
        "one user's end stopped another's server"
    );
    drop(second);
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
    wait_until_no_process_names(dir.path());
}

#[test]
fn four_processes_at_once_on_a_cold_folder_share_one_server() {
    let dir = folder();
    let mut users: Vec<User> = (0..4)
        .map(|_| User::start(User::command(dir.path())))
        .collect();
    let urls: HashSet<String> = users.iter_mut().map(User::url).collect();
    assert_eq!(urls.len(), 1);
    users.into_iter().for_each(User::end);
    wait_until_no_process_names(dir.path());
}

#[test]
fn data_stays_from_one_run_to_the_next() {
    let dir = folder();
    let postgres = Postgres::ensure(options(dir.path())).unwrap();
    ask(&postgres.url("postgres"), "create database stays");
    drop(postgres);
    let postgres = Postgres::ensure(options(dir.path())).unwrap();
    assert!(ask(&postgres.url("stays"), "select 1").is_none_or(|answer| answer == "1"));
}

#[test]
fn major_versions_and_durable_data_have_folders_of_their_own() {
    let dir = folder();
    let major = find_or_get_binaries().unwrap().major();
    let quick = Postgres::ensure(options(dir.path())).unwrap();
    assert_eq!(
        quick.dir(),
        dir.path().canonicalize().unwrap().join(major.to_string())
    );
    let durable = Postgres::ensure(Options {
        durable: true,
        ..options(dir.path())
    })
    .unwrap();
    assert_eq!(
        durable.dir(),
        quick.dir().with_file_name(format!("{major}-durable"))
    );
    assert!(ask(&durable.url("postgres"), "show fsync").is_none_or(|fsync| fsync == "on"));
}

#[test]
fn the_account_nobody_has_a_server_too() {
    if !am_root() {
        eprintln!(
            "only root can become nobody; the other tests here ran as a user that is not root"
        );
        return;
    }
    let dir = folder();
    // The checkout may be closed to nobody, so it gets a copy of this program.
    let program = dir.path().join("user");
    fs::copy(env::current_exe().unwrap(), &program).unwrap();
    let place = dir.path().join("place");
    fs::create_dir(&place).unwrap();
    let mut command = User::command_through(program, &place);
    as_nobody(&mut command);
    command.current_dir("/");
    let chowned = std::process::Command::new("chown")
        .arg("nobody")
        .arg(&place)
        .status()
        .unwrap();
    assert!(chowned.success());
    let mut user = User::start(command);
    if let Some(answer) = ask(&user.url(), "select current_user") {
        assert_eq!(answer, "wijk");
    }
    user.end();
    wait_until_no_process_names(dir.path());
}
