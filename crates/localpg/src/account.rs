//! The user the server runs as: PostgreSQL refuses root, so root steps down.

use std::fs;
use std::os::unix::fs as unix_fs;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::error::{Doing, Error};

/// Who we are, and as whom the server's programs run.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    me: u32,
    drop_to: Option<System>,
}

/// An account of the operating system.
#[derive(Debug, Clone)]
struct System {
    name: &'static str,
    uid: u32,
    gid: u32,
}

impl Account {
    /// Root steps down to `postgres`, or `nobody` where that is missing; anyone else stays who they are.
    pub(crate) fn detect() -> Result<Self, Error> {
        let me = ask_id(&["-u"])?;
        if me != 0 {
            return Ok(Self { me, drop_to: None });
        }
        let found = ["postgres", "nobody"].into_iter().find_map(|name| {
            let uid = ask_id(&["-u", name]).ok()?;
            let gid = ask_id(&["-g", name]).ok()?;
            Some(System { name, uid, gid })
        });
        match found {
            Some(system) => Ok(Self {
                me,
                drop_to: Some(system),
            }),
            None => Err(std::io::Error::other(
                "no user postgres or nobody on this machine",
            ))
            .doing(|| "run PostgreSQL as root".to_owned()),
        }
    }

    pub(crate) fn is_root(&self) -> bool {
        self.drop_to.is_some()
    }

    /// The name of the user root steps down to.
    pub(crate) fn name(&self) -> &'static str {
        self.drop_to
            .as_ref()
            .map_or("the current user", |system| system.name)
    }

    /// Our own uid: the owner of the folders and locks.
    pub(crate) fn own_uid(&self) -> u32 {
        self.me
    }

    /// A command as the server's user, cut loose from the caller: own process group (Ctrl-C is for the caller), no
    /// input, and none of the caller's `PG*` or locale settings.
    pub(crate) fn command(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        command
            .stdin(Stdio::null())
            .current_dir("/")
            .process_group(0)
            .env("LC_ALL", "C");
        for (name, _) in std::env::vars_os() {
            if name.as_encoded_bytes().starts_with(b"PG") {
                command.env_remove(&name);
            }
        }
        if let Some(system) = &self.drop_to {
            command.uid(system.uid).gid(system.gid);
        }
        command
    }

    /// Gives `path` to the server's user.
    pub(crate) fn hand_over(&self, path: &Path) -> Result<(), Error> {
        match &self.drop_to {
            Some(system) => unix_fs::chown(path, Some(system.uid), Some(system.gid))
                .doing(|| format!("give {} to {}", path.display(), system.name)),
            None => Ok(()),
        }
    }

    /// Keeps `path` ours, and lets the server's group use it as `group_mode` says (the middle digit of the mode).
    pub(crate) fn open_to_group(
        &self,
        path: &Path,
        mode: u32,
        group_mode: u32,
    ) -> Result<(), Error> {
        use std::os::unix::fs::PermissionsExt;
        let mut bits = mode;
        if let Some(system) = &self.drop_to {
            unix_fs::chown(path, Some(self.me), Some(system.gid))
                .doing(|| format!("open {} to {}", path.display(), system.name))?;
            bits |= group_mode;
        }
        fs::set_permissions(path, fs::Permissions::from_mode(bits))
            .doing(|| format!("set the permissions of {}", path.display()))
    }

    /// Fails unless the server's user can enter `dir`: with a checkout below /root it cannot.
    pub(crate) fn can_enter(&self, dir: &Path) -> Result<(), Error> {
        let Some(system) = &self.drop_to else {
            return Ok(());
        };
        let status = self
            .command("/bin/sh")
            .args(["-c", "cd -- \"$0\""])
            .arg(dir)
            .stderr(Stdio::null())
            .status()
            .doing(|| format!("run a program as {}", system.name))?;
        if status.success() {
            return Ok(());
        }
        Err(Error::Closed {
            dir: dir.to_owned(),
            user: system.name.to_owned(),
        })
    }
}

/// Asks `id`: the standard library does not know uids.
fn ask_id(arguments: &[&str]) -> Result<u32, Error> {
    let output = Command::new("id")
        .args(arguments)
        .output()
        .doing(|| "run `id`".to_owned())?;
    let text = String::from_utf8_lossy(&output.stdout);
    text.trim()
        .parse()
        .map_err(std::io::Error::other)
        .doing(|| format!("read the answer of `id {}`", arguments.join(" ")))
}
