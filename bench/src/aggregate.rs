//! The aggregate that is loaded, decided on and appended to: an account of a wijk's budget.

use anyhow::ensure;
use serde::{Deserialize, Serialize};

/// Commands after which a client goes on to a new account: the one loaded has 9.5 events on average.
pub(crate) const EVENTS_PER_STREAM: i64 = 20;

/// The one event. Its members are in the order of canonical JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Spent {
    /// How much.
    pub(crate) amount_cents: i64,
    /// On what; makes a payload of about 300 bytes.
    pub(crate) note: String,
    /// Where.
    pub(crate) wijk: String,
}

/// What the rules know of an account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Account {
    /// The number of events folded.
    pub(crate) version: i64,
    /// The sum of their amounts.
    pub(crate) spent_cents: i64,
}

impl Account {
    /// Folds one stored payload.
    pub(crate) fn fold(&mut self, payload: &str) -> anyhow::Result<()> {
        let spent: Spent = serde_json::from_str(payload)?;
        self.evolve(&spent);
        Ok(())
    }

    /// Folds one event.
    pub(crate) fn evolve(&mut self, spent: &Spent) {
        self.version += 1;
        self.spent_cents += spent.amount_cents;
    }

    /// Allows what the budget still has.
    pub(crate) fn decide(&self, amount_cents: i64) -> anyhow::Result<Spent> {
        ensure!(
            self.spent_cents + amount_cents <= 100_000,
            "the budget is spent"
        );
        Ok(Spent {
            amount_cents,
            note: "een bank bij de speeltuin aan de Papiertorenlaan, met een boom erbij. "
                .repeat(4)[..254]
                .to_owned(),
            wijk: "WK999901".to_owned(),
        })
    }
}
