//! The road network: junctions and the edges between them.

use std::collections::BTreeMap;

use super::blocks::{Road, Site};
use super::dice::Dice;
use super::mesh::Class;
use super::plan::{Plan, reach};
use super::space::{P, add, dist, dot, length, lon_lat, scale, simplify, sub, unit};
use super::town::Town;

/// Shape points that say less than this are dropped, in kilometres.
const SHAPE_KM: f64 = 0.0015;
/// Share of streets and secondary roads that are one-way.
const ONE_WAY: f64 = 0.115;

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
        let mut net = Self {
            nodes: mesh.points.clone(),
            edges: Vec::new(),
        };
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
            net.push(
                spur.vertex,
                net.nodes.len() - 1,
                vec![],
                Class::Street,
                spur.road,
            );
        }
        net
    }

    /// A two-way edge through `via`.
    pub(crate) fn push(&mut self, a: usize, b: usize, via: Vec<P>, class: Class, road: usize) {
        let mut pts = vec![self.nodes[a]];
        pts.extend(via);
        pts.push(self.nodes[b]);
        self.edges.push(Edge {
            a,
            b,
            pts,
            class,
            road,
            bridge: false,
            one_way: false,
        });
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
            let alike = x.class == y.class
                && x.bridge == y.bridge
                && (x.road == y.road || x.class == Class::Street);
            if e == f
                || from == to
                || from == node
                || to == node
                || !alike
                || x.one_way
                || y.one_way
            {
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
            let road = if length(&x.pts) >= length(&y.pts) {
                x.road
            } else {
                y.road
            };
            pts.extend(rest);
            self.edges[e] = Edge {
                a: from,
                b: to,
                pts,
                road,
                ..self.edges[e].clone()
            };
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
            let lost = e.class == Class::Street
                && degree[e.a] > 2
                && degree[e.b] > 2
                && dice.chance(share);
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
            e.pts = simplify(&e.pts, SHAPE_KM);
        }
        self.edges.sort_by_key(|e| {
            (
                e.a.min(e.b),
                e.a.max(e.b),
                e.a,
                (length(&e.pts) * 1e6) as u64,
            )
        });
    }

    /// Makes one-way streets, in pairs of opposite direction where two run side by side, and takes back those
    /// that would cut a junction off.
    pub(crate) fn one_ways(&mut self, roads: &[Road], dice: &mut Dice) {
        let mut by_road: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (e, edge) in self.edges.iter().enumerate() {
            let cut = matches!(roads[edge.road].site, Site::Block(_));
            if cut && !edge.bridge && matches!(edge.class, Class::Street | Class::Secondary) {
                by_road.entry(edge.road).or_default().push(e);
            }
        }
        let total = self
            .edges
            .iter()
            .filter(|e| matches!(e.class, Class::Street | Class::Secondary))
            .count();
        let mut open: Vec<(usize, P, f64)> = by_road
            .iter()
            .filter_map(|(&road, edges)| {
                let km: f64 = edges.iter().map(|&e| length(&self.edges[e].pts)).sum();
                let ends = edges.iter().map(|&e| self.edges[e].pts[0]);
                let sum = ends.fold([0.0, 0.0], add);
                (km > 0.3).then(|| (road, scale(sum, 1.0 / edges.len() as f64), km))
            })
            .collect();
        dice.shuffle(&mut open);
        let mut taken: BTreeMap<usize, f64> = BTreeMap::new();
        let mut count = 0;
        for i in 0..open.len() {
            let (road, at, _) = open[i];
            if count as f64 > ONE_WAY * total as f64 {
                break;
            }
            if taken.contains_key(&road) || !dice.chance(0.34 - 0.26 * reach(at)) {
                continue;
            }
            let partner = open
                .iter()
                .filter(|o| {
                    o.0 != road && !taken.contains_key(&o.0) && (0.06..0.4).contains(&dist(o.1, at))
                })
                .filter(|o| dot(roads[o.0].heading, roads[road].heading).abs() > 0.93)
                .min_by(|a, b| dist(a.1, at).total_cmp(&dist(b.1, at)));
            let side = if dice.chance(0.5) { 1.0 } else { -1.0 };
            taken.insert(road, side);
            count += by_road[&road].len();
            if let Some(&(other, ..)) = partner {
                let same = dot(roads[other].heading, roads[road].heading);
                taken.insert(other, -side * same.signum());
                count += by_road[&other].len();
            }
        }
        for (road, side) in taken {
            let flow = scale(roads[road].heading, side);
            for &e in &by_road[&road] {
                let edge = &mut self.edges[e];
                edge.one_way = true;
                if dot(sub(self.nodes[edge.b], self.nodes[edge.a]), flow) < 0.0 {
                    edge.turn_round();
                }
            }
        }
        loop {
            let component = self.strong_components();
            let mut sizes: BTreeMap<usize, usize> = BTreeMap::new();
            for &c in &component {
                *sizes.entry(c).or_default() += 1;
            }
            if sizes.len() < 2 {
                return;
            }
            let main = sizes.iter().max_by_key(|s| *s.1).map_or(0, |s| *s.0);
            let bad: Vec<usize> = self
                .edges
                .iter()
                .filter(|e| e.one_way && (component[e.a] != main || component[e.b] != main))
                .map(|e| e.road)
                .collect();
            for e in &mut self.edges {
                e.one_way &= !bad.contains(&e.road);
            }
        }
    }

    /// Tarjan's strongly connected components, without recursion: a component number for each node.
    fn strong_components(&self) -> Vec<usize> {
        let mut out = vec![Vec::new(); self.nodes.len()];
        for e in &self.edges {
            out[e.a].push(e.b);
            if !e.one_way {
                out[e.b].push(e.a);
            }
        }
        let n = self.nodes.len();
        let (mut order, mut low, mut component) =
            (vec![usize::MAX; n], vec![0; n], vec![usize::MAX; n]);
        let (mut stack, mut clock, mut found) = (Vec::new(), 0, 0);
        for start in 0..n {
            if order[start] != usize::MAX {
                continue;
            }
            let mut path = vec![(start, 0)];
            while let Some(&(v, i)) = path.last() {
                if i == 0 {
                    order[v] = clock;
                    low[v] = clock;
                    clock += 1;
                    stack.push(v);
                }
                if let Some(&w) = out[v].get(i) {
                    if let Some(top) = path.last_mut() {
                        top.1 += 1;
                    }
                    if order[w] == usize::MAX {
                        path.push((w, 0));
                    } else if component[w] == usize::MAX {
                        low[v] = low[v].min(order[w]);
                    }
                } else {
                    path.pop();
                    if let Some(&(parent, _)) = path.last() {
                        low[parent] = low[parent].min(low[v]);
                    }
                    if low[v] == order[v] {
                        while let Some(w) = stack.pop() {
                            component[w] = found;
                            if w == v {
                                break;
                            }
                        }
                        found += 1;
                    }
                }
            }
        }
        component
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
    fn turn_round(&mut self) {
        (self.a, self.b) = (self.b, self.a);
        self.pts.reverse();
    }

    /// Direction of the edge when it leaves this node.
    pub(crate) fn heading_from(&self, node: usize) -> P {
        let n = self.pts.len();
        if self.a == node {
            unit(sub(self.pts[1], self.pts[0]))
        } else {
            unit(sub(self.pts[n - 2], self.pts[n - 1]))
        }
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
