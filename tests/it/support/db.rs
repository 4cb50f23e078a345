//! A database of its own for each test, cloned from a migrated template and dropped at the end.
//!
//! The server is that of `DATABASE_URL` when that is set and not empty, otherwise a private one that all
//! tests of this process share.
//! Set, it must name a superuser: tests make databases and end other sessions.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use eventlog::{Log, Role};
use jiff::Timestamp;
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, PgConnection, PgPool};
use tokio::sync::OnceCell;

/// Connections of one pool of a test, at most.
const CONNECTIONS_MAX: u32 = 8;

/// Databases of tests that were killed are dropped by a later run, once they are this old.
const LEFTOVER_AGE_S: i64 = 3_600;

/// Templates of other migrations are dropped when no run used them for this long.
const TEMPLATE_AGE_S: i64 = 86_400;

/// A migrated, empty database; dropped with this value, also when the test panics.
pub(crate) struct TestDb {
    name: String,
    url: String,
}

impl TestDb {
    /// Clones the template, which the first test of all makes.
    pub(crate) async fn new() -> Self {
        Self::made_from(template().await, |_| {}).await
    }

    /// An empty database, filled by `restore`, which is given its URL.
    pub(crate) async fn restored_from(restore: impl FnOnce(&str)) -> Self {
        Self::made_from("template0", restore).await
    }

    async fn made_from(template: &str, fill: impl FnOnce(&str)) -> Self {
        static CLONES: AtomicU32 = AtomicU32::new(0);
        let mut server = connect(&maintenance()).await;
        let name = format!(
            "wijk_test_{}_{}_{}",
            epoch_s(&mut server).await,
            std::process::id(),
            CLONES.fetch_add(1, Ordering::Relaxed)
        );
        run(
            &mut server,
            format!("create database {name} template {template}"),
        )
        .await;
        let test = Self {
            url: maintenance().database(&name).to_url_lossy().to_string(),
            name,
        };
        fill(&test.url);
        // Migrating again only gives back the privileges on the database that cloning leaves behind.
        eventlog::migrate(&test.url).await.unwrap();
        test
    }

    /// The database as its superuser sees it, password included.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// A new pool that writes.
    pub(crate) async fn app_pool(&self) -> PgPool {
        self.pool(Role::App).await
    }

    /// A new pool that reads, and may make read schemas.
    pub(crate) async fn read_pool(&self) -> PgPool {
        self.pool(Role::Read).await
    }

    /// A new pool that owns the tables.
    pub(crate) async fn owner_pool(&self) -> PgPool {
        self.pool(Role::Owner).await
    }

    /// The log through a pool of its own: two of these meet only in the database, as two processes do.
    pub(crate) async fn log(&self) -> Log {
        Log::new(self.app_pool().await)
    }

    /// A connection as superuser, outside every pool.
    pub(crate) async fn superuser(&self) -> PgConnection {
        connect(&maintenance().database(&self.name)).await
    }

    /// The database's clock: what a live event may happen at.
    pub(crate) async fn now(&self) -> Timestamp {
        let mut connection = self.superuser().await;
        let now_us: i64 =
            sqlx::query_scalar("select (extract(epoch from clock_timestamp()) * 1000000)::bigint")
                .fetch_one(&mut connection)
                .await
                .unwrap();
        Timestamp::from_microsecond(now_us).unwrap()
    }

    async fn pool(&self, role: Role) -> PgPool {
        eventlog::connect(&self.url, role, CONNECTIONS_MAX)
            .await
            .unwrap()
    }
}

impl Drop for TestDb {
    fn drop(&mut self) {
        let drop_database = format!("drop database if exists {} with (force)", self.name);
        // A thread and a runtime of its own: the test's may be on its way down already.
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let mut server = connect(&maintenance()).await;
                run(&mut server, drop_database).await;
            });
        })
        .join();
        assert!(
            dropped.is_ok() || std::thread::panicking(),
            "the test's database was not dropped"
        );
    }
}

