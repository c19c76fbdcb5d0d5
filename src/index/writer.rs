//! The one writer's side: units placed, moved, changed and taken out.

use std::sync::{Arc, atomic::Ordering::Relaxed};

use parking_lot::{MutexGuard, RwLockReadGuard, RwLockWriteGuard};

use super::{
    Index,
    entry::{BLOCK_LEN, NO_BLOCK, head_len},
    grid::{Grid, place_of},
    tag::{Stamp, Tag, Word},
    tile::Tile,
};
use crate::{geodesy::LatLng, model::UnitNo};

/// Blocks that are made at once at least.
const BLOCKS_MIN: usize = 64;
/// Tiles without units that are kept before the grid is made anew without them.
const EMPTY_TILES_MAX: usize = 1_024;

/// Where a unit's entry is.
#[derive(Debug, Clone, Copy)]
struct Place {
    tile: u32,
    bucket: u16,
    slot: u16,
    block: u32,
}

const NOWHERE: Place = Place { tile: u32::MAX, bucket: 0, slot: 0, block: NO_BLOCK };

/// The writer of an index. There is one; readers have the [`Index`].
#[derive(Debug, Default)]
pub struct IndexWriter {
    index: Arc<Index>,
    own: Own,
}

/// What only the writer knows.
#[derive(Debug, Default)]
struct Own {
    /// By unit number: where its entry is, so that a move finds it without a search.
    places: Vec<Place>,
    /// Blocks that no bucket has.
    free: Vec<u32>,
    len: usize,
    empty_tiles: usize,
}

/// A hold of the index by its writer: many writes, one pair of locks. Readers go on meanwhile.
#[derive(Debug)]
pub struct Turn<'a> {
    index: &'a Index,
    own: &'a mut Own,
    /// None for a moment only, while the grid itself is changed.
    grid: Option<RwLockReadGuard<'a, Grid>>,
    _turn: MutexGuard<'a, ()>,
}

impl IndexWriter {
    /// The writer of an empty index. There must be only one.
    #[must_use]
    pub fn new(index: Arc<Index>) -> Self {
        Self { index, own: Own::default() }
    }

    /// The index that it writes.
    #[must_use]
    pub const fn index(&self) -> &Arc<Index> {
        &self.index
    }

    /// How many units have a position.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.own.len
    }

    /// Whether no unit has a position.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.own.len == 0
    }

    /// Takes the locks for a few dozen writes: about 30 ns. A search that kept being overtaken by the writer waits for the
    /// end of the turn, so let turns be short.
    pub fn turn(&mut self) -> Turn<'_> {
        let turn = self.index.turn.lock();
        Turn { index: &self.index, own: &mut self.own, grid: Some(self.index.grid.read()), _turn: turn }
    }

    /// Puts one unit at a position, or moves it there: a turn of one. See [`Turn::place_unit`].
    pub fn place_unit(&mut self, unit: UnitNo, at: LatLng, tag: Tag) {
        self.turn().place_unit(unit, at, &tag);
    }

    /// Changes what queries filter on, where the unit has a position: a turn of one.
    pub fn retag(&mut self, unit: UnitNo, change: impl FnOnce(&mut Tag)) {
        self.turn().retag(unit, change);
    }

    /// Takes a unit out: a turn of one. Does nothing when it has no position.
    pub fn remove(&mut self, unit: UnitNo) {
        self.turn().remove(unit);
    }
}

