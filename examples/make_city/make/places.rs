//! Points of the city: gates, stations, service stations, posts, cameras.

use super::dice::Dice;
use super::mesh::Class;
use super::names::{Name, Names};
use super::network::Net;
use super::organisations::Force;
use super::plan::{Plan, reach};
use super::space::{P, centroid, dist};
use super::zones::Division;

/// A point of a layer.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub id: String,
    pub name: Name,
    pub at: P,
    pub org: String,
}

/// A place where a road crosses the ring.
#[derive(Debug)]
pub(crate) struct GatePlace {
    pub id: String,
    pub name: Name,
    pub at: P,
    pub road: Name,
    /// Of the outward road, degrees clockwise from north.
    pub bearing_deg: f64,
    pub junction: usize,
}

/// All points of the city.
#[derive(Debug)]
pub(crate) struct Places {
    pub stations: Vec<Place>,
    pub service_stations: Vec<Place>,
    /// Armed posts come last.
    pub posts: Vec<Place>,
    pub cameras: Vec<Place>,
    pub gates: Vec<GatePlace>,
}

pub(crate) const STREET_POSTS: usize = 64;
pub(crate) const ARMED_POSTS: usize = 10;
const SERVICE_STATIONS: usize = 28;
const CAMERAS: usize = 420;

struct Spread<'a> {
    net: &'a Net,
    /// Junctions of larger roads inside the ring.
    open: Vec<usize>,
}

impl Spread<'_> {
    /// Takes the junction that is farthest from those already `taken`, where the middle of the town counts more.
    fn next(&mut self, taken: &[P], dice: &mut Dice) -> Option<usize> {
        // A sample keeps the choice from being a lattice.
        let sample: Vec<usize> = (0..self.open.len().min(90)).map(|_| self.open[dice.below(self.open.len())]).collect();
        let worth = |n: usize| {
            let p = self.net.nodes[n];
            taken.iter().map(|&q| dist(p, q)).fold(9.0, f64::min) * (1.65 - reach(p))
        };
        let best = sample.into_iter().max_by(|&a, &b| worth(a).total_cmp(&worth(b)).then(b.cmp(&a)))?;
        self.open.retain(|&n| n != best);
        Some(best)
    }
}

