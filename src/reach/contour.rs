//! The rings around what is near, in a field of distances.
//!
//! Marching squares (W. Lorensen, H. Cline, "Marching cubes", SIGGRAPH 1987, in the plane): the border crosses the sides of cells between a
//! knot within and one without, where the distance, taken as linear between them, is the width. Two knots within that face each other across
//! a cell are kept apart. Every such side is crossed once and is left by one piece of border, so the pieces close to rings; none
//! touches another. What is within lies on their left: rings around something turn left, those around holes turn right.
//!
//! A corner is left out where its neighbours can be joined straight: all corners left out there lie within [`TOLERANCE`] of that line,
//! and no other corner lies in the triangle, so the line crosses nothing and the rings stay as they lie.

use super::field::Field;

/// How far a corner that is left out may lie from the line instead, cells.
const TOLERANCE: f64 = 0.25;
/// The most corners left out in a row.
const LEFT_OUT_MAX: usize = 16;

/// The side of a cell: from a knot eastwards, twice the knot's number; northwards, one more.
type Side = u32;
/// No side.
const NONE: Side = Side::MAX;
/// A side with a corner that is still there.
const CORNER: Side = Side::MAX - 1;

/// The rings of a field, in cells.
#[derive(Debug)]
pub(super) struct Contour<'a> {
    field: &'a Field,
    width: f32,
    /// By side: where the border goes on from there, then whether its corner is still there.
    next: Vec<Side>,
}

impl<'a> Contour<'a> {
    /// The border of what is nearer than `width` cells. The outermost knots must not be.
    pub(super) fn new(field: &'a Field, width: f32) -> Self {
        let mut contour = Self { field, width, next: vec![NONE; 2 * field.columns * field.rows] };
        for row in 1..field.rows {
            let (south, north) = (field.row(row - 1), field.row(row));
            for (column, (south, north)) in south.windows(2).zip(north.windows(2)).enumerate() {
                let within = |square: Option<&f32>| square.is_some_and(|square| *square < width * width);
                let [sw, se, nw, ne] = [south.first(), south.get(1), north.first(), north.get(1)].map(within);
                if sw == se && sw == nw && sw == ne {
                    continue;
                }
                let knot = (row - 1) * field.columns + column;
                let (s, w) = (2 * knot as Side, 2 * knot as Side + 1);
                let (e, n) = (w + 2, s + 2 * field.columns as Side);
                match (sw, se, ne, nw) {
                    (true, false, false, false) => contour.link(s, w),
                    (false, true, false, false) => contour.link(e, s),
                    (false, false, true, false) => contour.link(n, e),
                    (false, false, false, true) => contour.link(w, n),
                    (true, true, false, false) => contour.link(e, w),
                    (false, true, true, false) => contour.link(n, s),
                    (false, false, true, true) => contour.link(w, e),
                    (true, false, false, true) => contour.link(s, n),
                    (false, true, true, true) => contour.link(w, s),
                    (true, false, true, true) => contour.link(s, e),
                    (true, true, false, true) => contour.link(e, n),
                    (true, true, true, false) => contour.link(n, w),
                    (true, false, true, false) => {
                        contour.link(s, w);
                        contour.link(n, e);
                    }
                    (false, true, false, true) => {
                        contour.link(e, s);
                        contour.link(w, n);
                    }
                    (true, true, true, true) | (false, false, false, false) => {}
                }
            }
        }
        contour
    }

    fn link(&mut self, from: Side, to: Side) {
        if let Some(slot) = self.next.get_mut(from as usize) {
            *slot = to;
        }
    }

