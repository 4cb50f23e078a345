//! Building a view anew beside the one that serves, and giving it to readers once it is proven equal.
//!
//! Nothing outside happens twice: a fold only writes the rows of its own tables.

mod error;

use std::sync::Arc;

use eventlog::{Log, Tenant};
use sqlx::{PgConnection, PgPool};

use crate::fill::progress::Meter;
use crate::fill::step::{BATCH_EVENTS_MAX, Fold};
use crate::fill::turn::Turn;
use crate::switch::End;
use crate::{
    Comparison, OpenError, Progress, Projection, ProjectionError, Runner, Slot, Stage, View,
};

pub use error::RebuildError;

/// Workers of a rebuild, unless told otherwise.
pub const WORKERS: usize = 2;

/// Connections to each build: the workers, the lease, and one that compares.
const CONNECTIONS_MAX: u32 = 12;

/// How often a build that is nearly there is brought nearer before it is compared or switched to.
const ROUNDS_MAX: usize = 16;

/// Builds one view anew, compares builds, and switches between them. Cheap to clone.
pub struct Builder<E> {
    pub(crate) log: Log,
    pub(crate) projection: Arc<dyn Projection<Event = E>>,
    pub(crate) view: View,
    pub(crate) batch_events_max: usize,
}

/// How to build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rebuild {
    /// How many workers, each with its own streams; 1 to 8. One that was broken off keeps its number.
    pub workers: usize,
    /// Begin at the first event even where a rebuild was broken off.
    pub anew: bool,
    /// Give the new build to readers even if it differs from the one that serves.
    pub switch_anyway: bool,
}

impl Default for Rebuild {
    fn default() -> Self {
        Self {
            workers: WORKERS,
            anew: false,
            switch_anyway: false,
        }
    }
}

/// What a rebuild came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Rebuilt {
    /// The build that was filled.
    pub slot: Slot,
    /// Events of the log that its rows are made of, which is the position of the last.
    pub position: i64,
    /// Where an earlier rebuild that was broken off had come, if this one went on from there.
    pub resumed_at: Option<i64>,
    /// How it compares with the one that served.
    pub compared: Compared,
    /// Whether readers are given it.
    pub switched: bool,
    /// Streams that could not be applied.
    pub parked: i64,
    /// Whether the operator stopped the view, so that this build stands still too until it is started.
    pub stopped: bool,
}

/// How the new build compares with the one that served.
#[derive(Debug, Clone, PartialEq)]
pub enum Compared {
    /// Row by row, at one position.
    Rows(Comparison),
    /// There was nothing to compare with: no build served, or one without a single event.
    NothingServed,
    /// The one that served stands still before an earlier position, so that there is no common one.
    StoodStill {
        /// Where it stands.
        position: i64,
    },
}

impl<E> Clone for Builder<E> {
    fn clone(&self) -> Self {
        Self {
            log: self.log.clone(),
            projection: Arc::clone(&self.projection),
            view: self.view.clone(),
            batch_events_max: self.batch_events_max,
        }
    }
}

impl<E> std::fmt::Debug for Builder<E> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Builder")
            .field("view", &self.view)
            .finish_non_exhaustive()
    }
}

impl<E: Send + Sync + 'static> Runner<E> {
    /// Builds one of its views, on connections of its own.
    pub fn builder(&self, name: &str) -> Result<Builder<E>, ProjectionError> {
        let followed = self.followed(name)?;
        Ok(Builder {
            log: self.log.clone(),
            projection: Arc::clone(&followed.projection),
            view: followed.view.for_readers(CONNECTIONS_MAX),
            batch_events_max: BATCH_EVENTS_MAX,
        })
    }
}

