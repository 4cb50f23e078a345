//! The binary format of COPY, as the manual of PostgreSQL has it under "Binary Format".

use super::BrokenReplay;

/// What every binary copy begins with.
const SIGNATURE: &[u8; 11] = b"PGCOPY\n\xff\r\n\0";

/// The signature, 4 bytes of flags, and 4 bytes that count the bytes of a header extension.
const HEADER_BYTES: usize = 19;

/// Columns of one row, in the order of `replay_segment.sql`.
pub(super) const COLUMNS: usize = 17;

/// No row takes more: its entry has at most 65,535 bytes, and each column 4 bytes of length before it.
const ROW_BYTES_MAX: usize = 2 * crate::entry::BYTES_MAX;

/// What the bytes begin with, and how many of them that takes.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Header(usize),
    Row(usize),
    Trailer(usize),
    /// Not all of it is there yet.
    Partial,
}

/// Takes the beginning of a copy.
pub(super) fn header(bytes: &[u8]) -> Result<Piece, BrokenReplay> {
    let begins = bytes.len().min(SIGNATURE.len());
    if bytes[..begins] != SIGNATURE[..begins] {
        return Err(BrokenReplay::Malformed("another signature"));
    }
    if bytes.len() < HEADER_BYTES {
        return Ok(Piece::Partial);
    }
    if bytes[SIGNATURE.len()..HEADER_BYTES] != [0; 8] {
        return Err(BrokenReplay::Malformed("flags or an extension"));
    }
    Ok(Piece::Header(HEADER_BYTES))
}

/// Measures the row, or the trailer, that the bytes begin with.
pub(super) fn piece(bytes: &[u8]) -> Result<Piece, BrokenReplay> {
    let Some(columns) = bytes.first_chunk() else {
        return Ok(Piece::Partial);
    };
    match i16::from_be_bytes(*columns) {
        -1 => return Ok(Piece::Trailer(2)),
        columns if usize::try_from(columns) == Ok(COLUMNS) => {}
        _ => return Err(BrokenReplay::Malformed("another number of columns")),
    }
    let mut length = 2;
    for _ in 0..COLUMNS {
        let Some(column) = bytes.get(length..).and_then(<[u8]>::first_chunk) else {
            return Ok(Piece::Partial);
        };
        length += 4 + column_bytes(*column)?.unwrap_or(0);
        if length > ROW_BYTES_MAX {
            return Err(BrokenReplay::Malformed("a row longer than any can be"));
        }
    }
    if length > bytes.len() {
        return Ok(Piece::Partial);
    }
    Ok(Piece::Row(length))
}

/// Bytes of a column; `None` when it is null.
fn column_bytes(length: [u8; 4]) -> Result<Option<usize>, BrokenReplay> {
    match i32::from_be_bytes(length) {
        -1 => Ok(None),
        length => usize::try_from(length)
            .map(Some)
            .map_err(|_| BrokenReplay::Malformed("a negative length")),
    }
}

/// The columns of one row that was measured, one after the other.
pub(super) struct Columns<'a>(&'a [u8]);

impl<'a> Columns<'a> {
    pub(super) fn of(row: &'a [u8]) -> Self {
        Self(row.get(2..).unwrap_or_default())
    }

    /// The next column, whatever it holds.
    pub(super) fn bytes_opt(&mut self) -> Result<Option<&'a [u8]>, BrokenReplay> {
        let cut = BrokenReplay::Malformed("a row that is cut off");
        let Some((length, rest)) = self.0.split_first_chunk() else {
            return Err(cut);
        };
        let Some(length) = column_bytes(*length)? else {
            self.0 = rest;
            return Ok(None);
        };
        let Some((column, rest)) = rest.split_at_checked(length) else {
            return Err(cut);
        };
        self.0 = rest;
        Ok(Some(column))
    }

    /// The next column, which is never null and has this width.
    pub(super) fn fixed<const WIDTH: usize>(&mut self) -> Result<[u8; WIDTH], BrokenReplay> {
        self.fixed_opt()?
            .ok_or(BrokenReplay::Malformed("a null where none can be"))
    }

    /// The next column, null or of this width.
    pub(super) fn fixed_opt<const WIDTH: usize>(
        &mut self,
    ) -> Result<Option<[u8; WIDTH]>, BrokenReplay> {
        self.bytes_opt()?
            .map(|bytes| {
                bytes
                    .try_into()
                    .map_err(|_| BrokenReplay::Malformed("a column of another width"))
            })
            .transpose()
    }

    /// The next column as text, null or not.
    pub(super) fn text_opt(&mut self) -> Result<Option<&'a str>, BrokenReplay> {
        self.bytes_opt()?
            .map(|bytes| {
                std::str::from_utf8(bytes)
                    .map_err(|_| BrokenReplay::Malformed("a text that is not UTF-8"))
            })
            .transpose()
    }

    /// The next column as text, which is never null.
    pub(super) fn text(&mut self) -> Result<&'a str, BrokenReplay> {
        self.text_opt()?
            .ok_or(BrokenReplay::Malformed("a null where none can be"))
    }
}

#[cfg(test)]
mod tests;
