//! The log as a value: a pool, and one lane per tenant.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use sqlx::{PgPool, Row as _};
use tokio::sync::watch;

use crate::command::Command;
use crate::event::timestamp_opt;
use crate::lender::{Lender, Lent};
use crate::notify::Signals;
use crate::queue::Queue;
use crate::statement::Forms;
use crate::{AppendError, ReadError, Tenant};

/// All tenants' logs in one database.
///
/// Clones share their queues, one per tenant, so appends through one value and its clones take fair
/// turns. Which of its functions work depends on the role that the pool runs as.
#[derive(Debug, Clone)]
pub struct Log(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    pool: PgPool,
    lender: Lender,
    lanes: Arc<Lanes>,
    signals: Signals,
}

/// What this process keeps per tenant.
#[derive(Debug, Default)]
pub(crate) struct Lanes(Mutex<HashMap<Tenant, Arc<Lane>>>);

/// One tenant's queue of appends, and the bell for its followers.
#[derive(Debug, Default)]
pub(crate) struct Lane {
    pub(crate) queue: Queue,
    /// Held by the batch whose turn it is: the fence it sends along, once known.
    pub(crate) fence: tokio::sync::Mutex<Option<i64>>,
    /// Forms of events that are known to be in `log.form`.
    forms: Mutex<Arc<Forms>>,
    /// Rung when the tenant's log may have grown.
    pub(crate) grown: watch::Sender<()>,
}

/// Where a tenant's log ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Position of the last event, which is the number of events.
    pub position: i64,
    /// When the last event was recorded; `None` while there are none.
    pub recorded_at: Option<Timestamp>,
}

impl Log {
    /// Works through this pool, made by [`connect`](crate::connect).
    pub fn new(pool: PgPool) -> Self {
        let lanes = Arc::new(Lanes::default());
        Self(Arc::new(Inner {
            signals: Signals::new(pool.clone(), Arc::clone(&lanes)),
            lender: Lender::new(pool.clone()),
            pool,
            lanes,
        }))
    }

    /// Starts a tenant's log; one that exists is left as it is.
    pub async fn create_tenant(&self, tenant: &Tenant) -> Result<(), AppendError> {
        sqlx::query(include_str!("../sql/create_tenant.sql"))
            .bind(tenant.as_str())
            .execute(self.pool())
            .await?;
        Ok(())
    }

    /// All tenants, by name.
    pub async fn tenants(&self) -> Result<Vec<Tenant>, ReadError> {
        let rows = sqlx::query(include_str!("../sql/list_tenants.sql"))
            .fetch_all(self.pool())
            .await?;
        rows.iter()
            .map(|row| {
                Tenant::new(row.try_get("tenant")?)
                    .map_err(|invalid| sqlx::Error::Decode(invalid.into()).into())
            })
            .collect()
    }

    /// Where the tenant's log ends; of an unknown tenant, [`ReadError::UnknownTenant`].
    pub async fn head(&self, tenant: &Tenant) -> Result<Head, ReadError> {
        let row = sqlx::query(include_str!("../sql/read_head.sql"))
            .bind(tenant.as_str())
            .fetch_optional(self.pool())
            .await?
            .ok_or_else(|| ReadError::UnknownTenant(tenant.clone()))?;
        Ok(Head {
            position: row.try_get("position")?,
            recorded_at: timestamp_opt(&row, "recorded_at")?,
        })
    }

    pub(crate) fn pool(&self) -> &PgPool {
        &self.0.pool
    }

    /// A connection for one statement, or for some that follow each other.
    pub(crate) async fn lend(&self) -> Result<Lent<'_>, sqlx::Error> {
        self.0.lender.lend().await
    }

    pub(crate) fn lane(&self, tenant: &Tenant) -> Arc<Lane> {
        self.0.lanes.of(tenant)
    }

    /// Wakes the followers of this process now, and those of others soon.
    pub(crate) fn announce(&self, tenant: &Tenant, lane: &Lane) {
        lane.grown.send_replace(());
        self.0.signals.announce(tenant);
    }

    /// Makes sure that this process hears of appends made by others.
    pub(crate) fn listen(&self) {
        self.0.signals.listen();
    }
}

impl Lane {
    pub(crate) fn known_forms(&self) -> Arc<Forms> {
        Arc::clone(&self.forms.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Remembers the forms of what was just stored.
    pub(crate) fn learn_forms(&self, commands: &[&Command]) {
        let known = self.known_forms();
        let new = |forms: &Forms, kind: &str, schema: i32| {
            forms
                .get(kind)
                .is_none_or(|schemas| !schemas.contains(&schema))
        };
        let mut learned: Option<Forms> = None;
        for event in commands.iter().flat_map(|command| command.events()) {
            if new(
                learned.as_ref().unwrap_or(&known),
                &event.kind,
                event.schema,
            ) {
                let learned = learned.get_or_insert_with(|| Forms::clone(&known));
                learned
                    .entry(event.kind.clone())
                    .or_default()
                    .push(event.schema);
            }
        }
        if let Some(learned) = learned {
            *self.forms.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(learned);
        }
    }
}

impl Lanes {
    fn of(&self, tenant: &Tenant) -> Arc<Lane> {
        let mut lanes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(lanes.entry(tenant.clone()).or_default())
    }

    /// Wakes the followers of the tenant of this name, if this process has any.
    pub(crate) fn ring(&self, tenant: &str) {
        let lanes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (_, lane) in lanes.iter().filter(|(known, _)| known.as_str() == tenant) {
            lane.grown.send_replace(());
        }
    }

    /// Wakes every follower, after a time in which news may have been missed.
    pub(crate) fn ring_all(&self) {
        let lanes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for lane in lanes.values() {
            lane.grown.send_replace(());
        }
    }
}
