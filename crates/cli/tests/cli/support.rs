//! A folder and a database of its own for each test, and `wijk` in it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Output, Stdio};
use std::str::FromStr as _;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::Value;
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, PgConnection};

/// The program.
const WIJK: &str = env!("CARGO_BIN_EXE_wijk");

/// The CSV file of a municipality that does not exist.
pub(crate) const WIJKEN: &str = "wk_code,wk_naam,gm_code\nWK999901,Duinkant,GM9999\nWK999902,Havenkant,GM9999\nWK999801,Elders,GM9998\n";

/// A folder to type in, and the database of its own it works on.
pub(crate) struct Town {
    pub(crate) dir: tempfile::TempDir,
    database: String,
    pub(crate) url: String,
}

/// What came of a command.
pub(crate) struct Told {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Town {
    /// With an empty database.
    pub(crate) fn bare() -> Self {
        static TOWNS: AtomicU32 = AtomicU32::new(0);
        let nth = TOWNS.fetch_add(1, Ordering::Relaxed);
        let database = format!("wijk_cli_{}_{nth}", std::process::id());
        on_server(&format!("create database {database}"));
        Self {
            url: server()
                .clone()
                .database(&database)
                .to_url_lossy()
                .to_string(),
            dir: folder(),
            database,
        }
    }

    /// Migrated, with a municipality and its wijken.
    pub(crate) fn new() -> Self {
        let town = Self::bare();
        town.wijk(&["migrate"]).succeeded();
        town.wijk(&["tenant", "create", "zeeveld"]).succeeded();
        let file = town.file("wijken.csv", WIJKEN);
        town.wijk(&[
            "area",
            "load",
            &file,
            "--municipality",
            "GM9999",
            "--edition",
            "2024",
        ])
        .succeeded();
        town
    }

    /// Writes a file into the folder.
    pub(crate) fn file(&self, name: &str, text: impl AsRef<[u8]>) -> String {
        std::fs::write(self.dir.path().join(name), text).unwrap();
        name.to_owned()
    }

    /// Types a command.
    pub(crate) fn wijk(&self, words: &[&str]) -> Told {
        told(self.command(words))
    }

    /// The document that a command prints with `--json`.
    pub(crate) fn json(&self, words: &[&str]) -> Value {
        let told = self.wijk(&[words, &["--json"]].concat()).succeeded();
        serde_json::from_str(&told.out).unwrap_or_else(|error| panic!("{error}: {}", told.out))
    }

    /// A command that is about to be typed.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = command(self.dir.path(), words);
        command.env("DATABASE_URL", &self.url);
        command
    }

    /// A connection as superuser.
    pub(crate) async fn superuser(&self) -> PgConnection {
        PgConnectOptions::from_str(&self.url)
            .unwrap()
            .connect()
            .await
            .unwrap()
    }
}

impl Drop for Town {
    fn drop(&mut self) {
        on_server(&format!("drop database {} with (force)", self.database));
    }
}

impl Told {
    /// It did what was asked.
    #[track_caller]
    pub(crate) fn succeeded(self) -> Self {
        assert_eq!(self.code, 0, "stderr: {}\nstdout: {}", self.err, self.out);
        self
    }

    /// It failed this way, printed no answer, and said each of these words.
    #[track_caller]
    pub(crate) fn failed(self, code: i32, words: &[&str]) -> Self {
        assert_eq!(
            self.code, code,
            "stderr: {}\nstdout: {}",
            self.err, self.out
        );
        assert_eq!(self.out, "", "stderr: {}", self.err);
        self.says(words)
    }

    /// It said each of these words, and nothing of how it is built.
    #[track_caller]
    pub(crate) fn says(self, words: &[&str]) -> Self {
        let all = format!("{}{}", self.out, self.err);
        for word in words {
            assert!(all.contains(word), "{word:?} is not in:\n{all}");
        }
        for never in ["panicked", "backtrace", "RUST_BACKTRACE"] {
            assert!(!all.contains(never), "{never} is in:\n{all}");
        }
        self
    }
}

