//! The evaluation: how it went in a period, per wijk and domain.
//!
//! The definitions are those of `docs/decisions/0009-evaluation-definitions.md`; each report carries them.

mod definition;
mod life;
mod moment;
mod period;
mod quantile;
mod table;
mod tally;

use std::time::Duration;

use async_trait::async_trait;
use eventlog::{Recorded, StreamId, Tenant};
use futures_util::TryStreamExt as _;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx as _;
use projection::{Batch, DecodeError, OpenError, Projection, Table, View, ViewError, WaitError};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::as_of::Known;
use crate::document::Report;
use crate::{Decoded, Requests, decoded};

pub use definition::VERSION as DEFINITION_VERSION;
pub use period::{InvalidPeriod, Period};

use life::{Life, Window};
use moment::{Moment, Span};
use tally::Tallies;

/// The fold from events to moments.
#[derive(Debug)]
pub struct EvaluationProjection;

#[async_trait]
impl Projection for EvaluationProjection {
    type Event = Decoded;

    fn name(&self) -> &'static str {
        "evaluation"
    }

    fn version(&self) -> i32 {
        1
    }

    fn schema_sql(&self) -> &'static str {
        include_str!("../sql/evaluation_v1.sql")
    }

    fn tables(&self) -> &'static [Table] {
        &[
            Table {
                name: "moment",
                key: &["request_id", "version"],
            },
            Table {
                name: "request",
                key: &["request_id"],
            },
        ]
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
        let tenant = batch.tenant();
        let requests = Requests::of(batch);
        table::delete(connection, tenant, &requests.corrected()).await?;
        // Loaded after that, so that a corrected history begins anew.
        let mut spans = table::load_spans(connection, tenant, &requests.ids()).await?;
        let mut moments = Vec::new();
        for (request, facts) in requests.iter() {
            for fact in facts.iter() {
                let Some(moment) = Moment::of(request, fact) else {
                    continue;
                };
                spans
                    .entry(request.0)
                    .or_insert_with(|| Span::new(&moment))
                    .extend(&moment, fact.recorded.position);
                moments.push(moment);
            }
        }
        table::insert_moments(connection, tenant, &moments).await?;
        table::upsert_spans(connection, tenant, &spans).await
    }

    async fn forget(
        &self,
        connection: &mut PgConnection,
        tenant: &Tenant,
        stream: &StreamId,
    ) -> Result<(), sqlx::Error> {
        // A stream that is named after no request has no rows.
        match decoded::request_of(stream) {
            Ok(Some(request)) => table::delete(connection, tenant, &[request.0]).await,
            _ => Ok(()),
        }
    }
}

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// Events are missing from the view: a figure without them would be wrong.
    #[error(
        "no report can be made: {streams} streams are parked in the view `evaluation` at position {position}, and figures without them would be wrong. `projection list` says which and why"
    )]
    Incomplete {
        /// How many streams are not whole.
        streams: i64,
        /// Position that the view has come to.
        position: i64,
    },
    /// The view does not answer.
    #[error(transparent)]
    View(#[from] ViewError),
    /// The database failed.
    #[error("the database failed while a report was made")]
    Database(#[from] sqlx::Error),
}

/// Reports, to be made.
#[derive(Debug, Clone)]
pub struct Evaluation(View);

impl Evaluation {
    /// Opens the view on a pool that works as `wijk_read`; it gets connections of its own.
    pub async fn open(pool: &PgPool, connections_max: u32) -> Result<Self, OpenError> {
        Ok(Self(
            View::open(&EvaluationProjection, pool, connections_max).await?,
        ))
    }

    /// Reads a view that is open: that of a runner, for example, through connections of its own.
    pub fn of(view: View) -> Self {
        Self(view)
    }

    /// The report of a period, by when things happened, as the view knows them now.
    ///
    /// Reads one request at a time; what it keeps are the durations, a few numbers a request.
    pub async fn report(&self, tenant: &Tenant, period: &Period) -> Result<Report, ReportError> {
        let mut moment = self.0.answer_from(tenant).await?;
        let known = Known::of(&moment);
        let report = make_report(&mut moment.snapshot, tenant, known, period).await?;
        moment.snapshot.commit().await?;
        Ok(report)
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

/// The report of a period, from whatever tables the connection sees.
pub(crate) async fn make_report(
    connection: &mut PgConnection,
    tenant: &Tenant,
    known: Known,
    period: &Period,
) -> Result<Report, ReportError> {
    if known.parked > 0 {
        return Err(ReportError::Incomplete {
            streams: known.parked,
            position: known.position,
        });
    }
    let window = Window {
        from: period.begins(),
        until: period.ends(),
        // Of an empty log nothing is open, so nothing has an age.
        aged_at: known
            .recorded_at
            .unwrap_or(Timestamp::MAX)
            .min(period.ends()),
    };
    let mut tallies = Tallies::default();
    let mut life: Option<(Uuid, Life)> = None;
    let mut rows = sqlx::query(include_str!("../sql/evaluation/list_moments.sql"))
        .bind(tenant.as_str())
        .bind(window.from.to_sqlx())
        .bind(window.until.to_sqlx())
        .fetch(&mut *connection);
    while let Some(row) = rows.try_next().await? {
        let (request, happened) = table::read_happened(&row)?;
        match &mut life {
            Some((of, life)) if *of == request => life.fold(&window, &happened),
            _ => {
                let mut next = Life::default();
                next.fold(&window, &happened);
                if let Some((_, whole)) = life.replace((request, next)) {
                    tallies.add(&whole.account(&window));
                }
            }
        }
    }
    drop(rows);
    if let Some((_, whole)) = life {
        tallies.add(&whole.account(&window));
    }
    Ok(tallies.into_report(period, known.position, known.recorded_at))
}
