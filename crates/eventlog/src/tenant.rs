//! The tenant: whose log it is.

use std::fmt;

/// The name of one log: a municipality, as an immutable, opaque slug.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tenant(String);

/// A tenant's name is 1 to 63 characters of `a-z`, `0-9` and `-`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a tenant is named with 1 to 63 of the characters a-z, 0-9 and -, not {0:?}")]
pub struct InvalidTenant(pub String);

impl Tenant {
    /// Checks the name; the database checks the same.
    pub fn new(name: &str) -> Result<Self, InvalidTenant> {
        if is_slug(name, 63) {
            Ok(Self(name.to_owned()))
        } else {
            Err(InvalidTenant(name.to_owned()))
        }
    }

    /// The name as it is stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Tenant {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Whether `text` is 1 to `bytes_max` of the characters a-z, 0-9 and -.
pub(crate) fn is_slug(text: &str, bytes_max: usize) -> bool {
    (1..=bytes_max).contains(&text.len())
        && text
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_is_a_tenant() {
        let longest = "a".repeat(63);
        for name in ["zeeveld", "0", "a-b-1", longest.as_str()] {
            assert_eq!(Tenant::new(name).unwrap().to_string(), name);
        }
    }

    #[test]
    fn anything_else_is_not_a_tenant() {
        let too_long = "a".repeat(64);
        for name in ["", "Zeeveld", "a b", "a_b", "é", "a\0", too_long.as_str()] {
            assert_eq!(Tenant::new(name), Err(InvalidTenant(name.to_owned())));
        }
    }
}
