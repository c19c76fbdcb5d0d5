//! Beyond the ring: highways to the edge of the box, county roads between them, villages along them.

use std::collections::BTreeMap;

use super::blocks::{Road, Site};
use super::dice::Dice;
use super::mesh::Class;
use super::network::Net;
use super::plan::{Plan, polar, reach};
use super::space::{P, dist, half_box, left, scale, sub, to_segment, turn, unit};

/// Junctions in villages, about.
const VILLAGE_JUNCTIONS: usize = 1500;

struct Land<'a> {
    plan: &'a Plan,
    segments: Vec<(P, P)>,
    settled: Vec<P>,
}

impl Land<'_> {
    /// Open land at least this far from every road, the river, the ring and the box's edge.
    fn free(&self, p: P) -> bool {
        let [w, h] = half_box();
        reach(p) > 1.06
            && p[0].abs() < w - 0.2
            && p[1].abs() < h - 0.2
            && !self.plan.river.wet(p, 0.12)
            && self.segments.iter().all(|&(a, b)| to_segment(p, a, b) > 0.1)
            && self.settled.iter().all(|&q| dist(p, q) > 0.3)
    }
}

/// A road through all these points, from the node `first`.
fn run(net: &mut Net, line: &[P], first: usize, class: Class, road: usize) -> Vec<usize> {
    let mut ids = vec![first];
    for &p in &line[1..] {
        net.nodes.push(p);
        let to = net.nodes.len() - 1;
        net.push(ids[ids.len() - 1], to, vec![], class, road);
        ids.push(to);
    }
    ids
}

/// Adds everything outside the ring. `None` when a gate is no junction of the town.
pub(crate) fn add(seed: u64, plan: &Plan, net: &mut Net, roads: &mut Vec<Road>) -> Option<()> {
    let mut dice = Dice::new(seed, "outskirts");
    let [w, h] = half_box();
    let inside = |p: P| p[0].abs() < w - 0.05 && p[1].abs() < h - 0.05;
    let mut highways: Vec<(Vec<P>, Vec<usize>)> = Vec::new();
    for gate in &plan.gates {
        roads[gate.highway].class = Class::Highway;
        let line: Vec<P> = plan.lines[gate.highway].pts.iter().copied().take_while(|&p| inside(p)).collect();
        let start = net.node_at(gate.at)?;
        // Both ways along the ring, and one into the town.
        if net.edges.iter().filter(|e| e.a == start || e.b == start).count() < 3 {
            return None;
        }
        let ids = run(net, &line, start, Class::Highway, gate.highway);
        highways.push((line, ids));
    }

    let mut rows: Vec<(Vec<P>, Vec<usize>, usize)> = Vec::new();
    for i in 0..highways.len() {
        let (from, to) = (&highways[i], &highways[(i + 1) % highways.len()]);
        for (low, high, chance) in [(7, 15, 0.85), (27, 42, 0.7), (52, 66, 0.5)] {
            let (s, t) = (low + dice.below(high - low), low + dice.below(high - low));
            let (Some(&a), Some(&b), true) = (from.0.get(s), to.0.get(t), dice.chance(chance)) else {
                continue;
            };
            let (angle, k) = (a[1].atan2(a[0]), reach(a));
            let (swing, rise) = (turn(b[1].atan2(b[0]), angle), reach(b) - k);
            let bump = dice.between(-0.03, 0.03);
            let line: Vec<P> = (1..16)
                .map(|n| f64::from(n) / 16.0)
                .map(|x| polar(angle + swing * x, k + rise * x + bump * (std::f64::consts::PI * x).sin()))
                .collect();
            if line.iter().any(|&p| !inside(p) || plan.river.wet(p, 0.15)) {
                continue;
            }
            roads.push(Road { class: Class::Secondary, site: Site::County, heading: unit(sub(b, a)) });
            let mut all = vec![a];
            all.extend(line);
            let mut ids = run(net, &all, from.1[s], Class::Secondary, roads.len() - 1);
            net.push(ids[ids.len() - 1], to.1[t], vec![], Class::Secondary, roads.len() - 1);
            ids.push(to.1[t]);
            all.push(b);
            rows.push((all, ids, roads.len() - 1));
        }
    }

    let mut land = Land { plan, segments: Vec::new(), settled: Vec::new() };
    let lines = highways.iter().map(|h| &h.0).chain(rows.iter().map(|r| &r.0));
    land.segments.extend(lines.flat_map(|l| l.windows(2).map(|w| (w[0], w[1]))));

    let mut roots: Vec<(P, P, usize)> = Vec::new();
    for (line, ids) in highways.iter().map(|h| (&h.0, &h.1)).chain(rows.iter().map(|r| (&r.0, &r.1))) {
        for i in 1..line.len().saturating_sub(1) {
            roots.push((line[i], unit(sub(line[i + 1], line[i - 1])), ids[i]));
        }
    }
    dice.shuffle(&mut roots);
    let mut villages = 0;
    let start = net.nodes.len();
    for (at, along, node) in roots {
        if net.nodes.len() - start > VILLAGE_JUNCTIONS {
            break;
        }
        // Thinner far out.
        if dice.chance(0.75 / (reach(at) * reach(at))) && village(&mut land, net, roads, (at, along, node), villages, &mut dice) {
            villages += 1;
        }
    }
    Some(())
}

