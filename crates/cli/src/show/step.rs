//! One step of a dossier as a sentence.

use jiff::Timestamp;
use readmodel::document::{
    CheckContent, ClosingContent, Content, PlacementContent, ResidentsContent,
};
use uuid::Uuid;

use super::checks;
use crate::words;

/// What a step says: a sentence, and lines below it.
pub(super) struct Said {
    pub(super) sentence: String,
    pub(super) lines: Vec<String>,
}

impl Said {
    fn only(sentence: impl Into<String>) -> Self {
        Self {
            sentence: sentence.into(),
            lines: Vec::new(),
        }
    }
}

/// Tells the clear part of a step.
pub(super) fn say(content: &Content) -> Said {
    match content {
        Content::RequestImported { .. } | Content::RequestSubmitted { .. } => came_in(content),
        Content::RequestPlaced { placement } => {
            Said::only(format!("Geplaatst: {}.", place(placement)))
        }
        Content::TermSet {
            clock,
            end,
            rule,
            rule_version,
        } => Said::only(format!(
            "Termijn tot en met {end} ({}, regel {rule} versie {rule_version}).",
            words::clock(*clock)
        )),
        Content::RequestAssigned {
            function,
            person,
            urgent,
        } => Said::only(assigned(
            function.as_ref().map(ToString::to_string),
            person.as_ref().map(ToString::to_string),
            *urgent,
        )),
        Content::RequestDecided { .. } => decided(content),
        Content::DecisionRefused { .. } => refused(content),
        Content::MandateStated { under_mandate } => Said::only(format!(
            "De bron zegt dat dit {} mandaat wordt afgedaan.",
            if *under_mandate {
                "onder"
            } else {
                "niet onder"
            }
        )),
        Content::RequestEscalated { to, ground } => Said::only(format!(
            "Geëscaleerd naar {}: {}.",
            to.as_ref()
                .map_or_else(|| "het stadhuis".to_owned(), ToString::to_string),
            words::ground(*ground)
        )),
        Content::EscalationReturned { organ } => Said::only(format!(
            "Teruggegeven met een opdracht door {}.",
            organ
                .as_ref()
                .map_or_else(|| "het stadhuis".to_owned(), ToString::to_string)
        )),
        Content::RequestResolved { closing } => Said::only(resolved(closing.as_ref())),
        Content::RequestReopened { cause, .. } => {
            Said::only(format!("Heropend: {}.", words::cause(*cause)))
        }
        Content::RequestWithdrawn { .. } => Said::only("Ingetrokken."),
        Content::FactCorrected {
            corrects,
            occurred_at,
            fact,
        } => corrected(*corrects, *occurred_at, fact),
        Content::Foreign { kind } => Said::only(format!("Hoort hier niet: {kind}.")),
    }
}

fn came_in(content: &Content) -> Said {
    match content {
        Content::RequestImported {
            source_name,
            case_number,
            placement,
            request_kind,
        } => Said::only(format!(
            "Overgenomen uit {source_name}, zaak {case_number}: {}{}.",
            place(placement),
            kind(request_kind.as_deref())
        )),
        Content::RequestSubmitted {
            placement,
            request_kind,
            channel,
            requester_kind,
            requester,
        } => Said {
            sentence: format!(
                "Ingediend door {} via {}: {}{}.",
                words::requester(*requester_kind),
                words::channel(*channel),
                place(placement),
                kind(request_kind.as_deref())
            ),
            lines: requester
                .iter()
                .map(|person| format!("Verzoeker: person:{person}"))
                .collect(),
        },
        _ => Said::only("Binnengekomen."),
    }
}

fn corrected(corrects: Uuid, occurred_at: Timestamp, fact: &Content) -> Said {
    let corrected = say(fact);
    Said {
        sentence: format!(
            "Gecorrigeerd ({corrects}): gebeurde op {}. {}",
            words::moment(occurred_at),
            corrected.sentence
        ),
        lines: corrected.lines,
    }
}

