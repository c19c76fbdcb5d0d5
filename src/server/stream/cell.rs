//! A part of the map: the units that stand in it, and who left it lately.

use std::{collections::VecDeque, ops::Range};

use h3o::{CellIndex, LatLng as H3LatLng};

use crate::{
    frames::{Origin, Step, TOTALS},
    geodesy::LatLng,
    model::UnitKind,
};

/// A unit that left: what it was when it was here.
#[derive(Debug, Clone, Copy)]
pub(super) struct Departure {
    /// In which tick.
    pub(super) seq: u64,
    pub(super) no: u32,
    pub(super) kind: UnitKind,
    pub(super) org: u16,
}

/// A part of the map.
#[derive(Debug)]
pub(super) struct Cell {
    /// None is the place of units that never had a fix.
    pub(super) id: Option<CellIndex>,
    /// What positions in it are told from.
    pub(super) origin: Origin,
    /// West, south, east, north; the east end of one across the antimeridian is above 180.
    pub(super) bounds: [f64; 4],
    /// The middle, and how near to it no border runs, squared, in degrees of latitude.
    middle: (f64, f64),
    clear: f64,
    /// The units in it, in no order.
    pub(super) members: Vec<u32>,
    /// Who left, in order.
    pub(super) left: VecDeque<Departure>,
    /// The last tick in which anything of it changed.
    pub(super) changed: u64,
    /// The last tick in which a total of it changed.
    pub(super) recounted: u64,
    /// How many there are of each status, in alarm, stale or lost.
    pub(super) totals: [u32; TOTALS],
    /// Those that changed in the last tick, by number.
    pub(super) now: Vec<u32>,
    /// Where its block for all of it is among the bytes of the last tick.
    pub(super) block: Range<usize>,
}

/// Of the circle about a cell's middle that touches its nearest border, so much is taken for clear: borders bend a little.
const CLEAR_SHARE: f64 = 0.95;

impl Cell {
    pub(super) fn new(id: Option<CellIndex>) -> Self {
        let mut cell = Self {
            id,
            origin: Origin::default(),
            bounds: [0.0; 4],
            middle: (0.0, 0.0),
            clear: -1.0,
            members: Vec::new(),
            left: VecDeque::new(),
            changed: 0,
            recounted: 0,
            totals: [0; TOTALS],
            now: Vec::new(),
            block: 0..0,
        };
        if let Some(id) = id {
            cell.lay_out(id);
        }
        cell
    }

    fn lay_out(&mut self, id: CellIndex) {
        let middle = H3LatLng::from(id);
        let (lat, lng) = (middle.lat(), middle.lng());
        self.origin = Origin::near(Step::of(lat, lng));
        // Longitudes next to the middle's, so that they ascend across the antimeridian.
        let near = |other: f64| lng + (other - lng + 540.0).rem_euclid(360.0) - 180.0;
        let corners: Vec<(f64, f64)> = id.boundary().iter().map(|corner| (corner.lat(), near(corner.lng()))).collect();
        let ends = |value: fn(&(f64, f64)) -> f64| {
            corners.iter().map(value).fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)))
        };
        let ((south, north), (west, east)) = (ends(|corner| corner.0), ends(|corner| corner.1));
        // A cell that holds a pole has every longitude, and its corners do not show how near to the pole it goes.
        self.bounds = if east - west > 180.0 || north.abs().max(south.abs()) > 89.9 {
            [-180.0, if lat > 0.0 { south } else { -90.0 }, 180.0, if lat > 0.0 { 90.0 } else { north }]
        } else if west < -180.0 {
            [west + 360.0, south, east + 360.0, north]
        } else {
            [west, south, east, north]
        };
        self.middle = (lat, lng);
        self.clear = if lat.abs() > 85.0 { -1.0 } else { clear(&corners, (lat, lng)) };
    }

    /// Whether a position is surely in the cell. A few nanoseconds, where the cell of a position takes 400.
    pub(super) fn surely_holds(&self, at: LatLng) -> bool {
        let (north, east) = (at.lat_deg() - self.middle.0, (at.lng_deg() - self.middle.1) * self.middle.0.to_radians().cos());
        self.id.is_some() && north * north + east * east < self.clear
    }
}

