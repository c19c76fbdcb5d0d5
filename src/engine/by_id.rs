//! Units by id, ordered, so that a listing can go on where it stopped.

use std::cmp::Ordering;

use super::unit::Unit;
use crate::model::{UnitId, UnitNo};

/// The most numbers in a chunk: one that is full is halved.
const CHUNK_MAX: usize = 512;

/// The numbers of units in the order of their ids, which are read from the units themselves: 4 to 8 bytes a unit. Finding and
/// adding one reads some twenty units among a million.
#[derive(Debug, Default)]
pub(super) struct ById {
    /// None is empty.
    chunks: Vec<Vec<UnitNo>>,
}

fn compare(units: &[Unit], no: UnitNo, id: &UnitId) -> Ordering {
    units.get(no.index()).map_or(Ordering::Less, |unit| unit.spec().id.cmp(id))
}

impl ById {
    /// The chunk that holds an id if any does, and the place in it of the first unit whose id is no lower.
    fn place(&self, units: &[Unit], id: &UnitId) -> (usize, usize) {
        let begins_by = |chunk: &Vec<UnitNo>| chunk.first().is_some_and(|first| compare(units, *first, id).is_le());
        let chunk = self.chunks.partition_point(begins_by).saturating_sub(1);
        let place = self.chunks.get(chunk).map_or(0, |chunk| chunk.partition_point(|no| compare(units, *no, id).is_lt()));
        (chunk, place)
    }

    /// The unit of an id.
    pub(super) fn find(&self, units: &[Unit], id: &UnitId) -> Option<UnitNo> {
        let (chunk, place) = self.place(units, id);
        self.chunks.get(chunk)?.get(place).copied().filter(|no| compare(units, *no, id).is_eq())
    }

    /// Adds a unit whose id is not there yet.
    pub(super) fn insert(&mut self, units: &[Unit], id: &UnitId, no: UnitNo) {
        let (at, place) = self.place(units, id);
        let Some(chunk) = self.chunks.get_mut(at) else { return self.chunks.push(vec![no]) };
        if chunk.len() < CHUNK_MAX {
            return chunk.insert(place, no);
        }
        // Ids that come in order, as those of a city's file, leave full chunks behind.
        let mut upper = if place == CHUNK_MAX { Vec::new() } else { chunk.split_off(CHUNK_MAX / 2) };
        match place.checked_sub(chunk.len()) {
            Some(place) => upper.insert(place, no),
            None => chunk.insert(place, no),
        }
        self.chunks.insert(at + 1, upper);
    }

    /// All, or those after an id, in order.
    pub(super) fn after(&self, units: &[Unit], id: Option<&UnitId>) -> impl Iterator<Item = UnitNo> {
        let (chunk, place) = id.map_or((0, 0), |id| {
            let (chunk, place) = self.place(units, id);
            let is_it = self.chunks.get(chunk).and_then(|chunk| chunk.get(place)).is_some_and(|no| compare(units, *no, id).is_eq());
            (chunk, place + usize::from(is_it))
        });
        self.chunks.iter().skip(chunk).flatten().copied().skip(place)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, btree_map::Entry};

    use proptest::prelude::*;

    use super::*;
    use crate::engine::profile::Profile;

    fn id(n: u32) -> UnitId {
        format!("u-{n}").parse().unwrap()
    }

    proptest! {
        #[test]
        fn it_is_a_map_in_order(numbers in prop::collection::vec(0..4_000u32, 0..3_000), asked in prop::collection::vec(0..4_000u32, 20), is_sorted in any::<bool>()) {
            let mut ids: Vec<UnitId> = numbers.into_iter().map(id).collect();
            if is_sorted {
                ids.sort();
            }
            let (mut order, mut units, mut map) = (ById::default(), Vec::new(), BTreeMap::new());
            for id in ids {
                prop_assert_eq!(order.find(&units, &id), map.get(&id).copied());
                if let Entry::Vacant(free) = map.entry(id.clone()) {
                    let no = UnitNo(units.len() as u32);
                    units.push(Unit::new(Profile::named(id.clone())));
                    order.insert(&units, &id, no);
                    free.insert(no);
                }
            }
            prop_assert!(order.chunks.iter().all(|chunk| !chunk.is_empty() && chunk.len() <= CHUNK_MAX));
            prop_assert!(order.after(&units, None).eq(map.values().copied()));
            for id in asked.into_iter().map(id) {
                prop_assert_eq!(order.find(&units, &id), map.get(&id).copied());
                let after = (std::ops::Bound::Excluded(id.clone()), std::ops::Bound::Unbounded);
                prop_assert!(order.after(&units, Some(&id)).eq(map.range(after).map(|(_, no)| *no)));
            }
        }
    }
}
