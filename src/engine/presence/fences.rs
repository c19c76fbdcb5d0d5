//! Zones that follow a unit, where they are now, in the cells that they may touch.

use super::buckets::{Buckets, Cover, key};
use crate::{
    geodesy::{EARTH_RADIUS_M, LatLng},
    geography::{Bounds, Moving, ZoneNo},
    model::{Follows, Timestamp, UnitNo, Zone, ZoneShape},
};

/// The levels of cells that fences are in: each in the finest where it covers few. 600 m, 5 km, 40 km, 300 km.
const SHIFTS: [u32; 4] = [6, 9, 12, 15];
/// So many columns or rows are few.
const FEW: u32 = 4;
/// A fence is in the cells of a box that is so much larger on each side, as a share of its size: while it moves within them,
/// no bucket changes.
const SLACK: f64 = 0.25;
/// No fence.
pub(super) const NONE: u32 = u32::MAX;

/// One zone that follows a unit.
#[derive(Debug)]
pub(super) struct Fence {
    pub(super) zone: ZoneNo,
    pub(super) unit: UnitNo,
    from: LatLng,
    /// Where the unit was and when; none while the fence is nowhere.
    pub(super) at: Option<(LatLng, Timestamp)>,
    /// Its area now.
    shape: ZoneShape,
    /// The box of its area; [`Bounds::NOWHERE`] while it is nowhere.
    pub(super) bounds: Bounds,
    cover: Option<Cover>,
    /// The next fence of the same unit.
    pub(super) next: u32,
}

impl Fence {
    pub(super) fn new(Moving { zone, unit }: Moving, follows: &Follows, drawn: &Zone, next: u32) -> Self {
        Self { zone, unit, from: follows.from, at: None, shape: drawn.shape.clone(), bounds: Bounds::NOWHERE, cover: None, next }
    }

    pub(super) fn holds(&self, at: LatLng) -> bool {
        self.bounds.holds(at) && self.shape.contains(at)
    }

    /// Whether a way with no end in the fence leads through it.
    pub(super) fn is_crossed(&self, from: LatLng, to: LatLng) -> bool {
        let (way, own) = (Bounds::of_way(from, to), &self.bounds);
        let is_near = way.west <= own.east && way.east >= own.west && way.south <= own.north && way.north >= own.south;
        is_near && (from.lng_deg() - to.lng_deg()).abs() <= 180.0 && crate::geography::leads_through(&self.shape, from, to)
    }
}

/// The box of an area, without allocation; the whole width where it reaches the antimeridian.
fn box_of(shape: &ZoneShape) -> Bounds {
    let empty = Bounds { west: f64::INFINITY, south: f64::INFINITY, east: f64::NEG_INFINITY, north: f64::NEG_INFINITY };
    match shape {
        ZoneShape::Polygon(polygons) => polygons.0.iter().flat_map(|polygon| polygon.exterior().coords()).fold(empty, |b, c| Bounds {
            west: b.west.min(c.x),
            south: b.south.min(c.y),
            east: b.east.max(c.x),
            north: b.north.max(c.y),
        }),
        ZoneShape::Circle { centre, radius_m } => {
            // A millimetre more, as in `circle_boxes`.
            let angle = (radius_m + 1e-3) / EARTH_RADIUS_M;
            let half_lng = (angle.sin() / centre.lat_deg().to_radians().cos()).min(1.0).asin().to_degrees() * (1.0 + 1e-12);
            let (west, east) = (centre.lng_deg() - half_lng, centre.lng_deg() + half_lng);
            let (west, east) = if west <= -180.0 || east >= 180.0 { (-180.0, 180.0) } else { (west, east) };
            Bounds { west, south: centre.lat_deg() - angle.to_degrees(), east, north: centre.lat_deg() + angle.to_degrees() }
        }
    }
}

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Fences {
    /// By number; none where one was removed.
    table: Vec<Option<Fence>>,
    free: Vec<u32>,
    buckets: Buckets,
    /// How many fences are in each level.
    levels: [u32; SHIFTS.len()],
    len: usize,
}

