//! A tile: a square of about 2.4 km, its buckets, its totals and its version.

use std::sync::atomic::{
    AtomicU32, AtomicU64,
    Ordering::{Acquire, Relaxed, Release},
    fence,
};

use super::{
    entry::Bucket,
    tag::{PAIRS, Want, Word},
};
use crate::geodesy::cells;

/// Tiles are so many levels coarser than the finest cells: 2^14 of them around the Earth.
pub(super) const TILE_SHIFT: u32 = 8;
/// The width and height of a tile, degrees.
pub(super) const TILE_DEG: f64 = cells::CELL_DEG * (1 << TILE_SHIFT) as f64;
/// Tiles around the Earth.
pub(super) const TILE_COLUMNS: u32 = 1 << (cells::BITS - TILE_SHIFT);
/// A tile has at most 2^6 x 2^6 buckets of 38 m.
pub(super) const SIDE_BITS_MAX: u32 = 6;
/// A tile with so many units a bucket or more gets four buckets for each, one with so few a quarter of them.
const BUCKET_FULL: usize = 96;
const BUCKET_SPARSE: usize = 4;
/// Totals are kept for the cells of a tile that has 4 x 4 buckets or more.
const CELL_BITS: u32 = 2;
/// Cells on a side of a tile.
pub(super) const CELLS_SIDE: usize = 1 << CELL_BITS;
/// Cells of a tile with totals of their own.
pub(super) const CELLS: usize = CELLS_SIDE * CELLS_SIDE;

/// How many units of each kind and status: two counters a word, so that sums take half the time.
#[derive(Debug)]
pub(super) struct Totals([AtomicU64; PAIRS.div_ceil(2)]);

impl Default for Totals {
    fn default() -> Self {
        Self(std::array::from_fn(|_| AtomicU64::new(0)))
    }
}

impl Totals {
    /// Adds to the counter of a word; `by` may be negative.
    fn add(&self, word: Word, by: i64) {
        let pair = word.pair();
        if let Some(counters) = self.0.get(pair / 2) {
            let by = by << (32 * (pair % 2));
            counters.store(counters.load(Relaxed).wrapping_add_signed(by), Relaxed);
        }
    }

    /// The counter of a pair of kind and status.
    pub(super) fn get(&self, pair: usize) -> u32 {
        self.0.get(pair / 2).map_or(0, |counters| (counters.load(Relaxed) >> (32 * (pair % 2))) as u32)
    }

    /// The sum of the counters that a filter wants: of all of them, when it wants all.
    pub(super) fn wanted(&self, want: &Want) -> u32 {
        match want.pairs() {
            Some(pairs) => pairs.map(|pair| self.get(pair)).sum(),
            None => (0..PAIRS).map(|pair| self.get(pair)).sum(),
        }
    }

    /// Whether there is a unit of a kind and status that a filter wants.
    pub(super) fn has(&self, want: &Want) -> bool {
        want.pairs().is_none_or(|mut pairs| pairs.any(|pair| self.get(pair) > 0))
    }

    /// Adds all counters to `sums`, which are laid out alike.
    pub(super) fn add_to(&self, sums: &mut Sums) {
        for (sum, counters) in sums.0.iter_mut().zip(&self.0) {
            *sum += counters.load(Relaxed);
        }
    }
}

/// Sums of totals. Two counters a word; neither overflows, since there are fewer units than 2^31.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sums([u64; PAIRS.div_ceil(2)]);

impl Sums {
    pub(super) fn add(&mut self, word: Word) {
        let pair = word.pair();
        if let Some(sum) = self.0.get_mut(pair / 2) {
            *sum += 1 << (32 * (pair % 2));
        }
    }

    pub(super) fn without(mut self, part: &Self) -> Self {
        for (sum, part) in self.0.iter_mut().zip(part.0) {
            *sum -= part;
        }
        self
    }

    pub(super) fn get(&self, pair: usize) -> u32 {
        self.0.get(pair / 2).map_or(0, |sum| (sum >> (32 * (pair % 2))) as u32)
    }
}

/// A tile. Its version is odd while the writer is in it; all else is true between two looks at one even version.
#[derive(Debug)]
pub(super) struct Tile {
    version: AtomicU32,
    count: AtomicU32,
    /// There are 2^side_bits x 2^side_bits buckets, row by row from the south-west.
    side_bits: u32,
    buckets: Box<[Bucket]>,
    totals: Totals,
    cells: Option<Box<[Totals; CELLS]>>,
    /// Its borders, degrees.
    pub(super) south: f64,
    pub(super) west: f64,
    /// The smallest and the largest cosine of a latitude in it.
    pub(super) cos_min: f64,
    pub(super) cos_max: f64,
}

impl Tile {
    pub(super) fn new(row: u32, column: u32) -> Self {
        let (south, west) = (cells::south_deg(row, TILE_SHIFT), cells::west_deg(column, TILE_SHIFT));
        // The cosine has no maximum inside: the equator is a border of tiles.
        let (a, b) = (south.to_radians().cos(), (south + TILE_DEG).to_radians().cos());
        Self {
            version: AtomicU32::new(0),
            count: AtomicU32::new(0),
            side_bits: 0,
            buckets: std::iter::once(Bucket::default()).collect(),
            totals: Totals::default(),
            cells: None,
            south,
            west,
            // A hair wider than the rounding of the cosine.
            cos_min: (a.min(b) - 1e-15).max(0.0),
            cos_max: a.max(b) + 1e-15,
        }
    }

