//! Real records as commands: what would the rules have said, against a register that is stated?
//!
//! Nothing is taken for a fact here. Each step of a case is put to the rules as a command of its own time,
//! by whoever would give it, and what is refused is listed with the rule's own code.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use dispatch::{Call, Clock, Dispatch, DispatchError, RegisterCommand, SystemIds};
use jiff::Timestamp;
use serde::Serialize;
use uuid::Uuid;

use crate::append::Destination;
use crate::facts::{CaseFacts, Fact};
use crate::prepare::{Prepared, Progress};
use crate::report::{Counts, count};
use crate::spool::SpoolError;

mod stated;
mod step;

pub use stated::StatedRegister;
use step::{Step, step};

/// One command that was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Refused {
    /// The case, or `register` for what was stated.
    pub case: String,
    /// Where its record stands.
    pub place: String,
    /// When the command was given.
    pub at: Timestamp,
    /// The action, such as `decide`.
    pub action: String,
    /// The rule's machine code.
    pub code: String,
    /// The rule's own sentence.
    pub why: String,
    /// Whether the refusal is itself a fact in the log, as that of a failed mandate check.
    pub recorded: bool,
}

/// What the rules said.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CommandReport {
    /// The source, as its mapping names it.
    pub source: String,
    /// Cases, each a request.
    pub requests: u64,
    /// Commands that did what they asked, by action.
    pub done: Counts,
    /// Commands that were refused, by action and code.
    pub refused: BTreeMap<String, Counts>,
    /// Each of these.
    pub refusals: Vec<Refused>,
    /// Commands of these that were there before, from an earlier run.
    pub repeated: u64,
    /// Facts that no command could say, by kind.
    pub no_command: Counts,
    /// Records that no rule of the mapping makes a fact of, by activity.
    pub unmapped: Counts,
}

