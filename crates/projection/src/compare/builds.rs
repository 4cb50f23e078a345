//! Which builds are compared, and how both are brought to one position.

use std::time::Duration;

use eventlog::Tenant;
use sqlx::{Connection as _, PgConnection};

use super::{Against, CompareError, Comparison, ONE_SNAPSHOT};
use crate::fill::progress::Meter;
use crate::fill::turn::Turn;
use crate::switch::of;
use crate::{Builder, Checkpoint, Compared, RebuildError, Slot};

/// How often the build that serves is brought to where the other one has gone meanwhile.
const ROUNDS_MAX: usize = 16;

/// How often a transaction that only holds a row shows that it is still wanted: well within what the
/// database lets one sit idle.
const SHOWN_EVERY: Duration = Duration::from_secs(5);

impl<E: Send + Sync + 'static> Builder<E> {
    /// Compares the build that serves with the other one, of which it only brings the former forward.
    ///
    /// The runner of the other one waits meanwhile; that of the serving one does not.
    pub async fn compare(&self, tenant: &Tenant) -> Result<Comparison, RebuildError> {
        let name = self.name();
        let mut connection = self.view.pool(Slot::Blue).acquire().await?;
        let builds = self.builds(tenant, &mut connection).await?;
        drop(connection);
        let serving = Slot::ALL
            .into_iter()
            .find(|slot| of(&builds, *slot).is_some_and(|build| build.serving))
            .ok_or(RebuildError::NoOther { name })?;
        let mut other = whole(name, of(&builds, serving.other()))?;
        let mut round = 0;
        loop {
            // Never while a row is held: a switch that holds one and waits for the other would wait for ever.
            self.bring(tenant, serving, other).await?;
            let compared = self.compare_held(tenant, serving).await;
            match compared {
                Err(RebuildError::Compare(error)) if round < ROUNDS_MAX => match *error {
                    // The other one went ahead meanwhile.
                    CompareError::Behind { other: ahead, .. } => other = ahead,
                    error => return Err(Box::new(error).into()),
                },
                compared => return compared,
            }
            round += 1;
        }
    }

    /// Compares while the other one is held where it is; [`CompareError::Behind`] if that is too far.
    async fn compare_held(
        &self,
        tenant: &Tenant,
        serving: Slot,
    ) -> Result<Comparison, RebuildError> {
        let other = serving.other();
        let mut hold = self.view.pool(other).begin().await?;
        let build = self.view.key(tenant, other).lock(&mut hold).await?;
        let after = whole(self.name(), build)?;
        let compared = tokio::select! {
            compared = self.compare_at(tenant, serving, other, after) => compared,
            lost = keep_awake(&mut hold) => Err(lost.into()),
        };
        // What was found stays true, however the connection ends that kept the other one where it was.
        if let Err(error) = hold.rollback().await {
            let view = self.name();
            tracing::warn!(%error, %tenant, view, "the connection that held a build was lost");
        }
        Ok(compared.map_err(Box::new)?)
    }

    /// Compares what was filled with what serves, if there is a common position.
    pub(crate) async fn compare_filled(
        &self,
        tenant: &Tenant,
        turn: &mut Turn,
        meter: &Meter<'_>,
    ) -> Result<Compared, RebuildError> {
        let serving = turn.slot.other();
        let mut connection = self.view.pool(serving).acquire().await?;
        let build = self.view.key(tenant, serving).read(&mut connection).await?;
        drop(connection);
        let Some(build) = build.filter(|build| build.serving && build.position > 0) else {
            return Ok(Compared::NothingServed);
        };
        if build.position < turn.target {
            if build.stopped || build.halted {
                return Ok(Compared::StoodStill {
                    position: build.position,
                });
            }
            self.bring(tenant, serving, turn.target).await?;
        } else if build.position > turn.target {
            self.fill(tenant, turn, build.position, meter).await?;
        }
        let compared = self
            .compare_at(tenant, serving, turn.slot, turn.target)
            .await
            .map_err(Box::new)?;
        Ok(Compared::Rows(compared))
    }

    async fn compare_at(
        &self,
        tenant: &Tenant,
        serving: Slot,
        other: Slot,
        after: i64,
    ) -> Result<Comparison, CompareError> {
        let mut snapshot = self.view.pool(other).begin_with(ONE_SNAPSHOT).await?;
        let key = self.view.key(tenant, other);
        let against = Against {
            key: self.view.key(tenant, serving),
            schema: self.view.schema(other),
            tables: self.view.tables(),
        };
        let parked = key.parked_streams(&mut snapshot).await?;
        let parked = crate::parking::set(parked);
        let compared = against
            .compare(self.fold(tenant), &mut snapshot, after, parked)
            .await;
        snapshot.rollback().await?;
        compared
    }
}

/// Where a build stands, if it is whole.
fn whole(name: &'static str, build: Option<Checkpoint>) -> Result<i64, RebuildError> {
    let build = build.ok_or(RebuildError::NoOther { name })?;
    if build.live {
        return Ok(build.position);
    }
    Err(RebuildError::NotReady {
        name,
        why: "is not whole: its rebuild was not finished".to_owned(),
    })
}

/// Keeps the database from ending a transaction for being idle, until the connection is lost.
async fn keep_awake(connection: &mut PgConnection) -> sqlx::Error {
    loop {
        tokio::time::sleep(SHOWN_EVERY).await;
        if let Err(lost) = connection.ping().await {
            return lost;
        }
    }
}