    /// The version to read under; none while the writer is in the tile.
    pub(super) fn version(&self) -> Option<u32> {
        let version = self.version.load(Acquire);
        version.is_multiple_of(2).then_some(version)
    }

    /// Whether the version is still the one that was read under.
    pub(super) fn is_still(&self, version: u32) -> bool {
        fence(Acquire);
        self.version.load(Relaxed) == version
    }

    /// The writer comes in. What it writes from here on is not seen under the version before. Gives what [`Self::end`] wants.
    pub(super) fn begin(&self) -> u32 {
        let version = self.version.load(Relaxed);
        self.version.store(version.wrapping_add(1), Relaxed);
        fence(Release);
        version
    }

    /// The writer is done.
    pub(super) fn end(&self, begun: u32) {
        self.version.store(begun.wrapping_add(2), Release);
    }

    pub(super) fn count(&self) -> usize {
        self.count.load(Relaxed) as usize
    }

    pub(super) fn buckets(&self) -> &[Bucket] {
        &self.buckets
    }

    pub(super) fn bucket(&self, no: u32) -> Option<&Bucket> {
        self.buckets.get(no as usize)
    }

    pub(super) const fn totals(&self) -> &Totals {
        &self.totals
    }

    pub(super) fn cells(&self) -> Option<&[Totals; CELLS]> {
        self.cells.as_deref()
    }

    /// Buckets a side.
    pub(super) const fn side(&self) -> usize {
        1 << self.side_bits
    }

    /// Buckets are so many levels coarser than the finest cells.
    pub(super) const fn bucket_shift(&self) -> u32 {
        TILE_SHIFT - self.side_bits
    }

    /// The bucket of a finest row and column that lie in the tile.
    pub(super) const fn bucket_of(&self, row: u32, column: u32) -> u32 {
        let (mask, shift) = ((1 << TILE_SHIFT) - 1, self.bucket_shift());
        ((row & mask) >> shift) << self.side_bits | (column & mask) >> shift
    }

    /// The totals of the cell of a finest row and column that lie in the tile, where there are cells.
    pub(super) fn cell_at(&self, row: u32, column: u32) -> Option<&Totals> {
        self.cell_of_bucket(self.bucket_of(row, column))
    }

    /// The cell that a bucket lies in; there are cells only with enough buckets.
    const fn cell_of(&self, bucket: u32) -> usize {
        let shift = self.side_bits.saturating_sub(CELL_BITS);
        let (row, column) = (bucket >> self.side_bits, bucket & ((1 << self.side_bits) - 1));
        ((row >> shift) << CELL_BITS | column >> shift) as usize
    }

    /// The buckets of a cell.
    pub(super) fn buckets_of(&self, cell: usize) -> impl Iterator<Item = &Bucket> {
        let per_cell = self.side() / CELLS_SIDE;
        let (row, column) = (cell / CELLS_SIDE * per_cell, cell % CELLS_SIDE * per_cell);
        (row..row + per_cell).flat_map(move |row| {
            let start = row * self.side() + column;
            self.buckets.get(start..start + per_cell).unwrap_or_default()
        })
    }

    /// Counts a unit in or out.
    pub(super) fn tally(&self, bucket: u32, word: Word, by: i64) {
        self.count.store(self.count.load(Relaxed).wrapping_add_signed(by as i32), Relaxed);
        self.totals.add(word, by);
        if let Some(cell) = self.cell_of_bucket(bucket) {
            cell.add(word, by);
        }
    }

    /// Counts a unit that stays in the tile over to another bucket or another word.
    pub(super) fn tally_over(&self, (from, old): (u32, Word), (to, new): (u32, Word)) {
        if old.pair() != new.pair() {
            self.totals.add(old, -1);
            self.totals.add(new, 1);
        } else if self.cell_of(from) == self.cell_of(to) {
            return;
        }
        if let (Some(from), Some(to)) = (self.cell_of_bucket(from), self.cell_of_bucket(to)) {
            from.add(old, -1);
            to.add(new, 1);
        }
    }

    fn cell_of_bucket(&self, bucket: u32) -> Option<&Totals> {
        self.cells()?.get(self.cell_of(bucket))
    }

    /// How fine the buckets should be, where that is not how they are.
    pub(super) fn wants_side_bits(&self) -> Option<u32> {
        let (count, buckets) = (self.count(), self.buckets.len());
        if count >= BUCKET_FULL * buckets && self.side_bits < SIDE_BITS_MAX {
            Some(self.side_bits + 1)
        } else if count < BUCKET_SPARSE * buckets && self.side_bits > 0 {
            Some(self.side_bits - 1)
        } else {
            None
        }
    }

    /// Empties the tile and cuts it into other buckets. The writer puts its units in again.
    pub(super) fn cut(&mut self, side_bits: u32) {
        self.side_bits = side_bits;
        self.buckets = (0..1_usize << (2 * side_bits)).map(|_| Bucket::default()).collect();
        self.totals = Totals::default();
        self.count = AtomicU32::new(0);
        self.cells = (side_bits >= CELL_BITS).then(Box::default);
    }

    /// The width and height of a bucket, degrees.
    pub(super) fn bucket_deg(&self) -> f64 {
        cells::CELL_DEG * f64::from(1_u32 << self.bucket_shift())
    }
}
