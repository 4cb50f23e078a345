//! How a command that did not succeed is told: one paragraph, or a problem document, and an exit code.

use std::fmt;
use std::process::ExitCode;

use dispatch::DispatchError;
use eventlog::{AppendError, ConnectError, MigrateError, ReadError};
use import::ImportError;
use projection::{ProjectionError, RebuildError, ViewError};
use readmodel::AsOfError;
use readmodel::dossier::DossierError;
use readmodel::evaluation::ReportError;
use readmodel::trial::TrialError;
use serde::Serialize;
use vault::{KekError, VaultError};

/// Why the command stopped, as far as a script needs to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Something is not there, or does not work.
    Failed,
    /// It was typed wrongly.
    Usage,
    /// A rule refuses it.
    Refused,
    /// What was compared is not the same.
    Differs,
    /// The log has events that this version cannot read.
    Undecodable,
}

impl Exit {
    fn code(self) -> u8 {
        match self {
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Refused => 3,
            Self::Differs => 4,
            Self::Undecodable => 5,
        }
    }

    /// The HTTP status and its title that the API would answer with.
    fn status(self) -> (u16, &'static str) {
        match self {
            Self::Failed => (500, "Mislukt"),
            Self::Usage => (400, "Ongeldige invoer"),
            Self::Refused => (409, "Geweigerd"),
            Self::Differs => (409, "Verschilt"),
            Self::Undecodable => (500, "Onleesbaar"),
        }
    }
}

/// What is wrong with what was asked, found by this program itself.
#[derive(Debug)]
pub(crate) struct Wrong {
    exit: Exit,
    code: &'static str,
    text: String,
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Wrong {}

/// Something is not there, or does not work; `text` says what to do.
pub(crate) fn failed(code: &'static str, text: impl Into<String>) -> anyhow::Error {
    Wrong {
        exit: Exit::Failed,
        code,
        text: text.into(),
    }
    .into()
}

/// What was compared is not the same; the answer that says how was printed before.
pub(crate) fn differs(code: &'static str, text: impl Into<String>) -> anyhow::Error {
    Wrong {
        exit: Exit::Differs,
        code,
        text: text.into(),
    }
    .into()
}

/// The log has events that this version cannot read; the answer that says which was printed before.
pub(crate) fn undecodable(code: &'static str, text: impl Into<String>) -> anyhow::Error {
    Wrong {
        exit: Exit::Undecodable,
        code,
        text: text.into(),
    }
    .into()
}

/// It was typed wrongly; `text` says what is right.
pub(crate) fn mistyped(code: &'static str, text: impl Into<String>) -> anyhow::Error {
    Wrong {
        exit: Exit::Usage,
        code,
        text: text.into(),
    }
    .into()
}

/// A failure, ready to be told.
#[derive(Debug)]
pub(crate) struct Failure {
    exit: Exit,
    code: String,
    text: String,
}

/// A problem document (RFC 9457), with the members the API gives it.
#[derive(Serialize)]
struct Problem<'a> {
    r#type: &'static str,
    code: &'a str,
    title: &'static str,
    status: u16,
    detail: &'a str,
}

impl Failure {
    /// What `clap` found wrong.
    pub(crate) fn usage(text: String) -> Self {
        Self {
            exit: Exit::Usage,
            code: "invalid-input".to_owned(),
            text,
        }
    }

    /// Reads an error and everything it was caused by.
    pub(crate) fn of(error: &anyhow::Error) -> Self {
        let mut text = paragraph(error);
        if error
            .chain()
            .find_map(vault_error)
            .is_some_and(is_other_key)
        {
            text.push_str(OTHER_KEY);
            return Self {
                exit: Exit::Failed,
                code: "other-key".to_owned(),
                text,
            };
        }
        let (exit, code) = error
            .chain()
            .find_map(known)
            .unwrap_or((Exit::Failed, "failed".to_owned()));
        Self { exit, code, text }
    }

    /// Prints it on stderr and says how to exit.
    pub(crate) fn report(&self, json: bool) -> ExitCode {
        let (status, title) = self.exit.status();
        let problem = Problem {
            r#type: "about:blank",
            code: &self.code,
            title,
            status,
            detail: &self.text,
        };
        let told = if json {
            serde_json::to_string(&problem).unwrap_or_default()
        } else {
            format!("wijk: {}", self.text)
        };
        crate::screen::note(&told);
        ExitCode::from(self.exit.code())
    }
}

/// What to do when the key file is not the one a municipality began with.
const OTHER_KEY: &str =
    "; name the right file with --key-file or WIJK_KEY_FILE, or begin anew with another --data-dir";

fn is_other_key(error: &VaultError) -> bool {
    matches!(error, VaultError::OtherKek { .. })
}

