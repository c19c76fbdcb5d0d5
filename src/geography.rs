//! What stands still: zones in layers, in a bulk-loaded R-tree. Immutable; a change makes a new one, swapped whole.

use std::collections::HashMap;

use geo::{BoundingRect, Coord, Intersects, Line, LinesIter, Rect};
use rstar::{AABB, RTree, primitives::GeomWithData};

use crate::{
    geodesy::{EARTH_RADIUS_M, LatLng, haversine_m, wrap_lng_deg},
    model::{Layer, Zone, ZoneId, ZoneShape},
};

/// A zone's place in [`Geography::zones`].
pub type ZoneNo = u32;

/// A box of a zone in the tree: corners as longitude, latitude.
type Leaf = GeomWithData<rstar::primitives::Rectangle<[f64; 2]>, ZoneNo>;

fn corners(rect: &Rect<f64>) -> AABB<[f64; 2]> {
    AABB::from_corners([rect.min().x, rect.min().y], [rect.max().x, rect.max().y])
}

/// The zones of a city.
#[derive(Debug, Default)]
pub struct Geography {
    zones: Vec<Zone>,
    by_id: HashMap<ZoneId, ZoneNo>,
    tree: RTree<Leaf>,
}

impl Geography {
    /// Loads zones. Of two with one id the later counts. O(n log n).
    #[must_use]
    pub fn new(zones: impl IntoIterator<Item = Zone>) -> Self {
        let mut kept: Vec<Zone> = Vec::new();
        let mut by_id = HashMap::new();
        for zone in zones {
            match by_id.get(&zone.id) {
                Some(&no) => {
                    if let Some(slot) = kept.get_mut(no as usize) {
                        *slot = zone;
                    }
                }
                None => {
                    by_id.insert(zone.id.clone(), kept.len() as ZoneNo);
                    kept.push(zone);
                }
            }
        }
        let leaves = kept
            .iter()
            .enumerate()
            .flat_map(|(no, zone)| {
                zone.shape.boxes().into_iter().map(move |rect| {
                    let aabb = corners(&rect);
                    Leaf::new(rstar::primitives::Rectangle::from_corners(aabb.lower(), aabb.upper()), no as ZoneNo)
                })
            })
            .collect();
        Self { zones: kept, by_id, tree: RTree::bulk_load(leaves) }
    }

    /// All zones, by number.
    #[must_use]
    pub fn zones(&self) -> &[Zone] {
        &self.zones
    }

    /// The zone of an id.
    #[must_use]
    pub fn zone(&self, id: &ZoneId) -> Option<&Zone> {
        self.zones.get(*self.by_id.get(id)? as usize)
    }

    /// The zone of a number.
    #[must_use]
    pub fn zone_by_no(&self, no: ZoneNo) -> Option<&Zone> {
        self.zones.get(no as usize)
    }

    /// How many zones a layer has.
    #[must_use]
    pub fn count(&self, layer: Layer) -> usize {
        self.zones.iter().filter(|zone| zone.layer == layer).count()
    }

    /// Writes the numbers of all zones that hold the position, ascending, into `found`. All layers; all that overlap.
    /// Logarithmic in the zones, linear in the corners of those whose box holds the position.
    pub fn zones_at(&self, at: LatLng, found: &mut Vec<ZoneNo>) {
        found.clear();
        let point = AABB::from_point([at.lng_deg(), at.lat_deg()]);
        for leaf in self.tree.locate_in_envelope_intersecting(point) {
            if let Some(zone) = self.zones.get(leaf.data as usize)
                && zone.shape.contains(at)
            {
                found.push(leaf.data);
            }
        }
        found.sort_unstable();
        found.dedup();
    }

