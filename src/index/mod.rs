//! Where every moving unit is: a grid of angles that is read while it is written.
//!
//! # Shape
//! The sphere is cut into **tiles** of 360/2^14 degrees (2.4 km), of which only those with units exist; pages of 32 x 32 find
//! them (`grid.rs`). A tile is cut into 1 to 64 x 64 **buckets**, as fine as its units are dense, and its units' entries lie in
//! a run for each bucket (`entry.rs`): a word with all that a query filters on, so that one `and` tells whether anything stands
//! against a unit, and apart from it the position, the time and the unit's number. Tiles, and where they have 4 x 4 buckets or
//! more their 4 x 4 **cells**, keep how many units of each kind and status they hold (`tile.rs`).
//!
//! Why squares of longitude and latitude and not H3 cells? A square costs one multiplication an axis where a cell costs a
//! projection or the library's 0.4 us, its bound is two lines of haversine that hold at the poles and across the antimeridian
//! as they stand, and no icosahedron's edge, pentagon or second chart needs a case of its own; so a unit anywhere on Earth is
//! served by the same code, and a move is as fast as in a flat grid of one city. A tree over H3 cells took four times as long
//! for a move and nearly twice for a search. H3 cells are what density is given out in
//! ([`crate::engine::SeenWorld::density`]).
//!
//! # Why the answers are exact
//! Distances are ranked by `D`, four times the haversine of the angle: with latitudes `p`, `q` and the difference of longitude
//! `b`, `D = 4 sin²((q - p) / 2) + cos p cos q 4 sin²(b / 2)`, which grows with the distance. If every point of a square is at
//! least `a` of latitude and `b` (at most 180 degrees) of longitude away from the query, and no cosine of its latitudes is below
//! `c`, every point of it has `D >= 4 sin²(a / 2) + cos p · c · 4 sin²(b / 2)`, since both terms grow with `a` and `b`. So a square
//! whose bound exceeds the `D` of a radius holds nobody within that radius.
//!
//! A look at a radius leaves out only such squares, and units that are not wanted. When k units lie within the radius, the k
//! nearest are among those found; otherwise the look is repeated with a larger one, until it met every unit or the
//! farthest distance asked for. Near the query `D` is computed in a plane whose error is proved in `metric.rs`; limits are widened
//! by four times that error, so that nobody is lost by it. [`crate::geodesy::haversine_m`] and then the unit's number rank what
//! is left, which is the order that every answer promises.
//!
//! # Reading while writing
//! There is one writer ([`IndexWriter`]). Every word is an atomic; a tile's version is odd while the writer is in it. A reader
//! notes the version of each tile before it looks and, at the end, whether all are still the same: then all that it saw was true
//! at one moment, and otherwise it looks again, after three vain looks while the writer waits (`read.rs`). A move between two
//! tiles holds both versions, so nobody is missed or met twice. What makes the grid larger (a new tile, a finer cut, more
//! room) takes the lock that readers share; that is rare.
//!
//! # Cost, and where the time goes
//! A move that stays in its bucket, as nine in ten do, compares the position with the square that the writer knows the unit in,
//! and writes three words: some 150 instructions as `make instructions` counts them, in a build that checks its sums. What is
//! left of its time is memory: what the writer knows of a unit that has not moved for a while and the unit's entry are two
//! cache lines that nobody has touched since, and with a million units each costs more than all instructions together.
//! [`Turn::expect`] therefore asks for those of a whole turn at once. The rest is the move to another bucket, several times as
//! dear, which is why buckets are not finer.
//!
//! Of the nearest ten of three in ten, among 100,000 units, two thirds is the walk: some 170 words are read, 50 positions, 17 of
//! them within the radius, in about nine runs, each a place in memory of its own. Two things make it fast. No branch depends on
//! what an entry says, since a wrong guess, and a third of them would be wrong, costs more than the test. And several runs are
//! asked of memory before the first is looked at: with a million units that alone halves the time. A sixth is the exact distance
//! of the ten found (a cosine and a series each); the rest is the order of those within the radius, the bounds of tiles and
//! buckets and the guess of the first radius. Finer buckets would read fewer words and meet more runs, which costs more; so does
//! a second look, which a guess that is too low brings about: once in a hundred, and more often where capabilities, an
//! organisation or ages are asked for, which no total counts. Figures: `benches/RESULTS.md`.

mod area;
mod candidate;
mod circle;
mod count;
mod entry;
mod filter;
mod grid;
mod metric;
mod nearest;
mod read;
mod runs;
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
