//! A part of the log as a view gets it: decoded, with what could not be.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

use eventlog::{Log, ReadError, Recorded, StreamId, Tenant};
use jiff::Timestamp;

use crate::{Batch, DecodeError, Poison, Projection};

/// Events that were read from the log, none of them after one of its stream that cannot be applied.
#[derive(Debug)]
pub(crate) struct Portion<E> {
    events: Vec<E>,
    /// Histories of the streams that are folded anew, each up to its last event here.
    whole: BTreeMap<StreamId, Vec<E>>,
    /// The first event of each stream that cannot be read.
    poison: Vec<Poison>,
    /// Position and time of the last event of the part, decoded or not.
    end: (i64, Timestamp),
}

impl<E: Send + Sync + 'static> Portion<E> {
    /// Decodes what was read; `recorded` has at least one event.
    ///
    /// Of a projection over several streams it ends right before the first event that cannot be read.
    pub(crate) async fn read(
        log: &Log,
        projection: &dyn Projection<Event = E>,
        tenant: &Tenant,
        recorded: Vec<Recorded>,
    ) -> Result<Self, ReadError> {
        let mut portion = Self {
            end: recorded.last().map_or((0, Timestamp::UNIX_EPOCH), end),
            events: Vec::with_capacity(recorded.len()),
            whole: BTreeMap::new(),
            poison: Vec::new(),
        };
        for recorded in recorded {
            if portion.is_poisoned(&recorded.stream) {
                continue;
            }
            match decode(projection, tenant, recorded) {
                Ok(event) => portion.events.push(event),
                Err(poison) => {
                    portion.poison.push(*poison);
                    if projection.cross_stream() {
                        break;
                    }
                }
            }
        }
        portion.read_histories(log, projection, tenant).await?;
        Ok(portion)
    }

    /// Reads the history of each stream that is folded anew, from the log since the view has only rows.
    async fn read_histories(
        &mut self,
        log: &Log,
        projection: &dyn Projection<Event = E>,
        tenant: &Tenant,
    ) -> Result<(), ReadError> {
        let mut lasts: HashMap<StreamId, i64> = HashMap::new();
        let mut refolded: Vec<Recorded> = Vec::new();
        for event in &self.events {
            let recorded = projection.recorded(event);
            if projection.refolds(event) && !lasts.contains_key(&recorded.stream) {
                lasts.insert(recorded.stream.clone(), recorded.position);
                refolded.push(recorded.clone());
            } else if let Some(last) = lasts.get_mut(&recorded.stream) {
                *last = recorded.position;
            }
        }
        for first in refolded {
            let last = lasts.get(&first.stream).copied().unwrap_or_default();
            let history = log
                .read_stream_up_to(tenant, &first.stream, last)
                .await?
                .into_iter()
                .map(|recorded| decode(projection, tenant, recorded))
                .collect::<Result<Vec<E>, _>>();
            match history {
                Ok(history) => {
                    self.whole.insert(first.stream, history);
                }
                // Written by a newer version that also applied it: this one cannot fold the stream anew.
                Err(earlier) => {
                    let error = format!(
                        "it changes what came before, which cannot be read: {}",
                        earlier.error
                    );
                    self.cut(projection, Poison::of(&first, error));
                }
            }
        }
        Ok(())
    }

    /// Takes out the events of a stream from the poison on; of a projection over several streams, all.
    fn cut(&mut self, projection: &dyn Projection<Event = E>, poison: Poison) {
        self.events.retain(|event| {
            let recorded = projection.recorded(event);
            let concerned = projection.cross_stream() || recorded.stream == poison.stream;
            !(concerned && recorded.position >= poison.position)
        });
        // A stream stops at the first of them only, also where a later one was found before.
        self.poison
            .retain(|it| it.stream != poison.stream || it.position < poison.position);
        if !self.is_poisoned(&poison.stream) {
            self.poison.push(poison);
        }
        if projection.cross_stream() {
            self.poison.sort_by_key(|poison| poison.position);
            self.poison.truncate(1);
        }
    }

    fn is_poisoned(&self, stream: &StreamId) -> bool {
        self.poison.iter().any(|poison| poison.stream == *stream)
    }
}

impl<E> Portion<E> {
    /// Position and time of the last event of the part.
    pub(crate) fn end(&self) -> (i64, Timestamp) {
        self.end
    }

    /// The events that can be read, in order.
    pub(crate) fn events(&self) -> &[E] {
        &self.events
    }

    /// The first event of each stream that cannot be read.
    pub(crate) fn poison(&self) -> &[Poison] {
        &self.poison
    }

    /// The history of a stream that is folded anew.
    pub(crate) fn whole(&self, stream: &StreamId) -> Option<&[E]> {
        self.whole.get(stream).map(Vec::as_slice)
    }

    /// All events but those of parked streams; None when none is left.
    pub(crate) fn batch<'a>(
        &'a self,
        projection: &dyn Projection<Event = E>,
        tenant: &'a Tenant,
        parked: &HashSet<StreamId>,
    ) -> Option<Batch<'a, E>>
    where
        E: Send + Sync + 'static,
    {
        let events: Vec<&E> = self
            .events
            .iter()
            .filter(|event| !parked.contains(&projection.recorded(event).stream))
            .collect();
        if events.is_empty() {
            return None;
        }
        let whole = self
            .whole
            .iter()
            .filter(|(stream, _)| !parked.contains(*stream))
            .map(|(stream, history)| (stream, history.iter().collect()))
            .collect();
        Some(Batch::new(tenant, events, whole))
    }
}

/// Decodes one event. A decoder that panics could not read it either.
fn decode<E: Send + Sync + 'static>(
    projection: &dyn Projection<Event = E>,
    tenant: &Tenant,
    recorded: Recorded,
) -> Result<E, Box<Poison>> {
    let poison = Poison::of(&recorded, String::new());
    catch_unwind(AssertUnwindSafe(|| projection.decode(tenant, recorded)))
        .unwrap_or_else(|_panic| Err(DecodeError::new("the decoder panicked")))
        .map_err(|error| {
            Box::new(Poison {
                error: error.to_string(),
                ..poison
            })
        })
}

fn end(last: &Recorded) -> (i64, Timestamp) {
    (last.position, last.recorded_at)
}
