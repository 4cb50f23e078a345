//! People, places, facts and commands that the tests share. Ids and times are fixed.

pub(crate) mod any;
mod given;

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::{Date, date};
use uuid::Uuid;

pub(crate) use given::{Given, given};

use crate::event::{
    Basis, Closing, EscalationReturned, Ground, Lead, MandateGranted, NotConsultedReason, Outcome,
    ReopenCause, RequestAssigned, RequestDecided, RequestEscalated, RequestReopened,
    RequestResolved, RequestSubmitted, RequestWithdrawn, RequesterKind, Residents,
};
use crate::mandate::{Limits, MandateKind, Register};
use crate::norm::Norms;
use crate::request::Action;
use crate::{
    Actor, By, Cents, Channel, Domain, Event, Function, MandateId, PersonId, Placement, RequestId,
    StaffId, Text, WijkCode, WijkSource,
};

pub(crate) const REQUEST: RequestId = RequestId(Uuid::from_u128(0x4551));
/// The resident who asks.
pub(crate) const RESIDENT: PersonId = PersonId(Uuid::from_u128(0xa11ce));
/// A resident who has nothing to do with it.
pub(crate) const STRANGER: PersonId = PersonId(Uuid::from_u128(0x57a6));
/// The day on which everything happens, unless a test says otherwise: a Tuesday in winter time.
pub(crate) const TODAY: Date = date(2026, 3, 10);

pub(crate) const SOCIAAL: &str = "wijkregisseur-sociaal";
pub(crate) const OPENBARE_RUIMTE: &str = "wijkregisseur-openbare-ruimte";

/// Ten in the morning of that day.
pub(crate) fn now() -> Timestamp {
    moment("2026-03-10T10:00:00+01:00")
}

