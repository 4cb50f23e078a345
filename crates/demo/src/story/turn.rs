//! What is done when its moment comes.

use casework::person::Person;
use casework::request::{Command, Request, State};
use casework::{Actor, Channel, Domain};
use eventlog::StreamId;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use super::Story;
use crate::case::Case;
use crate::place::{SHOWN, WIJKEN};
use crate::random::Random;
use crate::staff::{Role, day_of};
use crate::told::Misstep;
use crate::wish::{Town, Wish};
use crate::words::LeadChange;

/// One thing to do at a moment, by its number in its list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Turn {
    /// A register is changed.
    Register(usize),
    /// A day begins: draw who will come.
    Day(usize),
    /// The next step of a request.
    Case(u64),
    /// The first table of a wijk takes over from the wijkmanager.
    Reorganise(usize),
    /// Somebody leaves.
    Leave(usize),
    /// The old system is imported.
    Import,
    /// And once more, with what changed there.
    Reimport,
    /// The request comes in whose dossier is shown.
    Shown,
    /// A resident asks to be forgotten.
    Erase,
}

impl Story {
    pub(super) fn take(&mut self, turn: Turn, at: Timestamp) -> Result<(), Misstep> {
        match turn {
            Turn::Register(number) => self.register(number, at)?,
            Turn::Day(number) => self.day(number),
            Turn::Case(number) => self.step(number, at)?,
            Turn::Reorganise(wijk) => self.reorganise(wijk, at)?,
            Turn::Leave(number) => self.leave(number, at)?,
            Turn::Import => {
                for number in 0..self.old_cases() {
                    let told = self.old.import(number, at);
                    self.out.push_back(told);
                }
            }
            Turn::Reimport => {
                for number in 0..self.old_cases() {
                    self.out.extend(self.old.reimport(number, at));
                }
            }
            Turn::Shown => self.shown(at),
            Turn::Erase => self.erase(at)?,
        }
        Ok(())
    }

    fn register(&mut self, number: usize, at: Timestamp) -> Result<(), Misstep> {
        let act = self.acts[number].clone();
        let (kind, id) = act.stream();
        let by = self.world.staff.registrar();
        let known = (&self.world.areas, &*self.world.norms, &*self.world.register);
        let decision = act.decide(&by, at, known).map_err(|refusal| Misstep {
            action: "register",
            stream: format!("{kind}/{id}"),
            at,
            refusal,
        })?;
        let place = ["area", "rule", "mandate"]
            .iter()
            .position(|known| *known == kind);
        let version = self.world.versions[place.unwrap_or_default()];
        let stream = StreamId::new(kind, id);
        for fact in self.tell(stream, version, at, &by.actor, decision) {
            self.world.evolve(&fact.event);
        }
        Ok(())
    }

    fn day(&mut self, number: usize) {
        let (day, requests) = self.days[number];
        for _ in 0..requests {
            let number = self.begun;
            self.begun += 1;
            let mut random = Random::new(&[self.plan.seed, 0xca5e, number]);
            let wish = self.wish(day, &mut random);
            let case = Case::new(number, wish, random);
            self.queue(case.wish.at, Turn::Case(number));
            self.open.insert(number, case);
        }
    }

    /// A wish of somebody who did not ask to be forgotten.
    fn wish(&self, day: Date, random: &mut Random) -> Wish {
        let town = Town {
            seed: self.plan.seed,
            requests: self.plan.requests,
            after: day >= self.world.calendar.reorganisation,
        };
        loop {
            let wish = Wish::of(day, town, random);
            if wish
                .requester
                .is_none_or(|person| !self.forgotten.contains(&person))
            {
                return wish;
            }
        }
    }

    fn shown(&mut self, at: Timestamp) {
        let number = u64::MAX;
        let mut random = Random::new(&[self.plan.seed, 0x5401]);
        let day = day_of(at);
        // A request that a resident brought in by the web, for something social that costs much.
        let wish = loop {
            let wish = self.wish(day, &mut random);
            if wish.domain == Domain::Sociaal && wish.is_digital() && wish.cents.is_some() {
                break wish;
            }
        };
        let wish = Wish {
            at,
            wijk: SHOWN,
            spot: WIJKEN[SHOWN].spot(&mut random),
            says_where: true,
            filed_as: Some(Domain::Sociaal),
            channel: Channel::Web,
            cents: Some(465_000),
            ..wish
        };
        let words = wish.kind.words(&wish.spot, &mut random);
        let case = Case::new(number, Wish { words, ..wish }, random).fated();
        self.shown = Some(case.id);
        self.queue(at, Turn::Case(number));
        self.open.insert(number, case);
    }

