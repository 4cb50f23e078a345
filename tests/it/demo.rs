//! The demo's municipality in a log: the story as it is told, sealed, completed when it broke off.

use std::collections::{BTreeSet, HashMap};

use casework::Event;
use casework::request::Request;
use casework::stored;
use demo::{Plan, SeedError, Seeded, Story, Told};
use eventlog::{Log, Recorded, Tenant};
use jiff::civil::date;
use sqlx::Row as _;
use vault::field::{self, Context};
use vault::{Kek, KeyState, Vault};

use crate::support::db::TestDb;
use crate::support::event;

const KEK: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

const PLAN: Plan = Plan {
    requests: 250,
    seed: 11,
    today: date(2026, 11, 24),
};

/// A log to seed, with its vault.
struct Town {
    db: TestDb,
    log: Log,
    vault: Vault,
    tenant: Tenant,
}

impl Town {
    async fn new() -> Self {
        let db = TestDb::new().await;
        let pool = db.app_pool().await;
        Self {
            log: Log::new(pool.clone()),
            vault: Vault::new(pool, Kek::from_base64(KEK).unwrap()),
            tenant: Tenant::new(demo::TENANT).unwrap(),
            db,
        }
    }

    async fn seed(&self, plan: Plan) -> Result<Seeded, SeedError> {
        demo::seed(&self.log, &self.vault, &self.tenant, plan, |_| {}).await
    }

    async fn all(&self) -> Vec<Recorded> {
        self.log.read_after(&self.tenant, 0, 100_000).await.unwrap()
    }

    /// The texts of an event, by name; None for one whose key is gone.
    async fn open(&self, recorded: &Recorded) -> HashMap<String, Option<String>> {
        let context = Context {
            tenant: self.tenant.as_str(),
            stream_kind: &recorded.stream.kind,
            stream_id: &recorded.stream.id,
            event_id: recorded.event_id,
            kind: &recorded.kind,
            schema: recorded.schema,
        };
        let fields = field::parse(recorded.encrypted.as_ref().unwrap()).unwrap();
        let ids: Vec<_> = fields.iter().map(|sealed| sealed.key_id).collect();
        let keys = self.vault.keys(self.tenant.as_str(), &ids).await.unwrap();
        fields
            .iter()
            .map(|sealed| {
                let text = match &keys[&sealed.key_id] {
                    KeyState::Live(key) => {
                        let opened = field::open(&context, sealed, key).unwrap();
                        Some(String::from_utf8(opened.value).unwrap())
                    }
                    KeyState::Destroyed => None,
                };
                (sealed.name.clone(), text)
            })
            .collect()
    }
}

fn story() -> Vec<Told> {
    Story::new(PLAN).map(|told| told.unwrap()).collect()
}

/// Fails where the log is not the story, envelope and clear part, event by event.
#[track_caller]
fn assert_told(recorded: &[Recorded], story: &[Told]) {
    let mut log = recorded.iter();
    assert!(recorded.is_sorted_by_key(|event| event.recorded_at));
    let mut versions: HashMap<String, i64> = HashMap::new();
    for told in story {
        for fact in &told.facts {
            let event = log.next().unwrap();
            let version = versions.entry(told.stream.to_string()).or_default();
            *version += 1;
            assert_eq!(event.event_id, fact.id);
            assert_eq!(event.command_id, told.command);
            assert_eq!(event.stream, told.stream);
            assert_eq!(event.version, *version);
            assert_eq!(event.kind, fact.event.kind());
            assert_eq!(event.occurred_at, fact.at);
            assert_eq!(event.recorded_at, told.at, "known when it is told to be");
            assert_eq!(event.precision, fact.precision);
            assert_eq!(event.actor, fact.actor.to_string());
            assert_eq!(stored::source_of(&event.payload), fact.source);
            let case = told
                .request()
                .unwrap_or(casework::RequestId(uuid::Uuid::nil()));
            let clear = stored::encode(&fact.event, case).unwrap();
            let decoded = stored::decode(&event.kind, event.schema, &event.payload).unwrap();
            assert_eq!(
                stored::encode(&decoded, case).unwrap().payload,
                clear.payload
            );
            assert_eq!(event.encrypted.is_some(), !clear.secrets.is_empty());
        }
    }
    assert_eq!(log.next(), None);
}

