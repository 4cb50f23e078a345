//! Rows as stored, and opening them.

use sqlx::postgres::PgRow;
use sqlx::{FromRow, Row as _};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::VaultError;
use crate::kek::WrapFor;
use crate::{Kek, Key, KeyState, Owner, Secret32};

/// The fingerprint a tenant's first key or secret was wrapped by; none before that.
#[derive(Debug)]
pub(super) struct Pin(pub(super) Option<String>);

#[derive(FromRow)]
pub(super) struct KeyRow {
    pub(super) key_id: Uuid,
    owner_kind: String,
    owner_id: Uuid,
    wrapped: Option<Vec<u8>>,
    wrapped_by: Option<String>,
}

impl KeyRow {
    pub(super) fn into_state(self, tenant: &str, kek: &Kek) -> Result<KeyState, VaultError> {
        let (Some(wrapped), Some(wrapped_by)) = (self.wrapped, self.wrapped_by) else {
            return Ok(KeyState::Destroyed);
        };
        let owner =
            Owner::from_stored(&self.owner_kind, self.owner_id).ok_or_else(|| altered(tenant))?;
        let bytes = unwrap(
            kek,
            WrapFor::Key {
                tenant,
                owner,
                key_id: self.key_id,
            },
            &wrapped,
            wrapped_by,
            tenant,
        )?;
        Ok(KeyState::Live(Key::from_bytes(self.key_id, bytes)))
    }

    pub(super) fn into_live(self, tenant: &str, kek: &Kek) -> Result<Key, VaultError> {
        match self.into_state(tenant, kek)? {
            KeyState::Live(key) => Ok(key),
            KeyState::Destroyed => Err(VaultError::Destroyed),
        }
    }
}

#[derive(FromRow)]
pub(super) struct SecretRow {
    wrapped: Option<Vec<u8>>,
    wrapped_by: Option<String>,
}

impl SecretRow {
    pub(super) fn into_live(
        self,
        tenant: &str,
        purpose: &str,
        kek: &Kek,
    ) -> Result<Secret32, VaultError> {
        let (Some(wrapped), Some(wrapped_by)) = (self.wrapped, self.wrapped_by) else {
            return Err(VaultError::Destroyed);
        };
        unwrap(
            kek,
            WrapFor::Secret { tenant, purpose },
            &wrapped,
            wrapped_by,
            tenant,
        )
        .map(Secret32::new)
    }
}

/// Reads a row of the find queries: always one, with the pin, and the rest null where nothing was found.
pub(super) fn with_pin<T>(row: &PgRow) -> Result<(Pin, Option<T>), VaultError>
where
    T: for<'r> FromRow<'r, PgRow>,
{
    let pin = Pin(row.try_get("pinned")?);
    let found = if row.try_get("found")? {
        Some(T::from_row(row)?)
    } else {
        None
    };
    Ok((pin, found))
}

fn unwrap(
    kek: &Kek,
    what: WrapFor<'_>,
    wrapped: &[u8],
    wrapped_by: String,
    tenant: &str,
) -> Result<Zeroizing<[u8; 32]>, VaultError> {
    if wrapped_by != kek.fingerprint() {
        return Err(VaultError::OtherKek {
            wrapped_by,
            file: kek.fingerprint().to_owned(),
        });
    }
    kek.unwrap(what, wrapped).ok_or_else(|| altered(tenant))
}

fn altered(tenant: &str) -> VaultError {
    VaultError::Altered {
        tenant: tenant.to_owned(),
    }
}
