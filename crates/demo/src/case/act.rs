//! From the next step to a command: who gives it, and what it says.

use casework::event::{Closing, NoMessageReason, ReopenCause, RequesterKind};
use casework::request::{Action, Command};
use casework::{Actor, By, Channel, Placement, StaffId, Text};
use jiff::Timestamp;

use super::{Case, Step};
use crate::place::WIJKEN;
use crate::staff::{Role, day_of};
use crate::words::{self, LeadChange};
use crate::world::World;

impl Case {
    /// The command that the next step comes to at this moment.
    pub(crate) fn act(&mut self, world: &World, at: Timestamp) -> Command {
        // Whose function has ended, or whose field it is no longer, does nothing more with it.
        let leads = matches!(
            self.next,
            Step::Decide | Step::Escalate(_) | Step::Resolve | Step::Move(_)
        );
        if leads && self.is_misled(world, at) {
            self.next = Step::Divide;
        }
        let (by, action) = match self.next {
            Step::Submit => self.submit(world, at),
            Step::Place => self.place(world),
            Step::Take => self.take(world, at),
            Step::Divide => self.divide(world, at),
            Step::Move(why) => self.turn(why, world, at),
            Step::Decide => self.decide(world, at),
            Step::Escalate(ground) => self.escalate(ground),
            Step::Answer => self.answer(world),
            Step::Resolve => self.resolve(),
            Step::Reopen => self.reopen(world),
            Step::Withdraw => self.withdraw(world, at),
        };
        Command {
            request: self.id,
            by,
            at,
            action,
        }
    }

    /// The table gives it to somebody else, outside its own course.
    pub(crate) fn hand_over(
        &mut self,
        role: Role,
        why: LeadChange,
        world: &World,
        at: Timestamp,
    ) -> Command {
        let person = world.staff.holder(role, self.wish.wijk, day_of(at));
        let reason = self.text(|random| words::lead_reason(why, random));
        Command {
            request: self.id,
            by: world.staff.table(self.wish.wijk, day_of(at)),
            at,
            action: assign(role, person, false, reason),
        }
    }

    /// The role that leads now.
    pub(super) fn role(&self, world: &World, at: Timestamp) -> Role {
        let domain = self.request.domain.unwrap_or(self.wish.domain);
        Role::of(domain, world.calendar.after(at))
    }

    /// Whether it lies with a function that should not have it.
    pub(super) fn is_misled(&self, world: &World, at: Timestamp) -> bool {
        let Some(lead) = &self.request.lead else {
            return false;
        };
        let gone = world.calendar.after(at)
            && lead.function.as_ref() == Some(&Role::Wijkmanager.function());
        let right = Some(self.role(world, at).function());
        gone || (!self.fate.keeps_lead && lead.function != right)
    }

    /// The lead as the giver of a command.
    pub(super) fn lead(&self) -> By {
        let lead = self.request.lead.clone();
        let (function, person) = lead.map_or((None, None), |lead| (lead.function, lead.person));
        By {
            actor: person.map_or_else(|| Actor::System("demo".to_owned()), Actor::Staff),
            functions: function.into_iter().collect(),
        }
    }

    /// The requester where they can, else the intake for them.
    fn requester(&mut self, world: &World) -> By {
        match self.request.requester.filter(|_| self.wish.is_digital()) {
            Some(person) => By {
                actor: Actor::Person(person),
                functions: std::collections::BTreeSet::new(),
            },
            None => world.staff.intake(&mut self.random),
        }
    }

    fn submit(&mut self, world: &World, at: Timestamp) -> (By, Action) {
        let wish = self.wish.clone();
        let role = Role::of(wish.domain, world.calendar.after(at));
        let by = match (wish.channel, wish.requester) {
            (Channel::Web | Channel::App, Some(person)) => By {
                actor: Actor::Person(person),
                functions: std::collections::BTreeSet::new(),
            },
            // The wijkmanager has no way in of their own: that goes through the intake.
            (Channel::Visit | Channel::Internal, _) if role != Role::Wijkmanager => {
                world.staff.by(role, wish.wijk, day_of(at))
            }
            _ => world.staff.intake(&mut self.random),
        };
        let action = Action::Submit {
            placement: if wish.says_where {
                world.placement(wish.wijk)
            } else {
                Placement::unknown()
            },
            domain: wish.filed_as,
            request_kind: Some(wish.kind.name.to_owned()),
            channel: wish.channel,
            requester_kind: wish.requester_kind,
            requester: wish.requester,
            words: Text::given(wish.words),
            name: Text::given(wish.name),
            contact: Text::given(wish.contact),
            place: Text::given(wish.spot),
            norms: world.norms.clone(),
        };
        // They are in the log now, and told once.
        self.wish.words = String::new();
        (by, action)
    }

