//! The one writer's side: units placed, moved, changed and taken out.

use std::sync::{Arc, atomic::Ordering::Relaxed};

use parking_lot::{MutexGuard, RwLockReadGuard, RwLockWriteGuard};

use super::{
    Index,
    entry::{Bucket, CACHED_ENTRIES, Entries, Run, Slice, Spot, room},
    grid::{Grid, place_of},
    runs::Runs,
    tag::{Stamp, Tag, Word},
    tile::Tile,
};
use crate::{geodesy::LatLng, model::UnitNo};

/// Tiles without units that are kept before the grid is made anew without them.
const EMPTY_TILES_MAX: usize = 1_024;

/// A run moves to a smaller class when what is left would fit one so many classes smaller: a quarter of the room.
const SHRINK_CLASSES: u32 = 4;

/// What the writer knows of a unit: half a line of a cache. With the word here a move that stays in its bucket writes its
/// entry without reading it, so that the processor need not wait for the line.
#[derive(Debug, Clone, Copy)]
#[repr(align(32))]
struct Known {
    word: Word,
    tile: u32,
    bucket: u32,
    /// Where it is among all entries.
    entry: u32,
    /// The bucket as a square: the finest row and column of its south-western corner, and how much coarser it is.
    row: u32,
    column: u32,
    shift: u32,
}

/// No row is so large.
const NOWHERE: Known = Known { word: Word(0), tile: u32::MAX, bucket: 0, entry: u32::MAX, row: u32::MAX, column: 0, shift: 0 };

