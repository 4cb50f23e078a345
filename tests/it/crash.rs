//! `kill -9` on a server under load: what was acknowledged is there once, and nothing is half there.

use std::collections::hash_map::RandomState;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher as _, Hasher as _};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use casework::event::WijkListed;
use casework::{Domain, WijkCode};
use dispatch::{Call, Clock as _, Dispatch, RegisterCommand, SystemClock};
use eventlog::{Log, Role};
use futures_util::future::join_all;
use jiff::SignedDuration;
use reqwest::StatusCode;
use serde_json::Value;
use server::App;
use server::token::{Identity, TokenKey, issue};
use sqlx::Row as _;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::watch;
use uuid::Uuid;
use vault::{Kek, Vault};

use crate::http::world::{REGISSEUR, WIJK, assign, by_staff, decide, mandate, request, resolve};
use crate::support::db::TestDb;
use crate::support::event::{next_id, zeeveld};
use crate::support::views;

/// Set in the child, which serves this database until it is killed.
const SERVE: &str = "WIJK_CRASH_TEST_SERVE";

/// Set in the child: where its keys are.
const KEYS: &str = "WIJK_CRASH_TEST_KEYS";

/// How often the server is killed.
const ROUNDS: usize = 6;

/// Clients that each tell stories of requests, and clients that change the mandate register meanwhile.
const STORIES: usize = 24;
const KEEPERS: usize = 2;

/// A command of which the outcome must be learned: the same id until there is an answer.
struct Sent {
    path: String,
    token: String,
    key: Uuid,
    body: Value,
}

/// What an acknowledged command's receipt said.
struct Acknowledged {
    stream: String,
    position: i64,
    version: i64,
}

#[derive(Default)]
struct Ledger(Mutex<BTreeMap<Uuid, Acknowledged>>);

#[test]
fn what_a_killed_server_acknowledged_is_in_the_log_once_and_views_agree_with_a_rebuild() {
    if let Ok(url) = std::env::var(SERVE) {
        serve_until_killed(&url, &PathBuf::from(std::env::var(KEYS).unwrap()));
    }
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(kill_and_look());
}

async fn kill_and_look() {
    let db = TestDb::new().await;
    let keys = tempfile::tempdir().unwrap();
    prepare(&db, keys.path()).await;
    let key = TokenKey::load_or_create(&keys.path().join("token.key")).unwrap();
    let ledger = Arc::new(Ledger::default());
    let mut unknown: Vec<Option<Sent>> = (0..STORIES + KEEPERS).map(|_| None).collect();
    let mut lost = 0;
    for _ in 0..ROUNDS {
        unknown = round(&db, keys.path(), &key, &ledger, unknown).await;
        lost += unknown.iter().flatten().count();
    }
    assert!(
        lost > 0,
        "no round killed the server while a command was under way"
    );
    settle(&db, keys.path(), &ledger, unknown).await;
    check_log(&db, &ledger).await;
    check_views(&db).await;
}

/// One life of the server: clients work until it is killed; answers what each does not know.
async fn round(
    db: &TestDb,
    keys: &Path,
    key: &TokenKey,
    ledger: &Arc<Ledger>,
    unknown: Vec<Option<Sent>>,
) -> Vec<Option<Sent>> {
    let (mut child, base) = start(db, keys).await;
    let (count, mut counted) = watch::channel(0_usize);
    let clients: Vec<_> = unknown
        .into_iter()
        .enumerate()
        .map(|(number, left)| {
            let client = Client::new(base.clone(), key.clone(), Arc::clone(ledger), count.clone());
            tokio::spawn(client.work(number, left))
        })
        .collect();
    let after = 40 + usize::try_from(RandomState::new().build_hasher().finish() % 160).unwrap();
    counted.wait_for(|count| *count >= after).await.unwrap();
    until_views_are_under_way(db).await;
    // SIGKILL: nothing is finished, nothing is said goodbye to.
    child.kill().await.unwrap();
    join_all(clients)
        .await
        .into_iter()
        .map(Result::unwrap)
        .collect()
}

