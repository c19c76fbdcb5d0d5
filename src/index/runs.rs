//! Which entries are free: runs that no bucket has, by class, and those that none ever had.

use super::entry::{CLASSES, Run, room};

/// Entries that are made at once at least.
const ENTRIES_MIN: usize = 1_024;

/// The writer's account of the entries.
#[derive(Debug)]
pub(super) struct Runs {
    /// The first entries of free runs, by class.
    free: [Vec<u32>; CLASSES],
    /// How many entries the free runs have.
    free_entries: usize,
    /// From here on no entry was ever given to a bucket.
    fresh: usize,
    /// How many entries there are.
    entries: usize,
}

impl Default for Runs {
    fn default() -> Self {
        Self::of(0)
    }
}

impl Runs {
    /// So many entries, all of them free.
    pub(super) fn of(entries: usize) -> Self {
        Self { free: std::array::from_fn(|_| Vec::new()), free_entries: 0, fresh: 0, entries }
    }

    /// Whether there is a run of a class.
    pub(super) fn has(&self, class: u32) -> bool {
        self.free.get(class as usize).is_some_and(|free| !free.is_empty()) || self.fresh + room(class) <= self.entries
    }

    /// The first entry of a run of a class, if there is one.
    pub(super) fn take(&mut self, class: u32) -> Option<u32> {
        if let Some(first) = self.free.get_mut(class as usize)?.pop() {
            self.free_entries -= room(class);
            return Some(first);
        }
        let first = self.fresh;
        (first + room(class) <= self.entries).then(|| {
            self.fresh += room(class);
            first as u32
        })
    }

    /// Takes a run back.
    pub(super) fn give(&mut self, run: Run) {
        if let Some(free) = self.free.get_mut(run.class as usize) {
            free.push(run.first);
            self.free_entries += room(run.class);
        }
    }

    /// How many entries there should be before a run of a class, of which there is none, is given out: a ninth more than are in
    /// use. And whether so many are free in runs of other classes that all should be laid out anew instead.
    pub(super) fn next(&self, class: u32) -> (usize, bool) {
        let in_use = self.fresh - self.free_entries;
        let wanted = (in_use + in_use / 8 + room(class)).max(ENTRIES_MIN);
        if wanted <= self.entries { (wanted, true) } else { (wanted.max(self.fresh + room(class)), self.free_entries > in_use / 4) }
    }

    /// There are so many entries now.
    pub(super) const fn grow_to(&mut self, entries: usize) {
        self.entries = entries;
    }
}
