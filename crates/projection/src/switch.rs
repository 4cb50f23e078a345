//! Giving the other build to readers, in one transaction, and back again.

use std::sync::Arc;

use eventlog::Tenant;
use sqlx::PgConnection;

use crate::fill::progress::Meter;
use crate::fill::step::BATCH_EVENTS_MAX;
use crate::fill::turn::Turn;
use crate::followed::{Build, Followed};
use crate::parking::Before;
use crate::{Builder, Checkpoint, Key, RebuildError, Slot};

/// Events that are applied while the runner of the build that serves waits, as a rule at most.
const LAST_EVENTS_MAX: i64 = 500;

/// How often the other build is brought nearer before the rest is done in the transaction of the switch.
const ROUNDS_MAX: usize = 16;

/// How a build that was filled goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// It follows the log beside the one that serves.
    Beside,
    /// Readers are given it.
    Served,
    /// Readers are given it if they are given nothing yet: it was compared with nothing.
    First,
}

/// What a switch came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Switched {
    /// The build that served, and is kept up to date for going back.
    pub from: Slot,
    /// The build that serves.
    pub to: Slot,
    /// Where it stands: never before the position that readers may have seen.
    pub position: i64,
}

impl<E: Send + Sync + 'static> Builder<E> {
    /// Gives readers the other build, brought to where the one that serves stands; twice is back again.
    ///
    /// Readers that have begun go on with the build they began with, all others see the other one.
    pub async fn switch(&self, tenant: &Tenant) -> Result<Switched, RebuildError> {
        let mut connection = self.view.pool(Slot::Blue).acquire().await?;
        let builds = self.builds(tenant, &mut connection).await?;
        drop(connection);
        let (from, to) = self.ready(&builds)?;
        for _ in 0..ROUNDS_MAX {
            let (left, at) = self.apart(tenant, from, to).await?;
            if left <= LAST_EVENTS_MAX {
                break;
            }
            self.bring(tenant, to, at).await?;
        }
        let mut transaction = self.view.pool(to).begin().await?;
        let builds = self.lock_builds(tenant, &mut transaction).await?;
        if self.ready(&builds)? != (from, to) {
            return Err(RebuildError::Switched { name: self.name() });
        }
        let position = |slot| of(&builds, slot).map_or(0, |build| build.position);
        let goal = position(from).max(position(to));
        self.bring_within(tenant, &mut transaction, to, position(to), goal)
            .await?;
        self.serve(tenant, &mut transaction, Some(from), to, goal)
            .await?;
        transaction.commit().await?;
        Ok(Switched {
            from,
            to,
            position: goal,
        })
    }

    /// Which build serves, and the other one, if that is whole and kept up to date.
    fn ready(&self, builds: &[Option<Checkpoint>; 2]) -> Result<(Slot, Slot), RebuildError> {
        let name = self.name();
        let from = Slot::ALL
            .into_iter()
            .find(|slot| of(builds, *slot).is_some_and(|build| build.serving))
            .ok_or(RebuildError::NoOther { name })?;
        let to = from.other();
        let build = of(builds, to).ok_or(RebuildError::NoOther { name })?;
        let not = |why: &str| RebuildError::NotReady {
            name,
            why: why.to_owned(),
        };
        if !build.live {
            return Err(not("is not whole: its rebuild was not finished"));
        }
        if build.stopped {
            return Err(not("is stopped; start it first"));
        }
        if build.halted {
            return Err(not(
                "stands still after an error; `projection list` shows it",
            ));
        }
        Ok((from, to))
    }

    /// How many events the other build is behind the one that serves, and where that one is.
    async fn apart(
        &self,
        tenant: &Tenant,
        from: Slot,
        to: Slot,
    ) -> Result<(i64, i64), RebuildError> {
        let mut connection = self.view.pool(from).acquire().await?;
        let builds = self.builds(tenant, &mut connection).await?;
        let position = |slot| of(&builds, slot).map_or(0, |build| build.position);
        Ok((position(from) - position(to), position(from)))
    }

    /// Brings a build that follows the log to `up_to` at least, as its runner would, and beside it.
    pub(crate) async fn bring(
        &self,
        tenant: &Tenant,
        slot: Slot,
        up_to: i64,
    ) -> Result<(), RebuildError> {
        let followed = Followed {
            projection: Arc::clone(&self.projection),
            view: self.view.clone(),
        };
        let build = Build {
            tenant,
            slot,
            held: None,
        };
        loop {
            let mut connection = self.view.pool(slot).acquire().await?;
            let at = self.view.key(tenant, slot).read(&mut connection).await?;
            drop(connection);
            let at = at.unwrap_or_default();
            if at.position >= up_to {
                return Ok(());
            }
            if !at.live || at.stopped {
                return Err(RebuildError::NotReady {
                    name: self.name(),
                    why: format!("stands still at position {}", at.position),
                });
            }
            let most = i64::try_from(BATCH_EVENTS_MAX).unwrap_or(i64::MAX);
            let end = up_to.min(at.position.saturating_add(most));
            let mut replay = self.log.replay(tenant, at.position, end).await?;
            let recorded = replay.next_batch(BATCH_EVENTS_MAX).await?;
            // Late or not, what counts is where it stands now.
            let _late_or_not = followed
                .step(&self.log, build, at.position, recorded)
                .await
                .map_err(Box::new)?;
        }
    }

    /// Makes a filled build one that follows the log, and gives it to readers if it is to. Answers where it
    /// stands; None when another has come to serve with which it is to be compared first.
    pub(crate) async fn finish(
        &self,
        tenant: &Tenant,
        turn: &mut Turn,
        end: End,
        meter: &Meter<'_>,
    ) -> Result<Option<i64>, RebuildError> {
        for round in 0.. {
            let mut transaction = self.view.pool(turn.slot).begin().await?;
            let builds = self.lock_builds(tenant, &mut transaction).await?;
            let key = self.view.key(tenant, turn.slot);
            if !key.is_filled_by(&mut transaction, turn.holder).await? {
                return Err(RebuildError::TakenOver { name: self.name() });
            }
            let other = turn.slot.other();
            let from = Some(other).filter(|_| of(&builds, other).is_some_and(|it| it.serving));
            let rival = from.and_then(|slot| of(&builds, slot));
            if end == End::First && rival.is_some_and(|build| build.position > 0) {
                transaction.rollback().await?;
                return Ok(None);
            }
            let switched = end != End::Beside;
            let goal = if !switched {
                turn.target
            } else if let Some(rival) = rival {
                rival.position
            } else {
                self.log.head(tenant).await?.position
            };
            let goal = goal.max(turn.target);
            if goal - turn.target > LAST_EVENTS_MAX && round < ROUNDS_MAX {
                // Too much to do while the runner of the other one waits.
                transaction.rollback().await?;
                self.fill(tenant, turn, goal, meter).await?;
                continue;
            }
            self.bring_within(tenant, &mut transaction, turn.slot, turn.target, goal)
                .await?;
            if switched {
                self.serve(tenant, &mut transaction, from, turn.slot, goal)
                    .await?;
            } else {
                settle(key, &mut transaction, goal, false).await?;
            }
            transaction.commit().await?;
            return Ok(Some(goal));
        }
        Err(RebuildError::TakenOver { name: self.name() })
    }

    /// Applies what is left to a build whose row is locked.
    async fn bring_within(
        &self,
        tenant: &Tenant,
        connection: &mut PgConnection,
        slot: Slot,
        after: i64,
        up_to: i64,
    ) -> Result<(), RebuildError> {
        let key = self.view.key(tenant, slot);
        let mut parked = crate::parking::set(key.parked_streams(connection).await?);
        let poison = self
            .fold(tenant)
            .apply_range(connection, after, up_to, &mut parked)
            .await
            .map_err(|error| RebuildError::of(self.name(), error))?;
        key.park(connection, &poison, Before::default()).await?;
        Ok(())
    }

    async fn serve(
        &self,
        tenant: &Tenant,
        connection: &mut PgConnection,
        from: Option<Slot>,
        to: Slot,
        position: i64,
    ) -> Result<(), RebuildError> {
        if let Some(from) = from {
            let statement = "update read.projection
                 set serving = false
                 where tenant = $1 and name = $2 and version = $3 and slot = $4";
            self.view
                .key(tenant, from)
                .bound(sqlx::query(statement))
                .execute(&mut *connection)
                .await?;
        }
        settle(self.view.key(tenant, to), connection, position, true).await?;
        Ok(())
    }

    /// Holds both rows, always in this order, so that neither build moves until the transaction ends.
    async fn lock_builds(
        &self,
        tenant: &Tenant,
        connection: &mut PgConnection,
    ) -> Result<[Option<Checkpoint>; 2], sqlx::Error> {
        let mut found = [None, None];
        for (place, slot) in Slot::ALL.into_iter().enumerate() {
            found[place] = self.view.key(tenant, slot).lock(connection).await?;
        }
        Ok(found)
    }
}

/// One of both builds.
pub(crate) fn of(builds: &[Option<Checkpoint>; 2], slot: Slot) -> Option<Checkpoint> {
    match slot {
        Slot::Blue => builds[0],
        Slot::Green => builds[1],
    }
}

/// Where a build that follows the log from now on stands, and whether it serves; ends its fill.
async fn settle(
    key: Key<'_>,
    connection: &mut PgConnection,
    position: i64,
    serving: bool,
) -> Result<(), sqlx::Error> {
    key.bound(sqlx::query(include_str!("../sql/settle_build.sql")))
        .bind(position)
        .bind(serving)
        .execute(&mut *connection)
        .await?;
    let statement = "delete from read.fill
         where tenant = $1 and name = $2 and version = $3 and slot = $4";
    key.bound(sqlx::query(statement))
        .execute(connection)
        .await?;
    Ok(())
}
