//! What people wrote. It never enters the log in the clear.

use std::fmt;

use crate::Refusal;
use crate::id::{PersonId, RequestId};

/// The longest text a command may bring, in characters: with two of them, at four bytes a character,
/// beside a copy of a mandate's limits, an event still stays below the log's 65,535 bytes.
pub(crate) const TEXT_CHARS_MAX: usize = 5_000;

/// The longest name, address or contact, in characters.
pub(crate) const LINE_CHARS_MAX: usize = 500;

/// Whose key a text is encrypted under, and so with whom it is erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Subject {
    /// A person: gone when the person is erased.
    Person(PersonId),
    /// The case: motivation and officers' notes, which stay when a person is erased.
    Case(RequestId),
}

/// A text that is given once, in the command that brings it, and is known to no rule afterwards.
///
/// An event that was read back from the log holds it as [`Text::Withheld`]: rules never depend on it.
#[derive(Clone, PartialEq, Eq, Default)]
pub enum Text {
    /// As it came with the command; leaves the event when that is stored.
    Given(String),
    /// Encrypted in the log, or never there.
    #[default]
    Withheld,
}

impl Text {
    /// A text as somebody gave it, or none where it is blank.
    pub fn given(text: impl Into<String>) -> Self {
        let text = text.into();
        if text.trim().is_empty() {
            Self::Withheld
        } else {
            Self::Given(text)
        }
    }

    /// The text, while it is still at hand.
    pub fn as_given(&self) -> Option<&str> {
        match self {
            Self::Given(text) => Some(text),
            Self::Withheld => None,
        }
    }

    /// Refuses a text that says nothing, or too much.
    pub(crate) fn required(&self, field: &'static str) -> Result<(), Refusal> {
        if self.as_given().is_none_or(|text| text.trim().is_empty()) {
            return Err(Refusal::EmptyText { field });
        }
        self.bounded(field, TEXT_CHARS_MAX)
    }

    /// Refuses a text, which may be absent, that is longer than `most` characters.
    pub(crate) fn bounded(&self, field: &'static str, most: usize) -> Result<(), Refusal> {
        fits(field, self.as_given().unwrap_or_default(), most)
    }
}

/// Refuses a text that stands in the clear, such as a name in a register, when it is blank or too long.
pub(crate) fn clear_line(field: &'static str, text: &str, most: usize) -> Result<(), Refusal> {
    if text.trim().is_empty() {
        return Err(Refusal::EmptyText { field });
    }
    fits(field, text, most)
}

fn fits(field: &'static str, text: &str, most: usize) -> Result<(), Refusal> {
    let given = text.chars().count();
    if given > most {
        return Err(Refusal::TextTooLong { field, given, most });
    }
    Ok(())
}

impl fmt::Debug for Text {
    /// Never shows the text itself, so that no trace or panic can.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Given(_) => "Text::Given(..)",
            Self::Withheld => "Text::Withheld",
        })
    }
}

/// One text on its way to the encrypted part of an event.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret {
    /// The field's name within the event, such as `words`.
    pub field: &'static str,
    /// Under whose key.
    pub subject: Subject,
    /// The text.
    pub value: String,
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({} of {:?})", self.field, self.subject)
    }
}
