//! From a place on Earth to its tile: pages of 32 x 32 tiles, of which only those with units exist.

use std::collections::HashMap;

use super::{
    entry::Entries,
    metric::ROUNDING_DEG,
    tile::{TILE_COLUMNS, TILE_DEG, TILE_SHIFT, Tile},
};
use crate::geodesy::cells;

/// Tiles on a side of a page.
const PAGE_SIDE: u32 = 32;
const PAGE_BITS: u32 = PAGE_SIDE.ilog2();
/// So few tiles are looked up one by one.
const FEW_TILES: u64 = 4;
/// Rows of tiles from pole to pole.
const TILE_ROWS: u32 = TILE_COLUMNS / 2;

/// A square of tiles, 80 km wide at the equator.
#[derive(Debug)]
struct Page {
    /// Its row and column among the pages.
    row: u32,
    column: u32,
    /// Which tiles there are: a bit each, a word a row.
    there: [u32; PAGE_SIDE as usize],
    /// The number of each tile that is there, row by row.
    tiles: Box<[u32; (PAGE_SIDE * PAGE_SIDE) as usize]>,
}

/// A box on the sphere in whole tiles: rows, and one or two stretches of columns, all with both ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TileBox {
    pub(super) rows: (u32, u32),
    pub(super) columns: [Option<(u32, u32)>; 2],
}

impl TileBox {
    /// The tiles that hold everything from `south` to `north` and from `west` eastward to `east`, degrees; `west` may be
    /// below -180 and `east` above 180.
    pub(super) fn new(south: f64, north: f64, west: f64, east: f64) -> Self {
        // Rounding may put what stands on the border of two tiles into either.
        let (south, north, west, east) = (south - ROUNDING_DEG, north + ROUNDING_DEG, west - ROUNDING_DEG, east + ROUNDING_DEG);
        let row = |lat: f64| (((lat + 90.0) / TILE_DEG).floor().max(0.0) as u32).min(TILE_ROWS - 1);
        let column = |lng: f64| ((lng + 180.0) / TILE_DEG).floor() as i64;
        let (first, last) = (column(west), column(east));
        let around = i64::from(TILE_COLUMNS);
        let columns = if last - first >= around - 1 {
            [Some((0, TILE_COLUMNS - 1)), None]
        } else {
            let (first, last) = (first.rem_euclid(around) as u32, last.rem_euclid(around) as u32);
            if first <= last { [Some((first, last)), None] } else { [Some((0, last)), Some((first, TILE_COLUMNS - 1))] }
        };
        Self { rows: (row(south), row(north)), columns }
    }
}

/// Pages, tiles and entries. Tiles and entries change under their versions; that there are more or others of them is for
/// whoever holds the grid alone.
#[derive(Debug, Default)]
pub(super) struct Grid {
    by_place: HashMap<u32, u32, foldhash::fast::FixedState>,
    pages: Vec<Page>,
    pub(super) tiles: Vec<Tile>,
    pub(super) entries: Entries,
}

const fn page_key(row: u32, column: u32) -> u32 {
    row << 16 | column
}

impl Grid {
    pub(super) fn tile(&self, no: u32) -> Option<&Tile> {
        self.tiles.get(no as usize)
    }

    /// The number of the tile of a finest row and column.
    pub(super) fn tile_at(&self, row: u32, column: u32) -> Option<u32> {
        self.tile_of(row >> TILE_SHIFT, column >> TILE_SHIFT)
    }

    fn tile_of(&self, row: u32, column: u32) -> Option<u32> {
        let page = self.by_place.get(&page_key(row >> PAGE_BITS, column >> PAGE_BITS))?;
        self.pages.get(*page as usize)?.tile(row % PAGE_SIDE, column % PAGE_SIDE)
    }

    /// Makes the tile of a finest row and column, which is not there yet, and gives its number.
    pub(super) fn add_tile(&mut self, row: u32, column: u32) -> u32 {
        let (row, column) = (row >> TILE_SHIFT, column >> TILE_SHIFT);
        let (page_row, page_column) = (row >> PAGE_BITS, column >> PAGE_BITS);
        let page = *self.by_place.entry(page_key(page_row, page_column)).or_insert(self.pages.len() as u32);
        if page as usize == self.pages.len() {
            let (there, tiles) = ([0; PAGE_SIDE as usize], Box::new([0; (PAGE_SIDE * PAGE_SIDE) as usize]));
            self.pages.push(Page { row: page_row, column: page_column, there, tiles });
        }
        let no = self.tiles.len() as u32;
        self.tiles.push(Tile::new(row, column));
        if let Some(page) = self.pages.get_mut(page as usize) {
            page.add(row % PAGE_SIDE, column % PAGE_SIDE, no);
        }
        no
    }

