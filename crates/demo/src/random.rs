//! Chance that is the same on every machine: whole numbers only, no floating point.

use uuid::Uuid;

/// `SplitMix64`: small, fast and good enough for a story. Never for keys.
#[derive(Debug, Clone)]
pub(crate) struct Random(u64);

impl Random {
    /// A sequence of its own for each list of numbers.
    pub(crate) fn new(parts: &[u64]) -> Self {
        let mut random = Self(0x5749_4a4b);
        for part in parts {
            random.0 = random.next() ^ part;
        }
        random
    }

    /// 64 bits.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 up to, not including, `end`; 0 when there is none.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        let wide = u128::from(self.next()) * u128::from(end);
        u64::try_from(wide >> 64).unwrap_or_default()
    }

    /// A number from `first` to `last`.
    pub(crate) fn between(&mut self, first: u64, last: u64) -> u64 {
        first + self.below(last.saturating_sub(first) + 1)
    }

    /// Whether something happens that happens in so many of a thousand cases.
    pub(crate) fn chance(&mut self, permille: u64) -> bool {
        self.below(1_000) < permille
    }

    /// A place in a list of so many; 0 for an empty one.
    pub(crate) fn index(&mut self, len: usize) -> usize {
        usize::try_from(self.below(len as u64)).unwrap_or_default()
    }

    /// One of a list.
    ///
    /// # Panics
    /// When the list is empty: all lists here are constants.
    pub(crate) fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.index(list.len())]
    }

    /// A place in a list of weights, the heavier the more often.
    pub(crate) fn weighted(&mut self, weights: impl Iterator<Item = u64> + Clone) -> usize {
        let mut left = self.below(weights.clone().sum());
        for (place, weight) in weights.enumerate() {
            if left < weight {
                return place;
            }
            left -= weight;
        }
        0
    }

    /// A version 7 uuid of a moment.
    pub(crate) fn uuid_v7(&mut self, at: jiff::Timestamp) -> Uuid {
        let millis = u64::try_from(at.as_millisecond()).unwrap_or_default();
        let mut random = [0; 10];
        random.copy_from_slice(&self.bytes()[..10]);
        uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
    }

    /// Sixteen bytes for an id that says nothing.
    pub(crate) fn bytes(&mut self) -> [u8; 16] {
        let wide = u128::from(self.next()) << 64 | u128::from(self.next());
        wide.to_be_bytes()
    }
}

/// How long something takes: least, median, nine out of ten, and longest, straight lines between.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spread {
    quantiles: [u64; 4],
}

impl Spread {
    /// In hours.
    pub(crate) const fn hours(quantiles: [u64; 4]) -> Self {
        Self { quantiles }
    }

    /// One draw, in minutes.
    pub(crate) fn minutes(self, random: &mut Random) -> i64 {
        const AT: [u64; 4] = [0, 500, 900, 1_000];
        let drawn = random.below(1_000);
        let part = usize::from(drawn >= AT[1]) + usize::from(drawn >= AT[2]);
        let (low, high) = (self.quantiles[part] * 60, self.quantiles[part + 1] * 60);
        let within = (high - low) * (drawn - AT[part]) / (AT[part + 1] - AT[part]);
        i64::try_from(low + within).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sequence_is_the_published_one_of_splitmix64() {
        // From the reference implementation (Vigna), seed 1234567.
        let mut random = Random(1_234_567);
        assert_eq!(random.next(), 6_457_827_717_110_365_317);
        assert_eq!(random.next(), 3_203_168_211_198_807_973);
    }

    #[test]
    fn half_of_the_draws_lie_below_the_median_and_none_outside() {
        let mut random = Random::new(&[1]);
        let spread = Spread::hours([1, 10, 50, 400]);
        let drawn: Vec<i64> = (0..10_000).map(|_| spread.minutes(&mut random)).collect();
        let low = drawn.iter().filter(|minutes| **minutes < 600).count();
        assert!((4_800..5_200).contains(&low), "{low}");
        assert!(drawn.iter().all(|minutes| (60..=24_000).contains(minutes)));
    }
}
