//! Numbers in square cells: which fences may be here, which units are.

use std::collections::HashMap;

use crate::{
    geodesy::{LatLng, cells},
    geography::Bounds,
};

/// Empty buckets that are kept before they are swept out.
const EMPTY_MAX: usize = 4_096;

/// A cell of a level.
pub(super) type Key = u64;

const fn key_of(column: u32, row: u32, shift: u32) -> Key {
    (shift as u64) << 48 | (column as u64) << 24 | row as u64
}

/// The cell of a position.
pub(super) fn key(at: LatLng, shift: u32) -> Key {
    key_of(cells::column(at) >> shift, cells::row(at) >> shift, shift)
}

/// The cells of a level that a box touches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cover {
    shift: u32,
    columns: [u32; 2],
    rows: [u32; 2],
}

impl Cover {
    /// The cells that a box touches once it is larger by `slack_deg` on each side. The antimeridian lies between the last
    /// column and the first: a box that reaches it holds both.
    pub(super) fn new(bounds: &Bounds, slack_deg: f64, shift: u32) -> Self {
        let number = |deg: f64, last: u32| ((deg / cells::CELL_DEG) as u32).min(last) >> shift;
        let (last_column, last_row) = ((1 << cells::BITS) - 1, (1 << (cells::BITS - 1)) - 1);
        // Rounding may put a position into the next cell.
        let slack_deg = slack_deg + 1e-9;
        let (west, east) = (bounds.west - slack_deg, bounds.east + slack_deg);
        let columns = if west <= -180.0 || east >= 180.0 {
            [0, last_column >> shift]
        } else {
            [number(west + 180.0, last_column), number(east + 180.0, last_column)]
        };
        Self {
            shift,
            columns,
            rows: [number(bounds.south - slack_deg + 90.0, last_row), number(bounds.north + slack_deg + 90.0, last_row)],
        }
    }

    /// The level.
    pub(super) const fn shift(&self) -> u32 {
        self.shift
    }

    /// How many columns or rows, whichever is more.
    pub(super) fn width(&self) -> u32 {
        let count = |[first, last]: [u32; 2]| last.saturating_sub(first) + 1;
        count(self.columns).max(count(self.rows))
    }

    /// Whether all cells of another cover of the level are in this one.
    pub(super) fn holds(&self, other: &Self) -> bool {
        let holds = |[a, b]: [u32; 2], [c, d]: [u32; 2]| a <= c && d <= b;
        self.shift == other.shift && holds(self.columns, other.columns) && holds(self.rows, other.rows)
    }

    /// The cells.
    pub(super) fn keys(self) -> impl Iterator<Item = Key> {
        let ([west, east], [south, north], shift) = (self.columns, self.rows, self.shift);
        (south..=north).flat_map(move |row| (west..=east).map(move |column| key_of(column, row, shift)))
    }
}

/// Numbers by cell.
#[derive(Debug, Default)]
pub(super) struct Buckets {
    map: HashMap<Key, Vec<u32>, foldhash::fast::FixedState>,
    items: usize,
}

impl Buckets {
    pub(super) fn get(&self, key: Key) -> &[u32] {
        self.map.get(&key).map_or(&[], Vec::as_slice)
    }

    pub(super) fn insert(&mut self, key: Key, item: u32) {
        self.map.entry(key).or_default().push(item);
        self.items += 1;
        if self.map.len() > EMPTY_MAX + 2 * self.items {
            self.map.retain(|_, bucket| !bucket.is_empty());
        }
    }

    pub(super) fn remove(&mut self, key: Key, item: u32) {
        if let Some(bucket) = self.map.get_mut(&key)
            && let Some(place) = bucket.iter().position(|other| *other == item)
        {
            bucket.swap_remove(place);
            self.items -= 1;
        }
    }

    pub(super) fn clear(&mut self) {
        self.map.clear();
        self.items = 0;
    }
}