    /// Visits the numbers of all tiles in a box. Linear in the rows of the pages there, or in all pages where those are
    /// fewer.
    pub(super) fn tiles_in(&self, tiles: &TileBox, mut visit: impl FnMut(u32)) {
        let (south, north) = (tiles.rows.0 >> PAGE_BITS, tiles.rows.1 >> PAGE_BITS);
        for columns in tiles.columns.into_iter().flatten() {
            let (west, east) = (columns.0 >> PAGE_BITS, columns.1 >> PAGE_BITS);
            let tiles_wanted = u64::from(tiles.rows.1 - tiles.rows.0 + 1) * u64::from(columns.1 - columns.0 + 1);
            if tiles_wanted <= FEW_TILES {
                for row in tiles.rows.0..=tiles.rows.1 {
                    (columns.0..=columns.1).filter_map(|column| self.tile_of(row, column)).for_each(&mut visit);
                }
                continue;
            }
            let pages = (u64::from(north - south) + 1) * (u64::from(east - west) + 1);
            if pages > self.pages.len() as u64 {
                for page in &self.pages {
                    page.tiles_in(tiles.rows, columns, &mut visit);
                }
                continue;
            }
            for row in south..=north {
                for column in west..=east {
                    if let Some(page) = self.by_place.get(&page_key(row, column)).and_then(|no| self.pages.get(*no as usize)) {
                        page.tiles_in(tiles.rows, columns, &mut visit);
                    }
                }
            }
        }
    }
}

impl Page {
    fn tile(&self, row: u32, column: u32) -> Option<u32> {
        let there = self.there.get(row as usize)? >> column & 1;
        if there == 1 { self.tiles.get((row * PAGE_SIDE + column) as usize).copied() } else { None }
    }

    fn add(&mut self, row: u32, column: u32, no: u32) {
        if let (Some(there), Some(tile)) = (self.there.get_mut(row as usize), self.tiles.get_mut((row * PAGE_SIDE + column) as usize)) {
            *there |= 1 << column;
            *tile = no;
        }
    }

    fn tiles_in(&self, rows: (u32, u32), columns: (u32, u32), visit: &mut impl FnMut(u32)) {
        // What of the box lies in the page, in rows and columns of the page.
        let part = |(first, last): (u32, u32), page: u32| {
            let start = page * PAGE_SIDE;
            let (first, last) = (first.max(start), last.min(start + PAGE_SIDE - 1));
            (first <= last).then(|| (first - start, last - start))
        };
        let (Some(rows), Some(columns)) = (part(rows, self.row), part(columns, self.column)) else { return };
        let wanted = (u32::MAX >> (PAGE_SIDE - 1 - columns.1)) & (u32::MAX << columns.0);
        for row in rows.0..=rows.1 {
            let mut there = self.there.get(row as usize).map_or(0, |there| there & wanted);
            while there != 0 {
                if let Some(no) = self.tiles.get((row * PAGE_SIDE + there.trailing_zeros()) as usize) {
                    visit(*no);
                }
                there &= there - 1;
            }
        }
    }
}

/// The finest row and column of a position.
pub(super) fn place_of(at: crate::geodesy::LatLng) -> (u32, u32) {
    (cells::row(at), cells::column(at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geodesy::LatLng;

    #[test]
    fn a_box_finds_its_tiles_across_pages_and_the_antimeridian() {
        let mut grid = Grid::default();
        let places = [(0.01, 179.99), (0.01, -179.99), (0.9, -179.5), (22.8, 108.3), (-89.9, 0.0), (89.99, 179.0)];
        for (lat, lng) in places {
            let (row, column) = place_of(LatLng::new(lat, lng).unwrap());
            assert_eq!(grid.tile_at(row, column), None);
            let no = grid.add_tile(row, column);
            assert_eq!(grid.tile_at(row, column), Some(no));
        }
        let found = |south, north, west, east| {
            let mut found = Vec::new();
            grid.tiles_in(&TileBox::new(south, north, west, east), |no| found.push(no));
            found.sort_unstable();
            found
        };
        assert_eq!(found(0.0, 1.0, 179.0, 181.0), [0, 1, 2]);
        assert_eq!(found(0.0, 0.02, -180.02, -179.98), [0, 1]);
        assert_eq!(found(22.79, 22.81, 108.29, 108.31), [3]);
        assert_eq!(found(-90.0, 90.0, -500.0, 500.0), [0, 1, 2, 3, 4, 5]);
        assert_eq!(found(10.0, 11.0, 10.0, 11.0), [0; 0]);
    }
}
