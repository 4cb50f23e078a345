//! Values that are one constant, or follow from a column through a table.

use std::collections::BTreeMap;
use std::str::FromStr;

use casework::Function;

use crate::record::{Attributes, Column};

/// Where a value comes from.
#[derive(Debug, Clone)]
pub enum Lookup<T> {
    /// The same for every record.
    Always(T),
    /// What a column says.
    Column {
        /// The column.
        column: Column,
        /// What its values mean. Empty: they mean what they say.
        values: BTreeMap<String, T>,
        /// What any other value means; None: it is listed as unmapped.
        otherwise: Option<T>,
    },
}

/// A value that the mapping's table does not have.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NotInTable {
    /// The column.
    pub column: String,
    /// The value.
    pub value: String,
}

/// A value that can be read from a source's own words, where no table says what they mean.
pub trait FromWords: Sized {
    /// Reads it.
    fn from_words(words: &str) -> Option<Self>;
}

impl FromWords for String {
    fn from_words(words: &str) -> Option<Self> {
        Some(words.to_owned())
    }
}

impl FromWords for Function {
    /// `Water Management` becomes `water-management`.
    fn from_words(words: &str) -> Option<Self> {
        let mut slug = String::with_capacity(words.len());
        for letter in words.chars() {
            if letter.is_ascii_alphanumeric() {
                slug.push(letter.to_ascii_lowercase());
            } else if !slug.is_empty() && !slug.ends_with('-') {
                slug.push('-');
            }
        }
        Self::new(slug.trim_end_matches('-')).ok()
    }
}

macro_rules! words_only {
    ($($name:ty),+) => {
        $(impl FromWords for $name {
            fn from_words(words: &str) -> Option<Self> {
                <$name as FromStr>::from_str(words).ok()
            }
        })+
    };
}
words_only!(casework::Domain, casework::Channel);

impl<T: Clone + FromWords> Lookup<T> {
    /// The value for a record, none where the column says nothing or one of the words for `unknown`.
    pub fn of(
        &self,
        case: &Attributes,
        event: Option<&Attributes>,
        unknown: &[String],
    ) -> Result<Option<T>, NotInTable> {
        let (column, values, otherwise) = match self {
            Self::Always(value) => return Ok(Some(value.clone())),
            Self::Column {
                column,
                values,
                otherwise,
            } => (column, values, otherwise),
        };
        let Some(words) = column.of(case, event) else {
            return Ok(None);
        };
        if let Some(value) = values.get(words) {
            return Ok(Some(value.clone()));
        }
        if unknown.iter().any(|word| word == words) {
            return Ok(None);
        }
        let read = if values.is_empty() {
            T::from_words(words)
        } else {
            None
        };
        read.or_else(|| otherwise.clone())
            .map(Some)
            .ok_or_else(|| NotInTable {
                column: column.to_string(),
                value: words.chars().take(80).collect(),
            })
    }
}

/// Turns a column's value into a code: `WK9901{:02}` makes ward 7 into `WK990107`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    before: String,
    digits: usize,
    after: String,
}

impl Template {
    /// Reads `before{}after` or `before{:0N}after`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong =
            || format!("template `{text}` needs one {{}} or {{:02}} where the column's value goes");
        let (before, rest) = text.split_once('{').ok_or_else(wrong)?;
        let (inside, after) = rest.split_once('}').ok_or_else(wrong)?;
        if after.contains(['{', '}']) || before.contains('}') {
            return Err(wrong());
        }
        let digits = match inside {
            "" => 0,
            padded => padded
                .strip_prefix(":0")
                .and_then(|digits| digits.parse().ok())
                .filter(|digits| (1..=10).contains(digits))
                .ok_or_else(wrong)?,
        };
        Ok(Self {
            before: before.to_owned(),
            digits,
            after: after.to_owned(),
        })
    }

    /// Fills it in.
    pub fn fill(&self, value: &str) -> String {
        let Self {
            before,
            digits,
            after,
        } = self;
        format!("{before}{value:0>digits$}{after}", digits = *digits)
    }
}