impl Turn<'_> {
    /// Puts a unit at a position, or moves it there. Constant time; allocates only when a unit is new or a tile changes its
    /// grain.
    pub fn place_unit(&mut self, unit: UnitNo, at: LatLng, tag: &Tag) {
        let (row, column) = place_of(at);
        let (word, stamp) = (Word::of(tag), Stamp::of(unit, tag.seen));
        let place = self.own.places.get(unit.index()).copied().unwrap_or(NOWHERE);
        if let Some(grid) = self.grid.as_deref()
            && let Some(tile) = grid.tile(place.tile)
            && tile.holds(row, column)
            && tile.bucket_of(row, column) == u32::from(place.bucket)
            && let Some(entry) = grid.blocks.entry(place.block, usize::from(place.slot))
        {
            tile.begin();
            change_word(tile, place, entry.word(), word);
            entry.write(at, word, stamp);
            tile.end();
            return;
        }
        self.place_elsewhere(unit, (row, column), at, word, stamp);
    }

    /// Puts a unit into another bucket than the one that it was in, if any.
    fn place_elsewhere(&mut self, unit: UnitNo, (row, column): (u32, u32), at: LatLng, word: Word, stamp: Stamp) {
        if self.own.places.len() <= unit.index() {
            self.own.places.resize(unit.index() + 1, NOWHERE);
        }
        // What the grid lacks comes first, so that the move itself is seen whole or not at all.
        let known = self.grid.as_deref().and_then(|grid| grid.tile_at(row, column));
        let to = known.unwrap_or_else(|| self.alone(|own, grid| own.add_tile(grid, row, column)));
        if self.own.free.is_empty() {
            self.alone(Own::grow_blocks);
        }
        let place = self.own.places.get(unit.index()).copied().unwrap_or(NOWHERE);
        let Some(grid) = self.grid.as_deref() else { return };
        let Some(tile) = grid.tile(to) else { return };
        let from = grid.tile(place.tile);
        let other = from.filter(|_| place.tile != to);
        tile.begin();
        other.inspect(|other| other.begin());
        if from.is_some() {
            self.own.take_out(grid, place);
        } else {
            self.own.len += 1;
            self.index.len.store(self.own.len, Relaxed);
        }
        self.own.put(grid, to, row, column, at, word, stamp);
        other.inspect(|other| other.end());
        tile.end();
        self.settle(to);
        if place.tile != to {
            self.settle(place.tile);
        }
    }

    /// Changes what queries filter on, where the unit has a position. Constant time.
    pub fn retag(&mut self, unit: UnitNo, change: impl FnOnce(&mut Tag)) {
        let place = self.own.places.get(unit.index()).copied().unwrap_or(NOWHERE);
        let Some(grid) = self.grid.as_deref() else { return };
        let (Some(tile), Some(entry)) = (grid.tile(place.tile), grid.blocks.entry(place.block, usize::from(place.slot))) else { return };
        let old = entry.word();
        let mut tag = old.tag(entry.stamp().seen());
        change(&mut tag);
        let word = Word::of(&tag);
        tile.begin();
        change_word(tile, place, old, word);
        entry.set_tag(word, Stamp::of(unit, tag.seen));
        tile.end();
    }

    /// Takes a unit out. Constant time; does nothing when it has no position.
    pub fn remove(&mut self, unit: UnitNo) {
        let Some(place) = self.own.places.get_mut(unit.index()) else { return };
        let place = std::mem::replace(place, NOWHERE);
        let Some(grid) = self.grid.as_deref() else { return };
        let Some(tile) = grid.tile(place.tile) else { return };
        tile.begin();
        self.own.take_out(grid, place);
        tile.end();
        self.own.len -= 1;
        self.index.len.store(self.own.len, Relaxed);
        self.settle(place.tile);
    }

    /// Cuts a tile anew where its buckets have become too full or too empty.
    fn settle(&mut self, no: u32) {
        let wants = self.grid.as_deref().and_then(|grid| grid.tile(no)).and_then(Tile::wants_side_bits);
        if let Some(side_bits) = wants {
            self.alone(|own, grid| own.cut(grid, no, side_bits));
        }
    }

    /// Changes the grid itself: waits until no reader looks.
    fn alone<T>(&mut self, change: impl FnOnce(&mut Own, &mut Grid) -> T) -> T {
        self.grid = None;
        let mut grid = self.index.grid.write();
        let result = change(self.own, &mut grid);
        self.grid = Some(RwLockWriteGuard::downgrade(grid));
        result
    }
}

/// Keeps totals and sums true when an entry's word changes where it stands.
fn change_word(tile: &Tile, place: Place, old: Word, new: Word) {
    if old == new {
        return;
    }
    if old.pair() != new.pair() {
        tile.tally_pair(u32::from(place.bucket), old, -1);
        tile.tally_pair(u32::from(place.bucket), new, 1);
    }
    if let Some(bucket) = tile.bucket(u32::from(place.bucket)) {
        bucket.add_to_sum(new);
    }
}

impl Own {
    /// Takes the entry at a place out; the last of its chain takes its slot. The caller is in the tile.
    fn take_out(&mut self, grid: &Grid, place: Place) {
        let (Some(tile), Some(hole)) = (grid.tile(place.tile), grid.blocks.entry(place.block, usize::from(place.slot))) else { return };
        let Some(bucket) = tile.bucket(u32::from(place.bucket)) else { return };
        let (head, len) = bucket.chain();
        let slot = head_len(len).saturating_sub(1);
        let Some(last) = grid.blocks.entry(head, slot) else { return };
        let word = hole.word();
        tile.tally(u32::from(place.bucket), word, -1);
        if (place.block, usize::from(place.slot)) != (head, slot) {
            hole.copy_from(last);
            if let Some(moved) = self.places.get_mut(last.stamp().unit().index()) {
                (moved.block, moved.slot) = (place.block, place.slot);
            }
        }
        if slot == 0 {
            bucket.set_chain(grid.blocks.next(head), len - 1);
            self.free.push(head);
        } else {
            bucket.set_chain(head, len - 1);
        }
        // The sum forgets now and then, so that it costs little and does not grow to everything.
        if len <= 2 * BLOCK_LEN || len % (2 * BLOCK_LEN) == 0 {
            let mut sum = 0;
            // The writer is alone in what it writes: the chain makes sense.
            let _ = bucket.for_each(&grid.blocks, |entry| sum |= entry.word().traits());
            bucket.set_sum(sum);
        }
        self.empty_tiles += usize::from(tile.count() == 0);
    }

