//! When who sends: every sender has a place of its own in the period, evenly spread.

use rand::{SeedableRng, rngs::SmallRng, seq::SliceRandom};

use super::chance::mix;

/// The grain of the schedule, milliseconds.
pub const SLOT_MS: u64 = 10;

/// A wheel of slots; each sender is in one of them.
#[derive(Debug)]
pub struct Schedule {
    slots: Vec<Vec<usize>>,
}

impl Schedule {
    /// Spreads `senders` over a period, in an order that the seed gives. The period is at least one slot.
    #[must_use]
    pub fn new(senders: usize, period_ms: u64, seed: u64) -> Self {
        let count = (period_ms / SLOT_MS).max(1) as usize;
        let mut order: Vec<usize> = (0..senders).collect();
        order.shuffle(&mut SmallRng::seed_from_u64(mix(seed, 0x5c4e)));
        let mut slots = vec![Vec::new(); count];
        for (place, sender) in order.into_iter().enumerate() {
            if let Some(slot) = slots.get_mut(place * count / senders) {
                slot.push(sender);
            }
        }
        Self { slots }
    }

    /// The length of a period, milliseconds.
    #[must_use]
    pub fn period_ms(&self) -> u64 {
        self.slots.len() as u64 * SLOT_MS
    }

    /// Who sends in the `n`th slot since the start.
    #[must_use]
    pub fn due(&self, n: u64) -> &[usize] {
        let slot = n % self.slots.len() as u64;
        self.slots.get(slot as usize).map_or(&[], Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_sends_once_a_period_evenly_spread() {
        let schedule = Schedule::new(3_402, 1_000, 1);
        assert_eq!(schedule.period_ms(), 1_000);
        let mut seen = vec![0; 3_402];
        for n in 0..100 {
            assert!((34..=35).contains(&schedule.due(n).len()));
            schedule.due(n + 700).iter().for_each(|sender| seen[*sender] += 1);
        }
        assert!(seen.iter().all(|times| *times == 1));
        assert_ne!(Schedule::new(3_402, 1_000, 2).due(0), schedule.due(0));
        assert!(Schedule::new(0, 1_000, 1).due(5).is_empty());
        assert_eq!(Schedule::new(1, 1, 1).due(9), [0]);
    }
}
