//! The process that stops the server after its last user, also when that user was killed.
//!
//! It is a shell script because it must outlive this program, and this library has no program of its own.

use std::env;
use std::process::Stdio;
use std::thread;

use crate::error::{Doing, Error};
use crate::server::Server;

const SHELL: &str = include_str!("watchdog.sh");
const PERL: &str = include_str!("watchdog.pl");

/// Starts a watchdog; it ends at once where another one already waits. The caller holds `users.lock` shared.
///
/// Every user brings one, so that a server is never left without because somebody killed the only one.
pub(crate) fn spawn(server: &Server) -> Result<(), Error> {
    let (program, flag, script) = if on_path("flock") {
        ("/bin/sh", "-c", SHELL)
    } else if on_path("perl") {
        ("perl", "-e", PERL)
    } else {
        return Err(Error::NoWatchdog);
    };
    let mut command = server.account.command(program);
    command.args([flag, script]);
    if program == "/bin/sh" {
        command.arg("watchdog"); // $0
    }
    let mut child = command
        .arg(server.folder.root())
        .arg(server.binaries.program("pg_ctl"))
        .arg(server.folder.data())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .doing(|| format!("start {program}"))?;
    // Reaps it should it end before we do; a zombie would stay otherwise.
    thread::spawn(move || child.wait());
    Ok(())
}

fn on_path(program: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|dir| dir.join(program).is_file())
}
