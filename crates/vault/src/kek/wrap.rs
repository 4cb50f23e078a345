//! How a key or secret is wrapped: version 1, nonce, AES-256-GCM of its 32 bytes, tag; 61 bytes.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::Kek;
use crate::encoding::{self, Reader};
use crate::key::Owner;
use crate::random::{self, Fill, RandomUnavailable};

const VERSION: u8 = 1;

/// What wrapped bytes are bound to: copied to any other row they do not open.
#[derive(Debug, Clone, Copy)]
pub(crate) enum WrapFor<'a> {
    Key {
        tenant: &'a str,
        owner: Owner,
        key_id: Uuid,
    },
    Secret {
        tenant: &'a str,
        purpose: &'a str,
    },
}

impl WrapFor<'_> {
    fn associated_data(self) -> Vec<u8> {
        match self {
            Self::Key {
                tenant,
                owner,
                key_id,
            } => encoding::join(&[
                b"wijk-key-v1",
                tenant.as_bytes(),
                owner.kind().as_bytes(),
                owner.id().as_bytes(),
                key_id.as_bytes(),
            ]),
            Self::Secret { tenant, purpose } => {
                encoding::join(&[b"wijk-secret-v1", tenant.as_bytes(), purpose.as_bytes()])
            }
        }
    }
}

impl Kek {
    pub(crate) fn wrap(
        &self,
        what: WrapFor<'_>,
        secret: &[u8; 32],
    ) -> Result<Vec<u8>, RandomUnavailable> {
        self.wrap_with(what, secret, &mut random::system)
    }

    pub(super) fn wrap_with(
        &self,
        what: WrapFor<'_>,
        secret: &[u8; 32],
        fill: Fill<'_>,
    ) -> Result<Vec<u8>, RandomUnavailable> {
        let mut nonce = [0; 12];
        fill(&mut nonce)?;
        let mut text = *secret;
        let tag = self
            .cipher()
            .seal_in_place_separate_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(what.associated_data()),
                &mut text,
            )
            .expect("AES-GCM seals anything shorter than 64 GiB");
        let mut wrapped = Vec::with_capacity(61);
        wrapped.push(VERSION);
        wrapped.extend_from_slice(&nonce);
        wrapped.extend_from_slice(&text);
        wrapped.extend_from_slice(tag.as_ref());
        Ok(wrapped)
    }

    /// The 32 bytes; `None` where they are not what this key wrapped for exactly this owner or purpose.
    pub(crate) fn unwrap(&self, what: WrapFor<'_>, wrapped: &[u8]) -> Option<Zeroizing<[u8; 32]>> {
        let mut reader = Reader::new(wrapped);
        if reader.array()? != [VERSION] {
            return None;
        }
        let nonce = Nonce::assume_unique_for_key(reader.array()?);
        let mut text = Zeroizing::new(reader.array::<48>()?);
        if reader.left() != 0 {
            return None;
        }
        let secret: &[u8] = self
            .cipher()
            .open_in_place(
                nonce,
                Aad::from(what.associated_data()),
                text.as_mut_slice(),
            )
            .ok()?;
        Some(Zeroizing::new(secret.try_into().ok()?))
    }

    fn cipher(&self) -> LessSafeKey {
        let key = UnboundKey::new(&AES_256_GCM, self.bytes.as_slice())
            .expect("AES-256 takes any 32 bytes");
        LessSafeKey::new(key)
    }
}
