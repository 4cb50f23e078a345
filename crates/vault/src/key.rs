//! What is secret: keys, and secrets that are not keys of a person or case.

use std::fmt;

use uuid::Uuid;
use zeroize::Zeroizing;

/// Whose content a key protects: erasing a person must not erase why a case was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Owner {
    /// A resident's or other person's name, contact, words, address and exact place.
    Person(Uuid),
    /// A case's motivation and officers' notes.
    Case(Uuid),
}

impl Owner {
    /// The stored name of the kind of owner; part of what a wrapped key is bound to, so never changed.
    pub(crate) fn kind(self) -> &'static str {
        match self {
            Self::Person(_) => "person",
            Self::Case(_) => "case",
        }
    }

    pub(crate) fn id(self) -> Uuid {
        match self {
            Self::Person(id) | Self::Case(id) => id,
        }
    }

    pub(crate) fn from_stored(kind: &str, id: Uuid) -> Option<Self> {
        match kind {
            "person" => Some(Self::Person(id)),
            "case" => Some(Self::Case(id)),
            _ => None,
        }
    }
}

/// An AES-256 key of one person or case; its bytes are overwritten when dropped and never printed.
pub struct Key {
    /// A random id of the key, stored beside every field sealed under it; says nothing about the owner.
    pub id: Uuid,
    bytes: Zeroizing<[u8; 32]>,
}

impl Key {
    /// A key from bytes that did not come from a [`Vault`](crate::Vault): tests, and tools that were handed one key.
    pub fn from_bytes(id: Uuid, bytes: Zeroizing<[u8; 32]>) -> Self {
        Self { id, bytes }
    }

    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.bytes
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// A key as it stands in the vault.
#[derive(Debug)]
pub enum KeyState {
    /// The key, opened.
    Live(Key),
    /// Erased: what was sealed under it cannot be read again, by anyone.
    Destroyed,
}

/// A tenant's 32 secret bytes for one purpose; overwritten when dropped and never printed.
pub struct Secret32(Zeroizing<[u8; 32]>);

impl Secret32 {
    pub(crate) fn new(bytes: Zeroizing<[u8; 32]>) -> Self {
        Self(bytes)
    }

    /// The secret itself, for an HMAC key; do not copy it into anything that outlives this value.
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Secret32 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret32(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printing_a_key_or_secret_shows_none_of_its_bytes() {
        let key = Key::from_bytes(Uuid::from_u128(7), Zeroizing::new([0xab; 32]));
        let secret = Secret32::new(Zeroizing::new([0xab; 32]));
        let shown = format!("{:?} {key:?} {secret:?}", KeyState::Destroyed);
        assert_eq!(
            shown,
            "Destroyed Key { id: 00000000-0000-0000-0000-000000000007, .. } Secret32(..)"
        );
    }
}
