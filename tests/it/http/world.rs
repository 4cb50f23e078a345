//! A running server with a municipality in it, and callers.

use casework::event::WijkListed;
use casework::{Actor, By, Domain, Function, PersonId, StaffId, WijkCode};
use dispatch::{Call, Clock as _, Dispatch, RegisterCommand, SystemClock};
use eventlog::Tenant;
use jiff::SignedDuration;
use reqwest::header::HeaderMap;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use server::token::{Identity, TokenKey, issue};
use server::{App, ServeError, serve};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use uuid::Uuid;
use vault::{Kek, Vault};

use crate::support::db::TestDb;
use crate::support::event::{next_id, zeeveld};

pub(crate) const REGISSEUR: &str = "wijkregisseur-openbare-ruimte";
pub(crate) const WIJK: &str = "WK999901";

/// A server on a port of its own, and the municipality of Zeeveld.
pub(crate) struct Api {
    pub(crate) db: TestDb,
    pub(crate) dispatch: Dispatch,
    pub(crate) base: String,
    pub(crate) key: TokenKey,
    client: reqwest::Client,
    stop: oneshot::Sender<()>,
    served: JoinHandle<Result<(), ServeError>>,
    _keys: tempfile::TempDir,
}

/// What came back. Headers that belong on every answer were checked already.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    /// The machine code of a problem.
    pub(crate) fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn position(&self) -> i64 {
        self.body["positie"].as_i64().unwrap()
    }

    /// The id of the request a receipt is about.
    pub(crate) fn request(&self) -> String {
        self.body["verzoek"].as_str().unwrap().to_owned()
    }

    /// The names and codes of everything that is wrong with the input.
    pub(crate) fn invalid(&self) -> Vec<(String, String)> {
        let params = self.body["invalidParams"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        params
            .iter()
            .map(|param| (text(&param["name"]), text(&param["code"])))
            .collect()
    }

    #[track_caller]
    pub(crate) fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{:#}", self.body);
        self
    }

    /// A problem with this code.
    #[track_caller]
    pub(crate) fn refused(self, status: u16, code: &str) -> Self {
        assert_eq!(
            (self.status, self.code()),
            (status, code),
            "{:#}",
            self.body
        );
        self
    }
}

impl Api {
    /// Starts it: one wijk with a servicenorm, and a mandate of € 500.
    pub(crate) async fn start() -> Self {
        let api = Self::start_empty().await;
        let listed =
            [(WIJK, "Duinkant"), ("WK999902", "Havenbuurt")].map(|(wijk, name)| WijkListed {
                wijk: WijkCode::new(wijk).unwrap(),
                name: name.to_owned(),
                edition: 2026,
            });
        api.keep(RegisterCommand::ListWijken(listed.to_vec())).await;
        let domain = Domain::OpenbareRuimte;
        api.keep(RegisterCommand::SetNorm { domain, days: 21 })
            .await;
        api.post(
            "/v1/mandaten",
            &api.staff("keeper", &["mandaatbeheer"]),
            mandate("m1"),
        )
        .await
        .is(201);
        api
    }

    /// Starts it with a municipality that has nothing yet.
    pub(crate) async fn start_empty() -> Self {
        let db = TestDb::new().await;
        let keys = tempfile::tempdir().unwrap();
        let kek = Kek::load_or_create(&keys.path().join("kek")).unwrap();
        let key = TokenKey::load_or_create(&keys.path().join("token.key")).unwrap();
        let dispatch = Dispatch::new(db.log().await, Vault::new(db.app_pool().await, kek));
        dispatch.log().create_tenant(&zeeveld()).await.unwrap();
        let app = App::open(dispatch.clone(), &db.read_pool().await, key.clone())
            .await
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let (stop, stopped) = oneshot::channel();
        let served = tokio::spawn(serve(listener, app, async {
            let _told_or_dropped = stopped.await;
        }));
        Self {
            db,
            dispatch,
            base,
            key,
            client: reqwest::Client::new(),
            stop,
            served,
            _keys: keys,
        }
    }

    async fn keep(&self, command: RegisterCommand) {
        let call = Call {
            tenant: zeeveld(),
            by: by_staff("keeper", &["mandaatbeheer"]),
            command_id: next_id(),
            correlation: next_id(),
            expected_version: None,
            sent: Vec::new(),
        };
        self.dispatch.register(&call, command).await.unwrap();
    }

    /// Stops it, and gives the database so that what is left can be looked at.
    pub(crate) async fn stop(self) -> TestDb {
        self.stop.send(()).unwrap();
        self.served.await.unwrap().unwrap();
        self.db
    }

    pub(crate) fn staff(&self, staff: &str, functions: &[&str]) -> String {
        self.token(&zeeveld(), by_staff(staff, functions))
    }

    pub(crate) fn regisseur(&self) -> String {
        self.staff("rosa", &[REGISSEUR])
    }

    pub(crate) fn intake(&self) -> String {
        self.staff("ivo", &["intake"])
    }

    pub(crate) fn college(&self) -> String {
        self.staff("carla", &["college"])
    }