fn place(placement: &PlacementContent) -> String {
    let wijk = match &placement.wijk {
        Some(wijk) => {
            let edition = placement
                .edition
                .map(|year| format!(", indeling {year}"))
                .unwrap_or_default();
            format!(
                "wijk {wijk}{}{edition}",
                words::wijk_source(placement.source)
            )
        }
        None => "wijk nog onbekend".to_owned(),
    };
    match placement.domain {
        Some(domain) => format!("{wijk}, domein {}", words::domain(domain)),
        None => format!("{wijk}, domein nog onbekend"),
    }
}

fn kind(kind: Option<&str>) -> String {
    kind.map(|kind| format!(", soort {kind}"))
        .unwrap_or_default()
}

fn assigned(function: Option<String>, person: Option<String>, urgent: bool) -> String {
    let lead = match (function, person) {
        (Some(function), Some(person)) => format!("{function} ({person})"),
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => "iemand die niet is vastgelegd".to_owned(),
    };
    if urgent {
        format!("Met spoed opgepakt door {lead}.")
    } else {
        format!("Toegewezen aan {lead}.")
    }
}

fn decided(content: &Content) -> Said {
    let Content::RequestDecided {
        outcome,
        amount,
        mandate,
        organ,
        function,
        residents,
        ..
    } = content
    else {
        return Said::only("Besloten.");
    };
    let how = match (mandate, organ, function) {
        (Some(_), _, Some(function)) => format!("onder mandaat, als {function}"),
        (Some(_), _, None) => "onder mandaat".to_owned(),
        (None, Some(organ), _) => format!("door {organ} zelf"),
        (None, None, _) => "grondslag onbekend".to_owned(),
    };
    let amount = amount
        .map(|cents| format!(", {}", words::amount(cents)))
        .unwrap_or_default();
    let mut lines = Vec::new();
    if let Some(mandate) = mandate {
        lines.push(checks::mandate(mandate));
        lines.extend(mandate.checks.iter().map(checks::check));
    }
    lines.extend(residents.as_ref().map(consulted));
    Said {
        sentence: format!("Besloten: {}{amount} ({how}).", words::outcome(*outcome)),
        lines,
    }
}

fn refused(content: &Content) -> Said {
    let Content::DecisionRefused {
        code,
        outcome,
        amount,
        function,
        entry,
        entry_version,
        limits,
        checks: all,
    } = content
    else {
        return Said::only("Besluit geweigerd.");
    };
    let amount = amount
        .map(|cents| format!(", {}", words::amount(cents)))
        .unwrap_or_default();
    let function = function
        .as_ref()
        .map(|function| format!(" als {function}"))
        .unwrap_or_default();
    let mut lines: Vec<String> = entry
        .iter()
        .map(|entry| match entry_version {
            Some(version) => format!("Getoetst aan mandaat {entry} (versie {version})."),
            None => format!("Getoetst aan mandaat {entry}."),
        })
        .chain(
            limits
                .iter()
                .map(|limits| format!("Dat gaf: {}.", checks::limits(limits))),
        )
        .collect();
    lines.extend(all.iter().map(|check: &CheckContent| checks::check(check)));
    Said {
        sentence: format!(
            "Besluit geweigerd ({code}): poging tot {}{amount}{function}.",
            words::outcome(*outcome)
        ),
        lines,
    }
}

fn consulted(residents: &ResidentsContent) -> String {
    match (residents.consulted, residents.count, residents.reason) {
        (true, Some(count), _) => format!("Bewoners betrokken: {count} gesproken."),
        (true, None, _) => "Bewoners betrokken.".to_owned(),
        (false, _, Some(reason)) => {
            format!("Bewoners niet betrokken: {}.", words::not_consulted(reason))
        }
        (false, _, None) => "Bewoners niet betrokken.".to_owned(),
    }
}

fn resolved(closing: Option<&ClosingContent>) -> String {
    match closing {
        Some(ClosingContent {
            channel: Some(channel),
            ..
        }) => format!(
            "Afgehandeld; bericht gestuurd via {}.",
            words::channel(*channel)
        ),
        Some(ClosingContent {
            reason: Some(reason),
            ..
        }) => format!(
            "Afgehandeld zonder bericht: {}.",
            words::no_message(*reason)
        ),
        _ => "Afgehandeld.".to_owned(),
    }
}