impl<E: Send + Sync + 'static> Builder<E> {
    /// Of a view on the database and role of `pool`; it gets connections of its own.
    pub async fn open(
        log: Log,
        projection: Arc<dyn Projection<Event = E>>,
        pool: &PgPool,
    ) -> Result<Self, OpenError> {
        let view = View::open(projection.as_ref(), pool, CONNECTIONS_MAX).await?;
        Ok(Self {
            log,
            projection,
            view,
            batch_events_max: BATCH_EVENTS_MAX,
        })
    }

    /// With batches of at most this many events, which changes speed and nothing else.
    #[must_use]
    pub fn with_batches_of(mut self, events_max: usize) -> Self {
        self.batch_events_max = events_max.max(1);
        self
    }

    /// Fills the build that does not serve, compares it with the one that does, and gives it to readers
    /// when it is as good. The first build of a view is given to them as soon as it is whole.
    ///
    /// Killed half-way, the next call goes on from where every worker stood. The build that served stays
    /// and is kept up to date, so that one can switch back. Appends, readers and the runner of the build
    /// that serves go on; that runner waits for one batch at the moment of the switch.
    pub async fn rebuild(
        &self,
        tenant: &Tenant,
        how: Rebuild,
        show: &(dyn Fn(Progress) + Send + Sync),
    ) -> Result<Rebuilt, RebuildError> {
        let slot = self.unserved(tenant).await?;
        let mut turn = Turn::take(&self.view, tenant, slot, how.anew).await?;
        let lost = Turn::keep(&self.view, tenant, slot, turn.holder);
        let meter = Meter::new(show);
        let outcome = tokio::select! {
            lost = lost => Err(lost),
            done = self.build(tenant, &mut turn, how, &meter) => done,
        };
        if outcome.is_err() {
            turn.release(&self.view, tenant).await;
        }
        outcome
    }

    async fn build(
        &self,
        tenant: &Tenant,
        turn: &mut Turn,
        how: Rebuild,
        meter: &Meter<'_>,
    ) -> Result<Rebuilt, RebuildError> {
        // Rows of several streams are made in the order of the log, by one.
        let workers = if self.projection.cross_stream() {
            1
        } else {
            how.workers
        };
        let resumed_at = turn.positions.iter().copied().max().filter(|at| *at > 0);
        turn.clear(&self.view, tenant, workers).await?;
        self.fill_to_head(tenant, turn, meter).await?;
        self.analyze(turn.slot).await?;
        let (compared, switched, position) = loop {
            meter.enter(Stage::Comparing);
            let compared = self.compare_filled(tenant, turn, meter).await?;
            let switched = how.switch_anyway || compared.is_as_good();
            meter.enter(Stage::Switching);
            let end = match &compared {
                _ if !switched => End::Beside,
                Compared::NothingServed if !how.switch_anyway => End::First,
                _ => End::Served,
            };
            if let Some(position) = self.finish(tenant, turn, end, meter).await? {
                break (compared, switched, position);
            }
        };
        let key = self.view.key(tenant, turn.slot);
        let mut connection = self.view.pool(turn.slot).acquire().await?;
        let parked = key.parked_streams(&mut connection).await?;
        let stopped = key.read(&mut connection).await?;
        Ok(Rebuilt {
            slot: turn.slot,
            position,
            resumed_at,
            compared,
            switched,
            parked: i64::try_from(parked.len()).unwrap_or(i64::MAX),
            stopped: stopped.is_some_and(|build| build.stopped),
        })
    }

    /// Fills until no more is left than one batch, however much is appended meanwhile.
    async fn fill_to_head(
        &self,
        tenant: &Tenant,
        turn: &mut Turn,
        meter: &Meter<'_>,
    ) -> Result<(), RebuildError> {
        for _ in 0..ROUNDS_MAX {
            let head = self.log.head(tenant).await?.position;
            if head == turn.target && turn.positions.iter().all(|position| *position == head) {
                break;
            }
            self.fill(tenant, turn, head.max(turn.target), meter)
                .await?;
            let left = self.log.head(tenant).await?.position - turn.target;
            if left <= i64::try_from(self.batch_events_max).unwrap_or(i64::MAX) {
                break;
            }
        }
        Ok(())
    }

    /// Gives the planner figures of tables that were empty a moment ago.
    async fn analyze(&self, slot: Slot) -> Result<(), RebuildError> {
        let mut connection = self.view.pool(slot).acquire().await?;
        analyze(self.view.tables(), &mut connection).await?;
        Ok(())
    }

    /// The build to fill: one that was begun, otherwise the one that does not serve.
    async fn unserved(&self, tenant: &Tenant) -> Result<Slot, RebuildError> {
        let head = self.log.head(tenant).await?.position;
        let mut connection = self.view.pool(Slot::Blue).acquire().await?;
        // Else a rebuild that is never finished would leave a view that nobody builds.
        self.view
            .key(tenant, Slot::Blue)
            .ensure(&mut connection, head)
            .await?;
        let found = self.builds(tenant, &mut connection).await?;
        Ok(match (&found[0], &found[1]) {
            (Some(blue), _) if !blue.live => Slot::Blue,
            (_, Some(green)) if !green.live => Slot::Green,
            (_, Some(green)) if green.serving => Slot::Blue,
            (_, _) => Slot::Green,
        })
    }

    /// Both builds, as far as there are any: blue, then green.
    pub(crate) async fn builds(
        &self,
        tenant: &Tenant,
        connection: &mut PgConnection,
    ) -> Result<[Option<crate::Checkpoint>; 2], sqlx::Error> {
        let mut found = [None, None];
        for (place, slot) in Slot::ALL.into_iter().enumerate() {
            found[place] = self.view.key(tenant, slot).read(connection).await?;
        }
        Ok(found)
    }

    pub(crate) fn fold<'a>(&'a self, tenant: &'a Tenant) -> Fold<'a, E> {
        Fold {
            log: &self.log,
            projection: self.projection.as_ref(),
            tenant,
        }
    }

    pub(crate) fn name(&self) -> &'static str {
        self.view.name()
    }
}

impl Compared {
    /// Whether readers lose nothing by the new build.
    pub fn is_as_good(&self) -> bool {
        match self {
            Self::Rows(comparison) => comparison.is_as_good(),
            // One that stands still is what a rebuild is to mend.
            Self::NothingServed | Self::StoodStill { .. } => true,
        }
    }
}

/// Gives the planner figures of the tables that the connection sees.
pub(crate) async fn analyze(
    tables: &[crate::Table],
    connection: &mut PgConnection,
) -> Result<(), sqlx::Error> {
    for table in tables {
        sqlx::query(sqlx::AssertSqlSafe(format!("analyze {}", table.name)))
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}
