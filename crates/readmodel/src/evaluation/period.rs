//! The days a report is about.

use std::str::FromStr;

use casework::day;
use jiff::Timestamp;
use jiff::civil::{Date, date};

/// Dutch days from the first up to, not including, the last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Period {
    name: String,
    from: Date,
    until: Date,
}

/// What is no period.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPeriod {
    /// Not the name of a half-year.
    #[error("`{given}` is no half-year; write the year, -H and 1 or 2, such as 2026-H1")]
    Name {
        /// What was given, cut to 40 characters.
        given: String,
    },
    /// It ends before it begins, or has no day.
    #[error("a period from {from} to {until} has no days; the last is the first day after it")]
    NoDays {
        /// Its first day.
        from: Date,
        /// The first day after it.
        until: Date,
    },
    /// Outside the years that a calendar here can hold.
    #[error("{day} is too far away; give a day in the years 1900 to 2999")]
    TooFar {
        /// Which day.
        day: Date,
    },
}

impl Period {
    /// Days from `from` up to, not including, `until`.
    pub fn days(from: Date, until: Date) -> Result<Self, InvalidPeriod> {
        Self::named(format!("{from}/{until}"), from, until)
    }

    fn named(name: String, from: Date, until: Date) -> Result<Self, InvalidPeriod> {
        if until <= from {
            return Err(InvalidPeriod::NoDays { from, until });
        }
        for day in [from, until] {
            if !(1900..3000).contains(&day.year()) {
                return Err(InvalidPeriod::TooFar { day });
            }
        }
        Ok(Self { name, from, until })
    }

    /// The half-year that a day lies in.
    pub fn half_year_of(day: Date) -> Result<Self, InvalidPeriod> {
        let half = if day.month() <= 6 { 1 } else { 2 };
        Self::half_year(day.year(), half)
    }

    fn half_year(year: i16, half: i16) -> Result<Self, InvalidPeriod> {
        let first = date(year, 1, 1);
        let middle = date(year, 7, 1);
        if half == 1 {
            return Self::named(format!("{year:04}-H1"), first, middle);
        }
        if year >= 2999 {
            return Err(InvalidPeriod::TooFar { day: middle });
        }
        Self::named(format!("{year:04}-H2"), middle, date(year + 1, 1, 1))
    }

    /// Its name, such as 2026-H1.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its first day.
    pub fn from(&self) -> Date {
        self.from
    }

    /// The first day after it.
    pub fn until(&self) -> Date {
        self.until
    }

    /// The moment it begins: midnight in Amsterdam.
    pub fn begins(&self) -> Timestamp {
        day::start(self.from)
    }

    /// The first moment after it.
    pub fn ends(&self) -> Timestamp {
        day::start(self.until)
    }
}

impl FromStr for Period {
    type Err = InvalidPeriod;

    /// Reads a half-year, such as `2026-H1`.
    fn from_str(text: &str) -> Result<Self, InvalidPeriod> {
        let invalid = || InvalidPeriod::Name {
            given: text.chars().take(40).collect(),
        };
        let (year, half) = text.split_once("-H").ok_or_else(invalid)?;
        if year.len() != 4 || !year.bytes().all(|digit| digit.is_ascii_digit()) {
            return Err(invalid());
        }
        let year = year.parse().map_err(|_| invalid())?;
        match half {
            "1" => Self::half_year(year, 1),
            "2" => Self::half_year(year, 2),
            _ => Err(invalid()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn period(name: &str) -> Period {
        name.parse().unwrap()
    }

    #[test]
    fn a_half_year_begins_and_ends_at_dutch_midnight() {
        let first = period("2026-H1");
        assert_eq!(first.begins().to_string(), "2025-12-31T23:00:00Z");
        assert_eq!(first.ends().to_string(), "2026-06-30T22:00:00Z");
        let second = period("2026-H2");
        assert_eq!(second.begins(), first.ends());
        assert_eq!(second.ends(), period("2027-H1").begins());
        assert_eq!(
            (second.from(), second.until()),
            (date(2026, 7, 1), date(2027, 1, 1))
        );
    }

    #[test]
    fn a_period_may_begin_on_the_day_the_clocks_change() {
        // 29 March 2026 has 23 hours and 25 October 2026 has 25.
        let spring = Period::days(date(2026, 3, 29), date(2026, 3, 30)).unwrap();
        assert_eq!(spring.begins().to_string(), "2026-03-28T23:00:00Z");
        assert_eq!(spring.ends().to_string(), "2026-03-29T22:00:00Z");
        let autumn = Period::days(date(2026, 10, 25), date(2026, 10, 26)).unwrap();
        assert_eq!(autumn.begins().to_string(), "2026-10-24T22:00:00Z");
        assert_eq!(autumn.ends().to_string(), "2026-10-25T23:00:00Z");
    }

    #[test]
    fn what_is_no_half_year_is_told_what_one_looks_like() {
        for text in [
            "", "2026", "2026-H3", "2026-H", "26-H1", "2026-h1", "+026-H1", "2026-H1 ", "2026-H11",
        ] {
            let error = text.parse::<Period>().unwrap_err();
            assert!(error.to_string().contains("2026-H1"), "{text}: {error}");
        }
        assert!(matches!(
            "1800-H1".parse::<Period>(),
            Err(InvalidPeriod::TooFar { .. })
        ));
        assert!(matches!(
            "9999-H2".parse::<Period>(),
            Err(InvalidPeriod::TooFar { .. })
        ));
    }

    #[test]
    fn a_period_has_days() {
        let day = date(2026, 1, 1);
        assert!(matches!(
            Period::days(day, day),
            Err(InvalidPeriod::NoDays { .. })
        ));
        assert_eq!(
            Period::days(day, date(2026, 1, 2)).unwrap().name(),
            "2026-01-01/2026-01-02"
        );
    }

    #[test]
    fn every_day_lies_in_its_half_year() {
        assert_eq!(
            Period::half_year_of(date(2026, 6, 30)).unwrap().name(),
            "2026-H1"
        );
        assert_eq!(
            Period::half_year_of(date(2026, 7, 1)).unwrap().name(),
            "2026-H2"
        );
    }
}
