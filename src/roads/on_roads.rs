//! Who is on which edge: by unit its place, by edge its units.

use super::{EdgeNo, RoadPlace};

/// The end of a list, and the edge of a unit that is on none.
const NONE: u32 = u32::MAX;

/// A unit: its place, and its neighbours in the list of its edge. 16 bytes.
#[derive(Debug, Clone, Copy)]
struct Slot {
    edge: EdgeNo,
    along: u16,
    next: u32,
    previous: u32,
}

const NOWHERE: Slot = Slot { edge: NONE, along: 0, next: NONE, previous: NONE };

/// Units on the edges of a network. A change is constant in time and allocates nothing once the table of units has grown.
#[derive(Debug, Default)]
pub struct OnRoads {
    /// By unit number.
    units: Vec<Slot>,
    /// By edge: its first unit.
    first: Vec<u32>,
    count: usize,
}

impl OnRoads {
    /// Nobody on so many edges.
    #[must_use]
    pub fn new(edges: usize) -> Self {
        Self { units: Vec::new(), first: vec![NONE; edges], count: 0 }
    }

    /// How many units are on a road.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.count
    }

    /// Whether nobody is on a road.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The place of a unit; none off the roads.
    #[must_use]
    pub fn place(&self, unit: u32) -> Option<RoadPlace> {
        let slot = self.units.get(unit as usize)?;
        (slot.edge != NONE).then_some(RoadPlace { edge: slot.edge, along: slot.along })
    }

    /// The units on an edge and their places, in no order that means anything.
    pub fn on(&self, edge: EdgeNo) -> impl Iterator<Item = (u32, RoadPlace)> {
        let mut next = self.first.get(edge as usize).copied().unwrap_or(NONE);
        std::iter::from_fn(move || {
            let unit = next;
            let slot = self.units.get(unit as usize)?;
            next = slot.next;
            Some((unit, RoadPlace { edge, along: slot.along }))
        })
    }

    /// Puts a unit at a place, or off the roads. An edge that there is not counts as off the roads.
    pub fn put(&mut self, unit: u32, place: Option<RoadPlace>) {
        let place = place.filter(|place| self.first.len() > place.edge as usize);
        let known = self.units.get(unit as usize).copied().unwrap_or(NOWHERE);
        match place {
            None if known.edge == NONE => {}
            Some(place) if known.edge == place.edge => {
                if let Some(slot) = self.units.get_mut(unit as usize) {
                    slot.along = place.along;
                }
            }
            _ => {
                self.leave(unit, known);
                self.enter(unit, place);
            }
        }
    }

    fn leave(&mut self, unit: u32, known: Slot) {
        if known.edge == NONE {
            return;
        }
        self.count -= 1;
        match self.units.get_mut(known.previous as usize) {
            Some(previous) => previous.next = known.next,
            None => self.set_first(known.edge, known.next),
        }
        if let Some(next) = self.units.get_mut(known.next as usize) {
            next.previous = known.previous;
        }
        if let Some(slot) = self.units.get_mut(unit as usize) {
            *slot = NOWHERE;
        }
    }

    fn enter(&mut self, unit: u32, place: Option<RoadPlace>) {
        let Some(RoadPlace { edge, along }) = place else { return };
        if self.units.len() <= unit as usize {
            self.units.resize(unit as usize + 1, NOWHERE);
        }
        let next = self.first.get(edge as usize).copied().unwrap_or(NONE);
        if let Some(slot) = self.units.get_mut(next as usize) {
            slot.previous = unit;
        }
        if let Some(slot) = self.units.get_mut(unit as usize) {
            *slot = Slot { edge, along, next, previous: NONE };
        }
        self.set_first(edge, unit);
        self.count += 1;
    }

    fn set_first(&mut self, edge: EdgeNo, unit: u32) {
        if let Some(slot) = self.first.get_mut(edge as usize) {
            *slot = unit;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_is_a_table_of_places(moves in prop::collection::vec((0..20_u32, 0..9_u32, any::<u16>()), 0..400)) {
            // Of nine edges six exist; the seventh is the word for off the roads.
            let (mut on_roads, mut right) = (OnRoads::new(6), BTreeMap::new());
            for (unit, edge, along) in moves {
                let place = (edge != 6).then_some(RoadPlace { edge, along });
                on_roads.put(unit, place);
                match place.filter(|place| place.edge < 6) {
                    Some(place) => drop(right.insert(unit, place)),
                    None => drop(right.remove(&unit)),
                }
                prop_assert_eq!(on_roads.len(), right.len());
            }
            for unit in 0..21 {
                prop_assert_eq!(on_roads.place(unit), right.get(&unit).copied());
            }
            for edge in 0..9 {
                let mut found: Vec<_> = on_roads.on(edge).collect();
                found.sort_unstable_by_key(|(unit, _)| *unit);
                let here: Vec<_> = right.iter().filter(|(_, place)| place.edge == edge).map(|(unit, place)| (*unit, *place)).collect();
                prop_assert_eq!(found, here);
            }
        }
    }
}