/// The vault's error where another one speaks for it.
fn vault_error<'a>(cause: &'a (dyn std::error::Error + 'static)) -> Option<&'a VaultError> {
    if let Some(DispatchError::Vault(error)) = cause.downcast_ref() {
        return Some(error);
    }
    if let Some(ImportError::Vault(error)) = cause.downcast_ref() {
        return Some(error);
    }
    if let Some(demo::SeedError::Vault(error)) = cause.downcast_ref() {
        return Some(error);
    }
    if let Some(DossierError::Vault(error)) = cause.downcast_ref() {
        return Some(error);
    }
    cause.downcast_ref()
}

/// Exit and machine code of the errors that have one.
fn known(cause: &(dyn std::error::Error + 'static)) -> Option<(Exit, String)> {
    let failed = |code: &str| Some((Exit::Failed, code.to_owned()));
    if let Some(wrong) = cause.downcast_ref::<Wrong>() {
        return Some((wrong.exit, wrong.code.to_owned()));
    }
    if let Some(refused) = cause.downcast_ref::<DispatchError>() {
        return match refused {
            DispatchError::Refused { refusal, .. } => {
                Some((Exit::Refused, refusal.code().to_owned()))
            }
            DispatchError::RefusedBefore { code, .. } => Some((Exit::Refused, code.clone())),
            DispatchError::Append(AppendError::ClockSkew { .. }) => failed("clock-skew"),
            DispatchError::Append(AppendError::TooLarge { .. }) => failed("too-large"),
            DispatchError::Append(AppendError::Unknown(_)) => failed("outcome-unknown"),
            DispatchError::Undecodable { .. } => failed("undecodable"),
            _ => failed("failed"),
        };
    }
    if let Some(connect) = cause.downcast_ref::<ConnectError>() {
        return failed(match connect {
            ConnectError::EmptyUrl | ConnectError::MalformedUrl { .. } => "invalid-database-url",
            ConnectError::NoRole { .. } => "not-migrated",
            _ => "database-unavailable",
        });
    }
    if cause.is::<MigrateError>() {
        return failed("migration-failed");
    }
    if cause.is::<localpg::Error>() {
        return failed("no-private-postgres");
    }
    if let Some(ReadError::UnknownTenant(_)) = cause.downcast_ref() {
        return failed("unknown-tenant");
    }
    if cause.is::<import::MappingError>() {
        return failed("invalid-mapping");
    }
    if cause.is::<import::ReadError>() {
        return failed("unreadable-file");
    }
    if let Some(ImportError::Problems { .. }) = cause.downcast_ref() {
        return failed("invalid-records");
    }
    if cause.is::<KekError>() || cause.is::<server::token::TokenKeyError>() {
        return failed("key-file");
    }
    if let Some(code) = cause.downcast_ref().and_then(unread) {
        return failed(code);
    }
    if let Some(code) = rebuilding(cause) {
        return failed(code);
    }
    if let Some(ReadError::Ahead { .. } | ReadError::BeyondHead { .. }) = read_error(cause) {
        return Some((Exit::Usage, "moment-ahead".to_owned()));
    }
    match cause.downcast_ref() {
        Some(ReportError::Incomplete { .. }) => return failed("view-incomplete"),
        Some(ReportError::View(error)) => return unread(error).and_then(failed),
        _ => {}
    }
    match cause.downcast_ref()? {
        ProjectionError::UnknownProjection { .. } => {
            Some((Exit::Usage, "unknown-projection".to_owned()))
        }
        ProjectionError::NotParked { .. } => Some((Exit::Usage, "not-parked".to_owned())),
        ProjectionError::Parked { .. } => failed("streams-parked"),
        ProjectionError::StandsStill { .. } => failed("view-stands-still"),
        ProjectionError::Stopped { .. } => failed("view-stopped"),
        _ => None,
    }
}

/// The error of reading the log where another one speaks for it.
fn read_error<'a>(cause: &'a (dyn std::error::Error + 'static)) -> Option<&'a ReadError> {
    if let Some(AsOfError::Read(error)) = cause.downcast_ref() {
        return Some(error);
    }
    if let Some(TrialError::Read(error)) = cause.downcast_ref() {
        return Some(error);
    }
    cause.downcast_ref()
}

/// Machine code of a view that was not built anew, compared or switched.
fn rebuilding(cause: &(dyn std::error::Error + 'static)) -> Option<&'static str> {
    if let Some(AsOfError::Report(ReportError::Incomplete { .. })) = cause.downcast_ref() {
        return Some("view-incomplete");
    }
    Some(match cause.downcast_ref()? {
        RebuildError::Busy { .. } => "rebuild-under-way",
        RebuildError::TakenOver { .. } => "rebuild-taken-over",
        RebuildError::Switched { .. } => "switched-meanwhile",
        RebuildError::NoOther { .. } => "no-other-build",
        RebuildError::NotReady { .. } => "build-not-ready",
        _ => return None,
    })
}

/// Machine code of a view that does not answer.
fn unread(error: &ViewError) -> Option<&'static str> {
    match error {
        ViewError::StandsStill { .. } => Some("view-stands-still"),
        ViewError::BeingBuilt { .. } => Some("view-being-built"),
        ViewError::Database(_) => None,
    }
}

/// The error with what caused it, each told once, and for some what to do.
fn paragraph(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain() {
        let next = cause.to_string();
        if text.contains(&next) {
            continue;
        }
        if !text.is_empty() {
            text.push_str(": ");
        }
        text.push_str(&next);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_exits_with_three_and_its_own_code() {
        let refused = DispatchError::from(casework::Refusal::PersonErased);
        let error = anyhow::Error::from(refused).context("in a context");
        let failure = Failure::of(&error);
        assert_eq!(failure.exit.code(), 3);
        assert_eq!(failure.code, "person-erased");
    }

    #[test]
    fn what_caused_an_error_is_told_once() {
        let inner = anyhow::anyhow!("the disk is full");
        let error = inner.context("cannot write: the disk is full");
        assert_eq!(paragraph(&error), "cannot write: the disk is full");
        let inner = anyhow::anyhow!("the disk is full");
        assert_eq!(
            paragraph(&inner.context("cannot write")),
            "cannot write: the disk is full"
        );
    }
}
