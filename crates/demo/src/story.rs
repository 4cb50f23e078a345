//! The story itself: a clock that jumps from one moment at which something is done to the next.

mod turn;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, VecDeque};

use casework::{Actor, Decision, PersonId, RequestId};
use eventlog::{Precision, StreamId};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

use crate::Plan;
use crate::calendar::{Calendar, is_working_day, next_working_day, on};
use crate::case::Case;
use crate::old_system::OldSystem;
use crate::place::WIJKEN;
use crate::random::Random;
use crate::register::{self, RegisterAct};
use crate::staff::Change;
use crate::told::{Fact, Misstep, Told};
use crate::world::World;
use turn::Turn;

/// A municipality's history, command by command in the order of time.
///
/// The same plan gives the same history, to the last id, on any machine. Memory grows with the open
/// requests, not with all of them.
pub struct Story {
    plan: Plan,
    world: World,
    old: OldSystem,
    acts: Vec<RegisterAct>,
    changes: Vec<Change>,
    days: Vec<(Date, u64)>,
    queue: BinaryHeap<Reverse<(Timestamp, u64, Turn)>>,
    /// Turns that were ever queued: of two at one moment, the earlier queued comes first.
    queued: u64,
    open: BTreeMap<u64, Case>,
    /// Requests that came in or were drawn so far.
    begun: u64,
    ids: Random,
    out: VecDeque<Told>,
    pub(crate) shown: Option<RequestId>,
    /// The last resident whose one request is done, and that request.
    forgettable: Option<(PersonId, RequestId)>,
    pub(crate) erased: Option<(PersonId, RequestId)>,
    forgotten: BTreeSet<PersonId>,
}

impl Story {
    /// Begins a story.
    pub fn new(plan: Plan) -> Self {
        let calendar = Calendar::ending(plan.today);
        let world = World::new(plan.seed, calendar);
        let (dates, acts): (Vec<Date>, Vec<RegisterAct>) =
            register::acts(calendar).into_iter().unzip();
        let mut story = Self {
            changes: world.staff.changes(),
            old: OldSystem::new(plan.seed, calendar),
            days: arrivals(&plan, calendar),
            queue: BinaryHeap::new(),
            queued: 0,
            open: BTreeMap::new(),
            begun: 0,
            ids: Random::new(&[plan.seed, 0x1d5, plan.requests, day_number(plan.today)]),
            out: VecDeque::new(),
            shown: None,
            forgettable: None,
            erased: None,
            forgotten: BTreeSet::new(),
            world,
            acts,
            plan,
        };
        story.set_out(&dates, calendar);
        story
    }

    /// Queues everything that does not follow from something else.
    fn set_out(&mut self, dates: &[Date], calendar: Calendar) {
        for (number, date) in dates.iter().enumerate() {
            // What the first requests need is there before them.
            let minute = if *date == calendar.begin { 0 } else { 555 };
            let seconds =
                jiff::SignedDuration::from_secs(i64::try_from(number).unwrap_or_default());
            self.queue(on(*date, minute) + seconds, Turn::Register(number));
        }
        for number in 0..self.days.len() {
            self.queue(on(self.days[number].0, 0), Turn::Day(number));
        }
        let start = calendar.reorganisation;
        for (wijk, place) in WIJKEN.iter().enumerate() {
            let first = start
                .series(1.day())
                .filter(|day| is_working_day(*day))
                .find(|day| day.weekday().to_monday_zero_offset() == place.meets)
                .unwrap_or(start);
            self.queue(on(first, 565), Turn::Reorganise(wijk));
        }
        for number in 0..self.changes.len() {
            self.queue(on(self.changes[number].from, 535), Turn::Leave(number));
        }
        let [import, again] = calendar.imports();
        self.queue(import, Turn::Import);
        self.queue(again, Turn::Reimport);
        let shown = next_working_day(start.saturating_add(17.days()));
        self.queue(on(shown, 627), Turn::Shown);
        let erase = next_working_day(calendar.today.saturating_sub(20.days()));
        self.queue(on(erase, 660), Turn::Erase);
    }

    fn queue(&mut self, at: Timestamp, turn: Turn) {
        self.queued += 1;
        self.queue.push(Reverse((at, self.queued, turn)));
    }

    /// Gives a decision its ids and lets it be told; answers with the facts, to be folded.
    fn tell(
        &mut self,
        stream: StreamId,
        version: i64,
        at: Timestamp,
        actor: &Actor,
        decision: Decision,
    ) -> Vec<Fact> {
        let command = self.ids.uuid_v7(at);
        let facts: Vec<Fact> = decision
            .events
            .into_iter()
            .map(|event| Fact {
                id: self.ids.uuid_v7(at),
                at,
                precision: Precision::Instant,
                actor: actor.clone(),
                event,
                source: None,
            })
            .collect();
        if !facts.is_empty() {
            self.out.push_back(Told {
                command,
                stream,
                version,
                at,
                facts: facts.clone(),
                refusal: decision.refusal.map(|refusal| refusal.code()),
            });
        }
        facts
    }

    /// How many requests the old system had.
    fn old_cases(&self) -> u64 {
        old_cases(self.plan.requests)
    }
}

impl Iterator for Story {
    type Item = Result<Told, Misstep>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(told) = self.out.pop_front() {
                return Some(Ok(told));
            }
            let Reverse((at, _, turn)) = self.queue.pop()?;
            if at >= self.world.calendar.end() {
                self.queue.clear();
                return None;
            }
            if let Err(misstep) = self.take(turn, at) {
                self.queue.clear();
                return Some(Err(misstep));
            }
        }
    }
}

/// One in fifty comes from the old system.
fn old_cases(requests: u64) -> u64 {
    (requests / 50).clamp(10, 400)
}

/// How many requests come in on each day: exactly the plan's, less those imported and the one shown.
fn arrivals(plan: &Plan, calendar: Calendar) -> Vec<(Date, u64)> {
    let live = plan.requests.saturating_sub(old_cases(plan.requests) + 1);
    let busy: Vec<(Date, u64)> = calendar
        .days()
        .map(|day| (day, calendar.busy(day, plan.seed)))
        .collect();
    let whole: u64 = busy.iter().map(|(_, weight)| weight).sum();
    let mut so_far = 0;
    let mut given = 0;
    busy.into_iter()
        .map(|(day, weight)| {
            so_far += weight;
            let due = u128::from(live) * u128::from(so_far) / u128::from(whole.max(1));
            let due = u64::try_from(due).unwrap_or(live);
            let today = due - given;
            given = due;
            (day, today)
        })
        .collect()
}

fn day_number(day: Date) -> u64 {
    u64::from(day.year().unsigned_abs()) << 16 | u64::from(day.day_of_year().unsigned_abs())
}

#[cfg(test)]
mod tests;
