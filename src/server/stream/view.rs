//! What a wall wants to see, and what it has been shown.

use crate::{
    geodesy::LatLng,
    model::{KindSet, LayerSet, UnitKind, UnitNo},
};

/// A wall's view.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct View {
    /// West, south, east, north in degrees; west above east crosses the antimeridian. None is everywhere, and then
    /// units that never had a fix are seen too.
    pub bbox: Option<[f64; 4]>,
    /// The kinds of units.
    pub kinds: KindSet,
    /// The layers whose crossings are told.
    pub layers: LayerSet,
}

impl View {
    /// Whether a unit is in the view.
    #[must_use]
    pub fn sees(&self, kind: UnitKind, at: Option<LatLng>) -> bool {
        self.kinds.contains(kind)
            && match (self.bbox, at) {
                (None, _) => true,
                (Some(_), None) => false,
                (Some(bbox), Some(at)) => holds(bbox, at),
            }
    }
}

fn holds([west, south, east, north]: [f64; 4], at: LatLng) -> bool {
    let (lat, lng) = (at.lat_deg(), at.lng_deg());
    let across = if west <= east { west <= lng && lng <= east } else { west <= lng || lng <= east };
    south <= lat && lat <= north && across
}

/// A set of unit numbers: one bit a unit, since every wall keeps some.
#[derive(Debug, Clone, Default)]
pub struct UnitBits(Vec<u64>);

impl UnitBits {
    /// Whether a unit is in the set.
    #[must_use]
    pub fn contains(&self, no: UnitNo) -> bool {
        self.0.get(no.index() / 64).is_some_and(|word| word & (1 << (no.index() % 64)) != 0)
    }

    /// Adds a unit.
    pub fn insert(&mut self, no: UnitNo) {
        let at = no.index() / 64;
        if at >= self.0.len() {
            self.0.resize(at + 1, 0);
        }
        if let Some(word) = self.0.get_mut(at) {
            *word |= 1 << (no.index() % 64);
        }
    }

    /// Takes a unit out; says whether it was in.
    pub fn remove(&mut self, no: UnitNo) -> bool {
        let was = self.contains(no);
        if let Some(word) = self.0.get_mut(no.index() / 64) {
            *word &= !(1 << (no.index() % 64));
        }
        was
    }

    /// Empties the set; keeps its memory.
    pub fn clear(&mut self) {
        self.0.fill(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_may_cross_the_antimeridian() {
        let at = |lng| LatLng::new(0.0, lng).unwrap();
        let pacific = [170.0, -10.0, -170.0, 10.0];
        assert!(holds(pacific, at(175.0)) && holds(pacific, at(-175.0)) && holds(pacific, at(180.0)) && holds(pacific, at(-180.0)));
        assert!(!holds(pacific, at(0.0)) && !holds(pacific, at(169.9)));
        assert!(holds([108.0, -1.0, 109.0, 1.0], at(108.0)) && !holds([108.0, -1.0, 109.0, 1.0], at(109.1)));
    }

    #[test]
    fn who_never_had_a_fix_is_seen_without_a_box_alone() {
        let everywhere = View { bbox: None, kinds: KindSet::EMPTY.with(UnitKind::Foot), layers: LayerSet::EMPTY };
        assert!(everywhere.sees(UnitKind::Foot, None) && !everywhere.sees(UnitKind::Drone, None));
        assert!(!View { bbox: Some([0.0, 0.0, 1.0, 1.0]), ..everywhere }.sees(UnitKind::Foot, None));
    }

    #[test]
    fn bits() {
        let mut bits = UnitBits::default();
        assert!(!bits.contains(UnitNo(1_000)) && !bits.remove(UnitNo(1_000)));
        bits.insert(UnitNo(0));
        bits.insert(UnitNo(64));
        assert!(bits.contains(UnitNo(0)) && bits.contains(UnitNo(64)) && !bits.contains(UnitNo(63)));
        assert!(bits.remove(UnitNo(64)) && !bits.contains(UnitNo(64)));
        bits.clear();
        assert!(!bits.contains(UnitNo(0)));
    }
}
