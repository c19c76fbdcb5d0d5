//! A directed graph with a time for each step, as searches about cordons walk it.

use crate::roads::Lists;

/// A point's number: a junction's, or that of a node of a graph that knows banned turns.
pub type PointNo = u32;

/// One step along a street.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Step {
    /// The point at the other end.
    pub point: PointNo,
    /// How long it takes, milliseconds; may be 0.
    pub ms: u32,
}

/// Points and the steps between them, for one way of travelling at one moment. Times are whole milliseconds, added without
/// rounding, so that forward and backward sums of one way are equal.
#[derive(Debug, Clone, Default)]
pub struct Streets {
    out: Lists<Step>,
    into: Lists<Step>,
}

impl Streets {
    /// So many points and steps `(from, to, milliseconds)` between them. Steps of points that there are not, and from a point to
    /// itself, are left out: they lead nowhere. Linear.
    #[must_use]
    pub fn new(points: usize, steps: impl Iterator<Item = (PointNo, PointNo, u32)> + Clone) -> Self {
        let there = move |(from, to, _): &(PointNo, PointNo, u32)| from != to && (*from as usize) < points && (*to as usize) < points;
        let steps = steps.filter(there);
        Self {
            out: Lists::new(points, steps.clone().map(|(from, to, ms)| (from, Step { point: to, ms }))),
            into: Lists::new(points, steps.map(|(from, to, ms)| (to, Step { point: from, ms }))),
        }
    }

    /// How many points there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.out.len()
    }

    /// Whether there are no points.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The steps on from a point.
    #[must_use]
    pub fn steps_out(&self, point: PointNo) -> &[Step] {
        self.out.of(point)
    }

    /// The steps that lead to a point, each with the point that it comes from.
    #[must_use]
    pub fn steps_in(&self, point: PointNo) -> &[Step] {
        self.into.of(point)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_found_from_both_ends_and_what_leads_nowhere_is_left_out() {
        let streets = Streets::new(3, [(0, 1, 5), (1, 1, 1), (2, 1, 0), (1, 7, 2)].into_iter());
        assert_eq!((streets.len(), streets.is_empty()), (3, false));
        assert_eq!((streets.steps_out(0), streets.steps_out(1)), (&[Step { point: 1, ms: 5 }][..], &[][..]));
        assert_eq!(streets.steps_in(1), [Step { point: 0, ms: 5 }, Step { point: 2, ms: 0 }]);
        assert!(streets.steps_out(9).is_empty() && Streets::default().is_empty());
    }
}
