//! Replaying: a range of the log at the speed of COPY, in order, whole or with an error.

use crate::{Log, ReadError, Recorded, Tenant};

mod broken;
mod entry;
mod source;
mod tuple;

pub use broken::BrokenReplay;
pub(crate) use entry::EPOCH_US;
pub use entry::{RecordedRef, StreamRef};
use source::Source;
use tuple::Piece;

/// The events of a range, read by one COPY after the other on a connection of its own.
///
/// Ends only once the last event asked for was returned: a connection that breaks, a hole or bytes that
/// are not understood are errors, and stay one however often it is asked again.
/// Reads no further ahead than some hundred kilobytes, so whoever is slow holds up the server and not
/// the memory. Dropped half-way, it closes its connection.
#[derive(Debug)]
pub struct Replay {
    source: Source,
    /// What was read and not yet returned begins at `at`.
    bytes: Vec<u8>,
    at: usize,
    /// Whether the next byte belongs to a COPY that has begun.
    inside: bool,
    position: i64,
    up_to: i64,
    broken: bool,
    batch: Vec<Recorded>,
}

impl Log {
    /// All events after position `after` up to and with position `up_to`, in order.
    ///
    /// Asking beyond the head is an error at once, [`ReadError::BeyondHead`]; `up_to` at or before `after`
    /// is an empty replay.
    pub async fn replay(
        &self,
        tenant: &Tenant,
        after: i64,
        up_to: i64,
    ) -> Result<Replay, ReadError> {
        let head = self.head(tenant).await?.position;
        if up_to > head {
            return Err(ReadError::BeyondHead { up_to, head });
        }
        Ok(self.replay_stored(tenant, after, up_to))
    }

    /// Replays what is stored, whether or not the head has come so far: a restore goes before its head.
    pub(crate) fn replay_stored(&self, tenant: &Tenant, after: i64, up_to: i64) -> Replay {
        let up_to = up_to.max(after);
        Replay {
            source: Source::new(self.pool(), tenant, after, up_to),
            bytes: Vec::new(),
            at: 0,
            inside: false,
            position: after,
            up_to,
            broken: false,
            batch: Vec::new(),
        }
    }
}

impl Replay {
    /// Position of the last event returned; at first the one before the range.
    pub fn position(&self) -> i64 {
        self.position
    }

    /// The next events, `events_max` of them while there are as many; none at the end.
    ///
    /// Dropping the future loses nothing: the next call goes on where it was.
    pub async fn next_batch(&mut self, events_max: usize) -> Result<Vec<Recorded>, ReadError> {
        while self.batch.len() < events_max {
            let next = self.next_entry().await?.map(|entry| entry.to_recorded());
            let Some(recorded) = next else { break };
            self.batch.push(recorded);
        }
        Ok(std::mem::take(&mut self.batch))
    }

    /// The next event, borrowed from what was read; `None` at the end.
    ///
    /// Dropping the future loses nothing: the next call goes on where it was.
    pub async fn next_entry(&mut self) -> Result<Option<RecordedRef<'_>>, ReadError> {
        if self.broken {
            return Err(BrokenReplay::Ended {
                position: self.position,
                up_to: self.up_to,
            }
            .into());
        }
        let next = self.next_row().await;
        self.broken = next.is_err();
        let Some(length) = next? else {
            return Ok(None);
        };
        let row = &self.bytes[self.at..self.at + length];
        self.at += length;
        // Until this row has turned out to be the one that is due.
        self.broken = true;
        let entry = RecordedRef::decode(row)?;
        let expected = self.position + 1;
        if entry.position != expected {
            return Err(BrokenReplay::Hole {
                expected,
                found: entry.position,
            }
            .into());
        }
        self.broken = false;
        self.position = expected;
        Ok(Some(entry))
    }

    /// Length of the row that begins at `at`, all of which is in memory then; `None` after the last.
    async fn next_row(&mut self) -> Result<Option<usize>, ReadError> {
        loop {
            let rest = &self.bytes[self.at..];
            let piece = if self.inside {
                tuple::piece(rest)?
            } else {
                tuple::header(rest)?
            };
            match piece {
                Piece::Row(length) => return Ok(Some(length)),
                Piece::Header(length) => {
                    self.inside = true;
                    self.at += length;
                }
                Piece::Trailer(length) => {
                    self.inside = false;
                    self.at += length;
                }
                Piece::Partial => {
                    if !self.read_on().await? {
                        return self.end();
                    }
                }
            }
        }
    }

    /// Reads more behind what is not yet returned; false when there is no more.
    async fn read_on(&mut self) -> Result<bool, ReadError> {
        self.bytes.drain(..self.at);
        self.at = 0;
        Ok(self.source.fill(&mut self.bytes).await?)
    }

    fn end(&self) -> Result<Option<usize>, ReadError> {
        if self.position == self.up_to && !self.inside && self.bytes.is_empty() {
            return Ok(None);
        }
        Err(BrokenReplay::Ended {
            position: self.position,
            up_to: self.up_to,
        }
        .into())
    }
}
