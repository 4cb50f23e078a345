//! What a view is: a fold from batches of events to row changes.

use std::sync::Arc;

use async_trait::async_trait;
use sqlx::PgConnection;

use crate::{Batch, dossier, evaluation, queue};

/// One version of one view.
///
/// The same code runs live and in a rebuild. Rows and checkpoint change in one transaction, so a batch is
/// applied whole and once.
#[async_trait]
pub trait Projection: Send + Sync {
    /// Its name, such as `queue`.
    fn name(&self) -> &'static str;

    /// The version of its tables and of its fold; raised whenever either changes.
    fn version(&self) -> i32;

    /// Makes its tables, with unqualified names, in a schema of its own.
    fn schema_sql(&self) -> &'static str;

    /// Its tables; each has a column `tenant`, first in every key.
    fn tables(&self) -> &'static [&'static str];

    /// Brings the rows up to the end of the batch.
    ///
    /// Works in sets: a fixed number of statements, however many events the batch has.
    async fn apply(&self, connection: &mut PgConnection, batch: &Batch) -> Result<(), sqlx::Error>;

    /// The schema of this version, such as `queue_v1`.
    fn schema(&self) -> String {
        format!("{}_v{}", self.name(), self.version())
    }
}

/// Every view of this version of the software.
pub fn all() -> Vec<Arc<dyn Projection>> {
    vec![
        Arc::new(queue::QueueProjection),
        Arc::new(dossier::DossierProjection),
        Arc::new(evaluation::EvaluationProjection),
    ]
}
