//! Square cells of longitude and latitude: where a position lies, by one multiplication an axis.
//!
//! The circle of 360 degrees is cut into 2^22 columns of 8.6e-5 degrees (9.5 m at the equator), the half circle of
//! latitude into 2^21 rows of the same angle. A cell of a coarser level is the same numbers shifted right, so a cell lies
//! wholly in one cell of each coarser level; columns wrap at the antimeridian by a mask. Borders are exact binary fractions;
//! the number of a position may err by a rounding of the sum: whoever stands within 2^-23 of a cell, a micrometre and a
//! half on the ground, from a border may be counted beyond it.

use super::LatLng;

/// Columns around the Earth are `1 << BITS`, rows from pole to pole half as many.
pub const BITS: u32 = 22;
/// The width and the height of a cell of the finest level, degrees: exact in binary.
pub const CELL_DEG: f64 = 360.0 / (1_u32 << BITS) as f64;

const CELLS_A_DEGREE: f64 = (1_u32 << BITS) as f64 / 360.0;
const COLUMN_MASK: u32 = (1 << BITS) - 1;
const ROW_MAX: u32 = (1 << (BITS - 1)) - 1;

/// From a number of cells, 0 to 2^22, to the cell's number, rounded down: added to 2^30, the sum has the whole cells above its
/// last 22 bits. A third of the instructions of a conversion.
const WHOLE: f64 = (1_u64 << 30) as f64;

fn whole(cells: f64) -> u32 {
    ((cells + WHOLE).to_bits() >> 22) as u32 & ((1 << 23) - 1)
}

/// The column of a position, 0 to 2^22 - 1 eastward from the antimeridian. About 1 ns.
#[must_use]
pub fn column(at: LatLng) -> u32 {
    whole((at.lng_deg() + 180.0) * CELLS_A_DEGREE) & COLUMN_MASK
}

/// The row of a position, 0 to 2^21 - 1 northward from the south pole. About 1 ns.
#[must_use]
pub fn row(at: LatLng) -> u32 {
    whole((at.lat_deg() + 90.0) * CELLS_A_DEGREE).min(ROW_MAX)
}

/// The longitude of the western border of a column of the level that is `shift` coarser than the finest.
#[must_use]
pub fn west_deg(column: u32, shift: u32) -> f64 {
    f64::from(column << shift) * CELL_DEG - 180.0
}

/// The latitude of the southern border of a row of the level that is `shift` coarser than the finest.
#[must_use]
pub fn south_deg(row: u32, shift: u32) -> f64 {
    f64::from(row << shift) * CELL_DEG - 90.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_lie_within_their_cells() {
        let at = |lat, lng| LatLng::new(lat, lng).unwrap();
        for position in [at(22.8, 108.3), at(-33.1, -70.9), at(0.0, 0.0), at(89.99, 179.99), at(-90.0, -180.0)] {
            for shift in [0, 4, 8] {
                let (column, row) = (column(position) >> shift, row(position) >> shift);
                assert!((west_deg(column, shift)..west_deg(column + 1, shift)).contains(&position.lng_deg()));
                assert!((south_deg(row, shift)..south_deg(row + 1, shift)).contains(&position.lat_deg()));
            }
        }
        assert_eq!(column(at(0.0, 180.0)), column(at(0.0, -180.0)));
        assert_eq!((row(at(90.0, 0.0)), row(at(-90.0, 0.0))), (ROW_MAX, 0));
    }
}
