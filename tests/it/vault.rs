//! Keys in the database: made once under races, destroyed for good, and never under a second key-encryption key.

use std::collections::HashSet;

use futures_util::future::join_all;
use sqlx::PgPool;
use tokio::task::JoinSet;
use uuid::{Uuid, uuid};
use vault::field::{self, Context};
use vault::{Kek, Key, KeyState, Owner, Vault, VaultError};

use crate::support::db::TestDb;
use crate::support::sql;

const TENANT: &str = "kanaalstad";
const ANNA_ID: Uuid = uuid!("00000000-0000-4000-8000-00000000000a");
const ANNA: Owner = Owner::Person(ANNA_ID);
const CASE: Owner = Owner::Case(uuid!("00000000-0000-4000-8000-00000000000c"));
const CONTEXT: Context<'static> = Context {
    tenant: TENANT,
    stream_kind: "request",
    stream_id: "1",
    event_id: uuid!("00000000-0000-4000-8000-00000000000e"),
    kind: "request-submitted",
    schema: 1,
};
/// Two key-encryption keys, as a file or an environment variable would hold them.
const KEK: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const OTHER_KEK: &str = "8PECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

fn vault(pool: &PgPool, kek: &str) -> Vault {
    Vault::new(pool.clone(), Kek::from_base64(kek).unwrap())
}

/// Whether two keys are the same, bytes included: what one seals, the other opens.
fn same(sealing: &Key, opening: &Key) -> bool {
    let column = field::seal(&CONTEXT, &[("words", sealing, b"a bench")]).unwrap();
    let sealed = field::parse(&column).unwrap().remove(0);
    field::open(&CONTEXT, &sealed, opening).is_ok_and(|opened| opened.value == b"a bench")
}

async fn count(pool: &PgPool, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(pool).await.unwrap()
}

/// The SQLSTATE the database refuses a statement with.
#[track_caller]
fn refused(result: Result<sqlx::postgres::PgQueryResult, sqlx::Error>) -> String {
    let error = result.expect_err("the database refuses this");
    error
        .as_database_error()
        .unwrap()
        .code()
        .unwrap()
        .into_owned()
}

const RESTRICTED: &str = "23001";
const CHECK_VIOLATED: &str = "23514";
const NOT_PERMITTED: &str = "42501";

#[tokio::test]
async fn a_key_is_made_once_and_found_again_by_owner_and_by_id() {
    let db = TestDb::new().await;
    let app = db.app_pool().await;
    let read = db.read_pool().await;
    let vault = vault(&app, KEK);
    let first = vault.key_for(TENANT, ANNA).await.unwrap();
    let again = vault.key_for(TENANT, ANNA).await.unwrap();
    assert!(same(&first, &again));

    // The read side, on its own connection: the key was committed before it was handed out.
    let reading = self::vault(&read, KEK);
    let absent = Uuid::from_u128(1);
    let mut found = reading.keys(TENANT, &[first.id, absent]).await.unwrap();
    assert_eq!(found.len(), 1, "an id the tenant does not have is left out");
    let Some(KeyState::Live(read)) = found.remove(&first.id) else {
        panic!("the key is live")
    };
    assert!(same(&first, &read));
    assert!(reading.keys(TENANT, &[]).await.unwrap().is_empty());
}

