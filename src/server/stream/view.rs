//! What a wall wants to see.

use crate::model::{KindSet, LayerSet, RoomName};

/// The coarsest parts of the map that totals are told of: H3 cells of some 12,000 km².
pub const TOTALS_RES_MIN: u8 = 3;
/// The finest: those in which units are streamed, some 5 km².
pub const TOTALS_RES_MAX: u8 = 7;

/// A wall's view.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct View {
    /// West, south, east, north in degrees; west above east crosses the antimeridian. Every H3 cell that it touches is in the view, whole.
    /// None is everywhere, and then units that never had a fix are seen too.
    pub bbox: Option<[f64; 4]>,
    /// The kinds of units.
    pub kinds: KindSet,
    /// The layers whose crossings are told.
    pub layers: LayerSet,
    /// Totals of H3 cells of this resolution in place of units.
    pub totals: Option<u8>,
    /// The room in which the wall is.
    pub room: Option<RoomName>,
}

impl View {
    /// Everything, unit by unit.
    pub const ALL: Self = Self { bbox: None, kinds: KindSet::ALL, layers: LayerSet::ALL, totals: None, room: None };

    /// Whether it touches a box in which longitudes ascend: of a cell that crosses the antimeridian the east end is above 180.
    #[must_use]
    pub fn touches(&self, [west, south, east, north]: [f64; 4]) -> bool {
        let Some([own_west, own_south, own_east, own_north]) = self.bbox else { return true };
        let own_east = if own_west <= own_east { own_east } else { own_east + 360.0 };
        let overlap = |shift: f64| own_west <= east + shift && west + shift <= own_east;
        own_south <= north && south <= own_north && [-360.0, 0.0, 360.0].into_iter().any(overlap)
    }

    /// The same as bits, by which equal views are found.
    pub(super) fn bits(&self) -> ([u64; 4], KindSet, LayerSet, Option<u8>, Option<RoomName>) {
        // No box has a corner that is not a number.
        (self.bbox.map_or([u64::MAX; 4], |bbox| bbox.map(f64::to_bits)), self.kinds, self.layers, self.totals, self.room)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_may_cross_the_antimeridian() {
        let view = |bbox| View { bbox: Some(bbox), ..View::ALL };
        let pacific = view([170.0, -10.0, -170.0, 10.0]);
        for cell in [[175.0, 0.0, 176.0, 1.0], [-176.0, 0.0, -175.0, 1.0], [179.5, 0.0, 180.5, 1.0], [169.0, 9.0, 170.0, 12.0]] {
            assert!(pacific.touches(cell), "{cell:?}");
        }
        for cell in [[0.0, 0.0, 1.0, 1.0], [-169.9, 0.0, -169.0, 1.0], [175.0, 10.1, 176.0, 11.0]] {
            assert!(!pacific.touches(cell), "{cell:?}");
        }
        let city = view([108.0, 22.0, 109.0, 23.0]);
        assert!(city.touches([107.9, 22.5, 108.0, 22.6]) && !city.touches([107.8, 22.5, 107.9, 22.6]));
        // A cell across the antimeridian is in a view on either side of it.
        assert!(
            view([-180.0, 0.0, -179.0, 1.0]).touches([179.9, 0.0, 180.1, 0.5])
                && view([179.0, 0.0, 180.0, 1.0]).touches([179.9, 0.0, 180.1, 0.5])
        );
        assert!(View::ALL.touches([0.0, 0.0, 1.0, 1.0]));
    }
}
