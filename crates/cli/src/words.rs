//! Dutch words for stable codes, and moments and amounts as they are read here.

use casework::event::{
    Clock, Ground, NoMessageReason, NotConsultedReason, Outcome, ReopenCause, RequesterKind,
};
use casework::{Cents, Channel, Domain, WijkSource, day};
use jiff::Timestamp;
use jiff::civil::Date;

/// What stands where there is nothing to say.
pub(crate) const NONE: &str = "-";

/// A moment in Dutch time, to the minute.
pub(crate) fn moment(at: Timestamp) -> String {
    at.to_zoned(day::zone())
        .strftime("%Y-%m-%d %H:%M")
        .to_string()
}

/// The Dutch day of a moment.
pub(crate) fn day_of(at: Timestamp) -> Date {
    day::of(at)
}

/// What somebody may not know, or a dash.
pub(crate) fn or_dash(value: Option<impl ToString>) -> String {
    value.map_or_else(|| NONE.to_owned(), |value| value.to_string())
}

/// An amount as the Dutch write it.
pub(crate) fn amount(cents: Cents) -> String {
    cents.to_string()
}

/// Where a request stands.
pub(crate) fn state(code: &str) -> &str {
    match code {
        "new" => "nieuw",
        "submitted" => "ingediend",
        "assigned" => "toegewezen",
        "escalated" => "op het stadhuis",
        "decided" => "besloten",
        "resolved" => "afgehandeld",
        "withdrawn" => "ingetrokken",
        other => other,
    }
}

/// What a decision came to.
pub(crate) fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Granted => "ingewilligd",
        Outcome::PartlyGranted => "deels ingewilligd",
        Outcome::Refused => "afgewezen",
        Outcome::Referred => "doorverwezen",
        Outcome::Unknown => "onbekend",
    }
}

/// A field.
pub(crate) fn domain(domain: Domain) -> &'static str {
    match domain {
        Domain::Sociaal => "sociaal",
        Domain::OpenbareRuimte => "openbare ruimte",
        Domain::Veiligheid => "veiligheid",
    }
}

/// How something travelled, after "via".
pub(crate) fn channel(channel: Channel) -> &'static str {
    match channel {
        Channel::Web => "de website",
        Channel::Desk => "de balie",
        Channel::Phone => "de telefoon",
        Channel::Post => "een brief",
        Channel::Email => "e-mail",
        Channel::Visit => "een gesprek in de wijk",
        Channel::Internal => "de eigen organisatie",
        Channel::App => "een app",
        Channel::Unknown => "een onbekend kanaal",
    }
}

/// Who asked, after "door".
pub(crate) fn requester(kind: RequesterKind) -> &'static str {
    match kind {
        RequesterKind::Resident => "een bewoner",
        RequesterKind::Wijkraad => "een wijkraad",
        RequesterKind::Organisation => "een organisatie",
        RequesterKind::OwnInitiative => "de wijkregisseur zelf",
        RequesterKind::Anonymous => "iemand die anoniem bleef",
        RequesterKind::Unknown => "een onbekende verzoeker",
    }
}

/// Why it went up.
pub(crate) fn ground(ground: Ground) -> &'static str {
    match ground {
        Ground::NoMandate => "er is geen mandaat voor",
        Ground::AboveCeiling => "het kost meer dan het plafond",
        Ground::OutsideWijk => "het mandaat geldt niet in deze wijk",
        Ground::OutsideDomain => "het mandaat geldt niet voor dit domein",
        Ground::DeviatesFromPolicy => "het wijkt af van beleid",
        Ground::Sensitive => "het ligt gevoelig",
        Ground::ClaimedByOrgan => "het orgaan wil zelf beslissen",
        Ground::LegallyExcluded => "de wet laat hier geen mandaat toe",
        Ground::PersonalInterest => "de beslisser heeft er zelf belang bij",
        Ground::TableDisagrees => "de gebiedstafel is het niet eens",
        Ground::SubmittedUp => "het is voorgelegd",
        Ground::CompetentAuthority => "een ander is bevoegd",
        Ground::TermExtended => "de termijn is verlengd",
        Ground::AdviceAsked => "er is advies gevraagd",
        Ground::Objection => "er is bezwaar gemaakt",
        Ground::Appeal => "er is beroep ingesteld",
        Ground::OtherAgency => "een andere dienst gaat erover",
    }
}

