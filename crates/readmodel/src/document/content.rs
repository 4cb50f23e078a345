//! What each kind of fact says in the clear, as a dossier shows it.

use casework::event::{
    Basis, Clock, Closing, Event, FactCorrected, Ground, NoMessageReason, NotConsultedReason,
    Outcome, ReopenCause, RequestDecided, RequesterKind, Residents,
};
use casework::mandate::{Check, Limits, MandateKind};
use casework::{
    Cents, Channel, Domain, Function, MandateId, PersonId, Placement, StaffId, WijkCode,
    WijkSource, stored,
};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// The clear part of a step, by the kind of fact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = DossierInhoud)]
#[serde(tag = "soort", rename_all = "kebab-case")]
#[allow(
    missing_docs,
    reason = "members mean what they mean in casework::event"
)]
pub enum Content {
    RequestImported {
        #[serde(rename = "bron")]
        source_name: String,
        #[serde(rename = "zaaknummer")]
        case_number: String,
        #[serde(flatten)]
        placement: PlacementContent,
        #[serde(rename = "soortVerzoek")]
        request_kind: Option<String>,
    },
    RequestSubmitted {
        #[serde(flatten)]
        placement: PlacementContent,
        #[serde(rename = "soortVerzoek")]
        request_kind: Option<String>,
        #[serde(rename = "kanaal")]
        #[schema(value_type = String)]
        channel: Channel,
        #[serde(rename = "soortVerzoeker")]
        #[schema(value_type = String)]
        requester_kind: RequesterKind,
        #[serde(rename = "verzoeker")]
        #[schema(value_type = Option<uuid::Uuid>)]
        requester: Option<PersonId>,
    },
    RequestPlaced {
        #[serde(flatten)]
        placement: PlacementContent,
    },
    TermSet {
        #[serde(rename = "klok")]
        #[schema(value_type = String)]
        clock: Clock,
        #[serde(rename = "einddatum")]
        #[schema(value_type = String, format = Date)]
        end: Date,
        #[serde(rename = "regel")]
        rule: String,
        #[serde(rename = "regelversie")]
        rule_version: i64,
    },
    RequestAssigned {
        #[serde(rename = "functie")]
        #[schema(value_type = Option<String>)]
        function: Option<Function>,
        #[serde(rename = "persoon")]
        #[schema(value_type = Option<String>)]
        person: Option<StaffId>,
        #[serde(rename = "spoed")]
        urgent: bool,
    },
    RequestDecided {
        #[serde(rename = "uitkomst")]
        #[schema(value_type = String)]
        outcome: Outcome,
        #[serde(rename = "bedragCenten")]
        #[schema(value_type = Option<i64>)]
        amount: Option<Cents>,
        /// On what it rests: mandate, organ or unknown.
        #[serde(rename = "grondslag")]
        basis: &'static str,
        /// The entry as it stood when the decision was taken.
        #[serde(rename = "mandaat")]
        mandate: Option<MandateContent>,
        /// The organ that decided, after an escalation.
        #[serde(rename = "orgaan")]
        #[schema(value_type = Option<String>)]
        organ: Option<Function>,
        #[serde(rename = "functie")]
        #[schema(value_type = Option<String>)]
        function: Option<Function>,
        /// Null in imported history.
        #[serde(rename = "bewoners")]
        residents: Option<ResidentsContent>,
    },
    DecisionRefused {
        /// The refusal's machine code.
        code: String,
        #[serde(rename = "uitkomst")]
        #[schema(value_type = String)]
        outcome: Outcome,
        #[serde(rename = "bedragCenten")]
        #[schema(value_type = Option<i64>)]
        amount: Option<Cents>,
        #[serde(rename = "functie")]
        #[schema(value_type = Option<String>)]
        function: Option<Function>,
        #[serde(rename = "mandaat")]
        #[schema(value_type = Option<String>)]
        entry: Option<MandateId>,
        #[serde(rename = "mandaatversie")]
        entry_version: Option<i64>,
        /// What the entry allowed; null where none was found.
        #[serde(rename = "grenzen")]
        limits: Option<LimitsContent>,
        #[serde(rename = "toetsen")]
        checks: Vec<CheckContent>,
    },
    MandateStated {
        #[serde(rename = "onderMandaat")]
        under_mandate: bool,
    },
    RequestEscalated {
        #[serde(rename = "naar")]
        #[schema(value_type = Option<String>)]
        to: Option<Function>,
        #[serde(rename = "grond")]
        #[schema(value_type = String)]
        ground: Ground,
    },
    EscalationReturned {
        #[serde(rename = "orgaan")]
        #[schema(value_type = Option<String>)]
        organ: Option<Function>,
    },
    RequestResolved {
        /// Null in imported history.
        #[serde(rename = "afsluiting")]
        closing: Option<ClosingContent>,
    },
    RequestReopened {
        #[serde(rename = "aanleiding")]
        #[schema(value_type = String)]
        cause: ReopenCause,
        /// The requester, when it is they who reopened it.
        #[serde(rename = "verzoeker")]
        #[schema(value_type = Option<uuid::Uuid>)]
        requester: Option<PersonId>,
    },
    RequestWithdrawn {
        /// The requester, when it is they who withdrew it.
        #[serde(rename = "verzoeker")]
        #[schema(value_type = Option<uuid::Uuid>)]
        requester: Option<PersonId>,
    },
    FactCorrected {
        /// The event it corrects.
        #[serde(rename = "corrigeert")]
        corrects: Uuid,
        /// When that happened after all.
        #[serde(rename = "gebeurdOp")]
        #[schema(value_type = String, format = DateTime)]
        occurred_at: Timestamp,
        /// What it should have said.
        #[serde(rename = "feit")]
        #[schema(value_type = Object)]
        fact: Box<Content>,
    },
    /// A fact of another kind of stream, which has no place in that of a request.
    Foreign {
        #[serde(rename = "feit")]
        kind: &'static str,
    },
}

