//! Migrating: the tables of all crates, embedded here, owned by `wijk_owner`.

use std::borrow::Cow;

use sqlx::migrate::Migrator;
use sqlx::{Connection as _, PgConnection, Row as _};

use crate::connect::{ConnectError, Role, open, parse};

/// All migrations. What was applied is kept in a schema of its own, since `public` is not the owner's.
static MIGRATIONS: Migrator = Migrator {
    table_name: Cow::Borrowed("migration.applied"),
    create_schemas: Cow::Borrowed(&[Cow::Borrowed("migration")]),
    ..sqlx::migrate!("../../migrations")
};

/// The migration that makes the roles: the only one that does not run as the owner.
const ROLES: i64 = 1;

/// Why the database was not migrated.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// There is no connection.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The user may not do what migrating needs.
    #[error("user {user:?} cannot migrate database {database:?}: {missing}")]
    Privilege {
        /// The user that connected.
        user: String,
        /// The database.
        database: String,
        /// Which privilege is missing, and how to give it.
        missing: String,
    },
    /// Text would be stored in other bytes than those that are hashed.
    #[error(
        "database {database:?} stores text as {encoding}; create it with: createdb --encoding=UTF8 --template=template0"
    )]
    NotUtf8 {
        /// The database.
        database: String,
        /// Its encoding.
        encoding: String,
    },
    /// A migration failed, or one that was applied is not the one embedded here.
    #[error("the migrations failed")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// The database failed otherwise.
    #[error("the database failed while migrating")]
    Database(#[from] sqlx::Error),
}

/// The embedded migrations, for tools that compare or document them.
pub fn migrations() -> &'static Migrator {
    &MIGRATIONS
}

/// Brings the database up to date; safe to run again, and from several processes at once.
///
/// The privileges on the database itself are given again each time: a database cloned from a template
/// starts without them.
pub async fn migrate(url: &str) -> Result<(), MigrateError> {
    let mut connection = open(&parse(url)?, None).await?;
    check_privileges(&mut connection).await?;
    // Not `run_to` and `run`: their futures cannot be sent to another thread.
    MIGRATIONS
        .run_direct(Some(ROLES), &mut connection, false)
        .await?;
    sqlx::raw_sql(include_str!("../sql/grant_database.sql"))
        .execute(&mut connection)
        .await?;
    sqlx::raw_sql(sqlx::AssertSqlSafe(format!(
        "set role {}",
        Role::Owner.name()
    )))
    .execute(&mut connection)
    .await?;
    MIGRATIONS.run_direct(None, &mut connection, false).await?;
    connection.close().await?;
    Ok(())
}

async fn check_privileges(connection: &mut PgConnection) -> Result<(), MigrateError> {
    let row = sqlx::query(include_str!("../sql/check_privileges.sql"))
        .fetch_one(connection)
        .await?;
    let user: String = row.try_get("user_name")?;
    let database: String = row.try_get("database_name")?;
    let encoding: String = row.try_get("server_encoding")?;
    if encoding != "UTF8" {
        return Err(MigrateError::NotUtf8 { database, encoding });
    }
    if row.try_get("is_superuser")? {
        return Ok(());
    }
    let absent: Vec<String> = row.try_get("roles_absent")?;
    let not_member: Vec<String> = row.try_get("roles_not_member")?;
    let may_create_roles: bool = row.try_get("may_create_roles")?;
    let missing = if !absent.is_empty() && !may_create_roles {
        let roles = absent.join(", ");
        format!(
            "the roles {roles} do not exist and it may not create them; as a superuser run: alter role \"{user}\" createrole"
        )
    } else if !not_member.is_empty() && !may_create_roles {
        let roles = not_member.join(", ");
        format!("it is not a member of {roles}; as a superuser run: grant {roles} to \"{user}\"")
    } else if !row.try_get::<bool, _>("owns_database")? {
        format!(
            "it does not own the database; as a superuser run: alter database \"{database}\" owner to \"{user}\""
        )
    } else {
        return Ok(());
    };
    Err(MigrateError::Privilege {
        user,
        database,
        missing,
    })
}
