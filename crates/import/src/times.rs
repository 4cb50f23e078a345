//! Times as sources write them: with or without an offset, to the instant or to the day.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use serde::Deserialize;

use crate::record::Column;

/// How precise the times of a column are. A day is not midnight.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Precise {
    /// To the instant.
    #[default]
    Instant,
    /// To the day, whatever hour is written behind it.
    Day,
    /// To the day where the hour is midnight, else to the instant.
    MidnightIsDay,
}

/// When something happened. A day is given by its first instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// The instant, cut to microseconds.
    pub at: Timestamp,
    /// Whether only the day is known.
    pub day: bool,
}

/// A time that says nothing certain.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TimeProblem {
    /// It cannot be read.
    #[error("`{text}` is no time in a form this mapping knows; add its form to `times.formats`")]
    Unreadable {
        /// What is written.
        text: String,
    },
    /// It has no offset, and the mapping no zone.
    #[error(
        "`{text}` has no offset from UTC; say the zone of such times: `[times] zone = \"Europe/Amsterdam\"`"
    )]
    NoZone {
        /// What is written.
        text: String,
    },
    /// It cannot be meant.
    #[error("`{text}` lies outside 1900 to 2199")]
    Absurd {
        /// What is written.
        text: String,
    },
}

/// How the times of a source are read.
#[derive(Debug, Clone)]
pub struct Times {
    zone: Option<TimeZone>,
    formats: Vec<String>,
    otherwise: Precise,
    columns: BTreeMap<Column, Precise>,
}

/// A time as it was parsed.
enum Written {
    Offset(Timestamp),
    Local(DateTime),
    Day(Date),
}

impl Times {
    /// Checks the zone and the forms.
    pub fn new(
        zone: Option<&str>,
        formats: Vec<String>,
        otherwise: Precise,
        columns: BTreeMap<Column, Precise>,
    ) -> Result<Self, String> {
        let zone = zone
            .map(|name| {
                TimeZone::get(name).map_err(|_| {
                    format!(
                        "times.zone `{name}` is no zone of the IANA list, such as Europe/Amsterdam"
                    )
                })
            })
            .transpose()?;
        let days = otherwise != Precise::Instant
            || columns.values().any(|precise| *precise != Precise::Instant);
        if days && zone.is_none() {
            return Err("times.zone is needed to know when a day begins".to_owned());
        }
        let probe = DateTime::constant(2024, 2, 29, 12, 34, 56, 0);
        for format in &formats {
            jiff::fmt::strtime::format(format, probe)
                .map_err(|error| format!("times.formats `{format}`: {error}"))?;
        }
        Ok(Self {
            zone,
            formats,
            otherwise,
            columns,
        })
    }

    /// Reads the time that stands in `column`.
    pub fn read(&self, column: &Column, text: &str) -> Result<Moment, TimeProblem> {
        let cut = || text.chars().take(60).collect::<String>();
        let written = self
            .parse(text.trim())
            .ok_or_else(|| TimeProblem::Unreadable { text: cut() })?;
        let precise = self.columns.get(column).copied().unwrap_or(self.otherwise);
        let at = match (&written, &self.zone) {
            (Written::Offset(at), _) => *at,
            (_, None) => return Err(TimeProblem::NoZone { text: cut() }),
            (Written::Local(local), Some(zone)) => {
                instant(*local, zone).ok_or_else(|| TimeProblem::Absurd { text: cut() })?
            }
            (Written::Day(day), Some(zone)) => instant(day.to_datetime(Time::midnight()), zone)
                .ok_or_else(|| TimeProblem::Absurd { text: cut() })?,
        };
        let moment = match &self.zone {
            None => Moment { at, day: false },
            Some(zone) => {
                let local = at.to_zoned(zone.clone());
                let midnight = local.time() == Time::midnight();
                let day = matches!(written, Written::Day(_))
                    || precise == Precise::Day
                    || (precise == Precise::MidnightIsDay && midnight);
                let start = if day { local.start_of_day().ok() } else { None };
                Moment {
                    at: start.map_or(at, |start| start.timestamp()),
                    day,
                }
            }
        };
        let year = moment.at.to_zoned(TimeZone::UTC).year();
        if !(1900..2200).contains(&year) {
            return Err(TimeProblem::Absurd { text: cut() });
        }
        Ok(Moment {
            at: to_microseconds(moment.at),
            ..moment
        })
    }

    /// The day a moment lies on where the source is.
    pub fn day_of(&self, moment: Moment) -> Date {
        let zone = self.zone.clone().unwrap_or(TimeZone::UTC);
        moment.at.to_zoned(zone).date()
    }

    fn parse(&self, text: &str) -> Option<Written> {
        for format in &self.formats {
            if let Ok(broken) = jiff::fmt::strtime::parse(format, text) {
                if broken.offset().is_some() {
                    return broken.to_timestamp().ok().map(Written::Offset);
                }
                if broken.hour().is_some() {
                    return broken.to_datetime().ok().map(Written::Local);
                }
                return broken.to_date().ok().map(Written::Day);
            }
        }
        if let Ok(at) = text.parse::<Timestamp>() {
            return Some(Written::Offset(at));
        }
        let has_hour = text.contains(':') || text.contains('T');
        if has_hour {
            text.parse().ok().map(Written::Local)
        } else {
            text.parse().ok().map(Written::Day)
        }
    }
}

