//! Applying a part of the log in a transaction, so that one bad event costs its own stream only.

use std::collections::{BTreeMap, HashSet};
use std::panic::AssertUnwindSafe;

use eventlog::{ReadError, StreamId, Tenant};
use futures_util::FutureExt as _;
use sqlx::{Acquire as _, PgConnection};

use crate::portion::Portion;
use crate::{Batch, Poison, Projection, ProjectionError};

/// Why a batch was not applied.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// Because of what one of its events says: trying it again is of no use.
    Data(sqlx::Error),
    /// Because of something else.
    Other(ProjectionError),
}

impl From<sqlx::Error> for Refusal {
    fn from(error: sqlx::Error) -> Self {
        if is_data(&error) {
            Self::Data(error)
        } else {
            Self::Other(error.into())
        }
    }
}

impl From<ReadError> for Refusal {
    fn from(error: ReadError) -> Self {
        Self::Other(error.into())
    }
}

impl From<Refusal> for ProjectionError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Data(error) => error.into(),
            Refusal::Other(error) => error,
        }
    }
}

/// Applies all events but those of parked streams at once.
///
/// After [`Refusal::Data`] the transaction is of no more use: begin another one and take the streams apart.
pub(crate) async fn together<E: Send + Sync + 'static>(
    projection: &dyn Projection<Event = E>,
    connection: &mut PgConnection,
    tenant: &Tenant,
    portion: &Portion<E>,
    parked: &HashSet<StreamId>,
) -> Result<(), Refusal> {
    match portion.batch(projection, tenant, parked) {
        Some(batch) => one(projection, connection, &batch).await,
        None => Ok(()),
    }
}

/// Applies stream by stream, and where one refuses event by event; answers the first event of each stream
/// that cannot be applied. What comes before it in its stream is applied.
pub(crate) async fn apart<E: Send + Sync + 'static>(
    projection: &dyn Projection<Event = E>,
    connection: &mut PgConnection,
    tenant: &Tenant,
    portion: &Portion<E>,
    parked: &HashSet<StreamId>,
) -> Result<Vec<Poison>, Refusal> {
    let mut streams: BTreeMap<&StreamId, Vec<&E>> = BTreeMap::new();
    for event in portion.events() {
        let stream = &projection.recorded(event).stream;
        if !parked.contains(stream) {
            streams.entry(stream).or_default().push(event);
        }
    }
    let mut found = Vec::new();
    for (stream, events) in streams {
        let whole = portion.whole(stream);
        let history = whole.map(|whole| (stream, whole.iter().collect()));
        let batch = Batch::new(tenant, events.clone(), history.into_iter().collect());
        let refused = within_savepoint(projection, connection, &batch).await?;
        if refused.is_some() {
            found.extend(singly(projection, connection, tenant, &events, whole).await?);
        }
    }
    Ok(found)
}

/// Applies event by event up to the first that refuses.
async fn singly<E: Send + Sync + 'static>(
    projection: &dyn Projection<Event = E>,
    connection: &mut PgConnection,
    tenant: &Tenant,
    events: &[&E],
    whole: Option<&[E]>,
) -> Result<Option<Poison>, Refusal> {
    for event in events {
        let batch = single(projection, tenant, event, whole);
        if let Some(error) = within_savepoint(projection, connection, &batch).await? {
            return Ok(Some(Poison::of(projection.recorded(*event), error)));
        }
    }
    Ok(None)
}

/// A batch of one event, with the history up to it where it changes what came before.
pub(crate) fn single<'a, E: Send + Sync + 'static>(
    projection: &dyn Projection<Event = E>,
    tenant: &'a Tenant,
    event: &'a E,
    whole: Option<&'a [E]>,
) -> Batch<'a, E> {
    let recorded = projection.recorded(event);
    let history = whole
        .filter(|_| projection.refolds(event))
        .map(|whole| {
            whole
                .iter()
                .take_while(|earlier| projection.recorded(*earlier).position <= recorded.position)
                .collect()
        })
        .map(|whole| (&recorded.stream, whole));
    Batch::new(tenant, vec![event], history.into_iter().collect())
}

/// Keeps what it did, or nothing of it and answers what is wrong with the data.
async fn within_savepoint<E: Send + Sync + 'static>(
    projection: &dyn Projection<Event = E>,
    connection: &mut PgConnection,
    batch: &Batch<'_, E>,
) -> Result<Option<String>, Refusal> {
    let mut savepoint = connection.begin().await?;
    match one(projection, &mut savepoint, batch).await {
        Ok(()) => {
            savepoint.commit().await?;
            Ok(None)
        }
        Err(Refusal::Data(error)) => {
            savepoint.rollback().await?;
            Ok(Some(describe(&error)))
        }
        Err(other) => Err(other),
    }
}

/// Applies one batch. A fold that panics could not apply what it was given.
pub(crate) async fn one<E: Send + Sync + 'static>(
    projection: &dyn Projection<Event = E>,
    connection: &mut PgConnection,
    batch: &Batch<'_, E>,
) -> Result<(), Refusal> {
    AssertUnwindSafe(projection.apply(connection, batch))
        .catch_unwind()
        .await
        .unwrap_or_else(|_panic| Err(sqlx::Error::Decode(Panicked.into())))
        .map_err(Refusal::from)
}

/// What a panic is told as.
#[derive(Debug, thiserror::Error)]
#[error("the fold panicked")]
struct Panicked;

/// Whether it is about what was to be stored or what is stored, rather than about the database.
fn is_data(error: &sqlx::Error) -> bool {
    match error {
        // 21: cardinality violation, 22: data exception, 23: integrity constraint, 54: a row too large.
        sqlx::Error::Database(database) => database.code().is_some_and(|code| {
            ["21", "22", "23", "54"]
                .iter()
                .any(|class| code.starts_with(class))
        }),
        sqlx::Error::Encode(_) | sqlx::Error::Decode(_) | sqlx::Error::ColumnDecode { .. } => true,
        _ => false,
    }
}

/// What is wrong, without any value: the database's own words on bad data quote it.
pub(crate) fn describe(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(database) if is_data(error) => {
            let mut told = match database.constraint() {
                Some(constraint) => format!("it breaks the constraint {constraint}"),
                None => "the database refuses its data".to_owned(),
            };
            if let Some(table) = database.table() {
                told.push_str(" of table ");
                told.push_str(table);
            }
            if let Some(code) = database.code() {
                told.push_str(" (SQLSTATE ");
                told.push_str(&code);
                told.push(')');
            }
            told
        }
        sqlx::Error::Encode(_) => "a value cannot be stored".to_owned(),
        sqlx::Error::Decode(reason) if reason.is::<Panicked>() => reason.to_string(),
        sqlx::Error::Decode(_) | sqlx::Error::ColumnDecode { .. } => {
            "a row of the view cannot be read".to_owned()
        }
        other => other.to_string(),
    }
}
