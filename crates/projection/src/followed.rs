//! A view with the fold that fills it: one part of the log at a time, or one stream anew.

use std::collections::HashSet;
use std::sync::Arc;

use eventlog::{Log, Recorded, StreamId, Tenant};
use sqlx::PgConnection;
use tracing::Instrument as _;

use crate::apply::{self, Refusal};
use crate::lease::Held;
use crate::parking::{self, Before};
use crate::portion::Portion;
use crate::{Batch, Poison, Projection, ProjectionError, Slot, View};

/// A view that is kept up to date.
pub(crate) struct Followed<E> {
    pub(crate) projection: Arc<dyn Projection<Event = E>>,
    pub(crate) view: View,
}

/// One build for one tenant, and by whose turn it is moved; without a turn, by whoever is first.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Build<'a> {
    pub(crate) tenant: &'a Tenant,
    pub(crate) slot: Slot,
    pub(crate) held: Option<Held>,
}

/// What came of one part of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// It was applied up to this position.
    Applied(i64),
    /// Nothing was: another was first, or whoever tried may not.
    Late,
}

/// How a part is applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    /// All streams at once.
    Together,
    /// Stream by stream, since one of them refuses.
    Apart,
}

impl<E: Send + Sync + 'static> Followed<E> {
    /// Applies what was read after `before`, in one transaction with the checkpoint. Streams that cannot go
    /// on are put aside in it; of a view over several streams all that comes before the first such event
    /// is applied, and then it is an error.
    pub(crate) async fn step(
        &self,
        log: &Log,
        build: Build<'_>,
        before: i64,
        recorded: Vec<Recorded>,
    ) -> Result<Step, ProjectionError> {
        let portion = Portion::read(log, &*self.projection, build.tenant, recorded).await?;
        let span = tracing::debug_span!(
            "projection_batch",
            tenant = %build.tenant,
            view = self.view.name(),
            slot = %build.slot,
            events = portion.events().len(),
            position = portion.end().0,
        );
        async {
            if self.projection.cross_stream() {
                return self.step_whole(build, before, &portion).await;
            }
            match self.transact(build, before, &portion, How::Together).await {
                Err(Refusal::Data(_)) => self.transact(build, before, &portion, How::Apart).await,
                step => step,
            }
        }
        .instrument(span)
        .await
        .map_err(ProjectionError::from)
    }

    async fn transact(
        &self,
        build: Build<'_>,
        before: i64,
        portion: &Portion<E>,
        how: How,
    ) -> Result<Step, Refusal> {
        let key = self.view.key(build.tenant, build.slot);
        let mut transaction = self.view.pool(build.slot).begin().await?;
        let advanced = key
            .advance(&mut transaction, before, portion.end(), build.held)
            .await?;
        if !advanced {
            transaction.rollback().await?;
            return Ok(Step::Late);
        }
        // Asked once the row is locked: what the advance waited for may have parked or resumed a stream.
        let parked = parking::set(key.parked_streams(&mut transaction).await?);
        let poison = self
            .apply(&mut transaction, build.tenant, portion, &parked, how)
            .await?;
        key.park(&mut transaction, &poison, Before::default())
            .await?;
        transaction.commit().await?;
        for poison in &poison {
            tracing::error!(tenant = %build.tenant, view = self.view.name(), %poison, "stream is parked");
        }
        Ok(Step::Applied(portion.end().0))
    }

    /// Applies a part in a transaction of the caller's; answers the streams to put aside.
    async fn apply(
        &self,
        connection: &mut PgConnection,
        tenant: &Tenant,
        portion: &Portion<E>,
        parked: &HashSet<StreamId>,
        how: How,
    ) -> Result<Vec<Poison>, Refusal> {
        let projection = &*self.projection;
        let mut poison = match how {
            How::Together => {
                apply::together(projection, connection, tenant, portion, parked).await?;
                Vec::new()
            }
            How::Apart => apply::apart(projection, connection, tenant, portion, parked).await?,
        };
        // What cannot be applied comes before what cannot be read: nothing after that was tried.
        let found: HashSet<StreamId> = poison.iter().map(|it| it.stream.clone()).collect();
        let unread = portion.poison().iter();
        poison.extend(
            unread
                .filter(|it| !parked.contains(&it.stream) && !found.contains(&it.stream))
                .cloned(),
        );
        Ok(poison)
    }

    /// Of a view over several streams: as far as it goes.
    async fn step_whole(
        &self,
        build: Build<'_>,
        before: i64,
        portion: &Portion<E>,
    ) -> Result<Step, Refusal> {
        let projection = &*self.projection;
        let mut reached = before;
        let mut refused = portion.poison().first().cloned();
        if let Some(batch) = portion.batch(projection, build.tenant, &HashSet::new()) {
            match self.commit(build, reached, &batch).await {
                Err(Refusal::Data(_)) => {}
                Ok(Step::Applied(position)) => reached = position,
                late_or_other => return late_or_other,
            }
        }
        for event in portion.events() {
            let recorded = projection.recorded(event);
            if recorded.position <= reached {
                continue;
            }
            let whole = portion.whole(&recorded.stream);
            let batch = apply::single(projection, build.tenant, event, whole);
            match self.commit(build, reached, &batch).await {
                Ok(Step::Applied(position)) => reached = position,
                Err(Refusal::Data(error)) => {
                    refused = Some(Poison::of(recorded, apply::describe(&error)));
                    break;
                }
                late_or_other => return late_or_other,
            }
        }
        match refused {
            None => Ok(Step::Applied(reached)),
            Some(poison) => Err(Refusal::Other(ProjectionError::StandsStill {
                name: self.view.name(),
                position: reached,
                poison: Box::new(poison),
            })),
        }
    }

    /// Applies a batch of a view over several streams, all of it or nothing.
    async fn commit(
        &self,
        build: Build<'_>,
        before: i64,
        batch: &Batch<'_, E>,
    ) -> Result<Step, Refusal> {
        let Some(last) = batch.events().last() else {
            return Ok(Step::Applied(before));
        };
        let last = self.projection.recorded(last);
        let end = (last.position, last.recorded_at);
        let key = self.view.key(build.tenant, build.slot);
        let mut transaction = self.view.pool(build.slot).begin().await?;
        let advanced = key
            .advance(&mut transaction, before, end, build.held)
            .await?;
        if !advanced {
            transaction.rollback().await?;
            return Ok(Step::Late);
        }
        apply::one(&*self.projection, &mut transaction, batch).await?;
        transaction.commit().await?;
        Ok(Step::Applied(last.position))
    }

    /// Tries a parked stream again: what it made is forgotten and made anew from the log, up to where the
    /// build stands. Answers what it still stops at; None also when it was not aside any more, and of a
    /// build that is not live: a rebuild that fills it needs to know which streams are not whole.
    pub(crate) async fn resume(
        &self,
        log: &Log,
        build: Build<'_>,
        stream: &StreamId,
    ) -> Result<Option<Poison>, ProjectionError> {
        let poison = match self.refold(log, build, stream, How::Together).await {
            Err(Refusal::Data(_)) => self.refold(log, build, stream, How::Apart).await?,
            poison => poison?,
        };
        match &poison {
            None => tracing::info!(
                tenant = %build.tenant,
                view = self.view.name(),
                %stream,
                "stream is resumed"
            ),
            Some(poison) => tracing::warn!(
                tenant = %build.tenant,
                view = self.view.name(),
                %poison,
                "stream stays parked"
            ),
        }
        Ok(poison)
    }

    async fn refold(
        &self,
        log: &Log,
        build: Build<'_>,
        stream: &StreamId,
        how: How,
    ) -> Result<Option<Poison>, Refusal> {
        let key = self.view.key(build.tenant, build.slot);
        let mut transaction = self.view.pool(build.slot).begin().await?;
        // Locked, so that no batch is applied meanwhile and the stream is whole up to this position.
        let locked = key.lock(&mut transaction).await?;
        let Some(checkpoint) = locked.filter(|it| it.live) else {
            return Ok(None);
        };
        let Some(aside) = key.unpark(&mut transaction, stream).await? else {
            return Ok(None);
        };
        let history = log
            .read_stream_up_to(build.tenant, stream, checkpoint.position)
            .await?;
        let portion = Portion::read(log, &*self.projection, build.tenant, history).await?;
        self.projection
            .forget(&mut transaction, build.tenant, stream)
            .await?;
        let none = HashSet::new();
        let poison = self
            .apply(&mut transaction, build.tenant, &portion, &none, how)
            .await?;
        key.park(&mut transaction, &poison, aside).await?;
        transaction.commit().await?;
        Ok(poison.into_iter().next())
    }
}

impl<E> Clone for Followed<E> {
    fn clone(&self) -> Self {
        Self {
            projection: Arc::clone(&self.projection),
            view: self.view.clone(),
        }
    }
}

impl<E> std::fmt::Debug for Followed<E> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.view.fmt(formatter)
    }
}
