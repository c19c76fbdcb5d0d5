//! What a search for the nearest has found so far, in the least memory: sorting it is half of what follows the walk.

use super::entry::PART;

/// An entry that may be among the nearest: its `D` in single precision above, where it is among all entries below. Numbers
/// that are not negative are ordered as their bits are, and so are candidates by `D`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Candidate(u64);

impl Candidate {
    #[inline]
    pub(super) fn new(d: f64, entry: u32) -> Self {
        Self(u64::from((d as f32).to_bits()) << 32 | u64::from(entry))
    }

    pub(super) fn d(self) -> f64 {
        f64::from(f32::from_bits((self.0 >> 32) as u32))
    }

    pub(super) const fn entry(self) -> usize {
        self.0 as u32 as usize
    }
}

/// The candidates of one search.
pub(super) struct Candidates {
    k: usize,
    slack: f64,
    /// Beyond this `D` nobody counts.
    pub(super) limit: f64,
    /// The first `count` of these; behind them there is room for a part of a bucket.
    pub(super) slots: Vec<Candidate>,
    pub(super) count: usize,
    /// When there are so many candidates, all but the best are let go.
    prune_at: usize,
}

impl Candidates {
    pub(super) fn new(k: usize, slack: f64, limit: f64, mut slots: Vec<Candidate>) -> Self {
        if slots.len() < PART {
            slots.resize(PART, Candidate::default());
        }
        Self { k, slack, limit, slots, count: 0, prune_at: 2 * k + 32 }
    }

    /// Lets go of candidates when they are many, and makes room for another part of a bucket.
    pub(super) fn make_room(&mut self) {
        if self.count >= self.prune_at {
            self.slots.truncate(self.count);
            if self.k <= self.count {
                let (_, kth, _) = self.slots.select_nth_unstable(self.k - 1);
                self.limit = self.limit.min(limit(*kth, self.slack));
                let limit = self.limit;
                self.slots.retain(|candidate| candidate.d() <= limit);
                self.count = self.slots.len();
            }
            // Where many are equally far, nothing can be let go.
            self.prune_at = self.prune_at.max(2 * self.count);
        }
        if self.slots.len() < self.count + PART {
            self.slots.resize(self.count + PART, Candidate::default());
        }
    }

    /// The candidates in order.
    pub(super) fn sorted(&mut self) -> &[Candidate] {
        let found = self.slots.get_mut(..self.count).unwrap_or_default();
        found.sort_unstable();
        found
    }
}

/// Who is farther than this cannot be nearer than the candidate. Single precision has no number between zero and the least.
pub(super) fn limit(candidate: Candidate, slack: f64) -> f64 {
    candidate.d() * (1.0 + 4.0 * slack) + f64::from(f32::MIN_POSITIVE)
}
