//! Who falls silent, and when: about one unit in a hundred at any time, for one to seven minutes, so that stale and lost
//! are seen on the wall and units come back.

use super::chance::mix;

/// Each unit may fall silent once in so many seconds.
const WINDOW_S: u64 = 600;
/// A silence lasts at least and less than so many seconds.
const SILENCE_S: (u64, u64) = (60, 420);
/// In so many windows of a thousand it does. With silences of 240 s in the mean it is silent 1 % of the time.
const SILENT_PERMILLE: u64 = 25;
/// Nobody is silent before: a unit that never reported is not on the map.
const FIRST_S: u64 = 20;

/// Whether a unit is silent in a second of the simulation. The same for the same arguments; 20 ns.
#[must_use]
pub const fn is_silent(seed: u64, unit: u64, second: u64) -> bool {
    let own = mix(mix(seed, 0x5117), unit);
    // Each unit has windows of its own: silences begin at any time.
    let shifted = second + own % WINDOW_S;
    let (window, within) = (shifted / WINDOW_S, shifted % WINDOW_S);
    let drawn = mix(own, window);
    if second < FIRST_S || drawn % 1_000 >= SILENT_PERMILLE {
        return false;
    }
    let lasts = SILENCE_S.0 + (drawn >> 32) % (SILENCE_S.1 - SILENCE_S.0);
    let from = (drawn >> 16) % (WINDOW_S - lasts);
    within >= from && within < from + lasts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn about_one_in_a_hundred_is_silent_and_comes_back() {
        for second in [20, 300, 1_000, 5_000] {
            let silent = (0..20_000).filter(|unit| is_silent(1, *unit, second)).count();
            assert!((100..350).contains(&silent), "{silent} of 20,000 at {second} s");
        }
        assert!(!(0..20_000).any(|unit| is_silent(1, unit, 19)));
        let mut longest = 0;
        for unit in 0..3_500 {
            let mut lasts = 0;
            for second in 0..1_800 {
                lasts = if is_silent(1, unit, second) { lasts + 1 } else { 0 };
                longest = longest.max(lasts);
            }
        }
        assert!((300..=2 * 420).contains(&longest), "{longest} s");
        assert!((0..3_500).any(|unit| is_silent(1, unit, 50) != is_silent(2, unit, 50)));
    }
}
