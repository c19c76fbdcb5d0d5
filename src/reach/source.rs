//! Who sets out from where, and who stands on which edge.

use std::collections::HashMap;

use super::{
    key::{Key, NOBODY, key},
    span::{Span, places_within},
};
use crate::roads::{EdgeNo, NEVER, RoadPlace, Travel};

/// Somebody who can be sent, or a place to set out from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Source {
    /// The unit's number.
    pub who: u32,
    /// Where it is.
    pub place: RoadPlace,
    /// How it goes.
    pub travel: Travel,
    /// Until it moves off: turn-out, milliseconds.
    pub delay_ms: u32,
}

impl Source {
    /// The arrival at the end of one of the two drives of its edge, given what all drives cost its way of travelling.
    pub(super) fn at_end(&self, backward: bool, costs: &[u32]) -> Key {
        match self.cost(backward, costs) {
            NEVER => NOBODY,
            cost => key(self.delay_ms.saturating_add(self.place.ms_to_end(backward, cost)), self.who),
        }
    }

    /// The arrival at a place of its own edge, straight along it.
    pub(super) fn at(&self, place: RoadPlace, backward: bool, costs: &[u32]) -> Key {
        match self.cost(backward, costs) {
            NEVER => NOBODY,
            cost => self.place.ms_to(place, backward, cost).map_or(NOBODY, |ms| key(self.delay_ms.saturating_add(ms), self.who)),
        }
    }

    /// The places of its own edge that it reaches within a time, straight along a drive. What lies behind it, but within the same
    /// millisecond, counts as where it is: see [`RoadPlace::ms_to`].
    pub(super) fn span(&self, backward: bool, costs: &[u32], limit_ms: u32) -> Option<Span> {
        let cost = self.cost(backward, costs);
        let rest_ms = limit_ms.checked_sub(self.delay_ms).filter(|_| cost != NEVER)?;
        let own_ms = self.place.ms_from_start(backward, cost);
        let behind = own_ms.checked_sub(1).map_or(0, |ms| places_within(cost, ms));
        Some(Span::of_drive(backward, behind, places_within(cost, rest_ms.saturating_add(own_ms))))
    }

    fn cost(&self, backward: bool, costs: &[u32]) -> u32 {
        costs.get(self.place.drive(backward).no() as usize).copied().unwrap_or(NEVER)
    }
}

/// All of them.
#[derive(Debug, Clone, Default)]
pub(super) struct Sources {
    by_who: HashMap<u32, Source, foldhash::fast::FixedState>,
    by_edge: HashMap<EdgeNo, Vec<Source>, foldhash::fast::FixedState>,
}

impl Sources {
    pub(super) fn get(&self, who: u32) -> Option<Source> {
        self.by_who.get(&who).copied()
    }

    pub(super) fn len(&self) -> usize {
        self.by_who.len()
    }

    /// Puts one that is not there.
    pub(super) fn put(&mut self, source: Source) {
        self.by_who.insert(source.who, source);
        self.by_edge.entry(source.place.edge).or_default().push(source);
    }

    pub(super) fn remove(&mut self, source: Source) {
        self.by_who.remove(&source.who);
        if let Some(on_edge) = self.by_edge.get_mut(&source.place.edge) {
            on_edge.retain(|other| other.who != source.who);
            if on_edge.is_empty() {
                self.by_edge.remove(&source.place.edge);
            }
        }
    }

    pub(super) fn on_edge(&self, edge: EdgeNo) -> &[Source] {
        self.by_edge.get(&edge).map_or(&[], |sources| sources)
    }
}
