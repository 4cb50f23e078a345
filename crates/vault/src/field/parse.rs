//! From the column to its fields, still sealed.

use uuid::Uuid;

use super::{ParseError, SALT_BYTES, Sealed, TAG_BYTES, VERSION, is_name};
use crate::encoding::Reader;

/// Reads a column that [`seal`](super::seal) wrote; accepts nothing that it could not have written.
///
/// Needs no key: which keys to ask for stands in the fields.
pub fn parse(bytes: &[u8]) -> Result<Vec<Sealed>, ParseError> {
    let mut reader = Reader::new(bytes);
    let [version] = reader.array().ok_or(ParseError::Truncated { field: 0 })?;
    if version != VERSION {
        return Err(ParseError::UnknownVersion(version));
    }
    let count = reader.count().ok_or(ParseError::Truncated { field: 0 })?;
    if count == 0 {
        return Err(ParseError::NoFields);
    }
    // Not reserved by count: it is not to be believed before the fields are there.
    let mut fields: Vec<Sealed> = Vec::new();
    for field in 0..count {
        let sealed = parse_field(&mut reader, field)?;
        if let Some(last) = fields.last() {
            match last.name.cmp(&sealed.name) {
                std::cmp::Ordering::Less => {}
                std::cmp::Ordering::Equal => {
                    return Err(ParseError::DuplicateName { name: sealed.name });
                }
                std::cmp::Ordering::Greater => {
                    return Err(ParseError::Unsorted { name: sealed.name });
                }
            }
        }
        fields.push(sealed);
    }
    match reader.left() {
        0 => Ok(fields),
        bytes => Err(ParseError::TrailingBytes { bytes }),
    }
}

fn parse_field(reader: &mut Reader<'_>, field: usize) -> Result<Sealed, ParseError> {
    let truncated = ParseError::Truncated { field };
    let Some(name) = reader.prefixed() else {
        return Err(truncated);
    };
    let name = match std::str::from_utf8(name) {
        Ok(text) if is_name(name) => text.to_owned(),
        _ => return Err(ParseError::InvalidName { field }),
    };
    let (Some(key_id), Some(nonce), Some(ciphertext), Some(commitment)) = (
        reader.array(),
        reader.array(),
        reader.prefixed(),
        reader.array(),
    ) else {
        return Err(truncated);
    };
    if ciphertext.len() < SALT_BYTES + TAG_BYTES {
        return Err(ParseError::ShortCiphertext {
            name,
            bytes: ciphertext.len(),
        });
    }
    Ok(Sealed {
        name,
        key_id: Uuid::from_bytes(key_id),
        nonce,
        ciphertext: ciphertext.to_vec(),
        commitment,
    })
}