    /// The rings, simplified, each closed: the first corner is the last again. From south-west on.
    pub(super) fn rings(mut self) -> Vec<Vec<[f64; 2]>> {
        let mut rings: Vec<Vec<Side>> = Vec::new();
        for first in 0..self.next.len() as Side {
            let mut ring = Vec::new();
            let mut side = first;
            while let Some(next) = self.next.get_mut(side as usize).filter(|next| **next < CORNER) {
                ring.push(side);
                side = std::mem::replace(next, CORNER);
            }
            if !ring.is_empty() {
                rings.push(ring);
            }
        }
        let rings = rings.into_iter().map(|ring| self.simplify(&ring)).collect::<Vec<_>>();
        let close = |ring: Vec<Side>| {
            let first = ring.first().copied();
            ring.into_iter().chain(first).map(|side| self.corner(side)).collect()
        };
        rings.into_iter().map(close).collect()
    }

    /// Where the border crosses a side, a little away from its knots, so that no two corners meet.
    fn corner(&self, side: Side) -> [f64; 2] {
        let knot = side as usize / 2;
        let (column, row) = (knot % self.field.columns, knot / self.field.columns);
        let is_north = !side.is_multiple_of(2);
        let (other_column, other_row) = if is_north { (column, row + 1) } else { (column + 1, row) };
        let (here, there) = (self.field.at(column, row), self.field.at(other_column, other_row));
        let share = f64::from((self.width - here) / (there - here));
        let share = if share.is_finite() { share.clamp(0.02, 0.98) } else { 0.5 };
        let (x, y) = (column as f64, row as f64);
        if is_north { [x, y + share] } else { [x + share, y] }
    }

    /// The corners that stay.
    fn simplify(&mut self, ring: &[Side]) -> Vec<Side> {
        let mut kept: Vec<Side> = Vec::with_capacity(ring.len() / 4);
        let mut left_out: Vec<[f64; 2]> = Vec::new();
        let mut there = ring.len();
        for (n, side) in ring.iter().enumerate() {
            let corner = self.corner(*side);
            let next = ring.get(n + 1).or_else(|| ring.first()).copied().unwrap_or(*side);
            if let Some(last) = kept.last().copied().filter(|_| there > 4 && left_out.len() < LEFT_OUT_MAX) {
                let (from, to) = (self.corner(last), self.corner(next));
                left_out.push(corner);
                if left_out.iter().all(|corner| distance(*corner, from, to) <= TOLERANCE) && self.is_clear([last, *side, next]) {
                    if let Some(slot) = self.next.get_mut(*side as usize) {
                        *slot = NONE;
                    }
                    there -= 1;
                    continue;
                }
            }
            left_out.clear();
            kept.push(*side);
        }
        kept
    }

    /// Whether no other corner lies in the triangle of three.
    fn is_clear(&self, sides: [Side; 3]) -> bool {
        let [a, b, c] = sides.map(|side| self.corner(side));
        // The cells that the triangle may touch. No corner is left of the grid or below it.
        let cells = |a: f64, b: f64, c: f64| a.min(b).min(c) as usize..=a.max(b).max(c) as usize;
        let turn = |p: [f64; 2], q: [f64; 2], r: [f64; 2]| (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0]);
        for row in cells(a[1], b[1], c[1]) {
            for column in cells(a[0], b[0], c[0]) {
                let knot = 2 * (row * self.field.columns + column) as Side;
                for side in [knot, knot + 1] {
                    if sides.contains(&side) || self.next.get(side as usize) != Some(&CORNER) {
                        continue;
                    }
                    let p = self.corner(side);
                    let turns = [turn(a, b, p), turn(b, c, p), turn(c, a, p)];
                    if turns.iter().all(|turn| *turn >= 0.0) || turns.iter().all(|turn| *turn <= 0.0) {
                        return false;
                    }
                }
            }
        }
        true
    }
}

/// The distance of a point from a straight line between two.
fn distance(p: [f64; 2], a: [f64; 2], b: [f64; 2]) -> f64 {
    let [dx, dy] = [b[0] - a[0], b[1] - a[1]];
    let [px, py] = [p[0] - a[0], p[1] - a[1]];
    let square = dx * dx + dy * dy;
    let along = if square > 0.0 { ((px * dx + py * dy) / square).clamp(0.0, 1.0) } else { 0.0 };
    (px - dx * along).hypot(py - dy * along)
}
