//! The whole log on trial: read, folded and made into views by the software at hand, before it serves.
//!
//! Views are made in temporary tables and compared with those that are served; nothing that others can
//! see changes. Memory is that of a batch: what has to be found by request is read back from the
//! temporary tables.

mod folded;
mod read;

use eventlog::{Log, ReadError, Recorded, Tenant};
use futures_util::future::try_join_all;
use projection::{CompareError, Comparison, Poison, Scratch, ScratchError};
use sqlx::PgPool;

use crate::Decoded;

pub use folded::Folded;
pub use read::Undecodable;

use read::Reading;

/// Events that are read and applied together.
const BATCH_EVENTS_MAX: usize = 10_000;

/// What came of the trial.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    /// Position up to which the log was read.
    pub position: i64,
    /// Forms of events that cannot be read, by their first position.
    pub undecodable: Vec<Undecodable>,
    /// What the rules make of it.
    pub folded: Folded,
    /// The views.
    pub views: Vec<ViewTrial>,
}

/// One view on trial.
#[derive(Debug, Clone, PartialEq)]
pub struct ViewTrial {
    /// Its name.
    pub name: &'static str,
    /// The version that this software makes.
    pub version: i32,
    /// The event that each stream stops at which cannot go on.
    pub parked: Vec<Poison>,
    /// How it compares with what is served.
    pub compared: Compared,
}

/// How a view on trial compares with the one that is served.
#[derive(Debug, Clone, PartialEq)]
pub enum Compared {
    /// With the build that serves this version.
    Rows {
        /// Version that serves; an earlier one while this one was never run.
        version: i32,
        /// Row by row, at one position.
        comparison: Comparison,
    },
    /// No version of it serves.
    NothingServed,
    /// The trial ends before what is served.
    EndsBefore {
        /// Where the view that is served stands.
        serving: i64,
    },
}

/// What a trial says in the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// All can be read, and every view that is served has the same rows.
    Same,
    /// All can be read, and the trial ends before what some view serves, so that this was not compared.
    NotCompared,
    /// All can be read, and a view has other rows, or streams that it cannot apply.
    Differs,
    /// Some events cannot be read.
    Undecodable,
}

/// Why there was no trial.
#[derive(Debug, thiserror::Error)]
pub enum TrialError {
    /// A view could not be made.
    #[error(transparent)]
    Scratch(#[from] ScratchError),
    /// Views could not be compared.
    #[error(transparent)]
    Compare(#[from] CompareError),
    /// The log could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The database failed.
    #[error("the database failed during the trial")]
    Database(#[from] sqlx::Error),
}

impl Trial {
    /// Holds the trial up to this position, else up to the head; `pool` works as `wijk_read`. `show` is
    /// told after each batch how many events of how many were dealt with.
    pub async fn hold(
        log: &Log,
        pool: &PgPool,
        tenant: &Tenant,
        up_to: Option<i64>,
        show: &(dyn Fn(i64, i64) + Send + Sync),
    ) -> Result<Self, TrialError> {
        let head = log.head(tenant).await?.position;
        let position = up_to.unwrap_or(head);
        // Before anything is made for it: a position ahead is an error.
        let mut replay = log.replay(tenant, 0, position).await?;
        let opened = crate::all()
            .into_iter()
            .map(|projection| Candidate::open(log, projection, pool, tenant));
        let mut views = try_join_all(opened).await?;
        let mut reading = Reading::default();
        loop {
            let recorded = replay.next_batch(BATCH_EVENTS_MAX).await?;
            let Some(last) = recorded.last().map(|last| last.position) else {
                break;
            };
            try_join_all(views.iter_mut().map(|view| view.apply(&recorded))).await?;
            for event in recorded {
                reading.read(event);
            }
            show(last, position);
        }
        let mut undecodable: Vec<_> = reading.undecodable.into_values().collect();
        undecodable.sort_by_key(|form| form.first_position);
        let mut folded = reading.folded;
        for view in &mut views {
            view.end().await?;
            if view.name == "dossier" {
                folded.requests(view.scratch.connection(), tenant).await?;
            }
        }
        Ok(Self {
            position,
            undecodable,
            folded,
            views: views.into_iter().map(Candidate::tried).collect(),
        })
    }

    /// What it says in the end.
    pub fn verdict(&self) -> Verdict {
        if !self.undecodable.is_empty() {
            return Verdict::Undecodable;
        }
        let same = self.views.iter().map(ViewTrial::same);
        if same.into_iter().any(|same| same == Some(false)) {
            return Verdict::Differs;
        }
        let early = |view: &ViewTrial| matches!(view.compared, Compared::EndsBefore { .. });
        if self.views.iter().any(early) {
            Verdict::NotCompared
        } else {
            Verdict::Same
        }
    }
}

impl ViewTrial {
    /// Whether nothing is parked and all that is served has the same rows; None when nothing is parked and
    /// there was nothing to compare with.
    pub fn same(&self) -> Option<bool> {
        match &self.compared {
            _ if !self.parked.is_empty() => Some(false),
            Compared::Rows { comparison, .. } => Some(comparison.is_same()),
            Compared::NothingServed | Compared::EndsBefore { .. } => None,
        }
    }
}

/// A view that is being made.
struct Candidate {
    name: &'static str,
    version: i32,
    scratch: Scratch<Decoded>,
    /// Version and position of what is served.
    serving: Option<(i32, i64)>,
    compared: Option<Compared>,
}

impl Candidate {
    async fn open(
        log: &Log,
        projection: std::sync::Arc<dyn projection::Projection<Event = Decoded>>,
        pool: &PgPool,
        tenant: &Tenant,
    ) -> Result<Self, TrialError> {
        let (name, version) = (projection.name(), projection.version());
        let serving = sqlx::query_as(include_str!("../sql/trial/find_serving.sql"))
            .bind(tenant.as_str())
            .bind(name)
            .bind(version)
            .fetch_optional(pool)
            .await?;
        Ok(Self {
            name,
            version,
            scratch: Scratch::open(log.clone(), projection, pool, tenant).await?,
            serving,
            compared: None,
        })
    }

    /// Applies a batch, and compares on the way when it comes to where the served one stands.
    async fn apply(&mut self, recorded: &[Recorded]) -> Result<(), TrialError> {
        let there = self.serving.map_or(0, |(_, position)| position);
        let before = recorded.partition_point(|event| event.position <= there);
        let (before, after) = recorded.split_at(before);
        self.scratch.apply(before.to_vec()).await?;
        if !after.is_empty() {
            self.compare().await?;
            self.scratch.apply(after.to_vec()).await?;
        }
        Ok(())
    }

    async fn compare(&mut self) -> Result<(), TrialError> {
        if self.compared.is_some() {
            return Ok(());
        }
        self.scratch.analyze().await?;
        self.compared = Some(match self.serving {
            None => Compared::NothingServed,
            Some((_, serving)) if serving > self.scratch.position() => {
                Compared::EndsBefore { serving }
            }
            Some((version, _)) => Compared::Rows {
                version,
                comparison: self.scratch.compare(version).await?,
            },
        });
        Ok(())
    }

    async fn end(&mut self) -> Result<(), TrialError> {
        self.compare().await
    }

    fn tried(self) -> ViewTrial {
        ViewTrial {
            name: self.name,
            version: self.version,
            parked: self.scratch.poison().to_vec(),
            compared: self.compared.unwrap_or(Compared::NothingServed),
        }
    }
}
