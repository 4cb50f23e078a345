//! Quantiles by linear interpolation (type 7), exact over whole seconds.

use crate::document::Days;

/// Seconds in a day; a duration of 24 hours is a day, whatever the clocks did.
const DAY_S: i64 = 86_400;

/// The quantile at `tenths` tenths (5 is the median, 9 is p90) of sorted durations in seconds, in days
/// rounded half up to 0.1; None of nothing.
///
/// With h = (n - 1) * p it is x[⌊h⌋] + (h - ⌊h⌋) * (x[⌊h⌋ + 1] - x[⌊h⌋]), counted from 0. Everything is in
/// tenths of seconds, so nothing is rounded before the last step.
pub(super) fn days(sorted_s: &[i64], tenths: usize) -> Option<Days> {
    let last = sorted_s.len().checked_sub(1)?;
    let h = last * tenths;
    let (low, part) = (h / 10, i64::try_from(h % 10).ok()?);
    let lower = sorted_s[low];
    let upper = sorted_s[(low + 1).min(last)];
    let tenths_of_seconds = 10 * lower + part * (upper - lower);
    // A tenth of a second is to a tenth of a day as a second to a day.
    Some(Days::from_tenths((tenths_of_seconds + DAY_S / 2) / DAY_S))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(sorted_s: &[i64], tenths: usize) -> String {
        days(sorted_s, tenths).map_or_else(|| "-".to_owned(), |days| days.to_string())
    }

    #[test]
    fn of_nothing_there_is_no_quantile() {
        assert_eq!(days(&[], 5), None);
    }

    #[test]
    fn of_one_duration_every_quantile_is_that_duration() {
        assert_eq!(shown(&[2 * DAY_S], 5), "2.0");
        assert_eq!(shown(&[2 * DAY_S], 9), "2.0");
    }

    #[test]
    fn between_two_durations_is_interpolated() {
        // R: quantile(c(1, 2, 3, 4), c(0.5, 0.9), type = 7) gives 2.5 and 3.7.
        let four = [DAY_S, 2 * DAY_S, 3 * DAY_S, 4 * DAY_S];
        assert_eq!(shown(&four, 5), "2.5");
        assert_eq!(shown(&four, 9), "3.7");
        // R: quantile(c(0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100), 0.9, type = 7) gives 90.
        let eleven: Vec<i64> = (0..=10).map(|tens| tens * 10 * DAY_S).collect();
        assert_eq!(shown(&eleven, 9), "90.0");
        assert_eq!(shown(&eleven, 5), "50.0");
    }

    #[test]
    fn half_a_tenth_is_rounded_up_and_a_hair_less_is_not() {
        // 0.05 days are 4,320 seconds.
        assert_eq!(shown(&[4_320], 5), "0.1");
        assert_eq!(shown(&[4_319], 5), "0.0");
        // The median of these two lies a half second below 0.15 days: rounding it first would show 0.2.
        assert_eq!(shown(&[12_959, 12_960], 5), "0.1");
        assert_eq!(shown(&[12_960, 12_960], 5), "0.2");
        // 0.9 of the way from 4,311 to 4,321 is exactly 4,320.
        assert_eq!(shown(&[4_311, 4_321], 9), "0.1");
        assert_eq!(shown(&[4_310, 4_321], 9), "0.0");
    }

    #[test]
    fn a_quantile_lies_between_the_durations_around_it() {
        let sorted: Vec<i64> = (0..100).map(|n| n * n * 1_000).collect();
        for tenths in [5, 9] {
            let at = days(&sorted, tenths).unwrap().tenths() * DAY_S;
            assert!(at >= (sorted[0] - DAY_S) * 10 && at <= (sorted[99] + DAY_S) * 10);
        }
    }
}
