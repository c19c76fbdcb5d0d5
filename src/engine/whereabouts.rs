//! The zones of a place as readers see them: those that stand still and those that follow a unit, where they are now.

use std::sync::Arc;

use rstar::{
    AABB, RTree,
    primitives::{GeomWithData, Rectangle},
};

use super::SeenWorld;
use crate::{
    geodesy::LatLng,
    geography::{Geography, ZoneNo},
    model::{UnitNo, Zone, ZoneShape},
};

/// A fence where it was when somebody asked.
struct Fence {
    zone: ZoneNo,
    unit: UnitNo,
    shape: ZoneShape,
}

/// The zones at one moment: for all the places that one answer speaks of.
pub struct Whereabouts<'a> {
    seen: &'a SeenWorld<'a>,
    geography: Arc<Geography>,
    fences: Vec<Fence>,
    tree: RTree<GeomWithData<Rectangle<[f64; 2]>, u32>>,
}

impl std::fmt::Debug for Whereabouts<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Whereabouts").field("zones", &self.geography.len()).field("fences", &self.fences.len()).finish()
    }
}

impl<'a> Whereabouts<'a> {
    /// The zones now. Free where none follows a unit; otherwise linear in the corners of those that do.
    #[must_use]
    pub fn new(seen: &'a SeenWorld<'a>) -> Self {
        let world = seen.world;
        let geography = world.geography();
        let now = |moving: &crate::geography::Moving| {
            let zone = geography.zone_by_no(moving.zone)?;
            let at = world.unit_by_no(moving.unit)?.fix?.at;
            let shape = zone.shape.carried(zone.follows.as_ref()?.from, at)?;
            Some(Fence { zone: moving.zone, unit: moving.unit, shape })
        };
        let fences: Vec<Fence> = geography.moving().iter().filter_map(now).collect();
        let corners = |rect: geo::Rect<f64>| Rectangle::from_corners([rect.min().x, rect.min().y], [rect.max().x, rect.max().y]);
        let leaves = |(fence, no): (&Fence, u32)| {
            fence.shape.boxes().into_iter().map(move |rect| GeomWithData::new(corners(rect), no)).collect::<Vec<_>>()
        };
        let tree = RTree::bulk_load(fences.iter().zip(0..).flat_map(leaves).collect());
        Self { seen, geography, fences, tree }
    }

    /// A zone by a number that was found.
    #[must_use]
    pub fn zone(&self, no: ZoneNo) -> Option<&Zone> {
        self.geography.zone_by_no(no)
    }

    /// Writes the numbers of the zones that hold a position, ascending, into `found`. `of` is the unit that stands there, if
    /// one is meant: what follows it does not count.
    pub fn zones_at(&self, at: LatLng, of: Option<UnitNo>, found: &mut Vec<ZoneNo>) {
        self.geography.zones_at(at, found);
        let point = AABB::from_point([at.lng_deg(), at.lat_deg()]);
        let near = self.tree.locate_in_envelope_intersecting(point).filter_map(|leaf| self.fences.get(leaf.data as usize));
        found.extend(near.filter(|fence| Some(fence.unit) != of && fence.shape.contains(at)).map(|fence| fence.zone));
        found.sort_unstable();
        found.dedup();
        if !self.seen.sight.is_all() {
            found.retain(|no| self.zone(*no).is_some_and(|zone| self.seen.sees_zone(zone)));
        }
    }
}
