//! Who can go where: each place a unit of its own.

use std::collections::VecDeque;

use super::nearest::Ready;

const NONE: u32 = u32::MAX;

/// Places, each with the units that could hold it, and who does so far. A junction that takes several units is several places.
#[derive(Debug, Default)]
pub(super) struct Matching {
    options: Vec<Ready>,
    /// By place: which options are its own.
    ranges: Vec<(u32, u32)>,
    /// By place: its option that was taken.
    taken: Vec<u32>,
    /// By unit: the place that it holds.
    holds: Vec<u32>,
    /// By unit: the search that saw it, and the place and option by which.
    seen: Vec<(u32, u32, u32)>,
    search: u32,
    queue: VecDeque<u32>,
    /// The places that the last search in vain went through.
    stuck: Vec<u32>,
}

impl Matching {
    /// Begins without places.
    pub(super) fn begin(&mut self, units: usize) {
        self.forget();
        self.options.clear();
        self.ranges.clear();
        self.taken.clear();
        self.holds.resize(self.holds.len().max(units), NONE);
        self.seen.resize(self.seen.len().max(units), (0, 0, 0));
    }

    /// Nobody holds anything.
    fn forget(&mut self) {
        for option in &mut self.taken {
            if let Some(ready) = self.options.get(*option as usize)
                && let Some(place) = self.holds.get_mut(ready.unit as usize)
            {
                *place = NONE;
            }
            *option = NONE;
        }
    }

    /// Adds a place: who could hold it, in order of time.
    pub(super) fn add(&mut self, options: &[Ready]) {
        let start = self.options.len() as u32;
        self.options.extend_from_slice(options);
        self.ranges.push((start, self.options.len() as u32));
        self.taken.push(NONE);
    }

    /// Gives a place other options, among which are all that it had.
    pub(super) fn widen(&mut self, place: u32, options: &[Ready]) {
        let start = self.options.len() as u32;
        self.options.extend_from_slice(options);
        if let Some(range) = self.ranges.get_mut(place as usize) {
            *range = (start, self.options.len() as u32);
        }
    }

    pub(super) fn places(&self) -> usize {
        self.taken.len()
    }

    fn range(&self, place: u32) -> std::ops::Range<usize> {
        let (start, end) = self.ranges.get(place as usize).copied().unwrap_or_default();
        start as usize..end as usize
    }

    /// The options of a place.
    pub(super) fn options(&self, place: u32) -> &[Ready] {
        self.options.get(self.range(place)).unwrap_or_default()
    }

    /// Who holds a place.
    pub(super) fn holder(&self, place: u32) -> Option<Ready> {
        self.taken.get(place as usize).and_then(|option| self.options.get(*option as usize)).copied()
    }

    /// Gives a place to one of its options, by number, who holds nothing.
    pub(super) fn give(&mut self, place: u32, option: usize) {
        let option = self.range(place).start + option;
        if let Some(taken) = self.taken.get_mut(place as usize) {
            *taken = option as u32;
        }
        if let Some(holds) = self.options.get(option).and_then(|ready| self.holds.get_mut(ready.unit as usize)) {
            *holds = place;
        }
    }

    /// Which place a unit holds.
    pub(super) fn held_by(&self, unit: u32) -> Option<u32> {
        self.holds.get(unit as usize).copied().filter(|place| *place != NONE)
    }

    /// Gives a place somebody, who else may have to change places. False when that cannot be: then [`Matching::stuck`] says why. Linear in
    /// the options of the places that it goes through.
    pub(super) fn fill(&mut self, place: u32, latest_ms: u32) -> bool {
        self.search = self.search.wrapping_add(1);
        self.queue.clear();
        self.queue.push_back(place);
        self.stuck.clear();
        while let Some(at) = self.queue.pop_front() {
            self.stuck.push(at);
            for option in self.range(at) {
                let Some(ready) = self.options.get(option).filter(|ready| ready.ms <= latest_ms) else { break };
                let Some(seen) = self.seen.get_mut(ready.unit as usize).filter(|seen| seen.0 != self.search) else { continue };
                *seen = (self.search, at, option as u32);
                match self.holds.get(ready.unit as usize) {
                    Some(&NONE) | None => {
                        self.swap(ready.unit, place);
                        return true;
                    }
                    Some(next) => self.queue.push_back(*next),
                }
            }
        }
        false
    }

    /// Each place on the way back from a unit takes the unit by which it was left.
    fn swap(&mut self, unit: u32, root: u32) {
        let mut unit = unit;
        while let Some(&(_, place, option)) = self.seen.get(unit as usize) {
            let former = self.holder(place);
            if let Some(taken) = self.taken.get_mut(place as usize) {
                *taken = option;
            }
            if let Some(holds) = self.holds.get_mut(unit as usize) {
                *holds = place;
            }
            match former {
                Some(former) if place != root => unit = former.unit,
                _ => return,
            }
        }
    }

    /// The places of the last search in vain: together they have fewer units than they are.
    pub(super) fn stuck(&self) -> &[u32] {
        &self.stuck
    }

    /// Whether every place gets somebody by a time. Begins anew.
    pub(super) fn is_whole_by(&mut self, latest_ms: u32) -> bool {
        self.forget();
        (0..self.places() as u32).all(|place| self.fill(place, latest_ms))
    }

    /// The least time by which every place can have somebody, when they can at all: by bisection over the times of the options.
    pub(super) fn bottleneck(&mut self) -> Option<u32> {
        let firsts = (0..self.places() as u32).map(|place| self.options(place).first().map(|ready| ready.ms));
        let least_ms = firsts.collect::<Option<Vec<u32>>>()?.into_iter().max().unwrap_or_default();
        if self.is_whole_by(least_ms) {
            return Some(least_ms);
        }
        let mut times: Vec<u32> = self.options.iter().map(|ready| ready.ms).filter(|ms| *ms > least_ms).collect();
        times.sort_unstable();
        times.dedup();
        let (mut low, mut high) = (0, times.len());
        while low < high {
            let middle = usize::midpoint(low, high);
            let Some(&ms) = times.get(middle) else { break };
            if self.is_whole_by(ms) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        let least_ms = times.get(low).copied()?;
        self.is_whole_by(least_ms).then_some(least_ms)
    }

    /// Takes everybody away, to assign anew.
    pub(super) fn clear(&mut self) {
        self.forget();
    }
}
