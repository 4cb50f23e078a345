//! Tells a repeated command from another one under the same id, without keeping what was sent.

use aws_lc_rs::hmac;
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

use crate::{Call, Dispatch, DispatchError};

/// How many months a fingerprint's key is kept; an older command can no longer be repeated.
const MONTHS_KEPT: i32 = 3;

impl Dispatch {
    /// A keyed hash of what the caller sent: an unsalted one of a name or number could be guessed.
    ///
    /// The key is the tenant's, of the month; a repeat in a later month is compared under the keys of
    /// the months before, newest first.
    pub(crate) async fn fingerprint(
        &self,
        call: &Call,
        month: Date,
    ) -> Result<Vec<u8>, DispatchError> {
        let purpose = format!("fingerprint/{:04}-{:02}", month.year(), month.month());
        let secret = self
            .vault
            .tenant_secret(call.tenant.as_str(), &purpose)
            .await
            .map_err(DispatchError::Vault)?;
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose());
        let mut context = hmac::Context::with_key(&key);
        let actor = call.by.actor.to_string();
        for part in [actor.as_bytes(), &call.sent] {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        Ok(context.sign().as_ref().to_vec())
    }
}

/// The months whose keys are compared, newest first.
pub(crate) fn months(now: Timestamp) -> impl Iterator<Item = Date> {
    let this = casework::day::of(now).first_of_month();
    (0..=MONTHS_KEPT).map(move |back| this.saturating_sub(back.months()))
}