/// Where a request belongs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = DossierPlaatsing)]
pub struct PlacementContent {
    /// The wijk; null where it is not known.
    #[schema(value_type = Option<String>)]
    pub wijk: Option<WijkCode>,
    /// Year of the CBS edition of the code.
    #[serde(rename = "editie")]
    pub edition: Option<i16>,
    /// How the wijk is known: stated, derived or unknown.
    #[serde(rename = "wijkHerkomst")]
    #[schema(value_type = String)]
    pub source: WijkSource,
    /// The field.
    #[serde(rename = "domein")]
    #[schema(value_type = Option<String>)]
    pub domain: Option<Domain>,
}

/// The entry of the mandate register a decision rests on, as it stood then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = DossierMandaat)]
pub struct MandateContent {
    /// The entry.
    #[serde(rename = "mandaat")]
    #[schema(value_type = String)]
    pub entry: MandateId,
    /// How often it had changed.
    #[serde(rename = "versie")]
    pub version: i64,
    /// What it allowed.
    #[serde(rename = "grenzen")]
    pub limits: LimitsContent,
    /// Each check with the values it used.
    #[serde(rename = "toetsen")]
    pub checks: Vec<CheckContent>,
}

/// What an entry allowed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = DossierMandaatgrenzen)]
pub struct LimitsContent {
    /// mandaat, volmacht or machtiging.
    #[serde(rename = "soort")]
    #[schema(value_type = String)]
    pub kind: MandateKind,
    /// The organ that granted it.
    #[serde(rename = "verlener")]
    #[schema(value_type = String)]
    pub grantor: Function,
    /// The power, with its statutory basis.
    #[serde(rename = "bevoegdheid")]
    pub power: String,
    /// The function that holds it.
    #[serde(rename = "houder")]
    #[schema(value_type = String)]
    pub holder: Function,
    /// The wijken it holds in; null for all.
    #[schema(value_type = Option<Vec<String>>)]
    pub wijken: Option<Vec<WijkCode>>,
    /// The domains it holds in; null for all.
    #[serde(rename = "domeinen")]
    #[schema(value_type = Option<Vec<String>>)]
    pub domains: Option<Vec<Domain>>,
    /// The most one decision may cost; null for no ceiling.
    #[serde(rename = "plafondCenten")]
    #[schema(value_type = Option<i64>)]
    pub ceiling: Option<Cents>,
    /// The first day in force.
    #[serde(rename = "geldigVan")]
    #[schema(value_type = String, format = Date)]
    pub valid_from: Date,
    /// The last day in force; null for open-ended.
    #[serde(rename = "geldigTotEnMet")]
    #[schema(value_type = Option<String>, format = Date)]
    pub valid_until: Option<Date>,
    /// A trial.
    #[serde(rename = "proef")]
    pub trial: bool,
    /// The decision it was granted by.
    #[serde(rename = "kenmerk")]
    pub reference: Option<String>,
}

