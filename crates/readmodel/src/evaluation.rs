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

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use eventlog::Tenant;
use futures_util::TryStreamExt as _;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx as _;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::document::Report;
use crate::view::View;
use crate::{Batch, Projection, ViewError, WaitError};

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
    fn name(&self) -> &'static str {
        "evaluation"
    }

    fn version(&self) -> i32 {
        1
    }

    fn schema_sql(&self) -> &'static str {
        include_str!("../sql/evaluation_v1.sql")
    }

    fn tables(&self) -> &'static [&'static str] {
        &["moment", "request"]
    }

    async fn apply(&self, connection: &mut PgConnection, batch: &Batch) -> Result<(), sqlx::Error> {
        let tenant = batch.tenant();
        let requests = batch.by_request();
        let void: Vec<Uuid> = batch.corrected().map(|request| request.0).collect();
        table::delete(connection, tenant, &void).await?;
        // Loaded after that, so that a corrected history begins anew.
        let ids: Vec<Uuid> = requests.keys().map(|request| request.0).collect();
        let mut spans = table::load_spans(connection, tenant, &ids).await?;
        let mut moments = Vec::new();
        for (request, next) in &requests {
            for fact in batch.facts(*request, next).iter() {
                let Some(moment) = Moment::of(*request, fact) else {
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
}

/// Reports, to be made.
#[derive(Debug, Clone)]
pub struct Evaluation(View);

impl Evaluation {
    /// Opens the view on a pool that works as `wijk_read`; it gets connections of its own.
    pub async fn open(pool: &PgPool, connections_max: u32) -> Result<Self, sqlx::Error> {
        Ok(Self(
            View::open(Arc::new(EvaluationProjection), pool, connections_max).await?,
        ))
    }

    /// The report of a period, by when things happened, as the view knows them now.
    ///
    /// Reads one request at a time; what it keeps are the durations, a few numbers a request.
    pub async fn report(&self, tenant: &Tenant, period: &Period) -> Result<Report, ViewError> {
        let (mut snapshot, checkpoint) = self.0.answer_from(tenant).await?;
        let window = Window {
            from: period.begins(),
            until: period.ends(),
            // Of an empty log nothing is open, so nothing has an age.
            aged_at: checkpoint
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
            .fetch(&mut *snapshot);
        while let Some(row) = rows.try_next().await? {
            let (request, happened) = table::read_happened(&row)?;
            match &mut life {
                Some((known, life)) if *known == request => life.fold(&window, &happened),
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
        snapshot.commit().await?;
        if let Some((_, whole)) = life {
            tallies.add(&whole.account(&window));
        }
        Ok(tallies.into_report(period, checkpoint))
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