/// Why a request was opened again.
pub(crate) fn cause(cause: ReopenCause) -> &'static str {
    match cause {
        ReopenCause::NotFixed => "het is niet verholpen",
        ReopenCause::NewFacts => "er zijn nieuwe feiten",
        ReopenCause::Disputed => "de verzoeker is het er niet mee eens",
        ReopenCause::ClosedByMistake => "het was per ongeluk afgesloten",
    }
}

/// Why nobody was told.
pub(crate) fn no_message(reason: NoMessageReason) -> &'static str {
    match reason {
        NoMessageReason::Anonymous => "de verzoeker is niet bekend",
        NoMessageReason::Declined => "de verzoeker wilde geen bericht",
        NoMessageReason::Unreachable => "de verzoeker is niet te bereiken",
        NoMessageReason::NoRequester => "er is geen verzoeker",
    }
}

/// Why residents were not consulted.
pub(crate) fn not_consulted(reason: NotConsultedReason) -> &'static str {
    match reason {
        NotConsultedReason::Urgent => "het kon niet wachten",
        NotConsultedReason::NoEffectOnOthers => "het raakt niemand anders",
        NotConsultedReason::Confidential => "erover praten zou iemand schaden",
        NotConsultedReason::RequesterOnly => "het raakt alleen de verzoeker, en die is gehoord",
    }
}

/// Which of the two terms.
pub(crate) fn clock(clock: Clock) -> &'static str {
    match clock {
        Clock::Servicenorm => "servicenorm",
        Clock::Wettelijk => "wettelijke termijn",
    }
}

/// How a wijk is known, where that is worth a word.
pub(crate) fn wijk_source(source: WijkSource) -> &'static str {
    match source {
        WijkSource::Stated | WijkSource::Unknown => "",
        WijkSource::Derived => " (afgeleid)",
    }
}

/// What is odd about a step.
pub(crate) fn anomaly(code: &str) -> &str {
    match code {
        "before-submission" => "gebeurde voor de indiening, of zonder",
        "after-end" => "gebeurde na de afsluiting",
        "submitted-again" => "nog eens ingediend",
        "ended-again" => "nog eens afgesloten zonder heropening",
        "reopened-while-open" => "heropend terwijl het nog liep",
        "not-escalated" => "beantwoord door een orgaan dat niet was gevraagd",
        "out-of-order" => "vastgelegd na iets dat later gebeurde",
        "corrects-nothing" => "corrigeert niets in dit dossier",
        "foreign" => "hoort niet bij een verzoek",
        other => other,
    }
}

/// The name of a text within an event.
pub(crate) fn field(name: &str) -> &str {
    match name {
        "words" => "Verzoek",
        "name" => "Naam",
        "contact" => "Contact",
        "place" => "Plek",
        "reason" => "Reden",
        "motivation" => "Motivering",
        "residents" => "Bewoners",
        "question" => "Vraag",
        "instruction" => "Opdracht",
        "message" => "Bericht",
        "explanation" => "Toelichting",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_told_in_dutch_time() {
        assert_eq!(
            moment("2026-07-01T12:00:59Z".parse().unwrap()),
            "2026-07-01 14:00"
        );
        assert_eq!(
            moment("2026-01-01T12:00:00Z".parse().unwrap()),
            "2026-01-01 13:00"
        );
        assert_eq!(
            day_of("2026-06-30T22:30:00Z".parse().unwrap()).to_string(),
            "2026-07-01"
        );
    }
}
