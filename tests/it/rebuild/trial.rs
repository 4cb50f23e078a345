//! The log on trial: what cannot be read, what differs, and that nothing changes by it.

use std::sync::Mutex;

use eventlog::Log;
use projection::Side;
use readmodel::trial::{Compared, Trial, Verdict, ViewTrial};
use sqlx::AssertSqlSafe;

use super::town::{Town, VIEWS, offered, raw, request, stream, unreadable, withdrawn};
use crate::support::event::{past, zeeveld};

async fn held(town: &Town, up_to: Option<i64>) -> Trial {
    let log = Log::new(town.read.clone());
    Trial::hold(&log, &town.read, &zeeveld(), up_to, &|_, _| {})
        .await
        .unwrap()
}

/// Every row of every table that stays, as text.
pub(super) async fn every_table(town: &Town) -> Vec<(String, Vec<String>)> {
    let mut connection = town.db.superuser().await;
    let tables: Vec<String> = sqlx::query_scalar(
        "select format('%I.%I', schemaname, tablename)
         from pg_tables
         where schemaname not in ('pg_catalog', 'information_schema')
             and schemaname !~ '^pg_temp'
         order by 1",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    let mut all = Vec::new();
    for table in tables {
        let sql = format!("select it::text from {table} as it order by 1");
        let rows = sqlx::query_scalar(AssertSqlSafe(sql))
            .fetch_all(&mut connection)
            .await
            .unwrap();
        all.push((table, rows));
    }
    all
}

#[tokio::test]
async fn what_is_served_and_what_is_made_again_are_the_same_and_nothing_changes() {
    let town = Town::lived(60).await;
    town.runner.catch_up(&zeeveld()).await.unwrap();
    let before = every_table(&town).await;
    assert!(
        before
            .iter()
            .any(|(table, rows)| table == "log.event" && rows.len() == 80)
    );
    assert!(
        before
            .iter()
            .any(|(table, rows)| table == "queue_v1_blue.request" && rows.len() == 60)
    );
    let trial = held(&town, None).await;
    assert_eq!(every_table(&town).await, before);
    assert_eq!(trial.verdict(), Verdict::Same);
    assert_eq!(trial.position, 80);
    assert_eq!(trial.folded.requests["submitted"], 40);
    assert_eq!(trial.folded.requests["withdrawn"], 20);
    assert!(trial.folded.anomalies.is_empty());
    let views: Vec<_> = trial.views.iter().map(|view| view.name).collect();
    assert_eq!(views, VIEWS);
    for view in &trial.views {
        let Compared::Rows {
            version: 1,
            comparison,
        } = &view.compared
        else {
            panic!("{view:?}");
        };
        assert_eq!(comparison.position, 80);
        let rows: i64 = comparison.tables.iter().map(|table| table.rows.0).sum();
        assert!(rows >= 60, "{comparison:?}");
    }
}

#[tokio::test]
async fn a_view_that_differs_is_told_with_its_rows() {
    let town = Town::lived(20).await;
    town.runner.catch_up(&zeeveld()).await.unwrap();
    town.run("update evaluation_v1_blue.moment set domain = 'veiligheid' where request_id::text like '%7'")
        .await;
    let trial = held(&town, None).await;
    assert_eq!(trial.verdict(), Verdict::Differs);
    let same: Vec<_> = trial.views.iter().map(ViewTrial::same).collect();
    assert_eq!(same, [Some(true), Some(true), Some(false)]);
    let Compared::Rows { comparison, .. } = &trial.views[2].compared else {
        panic!("{trial:?}");
    };
    let row = &comparison.tables[0].first[0];
    assert_eq!(
        (row.side, row.columns.as_slice()),
        (Side::Both, &["domain".to_owned()][..])
    );
    assert!(row.key.contains(&request(7).to_string()), "{row:?}");
}

#[tokio::test]
async fn what_cannot_be_read_is_told_by_form_and_parks_its_streams() {
    let town = Town::lived(20).await;
    let malformed = raw("request-decided", 1, "{}".to_owned(), past());
    town.append(
        &zeeveld(),
        vec![
            (
                stream(request(1)),
                vec![unreadable(), offered(&withdrawn())],
            ),
            (stream(request(2)), vec![unreadable()]),
            (stream(request(4)), vec![malformed]),
        ],
    )
    .await;
    let trial = held(&town, None).await;
    assert_eq!(trial.verdict(), Verdict::Undecodable);
    let told: Vec<_> = trial
        .undecodable
        .iter()
        .map(|form| {
            (
                form.kind.as_str(),
                form.schema,
                form.first_position,
                form.count,
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("request-teleported", 3, 27, 2),
            ("request-decided", 1, 30, 1)
        ]
    );
    for view in &trial.views {
        let parked: Vec<_> = view.parked.iter().map(|poison| poison.position).collect();
        assert_eq!(parked, [27, 29, 30], "{view:?}");
    }
    // Up to where all can be read, all is well.
    assert_eq!(held(&town, Some(26)).await.verdict(), Verdict::Same);
}

#[tokio::test]
async fn anomalies_are_counted_by_their_code() {
    let town = Town::lived(4).await;
    town.append(
        &zeeveld(),
        vec![
            (stream(request(3)), vec![offered(&withdrawn())]),
            (stream(request(9)), vec![offered(&withdrawn())]),
        ],
    )
    .await;
    let trial = held(&town, None).await;
    assert_eq!(trial.folded.anomalies["ended-again"], 1);
    assert_eq!(trial.folded.anomalies["before-submission"], 1);
    assert_eq!(trial.verdict(), Verdict::Same);
}

#[tokio::test]
async fn a_view_is_compared_where_it_stands_and_the_rest_is_tried_all_the_same() {
    let town = Town::lived(20).await;
    let nothing = held(&town, None).await;
    assert!(
        nothing
            .views
            .iter()
            .all(|view| view.compared == Compared::NothingServed)
    );
    town.runner.catch_up(&zeeveld()).await.unwrap();
    town.submit(99).await;
    town.append(&zeeveld(), vec![(stream(request(1)), vec![unreadable()])])
        .await;
    let told = Mutex::new(Vec::new());
    let log = Log::new(town.read.clone());
    let behind = Trial::hold(&log, &town.read, &zeeveld(), None, &|done, of| {
        told.lock().unwrap().push((done, of));
    })
    .await
    .unwrap();
    assert_eq!(*told.lock().unwrap(), [(28, 28)]);
    for view in &behind.views {
        let Compared::Rows { comparison, .. } = &view.compared else {
            panic!("{view:?}");
        };
        assert_eq!((comparison.position, comparison.is_same()), (26, true));
        assert_eq!(view.parked.len(), 1);
    }
    let earlier = held(&town, Some(10)).await;
    for view in &earlier.views {
        assert_eq!(view.compared, Compared::EndsBefore { serving: 26 });
        assert_eq!(view.same(), None);
    }
    assert_eq!(earlier.verdict(), Verdict::NotCompared);
}
