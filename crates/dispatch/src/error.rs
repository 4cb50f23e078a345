//! What can become of a command instead of a receipt.

use casework::Refusal;
use casework::stored::DecodeError;
use eventlog::{AppendError, ReadError};
use vault::VaultError;

use crate::Receipt;

/// Why a command has no receipt.
#[derive(Debug, thiserror::Error)]
pub enum DispatchError {
    /// Refused by rule. With a receipt when the refusal is itself a recorded fact.
    #[error("{refusal}")]
    Refused {
        /// The rule.
        refusal: Refusal,
        /// Where the attempt was recorded, if it was.
        recorded: Option<Receipt>,
    },
    /// This command was refused before, and that was recorded.
    #[error("dit is al eerder geweigerd ({code})")]
    RefusedBefore {
        /// The refusal's machine code.
        code: String,
        /// Where it was recorded.
        recorded: Receipt,
    },
    /// The stream is not at the version the caller saw.
    #[error(
        "versie {expected} is verouderd: het is nu versie {actual}; lees opnieuw en beslis opnieuw"
    )]
    Stale {
        /// What the caller saw.
        expected: i64,
        /// What it is.
        actual: i64,
    },
    /// Others kept changing what this command was decided on.
    #[error("te veel anderen wijzigen dit tegelijk; probeer het zo opnieuw")]
    Busy,
    /// The command's id was used before for something else.
    #[error("deze opdracht-id is al gebruikt voor iets anders; kies een nieuwe")]
    CommandReused,
    /// A fact in the log cannot be read by this version.
    #[error("{stream} versie {version}: {source}")]
    Undecodable {
        /// The stream.
        stream: String,
        /// The version in it.
        version: i64,
        /// What is wrong.
        source: DecodeError,
    },
    /// The log could not take it.
    #[error(transparent)]
    Append(AppendError),
    /// The log could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A key could not be had.
    #[error(transparent)]
    Vault(VaultError),
    /// An event could not be written down.
    #[error("an event could not be written down: {0}")]
    Encode(String),
}

impl From<Refusal> for DispatchError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused {
            refusal,
            recorded: None,
        }
    }
}

impl From<VaultError> for DispatchError {
    fn from(error: VaultError) -> Self {
        match error {
            // Only a person's key is ever destroyed while commands still name its owner.
            VaultError::Destroyed => Refusal::PersonErased.into(),
            other => Self::Vault(other),
        }
    }
}

impl From<AppendError> for DispatchError {
    fn from(error: AppendError) -> Self {
        match error {
            AppendError::CommandReused { .. } => Self::CommandReused,
            other => Self::Append(other),
        }
    }
}
