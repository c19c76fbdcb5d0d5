//! The road network: junctions and the edges between them.

use super::dice::Dice;
use super::mesh::Class;
use super::plan::Plan;
use super::space::{P, length, lon_lat, simplify, sub, unit};
use super::town::Town;

/// Shape points that say less than this are dropped, in kilometres.
const SHAPE_KM: f64 = 0.0015;

/// A stretch of road between two junctions.
#[derive(Debug, Clone)]
pub(crate) struct Edge {
    pub a: usize,
    pub b: usize,
    /// From `a` to `b`.
    pub pts: Vec<P>,
    pub class: Class,
    pub road: usize,
    pub bridge: bool,
    /// Only from `a` to `b`.
    pub one_way: bool,
}

/// Junctions and edges.
#[derive(Debug, Default)]
pub(crate) struct Net {
    pub nodes: Vec<P>,
    pub edges: Vec<Edge>,
}

impl Net {
    /// The town's streets, every point of the map still a node; the same numbers as in `town.streets`.
    pub(crate) fn of_town(town: &Town) -> Self {
        let mesh = &town.streets;
        let mut net = Self { nodes: mesh.points.clone(), edges: Vec::new() };
        for (e, way) in mesh.ways.iter().enumerate() {
            if way.class != Class::Border {
                let (a, b) = (mesh.origin(2 * e), mesh.origin(2 * e + 1));
                net.push(a, b, vec![], way.class, way.road);
                if let Some(last) = net.edges.last_mut() {
                    last.bridge = way.bridge;
                }
            }
        }
        for spur in &town.spurs {
            net.nodes.push(spur.to);
            net.push(spur.vertex, net.nodes.len() - 1, vec![], Class::Street, spur.road);
        }
        net
    }

    /// A two-way edge through `via`.
    pub(crate) fn push(&mut self, a: usize, b: usize, via: Vec<P>, class: Class, road: usize) {
        let mut pts = vec![self.nodes[a]];
        pts.extend(via);
        pts.push(self.nodes[b]);
        self.edges.push(Edge { a, b, pts, class, road, bridge: false, one_way: false });
    }

    fn incident(&self) -> Vec<Vec<usize>> {
        let mut at = vec![Vec::new(); self.nodes.len()];
        for (e, edge) in self.edges.iter().enumerate() {
            at[edge.a].push(e);
            at[edge.b].push(e);
        }
        at
    }

    /// Makes shape points of the nodes where only one road passes.
    pub(crate) fn contract(&mut self) {
        let mut at = self.incident();
        let mut gone = vec![false; self.edges.len()];
        for node in 0..self.nodes.len() {
            let [e, f] = at[node][..] else { continue };
            let (x, y) = (&self.edges[e], &self.edges[f]);
            let far = |edge: &Edge| if edge.a == node { edge.b } else { edge.a };
            let (from, to) = (far(x), far(y));
            let alike = x.class == y.class && x.bridge == y.bridge && (x.road == y.road || x.class == Class::Street);
            if e == f || from == to || from == node || to == node || !alike || x.one_way || y.one_way {
                continue;
            }
            let mut pts = x.pts.clone();
            if x.b != node {
                pts.reverse();
            }
            pts.pop();
            let mut rest = y.pts.clone();
            if y.a != node {
                rest.reverse();
            }
            let road = if length(&x.pts) >= length(&y.pts) { x.road } else { y.road };
            pts.extend(rest);
            self.edges[e] = Edge { a: from, b: to, pts, road, ..self.edges[e].clone() };
            gone[f] = true;
            at[node].clear();
            if let Some(slot) = at[to].iter_mut().find(|g| **g == f) {
                *slot = e;
            }
        }
        let mut keep = gone.iter().map(|g| !g);
        self.edges.retain(|_| keep.next().unwrap_or(true));
    }

