//! Finding the programs of a PostgreSQL server.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tracing::debug;

use crate::account::Account;
use crate::error::Error;
use crate::fetch;

/// The oldest major version the project supports.
const MAJOR_MIN: u32 = 15;

/// A folder with `initdb`, `pg_ctl` and `postgres` that were seen to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binaries {
    dir: PathBuf,
    version: String,
    major: u32,
}

/// Finds a server: `WIJK_PG_BIN`, the system's newest, one fetched earlier, else one fetched now with pip.
pub fn find_or_get_binaries() -> Result<Binaries, Error> {
    find_or_get(&Account::detect()?)
}

/// Like [`find_or_get_binaries`], but as if the system had no server: what was fetched earlier, else fetched now.
pub fn fetch_binaries() -> Result<Binaries, Error> {
    fetch::fetch(&Account::detect()?)
}

impl Binaries {
    /// The server programs in `dir`, after asking them for their version.
    pub fn at(dir: impl Into<PathBuf>) -> Result<Self, Error> {
        Self::checked(dir.into(), &Account::detect()?)
    }

    /// Runs `postgres --version` as the user that will run the server, so that a closed folder shows here.
    pub(crate) fn checked(dir: PathBuf, account: &Account) -> Result<Self, Error> {
        match ask_version(&dir, account) {
            Ok((version, major)) => Ok(Self {
                dir,
                version,
                major,
            }),
            Err(reason) => Err(Error::BadBinaries { dir, reason }),
        }
    }

    /// The folder the programs are in.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The version in full, such as `15.20`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The major version: data folders of different majors do not mix.
    pub fn major(&self) -> u32 {
        self.major
    }

    /// The path of one program.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }
}

pub(crate) fn find_or_get(account: &Account) -> Result<Binaries, Error> {
    if let Some(dir) = env::var_os("WIJK_PG_BIN") {
        return Binaries::checked(dir.into(), account);
    }
    match find_on_system(account) {
        Some(found) => Ok(found),
        None => fetch::fetch(account),
    }
}

fn ask_version(dir: &Path, account: &Account) -> Result<(String, u32), String> {
    if !dir.is_absolute() {
        return Err("the path is not absolute".to_owned());
    }
    for name in ["initdb", "pg_ctl", "postgres"] {
        if !dir.join(name).is_file() {
            return Err(format!("there is no {name} in it"));
        }
    }
    let output = account
        .command(dir.join("postgres"))
        .arg("--version")
        .output()
        .map_err(|error| format!("postgres does not run as {}: {error}", account.name()))?;
    let text = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        return Err(format!(
            "`postgres --version` failed: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        ));
    }
    let Some((version, major)) = parse_version(&text) else {
        return Err(format!("`postgres --version` printed {:?}", text.trim()));
    };
    if major < MAJOR_MIN {
        return Err(format!("it is version {version}, older than {MAJOR_MIN}"));
    }
    Ok((version, major))
}

/// Reads `postgres (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)`, or `... 19beta1`.
fn parse_version(text: &str) -> Option<(String, u32)> {
    let version = text
        .split("(PostgreSQL)")
        .nth(1)?
        .split_whitespace()
        .next()?;
    let digits = version
        .find(|character: char| !character.is_ascii_digit())
        .unwrap_or(version.len());
    Some((version.to_owned(), version[..digits].parse().ok()?))
}

fn find_on_system(account: &Account) -> Option<Binaries> {
    let mut places = newest_first("/usr/lib/postgresql", "", "bin");
    places.extend(asked_of_pg_config());
    places.extend(["/usr/local/pgsql/bin", "/usr/local/bin", "/usr/bin"].map(PathBuf::from));
    places.extend(newest_first("/usr", "pgsql-", "bin"));
    places.extend(newest_first("/usr/libexec", "postgresql", ""));
    places.extend(newest_first("/opt/homebrew/opt", "postgresql@", "bin"));
    places.extend(newest_first("/usr/local/opt", "postgresql@", "bin"));
    places.extend(newest_first(
        "/Applications/Postgres.app/Contents/Versions",
        "",
        "bin",
    ));
    places.into_iter().find_map(|dir| {
        if !dir.join("postgres").exists() {
            return None;
        }
        Binaries::checked(dir, account)
            .inspect_err(|error| debug!("passed over: {error}"))
            .ok()
    })
}

/// Folders `parent/<prefix><major>/<below>`, the highest major first.
fn newest_first(parent: &str, prefix: &str, below: &str) -> Vec<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = fs::read_dir(parent)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name();
            let major = name.to_str()?.strip_prefix(prefix)?.parse().ok()?;
            Some((major, entry.path().join(below)))
        })
        .collect();
    found.sort_unstable_by(|left, right| right.cmp(left));
    found.into_iter().map(|(_, dir)| dir).collect()
}

fn asked_of_pg_config() -> Option<PathBuf> {
    let output = Command::new("pg_config").arg("--bindir").output().ok()?;
    let dir = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
    dir.is_absolute().then_some(dir)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_debian_and_of_a_beta_are_read() {
        let debian = parse_version("postgres (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)\n");
        assert_eq!(debian, Some(("15.20".to_owned(), 15)));
        assert_eq!(
            parse_version("postgres (PostgreSQL) 19beta1\n"),
            Some(("19beta1".to_owned(), 19))
        );
        assert_eq!(parse_version("bash, version 5"), None);
    }
}