    pub(crate) fn resident(&self, id: u128) -> String {
        let actor = Actor::Person(PersonId(Uuid::from_u128(id)));
        let functions = [].into();
        self.token(&zeeveld(), By { actor, functions })
    }

    pub(crate) fn token(&self, tenant: &Tenant, by: By) -> String {
        let identity = Identity {
            tenant: tenant.clone(),
            by,
        };
        issue(
            &self.key,
            &identity,
            SystemClock.now(),
            SignedDuration::from_mins(5),
        )
        .unwrap()
    }

    /// A call that can still be changed; without a token when that is empty.
    pub(crate) fn call(&self, method: Method, path: &str, token: &str) -> RequestBuilder {
        let call = self.client.request(method, format!("{}{path}", self.base));
        if token.is_empty() {
            call
        } else {
            call.bearer_auth(token)
        }
    }

    pub(crate) async fn get(&self, path: &str, token: &str) -> Answer {
        send(self.call(Method::GET, path, token)).await
    }

    /// Reads once the view has come as far as `position`.
    pub(crate) async fn get_at(&self, path: &str, token: &str, position: i64) -> Answer {
        self.get(&format!("{path}?vanafPositie={position}"), token)
            .await
    }

    pub(crate) async fn post(&self, path: &str, token: &str, body: Value) -> Answer {
        send(self.call(Method::POST, path, token).json(&body)).await
    }

    /// Does something to the request at `path`.
    pub(crate) async fn act(
        &self,
        path: &str,
        operation: &str,
        token: &str,
        body: Value,
    ) -> Answer {
        self.post(&format!("{path}/{operation}"), token, body).await
    }

    /// A request of a resident, placed and with a domain; answers its id.
    pub(crate) async fn submitted(&self, resident: u128) -> String {
        self.post("/v1/verzoeken", &self.resident(resident), request())
            .await
            .is(201)
            .request()
    }

    /// One that the regisseur leads.
    pub(crate) async fn assigned(&self, resident: u128) -> String {
        let id = self.submitted(resident).await;
        let path = format!("/v1/verzoeken/{id}/toewijzingen");
        self.post(&path, &self.regisseur(), assign()).await.is(200);
        id
    }
}

/// Sends it and checks what every answer must have.
pub(crate) async fn send(call: RequestBuilder) -> Answer {
    let response = call.send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let bytes = response.bytes().await.unwrap();
    let answer = Answer {
        status,
        body: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
        headers,
    };
    for (name, expected) in [
        ("api-version", server::API_VERSION),
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
    ] {
        assert_eq!(answer.header(name), expected, "{name} of {answer:?}");
    }
    assert!(
        answer
            .header("strict-transport-security")
            .starts_with("max-age=")
    );
    assert!(
        answer
            .header("content-security-policy")
            .contains("frame-ancestors 'none'")
    );
    if status >= 400 && !bytes.is_empty() {
        assert_eq!(answer.header("content-type"), "application/problem+json");
        assert_eq!(answer.body["status"], status);
        for member in ["type", "code", "title", "detail", "instance"] {
            let text = answer.body[member].as_str().unwrap_or_default();
            assert!(!text.is_empty(), "{member} of {answer:?}");
        }
        assert!(
            answer.body["instance"]
                .as_str()
                .unwrap()
                .starts_with("urn:uuid:")
        );
    }
    answer
}

pub(crate) fn by_staff(staff: &str, functions: &[&str]) -> By {
    By {
        actor: Actor::Staff(StaffId::new(staff).unwrap()),
        functions: functions
            .iter()
            .map(|name| Function::new(name).unwrap())
            .collect(),
    }
}

/// A resident's request as a body.
pub(crate) fn request() -> Value {
    json!({
        "wijk": WIJK, "domein": "openbare-ruimte", "soort": "bankje", "kanaal": "web",
        "soortVerzoeker": "resident", "verzoek": "Er moet een bank bij de vijver", "naam": "P. Jansen",
    })
}

pub(crate) fn assign() -> Value {
    json!({"functie": REGISSEUR})
}

/// A decision under mandate that costs so much.
pub(crate) fn decide(cents: i64) -> Value {
    json!({
        "uitkomst": "granted", "bedragCenten": cents, "motivering": "De bank helpt",
        "bewoners": {"geraadpleegd": true, "aantal": 3, "toelichting": "De buren willen hem ook"},
    })
}

pub(crate) fn escalate() -> Value {
    json!({"naar": "college", "grond": "above-ceiling", "vraag": "Mag het duurder?"})
}

pub(crate) fn resolve() -> Value {
    json!({"kanaal": "email", "bericht": "De bank staat er"})
}

/// An entry of the register up to € 500.
pub(crate) fn mandate(id: &str) -> Value {
    json!({
        "mandaat": id, "soort": "machtiging", "verlener": "college", "bevoegdheid": "banken plaatsen",
        "houder": REGISSEUR, "plafondCenten": 50_000, "geldigVan": "2020-01-01", "kenmerk": "gmb-2019-1",
    })
}
