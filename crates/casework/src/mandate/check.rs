//! What an entry allows, and the checks a decision is measured by.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::domain::words;
use crate::event::Scope;
use crate::{Cents, Domain, Function, Refusal, WijkCode};

words! {
    /// The legal kind of a mandate. Most requests of a wijk ask for factual acts.
    MandateKind, "a kind of mandate: mandaat, volmacht or machtiging" {
        /// Decisions in public law (Awb 10:1).
        Mandaat = "mandaat",
        /// Acts in private law, such as an order to a contractor.
        Volmacht = "volmacht",
        /// Factual acts, such as placing a bench.
        Machtiging = "machtiging",
    }
}

/// What an entry allows. Copied whole into each decision taken under it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Limits {
    /// Its legal kind.
    pub kind: MandateKind,
    /// The organ that granted it, in whose name is decided (Awb 10:10).
    pub grantor: Function,
    /// The power, in words, with its statutory basis.
    pub power: String,
    /// The function that holds it.
    pub holder: Function,
    /// The wijken it holds in; None for all.
    pub wijken: Scope<WijkCode>,
    /// The domains it holds in; None for all.
    pub domains: Scope<Domain>,
    /// The most one decision may cost; None for no ceiling.
    pub ceiling_cents: Option<Cents>,
    /// The first day it is in force.
    pub valid_from: Date,
    /// The last day it is in force; None for open-ended.
    pub valid_until: Option<Date>,
    /// A trial (proef), which evaluations show apart.
    pub trial: bool,
    /// The decision it was granted by, such as a Gemeenteblad number.
    pub reference: Option<String>,
}

/// What somebody is about to do, measured against an entry.
#[derive(Debug, Clone)]
pub struct Act<'a> {
    /// The Dutch day it is done on.
    pub on: Date,
    /// The function it is done in.
    pub function: &'a Function,
    /// The wijk it concerns.
    pub wijk: Option<&'a WijkCode>,
    /// The domain it concerns.
    pub domain: Option<Domain>,
    /// What it costs.
    pub amount: Option<Cents>,
}

/// One check with the values it used. Stored with the decision, or with its refusal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "check",
    rename_all = "kebab-case",
    rename_all_fields = "camelCase"
)]
pub enum Check {
    /// The entry is held by the function that decides.
    Holder {
        /// Whether it held.
        passed: bool,
        /// The function that holds the entry.
        holder: Function,
        /// The function that decides.
        function: Function,
    },
    /// The entry is in force on the day.
    InForce {
        /// Whether it held.
        passed: bool,
        /// The day of the decision.
        on: Date,
        /// First day in force.
        from: Date,
        /// Last day in force.
        until: Option<Date>,
        /// First day after its revocation.
        revoked_from: Option<Date>,
    },
    /// The wijk lies within its scope.
    Wijk {
        /// Whether it held.
        passed: bool,
        /// The wijk of the request.
        wijk: Option<WijkCode>,
    },
    /// The domain lies within its scope.
    Domain {
        /// Whether it held.
        passed: bool,
        /// The domain of the request.
        domain: Option<Domain>,
    },
    /// The amount does not exceed the ceiling.
    Ceiling {
        /// Whether it held.
        passed: bool,
        /// What the decision costs.
        amount_cents: Option<Cents>,
        /// The most it may cost.
        ceiling_cents: Option<Cents>,
    },
}

impl Check {
    /// Whether it held.
    pub fn passed(&self) -> bool {
        match self {
            Self::Holder { passed, .. }
            | Self::InForce { passed, .. }
            | Self::Wijk { passed, .. }
            | Self::Domain { passed, .. }
            | Self::Ceiling { passed, .. } => *passed,
        }
    }

    /// Its name, as in the stored form.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Holder { .. } => "holder",
            Self::InForce { .. } => "in-force",
            Self::Wijk { .. } => "wijk",
            Self::Domain { .. } => "domain",
            Self::Ceiling { .. } => "ceiling",
        }
    }
}

impl Limits {
    /// Measures an act, every check each time, so that the record is whole.
    pub fn check(&self, act: &Act<'_>, revoked_from: Option<Date>) -> Vec<Check> {
        let begun = self.valid_from <= act.on;
        let over = self.valid_until.is_some_and(|until| until < act.on);
        let revoked = revoked_from.is_some_and(|from| from <= act.on);
        vec![
            Check::Holder {
                passed: self.holder == *act.function,
                holder: self.holder.clone(),
                function: act.function.clone(),
            },
            Check::InForce {
                passed: begun && !over && !revoked,
                on: act.on,
                from: self.valid_from,
                until: self.valid_until,
                revoked_from,
            },
            Check::Wijk {
                passed: in_scope(self.wijken.as_ref(), act.wijk),
                wijk: act.wijk.cloned(),
            },
            Check::Domain {
                passed: in_scope(self.domains.as_ref(), act.domain.as_ref()),
                domain: act.domain,
            },
            Check::Ceiling {
                passed: match (self.ceiling_cents, act.amount) {
                    (Some(ceiling), Some(amount)) => amount <= ceiling,
                    (Some(_) | None, None) | (None, Some(_)) => true,
                },
                amount_cents: act.amount,
                ceiling_cents: self.ceiling_cents,
            },
        ]
    }
}

/// A scope of everything holds whatever it is; a listed scope only for what is known to be listed.
fn in_scope<T: Ord>(scope: Option<&BTreeSet<T>>, value: Option<&T>) -> bool {
    match (scope, value) {
        (None, _) => true,
        (Some(listed), Some(value)) => listed.contains(value),
        (Some(_), None) => false,
    }
}

/// The refusal that the first failed check comes to, if any failed.
pub fn first_failure(checks: &[Check]) -> Option<Refusal> {
    let failed = checks.iter().find(|check| !check.passed())?;
    Some(match failed {
        Check::Holder {
            holder, function, ..
        } => Refusal::NotTheHolder {
            holder: holder.clone(),
            function: function.clone(),
        },
        Check::InForce {
            on,
            revoked_from: Some(from),
            ..
        } if from <= on => Refusal::MandateRevoked { from: *from },
        Check::InForce {
            on, from, until, ..
        } => Refusal::MandateNotInForce {
            on: *on,
            from: *from,
            until: *until,
        },
        Check::Wijk { wijk, .. } => Refusal::OutsideWijk { wijk: wijk.clone() },
        Check::Domain { domain, .. } => Refusal::OutsideDomain { domain: *domain },
        Check::Ceiling {
            amount_cents,
            ceiling_cents,
            ..
        } => Refusal::AboveCeiling {
            amount: amount_cents.unwrap_or(Cents(0)),
            ceiling: ceiling_cents.unwrap_or(Cents(0)),
        },
    })
}