/// Learns the last unknown outcomes from a server that stays.
async fn settle(db: &TestDb, keys: &Path, ledger: &Arc<Ledger>, unknown: Vec<Option<Sent>>) {
    let (mut child, base) = start(db, keys).await;
    let (count, _) = watch::channel(0);
    let key = TokenKey::load_or_create(&keys.join("token.key")).unwrap();
    let client = Client::new(base, key, Arc::clone(ledger), count);
    for sent in unknown.into_iter().flatten() {
        assert!(client.deliver(&sent).await, "nobody kills this server");
    }
    child.kill().await.unwrap();
}

struct Client {
    http: reqwest::Client,
    base: String,
    key: TokenKey,
    ledger: Arc<Ledger>,
    count: watch::Sender<usize>,
}

impl Client {
    fn new(base: String, key: TokenKey, ledger: Arc<Ledger>, count: watch::Sender<usize>) -> Self {
        let http = reqwest::Client::builder()
            .timeout(Duration::from_mins(1))
            .build()
            .unwrap();
        Self {
            http,
            base,
            key,
            ledger,
            count,
        }
    }

    /// Works until the server is gone; answers the command whose outcome is not known.
    async fn work(self, number: usize, left: Option<Sent>) -> Option<Sent> {
        if let Some(sent) = left
            && !self.deliver(&sent).await
        {
            return Some(sent);
        }
        loop {
            let told = if number < STORIES {
                self.story(number).await
            } else {
                self.grant(number).await
            };
            if let Err(sent) = told {
                return Some(sent);
            }
        }
    }

    /// A request from its submission to its end.
    async fn story(&self, number: usize) -> Result<(), Sent> {
        let staff = format!("regisseur-{number}");
        let token = self.token(&staff, &[REGISSEUR, "intake"]);
        let submit = Self::sent("/v1/verzoeken", &token, request());
        let at = |operation: &str| format!("/v1/verzoeken/{}/{operation}", submit.key);
        let steps = [
            Self::sent(&at("toewijzingen"), &token, assign()),
            Self::sent(&at("besluiten"), &token, decide(10_000)),
            Self::sent(&at("afsluitingen"), &token, resolve()),
        ];
        for sent in [submit].into_iter().chain(steps) {
            if !self.deliver(&sent).await {
                return Err(sent);
            }
        }
        Ok(())
    }

    /// A new entry in the register that every decision leans on.
    async fn grant(&self, number: usize) -> Result<(), Sent> {
        let token = self.token(&format!("keeper-{number}"), &["mandaatbeheer"]);
        let sent = Self::sent("/v1/mandaten", &token, mandate(&next_id().to_string()));
        if self.deliver(&sent).await {
            Ok(())
        } else {
            Err(sent)
        }
    }

    fn sent(path: &str, token: &str, body: Value) -> Sent {
        Sent {
            path: path.to_owned(),
            token: token.to_owned(),
            key: next_id(),
            body,
        }
    }

    /// Sends a command until it is acknowledged; false when the server went away first.
    async fn deliver(&self, sent: &Sent) -> bool {
        loop {
            let answer = self
                .http
                .post(format!("{}{}", self.base, sent.path))
                .bearer_auth(&sent.token)
                .header("Idempotency-Key", sent.key.to_string())
                .json(&sent.body)
                .send()
                .await;
            let Ok(response) = answer else { return false };
            let status = response.status();
            let Ok(body) = response.json::<Value>().await else {
                return false;
            };
            if status == StatusCode::SERVICE_UNAVAILABLE {
                // Too many others at once: the same command once more.
                assert_eq!(body["code"], "busy", "{body:#}");
                continue;
            }
            assert!(status.is_success(), "{} {status}: {body:#}", sent.path);
            self.acknowledge(sent.key, &body);
            return true;
        }
    }

