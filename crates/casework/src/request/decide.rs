//! Which commands are answered with which events, and which are refused.

use jiff::Timestamp;

use super::{Action, Command, Request};
use crate::event::{
    Basis, Closing, DecisionRefused, EscalationReturned, Event, Lead, Outcome, RequestAssigned,
    RequestDecided, RequestEscalated, RequestPlaced, RequestReopened, RequestResolved,
    RequestSubmitted, RequestWithdrawn, RequesterKind, Residents,
};
use crate::mandate::{Act, first_failure};
use crate::norm::Norms;
use crate::{By, Cents, Decision, Domain, Function, Placement, Refusal, Text, day};

/// The longest text a command may bring, in characters: with two of them, at four bytes a character,
/// an event still stays below the log's 65,535 bytes.
const TEXT_CHARS_MAX: usize = 5_000;

/// The longest name, address or contact, in characters.
const LINE_CHARS_MAX: usize = 500;

impl Request {
    /// Answers a command with the events it causes. Reads nothing but its arguments.
    pub fn decide(&self, command: Command) -> Result<Decision, Refusal> {
        let Command { by, at, action, .. } = command;
        if let Action::Submit { .. } = action {
            return self.submit(&by, at, action);
        }
        if self.submitted_at.is_none() {
            return Err(Refusal::NotSubmitted);
        }
        if let Action::Reopen { cause, explanation } = action {
            self.may_close_or_reopen(&by)?;
            if self.ended.is_none() {
                return Err(Refusal::NotEnded);
            }
            required("toelichting", &explanation)?;
            return Ok(Decision::events([
                RequestReopened { cause, explanation }.into()
            ]));
        }
        if self.ended.is_some() {
            return Err(Refusal::AlreadyEnded);
        }
        match action {
            Action::Place {
                placement,
                domain,
                norms,
            } => self.place(&by, placement, domain, &norms),
            Action::Assign { .. } => self.assign(&by, action),
            Action::Decide { .. } => self.decide_under_mandate(&by, at, action),
            Action::Escalate {
                to,
                ground,
                question,
            } => {
                self.led_by(&by)?;
                self.not_escalated()?;
                self.undecided()?;
                required("vraag", &question)?;
                Ok(Decision::events([RequestEscalated {
                    to: Some(to),
                    ground,
                    question,
                }
                .into()]))
            }
            Action::DecideAsOrgan {
                outcome,
                amount,
                motivation,
            } => self.decide_as_organ(&by, outcome, amount, motivation),
            Action::Return { instruction } => {
                let organ = self.asked(&by)?;
                required("instructie", &instruction)?;
                Ok(Decision::events([EscalationReturned {
                    organ: Some(organ),
                    instruction,
                }
                .into()]))
            }
            Action::Resolve { closing, message } => self.resolve(&by, closing, message),
            Action::Withdraw { reason } => {
                self.may_close_or_reopen(&by)?;
                required("reden", &reason)?;
                Ok(Decision::events([RequestWithdrawn { reason }.into()]))
            }
            Action::Submit { .. } | Action::Reopen { .. } => unreachable!("answered above"),
        }
    }

    fn submit(&self, by: &By, at: Timestamp, action: Action) -> Result<Decision, Refusal> {
        let Action::Submit {
            placement,
            domain,
            request_kind,
            channel,
            requester_kind,
            requester,
            words,
            name,
            contact,
            place,
            norms,
        } = action
        else {
            return Err(Refusal::NotSubmitted);
        };
        if !self.history.is_empty() {
            return Err(Refusal::AlreadySubmitted);
        }
        if by.person().is_none() && !by.holds(Function::receives) {
            return Err(Refusal::MayNot {
                needed: "inwoner, intake, wijkregisseur of gebiedstafel",
            });
        }
        if by.person().is_some_and(|person| requester != Some(person))
            && requester_kind != RequesterKind::Anonymous
        {
            return Err(Refusal::MayNot {
                needed: "de verzoeker zelf, of de intake namens een ander",
            });
        }
        required("verzoek", &words)?;
        for (field, text) in [("naam", &name), ("contact", &contact), ("plaats", &place)] {
            bounded(field, text, LINE_CHARS_MAX)?;
        }
        let term = norms.term(domain, at);
        let submitted = RequestSubmitted {
            placement,
            domain,
            request_kind,
            channel,
            requester_kind,
            requester,
            words,
            name,
            contact,
            place,
        };
        Ok(Decision::events(
            [Event::from(submitted)]
                .into_iter()
                .chain(term.map(Event::from)),
        ))
    }

