//! Whatever anybody asks in whatever order: what never happens.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};
use uuid::Uuid;

use crate::event::{Basis, RequestDecided};
use crate::fixture::*;
use crate::mandate::{self, Limits, Register};
use crate::request::{Action, Command, Request};
use crate::stored::{decode, encode};
use crate::{By, Cents, Decision, Domain, Event, MandateId, Refusal, day};

/// Something somebody tries, some hours after the one before.
#[derive(Debug, Clone)]
struct Attempt {
    by: By,
    hours: i64,
    what: What,
}

#[derive(Debug, Clone)]
enum What {
    Grant(MandateId, Box<Limits>),
    Revoke(MandateId, i8),
    Decide(Cents, Option<MandateId>),
    Other(Action),
}

fn people() -> impl Strategy<Value = By> {
    select(vec![
        anna(),
        bram(),
        employee("dirk", [SOCIAAL]),
        employee("anna", [SOCIAAL, OPENBARE_RUIMTE]),
        intake(),
        college(),
        employee("boris", ["burgemeester"]),
        clerk(),
        resident(),
        stranger(),
    ])
}

fn entries() -> impl Strategy<Value = MandateId> {
    select(&["a", "b"]).prop_map(entry)
}

fn grants() -> impl Strategy<Value = Limits> {
    let scope = prop_oneof![Just(None), Just(Some("WK999901")), Just(Some("WK999902"))];
    (
        select(&[SOCIAAL, OPENBARE_RUIMTE]),
        scope,
        proptest::option::of(0..400_i64),
        -2..3_i64,
        proptest::option::of(-2..9_i64),
    )
        .prop_map(|(holder, code, ceiling, from, until)| {
            let day = |days| TODAY.saturating_add(jiff::Span::new().days(days));
            Limits {
                holder: function(holder),
                wijken: code.map(|code| [wijk(code)].into()),
                domains: Some([Domain::Sociaal].into()),
                ceiling_cents: ceiling.map(Cents::euros),
                valid_from: day(from),
                valid_until: until.map(day),
                ..limits()
            }
        })
}

fn attempts() -> impl Strategy<Value = Attempt> {
    let what = prop_oneof![
        3 => (entries(), grants()).prop_map(|(id, limits)| What::Grant(id, Box::new(limits))),
        1 => (entries(), -1..4_i8).prop_map(|(id, days)| What::Revoke(id, days)),
        6 => (0..500_i64, proptest::option::weighted(0.3, entries()))
            .prop_map(|(euros, named)| What::Decide(Cents::euros(euros), named)),
        1 => Just(What::Other(submit())),
        1 => select(&["WK999901", "WK999902"]).prop_map(|code| What::Other(place(code, None))),
        4 => select(vec![anna(), anna(), bram()]).prop_map(|to| What::Other(assign(&to))),
        1 => Just(What::Other(take_urgently(&anna(), "Spoed."))),
        4 => select(&["college", "college", "burgemeester", SOCIAAL])
            .prop_map(|to| What::Other(escalate(to))),
        3 => Just(What::Other(decide_as_organ())),
        3 => Just(What::Other(send_back())),
        4 => Just(What::Other(resolve())),
        3 => Just(What::Other(reopen())),
        1 => Just(What::Other(withdraw())),
    ];
    // Somebody at random, or often the one whose place it is.
    let by = proptest::option::weighted(0.4, people());
    (by, 0..9_i64, what).prop_map(|(by, hours, what)| {
        let by = by.unwrap_or_else(|| usual(&what));
        Attempt { by, hours, what }
    })
}

fn usual(what: &What) -> By {
    match what {
        What::Grant(..) | What::Revoke(..) => college(),
        What::Decide(..) => anna(),
        What::Other(action) => match action {
            Action::DecideAsOrgan { .. } | Action::Return { .. } => college(),
            Action::Reopen { .. } | Action::Withdraw { .. } => resident(),
            Action::Submit { .. } | Action::Place { .. } => intake(),
            _ => anna(),
        },
    }
}

/// Two worlds side by side: the rules, and a plain list of what was recorded, from which the laws are told
/// without any help of the rules.
#[derive(Default)]
struct World {
    register: Arc<Register>,
    granted: BTreeMap<MandateId, Limits>,
    revoked: BTreeMap<MandateId, Date>,
    request: Request,
    recorded: Vec<Event>,
}

