//! An arrival as one number that sorts: the time above, whose it is below.

/// Milliseconds in the upper half, the unit's number in the lower: of two arrivals at one time that of the lower number counts.
pub(super) type Key = u64;

/// Nobody arrives.
pub(super) const NOBODY: Key = u64::MAX;

pub(super) const fn key(ms: u32, who: u32) -> Key {
    (ms as u64) << 32 | who as u64
}

pub(super) const fn ms(key: Key) -> u32 {
    (key >> 32) as u32
}

pub(super) const fn who(key: Key) -> u32 {
    key as u32
}

/// The arrival at the end of a drive that takes so long, from that at its start. What is over a time that fits, or may not be
/// driven, is over any limit.
pub(super) const fn after(start: Key, cost_ms: u32) -> Key {
    start.saturating_add((cost_ms as u64) << 32)
}