    /// Metres around a position in which no border of a zone runs, at most `most_m` (of at most a few hundred): whoever
    /// stays within them enters, leaves and crosses nothing. A little less than the truth, since it is computed in a plane;
    /// zero near the poles and the antimeridian, where the plane fails. Linear in the corners of the zones around.
    #[must_use]
    pub fn clearance_m(&self, at: LatLng, most_m: f64) -> f64 {
        let (lat, lng) = (at.lat_deg(), at.lng_deg());
        if lat.abs() > 80.0 || lng.abs() > 179.0 {
            return 0.0;
        }
        let degree_m = 1.0_f64.to_radians() * EARTH_RADIUS_M;
        let scale = [degree_m * lat.to_radians().cos(), degree_m];
        let plane = |corner: Coord<f64>| [(corner.x - lng) * scale[0], (corner.y - lat) * scale[1]];
        // Twice as far, so that no curvature hides a zone.
        let (reach_lng, reach_lat) = (2.0 * most_m / scale[0], 2.0 * most_m / scale[1]);
        let reach = AABB::from_corners([lng - reach_lng, lat - reach_lat], [lng + reach_lng, lat + reach_lat]);
        let mut clear_squared = most_m * most_m;
        for leaf in self.tree.locate_in_envelope_intersecting(reach) {
            match self.zones.get(leaf.data as usize).map(|zone| &zone.shape) {
                Some(ZoneShape::Polygon(polygons)) => {
                    for edge in polygons.lines_iter() {
                        clear_squared = clear_squared.min(origin_to_edge_squared(plane(edge.start), plane(edge.end)));
                    }
                }
                Some(ZoneShape::Circle { centre, radius_m }) => {
                    let border_m = haversine_m(*centre, at) - radius_m;
                    clear_squared = clear_squared.min(border_m * border_m);
                }
                None => {}
            }
        }
        clear_squared.sqrt() * PLANE_IS_TRUE
    }

    /// Writes the numbers of all zones that the way from `from` to `to` leads through, ascending, into `found`, apart from
    /// those that hold an end of it and therefore stand in `ends`: the straight line in degrees for polygons, the nearest
    /// approach for circles. For ways of at most a few kilometres; one across the antimeridian leads through nothing.
    pub fn zones_on_way(&self, from: LatLng, to: LatLng, ends: [&[ZoneNo]; 2], found: &mut Vec<ZoneNo>) {
        found.clear();
        if (from.lng_deg() - to.lng_deg()).abs() > 180.0 {
            return;
        }
        let line = Line::new(from.to_point(), to.to_point());
        let reach = line.bounding_rect();
        for leaf in self.tree.locate_in_envelope_intersecting(corners(&reach)) {
            if ends.iter().any(|end| end.binary_search(&leaf.data).is_ok()) {
                continue;
            }
            // No end is inside, so the way leads through a polygon exactly if it meets one of its edges.
            let meets = |edge: Line<f64>| edge.bounding_rect().intersects(&reach) && edge.intersects(&line);
            let leads_through = |zone: &Zone| match &zone.shape {
                ZoneShape::Polygon(polygon) => polygon.lines_iter().any(meets),
                ZoneShape::Circle { centre, radius_m } => haversine_m(*centre, nearest_on_way(*centre, from, to)) <= *radius_m,
            };
            if self.zones.get(leaf.data as usize).is_some_and(leads_through) {
                found.push(leaf.data);
            }
        }
        found.sort_unstable();
        found.dedup();
    }
}

/// What the plane says of a few hundred metres holds to a thousandth below 80 degrees; this is well on the safe side.
const PLANE_IS_TRUE: f64 = 0.98;

/// The square of the distance from the origin to an edge, in a plane.
fn origin_to_edge_squared([ax, ay]: [f64; 2], [bx, by]: [f64; 2]) -> f64 {
    let (dx, dy) = (bx - ax, by - ay);
    let length_squared = dx * dx + dy * dy;
    let share = if length_squared > 0.0 { (-(ax * dx + ay * dy) / length_squared).clamp(0.0, 1.0) } else { 0.0 };
    let (x, y) = (ax + dx * share, ay + dy * share);
    x * x + y * y
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
