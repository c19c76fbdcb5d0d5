//! The tree of caps: H3 cells at every second resolution, units in the buckets of the finest.

use h3o::{CellIndex, Resolution};

use super::{CHORD_SLACK, Tag, Vector, chord_squared, vector};
use crate::{geodesy::LatLng, model::UnitNo};

/// The resolutions of the levels, coarse to fine. The finest is that of the buckets: an average of 0.74 square kilometres.
const LEVELS: [Resolution; 5] = [Resolution::Zero, Resolution::Two, Resolution::Four, Resolution::Six, Resolution::Eight];

/// No node.
const NONE: u32 = u32::MAX;

/// One unit in a bucket.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub(super) point: Vector,
    pub(super) tag: Tag,
    pub(super) unit: UnitNo,
}

/// A ball that holds everything below a node: centre on the sphere, radius as a chord in Earth radii.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cap {
    pub(super) centre: Vector,
    pub(super) radius: f64,
}

impl Cap {
    /// No point below the node is nearer to `from` than this chord.
    pub(super) fn nearest_chord(&self, from: &Vector) -> f64 {
        chord_squared(&self.centre, from).sqrt() - self.radius
    }

    /// No point below the node is farther from `from` than this chord.
    pub(super) fn farthest_chord(&self, from: &Vector) -> f64 {
        chord_squared(&self.centre, from).sqrt() + self.radius
    }
}

#[derive(Debug)]
struct Node {
    parent: u32,
    children: Vec<u32>,
    entries: Vec<Entry>,
    /// The centre in degrees, for searches by box.
    centre: LatLng,
}

/// The tree. Nodes are numbers; what a search reads of many nodes lies in arrays of its own.
#[derive(Debug)]
pub(super) struct Tree {
    by_cell: std::collections::HashMap<CellIndex, u32, foldhash::fast::FixedState>,
    nodes: Vec<Node>,
    /// By node: its cap.
    caps: Vec<Cap>,
    /// By node: the units below it. A search passes over the empty ones.
    counts: Vec<u32>,
    roots: Vec<u32>,
    empty_leaves: usize,
}

impl Tree {
    pub(super) fn new() -> Self {
        Self {
            by_cell: std::collections::HashMap::default(),
            nodes: Vec::new(),
            caps: Vec::new(),
            counts: Vec::new(),
            roots: Vec::new(),
            empty_leaves: 0,
        }
    }

    pub(super) fn roots(&self) -> &[u32] {
        &self.roots
    }

    pub(super) fn cap(&self, node: u32) -> Cap {
        self.caps[node as usize]
    }

    pub(super) fn count(&self, node: u32) -> u32 {
        self.counts[node as usize]
    }

    pub(super) fn children(&self, node: u32) -> &[u32] {
        &self.nodes[node as usize].children
    }

    pub(super) fn entries(&self, node: u32) -> &[Entry] {
        &self.nodes[node as usize].entries
    }

    pub(super) fn centre(&self, node: u32) -> LatLng {
        self.nodes[node as usize].centre
    }

    pub(super) const fn empty_leaves(&self) -> usize {
        self.empty_leaves
    }

    /// Whether a point may stay in a bucket: its cap holds the point, whatever the cell says.
    pub(super) fn holds(&self, leaf: u32, point: &Vector) -> bool {
        let cap = self.cap(leaf);
        chord_squared(&cap.centre, point) <= cap.radius * cap.radius
    }

    /// The bucket for a position, made where there is none, its cap grown where it does not hold the point.
    pub(super) fn leaf(&mut self, at: LatLng, point: &Vector) -> u32 {
        let finest = LEVELS[LEVELS.len() - 1];
        // h3o refuses only what is not finite, which a `LatLng` never is; any cell would do, since its cap grows.
        let cell = h3o::LatLng::new(at.lat_deg(), at.lng_deg()).unwrap_or_default().to_cell(finest);
        let leaf = self.node(cell, LEVELS.len() - 1);
        let distance = chord_squared(&self.cap(leaf).centre, point).sqrt();
        self.grow(leaf, distance + CHORD_SLACK);
        leaf
    }

