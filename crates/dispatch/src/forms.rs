//! Whether this version of the software can read the log it is about to work on.

use std::collections::HashSet;

use eventlog::{Form, Tenant};

use crate::{Dispatch, DispatchError};

impl Dispatch {
    /// The forms of events in the log that this version has no decoder for: a newer one wrote them.
    ///
    /// Asked at start, when it costs one small look-up, rather than found in the middle of a view.
    pub async fn unreadable(&self, tenant: &Tenant) -> Result<Vec<Form>, DispatchError> {
        let known: HashSet<(&str, i32)> = casework::stored::decoders().collect();
        let mut forms = self.log.forms(tenant).await?;
        forms.retain(|form| !known.contains(&(form.kind.as_str(), form.schema)));
        Ok(forms)
    }
}
