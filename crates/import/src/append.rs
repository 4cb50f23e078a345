//! The second pass: the facts of each case to its stream, a case at a time, only what is not there yet.

use std::collections::HashSet;

use casework::request::Request;
use eventlog::{Append, AppendError, Expected, Log, NewEvent, StreamId, Tenant, Write};
use uuid::Uuid;
use vault::{Vault, VaultError};

use crate::facts::{CaseFacts, Fact, Written, write_down};
use crate::prepare::{Prepared, Progress};
use crate::report::{Changed, PROBLEMS_LISTED, Report, count};
use crate::spool::SpoolError;

mod batch;
mod correct;
mod known;
mod seal;

use batch::{Batch, Planned};
use known::{CORRECTED, Known};
use seal::Seals;

/// The most events one append carries; a longer case takes several.
const APPEND_EVENTS_MAX: usize = 500;

/// How often a case is read again after losing a race against somebody else.
const ATTEMPTS_MAX: u32 = 16;

/// Where facts go.
#[derive(Clone, Copy)]
pub struct Destination<'a> {
    /// The log.
    pub log: &'a Log,
    /// The keys that texts are encrypted under.
    pub vault: &'a Vault,
    /// The municipality.
    pub tenant: &'a Tenant,
}

/// What the one who imports decides.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Choices {
    /// Append a correction for each record that changed since it was imported; else they are only listed.
    pub correct: bool,
    /// Import what has no problem though other records have one; else one problem is enough to append nothing.
    pub despite_problems: bool,
}