impl Fences {
    pub(super) const fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub(super) fn get(&self, fence: u32) -> Option<&Fence> {
        self.table.get(fence as usize)?.as_ref()
    }

    pub(super) fn all(&self) -> impl Iterator<Item = (u32, &Fence)> {
        self.table.iter().zip(0..).filter_map(|(fence, no)| Some((no, fence.as_ref()?)))
    }

    pub(super) fn insert(&mut self, fence: Fence) -> u32 {
        let no = self.free.pop().unwrap_or(self.table.len() as u32);
        if no as usize == self.table.len() {
            self.table.push(None);
        }
        if let Some(slot) = self.table.get_mut(no as usize) {
            *slot = Some(fence);
            self.len += 1;
        }
        no
    }

    pub(super) fn remove(&mut self, no: u32) -> Option<Fence> {
        let fence = self.table.get_mut(no as usize)?.take()?;
        self.put_in(no, fence.cover, None);
        self.free.push(no);
        self.len -= 1;
        Some(fence)
    }

    /// Links the fence before another of the same unit to what follows that other.
    pub(super) fn set_next(&mut self, no: u32, next: u32) {
        if let Some(Some(fence)) = self.table.get_mut(no as usize) {
            fence.next = next;
        }
    }

    /// Moves a fence to where its unit is now. Linear in its corners; allocates nothing while it stays in its cells.
    pub(super) fn carry(&mut self, no: u32, drawn: &Zone, at: LatLng, time: Timestamp) {
        let Some(Some(fence)) = self.table.get_mut(no as usize) else { return };
        let is_somewhere = drawn.shape.carry(fence.from, at, &mut fence.shape);
        fence.at = is_somewhere.then_some((at, time));
        fence.bounds = if is_somewhere { box_of(&fence.shape) } else { Bounds::NOWHERE };
        let old = fence.cover;
        if !is_somewhere {
            fence.cover = None;
        } else if let Some(level) = old.map(|old| old.shift())
            && old.is_some_and(|old| old.holds(&Cover::new(&fence.bounds, 0.0, level)))
        {
            return;
        } else {
            let slack_deg = SLACK * (fence.bounds.north - fence.bounds.south);
            let covers = SHIFTS.map(|shift| Cover::new(&fence.bounds, slack_deg, shift));
            fence.cover = covers.into_iter().find(|cover| cover.width() <= FEW).or(covers.last().copied());
        }
        let new = fence.cover;
        self.put_in(no, old, new);
    }

    fn put_in(&mut self, no: u32, old: Option<Cover>, new: Option<Cover>) {
        for (cover, is_new) in [(old, false), (new, true)] {
            let Some(cover) = cover else { continue };
            for key in cover.keys() {
                if is_new { self.buckets.insert(key, no) } else { self.buckets.remove(key, no) }
            }
            if let Some(level) = SHIFTS.iter().position(|shift| *shift == cover.shift()).and_then(|level| self.levels.get_mut(level)) {
                *level = if is_new { *level + 1 } else { *level - 1 };
            }
        }
    }

    /// Writes the fences that may touch the way between two positions into `found`, ascending, each once.
    pub(super) fn near(&self, from: LatLng, to: LatLng, found: &mut Vec<u32>) {
        found.clear();
        let mut buckets = 0;
        for (shift, _) in SHIFTS.iter().zip(&self.levels).filter(|(_, count)| **count > 0) {
            let (first, last) = (key(from, *shift), key(to, *shift));
            if first == last {
                found.extend(self.buckets.get(first));
                buckets += 1;
                continue;
            }
            let cover = Cover::new(&Bounds::of_way(from, to), 0.0, *shift);
            if cover.width() > 4 * FEW {
                // A jump: all of them.
                found.clear();
                found.extend(self.all().map(|(no, _)| no));
                return;
            }
            for key in cover.keys() {
                found.extend(self.buckets.get(key));
                buckets += 1;
            }
        }
        if found.len() > 1 {
            found.sort_unstable();
            if buckets > 1 {
                found.dedup();
            }
        }
    }
}
