//! Opening what people wrote, as far as the keys still exist.

use std::collections::HashMap;

use casework::RequestId;
use casework::request::Request;
use eventlog::Tenant;
use uuid::Uuid;
use vault::field::{self, Context, Sealed};
use vault::{KeyState, Vault, VaultError};

use super::table::StepRow;
use crate::document::{Field, FieldValue};

/// The texts of each step, in the order of the steps. All keys are read in one query.
pub(super) async fn open(
    vault: &Vault,
    tenant: &Tenant,
    request: RequestId,
    rows: &[StepRow],
) -> Result<Vec<Vec<Field>>, VaultError> {
    let parsed: Vec<_> = rows
        .iter()
        .map(|row| row.encrypted.as_deref().map(field::parse))
        .collect();
    let mut ids: Vec<Uuid> = parsed
        .iter()
        .flatten()
        .flatten()
        .flatten()
        .map(|sealed| sealed.key_id)
        .collect();
    ids.sort_unstable();
    ids.dedup();
    let keys = if ids.is_empty() {
        HashMap::new()
    } else {
        vault.keys(tenant.as_str(), &ids).await?
    };
    let stream_id = request.to_string();
    let opened = rows.iter().zip(parsed).map(|(row, parsed)| {
        let context = Context {
            tenant: tenant.as_str(),
            stream_kind: Request::STREAM_KIND,
            stream_id: &stream_id,
            event_id: row.event_id,
            kind: &row.kind,
            schema: row.schema,
        };
        match parsed {
            None => Vec::new(),
            Some(Ok(sealed)) => sealed
                .iter()
                .map(|sealed| Field {
                    name: sealed.name.clone(),
                    value: open_one(&context, sealed, keys.get(&sealed.key_id)),
                })
                .collect(),
            Some(Err(error)) => vec![Field {
                name: "*".to_owned(),
                value: unreadable(&error),
            }],
        }
    });
    Ok(opened.collect())
}

fn open_one(context: &Context<'_>, sealed: &Sealed, key: Option<&KeyState>) -> FieldValue {
    let key = match key {
        Some(KeyState::Live(key)) => key,
        Some(KeyState::Destroyed) => return FieldValue::Erased,
        None => return unreadable(&format!("the vault has no key {}", sealed.key_id)),
    };
    match field::open(context, sealed, key) {
        Ok(opened) => String::from_utf8(opened.value).map_or_else(
            |_| unreadable(&"it is not text"),
            |text| FieldValue::Clear { text },
        ),
        Err(error) => unreadable(&error),
    }
}

fn unreadable(reason: &impl ToString) -> FieldValue {
    FieldValue::Unreadable {
        reason: reason.to_string(),
    }
}
