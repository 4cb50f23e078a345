//! Which worker a stream belongs to.

/// The part of `parts` that a stream falls to.
///
/// Stored with a rebuild under way, so it never changes: FNV-1a of 64 bits over kind, a zero byte and id.
pub(super) fn part_of(kind: &str, id: &str, parts: usize) -> usize {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in kind.bytes().chain([0]).chain(id.bytes()) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    // Its low bits alone depend on the low bits of each byte only.
    let mixed = hash ^ (hash >> 32);
    let parts = u64::try_from(parts.max(1)).unwrap_or(1);
    usize::try_from(mixed % parts).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_falls_to_the_same_part_for_ever() {
        let id = "0190c5a8-7c1e-7d3a-9a54-0d6f3a1b2c3d";
        assert_eq!(
            [1, 2, 3, 16].map(|parts| part_of("request", id, parts)),
            [0, 1, 0, 9]
        );
        assert_eq!(
            ["1", "2", "3", "4", "5", "6"].map(|id| part_of("request", id, 4)),
            [0, 1, 2, 3, 0, 1]
        );
    }

    #[test]
    fn kind_and_id_do_not_run_into_each_other() {
        let parts = 1 << 20;
        assert_ne!(part_of("ab", "c", parts), part_of("a", "bc", parts));
    }

    #[test]
    fn streams_spread_evenly() {
        let mut streams = [0_u32; 3];
        for number in 0..30_000_u32 {
            streams[part_of("request", &format!("{number:032x}"), 3)] += 1;
        }
        for count in streams {
            assert!((9_500..10_500).contains(&count), "{streams:?}");
        }
    }
}