    fn node(&mut self, cell: CellIndex, level: usize) -> u32 {
        if let Some(node) = self.by_cell.get(&cell) {
            return *node;
        }
        let parent = match level.checked_sub(1) {
            Some(above) => cell.parent(LEVELS[above]).map_or(NONE, |parent| self.node(parent, above)),
            None => NONE,
        };
        let centre = degrees(h3o::LatLng::from(cell));
        let cap_centre = vector(centre);
        let is_leaf = level + 1 == LEVELS.len();
        // A bucket's cap starts as the circle through the farthest corner of its cell; an inner node's grows with its children.
        let radius = if is_leaf {
            cell.boundary().iter().map(|corner| chord_squared(&cap_centre, &vector(degrees(*corner))).sqrt()).fold(0.0, f64::max)
                + CHORD_SLACK
        } else {
            0.0
        };
        let node = self.nodes.len() as u32;
        self.nodes.push(Node { parent, children: Vec::new(), entries: Vec::new(), centre });
        self.caps.push(Cap { centre: cap_centre, radius });
        self.counts.push(0);
        self.by_cell.insert(cell, node);
        self.empty_leaves += usize::from(is_leaf);
        if parent == NONE {
            self.roots.push(node);
        } else {
            self.nodes[parent as usize].children.push(node);
            self.grow_parents(node);
        }
        node
    }

    /// Makes a node's cap at least so large, and those above it to match.
    fn grow(&mut self, node: u32, radius: f64) {
        if self.caps[node as usize].radius < radius {
            self.caps[node as usize].radius = radius;
            self.grow_parents(node);
        }
    }

    fn grow_parents(&mut self, mut node: u32) {
        loop {
            let parent = self.nodes[node as usize].parent;
            if parent == NONE {
                return;
            }
            let (child, above) = (self.cap(node), self.cap(parent));
            let needed = chord_squared(&child.centre, &above.centre).sqrt() + child.radius + CHORD_SLACK;
            if above.radius >= needed {
                return;
            }
            self.caps[parent as usize].radius = needed;
            node = parent;
        }
    }

    pub(super) fn write(&mut self, leaf: u32, slot: u32, entry: Entry) {
        self.nodes[leaf as usize].entries[slot as usize] = entry;
    }

    pub(super) fn retag(&mut self, leaf: u32, slot: u32, change: impl FnOnce(&mut Tag)) {
        change(&mut self.nodes[leaf as usize].entries[slot as usize].tag);
    }

    /// Adds an entry to a bucket; gives its slot.
    pub(super) fn push(&mut self, leaf: u32, entry: Entry) -> u32 {
        let entries = &mut self.nodes[leaf as usize].entries;
        let slot = entries.len() as u32;
        self.empty_leaves -= usize::from(entries.is_empty());
        entries.push(entry);
        self.count_up(leaf, 1);
        slot
    }

    /// Takes an entry out; gives the unit that now stands in its slot, if one does.
    pub(super) fn swap_remove(&mut self, leaf: u32, slot: u32) -> Option<UnitNo> {
        let entries = &mut self.nodes[leaf as usize].entries;
        entries.swap_remove(slot as usize);
        self.empty_leaves += usize::from(entries.is_empty());
        let moved = entries.get(slot as usize).map(|entry| entry.unit);
        self.count_up(leaf, -1);
        moved
    }

    fn count_up(&mut self, mut node: u32, by: i32) {
        while node != NONE {
            let count = &mut self.counts[node as usize];
            *count = count.wrapping_add_signed(by);
            node = self.nodes[node as usize].parent;
        }
    }

    /// Every entry, taken out.
    pub(super) fn drain(&mut self) -> Vec<Entry> {
        self.nodes.iter_mut().flat_map(|node| std::mem::take(&mut node.entries)).collect()
    }
}

/// A position of h3o as ours. h3o gives finite coordinates; the longitude may be a hair beyond 180.
fn degrees(at: h3o::LatLng) -> LatLng {
    let lat = at.lat().clamp(-90.0, 90.0);
    LatLng::new(lat, crate::geodesy::wrap_lng_deg(at.lng())).unwrap_or(LatLng::NORTH_POLE)
}
