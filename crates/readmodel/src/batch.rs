//! Events that are applied together, by request.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use casework::{Event, RequestId};
use eventlog::{Log, Recorded, StreamId, Tenant};

use crate::{Decoded, ProjectionError};

/// Consecutive events of one tenant's log, at least one.
///
/// Where a fact is corrected, the batch also holds the whole history of that request with the corrected
/// fact in the place of the first, so that no view has to read the log.
#[derive(Debug)]
pub struct Batch {
    tenant: Tenant,
    events: Vec<Decoded>,
    corrected: HashMap<RequestId, Vec<Decoded>>,
}

/// What a batch says of one request.
#[derive(Debug, Clone, Copy)]
pub enum Facts<'a> {
    /// What happened next: the fold goes on from the row that is there.
    Next(&'a [&'a Decoded]),
    /// Everything, since something earlier was corrected: the fold begins anew.
    Whole(&'a [Decoded]),
}

impl<'a> Facts<'a> {
    /// The facts in order of version.
    pub fn iter(self) -> Box<dyn Iterator<Item = &'a Decoded> + Send + 'a> {
        match self {
            Self::Next(facts) => Box::new(facts.iter().copied()),
            Self::Whole(facts) => Box::new(facts.iter()),
        }
    }

    /// Whether rows made before are void.
    pub fn is_whole(self) -> bool {
        matches!(self, Self::Whole(_))
    }
}

impl Batch {
    /// Decodes what was read, as far as it can be read.
    ///
    /// None when there is not one event that can be; the error says what stands after the batch.
    pub(crate) async fn read(
        log: &Log,
        tenant: &Tenant,
        recorded: Vec<Recorded>,
    ) -> Result<(Option<Self>, Option<ProjectionError>), ProjectionError> {
        let mut events = Vec::with_capacity(recorded.len());
        let mut stopped = None;
        for recorded in recorded {
            match Decoded::read(tenant, recorded) {
                Ok(decoded) => events.push(decoded),
                Err(error) => {
                    stopped = Some(error);
                    break;
                }
            }
        }
        if events.is_empty() {
            return Ok((None, stopped));
        }
        let corrected = read_corrected(log, tenant, &events).await?;
        let batch = Self {
            tenant: tenant.clone(),
            events,
            corrected,
        };
        Ok((Some(batch), stopped))
    }

    /// Whose log.
    pub fn tenant(&self) -> &Tenant {
        &self.tenant
    }

    /// The events as they were recorded, in order of position.
    pub fn events(&self) -> &[Decoded] {
        &self.events
    }

    /// The last of them.
    pub(crate) fn last(&self) -> &Recorded {
        &self.events[self.events.len() - 1].recorded
    }

    /// The new facts of each request, to be looked at through [`Batch::facts`].
    pub fn by_request(&self) -> BTreeMap<RequestId, Vec<&Decoded>> {
        let mut found: BTreeMap<RequestId, Vec<&Decoded>> = BTreeMap::new();
        for decoded in &self.events {
            if let Some(request) = decoded.request {
                found.entry(request).or_default().push(decoded);
            }
        }
        found
    }

    /// What to fold for a request: its new facts, or its whole corrected history.
    pub fn facts<'a>(&'a self, request: RequestId, next: &'a [&'a Decoded]) -> Facts<'a> {
        self.corrected
            .get(&request)
            .map_or(Facts::Next(next), |whole| Facts::Whole(whole))
    }

    /// The requests whose rows made before are void.
    pub fn corrected(&self) -> impl Iterator<Item = RequestId> {
        self.corrected.keys().copied()
    }
}

/// The history of each request of which the batch corrects a fact, up to the end of the batch.
async fn read_corrected(
    log: &Log,
    tenant: &Tenant,
    events: &[Decoded],
) -> Result<HashMap<RequestId, Vec<Decoded>>, ProjectionError> {
    let last = events.last().map_or(0, |last| last.recorded.position);
    let requests: BTreeSet<(RequestId, &StreamId)> = events
        .iter()
        .filter(|decoded| matches!(decoded.event, Event::FactCorrected(_)))
        .filter_map(|decoded| Some((decoded.request?, &decoded.recorded.stream)))
        .collect();
    let mut corrected = HashMap::new();
    for (request, stream) in requests {
        let history = log
            .read_stream(tenant, stream, 0)
            .await?
            .into_iter()
            .take_while(|recorded| recorded.position <= last)
            .map(|recorded| Decoded::read(tenant, recorded))
            .collect::<Result<_, _>>()?;
        corrected.insert(request, Decoded::correct(tenant, history)?);
    }
    Ok(corrected)
}
