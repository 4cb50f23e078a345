//! A fictional municipality with two years of history, for the demo, tests and benchmarks.
//!
//! It deliberately holds no rules of its own and knows no HTTP and no views: what happens in it is
//! what `casework` answers, command by command, on a clock that jumps.
//! Start at [`Story`], the history as an iterator, then [`seed`], which writes one to a log.

mod calendar;
mod case;
mod error;
mod old_system;
mod place;
mod random;
mod register;
mod seal;
mod seed;
mod seeded;
mod staff;
mod story;
mod told;
mod wish;
mod words;
mod world;

pub use error::SeedError;
pub use place::{MUNICIPALITY, TENANT};
pub use seed::seed;
pub use seeded::Seeded;
pub use staff::Employee;
pub use story::Story;
pub use told::{Fact, Misstep, Told};

use jiff::civil::Date;

/// Which story to tell. The same plan tells the same one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// Requests in all, those of the old system included.
    pub requests: u64,
    /// Chance.
    pub seed: u64,
    /// The Dutch day the story ends on: its last event lies before the midnight this day begins with,
    /// so that a live command may follow at any hour of it.
    pub today: Date,
}

impl Plan {
    /// What `wijk demo` shows.
    pub const REQUESTS: u64 = 3_000;

    /// The chance that `wijk demo` takes.
    pub const SEED: u64 = 2_026;

    /// The default story, ending on a day.
    pub fn ending(today: Date) -> Self {
        Self {
            requests: Self::REQUESTS,
            seed: Self::SEED,
            today,
        }
    }
}

/// How far the story is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// The day it has come to.
    pub day: Date,
    /// Commands so far.
    pub commands: u64,
    /// Events so far.
    pub events: i64,
}
