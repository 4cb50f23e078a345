//! The queue of each wijk: what is open, who has it, since when, and when it is due.
//!
//! A request whose wijk is not known waits in the queue of the municipality's intake.

mod fold;
mod table;

use std::time::Duration;

use async_trait::async_trait;
use casework::WijkCode;
use eventlog::{Recorded, StreamId, Tenant};
use projection::{Batch, DecodeError, OpenError, Projection, Table, View, ViewError, WaitError};
use sqlx::{PgConnection, PgPool, Row as _};

use crate::as_of::Known;
use crate::document::{QueueDocument, QueueOverview, QueueTotal};
use crate::{Decoded, Requests, decoded};

/// Requests on one page, at most.
pub const PAGE_ROWS_MAX: i64 = 500;

/// The fold from events to rows of the queue.
#[derive(Debug)]
pub struct QueueProjection;

#[async_trait]
impl Projection for QueueProjection {
    type Event = Decoded;

    fn name(&self) -> &'static str {
        "queue"
    }

    fn version(&self) -> i32 {
        1
    }

    fn schema_sql(&self) -> &'static str {
        include_str!("../sql/queue_v1.sql")
    }

    fn tables(&self) -> &'static [Table] {
        &[Table {
            name: "request",
            key: &["request_id"],
        }]
    }

    fn decode(&self, _tenant: &Tenant, recorded: Recorded) -> Result<Decoded, DecodeError> {
        Decoded::read(recorded)
    }

    fn recorded<'a>(&self, event: &'a Decoded) -> &'a Recorded {
        &event.recorded
    }

    fn refolds(&self, event: &Decoded) -> bool {
        event.corrects()
    }

    async fn apply(
        &self,
        connection: &mut PgConnection,
        batch: &Batch<'_, Decoded>,
    ) -> Result<(), sqlx::Error> {
        let requests = Requests::of(batch);
        let ids = requests.ids();
        let mut known = table::load(connection, batch.tenant(), &ids).await?;
        let mut rows = Vec::with_capacity(ids.len());
        for (request, facts) in requests.iter() {
            let mut row = known
                .remove(&request.0)
                .filter(|_| !facts.is_whole())
                .unwrap_or_else(|| fold::Row::new(request));
            for fact in facts.iter() {
                row.fold(fact);
            }
            rows.push(row);
        }
        table::upsert(connection, batch.tenant(), &rows).await
    }

    async fn forget(
        &self,
        connection: &mut PgConnection,
        tenant: &Tenant,
        stream: &StreamId,
    ) -> Result<(), sqlx::Error> {
        // A stream that is named after no request has no rows.
        let Ok(Some(request)) = decoded::request_of(stream) else {
            return Ok(());
        };
        sqlx::query("delete from request where tenant = $1 and request_id = $2")
            .bind(tenant.as_str())
            .bind(request.0)
            .execute(connection)
            .await?;
        Ok(())
    }
}

/// Which part of a queue to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// How many to skip.
    pub offset: i64,
    /// How many to read: 1 to [`PAGE_ROWS_MAX`], cut to that.
    pub limit: i64,
}

impl Default for Page {
    fn default() -> Self {
        Self {
            offset: 0,
            limit: 100,
        }
    }
}

/// The queues, to be read.
#[derive(Debug, Clone)]
pub struct Queue(View);

impl Queue {
    /// Opens the view on a pool that works as `wijk_read`; it gets connections of its own.
    pub async fn open(pool: &PgPool, connections_max: u32) -> Result<Self, OpenError> {
        Ok(Self(
            View::open(&QueueProjection, pool, connections_max).await?,
        ))
    }

    /// Reads a view that is open: that of a runner, for example, through connections of its own.
    pub fn of(view: View) -> Self {
        Self(view)
    }

    /// One page of a wijk's open requests, or of the intake's: what is due first, then what waits longest.
    ///
    /// Total, page and position are of one moment. A wijk that has none gets an empty page.
    pub async fn page(
        &self,
        tenant: &Tenant,
        wijk: Option<&WijkCode>,
        page: Page,
    ) -> Result<QueueDocument, ViewError> {
        let mut moment = self.0.answer_from(tenant).await?;
        let known = Known::of(&moment);
        let document = read_page(&mut moment.snapshot, tenant, known, wijk, page).await?;
        moment.snapshot.commit().await?;
        Ok(document)
    }

    /// How much is open in each queue; the intake's comes last.
    pub async fn overview(&self, tenant: &Tenant) -> Result<QueueOverview, ViewError> {
        let mut moment = self.0.answer_from(tenant).await?;
        let known = Known::of(&moment);
        let document = read_overview(&mut moment.snapshot, tenant, known).await?;
        moment.snapshot.commit().await?;
        Ok(document)
    }

    /// Waits until the view holds the event at `position`, so that a caller reads its own write.
    pub async fn wait_for(
        &self,
        tenant: &Tenant,
        position: i64,
        timeout: Duration,
    ) -> Result<(), WaitError> {
        self.0.wait_for(tenant, position, timeout).await
    }
}

/// One page, from whatever tables the connection sees.
pub(crate) async fn read_page(
    connection: &mut PgConnection,
    tenant: &Tenant,
    known: Known,
    wijk: Option<&WijkCode>,
    page: Page,
) -> Result<QueueDocument, sqlx::Error> {
    let queue = wijk.map_or("intake", WijkCode::as_str);
    let offset = page.offset.max(0);
    let limit = page.limit.clamp(1, PAGE_ROWS_MAX);
    let total = sqlx::query_scalar(include_str!("../sql/queue/count_open.sql"))
        .bind(tenant.as_str())
        .bind(queue)
        .fetch_one(&mut *connection)
        .await?;
    let rows = sqlx::query(include_str!("../sql/queue/list_open.sql"))
        .bind(tenant.as_str())
        .bind(queue)
        .bind(limit)
        .bind(offset)
        .fetch_all(connection)
        .await?;
    Ok(QueueDocument {
        wijk: wijk.cloned(),
        total,
        offset,
        items: rows
            .iter()
            .map(|row| Ok(table::read(row)?.into_item()))
            .collect::<Result<_, sqlx::Error>>()?,
        position: known.position,
        incomplete: known.parked,
    })
}

/// How much is open in each queue, from whatever tables the connection sees.
pub(crate) async fn read_overview(
    connection: &mut PgConnection,
    tenant: &Tenant,
    known: Known,
) -> Result<QueueOverview, sqlx::Error> {
    let rows = sqlx::query(include_str!("../sql/queue/count_queues.sql"))
        .bind(tenant.as_str())
        .fetch_all(connection)
        .await?;
    let queues = rows
        .iter()
        .map(|row| {
            Ok(QueueTotal {
                wijk: table::word(row.try_get::<Option<String>, _>("wijk")?)?,
                open: row.try_get("open")?,
                without_lead: row.try_get("without_lead")?,
                escalated: row.try_get("escalated")?,
            })
        })
        .collect::<Result<_, sqlx::Error>>()?;
    Ok(QueueOverview {
        queues,
        position: known.position,
        incomplete: known.parked,
    })
}
