//! Many cases on their way to the log in one load.

use std::collections::HashSet;

use eventlog::Append;
use uuid::Uuid;

use super::{Choices, Destination, ImportError, Prepared, count_sent, take_over, told};
use crate::facts::CaseFacts;
use crate::report::Report;

/// Events of one load, about: enough that the round trip and the flush cost little, and others that append
/// wait a tenth of a second for it.
const LOAD_EVENTS: usize = 5_000;

/// Cases of one load, also when none of them has anything new.
const LOAD_CASES: usize = 500;

/// What one case adds, ready to be sent.
pub(super) struct Planned {
    /// In order; each expects the version that the one before it leaves.
    pub(super) parts: Vec<Append>,
    /// Events that happened before something the log has already.
    pub(super) late: HashSet<Uuid>,
    /// What is not added, and why.
    pub(super) found: Report,
}

/// Cases that go together.
#[derive(Default)]
pub(super) struct Batch {
    cases: Vec<(CaseFacts, Planned)>,
    events: usize,
}

impl Batch {
    pub(super) fn push(&mut self, case: CaseFacts, planned: Planned) {
        let writes = planned.parts.iter().flat_map(|part| &part.writes);
        self.events += writes.map(|write| write.events.len()).sum::<usize>();
        self.cases.push((case, planned));
    }

    pub(super) fn is_full(&self) -> bool {
        self.events >= LOAD_EVENTS || self.cases.len() >= LOAD_CASES
    }
}

impl Prepared {
    /// Loads what the cases of the batch add, and empties it.
    ///
    /// Where that does not go through, whatever the reason, each case goes by itself: it looks again at
    /// what others wrote meanwhile, and an error then names its case.
    pub(super) async fn append_batch(
        &self,
        to: &Destination<'_>,
        choices: Choices,
        batch: &mut Batch,
        report: &mut Report,
    ) -> Result<(), ImportError> {
        let Batch { cases, .. } = std::mem::take(batch);
        let parts = cases.iter().flat_map(|(_, planned)| &planned.parts);
        let loaded = to.log.load(to.tenant, parts.cloned().collect()).await;
        let mut outcomes = loaded.iter().flatten();
        for (case, planned) in cases {
            let mut sent = Report::default();
            let mut whole = loaded.is_ok();
            for part in &planned.parts {
                // Somebody else had appended this part before: what is known has to be read again.
                match outcomes.next() {
                    Some(outcome) if !outcome.repeated => {
                        count_sent(&mut sent, &planned.late, &told(part));
                    }
                    _ => whole = false,
                }
            }
            if whole {
                take_over(&mut sent, planned.found);
            } else {
                let rest = self.append_case(to, choices, &case).await?;
                take_over(&mut sent, rest);
            }
            take_over(report, sent);
        }
        Ok(())
    }
}
