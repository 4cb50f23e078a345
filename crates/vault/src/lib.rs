//! Keys per person and per case, and the encrypted part of an event: destroy a key and its content is gone.
//!
//! It deliberately does not know the log, events' payloads, who may read what, or which fields are personal:
//! it seals and opens bytes, and keeps keys wrapped by one key-encryption key.
//! Start reading at [`field::seal`] for the format (frozen, `docs/decisions/0005-encrypted-part.md`), then at [`Vault`].

mod encoding;
pub mod field;
#[cfg(test)]
mod golden;
mod kek;
mod key;
mod random;
mod store;

pub use kek::{Kek, KekError};
pub use key::{Key, KeyState, Owner, Secret32};
pub use random::RandomUnavailable;
pub use store::{Vault, VaultError};
