//! Generated histories: events in any order, of several requests, odd ones and corrections included.

use std::collections::BTreeSet;

use casework::event::{
    Basis, Clock, DecisionRefused, EscalationReturned, FactCorrected, Ground, Lead, MandateStated,
    Outcome, PersonErased, ReopenCause, RequestAssigned, RequestDecided, RequestEscalated,
    RequestImported, RequestPlaced, RequestReopened, RequestResolved, RequestSubmitted,
    RequestWithdrawn, RequesterKind, ServicenormSet, TermSet, WijkListed,
};
use casework::mandate::{Limits, MandateKind};
use casework::stored::{self, Bare};
use casework::{
    Cents, Channel, Domain, Event, Function, MandateId, PersonId, Placement, RequestId, StaffId,
    Text, WijkCode, WijkSource,
};
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use uuid::Uuid;

/// One event to come.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    /// Which request, counted from 0; None for a register's stream.
    pub(crate) request: Option<usize>,
    pub(crate) what: What,
    pub(crate) at: Timestamp,
}

#[derive(Debug, Clone)]
pub(crate) enum What {
    Fact(Event),
    /// `request-submitted` in its first form.
    OldSubmission {
        wijk: Option<WijkCode>,
    },
    /// Corrects one of the events before it, of the same request or another, or one that never was.
    Correction {
        of: Index,
        unknown: bool,
        fact: Event,
        at: Timestamp,
    },
}

/// A history and how it is cut: how many events an append has, and how many a batch of a view.
#[derive(Debug, Clone)]
pub(crate) struct History {
    pub(crate) drafts: Vec<Draft>,
    pub(crate) appends: Vec<usize>,
    pub(crate) batches: Vec<i64>,
}

pub(crate) fn histories() -> impl Strategy<Value = History> {
    let drafts = prop::collection::vec(draft(), 1..40);
    let appends = prop::collection::vec(1..9_usize, 1..6);
    let batches = prop::collection::vec(prop_oneof![1..5_i64, Just(1_000)], 1..6);
    (drafts, appends, batches).prop_map(|(drafts, appends, batches)| History {
        drafts,
        appends,
        batches,
    })
}

/// The id of a generated request.
pub(crate) fn request(number: usize) -> RequestId {
    RequestId(Uuid::from_u64_pair(7, u64::try_from(number).unwrap()))
}

/// The correction of an event, as it is stored.
pub(crate) fn correction(corrects: Uuid, fact: &Event, at: Timestamp) -> Event {
    let stored = stored::encode(fact, request(0)).unwrap();
    FactCorrected {
        corrects,
        occurred_at: at,
        fact: Bare {
            kind: stored.kind.to_owned(),
            schema: stored.schema,
            payload: stored.payload,
        },
    }
    .into()
}

fn draft() -> impl Strategy<Value = Draft> {
    prop_oneof![
        12 => (0..4_usize, what(), moment()).prop_map(|(request, what, at)| Draft { request: Some(request), what, at }),
        1 => (register_event(), moment()).prop_map(|(event, at)| Draft { request: None, what: What::Fact(event), at }),
    ]
}

fn what() -> impl Strategy<Value = What> {
    prop_oneof![
        20 => request_event().prop_map(What::Fact),
        1 => prop::option::of(wijk()).prop_map(|wijk| What::OldSubmission { wijk }),
        // One that has no place in the stream of a request.
        1 => register_event().prop_map(What::Fact),
        4 => (any::<Index>(), prop::bool::weighted(0.1), request_event(), moment())
            .prop_map(|(of, unknown, fact, at)| What::Correction { of, unknown, fact, at }),
    ]
}

/// Days of a year around the first half of 2026, few enough for equal times, and its very edges.
fn moment() -> impl Strategy<Value = Timestamp> {
    let edges = vec![
        "2025-12-31T22:59:59.999999Z",
        "2025-12-31T23:00:00Z",
        "2026-03-29T01:00:00Z",
        "2026-06-30T21:59:59.999999Z",
        "2026-06-30T22:00:00Z",
    ];
    let first: Timestamp = "2025-11-01T08:00:00Z".parse().unwrap();
    prop_oneof![
        4 => (0..40_i64, 0..3_i64).prop_map(move |(week, second)| {
            first + SignedDuration::from_hours(week * 7 * 24) + SignedDuration::from_millis(second * 700)
        }),
        1 => select(edges).prop_map(|edge| edge.parse().unwrap()),
    ]
}

fn request_event() -> BoxedStrategy<Event> {
    prop_oneof![
        1 => imported(),
        3 => submitted(),
        2 => (placement(), prop::option::of(domain())).prop_map(|(placement, domain)| {
            RequestPlaced { placement, domain }.into()
        }),
        1 => term(),
        2 => assigned(),
        3 => decided(),
        1 => Just(refused()),
        2 => any::<bool>().prop_map(|under_mandate| MandateStated { under_mandate }.into()),
        2 => (prop::option::of(function()), select(Ground::ALL)).prop_map(|(to, ground)| {
            RequestEscalated { to, ground, question: Text::Withheld }.into()
        }),
        1 => prop::option::of(function()).prop_map(|organ| {
            EscalationReturned { organ, instruction: Text::Withheld }.into()
        }),
        2 => Just(RequestResolved { closing: None, message: Text::Withheld, requester: None }.into()),
        2 => select(ReopenCause::ALL).prop_map(|cause| {
            RequestReopened { cause, explanation: Text::Withheld, requester: None }.into()
        }),
        1 => Just(RequestWithdrawn { reason: Text::Withheld, requester: None }.into()),
    ]
    .boxed()
}

