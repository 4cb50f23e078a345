//! Starting, finding and stopping the server of a cluster.

use std::fs::{self, File};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

use tracing::warn;

use crate::account::Account;
use crate::binaries::Binaries;
use crate::error::{Doing, Error, last_lines};
use crate::folder::Folder;

/// How long a server may take to be ready; recovery after a crash counts too.
const START_S: u64 = 60;
/// A port can be taken, and processes of a killed server can linger, between looking and starting.
const STARTS_MAX: u32 = 3;
/// A process id that no system hands out.
const NO_PID: &str = "2147483647";

/// Everything starting and stopping needs to know.
#[derive(Debug, Clone)]
pub(crate) struct Server {
    pub(crate) folder: Folder,
    pub(crate) binaries: Binaries,
    pub(crate) account: Account,
    pub(crate) durable: bool,
}

/// The lines of `postmaster.pid` that matter.
struct PidFile {
    pid: String,
    port: Option<u16>,
    ready: bool,
}

/// What a process id stands for now.
enum Process {
    Gone,
    OurServer,
    Other,
}

impl Server {
    /// The port of the server that already runs, waiting for one that is about to be ready.
    pub(crate) fn find_running(&self) -> Result<Option<u16>, Error> {
        let deadline = Instant::now() + Duration::from_secs(START_S);
        while Instant::now() < deadline {
            let Some(file) = self.read_pid_file() else {
                return Ok(None);
            };
            match look_at(&file.pid, &self.folder.data()) {
                Process::Gone => return Ok(None),
                Process::Other => return self.disown_pid_file().map(|()| None),
                Process::OurServer if file.ready => return Ok(file.port),
                Process::OurServer => thread::sleep(Duration::from_millis(20)),
            }
        }
        Err(self.start_error(b"a server process is there but does not become ready"))
    }

    /// True when the machine stopped under a server that did not write through: its files are not to be trusted.
    pub(crate) fn lost_in_a_crash(&self) -> bool {
        let recorded = fs::read_to_string(self.boot_path()).ok();
        let unclean = self.folder.data().join("postmaster.pid").exists();
        !self.durable
            && unclean
            && recorded.is_some()
            && boot_id().is_some()
            && recorded != boot_id()
    }

    /// Starts the server; `startup` is held by the caller, and by `pg_ctl` should the caller be killed meanwhile.
    pub(crate) fn start(&self, startup: &File) -> Result<u16, Error> {
        if let Some(boot) = boot_id() {
            fs::write(self.boot_path(), boot)
                .doing(|| format!("write {}", self.boot_path().display()))?;
        }
        let mut said = Vec::new();
        for _ in 0..STARTS_MAX {
            let log = self.folder.cluster().join("server.log");
            let _ = fs::remove_file(&log); // Each log tells of one start.
            let port = free_port()?;
            let mut command = self.pg_ctl();
            command
                .args([
                    "-w",
                    "-t",
                    &START_S.to_string(),
                    "-o",
                    &self.settings(port),
                    "-l",
                ])
                .arg(&log)
                .arg("start");
            let (status, printed) = self.run_locked(command, startup)?;
            if status.success() {
                return Ok(port);
            }
            said = fs::read(&log).unwrap_or(printed);
            warn!(
                "the private PostgreSQL did not start on port {port}: {}",
                last_lines(&said, 1)
            );
            thread::sleep(Duration::from_millis(200));
        }
        Err(self.start_error(&said))
    }

    /// Runs a program to its end, also when this process is killed meanwhile: the lock is its input, so the lock lasts
    /// as long as the program, and it prints to a file, since a pipe that nobody reads any more would kill it.
    pub(crate) fn run_locked(
        &self,
        mut command: Command,
        startup: &File,
    ) -> Result<(ExitStatus, Vec<u8>), Error> {
        let path = self.folder.root().join("output");
        let output = File::create(&path).doing(|| format!("write {}", path.display()))?;
        let status = startup
            .try_clone()
            .and_then(|lock| {
                Ok(command
                    .stdin(lock)
                    .stdout(output.try_clone()?)
                    .stderr(output))
            })
            .and_then(Command::status)
            .doing(|| format!("run {}", command.get_program().display()))?;
        Ok((status, fs::read(&path).unwrap_or_default()))
    }