/// One check of a mandate with the values it used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = DossierToets)]
#[serde(tag = "toets", rename_all = "kebab-case")]
#[allow(
    missing_docs,
    reason = "members mean what they mean in casework::mandate::Check"
)]
pub enum CheckContent {
    Holder {
        #[serde(rename = "geslaagd")]
        passed: bool,
        #[serde(rename = "houder")]
        #[schema(value_type = String)]
        holder: Function,
        #[serde(rename = "functie")]
        #[schema(value_type = String)]
        function: Function,
    },
    InForce {
        #[serde(rename = "geslaagd")]
        passed: bool,
        #[serde(rename = "op")]
        #[schema(value_type = String, format = Date)]
        on: Date,
        #[serde(rename = "geldigVan")]
        #[schema(value_type = String, format = Date)]
        from: Date,
        #[serde(rename = "geldigTotEnMet")]
        #[schema(value_type = Option<String>, format = Date)]
        until: Option<Date>,
        #[serde(rename = "ingetrokkenVanaf")]
        #[schema(value_type = Option<String>, format = Date)]
        revoked_from: Option<Date>,
    },
    Wijk {
        #[serde(rename = "geslaagd")]
        passed: bool,
        #[schema(value_type = Option<String>)]
        wijk: Option<WijkCode>,
    },
    Domain {
        #[serde(rename = "geslaagd")]
        passed: bool,
        #[serde(rename = "domein")]
        #[schema(value_type = Option<String>)]
        domain: Option<Domain>,
    },
    Ceiling {
        #[serde(rename = "geslaagd")]
        passed: bool,
        #[serde(rename = "bedragCenten")]
        #[schema(value_type = Option<i64>)]
        amount: Option<Cents>,
        #[serde(rename = "plafondCenten")]
        #[schema(value_type = Option<i64>)]
        ceiling: Option<Cents>,
    },
}

/// What residents had to do with a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = DossierBewoners)]
pub struct ResidentsContent {
    /// Whether they were consulted.
    #[serde(rename = "geraadpleegd")]
    pub consulted: bool,
    /// How many were spoken with, where that was counted.
    #[serde(rename = "aantal")]
    pub count: Option<u32>,
    /// Why not, where they were not.
    #[serde(rename = "reden")]
    #[schema(value_type = Option<String>)]
    pub reason: Option<NotConsultedReason>,
}

/// How the requester heard that a request was closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = DossierAfsluiting)]
pub struct ClosingContent {
    /// How a message was sent; null when none was.
    #[serde(rename = "kanaal")]
    #[schema(value_type = Option<String>)]
    pub channel: Option<Channel>,
    /// Why nobody was told; null when a message was sent.
    #[serde(rename = "reden")]
    #[schema(value_type = Option<String>)]
    pub reason: Option<NoMessageReason>,
}

impl Content {
    /// What an event says.
    pub(crate) fn of(event: &Event) -> Result<Self, stored::DecodeError> {
        Ok(match event {
            Event::RequestImported(event) => Self::RequestImported {
                source_name: event.source_name.clone(),
                case_number: event.case_number.clone(),
                placement: PlacementContent::of(&event.placement, event.domain),
                request_kind: event.request_kind.clone(),
            },
            Event::RequestSubmitted(event) => Self::RequestSubmitted {
                placement: PlacementContent::of(&event.placement, event.domain),
                request_kind: event.request_kind.clone(),
                channel: event.channel,
                requester_kind: event.requester_kind,
                requester: event.requester,
            },
            Event::RequestPlaced(event) => Self::RequestPlaced {
                placement: PlacementContent::of(&event.placement, event.domain),
            },
            Event::TermSet(event) => Self::TermSet {
                clock: event.clock,
                end: event.end,
                rule: event.rule.clone(),
                rule_version: event.rule_version,
            },
            Event::RequestAssigned(event) => Self::RequestAssigned {
                function: event.lead.function.clone(),
                person: event.lead.person.clone(),
                urgent: event.urgent,
            },
            Event::RequestDecided(event) => Self::decided(event),
            Event::DecisionRefused(event) => Self::DecisionRefused {
                code: event.code.clone(),
                outcome: event.outcome,
                amount: event.amount_cents,
                function: event.function.clone(),
                entry: event.entry.clone(),
                entry_version: event.entry_version,
                limits: event.limits.as_deref().map(LimitsContent::of),
                checks: event.checks.iter().map(CheckContent::of).collect(),
            },
            Event::MandateStated(event) => Self::MandateStated {
                under_mandate: event.under_mandate,
            },
            Event::RequestEscalated(event) => Self::RequestEscalated {
                to: event.to.clone(),
                ground: event.ground,
            },
            Event::EscalationReturned(event) => Self::EscalationReturned {
                organ: event.organ.clone(),
            },
            Event::RequestResolved(event) => Self::RequestResolved {
                closing: event.closing.as_ref().map(ClosingContent::of),
            },
            Event::RequestReopened(event) => Self::RequestReopened {
                cause: event.cause,
                requester: event.requester,
            },
            Event::RequestWithdrawn(event) => Self::RequestWithdrawn {
                requester: event.requester,
            },
            Event::FactCorrected(event) => Self::corrected(event)?,
            Event::MandateGranted(_)
            | Event::MandateRevoked(_)
            | Event::WijkListed(_)
            | Event::ServicenormSet(_)
            | Event::PersonErased(_) => Self::Foreign { kind: event.kind() },
        })
    }

