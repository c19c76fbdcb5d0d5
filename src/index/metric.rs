//! Distances cheap enough to be computed for every entry, and bounds for whole squares.
//!
//! All distances are ranked by `D`, four times the haversine of the angle, in square degrees: with latitudes `p`, `q` and the
//! difference of longitude `b`, `D = 4 sin²((q - p) / 2) + cos p cos q 4 sin²(b / 2)`. It grows with the distance.
//!
//! **Lower bound of a square.** If every point of it is at least `a` degrees of latitude and `b` (at most 180) of longitude away
//! and no cosine of its latitudes is below `c`, every point has `D >= 4 sin²(a / 2) + cos p · c · 4 sin²(b / 2)`, since both
//! terms grow with `a` and `b`. The upper bound is the same with the largest differences and the largest cosine. Nothing in
//! this rests on a projection; poles and the antimeridian are no special cases of it.
//!
//! **The near plane.** Within `x` radians of the query in latitude and in longitude, `x <= 0.06`, `D` is taken as
//! `a² + cos p (cos p - a sin p) b²`. By Taylor's theorem `y² (1 - y²/12) <= 4 sin²(y/2) <= y²`, and the cosine's error is at most
//! `a²/2 + |a|³/6`, so the error of `D` is at most `a⁴/12 + cos p cos q b⁴/12 + a² b² cos p (0.51)`, which is at most `(x²/12 + x²)
//! (a² + cos p cos q b²)`: less than [`Metric::slack`] `= 1.2 x²` of `D`. A search that keeps whatever has
//! `D <= (1 + 4 slack) D_k`, where `D_k` is the k-th best, misses none of the k nearest: `(1 + s) / (1 - s) <= 1 + 4 s` for
//! `s <= 0.1`, and the bound of a square errs by no more than an entry does.

use std::ops::Range;

use super::tile::{TILE_DEG, Tile};
use crate::geodesy::{EARTH_RADIUS_M, LatLng};

/// Beyond this the near plane is not used, radians.
const NEAR_MAX: f64 = 0.06;
/// Rounding of sums and cells, degrees: a tenth of a millimetre, where the rounding is a hundred times less.
pub(super) const ROUNDING_DEG: f64 = 1e-9;
/// The relative error of `D` by rounding alone: candidates keep it in single precision, whose rounding is 6e-8.
const ROUNDING: f64 = 1e-7;

/// `D` of a distance, square degrees.
pub(super) fn of_m(distance_m: f64) -> f64 {
    let half = (distance_m / EARTH_RADIUS_M * 0.5).clamp(0.0, std::f64::consts::FRAC_PI_2);
    let chord_deg = (2.0 * half.sin()).to_degrees();
    chord_deg * chord_deg
}

/// A query's own view of the sphere.
#[derive(Debug, Clone, Copy)]
pub(super) struct Metric {
    lat: f64,
    lng: f64,
    cos: f64,
    /// `cos p · sin p`, per degree.
    tilt: f64,
    /// How much `D` may err, of itself.
    pub(super) slack: f64,
    is_near: bool,
}

/// `4 sin²` of half an angle, square degrees.
fn far(deg: f64) -> f64 {
    let chord = (2.0 * (deg.to_radians() * 0.5).sin()).to_degrees();
    chord * chord
}

/// The box that holds a circle: south, north, west, east, degrees; west and east may lie beyond the antimeridian.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reach {
    pub(super) south: f64,
    pub(super) north: f64,
    pub(super) west: f64,
    pub(super) east: f64,
}

impl Reach {
    /// Around everything within `radius_m` of a point.
    pub(super) fn of(at: LatLng, radius_m: f64) -> Self {
        let angle = radius_m / EARTH_RADIUS_M;
        let deg = angle.to_degrees() + ROUNDING_DEG;
        let (south, north) = (at.lat_deg() - deg, at.lat_deg() + deg);
        // A cap reaches asin(sin angle / cos latitude) in longitude; one that holds a pole reaches everywhere.
        let half = if south <= -90.0 || north >= 90.0 {
            180.0
        } else {
            (angle.sin() / at.lat_deg().to_radians().cos()).min(1.0).asin().to_degrees() * (1.0 + ROUNDING) + ROUNDING_DEG
        };
        Self { south, north, west: at.lng_deg() - half, east: at.lng_deg() + half }
    }
}

impl Metric {
    /// For distances to entries in all tiles that meet a reach.
    pub(super) fn new(at: LatLng, reach: &Reach) -> Self {
        let (lat, lng) = (at.lat_deg(), at.lng_deg());
        let (sin, cos) = lat.to_radians().sin_cos();
        let widest_deg = (reach.north - lat).max(reach.east - lng) + TILE_DEG;
        let x = widest_deg.to_radians();
        let is_near = x <= NEAR_MAX && lng.abs() + widest_deg < 180.0;
        let slack = if is_near { 1.2 * x * x + ROUNDING } else { ROUNDING };
        Self { lat, lng, cos, tilt: cos * sin * 1_f64.to_radians(), slack, is_near }
    }

