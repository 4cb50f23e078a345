//! The loss test: whatever goes wrong around it, the log loses nothing, doubles nothing, and shows every
//! reader the same events in the same order.
//!
//! Its peers in this were measured to lose events that a follower had passed already, or appends they had
//! acknowledged. So here writers and readers run at full load while transactions roll back, backends are
//! terminated and a server is killed.

mod chaos;
mod killed;
mod ledger;
mod readers;
mod tally;
mod writers;

use std::process::Command;
use std::sync::Arc;

use eventlog::Log;

use crate::support::db::TestDb;
use crate::support::event::zeeveld;

use chaos::Chaos;
use ledger::Ledger;
use readers::Readers;
use tally::Tallies;
use writers::write_all;

/// Tasks that append at the same time, over two servers' logs.
const WRITERS: usize = 16;

/// Commands each of them has acknowledged before it stops: 24,000 in all.
const COMMANDS_EACH: usize = 1_500;

/// Writes until every writer has its commands acknowledged, and checks the laws.
async fn write_and_check(db: &TestDb, ledger: Arc<Ledger>, commands_each: usize) {
    let tenant = zeeveld();
    let servers = [db.log().await, db.log().await];
    let before = servers[0].head(&tenant).await.unwrap().position;
    let readers = Readers::start(db, before).await;
    let tallies = Tallies::start(db).await;
    let chaos = Chaos::start(db, Arc::clone(&ledger)).await;
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..WRITERS {
        let log = servers[writer % servers.len()].clone();
        writers.spawn(write_all(log, writer, commands_each, Arc::clone(&ledger)));
    }
    writers.join_all().await;
    let disturbed = chaos.stop().await;
    assert!(
        disturbed.ended > 20,
        "only {} backends ended",
        disturbed.ended
    );
    assert!(
        disturbed.rolled_back > 20,
        "only {} rolled back",
        disturbed.rolled_back
    );
    let read = ledger.check(&db.log().await).await;
    readers
        .check(&read[usize::try_from(before).unwrap()..])
        .await;
    tallies.check(&read).await;
}

async fn new_log(db: &TestDb) -> Log {
    let log = db.log().await;
    log.create_tenant(&zeeveld()).await.unwrap();
    log
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_doubled_or_reordered_under_rollbacks_and_terminated_backends() {
    let db = TestDb::new().await;
    new_log(&db).await;
    let ledger = Arc::new(Ledger::default());
    write_and_check(&db, Arc::clone(&ledger), COMMANDS_EACH).await;
    assert_eq!(ledger.acknowledged(), WRITERS * COMMANDS_EACH);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_doubled_or_reordered_across_a_dump_and_restore() {
    let db = TestDb::new().await;
    new_log(&db).await;
    let ledger = Arc::new(Ledger::default());
    write_and_check(&db, Arc::clone(&ledger), 200).await;
    let original = ledger.check(&db.log().await).await;
    let restored = TestDb::restored_from(|url| dump(db.url(), url)).await;
    assert_eq!(ledger.check(&restored.log().await).await, original);
    // And goes on where the dump left it, under all the same laws.
    write_and_check(&restored, ledger, 200).await;
}

/// Dumps one database and restores it in another, with the tools that come with the server.
fn dump(from: &str, to: &str) {
    let file = tempfile::NamedTempFile::new().unwrap();
    let binaries = localpg::find_or_get_binaries().unwrap();
    let run = |tool: &str, arguments: &[&str]| {
        let output = Command::new(binaries.dir().join(tool))
            .args(arguments)
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{tool}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    };
    // What follows the ? is for our own client.
    let [from, to] = [from, to].map(|url| url.split('?').next().unwrap());
    let path = file.path().to_str().unwrap();
    run("pg_dump", &["--format=custom", "--file", path, from]);
    run("pg_restore", &["--exit-on-error", "--dbname", to, path]);
}
