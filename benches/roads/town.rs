//! What the benches ask in: the sample city with its 3,500 units, and a generated network of 250,000 junctions with as many.

use std::{path::Path, sync::Arc};

use citygate::{
    city,
    geodesy::LatLng,
    model::{Name, UnitKind},
    roads::{Ban, Candidate, Costs, Drive, EdgeNo, Paces, RoadClass, RoadEdge, RoadGraph, RoadNetwork, RoadPlace, Travel},
};
use rand::{Rng, SeedableRng, rngs::SmallRng, seq::SliceRandom};

const SEED: u64 = 20_261_122;
/// Junctions along a side of the generated network, and metres between two.
const SIDE: usize = 500;
const BLOCK_DEG: f64 = 0.0014;
/// The ways of going, each with the time until somebody who is available moves off, milliseconds.
pub(crate) const WAYS: [(Travel, u32); 3] = [(Travel::UrgentCar, 20_000), (Travel::UrgentMotorcycle, 10_000), (Travel::Foot, 5_000)];

pub(crate) struct Town {
    pub(crate) network: RoadNetwork,
    pub(crate) graph: RoadGraph,
    pub(crate) costs: Costs,
    pub(crate) rng: SmallRng,
    /// Everybody, by edge.
    units: Vec<Candidate>,
    /// Where the units of each edge begin; one more than there are edges.
    offsets: Vec<u32>,
    /// By unit: a number that says how early it is among those drawn as eligible, 0 to 1.
    draw: Vec<f64>,
}

fn candidate(who: usize, place: RoadPlace, way: usize) -> Candidate {
    let (travel, delay_ms) = WAYS[way];
    Candidate { who: who as u32, place, travel, delay_ms }
}

impl Town {
    fn new(network: RoadNetwork, mut units: Vec<Candidate>, mut rng: SmallRng) -> Self {
        units.sort_by_key(|unit| (unit.place.edge, unit.who));
        let edges = network.edges().len() as EdgeNo;
        let offsets = (0..=edges).map(|edge| units.partition_point(|unit| unit.place.edge < edge) as u32).collect();
        let mut draw: Vec<f64> = (0..units.len()).map(|n| n as f64 / units.len() as f64).collect();
        draw.shuffle(&mut rng);
        let (graph, costs) = (RoadGraph::new(&network), Costs::new(&network, &Paces::default()));
        Self { network, graph, costs, rng, units, offsets, draw }
    }

    /// The sample city; who flies is left out. Each unit stands somewhere on a road at the junction nearest to its home.
    pub(crate) fn sample_city() -> Self {
        let city = city::load(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/data"))).unwrap();
        let mut rng = SmallRng::seed_from_u64(SEED);
        let mut units = Vec::new();
        for unit in &city.units {
            let way = match unit.kind {
                UnitKind::PatrolCar | UnitKind::ArmedCar => 0,
                UnitKind::Motorcycle => 1,
                UnitKind::Drone | UnitKind::Helicopter => continue,
                _ => 2,
            };
            let roads: Vec<_> = city.roads.arcs(city.roads.nearest_junction(unit.home.unwrap()).unwrap()).collect();
            let edge = roads[rng.random_range(0..roads.len())].drive.edge;
            units.push(candidate(units.len(), RoadPlace { edge, along: rng.random() }, way));
        }
        Self::new(city.roads, units, rng)
    }

    /// A lattice with corners that are not square, an eighth of its streets missing and a tenth one-way, wider roads every fifth
    /// and tenth street and a fast one every fiftieth, and one in fifty turns banned; 3,500 units anywhere.
    pub(crate) fn generated() -> Self {
        let mut rng = SmallRng::seed_from_u64(SEED);
        let mut jitter = || rng.random_range(-0.3..0.3);
        let corner = |n: usize| ((n / SIDE) as f64, (n % SIDE) as f64);
        let junctions: Vec<LatLng> = (0..SIDE * SIDE)
            .map(|n| LatLng::new(22.5 + (corner(n).0 + jitter()) * BLOCK_DEG, 108.0 + (corner(n).1 + jitter()) * BLOCK_DEG).unwrap())
            .collect();
        let name = Arc::new(Name::default());
        let mut edges = Vec::new();
        for from in 0..SIDE * SIDE {
            let (row, column) = (from / SIDE, from % SIDE);
            for (to, street, is_inside) in [(from + 1, row, column + 1 < SIDE), (from + SIDE, column, row + 1 < SIDE)] {
                let (class, speed_kmh) = match street {
                    _ if street.is_multiple_of(50) => (RoadClass::Highway, 90),
                    _ if street.is_multiple_of(10) => (RoadClass::Arterial, 60),
                    _ if street.is_multiple_of(5) => (RoadClass::Secondary, 50),
                    _ => (RoadClass::Street, 30),
                };
                let is_street = class == RoadClass::Street;
                if !is_inside || is_street && rng.random_bool(0.125) {
                    continue;
                }
                edges.push(RoadEdge {
                    from: from as u32,
                    to: to as u32,
                    class,
                    speed_kmh,
                    one_way: is_street && rng.random_bool(0.1),
                    bridge: false,
                    name: name.clone(),
                    shape: [junctions[from], junctions[to]].into(),
                });
            }
        }
        let network = RoadNetwork::new(junctions, edges).unwrap();
        let mut bans = Vec::new();
        for from in 0..2 * network.edges().len() as u32 {
            let (_, at) = network.ends(from).unwrap();
            let after = network.arcs(at).collect::<Vec<_>>();
            if rng.random_bool(0.06) && after.len() > 2 {
                bans.push(Ban { from: Drive::from_no(from), to: after[rng.random_range(0..after.len())].drive });
            }
        }
        let network = network.with_bans(bans).unwrap();
        let places = network.edges().len() as EdgeNo;
        let units = (0..3_500).map(|who| {
            let place = RoadPlace { edge: rng.random_range(0..places), along: rng.random() };
            // As in the sample city: a quarter cars, a quarter motorcycles, the others on foot.
            candidate(who, place, (who % 4).min(2))
        });
        let units = units.collect();
        Self::new(network, units, rng)
    }

    /// Places that are asked for: anywhere on the roads.
    pub(crate) fn questions(&mut self, count: usize) -> Vec<RoadPlace> {
        let edges = self.network.edges().len() as EdgeNo;
        (0..count).map(|_| RoadPlace { edge: self.rng.random_range(0..edges), along: self.rng.random() }).collect()
    }

    /// Shows who stands on an edge, of a share of all.
    pub(crate) fn on_edge(&self, share: f64) -> impl Fn(EdgeNo, &mut dyn FnMut(Candidate)) {
        move |edge, show| {
            let range = self.offsets[edge as usize] as usize..self.offsets[edge as usize + 1] as usize;
            for (unit, draw) in self.units[range.clone()].iter().zip(&self.draw[range]) {
                if *draw < share {
                    show(*unit);
                }
            }
        }
    }

    /// A share of all.
    pub(crate) fn eligible(&self, share: f64) -> Vec<Candidate> {
        self.units.iter().zip(&self.draw).filter(|(_, draw)| **draw < share).map(|(unit, _)| *unit).collect()
    }
}
