//! A planar map of half-edges: blocks can be cut in two and every neighbour knows at once.

use super::arrangement::Arrangement;
use super::space::{P, area, sub};

/// What runs along an edge, best road first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Class {
    Ring,
    Arterial,
    Secondary,
    Street,
    Highway,
    /// No road: only zones end there.
    Border,
}

/// What an edge carries.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Way {
    pub class: Class,
    /// Index of the road that it is a part of.
    pub road: usize,
    pub bridge: bool,
}

#[derive(Debug, Clone, Copy)]
struct Half {
    origin: usize,
    next: usize,
    prev: usize,
    face: usize,
}

/// The map. Half-edges `2e` and `2e + 1` are the two sides of edge `e`; a face lies to the left.
#[derive(Debug, Clone)]
pub(crate) struct Mesh {
    pub points: Vec<P>,
    halves: Vec<Half>,
    /// One for each edge.
    pub ways: Vec<Way>,
    /// A half-edge of each face.
    faces: Vec<usize>,
}

impl Mesh {
    /// From the pieces of an arrangement; `way` says what each carries.
    pub(crate) fn new(arrangement: &Arrangement, way: impl Fn(usize) -> Way) -> Self {
        let mut mesh = Self { points: arrangement.nodes.clone(), halves: vec![], ways: vec![], faces: vec![] };
        let mut outgoing: Vec<Vec<usize>> = vec![Vec::new(); mesh.points.len()];
        for (n, piece) in arrangement.pieces.iter().enumerate() {
            let mut from = piece.a;
            for (i, &p) in piece.pts.iter().enumerate().skip(1) {
                let to = if i + 1 == piece.pts.len() {
                    piece.b
                } else {
                    mesh.points.push(p);
                    outgoing.push(Vec::new());
                    mesh.points.len() - 1
                };
                let h = mesh.halves.len();
                for origin in [from, to] {
                    mesh.halves.push(Half { origin, next: 0, prev: 0, face: usize::MAX });
                }
                mesh.ways.push(way(n));
                outgoing[from].push(h);
                outgoing[to].push(h + 1);
                from = to;
            }
        }
        for around in &mut outgoing {
            let angle = |h: usize| {
                let d = sub(mesh.points[mesh.halves[h ^ 1].origin], mesh.points[mesh.halves[h].origin]);
                d[1].atan2(d[0])
            };
            around.sort_by(|&a, &b| angle(a).total_cmp(&angle(b)));
            for i in 0..around.len() {
                // Arriving along the twin, the next edge with the face on its left is the one clockwise.
                let (h, before) = (around[i], around[(i + around.len() - 1) % around.len()]);
                mesh.halves[h ^ 1].next = before;
                mesh.halves[before].prev = h ^ 1;
            }
        }
        for h in 0..mesh.halves.len() {
            if mesh.halves[h].face == usize::MAX {
                let face = mesh.faces.len();
                mesh.faces.push(h);
                mesh.relabel(h, face);
            }
        }
        mesh
    }

    fn relabel(&mut self, start: usize, face: usize) {
        let mut h = start;
        loop {
            self.halves[h].face = face;
            h = self.halves[h].next;
            if h == start {
                return;
            }
        }
    }

    pub(crate) fn face_count(&self) -> usize {
        self.faces.len()
    }
    pub(crate) fn origin(&self, h: usize) -> usize {
        self.halves[h].origin
    }
    pub(crate) fn next(&self, h: usize) -> usize {
        self.halves[h].next
    }
    pub(crate) fn prev(&self, h: usize) -> usize {
        self.halves[h].prev
    }
    pub(crate) fn face(&self, h: usize) -> usize {
        self.halves[h].face
    }
    pub(crate) fn point(&self, h: usize) -> P {
        self.points[self.halves[h].origin]
    }

    /// The half-edges around a face.
    pub(crate) fn cycle(&self, face: usize) -> Vec<usize> {
        let mut out = vec![self.faces[face]];
        loop {
            let next = self.halves[out[out.len() - 1]].next;
            if next == out[0] {
                return out;
            }
            out.push(next);
        }
    }

    /// The corners and shape points of a face.
    pub(crate) fn polygon(&self, face: usize) -> Vec<P> {
        self.cycle(face).into_iter().map(|h| self.point(h)).collect()
    }

    /// In square kilometres; the face outside everything is negative.
    pub(crate) fn area(&self, face: usize) -> f64 {
        area(&self.polygon(face))
    }

    /// The half-edges that leave the origin of `h`, `h` first.
    pub(crate) fn around(&self, h: usize) -> Vec<usize> {
        let mut out = vec![h];
        loop {
            let next = self.halves[out[out.len() - 1]].prev ^ 1;
            if next == h {
                return out;
            }
            out.push(next);
        }
    }

    /// A new point on the edge of `h`; `h` then ends there.
    pub(crate) fn split_edge(&mut self, h: usize, at: P) -> usize {
        let m = self.points.len();
        self.points.push(at);
        let (n, t) = (self.halves.len(), h ^ 1);
        let b = self.halves[t].origin;
        let (after, before) = (self.halves[h].next, self.halves[t].prev);
        self.halves.push(Half { origin: m, next: after, prev: h, face: self.halves[h].face });
        self.halves.push(Half { origin: b, next: t, prev: before, face: self.halves[t].face });
        self.ways.push(self.ways[h / 2]);
        self.halves[h].next = n;
        self.halves[after].prev = n;
        self.halves[t].origin = m;
        self.halves[t].prev = n + 1;
        self.halves[before].next = n + 1;
        n
    }

    /// Cuts a face from the origin of `ha` to the origin of `hb` (both half-edges of that face),
    /// through `via`. Gives the new face; the old one keeps the side of `hb`.
    pub(crate) fn split_face(&mut self, ha: usize, hb: usize, via: &[P], way: Way) -> usize {
        let old = self.halves[ha].face;
        let (va, vb) = (self.halves[ha].origin, self.halves[hb].origin);
        let (pa, pb) = (self.halves[ha].prev, self.halves[hb].prev);
        let first = self.halves.len();
        let mut from = va;
        for i in 0..=via.len() {
            let to = if i == via.len() {
                vb
            } else {
                self.points.push(via[i]);
                self.points.len() - 1
            };
            let h = self.halves.len();
            self.halves.push(Half { origin: from, next: h + 2, prev: h.wrapping_sub(2), face: old });
            self.halves.push(Half { origin: to, next: h.wrapping_sub(1), prev: h + 3, face: old });
            self.ways.push(way);
            from = to;
        }
        let last = self.halves.len() - 2;
        let link = |mesh: &mut Self, a: usize, b: usize| {
            mesh.halves[a].next = b;
            mesh.halves[b].prev = a;
        };
        link(self, pa, first);
        link(self, last, hb);
        link(self, pb, last + 1);
        link(self, first + 1, ha);
        let new = self.faces.len();
        self.faces.push(ha);
        self.faces[old] = hb;
        self.relabel(ha, new);
        new
    }
}
