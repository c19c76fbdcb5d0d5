//! Cuts the plan's lines where they cross: nodes, and the pieces between them.

use std::collections::BTreeMap;

use super::plan::Line;
use super::space::{P, crossing, dist, length, mix};

/// A stretch of one line between two nodes.
#[derive(Debug, Clone)]
pub(crate) struct Piece {
    pub line: usize,
    pub a: usize,
    pub b: usize,
    /// From node `a` to node `b`, both included.
    pub pts: Vec<P>,
}

/// Nodes and the pieces between them.
#[derive(Debug)]
pub(crate) struct Arrangement {
    pub nodes: Vec<P>,
    pub pieces: Vec<Piece>,
}

const GRID_KM: f64 = 0.3;

fn cells(a: P, b: P) -> impl Iterator<Item = (i64, i64)> {
    let index = |v: f64| (v / GRID_KM).floor() as i64;
    let (x0, x1) = (index(a[0].min(b[0])), index(a[0].max(b[0])));
    let (y0, y1) = (index(a[1].min(b[1])), index(a[1].max(b[1])));
    (x0..=x1).flat_map(move |x| (y0..=y1).map(move |y| (x, y)))
}

fn bits(p: P) -> [u64; 2] {
    [p[0].to_bits(), p[1].to_bits()]
}

impl Arrangement {
    /// Cuts all lines at their crossings and at points that two of them share.
    pub(crate) fn new(lines: &[Line]) -> Self {
        let mut nodes: Vec<P> = Vec::new();
        // Per line: (position along the line in segments, node).
        let mut cuts: Vec<Vec<(f64, usize)>> = vec![Vec::new(); lines.len()];

        // Points that two lines have in common, to the bit: gates.
        let mut shared: BTreeMap<[u64; 2], Vec<(usize, usize)>> = BTreeMap::new();
        for (l, line) in lines.iter().enumerate() {
            for (i, &p) in line.pts.iter().enumerate() {
                shared.entry(bits(p)).or_default().push((l, i));
            }
        }
        for users in shared.values().filter(|u| u.len() > 1) {
            nodes.push(lines[users[0].0].pts[users[0].1]);
            for &(l, i) in users {
                cuts[l].push((i as f64, nodes.len() - 1));
            }
        }

        let mut grid: BTreeMap<(i64, i64), Vec<(usize, usize)>> = BTreeMap::new();
        let end = |l: usize, i: usize| lines[l].pts[(i + 1) % lines[l].pts.len()];
        for (l, line) in lines.iter().enumerate() {
            let segments = line.pts.len() - usize::from(!line.closed);
            for i in 0..segments {
                let (a, b) = (line.pts[i], end(l, i));
                for cell in cells(a, b) {
                    for &(m, j) in grid.get(&cell).into_iter().flatten() {
                        if m == l {
                            continue;
                        }
                        let (c, d) = (lines[m].pts[j], end(m, j));
                        if [c, d].iter().any(|&q| bits(q) == bits(a) || bits(q) == bits(b)) {
                            continue;
                        }
                        let Some((t, u)) = crossing(a, b, c, d) else {
                            continue;
                        };
                        let p = mix(a, b, t);
                        // Two segments may meet in two cells; count the crossing in its own.
                        if cell != ((p[0] / GRID_KM).floor() as i64, (p[1] / GRID_KM).floor() as i64) {
                            continue;
                        }
                        nodes.push(p);
                        cuts[l].push((i as f64 + t, nodes.len() - 1));
                        cuts[m].push((j as f64 + u, nodes.len() - 1));
                    }
                }
                for cell in cells(a, b) {
                    grid.entry(cell).or_default().push((l, i));
                }
            }
        }

        let mut pieces = Vec::new();
        for (l, line) in lines.iter().enumerate() {
            let cut = &mut cuts[l];
            cut.sort_by(|a, b| a.0.total_cmp(&b.0));
            for pair in cut.windows(2) {
                pieces.push(piece(line, l, pair[0], pair[1], &nodes));
            }
            if let (true, Some(&first), Some(&last)) = (line.closed, cut.first(), cut.last()) {
                let wrapped = (first.0 + line.pts.len() as f64, first.1);
                pieces.push(piece(line, l, last, wrapped, &nodes));
            }
        }
        Self { nodes, pieces }
    }

    /// Takes away every piece that ends nowhere, until none is left.
    pub(crate) fn prune(&mut self) {
        loop {
            let mut degree = vec![0; self.nodes.len()];
            for p in &self.pieces {
                degree[p.a] += 1;
                degree[p.b] += 1;
            }
            let before = self.pieces.len();
            self.pieces.retain(|p| degree[p.a] > 1 && degree[p.b] > 1);
            if self.pieces.len() == before {
                return;
            }
        }
    }

    /// Joins the two ends of pieces shorter than `km`, where `may` allows the first node to move to the second.
    pub(crate) fn collapse(&mut self, km: f64, may: impl Fn(usize, &Self) -> bool) {
        while let Some((gone, kept, at)) = self.pieces.iter().enumerate().find_map(|(i, p)| {
            if length(&p.pts) >= km || p.a == p.b {
                return None;
            }
            if may(p.a, self) {
                Some((p.a, p.b, i))
            } else if may(p.b, self) {
                Some((p.b, p.a, i))
            } else {
                None
            }
        }) {
            self.pieces.remove(at);
            let to = self.nodes[kept];
            for p in &mut self.pieces {
                let last = p.pts.len() - 1;
                if p.a == gone {
                    p.a = kept;
                    p.pts[0] = to;
                }
                if p.b == gone {
                    p.b = kept;
                    p.pts[last] = to;
                }
            }
            self.pieces.retain(|p| p.a != p.b || length(&p.pts) > 1.0);
        }
    }
}

fn piece(line: &Line, l: usize, from: (f64, usize), to: (f64, usize), nodes: &[P]) -> Piece {
    let mut pts = vec![nodes[from.1]];
    let mut i = from.0.floor() as usize + 1;
    while (i as f64) < to.0 {
        let p = line.pts[i % line.pts.len()];
        // A shape point on top of a node says nothing.
        if dist(p, nodes[from.1]) > 0.004 && dist(p, nodes[to.1]) > 0.004 {
            pts.push(p);
        }
        i += 1;
    }
    pts.push(nodes[to.1]);
    Piece { line: l, a: from.1, b: to.1, pts }
}
