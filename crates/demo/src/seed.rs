//! Writing a story to a log, a command at a time; a story that broke off is taken up where it ended.

use casework::{Event, PersonId};
use eventlog::{Append, Log, Tenant};
use jiff::civil::Date;
use tokio::sync::mpsc;
use uuid::Uuid;
use vault::{Owner, Vault};

use crate::seal::Sealer;
use crate::story::Story;
use crate::told::Told;
use crate::{Plan, Progress, SeedError, Seeded};

/// How many sealed commands wait for the log at most: sealing and appending overlap.
const AHEAD_MAX: usize = 64;

/// The fewest requests in which everything there is to show happens.
const REQUESTS_MIN: u64 = 200;

/// Writes the story of a plan to a tenant's log, and tells what there is to show.
///
/// The tenant is made when it does not exist. A log that already holds the beginning of this very
/// story is completed, and a whole one is left as it is, also when more was written after it; a log
/// that holds anything else is refused. Needs a pool that works as the application.
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
    let teller = Teller {
        log: log.clone(),
        tenant: tenant.clone(),
        sealer: Sealer::new(vault.clone(), tenant.clone()),
        stored: log.head(tenant).await?.position,
        position: 0,
        last: None,
        seen: Progress {
            day: plan.today,
            commands: 0,
            events: 0,
        },
    };
    let (send, mut ready) = mpsc::channel(AHEAD_MAX);
    let telling = tokio::spawn(teller.tell(plan, send));
    while let Some(Ready {
        append,
        forgets,
        seen,
    }) = ready.recv().await
    {
        if let Some(append) = append {
            log.append(tenant, append).await?;
        }
        if let Some(person) = forgets {
            // Only now: a story that breaks off before this still needs the key when it goes on.
            vault
                .destroy(tenant.as_str(), Owner::Person(person.0))
                .await?;
        }
        progress(seen);
    }
    // The channel closes when the teller is done, or failed, or fell.
    match telling.await {
        Ok(told) => told,
        Err(fell) => std::panic::resume_unwind(fell.into_panic()),
    }
}

/// A command that is sealed, or stored already.
struct Ready {
    append: Option<Append>,
    /// Whose key is destroyed after it.
    forgets: Option<PersonId>,
    seen: Progress,
}

/// Tells the story to the one who appends.
struct Teller {
    log: Log,
    tenant: Tenant,
    sealer: Sealer,
    /// Events that the log had at first.
    stored: i64,
    /// Events told so far.
    position: i64,
    /// The last event told.
    last: Option<Uuid>,
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
            let append = if self.position <= self.stored {
                None
            } else {
                Some(self.sealer.seal(told).await?)
            };
            let seen = self.seen;
            let ready = Ready {
                append,
                forgets,
                seen,
            };
            if send.send(ready).await.is_err() {
                // Appending failed, which its own error tells.
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