#[tokio::test]
async fn persons_cases_and_tenants_each_have_keys_of_their_own() {
    let db = TestDb::new().await;
    let app = db.app_pool().await;
    let vault = vault(&app, KEK);
    let keys = [
        vault.key_for(TENANT, Owner::Person(ANNA_ID)).await.unwrap(),
        vault.key_for(TENANT, Owner::Case(ANNA_ID)).await.unwrap(),
        vault
            .key_for("dijkhaven", Owner::Person(ANNA_ID))
            .await
            .unwrap(),
    ];
    let ids: HashSet<Uuid> = keys.iter().map(|key| key.id).collect();
    assert_eq!(ids.len(), 3);
    assert!(!ids.contains(&ANNA_ID), "a key's id is not its owner's");
    assert!(
        vault
            .keys("dijkhaven", &[keys[0].id])
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn sixteen_first_uses_at_once_agree_on_one_key() {
    let db = TestDb::new().await;
    let app = db.app_pool().await;
    let vault = vault(&app, KEK);
    for round in 0..8 {
        let owner = Owner::Person(Uuid::from_u128(round));
        let mut tasks = JoinSet::new();
        for _ in 0..16 {
            let vault = vault.clone();
            tasks.spawn(async move { vault.key_for(TENANT, owner).await.unwrap() });
        }
        let keys = tasks.join_all().await;
        assert!(keys.iter().all(|key| same(&keys[0], key)));
    }
    assert_eq!(count(&app, "select count(*) from vault.key").await, 8);
}

#[tokio::test]
async fn a_destroyed_key_is_gone_for_good() {
    let db = TestDb::new().await;
    let app = db.app_pool().await;
    let vault = vault(&app, KEK);
    let key = vault.key_for(TENANT, ANNA).await.unwrap();
    let case = vault.key_for(TENANT, CASE).await.unwrap();

    assert!(vault.destroy(TENANT, ANNA).await.unwrap());
    assert!(
        !vault.destroy(TENANT, ANNA).await.unwrap(),
        "asking again changes nothing"
    );

    assert!(matches!(
        vault.key_for(TENANT, ANNA).await,
        Err(VaultError::Destroyed)
    ));
    let found = vault.keys(TENANT, &[key.id, case.id]).await.unwrap();
    assert!(matches!(found[&key.id], KeyState::Destroyed));
    assert!(
        matches!(found[&case.id], KeyState::Live(_)),
        "erasing a person keeps why a case was decided"
    );
    assert_eq!(
        count(&app, "select count(*) from vault.key where wrapped is null").await,
        1
    );
}

#[tokio::test]
async fn an_owner_erased_before_having_a_key_never_gets_one() {
    let db = TestDb::new().await;
    let app = db.app_pool().await;
    let vault = vault(&app, KEK);
    assert!(
        !vault.destroy(TENANT, ANNA).await.unwrap(),
        "there was no live key"
    );
    assert!(matches!(
        vault.key_for(TENANT, ANNA).await,
        Err(VaultError::Destroyed)
    ));
    assert!(!vault.destroy(TENANT, ANNA).await.unwrap());
    assert_eq!(count(&app, "select count(*) from vault.key").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_destruction_among_first_uses_wins() {
    let db = TestDb::new().await;
    let app = db.app_pool().await;
    let vault = vault(&app, KEK);
    for round in 0..8 {
        let owner = Owner::Person(Uuid::from_u128(round));
        let uses = join_all((0..8).map(|_| vault.key_for(TENANT, owner)));
        let (keys, destroyed) = tokio::join!(uses, vault.destroy(TENANT, owner));
        let keys: Vec<Key> = keys
            .into_iter()
            .filter_map(|key| match key {
                Ok(key) => Some(key),
                Err(VaultError::Destroyed) => None,
                Err(error) => panic!("{error}"),
            })
            .collect();
        assert!(keys.iter().all(|key| same(&keys[0], key)));
        assert!(
            destroyed.unwrap() || keys.is_empty(),
            "a key that was handed out was destroyed"
        );
        assert!(matches!(
            vault.key_for(TENANT, owner).await,
            Err(VaultError::Destroyed)
        ));
    }
}

#[tokio::test]
async fn the_database_refuses_every_change_but_destruction() {
    let db = TestDb::new().await;
    let app = db.app_pool().await;
    let owner = db.owner_pool().await;
    let vault = vault(&app, KEK);
    vault.key_for(TENANT, ANNA).await.unwrap();
    vault.key_for(TENANT, CASE).await.unwrap();
    vault.tenant_secret(TENANT, "import").await.unwrap();
    vault.tenant_secret(TENANT, "old").await.unwrap();
    vault.destroy(TENANT, ANNA).await.unwrap();
    vault.destroy_secret(TENANT, "old").await.unwrap();

    let restricted = [
        // Back from destruction, with the bytes of a row that opens.
        "update vault.key set destroyed_at = null, wrapped_by = other.wrapped_by, wrapped = other.wrapped
         from vault.key as other where key.owner_kind = 'person' and other.owner_kind = 'case'",
        "update vault.key set destroyed_at = destroyed_at - interval '1 day' where owner_kind = 'person'",
        "update vault.secret set destroyed_at = null, wrapped_by = other.wrapped_by, wrapped = other.wrapped
         from vault.secret as other where secret.purpose = 'old' and other.purpose = 'import'",
        // A live key to another.
        "update vault.key set wrapped = decode(repeat('00', 61), 'hex') where owner_kind = 'case'",
        "update vault.secret set wrapped = decode(repeat('00', 61), 'hex') where purpose = 'import'",
        "update vault.key set wrapped_by = '00000000' where owner_kind = 'case'",
        // To another owner, also while being destroyed.
        "update vault.key set owner_id = gen_random_uuid() where owner_kind = 'case'",
        "update vault.key set owner_id = gen_random_uuid(), wrapped = null, wrapped_by = null, destroyed_at = now()
         where owner_kind = 'case'",
    ];
    for sql in restricted {
        for pool in [&app, &owner] {
            assert_eq!(
                refused(sqlx::query(sql).execute(pool).await),
                RESTRICTED,
                "{sql}"
            );
        }
    }
    for sql in [
        "delete from vault.key",
        "delete from vault.secret",
        "truncate vault.key",
        "truncate vault.secret",
    ] {
        assert_eq!(
            refused(sqlx::query(sql).execute(&owner).await),
            RESTRICTED,
            "{sql}"
        );
        assert_eq!(
            refused(sqlx::query(sql).execute(&app).await),
            NOT_PERMITTED,
            "{sql}"
        );
    }
    let half = "update vault.key set destroyed_at = now() where owner_kind = 'case'";
    assert_eq!(
        refused(sqlx::query(half).execute(&app).await),
        CHECK_VIOLATED
    );
    assert!(
        vault.key_for(TENANT, CASE).await.is_ok(),
        "nothing was changed"
    );
}

#[tokio::test]
async fn the_readers_role_sees_wrapped_keys_and_changes_nothing() {
    let db = TestDb::new().await;
    let app = db.app_pool().await;
    let read = db.read_pool().await;
    let writing = vault(&app, KEK);
    writing.key_for(TENANT, ANNA).await.unwrap();
    writing.tenant_secret(TENANT, "import").await.unwrap();

    let reading = vault(&read, KEK);
    assert!(reading.key_for(TENANT, ANNA).await.is_ok());
    let not_permitted = [
        "insert into vault.key (tenant, key_id, owner_kind, owner_id, destroyed_at)
         values ('kanaalstad', gen_random_uuid(), 'case', gen_random_uuid(), now())",
        "update vault.key set wrapped = null, wrapped_by = null, destroyed_at = now()",
        "delete from vault.key",
        "truncate vault.key",
        "insert into vault.kek (tenant, fingerprint) values ('dijkhaven', '00000000')",
        "select * from vault.secret",
        "update vault.secret set wrapped = null, wrapped_by = null, destroyed_at = now()",
        "create table vault.other ()",
    ];
    for sql in not_permitted {
        assert_eq!(
            refused(sqlx::query(sql).execute(&read).await),
            NOT_PERMITTED,
            "{sql}"
        );
    }
    for sql in [
        "update vault.kek set fingerprint = '00000000'",
        "delete from vault.kek",
        "create table vault.other ()",
    ] {
        assert_eq!(
            refused(sqlx::query(sql).execute(&app).await),
            NOT_PERMITTED,
            "{sql}"
        );
    }
    assert!(matches!(
        reading.key_for(TENANT, CASE).await,
        Err(VaultError::Database(_))
    ));
    assert!(matches!(
        reading.destroy(TENANT, ANNA).await,
        Err(VaultError::Database(_))
    ));
}

#[tokio::test]
async fn every_statement_of_the_vault_can_be_prepared() {
    let db = TestDb::new().await;
    assert_eq!(
        sql::prepare_all(&mut db.superuser().await, "vault").await,
        4
    );
}

#[tokio::test]
async fn nobody_but_the_owner_role_owns_the_vault() {
    let db = TestDb::new().await;
    let owner = db.owner_pool().await;
    let others = "select count(*) from pg_class
        where relnamespace = 'vault'::regnamespace and relowner <> 'wijk_owner'::regrole";
    assert_eq!(count(&owner, others).await, 0);
    let without_comment = "select count(*) from pg_class
        where relnamespace = 'vault'::regnamespace and relkind = 'r' and obj_description(oid, 'pg_class') is null";
    assert_eq!(count(&owner, without_comment).await, 0);
}

#[tokio::test]
async fn another_key_encryption_key_is_refused_before_it_does_anything() {
    let db = TestDb::new().await;
    let app = db.app_pool().await;
    let right = vault(&app, KEK);
    let key = right.key_for(TENANT, ANNA).await.unwrap();
    right.tenant_secret(TENANT, "import").await.unwrap();

    let wrong = vault(&app, OTHER_KEK);
    let [needed, given] =
        [KEK, OTHER_KEK].map(|kek| Kek::from_base64(kek).unwrap().fingerprint().to_owned());
    let refusals = [
        wrong.key_for(TENANT, ANNA).await.unwrap_err(),
        wrong.key_for(TENANT, CASE).await.unwrap_err(),
        wrong.keys(TENANT, &[key.id]).await.unwrap_err(),
        wrong.tenant_secret(TENANT, "import").await.unwrap_err(),
        wrong.tenant_secret(TENANT, "other").await.unwrap_err(),
    ];
    for refusal in refusals {
        assert_eq!(
            refusal.to_string(),
            format!(
                "this key was wrapped by another key-encryption key (fingerprint {needed}, file has {given})"
            )
        );
    }
    assert_eq!(count(&app, "select count(*) from vault.key").await, 1);
    assert_eq!(count(&app, "select count(*) from vault.secret").await, 1);

    // Erasing needs no key-encryption key, and another tenant may have one of its own.
    assert!(wrong.destroy(TENANT, ANNA).await.unwrap());
    assert!(wrong.key_for("dijkhaven", ANNA).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_key_encryption_keys_at_a_tenants_first_use_one_wins() {
    let db = TestDb::new().await;
    let app = db.app_pool().await;
    let vaults = [vault(&app, KEK), vault(&app, OTHER_KEK)];
    let mut tasks = JoinSet::new();
    for (number, vault) in (0..16).zip(vaults.iter().cycle().cloned()) {
        tasks.spawn(async move {
            vault
                .key_for(TENANT, Owner::Case(Uuid::from_u128(number)))
                .await
        });
    }
    let (made, refused): (Vec<_>, Vec<_>) =
        tasks.join_all().await.into_iter().partition(Result::is_ok);
    assert_eq!((made.len(), refused.len()), (8, 8));
    assert!(
        refused
            .iter()
            .all(|error| matches!(error, Err(VaultError::OtherKek { .. })))
    );
    let odd =
        "select count(*) from vault.key where wrapped_by <> (select fingerprint from vault.kek)";
    assert_eq!(count(&app, odd).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenants_secret_is_made_once_per_purpose_and_can_be_destroyed() {
    let db = TestDb::new().await;
    let app = db.app_pool().await;
    let vault = vault(&app, KEK);
    let mut tasks = JoinSet::new();
    for _ in 0..16 {
        let vault = vault.clone();
        tasks.spawn(async move {
            vault
                .tenant_secret(TENANT, "fingerprint/2026-11")
                .await
                .unwrap()
        });
    }
    let secrets = tasks.join_all().await;
    let november = secrets[0].expose();
    assert!(secrets.iter().all(|secret| secret.expose() == november));

    let october = vault
        .tenant_secret(TENANT, "fingerprint/2026-10")
        .await
        .unwrap();
    let elsewhere = vault
        .tenant_secret("dijkhaven", "fingerprint/2026-11")
        .await
        .unwrap();
    assert_ne!(october.expose(), november);
    assert_ne!(elsewhere.expose(), november);

    vault
        .destroy_secret(TENANT, "fingerprint/2026-10")
        .await
        .unwrap();
    vault
        .destroy_secret(TENANT, "fingerprint/2026-10")
        .await
        .unwrap();
    vault
        .destroy_secret(TENANT, "fingerprint/2026-09")
        .await
        .unwrap();
    for purpose in ["fingerprint/2026-10", "fingerprint/2026-09"] {
        assert!(matches!(
            vault.tenant_secret(TENANT, purpose).await,
            Err(VaultError::Destroyed)
        ));
    }
    assert_eq!(
        vault
            .tenant_secret(TENANT, "fingerprint/2026-11")
            .await
            .unwrap()
            .expose(),
        november
    );
}

#[tokio::test]
async fn a_wrapped_key_put_in_another_row_does_not_open() {
    let db = TestDb::new().await;
    let app = db.app_pool().await;
    let owner = db.owner_pool().await;
    let vault = vault(&app, KEK);
    for owner in [ANNA, CASE] {
        vault.key_for(TENANT, owner).await.unwrap();
    }
    vault.tenant_secret(TENANT, "import").await.unwrap();
    vault.tenant_secret(TENANT, "other").await.unwrap();
    // As only the tables' owner can, by taking the guard away.
    sqlx::raw_sql(
        "alter table vault.key disable trigger user;
         update vault.key set wrapped = other.wrapped
         from vault.key as other where key.owner_kind = 'person' and other.owner_kind = 'case';
         alter table vault.secret disable trigger user;
         update vault.secret set wrapped = other.wrapped
         from vault.secret as other where secret.purpose = 'other' and other.purpose = 'import'",
    )
    .execute(&owner)
    .await
    .unwrap();
    assert!(matches!(
        vault.key_for(TENANT, ANNA).await,
        Err(VaultError::Altered { .. })
    ));
    assert!(vault.key_for(TENANT, CASE).await.is_ok());
    assert!(matches!(
        vault.tenant_secret(TENANT, "other").await,
        Err(VaultError::Altered { .. })
    ));
}