impl Known {
    /// Whether a finest row and column lie in the unit's bucket.
    const fn holds(&self, row: u32, column: u32) -> bool {
        ((row ^ self.row) | (column ^ self.column)) >> self.shift == 0
    }
}

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
    units: Vec<Known>,
    runs: Runs,
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
    #[inline]
    pub fn place_unit(&mut self, unit: UnitNo, at: LatLng, tag: &Tag) {
        let (row, column) = place_of(at);
        let (word, stamp) = (Word::of(tag), Stamp::of(unit, tag.seen));
        if let Some(known) = self.own.units.get_mut(unit.index())
            && known.holds(row, column)
            && let Some(grid) = self.grid.as_deref()
            && let Some(tile) = grid.tile(known.tile)
            && let Some(spot) = grid.entries.spot(known.entry as usize)
        {
            let begun = tile.begin();
            if known.word != word {
                tile.tally_over((known.bucket, known.word), (known.bucket, word));
                known.word = word;
                grid.entries.set_word(known.entry as usize, word);
            }
            spot.write(at, stamp);
            tile.end(begun);
            return;
        }
        self.place_elsewhere(unit, (row, column), at, word, stamp);
    }

    /// Fetches what moving these units will need, all of it at once: memory answers many questions in the time of one. Worth
    /// its few nanoseconds a unit before a turn of many moves; where few units are, all lies in the caches anyway.
    pub fn expect(&self, units: impl Iterator<Item = UnitNo>) {
        let Some(grid) = self.grid.as_deref().filter(|grid| grid.entries.len() > CACHED_ENTRIES) else { return };
        let stamp = |unit: UnitNo| {
            let entry = self.own.units.get(unit.index()).map_or(NOWHERE.entry, |known| known.entry);
            grid.entries.spot(entry as usize).map_or(0, |spot| spot.stamp().0)
        };
        std::hint::black_box(units.map(stamp).fold(0, u64::wrapping_add));
    }

    /// Puts a unit into another bucket than the one that it was in, if any. Apart, so that the usual move is a short function.
    #[inline(never)]
    fn place_elsewhere(&mut self, unit: UnitNo, (row, column): (u32, u32), at: LatLng, word: Word, stamp: Stamp) {
        if self.own.units.len() <= unit.index() {
            self.own.units.resize(unit.index() + 1, NOWHERE);
        }
        // What the grid lacks comes first, so that the move itself is seen whole or not at all.
        let known = self.grid.as_deref().and_then(|grid| grid.tile_at(row, column));
        let to = known.unwrap_or_else(|| self.alone(|own, grid| own.add_tile(grid, row, column)));
        let class = self.grid.as_deref().and_then(|grid| class_needed(grid, to, row, column));
        if let Some(class) = class
            && !self.own.runs.has(class)
        {
            self.alone(|own, grid| own.grow(grid, class));
        }
        let known = self.own.units.get(unit.index()).copied().unwrap_or(NOWHERE);
        let Some(grid) = self.grid.as_deref() else { return };
        let Some(tile) = grid.tile(to) else { return };
        let bucket = tile.bucket_of(row, column);
        let from = grid.tile(known.tile);
        let other = from.filter(|_| known.tile != to);
        let begun = (tile.begin(), other.map(Tile::begin));
        // In before out: what comes out may take up room that was found for what comes in.
        self.own.put(grid, (to, bucket), (row, column), at, word, stamp);
        if from.is_some() {
            self.own.take_out(grid, &known);
        }
        match (from, other) {
            (Some(_), None) => tile.tally_over((known.bucket, known.word), (bucket, word)),
            (Some(_), Some(other)) => {
                self.own.tally_out(other, known.bucket, known.word);
                self.own.tally_in(tile, bucket, word);
            }
            (None, _) => {
                self.own.tally_in(tile, bucket, word);
                self.own.len += 1;
                self.index.len.store(self.own.len, Relaxed);
            }
        }
        if let (Some(other), Some(begun)) = (other, begun.1) {
            other.end(begun);
        }
        tile.end(begun.0);
        self.settle(to);
        if known.tile != to {
            self.settle(known.tile);
        }
    }

    /// Changes what queries filter on, where the unit has a position. Constant time.
    pub fn retag(&mut self, unit: UnitNo, change: impl FnOnce(&mut Tag)) {
        let Some(known) = self.own.units.get_mut(unit.index()) else { return };
        let Some(grid) = self.grid.as_deref() else { return };
        let (Some(tile), Some(spot)) = (grid.tile(known.tile), grid.entries.spot(known.entry as usize)) else { return };
        let mut tag = known.word.tag(spot.stamp().seen());
        change(&mut tag);
        let old = std::mem::replace(&mut known.word, Word::of(&tag));
        let begun = tile.begin();
        tile.tally_over((known.bucket, old), (known.bucket, known.word));
        grid.entries.set_word(known.entry as usize, known.word);
        spot.set_stamp(Stamp::of(unit, tag.seen));
        tile.end(begun);
    }

    /// Takes a unit out. Constant time; does nothing when it has no position.
    pub fn remove(&mut self, unit: UnitNo) {
        let Some(known) = self.own.units.get_mut(unit.index()) else { return };
        let known = std::mem::replace(known, NOWHERE);
        let Some(grid) = self.grid.as_deref() else { return };
        let Some(tile) = grid.tile(known.tile) else { return };
        let begun = tile.begin();
        self.own.take_out(grid, &known);
        self.own.tally_out(tile, known.bucket, known.word);
        tile.end(begun);
        self.own.len -= 1;
        self.index.len.store(self.own.len, Relaxed);
        self.settle(known.tile);
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

/// The class of the run that a bucket needs for one more entry, where that is not the run that it has.
fn class_needed(grid: &Grid, tile: u32, row: u32, column: u32) -> Option<u32> {
    let tile = grid.tile(tile)?;
    match tile.bucket(tile.bucket_of(row, column))?.run() {
        None => Some(0),
        Some(run) => (run.len == room(run.class)).then_some(run.class + 1),
    }
}

impl Own {
    /// Makes entries, so that there is a run of a class: linear in the units, and rare, since there are a ninth more than are in
    /// use then.
    fn grow(&mut self, grid: &mut Grid, class: u32) {
        let (entries, anew) = self.runs.next(class);
        if anew {
            self.lay_out(grid, entries);
        } else {
            grid.entries.grow_to(entries);
            self.runs.grow_to(entries);
        }
    }

    /// Lays all runs out anew, one behind the other, tile by tile, where too much was lost between them. Linear.
    fn lay_out(&mut self, grid: &mut Grid, entries: usize) {
        let mut fresh = Entries::default();
        fresh.grow_to(entries);
        let (old, mut runs) = (std::mem::replace(&mut grid.entries, fresh), Runs::of(entries));
        for bucket in grid.tiles.iter().flat_map(Tile::buckets) {
            let Some(run) = bucket.run() else { continue };
            let Some(first) = runs.take(run.class) else { continue };
            for slot in 0..run.len as u32 {
                self.move_entry(&old, run.first + slot, &grid.entries, first + slot);
            }
            bucket.set_run(Run { first, ..run });
        }
        self.runs = runs;
    }

    /// Moves a bucket's entries to a run of another class, if there is one. The caller is in the tile.
    fn move_run(&mut self, grid: &Grid, run: Run, class: u32) -> Option<Run> {
        let first = self.runs.take(class)?;
        for slot in 0..run.len as u32 {
            self.move_entry(&grid.entries, run.first + slot, &grid.entries, first + slot);
        }
        self.runs.give(run);
        Some(Run { first, class, ..run })
    }

    fn move_entry(&mut self, from: &Entries, old: u32, to: &Entries, new: u32) {
        let Some(unit) = from.copy(old as usize, to, new as usize) else { return };
        if let Some(known) = self.units.get_mut(unit.index()) {
            known.entry = new;
        }
    }

    /// Takes a unit's entry out; the last of its run takes its place. The caller is in the tile and keeps its count.
    fn take_out(&mut self, grid: &Grid, known: &Known) {
        let Some(bucket) = grid.tile(known.tile).and_then(|tile| tile.bucket(known.bucket)) else { return };
        let Some(mut run) = bucket.run() else { return };
        run.len -= 1;
        let last = run.first + run.len as u32;
        if known.entry != last {
            self.move_entry(&grid.entries, last, &grid.entries, known.entry);
        }
        if run.len == 0 {
            self.runs.give(run);
        } else if run.class >= SHRINK_CLASSES && run.len < room(run.class - SHRINK_CLASSES) {
            // To twice the room that is needed, so that the next few units find some.
            run = self.move_run(grid, run, run.class - SHRINK_CLASSES / 2).unwrap_or(run);
        }
        bucket.set_run(run);
    }

    /// Writes an entry at the end of the run of a bucket. There is a run of the class that this needs; the caller is in the tile
    /// and keeps its count.
    fn put(&mut self, grid: &Grid, (no, bucket_no): (u32, u32), (row, column): (u32, u32), at: LatLng, word: Word, stamp: Stamp) {
        let Some((tile, bucket)) = grid.tile(no).and_then(|tile| Some((tile, tile.bucket(bucket_no)?))) else { return };
        let run = match bucket.run() {
            None => self.runs.take(0).map(|first| Run { first, len: 0, class: 0 }),
            Some(run) if run.len == room(run.class) => self.move_run(grid, run, run.class + 1),
            run => run,
        };
        let Some(mut run) = run else { return };
        let entry = run.first + run.len as u32;
        grid.entries.set_word(entry as usize, word);
        if let Some(spot) = grid.entries.spot(entry as usize) {
            spot.write(at, stamp);
        }
        if let Some(known) = self.units.get_mut(stamp.unit().index()) {
            let shift = tile.bucket_shift();
            let corner = |n: u32| n >> shift << shift;
            *known = Known { word, tile: no, bucket: bucket_no, entry, row: corner(row), column: corner(column), shift };
        }
        run.len += 1;
        bucket.set_run(run);
    }

    /// Counts a unit into a tile.
    fn tally_in(&mut self, tile: &Tile, bucket: u32, word: Word) {
        self.empty_tiles -= usize::from(tile.count() == 0);
        tile.tally(bucket, word, 1);
    }

    /// Counts a unit out of a tile.
    fn tally_out(&mut self, tile: &Tile, bucket: u32, word: Word) {
        tile.tally(bucket, word, -1);
        self.empty_tiles += usize::from(tile.count() == 0);
    }

    /// Makes a tile; where too many are empty, makes the grid anew without those. Linear then, and rare.
    fn add_tile(&mut self, grid: &mut Grid, row: u32, column: u32) -> u32 {
        if self.empty_tiles > EMPTY_TILES_MAX + grid.tiles.len() / 2 {
            let entries = (0..grid.tiles.len() as u32).flat_map(|no| self.entries_of(grid, no)).collect::<Vec<_>>();
            *grid = Grid::default();
            self.runs = Runs::default();
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
        for run in tile.buckets().iter().filter_map(Bucket::run) {
            self.runs.give(run);
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
        if let Some(class) = class_needed(grid, no, row, column)
            && !self.runs.has(class)
        {
            self.grow(grid, class);
        }
        if let Some(tile) = grid.tile(no) {
            let bucket = tile.bucket_of(row, column);
            self.put(grid, (no, bucket), (row, column), at, word, stamp);
            self.tally_in(tile, bucket, word);
        }
    }

    fn entries_of(&self, grid: &Grid, no: u32) -> Vec<(LatLng, Word, Stamp)> {
        let buckets = grid.tile(no).into_iter().flat_map(Tile::buckets);
        let entries = buckets.filter_map(|bucket| bucket.entries(&grid.entries)).flat_map(Slice::iter);
        let entry = |(word, spot): (Word, &Spot)| {
            let (lat, lng) = spot.lat_lng();
            Some((LatLng::new(lat, lng).ok()?, word, spot.stamp()))
        };
        entries.filter_map(entry).collect()
    }
}