    fn step(&mut self, number: u64, at: Timestamp) -> Result<(), Misstep> {
        let Some(mut case) = self.open.remove(&number) else {
            return Ok(());
        };
        let command = case.act(&self.world, at);
        let refusal = self.apply(&mut case, command)?;
        if let Some((next, moment)) = case.follow(&self.world, at, refusal.as_ref()) {
            case.next = next;
            self.queue(moment, Turn::Case(number));
            self.open.insert(number, case);
        } else if let (State::Resolved, Some(person)) = (case.request.state(), case.wish.requester)
            && case.wish.requester_kind == casework::event::RequesterKind::Resident
            && Some(case.id) != self.shown
        {
            self.forgettable = Some((person, case.id));
        }
        Ok(())
    }

    /// Asks the rules, tells what they answer, and folds it.
    fn apply(
        &mut self,
        case: &mut Case,
        command: Command,
    ) -> Result<Option<casework::Refusal>, Misstep> {
        let stream = StreamId::new(Request::STREAM_KIND, case.id.to_string());
        let at = command.at;
        let actor = command.by.actor.clone();
        let action = command.action.name();
        let decision = case.request.decide(command).map_err(|refusal| Misstep {
            action,
            stream: stream.to_string(),
            at,
            refusal,
        })?;
        let refusal = decision.refusal.clone();
        let version = case.request.version();
        for fact in self.tell(stream, version, at, &actor, decision) {
            let request = std::mem::take(&mut case.request);
            case.request = request.evolve(fact.id, fact.at, &fact.event);
        }
        Ok(refusal)
    }

    /// What the wijkmanager of a wijk still had goes to the three, at their first table.
    fn reorganise(&mut self, wijk: usize, at: Timestamp) -> Result<(), Misstep> {
        let gone = Role::Wijkmanager.function();
        self.hand_over(at, LeadChange::Reorganisation, |case| {
            let lead = case.request.lead.as_ref();
            let has = lead.is_some_and(|lead| lead.function.as_ref() == Some(&gone));
            let domain = case.request.domain.unwrap_or(case.wish.domain);
            (has && case.wish.wijk == wijk).then(|| Role::of(domain, true))
        })
    }

    /// What somebody who leaves still had goes to their successor.
    fn leave(&mut self, number: usize, at: Timestamp) -> Result<(), Misstep> {
        let change = self.changes[number].clone();
        let function = Some(change.role.function());
        self.hand_over(at, LeadChange::Leaving, |case| {
            let lead = case.request.lead.as_ref()?;
            let has = lead.person.as_ref() == Some(&change.old) && lead.function == function;
            (has && case.wish.wijk == change.wijk).then_some(change.role)
        })
    }

    fn hand_over(
        &mut self,
        at: Timestamp,
        why: LeadChange,
        to: impl Fn(&Case) -> Option<Role>,
    ) -> Result<(), Misstep> {
        let numbers: Vec<u64> = self.open.keys().copied().collect();
        for number in numbers {
            let Some(mut case) = self.open.remove(&number) else {
                continue;
            };
            let ended = matches!(
                case.request.state(),
                State::New | State::Resolved | State::Withdrawn
            );
            if let Some(role) = to(&case).filter(|_| !ended) {
                let command = case.hand_over(role, why, &self.world, at);
                self.apply(&mut case, command)?;
            }
            self.open.insert(number, case);
        }
        Ok(())
    }

    /// The first resident of late who has nothing open, else tomorrow again.
    fn erase(&mut self, at: Timestamp) -> Result<(), Misstep> {
        let found = self.forgettable.filter(|(person, _)| {
            let open = |case: &Case| case.wish.requester == Some(*person);
            !self.open.values().any(open)
        });
        let Some((person, request)) = found else {
            self.queue(at + SignedDuration::from_hours(24), Turn::Erase);
            return Ok(());
        };
        let by = self.world.staff.privacy();
        let stream = StreamId::new(Person::STREAM_KIND, person.to_string());
        let decision = Person::default()
            .erase(&by, person)
            .map_err(|refusal| Misstep {
                action: "erase",
                stream: stream.to_string(),
                at,
                refusal,
            })?;
        let actor: Actor = by.actor;
        self.tell(stream, 0, at, &actor, decision);
        self.forgotten.insert(person);
        self.erased = Some((person, request));
        Ok(())
    }
}