/// A new folder that the private server's own user may pass through.
pub(crate) fn folder() -> tempfile::TempDir {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    dir
}

/// `wijk` in a folder, with none of the variables of whoever runs the test.
pub(crate) fn command(dir: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(WIJK);
    command.args(words).current_dir(dir).env("COLUMNS", "100");
    for name in [
        "DATABASE_URL",
        "WIJK_TENANT",
        "WIJK_DIR",
        "WIJK_KEY_FILE",
        "WIJK_LOG",
    ] {
        command.env_remove(name);
    }
    command
}

/// Runs a command to its end.
pub(crate) fn told(mut command: Command) -> Told {
    let Output {
        status,
        stdout,
        stderr,
    } = command.stdin(Stdio::null()).output().unwrap();
    Told {
        code: status.code().unwrap_or(-1),
        out: String::from_utf8(stdout).unwrap(),
        err: String::from_utf8(stderr).unwrap(),
    }
}

/// A file of this repository.
pub(crate) fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(path)
}

/// The API, served until it is asked to stop.
pub(crate) struct Served {
    child: Child,
    /// Kept open, so that what it says later breaks nothing.
    stderr: BufReader<ChildStderr>,
    address: String,
}

impl Served {
    /// Starts it on a free port.
    pub(crate) fn start(town: &Town) -> Self {
        let mut command = town.command(&["serve", "--listen", "127.0.0.1:0"]);
        let mut child = command
            .stderr(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        stderr.read_line(&mut line).unwrap();
        let address = line
            .split("http://")
            .nth(1)
            .and_then(|rest| rest.split('/').next());
        let address = address.unwrap_or_else(|| panic!("{line}")).to_owned();
        Self {
            child,
            stderr,
            address,
        }
    }

    /// Posts a document and gives back the one that answers.
    pub(crate) fn post(
        &self,
        token: &str,
        path: &str,
        version: Option<i64>,
        body: &Value,
    ) -> Value {
        let body = body.to_string();
        let version = version
            .map(|version| format!("If-Match: \"{version}\"\r\n"))
            .unwrap_or_default();
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(
            stream,
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n{version}Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 20"), "{answer}");
        serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {answer}"))
    }

    /// Asks it to stop, as a service manager does, and waits until it has.
    pub(crate) fn stop(mut self) {
        let asked = Command::new("kill")
            .args(["-TERM", &self.child.id().to_string()])
            .status();
        assert!(asked.unwrap().success());
        let mut rest = String::new();
        self.stderr.read_to_string(&mut rest).unwrap();
        let status = self.child.wait().unwrap();
        assert!(status.success(), "{status}: {rest}");
    }
}

impl Drop for Served {
    /// A test that failed leaves no server behind.
    fn drop(&mut self) {
        if let Ok(None) = self.child.try_wait() {
            self.child.kill().unwrap();
            self.child.wait().unwrap();
        }
    }
}

/// The server of `DATABASE_URL`, else the private one that all tests share.
pub(crate) fn server() -> &'static PgConnectOptions {
    static SERVER: OnceLock<(PgConnectOptions, Option<localpg::Postgres>)> = OnceLock::new();
    let (options, _running) = SERVER.get_or_init(|| match std::env::var("DATABASE_URL") {
        Ok(url) if !url.trim().is_empty() => (url.trim().parse().unwrap(), None),
        _ => {
            let server = localpg::Postgres::ensure(localpg::Options::default()).unwrap();
            (server.url("postgres").parse().unwrap(), Some(server))
        }
    });
    options
}

/// Does the work to its end.
pub(crate) fn wait<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(work)
}

/// Runs a statement on the server.
fn on_server(statement: &str) {
    wait(async {
        let mut connection = server().connect().await.unwrap();
        let statement = AssertSqlSafe(statement.to_owned());
        sqlx::raw_sql(statement)
            .execute(&mut connection)
            .await
            .unwrap();
    });
}
