//! Rings: closed areas around a point or core area, inner to outer, and who stands in each.
//!
//! A ring is everything within its outer border that no ring inside it holds: each unit counts once, in the innermost
//! ring that holds it. Borders belong to the inner ring.

use geo::MultiPolygon;

use crate::{
    geodesy::{LatLng, haversine_m},
    index::{Area, Found, Index, Tag, distance_to_polygon_m},
    model::{UnitNo, ZoneShape},
};

/// The most rings in one question.
pub const RINGS_MAX: usize = 16;

/// What the rings protect.
#[derive(Debug, Clone, PartialEq)]
pub enum Core {
    /// A point.
    Point(LatLng),
    /// An area.
    Polygon(MultiPolygon<f64>),
}

impl Core {
    /// Metres from the core to a position: 0 inside a core area.
    #[must_use]
    pub fn distance_m(&self, at: LatLng) -> f64 {
        match self {
            Self::Point(point) => haversine_m(*point, at),
            Self::Polygon(polygon) => distance_to_polygon_m(at, polygon),
        }
    }
}

/// The outer border of a ring.
#[derive(Debug, Clone, PartialEq)]
pub enum Border {
    /// So many metres from the core.
    Distance(f64),
    /// A drawn area.
    Drawn(ZoneShape),
}

/// A unit in a ring.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Member {
    /// The unit.
    pub unit: UnitNo,
    /// Where it is.
    pub at: LatLng,
    /// What queries filter on.
    pub tag: Tag,
    /// Metres from the core.
    pub distance_m: f64,
}

/// Whether a position is within a ring's outer border.
#[must_use]
pub fn holds(core: &Core, border: &Border, at: LatLng) -> bool {
    area(core, border).contains(at)
}

fn area<'a>(core: &'a Core, border: &'a Border) -> Area<'a> {
    match (border, core) {
        (Border::Drawn(shape), _) => Area::Shape(shape),
        (Border::Distance(outer_m), Core::Point(point)) => Area::Circle { centre: *point, radius_m: *outer_m },
        (Border::Distance(outer_m), Core::Polygon(core)) => Area::Around { core, distance_m: *outer_m },
    }
}

/// Who stands in each ring at one moment, inner to outer: in every ring nearest to the core first, equal distances by unit
/// number.
///
/// Cost: one area search a ring; what lies wholly in a circle is not tested unit by unit.
#[must_use]
pub fn members(index: &Index, core: &Core, borders: &[Border]) -> Vec<Vec<Member>> {
    index.read(|view| {
        let mut inner: Vec<&Border> = Vec::with_capacity(borders.len());
        let mut rings = Vec::with_capacity(borders.len());
        for border in borders {
            let mut ring = Vec::new();
            view.within(&area(core, border), |Found { unit, at, tag }| {
                if !inner.iter().any(|border| holds(core, border, at)) {
                    ring.push(Member { unit, at, tag, distance_m: core.distance_m(at) });
                }
            })?;
            ring.sort_unstable_by(|a, b| a.distance_m.total_cmp(&b.distance_m).then(a.unit.cmp(&b.unit)));
            rings.push(ring);
            inner.push(border);
        }
        Ok(rings)
    })
}
