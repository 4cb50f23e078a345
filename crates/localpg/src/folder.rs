//! The folders and locks of a private server.
//!
//! ```text
//! <dir>/15/              ours; the server's group may pass through
//!   users.lock           shared by every user of the server, exclusive while it is being stopped
//!   startup.lock         exclusive while a cluster is made or a server is started
//!   watchdog.lock        exclusive while a watchdog waits for the last user to go
//!   boot, output         the machine's start at which the server was started; what initdb or pg_ctl printed
//!   cluster/             the server's user's alone: data, password, server.log
//! ```

use std::env;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::account::Account;
use crate::error::{Doing, Error};

/// Where one major version keeps its cluster and locks.
#[derive(Debug, Clone)]
pub(crate) struct Folder {
    root: PathBuf,
}

impl Folder {
    /// Makes the folder where needed and refuses one that others could have prepared.
    pub(crate) fn prepare(
        dir: Option<&Path>,
        name: &str,
        account: &Account,
    ) -> Result<Self, Error> {
        let dir = match dir {
            Some(dir) => std::path::absolute(dir).doing(|| format!("find {}", dir.display()))?,
            None => default_dir(&project()?, account),
        };
        refuse_if_unquotable(&dir)?;
        if !dir.exists() {
            let mode = if account.is_root() { 0o711 } else { 0o700 };
            create_folder(&dir, mode)?;
        }
        refuse_if_foreign(&dir, account)?;
        // One name for the folder, whatever links lead to it: the server's command line is compared with it.
        let root = dir
            .canonicalize()
            .doing(|| format!("find {}", dir.display()))?
            .join(name);
        create_folder(&root, 0o700)?;
        refuse_if_foreign(&root, account)?;
        account.open_to_group(&root, 0o700, 0o010)?;
        account.can_enter(&root)?;
        Ok(Self { root })
    }

    /// Opens (and makes) one of the locks; the watchdog, as the server's user, must be able to open it too.
    pub(crate) fn open_lock(&self, name: &str, account: &Account) -> Result<File, Error> {
        let path = self.root.join(name);
        let file = open_lock(&path)?;
        account.open_to_group(&path, 0o600, 0o040)?;
        Ok(file)
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn cluster(&self) -> PathBuf {
        self.root.join("cluster")
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.cluster().join("data")
    }
}

/// The project one is in.
pub(crate) fn project() -> Result<PathBuf, Error> {
    let here = env::current_dir().doing(|| "find the current folder".to_owned())?;
    Ok(project_of(&here).to_owned())
}

/// The nearest folder upwards with Cargo's lock file or a repository, else the folder itself.
fn project_of(here: &Path) -> &Path {
    let mut ancestors = here.ancestors();
    ancestors
        .find(|dir| dir.join("Cargo.lock").exists() || dir.join(".git").exists())
        .unwrap_or(here)
}

/// In the project, unless it cannot be written, or we are root: it may lie below /root, where the user root steps
/// down to cannot come.
fn default_dir(project: &Path, account: &Account) -> PathBuf {
    let hash = fnv1a(project.as_os_str().as_encoded_bytes());
    if account.is_root() {
        return PathBuf::from(format!("/var/tmp/wijk-{hash:016x}"));
    }
    let dir = project.join(".wijk/pg");
    match create_folder(&dir, 0o700) {
        Ok(()) => dir,
        Err(_) => PathBuf::from(format!("/var/tmp/wijk-{hash:016x}-{}", account.own_uid())),
    }
}

/// Makes a folder, and those above it, with this mode where they are missing.
pub(crate) fn create_folder(path: &Path, mode: u32) -> Result<(), Error> {
    if path.is_dir() {
        return Ok(());
    }
    DirBuilder::new()
        .recursive(true)
        .mode(mode)
        .create(path)
        .and_then(|()| fs::set_permissions(path, fs::Permissions::from_mode(mode)))
        .doing(|| format!("make {}", path.display()))
}

/// Opens a file that is only ever locked, never read.
pub(crate) fn open_lock(path: &Path) -> Result<File, Error> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)
        .doing(|| format!("open {}", path.display()))
}

/// In a folder like /var/tmp anyone may have made `path` first, to read our password or to swap our files.
fn refuse_if_foreign(path: &Path, account: &Account) -> Result<(), Error> {
    let metadata = fs::symlink_metadata(path).doing(|| format!("look at {}", path.display()))?;
    let reason = if metadata.is_symlink() && metadata.uid() != account.own_uid() {
        "is a link made by another user"
    } else if !path.is_dir() {
        "is not a folder"
    } else if fs::metadata(path).is_ok_and(|found| found.uid() != account.own_uid()) {
        "belongs to another user"
    } else if metadata.is_dir() && metadata.mode() & 0o002 != 0 {
        "can be written by everyone"
    } else {
        return Ok(());
    };
    Err(Error::Folder {
        dir: path.to_owned(),
        reason: reason.to_owned(),
    })
}

/// `pg_ctl` starts the server through a shell and puts the path between double quotes, as it is.
fn refuse_if_unquotable(path: &Path) -> Result<(), Error> {
    if !path
        .as_os_str()
        .as_encoded_bytes()
        .iter()
        .any(|byte| b"\"$`\\\n".contains(byte))
    {
        return Ok(());
    }
    let reason = "has a character in its name that pg_ctl cannot pass on (one of \" $ ` \\)";
    Err(Error::Folder {
        dir: path.to_owned(),
        reason: reason.to_owned(),
    })
}

/// FNV-1a: the standard hashers may change between releases, and the folder's name must not.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_of_a_project_has_one_folder() {
        let project = tempfile::tempdir().unwrap();
        let inner = project.path().join("crates/inner");
        create_folder(&inner, 0o755).unwrap();
        assert_eq!(project_of(&inner), inner);
        fs::write(project.path().join("Cargo.lock"), "").unwrap();
        assert_eq!(project_of(&inner), project.path());

        let account = Account::detect().unwrap();
        let dir = default_dir(project.path(), &account);
        let expected = if account.is_root() {
            Path::new("/var/tmp")
        } else {
            &project.path().join(".wijk")
        };
        assert_eq!(dir.parent(), Some(expected));
        assert_ne!(dir, default_dir(&inner, &account));
    }

    #[test]
    fn the_hash_is_the_published_one() {
        // From the reference test vectors of FNV.
        assert_eq!(fnv1a(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv1a(b"foobar"), 0x8594_4171_f739_67e8);
    }
}
