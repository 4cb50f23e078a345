//! The views as they were when the log ended earlier.
//!
//! Each question makes the view it needs in temporary tables, from the log up to that position and with
//! the fold that runs live, and asks these; nothing that others can see changes.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use casework::request::Request;
use casework::{RequestId, WijkCode};
use eventlog::{Log, ReadError, StreamId, Tenant};
use jiff::Timestamp;
use projection::{Moment, Projection, Scratch, ScratchError};
use sqlx::PgPool;
use vault::Vault;

use crate::Decoded;
use crate::document::{DossierDocument, QueueDocument, QueueOverview, Report};
use crate::dossier::{DossierError, DossierProjection, Found};
use crate::evaluation::{EvaluationProjection, Period, ReportError, make_report};
use crate::queue::{Page, QueueProjection, read_overview, read_page};

/// Up to where an answer knows the log.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Known {
    /// Position of the last event.
    pub(crate) position: i64,
    /// When the log came to know of it; None before the first.
    pub(crate) recorded_at: Option<Timestamp>,
    /// Streams that do not hold all that is in the log up to there.
    pub(crate) parked: i64,
}

/// A moment of the log, as one would name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// What was known at this time.
    Time(Timestamp),
    /// What was known when this was the last position.
    Position(i64),
}

/// A text that names no moment.
#[derive(Debug, thiserror::Error)]
#[error(
    "a moment is a time with its zone such as 2026-06-30T22:00:00Z, or position:NUMBER, not {0:?}"
)]
pub struct InvalidWhen(String);

/// The views of a municipality as they were when the log ended at a position.
#[derive(Debug, Clone)]
pub struct AsOf {
    log: Log,
    pool: PgPool,
    tenant: Tenant,
    position: i64,
}

/// Why there is no answer as of then.
#[derive(Debug, thiserror::Error)]
pub enum AsOfError {
    /// The view could not be made.
    #[error(transparent)]
    Scratch(#[from] ScratchError),
    /// No report could be made of it.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// No dossier could be made of it.
    #[error(transparent)]
    Dossier(#[from] DossierError),
    /// The log could not be read; a moment ahead of it is refused.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The database failed.
    #[error("the database failed while a view was read as of an earlier position")]
    Database(#[from] sqlx::Error),
}

impl Known {
    pub(crate) fn of(moment: &Moment) -> Self {
        Self {
            position: moment.position,
            recorded_at: moment.recorded_at,
            parked: moment.parked,
        }
    }

    fn scratch(scratch: &Scratch<Decoded>) -> Self {
        Self {
            position: scratch.position(),
            recorded_at: scratch.recorded_at(),
            parked: i64::try_from(scratch.poison().len()).unwrap_or(i64::MAX),
        }
    }
}

impl FromStr for When {
    type Err = InvalidWhen;

    fn from_str(text: &str) -> Result<Self, InvalidWhen> {
        let invalid = || InvalidWhen(text.to_owned());
        match text.strip_prefix("position:") {
            Some(position) => position
                .parse()
                .ok()
                .filter(|position| *position >= 0)
                .map(Self::Position)
                .ok_or_else(invalid),
            None => text.parse().map(Self::Time).map_err(|_| invalid()),
        }
    }
}

impl fmt::Display for When {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Time(time) => time.fmt(formatter),
            Self::Position(position) => write!(formatter, "position:{position}"),
        }
    }
}

impl AsOf {
    /// Resolves the moment to a position, once: answers of one value belong together.
    ///
    /// A time ahead of the database's clock is [`ReadError::Ahead`], a position ahead of the log
    /// [`ReadError::BeyondHead`]. `pool` works as `wijk_read`.
    pub async fn at(
        log: Log,
        pool: PgPool,
        tenant: &Tenant,
        when: When,
    ) -> Result<Self, AsOfError> {
        let position = match when {
            When::Time(time) => log.position_at(tenant, time).await?,
            When::Position(position) => {
                let head = log.head(tenant).await?.position;
                if position > head {
                    let up_to = position;
                    return Err(ReadError::BeyondHead { up_to, head }.into());
                }
                position
            }
        };
        Ok(Self {
            log,
            pool,
            tenant: tenant.clone(),
            position,
        })
    }

    /// The position it came to.
    pub fn position(&self) -> i64 {
        self.position
    }

    /// See [`Queue::page`](crate::queue::Queue::page).
    pub async fn queue_page(
        &self,
        wijk: Option<&WijkCode>,
        page: Page,
    ) -> Result<QueueDocument, AsOfError> {
        let mut scratch = self.filled(Arc::new(QueueProjection)).await?;
        let known = Known::scratch(&scratch);
        Ok(read_page(scratch.connection(), &self.tenant, known, wijk, page).await?)
    }

    /// See [`Queue::overview`](crate::queue::Queue::overview).
    pub async fn queue_overview(&self) -> Result<QueueOverview, AsOfError> {
        let mut scratch = self.filled(Arc::new(QueueProjection)).await?;
        let known = Known::scratch(&scratch);
        Ok(read_overview(scratch.connection(), &self.tenant, known).await?)
    }

    /// See [`Evaluation::report`](crate::evaluation::Evaluation::report).
    pub async fn report(&self, period: &Period) -> Result<Report, AsOfError> {
        let mut scratch = self.filled(Arc::new(EvaluationProjection)).await?;
        let known = Known::scratch(&scratch);
        Ok(make_report(scratch.connection(), &self.tenant, known, period).await?)
    }

    /// See [`Dossier::read`](crate::dossier::Dossier::read). What people wrote is opened with the keys there
    /// are now: who was erased since is erased in every earlier dossier too.
    pub async fn dossier(
        &self,
        vault: &Vault,
        request: RequestId,
    ) -> Result<Option<DossierDocument>, AsOfError> {
        let mut scratch = self.opened(Arc::new(DossierProjection)).await?;
        let stream = StreamId::new(Request::STREAM_KIND, request.to_string());
        scratch.fill_stream(&stream, self.position).await?;
        let known = Known::scratch(&scratch);
        let found = Found::load(scratch.connection(), &self.tenant, request).await?;
        Ok(found.open(vault, &self.tenant, known).await?)
    }

    async fn opened(
        &self,
        projection: Arc<dyn Projection<Event = Decoded>>,
    ) -> Result<Scratch<Decoded>, AsOfError> {
        let log = self.log.clone();
        Ok(Scratch::open(log, projection, &self.pool, &self.tenant).await?)
    }

    async fn filled(
        &self,
        projection: Arc<dyn Projection<Event = Decoded>>,
    ) -> Result<Scratch<Decoded>, AsOfError> {
        let mut scratch = self.opened(projection).await?;
        scratch.fill(self.position).await?;
        Ok(scratch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_a_time_or_a_position() {
        assert_eq!("position:0".parse::<When>().unwrap(), When::Position(0));
        assert_eq!("position:42".parse::<When>().unwrap(), When::Position(42));
        let time = "2026-07-01T00:00:00+02:00".parse::<When>().unwrap();
        assert_eq!(time.to_string(), "2026-06-30T22:00:00Z");
        for wrong in [
            "",
            "position:",
            "position:-1",
            "position:x",
            "42",
            "2026-07-01",
            "gisteren",
        ] {
            let error = wrong.parse::<When>().unwrap_err().to_string();
            assert!(error.contains("position:NUMBER"), "{error}");
        }
    }
}
