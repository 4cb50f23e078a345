//! The checks of a mandate, each with the values it used.

use readmodel::document::{CheckContent, LimitsContent, MandateContent};

use crate::words;

/// The entry as it stood, in one sentence.
pub(super) fn mandate(mandate: &MandateContent) -> String {
    format!(
        "Mandaat {} (versie {}): {}.",
        mandate.entry,
        mandate.version,
        limits(&mandate.limits)
    )
}

/// What an entry allowed.
pub(super) fn limits(limits: &LimitsContent) -> String {
    let domains = limits.domains.as_ref().map_or_else(
        || "alle domeinen".to_owned(),
        |domains| {
            let words: Vec<_> = domains
                .iter()
                .map(|domain| words::domain(*domain))
                .collect();
            format!("domein {}", words.join(" en "))
        },
    );
    let wijken = limits.wijken.as_ref().map_or_else(
        || "alle wijken".to_owned(),
        |wijken| {
            let codes: Vec<_> = wijken.iter().map(casework::WijkCode::as_str).collect();
            format!("in {}", codes.join(", "))
        },
    );
    let ceiling = limits.ceiling.map_or_else(
        || "zonder plafond".to_owned(),
        |ceiling| format!("tot {}", words::amount(ceiling)),
    );
    let until = limits
        .valid_until
        .map(|until| format!(" tot en met {until}"))
        .unwrap_or_default();
    format!(
        "{}{} van {} aan {}, {domains}, {wijken}, {ceiling}, geldig vanaf {}{until}; {}",
        if limits.trial { "proef, " } else { "" },
        limits.kind,
        limits.grantor,
        limits.holder,
        limits.valid_from,
        limits.power,
    )
}

/// One line for a check.
pub(super) fn check(check: &CheckContent) -> String {
    let (passed, text) = match check {
        CheckContent::Holder {
            passed,
            holder,
            function,
        } => (
            passed,
            format!("houder: het mandaat is van {holder}, beslist wordt als {function}"),
        ),
        CheckContent::InForce {
            passed,
            on,
            from,
            until,
            revoked_from,
        } => {
            let until = until
                .map(|until| format!(" tot en met {until}"))
                .unwrap_or_default();
            let revoked = revoked_from
                .map(|from| format!(", ingetrokken per {from}"))
                .unwrap_or_default();
            (
                passed,
                format!("geldigheid: op {on}; geldig vanaf {from}{until}{revoked}"),
            )
        }
        CheckContent::Wijk { passed, wijk } => {
            (passed, format!("wijk: {}", words::or_dash(wijk.as_ref())))
        }
        CheckContent::Domain { passed, domain } => (
            passed,
            format!("domein: {}", words::or_dash(domain.map(words::domain))),
        ),
        CheckContent::Ceiling {
            passed,
            amount,
            ceiling,
        } => {
            let amount = amount.map_or_else(|| "geen kosten".to_owned(), words::amount);
            let ceiling = ceiling.map_or_else(
                || "geen plafond".to_owned(),
                |ceiling| format!("plafond {}", words::amount(ceiling)),
            );
            (passed, format!("plafond: {amount}; {ceiling}"))
        }
    };
    format!("{} {text}", if *passed { "✓" } else { "✗" })
}
