//! Users of a private server in processes of their own: this test binary, started again.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use localpg::{Options, Postgres, fetch_binaries, find_or_get_binaries};
use tempfile::TempDir;

/// Far more than anything here takes; reached only when something is broken.
const PATIENCE: Duration = Duration::from_mins(1);

/// A folder that also the user root steps down to can enter, removed at the end.
pub(crate) fn folder() -> TempDir {
    tempfile::Builder::new()
        .prefix("localpg-")
        .permissions(fs::Permissions::from_mode(0o755))
        .tempdir()
        .unwrap()
}

pub(crate) fn options(dir: &Path) -> Options {
    Options {
        dir: Some(dir.to_owned()),
        ..Options::default()
    }
}

pub(crate) fn am_root() -> bool {
    Command::new("id").arg("-u").output().unwrap().stdout == b"0\n"
}

/// What the other tests start as a process: it uses a server until its input ends.
#[test]
fn a_user_process() {
    let Some(dir) = env::var_os("LOCALPG_TEST_DIR") else {
        return; // Not started by a test.
    };
    let binaries = if env::var_os("LOCALPG_TEST_FETCH").is_some() {
        fetch_binaries()
    } else {
        find_or_get_binaries()
    };
    let opened = binaries.and_then(|found| {
        Postgres::ensure(Options {
            binaries: Some(found),
            ..options(dir.as_ref())
        })
    });
    match opened {
        Ok(postgres) => {
            say(&format!("url={}", postgres.url("postgres")));
            std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
        }
        Err(error) => say(&format!("error={}", error.to_string().replace('\n', " | "))),
    }
}

fn say(line: &str) {
    let mut output = std::io::stdout();
    writeln!(output, "\n{line}").unwrap(); // The test harness has begun a line of its own.
    output.flush().unwrap();
}

/// A process that uses, or is about to use, the server of a folder.
pub(crate) struct User {
    pub(crate) process: Child,
    output: BufReader<std::process::ChildStdout>,
}

impl User {
    /// The command to be adapted before [`User::start`].
    pub(crate) fn command(dir: &Path) -> Command {
        Self::command_through(env::current_exe().unwrap(), dir)
    }

    pub(crate) fn command_through(program: PathBuf, dir: &Path) -> Command {
        let mut command = Command::new(program);
        Self::adapt(&mut command, dir);
        command
    }

    /// The same under a shell that first runs `setup`.
    pub(crate) fn command_after(setup: &str, dir: &Path) -> Command {
        let mut command = Command::new("/bin/sh");
        command
            .arg("-c")
            .arg(format!("{setup}; exec \"$0\" \"$@\""))
            .arg(env::current_exe().unwrap());
        Self::adapt(&mut command, dir);
        command
    }

    fn adapt(command: &mut Command, dir: &Path) {
        command
            .args(["support::a_user_process", "--exact", "--nocapture"])
            .env("LOCALPG_TEST_DIR", dir)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
    }

    #[track_caller]
    pub(crate) fn start(mut command: Command) -> Self {
        let mut process = command.spawn().unwrap();
        let output = BufReader::new(process.stdout.take().unwrap());
        Self { process, output }
    }

    /// The URL it was given, once it has one.
    #[track_caller]
    pub(crate) fn url(&mut self) -> String {
        let answer = self.answer();
        answer
            .strip_prefix("url=")
            .unwrap_or_else(|| panic!("no server: {answer}"))
            .to_owned()
    }

    /// The error it got instead of a server.
    #[track_caller]
    pub(crate) fn error(mut self) -> String {
        let answer = self.answer();
        self.end();
        answer
            .strip_prefix("error=")
            .unwrap_or_else(|| panic!("no error: {answer}"))
            .to_owned()
    }

    #[track_caller]
    fn answer(&mut self) -> String {
        loop {
            let mut line = String::new();
            assert!(
                self.output.read_line(&mut line).unwrap() > 0,
                "the user ended without an answer"
            );
            if line.starts_with("url=") || line.starts_with("error=") {
                return line.trim().to_owned();
            }
        }
    }

    /// Lets it end in an orderly way.
    pub(crate) fn end(mut self) {
        drop(self.process.stdin.take());
        assert!(self.process.wait().unwrap().success());
    }

