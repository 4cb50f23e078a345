//! Two servers, one log: what a decision leaned on had not moved before it.

use std::sync::Arc;

use eventlog::{AppendError, Expected, Guard, Log};
use tokio::sync::Barrier;

use crate::support::db::TestDb;
use crate::support::event::{append, thing, write, zeeveld};

/// Mandates that are revoked, one a round, while deciders on both servers decide under them.
const ROUNDS: usize = 120;

/// Deciders on each of the two servers.
const DECIDERS: usize = 4;

async fn decide(log: Log, number: usize, at_once: Arc<Barrier>) -> bool {
    let mut stored = 0;
    for round in 0..ROUNDS {
        at_once.wait().await;
        let mut decision = append([write(
            &format!("decision-{round}-{number}"),
            Expected::New,
            1,
        )]);
        decision.guards.push(Guard {
            stream: thing(format!("mandate-{round}")),
            version: 1,
        });
        match log.append(&zeeveld(), decision).await {
            Ok(_) => stored += 1,
            Err(AppendError::Conflict {
                stream,
                expected: 1,
                actual: 2,
            }) => assert_eq!(stream, thing(format!("mandate-{round}"))),
            Err(error) => panic!("{error:?}"),
        }
    }
    stored > 0
}

async fn revoke(log: Log, at_once: Arc<Barrier>) {
    for round in 0..ROUNDS {
        at_once.wait().await;
        // Now before the deciders have sent, now after.
        for _ in 0..round % 12 {
            tokio::task::yield_now().await;
        }
        let revocation = write(&format!("mandate-{round}"), Expected::Exact(1), 1);
        log.append(&zeeveld(), append([revocation])).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_decision_lies_behind_the_revocation_of_its_mandate_with_two_servers() {
    let db = TestDb::new().await;
    let servers = [db.log().await, db.log().await];
    servers[0].create_tenant(&zeeveld()).await.unwrap();
    let grants: Vec<_> = (0..ROUNDS)
        .map(|round| write(&format!("mandate-{round}"), Expected::New, 1))
        .collect();
    servers[0].append(&zeeveld(), append(grants)).await.unwrap();
    let at_once = Arc::new(Barrier::new(2 * DECIDERS + 1));
    let deciders: Vec<_> = (0..2 * DECIDERS)
        .map(|number| {
            let log = servers[number % 2].clone();
            tokio::spawn(decide(log, number, Arc::clone(&at_once)))
        })
        .collect();
    revoke(servers[1].clone(), at_once).await;
    let mut any = false;
    for decider in deciders {
        any |= decider.await.unwrap();
    }
    let read = servers[0]
        .read_after(&zeeveld(), 0, i64::MAX)
        .await
        .unwrap();
    let mut revoked = std::collections::BTreeSet::new();
    let (mut before, mut refused) = (0, 2 * DECIDERS * ROUNDS);
    for event in &read {
        let words: Vec<&str> = event.stream.id.split('-').collect();
        match words[..] {
            ["mandate", round] if event.version == 2 => assert!(revoked.insert(round)),
            ["decision", round, _] => {
                assert!(
                    !revoked.contains(round),
                    "decided under a mandate that was revoked"
                );
                before += 1;
                refused -= 1;
            }
            _ => {}
        }
    }
    // Both happened, or nothing was raced.
    assert!(
        any && before > 0 && refused > 0,
        "{before} before, {refused} after"
    );
    assert_eq!(revoked.len(), ROUNDS);
}
