//! A circle within a small cell: inside or outside without trigonometry.
//!
//! The haversine `h = s(dlat) + cos(lat1) cos(lat2) s(dlng)` with `s(x) = sin^2(x / 2)` is computed by series. In cells of at
//! most 0.044 degrees (shift 9) and for differences of at most [`REACH_RAD`]:
//! - `s(x) = u/4 - u^2/48 + u^3/1440`, `u = x^2`: the next term is `u^3 / 20160` of the first, below 3e-15;
//! - `cos(lat2)` by its quadratic at the middle of the cell: off by at most `d^3 / 6`, 1e-11, which below 85 degrees of
//!   latitude is 1.1e-10 of it.
//!
//! Kept are the centre in whole grains of the cell ([`super::frame`]), which moves it by at most 3.3e-11 radians and so `h` by at
//! most `sqrt(h)` times that, and the product of the two cosines at the middle of the cell with its slope as numbers of 24
//! bits, 6.2e-8 of `h` together. So there are two limits, below which a position is surely within and above which it is surely
//! without, wider apart than all this; that is the answer of [`crate::geodesy::haversine_m`] too, whose own error is smaller
//! still. In between, some millimetres for a few hundred metres, the zone itself is asked.

use super::{
    bounds::Bounds,
    frame::{Frame, GRAIN_DEG, grains},
};
use crate::geodesy::{EARTH_RADIUS_M, LatLng, haversine_m};

/// The words of a circle in a block.
pub(super) const DISC_WORDS: usize = 3;
/// The coarsest cells whose cosine is good enough.
pub(super) const DISC_SHIFT_MAX: u32 = 9;
const REACH_RAD: f64 = 0.02;
const LAT_DEG_MAX: f64 = 85.0;
/// How far the limits are from the truth, as a share and as a multiple of the root: six times and twice what the errors are.
const CERTAIN: f64 = 4e-7;
const CERTAIN_ROOT: f64 = 1e-10;
const RAD: f64 = std::f64::consts::PI / 180.0;
const GRAIN_RAD: f64 = GRAIN_DEG * RAD;

/// A circle, made ready.
#[derive(Debug, Clone, Copy)]
pub(super) struct Disc {
    centre: [f64; 2],
    radius_m: f64,
}

/// How a circle and a cell lie.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Cover {
    Apart,
    Partly,
    Wholly,
}

/// How a circle and a cell lie: in doubt partly. From the middle of the cell no position of it is further than the root of
/// the squares of half its height and half its width, since a degree of longitude is no longer than one of latitude.
pub(super) fn cover(centre: LatLng, radius_m: f64, cell: &Bounds) -> Cover {
    let middle = LatLng::new(((cell.south + cell.north) * 0.5).clamp(-90.0, 90.0), ((cell.west + cell.east) * 0.5).clamp(-180.0, 180.0));
    let Ok(middle) = middle else { return Cover::Partly };
    let widest = if cell.south <= 0.0 && cell.north >= 0.0 { 1.0 } else { (cell.south.abs().min(cell.north.abs()) * RAD).cos() };
    let reach_m = (cell.north - cell.south).hypot((cell.east - cell.west) * widest) * 0.5 * RAD * EARTH_RADIUS_M + 0.01;
    let distance_m = haversine_m(centre, middle);
    if distance_m - reach_m > radius_m {
        Cover::Apart
    } else if distance_m + reach_m < radius_m {
        Cover::Wholly
    } else {
        Cover::Partly
    }
}

impl Disc {
    /// The circle made ready for a cell, where the series are good enough for both.
    pub(super) fn new(centre: LatLng, radius_m: f64, cell: &Bounds) -> Option<Self> {
        let (x, y) = (centre.lng_deg(), centre.lat_deg());
        let reach_deg = [cell.west - x, cell.east - x, cell.south - y, cell.north - y].into_iter().map(f64::abs).fold(0.0, f64::max);
        let lat_deg = cell.south.abs().max(cell.north.abs());
        if reach_deg * RAD > REACH_RAD || lat_deg > LAT_DEG_MAX {
            return None;
        }
        Some(Self { centre: [x, y], radius_m })
    }

    /// The circle as words of the cell.
    pub(super) fn words(&self, frame: &Frame) -> Option<[u64; DISC_WORDS]> {
        let pair = |low: f64, high: f64| u64::from((high as f32).to_bits()) << 32 | u64::from((low as f32).to_bits());
        let cos = (self.centre[1] * RAD).cos();
        let (sin_middle, cos_middle) = (frame.middle[1] * RAD).sin_cos();
        let root = (self.radius_m / (2.0 * EARTH_RADIUS_M)).sin();
        let (limit, margin) = (root * root, CERTAIN * root * root + CERTAIN_ROOT * root + CERTAIN_ROOT * CERTAIN_ROOT);
        Some([frame.corner(self.centre)?, pair(cos * cos_middle, cos * sin_middle), pair(limit - margin, limit + margin)])
    }
}

/// A circle as a cell keeps it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kept {
    /// Grains.
    centre: [f64; 2],
    /// The product of the cosines of both latitudes at the middle of the cell, and how it falls with the latitude.
    cosines: [f64; 2],
    /// Haversines below the first are within, above the second without.
    limits: [f64; 2],
}

impl Kept {
    #[inline]
    pub(super) fn new(words: &[u64]) -> Self {
        let word = |place: usize| words.get(place).copied().unwrap_or(0);
        let pair = |word: u64| [f64::from(f32::from_bits(word as u32)), f64::from(f32::from_bits((word >> 32) as u32))];
        Self { centre: grains(word(0)), cosines: pair(word(1)), limits: pair(word(2)) }
    }

    #[inline]
    fn haversine(&self, [x, y]: [f64; 2]) -> f64 {
        let half_squared = |grains: f64| {
            let u = (grains * GRAIN_RAD) * (grains * GRAIN_RAD);
            u * 0.25 * (1.0 - u * (1.0 / 12.0) * (1.0 - u * (1.0 / 30.0)))
        };
        let (d, [cos, sin]) = (y * GRAIN_RAD, self.cosines);
        half_squared(y - self.centre[1]) + (cos - sin * d - cos * 0.5 * (d * d)) * half_squared(x - self.centre[0])
    }

    /// Whether a position of the cell is within; none where it may be on the border.
    #[inline]
    pub(super) fn holds(&self, place: [f64; 2]) -> Option<bool> {
        let (haversine, [low, high]) = (self.haversine(place), self.limits);
        (haversine < low || haversine > high).then_some(haversine < low)
    }

    /// How far the border is at least, radians. The difference of two arcs is at least that of their half chords, twice.
    #[inline]
    pub(super) fn clear_rad(&self, place: [f64; 2]) -> f64 {
        let (root, [low, high]) = (self.haversine(place).sqrt(), self.limits);
        // The root is certain to half of what the haversine is.
        let error = CERTAIN * root + CERTAIN_ROOT;
        (2.0 * ((root - error - high.sqrt()).max(low.max(0.0).sqrt() - root - error))).max(0.0)
    }

    /// Half the width of a square around the position through which the border does not run, grains: its corners are at
    /// most the root of two further than its sides.
    #[inline]
    pub(super) fn clear(&self, place: [f64; 2]) -> f64 {
        self.clear_rad(place) * (0.999_999 * std::f64::consts::FRAC_1_SQRT_2 / GRAIN_RAD)
    }
}