#[tokio::test]
async fn the_log_holds_the_story_as_it_is_told_and_seeding_again_adds_nothing() {
    let town = Town::new().await;
    let seeded = town.seed(PLAN).await.unwrap();
    let recorded = town.all().await;
    assert_told(&recorded, &story());
    assert_eq!(seeded.events, recorded.last().unwrap().position);

    assert_eq!(town.seed(PLAN).await.unwrap(), seeded);
    // Also after the visitors of the demo have done something of their own.
    let append = event::append([event::write("1", eventlog::Expected::New, 1)]);
    town.log.append(&town.tenant, append).await.unwrap();
    assert_eq!(town.seed(PLAN).await.unwrap(), seeded);
    assert_eq!(town.all().await.len(), recorded.len() + 1);
}

#[tokio::test]
async fn every_kind_is_in_the_log_and_only_imported_requests_are_odd() {
    let town = Town::new().await;
    let seeded = town.seed(PLAN).await.unwrap();
    let mut kinds = BTreeSet::new();
    let mut requests: HashMap<String, (Request, bool)> = HashMap::new();
    for recorded in town.all().await {
        kinds.insert((recorded.kind.clone(), recorded.schema));
        if recorded.stream.kind != Request::STREAM_KIND {
            continue;
        }
        let event = stored::decode(&recorded.kind, recorded.schema, &recorded.payload).unwrap();
        let (request, imported) = requests.entry(recorded.stream.id).or_default();
        *request = std::mem::take(request).evolve(recorded.event_id, recorded.occurred_at, &event);
        *imported |= stored::source_of(&recorded.payload).is_some();
    }
    let all = Event::KINDS
        .iter()
        .map(|(kind, schema)| ((*kind).to_owned(), *schema));
    assert_eq!(kinds, all.collect());
    assert_eq!(requests.len() as u64, PLAN.requests);
    let odd = |imported| {
        let odd = |known: &&(Request, bool)| known.1 == imported && !known.0.anomalies.is_empty();
        requests.values().filter(odd).count()
    };
    assert_eq!(odd(false), 0);
    assert!(odd(true) > 0);
    let shown = &requests[&seeded.request.to_string()].0;
    assert_eq!(shown.placement.wijk, Some(seeded.wijk));
}

#[tokio::test]
async fn what_people_wrote_stands_in_no_column_in_the_clear_and_can_be_read_with_its_key() {
    let town = Town::new().await;
    town.seed(PLAN).await.unwrap();
    let mut texts = HashMap::new();
    for fact in story().into_iter().flat_map(|told| told.facts) {
        let case = casework::RequestId(uuid::Uuid::nil());
        for secret in stored::encode(&fact.event, case).unwrap().secrets {
            texts.insert((fact.id, secret.field), secret.value);
        }
    }
    assert!(texts.len() > 1_000);

    // Everything the database holds, as text; bytes as they are, so that clear letters would show.
    let mut superuser = town.db.superuser().await;
    let mut clear = String::new();
    for row in sqlx::query(
        "select row_to_json(event)::text as row, encode(encrypted, 'escape') as bytes from log.event
        union all select row_to_json(command)::text, encode(fingerprint, 'escape') from log.command
        union all select row_to_json(key)::text, encode(wrapped, 'escape') from vault.key",
    )
    .fetch_all(&mut superuser)
    .await
    .unwrap()
    {
        clear.push_str(&row.get::<String, _>("row"));
        clear.push_str(&row.get::<Option<String>, _>("bytes").unwrap_or_default());
    }
    let clear = clear.to_lowercase();
    let recorded = town.all().await;
    let public = published(&recorded);
    let words: BTreeSet<String> = texts
        .values()
        .flat_map(|text| text.split(|c: char| !c.is_alphanumeric() && !"@.-".contains(c)))
        // The dot of a sentence is no part of a word; that of an address is.
        .map(|word| word.trim_matches(['.', '-', '@']))
        .filter(|word| word.chars().count() >= 8)
        .map(str::to_lowercase)
        .filter(|word| !public.contains(word.as_str()))
        .collect();
    assert!(words.len() > 500, "{}", words.len());
    let found: Vec<&String> = words
        .iter()
        .filter(|word| clear.contains(word.as_str()))
        .collect();
    assert_eq!(found, [] as [&String; 0]);

    // Under its key each reads as it was given.
    let sealed = recorded.iter().filter(|event| event.encrypted.is_some());
    for recorded in sealed.take(300) {
        for (name, text) in town.open(recorded).await {
            let given = &texts[&(recorded.event_id, name.as_str())];
            assert!(text.is_none_or(|text| text == *given));
        }
    }
}

