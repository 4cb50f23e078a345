//! Why the vault gave nothing; no message holds content or names a person.

use crate::RandomUnavailable;

/// Why there is no key or secret.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// Erased; nothing can be sealed under it again, and no new one will be made.
    #[error("this key was destroyed")]
    Destroyed,
    /// Started with another key-encryption key than the one this tenant's keys are wrapped by.
    #[error(
        "this key was wrapped by another key-encryption key (fingerprint {wrapped_by}, file has {file})"
    )]
    OtherKek {
        /// Fingerprint of the one needed.
        wrapped_by: String,
        /// Fingerprint of the one given.
        file: String,
    },
    /// The right key-encryption key, but the row is not what it wrapped for this owner or purpose.
    #[error("a wrapped key or secret of tenant {tenant} was altered, or copied from another row")]
    Altered {
        /// Whose.
        tenant: String,
    },
    /// A row that is never deleted was not found again: someone took it away with the triggers switched off.
    #[error("a key or secret disappeared while it was being made")]
    Vanished,
    /// No key could be made.
    #[error(transparent)]
    Random(#[from] RandomUnavailable),
    /// The database refused or was not there; of a change, it is not known whether it took place.
    #[error("the vault's database failed")]
    Database(#[from] sqlx::Error),
}