    fn acknowledge(&self, key: Uuid, receipt: &Value) {
        let stream = receipt["verzoek"]
            .as_str()
            .map_or("mandate/register".to_owned(), |id| format!("request/{id}"));
        let acknowledged = Acknowledged {
            stream,
            position: receipt["positie"].as_i64().unwrap(),
            version: receipt["versie"].as_i64().unwrap(),
        };
        assert_eq!(receipt["opdracht"], key.to_string());
        self.ledger.0.lock().unwrap().insert(key, acknowledged);
        self.count.send_modify(|count| *count += 1);
    }

    fn token(&self, staff: &str, functions: &[&str]) -> String {
        let identity = Identity {
            tenant: zeeveld(),
            by: by_staff(staff, functions),
        };
        issue(
            &self.key,
            &identity,
            SystemClock.now(),
            SignedDuration::from_hours(1),
        )
        .unwrap()
    }
}

/// Positions 1 to n, versions 1 to m, each acknowledged command once and as its receipt said.
async fn check_log(db: &TestDb, ledger: &Ledger) {
    let log = db.log().await;
    let head = log.head(&zeeveld()).await.unwrap().position;
    let events = log.read_after(&zeeveld(), 0, i64::MAX).await.unwrap();
    let mut versions: BTreeMap<String, i64> = BTreeMap::new();
    let mut commands: BTreeMap<Uuid, Vec<(i64, String, i64)>> = BTreeMap::new();
    for (event, position) in events.iter().zip(1..) {
        assert_eq!(event.position, position, "positions have no hole");
        let version = versions.entry(event.stream.to_string()).or_default();
        *version += 1;
        assert_eq!(
            event.version, *version,
            "versions of {} have no hole",
            event.stream
        );
        let written = (position, event.stream.to_string(), event.version);
        commands.entry(event.command_id).or_default().push(written);
    }
    assert_eq!(i64::try_from(events.len()).unwrap(), head);
    let acknowledged = std::mem::take(&mut *ledger.0.lock().unwrap());
    for (command, receipt) in &acknowledged {
        let written = &commands[command];
        let last = (receipt.position, receipt.stream.clone(), receipt.version);
        assert_eq!(written.last(), Some(&last), "{command}");
        // Side by side: a command is one append and no more.
        assert_eq!(
            written[0].0 + i64::try_from(written.len()).unwrap() - 1,
            receipt.position
        );
    }
    // Every outcome was learned, so besides what prepared the municipality nothing else is there.
    let known: BTreeSet<&Uuid> = acknowledged.keys().collect();
    let others = commands
        .keys()
        .filter(|command| !known.contains(command))
        .count();
    assert_eq!(others, 3);
    let pool = db.read_pool().await;
    let rows =
        sqlx::query("select command_id, first_position, event_count, refusal from log.command")
            .fetch_all(&pool)
            .await
            .unwrap();
    assert_eq!(rows.len(), commands.len());
    for row in rows {
        let written = &commands[&row.get::<Uuid, _>("command_id")];
        assert_eq!(row.get::<i64, _>("first_position"), written[0].0);
        assert_eq!(
            row.get::<i64, _>("event_count"),
            i64::try_from(written.len()).unwrap()
        );
        assert_eq!(row.get::<Option<String>, _>("refusal"), None);
    }
}

/// Returns once each view holds something: a server that is killed before leaves its views to whoever comes
/// when its leases have run out, which is later than the next kill.
async fn until_views_are_under_way(db: &TestDb) {
    let mut superuser = db.superuser().await;
    loop {
        let under_way: i64 =
            sqlx::query_scalar("select count(*) from read.projection where position > 0")
                .fetch_one(&mut superuser)
                .await
                .unwrap();
        if under_way == i64::try_from(readmodel::all().len()).unwrap() {
            return;
        }
        tokio::task::yield_now().await;
    }
}

