//! What of a closed line matters within a cell.
//!
//! # The sum
//! A position is in a ring when its winding number is not zero: the sum over the edges `a -> b` that meet the ray from
//! the position eastward, counted +1 upward (`a.y <= y < b.y`) and -1 downward (`b.y <= y < a.y`). Of the edges, seen from
//! any position of one cell:
//! - one that lies west of the cell, or above or below it, adds nothing;
//! - one that lies east of it, or has the whole cell on its western side, adds `H(y - a.y) - H(y - b.y)`, where `H` is 1
//!   from 0 on: a **step** up at the latitude of `a` and one down at that of `b`. Along a chain of such edges the steps
//!   cancel, so only those of its ends remain; those south of the cell are a constant;
//! - one that may cross the cell is kept and tested: its side by the sign of a determinant, certain by Shewchuk's bound
//!   (Adaptive Precision Floating-Point Arithmetic and Fast Robust Geometric Predicates, 1997) unless it is all but zero.
//!
//! Where the sign is in doubt, and so wherever a position is on the line, there is no answer and the zone itself is
//! asked. Otherwise the sum has the same terms as the full one, in integers: the answer is the same, not nearly the same.

use super::{
    bounds::Bounds,
    frame::{self, DOUBT, Frame, grains, pack},
};

/// A determinant of two products is certain in sign when it is larger than this times the sum of their sizes.
const CERTAIN: f64 = (3.0 + 16.0 * HALF_ULP) * HALF_ULP;
const HALF_ULP: f64 = f64::EPSILON * 0.5;

/// An edge from one corner to the next, degrees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Edge {
    pub(super) a: [f64; 2],
    pub(super) b: [f64; 2],
}

/// How much the winding number grows from a latitude on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Step {
    from_deg: f64,
    by: i32,
}

/// How an edge lies to a cell.
enum Side {
    /// It never meets the ray.
    Apart,
    /// It meets the ray whenever the latitude is in its range.
    East,
    /// It must be tested.
    Across,
}

impl Step {
    /// The step as a word of a cell; none when it is too far.
    pub(super) fn word(self, frame: &Frame) -> Option<u64> {
        Some(pack(frame.latitude(self.from_deg)?, self.by))
    }
}

impl Edge {
    /// Twice the signed area of the edge and a position; none when its sign is in doubt.
    fn determinant(&self, [x, y]: [f64; 2]) -> Option<f64> {
        let left = (self.a[0] - x) * (self.b[1] - y);
        let right = (self.a[1] - y) * (self.b[0] - x);
        let determinant = left - right;
        (determinant.abs() > CERTAIN * (left.abs() + right.abs())).then_some(determinant)
    }

    fn side(&self, cell: &Bounds) -> Side {
        let ([ax, ay], [bx, by]) = (self.a, self.b);
        if ay.max(by) < cell.south || ay.min(by) > cell.north || ax.max(bx) < cell.west {
            return Side::Apart;
        }
        if ax.min(bx) > cell.east {
            return Side::East;
        }
        let corners = [[cell.west, cell.south], [cell.east, cell.south], [cell.west, cell.north], [cell.east, cell.north]];
        let is_left = corners.iter().all(|corner| self.determinant(*corner).is_some_and(|d| d > 0.0));
        let is_right = corners.iter().all(|corner| self.determinant(*corner).is_some_and(|d| d < 0.0));
        match (is_left, is_right, by > ay) {
            (true, _, true) | (_, true, false) => Side::East,
            (true, _, false) | (_, true, true) => Side::Apart,
            (false, false, _) => Side::Across,
        }
    }
}

/// Where the winding number of a ring starts within a cell; its steps and edges are kept by the cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ring {
    base: i32,
    /// A hole: what is within is out.
    is_hole: bool,
}

impl Ring {
    /// A ring of which nothing is known yet.
    pub(super) const fn new(is_hole: bool) -> Self {
        Self { base: 0, is_hole }
    }

    pub(super) const fn is_hole(self) -> bool {
        self.is_hole
    }

    /// Whether the winding number fits a byte.
    pub(super) const fn base_fits(self) -> bool {
        self.base as i8 as i32 == self.base
    }

    pub(super) const fn base_byte(self) -> u64 {
        self.base as i8 as u8 as u64
    }

    pub(super) const fn from_byte(byte: u64, is_hole: bool) -> Self {
        Self { base: byte as u8 as i8 as i32, is_hole }
    }

    /// What of the ring matters within a cell: edges and steps are added to what is kept. Linear in those given.
    pub(super) fn cut(
        mut self,
        cell: &Bounds,
        given: impl Iterator<Item = Edge>,
        given_steps: &[Step],
        edges: &mut Vec<Edge>,
        steps: &mut Vec<Step>,
    ) -> Self {
        let first = steps.len();
        let mut step = |from_deg: f64, by: i32| {
            if from_deg <= cell.south {
                self.base += by;
            } else if from_deg <= cell.north {
                steps.push(Step { from_deg, by });
            }
        };
        given_steps.iter().for_each(|given| step(given.from_deg, given.by));
        for edge in given {
            match edge.side(cell) {
                Side::Apart => {}
                Side::East => {
                    step(edge.a[1], 1);
                    step(edge.b[1], -1);
                }
                Side::Across => edges.push(edge),
            }
        }
        // Steps of one latitude become one; those that cancel go.
        let mut kept: Vec<Step> = steps.split_off(first);
        kept.sort_unstable_by(|a, b| a.from_deg.total_cmp(&b.from_deg));
        for step in kept {
            match steps.get_mut(first..).and_then(<[Step]>::last_mut) {
                Some(last) if last.from_deg == step.from_deg => last.by += step.by,
                _ => steps.push(step),
            }
            if steps.len() > first && steps.last().is_some_and(|last| last.by == 0) {
                steps.pop();
            }
        }
        self
    }

    /// Whether a whole cell is within, where no edge crosses it.
    pub(super) const fn holds_cell(self) -> bool {
        (self.base != 0) != self.is_hole
    }

    /// Whether a position of the cell, in its coordinates, is within; none where it may be on the border. With `CLEAR`,
    /// also half the width of a square around it through which no edge runs, grains.
    #[inline]
    pub(super) fn holds<const CLEAR: bool>(self, place: [f64; 2], corners: &[u64], steps: &[u64]) -> Option<(bool, f64)> {
        let (mut winding, mut clear) = (self.base, f64::INFINITY);
        for step in steps {
            let above = place[1] - grains(*step)[0];
            if above.abs() <= DOUBT {
                return None;
            }
            winding += if above > 0.0 { (*step >> 32) as u32 as i32 } else { 0 };
        }
        for edge in frame::edges(corners, place) {
            winding += edge.winding()?;
            if CLEAR {
                clear = clear.min(edge.clear());
            }
        }
        Some(((winding != 0) != self.is_hole, clear))
    }
}
