//! Real records in a real log. Only where `WIJK_REAL_DATA` names their folder.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use import::Report;

use super::{CORRECT, World, fold};

/// The file, or none with a plain word on why the test proves nothing here.
pub(super) fn file(name: &str) -> Option<PathBuf> {
    let Some(folder) = std::env::var_os("WIJK_REAL_DATA") else {
        eprintln!("WIJK_REAL_DATA is not set: {name} was not read, nothing was shown");
        return None;
    };
    Some(PathBuf::from(folder).join(name))
}

async fn import(world: &World, name: &str, mapping: &str) -> Option<Report> {
    let prepared = world.prepare(&file(name)?, mapping).await;
    Some(world.append(&prepared, CORRECT).await.unwrap())
}

#[tokio::test]
async fn the_receipt_log_and_its_table_are_the_same_events_in_the_log() {
    let world = World::new().await;
    let Some(of_xes) = import(&world, "receipt.xes.gz", "receipt").await else {
        return;
    };
    assert_eq!(of_xes.requests, 1434);
    assert_eq!(of_xes.appended["request-submitted"], 1434);
    assert_eq!(of_xes.appended["request-resolved"], 1329);
    let total = of_xes.appended_total();
    assert_eq!(total, of_xes.facts_total());
    let of_csv = import(&world, "receipt.csv", "receipt").await.unwrap();
    assert_eq!(
        (of_csv.requests, of_csv.appended_total(), of_csv.changed),
        (1434, 0, 0)
    );
    assert_eq!(of_csv.already_there, total);
    let again = import(&world, "receipt.xes.gz", "receipt").await.unwrap();
    assert_eq!(
        (again.appended_total(), again.late, again.changed),
        (0, 0, 0)
    );

    let other = World::new().await;
    let table = import(&other, "receipt.csv", "receipt").await.unwrap();
    assert_eq!(table.appended, of_xes.appended);
}

#[tokio::test]
async fn permits_come_with_the_mandate_their_records_state() {
    let world = World::new().await;
    let Some(report) = import(&world, "BPIC15_1.xes.gz", "bpic-2015").await else {
        return;
    };
    assert_eq!(report.requests, 1199);
    assert_eq!(report.appended["request-resolved"], 956);
    assert_eq!(report.derived_wijken, 1199);
    let mut streams: BTreeMap<String, Vec<_>> = BTreeMap::new();
    let mut ids = BTreeSet::new();
    let mut stated = BTreeMap::new();
    for event in world.events().await {
        assert!(ids.insert(event.event_id));
        if event.kind == "mandate-stated" {
            let said = event.payload.contains("\"underMandate\":true");
            *stated.entry(said).or_insert(0) += 1;
        }
        streams
            .entry(event.stream.id.clone())
            .or_default()
            .push(event);
    }
    assert_eq!(stated, BTreeMap::from([(true, 21), (false, 4)]));
    assert_eq!(streams.len(), 1199);
    let mut under_mandate = BTreeMap::new();
    for events in streams.values() {
        assert!(events.is_sorted_by_key(|event| event.occurred_at));
        assert!(
            events
                .iter()
                .map(|event| event.version)
                .eq(1..=i64::try_from(events.len()).unwrap())
        );
        if let Some(decision) = fold(events).decision {
            *under_mandate.entry(decision.under_mandate).or_insert(0) += 1;
        }
    }
    // Some statements have no decision after them.
    assert_eq!(under_mandate.values().sum::<i32>(), 739);
    assert!(
        under_mandate[&Some(true)] <= 21 && under_mandate[&Some(true)] > 0,
        "{under_mandate:?}"
    );
    let again = import(&world, "BPIC15_1.xes.gz", "bpic-2015")
        .await
        .unwrap();
    assert_eq!((again.appended_total(), again.changed), (0, 0));
}

#[tokio::test]
async fn a_file_that_was_cut_off_adds_nothing() {
    let Some(path) = file("receipt.xes.gz") else {
        return;
    };
    let world = World::new().await;
    let bytes = std::fs::read(path).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let short = folder.path().join("receipt.xes.gz");
    std::fs::write(&short, &bytes[..bytes.len() / 2]).unwrap();
    let error = import::prepare(
        &short,
        import::Mapping::find("receipt").unwrap(),
        import::ids::ImportKey::new(&[0; 32]),
        import::Options {
            wijken: Vec::new(),
            now: "2026-01-01T00:00:00Z".parse().unwrap(),
            temporary: folder.path().to_owned(),
        },
        &mut |_| (),
    );
    let error = error.err().unwrap().to_string();
    assert!(
        error.contains("gzip") && error.contains("cut off"),
        "{error}"
    );
    assert_eq!(world.events().await.len(), 0);
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(left.len(), 1, "nothing of the spool stays behind");
}
