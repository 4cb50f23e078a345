//! From a sealed field to its value.

use aws_lc_rs::aead::{Aad, Nonce};
use zeroize::Zeroizing;

use super::{Context, OpenError, Opened, Sealed, cipher, commitment};
use crate::Key;

/// Opens a field of the event `context` names, and checks it against its commitment.
///
/// The value is the caller's to guard: it is personal data, but no secret of the vault, and is not overwritten on drop.
pub fn open(context: &Context<'_>, sealed: &Sealed, key: &Key) -> Result<Opened, OpenError> {
    if key.id != sealed.key_id {
        return Err(OpenError::WrongKey {
            name: sealed.name.clone(),
            sealed_under: sealed.key_id,
            given: key.id,
        });
    }
    let altered = || OpenError::Altered {
        name: sealed.name.clone(),
    };
    let mut text = Zeroizing::new(sealed.ciphertext.clone());
    let plaintext: &[u8] = cipher(key)
        .open_in_place(
            Nonce::assume_unique_for_key(sealed.nonce),
            Aad::from(context.associated_data(&sealed.name, sealed.key_id)),
            &mut text,
        )
        .map_err(|_| altered())?;
    let (salt, value) = plaintext.split_first_chunk().ok_or_else(altered)?;
    if commitment(&sealed.name, salt, value) != sealed.commitment {
        return Err(OpenError::CommitmentMismatch {
            name: sealed.name.clone(),
        });
    }
    Ok(Opened {
        salt: *salt,
        value: value.to_vec(),
    })
}