/// Places everything. `None` when a gate is no junction of the network.
pub(crate) fn place(seed: u64, plan: &Plan, net: &Net, names: &Names, division: &Division, force: &Force) -> Option<Places> {
    let mut dice = Dice::new(seed, "places");
    let at = net.edges_at();
    let class_at = |n: usize, class: Class| at[n].iter().filter(|&&e| net.edges[e].class == class).count();
    let gate_at: Vec<P> = plan.gates.iter().map(|g| g.at).collect();
    let large = |n: usize, arterials: usize, secondaries: usize| {
        let (a, s) = (class_at(n, Class::Arterial), class_at(n, Class::Secondary));
        reach(net.nodes[n]) < 0.99 && class_at(n, Class::Ring) == 0 && a >= arterials && a + s >= secondaries
    };
    let junctions = |arterials, secondaries| -> Vec<usize> {
        (0..net.nodes.len()).filter(|&n| large(n, arterials, secondaries) && !gate_at.contains(&net.nodes[n])).collect()
    };
    // 人民路与解放街路口
    let corner = |n: usize| {
        let mut roads: Vec<usize> = at[n].iter().map(|&e| net.edges[e].road).collect();
        roads.sort_by_key(|&r| (names.roads[r].zh.ends_with('巷'), r));
        roads.dedup_by_key(|r| names.roads[*r].zh.clone());
        match roads[..] {
            [a, b, ..] => {
                let (a, b) = (&names.roads[a], &names.roads[b]);
                Name::new(format!("{}{}口", a.zh, b.zh), format!("{} & {}", a.en, b.en))
            }
            [a] => Name::new(format!("{}口", names.roads[a].zh), names.roads[a].en.clone()),
            [] => Name::new("路口", "Junction"),
        }
    };
    let org = |p: P| force.station(division.station_at(p)).to_owned();

    let mut spread = Spread { net, open: junctions(2, 3) };
    let mut taken = Vec::new();
    let mut posts = Vec::new();
    for n in 0..STREET_POSTS + ARMED_POSTS {
        let junction = if n < STREET_POSTS {
            spread.next(&taken, &mut dice)?
        } else {
            // Armed posts stand in the busiest places.
            let busy = |n: usize| {
                -reach(net.nodes[n]) + 0.08 * taken.iter().rev().take(n.min(10)).map(|&q| dist(q, net.nodes[n])).fold(5.0, f64::min)
            };
            let armed: Vec<P> = taken[STREET_POSTS..].to_vec();
            let free = |j: &usize| {
                let p = net.nodes[*j];
                reach(p) < 0.7 && armed.iter().all(|&q| dist(q, p) > 1.7) && taken.iter().all(|&q| dist(q, p) > 0.5)
            };
            let mut open: Vec<usize> = spread.open.iter().copied().filter(free).collect();
            dice.shuffle(&mut open);
            open.truncate(8);
            let best = open.into_iter().max_by(|&a, &b| busy(a).total_cmp(&busy(b)))?;
            spread.open.retain(|&j| j != best);
            best
        };
        let p = net.nodes[junction];
        taken.push(p);
        let c = corner(junction);
        let name = if n < STREET_POSTS {
            Name::new(format!("{}岗亭", c.zh), format!("{} Post", c.en))
        } else {
            Name::new(format!("{}武装执勤点", c.zh), format!("{} Armed Post", c.en))
        };
        posts.push(Place { id: format!("post-{:02}", n + 1), name, at: p, org: org(p) });
    }

    let mut service_stations = Vec::new();
    let mut near = taken.clone();
    for n in 0..SERVICE_STATIONS {
        let p = net.nodes[spread.next(&near, &mut dice)?];
        // Far from each other first, from posts second.
        near.retain(|&q| !taken.contains(&q) || dist(p, q) < 1.2);
        near.push(p);
        let name = Name::new(format!("{}警务站", names.spare[n].zh), format!("{} Police Service Station", names.spare[n].en));
        service_stations.push(Place { id: format!("service-{:02}", n + 1), name, at: p, org: org(p) });
    }

    let ordinary = junctions(0, 3);
    let stations = (0..division.stations.len())
        .map(|s| {
            let outline = &division.stations[s].outline;
            let c = centroid(outline);
            let own = |n: usize| super::space::inside(outline, net.nodes[n]);
            let best = ordinary
                .iter()
                .copied()
                .filter(|&n| own(n) && !taken.contains(&net.nodes[n]))
                .min_by(|&a, &b| dist(net.nodes[a], c).total_cmp(&dist(net.nodes[b], c)))?;
            let short = &force.stations[s];
            Some(Place {
                id: format!("station-{}", force.station(s)),
                name: Name::new(format!("{}派出所", short.zh), format!("{} Station", short.en)),
                at: net.nodes[best],
                org: force.station(s).to_owned(),
            })
        })
        .collect::<Option<Vec<_>>>()?;

    let mut spread = Spread { net, open: junctions(0, 3) };
    let mut seen = Vec::new();
    let mut cameras = Vec::new();
    for n in 0..CAMERAS {
        let junction = spread.next(&seen, &mut dice)?;
        let p = net.nodes[junction];
        seen.push(p);
        let c = corner(junction);
        cameras.push(Place {
            id: format!("camera-{:03}", n + 1),
            name: Name::new(format!("{}监控", c.zh), format!("{} Camera", c.en)),
            at: p,
            org: org(p),
        });
    }

    let gates = plan
        .gates
        .iter()
        .enumerate()
        .map(|(n, gate)| {
            let junction = net.node_at(gate.at)?;
            let edge = at[junction].iter().map(|&e| &net.edges[e]).find(|e| e.class == Class::Highway)?;
            let d = edge.heading_from(junction);
            let road = names.roads[edge.road].clone();
            let bearing = d[0].atan2(d[1]).to_degrees();
            Some(GatePlace {
                id: format!("K{:02}", n + 1),
                name: Name::new(format!("{}卡口", road.zh), format!("{} Gate", road.en)),
                at: gate.at,
                road,
                bearing_deg: ((if bearing < 0.0 { bearing + 360.0 } else { bearing }) * 10.0).round() / 10.0,
                junction,
            })
        })
        .collect::<Option<Vec<_>>>()?;
    Some(Places { stations, service_stations, posts, cameras, gates })
}
