//! Stretches of road as an area for a map.

use geo::{Area, BoundingRect, Contains, LineString, MultiPolygon, Polygon, Rect};

use super::{
    Stretch,
    contour::Contour,
    field::{Field, Plane},
};
use crate::{
    geodesy::{LatLng, wrap_lng_deg},
    roads::RoadNetwork,
};

/// The width is so many cells of the grid.
pub const CELLS_A_WIDTH: f64 = 4.0;
/// The most knots that the grid has.
pub const OUTLINE_NODES_MAX: usize = 1_000_000;

/// The area around stretches of road.
///
/// # What it means
/// It is drawn around all that is within `width_m` of a stretch, on a grid of [`CELLS_A_WIDTH`] cells to that width, and so not exact, but within
/// limits: **what is within half the width of a stretch is inside, what is further than one and a half times is outside.** For the
/// distances at the knots of the grid are right, so the traced border passes every cell that the true one passes between its knots
/// and is off by at most the cell's diagonal, 0.354 widths; leaving out corners moves it by at most twice a
/// quarter of a cell, 0.125. The sum is 0.479. Distances are those of a plane around the middle: over 30 km off by
/// some thousandths.
///
/// Its rings do not cross or touch one another; outer rings turn left, holes right. The same stretches give the same rings. Across the antimeridian its
/// longitudes go on beyond 180 degrees.
///
/// # Cost
/// Linear in the grid and in the knots near a stretch.
#[derive(Debug, Clone, PartialEq)]
pub struct Outline {
    /// The width that it was drawn with, metres: that which was asked for, or more where the grid would have had more
    /// than [`OUTLINE_NODES_MAX`] knots.
    pub width_m: f64,
    /// The area, x longitude, y latitude, in degrees.
    pub area: MultiPolygon<f64>,
}

impl Outline {
    /// Draws the area within `width_m` of stretches; at least a metre.
    #[must_use]
    pub fn new(network: &RoadNetwork, stretches: &[Stretch], width_m: f64) -> Self {
        let mut width_m = width_m.max(1.0);
        let lines: Vec<Vec<LatLng>> = stretches.iter().map(|stretch| stretch.line(network)).collect();
        let Some(first) = lines.iter().flatten().next() else { return Self { width_m, area: MultiPolygon(Vec::new()) } };
        // The middle, seen from anywhere in it.
        let near = Plane::new(*first);
        let [[west, south], [east, north]] = corners(&near, &lines);
        let middle = near.degrees([(west + east) * 0.5, (south + north) * 0.5]);
        let plane = Plane::new(LatLng::new(middle.y, wrap_lng_deg(middle.x)).unwrap_or(*first));

        let [[west, south], [east, north]] = corners(&plane, &lines);
        let knots = |width_m: f64| {
            // A cell and more of nothing on every side.
            let cells = |extent_m: f64| (extent_m / width_m * CELLS_A_WIDTH).ceil() as usize + 2 * (CELLS_A_WIDTH as usize + 2) + 1;
            (cells(east - west), cells(north - south))
        };
        while knots(width_m).0.saturating_mul(knots(width_m).1) > OUTLINE_NODES_MAX {
            width_m *= 1.25;
        }
        let (cell_m, (columns, rows)) = (width_m / CELLS_A_WIDTH, knots(width_m));
        let margin = CELLS_A_WIDTH + 2.0;
        let mut field = Field::new(columns, rows);
        for line in &lines {
            let mut corners = line.iter().map(|at| {
                let [x, y] = plane.of(*at);
                [(x - west) / cell_m + margin, (y - south) / cell_m + margin]
            });
            let Some(mut a) = corners.next() else { continue };
            for b in corners {
                field.draw(a, b, CELLS_A_WIDTH + 1.0);
                a = b;
            }
        }
        let degrees = |[x, y]: [f64; 2]| plane.degrees([(x - margin) * cell_m + west, (y - margin) * cell_m + south]);
        let rings = Contour::new(&field, CELLS_A_WIDTH as f32).rings();
        let rings = rings.into_iter().map(|ring| LineString::new(ring.into_iter().map(degrees).collect())).collect();
        Self { width_m, area: polygons(rings) }
    }
}

/// The south-western and north-eastern corner of lines in a plane.
fn corners(plane: &Plane, lines: &[Vec<LatLng>]) -> [[f64; 2]; 2] {
    let mut corners = [[f64::INFINITY; 2], [f64::NEG_INFINITY; 2]];
    for at in lines.iter().flatten() {
        let at = plane.of(*at);
        let [low, high] = &mut corners;
        for ((low, high), at) in low.iter_mut().zip(high).zip(at) {
            *low = low.min(at);
            *high = high.max(at);
        }
    }
    corners
}

/// Each hole in the smallest ring around it.
fn polygons(rings: Vec<LineString<f64>>) -> MultiPolygon<f64> {
    let polygons = rings.into_iter().map(|ring| Polygon::new(ring, Vec::new()));
    let (mut outer, holes): (Vec<_>, Vec<_>) = polygons.partition(|polygon| polygon.signed_area() > 0.0);
    let sizes: Vec<_> = outer.iter().map(|polygon| (polygon.bounding_rect(), polygon.unsigned_area())).collect();
    let mut inside: Vec<Vec<LineString<f64>>> = vec![Vec::new(); outer.len()];
    for hole in holes {
        let Some(corner) = hole.exterior().0.first() else { continue };
        let holds = |polygon: &Polygon<f64>, bounds: &Option<Rect<f64>>| {
            bounds.is_some_and(|bounds| bounds.contains(corner)) && polygon.contains(corner)
        };
        let around = outer.iter().zip(&sizes).enumerate().filter(|(_, (polygon, (bounds, _)))| holds(polygon, bounds));
        let smallest = around.min_by(|(_, (_, (_, a))), (_, (_, (_, b)))| a.total_cmp(b));
        if let Some(holes) = smallest.and_then(|(n, _)| inside.get_mut(n)) {
            holes.push(hole.into_inner().0);
        }
    }
    for (polygon, holes) in outer.iter_mut().zip(inside) {
        holes.into_iter().for_each(|hole| polygon.interiors_push(hole));
    }
    MultiPolygon(outer)
}
