//! From fields in the clear to the column.

use aws_lc_rs::aead::{Aad, Nonce};
use zeroize::Zeroizing;

use super::{
    Context, NAME_BYTES_MAX, SALT_BYTES, SealError, Sealed, TAG_BYTES, VALUE_BYTES_MAX, VERSION,
    cipher, commitment, is_name,
};
use crate::random::{self, Fill};
use crate::{Key, encoding};

/// Bytes of a field beside its name and value: two lengths, key id, nonce, salt, tag, commitment.
const OVERHEAD_BYTES: usize = 4 + 16 + 12 + 4 + SALT_BYTES + TAG_BYTES + 32;

/// Seals fields for one event, in the order of their names whatever the order given.
///
/// Every call takes a new salt and nonce for every field: the same value never gives the same bytes twice.
/// Fields of one event may be under different keys.
pub fn seal(context: &Context<'_>, fields: &[(&str, &Key, &[u8])]) -> Result<Vec<u8>, SealError> {
    seal_with(context, fields, &mut random::system)
}

/// [`seal`] with the randomness given: per field in the order of names, 32 bytes of salt, then 12 of nonce.
pub(super) fn seal_with(
    context: &Context<'_>,
    fields: &[(&str, &Key, &[u8])],
    fill: Fill<'_>,
) -> Result<Vec<u8>, SealError> {
    let mut fields = fields.to_vec();
    fields.sort_unstable_by_key(|(name, ..)| *name);
    check(&fields)?;

    let bytes: usize = fields
        .iter()
        .map(|(name, _, value)| OVERHEAD_BYTES + name.len() + value.len())
        .sum();
    let mut out = Vec::with_capacity(1 + 4 + bytes);
    out.push(VERSION);
    encoding::put_count(&mut out, fields.len());
    for (name, key, value) in fields {
        let sealed = seal_field(context, name, key, value, fill)?;
        encoding::put(&mut out, sealed.name.as_bytes());
        out.extend_from_slice(sealed.key_id.as_bytes());
        out.extend_from_slice(&sealed.nonce);
        encoding::put(&mut out, &sealed.ciphertext);
        out.extend_from_slice(&sealed.commitment);
    }
    Ok(out)
}

/// Everything that can be refused, before any randomness is spent.
fn check(sorted: &[(&str, &Key, &[u8])]) -> Result<(), SealError> {
    if sorted.is_empty() {
        return Err(SealError::NoFields);
    }
    for (name, _, value) in sorted {
        if !is_name(name.as_bytes()) {
            // Cut, since a caller's mistake may have put content where the name belongs.
            let name = name.chars().take(NAME_BYTES_MAX).collect();
            return Err(SealError::InvalidName { name });
        }
        if value.len() > VALUE_BYTES_MAX {
            return Err(SealError::ValueTooLong {
                name: (*name).to_owned(),
                bytes: value.len(),
            });
        }
    }
    match sorted.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        Some(pair) => Err(SealError::DuplicateName {
            name: pair[0].0.to_owned(),
        }),
        None => Ok(()),
    }
}

fn seal_field(
    context: &Context<'_>,
    name: &str,
    key: &Key,
    value: &[u8],
    fill: Fill<'_>,
) -> Result<Sealed, SealError> {
    let mut salt = Zeroizing::new([0; SALT_BYTES]);
    fill(salt.as_mut_slice())?;
    let mut nonce = [0; 12];
    fill(&mut nonce)?;

    // Room for the tag from the start: growing would leave a copy of the plaintext behind.
    let mut text = Vec::with_capacity(SALT_BYTES + value.len() + TAG_BYTES);
    text.extend_from_slice(salt.as_slice());
    text.extend_from_slice(value);
    cipher(key)
        .seal_in_place_append_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(context.associated_data(name, key.id)),
            &mut text,
        )
        .expect("AES-GCM seals anything shorter than 64 GiB");

    Ok(Sealed {
        name: name.to_owned(),
        key_id: key.id,
        nonce,
        ciphertext: text,
        commitment: commitment(name, &salt, value),
    })
}
