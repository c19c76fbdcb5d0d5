//! A circle within a small cell: inside or outside without trigonometry.
//!
//! The haversine `h = s(dlat) + cos(lat1) cos(lat2) s(dlng)` with `s(x) = sin^2(x / 2)` is computed by series. In cells of at
//! most 0.044 degrees (shift 9) and for differences of at most [`REACH_RAD`]:
//! - `s(x) = u/4 - u^2/48 + u^3/1440`, `u = x^2`: the next term is `u^3 / 20160` of the first, below 3e-15;
//! - `cos(lat2)` by its quadratic at the middle of the cell: off by at most `d^3 / 6`, 1e-11, which below 85 degrees of
//!   latitude is 1.1e-10 of it.
//!
//! Rounding adds some 1e-15. Where `h` differs from that of the radius by more than one part in 1e9 ([`CERTAIN`]) the
//! answer is that of [`crate::geodesy::haversine_m`], whose own error is smaller still; in between, a tenth of a millimetre
//! for a few hundred metres, the zone itself is asked.

use super::{bounds::Bounds, ring::number};
use crate::geodesy::{EARTH_RADIUS_M, LatLng, haversine_m};

/// The words of a circle in a block.
pub(super) const DISC_WORDS: usize = 5;
/// The coarsest cells whose cosine is good enough.
pub(super) const DISC_SHIFT_MAX: u32 = 9;
const REACH_RAD: f64 = 0.02;
const LAT_DEG_MAX: f64 = 85.0;
const CERTAIN: f64 = 1e-9;
const RAD: f64 = std::f64::consts::PI / 180.0;

/// The cosine of the latitude within a cell.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Cosine {
    middle_deg: f64,
    sin: f64,
    cos: f64,
}

impl Cosine {
    pub(super) fn new(cell: &Bounds) -> Self {
        let middle_deg = (cell.south + cell.north) * 0.5;
        let (sin, cos) = (middle_deg * RAD).sin_cos();
        Self { middle_deg, sin, cos }
    }

    pub(super) const fn numbers(self) -> [f64; 3] {
        [self.middle_deg, self.sin, self.cos]
    }

    pub(super) fn from_words(words: &[u64]) -> Self {
        Self { middle_deg: number(words, 0), sin: number(words, 1), cos: number(words, 2) }
    }

    fn of(&self, lat_deg: f64) -> f64 {
        let d = (lat_deg - self.middle_deg) * RAD;
        self.cos - self.sin * d - self.cos * 0.5 * (d * d)
    }
}

/// A circle, made ready.
#[derive(Debug, Clone, Copy)]
pub(super) struct Disc {
    centre: [f64; 2],
    cos: f64,
    /// The haversine of the radius, and its root.
    limit: f64,
    limit_root: f64,
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
        let limit_root = (radius_m / (2.0 * EARTH_RADIUS_M)).sin();
        Some(Self { centre: [x, y], cos: (y * RAD).cos(), limit: limit_root * limit_root, limit_root })
    }

    pub(super) const fn numbers(self) -> [f64; DISC_WORDS] {
        [self.centre[0], self.centre[1], self.cos, self.limit, self.limit_root]
    }

    pub(super) fn from_words(words: &[u64]) -> Self {
        let of = |place| number(words, place);
        Self { centre: [of(0), of(1)], cos: of(2), limit: of(3), limit_root: of(4) }
    }

    fn haversine(&self, at: LatLng, cosine: &Cosine) -> f64 {
        let half_squared = |deg: f64| {
            let u = (deg * RAD) * (deg * RAD);
            u * 0.25 * (1.0 - u * (1.0 / 12.0) * (1.0 - u * (1.0 / 30.0)))
        };
        half_squared(at.lat_deg() - self.centre[1]) + self.cos * cosine.of(at.lat_deg()) * half_squared(at.lng_deg() - self.centre[0])
    }

    /// Whether a position of the cell is within; none where it may be on the border.
    #[inline]
    pub(super) fn holds(&self, at: LatLng, cosine: &Cosine) -> Option<bool> {
        let difference = self.haversine(at, cosine) - self.limit;
        (difference.abs() > CERTAIN * self.limit).then_some(difference < 0.0)
    }

    /// How far the border is at least, radians. The difference of two arcs is at least that of their half chords, twice.
    pub(super) fn clear_rad(&self, at: LatLng, cosine: &Cosine) -> f64 {
        let difference = 2.0 * (self.haversine(at, cosine).sqrt() - self.limit_root).abs();
        // The haversine is certain to one part in 1e9, its root to half of this.
        (difference - 2.0 * CERTAIN * self.limit_root.max(REACH_RAD)).max(0.0)
    }

    /// Half the width of a square around the position through which the border does not run, degrees: its corners are at
    /// most the root of two further than its sides.
    #[inline]
    pub(super) fn clear_deg(&self, at: LatLng, cosine: &Cosine) -> f64 {
        self.clear_rad(at, cosine) * (0.999_999 * std::f64::consts::FRAC_1_SQRT_2 / RAD)
    }
}
