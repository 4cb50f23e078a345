//! A history into the log, straight by COPY: what is measured afterwards is reading.

use sqlx::PgConnection;

use super::{History, copied};
use crate::raw::TENANT;

/// Bytes sent at a time.
const CHUNK_BYTES: usize = 1 << 20;

/// Fills the empty log of the one tenant, as superuser, with the rows that appends would have left.
pub(crate) async fn fill(connection: &mut PgConnection, events: usize) -> anyhow::Result<()> {
    let mut history = History::begin()?;
    let mut copy = connection
        .copy_in_raw(include_str!("../../sql/copy_events.sql"))
        .await?;
    let mut rows = copied::header();
    for position in 1..=i64::try_from(events)? {
        copied::push_row(&mut rows, position, &history.next()?)?;
        if rows.len() >= CHUNK_BYTES {
            copy.send(std::mem::take(&mut rows)).await?;
        }
    }
    copied::end(&mut rows);
    copy.send(rows).await?;
    copy.finish().await?;
    for statement in [
        include_str!("../../sql/insert_commands.sql"),
        include_str!("../../sql/insert_forms.sql"),
        include_str!("../../sql/update_head.sql"),
    ] {
        sqlx::query(statement)
            .bind(TENANT)
            .execute(&mut *connection)
            .await?;
    }
    for statement in [
        "vacuum analyze log.event, log.command, log.head",
        "checkpoint",
    ] {
        sqlx::query(statement).execute(&mut *connection).await?;
    }
    Ok(())
}
