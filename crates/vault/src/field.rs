//! The encrypted part of one event: named fields, each sealed under the key of its own person or case.
//!
//! The layout is frozen: `docs/decisions/0005-encrypted-part.md` says every byte, `testdata/field.v1.golden` shows one.
//! A field also carries a commitment to its salted value, so that a dossier can disclose one field (salt and value)
//! to someone without any key, who then checks it against the log; without the salt nothing can be guessed.

mod error;
mod open;
mod parse;
mod seal;
#[cfg(test)]
mod tests;

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, LessSafeKey, UnboundKey};
use aws_lc_rs::digest::{Context as Digest, SHA256};
use uuid::Uuid;

use crate::Key;
use crate::encoding;

pub use error::{OpenError, ParseError, SealError};
pub use open::open;
pub use parse::parse;
pub use seal::seal;

/// The only version of the format so far, the first byte of the column.
const VERSION: u8 = 1;
/// Longest name of a field, in bytes.
const NAME_BYTES_MAX: usize = 64;
/// Longest value of a field, in bytes: an entry of the log holds no more than this in all.
const VALUE_BYTES_MAX: usize = 65_535;
/// Random bytes before the value, so that neither ciphertext nor commitment can be compared with a guess.
const SALT_BYTES: usize = 32;
/// AES-GCM's tag, the last bytes of the ciphertext.
const TAG_BYTES: usize = 16;

/// The event a field belongs to: a field copied into any other event does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Context<'a> {
    /// The municipality whose log holds the event.
    pub tenant: &'a str,
    /// Kind of the event's stream.
    pub stream_kind: &'a str,
    /// Id of the event's stream within its kind.
    pub stream_id: &'a str,
    /// The event's own id.
    pub event_id: Uuid,
    /// The event's stored kind.
    pub kind: &'a str,
    /// The stored form of that kind.
    pub schema: i32,
}

impl Context<'_> {
    /// What the tag authenticates beside the ciphertext.
    fn associated_data(&self, name: &str, key_id: Uuid) -> Vec<u8> {
        encoding::join(&[
            &[VERSION],
            self.tenant.as_bytes(),
            self.stream_kind.as_bytes(),
            self.stream_id.as_bytes(),
            self.event_id.as_bytes(),
            self.kind.as_bytes(),
            &self.schema.to_be_bytes(),
            name.as_bytes(),
            key_id.as_bytes(),
        ])
    }
}

/// One field as stored: everything but the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// Which field of the event this is: 1 to 64 ASCII letters, digits, `-`, `_` and `.`, beginning with a letter.
    pub name: String,
    /// The key it was sealed under.
    pub key_id: Uuid,
    /// Random, new for every field.
    pub nonce: [u8; 12],
    /// AES-256-GCM of salt and value, its 16-byte tag at the end.
    pub ciphertext: Vec<u8>,
    /// [`commitment`] to name, salt and value.
    pub commitment: [u8; 32],
}

/// One field in the clear; never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Opened {
    /// Given with the value when the field is disclosed, so that the commitment can be checked without a key.
    pub salt: [u8; 32],
    /// What was sealed.
    pub value: Vec<u8>,
}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Opened(..)")
    }
}

/// SHA-256 over `wijk-field-v1`, the name after its length, salt and value: what an event keeps of a field for ever.
///
/// Without the salt, which only the key's holders and those it was disclosed to have, no value can be tried against it.
pub fn commitment(name: &str, salt: &[u8; 32], value: &[u8]) -> [u8; 32] {
    let mut prefixed_name = Vec::with_capacity(4 + name.len());
    encoding::put(&mut prefixed_name, name.as_bytes());
    let mut digest = Digest::new(&SHA256);
    digest.update(b"wijk-field-v1");
    digest.update(&prefixed_name);
    digest.update(salt);
    digest.update(value);
    let mut commitment = [0; 32];
    commitment.copy_from_slice(digest.finish().as_ref());
    commitment
}

/// The same rule when sealing and when parsing, so that a parsed column is exactly what sealing could have made.
fn is_name(name: &[u8]) -> bool {
    name.len() <= NAME_BYTES_MAX
        && name.first().is_some_and(u8::is_ascii_alphabetic)
        && name
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte))
}

fn cipher(key: &Key) -> LessSafeKey {
    let key = UnboundKey::new(&AES_256_GCM, key.bytes()).expect("AES-256 takes any 32 bytes");
    LessSafeKey::new(key)
}
