//! Seeds: one number from a few, the same on every machine.

use rand::{SeedableRng, rngs::SmallRng};

/// Mixes one number into a seed: SplitMix64 (G. L. Steele, D. Lea, C. H. Flood, "Fast splittable pseudorandom number
/// generators", 2014).
#[must_use]
pub const fn mix(seed: u64, number: u64) -> u64 {
    let mut z = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(number).wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Mixes a name into a seed.
#[must_use]
pub fn mix_name(seed: u64, name: &str) -> u64 {
    name.bytes().fold(mix(seed, name.len() as u64), |seed, byte| mix(seed, u64::from(byte)))
}

/// The dice of one name.
#[must_use]
pub fn dice(seed: u64, name: &str) -> SmallRng {
    SmallRng::seed_from_u64(mix_name(seed, name))
}