/// The square of the distance from the middle to the nearest border, in degrees of latitude, and a little less.
fn clear(corners: &[(f64, f64)], (lat, lng): (f64, f64)) -> f64 {
    let narrow = lat.to_radians().cos();
    let flat: Vec<(f64, f64)> = corners.iter().map(|corner| (corner.0 - lat, (corner.1 - lng) * narrow)).collect();
    let next = flat.iter().cycle().skip(1);
    let distance = |((y1, x1), (y2, x2)): (&(f64, f64), &(f64, f64))| {
        let (dy, dx) = (y2 - y1, x2 - x1);
        let along = (-(y1 * dy + x1 * dx) / (dy * dy + dx * dx)).clamp(0.0, 1.0);
        (y1 + along * dy).powi(2) + (x1 + along * dx).powi(2)
    };
    flat.iter().zip(next).map(distance).fold(f64::INFINITY, f64::min) * CLEAR_SHARE * CLEAR_SHARE
}

#[cfg(test)]
mod tests {
    use h3o::Resolution;

    use super::*;

    fn cell_at(lat: f64, lng: f64) -> Cell {
        Cell::new(Some(H3LatLng::new(lat, lng).unwrap().to_cell(Resolution::Seven)))
    }

    #[test]
    fn what_is_surely_in_a_cell_is_in_it() {
        for (lat, lng) in [(22.8, 108.3), (-33.9, 151.2), (64.1, -21.9), (0.0, 179.999), (58.0, 10.0), (10.0, -180.0)] {
            let cell = cell_at(lat, lng);
            let (mut sure, mut inside) = (0, 0);
            for n in 0..10_000 {
                let (y, x) = (f64::from(n % 100) / 50.0 - 1.0, f64::from(n / 100) / 50.0 - 1.0);
                let (lat, lng) =
                    (cell.middle.0 + y * 0.02, (cell.middle.1 + x * 0.02 / lat.to_radians().cos() + 540.0).rem_euclid(360.0) - 180.0);
                let is_in = Some(H3LatLng::new(lat, lng).unwrap().to_cell(Resolution::Seven)) == cell.id;
                let is_sure = cell.surely_holds(LatLng::new(lat, lng).unwrap());
                assert!(is_in || !is_sure, "{lat} {lng}");
                sure += u32::from(is_sure);
                inside += u32::from(is_in);
                if is_in {
                    let [west, south, east, north] = cell.bounds;
                    let holds = |lng: f64| west <= lng && lng <= east;
                    assert!(south <= lat && lat <= north && (holds(lng) || holds(lng + 360.0)), "{lat} {lng} {:?}", cell.bounds);
                    let (at, base) = (Step::of(lat, lng), cell.origin.at());
                    assert!(
                        lng.abs() > 179.0
                            || lat.abs() > 62.0
                            || i16::try_from(at.lng - base.lng).is_ok() && i16::try_from(at.lat - base.lat).is_ok()
                    );
                }
            }
            assert!(inside > 500 && (f64::from(sure) > 0.6 * f64::from(inside) || lng.abs() > 179.0), "{sure} of {inside}");
        }
    }

    #[test]
    fn a_cell_at_the_pole_has_every_longitude() {
        for lat in [90.0, -90.0, 89.99] {
            let cell = cell_at(lat, 0.0);
            assert!((cell.bounds[0], cell.bounds[2]) == (-180.0, 180.0) && !cell.surely_holds(LatLng::new(lat, 0.0).unwrap()));
            assert!(cell.bounds[1] <= lat && lat <= cell.bounds[3], "{:?}", cell.bounds);
        }
    }
}
