//! Bringing views up to date: to the head, following it, or from the beginning.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use eventlog::{Log, Tenant};
use futures_util::future::try_join_all;
use sqlx::PgPool;
use tracing::Instrument as _;

use crate::view::View;
use crate::{Batch, Projection, ProjectionError, Status, projection};

/// Events applied in one transaction, at most; at 65,535 bytes an event that is 66 MB.
const BATCH_EVENTS_MAX: i64 = 1_000;

/// Connections for one view: one applies, others wait for their turn behind a rebuild.
const CONNECTIONS_MAX: u32 = 4;

/// How long a view waits after the database failed.
const RETRY: Duration = Duration::from_secs(1);

/// Keeps views up to date. Any number of runners may work on the same views; nothing is applied twice.
#[derive(Debug, Clone)]
pub struct Runner {
    log: Log,
    views: Arc<[View]>,
    batch_events_max: i64,
}

/// What a rebuild came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rebuilt {
    /// Events that were read.
    pub events: i64,
    /// Position of the last of them, at which the view now stands.
    pub position: i64,
}

/// What came of one batch.
enum Step {
    /// It was applied up to this position.
    Applied(i64),
    /// Another runner was first.
    Lost,
}

impl Runner {
    /// All views, on a pool that works as `wijk_read`. Makes the tables of views that were never run.
    pub async fn open(log: Log, pool: &PgPool) -> Result<Self, ProjectionError> {
        Self::with(log, pool, projection::all()).await
    }

    /// These views only.
    pub async fn with(
        log: Log,
        pool: &PgPool,
        projections: Vec<Arc<dyn Projection>>,
    ) -> Result<Self, ProjectionError> {
        let opened = projections
            .into_iter()
            .map(|projection| View::open(projection, pool, CONNECTIONS_MAX));
        Ok(Self {
            log,
            views: try_join_all(opened).await?.into(),
            batch_events_max: BATCH_EVENTS_MAX,
        })
    }

    /// With batches of at most this many events, which changes speed and nothing else.
    #[must_use]
    pub fn with_batches_of(mut self, events_max: i64) -> Self {
        self.batch_events_max = events_max.max(1);
        self
    }

    /// Brings every view to the head of the log.
    ///
    /// A view that cannot go on does not hold up the others; its error is answered once they are done.
    pub async fn catch_up(&self, tenant: &Tenant) -> Result<(), ProjectionError> {
        let each = self
            .views
            .iter()
            .map(|view| self.catch_up_one(view, tenant));
        futures_util::future::join_all(each)
            .await
            .into_iter()
            .collect()
    }

    async fn catch_up_one(&self, view: &View, tenant: &Tenant) -> Result<(), ProjectionError> {
        let mut position = self.begin(view, tenant).await?;
        loop {
            let recorded = self
                .log
                .read_after(tenant, position, self.batch_events_max)
                .await?;
            if recorded.is_empty() {
                return Ok(());
            }
            position = match self.apply(view, tenant, position, recorded).await? {
                Step::Applied(position) => position,
                Step::Lost => self.begin(view, tenant).await?,
            };
        }
    }

    /// Follows the log with every view until `shutdown` is done; a batch under way is finished first
    /// or not kept at all.
    ///
    /// A view that meets an event it cannot read notes that in its [`Status`] and stands still; the
    /// others go on. When the database cannot be reached, it tries again.
    pub async fn run(&self, tenant: &Tenant, shutdown: impl Future<Output = ()>) {
        let all = futures_util::future::join_all(
            self.views
                .iter()
                .map(|view| self.follow_for_good(view, tenant)),
        );
        tokio::select! {
            () = shutdown => {}
            _stood_still = all => tracing::error!(%tenant, "every view stands still"),
        }
    }

    async fn follow_for_good(&self, view: &View, tenant: &Tenant) {
        loop {
            let Err(error) = self.follow(view, tenant).await;
            let name = view.projection.name();
            let cause: &(dyn std::error::Error + Send + Sync) = &error;
            if error.is_final() {
                tracing::error!(cause, %tenant, view = name, "view stands still");
                return;
            }
            tracing::warn!(cause, %tenant, view = name, "view is interrupted");
            tokio::time::sleep(RETRY).await;
        }
    }

