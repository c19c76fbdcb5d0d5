//! Where every moving unit is.

mod area;
mod circle;
mod count;
mod entry;
mod filter;
mod grid;
mod metric;
mod nearest;
mod read;
mod tag;
mod tile;
mod writer;

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

pub use area::{Area, Found, distance_to_polygon_m};
pub use count::Counts;
pub use filter::{Filter, OrgRange, SeenSince};
pub use nearest::Hit;
use parking_lot::{Mutex, RwLock};
pub use read::{Torn, View};
pub use tag::Tag;
pub use writer::{IndexWriter, Turn};

/// The positions of all moving units, for readers. See the [module](self) for its shape, proof and cost.
#[derive(Debug, Default)]
pub struct Index {
    /// Readers and the writer share it; alone is whoever makes it larger.
    grid: RwLock<grid::Grid>,
    /// The writer's while it writes; a reader's that the writer kept overtaking.
    turn: Mutex<()>,
    len: AtomicUsize,
}

impl Index {
    /// How many units have a position.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len.load(Relaxed)
    }

    /// Whether no unit has a position.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
