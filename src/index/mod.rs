//! Where every moving unit is: H3 cells in a tree of caps.
//!
//! # Shape
//! A unit's entry (its place and what a query filters on) lies in the bucket of an H3 cell; cells hang under
//! coarser cells at every second resolution up to the 122 base cells, so units anywhere on Earth are served and the
//! tree is deep only where units are. Each node carries a **cap**: a centre on the unit sphere and a radius such that
//! everything below lies within that radius of the centre, measured by the straight chord through the sphere.
//!
//! # Why the answers are exact
//! Let `q` be the query and `n` a node with centre `c` and radius `r`. For every unit `p` below `n`, `|p - c| <= r`,
//! and by the triangle inequality of space `|q - p| >= |q - c| - r`. The chord grows with the great-circle distance,
//! so a node whose `|q - c| - r` exceeds the k-th best chord holds no better unit, and a best-first search that stops
//! there has the k nearest. Nothing in the proof rests on the shape of a cell: H3 only says which bucket, and a cap
//! that would not hold a new entry grows. Poles, the antimeridian, pentagons and face edges need no case of their own.
//!
//! Chords rank in the search; the survivors, and whoever is within six micrometres of them, are ranked by
//! [`crate::geodesy::haversine_m`] and then by unit number, which is the order that every answer promises.
//!
//! # Cost
//! A move that stays within the cap of its cell writes one entry and computes no cell. A search looks at a few hundred
//! caps of 32 bytes. Figures: `benches/RESULTS.md`.

mod area;
mod filter;
mod nearest;
mod tree;

pub use area::{Area, distance_to_polygon_m};
pub use filter::{Filter, OrgRange, SeenSince, Tag};
pub use nearest::Hit;

use tree::{Entry, Tree};

pub(crate) use crate::geodesy::unit_vector as vector;
use crate::{geodesy::LatLng, model::UnitNo};

/// The chord, in Earth radii, by which two computations of one distance may differ: 6 micrometres. The rounding of unit
/// vectors and of the haversine is a thousand times smaller.
pub(crate) const CHORD_SLACK: f64 = 1e-12;

/// Nodes without units that are kept before the tree is made anew.
const EMPTY_NODES_MAX: usize = 4_096;

/// A point on the unit sphere.
pub(crate) type Vector = [f64; 3];

/// The square of the straight distance between two points of the unit sphere.
pub(crate) fn chord_squared(a: &Vector, b: &Vector) -> f64 {
    let (x, y, z) = (a[0] - b[0], a[1] - b[1], a[2] - b[2]);
    x * x + y * y + z * z
}

/// Where a unit's entry is.
#[derive(Debug, Clone, Copy)]
struct Place {
    at: LatLng,
    leaf: u32,
    slot: u32,
}

/// The positions of all moving units. See the [module](self) for its shape, proof and cost.
#[derive(Debug)]
pub struct Index {
    tree: Tree,
    /// By unit number: where its entry is, so that a move finds it without a search.
    places: Vec<Option<Place>>,
    len: usize,
}

impl Default for Index {
    fn default() -> Self {
        Self::new()
    }
}

impl Index {
    /// An empty index.
    #[must_use]
    pub fn new() -> Self {
        Self { tree: Tree::new(), places: Vec::new(), len: 0 }
    }

    /// How many units have a position.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether no unit has a position.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Where a unit is, if it has a position.
    #[must_use]
    pub fn position(&self, unit: UnitNo) -> Option<LatLng> {
        self.place(unit).map(|place| place.at)
    }

    fn place(&self, unit: UnitNo) -> Option<&Place> {
        self.places.get(unit.index())?.as_ref()
    }

    /// Puts a unit at a position, or moves it there. Constant time; allocates only when a bucket or the table grows.
    pub fn place_unit(&mut self, unit: UnitNo, at: LatLng, tag: Tag) {
        let entry = Entry { point: vector(at), tag, unit };
        if self.places.len() <= unit.index() {
            self.places.resize(unit.index() + 1, None);
        }
        if let Some(Place { leaf, slot, .. }) = self.place(unit).copied() {
            if self.tree.holds(leaf, &entry.point) {
                self.tree.write(leaf, slot, entry);
                self.set_place(unit, Place { at, leaf, slot });
                return;
            }
            self.take_out(leaf, slot);
        } else {
            self.len += 1;
        }
        let leaf = self.tree.leaf(at, &entry.point);
        let slot = self.tree.push(leaf, entry);
        self.set_place(unit, Place { at, leaf, slot });
        if self.tree.empty_leaves() > EMPTY_NODES_MAX + self.len {
            self.rebuild();
        }
    }

    /// Changes what queries filter on, where the unit has a position. Constant time.
    pub fn retag(&mut self, unit: UnitNo, change: impl FnOnce(&mut Tag)) {
        if let Some(Place { leaf, slot, .. }) = self.place(unit).copied() {
            self.tree.retag(leaf, slot, change);
        }
    }

    /// Takes a unit out. Constant time; does nothing when it has no position.
    pub fn remove(&mut self, unit: UnitNo) {
        if let Some(Place { leaf, slot, .. }) = self.places.get_mut(unit.index()).and_then(Option::take) {
            self.take_out(leaf, slot);
            self.len -= 1;
        }
    }

    fn take_out(&mut self, leaf: u32, slot: u32) {
        // The last entry of the bucket takes the free slot: its unit must know.
        if let Some(moved) = self.tree.swap_remove(leaf, slot)
            && let Some(Some(place)) = self.places.get_mut(moved.index())
        {
            place.slot = slot;
        }
    }

    fn set_place(&mut self, unit: UnitNo, place: Place) {
        if let Some(slot) = self.places.get_mut(unit.index()) {
            *slot = Some(place);
        }
    }

    /// Makes the tree anew from its entries, without the nodes that units have left behind. Linear.
    fn rebuild(&mut self) {
        let entries = self.tree.drain();
        self.tree = Tree::new();
        for entry in entries {
            if let Some(Place { at, .. }) = self.place(entry.unit).copied() {
                let unit = entry.unit;
                let leaf = self.tree.leaf(at, &entry.point);
                let slot = self.tree.push(leaf, entry);
                self.set_place(unit, Place { at, leaf, slot });
            }
        }
    }
}
