//! The vault in the database: wrapped keys and secrets, made once, destroyed for good.

mod error;
mod row;

use std::collections::HashMap;
use std::sync::Arc;

use sqlx::PgPool;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::kek::WrapFor;
use crate::random::{self, RandomUnavailable};
use crate::{Kek, Key, KeyState, Owner, Secret32};

pub use error::VaultError;
use row::{KeyRow, Pin, SecretRow};

/// Keys and secrets of all tenants of one database, opened with one key-encryption key.
///
/// Keeps no opened key between calls: another process may destroy it in the meantime, and then it must not be found.
#[derive(Debug, Clone)]
pub struct Vault {
    pool: PgPool,
    kek: Arc<Kek>,
}

impl Vault {
    /// Nothing is read yet: whether `kek` is the tenant's is checked by each call.
    pub fn new(pool: PgPool, kek: Kek) -> Self {
        Self {
            pool,
            kek: Arc::new(kek),
        }
    }

    /// The owner's key, made when it has none.
    ///
    /// A new key is committed before it is returned, so no event can be sealed under a key that a crash takes away.
    /// All that ask at once get the same key. After [`destroy`](Self::destroy) this is [`VaultError::Destroyed`].
    pub async fn key_for(&self, tenant: &str, owner: Owner) -> Result<Key, VaultError> {
        let (pin, row) = self.find_key(tenant, owner).await?;
        if let Some(row) = row {
            return row.into_live(tenant, &self.kek);
        }
        self.check_pin(tenant, pin).await?;
        let key = Key::from_bytes(random_id()?, random_secret()?);
        if self.insert_key(tenant, owner, &key).await? {
            return Ok(key);
        }
        // Another task or process was first, with a key or with a tombstone; rows never go away again.
        let (_, row) = self.find_key(tenant, owner).await?;
        row.ok_or(VaultError::Vanished)?
            .into_live(tenant, &self.kek)
    }

    /// Opens the keys of fields by the ids that stand in them, in one query.
    ///
    /// Ids that the tenant does not have are left out. Works on a connection that may only read.
    pub async fn keys(
        &self,
        tenant: &str,
        ids: &[Uuid],
    ) -> Result<HashMap<Uuid, KeyState>, VaultError> {
        let rows: Vec<KeyRow> = sqlx::query_as(
            "select key_id, owner_kind, owner_id, wrapped, wrapped_by
             from vault.key
             where tenant = $1 and key_id = any($2)",
        )
        .bind(tenant)
        .bind(ids)
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter()
            .map(|row| Ok((row.key_id, row.into_state(tenant, &self.kek)?)))
            .collect()
    }

    /// Destroys the owner's key; true when there was a live one.
    ///
    /// An owner without a key gets a tombstone, so that none can be made later; asking again changes nothing.
    /// Needs no key-encryption key, so an erasure can be completed by whoever has lost it.
    /// What the row held stays in the database's files until vacuum and WAL recycling, and in backups: wrapped.
    pub async fn destroy(&self, tenant: &str, owner: Owner) -> Result<bool, VaultError> {
        let destroyed = sqlx::query_scalar(include_str!("../sql/destroy_key.sql"))
            .bind(tenant)
            .bind(random_id()?)
            .bind(owner.kind())
            .bind(owner.id())
            .fetch_optional(&self.pool)
            .await?;
        Ok(destroyed.unwrap_or(false))
    }

    /// The tenant's secret for one purpose (`import`, `fingerprint/2026-11`), made and committed when there is none.
    ///
    /// After [`destroy_secret`](Self::destroy_secret) this is [`VaultError::Destroyed`].
    pub async fn tenant_secret(&self, tenant: &str, purpose: &str) -> Result<Secret32, VaultError> {
        let (pin, row) = self.find_secret(tenant, purpose).await?;
        if let Some(row) = row {
            return row.into_live(tenant, purpose, &self.kek);
        }
        self.check_pin(tenant, pin).await?;
        let secret = random_secret()?;
        if self.insert_secret(tenant, purpose, &secret).await? {
            return Ok(Secret32::new(secret));
        }
        let (_, row) = self.find_secret(tenant, purpose).await?;
        row.ok_or(VaultError::Vanished)?
            .into_live(tenant, purpose, &self.kek)
    }

