//! Records of the system that the municipality had before, told as an import would bring them.
//!
//! The only facts of the story that no command made: facts are kept as facts, and some are out of order.

use casework::event::{
    Basis, Ground, Lead, MandateStated, Outcome, RequestAssigned, RequestDecided, RequestEscalated,
    RequestImported, RequestResolved, RequestSubmitted, RequesterKind,
};
use casework::event::{FactCorrected, ReopenCause, RequestReopened};
use casework::stored::{Bare, Source, encode};
use casework::{Actor, Channel, Domain, Event, Placement, RequestId, StaffId, Text, WijkSource};
use eventlog::{Precision, StreamId};
use jiff::{SignedDuration, Timestamp, ToSpan};

use crate::calendar::{Calendar, in_office_hours, on};
use crate::place::{Place, WIJKEN};
use crate::random::{Random, Spread};
use crate::told::{Fact, Told};
use crate::words::Kind;

/// The name of the source.
const SOURCE: &str = "oud-zaaksysteem-fictief";

/// The cases of the old system.
#[derive(Debug, Clone)]
pub(crate) struct OldSystem {
    seed: u64,
    calendar: Calendar,
}

impl OldSystem {
    pub(crate) fn new(seed: u64, calendar: Calendar) -> Self {
        Self { seed, calendar }
    }

    /// One case as the first import brings it: what had happened by then.
    pub(crate) fn import(&self, number: u64, at: Timestamp) -> Told {
        let mut facts = self.case(number);
        facts.retain(|fact| fact.at < at);
        self.told(number, 0, 0, at, facts)
    }

    /// What the second import adds to a case: what happened since, a record that came late, or a
    /// correction of one that changed.
    pub(crate) fn reimport(&self, number: u64, at: Timestamp) -> Option<Told> {
        let [first, _] = self.calendar.imports();
        let (known, mut added): (Vec<Fact>, Vec<Fact>) = self
            .case(number)
            .into_iter()
            .filter(|fact| fact.at < at)
            .partition(|fact| fact.at < first);
        match number % 9 {
            4 => added.extend(self.late(number, &known)),
            5 => added.extend(self.correction(number, &known, at)),
            _ => {}
        }
        let version = i64::try_from(known.len()).unwrap_or_default();
        (!added.is_empty()).then(|| self.told(number, 1, version, at, added))
    }

    /// An assignment that was entered only afterwards.
    fn late(&self, number: u64, known: &[Fact]) -> Option<Fact> {
        let mut random = Random::new(&[self.seed, 0x1a7e, number]);
        let at = known.first()?.at + SignedDuration::from_hours(3);
        let event = assigned(&mut random);
        Some(Self::fact(
            event,
            at,
            Precision::Instant,
            "nagekomen",
            &mut random,
        ))
    }

    /// The decision came to something else than was recorded.
    fn correction(&self, number: u64, known: &[Fact], at: Timestamp) -> Option<Fact> {
        let mut random = Random::new(&[self.seed, 0xc0, number]);
        let (wrong, decided) = known.iter().find_map(|fact| match &fact.event {
            Event::RequestDecided(decided) => Some((fact, decided)),
            _ => None,
        })?;
        let right = RequestDecided {
            outcome: Outcome::PartlyGranted,
            ..decided.clone()
        };
        // A decision is plain data, so it has a stored form.
        let bare = encode(&right.into(), self.request(number)).ok()?;
        let event = FactCorrected {
            corrects: wrong.id,
            occurred_at: wrong.at,
            fact: Bare {
                kind: bare.kind.to_owned(),
                schema: bare.schema,
                payload: bare.payload,
            },
        };
        let record = "besluit";
        Some(Self::fact(
            event.into(),
            at,
            Precision::Instant,
            record,
            &mut random,
        ))
    }

    fn told(&self, number: u64, pass: u64, version: i64, at: Timestamp, facts: Vec<Fact>) -> Told {
        let mut random = Random::new(&[self.seed, 0x1d, number, pass]);
        Told {
            command: uuid::Builder::from_custom_bytes(random.bytes()).into_uuid(),
            stream: StreamId::new(
                casework::request::Request::STREAM_KIND,
                self.request(number).to_string(),
            ),
            version,
            at,
            facts,
            refusal: None,
        }
    }

    fn request(&self, number: u64) -> RequestId {
        let mut random = Random::new(&[self.seed, 0x01d, number]);
        RequestId(uuid::Builder::from_custom_bytes(random.bytes()).into_uuid())
    }

