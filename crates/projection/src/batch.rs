//! Events that are applied together.

use std::collections::BTreeMap;

use eventlog::{StreamId, Tenant};

/// Events of one tenant's log in order of position, at least one.
///
/// Live they follow each other but for those of parked streams; in a rebuild they are those of some
/// streams, and when a stream is resumed they are that stream's.
/// A batch borrows its events, so that a part of it can be applied without copying one.
#[derive(Debug)]
pub struct Batch<'a, E> {
    tenant: &'a Tenant,
    events: Vec<&'a E>,
    whole: BTreeMap<&'a StreamId, Vec<&'a E>>,
}

impl<'a, E> Batch<'a, E> {
    /// Of these events; `whole` has the history, up to the last of them, of each stream that is folded anew.
    pub fn new(
        tenant: &'a Tenant,
        events: Vec<&'a E>,
        whole: BTreeMap<&'a StreamId, Vec<&'a E>>,
    ) -> Self {
        Self {
            tenant,
            events,
            whole,
        }
    }

    /// Whose log.
    pub fn tenant(&self) -> &'a Tenant {
        self.tenant
    }

    /// The events, in order of position.
    pub fn events(&self) -> &[&'a E] {
        &self.events
    }

    /// The whole history of a stream up to the end of the batch, where an event of the batch changes what
    /// earlier ones meant: the fold begins anew, and rows made before are void.
    pub fn whole(&self, stream: &StreamId) -> Option<&[&'a E]> {
        self.whole.get(stream).map(Vec::as_slice)
    }

    /// The streams whose rows made before are void.
    pub fn refolded(&self) -> impl Iterator<Item = &'a StreamId> {
        self.whole.keys().copied()
    }
}