    /// Writes an entry at the end of the chain of its bucket. There is a free block, and the caller is in the tile.
    #[allow(clippy::too_many_arguments)]
    fn put(&mut self, grid: &Grid, no: u32, row: u32, column: u32, at: LatLng, word: Word, stamp: Stamp) {
        let Some(tile) = grid.tile(no) else { return };
        let bucket_no = tile.bucket_of(row, column);
        let Some(bucket) = tile.bucket(bucket_no) else { return };
        let (mut block, len) = bucket.chain();
        let slot = len % BLOCK_LEN;
        self.empty_tiles -= usize::from(tile.count() == 0);
        if slot == 0
            && let Some(free) = self.free.pop()
        {
            grid.blocks.set_next(free, block);
            block = free;
        }
        if let Some(entry) = grid.blocks.entry(block, slot) {
            entry.write(at, word, stamp);
        }
        bucket.set_chain(block, len + 1);
        bucket.add_to_sum(word);
        tile.tally(bucket_no, word, 1);
        if let Some(place) = self.places.get_mut(stamp.unit().index()) {
            *place = Place { tile: no, bucket: bucket_no as u16, slot: slot as u16, block };
        }
    }

    fn grow_blocks(&mut self, grid: &mut Grid) {
        let old = grid.blocks.len();
        let new = (old + old / 2).max(BLOCKS_MIN);
        grid.blocks.grow_to(new);
        // The lowest are handed out first, so that neighbours in time are neighbours in memory.
        self.free.extend((old as u32..new as u32).rev());
    }

    /// Makes a tile; where too many are empty, makes the grid anew without those. Linear then, and rare.
    fn add_tile(&mut self, grid: &mut Grid, row: u32, column: u32) -> u32 {
        if self.empty_tiles > EMPTY_TILES_MAX + grid.tiles.len() / 2 {
            let entries = (0..grid.tiles.len() as u32).flat_map(|no| self.entries_of(grid, no)).collect::<Vec<_>>();
            *grid = Grid::default();
            self.free.clear();
            self.empty_tiles = 0;
            for (at, word, stamp) in entries {
                self.put_alone(grid, at, word, stamp);
            }
        }
        self.empty_tiles += 1;
        grid.add_tile(row, column)
    }

    /// Cuts a tile into other buckets. Linear in its units; buckets are four times as many or as few then, so each move pays
    /// for a fraction of an entry.
    fn cut(&mut self, grid: &mut Grid, no: u32, side_bits: u32) {
        let entries = self.entries_of(grid, no);
        let Some(tile) = grid.tiles.get_mut(no as usize) else { return };
        for bucket in tile.buckets() {
            let (mut block, mut left) = bucket.chain();
            while left > 0 {
                self.free.push(block);
                left -= head_len(left);
                block = grid.blocks.next(block);
            }
        }
        self.empty_tiles += usize::from(tile.count() > 0);
        tile.cut(side_bits);
        for (at, word, stamp) in entries {
            self.put_alone(grid, at, word, stamp);
        }
    }

    /// Puts an entry that a change of the grid took out.
    fn put_alone(&mut self, grid: &mut Grid, at: LatLng, word: Word, stamp: Stamp) {
        let (row, column) = place_of(at);
        let no = match grid.tile_at(row, column) {
            Some(no) => no,
            None => {
                self.empty_tiles += 1;
                grid.add_tile(row, column)
            }
        };
        if self.free.is_empty() {
            self.grow_blocks(grid);
        }
        self.put(grid, no, row, column, at, word, stamp);
    }

    fn entries_of(&self, grid: &Grid, no: u32) -> Vec<(LatLng, Word, Stamp)> {
        let mut entries = Vec::new();
        for bucket in grid.tile(no).into_iter().flat_map(Tile::buckets) {
            let _ = bucket.for_each(&grid.blocks, |entry| {
                let (lat, lng) = entry.lat_lng();
                if let Ok(at) = LatLng::new(lat, lng) {
                    entries.push((at, entry.word(), entry.stamp()));
                }
            });
        }
        entries
    }
}