    /// Destroys a tenant's secret for good, or bars one from being made; asking again changes nothing.
    pub async fn destroy_secret(&self, tenant: &str, purpose: &str) -> Result<(), VaultError> {
        sqlx::query(include_str!("../sql/destroy_secret.sql"))
            .bind(tenant)
            .bind(purpose)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Refuses to make anything under another key-encryption key than the tenant's first.
    ///
    /// Else a server started with the wrong file would fill the vault with keys that the right file cannot open.
    async fn check_pin(&self, tenant: &str, found: Pin) -> Result<(), VaultError> {
        let pinned = match found.0 {
            Some(pinned) => pinned,
            None => self.pin(tenant).await?,
        };
        if pinned == self.kek.fingerprint() {
            return Ok(());
        }
        Err(VaultError::OtherKek {
            wrapped_by: pinned,
            file: self.kek.fingerprint().to_owned(),
        })
    }

    /// The fingerprint all of the tenant's keys are wrapped by: ours, unless another process was first.
    async fn pin(&self, tenant: &str) -> Result<String, VaultError> {
        // Two statements: the second must see what another transaction committed while the first waited for it.
        sqlx::query("insert into vault.kek (tenant, fingerprint) values ($1, $2) on conflict (tenant) do nothing")
            .bind(tenant)
            .bind(self.kek.fingerprint())
            .execute(&self.pool)
            .await?;
        Ok(
            sqlx::query_scalar("select fingerprint from vault.kek where tenant = $1")
                .bind(tenant)
                .fetch_one(&self.pool)
                .await?,
        )
    }

    async fn find_key(
        &self,
        tenant: &str,
        owner: Owner,
    ) -> Result<(Pin, Option<KeyRow>), VaultError> {
        let row = sqlx::query(include_str!("../sql/find_key.sql"))
            .bind(tenant)
            .bind(owner.kind())
            .bind(owner.id())
            .fetch_one(&self.pool)
            .await?;
        row::with_pin(&row)
    }

    async fn insert_key(&self, tenant: &str, owner: Owner, key: &Key) -> Result<bool, VaultError> {
        let wrapped = self.kek.wrap(
            WrapFor::Key {
                tenant,
                owner,
                key_id: key.id,
            },
            key.bytes(),
        )?;
        let done = sqlx::query(
            "insert into vault.key (tenant, key_id, owner_kind, owner_id, wrapped, wrapped_by)
             values ($1, $2, $3, $4, $5, $6)
             on conflict on constraint key_owner do nothing",
        )
        .bind(tenant)
        .bind(key.id)
        .bind(owner.kind())
        .bind(owner.id())
        .bind(wrapped)
        .bind(self.kek.fingerprint())
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    async fn find_secret(
        &self,
        tenant: &str,
        purpose: &str,
    ) -> Result<(Pin, Option<SecretRow>), VaultError> {
        let row = sqlx::query(include_str!("../sql/find_secret.sql"))
            .bind(tenant)
            .bind(purpose)
            .fetch_one(&self.pool)
            .await?;
        row::with_pin(&row)
    }

    async fn insert_secret(
        &self,
        tenant: &str,
        purpose: &str,
        secret: &[u8; 32],
    ) -> Result<bool, VaultError> {
        let wrapped = self.kek.wrap(WrapFor::Secret { tenant, purpose }, secret)?;
        let done = sqlx::query(
            "insert into vault.secret (tenant, purpose, wrapped, wrapped_by)
             values ($1, $2, $3, $4)
             on conflict on constraint secret_pkey do nothing",
        )
        .bind(tenant)
        .bind(purpose)
        .bind(wrapped)
        .bind(self.kek.fingerprint())
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() == 1)
    }
}

/// A version 4 id from the same source as the keys.
fn random_id() -> Result<Uuid, RandomUnavailable> {
    let mut bytes = [0; 16];
    random::system(&mut bytes)?;
    Ok(uuid::Builder::from_random_bytes(bytes).into_uuid())
}

fn random_secret() -> Result<Zeroizing<[u8; 32]>, RandomUnavailable> {
    let mut bytes = Zeroizing::new([0; 32]);
    random::system(bytes.as_mut_slice())?;
    Ok(bytes)
}