    fn place(
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

    fn assign(&self, by: &By, action: Action) -> Result<Decision, Refusal> {
        let Action::Assign {
            function,
            person,
            urgent,
            reason,
        } = action
        else {
            return Err(Refusal::NoLead);
        };
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
        self.undecided()?;
        let lead = Lead {
            function: Some(function),
            person,
        };
        if self.lead.as_ref() == Some(&lead) {
            return Ok(Decision::events([]));
        }
        if urgent
            && !(by.holds(|held| Some(held) == lead.function.as_ref())
                && lead.person.as_ref().is_none_or(|p| Some(p) == by.staff()))
        {
            return Err(Refusal::MayNot {
                needed: "degene die het verzoek met spoed naar zich toe trekt",
            });
        }
        if urgent && self.lead.is_some() {
            return Err(Refusal::NotTheLead);
        }
        if urgent {
            required("reden", &reason)?;
        }
        bounded("reden", &reason, TEXT_CHARS_MAX)?;
        Ok(Decision::events([RequestAssigned {
            lead,
            urgent,
            reason,
        }
        .into()]))
    }

    fn decide_under_mandate(
        &self,
        by: &By,
        at: Timestamp,
        action: Action,
    ) -> Result<Decision, Refusal> {
        let Action::Decide {
            function,
            outcome,
            amount,
            mandate,
            register,
            motivation,
            residents,
            residents_note,
        } = action
        else {
            return Err(Refusal::NotDecided);
        };
        let lead = self.led_by(by)?;
        self.not_escalated()?;
        self.undecided()?;
        positive(amount)?;
        required("motivering", &motivation)?;
        bounded("bewoners", &residents_note, TEXT_CHARS_MAX)?;
        if matches!(residents, Residents::Yes { .. }) {
            required("bewoners", &residents_note)?;
        }
        let function = function.unwrap_or(lead);
        if !by.holds(|held| *held == function) {
            return Err(Refusal::NotTheLead);
        }
        let act = Act {
            on: day::of(at),
            function: &function,
            wijk: self.placement.wijk.as_ref(),
            domain: self.domain,
            amount,
        };
        let (refusal, entry, checks) = match register.find(mandate.as_ref(), &act) {
            Ok((id, entry, checks)) => (first_failure(&checks), Some((id.clone(), entry)), checks),
            Err(refusal) => (Some(refusal), None, Vec::new()),
        };
        match (refusal, entry) {
            (None, Some((id, entry))) => Ok(Decision::events([RequestDecided {
                outcome,
                amount_cents: amount,
                basis: Basis::Mandate {
                    entry: id,
                    entry_version: entry.version,
                    limits: Box::new(entry.limits.clone()),
                    checks,
                },
                function: Some(function),
                residents: Some(residents),
                motivation,
                residents_note,
            }
            .into()])),
            (refusal, entry) => {
                let refusal = refusal.unwrap_or(Refusal::NoMandate {
                    function: function.clone(),
                });
                let event = DecisionRefused {
                    code: refusal.code().to_owned(),
                    outcome,
                    amount_cents: amount,
                    function: Some(function),
                    entry_version: entry.as_ref().map(|(_, entry)| entry.version),
                    entry: entry.map(|(id, _)| id).or(mandate),
                    checks,
                };
                Ok(Decision::refused(refusal, event.into()))
            }
        }
    }

    fn decide_as_organ(
        &self,
        by: &By,
        outcome: Outcome,
        amount: Option<Cents>,
        motivation: Text,
    ) -> Result<Decision, Refusal> {
        let organ = self.asked(by)?;
        positive(amount)?;
        required("motivering", &motivation)?;
        Ok(Decision::events([RequestDecided {
            outcome,
            amount_cents: amount,
            basis: Basis::Organ {
                organ: organ.clone(),
            },
            function: Some(organ),
            residents: None,
            motivation,
            residents_note: Text::Withheld,
        }
        .into()]))
    }

    fn resolve(&self, by: &By, closing: Closing, message: Text) -> Result<Decision, Refusal> {
        self.led_by(by)?;
        self.not_escalated()?;
        if self.decision.is_none() {
            return Err(Refusal::NotDecided);
        }
        if matches!(closing, Closing::Message { .. }) {
            required("bericht", &message)?;
        }
        bounded("bericht", &message, TEXT_CHARS_MAX)?;
        Ok(Decision::events([RequestResolved {
            closing: Some(closing),
            message,
            requester: self.requester,
        }
        .into()]))
    }

    /// The function that leads, when the caller is the one who does.
    fn led_by(&self, by: &By) -> Result<Function, Refusal> {
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
    fn asked(&self, by: &By) -> Result<Function, Refusal> {
        let to = self.escalated.as_ref().ok_or(Refusal::NotEscalated)?;
        let organ = to.clone().ok_or(Refusal::NotEscalated)?;
        if by.holds(|held| *held == organ) {
            Ok(organ)
        } else {
            Err(Refusal::NotTheOrgan { to: organ })
        }
    }

    fn not_escalated(&self) -> Result<(), Refusal> {
        match &self.escalated {
            Some(to) => Err(Refusal::Escalated {
                to: to.clone().unwrap_or_else(unknown_organ),
            }),
            None => Ok(()),
        }
    }

    fn undecided(&self) -> Result<(), Refusal> {
        if self.decision.is_some() {
            return Err(Refusal::AlreadyDecided);
        }
        Ok(())
    }

    /// The requester, or those who receive requests on behalf of one.
    fn may_close_or_reopen(&self, by: &By) -> Result<(), Refusal> {
        let requester = by.person().is_some() && by.person() == self.requester;
        if requester || by.holds(Function::receives) {
            return Ok(());
        }
        Err(Refusal::MayNot {
            needed: "de verzoeker, intake, wijkregisseur of gebiedstafel",
        })
    }
}

/// What imported history calls an organ it does not name.
fn unknown_organ() -> Function {
    Function::new("onbekend").expect("a constant slug")
}

fn positive(amount: Option<Cents>) -> Result<(), Refusal> {
    match amount {
        Some(amount) if amount.0 < 0 => Err(Refusal::NegativeAmount { amount }),
        _ => Ok(()),
    }
}

/// A text that must say something.
fn required(field: &'static str, text: &Text) -> Result<(), Refusal> {
    if text.as_given().is_none_or(|text| text.trim().is_empty()) {
        return Err(Refusal::EmptyText { field });
    }
    bounded(field, text, TEXT_CHARS_MAX)
}

/// A text that may be absent, and must fit in an event.
fn bounded(field: &'static str, text: &Text, most: usize) -> Result<(), Refusal> {
    let given = text.as_given().map_or(0, |text| text.chars().count());
    if given > most {
        return Err(Refusal::TextTooLong { field, given, most });
    }
    Ok(())
}