/// Views that killed servers kept up to date, brought to the head, hold what a rebuild gives.
async fn check_views(db: &TestDb) {
    let pool = db.read_pool().await;
    let runner = readmodel::open_runner(Log::new(pool.clone()), &pool)
        .await
        .unwrap();
    let before: Vec<i64> = runner
        .status(&zeeveld())
        .await
        .unwrap()
        .iter()
        .map(|status| status.position)
        .collect();
    assert!(
        before.iter().all(|position| *position > 0),
        "they were under way: {before:?}"
    );
    runner.catch_up(&zeeveld()).await.unwrap();
    let live = views::rows(&pool, &zeeveld()).await;
    assert!(live.len() > 100);
    views::rebuild_all(&runner, &zeeveld()).await;
    assert_eq!(live, views::rows(&pool, &zeeveld()).await);
    for status in runner.status(&zeeveld()).await.unwrap() {
        assert_eq!((status.lag(), status.error), (0, None), "{}", status.name);
    }
}

/// A municipality with a wijk, a servicenorm and a mandate: three commands.
async fn prepare(db: &TestDb, keys: &Path) {
    let kek = Kek::load_or_create(&keys.join("kek")).unwrap();
    let dispatch = Dispatch::new(db.log().await, Vault::new(db.app_pool().await, kek));
    dispatch.log().create_tenant(&zeeveld()).await.unwrap();
    let listed = WijkListed {
        wijk: WijkCode::new(WIJK).unwrap(),
        name: "Duinkant".to_owned(),
        edition: 2026,
    };
    let limits = casework::mandate::Limits {
        kind: casework::mandate::MandateKind::Machtiging,
        grantor: "college".parse().unwrap(),
        power: "banken plaatsen".to_owned(),
        holder: REGISSEUR.parse().unwrap(),
        wijken: None,
        domains: None,
        ceiling_cents: None,
        valid_from: jiff::civil::date(2020, 1, 1),
        valid_until: None,
        trial: false,
        reference: None,
    };
    for command in [
        RegisterCommand::ListWijken(vec![listed]),
        RegisterCommand::SetNorm {
            domain: Domain::OpenbareRuimte,
            days: 21,
        },
        RegisterCommand::Mandate(casework::mandate::Command::Grant {
            entry: "m1".parse().unwrap(),
            limits,
        }),
    ] {
        let call = Call {
            tenant: zeeveld(),
            by: by_staff("keeper", &["mandaatbeheer"]),
            command_id: next_id(),
            correlation: next_id(),
            expected_version: None,
            sent: Vec::new(),
        };
        dispatch.register(&call, command).await.unwrap();
    }
}

/// Starts a server as a process of its own, which is this same program told to serve.
async fn start(db: &TestDb, keys: &Path) -> (Child, String) {
    let this = "crash::what_a_killed_server_acknowledged_is_in_the_log_once_and_views_agree_with_a_rebuild";
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([this, "--exact", "--nocapture"])
        .env(SERVE, db.url())
        .env(KEYS, keys)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    while let Some(line) = lines.next_line().await.unwrap() {
        if let Some((_, base)) = line.split_once("serving at ") {
            return (child, base.to_owned());
        }
    }
    panic!("the server ended before it served");
}

fn serve_until_killed(url: &str, keys: &Path) -> ! {
    // A parent that is gone closes this: then nobody is left to kill the server.
    std::thread::spawn(|| {
        let _gone_either_way = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(1);
    });
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let app = eventlog::connect(url, Role::App, 8).await.unwrap();
        let read = eventlog::connect(url, Role::Read, 4).await.unwrap();
        let kek = Kek::load_or_create(&keys.join("kek")).unwrap();
        let tokens = TokenKey::load_or_create(&keys.join("token.key")).unwrap();
        let dispatch = Dispatch::new(Log::new(app.clone()), Vault::new(app, kek));
        let app = App::open(dispatch, &read, tokens).await.unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        // Past the test harness, which would keep what is printed to itself.
        let mut out = std::io::stdout();
        writeln!(out, "serving at http://{address}").unwrap();
        server::serve(listener, app, std::future::pending())
            .await
            .unwrap();
    });
    unreachable!("it serves until it is killed")
}