    /// Ends it as the kernel does when memory runs out: `kill -9`.
    pub(crate) fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Reads its output to the end, as the right side of a pipe does.
    #[track_caller]
    pub(crate) fn read_to_end(mut self) {
        let (sender, receiver) = std::sync::mpsc::channel();
        thread::spawn(move || sender.send(self.output.read_to_end(&mut Vec::new()).map(|_| ())));
        receiver
            .recv_timeout(PATIENCE)
            .expect("something holds the user's output open")
            .unwrap();
    }
}

/// Makes a command run as another user of the system.
pub(crate) fn as_nobody(command: &mut Command) {
    let id = |flag| {
        let output = Command::new("id").args([flag, "nobody"]).output().unwrap();
        String::from_utf8(output.stdout)
            .unwrap()
            .trim()
            .parse()
            .unwrap()
    };
    command.uid(id("-u")).gid(id("-g"));
}

/// The command lines of all processes that name `dir`, this one's own children with a URL excluded by their nature:
/// they get the folder through the environment.
pub(crate) fn processes_naming(dir: &Path) -> Vec<String> {
    let name = dir.to_str().unwrap();
    let lines: Vec<String> = if Path::new("/proc/self/cmdline").exists() {
        let processes = fs::read_dir("/proc").unwrap().flatten();
        let lines = processes.filter_map(|process| fs::read(process.path().join("cmdline")).ok());
        lines
            .map(|line| String::from_utf8_lossy(&line).replace('\0', " "))
            .collect()
    } else {
        let output = Command::new("ps")
            .args(["-ww", "-axo", "args="])
            .output()
            .unwrap();
        String::from_utf8_lossy(&output.stdout)
            .lines()
            .map(ToOwned::to_owned)
            .collect()
    };
    lines
        .into_iter()
        .filter(|line| line.contains(name))
        .collect()
}

#[track_caller]
pub(crate) fn wait_until_no_process_names(dir: &Path) {
    let dir = dir.canonicalize().unwrap();
    let left = wait_for(|| processes_naming(&dir).is_empty());
    assert!(left, "left behind: {:#?}", processes_naming(&dir));
}

/// Polls until `done`; false when that takes too long.
pub(crate) fn wait_for(done: impl Fn() -> bool) -> bool {
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        if done() {
            return true;
        }
        thread::sleep(Duration::from_millis(1));
    }
    false
}

/// Asks the server for a session without a password; true when it insists on SCRAM.
#[track_caller]
pub(crate) fn insists_on_a_password(port: u16) -> bool {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let mut startup = vec![0, 3, 0, 0];
    startup.extend(b"user\0wijk\0database\0postgres\0\0");
    let length = u32::try_from(startup.len() + 4).unwrap();
    stream.write_all(&length.to_be_bytes()).unwrap();
    stream.write_all(&startup).unwrap();
    let mut answer = [0; 9];
    stream.read_exact(&mut answer).unwrap();
    // AuthenticationRequest, of kind 10: SASL.
    answer[0] == b'R' && answer[5..] == [0, 0, 0, 10]
}

/// Runs one statement with psql; says so and gives nothing where that is not installed.
#[track_caller]
pub(crate) fn ask(url: &str, statement: &str) -> Option<String> {
    let beside = find_or_get_binaries().unwrap().dir().join("psql");
    let psql = if beside.exists() {
        beside
    } else {
        PathBuf::from("psql")
    };
    let output = Command::new(psql).args([url, "-XAtqc", statement]).output();
    let Ok(output) = output else {
        eprintln!("no psql here: what `{statement}` would say was not looked at");
        return None;
    };
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Some(String::from_utf8(output.stdout).unwrap().trim().to_owned())
}

/// A folder to stand for all of PATH, with only these programs in it.
pub(crate) fn path_with_only(programs: &[&str]) -> TempDir {
    let dir = folder();
    let path = env::var_os("PATH").unwrap();
    for program in programs {
        let found = env::split_paths(&path)
            .map(|place| place.join(program))
            .find(|file| file.is_file());
        std::os::unix::fs::symlink(found.unwrap(), dir.path().join(program)).unwrap();
    }
    dir
}
