//! The entry: one event as the exact bytes that are hashed and sealed.
//!
//! Frozen for ever once the first real event is stored: `docs/decisions/0002-entry-encoding.md` has the
//! layout byte by byte, and `testdata/entry.v1.json` examples to hold another implementation against.

use sha2::{Digest as _, Sha256};

use crate::{NewEvent, Precision, Recorded, StreamId, Tenant};

/// First byte of every entry of this layout.
const FORMAT: u8 = 1;

/// The largest entry, so that a tile of entries can prefix each with two bytes (C2SP tlog-tiles).
pub const BYTES_MAX: usize = 65_535;

/// Bytes that every entry has: the format, six lengths, the fixed-width columns, three presence bytes.
const BYTES_FIXED: usize = 113;

/// Encodes every column of the row: format 1, big-endian, each text and byte string behind its length.
pub fn encode(tenant: &Tenant, event: &Recorded) -> Vec<u8> {
    let mut entry = Vec::with_capacity(BYTES_FIXED + 256 + event.payload.len());
    entry.push(FORMAT);
    put_bytes(&mut entry, tenant.as_str().as_bytes());
    entry.extend(event.position.to_be_bytes());
    entry.extend(event.event_id.as_bytes());
    put_bytes(&mut entry, event.stream.kind.as_bytes());
    put_bytes(&mut entry, event.stream.id.as_bytes());
    entry.extend(event.version.to_be_bytes());
    put_bytes(&mut entry, event.kind.as_bytes());
    entry.extend(event.schema.to_be_bytes());
    entry.extend(event.occurred_at.as_microsecond().to_be_bytes());
    entry.push(precision_code(event.precision));
    entry.extend(event.recorded_at.as_microsecond().to_be_bytes());
    put_bytes(&mut entry, event.actor.as_bytes());
    put_presence(&mut entry, event.on_behalf_of.is_some());
    if let Some(on_behalf_of) = &event.on_behalf_of {
        put_bytes(&mut entry, on_behalf_of.as_bytes());
    }
    entry.extend(event.correlation.as_bytes());
    put_presence(&mut entry, event.causation.is_some());
    if let Some(causation) = &event.causation {
        entry.extend(causation.as_bytes());
    }
    entry.extend(event.command_id.as_bytes());
    put_bytes(&mut entry, event.payload.as_bytes());
    put_presence(&mut entry, event.encrypted.is_some());
    if let Some(encrypted) = &event.encrypted {
        put_bytes(&mut entry, encrypted);
    }
    entry
}

/// Hash of an entry as a leaf of the tenant's Merkle tree: SHA-256 of a zero byte and the entry (RFC 6962).
pub fn leaf_hash(entry: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update([0]);
    hash.update(entry);
    hash.finalize().into()
}

/// Size of the entry that this event will become: exact, since what the log adds has a fixed width.
pub(crate) fn size(tenant: &Tenant, stream: &StreamId, event: &NewEvent) -> usize {
    BYTES_FIXED
        + tenant.as_str().len()
        + stream.kind.len()
        + stream.id.len()
        + event.kind.len()
        + event.actor.len()
        + event.on_behalf_of.as_ref().map_or(0, |text| 4 + text.len())
        + event.causation.map_or(0, |_| 16)
        + event.payload.len()
        + event.encrypted.as_ref().map_or(0, |bytes| 4 + bytes.len())
}

fn precision_code(precision: Precision) -> u8 {
    match precision {
        Precision::Instant => 1,
        Precision::Day => 2,
    }
}

fn put_bytes(entry: &mut Vec<u8>, bytes: &[u8]) {
    // A column larger than 4 GiB does not exist: an entry has at most 65,535 bytes.
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    entry.extend(length.to_be_bytes());
    entry.extend(bytes);
}

/// Absent and empty differ: a byte 0 alone, or a byte 1 and the value.
fn put_presence(entry: &mut Vec<u8>, present: bool) {
    entry.push(u8::from(present));
}

#[cfg(test)]
mod tests;
