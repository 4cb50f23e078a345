//! Rows of the log in the binary format of COPY.

use jiff::Timestamp;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::replay::EPOCH_US;
use crate::{RecordedRef, Tenant};

/// The signature, no flags, and no extension.
const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";

/// What ends a copy: a row of -1 columns.
const TRAILER: i16 = -1;

/// Bytes that are gathered before they are sent.
const SEND_BYTES: usize = 256 * 1024;

/// A row of `log.command`.
pub(crate) struct CommandRow<'a> {
    pub(crate) command_id: Uuid,
    pub(crate) fingerprint: &'a [u8],
    pub(crate) refusal: Option<&'a str>,
    pub(crate) first_position: i64,
    pub(crate) event_count: i64,
}

/// Writes rows of `log.event`.
pub(crate) async fn copy_events<'a>(
    connection: &mut PgConnection,
    tenant: &Tenant,
    events: impl Iterator<Item = RecordedRef<'a>> + Send,
) -> Result<(), sqlx::Error> {
    let statement = include_str!("../../sql/copy_events.sql");
    let row = |bytes: &mut Bytes, event: RecordedRef<'a>| bytes.event(tenant, &event);
    copy(connection, statement, events, row).await
}

/// Writes rows of `log.command`.
pub(crate) async fn copy_commands<'a>(
    connection: &mut PgConnection,
    tenant: &Tenant,
    commands: impl Iterator<Item = CommandRow<'a>> + Send,
) -> Result<(), sqlx::Error> {
    let statement = include_str!("../../sql/copy_commands.sql");
    let row = |bytes: &mut Bytes, command: CommandRow<'a>| bytes.command(tenant, &command);
    copy(connection, statement, commands, row).await
}

async fn copy<T>(
    connection: &mut PgConnection,
    statement: &'static str,
    rows: impl Iterator<Item = T> + Send,
    write: impl Fn(&mut Bytes, T) + Send,
) -> Result<(), sqlx::Error> {
    let mut sink = connection.copy_in_raw(statement).await?;
    let mut bytes = Bytes(Vec::with_capacity(SEND_BYTES + SEND_BYTES / 2));
    bytes.0.extend(HEADER);
    for row in rows {
        write(&mut bytes, row);
        if bytes.0.len() >= SEND_BYTES {
            sink.send(bytes.0.as_slice()).await?;
            bytes.0.clear();
        }
    }
    bytes.0.extend(TRAILER.to_be_bytes());
    sink.send(bytes.0.as_slice()).await?;
    sink.finish().await?;
    Ok(())
}

/// What was not sent yet. Each column stands behind its length; a null is the length -1 alone.
struct Bytes(Vec<u8>);

impl Bytes {
    fn event(&mut self, tenant: &Tenant, event: &RecordedRef<'_>) {
        self.columns(18);
        self.text(tenant.as_str());
        self.column(&event.position.to_be_bytes());
        self.column(event.event_id.as_bytes());
        self.text(event.stream.kind);
        self.text(event.stream.id);
        self.column(&event.version.to_be_bytes());
        self.text(event.kind);
        self.column(&event.schema.to_be_bytes());
        self.time(event.occurred_at);
        self.text(event.precision.as_str());
        self.time(event.recorded_at);
        self.text(event.actor);
        self.column_opt(event.on_behalf_of.map(str::as_bytes));
        self.column(event.correlation.as_bytes());
        self.column_opt(event.causation.as_ref().map(|id| id.as_bytes().as_slice()));
        self.column(event.command_id.as_bytes());
        self.text(event.payload);
        self.column_opt(event.encrypted);
    }

    fn command(&mut self, tenant: &Tenant, command: &CommandRow<'_>) {
        self.columns(6);
        self.text(tenant.as_str());
        self.column(command.command_id.as_bytes());
        self.column(command.fingerprint);
        self.column_opt(command.refusal.map(str::as_bytes));
        self.column(&command.first_position.to_be_bytes());
        self.column(&command.event_count.to_be_bytes());
    }

    fn columns(&mut self, count: i16) {
        self.0.extend(count.to_be_bytes());
    }

    fn column(&mut self, bytes: &[u8]) {
        // Every column was checked to be far smaller than what 31 bits count.
        let length = i32::try_from(bytes.len()).unwrap_or(i32::MAX);
        self.0.extend(length.to_be_bytes());
        self.0.extend(bytes);
    }

    fn column_opt(&mut self, bytes: Option<&[u8]>) {
        match bytes {
            Some(bytes) => self.column(bytes),
            None => self.0.extend((-1_i32).to_be_bytes()),
        }
    }

    fn text(&mut self, text: &str) {
        self.column(text.as_bytes());
    }

    fn time(&mut self, time: Timestamp) {
        let us = time.as_microsecond().saturating_sub(EPOCH_US);
        self.column(&us.to_be_bytes());
    }
}
