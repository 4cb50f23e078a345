//! A made-up log of a municipality: requests of some twenty wijken, each about six events, interleaved.
//!
//! Every event goes through the stored forms of `casework`, so that every view can be built from it.
//! The same number of events gives the same log each time.

pub(crate) mod copied;
mod copy;
mod life;
mod random;

use casework::event::{Event, MandateGranted, ServicenormSet, WijkListed};
use casework::request::Request;
use casework::{Domain, RequestId, stored};
use eventlog::{NewEvent, Precision, StreamId, canonical};
use jiff::{Timestamp, ToSpan as _};
use uuid::Uuid;

pub(crate) use copy::fill;
use life::Life;
use random::Random;

/// Requests that are under way at one time, and so how far the events of one lie apart.
const UNDER_WAY: usize = 2_000;

/// Time between two events: a million of them take some 7 months.
const STEP_S: i64 = 18;

/// One event with its place in its stream.
#[derive(Debug, Clone)]
pub(crate) struct Fact {
    /// Its stream.
    pub(crate) stream: StreamId,
    /// Its place there.
    pub(crate) version: i64,
    /// The event.
    pub(crate) event: NewEvent,
}

/// Makes one event after the other, for ever.
#[derive(Debug)]
pub(crate) struct History {
    random: Random,
    at: Timestamp,
    made: u64,
    registers: Vec<(StreamId, Event)>,
    lives: Vec<Life>,
}

impl History {
    /// From its first event.
    pub(crate) fn begin() -> anyhow::Result<Self> {
        let mut random = Random::new(2026);
        let mut lives = Vec::with_capacity(UNDER_WAY);
        for _ in 0..UNDER_WAY {
            lives.push(Life::begin(&mut random)?);
        }
        Ok(Self {
            random,
            at: "2025-01-06T08:00:00Z".parse()?,
            made: 0,
            registers: registers()?,
            lives,
        })
    }

    /// The next event.
    pub(crate) fn next(&mut self) -> anyhow::Result<Fact> {
        self.at = self.at.checked_add(STEP_S.seconds())?;
        self.made += 1;
        if let Some((stream, event)) = self.registers.pop() {
            let version = i64::try_from(self.made)?;
            return self.fact(stream, version, &event, RequestId(Uuid::nil()));
        }
        let place = self.random.below(self.lives.len());
        let life = &mut self.lives[place];
        let event = life.next(&mut self.random, self.at)?;
        let (request, version) = (life.request, life.version);
        if life.is_over() {
            self.lives[place] = Life::begin(&mut self.random)?;
        }
        let stream = StreamId::new(Request::STREAM_KIND, request.to_string());
        self.fact(stream, version, &event, request)
    }

    fn fact(
        &mut self,
        stream: StreamId,
        version: i64,
        event: &Event,
        request: RequestId,
    ) -> anyhow::Result<Fact> {
        let stored = stored::encode(event, request)?;
        let sealed = sealed_bytes(event);
        Ok(Fact {
            stream,
            version,
            event: NewEvent {
                event_id: Uuid::from_u64_pair(0x0190_0000_0000_7000, self.made),
                kind: stored.kind.to_owned(),
                schema: stored.schema,
                occurred_at: self.at,
                precision: Precision::Instant,
                actor: "staff:anna".to_owned(),
                on_behalf_of: None,
                correlation: self.random.uuid(),
                causation: None,
                payload: canonical::to_canonical_json(&stored.payload)?,
                encrypted: (sealed > 0).then(|| self.random.bytes(sealed)),
            },
        })
    }
}

/// About what the texts of such an event take once sealed. Nothing here opens them, so any bytes will do.
fn sealed_bytes(event: &Event) -> usize {
    match event {
        Event::RequestSubmitted(_) => 480,
        Event::RequestDecided(_) | Event::RequestResolved(_) => 240,
        _ => 0,
    }
}

/// What stands at the beginning of every log, last one first; all in one stream, which no view minds.
fn registers() -> anyhow::Result<Vec<(StreamId, Event)>> {
    let mut events: Vec<Event> = Vec::new();
    for number in 0..life::WIJKEN {
        events.push(
            WijkListed {
                wijk: life::wijk(number)?,
                name: format!("Wijk {number}"),
                edition: life::EDITION,
            }
            .into(),
        );
    }
    for domain in Domain::ALL {
        let days = 28;
        let domain = *domain;
        events.push(ServicenormSet { domain, days }.into());
    }
    events.push(
        MandateGranted {
            entry: life::entry()?,
            limits: life::limits()?,
        }
        .into(),
    );
    let stream = StreamId::new("register", "begin");
    Ok(events
        .into_iter()
        .map(|event| (stream.clone(), event))
        .collect())
}
