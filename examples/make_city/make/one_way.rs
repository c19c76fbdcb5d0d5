//! One-way streets, and the proof that every junction still reaches every other.

use std::collections::BTreeMap;

use super::blocks::{Road, Site};
use super::dice::Dice;
use super::mesh::Class;
use super::network::Net;
use super::plan::reach;
use super::space::{P, add, dist, dot, length, scale, sub};

/// Share of streets and secondary roads that are one-way.
const ONE_WAY: f64 = 0.115;

impl Net {
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
        let total = self.edges.iter().filter(|e| matches!(e.class, Class::Street | Class::Secondary)).count();
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
                .filter(|o| o.0 != road && !taken.contains_key(&o.0) && (0.06..0.4).contains(&dist(o.1, at)))
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
            let bad: Vec<usize> =
                self.edges.iter().filter(|e| e.one_way && (component[e.a] != main || component[e.b] != main)).map(|e| e.road).collect();
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
        let (mut order, mut low, mut component) = (vec![usize::MAX; n], vec![0; n], vec![usize::MAX; n]);
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
}
