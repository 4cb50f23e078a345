//! Connecting: a pool that works as one of the three roles, or a plain word on why not.

use std::str::FromStr as _;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions as _, Connection as _, PgConnection, PgPool};

/// The oldest PostgreSQL that is supported.
pub(crate) const POSTGRES_MIN: u32 = 15;

/// How long to wait for the server, and for a free connection of the pool.
const CONNECT_MAX: Duration = Duration::from_secs(10);

/// How long an idle connection is taken to live, before it is asked.
const IDLE_TRUSTED: Duration = Duration::from_secs(1);

/// The role a pool works as, whichever user it connects as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Owns the tables; for migrations.
    Owner,
    /// Writes.
    App,
    /// Reads the log and owns the read schemas.
    Read,
}

impl Role {
    /// The role's name in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Owner => "wijk_owner",
            Self::App => "wijk_app",
            Self::Read => "wijk_read",
        }
    }
}

/// Why there is no connection. No message holds the URL, which may hold a password.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// Nothing was given.
    #[error(
        "the database URL is empty; give one like postgres://user:password@host:5432/database, or leave it unset"
    )]
    EmptyUrl,
    /// It is not a URL of PostgreSQL.
    #[error(
        "the database URL cannot be read ({reason}); it has the form postgres://user:password@host:5432/database"
    )]
    MalformedUrl {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// Nothing answers there.
    #[error(
        "no PostgreSQL server answers at {place}; start it, or correct host and port in the database URL"
    )]
    NoServer {
        /// Host and port, or the socket.
        place: String,
        /// What the system said.
        source: sqlx::Error,
    },
    /// The server has no such database.
    #[error(
        "the server at {place} has no database {database:?}; create it with: createdb {database}"
    )]
    UnknownDatabase {
        /// Host and port, or the socket.
        place: String,
        /// The name that was asked for.
        database: String,
    },
    /// The server does not let this user in.
    #[error(
        "the server at {place} refuses user {user:?}; correct user and password in the database URL (or pg_hba.conf)"
    )]
    Refused {
        /// Host and port, or the socket.
        place: String,
        /// The user that was given.
        user: String,
    },
    /// The role to work as does not exist: nothing was migrated here.
    #[error("the server has no role {role}; run the migrations first")]
    NoRole {
        /// The role.
        role: &'static str,
    },
    /// The user may not work as the role.
    #[error("user {user:?} may not work as {role}; as a superuser run: grant {role} to {user:?}")]
    NotMember {
        /// The role.
        role: &'static str,
        /// The user that connected.
        user: String,
    },
    /// The server is too old.
    #[error("the server runs PostgreSQL {found}; version {POSTGRES_MIN} or newer is needed")]
    TooOld {
        /// Its version.
        found: String,
    },
    /// Something else, in the server's own words.
    #[error("cannot connect to the database")]
    Other(#[source] sqlx::Error),
}

/// Opens a pool of at most `connections_max` that works as `role`.
///
/// One connection is tried at once, so that a wrong URL shows here and not at the first query.
pub async fn connect(url: &str, role: Role, connections_max: u32) -> Result<PgPool, ConnectError> {
    let mut options = parse(url)?.options([("role", role.name())]);
    if role == Role::App {
        // Its statements find rows by whole keys: one plan fits all values, and planning the append anew
        // each time costs about a fifth of it.
        // And a server that is paused or cut off while it holds a head must not hold up all others.
        options = options.options([
            ("plan_cache_mode", "force_generic_plan"),
            // A plan outlives the log's first days, when reading all of it was cheapest.
            ("enable_seqscan", "off"),
            ("enable_bitmapscan", "off"),
            ("idle_in_transaction_session_timeout", "30s"),
            // And whoever waits for one that is held gives up in time to say so.
            ("lock_timeout", "10s"),
            // The same for one in the midst of a copy, which the limits above do not reach: within half a
            // minute the server notices that nobody is there. A process that is merely stopped it cannot tell.
            ("tcp_keepalives_idle", "10"),
            ("tcp_keepalives_interval", "5"),
            ("tcp_keepalives_count", "3"),
        ]);
    }
    let trial = open(&options, Some(role)).await?;
    // Saying goodbye can fail only by the connection being gone already.
    let _gone_anyway = trial.close().await;
    Ok(PgPoolOptions::new()
        .max_connections(connections_max)
        .acquire_timeout(CONNECT_MAX)
        // A connection in use all the time is not asked each time whether it still lives: that would be a
        // second round trip for every append.
        .test_before_acquire(false)
        .before_acquire(|connection, meta| {
            Box::pin(
                async move { Ok(meta.idle_for < IDLE_TRUSTED || connection.ping().await.is_ok()) },
            )
        })
        .connect_lazy_with(options))
}

/// Reads a URL; missing parts come from the PG* variables, as with every PostgreSQL client.
pub(crate) fn parse(url: &str) -> Result<PgConnectOptions, ConnectError> {
    let url = url.trim();
    if url.is_empty() {
        return Err(ConnectError::EmptyUrl);
    }
    let malformed = |reason| ConnectError::MalformedUrl { reason };
    if !(url.starts_with("postgres://") || url.starts_with("postgresql://")) {
        return Err(malformed(
            "it does not begin with postgres:// or postgresql://",
        ));
    }
    // The parser's own words can quote what it did not understand, which may be part of a password.
    PgConnectOptions::from_str(url)
        .map_err(|_| malformed("its host, its port or a parameter after the ? is not understood"))
}

/// Opens one connection and checks the server's version.
pub(crate) async fn open(
    options: &PgConnectOptions,
    role: Option<Role>,
) -> Result<PgConnection, ConnectError> {
    let connection = tokio::time::timeout(CONNECT_MAX, options.connect())
        .await
        .unwrap_or(Err(sqlx::Error::PoolTimedOut))
        .map_err(|error| explain(error, options, role))?;
    match connection.server_version_num() {
        Some(number) if number < POSTGRES_MIN * 10_000 => Err(ConnectError::TooOld {
            found: format!("{}.{}", number / 10_000, number % 10_000),
        }),
        _ => Ok(connection),
    }
}

fn explain(error: sqlx::Error, options: &PgConnectOptions, role: Option<Role>) -> ConnectError {
    let user = options.get_username().to_owned();
    let database = options
        .get_database()
        .unwrap_or(options.get_username())
        .to_owned();
    let place = match options.get_socket() {
        Some(socket) => socket.display().to_string(),
        None => format!("{}:{}", options.get_host(), options.get_port()),
    };
    match &error {
        sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut => ConnectError::NoServer {
            place,
            source: error,
        },
        sqlx::Error::Database(refusal) => match (refusal.code().as_deref(), role) {
            (Some("3D000"), _) => ConnectError::UnknownDatabase { place, database },
            (Some("28P01" | "28000"), _) => ConnectError::Refused { place, user },
            (Some("22023"), Some(role)) => ConnectError::NoRole { role: role.name() },
            (Some("42501"), Some(role)) => ConnectError::NotMember {
                role: role.name(),
                user,
            },
            _ => ConnectError::Other(error),
        },
        _ => ConnectError::Other(error),
    }
}
