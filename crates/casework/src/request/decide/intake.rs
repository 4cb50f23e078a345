//! How a request comes in, where it belongs, and whose it is.

use jiff::Timestamp;

use super::Request;
use crate::event::{Event, Lead, RequestAssigned, RequestPlaced, RequestSubmitted};
use crate::norm::Norms;
use crate::text::{LINE_CHARS_MAX, TEXT_CHARS_MAX, clear_line};
use crate::{By, Decision, Domain, Function, Placement, Refusal, Text};

/// The longest name of a kind of request, in characters. A name and no story: it stands in the clear.
const KIND_CHARS_MAX: usize = 80;

/// Takes a request in, and starts the term that was promised for its field.
pub(super) fn submit(
    by: &By,
    at: Timestamp,
    submitted: RequestSubmitted,
    norms: &Norms,
) -> Result<Decision, Refusal> {
    if by.person().is_none() && !by.holds(Function::receives) {
        return Err(Refusal::MayNot {
            needed: "inwoner, intake, wijkregisseur of gebiedstafel",
        });
    }
    // Who comes from outside speaks for themselves. Who gives no name does too: the envelope holds who
    // acted, so what they wrote has to be erased with them.
    if by.person().is_some() && submitted.requester != by.person() {
        return Err(Refusal::MayNot {
            needed: "de verzoeker zelf, of de intake namens een ander",
        });
    }
    submitted.words.required("verzoek")?;
    for (field, text) in [
        ("naam", &submitted.name),
        ("contact", &submitted.contact),
        ("plaats", &submitted.place),
    ] {
        text.bounded(field, LINE_CHARS_MAX)?;
    }
    if let Some(kind) = &submitted.request_kind {
        clear_line("soort", kind, KIND_CHARS_MAX)?;
        // It stands in the clear: no number, address or sentence may get in this way.
        if !kind
            .chars()
            .all(|c| c.is_alphabetic() || matches!(c, ' ' | '-'))
            || kind.split_whitespace().count() > 4
        {
            return Err(Refusal::NotAKind);
        }
    }
    let term = norms.term(submitted.domain, at);
    Ok(Decision::events(
        [Event::from(submitted)]
            .into_iter()
            .chain(term.map(Event::from)),
    ))
}

impl Request {
    pub(super) fn place(
        &self,
        by: &By,
        placement: Placement,
        domain: Option<Domain>,
        norms: &Norms,
    ) -> Result<Decision, Refusal> {
        if !by.holds(Function::receives) {
            return Err(Refusal::MayNot {
                needed: "intake, wijkregisseur of gebiedstafel",
            });
        }
        // A decision was measured by this wijk and domain: moving the request now would belie it.
        self.undecided()?;
        let domain = domain.or(self.domain);
        if placement == self.placement && domain == self.domain {
            return Ok(Decision::events([]));
        }
        // The promise runs from the day of submission, not from the day its field was found.
        let term = (domain != self.domain)
            .then(|| self.submitted_at.and_then(|at| norms.term(domain, at)))
            .flatten();
        Ok(Decision::events(
            [Event::from(RequestPlaced { placement, domain })]
                .into_iter()
                .chain(term.map(Event::from)),
        ))
    }

    /// Gives a request to a lead, also one that is decided: a decision is still to be carried out.
    pub(super) fn assign(
        &self,
        by: &By,
        lead: Lead,
        urgent: bool,
        reason: Text,
    ) -> Result<Decision, Refusal> {
        if !by.holds(Function::sits_at_the_table) {
            return Err(Refusal::MayNot {
                needed: "wijkregisseur of gebiedstafel",
            });
        }
        if self.placement.wijk.is_none() {
            return Err(Refusal::NoWijk);
        }
        if self.domain.is_none() {
            return Err(Refusal::NoDomain);
        }
        // The table's confirmation of an urgent take is a fact of its own; the same again is none.
        let confirms = self.urgent && !urgent;
        if self.lead.as_ref() == Some(&lead) && !confirms {
            return Ok(Decision::events([]));
        }
        if urgent {
            self.may_take(by, &lead)?;
            reason.required("reden")?;
        }
        reason.bounded("reden", TEXT_CHARS_MAX)?;
        Ok(Decision::events([RequestAssigned {
            lead,
            urgent,
            reason,
        }
        .into()]))
    }

    /// Whether the caller may take it at once: for themselves, and from nobody.
    fn may_take(&self, by: &By, lead: &Lead) -> Result<(), Refusal> {
        let in_function = by.holds(|held| Some(held) == lead.function.as_ref());
        let in_person = lead.person.as_ref().is_none_or(|p| Some(p) == by.staff());
        if !in_function || !in_person {
            return Err(Refusal::MayNot {
                needed: "degene die het verzoek met spoed naar zich toe trekt",
            });
        }
        if self.lead.is_some() {
            return Err(Refusal::NotTheLead);
        }
        Ok(())
    }
}
