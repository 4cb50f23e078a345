//! Answers as of an earlier moment are those that were given then, and asking changes nothing.

use casework::WijkCode;
use eventlog::{Log, ReadError};
use jiff::SignedDuration;
use projection::ScratchError;
use readmodel::dossier::Dossier;
use readmodel::evaluation::{Evaluation, ReportError};
use readmodel::queue::{Page, Queue};
use readmodel::{AsOf, AsOfError, When};
use serde_json::{Value, json, to_value};
use vault::{Kek, Vault};

use super::town::{Town, offered, request, stream, unreadable, withdrawn};
use super::trial::every_table;
use crate::support::event::zeeveld;

const KEK: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

async fn vault(town: &Town) -> Vault {
    Vault::new(town.db.app_pool().await, Kek::from_base64(KEK).unwrap())
}

fn wijk() -> WijkCode {
    WijkCode::new("WK999901").unwrap()
}

/// What is answered now.
async fn now(town: &Town) -> Vec<Value> {
    let queue = Queue::open(&town.read, 1).await.unwrap();
    let evaluation = Evaluation::open(&town.read, 1).await.unwrap();
    let dossier = Dossier::open(&town.read, vault(town).await, 1)
        .await
        .unwrap();
    let mut dossier = to_value(dossier.read(&zeeveld(), request(3)).await.unwrap()).unwrap();
    if dossier.is_object() {
        // Of one stream that is whole, whatever is missing elsewhere.
        dossier["onvolledig"] = json!(0);
    }
    let period = "2026-H1".parse().unwrap();
    vec![
        to_value(
            queue
                .page(&zeeveld(), Some(&wijk()), Page::default())
                .await
                .unwrap(),
        )
        .unwrap(),
        to_value(queue.overview(&zeeveld()).await.unwrap()).unwrap(),
        to_value(evaluation.report(&zeeveld(), &period).await.unwrap()).unwrap(),
        dossier,
    ]
}

async fn as_of(town: &Town, when: When) -> Result<AsOf, AsOfError> {
    AsOf::at(
        Log::new(town.read.clone()),
        town.read.clone(),
        &zeeveld(),
        when,
    )
    .await
}

/// What was answered then.
async fn then(town: &Town, when: When) -> Vec<Value> {
    let then = as_of(town, when).await.unwrap();
    let period = "2026-H1".parse().unwrap();
    let vault = vault(town).await;
    vec![
        to_value(
            then.queue_page(Some(&wijk()), Page::default())
                .await
                .unwrap(),
        )
        .unwrap(),
        to_value(then.queue_overview().await.unwrap()).unwrap(),
        to_value(then.report(&period).await.unwrap()).unwrap(),
        to_value(then.dossier(&vault, request(3)).await.unwrap()).unwrap(),
    ]
}

#[tokio::test]
async fn as_of_a_position_or_a_time_the_answers_are_those_of_then() {
    let town = Town::new().await;
    let mut given = Vec::new();
    for number in 1..=8 {
        let position = town.submit(number).await;
        if number == 6 {
            let closing = vec![(stream(request(3)), vec![offered(&withdrawn())])];
            town.append(&zeeveld(), closing).await;
        }
        town.runner.catch_up(&zeeveld()).await.unwrap();
        let head = town.log.head(&zeeveld()).await.unwrap();
        assert!(head.position >= position);
        given.push((head, now(&town).await));
    }
    for (head, answers) in given {
        let position = When::Position(head.position);
        assert_eq!(then(&town, position).await, answers);
        let time = When::Time(head.recorded_at.unwrap());
        assert_eq!(then(&town, time).await, answers);
    }
}

#[tokio::test]
async fn before_the_first_event_there_is_nothing() {
    let town = Town::lived(3).await;
    let answers = then(&town, When::Position(0)).await;
    assert_eq!(answers[0]["aantal"], 0);
    assert_eq!(answers[3], Value::Null);
    let long_ago = When::Time("2000-01-01T00:00:00Z".parse().unwrap());
    assert_eq!(then(&town, long_ago).await, answers);
}

#[tokio::test]
async fn a_moment_ahead_is_refused() {
    let town = Town::lived(3).await;
    let soon = town.db.now().await + SignedDuration::from_hours(1);
    let error = as_of(&town, When::Time(soon)).await.unwrap_err();
    assert!(
        matches!(error, AsOfError::Read(ReadError::Ahead { .. })),
        "{error:?}"
    );
    let error = as_of(&town, When::Position(5)).await.unwrap_err();
    assert!(
        matches!(
            error,
            AsOfError::Read(ReadError::BeyondHead { up_to: 5, head: 4 })
        ),
        "{error:?}"
    );
}

#[tokio::test]
async fn asking_changes_nothing_that_others_can_see() {
    let town = Town::lived(30).await;
    town.runner.catch_up(&zeeveld()).await.unwrap();
    let before = every_table(&town).await;
    then(&town, When::Position(17)).await;
    assert_eq!(every_table(&town).await, before);
}

#[tokio::test]
async fn what_could_not_be_read_then_is_said_and_no_report_made_of_it() {
    let town = Town::lived(3).await;
    town.append(&zeeveld(), vec![(stream(request(1)), vec![unreadable()])])
        .await;
    let whole = as_of(&town, When::Position(4)).await.unwrap();
    assert_eq!(whole.queue_overview().await.unwrap().incomplete, 0);
    let broken = as_of(&town, When::Position(5)).await.unwrap();
    assert_eq!(broken.queue_overview().await.unwrap().incomplete, 1);
    let error = broken
        .report(&"2026-H1".parse().unwrap())
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            AsOfError::Report(ReportError::Incomplete {
                streams: 1,
                position: 5
            })
        ),
        "{error:?}"
    );
}

#[tokio::test]
async fn tables_that_cannot_be_filled_are_an_error_and_not_an_answer() {
    let town = Town::lived(3).await;
    let mut scratch = town.scratch("queue", &zeeveld()).await;
    let error = scratch.fill(5).await.unwrap_err();
    assert!(
        matches!(error, ScratchError::Read(ReadError::BeyondHead { .. })),
        "{error:?}"
    );
    assert_eq!(scratch.position(), 0);
}
