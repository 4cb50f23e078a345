//! Dutch days: a day begins at midnight in Amsterdam, wherever the server stands.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// The zone every term, period and report is told in.
pub const ZONE: &str = "Europe/Amsterdam";

/// The Dutch time zone, from the system or the copy that is compiled in.
///
/// # Panics
/// When the zone database has no such zone, which the bundled one rules out.
pub fn zone() -> TimeZone {
    TimeZone::get(ZONE).expect("Europe/Amsterdam is in the bundled zone database")
}

/// The Dutch calendar day of a moment.
pub fn of(at: Timestamp) -> Date {
    at.to_zoned(zone()).date()
}

/// The moment a Dutch day begins.
///
/// # Panics
/// Never for the years a calendar here can hold (0001 to 9998).
pub fn start(day: Date) -> Timestamp {
    day.to_zoned(zone())
        .expect("a day within the calendar has a first moment")
        .timestamp()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_day_begins_at_midnight_in_amsterdam_in_winter_and_in_summer() {
        assert_eq!(start(date(2026, 1, 1)).to_string(), "2025-12-31T23:00:00Z");
        assert_eq!(start(date(2026, 7, 1)).to_string(), "2026-06-30T22:00:00Z");
        assert_eq!(
            of("2026-06-30T22:00:00Z".parse().unwrap()),
            date(2026, 7, 1)
        );
        assert_eq!(
            of("2026-06-30T21:59:59Z".parse().unwrap()),
            date(2026, 6, 30)
        );
    }
}
