//! What stands still: zones in layers, in a bulk-loaded R-tree. Immutable; a change makes a new one, swapped whole.

use std::collections::HashMap;

use geo::{BoundingRect, Intersects, Line, LinesIter, Rect};
use rstar::{AABB, RTree, primitives::GeomWithData};

use crate::{
    geodesy::{LatLng, haversine_m},
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

/// The point of a short way that is nearest to `target`, in the plane of degrees scaled by the cosine of the latitude.
fn nearest_on_way(target: LatLng, from: LatLng, to: LatLng) -> LatLng {
    let scale = target.lat_deg().to_radians().cos();
    let (dx, dy) = ((to.lng_deg() - from.lng_deg()) * scale, to.lat_deg() - from.lat_deg());
    let (px, py) = ((target.lng_deg() - from.lng_deg()) * scale, target.lat_deg() - from.lat_deg());
    let length_squared = dx * dx + dy * dy;
    let share = if length_squared > 0.0 { ((px * dx + py * dy) / length_squared).clamp(0.0, 1.0) } else { 0.0 };
    let (lat, lng) = (from.lat_deg() + (to.lat_deg() - from.lat_deg()) * share, from.lng_deg() + (to.lng_deg() - from.lng_deg()) * share);
    LatLng::new(lat, lng).unwrap_or(from)
}