impl World {
    fn attempt(&mut self, at: Timestamp, attempt: &Attempt) {
        let action = match attempt.what.clone() {
            What::Grant(entry, limits) => {
                let limits = *limits;
                return self.keep(&attempt.by, at, mandate::Command::Grant { entry, limits });
            }
            What::Revoke(entry, days) => {
                let from = day::of(at).saturating_add(jiff::Span::new().days(days));
                let reason = "nieuwe regeling".to_owned();
                let revoke = mandate::Command::Revoke {
                    entry,
                    from,
                    reason,
                };
                return self.keep(&attempt.by, at, revoke);
            }
            What::Decide(amount, named) => {
                let mut action = decide(amount, self.register.clone());
                if let Action::Decide { mandate, .. } = &mut action {
                    *mandate = named;
                }
                action
            }
            What::Other(action) => action,
        };
        self.ask(&attempt.by, at, action);
    }

    fn keep(&mut self, by: &By, at: Timestamp, command: mandate::Command) {
        let Ok(decision) = self.register.decide(by, at, command) else {
            return;
        };
        let organ = ["college", "burgemeester"].map(function);
        assert!(organ.iter().any(|organ| by.functions.contains(organ)));
        for event in decision.events {
            match &event {
                Event::MandateGranted(granted) => {
                    let before = self
                        .granted
                        .insert(granted.entry.clone(), granted.limits.clone());
                    assert_eq!(before, None, "an entry is granted once");
                }
                Event::MandateRevoked(revoked) => {
                    assert!(revoked.from >= day::of(at), "revoked in the past");
                    let before = self.revoked.insert(revoked.entry.clone(), revoked.from);
                    assert!(before.is_none_or(|before| before > revoked.from));
                }
                other => panic!("a register does not record {other:?}"),
            }
            self.register = Arc::new((*self.register).clone().evolve(&event));
        }
    }

    fn ask(&mut self, by: &By, at: Timestamp, action: Action) {
        let command = Command {
            request: REQUEST,
            by: by.clone(),
            at,
            action,
        };
        let answer = self.request.decide(command.clone());
        assert_eq!(
            answer,
            self.request.decide(command),
            "the same answer twice"
        );
        let Ok(Decision { events, refusal }) = answer else {
            return;
        };
        assert_eq!(
            refusal.as_ref().map(Refusal::code),
            events.iter().find_map(|event| match event {
                Event::DecisionRefused(refused) => Some(refused.code.as_str()),
                _ => None,
            }),
            "a refusal that is recorded is recorded under its own code, and no other is"
        );
        for event in events {
            self.judge(by, at, &event);
            self.record(at, event);
        }
    }

    /// Folds the event as it will be read back from the log: rules depend on no text.
    fn record(&mut self, at: Timestamp, event: Event) {
        let id = Uuid::from_u128(u128::try_from(self.recorded.len()).unwrap() + 1);
        let stored = encode(&event, REQUEST).unwrap();
        let read = decode(stored.kind, stored.schema, &stored.payload.to_string()).unwrap();
        let request = std::mem::take(&mut self.request);
        self.request = request.evolve(id, at, &read);
        self.recorded.push(event);
        assert_eq!(
            self.request.anomalies,
            [],
            "no command makes an odd history: {:?}",
            self.recorded
        );
    }

    fn judge(&self, by: &By, at: Timestamp, event: &Event) {
        assert_eq!(
            self.recorded.is_empty(),
            matches!(event, Event::RequestSubmitted(_)),
            "submitted first and once"
        );
        let ended = self.last(|event| match event {
            Event::RequestResolved(_) | Event::RequestWithdrawn(_) => Some(true),
            Event::RequestReopened(_) => Some(false),
            _ => None,
        });
        assert_eq!(
            ended == Some(true),
            matches!(event, Event::RequestReopened(_)),
            "after the end it is reopened and nothing else"
        );
        let decided = self.last(|event| match event {
            Event::RequestDecided(_) => Some(true),
            Event::RequestReopened(_) => Some(false),
            _ => None,
        }) == Some(true);
        match event {
            Event::RequestDecided(decision) => {
                assert!(!decided, "decided once until it is reopened");
                self.judge_decision(by, at, decision);
            }
            Event::RequestResolved(_) => {
                assert!(decided, "closed without a decision");
                self.is_lead(by);
                assert_eq!(self.waits_at(), None);
            }
            Event::RequestEscalated(_) => {
                assert!(!decided);
                self.is_lead(by);
                assert_eq!(self.waits_at(), None);
            }
            Event::DecisionRefused(_) => self.is_lead(by),
            Event::EscalationReturned(_) => self.is_asked(by),
            _ => {}
        }
    }

