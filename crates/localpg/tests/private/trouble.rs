//! What is left by a crash must not block, and what cannot work must say what to do.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use localpg::{Binaries, Error, Options, Postgres};

use crate::support::{
    User, am_root, ask, folder, insists_on_a_password, options, path_with_only,
    wait_until_no_process_names,
};

#[test]
fn a_pid_file_naming_another_program_does_not_block() {
    let dir = folder();
    let data = Postgres::ensure(options(dir.path()))
        .unwrap()
        .dir()
        .join("cluster/data");
    // After a crash of the machine the pid may be anyone's, here a program of the server's own user.
    wait_until_no_process_names(dir.path());
    let owner = fs::metadata(&data).unwrap();
    let mut other = Command::new("sleep")
        .arg("600")
        .uid(owner.uid())
        .gid(owner.gid())
        .spawn()
        .unwrap();
    let line = |text: &str| format!("{text}\n");
    let left = [
        &other.id().to_string(),
        data.to_str().unwrap(),
        "1700000000",
        "5432",
        "",
        "127.0.0.1",
    ];
    fs::write(data.join("postmaster.pid"), left.map(line).concat()).unwrap();
    chown(
        data.join("postmaster.pid"),
        Some(owner.uid()),
        Some(owner.gid()),
    )
    .unwrap();
    let postgres = Postgres::ensure(options(dir.path()));
    other.kill().unwrap();
    other.wait().unwrap();
    assert!(insists_on_a_password(postgres.unwrap().port()));
}

#[test]
fn data_written_without_fsync_is_not_trusted_after_the_machine_crashed() {
    if !Path::new("/proc/sys/kernel/random/boot_id").exists() {
        eprintln!("this system does not number its starts");
        return;
    }
    let dir = folder();
    let databases_left = |durable| {
        let wanted = || Options {
            durable,
            ..options(dir.path())
        };
        let postgres = Postgres::ensure(wanted()).unwrap();
        ask(&postgres.url("postgres"), "create database before");
        let cluster = postgres.dir().join("cluster");
        drop(postgres);
        wait_until_no_process_names(dir.path());
        fs::write(cluster.join("data/postmaster.pid"), "2147483647\n").unwrap();
        fs::write(
            cluster.with_file_name("boot"),
            "an earlier start of the machine",
        )
        .unwrap();
        let postgres = Postgres::ensure(wanted()).unwrap();
        ask(
            &postgres.url("postgres"),
            "select count(*) from pg_database where datname = 'before'",
        )
    };
    assert!(databases_left(false).is_none_or(|count| count == "0"));
    assert!(databases_left(true).is_none_or(|count| count == "1"));
}

#[test]
fn a_wrong_wijk_pg_bin_is_named_with_what_is_wrong() {
    let dir = folder();
    let error_with = |value: &str| {
        let mut command = User::command(dir.path());
        command.env("WIJK_PG_BIN", value);
        User::start(command).error()
    };
    assert!(
        error_with("/no/such/folder")
            .contains("/no/such/folder: there is no initdb in it; set WIJK_PG_BIN to")
    );
    assert!(error_with("bin").contains("the path is not absolute"));
    assert!(error_with("").contains("WIJK_PG_BIN"));
}

#[test]
fn a_server_that_is_too_old_is_refused() {
    let dir = folder();
    for name in ["initdb", "pg_ctl", "postgres"] {
        let path = dir.path().join(name);
        fs::write(&path, "#!/bin/sh\necho 'postgres (PostgreSQL) 14.9'\n").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let error = Binaries::at(dir.path()).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("it is version 14.9, older than 15"),
        "{error}"
    );
}

#[test]
fn a_machine_with_neither_server_nor_python_is_told_what_to_type() {
    let dir = folder();
    let path = path_with_only(&["id"]);
    let mut command = User::command(dir.path());
    command
        .env("PATH", path.path())
        .env("XDG_CACHE_HOME", dir.path())
        .env("LOCALPG_TEST_FETCH", "1");
    let error = User::start(command).error();
    assert!(error.contains("python3 with pip is needed"), "{error}");
    assert!(
        error.contains("type `apt-get install -y postgresql`, or set WIJK_PG_BIN"),
        "{error}"
    );
    assert!(!error.contains(" | "), "more than one line: {error}");
}

#[test]
fn a_failing_initdb_is_quoted_and_leaves_nothing() {
    let dir = folder();
    // Files of at most a megabyte: the kernel stops initdb as a full disk would, halfway.
    let user = User::start(User::command_after("ulimit -f 2048", dir.path()));
    let error = user.error();
    assert!(
        error.contains("initdb could not make a database cluster"),
        "{error}"
    );
    assert!(error.contains("initdb: removing"), "{error}");
    assert!(error.contains("df -h"), "{error}");
    wait_until_no_process_names(dir.path());
    assert!(Postgres::ensure(options(dir.path())).is_ok());
}

#[test]
fn a_folder_that_others_can_change_is_refused() {
    let dir = folder();
    let place = dir.path().join("place");
    fs::create_dir(&place).unwrap();
    fs::set_permissions(&place, fs::Permissions::from_mode(0o777)).unwrap();
    let error = Postgres::ensure(options(&place)).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("can be written by everyone; remove it or choose another folder"),
        "{error}"
    );

    if !am_root() {
        eprintln!("only root can make a folder of another user");
        return;
    }
    fs::set_permissions(&place, fs::Permissions::from_mode(0o755)).unwrap();
    assert!(
        Command::new("chown")
            .arg("nobody")
            .arg(&place)
            .status()
            .unwrap()
            .success()
    );
    let error = Postgres::ensure(options(&place)).unwrap_err();
    assert!(
        error.to_string().contains("belongs to another user"),
        "{error}"
    );
}

#[test]
fn names_that_a_shell_would_read_are_refused_and_others_work() {
    let dir = folder();
    for name in ["d$HOME", "q\"q", "b`id`", "s\\s"] {
        let error = Postgres::ensure(options(&dir.path().join(name))).unwrap_err();
        assert!(
            error.to_string().contains("pg_ctl cannot pass on"),
            "{error}"
        );
    }
    let postgres = Postgres::ensure(options(&dir.path().join("it's a wijk, één"))).unwrap();
    assert!(insists_on_a_password(postgres.port()));
}

#[test]
fn root_is_told_of_a_folder_the_server_cannot_enter() {
    if !am_root() {
        eprintln!("only root runs the server as another user");
        return;
    }
    let dir = folder();
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o700)).unwrap();
    let error = Postgres::ensure(options(&dir.path().join("place"))).unwrap_err();
    assert!(matches!(error, Error::Closed { .. }), "{error}");
    assert!(
        error.to_string().contains("choose a folder below /var/tmp"),
        "{error}"
    );
}
