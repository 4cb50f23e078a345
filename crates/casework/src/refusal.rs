//! Why a command is refused: one machine code each, and a sentence that says what to do.

use jiff::civil::Date;

use crate::{Cents, Domain, Function, MandateId, WijkCode};

/// A refusal by rule. The code is a contract; the sentence (Dutch, for the regisseur) is not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The stream has no submission yet.
    #[error("dit verzoek is nooit ingediend; dien het eerst in")]
    NotSubmitted,
    /// It was submitted before, or came with imported history and is under way.
    #[error("dit verzoek is al ingediend; volg het, of dien een nieuw verzoek in")]
    AlreadySubmitted,
    /// What must say something is blank.
    #[error("`{field}` is leeg; vul het in")]
    EmptyText {
        /// The field.
        field: &'static str,
    },
    /// A text is longer than the log takes.
    #[error("`{field}` is {given} tekens lang; hoogstens {most} kan")]
    TextTooLong {
        /// The field.
        field: &'static str,
        /// How long it is, in characters.
        given: usize,
        /// How long it may be.
        most: usize,
    },
    /// What should name a kind of request says more than that.
    #[error(
        "`soort` is de naam van een soort verzoek: hoogstens vier woorden, alleen letters; de rest hoort in het verzoek zelf"
    )]
    NotAKind,
    /// The wijk is not on the municipality's list.
    #[error(
        "wijk {wijk} staat niet op de lijst van deze gemeente; kies een code uit de lijst of laat de wijk weg, dan wacht het verzoek bij de intake"
    )]
    UnknownWijk {
        /// The code that was given.
        wijk: WijkCode,
    },
    /// The wijk is not known yet.
    #[error("van dit verzoek is de wijk nog niet bekend; de intake bepaalt die eerst")]
    NoWijk,
    /// The domain is not known yet.
    #[error("van dit verzoek is het domein nog niet bekend; bepaal dat eerst, samen met de wijk")]
    NoDomain,
    /// Nobody leads it yet.
    #[error("niemand heeft dit verzoek; wijs het eerst toe")]
    NoLead,
    /// Somebody else leads it.
    #[error(
        "dit verzoek is van een ander; vraag om overdracht of laat de gebiedstafel de trekker wijzigen"
    )]
    NotTheLead,
    /// A function is needed that the caller does not hold.
    #[error("dit kan alleen als {needed}")]
    MayNot {
        /// Which functions may.
        needed: &'static str,
    },
    /// It was resolved or withdrawn.
    #[error("dit verzoek is al afgesloten; heropen het als dat niet terecht is")]
    AlreadyEnded,
    /// It is not resolved, so it cannot be reopened.
    #[error("dit verzoek loopt nog; heropenen kan pas na afsluiten")]
    NotEnded,
    /// A decision stands.
    #[error("over dit verzoek is al beslist; sluit het af of heropen het")]
    AlreadyDecided,
    /// There is no decision yet.
    #[error("over dit verzoek is nog niet beslist; beslis eerst of laat het intrekken")]
    NotDecided,
    /// It waits at the city hall.
    #[error("dit verzoek ligt bij {to}; wacht op het besluit of de instructie")]
    Escalated {
        /// Where it waits.
        to: Function,
    },
    /// It does not wait at the city hall.
    #[error(
        "dit verzoek is niet geëscaleerd; alleen een geëscaleerd verzoek komt bij een orgaan terecht"
    )]
    NotEscalated,
    /// Another organ was asked.
    #[error("dit verzoek is voorgelegd aan {to}; alleen dat orgaan kan antwoorden")]
    NotTheOrgan {
        /// Which organ was asked.
        to: Function,
    },
    /// It was sent up to someone who is not up the line: the table, the intake, or the sender.
    #[error(
        "{to} is geen orgaan of functie op het stadhuis die over dit verzoek kan gaan; escaleer bijvoorbeeld naar het college of de burgemeester"
    )]
    NotCityHall {
        /// Where it was sent.
        to: Function,
    },
    /// The amount is below zero.
    #[error("een bedrag kan niet negatief zijn ({amount})")]
    NegativeAmount {
        /// What was given.
        amount: Cents,
    },
    /// No entry is held by the function.
    #[error("{function} heeft geen mandaat in het register; escaleer het verzoek")]
    NoMandate {
        /// The function that would decide.
        function: Function,
    },
    /// The named entry does not exist.
    #[error("mandaat {entry} staat niet in het register; kijk welke er wel zijn")]
    UnknownMandate {
        /// The id that was given.
        entry: MandateId,
    },
    /// The named entry belongs to another function.
    #[error("dit mandaat is van {holder}, niet van {function}; kies een eigen mandaat of escaleer")]
    NotTheHolder {
        /// Who holds it.
        holder: Function,
        /// Who would decide.
        function: Function,
    },
    /// The entry is not in force on the day.
    #[error("dit mandaat geldt niet op {on} (geldig vanaf {from}{}); escaleer het verzoek", until.map(|until| format!(" tot en met {until}")).unwrap_or_default())]
    MandateNotInForce {
        /// The day of the decision.
        on: Date,
        /// First day in force.
        from: Date,
        /// Last day in force.
        until: Option<Date>,
    },
    /// The entry was revoked.
    #[error(
        "dit mandaat is ingetrokken met ingang van {from}; escaleer een verzoek dat erop zou rusten"
    )]
    MandateRevoked {
        /// First day without it.
        from: Date,
    },
    /// The entry does not hold in the wijk.
    #[error("dit mandaat geldt niet in wijk {}; escaleer het verzoek", wijk.as_ref().map_or("onbekend", WijkCode::as_str))]
    OutsideWijk {
        /// The wijk of the request.
        wijk: Option<WijkCode>,
    },
    /// The entry does not hold in the domain.
    #[error("dit mandaat geldt niet voor domein {}; escaleer het verzoek", domain.map_or("onbekend", Domain::as_str))]
    OutsideDomain {
        /// The domain of the request.
        domain: Option<Domain>,
    },
    /// It costs more than the entry allows.
    #[error(
        "{amount} is meer dan het plafond van {ceiling}; blijf daaronder of escaleer het verzoek"
    )]
    AboveCeiling {
        /// What it would cost.
        amount: Cents,
        /// What it may cost.
        ceiling: Cents,
    },
    /// An entry of that id exists.
    #[error("mandaat {entry} bestaat al; kies een andere naam")]
    MandateExists {
        /// The id.
        entry: MandateId,
    },
    /// A period ends before it begins.
    #[error("de geldigheid eindigt ({}) voor zij begint ({from})", until.map(|until| until.to_string()).unwrap_or_default())]
    PeriodReversed {
        /// Its first day.
        from: Date,
        /// Its last day.
        until: Option<Date>,
    },
    /// A revocation that would begin before today.
    #[error(
        "intrekken met ingang van {from} kan niet meer: het is {today}; eerdere besluiten houden hun grondslag"
    )]
    RevokedInThePast {
        /// The day that was given.
        from: Date,
        /// Today.
        today: Date,
    },
    /// A scope that lists nothing.
    #[error(
        "een mandaat zonder wijken of domeinen geldt nergens; noem er minstens een, of laat de lijst weg voor alle"
    )]
    EmptyScope,
    /// No CBS edition has that year.
    #[error("editie {edition} kan niet; noem het jaar van de CBS-indeling, zoals 2024")]
    ImpossibleEdition {
        /// The year that was given.
        edition: i16,
    },
    /// A norm of no days, or of more than two years.
    #[error("een servicenorm van {days} dagen kan niet; noem 1 tot en met 730 dagen")]
    ImpossibleNorm {
        /// The days that were given.
        days: u16,
    },
    /// The person was erased.
    #[error("deze persoon is gewist; er kan niets meer over deze persoon worden vastgelegd")]
    PersonErased,
}

