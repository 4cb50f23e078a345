//! Bringing views up to date, and what an operator does with them.

use std::sync::Arc;
use std::time::Duration;

use eventlog::{Log, StreamId, Tenant};
use futures_util::future::{join_all, try_join_all};
use sqlx::PgPool;
use tokio::sync::watch;

use crate::followed::{Build, Followed, Step};
use crate::{Poison, Projection, ProjectionError, Slot, Status, View};

/// Events applied in one transaction, at most; at 65,535 bytes an event that is 66 MB.
const BATCH_EVENTS_MAX: i64 = 1_000;

/// Connections for one build: one applies, others wait for their turn.
const CONNECTIONS_MAX: u32 = 4;

/// How a runner keeps its turn and how it takes failures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// How long a turn lasts unless it is renewed, which happens at a third of it: after this time another
    /// server goes on where one died.
    pub lease_ttl: Duration,
    /// How often in a row a build is started again after a failure, before it is given up.
    pub restarts_max: i32,
    /// How long the first restart waits; each later one waits twice as long, ten seconds at most.
    pub restart_after: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            lease_ttl: Duration::from_secs(3),
            restarts_max: 10,
            restart_after: Duration::from_millis(100),
        }
    }
}

/// Keeps views up to date. Any number of runners may work on the same views; nothing is applied twice.
#[derive(Debug)]
pub struct Runner<E> {
    pub(crate) log: Log,
    pub(crate) views: Arc<[Followed<E>]>,
    pub(crate) batch_events_max: i64,
    pub(crate) pace: Pace,
    /// Rung when what the operator wants may have changed.
    pub(crate) wanted: Arc<watch::Sender<()>>,
}

impl<E> Clone for Runner<E> {
    fn clone(&self) -> Self {
        Self {
            log: self.log.clone(),
            views: Arc::clone(&self.views),
            batch_events_max: self.batch_events_max,
            pace: self.pace,
            wanted: Arc::clone(&self.wanted),
        }
    }
}