    /// Follows until something fails; where another runner was first, from where that one came.
    async fn follow(&self, view: &View, tenant: &Tenant) -> Result<Infallible, ProjectionError> {
        let mut position = self.begin(view, tenant).await?;
        let mut follower = self.log.follow(tenant, position);
        loop {
            let recorded = follower.next_batch().await?;
            position = match self.apply(view, tenant, position, recorded).await? {
                Step::Applied(position) => position,
                Step::Lost => {
                    let position = self.begin(view, tenant).await?;
                    follower = self.log.follow(tenant, position);
                    position
                }
            };
        }
    }

    async fn begin(&self, view: &View, tenant: &Tenant) -> Result<i64, ProjectionError> {
        // A tenant that does not exist is said to be unknown, and gets no checkpoint.
        self.log.head(tenant).await?;
        let mut connection = view.pool.acquire().await?;
        let key = view.key(tenant);
        key.ensure(&mut connection).await?;
        Ok(key.read(&mut connection).await?.position)
    }

    /// Applies what was read after `position`, as far as it can be decoded.
    async fn apply(
        &self,
        view: &View,
        tenant: &Tenant,
        position: i64,
        recorded: Vec<eventlog::Recorded>,
    ) -> Result<Step, ProjectionError> {
        let (batch, stopped) = Batch::read(&self.log, tenant, recorded).await?;
        let mut reached = position;
        if let Some(batch) = batch {
            if !commit(view, position, &batch).await? {
                return Ok(Step::Lost);
            }
            reached = batch.last().position;
        }
        let Some(error) = stopped else {
            return Ok(Step::Applied(reached));
        };
        let mut connection = view.pool.acquire().await?;
        view.key(tenant)
            .stop(&mut connection, reached, &error.to_string())
            .await?;
        Err(error)
    }

    /// Builds a view anew from the first event, with the code that runs live.
    ///
    /// All in one transaction: readers see the old rows until the new ones are whole, and when anything
    /// fails the old ones stay. Appends go on; other runners of this view wait, those of others do not.
    pub async fn rebuild(&self, name: &str, tenant: &Tenant) -> Result<Rebuilt, ProjectionError> {
        let view = self.view(name)?;
        let key = view.key(tenant);
        self.begin(view, tenant).await?;
        let mut transaction = view.pool.begin().await?;
        key.lock(&mut transaction).await?;
        view.clear(&mut transaction, tenant).await?;
        key.reset(&mut transaction).await?;
        let mut rebuilt = Rebuilt {
            events: 0,
            position: 0,
        };
        loop {
            let recorded = self
                .log
                .read_after(tenant, rebuilt.position, self.batch_events_max)
                .await?;
            let (batch, stopped) = Batch::read(&self.log, tenant, recorded).await?;
            if let Some(error) = stopped {
                return Err(error);
            }
            let Some(batch) = batch else { break };
            view.projection.apply(&mut transaction, &batch).await?;
            key.advance(&mut transaction, rebuilt.position, batch.last())
                .await?;
            rebuilt.events += i64::try_from(batch.events().len()).unwrap_or(i64::MAX);
            rebuilt.position = batch.last().position;
        }
        transaction.commit().await?;
        Ok(rebuilt)
    }

    /// Where each view stands, by name.
    pub async fn status(&self, tenant: &Tenant) -> Result<Vec<Status>, ProjectionError> {
        let head = self.log.head(tenant).await?;
        let mut found = Vec::with_capacity(self.views.len());
        for view in self.views.iter() {
            found.push(Status::read(view, tenant, head.position).await?);
        }
        Ok(found)
    }

    /// The names of its views.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.views.iter().map(|view| view.projection.name())
    }

    fn view(&self, name: &str) -> Result<&View, ProjectionError> {
        self.views
            .iter()
            .find(|view| view.projection.name() == name)
            .ok_or_else(|| ProjectionError::UnknownProjection {
                name: name.to_owned(),
                known: self.names().collect::<Vec<_>>().join(", "),
            })
    }
}

/// Applies a batch in one transaction with its checkpoint; false when another runner was first.
async fn commit(view: &View, before: i64, batch: &Batch) -> Result<bool, ProjectionError> {
    let last = batch.last();
    let span = tracing::debug_span!(
        "projection_batch",
        tenant = %batch.tenant(),
        view = view.projection.name(),
        events = batch.events().len(),
        position = last.position,
    );
    async {
        let mut transaction = view.pool.begin().await?;
        let key = view.key(batch.tenant());
        if !key.advance(&mut transaction, before, last).await? {
            transaction.rollback().await?;
            return Ok(false);
        }
        view.projection.apply(&mut transaction, batch).await?;
        transaction.commit().await?;
        Ok(true)
    }
    .instrument(span)
    .await
}