    fn decided(event: &RequestDecided) -> Self {
        let (basis, mandate, organ) = match &event.basis {
            Basis::Mandate {
                entry,
                entry_version,
                limits,
                checks,
            } => {
                let mandate = MandateContent {
                    entry: entry.clone(),
                    version: *entry_version,
                    limits: LimitsContent::of(limits),
                    checks: checks.iter().map(CheckContent::of).collect(),
                };
                ("mandate", Some(mandate), None)
            }
            Basis::Organ { organ } => ("organ", None, Some(organ.clone())),
            Basis::Unknown => ("unknown", None, None),
        };
        Self::RequestDecided {
            outcome: event.outcome,
            amount: event.amount_cents,
            basis,
            mandate,
            organ,
            function: event.function.clone(),
            residents: event.residents.as_ref().map(ResidentsContent::of),
        }
    }

    fn corrected(event: &FactCorrected) -> Result<Self, stored::DecodeError> {
        let fact = event.fact.decode()?;
        Ok(Self::FactCorrected {
            corrects: event.corrects,
            occurred_at: event.occurred_at,
            fact: Box::new(Self::of(&fact)?),
        })
    }
}

impl PlacementContent {
    fn of(placement: &Placement, domain: Option<Domain>) -> Self {
        Self {
            wijk: placement.wijk.clone(),
            edition: placement.edition,
            source: placement.source,
            domain,
        }
    }
}

impl LimitsContent {
    fn of(limits: &Limits) -> Self {
        Self {
            kind: limits.kind,
            grantor: limits.grantor.clone(),
            power: limits.power.clone(),
            holder: limits.holder.clone(),
            wijken: limits
                .wijken
                .as_ref()
                .map(|all| all.iter().cloned().collect()),
            domains: limits
                .domains
                .as_ref()
                .map(|all| all.iter().copied().collect()),
            ceiling: limits.ceiling_cents,
            valid_from: limits.valid_from,
            valid_until: limits.valid_until,
            trial: limits.trial,
            reference: limits.reference.clone(),
        }
    }
}

impl CheckContent {
    fn of(check: &Check) -> Self {
        match check.clone() {
            Check::Holder {
                passed,
                holder,
                function,
            } => Self::Holder {
                passed,
                holder,
                function,
            },
            Check::InForce {
                passed,
                on,
                from,
                until,
                revoked_from,
            } => Self::InForce {
                passed,
                on,
                from,
                until,
                revoked_from,
            },
            Check::Wijk { passed, wijk } => Self::Wijk { passed, wijk },
            Check::Domain { passed, domain } => Self::Domain { passed, domain },
            Check::Ceiling {
                passed,
                amount_cents,
                ceiling_cents,
            } => Self::Ceiling {
                passed,
                amount: amount_cents,
                ceiling: ceiling_cents,
            },
        }
    }
}

impl ResidentsContent {
    fn of(residents: &Residents) -> Self {
        match residents {
            Residents::Yes { count } => Self {
                consulted: true,
                count: *count,
                reason: None,
            },
            Residents::No { reason } => Self {
                consulted: false,
                count: None,
                reason: Some(*reason),
            },
        }
    }
}

impl ClosingContent {
    fn of(closing: &Closing) -> Self {
        match closing {
            Closing::Message { channel } => Self {
                channel: Some(*channel),
                reason: None,
            },
            Closing::NoMessage { reason } => Self {
                channel: None,
                reason: Some(*reason),
            },
        }
    }
}
