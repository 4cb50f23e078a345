//! What there is to show once a story is in the log.

use casework::{PersonId, RequestId, WijkCode};

use crate::calendar::Calendar;
use crate::calendar::half_year;
use crate::place::{SHOWN, WIJKEN};
use crate::seed::eve;
use crate::staff::{Employee, Staff};
use crate::{Plan, SeedError, Story};

/// What to show of a seeded municipality, and who may look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seeded {
    /// A wijk with a queue.
    pub wijk: WijkCode,
    /// Its name, marked as fictional.
    pub wijk_name: &'static str,
    /// A request of that wijk: a decision refused by a check, taken up, sent back with an instruction,
    /// decided under mandate, carried out, opened again, and decided once more.
    pub request: RequestId,
    /// The first half-year after the reorganisation, which is whole: such as `2026-H1`.
    pub half_year: String,
    /// The half-year before it, to compare with.
    pub half_year_before: String,
    /// Someone who was erased.
    pub erased: PersonId,
    /// Their request, whose words are gone.
    pub erased_request: RequestId,
    /// Everyone of the municipality on the last day, for tokens.
    pub staff: Vec<Employee>,
    /// Events of the story in the log.
    pub events: i64,
}

impl Seeded {
    pub(crate) fn of(story: &Story, plan: Plan, events: i64) -> Result<Self, SeedError> {
        let calendar = Calendar::ending(plan.today);
        let (erased, erased_request) =
            story.erased.ok_or(SeedError::Missing("an erased person"))?;
        Ok(Self {
            wijk: WIJKEN[SHOWN].wijk(),
            wijk_name: WIJKEN[SHOWN].name,
            request: story.shown.ok_or(SeedError::Missing("a request"))?,
            half_year: half_year(calendar.reorganisation),
            half_year_before: half_year(eve(calendar.reorganisation)),
            erased,
            erased_request,
            staff: Staff::new(plan.seed, calendar).everyone(),
            events,
        })
    }
}
