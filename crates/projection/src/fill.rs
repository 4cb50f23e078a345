//! Filling the build that does not serve: one reader, several workers, each with its own streams.
//!
//! Every worker moves its row in `read.fill` in the transaction that writes its rows, so a fill that was
//! killed goes on where each of them stood. Streams fall to workers by a hash that is part of the stored
//! form: the number of parts of a fill under way is that of its beginning.

pub(crate) mod partition;
pub(crate) mod progress;
pub(crate) mod step;
pub(crate) mod turn;
mod worker;

use std::sync::Arc;

use eventlog::{Log, Tenant};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::{Builder, Projection, RebuildError, Slot, View};

use partition::part_of;
use progress::Meter;
use turn::Turn;
use worker::{Piece, Worker};

/// Bytes of payload that one piece holds, about; events are much smaller as a rule.
const PIECE_BYTES_MAX: usize = 8 * 1024 * 1024;

/// What all workers of a fill share.
pub(crate) struct Site<E> {
    pub(crate) log: Log,
    pub(crate) projection: Arc<dyn Projection<Event = E>>,
    pub(crate) view: View,
    pub(crate) tenant: Tenant,
    pub(crate) slot: Slot,
}

impl<E: Send + Sync + 'static> Builder<E> {
    /// Brings every part of the build to `target`.
    pub(crate) async fn fill(
        &self,
        tenant: &Tenant,
        turn: &mut Turn,
        target: i64,
        meter: &Meter<'_>,
    ) -> Result<(), RebuildError> {
        turn.aim(&self.view, tenant, target).await?;
        meter.begin(turn.positions.clone(), target);
        if turn.positions.iter().all(|position| *position == target) {
            return Ok(());
        }
        let site = Arc::new(Site {
            log: self.log.clone(),
            projection: Arc::clone(&self.projection),
            view: self.view.clone(),
            tenant: tenant.clone(),
            slot: turn.slot,
        });
        let mut workers = JoinSet::new();
        let mut parts = Vec::with_capacity(turn.positions.len());
        let (tell, mut told) = mpsc::unbounded_channel();
        for (part, position) in turn.positions.iter().copied().enumerate() {
            // One piece waits while another is applied: who is slow holds up the reader, not the memory.
            let (send, pieces) = mpsc::channel(1);
            parts.push(Part::new(send, position));
            let worker = Worker::new(Arc::clone(&site), turn.holder, part, position);
            workers.spawn(worker.run(pieces, tell.clone()));
        }
        drop(tell);
        let positions = &mut turn.positions;
        let hearing = async {
            while let Some((part, position)) = told.recv().await {
                meter.reached(part, position);
                positions[part] = position;
            }
        };
        let (read, ()) = tokio::join!(self.hand_out(tenant, parts, target), hearing);
        // A worker that failed is why the reader could not go on.
        while let Some(ended) = workers.join_next().await {
            ended.unwrap_or_else(|died| std::panic::resume_unwind(died.into_panic()))?;
        }
        read
    }

    /// Reads the log once and hands each event to the worker whose stream it is of.
    async fn hand_out(
        &self,
        tenant: &Tenant,
        mut parts: Vec<Part>,
        target: i64,
    ) -> Result<(), RebuildError> {
        let first = parts
            .iter()
            .map(|part| part.position)
            .min()
            .unwrap_or(target);
        let mut replay = self.log.replay(tenant, first, target).await?;
        let count = parts.len();
        while let Some(event) = replay.next_entry().await? {
            let part = &mut parts[part_of(event.stream.kind, event.stream.id, count)];
            if event.position <= part.position {
                continue;
            }
            part.bytes += event.payload.len() + event.encrypted.map_or(0, <[u8]>::len);
            part.events.push(event.to_recorded());
            let up_to = event.position;
            if (part.events.len() >= self.batch_events_max || part.bytes >= PIECE_BYTES_MAX)
                && !part.hand_over(up_to).await
            {
                return Ok(());
            }
        }
        for part in &mut parts {
            if part.position < target && !part.hand_over(target).await {
                return Ok(());
            }
        }
        Ok(())
    }
}

/// What was read for a worker and not handed over yet.
struct Part {
    send: mpsc::Sender<Piece>,
    /// Up to where it has, or is about to have, its streams.
    position: i64,
    events: Vec<eventlog::Recorded>,
    bytes: usize,
}

impl Part {
    fn new(send: mpsc::Sender<Piece>, position: i64) -> Self {
        Self {
            send,
            position,
            events: Vec::new(),
            bytes: 0,
        }
    }

    /// Hands over what was read up to a position; false when the worker has failed.
    async fn hand_over(&mut self, up_to: i64) -> bool {
        let events = std::mem::take(&mut self.events);
        self.bytes = 0;
        self.position = up_to;
        self.send.send(Piece { events, up_to }).await.is_ok()
    }
}
