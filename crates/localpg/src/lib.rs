//! `localpg` is a private PostgreSQL server, started by the first process that wants it and stopped after the last.
//! It deliberately does not know SQL, databases, migrations or who uses them, and it never touches another server.
//! Start reading at [`Postgres::ensure`]; `folder.rs` shows what lies where, `watchdog.sh` how it ends.

mod account;
mod binaries;
mod cluster;
mod error;
mod fetch;
mod folder;
mod server;
mod watchdog;

use std::fmt;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Instant;

use tracing::{info, warn};

use crate::account::Account;
pub use crate::binaries::{Binaries, fetch_binaries, find_or_get_binaries};
use crate::cluster::SUPERUSER;
use crate::error::Doing;
pub use crate::error::Error;
use crate::folder::Folder;
use crate::server::Server;

/// What server one wants; the default is the one that all of a project's tests and demos share.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The folder to keep data in; otherwise `.wijk/pg` in the project, or for root a folder in /var/tmp.
    pub dir: Option<PathBuf>,
    /// Data survives a crash of the machine. Otherwise commits are not written through, which is several times
    /// faster, and after such a crash the server begins again with no databases. The two kinds share no data.
    pub durable: bool,
    /// The programs to run; otherwise [`find_or_get_binaries`] looks for them.
    pub binaries: Option<Binaries>,
}

/// One use of the private server: it runs at least until this is dropped or the process ends, however it ends.
///
/// Processes that ask for the same folder share one server, and the last one's end stops it.
pub struct Postgres {
    server: Server,
    users: File,
    port: u16,
    password: String,
}

impl Postgres {
    /// Shares the server that runs, or starts it, making its database cluster first where there is none.
    ///
    /// Blocks: about a second when cold, a few more when the programs must be fetched first. The database clusters of
    /// different major versions lie side by side, so a new version begins with no databases.
    pub fn ensure(options: Options) -> Result<Self, Error> {
        let begin = Instant::now();
        let account = Account::detect()?;
        let binaries = match options.binaries {
            Some(binaries) => binaries,
            None => binaries::find_or_get(&account)?,
        };
        let name = format!(
            "{}{}",
            binaries.major(),
            if options.durable { "-durable" } else { "" }
        );
        let folder = Folder::prepare(options.dir.as_deref(), &name, &account)?;
        let server = Server {
            folder,
            binaries,
            account,
            durable: options.durable,
        };

        let users = server.open_lock("users.lock")?;
        server.open_lock("watchdog.lock")?;
        let startup = server.open_lock("startup.lock")?;
        users.lock_shared().doing(|| "lock users.lock".to_owned())?;
        watchdog::spawn(&server)?; // Before there is anything to stop, so that no moment is without.
        startup.lock().doing(|| "lock startup.lock".to_owned())?;
        let (port, how) = server.find_or_start(&startup)?;
        let password = cluster::read_password(&server.folder)?;
        info!(
            "{how} the private PostgreSQL {} on 127.0.0.1:{port} in {} ms, data in {}",
            server.binaries.version(),
            begin.elapsed().as_millis(),
            server.folder.root().display()
        );
        Ok(Self {
            server,
            users,
            port,
            password,
        })
    }

    /// The URL of one of its databases, password included; `postgres` is always there.
    pub fn url(&self, database: &str) -> String {
        let (password, port) = (&self.password, self.port);
        format!(
            "postgres://{SUPERUSER}:{password}@127.0.0.1:{port}/{}?sslmode=disable",
            percent_encode(database)
        )
    }

    /// The version of the server's programs in full, such as `15.20`.
    pub fn version(&self) -> &str {
        self.server.binaries.version()
    }

    /// The TCP port on 127.0.0.1; another one each time the server is started.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The folder with the data, the locks and the server's log.
    pub fn dir(&self) -> &Path {
        self.server.folder.root()
    }
}

impl Server {
    fn open_lock(&self, name: &str) -> Result<File, Error> {
        self.folder.open_lock(name, &self.account)
    }

    /// The port, and what was done to have it. The caller holds the startup lock.
    fn find_or_start(&self, startup: &File) -> Result<(u16, &'static str), Error> {
        if let Some(port) = self.find_running()? {
            return Ok((port, "sharing"));
        }
        if self.lost_in_a_crash() {
            warn!(
                "the machine stopped while the private PostgreSQL ran without fsync: beginning again without its data"
            );
            cluster::remove(&self.folder)?;
        }
        cluster::ensure(self, startup)?;
        Ok((self.start(startup)?, "started"))
    }
}

impl Drop for Postgres {
    /// The last user returns only once the server has stopped, so that nothing is left when its process ends.
    fn drop(&mut self) {
        let _ = self.users.unlock();
        if self.users.try_lock().is_ok() {
            self.server.stop();
        } else if matches!(self.users.try_lock_shared(), Err(TryLockError::WouldBlock)) {
            // The watchdog was faster and is stopping it.
            let _ = self.users.lock_shared();
        }
    }
}

impl fmt::Debug for Postgres {
    /// Leaves the password out.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Postgres")
            .field("version", &self.version())
            .field("port", &self.port)
            .field("dir", &self.dir())
            .finish_non_exhaustive()
    }
}

/// Keeps letters, digits and `-_.~`; a database may have any name.
fn percent_encode(text: &str) -> String {
    text.bytes().fold(String::new(), |encoded, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            encoded + char::from(byte).encode_utf8(&mut [0; 4])
        } else {
            encoded + &format!("%{byte:02X}")
        }
    })
}
