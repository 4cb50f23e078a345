//! Why a field could not be sealed, read or opened; no message holds content.

use uuid::Uuid;

use crate::RandomUnavailable;

/// Why fields were not sealed: a defect of the caller, or no randomness.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// An event without encrypted fields stores no column, not an empty one.
    #[error("there is no field to seal: an event without encrypted fields has no encrypted part")]
    NoFields,
    /// The name breaks the rule of [`Sealed::name`](super::Sealed::name).
    #[error(
        "{name:?} is no field name: 1 to 64 ASCII letters, digits, '-', '_' and '.', beginning with a letter"
    )]
    InvalidName {
        /// What was given.
        name: String,
    },
    /// One event has each field once.
    #[error("field {name} was given twice")]
    DuplicateName {
        /// The name given twice.
        name: String,
    },
    /// No event could hold it.
    #[error("field {name} has {bytes} bytes, more than the 65535 of a whole entry")]
    ValueTooLong {
        /// Which field.
        name: String,
        /// Its length.
        bytes: usize,
    },
    /// No salt or nonce could be made.
    #[error(transparent)]
    Random(#[from] RandomUnavailable),
}

/// Why a stored column is not an encrypted part: it was altered, or written by a newer version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// Written in a format this code does not know.
    #[error("the encrypted part has format version {0}, this code reads version 1")]
    UnknownVersion(u8),
    /// It ends within a field.
    #[error(
        "the encrypted part ends too early, in field {field} of those it announces (counted from 0)"
    )]
    Truncated {
        /// Where it ended, counted from 0.
        field: usize,
    },
    /// More bytes than its fields need.
    #[error("the encrypted part has {bytes} bytes after its last field")]
    TrailingBytes {
        /// How many.
        bytes: usize,
    },
    /// An event without encrypted fields has no column.
    #[error("the encrypted part has no fields")]
    NoFields,
    /// A name that sealing would have refused.
    #[error("field {field} of the encrypted part (counted from 0) has an invalid name")]
    InvalidName {
        /// Which, counted from 0.
        field: usize,
    },
    /// The fields are not in the order of their names' bytes.
    #[error("field {name} of the encrypted part is out of order")]
    Unsorted {
        /// The name that comes too late.
        name: String,
    },
    /// Two fields of one name.
    #[error("field {name} is twice in the encrypted part")]
    DuplicateName {
        /// The name.
        name: String,
    },
    /// Shorter than a salt and a tag.
    #[error(
        "field {name} of the encrypted part has {bytes} bytes of ciphertext, fewer than the 48 of an empty value"
    )]
    ShortCiphertext {
        /// Which field.
        name: String,
        /// Its length.
        bytes: usize,
    },
}

/// Why a field did not open.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// Another key than the one it was sealed under.
    #[error("field {name} was sealed under key {sealed_under}, not {given}")]
    WrongKey {
        /// Which field.
        name: String,
        /// The key it names.
        sealed_under: Uuid,
        /// The key that was tried.
        given: Uuid,
    },
    /// Altered, or moved here from another event or field.
    #[error(
        "field {name} is not what was sealed for this event: altered, or copied from elsewhere"
    )]
    Altered {
        /// Which field.
        name: String,
    },
    /// It opens, but its commitment is of something else: what was disclosed would not verify.
    #[error("field {name} opens, but its commitment is of another value")]
    CommitmentMismatch {
        /// Which field.
        name: String,
    },
}
