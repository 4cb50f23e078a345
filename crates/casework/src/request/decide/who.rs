//! Who may do what, and in which state.

use super::Request;
use crate::{By, Function, PersonId, Refusal};

impl Request {
    /// The function that leads, when the caller is the one who does.
    pub(super) fn led_by(&self, by: &By) -> Result<Function, Refusal> {
        let lead = self.lead.as_ref().ok_or(Refusal::NoLead)?;
        let in_function = lead
            .function
            .as_ref()
            .filter(|function| by.holds(|held| held == *function));
        let in_person = lead
            .person
            .as_ref()
            .is_none_or(|person| by.staff() == Some(person));
        match in_function {
            Some(function) if in_person => Ok(function.clone()),
            _ => Err(Refusal::NotTheLead),
        }
    }

    /// The organ that was asked, when the caller is in it.
    pub(super) fn asked(&self, by: &By) -> Result<Function, Refusal> {
        let to = self.escalated.clone().ok_or(Refusal::NotEscalated)?;
        let organ = to.unwrap_or_else(unknown_organ);
        if by.holds(|held| *held == organ) {
            Ok(organ)
        } else {
            Err(Refusal::NotTheOrgan { to: organ })
        }
    }

    pub(super) fn not_escalated(&self) -> Result<(), Refusal> {
        match &self.escalated {
            Some(to) => Err(Refusal::Escalated {
                to: to.clone().unwrap_or_else(unknown_organ),
            }),
            None => Ok(()),
        }
    }

    pub(super) fn undecided(&self) -> Result<(), Refusal> {
        if self.decision.is_some() {
            return Err(Refusal::AlreadyDecided);
        }
        Ok(())
    }

    /// The requester, or those who receive requests on behalf of one. Answers whose words it will be:
    /// the requester's, or an officer's note.
    pub(super) fn may_close_or_reopen(&self, by: &By) -> Result<Option<PersonId>, Refusal> {
        let requester = by.person().filter(|person| self.requester == Some(*person));
        if requester.is_some() || by.holds(Function::receives) {
            return Ok(requester);
        }
        Err(Refusal::MayNot {
            needed: "de verzoeker, intake, wijkregisseur of gebiedstafel",
        })
    }
}

/// What an organ is called that imported history does not name. Nobody holds it.
fn unknown_organ() -> Function {
    Function::new("onbekend").expect("a constant slug")
}
