//! Two servers on one log, one of them killed.

use std::collections::HashSet;
use std::io::{Read as _, Write as _};
use std::process::Stdio;
use std::sync::{Arc, Mutex};

use eventlog::{Log, Role};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, ChildStdout, Command};
use uuid::Uuid;

use crate::support::db::TestDb;
use crate::support::event::{append, write, zeeveld};

use super::ledger::{Ledger, Told};
use super::readers::Readers;
use super::tally::Tallies;
use super::writers::{until_stored, write_all};
use super::{WRITERS, new_log};

/// Set in the child, which writes to this database until it is killed.
const WRITE: &str = "WIJK_LOSS_TEST_WRITE";

/// How often a server is killed.
const ROUNDS: usize = 5;

#[test]
fn nothing_is_lost_doubled_or_reordered_with_two_servers_one_of_them_killed() {
    if let Ok(url) = std::env::var(WRITE) {
        write_until_killed(&url);
    }
    tokio::runtime::Runtime::new()
        .unwrap()
        .block_on(kill_and_look());
}

async fn kill_and_look() {
    let db = TestDb::new().await;
    let log = new_log(&db).await;
    let ledger = Arc::new(Ledger::default());
    let readers = Readers::start(&db, 0).await;
    let tallies = Tallies::start(&db).await;
    let mut unknown = HashSet::new();
    for round in 0..ROUNDS {
        let (mut child, lines) = start(&db);
        let sent = Arc::new(Mutex::new(HashSet::new()));
        let heard = tokio::spawn(hear(lines, Arc::clone(&ledger), Arc::clone(&sent)));
        let mut writers = tokio::task::JoinSet::new();
        for writer in 0..WRITERS / 2 {
            let number = round * WRITERS + writer;
            writers.spawn(write_all(log.clone(), number, 100, Arc::clone(&ledger)));
        }
        let mut counted = ledger.counted();
        let enough = *counted.borrow_and_update() + 1_000;
        counted.wait_for(|count| *count >= enough).await.unwrap();
        // SIGKILL: nothing is finished, nothing is said goodbye to.
        child.kill().await.unwrap();
        heard.await.unwrap();
        writers.join_all().await;
        unknown.extend(sent.lock().unwrap().drain());
    }
    assert!(
        !unknown.is_empty(),
        "a kill came while commands were under way"
    );
    // A killed server's last statement may still be on its way: settling tells, and shuts it out.
    for id in unknown {
        let settled = log.settle(&zeeveld(), id, id.as_bytes()).await.unwrap();
        if let Some(stored) = settled {
            ledger.acknowledge(id, (&stored).into());
        }
    }
    let read = ledger.check(&log).await;
    readers.check(&read).await;
    tallies.check(&read).await;
}

/// Starts a server as a process of its own, which is this same program told to write.
fn start(db: &TestDb) -> (Child, ChildStdout) {
    let this =
        "loss::killed::nothing_is_lost_doubled_or_reordered_with_two_servers_one_of_them_killed";
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([this, "--exact", "--nocapture"])
        .env(WRITE, db.url())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let lines = child.stdout.take().unwrap();
    (child, lines)
}

/// Takes down what the child says: what it is about to send, and what it was told.
async fn hear(out: ChildStdout, ledger: Arc<Ledger>, sent: Arc<Mutex<HashSet<Uuid>>>) {
    let mut lines = BufReader::new(out).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        let words: Vec<&str> = line.split(' ').collect();
        match words[..] {
            ["sends", id] => {
                sent.lock().unwrap().insert(id.parse().unwrap());
            }
            // A line that the kill cut short is one that was not said.
            ["told", id, first, last, "."] => {
                let id: Uuid = id.parse().unwrap();
                let told = Told {
                    first_position: first.parse().unwrap(),
                    last_position: last.parse().unwrap(),
                };
                ledger.acknowledge(id, told);
                sent.lock().unwrap().remove(&id);
            }
            _ => {}
        }
    }
}

fn write_until_killed(url: &str) -> ! {
    // A parent that is gone closes this: then nobody is left to kill this process.
    std::thread::spawn(|| {
        let _gone_either_way = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(1);
    });
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let log = Log::new(eventlog::connect(url, Role::App, 8).await.unwrap());
        let writers = (0..WRITERS).map(|writer| tokio::spawn(write_for_good(log.clone(), writer)));
        futures_util::future::join_all(writers).await;
    });
    unreachable!("it writes until it is killed")
}

async fn write_for_good(log: Log, writer: usize) {
    for number in 0.. {
        let mut command = append([write(
            &format!("{}", (writer + number) % 40),
            eventlog::Expected::Any,
            1 + number % 3,
        )]);
        // Ids of this process must not be those of the parent or of the child before.
        command.command_id = Uuid::from_u128(fastrand::u128(..));
        command.fingerprint = command.command_id.as_bytes().to_vec();
        for event in &mut command.writes[0].events {
            event.event_id = Uuid::from_u128(fastrand::u128(..));
        }
        let id = command.command_id;
        say(&format!("sends {id}"));
        let stored = until_stored(&log, command).await;
        let (first, last) = (stored.first_position, stored.last_position);
        say(&format!("told {id} {first} {last} ."));
    }
}

/// Past the test harness, which would keep what is printed to itself.
fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}").unwrap();
    out.flush().unwrap();
}
