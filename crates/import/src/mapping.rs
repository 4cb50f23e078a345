//! What a source's records mean: read from a TOML file, checked whole before anything else happens.

use std::path::{Path, PathBuf};

use casework::event::{Clock, Outcome, RequesterKind};
use casework::{Channel, Domain, Function};

use crate::read::Layout;
use crate::record::{Attributes, Column};
use crate::times::Times;

mod check;
mod file;
mod lookup;
mod rule;

pub use lookup::{FromWords, Lookup, NotInTable, Template};
pub use rule::{Match, Rule, Says, Trigger};

/// The mappings that are part of the project, by name.
pub const BUILT_IN: &[(&str, &str)] = &[
    ("receipt", include_str!("../../../mappings/receipt.toml")),
    (
        "bpic-2015",
        include_str!("../../../mappings/bpic-2015.toml"),
    ),
    (
        "chicago-open311",
        include_str!("../../../mappings/chicago-open311.toml"),
    ),
];

/// A mapping that cannot be used. Says what to change.
#[derive(Debug, thiserror::Error)]
pub enum MappingError {
    /// Neither a built-in name nor a file.
    #[error(
        "no mapping `{name}`: it is no file, and the built-in ones are {}",
        names()
    )]
    NotFound {
        /// What was asked for.
        name: String,
    },
    /// The file cannot be read.
    #[error("cannot read mapping {path}: {source}", path = path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// It is not TOML, or a key or value is not one of those known.
    #[error("mapping `{name}`: {what}")]
    Toml {
        /// The mapping.
        name: String,
        /// What is wrong, with its line.
        what: String,
    },
    /// It is well written and yet says nothing that can be done.
    #[error("mapping `{name}`: {what}")]
    Meaning {
        /// The mapping.
        name: String,
        /// What is wrong, with the part it is wrong in.
        what: String,
    },
}

fn names() -> String {
    let names: Vec<_> = BUILT_IN.iter().map(|(name, _)| *name).collect();
    names.join(", ")
}

/// A checked mapping.
#[derive(Debug, Clone)]
pub struct Mapping {
    /// The name of the source. Part of every event id, so it never changes.
    pub source: String,
    /// How the file is laid out.
    pub layout: Layout,
    /// The columns that together name the activity of a record.
    pub activity: Vec<Column>,
    /// The column with the record's own id, where the source has one.
    pub record: Option<Column>,
    /// The column with the time of a record.
    pub time: Column,
    /// How times are read.
    pub times: Times,
    /// Values that say nothing is known, such as `EMPTY`.
    pub unknown: Vec<String>,
    /// Who did it.
    pub actor: Option<ActorColumn>,
    /// In which function.
    pub function: Option<Lookup<Function>>,
    /// In which wijk.
    pub wijk: Option<(Column, Template)>,
    /// In which field.
    pub domain: Option<Lookup<Domain>>,
    /// What kind of request.
    pub kind: Option<Lookup<String>>,
    /// How it came in.
    pub channel: Option<Lookup<Channel>>,
    /// Who asks.
    pub requester: RequesterKind,
    /// Until when it should be done.
    pub term: Option<(Column, Clock)>,
    /// What makes a fact, in the order that decides between facts of one moment and one record.
    pub rules: Vec<Rule>,
    /// Answers that say what the next decision comes to.
    pub outcomes: Vec<(Match, Outcome)>,
    /// Records that carry no fact, each with the reason.
    pub ignored: Vec<(Match, String)>,
}

/// Where the acting person stands.
#[derive(Debug, Clone)]
pub struct ActorColumn {
    /// The column.
    pub column: Column,
    /// Whether its values are pseudonyms already; else they are made into some.
    pub pseudonymous: bool,
}

impl Mapping {
    /// Finds a built-in mapping by its name, or reads a file.
    pub fn find(name_or_path: &str) -> Result<Self, MappingError> {
        if let Some((name, text)) = BUILT_IN.iter().find(|(name, _)| *name == name_or_path) {
            return Self::parse(name, text);
        }
        let path = Path::new(name_or_path);
        if !path.exists() {
            return Err(MappingError::NotFound {
                name: name_or_path.to_owned(),
            });
        }
        let text = std::fs::read_to_string(path).map_err(|source| MappingError::Unreadable {
            path: path.to_owned(),
            source,
        })?;
        Self::parse(name_or_path, &text)
    }

    /// Reads and checks the text of a mapping.
    pub fn parse(name: &str, text: &str) -> Result<Self, MappingError> {
        let file: file::File = toml::from_str(text).map_err(|error| MappingError::Toml {
            name: name.to_owned(),
            what: error.to_string(),
        })?;
        check::check(file).map_err(|what| MappingError::Meaning {
            name: name.to_owned(),
            what,
        })
    }

    /// The activity of a record: its columns, joined by a space.
    pub fn activity_of(&self, case: &Attributes, event: &Attributes) -> String {
        let parts: Vec<_> = self
            .activity
            .iter()
            .filter_map(|column| column.of(case, Some(event)))
            .collect();
        parts.join(" ")
    }

    /// A value that says something: neither absent nor one of the words for unknown.
    pub fn known<'a>(
        &self,
        column: &Column,
        case: &'a Attributes,
        event: Option<&'a Attributes>,
    ) -> Option<&'a str> {
        column
            .of(case, event)
            .filter(|value| !self.unknown.iter().any(|word| word == value))
    }
}

#[cfg(test)]
mod tests;