/// Where databases are made: never a test's own.
pub(crate) fn maintenance() -> PgConnectOptions {
    static SERVER: OnceLock<(PgConnectOptions, Option<localpg::Postgres>)> = OnceLock::new();
    let (options, _running) = SERVER.get_or_init(|| match std::env::var("DATABASE_URL") {
        Ok(url) if !url.trim().is_empty() => (url.trim().parse().unwrap(), None),
        _ => {
            let server = localpg::Postgres::ensure(localpg::Options::default()).unwrap();
            (server.url("postgres").parse().unwrap(), Some(server))
        }
    });
    options.clone()
}

/// The name of the template, made when no run with these migrations has made it before.
async fn template() -> &'static str {
    static TEMPLATE: OnceCell<String> = OnceCell::const_new();
    TEMPLATE.get_or_init(make_template).await
}

async fn make_template() -> String {
    let mut hasher = DefaultHasher::new();
    for migration in eventlog::migrations().iter() {
        migration.checksum.hash(&mut hasher);
    }
    let name = format!("wijk_template_{:016x}", hasher.finish());
    let mut server = connect(&maintenance()).await;
    // One process makes it, the others wait here; the lock ends with the connection.
    run(
        &mut server,
        "select pg_advisory_lock(hashtextextended('wijk_template', 0))".to_owned(),
    )
    .await;
    let made: bool =
        sqlx::query_scalar("select exists (select from pg_database where datname = $1)")
            .bind(&name)
            .fetch_one(&mut server)
            .await
            .unwrap();
    if !made {
        // Made under another name, so that a template that is there is a whole one.
        let making = format!("{name}_making");
        run(
            &mut server,
            format!("drop database if exists {making} with (force)"),
        )
        .await;
        run(
            &mut server,
            format!("create database {making} template template0 encoding 'UTF8'"),
        )
        .await;
        let url = maintenance().database(&making).to_url_lossy();
        eventlog::migrate(url.as_str()).await.unwrap();
        run(
            &mut server,
            format!("alter database {making} with allow_connections false is_template true"),
        )
        .await;
        run(
            &mut server,
            format!("alter database {making} rename to {name}"),
        )
        .await;
    }
    let now_s = epoch_s(&mut server).await;
    run(
        &mut server,
        format!("comment on database {name} is '{now_s}'"),
    )
    .await;
    drop_leftovers(&mut server).await;
    server.close().await.unwrap();
    name
}

/// Drops what killed runs and older migrations left behind.
async fn drop_leftovers(server: &mut PgConnection) {
    let leftovers: Vec<String> = sqlx::query_scalar(
        "select datname::text
        from pg_database
        where case
            when datname ~ '^wijk_test_[0-9]+_'
                then split_part(datname, '_', 3)::bigint < extract(epoch from now()) - $1
            when datname ~ '^wijk_template_[0-9a-f]{16}$'
                then shobj_description(oid, 'pg_database')::bigint < extract(epoch from now()) - $2
            else false
        end
        and not exists (select from pg_stat_activity where pg_stat_activity.datname = pg_database.datname)",
    )
    .bind(LEFTOVER_AGE_S)
    .bind(TEMPLATE_AGE_S)
    .fetch_all(&mut *server)
    .await
    .unwrap();
    for name in leftovers {
        run(server, format!("alter database {name} is_template false")).await;
        run(server, format!("drop database {name}")).await;
    }
}

async fn connect(options: &PgConnectOptions) -> PgConnection {
    options.connect().await.unwrap()
}

async fn run(connection: &mut PgConnection, statement: String) {
    sqlx::raw_sql(AssertSqlSafe(statement))
        .execute(connection)
        .await
        .unwrap();
}

async fn epoch_s(connection: &mut PgConnection) -> i64 {
    sqlx::query_scalar("select extract(epoch from now())::bigint")
        .fetch_one(connection)
        .await
        .unwrap()
}