pub(crate) fn moment(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn function(name: &str) -> Function {
    Function::new(name).unwrap()
}

pub(crate) fn staff(name: &str) -> StaffId {
    StaffId::new(name).unwrap()
}

pub(crate) fn entry(name: &str) -> MandateId {
    MandateId::new(name).unwrap()
}

pub(crate) fn wijk(code: &str) -> WijkCode {
    WijkCode::new(code).unwrap()
}

pub(crate) fn employee<const N: usize>(name: &str, functions: [&str; N]) -> By {
    By {
        actor: Actor::Staff(staff(name)),
        functions: functions.into_iter().map(function).collect(),
    }
}

/// Anna, wijkregisseur sociaal. Leads the request in most tests.
pub(crate) fn anna() -> By {
    employee("anna", [SOCIAAL])
}

/// Bram, wijkregisseur openbare ruimte. Her colleague at the table.
pub(crate) fn bram() -> By {
    employee("bram", [OPENBARE_RUIMTE])
}

pub(crate) fn intake() -> By {
    employee("ina", ["intake"])
}

pub(crate) fn college() -> By {
    employee("carla", ["college"])
}

/// Someone of the municipality without any function that counts here.
pub(crate) fn clerk() -> By {
    employee("kees", ["vergunningen"])
}

pub(crate) fn person(id: PersonId) -> By {
    By {
        actor: Actor::Person(id),
        functions: std::collections::BTreeSet::new(),
    }
}

pub(crate) fn resident() -> By {
    person(RESIDENT)
}

pub(crate) fn stranger() -> By {
    person(STRANGER)
}

pub(crate) fn placed_in(code: &str) -> Placement {
    Placement {
        wijk: Some(wijk(code)),
        edition: Some(2025),
        source: WijkSource::Stated,
    }
}

/// A resident of wijk 01 asks for something social.
pub(crate) fn submission() -> RequestSubmitted {
    RequestSubmitted {
        placement: placed_in("WK999901"),
        domain: Some(Domain::Sociaal),
        request_kind: Some("ontmoeting".to_owned()),
        channel: Channel::Web,
        requester_kind: RequesterKind::Resident,
        requester: Some(RESIDENT),
        words: Text::Withheld,
        name: Text::Withheld,
        contact: Text::Withheld,
        place: Text::Withheld,
    }
}

pub(crate) fn submitted() -> Event {
    submission().into()
}

pub(crate) fn lead(by: &By) -> Lead {
    Lead {
        function: by.functions.first().cloned(),
        person: by.staff().cloned(),
    }
}

pub(crate) fn assigned(by: &By) -> Event {
    RequestAssigned {
        lead: lead(by),
        urgent: false,
        reason: Text::Withheld,
    }
    .into()
}

pub(crate) fn taken_urgently(by: &By) -> Event {
    RequestAssigned {
        lead: lead(by),
        urgent: true,
        reason: Text::Withheld,
    }
    .into()
}

/// A decision of imported history, which does not say what it rests on.
pub(crate) fn decided() -> Event {
    decided_on(Basis::Unknown)
}

pub(crate) fn decided_on(basis: Basis) -> Event {
    RequestDecided {
        outcome: Outcome::Granted,
        amount_cents: None,
        basis,
        function: None,
        residents: None,
        motivation: Text::Withheld,
        residents_note: Text::Withheld,
    }
    .into()
}

pub(crate) fn escalated_to(organ: Option<&str>) -> Event {
    RequestEscalated {
        to: organ.map(function),
        ground: Ground::AboveCeiling,
        question: Text::Withheld,
    }
    .into()
}

pub(crate) fn returned() -> Event {
    EscalationReturned {
        organ: Some(function("college")),
        instruction: Text::Withheld,
    }
    .into()
}

pub(crate) fn resolved() -> Event {
    RequestResolved {
        closing: None,
        message: Text::Withheld,
        requester: Some(RESIDENT),
    }
    .into()
}

pub(crate) fn withdrawn() -> Event {
    RequestWithdrawn {
        reason: Text::Withheld,
        requester: None,
    }
    .into()
}

pub(crate) fn reopened() -> Event {
    RequestReopened {
        cause: ReopenCause::NotFixed,
        explanation: Text::Withheld,
        requester: None,
    }
    .into()
}

/// What Anna's mandate allows: social matters in wijk 01, up to 500 euros, in the year 2026.
pub(crate) fn limits() -> Limits {
    Limits {
        kind: MandateKind::Machtiging,
        grantor: function("college"),
        power: "feitelijke handelingen voor de wijk (art. 160 Gemeentewet)".to_owned(),
        holder: function(SOCIAAL),
        wijken: Some([wijk("WK999901")].into()),
        domains: Some([Domain::Sociaal].into()),
        ceiling_cents: Some(Cents::euros(500)),
        valid_from: date(2026, 1, 1),
        valid_until: Some(date(2026, 12, 31)),
        trial: false,
        reference: Some("Gemeenteblad 2025, 9999".to_owned()),
    }
}

/// The same with something changed.
pub(crate) fn limits_with(change: impl FnOnce(&mut Limits)) -> Limits {
    let mut limits = limits();
    change(&mut limits);
    limits
}

pub(crate) fn register<const N: usize>(entries: [(&str, Limits); N]) -> Arc<Register> {
    let register = entries
        .into_iter()
        .fold(Register::default(), |register, (id, limits)| {
            let granted = MandateGranted {
                entry: entry(id),
                limits,
            };
            register.evolve(&granted.into())
        });
    Arc::new(register)
}

/// The register with Anna's mandate and nothing else.
pub(crate) fn annas_mandate() -> Arc<Register> {
    register([("sociaal-2026", limits())])
}

pub(crate) fn text(words: &str) -> Text {
    Text::given(words)
}

pub(crate) fn submit() -> Action {
    Action::Submit {
        placement: placed_in("WK999901"),
        domain: Some(Domain::Sociaal),
        request_kind: Some("ontmoeting".to_owned()),
        channel: Channel::Web,
        requester_kind: RequesterKind::Resident,
        requester: Some(RESIDENT),
        words: text("Een bankje om elkaar te ontmoeten."),
        name: text("A. Bewoner"),
        contact: text("bewoner@example.org"),
        place: text("Voorbeeldplein 1"),
        norms: Arc::default(),
    }
}

pub(crate) fn place(code: &str, domain: Option<Domain>) -> Action {
    Action::Place {
        placement: placed_in(code),
        domain,
        norms: Arc::<Norms>::default(),
    }
}

pub(crate) fn assign(to: &By) -> Action {
    Action::Assign {
        function: to.functions.first().cloned().unwrap(),
        person: to.staff().cloned(),
        urgent: false,
        reason: Text::Withheld,
    }
}

pub(crate) fn take_urgently(by: &By, reason: &str) -> Action {
    Action::Assign {
        function: by.functions.first().cloned().unwrap(),
        person: by.staff().cloned(),
        urgent: true,
        reason: text(reason),
    }
}

pub(crate) fn decide(amount: Cents, register: Arc<Register>) -> Action {
    Action::Decide {
        function: None,
        outcome: Outcome::Granted,
        amount: Some(amount),
        mandate: None,
        register,
        motivation: text("Het plein heeft geen zitplaats."),
        residents: Residents::No {
            reason: NotConsultedReason::RequesterOnly,
        },
        residents_note: Text::Withheld,
    }
}

pub(crate) fn escalate(to: &str) -> Action {
    Action::Escalate {
        to: function(to),
        ground: Ground::AboveCeiling,
        question: text("Mag dit 900 euro kosten?"),
    }
}

pub(crate) fn decide_as_organ() -> Action {
    Action::DecideAsOrgan {
        outcome: Outcome::Granted,
        amount: Some(Cents::euros(900)),
        motivation: text("Het college vindt het bankje nodig."),
    }
}

pub(crate) fn send_back() -> Action {
    Action::Return {
        instruction: text("Zoek een goedkoper bankje."),
    }
}

pub(crate) fn resolve() -> Action {
    Action::Resolve {
        closing: Closing::Message {
            channel: Channel::Email,
        },
        message: text("Het bankje staat er."),
    }
}

pub(crate) fn reopen() -> Action {
    Action::Reopen {
        cause: ReopenCause::NotFixed,
        explanation: text("Er staat geen bankje."),
    }
}

pub(crate) fn withdraw() -> Action {
    Action::Withdraw {
        reason: text("Het hoeft niet meer."),
    }
}
