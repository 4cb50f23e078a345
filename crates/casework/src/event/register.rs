//! What happens to the registers, and to a person.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::mandate::Limits;
use crate::{Domain, MandateId, PersonId, WijkCode};

/// An entry of the mandate register was granted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MandateGranted {
    /// The entry.
    pub entry: MandateId,
    /// What it allows.
    pub limits: Limits,
}

/// An entry was revoked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MandateRevoked {
    /// The entry.
    pub entry: MandateId,
    /// The first day on which it is no longer in force.
    pub from: Date,
    /// Why: a public act of the organ, so in the clear.
    pub reason: String,
}

/// A wijk was put on the municipality's list, or its name changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WijkListed {
    /// Its code.
    pub wijk: WijkCode,
    /// Its name.
    pub name: String,
    /// The year of the CBS edition.
    pub edition: i16,
}

/// The municipality promised a term for a field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServicenormSet {
    /// The field.
    pub domain: Domain,
    /// Calendar days from the day of submission.
    pub days: u16,
}

/// A person asked to be forgotten. The key is destroyed after this.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PersonErased {
    /// Who, as an opaque id.
    pub person: PersonId,
}

/// Lists of wijken and domains that a mandate holds for.
pub type Scope<T> = Option<BTreeSet<T>>;
