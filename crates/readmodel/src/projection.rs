//! Every view of this version of the software.

use std::sync::Arc;

use eventlog::Log;
use projection::{Projection, ProjectionError};
use sqlx::PgPool;

use crate::{Decoded, dossier, evaluation, queue};

/// Keeps these views up to date.
pub type Runner = projection::Runner<Decoded>;

/// Every view.
pub fn all() -> Vec<Arc<dyn Projection<Event = Decoded>>> {
    vec![
        Arc::new(queue::QueueProjection),
        Arc::new(dossier::DossierProjection),
        Arc::new(evaluation::EvaluationProjection),
    ]
}

/// A runner of every view, on a pool that works as `wijk_read`.
pub async fn open_runner(log: Log, pool: &PgPool) -> Result<Runner, ProjectionError> {
    Runner::open(log, pool, all()).await
}
