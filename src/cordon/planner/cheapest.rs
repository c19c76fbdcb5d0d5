//! Everybody a place, at the least total.

use std::{cmp::Reverse, collections::BinaryHeap};

use super::matching::Matching;

/// Scratch of [`Cheapest::assign`].
#[derive(Debug, Default)]
pub(super) struct Cheapest {
    /// What a place pays, and what a unit does, so that no option costs less than both, and those taken just that.
    of_place: Vec<i64>,
    of_unit: Vec<i64>,
    /// By unit: the least cost of a way to it in this search, the place and option by which, and whether it is final.
    ways: Vec<Way>,
    touched: Vec<u32>,
    queue: BinaryHeap<Reverse<(i64, u32)>>,
}

#[derive(Debug, Clone, Copy)]
struct Way {
    cost: i64,
    place: u32,
    option: u32,
    is_final: bool,
}

const UNSEEN: Way = Way { cost: i64::MAX, place: 0, option: 0, is_final: false };

impl Cheapest {
    /// Gives every place a unit that is ready there by a time, so that the sum of the times is least. They can all have one. Shortest
    /// augmenting paths (Jonker and Volgenant, 1987): places whose nearest unit nobody else wants cost one look.
    pub(super) fn assign(&mut self, matching: &mut Matching, units: usize, latest_ms: u32) {
        matching.clear();
        let places = matching.places() as u32;
        self.of_place.clear();
        self.of_place.extend((0..places).map(|place| matching.options(place).first().map_or(0, |ready| i64::from(ready.ms))));
        self.of_unit.clear();
        self.of_unit.resize(units, 0);
        self.ways.clear();
        self.ways.resize(units, UNSEEN);
        let mut left = Vec::new();
        for place in 0..places {
            match matching.options(place).first().map(|ready| matching.held_by(ready.unit)) {
                Some(None) => matching.give(place, 0),
                _ => left.push(place),
            }
        }
        for place in left {
            self.fill(matching, place, latest_ms);
        }
    }

    fn fill(&mut self, matching: &mut Matching, root: u32, latest_ms: u32) {
        self.queue.clear();
        self.touched.clear();
        self.look(matching, root, 0, latest_ms);
        let mut end = None;
        while let Some(Reverse((cost, unit))) = self.queue.pop() {
            let Some(way) = self.ways.get_mut(unit as usize).filter(|way| !way.is_final && way.cost == cost) else { continue };
            way.is_final = true;
            match matching.held_by(unit) {
                Some(place) => self.look(matching, place, cost, latest_ms),
                None => {
                    end = Some((cost, unit));
                    break;
                }
            }
        }
        if let Some((cost, unit)) = end {
            self.pay(matching, root, cost);
            self.swap(matching, root, unit);
        }
        for unit in self.touched.drain(..) {
            if let Some(way) = self.ways.get_mut(unit as usize) {
                *way = UNSEEN;
            }
        }
    }

    /// Looks at the options of a place that is reached at a cost.
    fn look(&mut self, matching: &Matching, place: u32, cost: i64, latest_ms: u32) {
        let pays = self.of_place.get(place as usize).copied().unwrap_or_default();
        for (option, ready) in (0..).zip(matching.options(place)).take_while(|(_, ready)| ready.ms <= latest_ms) {
            let total = cost + i64::from(ready.ms) - pays - self.of_unit.get(ready.unit as usize).copied().unwrap_or_default();
            let Some(way) = self.ways.get_mut(ready.unit as usize).filter(|way| !way.is_final && total < way.cost) else { continue };
            if way.cost == i64::MAX {
                self.touched.push(ready.unit);
            }
            *way = Way { cost: total, place, option, is_final: false };
            self.queue.push(Reverse((total, ready.unit)));
        }
    }

    /// Keeps the prices true after a search that ended at a cost.
    fn pay(&mut self, matching: &Matching, root: u32, cost: i64) {
        for unit in &self.touched {
            let Some(way) = self.ways.get(*unit as usize).filter(|way| way.is_final) else { continue };
            let less = cost - way.cost;
            if let Some(price) = self.of_unit.get_mut(*unit as usize) {
                *price -= less;
            }
            if let Some(price) = matching.held_by(*unit).and_then(|place| self.of_place.get_mut(place as usize)) {
                *price += less;
            }
        }
        if let Some(price) = self.of_place.get_mut(root as usize) {
            *price += cost;
        }
    }

    fn swap(&self, matching: &mut Matching, root: u32, end: u32) {
        let mut unit = end;
        while let Some(way) = self.ways.get(unit as usize) {
            let former = matching.holder(way.place);
            matching.give(way.place, way.option as usize);
            match former {
                Some(former) if way.place != root => unit = former.unit,
                _ => return,
            }
        }
    }
}