    fn place(&mut self, world: &World) -> (By, Action) {
        let placement = match self.request.placement.wijk {
            Some(_) => self.request.placement.clone(),
            None => world.placement(self.wish.wijk),
        };
        let action = Action::Place {
            placement,
            domain: Some(self.request.domain.unwrap_or(self.wish.domain)),
            norms: world.norms.clone(),
        };
        (world.staff.intake(&mut self.random), action)
    }

    fn take(&mut self, world: &World, at: Timestamp) -> (By, Action) {
        let own = self.role(world, at);
        // Before, only openbare ruimte may; after, now and then another of the three is quicker.
        let role = match own {
            Role::Wijkmanager => Role::OpenbareRuimte,
            _ if self.random.chance(130) => Role::Sociaal,
            own => own,
        };
        let by = world.staff.by(role, self.wish.wijk, day_of(at));
        let domain = self.request.domain;
        let reason = self.text(|random| words::urgent_reason(domain, random));
        let person = world.staff.holder(role, self.wish.wijk, day_of(at));
        (by, assign(role, person, true, reason))
    }

    fn divide(&mut self, world: &World, at: Timestamp) -> (By, Action) {
        let role = self.role(world, at);
        let person = world.staff.holder(role, self.wish.wijk, day_of(at));
        let function = Some(role.function());
        let moved = self.request.lead.as_ref();
        let moved = moved.is_some_and(|lead| lead.function != function);
        let reason = if moved {
            let why = self.fate.change;
            self.text(|random| words::lead_reason(why, random))
        } else {
            Text::Withheld
        };
        let by = world.staff.table(self.wish.wijk, day_of(at));
        (by, assign(role, person, false, reason))
    }

    fn turn(&mut self, why: LeadChange, world: &World, at: Timestamp) -> (By, Action) {
        let table = world.staff.table(self.wish.wijk, day_of(at));
        if why == LeadChange::Domain {
            let action = Action::Place {
                placement: self.request.placement.clone(),
                domain: Some(self.wish.domain),
                norms: world.norms.clone(),
            };
            return (table, action);
        }
        let own = self.role(world, at);
        let (role, wijk) = match (why, own) {
            (LeadChange::Function, Role::OpenbareRuimte) => (
                Role::of(casework::Domain::Sociaal, world.calendar.after(at)),
                self.wish.wijk,
            ),
            (LeadChange::Function, _) => (Role::OpenbareRuimte, self.wish.wijk),
            (_, own) => (own, (self.wish.wijk + 1) % WIJKEN.len()),
        };
        self.fate.keeps_lead = why == LeadChange::Function;
        let person = world.staff.holder(role, wijk, day_of(at));
        let reason = self.text(|random| words::lead_reason(why, random));
        (table, assign(role, person, false, reason))
    }

    fn resolve(&mut self) -> (By, Action) {
        let reason = match self.wish.requester_kind {
            RequesterKind::Anonymous => Some(NoMessageReason::Anonymous),
            RequesterKind::OwnInitiative => Some(NoMessageReason::NoRequester),
            _ if self.random.chance(22) => Some(NoMessageReason::Unreachable),
            _ if self.random.chance(15) => Some(NoMessageReason::Declined),
            _ => None,
        };
        let (closing, message) = if let Some(reason) = reason {
            (Closing::NoMessage { reason }, Text::Withheld)
        } else {
            let channel = match self.wish.channel {
                Channel::Post => Channel::Post,
                Channel::Phone | Channel::Desk => Channel::Phone,
                Channel::Visit => Channel::Visit,
                _ => Channel::Email,
            };
            let outcome = self.fate.outcome;
            let message = self.text(|random| words::closing_message(outcome, random));
            (Closing::Message { channel }, message)
        };
        (self.lead(), Action::Resolve { closing, message })
    }

    fn reopen(&mut self, world: &World) -> (By, Action) {
        let cause = match self.fate.outcome {
            casework::event::Outcome::Refused => ReopenCause::Disputed,
            _ if self.fate.reopens == Some(true) => ReopenCause::NotFixed,
            _ => *self.random.pick(&[
                ReopenCause::NotFixed,
                ReopenCause::NotFixed,
                ReopenCause::NewFacts,
                ReopenCause::ClosedByMistake,
            ]),
        };
        let by = match cause {
            ReopenCause::ClosedByMistake => world.staff.intake(&mut self.random),
            _ => self.requester(world),
        };
        let explanation = self.text(|random| words::reopening(cause, random));
        (by, Action::Reopen { cause, explanation })
    }

    fn withdraw(&mut self, world: &World, at: Timestamp) -> (By, Action) {
        let by = self.requester(world);
        let waited = at.duration_since(self.wish.at).as_hours() > 60 * 24;
        let reason = self.text(|random| words::withdrawal(waited, random));
        (by, Action::Withdraw { reason })
    }
}

fn assign(role: Role, person: StaffId, urgent: bool, reason: Text) -> Action {
    Action::Assign {
        function: role.function(),
        person: Some(person),
        urgent,
        reason,
    }
}
