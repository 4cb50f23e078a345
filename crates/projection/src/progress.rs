//! How far the views have come that this process itself keeps up to date.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use eventlog::Tenant;
use tokio::sync::watch;

use crate::Slot;

/// Where both builds of a view stand for one tenant, as far as this process moves them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Reached {
    blue: Option<i64>,
    green: Option<i64>,
}

impl Reached {
    /// Position of a build that is kept up to date here; None of one that is not.
    pub(crate) fn of(self, slot: Slot) -> Option<i64> {
        match slot {
            Slot::Blue => self.blue,
            Slot::Green => self.green,
        }
    }
}

/// What the runner tells readers of the same process. The database stays the truth: this only wakes.
#[derive(Debug, Default)]
pub(crate) struct Progress(Mutex<HashMap<Tenant, watch::Sender<Reached>>>);

impl Progress {
    /// Says that a build has come to `position`, or that it is not kept up to date here any more.
    pub(crate) fn publish(&self, tenant: &Tenant, slot: Slot, position: Option<i64>) {
        self.sender(tenant).send_modify(|reached| match slot {
            Slot::Blue => reached.blue = position,
            Slot::Green => reached.green = position,
        });
    }

    /// Hears of what comes from now on.
    pub(crate) fn subscribe(&self, tenant: &Tenant) -> watch::Receiver<Reached> {
        self.sender(tenant).subscribe()
    }

    fn sender(&self, tenant: &Tenant) -> watch::Sender<Reached> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.entry(tenant.clone()).or_default().clone()
    }
}