    /// Takes out some streets between two crossings, so that not every way goes through.
    pub(crate) fn gaps(&mut self, share: f64, dice: &mut Dice) {
        let mut degree = vec![0; self.nodes.len()];
        for e in &self.edges {
            degree[e.a] += 1;
            degree[e.b] += 1;
        }
        self.edges.retain(|e| {
            let lost = e.class == Class::Street && degree[e.a] > 2 && degree[e.b] > 2 && dice.chance(share);
            if lost {
                degree[e.a] -= 1;
                degree[e.b] -= 1;
            }
            !lost
        });
    }

    /// Keeps the largest connected part and numbers the junctions anew, neighbours close together.
    pub(crate) fn tidy(&mut self) {
        let at = self.incident();
        let mut part = vec![usize::MAX; self.nodes.len()];
        let mut sizes = Vec::new();
        for start in 0..self.nodes.len() {
            if part[start] != usize::MAX || at[start].is_empty() {
                continue;
            }
            let (mut open, mut size) = (vec![start], 0_usize);
            part[start] = sizes.len();
            while let Some(n) = open.pop() {
                size += 1;
                for &e in &at[n] {
                    for m in [self.edges[e].a, self.edges[e].b] {
                        if part[m] == usize::MAX {
                            part[m] = sizes.len();
                            open.push(m);
                        }
                    }
                }
            }
            sizes.push(size);
        }
        let main = (0..sizes.len()).max_by_key(|&i| sizes[i]).unwrap_or(0);
        let mut order: Vec<usize> = (0..self.nodes.len()).filter(|&n| part[n] == main).collect();
        order.sort_by_key(|&n| (morton(self.nodes[n]), n));
        let mut new = vec![usize::MAX; self.nodes.len()];
        for (i, &n) in order.iter().enumerate() {
            new[n] = i;
        }
        self.nodes = order.iter().map(|&n| self.nodes[n]).collect();
        self.edges.retain(|e| new[e.a] != usize::MAX);
        for e in &mut self.edges {
            (e.a, e.b) = (new[e.a], new[e.b]);
            // Zones end on the ring: its line stays theirs to the bit.
            if e.class != Class::Ring {
                e.pts = simplify(&e.pts, SHAPE_KM);
            }
        }
        self.edges.sort_by_key(|e| (e.a.min(e.b), e.a.max(e.b), e.a, (length(&e.pts) * 1e6) as u64));
    }

    /// The node at exactly this place.
    pub(crate) fn node_at(&self, p: P) -> Option<usize> {
        (0..self.nodes.len()).find(|&n| self.nodes[n] == p)
    }

    /// Edges that meet at each node.
    pub(crate) fn edges_at(&self) -> Vec<Vec<usize>> {
        self.incident()
    }
}

impl Edge {
    pub(crate) fn turn_round(&mut self) {
        (self.a, self.b) = (self.b, self.a);
        self.pts.reverse();
    }

    /// Direction of the edge when it leaves this node.
    pub(crate) fn heading_from(&self, node: usize) -> P {
        let n = self.pts.len();
        if self.a == node { unit(sub(self.pts[1], self.pts[0])) } else { unit(sub(self.pts[n - 2], self.pts[n - 1])) }
    }
}

/// Z-order of the place, so that junctions that are near have near numbers.
fn morton(p: P) -> u64 {
    let [lon, lat] = lon_lat(p);
    let spread = |v: f64| {
        let v = ((v * 1000.0) as u64) & 0xffff;
        (0..16).fold(0_u64, |out, bit| out | ((v >> bit) & 1) << (2 * bit))
    };
    spread(lon - 108.0) | spread(lat - 22.0) << 1
}

/// Everything together: town, outskirts, gaps, one-way streets.
pub(crate) fn build(seed: u64, plan: &Plan, town: &mut Town) -> Option<Net> {
    let mut dice = Dice::new(seed, "network");
    let mut net = Net::of_town(town);
    net.contract();
    net.gaps(0.07, &mut dice);
    super::outskirts::add(seed, plan, &mut net, &mut town.roads)?;
    net.contract();
    net.tidy();
    net.one_ways(&town.roads, &mut dice);
    Some(net)
}
