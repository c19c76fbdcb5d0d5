//! How far every knot of a grid is from the nearest of some lines.

use crate::geodesy::{EARTH_RADIUS_M, LatLng, wrap_lng_deg};

/// A plane around a position: metres east and north. Over a city it is true to some thousandths.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plane {
    middle: LatLng,
    east_m: f64,
    north_m: f64,
}

impl Plane {
    pub(super) fn new(middle: LatLng) -> Self {
        let north_m = EARTH_RADIUS_M.to_radians();
        Self { middle, east_m: north_m * middle.lat_deg().to_radians().cos().max(1e-6), north_m }
    }

    pub(super) fn of(&self, at: LatLng) -> [f64; 2] {
        let (dx, dy) = (wrap_lng_deg(at.lng_deg() - self.middle.lng_deg()), at.lat_deg() - self.middle.lat_deg());
        [dx * self.east_m, dy * self.north_m]
    }

    /// Longitude and latitude in degrees. Where a plane crosses the antimeridian the longitude goes on beyond 180.
    pub(super) fn degrees(&self, [x, y]: [f64; 2]) -> geo::Coord<f64> {
        geo::Coord { x: self.middle.lng_deg() + x / self.east_m, y: self.middle.lat_deg() + y / self.north_m }
    }
}

/// A grid of knots, each with its distance to the nearest line, in cells.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) columns: usize,
    pub(super) rows: usize,
    /// By row, then by column; squared; what is farther than was drawn is infinite.
    squares: Vec<f32>,
}

impl Field {
    pub(super) fn new(columns: usize, rows: usize) -> Self {
        Self { columns, rows, squares: vec![f32::INFINITY; columns * rows] }
    }

    /// The distance of a knot, cells.
    pub(super) fn at(&self, column: usize, row: usize) -> f32 {
        self.squares.get(row * self.columns + column).copied().unwrap_or(f32::INFINITY).sqrt()
    }

    /// The squared distances of a row of knots.
    pub(super) fn row(&self, row: usize) -> &[f32] {
        self.squares.get(row * self.columns..(row + 1) * self.columns).unwrap_or_default()
    }

    /// Draws a straight line from `a` to `b`, in cells, for the knots within `reach` of it. Linear in those.
    pub(super) fn draw(&mut self, a: [f64; 2], b: [f64; 2], reach: f64) {
        let [dx, dy] = [b[0] - a[0], b[1] - a[1]];
        let length_squared = dx * dx + dy * dy;
        let knots = |low: f64, high: f64, count: usize| low.ceil().max(0.0) as usize..((high.floor() + 1.0).max(0.0) as usize).min(count);
        for row in knots(a[1].min(b[1]) - reach, a[1].max(b[1]) + reach, self.rows) {
            // The part of the line that is near enough to the row.
            let y = row as f64;
            let share = |at: f64| if dy == 0.0 { 0.0 } else { ((at - a[1]) / dy).clamp(0.0, 1.0) };
            let (first, last) = if dy == 0.0 { (0.0, 1.0) } else { (share(y - reach), share(y + reach)) };
            let (x, other_x) = (a[0] + dx * first, a[0] + dx * last);
            let Some(squares) = self.squares.get_mut(row * self.columns..(row + 1) * self.columns) else { continue };
            for column in knots(x.min(other_x) - reach, x.max(other_x) + reach, self.columns) {
                let [px, py] = [column as f64 - a[0], y - a[1]];
                let along = if length_squared > 0.0 { ((px * dx + py * dy) / length_squared).clamp(0.0, 1.0) } else { 0.0 };
                let [ex, ey] = [px - dx * along, py - dy * along];
                if let Some(square) = squares.get_mut(column) {
                    *square = square.min((ex * ex + ey * ey) as f32);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_reaches_as_far_as_it_is_drawn() {
        for (a, b) in [([3.2, 4.1], [9.7, 6.3]), ([9.7, 6.3], [3.2, 14.1]), ([5.0, 5.0], [5.0, 5.0]), ([2.0, 8.0], [12.0, 8.0])] {
            let mut field = Field::new(16, 20);
            field.draw(a, b, 3.0);
            for row in 0..20 {
                for column in 0..16 {
                    let p = geo::Point::new(column as f64, row as f64);
                    let line = geo::Line::new(geo::Coord { x: a[0], y: a[1] }, geo::Coord { x: b[0], y: b[1] });
                    let distance = geo::Distance::distance(&geo::Euclidean, &p, &line);
                    let drawn = f64::from(field.at(column, row));
                    assert!(
                        (drawn - distance).abs() < 1e-5 || (drawn >= 3.0 && distance > 3.0),
                        "{a:?} {b:?} {column} {row}: {drawn} {distance}"
                    );
                }
            }
        }
    }
}
