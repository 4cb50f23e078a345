//! A view in temporary tables: as it was at an earlier position, or as this software would build it.
//!
//! Made by the view's own statements and filled by its own fold, so that the functions that read the view
//! read these tables just as well. Gone with the connection; nothing that others can see changes.

use std::collections::HashSet;
use std::sync::Arc;

use eventlog::{Log, ReadError, Recorded, StreamId, Tenant};
use jiff::Timestamp;
use sqlx::{ConnectOptions as _, Connection as _, PgConnection, PgPool};

use crate::compare::{Against, ONE_SNAPSHOT};
use crate::fill::step::{BATCH_EVENTS_MAX, Fold, StepError};
use crate::{CompareError, Comparison, Poison, Projection, Slot};

/// Memory that a connection keeps temporary tables in before it writes them out.
const TEMP_BUFFERS: &str = "32MB";

/// A view of one tenant in temporary tables.
pub struct Scratch<E> {
    log: Log,
    projection: Arc<dyn Projection<Event = E>>,
    tenant: Tenant,
    connection: PgConnection,
    position: i64,
    recorded_at: Option<Timestamp>,
    parked: HashSet<StreamId>,
    poison: Vec<Poison>,
}

/// Why temporary tables were not filled.
#[derive(Debug, thiserror::Error)]
pub enum ScratchError {
    /// An event of a view over several streams, which cannot go on without it.
    #[error("the view `{name}` cannot be built: {poison}")]
    Poison {
        /// Which view.
        name: &'static str,
        /// The event.
        poison: Box<Poison>,
    },
    /// The log could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The database failed.
    #[error("the database failed while temporary tables were filled")]
    Database(#[from] sqlx::Error),
}

impl<E: Send + Sync + 'static> Scratch<E> {
    /// Empty tables, on a connection of its own to the database of `pool` and as its role.
    pub async fn open(
        log: Log,
        projection: Arc<dyn Projection<Event = E>>,
        pool: &PgPool,
        tenant: &Tenant,
    ) -> Result<Self, ScratchError> {
        let options = PgPool::connect_options(pool).as_ref().clone();
        let mut connection = options
            .options([("search_path", "pg_temp"), ("temp_buffers", TEMP_BUFFERS)])
            .connect()
            .await?;
        sqlx::raw_sql(projection.schema_sql())
            .execute(&mut connection)
            .await?;
        Ok(Self {
            log,
            projection,
            tenant: tenant.clone(),
            connection,
            position: 0,
            recorded_at: None,
            parked: HashSet::new(),
            poison: Vec::new(),
        })
    }

    /// Applies the log up to `up_to`, from where it stands.
    pub async fn fill(&mut self, up_to: i64) -> Result<(), ScratchError> {
        let mut replay = self.log.replay(&self.tenant, self.position, up_to).await?;
        loop {
            let recorded = replay.next_batch(BATCH_EVENTS_MAX).await?;
            if recorded.is_empty() {
                return self.analyze().await;
            }
            self.apply(recorded).await?;
        }
    }

    /// Applies one stream up to `up_to`, at which it then stands: all other streams are taken to be empty.
    pub async fn fill_stream(&mut self, stream: &StreamId, up_to: i64) -> Result<(), ScratchError> {
        let recorded = self
            .log
            .read_stream_up_to(&self.tenant, stream, up_to)
            .await?;
        if !recorded.is_empty() {
            self.apply(recorded).await?;
        }
        self.position = up_to;
        Ok(())
    }

    /// Applies events that follow the last one, which someone else reads.
    pub async fn apply(&mut self, recorded: Vec<Recorded>) -> Result<(), ScratchError> {
        let Some(last) = recorded.last() else {
            return Ok(());
        };
        let end = (last.position, last.recorded_at);
        let fold = Fold {
            log: &self.log,
            projection: self.projection.as_ref(),
            tenant: &self.tenant,
        };
        let name = self.projection.name();
        let refused = |error| match error {
            StepError::Poison(poison) => ScratchError::Poison { name, poison },
            StepError::Read(error) => error.into(),
            StepError::Database(error) => error.into(),
        };
        if let Some(portion) = fold.decode(recorded, &self.parked).await.map_err(refused)? {
            let mut transaction = self.connection.begin().await?;
            let poison = fold
                .apply(&mut transaction, &portion, &mut self.parked)
                .await
                .map_err(refused)?;
            transaction.commit().await?;
            self.poison.extend(poison);
        }
        (self.position, self.recorded_at) = (end.0, Some(end.1));
        Ok(())
    }

    /// Gives the planner figures: nobody else does for temporary tables.
    pub async fn analyze(&mut self) -> Result<(), ScratchError> {
        crate::rebuild::analyze(self.projection.tables(), &mut self.connection).await?;
        Ok(())
    }

    /// Compares the build that serves with these tables, brought to its position. Changes neither.
    ///
    /// Of an earlier version of the view too: then the columns that both have are compared.
    pub async fn compare(&mut self, version: i32) -> Result<Comparison, CompareError> {
        let mut snapshot = self.connection.begin_with(ONE_SNAPSHOT).await?;
        let name = self.projection.name();
        let slot: Option<String> = sqlx::query_scalar(
            "select slot
             from read.projection
             where tenant = $1 and name = $2 and version = $3 and serving",
        )
        .bind(self.tenant.as_str())
        .bind(name)
        .bind(version)
        .fetch_optional(&mut *snapshot)
        .await?;
        let slot: Option<Slot> = slot.and_then(|slot| slot.parse().ok());
        let schema: String = sqlx::query_scalar(
            "select nspname::text
             from pg_namespace
             where oid = pg_my_temp_schema()",
        )
        .fetch_one(&mut *snapshot)
        .await?;
        let against = Against {
            key: crate::Key::new(
                &self.tenant,
                name,
                version,
                slot.ok_or(CompareError::NothingServed { name, version })?,
            ),
            schema,
            tables: self.projection.tables(),
        };
        let fold = Fold {
            log: &self.log,
            projection: self.projection.as_ref(),
            tenant: &self.tenant,
        };
        let compared = against
            .compare(fold, &mut snapshot, self.position, self.parked.clone())
            .await;
        snapshot.rollback().await?;
        compared
    }

    /// Reads its tables by unqualified names.
    pub fn connection(&mut self) -> &mut PgConnection {
        &mut self.connection
    }

    /// Position of the last event its rows hold.
    pub fn position(&self) -> i64 {
        self.position
    }

    /// When the log came to know of the last event that was applied; None before the first.
    pub fn recorded_at(&self) -> Option<Timestamp> {
        self.recorded_at
    }

    /// The event that each stream stopped at which could not go on.
    pub fn poison(&self) -> &[Poison] {
        &self.poison
    }
}

impl<E: Send + Sync + 'static> std::fmt::Debug for Scratch<E> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Scratch")
            .field("view", &self.projection.name())
            .field("position", &self.position)
            .finish_non_exhaustive()
    }
}