/// Why it stopped.
#[derive(Debug, thiserror::Error)]
pub enum CommandsError {
    /// The municipality has a history of its own.
    #[error(
        "{tenant} has a history of its own, and a stated register would become part of it for good; make a municipality for this with `tenant create`"
    )]
    NotApart {
        /// The municipality.
        tenant: eventlog::Tenant,
    },
    /// Records have problems.
    #[error(
        "{count} records cannot be put to the rules, so none was; the first: {first}. Mend the file or the mapping"
    )]
    Problems {
        /// How many.
        count: u64,
        /// The first of them.
        first: String,
    },
    /// The log could not be read.
    #[error(transparent)]
    Read(#[from] eventlog::ReadError),
    /// The temporary file failed.
    #[error(transparent)]
    Spool(#[from] SpoolError),
    /// A command could neither be carried out nor refused.
    #[error("case `{case}`: {source}")]
    Dispatch {
        /// The case.
        case: String,
        /// Why not.
        source: DispatchError,
    },
}

/// A clock that is told what time it is.
struct Told(AtomicI64);

impl Told {
    fn tell(&self, at: Timestamp) {
        self.0.store(at.as_microsecond(), Ordering::Relaxed);
    }
}

impl Clock for Told {
    fn now(&self) -> Timestamp {
        Timestamp::from_microsecond(self.0.load(Ordering::Relaxed)).unwrap_or(Timestamp::MIN)
    }
}

impl Prepared {
    /// Puts every case to the rules, after the register was stated.
    ///
    /// A command's id follows from its record, so another run repeats what was done; what was refused
    /// without a trace is decided again, on a request that has gone on since.
    pub async fn as_commands(
        &self,
        to: Destination<'_>,
        register: &StatedRegister,
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<CommandReport, CommandsError> {
        let clock = Arc::new(Told(AtomicI64::default()));
        let run = Run {
            prepared: self,
            dispatch: Dispatch::telling(
                to.log.clone(),
                to.vault.clone(),
                Arc::clone(&clock) as Arc<dyn Clock>,
                Arc::new(SystemIds),
            ),
            clock,
            to,
            register,
        };
        let read = self.report();
        if let Some(first) = read.problems.first() {
            return Err(CommandsError::Problems {
                count: read.problem_count,
                first: first.to_string(),
            });
        }
        run.stands_apart().await?;
        let mut report = CommandReport {
            source: self.mapping().source.clone(),
            unmapped: read.unmapped.clone(),
            ..CommandReport::default()
        };
        run.state(&mut report).await?;
        let of = self.report().requests;
        for (cases, case) in (1..).zip(self.cases()?) {
            run.case(&case?, &mut report).await?;
            report.requests = cases;
            progress(Progress::Appending { cases, of });
        }
        Ok(report)
    }
}

struct Run<'a> {
    prepared: &'a Prepared,
    dispatch: Dispatch,
    clock: Arc<Told>,
    to: Destination<'a>,
    register: &'a StatedRegister,
}

impl Run<'_> {
    /// Refuses a municipality whose log does not begin with this very register.
    ///
    /// What is stated for a trial is written down like any other mandate, and can never be taken back:
    /// it must not come to stand beside real ones.
    async fn stands_apart(&self) -> Result<(), CommandsError> {
        let first = self.to.log.read_after(self.to.tenant, 0, 1).await?;
        let stated = self.register.commands().into_iter().next();
        let ours = stated.map(|(what, _)| self.prepared.key().stated(&what));
        match first.first() {
            Some(event) if Some(event.command_id) != ours => Err(CommandsError::NotApart {
                tenant: self.to.tenant.clone(),
            }),
            _ => Ok(()),
        }
    }

    /// Writes the stated register down, at the moment it is stated from.
    async fn state(&self, report: &mut CommandReport) -> Result<(), CommandsError> {
        let at = self.register.from();
        self.clock.tell(at);
        for (what, command) in self.register.commands() {
            let call = self.call(
                self.prepared.key().stated(&what),
                StatedRegister::keeper(),
                what.clone().into_bytes(),
            );
            let action = match command {
                RegisterCommand::ListWijken(_) => "list-wijken",
                RegisterCommand::Mandate(_) => "grant",
                RegisterCommand::SetNorm { .. } => "set-norm",
            };
            let answer = self.dispatch.register(&call, command).await;
            let refused = |code: String, why: String, recorded| Refused {
                case: "register".to_owned(),
                place: what.clone(),
                at,
                action: action.to_owned(),
                code,
                why,
                recorded,
            };
            take(report, action, answer, refused).map_err(|source| CommandsError::Dispatch {
                case: "register".to_owned(),
                source,
            })?;
        }
        Ok(())
    }

    async fn case(
        &self,
        case: &CaseFacts,
        report: &mut CommandReport,
    ) -> Result<(), CommandsError> {
        let mut channel = casework::Channel::Unknown;
        for fact in &case.facts {
            if let casework::Event::RequestSubmitted(submitted) = &fact.event {
                channel = submitted.channel;
            }
            let Some(step) = step(fact, channel, self.register) else {
                count(&mut report.no_command, fact.event.kind());
                continue;
            };
            self.step(case, fact, step, report).await?;
        }
        Ok(())
    }

    async fn step(
        &self,
        case: &CaseFacts,
        fact: &Fact,
        step: Step,
        report: &mut CommandReport,
    ) -> Result<(), CommandsError> {
        self.clock.tell(fact.moment.at);
        let call = self.call(fact.id, step.by, fact.id.as_bytes().to_vec());
        let action = step.action;
        let answer = self
            .dispatch
            .request(&call, case.request, step.intent)
            .await;
        let refused = |code: String, why: String, recorded| Refused {
            case: case.case.clone(),
            place: fact.place.to_string(),
            at: fact.moment.at,
            action: action.to_owned(),
            code,
            why,
            recorded,
        };
        take(report, action, answer, refused).map_err(|source| CommandsError::Dispatch {
            case: case.case.clone(),
            source,
        })
    }

    fn call(&self, id: Uuid, by: casework::By, sent: Vec<u8>) -> Call {
        Call {
            tenant: self.to.tenant.clone(),
            by,
            command_id: id,
            correlation: id,
            expected_version: None,
            sent,
        }
    }
}

/// Counts an answer; anything but a receipt or a refusal is an error.
fn take(
    report: &mut CommandReport,
    action: &str,
    answer: Result<dispatch::Receipt, DispatchError>,
    refused: impl FnOnce(String, String, bool) -> Refused,
) -> Result<(), DispatchError> {
    let refused = match answer {
        Ok(receipt) => {
            report.repeated += u64::from(receipt.repeated);
            count(&mut report.done, action);
            return Ok(());
        }
        Err(DispatchError::Refused { refusal, recorded }) => refused(
            refusal.code().to_owned(),
            refusal.to_string(),
            recorded.is_some(),
        ),
        Err(DispatchError::RefusedBefore { code, recorded }) => {
            report.repeated += u64::from(recorded.repeated);
            refused(code, "geweigerd bij een eerdere keer".to_owned(), true)
        }
        Err(other) => return Err(other),
    };
    let of_action = report.refused.entry(action.to_owned()).or_default();
    count(of_action, &refused.code);
    report.refusals.push(refused);
    Ok(())
}

#[cfg(test)]
mod tests;
