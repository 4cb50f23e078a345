//! One record of a source: what every reader yields, whatever the format.

use std::fmt;
use std::sync::Arc;

/// Named values as raw text, sorted by name. Empty values are left out: they say nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attributes(Vec<(String, String)>);

impl Attributes {
    /// Adds a value. A name that is there already gets `#2`, `#3`, … so that nothing is lost.
    pub fn push(&mut self, name: &str, value: String) {
        if value.is_empty() {
            return;
        }
        let mut free = name.to_owned();
        let mut nth = 1;
        let at = loop {
            match self
                .0
                .binary_search_by(|(known, _)| known.as_str().cmp(&free))
            {
                Ok(_) => {
                    nth += 1;
                    free = format!("{name}#{nth}");
                }
                Err(at) => break at,
            }
        };
        self.0.insert(at, (free, value));
    }

    /// The value of that name.
    pub fn get(&self, name: &str) -> Option<&str> {
        let at = self
            .0
            .binary_search_by(|(known, _)| known.as_str().cmp(name))
            .ok()?;
        Some(&self.0[at].1)
    }

    /// All of them, sorted by name.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// How much memory they hold, roughly, in bytes.
    pub(crate) fn weight(&self) -> usize {
        self.0
            .iter()
            .map(|(name, value)| name.len() + value.len() + 64)
            .sum()
    }
}

/// Where in its file a record was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// A line of a CSV file, from 1.
    Line(u64),
    /// A byte of an XML file, after decompression.
    Byte(u64),
    /// An element of a JSON array, from 1.
    Element(u64),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(at) => write!(f, "line {at}"),
            Self::Byte(at) => write!(f, "byte {at}"),
            Self::Element(at) => write!(f, "element {at}"),
        }
    }
}

impl Place {
    /// The bare number and a tag for its unit, for the spool.
    pub(crate) fn split(self) -> (u8, u64) {
        match self {
            Self::Line(at) => (0, at),
            Self::Byte(at) => (1, at),
            Self::Element(at) => (2, at),
        }
    }

    /// The inverse of [`Place::split`].
    pub(crate) fn join(unit: u8, at: u64) -> Self {
        match unit {
            0 => Self::Line(at),
            1 => Self::Byte(at),
            _ => Self::Element(at),
        }
    }
}

/// One record of a source file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The case it belongs to, in the source's own words.
    pub case: String,
    /// Its place among all records of the file, from 0. Decides where times are equal.
    pub order: u64,
    /// Where it was read.
    pub place: Place,
    /// What is known of the case as a whole.
    pub case_attributes: Arc<Attributes>,
    /// What is known of this event; None for a case without events, which is a case all the same.
    pub attributes: Option<Attributes>,
}

/// A named value of a record: of its case (`case:enddate`) or of the event itself (`org:resource`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Column {
    /// Of the case.
    Case(String),
    /// Of the event.
    Event(String),
}

/// The prefix that tells a case's columns from an event's, as `PM4Py` writes them to CSV.
pub(crate) const CASE_PREFIX: &str = "case:";

impl Column {
    /// Reads `case:name` or `name`.
    pub fn parse(text: &str) -> Self {
        match text.strip_prefix(CASE_PREFIX) {
            Some(name) => Self::Case(name.to_owned()),
            None => Self::Event(text.to_owned()),
        }
    }

    /// The value of a case and, where there is one, an event.
    pub fn of<'a>(&self, case: &'a Attributes, event: Option<&'a Attributes>) -> Option<&'a str> {
        match self {
            Self::Case(name) => case.get(name),
            Self::Event(name) => event?.get(name),
        }
    }
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Case(name) => write!(f, "{CASE_PREFIX}{name}"),
            Self::Event(name) => f.write_str(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_given_twice_keeps_both_values_and_the_first_keeps_the_name() {
        let mut attributes = Attributes::default();
        for value in ["one", "two", "three"] {
            attributes.push("a", value.to_owned());
        }
        attributes.push("b", String::new());
        let all: Vec<_> = attributes.iter().collect();
        assert_eq!(all, [("a", "one"), ("a#2", "two"), ("a#3", "three")]);
    }

    #[test]
    fn a_column_of_the_case_is_told_by_its_prefix() {
        let mut case = Attributes::default();
        case.push("concept:name", "case-1".to_owned());
        let mut event = Attributes::default();
        event.push("concept:name", "T02".to_owned());
        assert_eq!(
            Column::parse("case:concept:name").of(&case, Some(&event)),
            Some("case-1")
        );
        assert_eq!(
            Column::parse("concept:name").of(&case, Some(&event)),
            Some("T02")
        );
        assert_eq!(Column::parse("concept:name").of(&case, None), None);
    }
}
