//! The river: a centre line from the west side of the box to the east side, always going east.

use super::dice::Dice;
use super::space::{P, add, dist, left, mix, norm, scale, sub, to_segment, unit};

/// Between the water's edge and the middle of the riverside road.
const QUAY_KM: f64 = 0.045;

/// The water and its distance.
#[derive(Debug)]
pub(crate) struct River {
    /// Centre line, west to east, one point each 60 m or so; x strictly rises.
    pub centre: Vec<P>,
    half_width_km: Vec<f64>,
}

impl River {
    /// The course is fixed; the seed bends it a little.
    pub(crate) fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed, "river");
        // Outside the ring it runs away from the centre, so that no highway needs to cross it.
        let knots: Vec<P> = [
            [-24.0, 1.3],
            [-21.0, 1.1],
            [-17.0, 1.0],
            [-13.5, 0.5],
            [-10.2, 0.4],
            [-7.2, 1.1],
            [-4.6, -0.3],
            [-2.4, -1.9],
            [0.0, -3.0],
            [2.6, -3.4],
            [5.4, -4.4],
            [8.0, -4.5],
            [10.4, -5.0],
            [13.5, -6.4],
            [17.0, -7.6],
            [21.0, -9.4],
            [24.0, -10.4],
        ]
        .into_iter()
        .map(|p| add(p, [0.0, dice.between(-0.14, 0.14)]))
        .collect();
        let mut centre = Vec::new();
        for w in knots.windows(4) {
            // Catmull-Rom.
            let steps = (dist(w[1], w[2]) / 0.06).ceil() as usize;
            for step in 0..steps {
                let t = step as f64 / steps as f64;
                let axis = |n: usize| {
                    let [a, b, c, d] = [w[0][n], w[1][n], w[2][n], w[3][n]];
                    0.5 * (2.0 * b + (c - a) * t + (2.0 * a - 5.0 * b + 4.0 * c - d) * t * t + (3.0 * b - a - 3.0 * c + d) * t * t * t)
                };
                centre.push([axis(0), axis(1)]);
            }
        }
        let phase = dice.between(0.0, 6.0);
        let half_width_km = centre.iter().map(|p| 0.19 + 0.04 * (0.45 * p[0] + phase).sin()).collect();
        Self { centre, half_width_km }
    }

    fn nearest(&self, p: P) -> usize {
        // x rises along the line: only the part within reach in x can be nearest.
        let at = self.centre.partition_point(|c| c[0] < p[0]);
        let (mut best, mut best_km) = (at.min(self.centre.len() - 2), f64::MAX);
        for step in 0..self.centre.len() {
            let mut any = false;
            for i in [at.checked_sub(step + 1), (at + step < self.centre.len() - 1).then_some(at + step)] {
                let Some(i) = i.filter(|&i| i + 1 < self.centre.len()) else {
                    continue;
                };
                let gap = (self.centre[i][0] - p[0]).max(p[0] - self.centre[i + 1][0]).max(0.0);
                if gap >= best_km {
                    continue;
                }
                any = true;
                let km = to_segment(p, self.centre[i], self.centre[i + 1]);
                if km < best_km {
                    (best, best_km) = (i, km);
                }
            }
            if !any {
                break;
            }
        }
        best
    }

    /// Signed distance to the centre line in kilometres: north of it positive.
    pub(crate) fn off(&self, p: P) -> f64 {
        let i = self.nearest(p);
        let (a, b) = (self.centre[i], self.centre[i + 1]);
        let side = (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0]);
        to_segment(p, a, b).copysign(side)
    }

    /// Half the width from riverside road to riverside road near `p`, in kilometres.
    pub(crate) fn half_corridor(&self, p: P) -> f64 {
        self.half_width_km[self.nearest(p)] + QUAY_KM
    }

    /// Inside the riverside roads, or within `margin` km of them.
    pub(crate) fn wet(&self, p: P, margin: f64) -> bool {
        self.off(p).abs() < self.half_corridor(p) + margin
    }

    /// The river's direction near `p`.
    pub(crate) fn heading(&self, p: P) -> P {
        let i = self.nearest(p);
        unit(sub(self.centre[i + 1], self.centre[i]))
    }

    /// The line at the water's edge plus `beyond` km; `side` 1 north, -1 south.
    fn offset(&self, side: f64, beyond: f64) -> Vec<P> {
        let last = self.centre.len() - 1;
        let mut line: Vec<P> = Vec::new();
        for (i, &c) in self.centre.iter().enumerate() {
            let d = sub(self.centre[(i + 1).min(last)], self.centre[i.saturating_sub(1)]);
            let p = add(c, scale(left(unit(d)), side * (self.half_width_km[i] + beyond)));
            // Inside a sharp bend the offset may run back; those points go.
            if line.last().is_none_or(|q| p[0] > q[0] + 0.01) {
                line.push(p);
            }
        }
        line
    }

    /// Middle of the riverside road; `side` 1 north, -1 south.
    pub(crate) fn quay(&self, side: f64) -> Vec<P> {
        self.offset(side, QUAY_KM)
    }

    /// The water as a polygon, counter-clockwise, cut at `x` = ±`half_width`.
    pub(crate) fn water(&self, half_width: f64) -> Vec<P> {
        let cut = |line: Vec<P>| -> Vec<P> {
            let mut out: Vec<P> = Vec::new();
            for w in line.windows(2) {
                for x in [-half_width, half_width] {
                    if (w[0][0] < x) != (w[1][0] < x) {
                        out.push(mix(w[0], w[1], (x - w[0][0]) / (w[1][0] - w[0][0])));
                    }
                }
                if w[1][0] > -half_width && w[1][0] < half_width {
                    out.push(w[1]);
                }
            }
            out.sort_by(|a, b| a[0].total_cmp(&b[0]));
            super::space::simplify(&out, 0.002)
        };
        let mut polygon = cut(self.offset(-1.0, 0.0));
        polygon.extend(cut(self.offset(1.0, 0.0)).into_iter().rev());
        polygon
    }

    /// Length of the centre line between two of its points, for spacing bridges.
    pub(crate) fn chainage(&self, p: P) -> f64 {
        let i = self.nearest(p);
        self.centre[..=i].windows(2).map(|w| norm(sub(w[1], w[0]))).sum::<f64>() + dist(self.centre[i], p)
    }
}
