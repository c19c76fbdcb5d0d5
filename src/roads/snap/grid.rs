//! Points as whole numbers, and the cells of a grid with the pieces of lines that cross them.

use crate::geodesy::{EARTH_RADIUS_M, LatLng};

/// 2^32ths of the circle to a degree.
const UNITS_A_DEGREE: f64 = 4_294_967_296.0 / 360.0;
/// Metres to a 2^32th of a great circle: 9 mm.
pub(in crate::roads) const METRES: f32 = (EARTH_RADIUS_M * std::f64::consts::TAU / 4_294_967_296.0) as f32;
/// The poles: half a circle.
const NORTH_MAX: u32 = 1 << 31;
/// The finest cells: 2^14 2^32ths of the circle, 153 m, the size of those of [`crate::geodesy::cells`] four levels up.
const SHIFT_MIN: u32 = 14;
/// So many cells may any network have.
const CELLS_FREE: u64 = 1 << 16;

/// A position in 2^32ths of the circle: eastward from the antimeridian, northward from the south pole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::roads) struct Point {
    pub(super) east: u32,
    pub(super) north: u32,
}

impl Point {
    pub(in crate::roads) fn new(at: LatLng) -> Self {
        // 360 degrees are 0 again.
        let east = ((at.lng_deg() + 180.0) * UNITS_A_DEGREE) as u64 as u32;
        Self { east, north: ((at.lat_deg() + 90.0) * UNITS_A_DEGREE) as u32 }
    }

    /// How far east and north of another it is, the short way round.
    pub(in crate::roads) const fn minus(self, other: Self) -> [i32; 2] {
        [self.east.wrapping_sub(other.east).cast_signed(), self.north.wrapping_sub(other.north).cast_signed()]
    }
}

/// What is searched: from a western border so far to the east, between two parallels.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reach {
    west: u32,
    width: u32,
    south: u32,
    north: u32,
}

impl Reach {
    /// So many metres around a point, where a unit to the east is `east_m` metres.
    pub(super) fn around(at: Point, reach_m: f32, east_m: f32) -> Self {
        // Conversions saturate.
        let (east, north) = (((reach_m / east_m) as u32 + 1).min((1 << 31) - 1), (reach_m / METRES) as u32 + 1);
        Self {
            west: at.east.wrapping_sub(east),
            width: 2 * east,
            south: at.north.saturating_sub(north),
            north: at.north.saturating_add(north).min(NORTH_MAX),
        }
    }

    /// Between two corners; eastward from the first to the second.
    pub(super) const fn between(south_west: Point, north_east: Point) -> Self {
        let width = north_east.east.wrapping_sub(south_west.east);
        Self { west: south_west.east, width, south: south_west.north, north: north_east.north }
    }
}

/// A grid over the box of a network: the pieces that cross each cell. Dense: its cells are no more than four times the
/// pieces, and coarser where that asks for it.
#[derive(Debug, Default)]
pub(super) struct Cells {
    shift: u32,
    west: u32,
    south: u32,
    columns: u32,
    rows: u32,
    /// Row by row: where a cell's pieces begin; one more than there are cells.
    offsets: Vec<u32>,
    pieces: Vec<u32>,
}

impl Cells {
    /// Of pieces from a point to a point. Linear in the pieces and the cells that they cross.
    pub(super) fn new(ends: &[(Point, Point)]) -> Self {
        if ends.is_empty() {
            return Self::default();
        }
        let points = || ends.iter().flat_map(|(start, end)| [*start, *end]);
        let (mut west, mut east) = (points().map(|p| p.east).min().unwrap_or(0), points().map(|p| p.east).max().unwrap_or(0));
        // A piece across the antimeridian: the box goes all around.
        if ends.iter().map(|ends| eastward(*ends)).any(|(start, end)| end.east < start.east) {
            (west, east) = (0, u32::MAX);
        }
        let (south, north) = (points().map(|p| p.north).min().unwrap_or(0), points().map(|p| p.north).max().unwrap_or(0));
        let size = |shift: u32| (u64::from((east >> shift) - (west >> shift) + 1), u64::from((north >> shift) - (south >> shift) + 1));
        let most = CELLS_FREE.max(4 * ends.len() as u64);
        let shift = (SHIFT_MIN..31).find(|shift| size(*shift).0 * size(*shift).1 <= most).unwrap_or(31);
        let (columns, rows) = size(shift);
        let mut cells = Self {
            shift,
            west: west >> shift,
            south: south >> shift,
            columns: columns as u32,
            rows: rows as u32,
            offsets: vec![0; (columns * rows) as usize + 1],
            pieces: Vec::new(),
        };
        cells.fill(ends);
        cells
    }

