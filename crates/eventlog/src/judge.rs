//! Judging a batch of commands in memory, in the order of the queue.
//!
//! A statement's look-ups all see the log as it was before the batch: they cannot tell that of two commands
//! on one stream the second comes too late. So the batch is judged here, from the version that each stream
//! is assumed to have, and the statement checks just those assumptions.

use std::collections::HashMap;

use crate::command::Command;
use crate::{AppendError, StreamId};

/// The versions streams were seen to have.
pub(crate) type Known = HashMap<StreamId, i64>;

/// A stream that a command of the batch writes or guards.
#[derive(Debug)]
pub(crate) struct Stream<'a> {
    pub(crate) kind: &'a str,
    pub(crate) id: &'a str,
    /// The version it must have before the batch for the judgement to hold; `None` if any does.
    pub(crate) assumed: Option<i64>,
    /// Events that accepted commands of the batch write to it.
    written: i64,
}

/// A command that goes through.
#[derive(Debug)]
pub(crate) struct Accepted {
    /// Its place in the batch.
    pub(crate) at: usize,
    /// Events of the batch before its own.
    pub(crate) before: i64,
    /// For each of its writes: the stream, and how many events the batch wrote to that before.
    pub(crate) writes: Vec<(usize, i64)>,
}

/// What becomes of each command of a batch, provided that all assumptions hold.
#[derive(Debug, Default)]
pub(crate) struct Judgement<'a> {
    pub(crate) streams: Vec<Stream<'a>>,
    pub(crate) accepted: Vec<Accepted>,
    pub(crate) refused: Vec<(usize, AppendError)>,
    /// Events of all accepted commands.
    pub(crate) event_count: i64,
}

/// Judges each command as if those before it had been stored.
pub(crate) fn judge<'a>(
    commands: impl IntoIterator<Item = &'a Command>,
    known: &Known,
) -> Judgement<'a> {
    let mut judgement = Judgement::default();
    let mut places = HashMap::new();
    for (at, command) in commands.into_iter().enumerate() {
        let streams: Vec<usize> = command
            .streams()
            .map(|(kind, id)| {
                *places.entry((kind, id)).or_insert_with(|| {
                    judgement.streams.push(Stream::new(kind, id, known));
                    judgement.streams.len() - 1
                })
            })
            .collect();
        match judgement.conflict(command, &streams) {
            Some(conflict) => judgement.refused.push((at, conflict)),
            None => judgement.accept(at, command, &streams),
        }
    }
    judgement
}

impl<'a> Stream<'a> {
    fn new(kind: &'a str, id: &'a str, known: &Known) -> Self {
        let assumed = if known.is_empty() {
            None
        } else {
            known.get(&StreamId::new(kind, id)).copied()
        };
        Self {
            kind,
            id,
            assumed,
            written: 0,
        }
    }

    /// Its version at this place in the batch, which the first command to expect one decides.
    ///
    /// A guess that cannot be is cut to 0: then the statement finds it wrong and tells the real one.
    fn version(&mut self, expected: i64) -> i64 {
        let written = self.written;
        self.assumed
            .get_or_insert(expected.saturating_sub(written).max(0))
            .saturating_add(written)
    }
}

impl Judgement<'_> {
    fn conflict(&mut self, command: &Command, streams: &[usize]) -> Option<AppendError> {
        for (expected, &stream) in command.assumed().zip(streams) {
            let Some(expected) = expected else { continue };
            let stream = &mut self.streams[stream];
            let actual = stream.version(expected);
            if actual != expected {
                return Some(AppendError::Conflict {
                    stream: StreamId::new(stream.kind, stream.id),
                    expected,
                    actual,
                });
            }
        }
        None
    }

    fn accept(&mut self, at: usize, command: &Command, streams: &[usize]) {
        let mut accepted = Accepted {
            at,
            before: self.event_count,
            writes: Vec::with_capacity(command.writes.len()),
        };
        for (length, &stream) in command.write_lengths().zip(streams) {
            let written = &mut self.streams[stream].written;
            accepted.writes.push((stream, *written));
            *written += length;
        }
        self.event_count += command.event_count();
        self.accepted.push(accepted);
    }
}
