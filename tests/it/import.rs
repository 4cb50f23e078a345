//! Records of other systems in the log: once, in order, resumable, and corrected only when asked.

mod commands;
mod real;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use casework::request::{Oddity, Request};
use casework::stored::decode;
use casework::{RequestId, WijkCode};
use eventlog::{Log, Recorded, StreamId};
use import::ids::ImportKey;
use import::{Choices, Destination, ImportError, Mapping, Options, Prepared, Progress, Report};
use vault::{Kek, Owner, Vault, field};

use crate::support::db::TestDb;
use crate::support::event::zeeveld;

/// A municipality that imports.
struct World {
    _db: TestDb,
    _keys: tempfile::TempDir,
    log: Log,
    vault: Vault,
}

impl World {
    async fn new() -> Self {
        let db = TestDb::new().await;
        let keys = tempfile::tempdir().unwrap();
        let kek = Kek::load_or_create(&keys.path().join("kek")).unwrap();
        let log = db.log().await;
        log.create_tenant(&zeeveld()).await.unwrap();
        Self {
            vault: Vault::new(db.app_pool().await, kek),
            log,
            _keys: keys,
            _db: db,
        }
    }

    async fn prepare(&self, file: &Path, mapping: &str) -> Prepared {
        let secret = self.vault.tenant_secret("zeeveld", "import").await.unwrap();
        let options = Options {
            wijken: ["WK999901", "WK999902"]
                .map(|code| WijkCode::new(code).unwrap())
                .to_vec(),
            now: "2026-01-01T00:00:00Z".parse().unwrap(),
            temporary: std::env::temp_dir(),
        };
        let mapping = Mapping::find(mapping).unwrap();
        let key = ImportKey::new(secret.expose());
        import::prepare(file, mapping, key, options, &mut |_| ()).unwrap()
    }

    async fn append(&self, prepared: &Prepared, choices: Choices) -> Result<Report, ImportError> {
        let tenant = zeeveld();
        let to = Destination {
            log: &self.log,
            vault: &self.vault,
            tenant: &tenant,
        };
        prepared.append(to, choices, &mut |_| ()).await
    }

    /// Imports the text of a table with the hand-written mapping.
    async fn table(&self, csv: &str, choices: Choices) -> Report {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.csv");
        std::fs::write(&path, csv).unwrap();
        let prepared = self.prepare(&path, &traps("traps.toml")).await;
        self.append(&prepared, choices).await.unwrap()
    }

    async fn events(&self) -> Vec<Recorded> {
        self.log.read_after(&zeeveld(), 0, 1_000_000).await.unwrap()
    }

    async fn request_id(&self, source: &str, case: &str) -> RequestId {
        let secret = self.vault.tenant_secret("zeeveld", "import").await.unwrap();
        ImportKey::new(secret.expose()).request(source, case)
    }

    async fn stream(&self, case: &str) -> Vec<Recorded> {
        let id = self.request_id("traps", case).await;
        let stream = StreamId::new("request", id.to_string());
        self.log.read_stream(&zeeveld(), &stream, 0).await.unwrap()
    }

    async fn request(&self, case: &str) -> Request {
        fold(&self.stream(case).await)
    }
}

fn fold(events: &[Recorded]) -> Request {
    events.iter().fold(Request::default(), |request, recorded| {
        let event = decode(&recorded.kind, recorded.schema, &recorded.payload).unwrap();
        request.evolve(recorded.event_id, recorded.occurred_at, &event)
    })
}

fn testdata(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../crates/import/testdata")
        .join(name)
}

fn traps(name: &str) -> String {
    testdata(name).to_str().unwrap().to_owned()
}

fn csv() -> String {
    std::fs::read_to_string(testdata("traps.csv")).unwrap()
}

const CORRECT: Choices = Choices {
    correct: true,
    despite_problems: false,
};

const EVENTS_OF_TRAPS: u64 = 21;