impl<E: Send + Sync + 'static> Runner<E> {
    /// These views, on a pool that works as `wijk_read`. Makes the tables of views that were never run.
    pub async fn open(
        log: Log,
        pool: &PgPool,
        projections: Vec<Arc<dyn Projection<Event = E>>>,
    ) -> Result<Self, ProjectionError> {
        let opened = projections.into_iter().map(async |projection| {
            let view = View::open(&*projection, pool, CONNECTIONS_MAX).await?;
            Ok::<_, ProjectionError>(Followed { projection, view })
        });
        Ok(Self {
            log,
            views: try_join_all(opened).await?.into(),
            batch_events_max: BATCH_EVENTS_MAX,
            pace: Pace::default(),
            wanted: Arc::default(),
        })
    }

    /// With batches of at most this many events, which changes speed and nothing else.
    #[must_use]
    pub fn with_batches_of(mut self, events_max: i64) -> Self {
        self.batch_events_max = events_max.max(1);
        self
    }

    /// At another pace.
    #[must_use]
    pub fn with_pace(mut self, pace: Pace) -> Self {
        self.pace = pace;
        self
    }

    /// Brings every view to the head of the log, whoever else does.
    ///
    /// A view that cannot go on does not hold up the others; its error is answered once they are done,
    /// one that may pass before one that will not. So are parked streams: a view without them is up to
    /// date, but not whole.
    pub async fn catch_up(&self, tenant: &Tenant) -> Result<(), ProjectionError> {
        let each = self
            .views
            .iter()
            .map(|followed| self.catch_up_one(followed, tenant));
        let failed = join_all(each).await.into_iter().filter_map(Result::err);
        failed
            .min_by_key(ProjectionError::is_final)
            .map_or(Ok(()), Err)
    }

    async fn catch_up_one(
        &self,
        followed: &Followed<E>,
        tenant: &Tenant,
    ) -> Result<(), ProjectionError> {
        self.begin(followed, tenant).await?;
        let mut outcomes = Vec::with_capacity(Slot::ALL.len());
        for slot in Slot::ALL {
            let build = Build {
                tenant,
                slot,
                held: None,
            };
            // One that cannot go on does not hold up the other.
            outcomes.push((slot, self.try_catch_up(followed, build).await));
        }
        let mut connection = followed.view.pool(Slot::Blue).acquire().await?;
        let (serving, _) = followed.view.serving(&mut connection, tenant).await?;
        // The build that serves stands for the view; while none does, either.
        for (slot, outcome) in outcomes {
            match outcome {
                Err(error) if serving.is_some_and(|serving| serving != slot) => {
                    tracing::warn!(%error, %tenant, view = followed.view.name(), %slot, "the build beside is not up to date");
                }
                outcome => outcome?,
            }
        }
        Ok(())
    }

    /// Brings a build to the head of the log, if it is live; one with streams aside is not whole.
    async fn try_catch_up(
        &self,
        followed: &Followed<E>,
        build: Build<'_>,
    ) -> Result<(), ProjectionError> {
        let key = followed.view.key(build.tenant, build.slot);
        let outcome = self.catch_up_build(followed, build).await;
        let mut connection = followed.view.pool(build.slot).acquire().await?;
        if let Err(error @ ProjectionError::StandsStill { .. }) = &outcome {
            // Whose turn it is notes it by itself.
            let _noted_by_us = key
                .fail(&mut connection, None, &error.to_string(), None)
                .await?;
        }
        if !outcome? {
            return Ok(());
        }
        let parked = key.list_parked(&mut connection, i64::MAX).await?;
        complete(followed, parked.into_iter().map(|it| it.poison).collect())
    }

    /// True once it is there; false of one that is not to be kept up to date.
    async fn catch_up_build(
        &self,
        followed: &Followed<E>,
        build: Build<'_>,
    ) -> Result<bool, ProjectionError> {
        while let Some(mut position) = self.standing(followed, build).await? {
            loop {
                let recorded = self
                    .log
                    .read_after(build.tenant, position, self.batch_events_max)
                    .await?;
                if recorded.is_empty() {
                    // Otherwise the log has grown meanwhile, or the build is not what it was.
                    if !self.serve_first(followed, build, position).await? {
                        break;
                    }
                    let mut connection = followed.view.pool(build.slot).acquire().await?;
                    let key = followed.view.key(build.tenant, build.slot);
                    key.recover(&mut connection, position, None).await?;
                    return Ok(true);
                }
                match followed.step(&self.log, build, position, recorded).await? {
                    Step::Applied(reached) => position = reached,
                    Step::Late => break,
                }
            }
        }
        Ok(false)
    }

    /// Where a build stands that is to be kept up to date; None of one that is not.
    async fn standing(
        &self,
        followed: &Followed<E>,
        build: Build<'_>,
    ) -> Result<Option<i64>, ProjectionError> {
        let mut connection = followed.view.pool(build.slot).acquire().await?;
        let key = followed.view.key(build.tenant, build.slot);
        match key.read(&mut connection).await? {
            Some(checkpoint) if checkpoint.stopped => Err(ProjectionError::Stopped {
                name: followed.view.name(),
            }),
            Some(checkpoint) if checkpoint.live => Ok(Some(checkpoint.position)),
            _ => Ok(None),
        }
    }

    /// Makes sure that a view has a first build.
    pub(crate) async fn begin(
        &self,
        followed: &Followed<E>,
        tenant: &Tenant,
    ) -> Result<(), ProjectionError> {
        // A tenant that does not exist is said to be unknown, and gets no checkpoint.
        let head = self.log.head(tenant).await?;
        let mut connection = followed.view.pool(Slot::Blue).acquire().await?;
        let key = followed.view.key(tenant, Slot::Blue);
        key.ensure(&mut connection, head.position).await?;
        Ok(())
    }

    /// Gives a build to readers that came to the head of the log while none served; true when one serves.
    pub(crate) async fn serve_first(
        &self,
        followed: &Followed<E>,
        build: Build<'_>,
        position: i64,
    ) -> Result<bool, ProjectionError> {
        let mut connection = followed.view.pool(build.slot).acquire().await?;
        let (serving, _) = followed.view.serving(&mut connection, build.tenant).await?;
        if serving.is_some() {
            return Ok(true);
        }
        if position < self.log.head(build.tenant).await?.position {
            return Ok(false);
        }
        let key = followed.view.key(build.tenant, build.slot);
        Ok(key.serve_first(&mut connection).await?)
    }

    /// Stops a view on every server until it is started: after this has answered nobody follows the log with
    /// it. What an operator asks for by name, such as `resume` or a rebuild, still writes.
    pub async fn stop(&self, name: &str, tenant: &Tenant) -> Result<(), ProjectionError> {
        self.want(name, tenant, "stopped").await
    }

    /// Lets a view go on that was stopped or given up.
    pub async fn start(&self, name: &str, tenant: &Tenant) -> Result<(), ProjectionError> {
        self.want(name, tenant, "running").await
    }

    async fn want(
        &self,
        name: &str,
        tenant: &Tenant,
        desired: &'static str,
    ) -> Result<(), ProjectionError> {
        let followed = self.followed(name)?;
        self.begin(followed, tenant).await?;
        let mut connection = followed.view.pool(Slot::Blue).acquire().await?;
        for slot in Slot::ALL {
            let key = followed.view.key(tenant, slot);
            key.want(&mut connection, desired).await?;
        }
        self.wanted.send_replace(());
        Ok(())
    }

    /// Tries parked streams of a view again, this one or all, and lets it go on if it was given up.
    ///
    /// Answers how many are whole again; when one still cannot be applied that is the error, after all
    /// were tried.
    pub async fn resume(
        &self,
        name: &str,
        tenant: &Tenant,
        stream: Option<&StreamId>,
    ) -> Result<usize, ProjectionError> {
        let followed = self.followed(name)?;
        self.begin(followed, tenant).await?;
        let (mut resumed, mut still) = (0, Vec::new());
        for slot in Slot::ALL {
            let build = Build {
                tenant,
                slot,
                held: None,
            };
            let mut connection = followed.view.pool(slot).acquire().await?;
            let key = followed.view.key(tenant, slot);
            let live = key.read(&mut connection).await?.is_some_and(|it| it.live);
            drop(connection);
            // One that is being filled belongs to its rebuild.
            if !live {
                continue;
            }
            let (taken_up, poison) = self.resume_build(followed, build, stream).await?;
            resumed = resumed.max(taken_up);
            if still.is_empty() {
                still = poison;
            }
            let mut connection = followed.view.pool(slot).acquire().await?;
            key.revive(&mut connection).await?;
        }
        self.wanted.send_replace(());
        if let (Some(stream), 0, true) = (stream, resumed, still.is_empty()) {
            return Err(ProjectionError::NotParked {
                name: followed.view.name(),
                stream: stream.clone(),
            });
        }
        complete(followed, still)?;
        Ok(resumed)
    }

    /// How many streams are whole again, and what others still stop at.
    pub(crate) async fn resume_build(
        &self,
        followed: &Followed<E>,
        build: Build<'_>,
        stream: Option<&StreamId>,
    ) -> Result<(usize, Vec<Poison>), ProjectionError> {
        let key = followed.view.key(build.tenant, build.slot);
        let mut connection = followed.view.pool(build.slot).acquire().await?;
        let mut parked = key.parked_streams(&mut connection).await?;
        drop(connection);
        if let Some(stream) = stream {
            parked.retain(|it| it == stream);
        }
        let all = parked.len();
        let mut still = Vec::new();
        for stream in &parked {
            still.extend(followed.resume(&self.log, build, stream).await?);
        }
        Ok((all - still.len(), still))
    }

    /// Where each build of each view stands, the serving one first.
    pub async fn status(&self, tenant: &Tenant) -> Result<Vec<Status>, ProjectionError> {
        let head = self.log.head(tenant).await?;
        let mut found = Vec::with_capacity(self.views.len());
        for followed in self.views.iter() {
            found.extend(Status::read(&followed.view, tenant, head.position).await?);
        }
        Ok(found)
    }

    /// The names of its views.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.views.iter().map(|followed| followed.view.name())
    }

    /// The view of this name, to be read.
    pub fn view(&self, name: &str) -> Result<&View, ProjectionError> {
        Ok(&self.followed(name)?.view)
    }

    pub(crate) fn followed(&self, name: &str) -> Result<&Followed<E>, ProjectionError> {
        self.views
            .iter()
            .find(|followed| followed.view.name() == name)
            .ok_or_else(|| ProjectionError::UnknownProjection {
                name: name.to_owned(),
                known: self.names().collect::<Vec<_>>().join(", "),
            })
    }
}

/// A view with streams aside is not whole.
fn complete<E>(followed: &Followed<E>, parked: Vec<Poison>) -> Result<(), ProjectionError> {
    let streams = parked.len();
    match parked.into_iter().min_by_key(|poison| poison.position) {
        None => Ok(()),
        Some(first) => Err(ProjectionError::Parked {
            name: followed.view.name(),
            streams,
            first: Box::new(first),
        }),
    }
}