fn imported() -> impl Strategy<Value = Event> {
    (0..3_u8, placement(), prop::option::of(domain())).prop_map(|(case, placement, domain)| {
        RequestImported {
            source_name: "zaaksysteem".to_owned(),
            case_number: format!("Z-{case}"),
            placement,
            domain,
            request_kind: Some("bankje".to_owned()),
        }
        .into()
    })
}

fn submitted() -> impl Strategy<Value = Event> {
    (
        placement(),
        prop::option::of(domain()),
        select(Channel::ALL),
        select(RequesterKind::ALL),
    )
        .prop_map(|(placement, domain, channel, requester_kind)| {
            RequestSubmitted {
                placement,
                domain,
                request_kind: None,
                channel,
                requester_kind,
                requester: None,
                words: Text::Withheld,
                name: Text::Withheld,
                contact: Text::Withheld,
                place: Text::Withheld,
            }
            .into()
        })
}

fn term() -> impl Strategy<Value = Event> {
    (select(Clock::ALL), 0..20_i64).prop_map(|(clock, weeks)| {
        TermSet {
            clock,
            end: jiff::civil::date(2026, 1, 5).saturating_add((weeks * 7).days()),
            rule: "servicenorm/sociaal".to_owned(),
            rule_version: 1,
        }
        .into()
    })
}

fn assigned() -> impl Strategy<Value = Event> {
    (prop::option::of(function()), any::<bool>()).prop_map(|(function, urgent)| {
        RequestAssigned {
            lead: Lead {
                person: function.as_ref().map(|_| StaffId::new("rosa").unwrap()),
                function,
            },
            urgent,
            reason: Text::Withheld,
        }
        .into()
    })
}

fn decided() -> impl Strategy<Value = Event> {
    let basis = prop_oneof![
        Just(Basis::Unknown),
        Just(Basis::Unknown),
        function().prop_map(|organ| Basis::Organ { organ }),
        Just(Basis::Mandate {
            entry: MandateId::new("sociaal-2026").unwrap(),
            entry_version: 1,
            limits: Box::new(limits()),
            checks: Vec::new(),
        }),
    ];
    (select(Outcome::ALL), basis).prop_map(|(outcome, basis)| {
        RequestDecided {
            outcome,
            amount_cents: Some(Cents(50_000)),
            basis,
            function: None,
            residents: None,
            motivation: Text::Withheld,
            residents_note: Text::Withheld,
        }
        .into()
    })
}

fn refused() -> Event {
    DecisionRefused {
        code: "above-ceiling".to_owned(),
        outcome: Outcome::Granted,
        amount_cents: Some(Cents(900_000)),
        function: None,
        entry: None,
        entry_version: None,
        limits: None,
        checks: Vec::new(),
    }
    .into()
}

fn register_event() -> impl Strategy<Value = Event> {
    prop_oneof![
        Just(
            WijkListed {
                wijk: WijkCode::new("WK999901").unwrap(),
                name: "Duinkant".to_owned(),
                edition: 2026,
            }
            .into()
        ),
        Just(
            ServicenormSet {
                domain: Domain::Sociaal,
                days: 21
            }
            .into()
        ),
        Just(
            PersonErased {
                person: PersonId(Uuid::from_u128(5))
            }
            .into()
        ),
    ]
}

fn wijk() -> impl Strategy<Value = WijkCode> {
    select(vec!["WK999901", "WK999902"]).prop_map(|code| WijkCode::new(code).unwrap())
}

fn domain() -> impl Strategy<Value = Domain> {
    select(vec![Domain::Sociaal, Domain::Veiligheid])
}

fn placement() -> impl Strategy<Value = Placement> {
    prop::option::of(wijk()).prop_map(|wijk| match wijk {
        None => Placement::unknown(),
        Some(wijk) => Placement {
            wijk: Some(wijk),
            edition: Some(2026),
            source: WijkSource::Derived,
        },
    })
}

fn function() -> impl Strategy<Value = Function> {
    select(vec!["wijkregisseur-sociaal", "college"]).prop_map(|name| Function::new(name).unwrap())
}

/// Limits as wide as can be.
pub(crate) fn limits() -> Limits {
    Limits {
        kind: MandateKind::Mandaat,
        grantor: Function::new("college").unwrap(),
        power: "voorzieningen in de wijk".to_owned(),
        holder: Function::new("wijkregisseur-sociaal").unwrap(),
        wijken: Some(BTreeSet::from([WijkCode::new("WK999901").unwrap()])),
        domains: None,
        ceiling_cents: Some(Cents(100_000)),
        valid_from: jiff::civil::date(2026, 1, 1),
        valid_until: None,
        trial: false,
        reference: None,
    }
}
