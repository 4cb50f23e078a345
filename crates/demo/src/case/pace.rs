//! How long things take: long tails, office hours, tables that meet once a week.

use casework::event::Outcome;
use casework::{Domain, day};
use jiff::{SignedDuration, Timestamp, ToSpan};

use super::{Case, Step};
use crate::calendar::{in_office_hours, is_working_day, on};
use crate::place::WIJKEN;
use crate::random::Spread;
use crate::staff::Role;
use crate::wish::moment;
use crate::world::World;

impl Case {
    /// When a step is taken that follows on something at `at`.
    pub(super) fn moment_of(&mut self, step: Step, world: &World, at: Timestamp) -> Timestamp {
        let after = world.calendar.after(at);
        if step == Step::Divide && after {
            return self.at_the_table(at);
        }
        let spread = self.spread(step, world, at);
        let mut minutes = spread.minutes(&mut self.random);
        if !matches!(step, Step::Take | Step::Reopen) {
            minutes = minutes * WIJKEN[self.wish.wijk].pace[usize::from(after)] / 100;
        }
        if step == Step::Decide && std::mem::take(&mut self.fate.lies) {
            minutes *= 5;
        }
        minutes = minutes * self.fate.pace / 100;
        let later = at + SignedDuration::from_mins(minutes.max(3)) + moment(&mut self.random);
        let around_the_clock = matches!(step, Step::Reopen)
            || step == Step::Take && self.wish.domain == Domain::Veiligheid;
        if around_the_clock {
            later
        } else {
            in_office_hours(later, &mut self.random)
        }
    }

    fn spread(&self, step: Step, world: &World, at: Timestamp) -> Spread {
        let after = world.calendar.after(at);
        let hours = match (step, self.role(world, at)) {
            (Step::Submit | Step::Withdraw, _) => [0, 1, 2, 3],
            (Step::Place, _) => [0, 8, 50, 190],
            (Step::Take, _) => [0, 2, 7, 26],
            (Step::Divide, Role::OpenbareRuimte) => [4, 60, 160, 600],
            (Step::Divide, _) => [8, 110, 330, 1_100],
            (Step::Move(_), _) => [16, 70, 210, 500],
            (Step::Decide, Role::Wijkmanager) => [24, 170, 560, 2_000],
            (Step::Decide, Role::OpenbareRuimte) if after => [4, 95, 340, 1_300],
            (Step::Decide, Role::OpenbareRuimte) => [6, 105, 380, 1_500],
            (Step::Decide, Role::Sociaal) => [3, 88, 320, 1_200],
            (Step::Decide, Role::Veiligheid) => [1, 60, 280, 1_100],
            (Step::Escalate(_), _) => [1, 20, 90, 300],
            (Step::Answer, _) if after => [50, 420, 1_050, 2_900],
            (Step::Answer, _) => [150, 860, 2_100, 5_000],
            (Step::Resolve, _) => match self.fate.outcome {
                Outcome::Granted | Outcome::PartlyGranted => [8, 170, 720, 2_800],
                Outcome::Refused | Outcome::Referred | Outcome::Unknown => [0, 5, 70, 320],
            },
            (Step::Reopen, _) => [26, 220, 720, 1_500],
        };
        Spread::hours(hours)
    }

    /// The next meeting of the wijk's table, or the one after when that is full.
    fn at_the_table(&mut self, at: Timestamp) -> Timestamp {
        let meets = WIJKEN[self.wish.wijk].meets;
        let turn = i64::try_from(self.number % 50).unwrap_or_default() * 3;
        let mut today = day::of(at);
        let mut skip = self
            .random
            .chance(if self.fate.pace < 100 { 0 } else { 170 });
        loop {
            let holds = today.weekday().to_monday_zero_offset() == meets && is_working_day(today);
            let moment_there = on(today, 570 + turn) + moment(&mut self.random);
            let in_time = moment_there > at + SignedDuration::from_hours(1);
            if holds && in_time && !std::mem::take(&mut skip) {
                return moment_there;
            }
            today = today.saturating_add(1.day());
        }
    }
}
