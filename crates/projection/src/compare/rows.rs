//! The statements that compare two tables, made of names that the database itself quoted.

use eventlog::Tenant;
use sqlx::{AssertSqlSafe, PgConnection, Row as _};

use super::TableComparison;
use crate::Table;

/// The columns of a table, in order.
pub(crate) type Columns = Vec<Column>;

/// A column as the database names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) name: String,
    /// Its name as it is written in a statement.
    pub(crate) quoted: String,
    pub(crate) its_type: String,
}

/// A row that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its key without the tenant, as a JSON object.
    pub key: String,
    /// Where it is.
    pub side: Side,
    /// The columns whose values differ; none where only one has the row.
    pub columns: Vec<String>,
}

/// Who has a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Only the build that serves.
    Serving,
    /// Only the other one.
    Other,
    /// Both, with different values.
    Both,
}

/// Two tables of one name.
pub(crate) struct Pair<'a> {
    table: &'static Table,
    schemas: (&'a str, &'a str),
    /// Columns that both have, and the cast that makes them comparable where their types differ.
    common: Vec<(Column, &'static str)>,
    only: (Vec<String>, Vec<String>),
}

impl<'a> Pair<'a> {
    pub(crate) fn new(
        table: &'static Table,
        schemas: (&'a str, &'a str),
        (serving, other): (Columns, Columns),
    ) -> Self {
        let of = |all: &Columns, wanted: &Column| -> Option<Column> {
            all.iter().find(|known| known.name == wanted.name).cloned()
        };
        let only = |these: &Columns, those: &Columns| {
            let mine = these.iter().filter(|column| of(those, column).is_none());
            mine.map(|column| column.name.clone()).collect()
        };
        let common = serving.iter().filter_map(|column| {
            let same_type = of(&other, column)?.its_type == column.its_type;
            Some((column.clone(), if same_type { "" } else { "::text" }))
        });
        Self {
            table,
            schemas,
            common: common.collect(),
            only: (only(&serving, &other), only(&other, &serving)),
        }
    }

    pub(crate) async fn compare(
        self,
        connection: &mut PgConnection,
        tenant: &Tenant,
        named_max: i64,
    ) -> Result<TableComparison, sqlx::Error> {
        let row = sqlx::query(AssertSqlSafe(self.counting()))
            .bind(tenant.as_str())
            .fetch_one(&mut *connection)
            .await?;
        let mut found = TableComparison {
            name: self.table.name,
            rows: (row.try_get("rows_serving")?, row.try_get("rows_other")?),
            only_serving: row.try_get("only_serving")?,
            only_other: row.try_get("only_other")?,
            different: row.try_get("different")?,
            columns_only_serving: Vec::new(),
            columns_only_other: Vec::new(),
            first: Vec::new(),
        };
        if !found.is_same() && self.has_key() {
            let rows = sqlx::query(AssertSqlSafe(self.naming()))
                .bind(tenant.as_str())
                .bind(named_max)
                .fetch_all(connection)
                .await?;
            for row in &rows {
                found.first.push(Row {
                    key: row.try_get("key")?,
                    side: match (row.try_get("in_serving")?, row.try_get("in_other")?) {
                        (true, false) => Side::Serving,
                        (false, _) => Side::Other,
                        (true, true) => Side::Both,
                    },
                    columns: row.try_get("columns")?,
                });
            }
        }
        (found.columns_only_serving, found.columns_only_other) = self.only;
        Ok(found)
    }

    /// Whether both have the columns of the key, so that rows can be found in each other.
    fn has_key(&self) -> bool {
        self.table
            .key
            .iter()
            .all(|key| self.common.iter().any(|(column, _)| column.name == *key))
    }

    fn counting(&self) -> String {
        if !self.has_key() {
            return self.counting_without_key();
        }
        format!(
            "select
                 count(serving.tenant) as rows_serving,
                 count(other.tenant) as rows_other,
                 count(*) filter (where other.tenant is null) as only_serving,
                 count(*) filter (where serving.tenant is null) as only_other,
                 count(*) filter (
                     where serving.tenant is not null and other.tenant is not null and ({})
                 ) as different
             from {}",
            self.differs(),
            self.joined()
        )
    }

    /// Rows as bags: what is in one more often than in the other.
    fn counting_without_key(&self) -> String {
        let columns: Vec<String> = self
            .common
            .iter()
            .map(|(column, cast)| format!("{}{cast}", column.quoted))
            .collect();
        let columns = columns.join(", ");
        let table = self.table.name;
        let side = |schema| format!("select {columns} from {schema}.{table} where tenant = $1");
        let (serving, other) = (side(self.schemas.0), side(self.schemas.1));
        format!(
            "select
                 (select count(*) from ({serving}) as rows) as rows_serving,
                 (select count(*) from ({other}) as rows) as rows_other,
                 (select count(*) from ({serving} except all {other}) as rows) as only_serving,
                 (select count(*) from ({other} except all {serving}) as rows) as only_other,
                 0::bigint as different"
        )
    }

    /// The first rows that differ, by key, with the names of the columns that do.
    fn naming(&self) -> String {
        let key = |name: &&str| format!("coalesce(serving.{name}, other.{name})");
        let order: Vec<String> = self.table.key.iter().map(key).collect();
        let object: Vec<String> = self
            .table
            .key
            .iter()
            .map(|name| format!("'{name}', {}", key(name)))
            .collect();
        let columns: Vec<String> = self
            .values()
            .map(|(column, cast)| {
                let (name, literal) = (&column.quoted, column.name.replace('\'', "''"));
                format!(
                    "case when serving.{name}{cast} is distinct from other.{name}{cast} then '{literal}' end"
                )
            })
            .collect();
        let columns = if columns.is_empty() {
            "null::text".to_owned()
        } else {
            columns.join(", ")
        };
        format!(
            "select
                 json_build_object({})::text as key,
                 serving.tenant is not null as in_serving,
                 other.tenant is not null as in_other,
                 case
                     when serving.tenant is null or other.tenant is null then array[]::text[]
                     else array_remove(array[{columns}], null)
                 end as columns
             from {}
             where serving.tenant is null or other.tenant is null or ({})
             order by {}
             limit $2",
            object.join(", "),
            self.joined(),
            self.differs(),
            order.join(", "),
        )
    }

    /// Both tables' rows of the tenant, side by side.
    fn joined(&self) -> String {
        let table = self.table.name;
        let (serving, other) = self.schemas;
        let on: Vec<String> = ["tenant"]
            .iter()
            .chain(self.table.key)
            .map(|name| format!("serving.{name} = other.{name}"))
            .collect();
        format!(
            "(select * from {serving}.{table} where tenant = $1) as serving
             full join (select * from {other}.{table} where tenant = $1) as other
                 on {}",
            on.join(" and ")
        )
    }

    fn differs(&self) -> String {
        let differ: Vec<String> = self
            .values()
            .map(|(column, cast)| {
                let name = &column.quoted;
                format!("serving.{name}{cast} is distinct from other.{name}{cast}")
            })
            .collect();
        if differ.is_empty() {
            return "false".to_owned();
        }
        differ.join(" or ")
    }

    /// Common columns besides the key.
    fn values(&self) -> impl Iterator<Item = &(Column, &'static str)> {
        self.common.iter().filter(|(column, _)| {
            column.name != "tenant" && !self.table.key.contains(&column.name.as_str())
        })
    }
}
