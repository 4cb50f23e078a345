//! The one statement that appends a batch, and its answer.

use std::collections::HashMap;
use std::time::Instant;

use jiff::{SignedDuration, Timestamp};
use jiff_sqlx::ToSqlx as _;
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Row as _};
use uuid::Uuid;

use crate::command::{Command, count};
use crate::event::{timestamp, timestamp_opt};
use crate::judge::Judgement;
use crate::{NewEvent, StreamId, Tenant};

/// How far a live event may be from the database's clock.
const SKEW_MAX: SignedDuration = SignedDuration::from_secs(5);

/// Kinds with those of their schemas that this process knows to be in `log.form`.
pub(crate) type Forms = HashMap<String, Vec<i32>>;

/// A judged batch, ready to be sent.
pub(crate) struct Statement<'a> {
    pub(crate) tenant: &'a Tenant,
    /// Every command of the batch and when it was called, refused ones too.
    pub(crate) commands: &'a [(&'a Command, Instant)],
    pub(crate) judgement: &'a Judgement<'a>,
    pub(crate) forms: &'a Forms,
    pub(crate) fence: i64,
    /// When the transaction begins, whose clock the times of live events are compared with.
    pub(crate) begins: Instant,
}

/// What the statement saw, and what it did.
pub(crate) struct Answer {
    /// Position before the batch and when it was recorded; `None` when nothing was written.
    pub(crate) written: Option<(i64, Timestamp)>,
    /// The fence that the head has; `None` when there is no such tenant.
    pub(crate) fence: Option<i64>,
    /// Whether the head was as the snapshot saw it and the fence as the caller had it.
    pub(crate) current: bool,
    /// Whether a live event was too far from the database's clock, which stood at `database_clock`.
    pub(crate) skewed: bool,
    pub(crate) database_clock: Timestamp,
    /// Commands of the batch that are in the log.
    pub(crate) stored: Vec<Uuid>,
    /// The version of each stream.
    pub(crate) actual: Vec<i64>,
}

/// A live event whose time is too far from this database's clock, if the command has one.
pub(crate) fn skewed(
    command: &Command,
    called: Instant,
    begins: Instant,
    database_clock: Timestamp,
) -> Option<Timestamp> {
    let waited = waited(called, begins);
    command
        .live_times()
        .find(|at| database_clock.duration_since(later(*at, waited)).abs() > SKEW_MAX)
}

/// A time may lie at the end of all time; then it is off the clock anyway.
fn later(at: Timestamp, waited: SignedDuration) -> Timestamp {
    at.checked_add(waited).unwrap_or(Timestamp::MAX)
}

/// How old a command's times are when the transaction begins.
fn waited(called: Instant, begins: Instant) -> SignedDuration {
    let waited = begins.saturating_duration_since(called);
    SignedDuration::from_micros(i64::try_from(waited.as_micros()).unwrap_or(i64::MAX))
}

impl Statement<'_> {
    /// Sends it and reads the answer.
    pub(crate) async fn send(&self, connection: &mut PgConnection) -> Result<Answer, sqlx::Error> {
        let streams = &self.judgement.streams;
        let accepted = &self.judgement.accepted;
        let ids: Vec<Uuid> = self
            .commands
            .iter()
            .map(|(command, _)| command.id)
            .collect();
        let live = self.live_range();
        let each = |at: usize| self.commands[at].0;
        let columns = self.event_columns();
        let row = sqlx::query(include_str!("../sql/append_events.sql"))
            .bind(self.tenant.as_str())
            .bind(ids)
            .bind(column(streams, |stream| stream.kind))
            .bind(column(streams, |stream| stream.id))
            .bind(column(streams, |stream| stream.assumed))
            .bind(live.map(|(first, _)| first.to_sqlx()))
            .bind(live.map(|(_, last)| last.to_sqlx()))
            .bind(SKEW_MAX.as_secs_f64())
            .bind(self.fence)
            .bind(column(accepted, |it| each(it.at).id))
            .bind(column(accepted, |it| each(it.at).fingerprint.as_slice()))
            .bind(column(accepted, |it| each(it.at).refusal.as_deref()))
            .bind(column(accepted, |it| it.before + 1))
            .bind(column(accepted, |it| each(it.at).event_count()))
            .bind(columns.event_ids)
            .bind(columns.streams)
            .bind(columns.steps)
            .bind(columns.kinds)
            .bind(columns.schemas)
            .bind(columns.occurred_at)
            .bind(columns.precisions)
            .bind(columns.actors)
            .bind(columns.on_behalf_of)
            .bind(columns.correlations)
            .bind(columns.causations)
            .bind(columns.command_ids)
            .bind(columns.payloads)
            .bind(columns.encrypted)
            .bind(columns.form_kinds)
            .bind(columns.form_schemas)
            .bind(columns.form_firsts)
            .fetch_one(connection)
            .await?;
        Answer::read(&row)
    }

    /// The earliest and the latest time of an accepted live event, brought forward to when the
    /// transaction begins.
    fn live_range(&self) -> Option<(Timestamp, Timestamp)> {
        self.judgement
            .accepted
            .iter()
            .flat_map(|accepted| {
                let (command, called) = self.commands[accepted.at];
                let waited = waited(called, self.begins);
                command.live_times().map(move |at| later(at, waited))
            })
            .fold(None, |range, at| match range {
                None => Some((at, at)),
                Some((first, last)) => Some((first.min(at), last.max(at))),
            })
    }

    fn event_columns(&self) -> Columns<'_> {
        let mut columns = Columns::default();
        for accepted in &self.judgement.accepted {
            let command = self.commands[accepted.at].0;
            for (&(stream, before), length) in accepted.writes.iter().zip(command.write_lengths()) {
                for step in 1..=length {
                    columns.streams.push(count(stream + 1));
                    columns.steps.push(before + step);
                }
            }
            for event in command.events() {
                columns.push(command.id, event);
                columns.note_form(self.forms, &event.kind, event.schema);
            }
        }
        columns
    }
}

