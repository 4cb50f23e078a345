//! What a batch says, request by request.

use std::collections::BTreeMap;

use casework::RequestId;
use projection::Batch;

use crate::Decoded;

/// What a batch says of one request.
#[derive(Debug)]
pub(crate) enum Facts<'a> {
    /// What happened next: the fold goes on from the row that is there.
    Next(Vec<&'a Decoded>),
    /// Everything, since something earlier was corrected, each corrected fact in the place of the first:
    /// the fold begins anew.
    Whole(Vec<Decoded>),
}

impl Facts<'_> {
    /// The facts in order of version.
    pub(crate) fn iter(&self) -> Box<dyn Iterator<Item = &Decoded> + Send + '_> {
        match self {
            Self::Next(facts) => Box::new(facts.iter().copied()),
            Self::Whole(facts) => Box::new(facts.iter()),
        }
    }

    /// Whether rows made before are void.
    pub(crate) fn is_whole(&self) -> bool {
        matches!(self, Self::Whole(_))
    }
}

/// The requests a batch says something of. Streams of other kinds are none of them.
#[derive(Debug)]
pub(crate) struct Requests<'a>(BTreeMap<RequestId, Facts<'a>>);

impl<'a> Requests<'a> {
    /// Sorts a batch by request.
    pub(crate) fn of(batch: &Batch<'a, Decoded>) -> Self {
        let mut found: BTreeMap<RequestId, Facts<'a>> = BTreeMap::new();
        for decoded in batch.events().iter().copied() {
            let Some(request) = decoded.request else {
                continue;
            };
            let facts = found.entry(request).or_insert_with(|| {
                match batch.whole(&decoded.recorded.stream) {
                    Some(history) => Facts::Whole(Decoded::correct(history)),
                    None => Facts::Next(Vec::new()),
                }
            });
            match facts {
                Facts::Next(facts) => facts.push(decoded),
                // It has them all already.
                Facts::Whole(_) => {}
            }
        }
        Self(found)
    }

    /// Each request with its facts.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (RequestId, &Facts<'a>)> {
        self.0.iter().map(|(request, facts)| (*request, facts))
    }

    /// All of them.
    pub(crate) fn ids(&self) -> Vec<uuid::Uuid> {
        self.0.keys().map(|request| request.0).collect()
    }

    /// Those whose rows made before are void.
    pub(crate) fn corrected(&self) -> Vec<uuid::Uuid> {
        self.iter()
            .filter(|(_, facts)| facts.is_whole())
            .map(|(request, _)| request.0)
            .collect()
    }
}