    fn judge_decision(&self, by: &By, at: Timestamp, decision: &RequestDecided) {
        let (entry, limits) = match &decision.basis {
            Basis::Mandate {
                entry,
                limits,
                checks,
                ..
            } => {
                assert!(checks.iter().all(crate::mandate::Check::passed));
                (entry, limits)
            }
            Basis::Organ { organ } => {
                assert!(by.functions.contains(organ));
                return self.is_asked(by);
            }
            Basis::Unknown => panic!("a command decides on a basis"),
        };
        self.is_lead(by);
        assert_eq!(self.waits_at(), None, "decided while it waits elsewhere");
        assert_eq!(
            self.granted.get(entry),
            Some(&**limits),
            "the limits as granted"
        );
        assert!(by.functions.contains(&limits.holder));
        let today = day::of(at);
        assert!(limits.valid_from <= today);
        assert!(limits.valid_until.is_none_or(|until| today <= until));
        assert!(self.revoked.get(entry).is_none_or(|from| today < *from));
        let (placement, domain) = self
            .last(|event| match event {
                Event::RequestSubmitted(event) => Some((event.placement.clone(), event.domain)),
                Event::RequestPlaced(event) => Some((event.placement.clone(), event.domain)),
                _ => None,
            })
            .unwrap();
        let wijken = limits.wijken.as_ref();
        assert!(wijken.is_none_or(|wijken| wijken.contains(&placement.wijk.unwrap())));
        let domains = limits.domains.as_ref();
        assert!(domains.is_none_or(|domains| domains.contains(&domain.unwrap())));
        assert!(
            limits
                .ceiling_cents
                .is_none_or(|ceiling| decision.amount_cents.unwrap() <= ceiling)
        );
    }

    /// The answer of the last recorded event that has one.
    fn last<T>(&self, answer: impl Fn(&Event) -> Option<T>) -> Option<T> {
        self.recorded.iter().rev().find_map(answer)
    }

    fn is_lead(&self, by: &By) {
        let lead = self.last(|event| match event {
            Event::RequestAssigned(assigned) => Some(assigned.lead.clone()),
            _ => None,
        });
        let lead = lead.expect("somebody leads it");
        assert_eq!(lead.person.as_ref(), by.staff());
        assert!(by.functions.contains(&lead.function.unwrap()));
    }

    fn waits_at(&self) -> Option<crate::Function> {
        self.last(|event| match event {
            Event::RequestEscalated(escalated) => Some(escalated.to.clone()),
            Event::EscalationReturned(_) | Event::RequestDecided(_) | Event::RequestReopened(_) => {
                Some(None)
            }
            _ => None,
        })
        .flatten()
    }

    fn is_asked(&self, by: &By) {
        let organ = self.waits_at().expect("it was escalated");
        assert!(by.functions.contains(&organ));
    }
}

#[test]
fn no_sequence_of_commands_by_anybody_breaks_the_laws() {
    let met: RefCell<BTreeMap<&'static str, usize>> = RefCell::default();
    let mut runner = TestRunner::new(Config {
        failure_persistence: None,
        ..Config::with_cases(400)
    });
    let story = proptest::collection::vec(attempts(), 1..80);
    let outcome = runner.run(&story, |story| {
        let mut world = World::default();
        let mut at = now();
        world.ask(&intake(), at, submit());
        for attempt in &story {
            at += SignedDuration::from_hours(attempt.hours);
            world.attempt(at, attempt);
        }
        for event in &world.recorded {
            *met.borrow_mut().entry(event.kind()).or_default() += 1;
        }
        Ok(())
    });
    outcome.unwrap();
    // A law says something only about what was met.
    let met = met.into_inner();
    for kind in [
        "request-submitted",
        "request-placed",
        "request-assigned",
        "request-decided",
        "decision-refused",
        "request-escalated",
        "escalation-returned",
        "request-resolved",
        "request-reopened",
        "request-withdrawn",
    ] {
        assert!(
            met.get(kind).is_some_and(|times| *times > 20),
            "{kind}: {met:?}"
        );
    }
}
