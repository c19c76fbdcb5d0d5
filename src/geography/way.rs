//! Zones that a way leads through without an end of it in them.

use geo::{Intersects, Line, LinesIter};
use rstar::AABB;

use super::{
    Geography, ZoneNo,
    bounds::Bounds,
    frame,
    leaf::{self, Border},
};
use crate::{
    geodesy::{LatLng, haversine_m, wrap_lng_deg},
    model::ZoneShape,
};

/// A way whose box is larger than this, in degrees, asks the tree and not the cells along it.
const WALK_DEG_MAX: f64 = 0.005;

/// A way between two positions: the straight line in degrees.
struct Way {
    from: LatLng,
    to: LatLng,
    line: Line<f64>,
    reach: Bounds,
}

impl Way {
    fn meets(&self, edge: Line<f64>) -> bool {
        let ([ax, ay], [bx, by], reach) = ([edge.start.x, edge.start.y], [edge.end.x, edge.end.y], &self.reach);
        let is_near = ax.max(bx) >= reach.west && ax.min(bx) <= reach.east && ay.max(by) >= reach.south && ay.min(by) <= reach.north;
        is_near && edge.intersects(&self.line)
    }
}

/// Whether a way with no end in an area leads through it: through a polygon exactly when it meets one of its edges, through
/// a circle when its nearest approach is within. Linear in the corners.
#[must_use]
pub fn leads_through(shape: &ZoneShape, from: LatLng, to: LatLng) -> bool {
    through(shape, &way(from, to))
}

fn way(from: LatLng, to: LatLng) -> Way {
    Way { from, to, line: Line::new(from.to_point(), to.to_point()), reach: Bounds::of_way(from, to) }
}

fn through(shape: &ZoneShape, way: &Way) -> bool {
    match shape {
        ZoneShape::Polygon(polygons) => polygons.lines_iter().any(|edge| way.meets(edge)),
        ZoneShape::Circle { centre, radius_m } => haversine_m(*centre, nearest_on_way(*centre, way.from, way.to)) <= *radius_m,
    }
}

impl Geography {
    /// Writes the numbers of all zones that stand still and that the way from `from` to `to` leads through, ascending, into
    /// `found`, apart from those that hold an end of it and therefore stand in `ends`: the straight line in degrees for
    /// polygons, the nearest approach for circles. For ways of at most a few kilometres; one across the antimeridian leads
    /// through nothing.
    ///
    /// A way with no end in a zone that leads through it crosses its border, so of a short way only the borders that run
    /// through the cells along it are looked at.
    pub fn zones_on_way(&self, from: LatLng, to: LatLng, ends: [&[ZoneNo]; 2], found: &mut Vec<ZoneNo>) {
        found.clear();
        if (from.lng_deg() - to.lng_deg()).abs() > 180.0 {
            return;
        }
        let way = way(from, to);
        let reach = &way.reach;
        let is_short = reach.east - reach.west <= WALK_DEG_MAX && reach.north - reach.south <= WALK_DEG_MAX;
        if !(is_short && self.walk(&way, ends, found)) {
            found.clear();
            let area = AABB::from_corners([reach.west, reach.south], [reach.east, reach.north]);
            for leaf in self.tree.locate_in_envelope_intersecting(area) {
                if is_apart(leaf.data, ends) && self.shape(leaf.data).is_some_and(|shape| through(shape, &way)) {
                    found.push(leaf.data);
                }
            }
        }
        if found.len() > 1 {
            found.sort_unstable();
            found.dedup();
        }
    }

    /// The same by the cells along the way; false where there is none.
    fn walk(&self, way: &Way, ends: [&[ZoneNo]; 2], found: &mut Vec<ZoneNo>) -> bool {
        // A degree of longitude is no longer than one of latitude.
        let length_rad = (way.line.dx() * way.line.dx() + way.line.dy() * way.line.dy()).sqrt().to_radians() * 1.000_001;
        self.cells.leaves(&way.reach, way.to, self, &mut |words, cell| {
            let (from, to) = (cell.frame().place(way.from), cell.frame().place(way.to));
            let led = [to[0] - from[0], to[1] - from[1]];
            leaf::borders(words, |no, border| {
                let meets = || match border {
                    Border::Edges(words) => meets(words, from, led),
                    // To the circle and from there on is further than the way is long, nor could a plane that is a
                    // thousandth off say otherwise.
                    Border::Disc(disc) if disc.clear_rad(from) + disc.clear_rad(to) > 1.1 * length_rad => Some(false),
                    Border::Disc(_) | Border::Ask => None,
                };
                if is_apart(no, ends) && meets().unwrap_or_else(|| self.shape(no).is_some_and(|shape| through(shape, way))) {
                    found.push(no);
                }
            });
        })
    }
}

/// Whether a way meets one of the edges of a cell, in its coordinates; none in doubt.
fn meets(corners: &[u64], from: [f64; 2], led: [f64; 2]) -> Option<bool> {
    let mut met = Some(false);
    for edge in frame::edges(corners, from) {
        match edge.meets(led) {
            Some(true) => return Some(true),
            Some(false) => {}
            None => met = None,
        }
    }
    met
}

fn is_apart(no: ZoneNo, ends: [&[ZoneNo]; 2]) -> bool {
    ends.iter().all(|end| end.binary_search(&no).is_err())
}

/// The point of a short way that is nearest to `target`, in the plane of degrees scaled by the cosine of the latitude.
fn nearest_on_way(target: LatLng, from: LatLng, to: LatLng) -> LatLng {
    let scale = target.lat_deg().to_radians().cos();
    let (dx, dy) = ((to.lng_deg() - from.lng_deg()) * scale, to.lat_deg() - from.lat_deg());
    let (px, py) = (wrap_lng_deg(target.lng_deg() - from.lng_deg()) * scale, target.lat_deg() - from.lat_deg());
    let length_squared = dx * dx + dy * dy;
    let share = if length_squared > 0.0 { ((px * dx + py * dy) / length_squared).clamp(0.0, 1.0) } else { 0.0 };
    let (lat, lng) = (from.lat_deg() + (to.lat_deg() - from.lat_deg()) * share, from.lng_deg() + (to.lng_deg() - from.lng_deg()) * share);
    LatLng::new(lat, lng).unwrap_or(from)
}
