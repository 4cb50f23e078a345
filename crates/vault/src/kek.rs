//! The key-encryption key: wraps every key and secret the database holds, and is never in the database itself.

mod file;
mod wrap;

use std::fmt;
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::random::{self, RandomUnavailable};

pub(crate) use wrap::WrapFor;

/// The key-encryption key of an installation; overwritten when dropped and never printed.
pub struct Kek {
    bytes: Zeroizing<[u8; 32]>,
    fingerprint: String,
}

impl Kek {
    /// Reads the key from a file only its owner may read, or makes that file with a new random key.
    ///
    /// The file holds the 32 bytes in base64 and a newline, mode 0600.
    /// It appears whole or not at all: of several processes that start at once, all get the same key.
    /// Whoever loses it loses every encrypted field of every tenant, so it belongs in a backup of its own.
    pub fn load_or_create(path: &Path) -> Result<Self, KekError> {
        let mut text = file::read(path)?;
        if text.is_none() {
            file::create(path, &Self::generate()?.to_base64())?;
            // Another process may have been first: what stands in the file is what counts.
            text = file::read(path)?;
        }
        let text = text.ok_or_else(|| KekError::Vanished {
            path: path.to_owned(),
        })?;
        Self::from_base64(&text).map_err(|error| error.at(path))
    }

    /// The key from the same text a file holds, for an environment variable or a secret store.
    ///
    /// White space around it is ignored.
    pub fn from_base64(text: &str) -> Result<Self, KekError> {
        let decoded = Zeroizing::new(
            STANDARD
                .decode(text.trim())
                .map_err(|_| KekError::NotBase64)?,
        );
        let bytes: &[u8; 32] =
            decoded
                .as_slice()
                .try_into()
                .map_err(|_| KekError::WrongLength {
                    bytes: decoded.len(),
                })?;
        Ok(Self::from_bytes(Zeroizing::new(*bytes)))
    }

    fn generate() -> Result<Self, KekError> {
        let mut bytes = Zeroizing::new([0; 32]);
        random::system(bytes.as_mut_slice())?;
        Ok(Self::from_bytes(bytes))
    }

    fn from_bytes(bytes: Zeroizing<[u8; 32]>) -> Self {
        let mut prefixed = Zeroizing::new(Vec::with_capacity(64));
        prefixed.extend_from_slice(b"wijk-kek-v1");
        prefixed.extend_from_slice(bytes.as_slice());
        let mut first = [0; 4];
        first.copy_from_slice(&digest(&SHA256, &prefixed).as_ref()[..4]);
        let fingerprint = format!("{:08x}", u32::from_be_bytes(first));
        Self { bytes, fingerprint }
    }

    fn to_base64(&self) -> Zeroizing<String> {
        Zeroizing::new(STANDARD.encode(self.bytes.as_slice()))
    }

    /// Eight hexadecimal digits that tell keys apart and are no secret; stored beside everything it wrapped.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }
}

impl fmt::Debug for Kek {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kek")
            .field("fingerprint", &self.fingerprint)
            .finish_non_exhaustive()
    }
}

/// Why there is no key-encryption key; no message holds any of it.
#[derive(Debug, thiserror::Error)]
pub enum KekError {
    /// Others on the machine could read it, or could have.
    #[error("{path} may be read by others (mode {mode:04o}): if nobody else had it, `chmod 600` it", path = path.display())]
    ReadableByOthers {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The text is no standard base64.
    #[error("the key-encryption key is not base64")]
    NotBase64,
    /// The text is of another length than 32 bytes.
    #[error("the key-encryption key has {bytes} bytes, not 32")]
    WrongLength {
        /// Its length once decoded.
        bytes: usize,
    },
    /// The file holds no key.
    #[error("{path} holds no key-encryption key", path = path.display())]
    InFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with its text.
        source: Box<KekError>,
    },
    /// The file was there and then was not.
    #[error("{path} disappeared while it was being made", path = path.display())]
    Vanished {
        /// The file.
        path: PathBuf,
    },
    /// The file could not be read or made.
    #[error("cannot {action} the key-encryption key {path}", path = path.display())]
    Io {
        /// What was being done: read, create.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// A new key could not be made.
    #[error(transparent)]
    Random(#[from] RandomUnavailable),
}

impl KekError {
    fn at(self, path: &Path) -> Self {
        Self::InFile {
            path: path.to_owned(),
            source: Box::new(self),
        }
    }
}

#[cfg(test)]
mod tests;
