//! When the story begins and turns, when people work, and how busy a day is.

use casework::day;
use jiff::civil::{Date, Weekday};
use jiff::{SignedDuration, Timestamp, ToSpan};

use crate::random::Random;

/// The dates everything else hangs on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Calendar {
    /// First day of the story: a year before the reorganisation.
    pub(crate) begin: Date,
    /// First day of the half-year before the current one.
    pub(crate) reorganisation: Date,
    /// The day that has just begun when the story ends.
    pub(crate) today: Date,
}

impl Calendar {
    /// Two half-years before the reorganisation; after it one whole half-year, and the current one so far.
    pub(crate) fn ending(today: Date) -> Self {
        let current = first_of_half_year(today);
        let reorganisation = current.saturating_sub(6.months());
        Self {
            begin: reorganisation.saturating_sub(12.months()),
            reorganisation,
            today,
        }
    }

    /// Whether the reorganisation has taken place.
    pub(crate) fn after(&self, at: Timestamp) -> bool {
        day::of(at) >= self.reorganisation
    }

    /// The moment the story ends: the midnight that `today` begins with.
    pub(crate) fn end(&self) -> Timestamp {
        day::start(self.today)
    }

    /// When the old system is imported: some weeks before the reorganisation, and once more.
    pub(crate) fn imports(&self) -> [Timestamp; 2] {
        let first = next_working_day(self.reorganisation.saturating_sub(45.days()));
        let second = next_working_day(first.saturating_add(20.days()));
        [on(first, 1_200), on(second, 1_200)]
    }

    /// The days of the story.
    pub(crate) fn days(self) -> impl Iterator<Item = Date> {
        self.begin
            .series(1.day())
            .take_while(move |day| *day < self.today)
    }

    /// How busy a day is, beside others: the season, the day of the week, and the weather.
    pub(crate) fn busy(&self, day: Date, seed: u64) -> u64 {
        const MONTHS: [u64; 12] = [85, 85, 100, 110, 120, 118, 92, 84, 115, 110, 100, 78];
        const WEEKDAYS: [u64; 7] = [130, 120, 110, 110, 95, 45, 40];
        let month = MONTHS[usize::from(day.month().unsigned_abs() - 1)];
        let weekday = usize::from(day.weekday().to_monday_zero_offset().unsigned_abs());
        let date = u64::from(day.year().unsigned_abs()) << 16
            | u64::from(day.day_of_year().unsigned_abs());
        let weather = Random::new(&[seed, 0xda1, date]).between(70, 130);
        let grown = if day >= self.reorganisation { 112 } else { 100 };
        month * WEEKDAYS[weekday] * weather * grown
    }
}

/// The half-year a day lies in, as reports name it: `2026-H1`.
pub(crate) fn half_year(day: Date) -> String {
    format!(
        "{:04}-H{}",
        day.year(),
        if day.month() <= 6 { 1 } else { 2 }
    )
}

fn first_of_half_year(day: Date) -> Date {
    let month = if day.month() <= 6 { 1 } else { 7 };
    jiff::civil::date(day.year(), month, 1)
}

/// A moment of a Dutch day, in minutes since its midnight by the clock on the wall.
pub(crate) fn on(day: Date, minute: i64) -> Timestamp {
    let clock = day.at(0, 0, 0, 0).saturating_add(minute.minutes());
    clock
        .to_zoned(day::zone())
        .map_or_else(|_| day::start(day), |zoned| zoned.timestamp())
}

/// The moment itself when the office is open then, else somewhat after it opens again.
pub(crate) fn in_office_hours(at: Timestamp, random: &mut Random) -> Timestamp {
    let zoned = at.to_zoned(day::zone());
    let minute = i64::from(zoned.hour()) * 60 + i64::from(zoned.minute());
    let mut day = zoned.date();
    if is_working_day(day) && (OPENS..CLOSES).contains(&minute) {
        return at;
    }
    if minute >= CLOSES || !is_working_day(day) {
        day = next_working_day(day);
    }
    let seconds = i64::try_from(random.between(120, 9_000)).unwrap_or_default();
    on(day, OPENS) + SignedDuration::from_secs(seconds)
}

/// Half past eight and half past five, in minutes since midnight.
const OPENS: i64 = 510;
const CLOSES: i64 = 1_050;

/// The first working day after this one.
pub(crate) fn next_working_day(day: Date) -> Date {
    day.series(1.day())
        .skip(1)
        .find(|later| is_working_day(*later))
        .unwrap_or(day)
}

/// Monday to Friday, holidays excepted.
pub(crate) fn is_working_day(day: Date) -> bool {
    let weekend = matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
    let fixed = matches!((day.month(), day.day()), (1, 1) | (4, 27) | (12, 25 | 26));
    let easter = easter(day.year());
    // Good Friday, Easter Monday, Ascension Day and Whit Monday.
    let moving = [-2, 1, 39, 50]
        .iter()
        .any(|days| easter.saturating_add(days.days()) == day);
    !(weekend || fixed || moving)
}

/// Easter Sunday, by the anonymous Gregorian algorithm.
fn easter(year: i16) -> Date {
    let year_number = i32::from(year);
    let golden = year_number % 19;
    let century = year_number / 100;
    let skipped = (century - (century / 4) - (8 * century + 13) / 25 + 19 * golden + 15) % 30;
    let moon = skipped - (skipped / 28) * (1 - (29 / (skipped + 1)) * ((21 - golden) / 11));
    let sunday = (year_number + year_number / 4 + moon + 2 - century + century / 4) % 7;
    let from_march = moon - sunday;
    jiff::civil::date(year, 3, 28).saturating_add(from_march.days())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn the_story_has_a_year_before_the_reorganisation_and_ends_today() {
        let calendar = Calendar::ending(date(2026, 11, 24));
        assert_eq!(calendar.begin, date(2025, 1, 1));
        assert_eq!(calendar.reorganisation, date(2026, 1, 1));
        assert_eq!(calendar.end().to_string(), "2026-11-23T23:00:00Z");
        let early = Calendar::ending(date(2027, 1, 1));
        assert_eq!(early.reorganisation, date(2026, 7, 1));
        assert_eq!(early.begin, date(2025, 7, 1));
    }

    #[test]
    fn easter_moves() {
        for (year, month, day) in [(2025, 4, 20), (2026, 4, 5), (2027, 3, 28), (2038, 4, 25)] {
            assert_eq!(easter(year), date(year, month, day));
        }
    }

    #[test]
    fn nobody_works_at_night_in_a_weekend_or_at_whitsun() {
        let mut random = Random::new(&[7]);
        for given in [
            "2026-05-23T11:00:00+02:00",
            "2026-05-22T23:00:00+02:00",
            "2026-05-26T03:00:00+02:00",
        ] {
            let at = in_office_hours(given.parse().unwrap(), &mut random);
            assert_eq!(day::of(at), date(2026, 5, 26), "{given}");
        }
        let open: Timestamp = "2026-05-26T11:00:00+02:00".parse().unwrap();
        assert_eq!(in_office_hours(open, &mut random), open);
    }

    #[test]
    fn half_years_are_named_as_in_reports() {
        assert_eq!(half_year(date(2026, 6, 30)), "2026-H1");
        assert_eq!(half_year(date(2026, 7, 1)), "2026-H2");
    }
}
