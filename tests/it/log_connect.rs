//! Connecting and migrating: what goes wrong is said plainly, and never with the password.

use std::error::Error;
use std::fmt::Write as _;

use eventlog::{ConnectError, MigrateError, Role, connect, migrate};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, PgConnection};

use crate::support::db::{TestDb, maintenance};

const PASSWORD: &str = "geheim-wachtwoord";

/// Every word that an operator could get to see of an error.
fn words(error: &dyn Error) -> String {
    let mut words = format!("{error} {error:?}");
    let mut source = error.source();
    while let Some(cause) = source {
        write!(words, " {cause} {cause:?}").unwrap();
        source = cause.source();
    }
    words
}

/// The error of connecting; its words hold no password.
async fn refused(url: &str) -> ConnectError {
    let error = connect(url, Role::App, 1).await.unwrap_err();
    let words = words(&error);
    assert!(!words.contains(PASSWORD), "{words}");
    error
}

fn url(options: PgConnectOptions) -> String {
    options.to_url_lossy().to_string()
}

#[tokio::test]
async fn an_empty_url_is_told_from_a_malformed_one() {
    for empty in ["", "  "] {
        assert!(matches!(refused(empty).await, ConnectError::EmptyUrl));
    }
    for malformed in [
        "localhost:5432/wijk",
        "mysql://wijk:geheim-wachtwoord@localhost/wijk",
        "postgres://wijk:geheim-wachtwoord@localhost:haven/wijk",
        "postgres://wijk:geheim-wachtwoord@localhost:99999/wijk",
        "postgres://wijk:geheim-wachtwoord@[::1/wijk",
        "postgres://wijk:geheim-wachtwoord@localhost/wijk?sslmode=geheim-wachtwoord",
    ] {
        let error = refused(malformed).await;
        assert!(
            matches!(error, ConnectError::MalformedUrl { .. }),
            "{malformed}: {error:?}"
        );
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named_by_its_place() {
    // Bound and closed again, so that nothing listens there.
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let error = refused(&format!("postgres://wijk:{PASSWORD}@127.0.0.1:{port}/wijk")).await;
    assert!(
        matches!(&error, ConnectError::NoServer { place, .. } if *place == format!("127.0.0.1:{port}"))
    );
    assert!(error.to_string().contains("start it"));
}

#[tokio::test]
async fn an_unknown_database_and_an_unknown_user_are_named() {
    let error = refused(&url(maintenance().database("geen_database"))).await;
    assert!(
        matches!(&error, ConnectError::UnknownDatabase { database, .. } if database == "geen_database"),
        "{error:?}"
    );
    let error = refused(&url(maintenance().username("niemand").password(PASSWORD))).await;
    assert!(
        matches!(&error, ConnectError::Refused { user, .. } if user == "niemand"),
        "{error:?}"
    );
    let migrating = migrate(&url(maintenance().database("geen_database"))).await;
    assert!(matches!(
        migrating,
        Err(MigrateError::Connect(ConnectError::UnknownDatabase { .. }))
    ));
}

/// A user of this test, who may log in and nothing else; gone with this value.
struct Login(String);

impl Login {
    async fn new(name: &str) -> Self {
        let login = Self(format!("wijk_test_{name}_{}", std::process::id()));
        login
            .administer(&format!(
                "create role {} login password '{PASSWORD}'",
                login.0
            ))
            .await;
        login
    }

    async fn administer(&self, statement: &str) {
        let mut server = PgConnection::connect_with(&maintenance()).await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(statement.to_owned()))
            .execute(&mut server)
            .await
            .unwrap();
    }

    fn url(&self, db: &TestDb) -> String {
        let options: PgConnectOptions = db.url().parse().unwrap();
        url(options.username(&self.0).password(PASSWORD))
    }
}

impl Drop for Login {
    fn drop(&mut self) {
        let drop_role = format!("drop role if exists {}", self.0);
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let mut server = PgConnection::connect_with(&maintenance()).await.unwrap();
                sqlx::raw_sql(AssertSqlSafe(drop_role))
                    .execute(&mut server)
                    .await
                    .unwrap();
            });
        })
        .join();
        assert!(
            dropped.is_ok() || std::thread::panicking(),
            "the test's user was not dropped"
        );
    }
}

#[tokio::test]
async fn a_user_who_is_no_superuser_is_told_which_privilege_is_missing() {
    // Declared first, so that the user goes after the database it comes to own.
    let login = Login::new("migrator").await;
    let db = TestDb::new().await;
    let url = login.url(&db);
    let missing = async || match migrate(&url).await {
        Err(MigrateError::Privilege { user, missing, .. }) => {
            assert_eq!(user, login.0);
            missing
        }
        other => panic!("{other:?}"),
    };
    assert!(
        missing()
            .await
            .contains("not a member of wijk_app, wijk_owner, wijk_read")
    );
    assert!(
        matches!(connect(&url, Role::App, 1).await, Err(ConnectError::NotMember { role: "wijk_app", user }) if user == login.0)
    );
    login
        .administer(&format!(
            "grant wijk_owner, wijk_app, wijk_read to {}",
            login.0
        ))
        .await;
    assert!(missing().await.contains("does not own the database"));
    let database: PgConnectOptions = db.url().parse().unwrap();
    let database = database.get_database().unwrap();
    login
        .administer(&format!("alter database {database} owner to {}", login.0))
        .await;
    migrate(&url).await.unwrap();
    for role in [Role::App, Role::Read, Role::Owner] {
        let pool = connect(&url, role, 1).await.unwrap();
        let works_as: String = sqlx::query_scalar("select current_user::text")
            .fetch_one(&pool)
            .await
            .unwrap();
        assert_eq!(works_as, role.name());
    }
}

#[tokio::test]
async fn an_ordinary_owner_of_an_empty_database_migrates_it() {
    let login = Login::new("founder").await;
    login
        .administer(&format!(
            "grant wijk_owner, wijk_app, wijk_read to {}",
            login.0
        ))
        .await;
    let name = login.0.clone();
    login
        .administer(&format!(
            "create database {name} owner {name} template template0 encoding 'UTF8'"
        ))
        .await;
    let options = maintenance()
        .database(&name)
        .username(&name)
        .password(PASSWORD);
    let migrated = migrate(&url(options)).await;
    login
        .administer(&format!("drop database {name} with (force)"))
        .await;
    migrated.unwrap();
}

#[tokio::test]
async fn a_database_in_another_encoding_is_refused() {
    let name = format!("wijk_test_latin_{}", std::process::id());
    let mut server = PgConnection::connect_with(&maintenance()).await.unwrap();
    let create = format!("create database {name} template template0 encoding 'LATIN1' locale 'C'");
    sqlx::raw_sql(AssertSqlSafe(create))
        .execute(&mut server)
        .await
        .unwrap();
    let migrated = migrate(&url(maintenance().database(&name))).await;
    let drop_database = format!("drop database {name} with (force)");
    sqlx::raw_sql(AssertSqlSafe(drop_database))
        .execute(&mut server)
        .await
        .unwrap();
    assert!(
        matches!(migrated, Err(MigrateError::NotUtf8 { encoding, .. }) if encoding == "LATIN1")
    );
}