impl Refusal {
    /// The machine code: a contract.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotSubmitted => "not-submitted",
            Self::AlreadySubmitted => "already-submitted",
            Self::EmptyText { .. } => "empty-text",
            Self::TextTooLong { .. } => "text-too-long",
            Self::NotAKind => "not-a-kind",
            Self::UnknownWijk { .. } => "unknown-wijk",
            Self::NoWijk => "no-wijk",
            Self::NoDomain => "no-domain",
            Self::NoLead => "no-lead",
            Self::NotTheLead => "not-the-lead",
            Self::MayNot { .. } => "may-not",
            Self::AlreadyEnded => "already-ended",
            Self::NotEnded => "not-ended",
            Self::AlreadyDecided => "already-decided",
            Self::NotDecided => "not-decided",
            Self::Escalated { .. } => "escalated",
            Self::NotEscalated => "not-escalated",
            Self::NotTheOrgan { .. } => "not-the-organ",
            Self::NotCityHall { .. } => "not-city-hall",
            Self::NegativeAmount { .. } => "negative-amount",
            Self::NoMandate { .. } => "no-mandate",
            Self::UnknownMandate { .. } => "unknown-mandate",
            Self::NotTheHolder { .. } => "not-the-holder",
            Self::MandateNotInForce { .. } => "mandate-not-in-force",
            Self::MandateRevoked { .. } => "mandate-revoked",
            Self::OutsideWijk { .. } => "outside-wijk",
            Self::OutsideDomain { .. } => "outside-domain",
            Self::AboveCeiling { .. } => "above-ceiling",
            Self::MandateExists { .. } => "mandate-exists",
            Self::PeriodReversed { .. } => "period-reversed",
            Self::RevokedInThePast { .. } => "revoked-in-the-past",
            Self::EmptyScope => "empty-scope",
            Self::ImpossibleEdition { .. } => "impossible-edition",
            Self::ImpossibleNorm { .. } => "impossible-norm",
            Self::PersonErased => "person-erased",
        }
    }
}

#[cfg(test)]
mod tests;
