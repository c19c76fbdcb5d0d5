//! Dijkstra's algorithm, as plain as it can be: what it says has to be believed.

use std::{cmp::Reverse, collections::BinaryHeap};

use super::super::{PointNo, Step};

/// The time of a point that was not reached.
pub(super) const NEVER: u64 = u64::MAX;

/// Times from some points on, and the way each was reached by. Times are 64 bits wide: a way that comes to no point twice has fewer than
/// 2^32 steps of less than 2^32 ms each, so that no sum of any scene overflows.
#[derive(Debug, Default)]
pub(super) struct Search {
    /// By point: the least time found.
    ms: Vec<u64>,
    /// By point: the one before it; itself where the search began.
    from: Vec<PointNo>,
    touched: Vec<PointNo>,
    queue: BinaryHeap<Reverse<(u64, PointNo)>>,
}

impl Search {
    /// Settles points in order of time. `settle` is told each with its time, once, and says which steps lead on; none ends the search.
    ///
    /// # Ties and steps of no time
    /// What `settle` says may depend on the point and its time alone. Call the time of a point the least among the ways to it
    /// all of whose points lead on at *their* times. A point that leads on at a later time does so at its own, as walls only go
    /// from open to closed; so there is one set of steps that can be taken at all, fixed before the search begins, and the times
    /// are the distances in that graph. No step takes less than no time, so a point that comes out of the queue with its least
    /// entry has its distance: another way to it would leave the settled points by a step whose end is in the queue, not sooner. That
    /// is so whichever of equal entries comes out first, and a step of no time puts its end into the queue before anything later
    /// comes out. Which of equally early ways is remembered may differ, the times and what is reached may not.
    pub(super) fn run<'s>(
        &mut self,
        points: usize,
        starts: impl IntoIterator<Item = (PointNo, u64)>,
        mut settle: impl FnMut(PointNo, u64) -> Option<&'s [Step]>,
    ) {
        for point in self.touched.drain(..) {
            if let Some(ms) = self.ms.get_mut(point as usize) {
                *ms = NEVER;
            }
        }
        self.queue.clear();
        self.ms.resize(points, NEVER);
        self.from.resize(points, 0);
        for (point, ms) in starts {
            self.offer(point, point, ms);
        }
        while let Some(Reverse((ms, point))) = self.queue.pop() {
            if ms > self.ms(point) {
                continue;
            }
            let Some(steps) = settle(point, ms) else { return };
            for step in steps {
                self.offer(step.point, point, ms.saturating_add(u64::from(step.ms)));
            }
        }
    }

    /// The time of a point that was settled; at most what was found of one that was not.
    pub(super) fn ms(&self, point: PointNo) -> u64 {
        self.ms.get(point as usize).copied().unwrap_or(NEVER)
    }

    /// The points of the way to a point that was reached, from where the search began.
    pub(super) fn way(&self, to: PointNo) -> Vec<PointNo> {
        let before = |point: &PointNo| self.from.get(*point as usize).copied().filter(|before| before != point);
        let mut way: Vec<PointNo> = std::iter::successors(Some(to), before).collect();
        way.reverse();
        way
    }

    fn offer(&mut self, point: PointNo, before: PointNo, ms: u64) {
        let (Some(known), Some(from)) = (self.ms.get_mut(point as usize), self.from.get_mut(point as usize)) else { return };
        if ms < *known {
            if *known == NEVER {
                self.touched.push(point);
            }
            (*known, *from) = (ms, before);
            self.queue.push(Reverse((ms, point)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cordon::Streets;

    #[test]
    fn times_and_ways_are_the_least_and_nothing_stays_from_the_search_before() {
        let streets = Streets::new(5, [(0, 1, 0), (1, 0, 0), (1, 2, 4), (0, 2, 5), (2, 3, 1)].into_iter());
        let mut search = Search::default();
        search.run(5, [(0, 3), (0, 2), (9, 0)], |point, _| Some(streets.steps_out(point)));
        assert_eq!((0..5).map(|point| search.ms(point)).collect::<Vec<_>>(), [2, 2, 6, 7, NEVER]);
        assert_eq!(search.way(3), [0, 1, 2, 3]);
        let mut order = Vec::new();
        search.run(5, [(2, u64::from(u32::MAX))], |point, ms| {
            order.push((point, ms));
            Some(streets.steps_out(point))
        });
        assert_eq!((order, search.ms(0)), (vec![(2, u64::from(u32::MAX)), (3, 1 << 32)], NEVER));
        search.run(5, [(0, 0)], |_, _| None);
        assert_eq!((search.ms(1), search.way(0)), (NEVER, vec![0]));
    }
}
