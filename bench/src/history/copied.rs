//! Rows of an event table as a binary COPY takes them.

use anyhow::Context as _;
use jiff::Timestamp;
use uuid::Uuid;

use super::Fact;
use crate::raw::TENANT;

/// Microseconds from 1970 to 2000, where PostgreSQL counts its times from.
const EPOCH_US: i64 = 946_684_800_000_000;

/// What a binary COPY begins with: its signature, no flags, no extension.
pub(crate) fn header() -> Vec<u8> {
    let mut bytes = b"PGCOPY\n\xff\r\n\0".to_vec();
    bytes.extend_from_slice(&[0; 8]);
    bytes
}

/// What it ends with.
pub(crate) fn end(rows: &mut Vec<u8>) {
    rows.extend_from_slice(&(-1_i16).to_be_bytes());
}

/// Adds a row of `copy_events.sql`.
pub(crate) fn push_row(rows: &mut Vec<u8>, position: i64, fact: &Fact) -> anyhow::Result<()> {
    let event = &fact.event;
    rows.extend_from_slice(&18_i16.to_be_bytes());
    push(rows, Some(TENANT.as_bytes()))?;
    push(rows, Some(&position.to_be_bytes()))?;
    push(rows, Some(event.event_id.as_bytes()))?;
    push(rows, Some(fact.stream.kind.as_bytes()))?;
    push(rows, Some(fact.stream.id.as_bytes()))?;
    push(rows, Some(&fact.version.to_be_bytes()))?;
    push(rows, Some(event.kind.as_bytes()))?;
    push(rows, Some(&event.schema.to_be_bytes()))?;
    push(rows, Some(&time(event.occurred_at)))?;
    push(rows, Some(event.precision.as_str().as_bytes()))?;
    push(rows, Some(&time(event.occurred_at)))?;
    push(rows, Some(event.actor.as_bytes()))?;
    push(rows, event.on_behalf_of.as_deref().map(str::as_bytes))?;
    push(rows, Some(event.correlation.as_bytes()))?;
    push(rows, event.causation.as_ref().map(|id| &id.as_bytes()[..]))?;
    push(rows, Some(command_id(position)?.as_bytes()))?;
    push(rows, Some(event.payload.as_bytes()))?;
    push(rows, event.encrypted.as_deref())
}

/// One command an event.
fn command_id(position: i64) -> anyhow::Result<Uuid> {
    Ok(Uuid::from_u64_pair(
        0x0190_0000_0001_7000,
        position.try_into()?,
    ))
}

fn push(rows: &mut Vec<u8>, column: Option<&[u8]>) -> anyhow::Result<()> {
    let Some(bytes) = column else {
        rows.extend_from_slice(&(-1_i32).to_be_bytes());
        return Ok(());
    };
    let length = i32::try_from(bytes.len()).context("a column is too long")?;
    rows.extend_from_slice(&length.to_be_bytes());
    rows.extend_from_slice(bytes);
    Ok(())
}

fn time(at: Timestamp) -> [u8; 8] {
    (at.as_microsecond() - EPOCH_US).to_be_bytes()
}
