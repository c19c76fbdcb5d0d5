//! Lines of roads: points of 8 bytes, and places along them.

use super::Spot;
use crate::geodesy::{LatLng, bearing_deg, haversine_m};

/// Units in a degree.
const UNITS_PER_DEG: f64 = 1e7;

/// A position in ten-millionths of a degree: 1.1 cm at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Point {
    /// Latitude, 1e-7 degrees.
    pub(super) lat: i32,
    /// Longitude, 1e-7 degrees.
    pub(super) lng: i32,
}

impl Point {
    /// From ten-millionths of a degree; none when out of range.
    #[must_use]
    pub const fn new(lat: i32, lng: i32) -> Option<Self> {
        if lat.unsigned_abs() > 900_000_000 || lng.unsigned_abs() > 1_800_000_000 { None } else { Some(Self { lat, lng }) }
    }

    /// The position.
    #[must_use]
    pub fn at(self) -> LatLng {
        LatLng::new(f64::from(self.lat) / UNITS_PER_DEG, f64::from(self.lng) / UNITS_PER_DEG).unwrap_or_default()
    }

    /// Latitude and longitude, 1e-7 degrees.
    #[must_use]
    pub const fn units(self) -> (i32, i32) {
        (self.lat, self.lng)
    }
}

impl From<LatLng> for Point {
    /// The nearest.
    fn from(at: LatLng) -> Self {
        let units = |deg: f64| (deg * UNITS_PER_DEG).round() as i32;
        Self { lat: units(at.lat_deg()), lng: units(at.lng_deg()) }
    }
}

/// The line of an edge, from its `from` to its `to`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shape<'a> {
    pub(super) first: Point,
    pub(super) inner: &'a [Point],
    pub(super) last: Point,
}

impl<'a> Shape<'a> {
    /// How many points it has, both ends included: 2 or more.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "it has two ends")]
    pub const fn len(&self) -> usize {
        self.inner.len() + 2
    }

    /// Where it starts.
    #[must_use]
    pub fn first(&self) -> LatLng {
        self.first.at()
    }

    /// Where it ends.
    #[must_use]
    pub fn last(&self) -> LatLng {
        self.last.at()
    }

    /// Its points, both ends included.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = LatLng> + Clone + use<'a> {
        self.points().map(Point::at)
    }

    /// Its stretches from point to point.
    pub fn steps(&self) -> impl Iterator<Item = (LatLng, LatLng)> + Clone + use<'a> {
        self.iter().zip(self.iter().skip(1))
    }

    /// The length in metres. Linear.
    #[must_use]
    pub fn length_m(&self) -> f64 {
        self.steps().map(|(a, b)| haversine_m(a, b)).sum()
    }

    fn points(&self) -> impl DoubleEndedIterator<Item = Point> + Clone + use<'a> {
        std::iter::once(self.first).chain(self.inner.iter().copied()).chain(std::iter::once(self.last))
    }

    /// The place `distance_m` along it, from its end when `backward`; held to its ends. Linear.
    pub(super) fn along(&self, backward: bool, distance_m: f64) -> Spot {
        if backward { walk(self.iter().rev(), distance_m) } else { walk(self.iter(), distance_m) }
    }
}

fn walk(mut line: impl Iterator<Item = LatLng>, distance_m: f64) -> Spot {
    let mut rest_m = distance_m.max(0.0);
    let mut here = Spot { at: line.next().unwrap_or_default(), heading_deg: 0.0 };
    for b in line {
        let (a, step_m) = (here.at, haversine_m(here.at, b));
        if step_m == 0.0 {
            continue;
        }
        let heading_deg = bearing_deg(a, b);
        if rest_m < step_m {
            return Spot { at: a.offset(rest_m, heading_deg), heading_deg };
        }
        rest_m -= step_m;
        here = Spot { at: b, heading_deg };
    }
    here
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_is_within_a_centimetre_and_stays_where_it_is() {
        let at = LatLng::new(-22.816_943_27, -179.999_999_99).unwrap();
        let point = Point::from(at);
        assert!(haversine_m(point.at(), at) < 0.011);
        assert_eq!(Point::from(point.at()), point);
        assert_eq!(Point::new(900_000_000, -1_800_000_000).map(Point::at), Some(LatLng::new(90.0, -180.0).unwrap()));
        assert_eq!((Point::new(900_000_001, 0), Point::new(0, i32::MIN)), (None, None));
    }
}
