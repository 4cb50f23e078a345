//! Rows of a binary COPY, borrowed from the message that each comes in.

use anyhow::{Context as _, bail, ensure};
use eventlog::Precision;
use jiff::Timestamp;
use uuid::Uuid;

use super::TENANT;

/// Microseconds from 1970 to 2000, where PostgreSQL counts its times from.
const EPOCH_US: i64 = 946_684_800_000_000;

/// What a binary COPY begins with: signature, flags, extension.
const HEADER_BYTES: usize = 19;

/// Every column of an event but the tenant.
#[derive(Debug)]
#[expect(
    dead_code,
    reason = "all are read, as a replay that hands them on must; few are counted"
)]
pub(crate) struct Row<'a> {
    pub(crate) position: i64,
    pub(crate) event_id: Uuid,
    pub(crate) stream_kind: &'a str,
    pub(crate) stream_id: &'a str,
    pub(crate) version: i64,
    pub(crate) kind: &'a str,
    pub(crate) schema: i32,
    pub(crate) occurred_at: Timestamp,
    pub(crate) precision: Precision,
    pub(crate) recorded_at: Timestamp,
    pub(crate) actor: &'a str,
    pub(crate) on_behalf_of: Option<&'a str>,
    pub(crate) correlation: Uuid,
    pub(crate) causation: Option<Uuid>,
    pub(crate) command_id: Uuid,
    pub(crate) payload: &'a str,
    pub(crate) encrypted: Option<&'a [u8]>,
}

/// One COPY of a range in order of position.
pub(crate) fn statement(after: i64, up_to: i64) -> String {
    let rows = include_str!("../../sql/read_log_range.sql")
        .replace("$1", &format!("'{TENANT}'"))
        .replace("$2", &after.to_string())
        .replace("$3", &up_to.to_string());
    format!("copy ({rows}) to stdout (format binary)")
}

/// The first message's rows.
pub(crate) fn without_header(message: &[u8]) -> anyhow::Result<&[u8]> {
    message.get(HEADER_BYTES..).context("no header")
}

impl<'a> Row<'a> {
    /// None of the trailer, and of a message that held the header alone.
    pub(crate) fn read(bytes: &'a [u8]) -> anyhow::Result<Option<Self>> {
        if bytes.is_empty() || bytes == [0xff, 0xff] {
            return Ok(None);
        }
        let (columns, rest) = bytes.split_first_chunk().context("cut off")?;
        ensure!(
            i16::from_be_bytes(*columns) == 17,
            "another number of columns"
        );
        let mut at = Columns(rest);
        Ok(Some(Self {
            position: i64::from_be_bytes(at.fixed()?),
            event_id: Uuid::from_bytes(at.fixed()?),
            stream_kind: at.text()?,
            stream_id: at.text()?,
            version: i64::from_be_bytes(at.fixed()?),
            kind: at.text()?,
            schema: i32::from_be_bytes(at.fixed()?),
            occurred_at: timestamp(at.fixed()?)?,
            precision: match at.text()? {
                "instant" => Precision::Instant,
                "day" => Precision::Day,
                other => bail!("unknown precision {other}"),
            },
            recorded_at: timestamp(at.fixed()?)?,
            actor: at.text()?,
            on_behalf_of: at.next()?.map(std::str::from_utf8).transpose()?,
            correlation: Uuid::from_bytes(at.fixed()?),
            causation: at.next()?.map(Uuid::from_slice).transpose()?,
            command_id: Uuid::from_bytes(at.fixed()?),
            payload: at.text()?,
            encrypted: at.next()?,
        }))
    }
}

struct Columns<'a>(&'a [u8]);

impl<'a> Columns<'a> {
    fn next(&mut self) -> anyhow::Result<Option<&'a [u8]>> {
        let (length, rest) = self.0.split_first_chunk().context("cut off")?;
        let Ok(length) = usize::try_from(i32::from_be_bytes(*length)) else {
            self.0 = rest;
            return Ok(None);
        };
        let (column, rest) = rest.split_at_checked(length).context("cut off")?;
        self.0 = rest;
        Ok(Some(column))
    }

    fn fixed<const N: usize>(&mut self) -> anyhow::Result<[u8; N]> {
        Ok(self.next()?.context("null")?.try_into()?)
    }

    fn text(&mut self) -> anyhow::Result<&'a str> {
        Ok(std::str::from_utf8(self.next()?.context("null")?)?)
    }
}

fn timestamp(bytes: [u8; 8]) -> anyhow::Result<Timestamp> {
    Ok(Timestamp::from_microsecond(
        i64::from_be_bytes(bytes) + EPOCH_US,
    )?)
}
