//! Square cells of longitude and latitude: where a position lies, by one multiplication an axis.
//!
//! The circle of 360 degrees is cut into 2^22 columns of 8.6e-5 degrees (9.5 m at the equator), the half circle of
//! latitude into 2^21 rows of the same angle. A cell of a coarser level is the same numbers shifted right, so a cell lies
//! wholly in one cell of each coarser level; columns wrap at the antimeridian by a mask. Borders are exact binary fractions;
//! the number of a position may err by a rounding of the sum, which is less than a micrometre on the ground.

use super::LatLng;

/// Columns around the Earth are `1 << BITS`, rows from pole to pole half as many.
pub const BITS: u32 = 22;
/// The width and the height of a cell of the finest level, degrees: exact in binary.
pub const CELL_DEG: f64 = 360.0 / (1_u32 << BITS) as f64;

const CELLS_A_DEGREE: f64 = (1_u32 << BITS) as f64 / 360.0;
const COLUMN_MASK: u32 = (1 << BITS) - 1;
const ROW_MAX: u32 = (1 << (BITS - 1)) - 1;

/// The column of a position, 0 to 2^22 - 1 eastward from the antimeridian. About 1 ns.
#[must_use]
pub fn column(at: LatLng) -> u32 {
    ((at.lng_deg() + 180.0) * CELLS_A_DEGREE) as u32 & COLUMN_MASK
}

/// The row of a position, 0 to 2^21 - 1 northward from the south pole. About 1 ns.
#[must_use]
pub fn row(at: LatLng) -> u32 {
    (((at.lat_deg() + 90.0) * CELLS_A_DEGREE) as u32).min(ROW_MAX)
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
