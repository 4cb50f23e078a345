//! Identities. Opaque: nothing of a person can be read from one.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

/// A word that may be an identity: letters, digits, `.`, `_` and `-`, at most 64 of them.
pub(crate) fn is_word(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.starts_with(|first: char| first.is_ascii_alphanumeric())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'))
}

/// A word in lower case: kebab-case letters and digits, at most 64 of them.
pub(crate) fn is_slug(text: &str) -> bool {
    is_word(text)
        && text
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

/// A text that is no identity of the kind that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is not {wanted}")]
pub struct InvalidId {
    /// What was given, cut to 80 characters.
    pub given: String,
    /// What it should have looked like.
    pub wanted: &'static str,
}

impl InvalidId {
    pub(crate) fn new(given: &str, wanted: &'static str) -> Self {
        Self {
            given: given.chars().take(80).collect(),
            wanted,
        }
    }
}

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                text.parse()
                    .map(Self)
                    .map_err(|_| InvalidId::new(text, "a uuid such as 0190c5a8-7c1e-7d3a-9a54-0d6f3a1b2c3d"))
            }
        }
    };
}

macro_rules! word_id {
    ($(#[$doc:meta])* $name:ident, $check:path, $wanted:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Checks the text and makes it an identity.
            pub fn new(text: &str) -> Result<Self, $crate::id::InvalidId> {
                if $check(text) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err($crate::id::InvalidId::new(text, $wanted))
                }
            }

            /// The text itself.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::id::InvalidId;

            fn from_str(text: &str) -> Result<Self, $crate::id::InvalidId> {
                Self::new(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = $crate::id::InvalidId;

            fn try_from(text: String) -> Result<Self, $crate::id::InvalidId> {
                Self::new(&text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }
    };
}
pub(crate) use word_id;

uuid_id! {
    /// One request from a wijk: the id of its stream.
    RequestId
}
uuid_id! {
    /// A person outside the organisation, such as a resident. Random, so that it says nothing of them.
    PersonId
}
word_id! {
    /// Someone who works for the municipality, as an opaque id and never as a name.
    StaffId, is_word, "a staff id: letters, digits, '.', '_' or '-', at most 64"
}
word_id! {
    /// An entry of the mandate register, named by the one who keeps it, such as `sociaal-2026`.
    MandateId, is_slug, "a mandate id: lower case letters, digits and '-', at most 64"
}
