//! Money in whole cents: the log holds no fractions.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An amount in euro cents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cents(pub i64);

impl Cents {
    /// Whole euros.
    pub const fn euros(euros: i64) -> Self {
        Self(euros * 100)
    }
}

impl fmt::Display for Cents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let cents = self.0.unsigned_abs();
        write!(f, "€ {sign}{},{:02}", cents / 100, cents % 100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_written_as_the_dutch_do() {
        assert_eq!(Cents(123_456).to_string(), "€ 1234,56");
        assert_eq!(Cents(-5).to_string(), "€ -0,05");
    }
}
