//! Reading while the writer writes: look, and look again whether it still holds.

use std::{cell::Cell, cmp::Reverse};

use parking_lot::RwLockReadGuard;

use super::{
    Index,
    candidate::Candidate,
    grid::{Grid, TileBox},
    tile::Tile,
};

/// What was read was being written, or was written since: read again. [`Index::read`] does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Torn(());

impl Torn {
    pub(super) const NOW: Self = Self(());
}

/// Looks in vain, one after the other, before a reader waits for its turn.
const LOOKS_MAX: usize = 3;
/// How often a reader looks whether the writer has left a tile, which takes it some 20 ns, before it gives up the look.
const SPINS_MAX: usize = 200;

thread_local! {
    /// What a thread's last look left: its buffers are used again.
    static SCRATCH: Cell<Scratch> = const { Cell::new(Scratch { seen: Vec::new(), candidates: Vec::new(), tiles: Vec::new() }) };
}

/// Buffers of a look.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    /// The tiles that were looked at and their versions.
    seen: Vec<(u32, u32)>,
    pub(super) candidates: Vec<Candidate>,
    pub(super) tiles: Vec<Reverse<(u64, u32)>>,
}

/// The index at one moment, for several questions about the same truth.
#[derive(Debug)]
pub struct View<'a> {
    pub(super) grid: &'a Grid,
    pub(super) len: usize,
    /// The writer waits outside: versions do not matter.
    is_alone: bool,
    pub(super) scratch: Scratch,
}

impl Index {
    /// Asks questions about one moment: what `questions` gives was all true at once. It may be called again when the writer
    /// was at work in the same tiles; after a few vain looks the writer waits.
    ///
    /// Cost: 40 ns around the questions, and 2 ns a tile. Never waits for the writer but for its current
    /// [turn](super::Turn), and that only after the vain looks.
    pub fn read<T>(&self, mut questions: impl FnMut(&mut View<'_>) -> Result<T, Torn>) -> T {
        let mut scratch = SCRATCH.take();
        for _ in 0..LOOKS_MAX {
            scratch.seen.clear();
            let grid = self.grid.read();
            let mut view = View { grid: &grid, len: self.len(), is_alone: false, scratch };
            let result = questions(&mut view);
            scratch = view.scratch;
            if let Ok(answer) = result
                && is_still(&grid, &scratch.seen)
            {
                SCRATCH.set(scratch);
                return answer;
            }
        }
        loop {
            // The grid after the turn: the writer may hold the turn and wait for the grid.
            let turn = self.turn.lock();
            let grid: RwLockReadGuard<'_, Grid> = self.grid.read();
            let mut view = View { grid: &grid, len: self.len(), is_alone: true, scratch };
            let answer = questions(&mut view);
            scratch = view.scratch;
            drop((grid, turn));
            // Nobody writes: nothing is torn.
            if let Ok(answer) = answer {
                SCRATCH.set(scratch);
                return answer;
            }
        }
    }
}

fn is_still(grid: &Grid, seen: &[(u32, u32)]) -> bool {
    seen.iter().all(|(no, version)| grid.tile(*no).is_some_and(|tile| tile.is_still(*version)))
}

impl<'a> View<'a> {
    /// A tile to look at; whatever is read from it counts only if its version is still the same at the end.
    pub(super) fn open(&mut self, no: u32) -> Result<&'a Tile, Torn> {
        let tile = self.grid.tile(no).ok_or(Torn::NOW)?;
        if self.is_alone {
            return Ok(tile);
        }
        for _ in 0..SPINS_MAX {
            if let Some(version) = tile.version() {
                self.scratch.seen.push((no, version));
                return Ok(tile);
            }
            std::hint::spin_loop();
        }
        Err(Torn::NOW)
    }

    /// The tiles in a box, opened one after the other. Those without units are opened, too: that they have none must hold.
    pub(super) fn tiles_in(&mut self, tiles: &TileBox, mut visit: impl FnMut(u32, &'a Tile)) -> Result<(), Torn> {
        let mut result = Ok(());
        let grid = self.grid;
        grid.tiles_in(tiles, |no| {
            if result.is_ok() {
                match self.open(no) {
                    Ok(tile) => visit(no, tile),
                    Err(torn) => result = Err(torn),
                }
            }
        });
        result
    }
}
