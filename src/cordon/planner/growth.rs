//! The tree of a search for augmenting ways: where it has come to, and by which state before.

use super::ground::{ArcNo, NONE};

/// The states seen, each with the state before and the arc from there, and those still to be looked at.
#[derive(Debug, Default)]
pub(super) struct Growth {
    seen: Vec<u32>,
    search: u32,
    /// By state: the state before, [`NONE`] at a root; and the arc from there, [`NONE`] within a spot.
    before: Vec<(u32, ArcNo)>,
    buckets: Vec<Vec<u32>>,
    lowest: usize,
}

impl Growth {
    /// Makes room for so many states.
    pub(super) fn begin(&mut self, states: usize) {
        self.seen.resize(self.seen.len().max(states), 0);
        self.before.resize(self.before.len().max(states), (NONE, NONE));
        self.clear();
    }

    /// Begins a tree.
    pub(super) fn clear(&mut self) {
        self.search = self.search.checked_add(1).unwrap_or_else(|| {
            self.seen.fill(0);
            1
        });
        self.buckets.iter_mut().for_each(Vec::clear);
        self.lowest = 0;
    }

    pub(super) fn is_seen(&self, state: u32) -> bool {
        self.seen.get(state as usize) == Some(&self.search)
    }

    /// Notes that a state was seen; false when it was already.
    pub(super) fn see(&mut self, state: u32) -> bool {
        let search = self.search;
        self.seen.get_mut(state as usize).is_some_and(|seen| std::mem::replace(seen, search) != search)
    }

    /// The state before, and the arc from there; none at a root.
    pub(super) fn before(&self, state: u32) -> Option<(u32, ArcNo)> {
        self.before.get(state as usize).copied().filter(|before| before.0 != NONE)
    }

    /// Hangs a state, to be looked at, to the one before; the lowest keys come first.
    pub(super) fn hang(&mut self, state: u32, before: (u32, ArcNo), key: u32) {
        if let Some(slot) = self.before.get_mut(state as usize) {
            *slot = before;
        }
        let key = key as usize;
        if self.buckets.len() <= key {
            self.buckets.resize_with(key + 1, Vec::new);
        }
        if let Some(bucket) = self.buckets.get_mut(key) {
            bucket.push(state);
        }
        self.lowest = self.lowest.min(key);
    }

    /// The next to look at.
    pub(super) fn next(&mut self) -> Option<u32> {
        loop {
            if let Some(state) = self.buckets.get_mut(self.lowest)?.pop() {
                return Some(state);
            }
            self.lowest += 1;
        }
    }
}
