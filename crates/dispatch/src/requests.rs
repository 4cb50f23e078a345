//! Requests as they were last folded, so that the next command to one need not read it again.
//!
//! What is kept may be behind what another server wrote. An append names the version it was decided on,
//! so a stale one loses; and whatever is refused is decided once more on what the log holds.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use casework::RequestId;
use casework::request::Request;
use eventlog::{NewEvent, StreamId, Tenant};
use jiff::Timestamp;
use lru::LruCache;
use uuid::Uuid;

use crate::registers::decode;
use crate::{Dispatch, DispatchError};

/// Requests that are kept, at most; the one not asked for longest goes first.
const KEPT_MAX: NonZeroUsize = NonZeroUsize::new(4_096).unwrap();

/// A request as folded up to a version of its stream.
#[derive(Debug, Clone, Default)]
pub(crate) struct Loaded {
    pub(crate) request: Request,
    pub(crate) version: i64,
    /// When the last fact in it happened here: what comes next may not lie before that.
    pub(crate) latest: Option<Timestamp>,
}

pub(crate) struct Requests(Mutex<LruCache<(Tenant, RequestId), Arc<Loaded>>>);

impl Default for Requests {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(KEPT_MAX)))
    }
}

impl Requests {
    fn lock(&self) -> MutexGuard<'_, LruCache<(Tenant, RequestId), Arc<Loaded>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps nothing of what was read so far.
    pub(crate) fn forget(&self) {
        self.lock().clear();
    }

    fn get(&self, tenant: &Tenant, id: RequestId) -> Option<Arc<Loaded>> {
        self.lock().get(&(tenant.clone(), id)).cloned()
    }

    /// Keeps what is further than what was kept; the same version is the same history.
    pub(crate) fn keep(&self, tenant: &Tenant, id: RequestId, loaded: Arc<Loaded>) {
        let mut kept = self.lock();
        let key = (tenant.clone(), id);
        if loaded.version > kept.peek(&key).map_or(0, |known| known.version) {
            kept.put(key, loaded);
        }
    }
}

impl Loaded {
    /// What it becomes once these events are stored after what it holds.
    pub(crate) fn followed_by(&self, events: &[NewEvent]) -> Result<Self, DispatchError> {
        let mut next = self.clone();
        for event in events {
            next.fold(
                event.event_id,
                event.occurred_at,
                &event.payload,
                &casework::stored::decode(&event.kind, event.schema, &event.payload)
                    .map_err(|error| DispatchError::Encode(error.to_string()))?,
            );
        }
        Ok(next)
    }

    fn fold(
        &mut self,
        event_id: Uuid,
        occurred_at: Timestamp,
        payload: &str,
        event: &casework::Event,
    ) {
        self.request = std::mem::take(&mut self.request).evolve(event_id, occurred_at, event);
        self.version += 1;
        // Imported records may lie in the future; only what happened here holds time back.
        if casework::stored::source_of(payload).is_none() {
            self.latest = self.latest.max(Some(occurred_at));
        }
    }
}

impl Dispatch {
    /// A request as it is kept, or when `fresh` as the log has it.
    pub(crate) async fn load(
        &self,
        tenant: &Tenant,
        id: RequestId,
        stream: &StreamId,
        fresh: bool,
    ) -> Result<Arc<Loaded>, DispatchError> {
        let kept = self.requests.get(tenant, id);
        if let Some(kept) = kept.as_ref().filter(|_| !fresh) {
            return Ok(Arc::clone(kept));
        }
        let mut loaded = kept.unwrap_or_default();
        let added = self.log.read_stream(tenant, stream, loaded.version).await?;
        if added.is_empty() {
            return Ok(loaded);
        }
        let next = Arc::make_mut(&mut loaded);
        for recorded in &added {
            let event = decode(recorded)?;
            next.fold(
                recorded.event_id,
                recorded.occurred_at,
                &recorded.payload,
                &event,
            );
        }
        self.requests.keep(tenant, id, Arc::clone(&loaded));
        Ok(loaded)
    }
}
