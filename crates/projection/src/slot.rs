//! The two builds of a version of a view.

use std::fmt;
use std::str::FromStr;

/// Which of the two builds: one serves while the other is filled, or stays for going back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Slot {
    /// The first one that a version has.
    Blue,
    /// The one that its first rebuild fills.
    Green,
}

/// A word that names no slot.
#[derive(Debug, thiserror::Error)]
#[error("a slot is blue or green, not {0:?}")]
pub struct UnknownSlot(String);

impl Slot {
    /// Both of them.
    pub const ALL: [Self; 2] = [Self::Blue, Self::Green];

    /// The name as it is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Blue => "blue",
            Self::Green => "green",
        }
    }

    /// The other one.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Blue => Self::Green,
            Self::Green => Self::Blue,
        }
    }
}

impl fmt::Display for Slot {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl FromStr for Slot {
    type Err = UnknownSlot;

    fn from_str(word: &str) -> Result<Self, UnknownSlot> {
        Self::ALL
            .into_iter()
            .find(|slot| slot.as_str() == word)
            .ok_or_else(|| UnknownSlot(word.to_owned()))
    }
}
