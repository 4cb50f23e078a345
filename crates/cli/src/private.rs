//! The data folder: keys, and the private PostgreSQL where no other is named.

use std::fs::{self, DirBuilder, Permissions};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use localpg::{Options, Postgres};

use crate::failure::failed;

/// Starts the private server of this data folder, or shares the one that runs.
///
/// It writes everything through to the disk: a municipality's own log lies on it as well.
pub(crate) async fn start(data_dir: &Path) -> anyhow::Result<Postgres> {
    let data_dir = make(data_dir)?;
    let started = tokio::task::spawn_blocking(move || {
        let ensure = |dir: PathBuf| {
            Postgres::ensure(Options {
                dir: Some(dir),
                durable: true,
                binaries: None,
            })
        };
        match ensure(data_dir.join("pg")) {
            // Root steps down to another user, who cannot enter a folder below /root, say.
            Err(localpg::Error::Closed { .. }) => ensure(elsewhere(&data_dir)),
            other => other,
        }
    });
    Ok(started.await??)
}

/// Makes the data folder, which only its owner may look into, and gives its full name.
pub(crate) fn make(data_dir: &Path) -> anyhow::Result<PathBuf> {
    if data_dir.as_os_str().is_empty() {
        return Err(failed(
            "invalid-data-dir",
            "the data folder has no name; leave --data-dir and WIJK_DIR out to use .wijk, or name one",
        ));
    }
    if !data_dir.is_dir() {
        make_private(data_dir).with_context(|| {
            format!(
                "cannot make the data folder {}; name another one with --data-dir",
                data_dir.display()
            )
        })?;
    }
    data_dir
        .canonicalize()
        .with_context(|| format!("cannot find the data folder {}", data_dir.display()))
}

fn make_private(data_dir: &Path) -> std::io::Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(data_dir)?;
    if fs::metadata(data_dir)?.uid() == 0 {
        // The server's user passes through it to its own folder, and can see nothing else.
        fs::set_permissions(data_dir, Permissions::from_mode(0o711))?;
    }
    Ok(())
}

/// Where the data of a folder go that the server's user cannot enter: always the same place.
fn elsewhere(data_dir: &Path) -> PathBuf {
    // FNV-1a: the standard hashers may change between releases.
    let hash = data_dir
        .as_os_str()
        .as_encoded_bytes()
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
        });
    PathBuf::from(format!("/var/tmp/wijk-data-{hash:016x}"))
}
