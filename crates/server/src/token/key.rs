//! The key that tokens are signed with, in a file that only its owner can read.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use aws_lc_rs::rand;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::{DecodingKey, EncodingKey};
use zeroize::Zeroizing;

/// 32 bytes that sign and check tokens.
#[derive(Clone)]
pub struct TokenKey {
    encoding: EncodingKey,
    decoding: DecodingKey,
}

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum TokenKeyError {
    /// Others could read it, and so sign in as anyone.
    #[error(
        "the token key {} can be read by others (mode {mode:o}); run: chmod 600 {}",
        path.display(),
        path.display()
    )]
    ReadableByOthers {
        /// The file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// It holds something else.
    #[error(
        "{} holds no token key (32 bytes in base64); name another file, or move it away and a new one is made: every token then has to be issued again",
        path.display()
    )]
    NotAKey {
        /// The file.
        path: PathBuf,
    },
    /// The file cannot be read or made.
    #[error("cannot {action} the token key {}", path.display())]
    Io {
        /// Read or create.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl TokenKey {
    /// The key in the file; made at first use.
    pub fn load_or_create(path: &Path) -> Result<Self, TokenKeyError> {
        if let Some(key) = read(path)? {
            return Ok(key);
        }
        let failed = |source| TokenKeyError::Io {
            action: "create",
            path: path.to_owned(),
            source,
        };
        create(path).map_err(failed)?;
        // Another process may have been first: then that one's key is the key.
        read(path)?.ok_or_else(|| failed(ErrorKind::NotFound.into()))
    }

    /// A key of these bytes.
    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        Self {
            encoding: EncodingKey::from_secret(bytes),
            decoding: DecodingKey::from_secret(bytes),
        }
    }

    pub(super) fn encoding(&self) -> &EncodingKey {
        &self.encoding
    }

    pub(super) fn decoding(&self) -> &DecodingKey {
        &self.decoding
    }
}

impl std::fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenKey(..)")
    }
}

fn read(path: &Path) -> Result<Option<TokenKey>, TokenKeyError> {
    let failed = |source| TokenKeyError::Io {
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
        return Err(TokenKeyError::ReadableByOthers {
            path: path.to_owned(),
            mode,
        });
    }
    let mut text = Zeroizing::new(Vec::with_capacity(128));
    file.take(128).read_to_end(&mut text).map_err(failed)?;
    let bytes = STANDARD.decode(text.trim_ascii()).map(Zeroizing::new).ok();
    bytes
        .and_then(|bytes| bytes.as_slice().try_into().ok())
        .map(|bytes| Some(TokenKey::from_bytes(&bytes)))
        .ok_or_else(|| TokenKeyError::NotAKey {
            path: path.to_owned(),
        })
}

/// Makes the file unless it is there. Written under another name first, so that nobody reads half a key.
fn create(path: &Path) -> io::Result<()> {
    let mut bytes = Zeroizing::new([0; 32]);
    let mut draft_id = [0; 8];
    rand::fill(bytes.as_mut()).map_err(|_| io::Error::other("the system has no randomness"))?;
    rand::fill(&mut draft_id).map_err(|_| io::Error::other("the system has no randomness"))?;
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{:016x}.new", u64::from_be_bytes(draft_id)));
    let draft = path.with_file_name(name);
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&draft)?;
    let text = Zeroizing::new(STANDARD.encode(bytes.as_slice()) + "\n");
    let written = file
        .write_all(text.as_bytes())
        .and_then(|()| file.sync_all());
    // A link fails where the name is taken; a rename would replace the key that is there.
    let linked = written.and_then(|()| match fs::hard_link(&draft, path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        other => other,
    });
    linked.and(fs::remove_file(&draft))
}
