//! The cache: square cells that know which zones hold them and which borders cross them, made where somebody asks.

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicUsize, Ordering},
};

use super::{
    bounds::{Address, Bounds, FAN_BITS, FINEST_SHIFT, ROOTS, Span},
    content::Content,
    leaf,
};
use crate::geodesy::LatLng;

/// The most memory that cells may take, bytes. When it is used up, positions outside of the cells that there are find their
/// zones by the tree, until a zone changes: then all cells are made anew.
pub const CELL_BYTES_MAX: usize = 128 << 20;
/// A cell in which a question would test more edges than this is cut into parts, down to the finest level.
const COST_MAX: usize = 16;
/// Parts of a cell.
const PARTS: usize = 1 << (2 * FAN_BITS);

/// So many positions are expected at once.
const EXPECTED: usize = 64;

type Slot = OnceLock<Node>;

/// A cell that was made.
#[derive(Debug, Clone)]
enum Node {
    /// See [`leaf`].
    Leaf(Arc<[u64]>),
    Split(Arc<Split>),
}

/// A cell in parts.
#[derive(Debug, Clone)]
struct Split {
    /// None where there is too much for one cell: its parts ask the tree.
    content: Option<Content>,
    parts: Box<[Slot]>,
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
    /// Bytes of all cells that were ever made here, those forgotten since included.
    made: Arc<AtomicUsize>,
}

impl Default for Cells {
    fn default() -> Self {
        Self { roots: empty(ROOTS), made: Arc::default() }
    }
}

impl Cells {
    /// The memory that cells took so far, bytes: no less than they take now.
    pub(super) fn bytes(&self) -> usize {
        self.made.load(Ordering::Relaxed)
    }

    /// Whether no more cells are made.
    pub(super) fn is_full(&self) -> bool {
        self.bytes() >= CELL_BYTES_MAX
    }

    /// The node of a slot, made when it is not there; none when there is no memory left for it.
    #[inline]
    fn node<'a>(&self, slot: &'a Slot, cell: Address, parent: Option<&Content>, source: &impl Source) -> Option<&'a Node> {
        slot.get().or_else(|| self.make(slot, cell, parent, source))
    }

    #[cold]
    fn make<'a>(&self, slot: &'a Slot, cell: Address, parent: Option<&Content>, source: &impl Source) -> Option<&'a Node> {
        let make = || {
            let content = source.content(cell, parent);
            let is_leaf = |content: &&Content| cell.shift == FINEST_SHIFT || content.cost() <= COST_MAX;
            let (node, bytes) = match content.as_ref().filter(is_leaf) {
                Some(content) => {
                    let words = leaf::write(content, cell);
                    (Node::Leaf(words.as_slice().into()), 8 * words.len())
                }
                None => {
                    let bytes = size_of::<Split>() + PARTS * size_of::<Slot>() + content.as_ref().map_or(0, Content::bytes);
                    (Node::Split(Arc::new(Split { content, parts: empty(PARTS) })), bytes)
                }
            };
            self.made.fetch_add(bytes, Ordering::Relaxed);
            node
        };
        (!self.is_full()).then(|| slot.get_or_init(make))
    }

    /// The leaf that holds a position, and its cell. None when there is no cell for it.
    #[inline]
    pub(super) fn leaf(&self, at: LatLng, source: &impl Source) -> Option<(&[u64], Address)> {
        let mut cell = Address::root(at)?;
        let mut slot = self.roots.get(cell.root_index())?;
        let mut parent = None;
        loop {
            match self.node(slot, cell, parent, source)? {
                Node::Leaf(words) => return Some((words, cell)),
                Node::Split(split) => {
                    let index;
                    (cell, index) = cell.part();
                    (slot, parent) = (split.parts.get(index)?, split.content.as_ref());
                }
            }
        }
    }

    /// Fetches the leaves that hold positions, as far as they were made: level by level for all of them, since memory answers
    /// many questions in the time of one.
    pub(super) fn expect(&self, positions: impl Iterator<Item = LatLng>) {
        let root = |at: LatLng| Address::root(at).and_then(|cell| Some((self.roots.get(cell.root_index())?, cell)));
        let mut slots = [const { None }; EXPECTED];
        let mut positions = positions.filter_map(root).peekable();
        while positions.peek().is_some() {
            slots.iter_mut().zip(&mut positions).for_each(|(slot, position)| *slot = Some(position));
            while slots.iter().any(Option::is_some) {
                // First without asking what is there, so that nothing is guessed and all wait at once.
                std::hint::black_box(slots.iter().flatten().filter(|(slot, _): &&(&Slot, Address)| slot.get().is_some()).count());
                for place in &mut slots {
                    *place = place.and_then(|(slot, cell)| match slot.get()? {
                        Node::Leaf(words) => {
                            std::hint::black_box(words.iter().step_by(8).fold(0, |sum, word| sum ^ word));
                            None
                        }
                        Node::Split(split) => {
                            let (cell, index) = cell.part();
                            Some((split.parts.get(index)?, cell))
                        }
                    });
                }
            }
        }
    }

    /// Visits the leaves that a box touches; false when there is no cell for a part of it. `at` is a position in the box:
    /// mostly its leaf is the only one.
    pub(super) fn leaves(&self, bounds: &Bounds, at: LatLng, source: &impl Source, visit: &mut impl FnMut(&[u64], Address)) -> bool {
        if let Some((words, cell)) = self.leaf(at, source)
            && cell.bounds().surrounds(bounds)
        {
            visit(words, cell);
            return true;
        }
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
        visit: &mut impl FnMut(&[u64], Address),
    ) -> bool {
        let Some(node) = self.node(slot, cell, parent, source) else { return false };
        match node {
            Node::Leaf(words) => {
                visit(words, cell);
                true
            }
            Node::Split(split) => span.cells(cell.shift - FAN_BITS, Some(cell)).all(|part| {
                let below = |slot| self.leaves_below(slot, part, split.content.as_ref(), span, source, visit);
                split.parts.get(part.index_in_parent()).is_some_and(below)
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
    if let Some(Node::Split(mut split)) = slot.take()
        && split.content.is_none()
    {
        let parts = &mut Arc::make_mut(&mut split).parts;
        for part in span.cells(cell.shift - FAN_BITS, Some(cell)) {
            if let Some(slot) = parts.get_mut(part.index_in_parent()) {
                forget_below(slot, part, span);
            }
        }
        *slot = Slot::from(Node::Split(split));
    }
}