/// Why an import stopped. What was appended until then stays; the same import again adds the rest.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// Records have problems and it was not said to go on.
    #[error(
        "{count} records cannot be imported, so nothing was; the first: {first}. Mend the file or the mapping, or choose to import the rest"
    )]
    Problems {
        /// How many.
        count: u64,
        /// The first of them.
        first: String,
    },
    /// The temporary file failed.
    #[error(transparent)]
    Spool(#[from] SpoolError),
    /// The log could not be read.
    #[error(transparent)]
    Read(#[from] eventlog::ReadError),
    /// The log could not take a case.
    #[error("case `{case}`: {source}")]
    Append {
        /// The case.
        case: String,
        /// Why not.
        source: AppendError,
    },
    /// A key could not be had.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// What the log or the vault holds of a case cannot be read.
    #[error("case `{case}`: {what}")]
    Unreadable {
        /// The case.
        case: String,
        /// What is wrong.
        what: String,
    },
    /// Somebody else kept writing to the same request.
    #[error("case `{case}`: others keep writing to it; import again later")]
    Busy {
        /// The case.
        case: String,
    },
}

/// What one case adds to what is known of it.
#[derive(Default)]
struct Addition {
    events: Vec<NewEvent>,
    /// Those of them that happened before something the log has already.
    late: HashSet<Uuid>,
    /// What is not added, and why.
    report: Report,
}

impl Prepared {
    /// Appends every fact that the log does not have yet, and tells what became of all.
    ///
    /// Many cases go to the log at once, as one load. May be repeated and interrupted at will: a case is
    /// appended whole or, beyond 500 events, in whole parts, and what is there is not appended again.
    pub async fn append(
        &self,
        to: Destination<'_>,
        choices: Choices,
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<Report, ImportError> {
        let mut report = self.report().clone();
        if report.problem_count > 0 && !choices.despite_problems {
            let first = report.problems.first().map(ToString::to_string);
            return Err(ImportError::Problems {
                count: report.problem_count,
                first: first.unwrap_or_default(),
            });
        }
        let of = report.requests;
        let mut batch = Batch::default();
        for (cases, case) in (1..).zip(self.cases()?) {
            let case = case?;
            let planned = self.plan(&to, choices, &case).await?;
            batch.push(case, planned);
            if batch.is_full() {
                self.append_batch(&to, choices, &mut batch, &mut report)
                    .await?;
                progress(Progress::Appending { cases, of });
            }
        }
        self.append_batch(&to, choices, &mut batch, &mut report)
            .await?;
        progress(Progress::Appending { cases: of, of });
        Ok(report)
    }

    /// Works out what a case adds to what the log holds of it now.
    async fn plan(
        &self,
        to: &Destination<'_>,
        choices: Choices,
        case: &CaseFacts,
    ) -> Result<Planned, ImportError> {
        let stream = StreamId::new(Request::STREAM_KIND, case.request.to_string());
        let recorded = to.log.read_stream(to.tenant, &stream, 0).await?;
        let version = recorded.last().map_or(0, |event| event.version);
        let known = Known::of(recorded, &case.case)?;
        let addition = self.addition(to, choices, case, &stream, &known).await?;
        Ok(Planned {
            parts: self.parts(case, &stream, version, addition.events),
            late: addition.late,
            found: addition.report,
        })
    }

    /// Appends one case by itself, and looks again when somebody else writes to it meanwhile.
    async fn append_case(
        &self,
        to: &Destination<'_>,
        choices: Choices,
        case: &CaseFacts,
    ) -> Result<Report, ImportError> {
        let mut sent = Report::default();
        for _ in 0..ATTEMPTS_MAX {
            let mut planned = self.plan(to, choices, case).await?;
            let found = std::mem::take(&mut planned.found);
            match send(to, planned, &mut sent).await {
                Ok(true) => {
                    take_over(&mut sent, found);
                    return Ok(sent);
                }
                // Somebody else wrote to this request, or imports the same file: look again.
                Ok(false)
                | Err(
                    AppendError::Conflict { .. }
                    | AppendError::EventExists { .. }
                    | AppendError::CommandReused { .. }
                    | AppendError::NotStored(_),
                ) => {}
                Err(source) => {
                    return Err(ImportError::Append {
                        case: case.case.clone(),
                        source,
                    });
                }
            }
        }
        Err(ImportError::Busy {
            case: case.case.clone(),
        })
    }

    /// Works out what a case adds to what is known of it.
    async fn addition(
        &self,
        to: &Destination<'_>,
        choices: Choices,
        case: &CaseFacts,
        stream: &StreamId,
        known: &Known,
    ) -> Result<Addition, ImportError> {
        let mut addition = Addition::default();
        let mut seals = Seals::new(*to, stream.clone(), case);
        seals.load(known).await?;
        for fact in &case.facts {
            let written = self.write_down(case, fact)?;
            let Some(stored) = known.get(fact.id) else {
                if known.latest().is_some_and(|latest| fact.moment.at < latest) {
                    addition.late.insert(fact.id);
                }
                let event = seals.event(fact.id, fact, &written).await?;
                addition.events.push(event);
                continue;
            };
            addition.report.already_there += 1;
            let changed_text = seals.text_differs(stored, &written).await?;
            if !changed_text && !stored.differs(fact, &written) {
                continue;
            }
            list_change(&mut addition.report, case, fact);
            if choices.correct {
                let correction = self.correction(case, fact, &written, stored, changed_text)?;
                let event = seals.event(correction.id, &correction.fact, &correction.written);
                addition.events.push(event.await?);
            }
        }
        addition.report.texts_withheld = seals.withheld();
        Ok(addition)
    }

    fn write_down(&self, case: &CaseFacts, fact: &Fact) -> Result<Written, ImportError> {
        write_down(&self.mapping().source, case.request, fact).map_err(|what| {
            ImportError::Unreadable {
                case: case.case.clone(),
                what,
            }
        })
    }

    /// The appends that bring these events, each of at most 500.
    fn parts(
        &self,
        case: &CaseFacts,
        stream: &StreamId,
        mut version: i64,
        events: Vec<NewEvent>,
    ) -> Vec<Append> {
        let mut events = events.into_iter().peekable();
        let mut parts = Vec::new();
        while events.peek().is_some() {
            let part: Vec<NewEvent> = events.by_ref().take(APPEND_EVENTS_MAX).collect();
            let count = i64::try_from(part.len()).unwrap_or_default();
            parts.push(self.part(case, stream, version, part));
            version += count;
        }
        parts
    }

    fn part(
        &self,
        case: &CaseFacts,
        stream: &StreamId,
        version: i64,
        mut events: Vec<NewEvent>,
    ) -> Append {
        let ids = events.iter().map(|event| event.event_id);
        let command_id = self.key().command(case.request, ids);
        for event in &mut events {
            event.correlation = command_id;
        }
        Append {
            command_id,
            fingerprint: self.fingerprint(&events),
            refusal: None,
            writes: vec![Write {
                stream: stream.clone(),
                expected: Expected::Exact(version),
                events,
            }],
            guards: Vec::new(),
            live: false,
        }
    }

    fn fingerprint(&self, events: &[NewEvent]) -> Vec<u8> {
        let parts = events
            .iter()
            .flat_map(|event| [event.event_id.to_string(), event.payload.clone()]);
        self.key().fingerprint(parts).to_vec()
    }
}

/// Appends what a case adds, in parts, and counts in `sent` what this very import added.
///
/// False when somebody else had appended a part before: then what is known has to be read again.
async fn send(
    to: &Destination<'_>,
    planned: Planned,
    sent: &mut Report,
) -> Result<bool, AppendError> {
    for part in planned.parts {
        let told = told(&part);
        if to.log.append(to.tenant, part).await?.repeated {
            return Ok(false);
        }
        count_sent(sent, &planned.late, &told);
    }
    Ok(true)
}

/// Id and kind of each event that an append brings.
fn told(part: &Append) -> Vec<(Uuid, String)> {
    let events = part.writes.iter().flat_map(|write| &write.events);
    events
        .map(|event| (event.event_id, event.kind.clone()))
        .collect()
}

fn count_sent(sent: &mut Report, late: &HashSet<Uuid>, told: &[(Uuid, String)]) {
    for (id, kind) in told {
        count(&mut sent.appended, kind);
        sent.late += u64::from(late.contains(id));
        sent.corrected += u64::from(kind == CORRECTED);
    }
}

fn list_change(report: &mut Report, case: &CaseFacts, fact: &Fact) {
    report.changed += 1;
    report.changed_list.push(Changed {
        event: fact.id,
        kind: fact.event.kind().to_owned(),
        place: fact.place.to_string(),
        case: case.case.clone(),
    });
}

/// Adds what one case did to what all did.
fn take_over(report: &mut Report, case: Report) {
    for (kind, appended) in case.appended {
        *report.appended.entry(kind).or_default() += appended;
    }
    report.already_there += case.already_there;
    report.late += case.late;
    report.changed += case.changed;
    report.corrected += case.corrected;
    report.texts_withheld += case.texts_withheld;
    let room = PROBLEMS_LISTED.saturating_sub(report.changed_list.len());
    report
        .changed_list
        .extend(case.changed_list.into_iter().take(room));
}
