//! The way of a command to the log, with its repeats, races and refusals.

mod forms;
mod kept;

use std::collections::BTreeSet;
use std::sync::Arc;

use casework::event::{Closing, NotConsultedReason, Outcome, RequesterKind, Residents, WijkListed};
use casework::mandate::{self, Limits, MandateKind};
use casework::request::Action;
use casework::{
    Actor, By, Cents, Channel, Domain, Function, MandateId, PersonId, Refusal, RequestId, StaffId,
    Text, WijkCode, day,
};
use dispatch::{
    Call, Dispatch, DispatchError, Intent, Receipt, RegisterCommand, Ruling, Submission,
};
use eventlog::StreamId;
use uuid::Uuid;
use vault::{Kek, Vault};

use crate::support::db::TestDb;
use crate::support::event::{next_id, zeeveld};

const REGISSEUR: &str = "wijkregisseur-openbare-ruimte";

struct World {
    db: TestDb,
    _keys: tempfile::TempDir,
    dispatch: Dispatch,
    other_server: Dispatch,
}

impl World {
    /// A municipality with one wijk, a servicenorm, and a mandate of € 500 for its regisseur.
    async fn new() -> Self {
        let db = TestDb::new().await;
        let keys = tempfile::tempdir().unwrap();
        let kek = keys.path().join("kek");
        let one = Dispatch::new(
            db.log().await,
            Vault::new(db.app_pool().await, Kek::load_or_create(&kek).unwrap()),
        );
        let two = Dispatch::new(
            db.log().await,
            Vault::new(db.app_pool().await, Kek::load_or_create(&kek).unwrap()),
        );
        one.log().create_tenant(&zeeveld()).await.unwrap();
        let world = Self {
            db,
            _keys: keys,
            dispatch: one,
            other_server: two,
        };
        let keeper = call("keeper", &["mandaatbeheer"]);
        let listed = WijkListed {
            wijk: wijk(),
            name: "Duinkant".to_owned(),
            edition: 2026,
        };
        world
            .register(&keeper, RegisterCommand::ListWijken(vec![listed]))
            .await;
        world
            .register(
                &call("keeper", &["mandaatbeheer"]),
                RegisterCommand::SetNorm {
                    domain: Domain::OpenbareRuimte,
                    days: 21,
                },
            )
            .await;
        world
            .register(
                &call("keeper", &["mandaatbeheer"]),
                RegisterCommand::Mandate(grant()),
            )
            .await;
        world
    }

    async fn register(&self, call: &Call, command: RegisterCommand) -> Receipt {
        self.dispatch.register(call, command).await.unwrap()
    }

    async fn submitted(&self, requester: Option<PersonId>) -> RequestId {
        let id = RequestId(next_id());
        self.dispatch
            .request(&call("ivo", &["intake"]), id, submit(requester))
            .await
            .unwrap();
        id
    }

    async fn assigned(&self, requester: Option<PersonId>) -> RequestId {
        let id = self.submitted(requester).await;
        self.dispatch
            .request(&call("rosa", &[REGISSEUR]), id, assign())
            .await
            .unwrap();
        id
    }

    async fn kinds(&self, id: RequestId) -> Vec<String> {
        let stream = StreamId::new("request", id.to_string());
        let recorded = self
            .dispatch
            .log()
            .read_stream(&zeeveld(), &stream, 0)
            .await
            .unwrap();
        recorded.into_iter().map(|event| event.kind).collect()
    }
}

fn wijk() -> WijkCode {
    WijkCode::new("WK999901").unwrap()
}

fn function(name: &str) -> Function {
    Function::new(name).unwrap()
}

fn call(staff: &str, functions: &[&str]) -> Call {
    let command_id = next_id();
    Call {
        tenant: zeeveld(),
        by: By {
            actor: Actor::Staff(StaffId::new(staff).unwrap()),
            functions: functions.iter().map(|name| function(name)).collect(),
        },
        command_id,
        correlation: command_id,
        expected_version: None,
        sent: b"what was sent".to_vec(),
    }
}

fn grant() -> mandate::Command {
    mandate::Command::Grant {
        entry: entry(),
        limits: Limits {
            kind: MandateKind::Machtiging,
            grantor: function("college"),
            power: "feitelijke handelingen in de openbare ruimte".to_owned(),
            holder: function(REGISSEUR),
            wijken: Some(BTreeSet::from([wijk()])),
            domains: Some(BTreeSet::from([Domain::OpenbareRuimte])),
            ceiling_cents: Some(Cents::euros(500)),
            valid_from: "2020-01-01".parse().unwrap(),
            valid_until: None,
            trial: false,
            reference: None,
        },
    }
}

