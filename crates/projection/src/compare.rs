//! Comparing two builds row by row, at one position, without holding up the one that serves.
//!
//! One snapshot shows the build that serves as it was at some position. In the same transaction the other
//! one is brought to exactly that position, the rows are compared, and what was brought is rolled back.

use std::collections::HashSet;

use eventlog::StreamId;
use sqlx::{PgConnection, Row as _};

use crate::fill::step::{Fold, StepError};
use crate::{Key, Poison, Table};

mod builds;
mod rows;

pub use rows::{Row, Side};

/// Rows that are named, of each table; all are counted.
const NAMED_MAX: i64 = 10;

/// Begins the transaction that everything is compared in.
pub(crate) const ONE_SNAPSHOT: &str = "begin isolation level repeatable read";

/// How two builds of a view compare.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// Schema of the build that serves.
    pub serving: String,
    /// Schema of the other one; `pg_temp` and a number where it was made for this.
    pub other: String,
    /// Position both were compared at.
    pub position: i64,
    /// Streams that each has put aside, so that its rows lack what comes after: serving, then other.
    pub parked: (i64, i64),
    /// Streams that only the serving one has put aside.
    pub parked_only_serving: Vec<StreamId>,
    /// Streams that only the other one has put aside.
    pub parked_only_other: Vec<StreamId>,
    /// Table by table.
    pub tables: Vec<TableComparison>,
}

/// How two tables of one name compare.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableComparison {
    /// Their name.
    pub name: &'static str,
    /// Rows of the tenant: serving, then other.
    pub rows: (i64, i64),
    /// Rows that only the serving one has, by key.
    pub only_serving: i64,
    /// Rows that only the other one has, by key.
    pub only_other: i64,
    /// Rows of one key with other values in the columns that both have.
    pub different: i64,
    /// Columns that only the serving one has.
    pub columns_only_serving: Vec<String>,
    /// Columns that only the other one has.
    pub columns_only_other: Vec<String>,
    /// The first ten rows that differ, by key. Columns are named, their values never shown.
    pub first: Vec<Row>,
}

/// Why builds could not be compared.
#[derive(Debug, thiserror::Error)]
pub enum CompareError {
    /// There is nothing to compare with.
    #[error("the view `{name}` has no build that serves version {version}")]
    NothingServed {
        /// Which view.
        name: &'static str,
        /// Which version of it.
        version: i32,
    },
    /// The serving one is before where the other one already is, so that there is no common position.
    #[error(
        "the view `{name}` serves position {serving}, before position {other} that it would be compared at"
    )]
    Behind {
        /// Which view.
        name: &'static str,
        /// Where the one that serves stands.
        serving: i64,
        /// Where the other one stands.
        other: i64,
    },
    /// A table of the view is missing in one of the two.
    #[error("{schema} has no table {table}")]
    NoTable {
        /// The schema.
        schema: String,
        /// The table.
        table: &'static str,
    },
    /// An event of a view over several streams could not be applied.
    #[error("the view `{name}` cannot be brought to the position of the other: {poison}")]
    Poison {
        /// Which view.
        name: &'static str,
        /// The event.
        poison: Box<Poison>,
    },
    /// The log could not be read.
    #[error(transparent)]
    Read(#[from] eventlog::ReadError),
    /// The database failed.
    #[error("the database failed while builds were compared")]
    Database(#[from] sqlx::Error),
}

impl Comparison {
    /// Whether both have the same rows and have put aside the same streams: an event that makes no row may be
    /// one that only one of them can read. A column that only one has is no difference of rows.
    pub fn is_same(&self) -> bool {
        self.is_as_good() && self.parked_only_serving.is_empty()
    }

    /// Whether readers lose nothing by the other one: the rows are the same, and it has put no stream aside that
    /// the serving one has not.
    pub fn is_as_good(&self) -> bool {
        self.tables.iter().all(TableComparison::is_same) && self.parked_only_other.is_empty()
    }
}

impl TableComparison {
    /// Whether the rows are the same, in the columns that both have.
    pub fn is_same(&self) -> bool {
        self.only_serving + self.only_other + self.different == 0
    }
}

impl CompareError {
    fn of(name: &'static str, error: StepError) -> Self {
        match error {
            StepError::Poison(poison) => Self::Poison { name, poison },
            StepError::Read(error) => error.into(),
            StepError::Database(error) => error.into(),
        }
    }
}

/// What a set of tables is compared with.
pub(crate) struct Against<'a> {
    /// The build that serves.
    pub(crate) key: Key<'a>,
    /// Where the other tables are; the connection sees them by unqualified names.
    pub(crate) schema: String,
    /// Which tables.
    pub(crate) tables: &'static [Table],
}

impl Against<'_> {
    /// Brings the tables that the connection sees from `after` to where the serving build is in the
    /// connection's snapshot, and compares. To be rolled back.
    pub(crate) async fn compare<E: Send + Sync + 'static>(
        &self,
        fold: Fold<'_, E>,
        connection: &mut PgConnection,
        after: i64,
        mut parked: HashSet<StreamId>,
    ) -> Result<Comparison, CompareError> {
        let key = self.key;
        let build = key.read(connection).await?.filter(|build| build.serving);
        let position = build
            .ok_or(CompareError::NothingServed {
                name: key.name,
                version: key.version,
            })?
            .position;
        if position < after {
            return Err(CompareError::Behind {
                name: key.name,
                serving: position,
                other: after,
            });
        }
        fold.apply_range(connection, after, position, &mut parked)
            .await
            .map_err(|error| CompareError::of(key.name, error))?;
        let serving = crate::projection::schema_name(key.name, key.version, key.slot);
        let mut tables = Vec::with_capacity(self.tables.len());
        for table in self.tables {
            let columns = (
                Self::columns(connection, &serving, table.name).await?,
                Self::columns(connection, &self.schema, table.name).await?,
            );
            let pair = rows::Pair::new(table, (&serving, &self.schema), columns);
            tables.push(pair.compare(connection, key.tenant, NAMED_MAX).await?);
        }
        let aside = crate::parking::set(key.parked_streams(connection).await?);
        let count = |streams: usize| i64::try_from(streams).unwrap_or(i64::MAX);
        Ok(Comparison {
            serving,
            other: self.schema.clone(),
            position,
            parked: (count(aside.len()), count(parked.len())),
            parked_only_serving: only(&aside, &parked),
            parked_only_other: only(&parked, &aside),
            tables,
        })
    }

    /// The columns of a table with their types, by quoted name, in order.
    async fn columns(
        connection: &mut PgConnection,
        schema: &str,
        table: &'static str,
    ) -> Result<rows::Columns, CompareError> {
        let found = sqlx::query(include_str!("../sql/list_columns.sql"))
            .bind(schema)
            .bind(table)
            .fetch_all(connection)
            .await?;
        if found.is_empty() {
            return Err(CompareError::NoTable {
                schema: schema.to_owned(),
                table,
            });
        }
        Ok(found
            .iter()
            .map(|row| {
                Ok(rows::Column {
                    name: row.try_get("name")?,
                    quoted: row.try_get("quoted")?,
                    its_type: row.try_get("type")?,
                })
            })
            .collect::<Result<_, sqlx::Error>>()?)
    }
}

/// What is in the one and not in the other, in order.
fn only(one: &HashSet<StreamId>, other: &HashSet<StreamId>) -> Vec<StreamId> {
    let mut only: Vec<_> = one.difference(other).cloned().collect();
    only.sort_unstable();
    only
}
