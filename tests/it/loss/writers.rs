//! Writers that send each command until they know its outcome.

use std::sync::Arc;

use eventlog::{Append, AppendError, Expected, Guard, Log, ReadError};
use fastrand::Rng;

use crate::support::event::{append, thing, write, zeeveld};

use super::ledger::Ledger;

/// Streams that all writers write, beside one of their own.
const SHARED: usize = 40;

/// Has so many commands acknowledged, with pauses of random length between them.
pub(super) async fn write_all(log: Log, writer: usize, commands: usize, ledger: Arc<Ledger>) {
    let mut random = Rng::with_seed(u64::try_from(writer).unwrap());
    for number in 0..commands {
        for _ in 0..random.usize(0..20) {
            tokio::task::yield_now().await;
        }
        let command = command(&mut random, writer, number);
        let (id, stored) = (command.command_id, until_stored(&log, command).await);
        ledger.acknowledge(id, (&stored).into());
    }
}

/// One to five events on a shared stream, every third command also on the writer's own.
fn command(random: &mut Rng, writer: usize, number: usize) -> Append {
    let shared = random.usize(0..SHARED).to_string();
    let events = random.usize(1..=5);
    let mut command = append([write(&shared, Expected::Any, events)]);
    if number.is_multiple_of(3) {
        command
            .writes
            .push(write(&format!("own-{writer}"), Expected::Any, 1));
    }
    if number.is_multiple_of(5) {
        // Decided on a version: of its stream, and of one that it only reads.
        command.writes[0].expected = Expected::Exact(0);
        command.guards.push(Guard {
            stream: thing(format!("guarded-by-{writer}")),
            version: 0,
        });
    }
    command
}

/// Sends a command, the same each time but for the version it was decided on, until it is in the log.
pub(super) async fn until_stored(log: &Log, mut command: Append) -> eventlog::Appended {
    loop {
        let first = &mut command.writes[0];
        if let Expected::Exact(version) = &mut first.expected {
            match log.read_stream(&zeeveld(), &first.stream, 0).await {
                Ok(seen) => *version = seen.last().map_or(0, |event| event.version),
                Err(ReadError::Database(error)) if is_cut(&error) => continue,
                Err(error) => panic!("{error:?}"),
            }
        }
        match log.append(&zeeveld(), command.clone()).await {
            Ok(appended) => return appended,
            Err(AppendError::Conflict { .. }) => {
                assert!(matches!(command.writes[0].expected, Expected::Exact(_)));
            }
            Err(
                AppendError::NotStored(error)
                | AppendError::Unknown(error)
                | AppendError::Database(error),
            ) if is_cut(&error) => {}
            Err(error) => panic!("{error:?}"),
        }
    }
}

/// Whether an error is what a terminated backend looks like to its client.
pub(super) fn is_cut(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::Protocol(_) => true,
        sqlx::Error::Database(error) => error.code().is_some_and(|code| code == "57P01"),
        _ => false,
    }
}
