//! States in order of time: a radix heap.
//!
//! Times only grow while a search runs: nothing is put in that is earlier than what was taken out last. So a state lies in the
//! bucket of the highest bit in which its time differs from that last time, and only when the first bucket has run out are
//! those of the next one spread over the buckets below, each state at most 32 times in its life, and twice or thrice in fact.
//! Nothing is compared on the way in, which is what a heap of a search over roads does most.

/// A bucket for each bit of a time, and one for the last time itself.
const BUCKETS: usize = u32::BITS as usize + 1;

/// A queue of states by time. Empty at first; its memory stays when it is emptied.
#[derive(Debug)]
pub(super) struct Queue {
    /// Times above, states below.
    buckets: [Vec<u64>; BUCKETS],
    /// A bit for each bucket that holds something.
    filled: u64,
    /// What was taken out last.
    last_ms: u32,
}

impl Default for Queue {
    fn default() -> Self {
        Self { buckets: std::array::from_fn(|_| Vec::new()), filled: 0, last_ms: 0 }
    }
}

const fn ms(item: u64) -> u32 {
    (item >> u32::BITS) as u32
}

impl Queue {
    /// Takes everything out.
    pub(super) fn clear(&mut self) {
        self.buckets.iter_mut().for_each(Vec::clear);
        (self.filled, self.last_ms) = (0, 0);
    }

    /// Puts a state in; its time is not before what was taken out last.
    pub(super) fn push(&mut self, ms: u32, state: u32) {
        self.put((u64::from(ms) << u32::BITS) | u64::from(state));
    }

    fn put(&mut self, item: u64) {
        let bucket = u32::BITS - (ms(item) ^ self.last_ms).leading_zeros();
        if let Some(items) = self.buckets.get_mut(bucket as usize) {
            items.push(item);
            self.filled |= 1 << bucket;
        }
    }

    /// Takes out a state of the least time.
    pub(super) fn pop(&mut self) -> Option<(u32, u32)> {
        if self.filled & 1 == 0 {
            self.spread()?;
        }
        let first = self.buckets.first_mut()?;
        let item = first.pop()?;
        if first.is_empty() {
            self.filled &= !1;
        }
        Some((ms(item), item as u32))
    }

    /// Spreads the first bucket that holds something over those below it.
    fn spread(&mut self) -> Option<()> {
        let lowest = self.filled.trailing_zeros() as usize;
        let mut items = std::mem::take(self.buckets.get_mut(lowest)?);
        self.filled &= self.filled - 1;
        self.last_ms = items.iter().copied().min().map(ms)?;
        for item in items.drain(..) {
            self.put(item);
        }
        // The memory goes back.
        *self.buckets.get_mut(lowest)? = items;
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use rand::{Rng, SeedableRng, rngs::SmallRng};

    use super::*;

    #[test]
    fn states_come_out_in_order_while_others_go_in() {
        let mut rng = SmallRng::seed_from_u64(4);
        let mut queue = Queue::default();
        for most in [1, 3, 1_000, u32::MAX / 2] {
            let mut all: Vec<(u32, u32)> = (0..100).map(|n| (rng.random_range(0..=most), n)).collect();
            all.iter().for_each(|(ms, state)| queue.push(*ms, *state));
            let mut out = Vec::new();
            while let Some((ms, state)) = queue.pop() {
                out.push((ms, state));
                if all.len() < 1_000 {
                    let more = (ms.saturating_add(rng.random_range(0..=most / 2)), all.len() as u32);
                    all.push(more);
                    queue.push(more.0, more.1);
                }
            }
            assert!(out.is_sorted_by_key(|(ms, _)| *ms));
            all.sort_unstable();
            out.sort_unstable();
            assert_eq!(out, all);
            queue.push(7, 7);
            queue.clear();
            assert_eq!(queue.pop(), None);
        }
    }
}
