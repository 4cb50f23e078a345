//! Whose turn it is: one runner per build across servers, by a lease in the database.
//!
//! The lease only keeps others from doing the same work. That nothing is applied twice is up to the
//! checkpoint, which is compared before it moves.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use eventlog::Tenant;
use sqlx::{PgPool, Row as _};
use tokio::sync::watch;
use uuid::Uuid;

use crate::{Slot, View};

/// A build as a runner knows it: which of its views, and which of the two builds.
pub(crate) type Seat = (usize, Slot);

/// The lease of a runner: who it is, and for how long a turn lasts unless renewed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Held {
    /// The runner whose turn it is.
    pub(crate) holder: Uuid,
    /// For how long it is renewed.
    pub(crate) ttl: Duration,
}

/// The seats that a runner holds for one tenant, kept by [`Leases::keep`].
#[derive(Debug)]
pub(crate) struct Leases<'a> {
    pub(crate) held: Held,
    tenant: &'a Tenant,
    known: Vec<(Seat, &'a View)>,
    /// Seats to sit on now. Sent at every look, changed or not.
    seats: watch::Sender<HashSet<Seat>>,
    /// Seats this runner gave up: it does not take them again until someone clears the error.
    gave_up: Mutex<HashSet<Seat>>,
}

impl<'a> Leases<'a> {
    /// Of these views, under a name that nobody else has: it comes from the database.
    pub(crate) async fn new(
        tenant: &'a Tenant,
        views: impl Iterator<Item = &'a View> + Clone,
        ttl: Duration,
    ) -> Result<Self, sqlx::Error> {
        let known: Vec<(Seat, &View)> = Slot::ALL
            .into_iter()
            .flat_map(|slot| {
                let views = views.clone().enumerate();
                views.map(move |(at, view)| ((at, slot), view))
            })
            .collect();
        let holder = match known.first() {
            Some((_, view)) => {
                sqlx::query_scalar("select gen_random_uuid()")
                    .fetch_one(view.pool(Slot::Blue))
                    .await?
            }
            // Without views there is nothing to take turns for.
            None => Uuid::nil(),
        };
        Ok(Self {
            held: Held { holder, ttl },
            tenant,
            known,
            seats: watch::Sender::default(),
            gave_up: Mutex::default(),
        })
    }

    /// The seats to sit on, and every change of them.
    pub(crate) fn seats(&self) -> watch::Receiver<HashSet<Seat>> {
        self.seats.subscribe()
    }

    /// Does not take this seat again until someone clears its error.
    pub(crate) fn give_up(&self, seat: Seat) {
        self.gave_up().insert(seat);
        self.seats.send_modify(|seats| {
            seats.remove(&seat);
        });
    }

    /// Renews for good what is held and takes what is free, also at once when `nudged`.
    ///
    /// While the database cannot be asked nothing changes: whoever then applies a batch finds out by its
    /// checkpoint whether it is late.
    pub(crate) async fn keep(&self, mut nudged: watch::Receiver<()>) {
        loop {
            nudged.borrow_and_update();
            match self.look().await {
                Ok(seats) => {
                    self.seats.send_replace(seats);
                }
                Err(error) => {
                    tracing::warn!(%error, tenant = %self.tenant, "leases cannot be kept");
                }
            }
            // Whoever could nudge outlives this, and a third of a turn is soon enough.
            let _nudged_or_not = tokio::time::timeout(self.held.ttl / 3, nudged.changed()).await;
        }
    }

    /// Gives back all that is held, so that nobody has to wait for it to run out.
    pub(crate) async fn release(&self) {
        let Some(pool) = self.pool() else { return };
        let released = sqlx::query(include_str!("../sql/release_leases.sql"))
            .bind(self.tenant.as_str())
            .bind(self.held.holder)
            .execute(pool)
            .await;
        if let Err(error) = released {
            tracing::warn!(%error, tenant = %self.tenant, "leases run out by themselves");
        }
    }

    /// Any pool sees the bookkeeping; this one is not much in use.
    fn pool(&self) -> Option<&'a PgPool> {
        self.known.last().map(|((_, slot), view)| view.pool(*slot))
    }

    async fn look(&self) -> Result<HashSet<Seat>, sqlx::Error> {
        let mut seats = HashSet::new();
        let Some(pool) = self.pool() else {
            return Ok(seats);
        };
        let gave_up = self.gave_up().clone();
        let column = |value: fn(&(Seat, &View)) -> String| -> Vec<String> {
            self.known.iter().map(value).collect()
        };
        let versions: Vec<i32> = self.known.iter().map(|(_, view)| view.version()).collect();
        let given_up: Vec<bool> = self
            .known
            .iter()
            .map(|(seat, _)| gave_up.contains(seat))
            .collect();
        sqlx::query(include_str!("../sql/keep_leases.sql"))
            .bind(self.tenant.as_str())
            .bind(self.held.holder)
            .bind(column(|(_, view)| view.name().to_owned()))
            .bind(versions)
            .bind(column(|((_, slot), _)| slot.to_string()))
            .bind(given_up)
            .bind(self.held.ttl.as_secs_f64())
            .execute(pool)
            .await?;
        let rows = sqlx::query(include_str!("../sql/list_seats.sql"))
            .bind(self.tenant.as_str())
            .bind(self.held.holder)
            .fetch_all(pool)
            .await?;
        for row in &rows {
            let (name, version, slot): (&str, i32, &str) = (
                row.try_get("name")?,
                row.try_get("version")?,
                row.try_get("slot")?,
            );
            let Some((seat, _)) = self.known.iter().find(|((_, its), view)| {
                view.name() == name && view.version() == version && its.as_str() == slot
            }) else {
                continue;
            };
            if !row.try_get::<bool, _>("halted")? {
                self.gave_up().remove(seat);
            }
            if row.try_get("held")? && row.try_get("wanted")? {
                seats.insert(*seat);
            }
        }
        Ok(seats)
    }

    fn gave_up(&self) -> std::sync::MutexGuard<'_, HashSet<Seat>> {
        self.gave_up.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
