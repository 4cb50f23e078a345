//! A judged load: which event goes where.

use std::collections::HashMap;

use jiff::Timestamp;
use uuid::Uuid;

use super::rows::CommandRow;
use crate::command::Command;
use crate::judge::{Accepted, Judgement};
use crate::{Appended, NewEvent, RecordedRef, StreamId, StreamRef};

/// Commands that all go through, from the version that each stream was seen to have.
pub(crate) struct Plan<'a> {
    pub(crate) commands: &'a [&'a Command],
    pub(crate) judgement: &'a Judgement<'a>,
    /// Position of the last event before the load.
    pub(crate) position: i64,
    pub(crate) times: Times<'a>,
}

/// When events were recorded.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Times<'a> {
    /// All at this moment.
    Now(Timestamp),
    /// Each event of each command at its own.
    Given(&'a [Vec<Timestamp>]),
}

impl Times<'_> {
    fn of(self, command: usize, event: usize) -> Timestamp {
        match self {
            Self::Now(now) => now,
            Self::Given(times) => times[command][event],
        }
    }
}

impl<'a> Plan<'a> {
    /// Position of the last event of the load.
    pub(crate) fn end(&self) -> i64 {
        self.position + self.judgement.event_count
    }

    /// The rows of `log.event`, in order.
    pub(crate) fn events(&self) -> impl Iterator<Item = RecordedRef<'a>> + Send {
        let (commands, judgement, times) = (self.commands, self.judgement, self.times);
        let position = self.position;
        judgement.accepted.iter().flat_map(move |accepted| {
            let command = commands[accepted.at];
            let first = position + accepted.before + 1;
            places(judgement, accepted, command)
                .zip(first..)
                .enumerate()
                .map(
                    move |(at, ((version, stream, event), position))| RecordedRef {
                        position,
                        stream: StreamRef {
                            kind: &stream.kind,
                            id: &stream.id,
                        },
                        version,
                        recorded_at: times.of(accepted.at, at),
                        event_id: event.event_id,
                        kind: &event.kind,
                        schema: event.schema,
                        occurred_at: event.occurred_at,
                        precision: event.precision,
                        actor: &event.actor,
                        on_behalf_of: event.on_behalf_of.as_deref(),
                        correlation: event.correlation,
                        causation: event.causation,
                        command_id: command.id,
                        payload: &event.payload,
                        encrypted: event.encrypted.as_deref(),
                    },
                )
        })
    }

    /// The rows of `log.command`.
    pub(crate) fn command_rows(&self) -> impl Iterator<Item = CommandRow<'a>> + Send {
        let (commands, position) = (self.commands, self.position);
        self.judgement.accepted.iter().map(move |accepted| {
            let command = commands[accepted.at];
            CommandRow {
                command_id: command.id,
                fingerprint: &command.fingerprint,
                refusal: command.refusal.as_deref(),
                first_position: position + accepted.before + 1,
                event_count: command.event_count(),
            }
        })
    }

    /// What each command came to, by its id.
    pub(crate) fn outcomes(&self) -> HashMap<Uuid, Appended> {
        let outcome = |accepted: &Accepted| {
            let command = self.commands[accepted.at];
            let before = self.position + accepted.before;
            let versions = accepted
                .writes
                .iter()
                .zip(command.write_lengths())
                .map(|(&(stream, written), length)| base(self.judgement, stream) + written + length)
                .collect();
            let appended = Appended {
                first_position: before + 1,
                last_position: before + command.event_count(),
                recorded_at: self.times.of(accepted.at, 0),
                versions,
                repeated: false,
                refusal: command.refusal.clone(),
            };
            (command.id, appended)
        };
        self.judgement.accepted.iter().map(outcome).collect()
    }
}

/// Version and stream of each event of a command.
fn places<'a>(
    judgement: &'a Judgement<'a>,
    accepted: &'a Accepted,
    command: &'a Command,
) -> impl Iterator<Item = (i64, &'a StreamId, &'a NewEvent)> + Send {
    accepted
        .writes
        .iter()
        .zip(&command.writes)
        .flat_map(move |(&(stream, written), write)| {
            let first = base(judgement, stream) + written + 1;
            (first..)
                .zip(&write.events)
                .map(move |(version, event)| (version, &write.stream, event))
        })
}

/// The version a stream had before the load; every one was looked up.
fn base(judgement: &Judgement<'_>, stream: usize) -> i64 {
    judgement.streams[stream].assumed.unwrap_or_default()
}
