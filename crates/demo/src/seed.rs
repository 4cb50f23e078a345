//! Writing a story to a log, a command at a time; a story that broke off is taken up where it ended.

use casework::{Event, PersonId};
use eventlog::{Log, RecordedCommand, Restore, Tenant};
use jiff::Timestamp;
use jiff::civil::Date;
use tokio::sync::mpsc;
use uuid::Uuid;
use vault::{Owner, Vault};

use crate::seal::Sealer;
use crate::story::Story;
use crate::told::Told;
use crate::{Plan, Progress, SeedError, Seeded};

/// How many sealed commands wait for the log at most: sealing and writing overlap.
const AHEAD_MAX: usize = 64;

/// The fewest requests in which everything there is to show happens.
const REQUESTS_MIN: u64 = 200;

/// Writes the story of a plan to a tenant's log, and tells what there is to show.
///
/// The tenant is made when it does not exist. The story is restored as history: recorded when it is told
/// to have happened. A seeding that broke off is completed, and a whole one is left as it is, also when
/// more was written after it; a log that holds anything else is refused. Needs a pool that works as the
/// application.
pub async fn seed(
    log: &Log,
    vault: &Vault,
    tenant: &Tenant,
    plan: Plan,
    mut progress: impl FnMut(Progress),
) -> Result<Seeded, SeedError> {
    if plan.requests < REQUESTS_MIN {
        return Err(SeedError::TooFew {
            requests: plan.requests,
            least: REQUESTS_MIN,
        });
    }
    if !(2_000..=2_200).contains(&plan.today.year()) {
        return Err(SeedError::Today(plan.today));
    }
    log.create_tenant(tenant).await?;
    let events = log.head(tenant).await?.position;
    let mut restore = match events {
        0 => Some(log.restore(tenant).await?),
        _ => None,
    };
    let (mut stored, mut clock) = (events, Timestamp::MAX);
    if let Some(restore) = &mut restore {
        // Found out to be of this story by the teller: sealed anew, its texts would differ.
        restore.skip_stored();
        (stored, clock) = (restore.stored(), restore.clock());
    }
    let teller = Teller {
        log: log.clone(),
        tenant: tenant.clone(),
        sealer: Sealer::new(vault.clone(), tenant.clone()),
        stored,
        clock,
        position: 0,
        last: None,
        recorded_at: Timestamp::MIN,
        seen: Progress {
            day: plan.today,
            commands: 0,
            events: 0,
        },
    };
    let (send, mut ready) = mpsc::channel(AHEAD_MAX);
    let telling = tokio::spawn(teller.tell(plan, send));
    while let Some(next) = ready.recv().await {
        write(&mut restore, vault, tenant, events, &next).await?;
        progress(next.seen);
    }
    // The channel closes when the teller is done, or failed, or fell.
    let seeded = match telling.await {
        Ok(told) => told?,
        Err(fell) => std::panic::resume_unwind(fell.into_panic()),
    };
    if let Some(restore) = restore {
        restore.finish().await?;
    }
    Ok(seeded)
}

/// Writes a command that is not stored yet, and forgets whom it forgets.
async fn write(
    restore: &mut Option<Restore>,
    vault: &Vault,
    tenant: &Tenant,
    events: i64,
    next: &Ready,
) -> Result<(), SeedError> {
    if let Some(command) = &next.command {
        // A log that is open already and ends before the story does holds another.
        let Some(restore) = restore else {
            return Err(SeedError::Occupied {
                tenant: tenant.clone(),
                events,
            });
        };
        restore.push(command.clone()).await?;
    }
    if let Some(person) = next.forgets {
        if let Some(restore) = restore {
            // Only then: a story that breaks off before still needs the key when it goes on.
            restore.checkpoint().await?;
        }
        vault
            .destroy(tenant.as_str(), Owner::Person(person.0))
            .await?;
    }
    Ok(())
}

/// A command that is sealed, or stored already.
struct Ready {
    command: Option<RecordedCommand>,
    /// Whose key is destroyed after it.
    forgets: Option<PersonId>,
    seen: Progress,
}

/// Tells the story to the one who writes.
struct Teller {
    log: Log,
    tenant: Tenant,
    sealer: Sealer,
    /// Events that the log had at first.
    stored: i64,
    /// The database's clock: of a story that goes on beyond today, nothing is recorded later.
    clock: Timestamp,
    /// Events told so far.
    position: i64,
    /// The last event told.
    last: Option<Uuid>,
    /// When the last command was recorded.
    recorded_at: Timestamp,
    seen: Progress,
}

impl Teller {
    async fn tell(mut self, plan: Plan, send: mpsc::Sender<Ready>) -> Result<Seeded, SeedError> {
        let mut story = Story::new(plan);
        for told in story.by_ref() {
            let told = told?;
            let before = self.position;
            self.count(&told);
            let forgets = forgets(&told);
            // Of a log that is not empty, the first event and the last are enough to know it by: the
            // ids of all before the last depend on the same plan.
            let ends_here = before < self.stored && self.stored <= self.position;
            if ends_here || before == 0 && self.stored > 0 {
                let whole = told.facts.first().filter(|_| self.position <= self.stored);
                self.compare(before, whole.map(|fact| fact.id)).await?;
            }
            let command = if self.position <= self.stored {
                None
            } else {
                Some(self.sealer.seal(told, before, self.recorded_at).await?)
            };
            let seen = self.seen;
            let ready = Ready {
                command,
                forgets,
                seen,
            };
            if send.send(ready).await.is_err() {
                // Writing failed, which its own error tells.
                return Err(SeedError::BrokeOff);
            }
        }
        if self.position <= self.stored {
            self.compare(self.position - 1, self.last).await?;
        }
        Seeded::of(&story, plan, self.seen.events)
    }

    fn count(&mut self, told: &Told) {
        self.position += i64::try_from(told.facts.len()).unwrap_or_default();
        self.last = told.facts.last().map(|fact| fact.id);
        self.recorded_at = self.recorded_at.max(told.at.min(self.clock));
        self.seen = Progress {
            day: casework::day::of(told.at),
            commands: self.seen.commands + 1,
            events: self.position,
        };
    }

    /// Refuses a log that has another event after this position.
    async fn compare(&self, after: i64, told: Option<Uuid>) -> Result<(), SeedError> {
        let stored = self.log.read_after(&self.tenant, after, 1).await?;
        if stored.first().map(|event| event.event_id) == told {
            return Ok(());
        }
        Err(SeedError::Occupied {
            tenant: self.tenant.clone(),
            events: self.stored,
        })
    }
}

/// The person that a command forgets.
fn forgets(told: &Told) -> Option<PersonId> {
    told.facts.iter().find_map(|fact| match &fact.event {
        Event::PersonErased(erased) => Some(erased.person),
        _ => None,
    })
}

/// The day before.
pub(crate) fn eve(day: Date) -> Date {
    day.yesterday().unwrap_or(day)
}
