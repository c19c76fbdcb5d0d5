//! Where a cell of the cache lies: its number on its level and its box in degrees.

use geo::Rect;

use super::frame::Frame;
use crate::geodesy::{LatLng, cells};

/// The shift of the coarsest cells: 5.6 degrees.
pub(super) const ROOT_SHIFT: u32 = 16;
/// The shift of the finest: 19 metres.
pub(super) const FINEST_SHIFT: u32 = 1;
/// A cell is cut into 8 by 8.
pub(super) const FAN_BITS: u32 = 3;
/// Columns of the coarsest cells.
pub(super) const ROOT_COLUMNS: u32 = 1 << (cells::BITS - ROOT_SHIFT);
/// How many of the coarsest cells there are.
pub(super) const ROOTS: usize = (ROOT_COLUMNS * ROOT_COLUMNS / 2) as usize;

/// What is said of a cell holds a tenth of a millimetre beyond its borders, too: the number of a position may err by a
/// rounding of a sum, which is ten thousand times less.
const MARGIN_DEG: f64 = 1e-9;

/// A box of longitudes and latitudes in degrees, its border included. No border of a zone runs through one that
/// [`super::Geography::look`] gives.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounds {
    /// The western border.
    pub west: f64,
    /// The southern border.
    pub south: f64,
    /// The eastern border.
    pub east: f64,
    /// The northern border.
    pub north: f64,
}

impl Bounds {
    /// A box that holds no position.
    pub const NOWHERE: Self = Self { west: 1.0, south: 1.0, east: -1.0, north: -1.0 };

    /// Whether a position is in the box. Four comparisons.
    #[must_use]
    pub fn holds(&self, at: LatLng) -> bool {
        let (x, y) = (at.lng_deg(), at.lat_deg());
        self.west <= x && x <= self.east && self.south <= y && y <= self.north
    }

    /// Whether another box lies wholly in this one.
    pub(super) fn surrounds(&self, other: &Self) -> bool {
        self.west <= other.west && other.east <= self.east && self.south <= other.south && other.north <= self.north
    }

    /// The box of the way between two positions.
    #[must_use]
    pub fn of_way(from: LatLng, to: LatLng) -> Self {
        Self {
            west: from.lng_deg().min(to.lng_deg()),
            south: from.lat_deg().min(to.lat_deg()),
            east: from.lng_deg().max(to.lng_deg()),
            north: from.lat_deg().max(to.lat_deg()),
        }
    }

    /// The smallest box that holds this one and another; of one that holds nothing, the other.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        if *self == Self::NOWHERE {
            return *other;
        }
        if *other == Self::NOWHERE {
            return *self;
        }
        Self {
            west: self.west.min(other.west),
            south: self.south.min(other.south),
            east: self.east.max(other.east),
            north: self.north.max(other.north),
        }
    }

    /// What of the box is within `half_deg` of a position in both axes.
    pub(super) fn around(&self, at: LatLng, half_deg: f64) -> Self {
        let (x, y) = (at.lng_deg(), at.lat_deg());
        Self {
            west: self.west.max(x - half_deg),
            south: self.south.max(y - half_deg),
            east: self.east.min(x + half_deg),
            north: self.north.min(y + half_deg),
        }
    }
}

impl From<Rect<f64>> for Bounds {
    fn from(rect: Rect<f64>) -> Self {
        Self { west: rect.min().x, south: rect.min().y, east: rect.max().x, north: rect.max().y }
    }
}

/// A cell: column and row of the finest level within it, and how much coarser it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Address {
    column: u32,
    row: u32,
    pub(super) shift: u32,
}

impl Address {
    /// The coarsest cell that holds a position; none at the last 0.1 mm before the antimeridian, which has two names.
    pub(super) fn root(at: LatLng) -> Option<Self> {
        (at.lng_deg() < 180.0 - MARGIN_DEG).then(|| Self { column: cells::column(at), row: cells::row(at), shift: ROOT_SHIFT })
    }

    /// The place of a coarsest cell in a table of all.
    pub(super) const fn root_index(self) -> usize {
        ((self.row >> ROOT_SHIFT) * ROOT_COLUMNS + (self.column >> ROOT_SHIFT)) as usize
    }

    /// The cell's part that holds the same position, and its place in the table of parts.
    pub(super) const fn part(self) -> (Self, usize) {
        let shift = self.shift - FAN_BITS;
        let mask = (1 << FAN_BITS) - 1;
        let index = ((self.row >> shift) & mask) << FAN_BITS | (self.column >> shift) & mask;
        (Self { shift, ..self }, index as usize)
    }

    /// Where its middle is.
    pub(super) fn frame(self) -> Frame {
        let (half, size) = (1 << self.shift >> 1, self.shift);
        let middle = |number: u32| (number >> size << size) + half;
        Frame { middle: [cells::west_deg(middle(self.column), 0), cells::south_deg(middle(self.row), 0)] }
    }

    /// The cell's box, a little larger than the truth.
    pub(super) fn bounds(self) -> Bounds {
        let (column, row, shift) = (self.column >> self.shift, self.row >> self.shift, self.shift);
        Bounds {
            west: cells::west_deg(column, shift) - MARGIN_DEG,
            south: cells::south_deg(row, shift) - MARGIN_DEG,
            east: cells::west_deg(column + 1, shift) + MARGIN_DEG,
            north: cells::south_deg(row + 1, shift) + MARGIN_DEG,
        }
    }
}

/// Columns and rows of the finest level that a box touches, both ends included.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    columns: [u32; 2],
    rows: [u32; 2],
}

impl Span {
    pub(super) fn of(bounds: &Bounds) -> Self {
        // A cast of a negative number gives 0.
        let number = |deg: f64, last: u32| ((deg / cells::CELL_DEG) as u32).min(last);
        let (last_column, last_row) = ((1 << cells::BITS) - 1, (1 << (cells::BITS - 1)) - 1);
        let margin = 2.0 * MARGIN_DEG;
        Self {
            columns: [number(bounds.west + 180.0 - margin, last_column), number(bounds.east + 180.0 + margin, last_column)],
            rows: [number(bounds.south + 90.0 - margin, last_row), number(bounds.north + 90.0 + margin, last_row)],
        }
    }

    /// The cells of a level within `of` (everywhere when none) that the box touches.
    pub(super) fn cells(self, shift: u32, of: Option<Address>) -> impl Iterator<Item = Address> {
        let clip = |[first, last]: [u32; 2], inside: Option<u32>| match (of, inside) {
            (Some(of), Some(number)) => {
                let start = number >> of.shift << of.shift;
                [first.max(start) >> shift, last.min(start + ((1 << of.shift) - 1)) >> shift]
            }
            _ => [first >> shift, last >> shift],
        };
        let ([west, east], [south, north]) = (clip(self.columns, of.map(|of| of.column)), clip(self.rows, of.map(|of| of.row)));
        (south..=north).flat_map(move |row| (west..=east).map(move |column| Address { column: column << shift, row: row << shift, shift }))
    }
}

impl Address {
    /// The place of the cell in its parent's table of parts.
    pub(super) const fn index_in_parent(self) -> usize {
        let mask = (1 << FAN_BITS) - 1;
        (((self.row >> self.shift) & mask) << FAN_BITS | (self.column >> self.shift) & mask) as usize
    }
}
