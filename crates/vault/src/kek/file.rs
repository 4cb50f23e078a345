//! The file of the key-encryption key: private, and never seen half-written.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::KekError;
use crate::random;

/// More than the text of any key; a file beyond this is something else.
const FILE_BYTES_MAX: usize = 1024;

/// The file's text; `None` where there is no such file.
pub(super) fn read(path: &Path) -> Result<Option<Zeroizing<String>>, KekError> {
    let failed = |source| KekError::Io {
        action: "read",
        path: path.to_owned(),
        source,
    };
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    let mode = file.metadata().map_err(failed)?.mode() & 0o7777;
    if mode & 0o077 != 0 {
        return Err(KekError::ReadableByOthers {
            path: path.to_owned(),
            mode,
        });
    }
    let mut text = Zeroizing::new(String::with_capacity(FILE_BYTES_MAX));
    file.take(FILE_BYTES_MAX as u64)
        .read_to_string(&mut text)
        .map_err(failed)?;
    Ok(Some(text))
}

/// Makes the file unless it is there: then that one stays, and this is no error.
///
/// Written and flushed under another name first and then linked, since a link fails where the name is taken and a
/// rename would replace it: a reader finds the whole key or no file, and a key once read by anyone stays.
pub(super) fn create(path: &Path, text: &str) -> Result<(), KekError> {
    let failed = |source| KekError::Io {
        action: "create",
        path: path.to_owned(),
        source,
    };
    let draft = draft_name(path)?;
    let linked = write_new(&draft, text).and_then(|()| match fs::hard_link(&draft, path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        other => other,
    });
    let removed = fs::remove_file(&draft);
    linked
        .and(removed)
        .and_then(|()| flush_folder(path))
        .map_err(failed)
}

/// A name beside `path` that no other process uses.
fn draft_name(path: &Path) -> Result<PathBuf, KekError> {
    let mut random = [0; 8];
    random::system(&mut random)?;
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{:016x}.new", u64::from_be_bytes(random)));
    Ok(path.with_file_name(name))
}

fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(text.as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()
}

/// Makes the name itself durable: a key used before it would survive a power cut could be lost with what it wrapped.
fn flush_folder(path: &Path) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    File::open(folder)?.sync_all()
}
