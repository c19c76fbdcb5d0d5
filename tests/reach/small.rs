//! Small random networks.

use std::sync::Arc;

use citygate::{
    geodesy::LatLng,
    model::Name,
    reach::{Coverage, Groups, Source},
    roads::{Ban, Costs, Drive, Paces, RoadClass, RoadEdge, RoadGraph, RoadNetwork, RoadPlace, Travel},
};
use rand::{Rng, rngs::SmallRng, seq::IndexedRandom};

pub(crate) const LIMITS_MS: [u32; 3] = [20_000, 60_000, 120_000];

pub(crate) struct Small {
    pub(crate) network: RoadNetwork,
    pub(crate) graph: Arc<RoadGraph>,
    pub(crate) costs: Costs,
    pub(crate) groups: Arc<Groups>,
}

/// Junctions 200 m apart with edges between near ones: some one-way, some twice, some from a junction to itself; a ring that
/// nobody may walk on; banned turns, also of turning round.
pub(crate) fn small(rng: &mut SmallRng) -> Small {
    let (columns, rows) = (rng.random_range(2..5), rng.random_range(1..5));
    grid(rng, columns, rows)
}

/// The same, of a size.
pub(crate) fn grid(rng: &mut SmallRng, columns: i32, rows: i32) -> Small {
    let corner = LatLng::new(22.8, 108.3).unwrap();
    let junctions: Vec<LatLng> = (0..columns * rows)
        .map(|n| corner.offset(f64::from(n % columns) * 200.0, 90.0).offset(f64::from(n / columns) * 200.0, 0.0))
        .collect();
    let near = |a: i32, b: i32| (a % columns - b % columns).abs() <= 1 && (a / columns - b / columns).abs() <= 1;
    let mut edges = Vec::new();
    for from in 0..columns * rows {
        for to in 0..columns * rows {
            if near(from, to) && rng.random_bool(if from == to { 0.05 } else { 0.25 }) {
                let (a, b) = (junctions[from as usize], junctions[to as usize]);
                let bend = a.offset(rng.random_range(20.0..150.0), rng.random_range(0.0..360.0));
                edges.push(RoadEdge {
                    from: from as u32,
                    to: to as u32,
                    class: *RoadClass::ALL.choose(rng).unwrap(),
                    speed_kmh: rng.random_range(10..90),
                    one_way: rng.random_bool(0.3),
                    bridge: false,
                    name: Arc::new(Name::default()),
                    shape: if from == to || rng.random_bool(0.3) { [a, bend, b].into() } else { [a, b].into() },
                });
            }
        }
    }
    if edges.is_empty() {
        return grid(rng, columns, rows);
    }
    let network = RoadNetwork::new(junctions, edges).unwrap();
    let drives = 2 * network.edges().len() as u32;
    let mut bans = Vec::new();
    for from in 0..drives {
        for to in 0..drives {
            if network.ends(from).unwrap().1 == network.ends(to).unwrap().0 && rng.random_bool(0.15) {
                bans.push(Ban { from: Drive::from_no(from), to: Drive::from_no(to) });
            }
        }
    }
    let network = network.with_bans(bans).unwrap();
    let costs = Costs::new(&network, &Paces::default());
    let graph = Arc::new(RoadGraph::new(&network));
    let groups = Groups::new((0..network.edges().len()).map(|_| (0..6).filter(|_| rng.random_bool(0.4)).collect::<Vec<u32>>()));
    Small { network, graph, costs, groups: Arc::new(groups) }
}

impl Small {
    pub(crate) fn place(&self, rng: &mut SmallRng) -> RoadPlace {
        let along = *[0, 1, 65_535, rng.random()].choose(rng).unwrap();
        RoadPlace { edge: rng.random_range(0..self.network.edges().len() as u32), along }
    }

    pub(crate) fn source(&self, rng: &mut SmallRng, who: u32) -> Source {
        let delay_ms = *[0, 0, 5_000, 30_000, 119_999, 500_000].choose(rng).unwrap();
        Source { who, place: self.place(rng), travel: *Travel::ALL.choose(rng).unwrap(), delay_ms }
    }

    pub(crate) fn factor(rng: &mut SmallRng) -> f32 {
        *[0.1, 0.5, 1.0, 1.0, 3.0, f32::INFINITY].choose(rng).unwrap()
    }

    pub(crate) fn coverage(&self, costs: &Costs, sources: &[Source]) -> Coverage {
        let mut coverage = Coverage::new(&self.network, self.graph.clone(), costs.clone(), self.groups.clone(), LIMITS_MS).unwrap();
        coverage.put_all(sources).unwrap();
        coverage
    }
}
