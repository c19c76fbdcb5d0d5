//! The cache: square cells that know which zones hold them and which borders cross them, made where somebody asks.

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicUsize, Ordering},
};

use super::{
    bounds::{Address, Bounds, FAN_BITS, ROOTS, Span},
    content::Content,
};
use crate::geodesy::LatLng;

/// The most memory that cells may take, bytes. When it is used up, positions outside of the cells that there are find
/// their zones by the tree.
pub const CELL_BYTES_MAX: usize = 128 << 20;
/// A cell in which a question would test more edges than this is cut into parts, down to the finest level of 10 metres.
const COST_MAX: usize = 6;
/// Parts of a cell.
const PARTS: usize = 1 << (2 * FAN_BITS);

type Slot = OnceLock<Arc<Node>>;

/// A cell that was made.
#[derive(Debug)]
struct Node {
    /// None where there is too much for one cell: its parts ask the tree.
    content: Option<Content>,
    /// None for a leaf.
    parts: Option<Box<[Slot]>>,
    bytes: usize,
    used: Arc<AtomicUsize>,
}

impl Node {
    fn new(content: Option<Content>, parts: Option<Box<[Slot]>>, used: &Arc<AtomicUsize>) -> Arc<Self> {
        let bytes = size_of::<Self>() + content.as_ref().map_or(0, Content::bytes) + parts.as_deref().map_or(0, size_of_val);
        used.fetch_add(bytes, Ordering::Relaxed);
        Arc::new(Self { content, parts, bytes, used: used.clone() })
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.used.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

fn empty(slots: usize) -> Box<[Slot]> {
    std::iter::repeat_with(Slot::new).take(slots).collect()
}

/// What a cell is made from.
pub(super) trait Source {
    /// What a cell holds, where its parent's content is known from it; none where it is too much for one cell.
    fn content(&self, cell: Address, parent: Option<&Content>) -> Option<Content>;
}

/// The cells of the Earth, made when first asked. A clone shares them.
#[derive(Debug, Clone)]
pub(super) struct Cells {
    roots: Box<[Slot]>,
    used: Arc<AtomicUsize>,
}

impl Default for Cells {
    fn default() -> Self {
        Self { roots: empty(ROOTS), used: Arc::default() }
    }
}

impl Cells {
    /// The memory that cells take now, bytes: these and all that share with them.
    pub(super) fn bytes(&self) -> usize {
        self.used.load(Ordering::Relaxed)
    }

    /// The node of a slot, made when it is not there; none when there is no memory left for it.
    fn node<'a>(&self, slot: &'a Slot, cell: Address, parent: Option<&Content>, source: &impl Source) -> Option<&'a Node> {
        if let Some(node) = slot.get() {
            return Some(node);
        }
        if self.bytes() >= CELL_BYTES_MAX {
            return None;
        }
        let make = || {
            let content = source.content(cell, parent);
            let is_leaf = cell.shift == 0 || content.as_ref().is_some_and(|content| content.cost() <= COST_MAX);
            Node::new(content, (!is_leaf).then(|| empty(PARTS)), &self.used)
        };
        Some(slot.get_or_init(make))
    }

    /// The content of the leaf that holds a position. None when there is no cell for it.
    #[inline]
    pub(super) fn leaf(&self, at: LatLng, source: &impl Source) -> Option<&Content> {
        let mut cell = Address::root(at)?;
        let mut slot = self.roots.get(cell.root_index())?;
        let mut parent = None;
        loop {
            let node = self.node(slot, cell, parent, source)?;
            let Some(parts) = &node.parts else { return node.content.as_ref() };
            let index;
            (cell, index) = cell.part();
            (slot, parent) = (parts.get(index)?, node.content.as_ref());
        }
    }

    /// Visits the leaves that a box touches; false when there is no cell for a part of it.
    pub(super) fn leaves(&self, bounds: &Bounds, source: &impl Source, visit: &mut impl FnMut(&Content)) -> bool {
        let span = Span::of(bounds);
        let mut roots = span.cells(super::bounds::ROOT_SHIFT, None);
        roots.all(|cell| self.roots.get(cell.root_index()).is_some_and(|slot| self.leaves_below(slot, cell, None, span, source, visit)))
    }

    fn leaves_below(
        &self,
        slot: &Slot,
        cell: Address,
        parent: Option<&Content>,
        span: Span,
        source: &impl Source,
        visit: &mut impl FnMut(&Content),
    ) -> bool {
        let Some(node) = self.node(slot, cell, parent, source) else { return false };
        match (&node.parts, &node.content) {
            (None, Some(content)) => {
                visit(content);
                true
            }
            (None, None) => false,
            (Some(parts), content) => span.cells(cell.shift - FAN_BITS, Some(cell)).all(|part| {
                let below = |slot| self.leaves_below(slot, part, content.as_ref(), span, source, visit);
                parts.get(part.index_in_parent()).is_some_and(below)
            }),
        }
    }

    /// Forgets every cell that a box touches and what is below it, so that it is made anew: where borders in the box
    /// changed. Cells that are too full to be one are copied, their other parts shared.
    pub(super) fn forget(&mut self, bounds: &Bounds) {
        let span = Span::of(bounds);
        for cell in span.cells(super::bounds::ROOT_SHIFT, None) {
            if let Some(slot) = self.roots.get_mut(cell.root_index()) {
                forget_below(slot, cell, span);
            }
        }
    }
}

fn forget_below(slot: &mut Slot, cell: Address, span: Span) {
    let Some(node) = slot.take() else { return };
    if let (None, Some(parts)) = (&node.content, &node.parts) {
        let mut parts = parts.clone();
        for part in span.cells(cell.shift - FAN_BITS, Some(cell)) {
            if let Some(slot) = parts.get_mut(part.index_in_parent()) {
                forget_below(slot, part, span);
            }
        }
        *slot = Slot::from(Node::new(None, Some(parts), &node.used));
    }
}
