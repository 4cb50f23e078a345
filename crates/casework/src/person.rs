//! A person outside the organisation, as far as the log knows: that they were erased, or not.

use crate::event::{Event, PersonErased};
use crate::{By, Decision, PersonId, Refusal};

/// Whether a person is still to be known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Person {
    /// Their key was given up.
    pub erased: bool,
}

impl Person {
    /// The kind of their stream; its id is the person's.
    pub const STREAM_KIND: &'static str = "person";

    /// Forgets a person. Once is enough: again writes nothing.
    pub fn erase(&self, by: &By, person: PersonId) -> Result<Decision, Refusal> {
        let may = by.person() == Some(person)
            || by.holds(|function| matches!(function.as_str(), "privacy" | "archief"));
        if !may {
            return Err(Refusal::MayNot {
                needed: "de persoon zelf, privacy of archief",
            });
        }
        if self.erased {
            return Ok(Decision::events([]));
        }
        Ok(Decision::events([PersonErased { person }.into()]))
    }

    /// Refuses what would record anything more of someone who was erased.
    pub fn may_be_recorded(&self) -> Result<(), Refusal> {
        if self.erased {
            return Err(Refusal::PersonErased);
        }
        Ok(())
    }

    /// Folds one recorded fact. Facts of other streams change nothing.
    #[must_use]
    pub fn evolve(mut self, event: &Event) -> Self {
        if matches!(event, Event::PersonErased(_)) {
            self.erased = true;
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{RESIDENT, college, employee, intake, resident, stranger};

    #[test]
    fn a_person_is_erased_at_their_own_request_or_by_who_guards_privacy() {
        let privacy = employee("petra", ["privacy"]);
        let archive = employee("arno", ["archief"]);
        for by in [resident(), privacy, archive] {
            let erased = PersonErased { person: RESIDENT };
            assert_eq!(
                Person::default().erase(&by, RESIDENT),
                Ok(Decision::events([erased.into()]))
            );
        }
        for by in [stranger(), college(), intake()] {
            let refusal = Person::default().erase(&by, RESIDENT).unwrap_err();
            assert_eq!(refusal.code(), "may-not");
        }
    }

    #[test]
    fn once_is_enough_and_nothing_is_recorded_of_them_afterwards() {
        let known = Person::default();
        assert_eq!(known.may_be_recorded(), Ok(()));
        let erased = known.evolve(&PersonErased { person: RESIDENT }.into());
        assert_eq!(
            erased.erase(&resident(), RESIDENT),
            Ok(Decision::events([]))
        );
        assert_eq!(erased.may_be_recorded(), Err(Refusal::PersonErased));
    }
}