    /// Stops the server; that it was not running is as good.
    pub(crate) fn stop(&self) {
        let stopped = self.pg_ctl().args(["-m", "fast", "-w", "stop"]).output();
        if let Err(error) = stopped {
            warn!("cannot stop the private PostgreSQL (the watchdog will): {error}");
        }
    }

    fn pg_ctl(&self) -> Command {
        let mut command = self.account.command(self.binaries.program("pg_ctl"));
        command.arg("-D").arg(self.folder.data());
        command
    }

    fn settings(&self, port: u16) -> String {
        // No Unix socket: its folder would need a short path that others know too.
        let mut settings = format!(
            "-c port={port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' \
             -c max_connections=200 -c timezone=UTC -c log_timezone=UTC"
        );
        if !self.durable {
            settings.push_str(" -c fsync=off -c synchronous_commit=off -c full_page_writes=off");
            // Dropping a database waits for every connection that is still being made. A test that ends
            // leaves one half-made now and then, and nobody needs a minute to give a password here.
            settings.push_str(" -c authentication_timeout=5s");
        }
        settings
    }

    fn boot_path(&self) -> PathBuf {
        self.folder.root().join("boot")
    }

    fn read_pid_file(&self) -> Option<PidFile> {
        let text = fs::read_to_string(self.folder.data().join("postmaster.pid")).ok()?;
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        Some(PidFile {
            pid: (*lines.first()?).to_owned(),
            port: lines.get(3).and_then(|line| line.parse().ok()),
            ready: lines.get(7) == Some(&"ready"),
        })
    }

    /// The pid in the file is another program's by now, and PostgreSQL would take that for a running server. Only the
    /// pid is replaced: by the rest PostgreSQL still finds out whether processes of the old server linger.
    fn disown_pid_file(&self) -> Result<(), Error> {
        let path = self.folder.data().join("postmaster.pid");
        // As the server's user: root itself writes nothing where another user could have put a link.
        let script = r#"rest=$(tail -n +2 "$0") && printf '%s\n' "$1" "$rest" > "$0""#;
        let status = self
            .account
            .command("/bin/sh")
            .args(["-c", script])
            .arg(&path)
            .arg(NO_PID)
            .status();
        status
            .map(|_| ())
            .doing(|| format!("write {}", path.display()))
    }

    fn start_error(&self, said: &[u8]) -> Error {
        Error::Start {
            dir: self.folder.root().to_owned(),
            output: last_lines(said, 8),
        }
    }
}

/// A process is our server when its command line names our data.
fn look_at(pid: &str, data: &Path) -> Process {
    let line = if Path::new("/proc/self/cmdline").exists() {
        match fs::read(format!("/proc/{pid}/cmdline")) {
            Ok(line) => line,
            Err(_) => return Process::Gone,
        }
    } else {
        match Command::new("ps")
            .args(["-ww", "-o", "args=", "-p", pid])
            .output()
        {
            Ok(output) if output.status.success() => output.stdout,
            _ => return Process::Gone,
        }
    };
    let data = data.as_os_str().as_encoded_bytes();
    if line.windows(data.len()).any(|part| part == data) {
        Process::OurServer
    } else {
        Process::Other
    }
}

/// Changes with every start of the machine; unknown where there is no /proc.
fn boot_id() -> Option<String> {
    fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()
}

fn free_port() -> Result<u16, Error> {
    let listener =
        TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr());
    listener
        .map(|address| address.port())
        .doing(|| "find a free port on 127.0.0.1".to_owned())
}
