//! Making the database cluster, with a password only its owner can read.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process;

use tracing::warn;

use crate::account::Account;
use crate::error::{Doing, Error, last_lines};
use crate::folder::{Folder, create_folder};
use crate::server::Server;

/// The superuser, and so the name in the URL.
pub(crate) const SUPERUSER: &str = "wijk";

/// Makes the cluster unless it is there. `startup` is held by the caller.
pub(crate) fn ensure(server: &Server, startup: &File) -> Result<(), Error> {
    let folder = &server.folder;
    remove_unfinished(folder)?;
    if folder.data().join("PG_VERSION").exists() {
        return Ok(());
    }
    let dir = folder.root().join(format!("init-{}", process::id()));
    create_folder(&dir, 0o700)?;
    write_password(&dir.join("password"), &server.account)?;
    server.account.hand_over(&dir)?;
    run_initdb(server, &dir, startup).inspect_err(|_| {
        // What initdb left may be what filled the disk.
        fs::remove_dir_all(&dir)
            .unwrap_or_else(|error| warn!("cannot remove {}: {error}", dir.display()));
    })?;
    // Only a finished cluster gets the name that is looked for.
    fs::rename(&dir, folder.cluster())
        .doing(|| format!("move {} into place", folder.cluster().display()))
}

/// The password of the cluster's superuser.
pub(crate) fn read_password(folder: &Folder) -> Result<String, Error> {
    let path = folder.cluster().join("password");
    let text = fs::read_to_string(&path).doing(|| format!("read {}", path.display()))?;
    Ok(text.trim().to_owned())
}

/// Throws the cluster away; the next [`ensure`] makes a new one.
pub(crate) fn remove(folder: &Folder) -> Result<(), Error> {
    let cluster = folder.cluster();
    fs::remove_dir_all(&cluster).doing(|| format!("remove {}", cluster.display()))
}

/// Removes what an `initdb` left that was killed; the startup lock says none is running.
fn remove_unfinished(folder: &Folder) -> Result<(), Error> {
    let root = folder.root();
    for entry in fs::read_dir(root)
        .doing(|| format!("read {}", root.display()))?
        .flatten()
    {
        if entry.file_name().to_string_lossy().starts_with("init-") {
            fs::remove_dir_all(entry.path())
                .doing(|| format!("remove {}", entry.path().display()))?;
        }
    }
    Ok(())
}

fn write_password(path: &Path, account: &Account) -> Result<(), Error> {
    let mut random = [0_u8; 24];
    File::open("/dev/urandom")
        .and_then(|mut source| source.read_exact(&mut random))
        .doing(|| "read /dev/urandom".to_owned())?;
    let password = random
        .iter()
        .fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .and_then(|mut file| writeln!(file, "{password}"))
        .doing(|| format!("write {}", path.display()))?;
    account.hand_over(path)
}

fn run_initdb(server: &Server, dir: &Path, startup: &File) -> Result<(), Error> {
    let mut command = server.account.command(server.binaries.program("initdb"));
    command
        .arg("-D")
        .arg(dir.join("data"))
        .arg("--pwfile")
        .arg(dir.join("password"));
    command.args([
        "-U",
        SUPERUSER,
        "-A",
        "scram-sha-256",
        "-E",
        "UTF8",
        "--no-instructions",
    ]);
    // The same order of text everywhere: by code point. From 17 PostgreSQL brings that locale itself.
    if server.binaries.major() >= 17 {
        command.args([
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--locale=C",
        ]);
    } else {
        command.arg("--locale=C.UTF-8");
    }
    if !server.durable {
        command.arg("--no-sync");
    }
    let (status, said) = server.run_locked(command, startup)?;
    if status.success() {
        return Ok(());
    }
    Err(Error::Init {
        dir: dir.to_owned(),
        output: last_lines(&said, 8),
    })
}