    fn fill(&mut self, ends: &[(Point, Point)]) {
        let mut offsets = std::mem::take(&mut self.offsets);
        for ends in ends {
            self.crossed(*ends, |cell| offsets.get_mut(cell).into_iter().for_each(|count| *count += 1));
        }
        let mut sum = 0;
        for slot in &mut offsets {
            sum += std::mem::replace(slot, sum);
        }
        let (mut free, mut pieces) = (offsets.clone(), vec![0; sum as usize]);
        for (ends, no) in ends.iter().zip(0..) {
            self.crossed(*ends, |cell| {
                let Some(at) = free.get_mut(cell) else { return };
                pieces.get_mut(*at as usize).into_iter().for_each(|slot| *slot = no);
                *at += 1;
            });
        }
        (self.offsets, self.pieces) = (offsets, pieces);
    }

    /// The cells that a piece crosses: column by column, the rows between where it enters and where it leaves.
    fn crossed(&self, ends: (Point, Point), mut visit: impl FnMut(usize)) {
        let (start, end) = eastward(ends);
        let width = end.east.wrapping_sub(start.east);
        let rise = f64::from(end.north) - f64::from(start.north);
        let in_first = start.east & ((1 << self.shift) - 1);
        for n in 0..=((u64::from(in_first) + u64::from(width)) >> self.shift) {
            // From here to there in this column, as shares of the piece.
            let share = |n: u64| match (n << self.shift).saturating_sub(in_first.into()) {
                _ if width == 0 => 1.0,
                units => (units as f64 / f64::from(width)).min(1.0),
            };
            let (enters, leaves) = (if n == 0 { 0.0 } else { share(n) }, share(n + 1));
            let north = |share: f64| f64::from(start.north) + share * rise;
            let (low, high) = (north(enters).min(north(leaves)) - 1.0, north(enters).max(north(leaves)) + 1.0);
            let column = ((start.east >> self.shift).wrapping_add(n as u32).wrapping_sub(self.west)) & self.column_mask();
            let (low, high) = ((low as u32 >> self.shift).max(self.south), (high as u32 >> self.shift).min(self.south + self.rows - 1));
            for row in low..=high {
                visit((row - self.south) as usize * self.columns as usize + column as usize);
            }
        }
    }

    const fn column_mask(&self) -> u32 {
        u32::MAX >> self.shift
    }

    /// Visits the pieces in the cells that a reach touches; one that crosses several of them several times.
    #[inline]
    pub(super) fn near(&self, reach: &Reach, mut visit: impl FnMut(u32)) {
        if self.rows == 0 {
            return;
        }
        let (shift, columns) = (self.shift, u64::from(self.columns));
        let (low, high) = ((reach.south >> shift).max(self.south), (reach.north >> shift).min(self.south + self.rows - 1));
        let around = u64::from(self.column_mask()) + 1;
        let first = u64::from((reach.west >> shift).wrapping_sub(self.west) & self.column_mask());
        let within = u64::from(reach.west & ((1 << shift) - 1)) + u64::from(reach.width);
        let end = first + ((within >> shift) + 1).min(around);
        // The second run is there when the reach goes over the meridian that the columns begin at.
        let runs = [(first.min(columns), end.min(columns)), (0, end.saturating_sub(around).min(columns))];
        for row in low..=high {
            let start = u64::from(row - self.south) * columns;
            for (from, to) in runs {
                let at = |column: u64| self.offsets.get((start + column) as usize).copied().unwrap_or(0) as usize;
                if from < to {
                    self.pieces.get(at(from)..at(to)).unwrap_or_default().iter().for_each(|no| visit(*no));
                }
            }
        }
    }
}

/// The ends of a piece, the western one first: the short way round.
const fn eastward((start, end): (Point, Point)) -> (Point, Point) {
    if end.minus(start)[0] < 0 { (end, start) } else { (start, end) }
}