impl Answer {
    fn read(row: &PgRow) -> Result<Self, sqlx::Error> {
        let before: Option<i64> = row.try_get("before")?;
        Ok(Self {
            written: before.zip(timestamp_opt(row, "recorded_at")?),
            fence: row.try_get("fence")?,
            // Null when the tenant was created after the snapshot.
            current: row.try_get::<Option<bool>, _>("current")? == Some(true),
            skewed: row.try_get("skewed")?,
            database_clock: timestamp(row, "database_clock")?,
            stored: row.try_get::<Option<_>, _>("stored")?.unwrap_or_default(),
            actual: row.try_get::<Option<_>, _>("actual")?.unwrap_or_default(),
        })
    }

    /// The streams' versions by name, for judging again.
    pub(crate) fn known(&self, judgement: &Judgement<'_>) -> HashMap<StreamId, i64> {
        judgement
            .streams
            .iter()
            .map(|stream| StreamId::new(stream.kind, stream.id))
            .zip(self.actual.iter().copied())
            .collect()
    }

    /// Whether every assumption of the judgement holds.
    pub(crate) fn as_assumed(&self, judgement: &Judgement<'_>) -> bool {
        judgement
            .streams
            .iter()
            .zip(&self.actual)
            .all(|(stream, actual)| stream.assumed.is_none_or(|assumed| assumed == *actual))
    }
}

/// The events of the accepted commands.
#[derive(Default)]
struct Columns<'a> {
    event_ids: Vec<Uuid>,
    streams: Vec<i64>,
    steps: Vec<i64>,
    kinds: Vec<&'a str>,
    schemas: Vec<i32>,
    occurred_at: Vec<jiff_sqlx::Timestamp>,
    precisions: Vec<&'a str>,
    actors: Vec<&'a str>,
    on_behalf_of: Vec<Option<&'a str>>,
    correlations: Vec<Uuid>,
    causations: Vec<Option<Uuid>>,
    command_ids: Vec<Uuid>,
    payloads: Vec<&'a str>,
    encrypted: Vec<Option<&'a [u8]>>,
    /// Forms that this process has not seen in the log, each with its first event counted from 1.
    form_kinds: Vec<&'a str>,
    form_schemas: Vec<i32>,
    form_firsts: Vec<i64>,
}

impl<'a> Columns<'a> {
    fn push(&mut self, command_id: Uuid, event: &'a NewEvent) {
        self.event_ids.push(event.event_id);
        self.kinds.push(&event.kind);
        self.schemas.push(event.schema);
        self.occurred_at.push(event.occurred_at.to_sqlx());
        self.precisions.push(event.precision.as_str());
        self.actors.push(&event.actor);
        self.on_behalf_of.push(event.on_behalf_of.as_deref());
        self.correlations.push(event.correlation);
        self.causations.push(event.causation);
        self.command_ids.push(command_id);
        self.payloads.push(&event.payload);
        self.encrypted.push(event.encrypted.as_deref());
    }

    fn note_form(&mut self, known: &Forms, kind: &'a str, schema: i32) {
        let is_known = known
            .get(kind)
            .is_some_and(|schemas| schemas.contains(&schema));
        let mut noted = self.form_kinds.iter().zip(&self.form_schemas);
        if is_known || noted.any(|noted| noted == (&kind, &schema)) {
            return;
        }
        self.form_kinds.push(kind);
        self.form_schemas.push(schema);
        self.form_firsts.push(count(self.event_ids.len()));
    }
}

fn column<T, U>(rows: &[T], value: impl Fn(&T) -> U) -> Vec<U> {
    rows.iter().map(value).collect()
}
