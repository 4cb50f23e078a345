//! Following the log for good: taking turns with other servers, past every failure.

use std::collections::HashSet;
use std::time::Duration;

use eventlog::Tenant;
use futures_util::future::join_all;
use tokio::sync::watch;

use crate::followed::{Build, Followed, Step};
use crate::lease::{Leases, Seat};
use crate::{ProjectionError, Runner, Slot, View};

/// The longest time between two restarts.
const RESTART_AFTER_MAX: Duration = Duration::from_secs(10);

/// Why a build is not followed any more, for now.
enum Ended {
    /// It is another's turn, or the operator wants it otherwise.
    Turn,
    /// Another was first although it is this one's turn: a command that catches up, for example.
    Late,
}

impl<E: Send + Sync + 'static> Runner<E> {
    /// Follows the log with every view until `shutdown` is done; a batch under way is finished first
    /// or not kept at all.
    ///
    /// Of all servers that do this, one at a time applies the events of a build; another takes over when it
    /// stops or dies. A failure is noted in the [`Status`](crate::Status) and tried again; a view that was
    /// stopped or given up waits until the operator lets it go on. Nothing but `shutdown` ends this.
    pub async fn run(&self, tenant: &Tenant, shutdown: impl Future<Output = ()>) {
        tokio::pin!(shutdown);
        let leases = tokio::select! {
            () = &mut shutdown => return,
            leases = self.prepare(tenant) => leases,
        };
        let seats = self.views.iter().enumerate().flat_map(|(at, followed)| {
            Slot::ALL.map(|slot| self.sit(&leases, followed, tenant, (at, slot)))
        });
        // On the heap: it holds what every view is working on.
        let kept = Box::pin(async {
            tokio::join!(leases.keep(self.wanted.subscribe()), join_all(seats));
        });
        tokio::select! {
            () = &mut shutdown => {}
            () = kept => {}
        }
        leases.release().await;
    }

    /// Makes sure that each view has a build, however long the database takes to be there.
    async fn prepare<'a>(&'a self, tenant: &'a Tenant) -> Leases<'a> {
        let mut failures = 0;
        loop {
            match self.try_prepare(tenant).await {
                Ok(leases) => return leases,
                Err(error) => {
                    let cause: &(dyn std::error::Error + Send + Sync) = &error;
                    tracing::warn!(cause, %tenant, "views cannot be followed yet");
                }
            }
            failures += 1;
            tokio::time::sleep(self.restart_after(failures)).await;
        }
    }

    async fn try_prepare<'a>(&'a self, tenant: &'a Tenant) -> Result<Leases<'a>, ProjectionError> {
        for followed in self.views.iter() {
            self.begin(followed, tenant).await?;
        }
        let views = self.views.iter().map(|followed| &followed.view);
        Ok(Leases::new(tenant, views, self.pace.lease_ttl).await?)
    }

    /// Follows one build whenever it is this runner's turn.
    async fn sit(&self, leases: &Leases<'_>, followed: &Followed<E>, tenant: &Tenant, seat: Seat) {
        let build = Build {
            tenant,
            slot: seat.1,
            held: Some(leases.held),
        };
        let mut seats = leases.seats();
        let mut failures = 0;
        let mut new = true;
        // The sender lives as long as the leases, so this ends with them.
        while wait(&mut seats, |seats| seats.contains(&seat)).await {
            match self
                .follow(followed, build, &mut new, &mut failures, async {
                    wait(&mut seats, |seats| !seats.contains(&seat)).await;
                })
                .await
            {
                Ok(Ended::Turn) => new = true,
                Ok(Ended::Late) => {
                    // Asks whose turn it is before it goes on.
                    self.wanted.send_replace(());
                    let _ends_with_the_leases = seats.changed().await;
                }
                Err(error) => {
                    failures += 1;
                    self.failed(leases, followed, build, seat, &error, failures)
                        .await;
                }
            }
        }
    }

    /// Follows until something fails or the turn ends; a new turn begins with what was parked in others.
    async fn follow(
        &self,
        followed: &Followed<E>,
        build: Build<'_>,
        new: &mut bool,
        failures: &mut i32,
        turn_ends: impl Future<Output = ()>,
    ) -> Result<Ended, ProjectionError> {
        let key = followed.view.key(build.tenant, build.slot);
        if *new {
            // Once a turn: this may be the software that can read what another could not.
            self.resume_build(followed, build, None).await?;
            *new = false;
        }
        let mut connection = followed.view.pool(build.slot).acquire().await?;
        let Some(checkpoint) = key.read(&mut connection).await? else {
            return Ok(Ended::Late);
        };
        drop(connection);
        let mut position = checkpoint.position;
        let mut served = self.serve_first(followed, build, position).await?;
        if position == self.log.head(build.tenant).await?.position {
            let mut connection = followed.view.pool(build.slot).acquire().await?;
            key.recover(&mut connection, position, build.held).await?;
        }
        let leading = Leading::new(&followed.view, build);
        leading.reached(position);
        let mut events = self.log.follow(build.tenant, position);
        tokio::pin!(turn_ends);
        loop {
            let recorded = tokio::select! {
                () = &mut turn_ends => return Ok(Ended::Turn),
                recorded = events.next_batch() => recorded?,
            };
            match followed.step(&self.log, build, position, recorded).await? {
                Step::Applied(reached) => position = reached,
                Step::Late => return Ok(Ended::Late),
            }
            *failures = 0;
            if !served {
                served = self.serve_first(followed, build, position).await?;
            }
            leading.reached(position);
        }
    }

    /// Notes a failure, and waits before the next attempt if there is to be one.
    async fn failed(
        &self,
        leases: &Leases<'_>,
        followed: &Followed<E>,
        build: Build<'_>,
        seat: Seat,
        error: &ProjectionError,
        failures: i32,
    ) {
        let (tenant, view) = (build.tenant, followed.view.name());
        let restarts_max = (!error.is_final()).then_some(self.pace.restarts_max);
        let noted = async {
            let mut connection = followed.view.pool(build.slot).acquire().await?;
            followed
                .view
                .key(tenant, build.slot)
                .fail(
                    &mut connection,
                    Some(leases.held.holder),
                    &error.to_string(),
                    restarts_max,
                )
                .await
        };
        // A failure that cannot be noted is that of a database that is gone: it will be back, and is no
        // reason to give the view up.
        if let Ok(Some((restarts, true))) = noted.await {
            tracing::error!(%error, %tenant, view, restarts, "view is given up until it is started");
            leases.give_up(seat);
            return;
        }
        tracing::warn!(%error, %tenant, view, failures, "view is interrupted");
        tokio::time::sleep(self.restart_after(failures)).await;
    }

    fn restart_after(&self, failures: i32) -> Duration {
        let doublings = u32::try_from(failures - 1).unwrap_or_default().min(16);
        (self.pace.restart_after * 2_u32.pow(doublings)).min(RESTART_AFTER_MAX)
    }
}

/// Waits until the seats are as wanted; false when nobody hands them out any more.
async fn wait(
    seats: &mut watch::Receiver<HashSet<Seat>>,
    as_wanted: impl FnMut(&HashSet<Seat>) -> bool,
) -> bool {
    seats.wait_for(as_wanted).await.is_ok()
}

/// Tells the readers of this process how far a build is, and that it is not kept up to date any more once
/// this is dropped.
struct Leading<'a> {
    view: &'a View,
    build: Build<'a>,
}

impl<'a> Leading<'a> {
    fn new(view: &'a View, build: Build<'a>) -> Self {
        Self { view, build }
    }

    fn reached(&self, position: i64) {
        self.publish(Some(position));
    }

    fn publish(&self, position: Option<i64>) {
        let Build { tenant, slot, .. } = self.build;
        self.view.progress().publish(tenant, slot, position);
    }
}

impl Drop for Leading<'_> {
    fn drop(&mut self) {
        self.publish(None);
    }
}