fn entry() -> MandateId {
    MandateId::new("openbare-ruimte-2026").unwrap()
}

fn submit(requester: Option<PersonId>) -> Intent {
    Intent::Submit(Submission {
        wijk: Some(wijk()),
        domain: Some(Domain::OpenbareRuimte),
        request_kind: None,
        channel: Channel::Phone,
        requester_kind: RequesterKind::Resident,
        requester,
        words: Text::given("de bank bij de vijver is stuk"),
        name: Text::Withheld,
        contact: Text::Withheld,
        place: Text::Withheld,
    })
}

fn assign() -> Intent {
    Intent::Plain(Action::Assign {
        function: function(REGISSEUR),
        person: Some(StaffId::new("rosa").unwrap()),
        urgent: false,
        reason: Text::Withheld,
    })
}

fn decide(euros: i64) -> Intent {
    Intent::Decide(Ruling {
        function: None,
        outcome: Outcome::Granted,
        amount: Some(Cents::euros(euros)),
        mandate: Some(entry()),
        motivation: Text::given("de bank wordt veel gebruikt"),
        residents: Residents::No {
            reason: NotConsultedReason::NoEffectOnOthers,
        },
        residents_note: Text::Withheld,
    })
}

fn resolve(message: &str) -> Intent {
    Intent::Plain(Action::Resolve {
        closing: Closing::Message {
            channel: Channel::Phone,
        },
        message: Text::given(message),
    })
}

fn refusal(answer: Result<Receipt, DispatchError>) -> (Refusal, Option<Receipt>) {
    match answer {
        Err(DispatchError::Refused { refusal, recorded }) => (refusal, recorded),
        other => panic!("not a refusal: {other:?}"),
    }
}

#[tokio::test]
async fn a_request_goes_from_submission_to_its_end() {
    let world = World::new().await;
    let id = world.assigned(Some(PersonId(next_id()))).await;
    let rosa = || call("rosa", &[REGISSEUR]);
    world
        .dispatch
        .request(&rosa(), id, decide(500))
        .await
        .unwrap();
    let receipt = world
        .dispatch
        .request(&rosa(), id, resolve("de bank is gemaakt"))
        .await
        .unwrap();
    assert_eq!(
        world.kinds(id).await,
        [
            "request-submitted",
            "term-set",
            "request-assigned",
            "request-decided",
            "request-resolved"
        ]
    );
    assert_eq!(receipt.version, 5);
    assert_eq!(
        receipt.position,
        world
            .dispatch
            .log()
            .head(&zeeveld())
            .await
            .unwrap()
            .position
    );
}

#[tokio::test]
async fn a_repeated_command_gets_its_first_outcome_even_where_it_would_now_be_refused() {
    let world = World::new().await;
    let id = world.assigned(None).await;
    let once = call("rosa", &[REGISSEUR]);
    let first = world
        .dispatch
        .request(&once, id, decide(100))
        .await
        .unwrap();
    let again = world
        .dispatch
        .request(&once, id, decide(100))
        .await
        .unwrap();
    assert!(again.repeated && !first.repeated);
    assert_eq!(
        (again.version, again.position),
        (first.version, first.position)
    );
    let stale = Call {
        expected_version: Some(first.version - 1),
        ..once
    };
    assert!(
        world
            .dispatch
            .request(&stale, id, decide(100))
            .await
            .unwrap()
            .repeated,
        "a stale version is no reason either"
    );
}

#[tokio::test]
async fn the_id_of_a_command_cannot_serve_for_another() {
    let world = World::new().await;
    let id = world.assigned(None).await;
    let once = call("rosa", &[REGISSEUR]);
    world
        .dispatch
        .request(&once, id, decide(100))
        .await
        .unwrap();
    for other in [
        Call {
            sent: b"something else".to_vec(),
            ..once.clone()
        },
        Call {
            by: call("ruud", &[REGISSEUR]).by,
            ..once
        },
    ] {
        let answer = world.dispatch.request(&other, id, decide(100)).await;
        assert!(
            matches!(answer, Err(DispatchError::CommandReused)),
            "{answer:?}"
        );
    }
}

#[tokio::test]
async fn a_failed_check_is_recorded_once_and_refused_each_time() {
    let world = World::new().await;
    let id = world.assigned(None).await;
    let once = call("rosa", &[REGISSEUR]);
    let (first, recorded) = refusal(world.dispatch.request(&once, id, decide(501)).await);
    assert_eq!(first.code(), "above-ceiling");
    let recorded = recorded.expect("the attempt is a fact");
    let (second, again) = refusal(world.dispatch.request(&once, id, decide(501)).await);
    assert_eq!(
        (second, again.unwrap().position),
        (first, recorded.position)
    );
    assert_eq!(world.kinds(id).await.last().unwrap(), "decision-refused");
    assert_eq!(world.kinds(id).await.len(), 4);
}

