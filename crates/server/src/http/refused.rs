//! The one table from what went wrong to a status: who (401, 403), what (400, 404), rules (409), time (412, 503).

use axum::http::StatusCode;
use casework::Refusal;
use dispatch::DispatchError;
use eventlog::{AppendError, ReadError};
use projection::{OpenError, ProjectionError, ViewError, WaitError};
use readmodel::dossier::DossierError;
use readmodel::evaluation::ReportError;

use super::problem::{InvalidParam, Problem};

/// What kind of refusal a rule gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Someone else may: 403.
    Who,
    /// The named member of the body is wrong, whatever the state: 400.
    Input(&'static str),
    /// Not now, or not like this: 409.
    Rule,
}

fn kind(refusal: &Refusal) -> Kind {
    match refusal {
        Refusal::MayNot { .. } | Refusal::NotTheLead | Refusal::NotTheOrgan { .. } => Kind::Who,
        Refusal::EmptyText { field } | Refusal::TextTooLong { field, .. } => Kind::Input(field),
        Refusal::NotAKind => Kind::Input("soort"),
        Refusal::UnknownWijk { .. } => Kind::Input("wijk"),
        Refusal::NegativeAmount { .. } => Kind::Input("bedragCenten"),
        Refusal::PeriodReversed { .. } => Kind::Input("geldigTotEnMet"),
        Refusal::RevokedInThePast { .. } => Kind::Input("ingangsdatum"),
        Refusal::EmptyScope => Kind::Input("wijken"),
        Refusal::ImpossibleEdition { .. } => Kind::Input("editie"),
        Refusal::ImpossibleNorm { .. } => Kind::Input("dagen"),
        Refusal::NotSubmitted
        | Refusal::AlreadySubmitted
        | Refusal::NoWijk
        | Refusal::NoDomain
        | Refusal::NoLead
        | Refusal::AlreadyEnded
        | Refusal::NotEnded
        | Refusal::AlreadyDecided
        | Refusal::NotDecided
        | Refusal::Escalated { .. }
        | Refusal::NotEscalated
        | Refusal::NotCityHall { .. }
        | Refusal::NoMandate { .. }
        | Refusal::UnknownMandate { .. }
        | Refusal::NotTheHolder { .. }
        | Refusal::MandateNotInForce { .. }
        | Refusal::MandateRevoked { .. }
        | Refusal::OutsideWijk { .. }
        | Refusal::OutsideDomain { .. }
        | Refusal::AboveCeiling { .. }
        | Refusal::MandateExists { .. }
        | Refusal::PersonErased => Kind::Rule,
    }
}

/// The answer to a refusal by rule that left nothing in the log.
fn unrecorded(refusal: &Refusal) -> Problem {
    let code = refusal.code();
    let detail = refusal.to_string();
    match kind(refusal) {
        Kind::Who => Problem::forbidden(code, detail).unrecorded(),
        Kind::Rule => Problem::new(StatusCode::CONFLICT, code, detail).unrecorded(),
        Kind::Input(member) => Problem::new(StatusCode::BAD_REQUEST, code, detail.clone())
            .with_param(InvalidParam::new(member, code, detail)),
    }
}

impl From<DispatchError> for Problem {
    fn from(error: DispatchError) -> Self {
        match error {
            DispatchError::Refused {
                refusal,
                recorded: None,
            } => unrecorded(&refusal),
            // Whatever is recorded was a well-formed attempt by the right person: a refusal by rule.
            DispatchError::Refused {
                refusal,
                recorded: Some(receipt),
            } => Self::new(StatusCode::CONFLICT, refusal.code(), refusal.to_string())
                .recorded(&receipt),
            DispatchError::RefusedBefore { code, recorded } => Self::new(
                StatusCode::CONFLICT,
                &code,
                "deze opdracht is eerder geweigerd, en dat is vastgelegd; het dossier zegt waarom",
            )
            .recorded(&recorded),
            DispatchError::Stale { actual, .. } => Self::new(
                StatusCode::PRECONDITION_FAILED,
                "stale-version",
                error.to_string(),
            )
            .at_version(actual),
            DispatchError::Busy => Self::unavailable("busy", error.to_string()),
            DispatchError::CommandReused => {
                Self::new(StatusCode::CONFLICT, "command-reused", error.to_string())
            }
            DispatchError::Undecodable { .. } => Self::internal("undecodable", &error),
            DispatchError::Append(error) => error.into(),
            DispatchError::Read(error) => error.into(),
            DispatchError::Vault(error) => error.into(),
            DispatchError::Encode(_) => Self::internal("internal-error", &error),
        }
    }
}

