//! The fixed words that events carry: outcomes, grounds, causes and reasons. Stable codes.

use crate::domain::words;

words! {
    /// What a decision came to.
    Outcome, "an outcome: granted, partly-granted, refused or referred" {
        /// As asked.
        Granted = "granted",
        /// In part.
        PartlyGranted = "partly-granted",
        /// Not.
        Refused = "refused",
        /// Sent on to whom it concerns.
        Referred = "referred",
        /// Imported history that does not say.
        Unknown = "unknown",
    }
}

words! {
    /// Why a request goes up to the city hall.
    Ground, "a ground, such as above-ceiling or sensitive" {
        /// No entry of the mandate register covers it.
        NoMandate = "no-mandate",
        /// It costs more than the mandate allows.
        AboveCeiling = "above-ceiling",
        /// The mandate does not hold in this wijk.
        OutsideWijk = "outside-wijk",
        /// The mandate does not hold in this domain.
        OutsideDomain = "outside-domain",
        /// It departs from policy.
        DeviatesFromPolicy = "deviates-from-policy",
        /// Too sensitive to decide alone.
        Sensitive = "sensitive",
        /// The organ has claimed it.
        ClaimedByOrgan = "claimed-by-organ",
        /// The law excludes a mandate (Awb 10:3).
        LegallyExcluded = "legally-excluded",
        /// The one who would decide is personally interested.
        PersonalInterest = "personal-interest",
        /// The gebiedstafel disagrees on the lead.
        TableDisagrees = "table-disagrees",
        /// Imported: submitted up the line.
        SubmittedUp = "submitted-up",
        /// Imported: passed to the competent authority.
        CompetentAuthority = "competent-authority",
        /// Imported: the term of the procedure was extended.
        TermExtended = "term-extended",
        /// Imported: advice was asked.
        AdviceAsked = "advice-asked",
        /// Imported: an objection was lodged.
        Objection = "objection",
        /// Imported: an appeal was lodged.
        Appeal = "appeal",
        /// Imported: handed to another agency.
        OtherAgency = "other-agency",
    }
}

words! {
    /// Why a closed request is opened again.
    ReopenCause, "a cause: not-fixed, new-facts, disputed or closed-by-mistake" {
        /// Closed is not fixed.
        NotFixed = "not-fixed",
        /// Something became known.
        NewFacts = "new-facts",
        /// The requester disputes the outcome.
        Disputed = "disputed",
        /// It should not have been closed.
        ClosedByMistake = "closed-by-mistake",
    }
}

words! {
    /// Why nobody was told that a request was closed.
    NoMessageReason, "a reason: anonymous, declined, unreachable or no-requester" {
        /// The requester is not known.
        Anonymous = "anonymous",
        /// The requester wanted no message.
        Declined = "declined",
        /// No message could be delivered.
        Unreachable = "unreachable",
        /// The regisseur's own initiative.
        NoRequester = "no-requester",
    }
}

words! {
    /// Why residents were not consulted.
    NotConsultedReason, "a reason: urgent, no-effect-on-others, confidential or requester-only" {
        /// It could not wait.
        Urgent = "urgent",
        /// Nobody else is affected.
        NoEffectOnOthers = "no-effect-on-others",
        /// Talking about it would harm someone.
        Confidential = "confidential",
        /// Only the requester was concerned, and was heard.
        RequesterOnly = "requester-only",
    }
}

words! {
    /// Who a request comes from.
    RequesterKind, "a requester kind: resident, wijkraad, organisation, own-initiative, anonymous or unknown" {
        /// A resident.
        Resident = "resident",
        /// A neighbourhood council, as a body.
        Wijkraad = "wijkraad",
        /// An organisation.
        Organisation = "organisation",
        /// The regisseur's own initiative.
        OwnInitiative = "own-initiative",
        /// Someone who gave no name.
        Anonymous = "anonymous",
        /// Not recorded.
        Unknown = "unknown",
    }
}

words! {
    /// Which of the two clocks a term belongs to; they run side by side.
    Clock, "a clock: servicenorm or wettelijk" {
        /// What the municipality promises.
        Servicenorm = "servicenorm",
        /// What the law allows (Awb 4:13).
        Wettelijk = "wettelijk",
    }
}
