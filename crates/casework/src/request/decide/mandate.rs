//! Deciding on the spot: by the lead, within a mandate in force at that moment.

use jiff::Timestamp;

use super::{Request, known, not_negative};
use crate::event::{Basis, DecisionRefused, RequestDecided, Residents};
use crate::mandate::{Act, Register, first_failure};
use crate::text::TEXT_CHARS_MAX;
use crate::{By, Decision, MandateId, Refusal, day};

impl Request {
    /// Measures a proposal, whose basis is still open, against the register.
    ///
    /// What is wrong with the proposal itself is refused and writes nothing; a failed check of the
    /// mandate is refused and recorded, with the limits it was measured by.
    pub(super) fn decide_under_mandate(
        &self,
        by: &By,
        at: Timestamp,
        proposal: RequestDecided,
        named: Option<MandateId>,
        register: &Register,
    ) -> Result<Decision, Refusal> {
        let lead = self.led_by(by)?;
        self.not_escalated()?;
        self.undecided()?;
        known(proposal.outcome)?;
        not_negative(proposal.amount_cents)?;
        proposal.motivation.required("motivering")?;
        if matches!(proposal.residents, Some(Residents::Yes { .. })) {
            proposal.residents_note.required("bewoners")?;
        }
        proposal
            .residents_note
            .bounded("bewoners", TEXT_CHARS_MAX)?;
        let function = proposal.function.clone().unwrap_or(lead);
        if !by.holds(|held| *held == function) {
            return Err(Refusal::MayNot {
                needed: "iemand die de functie bekleedt waarin wordt beslist",
            });
        }
        let act = Act {
            on: day::of(at),
            function: &function,
            wijk: self.placement.wijk.as_ref(),
            domain: self.domain,
            amount: proposal.amount_cents,
        };
        let refused = |refusal: Refusal| DecisionRefused {
            code: refusal.code().to_owned(),
            outcome: proposal.outcome,
            amount_cents: proposal.amount_cents,
            function: Some(function.clone()),
            entry: named.clone(),
            entry_version: None,
            limits: None,
            checks: Vec::new(),
        };
        let (entry, found, checks) = match register.find(named.as_ref(), &act) {
            Ok(found) => found,
            Err(refusal) => {
                let event = refused(refusal.clone());
                return Ok(Decision::refused(refusal, event.into()));
            }
        };
        let limits = Box::new(found.limits.clone());
        if let Some(refusal) = first_failure(&checks) {
            let event = DecisionRefused {
                entry: Some(entry.clone()),
                entry_version: Some(found.version),
                limits: Some(limits),
                checks,
                ..refused(refusal.clone())
            };
            return Ok(Decision::refused(refusal, event.into()));
        }
        let decided = RequestDecided {
            basis: Basis::Mandate {
                entry: entry.clone(),
                entry_version: found.version,
                limits,
                checks,
            },
            function: Some(function),
            ..proposal
        };
        Ok(Decision::events([decided.into()]))
    }
}