/// A few lanes on one side of the road.
fn village(land: &mut Land<'_>, net: &mut Net, roads: &mut Vec<Road>, root: (P, P, usize), number: usize, dice: &mut Dice) -> bool {
    let (at, along, node) = root;
    let side = if dice.chance(0.5) { left(along) } else { scale(left(along), -1.0) };
    let (deep, wide) = (3 + dice.below(6) as i32, 1 + dice.below(4) as i32);
    let skew = dice.between(-0.25, 0.25);
    let side = unit(super::space::add(side, scale(along, skew)));
    let mut spots: BTreeMap<(i32, i32), P> = BTreeMap::new();
    for row in 1..=deep {
        for column in -wide..=wide {
            let jitter = [dice.between(-0.022, 0.022), dice.between(-0.022, 0.022)];
            let p = sum(at, scale(side, 0.13 * f64::from(row)), scale(along, 0.15 * f64::from(column)), jitter);
            if land.free(p) && (column == 0 || !dice.chance(0.12)) {
                spots.insert((row, column), p);
            }
        }
    }
    if !spots.contains_key(&(1, 0)) || spots.len() < 8 {
        return false;
    }
    let mut links: Vec<((i32, i32), (i32, i32))> = Vec::new();
    for &(row, column) in spots.keys() {
        for next in [(row + 1, column), (row, column + 1)] {
            let main = column == 0 && next.1 == 0;
            if spots.contains_key(&next) && (main || !dice.chance(0.2)) {
                links.push(((row, column), next));
            }
        }
    }
    // What hangs together with the road.
    let mut linked = vec![(1, 0)];
    let mut seen = linked.clone();
    while let Some(s) = linked.pop() {
        for &(a, b) in &links {
            for (x, y) in [(a, b), (b, a)] {
                if x == s && !seen.contains(&y) {
                    seen.push(y);
                    linked.push(y);
                }
            }
        }
    }
    let mut lanes: BTreeMap<(bool, i32), usize> = BTreeMap::new();
    let mut lane = |a: (i32, i32), b: (i32, i32)| {
        let key = if a.1 == b.1 { (true, a.1) } else { (false, a.0) };
        *lanes.entry(key).or_insert_with(|| {
            let heading = if key.0 { side } else { along };
            roads.push(Road { class: Class::Street, site: Site::Village(number), heading });
            roads.len() - 1
        })
    };
    let main = lane((1, 0), (2, 0));
    let mut ids: BTreeMap<(i32, i32), usize> = BTreeMap::new();
    for s in &seen {
        net.nodes.push(spots[s]);
        ids.insert(*s, net.nodes.len() - 1);
        land.settled.push(spots[s]);
    }
    net.push(node, ids[&(1, 0)], vec![], Class::Street, main);
    for (a, b) in links {
        if let (Some(&x), Some(&y)) = (ids.get(&a), ids.get(&b)) {
            net.push(x, y, vec![], Class::Street, lane(a, b));
        }
    }
    true
}

fn sum(a: P, b: P, c: P, d: P) -> P {
    [a[0] + b[0] + c[0] + d[0], a[1] + b[1] + c[1] + d[1]]
}