    /// The facts of a case in the order of an import: by time, ties as in the file.
    fn case(&self, number: u64) -> Vec<Fact> {
        let mut random = Random::new(&[self.seed, 0xca5e, number]);
        let domain = if random.chance(600) {
            Domain::OpenbareRuimte
        } else {
            Domain::Sociaal
        };
        let kind = Kind::draw(domain, &mut random);
        let placement = Placement {
            wijk: Some(WIJKEN[Place::draw(&mut random)].wijk()),
            edition: None,
            source: WijkSource::Stated,
        };
        // In the first five months, so that most have ended by the import.
        let days = random.below(150);
        let day = self
            .calendar
            .begin
            .saturating_add(i32::try_from(days).unwrap_or_default().days());
        let start = in_office_hours(on(day, 600), &mut random);
        let submitted = RequestSubmitted {
            placement: placement.clone(),
            domain: Some(domain),
            request_kind: Some(kind.name.to_owned()),
            channel: Channel::Unknown,
            requester_kind: RequesterKind::Unknown,
            requester: None,
            words: Text::Withheld,
            name: Text::Withheld,
            contact: Text::Withheld,
            place: Text::Withheld,
        };
        let mut facts = vec![(start, "registratie", Event::from(submitted))];
        Self::handled(number, start, &mut facts, &mut random);
        // The records do not always begin at the beginning.
        match number % 9 {
            1 => facts[0].0 += SignedDuration::from_hours(24 * 30),
            2 => drop(facts.remove(0)),
            _ => {}
        }
        facts.sort_by_key(|(at, ..)| *at);
        let imported = RequestImported {
            source_name: SOURCE.to_owned(),
            case_number: format!("DEMO-{}-{number:05}", self.calendar.begin.year()),
            placement,
            domain: Some(domain),
            request_kind: Some(kind.name.to_owned()),
        };
        facts.insert(0, (facts[0].0, "zaak", imported.into()));
        facts
            .into_iter()
            .map(|(at, record, event)| {
                // The old system kept a day for what it closed.
                let precision = match record {
                    "sluiting" => Precision::Day,
                    _ => Precision::Instant,
                };
                Self::fact(event, at, precision, record, &mut random)
            })
            .collect()
    }

    fn handled(
        number: u64,
        start: Timestamp,
        facts: &mut Vec<(Timestamp, &'static str, Event)>,
        random: &mut Random,
    ) {
        const STEP: Spread = Spread::hours([20, 130, 500, 1_200]);
        let mut at = start;
        let mut later = |random: &mut Random| {
            at = in_office_hours(at + SignedDuration::from_mins(STEP.minutes(random)), random);
            at
        };
        facts.push((later(random), "toewijzing", assigned(random)));
        let up = random.chance(550);
        if up {
            let event = RequestEscalated {
                to: None,
                ground: Ground::SubmittedUp,
                question: Text::Withheld,
            };
            facts.push((later(random), "voorgelegd", event.into()));
        }
        let decided_at = later(random);
        if number.is_multiple_of(3) {
            let event = MandateStated { under_mandate: !up };
            facts.push((decided_at, "mandaat", event.into()));
        }
        let event = RequestDecided {
            outcome: [Outcome::Granted, Outcome::Refused, Outcome::Unknown][random.index(3)],
            amount_cents: None,
            basis: Basis::Unknown,
            function: None,
            residents: None,
            motivation: Text::Withheld,
            residents_note: Text::Withheld,
        };
        facts.push((decided_at, "besluit", event.into()));
        let resolved = || RequestResolved {
            closing: None,
            message: Text::Withheld,
            requester: None,
        };
        // A day without a time of day.
        let closed = casework::day::start(casework::day::of(later(random)).saturating_add(1.day()));
        facts.push((closed, "sluiting", resolved().into()));
        let again = casework::day::start(casework::day::of(later(random)).saturating_add(1.day()));
        match number % 9 {
            0 => facts.push((again, "sluiting", resolved().into())),
            7 => {
                let event = RequestReopened {
                    cause: ReopenCause::NotFixed,
                    explanation: Text::Withheld,
                    requester: None,
                };
                facts.push((again, "heropening", event.into()));
            }
            _ => {}
        }
    }

    fn fact(
        event: Event,
        at: Timestamp,
        precision: Precision,
        record: &str,
        random: &mut Random,
    ) -> Fact {
        let actor = match &event {
            Event::RequestAssigned(_) | Event::RequestDecided(_) => Actor::Staff(pseudonym(random)),
            _ => Actor::System("import".to_owned()),
        };
        Fact {
            id: uuid::Builder::from_custom_bytes(random.bytes()).into_uuid(),
            at,
            precision,
            actor,
            event,
            source: Some(Source {
                name: SOURCE.to_owned(),
                record: record.to_owned(),
            }),
        }
    }
}

fn assigned(random: &mut Random) -> Event {
    RequestAssigned {
        lead: Lead {
            function: None,
            person: Some(pseudonym(random)),
        },
        urgent: false,
        reason: Text::Withheld,
    }
    .into()
}

/// One of the old system's twelve handlers.
fn pseudonym(random: &mut Random) -> StaffId {
    let handler = random.below(12);
    StaffId::new(&format!("demo-oud-{handler:02}")).expect("letters, digits and hyphens")
}
