//! Canonical JSON (RFC 8785) for payloads: one value, one text, in every language.

use serde::Serialize;

mod check;

/// Why a value or a text is not canonical JSON as the log wants it.
#[derive(Debug, thiserror::Error)]
pub enum CanonicalError {
    /// Floats have no business in a record: money is integer cents.
    #[error("it holds a float; use whole numbers of a smaller unit")]
    Float,
    /// RFC 8785 numbers are doubles: beyond 2^53 - 1 they would be rounded in silence.
    #[error("it holds a whole number beyond 9007199254740991; write it as a string")]
    NumberTooLarge,
    /// U+0000 in a string or a key, also when written as an escape.
    #[error("it holds the character U+0000")]
    Nul,
    /// The text is JSON, but another text is the canonical one.
    #[error("it is JSON, but not in the canonical form of RFC 8785")]
    NotCanonical,
    /// The text is not JSON.
    #[error("it is not JSON")]
    NotJson(#[source] serde_json::Error),
    /// The value cannot be written as JSON.
    #[error("it cannot be written as JSON: {0}")]
    Serialize(String),
}

/// Writes a value as canonical JSON.
///
/// Refuses every float, also not-a-number inside an object, which the serializer underneath would write
/// as null; whole numbers that a double cannot hold; and U+0000.
pub fn to_canonical_json(value: &impl Serialize) -> Result<String, CanonicalError> {
    value.serialize(check::Check)?;
    serde_json_canonicalizer::to_string(value)
        .map_err(|error| CanonicalError::Serialize(error.to_string()))
}

/// Checks that a text is exactly what [`to_canonical_json`] would write.
pub fn check(text: &str) -> Result<(), CanonicalError> {
    let value: serde_json::Value = serde_json::from_str(text).map_err(CanonicalError::NotJson)?;
    if to_canonical_json(&value)? == text {
        Ok(())
    } else {
        Err(CanonicalError::NotCanonical)
    }
}

#[cfg(test)]
mod tests;
