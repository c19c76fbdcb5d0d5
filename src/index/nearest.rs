//! The k nearest units, best-first over the tree of caps.

use std::{cmp::Ordering, collections::BinaryHeap};

use super::{CHORD_SLACK, Filter, Index, chord_squared, vector};
use crate::{
    geodesy::{EARTH_RADIUS_M, LatLng, haversine_m},
    model::UnitNo,
};

/// A unit that a search found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hit {
    /// The unit.
    pub unit: UnitNo,
    /// Where it is.
    pub at: LatLng,
    /// How far from the query, metres on the mean sphere.
    pub distance_m: f64,
}

/// A number with a total order, for heaps.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Key(f64);

impl Eq for Key {}
impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}

/// The chord of a great-circle distance, in Earth radii.
pub(super) fn chord_of_m(distance_m: f64) -> f64 {
    2.0 * (distance_m / EARTH_RADIUS_M * 0.5).clamp(0.0, std::f64::consts::FRAC_PI_2).sin()
}

/// The best k chords so far, and everyone who may be among the k nearest.
struct Best {
    k: usize,
    /// The k smallest squared chords, the largest on top.
    top: BinaryHeap<Key>,
    /// Who came within the limit when seen; the last look sorts them out.
    candidates: Vec<(f64, UnitNo)>,
    /// Beyond this chord nobody counts.
    limit: f64,
}

impl Best {
    fn offer(&mut self, squared: f64, unit: UnitNo) {
        if squared > self.limit * self.limit {
            return;
        }
        self.candidates.push((squared, unit));
        self.top.push(Key(squared));
        if self.top.len() > self.k {
            self.top.pop();
        }
        if self.top.len() == self.k
            && let Some(worst) = self.top.peek()
        {
            self.limit = self.limit.min(worst.0.sqrt() + CHORD_SLACK);
        }
    }
}

impl Index {
    /// The `k` nearest units that the filter wants, within `max_m` metres, nearest first; equal distances by unit number.
    ///
    /// Cost: a few microseconds for ten of a city; grows with the logarithm of the units, and with how rare the wanted
    /// ones are. One or two allocations.
    #[must_use]
    pub fn nearest(&self, at: LatLng, k: usize, max_m: Option<f64>, filter: &Filter) -> Vec<Hit> {
        if k == 0 {
            return Vec::new();
        }
        let from = vector(at);
        let limit = max_m.map_or(2.0, chord_of_m) + CHORD_SLACK;
        let mut best = Best { k, top: BinaryHeap::with_capacity(k.min(self.len) + 1), candidates: Vec::with_capacity(64), limit };
        let mut open = BinaryHeap::with_capacity(128);
        let nodes = |parent: &[u32], open: &mut BinaryHeap<(std::cmp::Reverse<Key>, u32)>, limit: f64| {
            for &node in parent {
                if self.tree.count(node) > 0 {
                    let chord = self.tree.cap(node).nearest_chord(&from);
                    if chord <= limit {
                        open.push((std::cmp::Reverse(Key(chord)), node));
                    }
                }
            }
        };
        nodes(self.tree.roots(), &mut open, best.limit);
        while let Some((std::cmp::Reverse(chord), node)) = open.pop() {
            if chord.0 > best.limit {
                break;
            }
            nodes(self.tree.children(node), &mut open, best.limit);
            for entry in self.tree.entries(node) {
                if filter.wants(&entry.tag) {
                    best.offer(chord_squared(&entry.point, &from), entry.unit);
                }
            }
        }
        self.rank(at, k, max_m, &best)
    }

    /// The exact order among those who may be in the answer.
    fn rank(&self, at: LatLng, k: usize, max_m: Option<f64>, best: &Best) -> Vec<Hit> {
        let last = best.limit * best.limit;
        let mut hits: Vec<Hit> = best
            .candidates
            .iter()
            .filter(|(squared, _)| *squared <= last)
            .filter_map(|&(_, unit)| {
                let place = self.place(unit)?;
                Some(Hit { unit, at: place.at, distance_m: haversine_m(at, place.at) })
            })
            .filter(|hit| max_m.is_none_or(|max_m| hit.distance_m <= max_m))
            .collect();
        hits.sort_unstable_by(|a, b| a.distance_m.total_cmp(&b.distance_m).then(a.unit.cmp(&b.unit)));
        hits.truncate(k);
        hits
    }
}