/// A local time that the clocks skipped or told twice is taken as the clock before the change told it.
fn instant(local: DateTime, zone: &TimeZone) -> Option<Timestamp> {
    zone.to_ambiguous_zoned(local)
        .compatible()
        .ok()
        .map(|zoned| zoned.timestamp())
}

/// Cuts what lies below a microsecond, which the log does not hold.
pub(crate) fn to_microseconds(at: Timestamp) -> Timestamp {
    let micros = i64::try_from(at.as_nanosecond().div_euclid(1000)).unwrap_or_default();
    Timestamp::from_microsecond(micros).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(zone: Option<&str>, precise: Precise) -> Times {
        Times::new(
            zone,
            vec!["%d-%m-%Y %H:%M".to_owned(), "%d/%m/%Y".to_owned()],
            precise,
            BTreeMap::new(),
        )
        .unwrap()
    }

    #[track_caller]
    fn read(text: &str, precise: Precise) -> (String, bool) {
        let moment = times(Some("Europe/Amsterdam"), precise)
            .read(&Column::parse("t"), text)
            .unwrap();
        (moment.at.to_string(), moment.day)
    }

    #[test]
    fn the_two_forms_of_the_receipt_log_are_one_moment() {
        let expected = ("2011-10-11T11:45:40.276Z".to_owned(), false);
        assert_eq!(
            read("2011-10-11T13:45:40.276+02:00", Precise::Instant),
            expected
        );
        assert_eq!(
            read("2011-10-11 13:45:40.276000+02:00", Precise::Instant),
            expected
        );
        assert_eq!(
            read("2011-10-11 13:45:40.2760009+02:00", Precise::Instant),
            expected
        );
    }

    #[test]
    fn a_day_is_not_midnight() {
        let day = ("2014-04-10T22:00:00Z".to_owned(), true);
        assert_eq!(
            read("2014-04-11T00:00:00+02:00", Precise::MidnightIsDay),
            day
        );
        assert_eq!(read("2014-04-11T09:30:00+02:00", Precise::Day), day);
        assert_eq!(read("2014-04-11", Precise::Instant), day);
        assert_eq!(read("11/04/2014", Precise::Instant), day);
        assert!(!read("2014-04-11T00:00:00+02:00", Precise::Instant).1);
        assert!(!read("2014-04-11T09:30:00+02:00", Precise::MidnightIsDay).1);
    }

    #[test]
    fn a_time_without_an_offset_is_told_in_the_mappings_zone_or_is_a_problem() {
        assert_eq!(
            read("2010-11-15 01:05:25.727", Precise::Instant).0,
            "2010-11-15T00:05:25.727Z"
        );
        assert_eq!(
            read("15-11-2010 01:05", Precise::Instant).0,
            "2010-11-15T00:05:00Z"
        );
        // The hour that is told twice: the first time around.
        assert_eq!(
            read("2010-10-31T02:30:00", Precise::Instant).0,
            "2010-10-31T00:30:00Z"
        );
        let zoneless = times(None, Precise::Instant);
        let problem = zoneless
            .read(&Column::parse("t"), "2010-11-15 01:05:25")
            .unwrap_err();
        assert!(matches!(problem, TimeProblem::NoZone { .. }), "{problem}");
        assert!(zoneless.read(&Column::parse("t"), "2010-11-15").is_err());
        assert!(
            zoneless
                .read(&Column::parse("t"), "2010-11-15T01:05:25Z")
                .is_ok()
        );
    }

    #[test]
    fn what_is_no_time_or_cannot_be_meant_is_a_problem() {
        let times = times(Some("Europe/Amsterdam"), Precise::Instant);
        for text in ["", "gisteren", "2011-13-01", "12:00"] {
            let problem = times.read(&Column::parse("t"), text).unwrap_err();
            assert!(
                matches!(problem, TimeProblem::Unreadable { .. }),
                "{text}: {problem}"
            );
        }
        for text in ["0001-01-01T00:00:00", "9999-12-31"] {
            let problem = times.read(&Column::parse("t"), text).unwrap_err();
            assert!(
                matches!(problem, TimeProblem::Absurd { .. }),
                "{text}: {problem}"
            );
        }
    }

    #[test]
    fn a_day_needs_a_zone_and_a_zone_has_to_exist() {
        assert!(
            Times::new(None, vec![], Precise::Day, BTreeMap::new())
                .unwrap_err()
                .contains("zone")
        );
        assert!(
            Times::new(
                Some("Europe/Haarlem"),
                vec![],
                Precise::Day,
                BTreeMap::new()
            )
            .unwrap_err()
            .contains("Haarlem")
        );
        assert!(
            Times::new(
                None,
                vec!["%Q!".to_owned()],
                Precise::Instant,
                BTreeMap::new()
            )
            .is_err()
        );
    }
}
