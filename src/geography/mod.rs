//! The zones: which of them hold a place, which does a way lead through. Immutable; a change makes a new one, swapped
//! whole, that shares what did not change.
//!
//! # Shape
//! The boxes of all zones that stand still are in a bulk-loaded R-tree. Above it lies a cache of **square cells** of
//! longitude and latitude ([`crate::geodesy::cells`]), 8 by 8 parts to a cell, made where somebody first asks and cut no
//! finer than the borders there need: a cell of 600 km where there is nothing, of 19 m where borders crowd. A cell keeps
//! the zones that hold it wholly, which are answered without any test, and of every zone whose border crosses it the edges
//! that do. A part is made from what its parent keeps, so no zone is read twice; where that would be too much for one
//! cell (more than 64 zones with more than 4,096 corners) the parts ask the tree.
//!
//! # Why the answer is that of the zone
//! - A position lies in the cell that its numbers say, or within a rounding of its border; what a cell keeps is right for
//!   0.1 mm beyond its borders.
//! - **Polygons** (`ring.rs`): the winding number within a cell is a constant, whole steps at the latitudes of some
//!   corners, and the edges that may cross the cell, each by comparisons and a determinant: the same sum in integers. Which
//!   edges may is decided by their own corners; kept of them are corners rounded to 0.3 mm (`frame.rs`), and a comparison or a
//!   sign that this rounding could change is in doubt. Where several rings of a zone cross one cell the zone is asked.
//! - **Circles** (`disc.rs`): the haversine by series and two limits that lie further apart than its proved error.
//! - In doubt, and so for every position on a border, the zone itself is asked: [`ZoneShape::contains`].
//! - **Ways** (`way.rs`): whether one meets an edge, by the same certain signs; of a circle a cell only rules out that it is met.
//! - Where there is no cell (the last 0.1 mm before the antimeridian, memory used up) the tree finds the boxes that hold
//!   the position and each zone is asked.
//!
//! # Cost
//! A question: two multiplications, five or six look-ups of a table, the edges of one cell (at most sixteen, unless cells of
//! 19 m have more), which lie in one block of memory (`leaf.rs`): what it waits for is memory, so less of it is faster than
//! fewer edges, and many questions that are known beforehand are faster still ([`Geography::expect`]). A cell takes some 50
//! to 500 bytes and a few microseconds when first asked for; all of them at most [`CELL_BYTES_MAX`], twice while a change is
//! being made. A change of one zone copies a counted reference a zone and the tree's nodes, and forgets the cells that it
//! touches. Figures: `benches/RESULTS.md`, from `benches/zones.rs`.

mod bounds;
mod cells;
mod content;
mod disc;
mod edit;
mod frame;
mod leaf;
mod ring;
mod way;

use std::sync::Arc;

pub use bounds::Bounds;
pub use cells::CELL_BYTES_MAX;
pub use edit::Edit;
use rstar::{AABB, RTree, primitives::GeomWithData};
pub use way::leads_through;

use crate::{
    geodesy::LatLng,
    model::{Layer, UnitNo, Zone, ZoneId, ZoneShape},
};
use bounds::Address;
use cells::{Cells, Source};
use content::Content;

/// A zone's number: it keeps it while it is there.
pub type ZoneNo = u32;

/// A cell keeps what it holds for its parts up to so many zones, or zones of so many corners in all.
const ZONES_A_CELL: usize = 64;
const CORNERS_A_CELL: usize = 4_096;

/// A box of a zone in the tree: corners as longitude, latitude.
type Leaf = GeomWithData<rstar::primitives::Rectangle<[f64; 2]>, ZoneNo>;

/// The boxes of a zone that stands still.
fn leaves(no: ZoneNo, zone: &Zone) -> Vec<Leaf> {
    if zone.follows.is_some() {
        return Vec::new();
    }
    let corners = |rect: geo::Rect<f64>| ([rect.min().x, rect.min().y], [rect.max().x, rect.max().y]);
    let leaf = |(low, high)| Leaf::new(rstar::primitives::Rectangle::from_corners(low, high), no);
    zone.shape.boxes().into_iter().map(corners).map(leaf).collect()
}

fn bounds(leaf: &Leaf) -> Bounds {
    let ([west, south], [east, north]) = (leaf.geom().lower(), leaf.geom().upper());
    Bounds { west, south, east, north }
}

/// A zone that follows a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moving {
    /// The zone.
    pub zone: ZoneNo,
    /// The unit.
    pub unit: UnitNo,
}

/// The zones of a city. See the [module](self) for its shape, proof and cost.
#[derive(Debug, Clone, Default)]
pub struct Geography {
    /// By number; none where one was removed.
    zones: Vec<Option<Arc<Zone>>>,
    /// Numbers in the order of ids.
    order: Vec<ZoneNo>,
    moving: Vec<Moving>,
    tree: RTree<Leaf>,
    cells: Cells,
}

impl Geography {
    /// Loads zones that stand still, numbered as they come. Of two with one id the later counts. O(n log n).
    #[must_use]
    pub fn new(zones: impl IntoIterator<Item = Zone>) -> Self {
        let mut kept: Vec<Option<Arc<Zone>>> = Vec::new();
        let mut by_id = std::collections::HashMap::new();
        for zone in zones {
            let no = *by_id.entry(zone.id.clone()).or_insert(kept.len());
            match kept.get_mut(no) {
                Some(slot) => *slot = Some(Arc::new(zone)),
                None => kept.push(Some(Arc::new(zone))),
            }
        }
        let mut geography = Self { zones: kept, ..Self::default() };
        geography.order_by_id();
        geography.load_tree();
        geography
    }

