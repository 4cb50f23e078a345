//! Commands that are checked, and written in one transaction.

use std::collections::HashSet;

use jiff::Timestamp;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Place, RecordedCommand, RestoreError};
use crate::command::Command;
use crate::judge::judge;
use crate::load::rows::{copy_commands, copy_events};
use crate::load::{Plan, Times, read_versions, streams, write_forms};
use crate::{Append, AppendError, Expected, Log, NewEvent, Recorded, Tenant, Write};

/// What was given and is not yet written.
#[derive(Debug, Default)]
pub(super) struct Chunk {
    commands: Vec<Command>,
    /// When each event of each command was recorded.
    times: Vec<Vec<Timestamp>>,
    events: i64,
    bytes: usize,
}

/// Where the log ends after this command, if it is one that can come next.
pub(super) fn follow(before: Place, command: &RecordedCommand) -> Result<Place, RestoreError> {
    let mut place = before;
    for event in &command.events {
        let (position, recorded_at) = (event.position, event.recorded_at);
        let expected = place.position + 1;
        if position != expected {
            return Err(RestoreError::Hole {
                expected,
                found: position,
            });
        }
        if event.command_id != command.command_id {
            return Err(RestoreError::Torn { position });
        }
        let earliest = place.recorded_at.unwrap_or(Timestamp::MIN);
        if recorded_at < earliest || recorded_at.subsec_nanosecond() % 1_000 != 0 {
            return Err(RestoreError::Earlier {
                position,
                recorded_at,
                before: earliest,
            });
        }
        place = Place {
            position,
            recorded_at: Some(recorded_at),
        };
    }
    Ok(place)
}

impl Chunk {
    pub(super) fn events(&self) -> i64 {
        self.events
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Adds a command that could have been appended.
    pub(super) fn push(
        &mut self,
        tenant: &Tenant,
        command: RecordedCommand,
    ) -> Result<(), RestoreError> {
        let position = command.events.first().map_or(0, |event| event.position);
        let times = command.events.iter().map(|event| event.recorded_at);
        let times = times.collect();
        let command = Command::check(tenant, append_of(command)?)
            .map_err(|source| RestoreError::Refused { position, source })?;
        self.events += command.event_count();
        self.bytes += command.bytes;
        self.commands.push(command);
        self.times.push(times);
        Ok(())
    }

    /// Writes it behind the events up to `before`.
    pub(super) async fn write(
        &self,
        connection: &mut PgConnection,
        tenant: &Tenant,
        before: i64,
        clock: Timestamp,
    ) -> Result<(), RestoreError> {
        self.check_past(before, clock)?;
        let commands: Vec<&Command> = self.commands.iter().collect();
        let known = read_versions(connection, tenant, &streams(&commands)).await?;
        let mut judgement = judge(commands.iter().copied(), &known);
        if !judgement.refused.is_empty() {
            let (at, source) = judgement.refused.swap_remove(0);
            let position = before + 1 + self.events_before(at);
            return Err(RestoreError::Refused { position, source });
        }
        let plan = Plan {
            commands: &commands,
            judgement: &judgement,
            position: before,
            times: Times::Given(&self.times),
        };
        copy_events(connection, tenant, plan.events()).await?;
        copy_commands(connection, tenant, plan.command_rows()).await?;
        write_forms(connection, tenant, plan.events()).await?;
        Ok(())
    }

    /// Names what is behind a unique violation: an event or a command that is in the history twice.
    pub(super) async fn blame(
        &self,
        log: &Log,
        tenant: &Tenant,
        before: i64,
        error: RestoreError,
    ) -> RestoreError {
        let RestoreError::Database(source) = &error else {
            return error;
        };
        let constraint = source
            .as_database_error()
            .and_then(sqlx::error::DatabaseError::constraint);
        let found = match constraint {
            Some("event_event_id_key") => self.event_twice(log, tenant).await,
            Some("command_pkey") => self.command_twice(log, tenant).await,
            _ => None,
        };
        found.map_or(error, |(at, source)| RestoreError::Refused {
            position: before + 1 + at,
            source,
        })
    }

    /// The first event whose id is in the log or before it in the chunk; events before it in the chunk.
    async fn event_twice(&self, log: &Log, tenant: &Tenant) -> Option<(i64, AppendError)> {
        let ids = self.commands.iter().flat_map(Command::event_ids);
        let ids: Vec<Uuid> = ids.collect();
        let mut seen = log.find_event_ids(tenant, &ids).await.ok()?;
        (0..)
            .zip(ids)
            .find(|(_, id)| !seen.insert(*id))
            .map(|(at, event_id)| (at, AppendError::EventExists { event_id }))
    }

    /// The same for a command.
    async fn command_twice(&self, log: &Log, tenant: &Tenant) -> Option<(i64, AppendError)> {
        let ids: Vec<Uuid> = self.commands.iter().map(|command| command.id).collect();
        let stored: Vec<Uuid> = sqlx::query_scalar(include_str!("../../sql/read_commands.sql"))
            .bind(tenant.as_str())
            .bind(&ids)
            .fetch_all(log.pool())
            .await
            .ok()?;
        let mut seen: HashSet<Uuid> = stored.into_iter().collect();
        let at = ids.iter().position(|id| !seen.insert(*id))?;
        let command_id = ids[at];
        Some((
            self.events_before(at),
            AppendError::CommandReused { command_id },
        ))
    }

    /// No event was recorded ahead of this database's clock; times only grow, so the last tells.
    fn check_past(&self, before: i64, clock: Timestamp) -> Result<(), RestoreError> {
        let mut times = self.times.iter().flatten().copied().zip(before + 1..);
        match times.find(|(recorded_at, _)| *recorded_at > clock) {
            Some((recorded_at, position)) => Err(RestoreError::Ahead {
                position,
                recorded_at,
                clock,
            }),
            None => Ok(()),
        }
    }

    /// Events of the commands before this one.
    fn events_before(&self, at: usize) -> i64 {
        self.commands
            .iter()
            .take(at)
            .map(Command::event_count)
            .sum()
    }
}

/// The append that would write this command, with the versions it has as those to expect.
fn append_of(command: RecordedCommand) -> Result<Append, RestoreError> {
    let mut writes: Vec<Write> = Vec::new();
    let mut version = 0;
    for event in command.events {
        match writes
            .last_mut()
            .filter(|write| write.stream == event.stream)
        {
            Some(_) if event.version != version + 1 => {
                return Err(RestoreError::Torn {
                    position: event.position,
                });
            }
            Some(write) => {
                version = event.version;
                write.events.push(new_event(event));
            }
            None => {
                version = event.version;
                writes.push(Write {
                    stream: event.stream.clone(),
                    expected: Expected::Exact(version - 1),
                    events: vec![new_event(event)],
                });
            }
        }
    }
    Ok(Append {
        command_id: command.command_id,
        fingerprint: command.fingerprint,
        refusal: command.refusal,
        writes,
        guards: Vec::new(),
        live: false,
    })
}

fn new_event(event: Recorded) -> NewEvent {
    NewEvent {
        event_id: event.event_id,
        kind: event.kind,
        schema: event.schema,
        occurred_at: event.occurred_at,
        precision: event.precision,
        actor: event.actor,
        on_behalf_of: event.on_behalf_of,
        correlation: event.correlation,
        causation: event.causation,
        payload: event.payload,
        encrypted: event.encrypted,
    }
}
