//! Which stored forms of events a log has.

use sqlx::Row as _;

use crate::{Log, ReadError, Tenant};

/// A kind of event in one of its schemas.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// See [`NewEvent::kind`](crate::NewEvent::kind).
    pub kind: String,
    /// See [`NewEvent::schema`](crate::NewEvent::schema).
    pub schema: i32,
    /// Position of the first event that has it.
    pub first_position: i64,
}

impl Log {
    /// Every form that the log has events of, by kind and schema: what a server has to be able to read.
    ///
    /// Kept with the append, so that asking does not read the log.
    pub async fn forms(&self, tenant: &Tenant) -> Result<Vec<Form>, ReadError> {
        let rows = sqlx::query(include_str!("../sql/list_forms.sql"))
            .bind(tenant.as_str())
            .fetch_all(self.pool())
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Form {
                    kind: row.try_get("kind")?,
                    schema: row.try_get("schema")?,
                    first_position: row.try_get("first_position")?,
                })
            })
            .collect()
    }
}