    fn order_by_id(&mut self) {
        let mut order: Vec<ZoneNo> = self.zones.iter().zip(0..).filter(|(slot, _)| slot.is_some()).map(|(_, no)| no).collect();
        order.sort_unstable_by(|a, b| self.id(*a).cmp(&self.id(*b)));
        self.order = order;
    }

    fn load_tree(&mut self) {
        let zones = self.zones.iter().zip(0..).filter_map(|(slot, no)| Some((slot.as_ref()?, no)));
        self.tree = RTree::bulk_load(zones.flat_map(|(zone, no)| leaves(no, zone)).collect());
    }

    /// All zones, by id.
    pub fn zones(&self) -> impl Iterator<Item = &Zone> {
        self.order.iter().filter_map(|no| self.zone_by_no(*no))
    }

    /// How many zones there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.order.len()
    }

    /// Whether there are no zones.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// The zones that follow a unit. What is said of places and ways is said of the others.
    #[must_use]
    pub fn moving(&self) -> &[Moving] {
        &self.moving
    }

    /// The number of a zone. Logarithmic.
    #[must_use]
    pub fn no(&self, id: &ZoneId) -> Option<ZoneNo> {
        self.order.binary_search_by(|no| self.id(*no).cmp(&Some(id))).ok().and_then(|place| self.order.get(place)).copied()
    }

    fn id(&self, no: ZoneNo) -> Option<&ZoneId> {
        self.zone_by_no(no).map(|zone| &zone.id)
    }

    /// The zone of an id. Logarithmic.
    #[must_use]
    pub fn zone(&self, id: &ZoneId) -> Option<&Zone> {
        self.zone_by_no(self.no(id)?)
    }

    /// The zone of a number.
    #[must_use]
    pub fn zone_by_no(&self, no: ZoneNo) -> Option<&Zone> {
        self.zones.get(no as usize)?.as_deref()
    }

    fn shape(&self, no: ZoneNo) -> Option<&ZoneShape> {
        self.zone_by_no(no).map(|zone| &zone.shape)
    }

    /// How many zones a layer has. Linear.
    #[must_use]
    pub fn count(&self, layer: Layer) -> usize {
        self.zones().filter(|zone| zone.layer == layer).count()
    }

    /// The memory that the cells took so far, bytes: no less than they take now.
    #[must_use]
    pub fn cell_bytes(&self) -> usize {
        self.cells.bytes()
    }

    /// Writes the numbers of all zones that stand still and hold the position, ascending, into `found`. All layers; all that
    /// overlap.
    pub fn zones_at(&self, at: LatLng, found: &mut Vec<ZoneNo>) {
        self.find::<false>(at, found);
    }

    /// The same, and a box around the position, or one that holds nothing, in which no border runs: whoever stays in it
    /// enters, leaves and crosses nothing.
    pub fn look(&self, at: LatLng, found: &mut Vec<ZoneNo>) -> Bounds {
        self.find::<true>(at, found)
    }

    fn find<const CLEAR: bool>(&self, at: LatLng, found: &mut Vec<ZoneNo>) -> Bounds {
        found.clear();
        if let Some((words, cell)) = self.cells.leaf(at, self) {
            return leaf::holders::<CLEAR>(words, cell, at, |no| self.holds(no, at), found);
        }
        let point = AABB::from_point([at.lng_deg(), at.lat_deg()]);
        found.extend(self.tree.locate_in_envelope_intersecting(point).map(|leaf| leaf.data).filter(|no| self.holds(*no, at)));
        found.sort_unstable();
        found.dedup();
        Bounds::NOWHERE
    }

    /// Fetches what questions about these places will read, all of it at once: worth its few nanoseconds a place before many.
    pub fn expect(&self, places: impl Iterator<Item = LatLng>) {
        self.cells.expect(places);
    }

    /// Whether a zone, as it is drawn, holds a position. Linear in its corners.
    #[must_use]
    pub fn holds(&self, no: ZoneNo, at: LatLng) -> bool {
        self.shape(no).is_some_and(|shape| shape.contains(at))
    }
}

impl Source for Geography {
    fn content(&self, cell: Address, parent: Option<&Content>) -> Option<Content> {
        if let Some(parent) = parent {
            return Some(parent.narrowed(cell, |no| self.shape(no)));
        }
        let Bounds { west, south, east, north } = cell.bounds();
        let area = AABB::from_corners([west, south], [east, north]);
        let (mut near, mut corners) = (Vec::new(), 0);
        for leaf in self.tree.locate_in_envelope_intersecting(area) {
            near.push(leaf.data);
            corners += self.shape(leaf.data).map_or(0, ZoneShape::corners);
            if near.len() > ZONES_A_CELL && corners > CORNERS_A_CELL && cell.shift > bounds::FINEST_SHIFT {
                return None;
            }
        }
        near.sort_unstable();
        near.dedup();
        Some(Content::of(cell, near.iter().filter_map(|no| Some((*no, self.shape(*no)?)))))
    }
}
