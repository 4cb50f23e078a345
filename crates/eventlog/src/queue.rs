//! Commands that wait for one tenant's log.

use std::collections::{HashSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use crate::command::Command;
use crate::{AppendError, Appended, Tenant};

/// Commands that may wait, at most. At a commit every few milliseconds this is far less than a second.
pub(crate) const WAITING_MAX: usize = 1_024;

/// Bytes of entries that may wait; one command that has more by itself waits alone.
const WAITING_BYTES_MAX: usize = 64 << 20;

/// How long a command waits for its turn before it is told to come back.
const WAIT_MAX: Duration = Duration::from_secs(10);

/// Commands, events and bytes in one statement; one command that has more goes by itself.
const BATCH_COMMANDS_MAX: usize = 512;
const BATCH_EVENTS_MAX: usize = 4_096;
const BATCH_BYTES_MAX: usize = 8 << 20;

/// One command on its way, and whom to answer.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) command: Command,
    pub(crate) called: Instant,
    pub(crate) reply: oneshot::Sender<Result<Appended, AppendError>>,
}

/// First come, first served.
#[derive(Debug, Default)]
pub(crate) struct Queue(Mutex<Waiting>);

#[derive(Debug, Default)]
struct Waiting {
    jobs: VecDeque<Job>,
    bytes: usize,
    /// Whether a task is taking batches from it.
    driven: bool,
}

impl Job {
    /// Answers; a caller that went away needs none.
    pub(crate) fn answer(self, outcome: Result<Appended, AppendError>) {
        let _caller_may_be_gone = self.reply.send(outcome);
    }
}

impl Queue {
    /// Lets a command wait; true when somebody has to begin taking batches.
    pub(crate) fn push(&self, tenant: &Tenant, job: Job) -> Result<bool, AppendError> {
        let mut waiting = self.lock();
        let bytes = waiting.bytes + job.command.bytes;
        let full = waiting.jobs.len() >= WAITING_MAX || bytes > WAITING_BYTES_MAX;
        if full && !waiting.jobs.is_empty() {
            return Err(overloaded(tenant, waiting.jobs.len()));
        }
        waiting.bytes = bytes;
        waiting.jobs.push_back(job);
        Ok(!std::mem::replace(&mut waiting.driven, true))
    }

    /// The next commands to go together; none ends the taking.
    ///
    /// A caller that went away while its command waited has not sent it. A command or an event that is in
    /// the batch already waits for the next one, where it will be found in the log.
    pub(crate) fn take_batch(&self, tenant: &Tenant) -> Option<Vec<Job>> {
        let mut waiting = self.lock();
        let mut batch = Batch::default();
        let mut later = VecDeque::new();
        while let Some(job) = waiting.jobs.pop_front() {
            if job.reply.is_closed() {
                waiting.bytes -= job.command.bytes;
            } else if job.called.elapsed() > WAIT_MAX {
                waiting.bytes -= job.command.bytes;
                job.answer(Err(overloaded(tenant, waiting.jobs.len())));
            } else if batch.is_full_for(&job.command) {
                waiting.jobs.push_front(job);
                break;
            } else if batch.has_ids_of(&job.command) {
                later.push_back(job);
            } else {
                waiting.bytes -= job.command.bytes;
                batch.push(job);
            }
        }
        later.append(&mut waiting.jobs);
        waiting.jobs = later;
        if batch.jobs.is_empty() {
            waiting.driven = false;
            return None;
        }
        Some(batch.jobs)
    }

    /// Drops what waits, after the task that took batches was stopped.
    pub(crate) fn abandon(&self) {
        *self.lock() = Waiting::default();
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Default)]
struct Batch {
    jobs: Vec<Job>,
    ids: HashSet<uuid::Uuid>,
    event_ids: HashSet<uuid::Uuid>,
    bytes: usize,
}

impl Batch {
    fn is_full_for(&self, command: &Command) -> bool {
        !self.jobs.is_empty()
            && (self.jobs.len() >= BATCH_COMMANDS_MAX
                || self.event_ids.len() + command.events().count() > BATCH_EVENTS_MAX
                || self.bytes + command.bytes > BATCH_BYTES_MAX)
    }

    fn has_ids_of(&self, command: &Command) -> bool {
        self.ids.contains(&command.id) || command.event_ids().any(|id| self.event_ids.contains(&id))
    }

    fn push(&mut self, job: Job) {
        self.bytes += job.command.bytes;
        self.ids.insert(job.command.id);
        self.event_ids.extend(job.command.event_ids());
        self.jobs.push(job);
    }
}

/// The answer to a command that there is no room or no time for.
pub(crate) fn overloaded(tenant: &Tenant, waiting: usize) -> AppendError {
    AppendError::Overloaded {
        tenant: tenant.clone(),
        waiting,
    }
}