#[tokio::test]
async fn an_import_appends_every_fact_once_and_the_same_again_adds_nothing() {
    let world = World::new().await;
    let first = world.table(&csv(), Choices::default()).await;
    assert_eq!(first.appended, first.facts);
    assert_eq!(first.appended_total(), EVENTS_OF_TRAPS);
    let events = world.events().await;
    assert_eq!(events.len() as u64, EVENTS_OF_TRAPS);
    let again = world.table(&csv(), CORRECT).await;
    assert_eq!(
        (again.appended_total(), again.already_there),
        (0, EVENTS_OF_TRAPS)
    );
    assert_eq!((again.changed, again.late), (0, 0));
    assert_eq!(world.events().await, events);

    // The event log holds the same records and one case more.
    let xes = world
        .prepare(&testdata("traps.xes"), &traps("traps.toml"))
        .await;
    let more = world.append(&xes, CORRECT).await.unwrap();
    assert_eq!(
        (more.appended_total(), more.already_there, more.changed),
        (2, EVENTS_OF_TRAPS, 0)
    );
}

#[tokio::test]
async fn a_case_is_one_stream_in_order_of_time_with_its_precision_and_who_did_it() {
    let world = World::new().await;
    world.table(&csv(), Choices::default()).await;
    let tidy = world.stream("A-1").await;
    let told: Vec<_> = tidy
        .iter()
        .map(|event| {
            (
                event.version,
                event.kind.as_str(),
                event.precision.as_str(),
                event.actor.as_str(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            (1, "request-imported", "day", "system:import"),
            (2, "request-submitted", "day", "staff:R1"),
            (3, "term-set", "day", "system:import"),
            (4, "request-assigned", "instant", "staff:R2"),
            (5, "mandate-stated", "day", "staff:R2"),
            (6, "request-decided", "day", "staff:R2"),
            (7, "request-resolved", "instant", "system:import"),
        ]
    );
    assert!(tidy.is_sorted_by_key(|event| event.occurred_at));
    let request = fold(&tidy);
    assert_eq!(request.anomalies, []);
    assert_eq!(
        request.decision.unwrap().under_mandate,
        Some(true),
        "the statement before it"
    );
    let untidy = world.request("A-3").await;
    let oddities: Vec<_> = untidy
        .anomalies
        .iter()
        .map(|anomaly| anomaly.oddity)
        .collect();
    assert!(
        oddities.contains(&Oddity::BeforeSubmission) && oddities.contains(&Oddity::AfterEnd),
        "{oddities:?}"
    );
}

#[tokio::test]
async fn what_people_wrote_is_not_in_the_log_in_the_clear() {
    let world = World::new().await;
    world.table(&csv(), Choices::default()).await;
    let words = "aan de noordkant";
    for event in world.events().await {
        assert!(!event.payload.contains(words), "{}", event.payload);
        let sealed = event.encrypted.unwrap_or_default();
        assert!(
            !sealed
                .windows(words.len())
                .any(|bytes| bytes == words.as_bytes())
        );
    }
    let decided = world.stream("A-1").await.swap_remove(5);
    assert_eq!(
        text_of(&world, &decided).await,
        "de bank mag, \"mits\" aan de noordkant"
    );
}

/// The one text of an event, opened.
async fn text_of(world: &World, event: &Recorded) -> String {
    let sealed = field::parse(event.encrypted.as_deref().unwrap()).unwrap();
    let keys = world
        .vault
        .keys("zeeveld", &[sealed[0].key_id])
        .await
        .unwrap();
    let Some(vault::KeyState::Live(key)) = keys.get(&sealed[0].key_id) else {
        panic!("the key is gone")
    };
    let context = field::Context {
        tenant: "zeeveld",
        stream_kind: &event.stream.kind,
        stream_id: &event.stream.id,
        event_id: event.event_id,
        kind: &event.kind,
        schema: event.schema,
    };
    String::from_utf8(field::open(&context, &sealed[0], key).unwrap().value).unwrap()
}

#[tokio::test]
async fn an_import_that_was_cut_short_goes_on_where_it_stopped() {
    let world = World::new().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.csv");
    std::fs::write(&path, many_cases(503)).unwrap();
    let prepared = world.prepare(&path, &traps("traps.toml")).await;
    let tenant = zeeveld();
    let to = Destination {
        log: &world.log,
        vault: &world.vault,
        tenant: &tenant,
    };
    let (after_one, stop) = tokio::sync::oneshot::channel();
    let mut after_one = Some(after_one);
    let mut progress = |progress| {
        if matches!(
            progress,
            Progress::Appending {
                cases: 500,
                of: 503
            }
        ) {
            after_one.take().unwrap().send(()).unwrap();
        }
    };
    // Dropped after the first load, as a killed process would be.
    tokio::select! {
        biased;
        _ = stop => {}
        _ = prepared.append(to, Choices::default(), &mut progress) => panic!("it was to be cut short"),
    }
    // The second load may have been under way; behind this no load given up is stored any more.
    let never_sent = uuid::Uuid::from_u128(1);
    let settled = world.log.settle(&tenant, never_sent, &[1]).await.unwrap();
    assert_eq!(settled, None);
    let before = world.events().await;
    let cases: BTreeSet<&str> = before.iter().map(|it| it.stream.id.as_str()).collect();
    let stored = cases.len() as u64;
    assert!(
        [500, 503].contains(&stored),
        "whole loads, not {stored} cases"
    );
    let per_case = before.len() as u64 / stored;
    let rest = world.append(&prepared, Choices::default()).await.unwrap();
    assert_eq!(rest.already_there, stored * per_case);
    assert_eq!(rest.appended_total(), (503 - stored) * per_case);
    let events = world.events().await;
    assert_eq!(events.len() as u64, 503 * per_case);
    assert!(
        events
            .iter()
            .map(|event| event.position)
            .eq(1..=503 * i64::try_from(per_case).unwrap())
    );
}

/// A table of so many cases, each received, assigned and imported.
fn many_cases(count: usize) -> String {
    let table = std::fs::read_to_string(testdata("traps.csv")).unwrap();
    let mut lines = table.lines();
    let mut many = format!("{}\n", lines.next().unwrap());
    let row = lines.next().unwrap();
    for number in 0..count {
        let row = row.replace("A-1", &format!("M-{number}"));
        many.push_str(&row.replace("t-1", &format!("m-{number}")));
        many.push('\n');
    }
    many
}

#[tokio::test]
async fn two_imports_of_one_file_at_once_add_each_fact_once() {
    let world = World::new().await;
    let one = world
        .prepare(&testdata("traps.csv"), &traps("traps.toml"))
        .await;
    let other = world
        .prepare(&testdata("traps.csv"), &traps("traps.toml"))
        .await;
    let (one, other) = tokio::join!(
        world.append(&one, Choices::default()),
        world.append(&other, Choices::default())
    );
    let (one, other) = (one.unwrap(), other.unwrap());
    assert_eq!(
        one.appended_total() + other.appended_total(),
        EVENTS_OF_TRAPS
    );
    assert_eq!(world.events().await.len() as u64, EVENTS_OF_TRAPS);
}

#[tokio::test]
async fn a_longer_export_adds_what_is_new_and_tells_what_comes_late() {
    let world = World::new().await;
    let without = |task: &str, csv: &str| -> String {
        csv.split_inclusive('\n')
            .filter(|line| !line.contains(task))
            .collect()
    };
    // At first the statement on the mandate was missing, and the last of A-4.
    let short = without(",t-14,", &without(",t-3,", &csv()));
    let first = world.table(&short, Choices::default()).await;
    assert_eq!(first.appended_total(), EVENTS_OF_TRAPS - 2);
    let more = world.table(&csv(), Choices::default()).await;
    assert_eq!(more.appended_total(), 2);
    assert_eq!(more.appended["mandate-stated"], 1);
    assert_eq!(
        more.late, 1,
        "the statement is older than the end that was known; the decision is not"
    );
    let request = world.request("A-1").await;
    let oddities: Vec<_> = request
        .anomalies
        .iter()
        .map(|anomaly| anomaly.oddity)
        .collect();
    assert!(oddities.contains(&Oddity::OutOfOrder), "{oddities:?}");
}

#[tokio::test]
async fn a_record_that_changed_is_listed_and_corrected_only_when_asked() {
    let world = World::new().await;
    world.table(&csv(), Choices::default()).await;
    let changed = csv()
        .replace("2024-01-09T09:30:00", "2024-01-05T09:30:00")
        .replace("de bank mag,", "de bank mag niet,");
    let listed = world.table(&changed, Choices::default()).await;
    assert_eq!(
        (listed.changed, listed.corrected, listed.appended_total()),
        (2, 0, 0)
    );
    let told: Vec<_> = listed
        .changed_list
        .iter()
        .map(|change| (change.case.as_str(), change.kind.as_str()))
        .collect();
    assert_eq!(
        told,
        [("A-1", "request-decided"), ("A-2", "request-submitted")]
    );

    let corrected = world.table(&changed, CORRECT).await;
    assert_eq!((corrected.changed, corrected.corrected), (2, 2));
    assert_eq!(
        corrected.appended,
        [("fact-corrected".to_owned(), 2)].into()
    );
    let submitted_at = world.request("A-2").await.submitted_at.unwrap();
    assert_eq!(submitted_at.to_string(), "2024-01-05T08:30:00Z");
    let correction = world.stream("A-1").await.pop().unwrap();
    assert!(
        text_of(&world, &correction)
            .await
            .starts_with("de bank mag niet,")
    );

    let again = world.table(&changed, CORRECT).await;
    assert_eq!(
        (again.changed, again.appended_total()),
        (0, 0),
        "what was corrected is as the record says"
    );
    let back = world.table(&csv(), CORRECT).await;
    assert_eq!((back.changed, back.corrected), (2, 2), "and back");
    assert_eq!(world.table(&csv(), CORRECT).await.changed, 0);
    let submitted_at = world.request("A-2").await.submitted_at.unwrap();
    assert_eq!(submitted_at.to_string(), "2024-01-09T08:30:00Z");
}

#[tokio::test]
async fn a_file_with_problems_adds_nothing_until_the_rest_is_asked_for() {
    let world = World::new().await;
    let broken = csv().replace("2024-10-27 02:30:00", "binnenkort");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.csv");
    std::fs::write(&path, broken).unwrap();
    let prepared = world.prepare(&path, &traps("traps.toml")).await;
    let error = world
        .append(&prepared, Choices::default())
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("line 17") && error.to_string().contains("`binnenkort`"),
        "{error}"
    );
    assert_eq!(world.events().await.len(), 0);
    let despite = Choices {
        despite_problems: true,
        ..Choices::default()
    };
    let rest = world.append(&prepared, despite).await.unwrap();
    assert_eq!(
        (rest.problem_count, rest.appended_total()),
        (1, EVENTS_OF_TRAPS - 1)
    );
}

#[tokio::test]
async fn a_record_too_large_for_the_log_is_a_problem_before_anything_is_appended() {
    let world = World::new().await;
    let huge = csv().replace("de bank mag", &"de bank mag ".repeat(6000));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.csv");
    std::fs::write(&path, huge).unwrap();
    let prepared = world.prepare(&path, &traps("traps.toml")).await;
    let problem = &prepared.report().problems[0];
    assert!(
        problem.place == "line 5" && problem.what.contains("at most 60000 fit"),
        "{problem}"
    );
    world
        .append(&prepared, Choices::default())
        .await
        .unwrap_err();
    assert_eq!(world.events().await.len(), 0);
}

#[tokio::test]
async fn a_case_whose_key_was_destroyed_keeps_its_facts_and_gets_no_text_back() {
    let world = World::new().await;
    let case = world.request_id("traps", "A-1").await;
    world
        .vault
        .destroy("zeeveld", Owner::Case(case.0))
        .await
        .unwrap();
    let first = world.table(&csv(), Choices::default()).await;
    assert_eq!(
        (first.appended_total(), first.texts_withheld),
        (EVENTS_OF_TRAPS, 1)
    );
    let decided = world.stream("A-1").await.swap_remove(5);
    assert_eq!(decided.encrypted, None);
    let again = world.table(&csv(), CORRECT).await;
    assert_eq!((again.appended_total(), again.changed), (0, 0));

    // Also when it is destroyed after the import: nothing is known to differ.
    let other = World::new().await;
    other.table(&csv(), Choices::default()).await;
    let case = other.request_id("traps", "A-1").await;
    other
        .vault
        .destroy("zeeveld", Owner::Case(case.0))
        .await
        .unwrap();
    let again = other.table(&csv(), CORRECT).await;
    assert_eq!((again.appended_total(), again.changed), (0, 0));
}

#[tokio::test]
async fn a_tenant_that_does_not_exist_is_named() {
    let world = World::new().await;
    let prepared = world
        .prepare(&testdata("traps.csv"), &traps("traps.toml"))
        .await;
    let nowhere = eventlog::Tenant::new("nergens").unwrap();
    let to = Destination {
        log: &world.log,
        vault: &world.vault,
        tenant: &nowhere,
    };
    let error = prepared
        .append(to, Choices::default(), &mut |_| ())
        .await
        .unwrap_err();
    assert!(error.to_string().contains("nergens"), "{error}");
}
