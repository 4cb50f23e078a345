//! Building one stream of a view anew, in place.

use eventlog::{StreamId, Tenant};

use crate::{Builder, Poison, RebuildError, Slot};

/// What building a stream anew came to, in one build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamRebuilt {
    /// The build.
    pub slot: Slot,
    /// Events of the stream that its rows are made of.
    pub events: usize,
    /// Up to where that is.
    pub position: i64,
    /// The event it stops at, if it cannot be applied whole.
    pub poison: Option<Poison>,
}

impl<E: Send + Sync + 'static> Builder<E> {
    /// Forgets what a stream made and makes it anew from the log, in every build that follows it.
    ///
    /// One transaction a build: readers see the old rows until the new ones are whole. A build that is
    /// being filled is left alone, since it takes the stream from the log anyway.
    pub async fn rebuild_stream(
        &self,
        tenant: &Tenant,
        stream: &StreamId,
    ) -> Result<Vec<StreamRebuilt>, RebuildError> {
        if self.projection.cross_stream() {
            return Err(RebuildError::NotReady {
                name: self.name(),
                why: "makes rows of several streams: rebuild the view".to_owned(),
            });
        }
        self.log.head(tenant).await?;
        let mut found = Vec::new();
        for slot in Slot::ALL {
            found.extend(self.rebuild_stream_of(tenant, slot, stream).await?);
        }
        Ok(found)
    }

    async fn rebuild_stream_of(
        &self,
        tenant: &Tenant,
        slot: Slot,
        stream: &StreamId,
    ) -> Result<Option<StreamRebuilt>, RebuildError> {
        let key = self.view.key(tenant, slot);
        let fold = self.fold(tenant);
        let refused = |error| RebuildError::of(self.name(), error);
        let mut transaction = self.view.pool(slot).begin().await?;
        // Locked, so that no batch is applied meanwhile and the stream is whole up to this position.
        let Some(build) = key.lock(&mut transaction).await?.filter(|it| it.live) else {
            return Ok(None);
        };
        let aside = key.unpark(&mut transaction, stream).await?;
        let history = self
            .log
            .read_stream_up_to(tenant, stream, build.position)
            .await?;
        let events = history.len();
        self.projection
            .forget(&mut transaction, tenant, stream)
            .await?;
        let mut parked = std::collections::HashSet::new();
        let mut poison = Vec::new();
        if let Some(portion) = fold.decode(history, &parked).await.map_err(refused)? {
            let applied = fold.apply(&mut transaction, &portion, &mut parked).await;
            poison = applied.map_err(refused)?;
        }
        let before = aside.unwrap_or_default();
        key.park(&mut transaction, &poison, before).await?;
        transaction.commit().await?;
        Ok(Some(StreamRebuilt {
            slot,
            events,
            position: build.position,
            poison: poison.into_iter().next(),
        }))
    }
}