#[tokio::test]
async fn a_caller_who_saw_an_older_version_is_told_the_new_one() {
    let world = World::new().await;
    let id = world.assigned(None).await;
    let late = Call {
        expected_version: Some(1),
        ..call("rosa", &[REGISSEUR])
    };
    let answer = world.dispatch.request(&late, id, decide(100)).await;
    assert!(
        matches!(
            answer,
            Err(DispatchError::Stale {
                expected: 1,
                actual: 3
            })
        ),
        "{answer:?}"
    );
}

#[tokio::test]
async fn of_many_who_decide_at_once_one_does() {
    let world = Arc::new(World::new().await);
    let id = world.assigned(None).await;
    let mut tries = tokio::task::JoinSet::new();
    for n in 0..12 {
        let world = Arc::clone(&world);
        tries.spawn(async move {
            let server = if n % 2 == 0 {
                &world.dispatch
            } else {
                &world.other_server
            };
            server
                .request(&call("rosa", &[REGISSEUR]), id, decide(100))
                .await
        });
    }
    let answers = tries.join_all().await;
    let (done, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    assert_eq!(done.len(), 1);
    for answer in refused {
        assert_eq!(refusal(answer).0, Refusal::AlreadyDecided);
    }
    assert_eq!(
        world
            .kinds(id)
            .await
            .iter()
            .filter(|kind| *kind == "request-decided")
            .count(),
        1
    );
}

#[tokio::test]
async fn another_server_never_decides_under_a_mandate_that_was_revoked_before() {
    let world = World::new().await;
    let first = world.assigned(None).await;
    let second = world.assigned(None).await;
    // The other server keeps the register as it was.
    world
        .other_server
        .request(&call("rosa", &[REGISSEUR]), first, decide(100))
        .await
        .unwrap();
    let revoke = mandate::Command::Revoke {
        entry: entry(),
        from: day::of(world.dispatch.now()),
        reason: "de proef is voorbij".to_owned(),
    };
    world
        .register(
            &call("keeper", &["mandaatbeheer"]),
            RegisterCommand::Mandate(revoke),
        )
        .await;
    let (refused, recorded) = refusal(
        world
            .other_server
            .request(&call("rosa", &[REGISSEUR]), second, decide(100))
            .await,
    );
    assert_eq!(refused.code(), "mandate-revoked");
    assert!(recorded.is_some());
}

#[tokio::test]
async fn another_server_never_refuses_for_a_wijk_that_was_listed_meanwhile() {
    let world = World::new().await;
    let elsewhere = WijkCode::new("WK999902").unwrap();
    let there = || {
        let Intent::Submit(submission) = submit(None) else {
            unreachable!()
        };
        Intent::Submit(Submission {
            wijk: Some(elsewhere.clone()),
            ..submission
        })
    };
    let submit_there = world
        .other_server
        .request(&call("ivo", &["intake"]), RequestId(next_id()), there())
        .await;
    assert_eq!(refusal(submit_there).0.code(), "unknown-wijk");
    let listed = WijkListed {
        wijk: elsewhere.clone(),
        name: "Nieuwland".to_owned(),
        edition: 2026,
    };
    world
        .register(
            &call("keeper", &["mandaatbeheer"]),
            RegisterCommand::ListWijken(vec![listed]),
        )
        .await;
    world
        .other_server
        .request(&call("ivo", &["intake"]), RequestId(next_id()), there())
        .await
        .unwrap();
}

#[tokio::test]
async fn nothing_more_is_written_about_a_person_who_was_erased() {
    let world = World::new().await;
    let person = PersonId(next_id());
    let id = world.assigned(Some(person)).await;
    world
        .dispatch
        .request(&call("rosa", &[REGISSEUR]), id, decide(100))
        .await
        .unwrap();
    world
        .dispatch
        .erase(&call("pien", &["privacy"]), person)
        .await
        .unwrap();
    let again = world
        .dispatch
        .erase(&call("pien", &["privacy"]), person)
        .await
        .unwrap();
    assert_eq!(again.position, 0, "erasing again writes nothing");

    let told = world
        .other_server
        .request(&call("rosa", &[REGISSEUR]), id, resolve("het is klaar"))
        .await;
    assert_eq!(refusal(told).0, Refusal::PersonErased);
    let anew = world
        .other_server
        .request(
            &call("ivo", &["intake"]),
            RequestId(next_id()),
            submit(Some(person)),
        )
        .await;
    assert_eq!(refusal(anew).0, Refusal::PersonErased);
    let keys = world
        .dispatch
        .vault()
        .key_for("zeeveld", vault::Owner::Person(person.0))
        .await;
    assert!(
        matches!(keys, Err(vault::VaultError::Destroyed)),
        "{keys:?}"
    );
    // The case itself can still be closed: its own key stays.
    let quietly = Intent::Plain(Action::Resolve {
        closing: Closing::NoMessage {
            reason: casework::event::NoMessageReason::Unreachable,
        },
        message: Text::Withheld,
    });
    world
        .dispatch
        .request(&call("rosa", &[REGISSEUR]), id, quietly)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_command_that_changes_nothing_writes_nothing() {
    let world = World::new().await;
    let before = world
        .dispatch
        .log()
        .head(&zeeveld())
        .await
        .unwrap()
        .position;
    let receipt = world
        .register(
            &call("keeper", &["mandaatbeheer"]),
            RegisterCommand::Mandate(grant()),
        )
        .await;
    assert_eq!((receipt.position, receipt.recorded_at), (0, None));
    assert_eq!(
        world
            .dispatch
            .log()
            .head(&zeeveld())
            .await
            .unwrap()
            .position,
        before
    );
}

#[tokio::test]
async fn what_a_resident_wrote_is_in_no_column_of_the_log() {
    let world = World::new().await;
    world.assigned(Some(PersonId(Uuid::from_u128(7)))).await;
    let pool = world.db.app_pool().await;
    let found: i64 = sqlx::query_scalar(
        "select count(*) from log.event where event::text ilike '%vijver%' or position('vijver'::bytea in encrypted) > 0",
    )
    .fetch_one(&pool)
    .await
    .unwrap();
    assert_eq!(found, 0);
}

#[tokio::test]
async fn an_erasure_that_broke_off_after_its_fact_is_completed() {
    let world = World::new().await;
    let person = PersonId(next_id());
    world.assigned(Some(person)).await;
    // The fact alone, as a process leaves it that dies before the key is destroyed.
    let erased = casework::event::PersonErased { person };
    let stored = casework::stored::encode(&erased.into(), RequestId(Uuid::nil())).unwrap();
    let fact = eventlog::NewEvent {
        kind: stored.kind.to_owned(),
        schema: stored.schema,
        payload: eventlog::canonical::to_canonical_json(&stored.payload).unwrap(),
        ..crate::support::event::event()
    };
    let write = eventlog::Write {
        stream: StreamId::new("person", person.to_string()),
        expected: eventlog::Expected::New,
        events: vec![fact],
    };
    let append = crate::support::event::append([write]);
    world
        .dispatch
        .log()
        .append(&zeeveld(), append)
        .await
        .unwrap();

    let completed = world.dispatch.complete_erasures(&zeeveld()).await.unwrap();
    assert_eq!(completed, 1);
    let again = world.dispatch.complete_erasures(&zeeveld()).await.unwrap();
    assert_eq!(again, 0);
    let key = world
        .dispatch
        .vault()
        .key_for("zeeveld", vault::Owner::Person(person.0))
        .await;
    assert!(matches!(key, Err(vault::VaultError::Destroyed)), "{key:?}");
}

#[tokio::test]
async fn whoever_is_named_gets_a_key_of_their_own() {
    let world = World::new().await;
    let id = RequestId(next_id());
    let Intent::Submit(submission) = submit(None) else {
        unreachable!()
    };
    let named = Intent::Submit(Submission {
        contact: Text::given("06-00000001"),
        ..submission
    });
    world
        .dispatch
        .request(&call("ivo", &["intake"]), id, named)
        .await
        .unwrap();
    let stream = StreamId::new("request", id.to_string());
    let recorded = world
        .dispatch
        .log()
        .read_stream(&zeeveld(), &stream, 0)
        .await
        .unwrap();
    let payload: serde_json::Value = serde_json::from_str(&recorded[0].payload).unwrap();
    let person = PersonId(payload["requester"].as_str().unwrap().parse().unwrap());
    world
        .dispatch
        .erase(&call("pien", &["privacy"]), person)
        .await
        .unwrap();
    let fields = vault::field::parse(recorded[0].encrypted.as_ref().unwrap()).unwrap();
    let keys = fields.iter().map(|field| field.key_id).collect::<Vec<_>>();
    let states = world.dispatch.vault().keys("zeeveld", &keys).await.unwrap();
    assert!(
        states
            .values()
            .all(|state| matches!(state, vault::KeyState::Destroyed)),
        "what was written about them is gone"
    );
}
