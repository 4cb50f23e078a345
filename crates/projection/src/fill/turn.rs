//! Whose turn it is to fill a build, and where its parts stand.

use std::time::Duration;

use eventlog::Tenant;
use sqlx::{PgConnection, Row as _};
use uuid::Uuid;

use crate::{Key, RebuildError, Slot, View};

/// How long a fill that died keeps others from taking it up, at most.
const TURN_MAX: Duration = Duration::from_secs(10);

/// Workers of one fill, at most.
const PARTS_MAX: usize = 8;

/// A fill that this process may do until its lease is lost.
#[derive(Debug)]
pub(crate) struct Turn {
    /// The build that is filled.
    pub(crate) slot: Slot,
    /// Name of the lease.
    pub(crate) holder: Uuid,
    /// Up to where each part is.
    pub(crate) positions: Vec<i64>,
    /// Up to where they go.
    pub(crate) target: i64,
}

impl Turn {
    /// Takes the build `slot` from readers of nothing and from its runner, or takes up the fill that was
    /// broken off, unless `anew`.
    pub(crate) async fn take(
        view: &View,
        tenant: &Tenant,
        slot: Slot,
        anew: bool,
    ) -> Result<Self, RebuildError> {
        let key = view.key(tenant, slot);
        let mut transaction = view.pool(slot).begin().await?;
        key.ensure_beside(&mut transaction).await?;
        let row = key.bound(sqlx::query(include_str!("../../sql/lock_turn.sql")));
        let row = row.fetch_one(&mut *transaction).await?;
        let live: bool = row.try_get("live")?;
        let left_s: Option<f64> = row.try_get("left_s")?;
        if row.try_get("serving")? {
            return Err(RebuildError::Switched { name: key.name });
        }
        if !live && left_s.is_some_and(|left_s| left_s > 0.0) {
            return Err(RebuildError::Busy {
                name: key.name,
                left: Duration::try_from_secs_f64(left_s.unwrap_or_default()).unwrap_or_default(),
            });
        }
        let taken = key.bound(sqlx::query(include_str!("../../sql/take_turn.sql")));
        let taken = taken
            .bind(TURN_MAX.as_secs_f64())
            .fetch_one(&mut *transaction)
            .await?;
        let mut turn = Self {
            slot,
            holder: taken.try_get("lease_holder")?,
            positions: Vec::new(),
            target: 0,
        };
        turn.read(key, &mut transaction).await?;
        if live || anew {
            turn.positions.clear();
        }
        if turn.positions.is_empty() {
            let statement = "delete from read.fill
                 where tenant = $1 and name = $2 and version = $3 and slot = $4";
            for statement in [statement, include_str!("../../sql/reset_projection.sql")] {
                key.bound(sqlx::query(statement))
                    .execute(&mut *transaction)
                    .await?;
            }
        }
        transaction.commit().await?;
        Ok(turn)
    }

    /// Where the parts of a fill that was broken off stand.
    async fn read(
        &mut self,
        key: Key<'_>,
        connection: &mut PgConnection,
    ) -> Result<(), RebuildError> {
        let rows = key
            .bound(sqlx::query(include_str!("../../sql/list_fill.sql")))
            .fetch_all(connection)
            .await?;
        for row in &rows {
            self.positions.push(row.try_get("position")?);
            self.target = row.try_get("target")?;
        }
        Ok(())
    }

    /// Throws away what the build has of the tenant, unless a fill that was broken off is gone on with.
    ///
    /// Deletes, since a reader may still look at it. That can take long, so the lease is renewed meanwhile:
    /// the row it is in is locked only at the end, and when the lease was lost nothing was deleted.
    pub(crate) async fn clear(
        &mut self,
        view: &View,
        tenant: &Tenant,
        workers: usize,
    ) -> Result<(), RebuildError> {
        if !self.positions.is_empty() {
            return Ok(());
        }
        let key = view.key(tenant, self.slot);
        let parts = i32::try_from(workers.clamp(1, PARTS_MAX)).unwrap_or(1);
        let mut transaction = view.pool(self.slot).begin().await?;
        let statement = "delete from read.parked
             where tenant = $1 and name = $2 and version = $3 and slot = $4";
        key.bound(sqlx::query(statement))
            .execute(&mut *transaction)
            .await?;
        view.clear(&mut transaction, tenant).await?;
        key.lock(&mut transaction).await?;
        if !key.is_filled_by(&mut transaction, self.holder).await? {
            return Err(RebuildError::TakenOver { name: key.name });
        }
        key.bound(sqlx::query(include_str!("../../sql/insert_fill.sql")))
            .bind(parts)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        self.positions = vec![0; usize::try_from(parts).unwrap_or(1)];
        self.target = 0;
        Ok(())
    }

