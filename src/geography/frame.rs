//! A cell's own coordinates: whole grains from its middle, so that a corner is one word.
//!
//! A grain is 1 / 32,768 of the finest cell, 2.6e-9 degrees or 0.3 mm. A corner is kept as the nearest whole numbers of
//! grains, so each of its coordinates errs by at most half a grain; a position is not rounded. With `A` and `B` the kept
//! ends of an edge as seen from the position and `e <= 1/2` the error of a coordinate, the determinant `A x B` differs from the
//! true one by at most `e (|A| + |B|) + 2 e²` (sums of absolute coordinates), and its rounding adds less than 1e-5 of that. So
//! where it exceeds [`Edge::doubt`] its sign is certain; where a coordinate that is compared differs by more than [`DOUBT`] so
//! is the comparison. Otherwise nobody here knows: the zone is asked.

use crate::geodesy::{LatLng, cells};

/// Grains to the width of a cell of the finest level: a power of two, so that the middle of a cell is a whole one.
const GRAINS_A_CELL: f64 = 32_768.0;
const GRAINS_A_DEGREE: f64 = GRAINS_A_CELL / cells::CELL_DEG;
/// A grain in degrees.
pub(super) const GRAIN_DEG: f64 = cells::CELL_DEG / GRAINS_A_CELL;
/// Two coordinates that differ by no more than this may be equal: half a grain, and what rounding of degrees takes.
pub(super) const DOUBT: f64 = 0.51;
/// Between two chains of corners.
const BREAK: u64 = (i32::MIN as u32 as u64) << 32 | i32::MIN as u32 as u64;

/// Where the middle of a cell is, degrees.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    pub(super) middle: [f64; 2],
}

/// Two halves of a word, as grains.
#[inline]
pub(super) const fn grains(word: u64) -> [f64; 2] {
    [(word as u32 as i32) as f64, ((word >> 32) as u32 as i32) as f64]
}

/// Two whole numbers as one word.
pub(super) const fn pack(low: i32, high: i32) -> u64 {
    (high as u32 as u64) << 32 | low as u32 as u64
}

/// The nearest whole number of grains; none beyond some five degrees.
fn whole(grains: f64) -> Option<i32> {
    let whole = grains.round();
    (whole.abs() < f64::from(i32::MAX)).then_some(whole as i32)
}

impl Frame {
    /// A position in grains, not rounded.
    #[inline]
    pub(super) fn place(&self, at: LatLng) -> [f64; 2] {
        [self.column(at.lng_deg()), self.row(at.lat_deg())]
    }

    #[inline]
    fn column(&self, lng_deg: f64) -> f64 {
        (lng_deg - self.middle[0]) * GRAINS_A_DEGREE
    }

    #[inline]
    fn row(&self, lat_deg: f64) -> f64 {
        (lat_deg - self.middle[1]) * GRAINS_A_DEGREE
    }

    /// A corner as a word; none when it is too far.
    pub(super) fn corner(&self, [x, y]: [f64; 2]) -> Option<u64> {
        Some(pack(whole(self.column(x))?, whole(self.row(y))?))
    }

    /// A latitude, to go with another number.
    pub(super) fn latitude(&self, lat_deg: f64) -> Option<i32> {
        whole(self.row(lat_deg))
    }

    /// Adds edges as chains of corners: one word a corner, and one between two chains. False when one is too far.
    pub(super) fn write(&self, edges: impl Iterator<Item = ([f64; 2], [f64; 2])>, words: &mut Vec<u64>) -> bool {
        let mut end = None;
        for (a, b) in edges {
            let (Some(start), Some(stop)) = (self.corner(a), self.corner(b)) else { return false };
            if end != Some(a) {
                words.extend(end.map(|_| BREAK));
                words.push(start);
            }
            words.push(stop);
            end = Some(b);
        }
        true
    }
}

/// An edge as seen from a position, grains.
#[derive(Debug, Clone, Copy)]
pub(super) struct Edge {
    pub(super) a: [f64; 2],
    pub(super) b: [f64; 2],
}

/// The edges of chains of corners, as seen from a position.
#[inline]
pub(super) fn edges(words: &[u64], [x, y]: [f64; 2]) -> impl Iterator<Item = Edge> {
    let mut before = None;
    words.iter().filter_map(move |word| {
        if *word == BREAK {
            before = None;
            return None;
        }
        let [bx, by] = grains(*word);
        let b = [bx - x, by - y];
        before.replace(b).map(|a| Edge { a, b })
    })
}

impl Edge {
    /// Twice the signed area of the edge and the position.
    #[inline]
    pub(super) fn determinant(&self) -> f64 {
        self.a[0] * self.b[1] - self.a[1] * self.b[0]
    }

    /// A determinant that is no larger than this may have either sign. See the [module](self).
    #[inline]
    pub(super) fn doubt(&self) -> f64 {
        let ([ax, ay], [bx, by]) = (self.a, self.b);
        DOUBT * (ax.abs() + ay.abs() + bx.abs() + by.abs()) + 1.0
    }

    /// What the edge adds to the winding number of the position; none in doubt.
    #[inline]
    pub(super) fn winding(&self) -> Option<i32> {
        let (ay, by) = (self.a[1], self.b[1]);
        if ay.abs() <= DOUBT || by.abs() <= DOUBT {
            return None;
        }
        if (ay < 0.0) == (by < 0.0) {
            return Some(0);
        }
        let determinant = self.determinant();
        if determinant.abs() <= self.doubt() {
            return None;
        }
        Some(if ay < 0.0 { i32::from(determinant > 0.0) } else { -i32::from(determinant < 0.0) })
    }

    /// How far the edge is at least, as half the width of a square around the position, grains.
    #[inline]
    pub(super) fn clear(&self) -> f64 {
        let ([ax, ay], [bx, by]) = (self.a, self.b);
        let beyond = ax.min(bx).max(-ax.max(bx)).max(ay.min(by)).max(-ay.max(by)) - DOUBT;
        let length = (bx - ax).abs() + (by - ay).abs() + 4.0 * DOUBT;
        beyond.max((self.determinant().abs() - self.doubt()) / length)
    }

    /// Whether the way from the position to another, as seen from the position, meets the edge; none in doubt.
    pub(super) fn meets(&self, [x, y]: [f64; 2]) -> Option<bool> {
        let ([ax, ay], [bx, by]) = (self.a, self.b);
        let is_near = ax.max(bx) >= x.min(0.0) - DOUBT
            && ax.min(bx) <= x.max(0.0) + DOUBT
            && ay.max(by) >= y.min(0.0) - DOUBT
            && ay.min(by) <= y.max(0.0) + DOUBT;
        if !is_near {
            return Some(false);
        }
        // On which side of the way an end lies: the way is not rounded, so only the end errs. 0 in doubt.
        let side = |[px, py]: [f64; 2]| {
            let side = x * py - y * px;
            let doubt = (x.abs() + y.abs()) * (DOUBT + 1e-9 * (px.abs() + py.abs() + 1.0));
            if side.abs() <= doubt { 0.0 } else { side.signum() }
        };
        // On which side of the edge an end of the way lies.
        let turn = |edge: Self| if edge.determinant().abs() <= edge.doubt() { 0.0 } else { edge.determinant().signum() };
        let sides = side(self.a) * side(self.b);
        let turns = turn(*self) * turn(Self { a: [ax - x, ay - y], b: [bx - x, by - y] });
        match (sides < 0.0, turns < 0.0) {
            (true, true) => Some(true),
            _ if sides > 0.0 || turns > 0.0 => Some(false),
            _ => None,
        }
    }
}
