//! What a view is: a fold from batches of events to row changes.

use std::error::Error;
use std::fmt;

use async_trait::async_trait;
use eventlog::{Recorded, StreamId, Tenant};
use sqlx::PgConnection;

use crate::{Batch, Slot};

/// One version of one view.
///
/// The same code runs live and in a rebuild. Rows and checkpoint change in one transaction, so a batch is
/// applied whole and once.
#[async_trait]
pub trait Projection: Send + Sync + 'static {
    /// An event of the log, read once for all that is done with it.
    type Event: Send + Sync;

    /// Its name, such as `queue`.
    fn name(&self) -> &'static str;

    /// The version of its tables and of its fold; raised whenever either changes.
    fn version(&self) -> i32;

    /// Makes its tables, with unqualified names, in a schema of its own.
    fn schema_sql(&self) -> &'static str;

    /// Its tables, all of them.
    fn tables(&self) -> &'static [Table];

    /// Whether a row may be made of several streams. Then an event that cannot be applied stops the whole
    /// view; otherwise it parks its own stream and the others go on.
    fn cross_stream(&self) -> bool {
        false
    }

    /// Reads an event of any form that ever shipped.
    fn decode(&self, tenant: &Tenant, recorded: Recorded) -> Result<Self::Event, DecodeError>;

    /// The event as the log has it.
    fn recorded<'a>(&self, event: &'a Self::Event) -> &'a Recorded;

    /// Whether it changes what earlier events of its stream meant. The batch then holds the whole history
    /// of that stream up to its end: see [`Batch::whole`].
    fn refolds(&self, event: &Self::Event) -> bool;

    /// Brings the rows up to the end of the batch.
    ///
    /// Works in sets: a fixed number of statements, however many events the batch has. Where the batch
    /// says that a stream is to be folded anew, the rows it made before are void.
    async fn apply(
        &self,
        connection: &mut PgConnection,
        batch: &Batch<'_, Self::Event>,
    ) -> Result<(), sqlx::Error>;

    /// Deletes the rows that a stream made, so that it can be applied again from its first event.
    async fn forget(
        &self,
        connection: &mut PgConnection,
        tenant: &Tenant,
        stream: &StreamId,
    ) -> Result<(), sqlx::Error>;

    /// The schema of one of its builds, such as `queue_v1_blue`.
    fn schema(&self, slot: Slot) -> String {
        schema_name(self.name(), self.version(), slot)
    }
}

pub(crate) fn schema_name(name: &str, version: i32, slot: Slot) -> String {
    format!("{name}_v{version}_{slot}")
}

/// A table of a view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Table {
    /// Its name, without a schema.
    pub name: &'static str,
    /// The columns of its primary key besides `tenant`, which is first in every key.
    pub key: &'static [&'static str],
}

/// Why an event cannot be read. Says nothing of what the event says.
#[derive(Debug)]
pub struct DecodeError(Box<dyn Error + Send + Sync>);

impl DecodeError {
    /// Because of this.
    pub fn new(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(source.into())
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl Error for DecodeError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source()
    }
}