impl From<AppendError> for Problem {
    fn from(error: AppendError) -> Self {
        match error {
            AppendError::UnknownTenant(_) => Self::unknown_tenant(),
            AppendError::TooLarge { .. } => Self::new(
                StatusCode::BAD_REQUEST,
                "too-large",
                "dit is samen meer dan in een keer kan worden vastgelegd; maak de teksten korter",
            ),
            AppendError::ClockSkew { .. } => Self::unavailable(
                "clock-skew",
                "de klok van de server loopt niet gelijk met die van de database; waarschuw de beheerder",
            )
            .caused_by(&error),
            AppendError::NotStored(_) => Self::unavailable(
                "database-unavailable",
                "de verbinding met de database viel weg en er is niets vastgelegd; stuur dit opnieuw",
            )
            .caused_by(&error),
            AppendError::Unknown(_) => Self::unavailable(
                "outcome-unknown",
                "de verbinding met de database viel weg en het is niet bekend of dit is vastgelegd; stuur het opnieuw met de Idempotency-Key die bij opdracht staat",
            )
            .caused_by(&error),
            AppendError::CommandReused { .. } => DispatchError::CommandReused.into(),
            AppendError::Conflict { .. } => DispatchError::Busy.into(),
            AppendError::Overloaded { .. } => Self::unavailable(
                "busy",
                "er wachten te veel opdrachten tegelijk en deze is niet vastgelegd; stuur haar straks opnieuw",
            )
            .caused_by(&error),
            AppendError::Database(ref source) => database(source, &error),
            AppendError::Restoring(_) => Self::unavailable(
                "being-restored",
                "de gegevens van deze gemeente worden teruggezet; er is niets vastgelegd, stuur dit daarna opnieuw",
            )
            .caused_by(&error),
            AppendError::EventExists { .. } | AppendError::Invalid(_) => {
                Self::internal("internal-error", &error)
            }
        }
    }
}

impl From<ReadError> for Problem {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::UnknownTenant(_) => Self::unknown_tenant(),
            ReadError::Precision { .. } => Self::internal("undecodable", &error),
            ReadError::Database(ref source) => database(source, &error),
            ReadError::Ahead { .. } => Self::new(
                StatusCode::BAD_REQUEST,
                "moment-ahead",
                "dat moment ligt in de toekomst; vraag naar nu of naar eerder",
            ),
            ReadError::BeyondHead { .. } | ReadError::Replay(_) => {
                Self::internal("internal-error", &error)
            }
        }
    }
}

impl From<vault::VaultError> for Problem {
    fn from(error: vault::VaultError) -> Self {
        match &error {
            vault::VaultError::Database(source) => database(source, &error),
            _ => Self::internal("internal-error", &error),
        }
    }
}

impl From<DossierError> for Problem {
    fn from(error: DossierError) -> Self {
        match error {
            DossierError::Undecodable { .. } => Self::internal("undecodable", &error),
            DossierError::View(error) => error.into(),
            DossierError::Vault(error) => error.into(),
            DossierError::Database(error) => error.into(),
        }
    }
}

impl From<ProjectionError> for Problem {
    fn from(error: ProjectionError) -> Self {
        match error {
            ProjectionError::Read(error) => error.into(),
            ProjectionError::Database(error)
            | ProjectionError::Open(OpenError::Database(error)) => error.into(),
            ProjectionError::Parked { .. } | ProjectionError::StandsStill { .. } => {
                Self::internal("undecodable", &error)
            }
            ProjectionError::Stopped { .. }
            | ProjectionError::NotParked { .. }
            | ProjectionError::UnknownProjection { .. }
            | ProjectionError::Open(OpenError::SchemaChanged { .. }) => {
                Self::internal("internal-error", &error)
            }
        }
    }
}

impl From<ViewError> for Problem {
    fn from(error: ViewError) -> Self {
        match error {
            ViewError::StandsStill { name, .. } => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "view-stands-still",
                format!(
                    "het overzicht `{name}` staat stil en is dus niet actueel; de beheerder ziet in het logboek van de server waarom"
                ),
            ),
            ViewError::BeingBuilt {
                name,
                position,
                head,
            } => Self::unavailable(
                "view-being-built",
                format!(
                    "het overzicht `{name}` wordt opgebouwd en is bij positie {position} van {head}; vraag het straks opnieuw"
                ),
            ),
            ViewError::Database(error) => error.into(),
        }
    }
}

impl From<ReportError> for Problem {
    fn from(error: ReportError) -> Self {
        match error {
            ReportError::Incomplete { streams, .. } => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "view-incomplete",
                format!(
                    "er is geen rapportage te maken: van {streams} zaken kan niet alles worden gelezen, en cijfers zonder die zaken zouden niet kloppen; de beheerder ziet met `wijk projection list` waarom"
                ),
            ),
            ReportError::View(error) => error.into(),
            ReportError::Database(error) => error.into(),
        }
    }
}

impl From<WaitError> for Problem {
    fn from(error: WaitError) -> Self {
        match error {
            WaitError::NotYet {
                position, wanted, ..
            } => Self::unavailable(
                "not-yet-projected",
                format!(
                    "het overzicht is bij positie {position}, nog niet bij {wanted}; vraag het zo opnieuw"
                ),
            ),
            WaitError::Database(error) => error.into(),
        }
    }
}

impl From<sqlx::Error> for Problem {
    fn from(error: sqlx::Error) -> Self {
        database(&error, &error)
    }
}

impl Problem {
    pub(crate) fn unknown_tenant() -> Self {
        Self::forbidden(
            "unknown-tenant",
            "de gemeente in uw token is hier niet bekend; vraag een token voor een gemeente die hier wel is",
        )
    }
}

/// A database that cannot be reached will be back; one that refuses a statement is our defect.
fn database(source: &sqlx::Error, error: &dyn std::error::Error) -> Problem {
    if unreachable(source) {
        Problem::unavailable(
            "database-unavailable",
            "de database is nu niet bereikbaar; probeer het zo opnieuw",
        )
        .caused_by(error)
    } else {
        Problem::internal("internal-error", error)
    }
}

fn unreachable(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => true,
        // 08: connection, 53: resources, 57: the operator intervened, 3D000: no such database (any more).
        sqlx::Error::Database(error) => error.code().is_some_and(|code| {
            ["08", "53", "57"]
                .iter()
                .any(|class| code.starts_with(class))
                || code == "3D000"
        }),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
