//! The TOML file as written. Every table refuses keys it does not know, so a typo has a line.

use std::collections::BTreeMap;

use casework::event::{Clock, Ground, Outcome, ReopenCause, RequesterKind};
use casework::{Channel, Domain};
use serde::Deserialize;

use crate::read::Format;
use crate::times::Precise;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) source: String,
    #[serde(default, rename = "about")]
    pub(super) _about: String,
    pub(super) format: Option<Format>,
    pub(super) delimiter: Option<char>,
    pub(super) records: Option<String>,
    #[serde(default)]
    pub(super) unknown: Vec<String>,
    pub(super) columns: Columns,
    #[serde(default)]
    pub(super) times: TimesTable,
    pub(super) actor: Option<Actor>,
    pub(super) function: Option<Value<String>>,
    pub(super) wijk: Option<Wijk>,
    pub(super) domain: Option<Value<Domain>>,
    pub(super) kind: Option<Value<String>>,
    pub(super) channel: Option<Value<Channel>>,
    pub(super) requester: Option<RequesterKind>,
    pub(super) term: Option<Term>,
    #[serde(default)]
    pub(super) fact: Vec<Fact>,
    #[serde(default)]
    pub(super) outcome: Vec<Answer>,
    #[serde(default)]
    pub(super) ignore: Vec<Ignore>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Columns {
    pub(super) case: String,
    pub(super) activity: OneOrMore,
    pub(super) record: Option<String>,
    pub(super) time: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TimesTable {
    pub(super) zone: Option<String>,
    #[serde(default)]
    pub(super) formats: Vec<String>,
    #[serde(default)]
    pub(super) precision: Precise,
    #[serde(default)]
    pub(super) columns: BTreeMap<String, Precise>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Actor {
    pub(super) column: String,
    #[serde(default)]
    pub(super) pseudonymous: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wijk {
    pub(super) column: String,
    #[serde(default = "as_it_is")]
    pub(super) template: String,
}

fn as_it_is() -> String {
    "{}".to_owned()
}

/// One value for all, or a column with a table of what its values mean.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_field_names, reason = "these are the keys people write")]
pub(super) struct Value<T> {
    pub(super) value: Option<T>,
    pub(super) column: Option<String>,
    #[serde(default = "BTreeMap::new")]
    pub(super) values: BTreeMap<String, T>,
    pub(super) otherwise: Option<T>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Term {
    pub(super) column: String,
    pub(super) clock: Clock,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(super) enum OneOrMore {
    One(String),
    More(Vec<String>),
}

impl OneOrMore {
    pub(super) fn into_vec(self) -> Vec<String> {
        match self {
            Self::One(one) => vec![one],
            Self::More(more) => more,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum FactKind {
    Submitted,
    Assigned,
    Decided,
    MandateStated,
    Escalated,
    Returned,
    Resolved,
    Reopened,
    Withdrawn,
}

impl FactKind {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Submitted => "submitted",
            Self::Assigned => "assigned",
            Self::Decided => "decided",
            Self::MandateStated => "mandate-stated",
            Self::Escalated => "escalated",
            Self::Returned => "returned",
            Self::Resolved => "resolved",
            Self::Reopened => "reopened",
            Self::Withdrawn => "withdrawn",
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_field_names, reason = "these are the keys people write")]
pub(super) struct Fact {
    pub(super) fact: FactKind,
    pub(super) name: Option<String>,
    #[serde(default)]
    pub(super) activities: Vec<String>,
    #[serde(default)]
    pub(super) when: BTreeMap<String, OneOrMore>,
    pub(super) changes_of: Option<String>,
    #[serde(default)]
    pub(super) of_case: bool,
    pub(super) time: Option<String>,
    pub(super) under_mandate: Option<bool>,
    pub(super) ground: Option<Ground>,
    pub(super) cause: Option<ReopenCause>,
    pub(super) to: Option<Value<String>>,
    pub(super) outcome: Option<Outcome>,
    pub(super) text: Option<String>,
    pub(super) place: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Answer {
    pub(super) outcome: Outcome,
    #[serde(default)]
    pub(super) activities: Vec<String>,
    #[serde(default)]
    pub(super) when: BTreeMap<String, OneOrMore>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ignore {
    pub(super) reason: String,
    #[serde(default)]
    pub(super) activities: Vec<String>,
    #[serde(default)]
    pub(super) when: BTreeMap<String, OneOrMore>,
}
