//! What follows, and when.

use casework::Refusal;
use casework::request::State;
use jiff::{SignedDuration, Timestamp};

use super::{Case, Step};
use crate::words::LeadChange;
use crate::world::World;

impl Case {
    /// The next step with its moment; None when nothing more will happen.
    ///
    /// `refusal` is what the step just taken was refused with, on the record.
    pub(crate) fn follow(
        &mut self,
        world: &World,
        at: Timestamp,
        refusal: Option<&Refusal>,
    ) -> Option<(Step, Timestamp)> {
        let step = match self.request.state() {
            State::New => return None,
            State::Submitted => self.on_the_table(),
            State::Assigned => self.with_a_lead(world, at, refusal),
            State::Escalated => Step::Answer,
            State::Decided => Step::Resolve,
            State::Resolved => self.perhaps_again(58)?,
            State::Withdrawn => self.perhaps_again(12)?,
        };
        let moment = self.moment_of(step, world, at);
        if self.gives_up(step) {
            let half_us = moment.duration_since(at).as_micros() / 2;
            let half = SignedDuration::from_micros(i64::try_from(half_us).unwrap_or_default());
            return Some((Step::Withdraw, at + half));
        }
        Some((step, moment))
    }

    fn on_the_table(&mut self) -> Step {
        let placed = self.request.placement.wijk.is_some() && self.request.domain.is_some();
        if !placed {
            Step::Place
        } else if std::mem::take(&mut self.wish.urgent) {
            Step::Take
        } else {
            Step::Divide
        }
    }

    fn with_a_lead(&mut self, world: &World, at: Timestamp, refusal: Option<&Refusal>) -> Step {
        if let Some(refusal) = refusal {
            return Step::Escalate(self.ground_of(refusal));
        }
        if self.next == Step::Answer {
            self.trim(world, at);
            return Step::Decide;
        }
        if self.request.urgent || self.is_misled(world, at) {
            return Step::Divide;
        }
        if self.request.domain != Some(self.wish.domain) && !self.fate.keeps_lead {
            return Step::Move(LeadChange::Domain);
        }
        match self.fate.turns.take() {
            Some(why) => Step::Move(why),
            None => Step::Decide,
        }
    }

    fn perhaps_again(&mut self, permille: u64) -> Option<Step> {
        let fated = self.fate.reopens.filter(|_| self.fate.reopened == 0);
        let again = match fated {
            Some(again) => again,
            None => self.fate.reopened < 2 && self.random.chance(permille),
        };
        if !again {
            return None;
        }
        self.fate.reopened += 1;
        self.fate.came_back = 0;
        // What is done once more is a small thing beside the first.
        self.wish.cents = self.wish.cents.map(|cents| (cents / 8 / 500).max(1) * 500);
        Some(Step::Reopen)
    }

    /// Whether the requester gives up while waiting for this step.
    fn gives_up(&mut self, step: Step) -> bool {
        let nobody = self.wish.requester.is_none() || self.fate.reopens.is_some();
        let permille = match step {
            Step::Divide | Step::Decide => 11,
            Step::Answer => 60,
            _ => 0,
        };
        self.random.chance(permille) && !nobody
    }
}
