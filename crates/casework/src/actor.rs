//! Who acts, and in which functions.

use std::collections::BTreeSet;
use std::fmt;

use crate::id::{PersonId, StaffId, is_slug, word_id};

word_id! {
    /// A function or organ, such as `wijkregisseur-sociaal`, `intake`, `college` or `burgemeester`.
    ///
    /// Open on purpose: municipalities name functions of their own, and records of elsewhere have others.
    Function, is_slug, "a function: lower case letters, digits and '-', such as wijkregisseur-sociaal"
}

impl Function {
    /// Whether this is one of the wijkregisseurs.
    pub fn is_wijkregisseur(&self) -> bool {
        self.as_str().starts_with("wijkregisseur-")
    }

    /// Whether this function may divide the work of a table: a wijkregisseur, or the table itself.
    pub fn sits_at_the_table(&self) -> bool {
        self.is_wijkregisseur() || self.as_str() == "gebiedstafel"
    }

    /// Whether this function receives requests: the intake, or whoever sits at a table.
    pub fn receives(&self) -> bool {
        self.as_str() == "intake" || self.sits_at_the_table()
    }

    /// Whether this function keeps the mandate register, the areas and the service norms.
    pub fn keeps_the_registers(&self) -> bool {
        matches!(self.as_str(), "college" | "burgemeester" | "mandaatbeheer")
    }
}

/// Who did something. Written in the log's envelope as `staff:…`, `person:…` or `system:…`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Actor {
    /// Someone of the municipality.
    Staff(StaffId),
    /// Someone outside it.
    Person(PersonId),
    /// The software itself, or an import, under its own name.
    System(String),
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Staff(id) => write!(f, "staff:{id}"),
            Self::Person(id) => write!(f, "person:{id}"),
            Self::System(name) => write!(f, "system:{name}"),
        }
    }
}

/// The one who gives a command. Comes from a signed token, never from the body of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct By {
    /// Who it is.
    pub actor: Actor,
    /// The functions held at this moment.
    pub functions: BTreeSet<Function>,
}

impl By {
    /// Whether any of the functions held answers to `rule`.
    pub fn holds(&self, rule: impl Fn(&Function) -> bool) -> bool {
        self.functions.iter().any(rule)
    }

    /// The staff id, where it is someone of the municipality.
    pub fn staff(&self) -> Option<&StaffId> {
        match &self.actor {
            Actor::Staff(id) => Some(id),
            _ => None,
        }
    }

    /// The person's id, where it is someone outside the municipality.
    pub fn person(&self) -> Option<PersonId> {
        match &self.actor {
            Actor::Person(id) => Some(*id),
            _ => None,
        }
    }
}