    /// Notes up to where the parts go.
    pub(crate) async fn aim(
        &mut self,
        view: &View,
        tenant: &Tenant,
        target: i64,
    ) -> Result<(), RebuildError> {
        if self.target == target {
            return Ok(());
        }
        let key = view.key(tenant, self.slot);
        let statement = "update read.fill
             set target = $5
             where tenant = $1 and name = $2 and version = $3 and slot = $4";
        let mut transaction = view.pool(self.slot).begin().await?;
        let done = key
            .bound(sqlx::query(statement))
            .bind(target)
            .execute(&mut *transaction)
            .await?;
        // In this order, as a worker does: who took over has locked these rows before.
        let ours = done.rows_affected() > 0;
        if !ours || !key.is_filled_by(&mut transaction, self.holder).await? {
            return Err(RebuildError::TakenOver { name: key.name });
        }
        transaction.commit().await?;
        self.target = target;
        Ok(())
    }

    /// Renews the lease until it is lost; for ever once the build is whole, when there is none to lose.
    pub(crate) async fn keep(
        view: &View,
        tenant: &Tenant,
        slot: Slot,
        holder: Uuid,
    ) -> RebuildError {
        let key = view.key(tenant, slot);
        loop {
            tokio::time::sleep(TURN_MAX / 3).await;
            let renewed = key
                .bound(sqlx::query(include_str!("../../sql/keep_turn.sql")))
                .bind(holder)
                .bind(TURN_MAX.as_secs_f64())
                .execute(view.pool(slot))
                .await;
            match renewed {
                Ok(done) if done.rows_affected() == 1 => {}
                Ok(_) => match Self::is_over(view, key).await {
                    Ok(true) => return std::future::pending().await,
                    Ok(false) => return RebuildError::TakenOver { name: key.name },
                    Err(error) => {
                        tracing::warn!(%error, %tenant, view = key.name, "whose turn it is to rebuild was not read");
                    }
                },
                // Whoever then writes finds out by itself whether it is late.
                Err(error) => {
                    tracing::warn!(%error, %tenant, view = key.name, "the lease of a rebuild was not renewed");
                }
            }
        }
    }

    /// Whether the build is whole by now. Who made it so, if it was another, a late one finds out when it writes.
    async fn is_over(view: &View, key: Key<'_>) -> Result<bool, sqlx::Error> {
        let mut connection = view.pool(key.slot).acquire().await?;
        let build = key.read(&mut connection).await?;
        Ok(build.is_some_and(|build| build.live))
    }

    /// Gives the lease back, so that the next need not wait for it to run out.
    pub(crate) async fn release(&self, view: &View, tenant: &Tenant) {
        let key = view.key(tenant, self.slot);
        let released = key
            .bound(sqlx::query(include_str!("../../sql/release_turn.sql")))
            .bind(self.holder)
            .execute(view.pool(self.slot))
            .await;
        if let Err(error) = released {
            tracing::warn!(%error, %tenant, view = key.name, "the lease of a rebuild runs out by itself");
        }
    }
}

type Query<'q> = sqlx::query::Query<'q, sqlx::Postgres, sqlx::postgres::PgArguments>;

impl Key<'_> {
    /// Binds its four columns as $1 to $4.
    pub(crate) fn bound(self, query: Query<'_>) -> Query<'_> {
        query
            .bind(self.tenant.as_str().to_owned())
            .bind(self.name)
            .bind(self.version)
            .bind(self.slot.as_str())
    }

    /// Makes the row of a build that does not serve, where there is none.
    async fn ensure_beside(self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        let statement = "insert into read.projection (tenant, name, version, slot, serving, live)
             values ($1, $2, $3, $4, false, false)
             on conflict do nothing";
        self.bound(sqlx::query(statement))
            .execute(connection)
            .await?;
        Ok(())
    }

    /// Whether the build is being filled, and by this holder.
    pub(crate) async fn is_filled_by(
        self,
        connection: &mut PgConnection,
        holder: Uuid,
    ) -> Result<bool, sqlx::Error> {
        let statement = "select exists (
                 select
                 from read.projection
                 where tenant = $1 and name = $2 and version = $3 and slot = $4
                     and lease_holder = $5 and not live
             )";
        self.bound(sqlx::query(statement))
            .bind(holder)
            .fetch_one(connection)
            .await?
            .try_get(0)
    }
}
