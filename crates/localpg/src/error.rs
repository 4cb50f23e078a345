//! What can go wrong, each with what to do about it.

use std::path::PathBuf;

/// Why there is no private server; the text ends with what to type or change.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// `WIJK_PG_BIN`, or a folder given by the caller, holds no usable server.
    #[error(
        "no usable PostgreSQL server in {}: {reason}; set WIJK_PG_BIN to the folder that holds initdb, \
         pg_ctl and postgres (15 or newer), or unset it", .dir.display()
    )]
    BadBinaries {
        /// The folder that was looked into.
        dir: PathBuf,
        /// What was missing or wrong there.
        reason: String,
    },
    /// The machine has no server and none could be fetched.
    #[error(
        "no PostgreSQL server (15 or newer) on this machine and none could be fetched ({reason}): type \
         `apt-get install -y postgresql`, or set WIJK_PG_BIN to the folder that holds initdb and postgres"
    )]
    NoBinaries {
        /// Why fetching failed.
        reason: String,
    },
    /// A folder exists but is not ours alone, so a password in it would be no secret.
    #[error("{} {reason}; remove it or choose another folder", .dir.display())]
    Folder {
        /// The folder that was refused.
        dir: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Root starts the server as another user, and that user cannot enter the folder.
    #[error("user {user}, as whom root runs the server, cannot enter {}; choose a folder below /var/tmp", .dir.display())]
    Closed {
        /// The folder that user cannot enter.
        dir: PathBuf,
        /// The user the server would run as.
        user: String,
    },
    /// `initdb` failed.
    #[error(
        "initdb could not make a database cluster in {0}:\n{output}\nMake room there (df -h {0}) or solve what is said \
         above, or set DATABASE_URL to a server of your own", .dir.display()
    )]
    Init {
        /// Where the cluster was being made.
        dir: PathBuf,
        /// The last lines `initdb` printed.
        output: String,
    },
    /// The server did not start.
    #[error(
        "the private PostgreSQL in {0} did not start:\n{output}\nSolve what is said above; its data may be thrown \
         away with `rm -rf {0}`, or set DATABASE_URL to a server of your own", .dir.display()
    )]
    Start {
        /// The folder of the cluster.
        dir: PathBuf,
        /// The last lines of the server's log, or of `pg_ctl`.
        output: String,
    },
    /// Neither `flock` nor `perl` is there to stop the server after its last user.
    #[error(
        "no `flock` (util-linux) and no `perl` on PATH: one is needed to stop the server after its last user"
    )]
    NoWatchdog,
    /// A file, folder or program could not be used.
    #[error("cannot {doing}: {source}")]
    Io {
        /// What was being done, with the path.
        doing: String,
        /// The operating system's answer.
        source: std::io::Error,
    },
}

/// Names what was being done when the operating system said no.
pub(crate) trait Doing<T> {
    fn doing(self, what: impl FnOnce() -> String) -> Result<T, Error>;
}

impl<T> Doing<T> for std::io::Result<T> {
    fn doing(self, what: impl FnOnce() -> String) -> Result<T, Error> {
        self.map_err(|source| Error::Io {
            doing: what(),
            source,
        })
    }
}

/// The last lines of a program's output: the part that says why.
pub(crate) fn last_lines(text: &[u8], lines_max: usize) -> String {
    let text = String::from_utf8_lossy(text);
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    lines[lines.len().saturating_sub(lines_max)..].join("\n")
}
