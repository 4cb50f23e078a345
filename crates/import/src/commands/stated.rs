//! A register that is stated for an experiment: which wijken there are, and who may decide what in them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use casework::event::{NotConsultedReason, Outcome, Residents, WijkListed};
use casework::mandate::{Command, Limits, MandateKind};
use casework::{Actor, By, Cents, Domain, Function, MandateId, WijkCode, day};
use dispatch::RegisterCommand;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Deserialize;

use crate::MappingError;

/// The stated registers that are part of the project, by name.
const BUILT_IN: &[(&str, &str)] = &[(
    "chicago-register",
    include_str!("../../../../mappings/chicago-register.toml"),
)];

/// What is stated, and what is assumed where records do not say.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatedRegister {
    #[serde(default, rename = "about")]
    _about: String,
    /// The day from which all of it holds; before the first record.
    from: Date,
    /// What a decision came to that does not say.
    outcome: Outcome,
    /// Why residents were not consulted.
    not_consulted: NotConsultedReason,
    /// The wijken, and the year of their codes.
    edition: i16,
    wijken: BTreeMap<WijkCode, String>,
    #[serde(default)]
    norms: BTreeMap<Domain, u16>,
    #[serde(default)]
    mandate: Vec<Grant>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Grant {
    id: MandateId,
    kind: MandateKind,
    grantor: Function,
    power: String,
    holder: Function,
    wijken: Option<BTreeSet<WijkCode>>,
    domains: Option<BTreeSet<Domain>>,
    ceiling_euros: Option<i64>,
    from: Option<Date>,
    until: Option<Date>,
}

impl StatedRegister {
    /// Finds a built-in one by its name, or reads a file.
    pub fn find(name_or_path: &str) -> Result<Self, MappingError> {
        if let Some((name, text)) = BUILT_IN.iter().find(|(name, _)| *name == name_or_path) {
            return Self::parse(name, text);
        }
        let path = Path::new(name_or_path);
        let text = std::fs::read_to_string(path).map_err(|source| MappingError::Unreadable {
            path: path.to_owned(),
            source,
        })?;
        Self::parse(name_or_path, &text)
    }

    /// Reads and checks the text of one.
    pub fn parse(name: &str, text: &str) -> Result<Self, MappingError> {
        let stated: Self = toml::from_str(text).map_err(|error| MappingError::Toml {
            name: name.to_owned(),
            what: error.to_string(),
        })?;
        let meaning = |what: &str| MappingError::Meaning {
            name: name.to_owned(),
            what: what.to_owned(),
        };
        if stated.outcome == Outcome::Unknown {
            return Err(meaning(
                "outcome: a decision comes to something; state what",
            ));
        }
        if stated.wijken.is_empty() {
            return Err(meaning("wijken: state at least one"));
        }
        Ok(stated)
    }

    /// What a decision came to that does not say.
    pub(super) fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// What residents had to do with a decision.
    pub(super) fn residents(&self) -> Residents {
        Residents::No {
            reason: self.not_consulted,
        }
    }

    /// The moment from which it holds.
    pub(super) fn from(&self) -> Timestamp {
        day::start(self.from)
    }

    /// Who states it.
    pub(super) fn keeper() -> By {
        By {
            actor: Actor::System("import".to_owned()),
            functions: Function::new("mandaatbeheer").into_iter().collect(),
        }
    }

    /// The commands that write it down, each with words that tell it from the others.
    pub(super) fn commands(&self) -> Vec<(String, RegisterCommand)> {
        let wijken = self.wijken.iter().map(|(wijk, name)| WijkListed {
            wijk: wijk.clone(),
            name: name.clone(),
            edition: self.edition,
        });
        let wijken: Vec<_> = wijken.collect();
        let mut commands = vec![(format!("{wijken:?}"), RegisterCommand::ListWijken(wijken))];
        for (domain, days) in &self.norms {
            let command = RegisterCommand::SetNorm {
                domain: *domain,
                days: *days,
            };
            commands.push((format!("norm {domain} {days}"), command));
        }
        for grant in &self.mandate {
            let command = Command::Grant {
                entry: grant.id.clone(),
                limits: Limits {
                    kind: grant.kind,
                    grantor: grant.grantor.clone(),
                    power: grant.power.clone(),
                    holder: grant.holder.clone(),
                    wijken: grant.wijken.clone(),
                    domains: grant.domains.clone(),
                    ceiling_cents: grant.ceiling_euros.map(Cents::euros),
                    valid_from: grant.from.unwrap_or(self.from),
                    valid_until: grant.until,
                    trial: false,
                    reference: None,
                },
            };
            let words = format!("{command:?}");
            commands.push((words, RegisterCommand::Mandate(command)));
        }
        commands
    }
}
