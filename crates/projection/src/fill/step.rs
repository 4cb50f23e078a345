//! One portion of the log, applied to whatever tables a connection sees.

use std::collections::{BTreeMap, HashSet};

use eventlog::{Log, ReadError, Recorded, StreamId, Tenant};
use sqlx::{Acquire as _, PgConnection};

use crate::apply::{self, Refusal};
use crate::portion::Portion;
use crate::{Poison, Projection, ProjectionError};

/// Events that are applied together in a rebuild, at most.
pub(crate) const BATCH_EVENTS_MAX: usize = 10_000;

/// Why a portion could not be applied at all.
#[derive(Debug)]
pub(crate) enum StepError {
    /// An event of a view over several streams, which therefore cannot go on without it.
    Poison(Box<Poison>),
    /// The log could not be read.
    Read(ReadError),
    /// The database failed.
    Database(sqlx::Error),
}

impl From<sqlx::Error> for StepError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

impl From<ReadError> for StepError {
    fn from(error: ReadError) -> Self {
        Self::Read(error)
    }
}

impl From<Refusal> for StepError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Data(error) | Refusal::Other(ProjectionError::Database(error)) => {
                Self::Database(error)
            }
            Refusal::Other(ProjectionError::Read(error)) => Self::Read(error),
            // Applying a batch has no other errors.
            Refusal::Other(other) => Self::Database(sqlx::Error::Protocol(other.to_string())),
        }
    }
}

/// What is folded, whose log, and where to read what a portion does not hold.
pub(crate) struct Fold<'a, E> {
    pub(crate) log: &'a Log,
    pub(crate) projection: &'a dyn Projection<Event = E>,
    pub(crate) tenant: &'a Tenant,
}

impl<E> Clone for Fold<'_, E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E> Copy for Fold<'_, E> {}

impl<E: Send + Sync + 'static> Fold<'_, E> {
    /// Decodes events, but for those of parked streams; None when none is left.
    pub(crate) async fn decode(
        self,
        mut recorded: Vec<Recorded>,
        parked: &HashSet<StreamId>,
    ) -> Result<Option<Portion<E>>, StepError> {
        if !parked.is_empty() {
            recorded.retain(|event| !parked.contains(&event.stream));
        }
        if recorded.is_empty() {
            return Ok(None);
        }
        let portion = Portion::read(self.log, self.projection, self.tenant, recorded).await?;
        Ok(Some(portion))
    }

    /// Applies a portion, all or, where an event refuses, all but the streams that cannot go on; answers
    /// the first event of each of those, and counts its stream among the parked ones.
    pub(crate) async fn apply(
        self,
        connection: &mut PgConnection,
        portion: &Portion<E>,
        parked: &mut HashSet<StreamId>,
    ) -> Result<Vec<Poison>, StepError> {
        let mut found = portion.poison().to_vec();
        let mut savepoint = connection.begin().await?;
        let together = apply::together(
            self.projection,
            &mut savepoint,
            self.tenant,
            portion,
            parked,
        )
        .await;
        match together {
            Ok(()) => savepoint.commit().await?,
            Err(refusal @ Refusal::Other(_)) => return Err(refusal.into()),
            Err(Refusal::Data(_)) => {
                savepoint.rollback().await?;
                let mut whole = connection.begin().await?;
                let refused =
                    apply::apart(self.projection, &mut whole, self.tenant, portion, parked).await?;
                whole.commit().await?;
                found.extend(refused);
            }
        }
        let mut found = first_of_each(found);
        if self.projection.cross_stream() && !found.is_empty() {
            found.sort_by_key(|poison| poison.position);
            return Err(StepError::Poison(Box::new(found.remove(0))));
        }
        parked.extend(found.iter().map(|poison| poison.stream.clone()));
        Ok(found)
    }

    /// Applies all events after `after` up to `up_to`; answers the first event of each stream that could
    /// not go on.
    pub(crate) async fn apply_range(
        self,
        connection: &mut PgConnection,
        after: i64,
        up_to: i64,
        parked: &mut HashSet<StreamId>,
    ) -> Result<Vec<Poison>, StepError> {
        let mut found = Vec::new();
        if after >= up_to {
            return Ok(found);
        }
        let mut replay = self.log.replay(self.tenant, after, up_to).await?;
        loop {
            let recorded = replay.next_batch(BATCH_EVENTS_MAX).await?;
            if recorded.is_empty() {
                return Ok(found);
            }
            if let Some(portion) = self.decode(recorded, parked).await? {
                found.extend(self.apply(connection, &portion, parked).await?);
            }
        }
    }
}

/// Of each stream the event it stops at first.
fn first_of_each(found: Vec<Poison>) -> Vec<Poison> {
    let mut first: BTreeMap<StreamId, Poison> = BTreeMap::new();
    for poison in found {
        let earlier = first
            .get(&poison.stream)
            .is_some_and(|known| known.position <= poison.position);
        if !earlier {
            first.insert(poison.stream.clone(), poison);
        }
    }
    first.into_values().collect()
}