/// What the municipality itself says in the clear: its registers, and the words for kinds.
fn published(recorded: &[Recorded]) -> String {
    let mut public = String::new();
    for event in recorded {
        if event.stream.kind != Request::STREAM_KIND {
            public.push_str(&event.payload);
        }
        let json: serde_json::Value = serde_json::from_str(&event.payload).unwrap();
        for member in ["requestKind", "requesterKind"] {
            public.push_str(json[member].as_str().unwrap_or_default());
        }
    }
    public.to_lowercase()
}

#[tokio::test]
async fn who_was_erased_can_no_longer_be_read_and_everyone_else_can() {
    let town = Town::new().await;
    let seeded = town.seed(PLAN).await.unwrap();
    let recorded = town.all().await;
    let submitted = |request: casework::RequestId| {
        let stream = request.to_string();
        recorded
            .iter()
            .find(|event| event.stream.id == stream && event.kind == "request-submitted")
            .unwrap()
    };
    let erased = town.open(submitted(seeded.erased_request)).await;
    assert_eq!(erased["words"], None);
    assert_eq!(erased["name"], None);
    let shown = town.open(submitted(seeded.request)).await;
    assert!(shown["words"].is_some());
}

#[tokio::test]
async fn a_story_that_broke_off_is_taken_up_where_it_ended() {
    let town = Town::new().await;
    let whole = story();
    // Before anything is written, and just after somebody was erased.
    let erased = whole
        .iter()
        .position(|told| told.stream.kind == "person")
        .unwrap();
    for (stop, least) in [(200, 0), (erased + 1, erased + 1)] {
        let (log, vault, tenant) = (town.log.clone(), town.vault.clone(), town.tenant.clone());
        let broke_off = tokio::spawn(async move {
            demo::seed(&log, &vault, &tenant, PLAN, |progress| {
                let commands = usize::try_from(progress.commands).unwrap();
                assert!(commands < stop, "the power went out");
            })
            .await
        })
        .await;
        assert!(broke_off.unwrap_err().is_panic());
        // What was written is a beginning of the story, and whoever was erased is in it.
        let stored = town.all().await;
        let events = |commands: usize| -> usize {
            whole[..commands].iter().map(|told| told.facts.len()).sum()
        };
        assert!((events(least)..=events(stop)).contains(&stored.len()));
        let commands = (0..=stop).find(|commands| events(*commands) == stored.len());
        assert_told(&stored, &whole[..commands.unwrap()]);
        let head = town.log.head(&town.tenant).await.unwrap().position;
        assert_eq!(head, 0, "half a story is not open");
    }
    town.seed(PLAN).await.unwrap();
    assert_told(&town.all().await, &whole);
}

#[tokio::test]
async fn a_log_with_another_history_is_refused_and_left_as_it_is() {
    let town = Town::new().await;
    town.log.create_tenant(&town.tenant).await.unwrap();
    let append = event::append([event::write("1", eventlog::Expected::New, 3)]);
    town.log.append(&town.tenant, append).await.unwrap();
    let refused = town.seed(PLAN).await.unwrap_err();
    assert!(
        matches!(&refused, SeedError::Occupied { events: 3, .. }),
        "{refused}"
    );
    assert!(refused.to_string().contains("another tenant"));
    assert_eq!(town.all().await.len(), 3);
}

#[tokio::test]
async fn another_seed_size_or_day_is_another_story() {
    let town = Town::new().await;
    let seeded = town.seed(PLAN).await.unwrap();
    for other in [
        Plan { seed: 12, ..PLAN },
        Plan {
            requests: 260,
            ..PLAN
        },
        Plan {
            today: date(2026, 11, 25),
            ..PLAN
        },
    ] {
        let refused = town.seed(other).await.unwrap_err();
        assert!(matches!(refused, SeedError::Occupied { .. }), "{refused}");
    }
    assert_eq!(
        town.log.head(&town.tenant).await.unwrap().position,
        seeded.events
    );
}

#[tokio::test]
async fn too_few_requests_are_refused_before_anything_is_made() {
    let town = Town::new().await;
    let refused = town
        .seed(Plan {
            requests: 5,
            ..PLAN
        })
        .await
        .unwrap_err();
    assert!(refused.to_string().contains("at least 200"), "{refused}");
    assert_eq!(town.log.tenants().await.unwrap(), []);
}