    /// `D` of an entry.
    #[inline]
    pub(super) fn of(&self, (lat, lng): (f64, f64)) -> f64 {
        let (a, b) = (lat - self.lat, lng - self.lng);
        if self.is_near {
            a * a + (self.cos * self.cos - self.tilt * a) * (b * b)
        } else {
            far(a) + self.cos * lat.to_radians().cos() * far(b)
        }
    }

    fn squared(&self, deg: f64) -> f64 {
        if self.is_near { deg * deg } else { far(deg) }
    }

    /// How far off the latitudes from `south` to `north` are at least, squared.
    #[inline]
    pub(super) fn least_rows(&self, south: f64, north: f64) -> f64 {
        self.squared(((south - self.lat).max(self.lat - north) - ROUNDING_DEG).max(0.0))
    }

    /// How far off they are at most, squared.
    #[inline]
    pub(super) fn most_rows(&self, south: f64, north: f64) -> f64 {
        self.squared((self.lat - south).max(north - self.lat) + ROUNDING_DEG)
    }

    /// How far off the longitudes from `west` to `east` are at least, squared, before the cosines.
    #[inline]
    pub(super) fn least_columns(&self, west: f64, east: f64) -> f64 {
        if self.is_near {
            let gap = ((west - self.lng).max(self.lng - east) - ROUNDING_DEG).max(0.0);
            return gap * gap;
        }
        far((self.around(west, east).0 - ROUNDING_DEG).max(0.0))
    }

    /// How far off they are at most, squared, before the cosines.
    #[inline]
    pub(super) fn most_columns(&self, west: f64, east: f64) -> f64 {
        if self.is_near {
            let far = (self.lng - west).max(east - self.lng) + ROUNDING_DEG;
            return far * far;
        }
        far((self.around(west, east).1 + ROUNDING_DEG).min(180.0))
    }

    /// The least and the greatest difference to longitudes from `west` to `east`, whichever way around is shorter.
    fn around(&self, west: f64, east: f64) -> (f64, f64) {
        let (width, east_of) = (east - west, (self.lng - west).rem_euclid(360.0));
        if east_of <= width {
            return (0.0, east_of.max(width - east_of));
        }
        let gap = (east_of - width).min(360.0 - east_of);
        (gap, gap + width)
    }

    /// What the least square of longitudes in a tile counts for in `D`.
    #[inline]
    pub(super) fn scale_least(&self, tile: &Tile) -> f64 {
        self.cos * tile.cos_min
    }

    /// What the greatest counts for.
    #[inline]
    pub(super) fn scale_most(&self, tile: &Tile) -> f64 {
        self.cos * tile.cos_max
    }

    /// The least `D` of a tile.
    pub(super) fn least_of_tile(&self, tile: &Tile) -> f64 {
        self.least_rows(tile.south, tile.south + TILE_DEG) + self.scale_least(tile) * self.least_columns(tile.west, tile.west + TILE_DEG)
    }

    /// The greatest `D` of a tile.
    pub(super) fn most_of_tile(&self, tile: &Tile) -> f64 {
        self.most_rows(tile.south, tile.south + TILE_DEG) + self.scale_most(tile) * self.most_columns(tile.west, tile.west + TILE_DEG)
    }

    /// The least `D` of one of the `side` x `side` squares of a tile.
    #[inline]
    pub(super) fn least_of_square(&self, tile: &Tile, side: usize, row: usize, column: usize) -> f64 {
        let step = TILE_DEG / side as f64;
        let (south, west) = (tile.south + row as f64 * step, tile.west + column as f64 * step);
        self.least_rows(south, south + step) + self.scale_least(tile) * self.least_columns(west, west + step)
    }

    /// The rows and columns of the `side` x `side` squares of a tile that meet a reach.
    pub(super) fn part(&self, reach: &Reach, tile: &Tile, side: usize) -> (Range<usize>, Range<usize>) {
        let a_degree = side as f64 / TILE_DEG;
        let part = |min: f64, max: f64, start: f64| {
            // Conversions saturate: what lies before the tile is its first, what lies behind its last.
            let first = ((min - start - ROUNDING_DEG) * a_degree) as usize;
            let last = ((max - start + ROUNDING_DEG) * a_degree) as usize;
            first.min(side)..(last + 1).min(side)
        };
        let columns = if self.is_near { part(reach.west, reach.east, tile.west) } else { 0..side };
        (part(reach.south, reach.north, tile.south), columns)
    }
}
