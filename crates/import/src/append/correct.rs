//! A correction: the record of a stored fact says something else now.

use casework::Event;
use casework::event::FactCorrected;
use casework::stored::Bare;
use uuid::Uuid;

use super::known::Standing;
use super::{ImportError, Prepared};
use crate::facts::{CaseFacts, Fact, Written};
use crate::times::Moment;

/// A correction on its way to the log.
pub(super) struct Correction {
    pub(super) id: Uuid,
    pub(super) fact: Fact,
    pub(super) written: Written,
}

impl Prepared {
    /// The event that puts `fact` in the place of what stands; it happens now, by whom the record names.
    pub(super) fn correction(
        &self,
        case: &CaseFacts,
        fact: &Fact,
        written: &Written,
        stored: &Standing,
        with_texts: bool,
    ) -> Result<Correction, ImportError> {
        let event = Event::from(FactCorrected {
            corrects: fact.id,
            occurred_at: fact.moment.at,
            fact: Bare {
                kind: written.stored.kind.to_owned(),
                schema: written.stored.schema,
                payload: written.stored.payload.clone(),
            },
        });
        let correcting = Fact {
            event,
            moment: Moment {
                at: self.now(),
                day: false,
            },
            ..fact.clone()
        };
        let mut corrected = self.write_down(case, &correcting)?;
        if with_texts {
            corrected.stored.secrets.clone_from(&written.stored.secrets);
        }
        Ok(Correction {
            id: self.key().correction(fact.id, stored.corrections + 1),
            fact: correcting,
            written: corrected,
        })
    }
}
