//! Incidents in the sample city: somebody was seen, and what is outside the ring road is protected from him.

use std::{path::Path, sync::Arc};

use citygate::{
    city::{self, City},
    cordon::{Going, Scene, Streets, Unit, entries, going, starts, suspect_streets},
    model::UnitKind,
    roads::{Costs, JunctionNo, Paces, RoadGraph, RoadPlace, Travel},
};
use rand::{Rng, SeedableRng, rngs::SmallRng};

const SEED: u64 = 20_261_122;
/// The ways that units go, each with the time until somebody moves off, milliseconds.
const WAYS: [(Travel, u32); 3] = [(Travel::UrgentCar, 20_000), (Travel::UrgentMotorcycle, 10_000), (Travel::Foot, 5_000)];
const SET_UP_MS: u32 = 10_000;
const MARGIN_MS: u32 = 15_000;
/// By how much he outruns everybody's paces.
const FASTER: f64 = 1.5;
/// How long ago he was seen, seconds.
const HEAD_START_S: std::ops::RangeInclusive<u32> = 60..=180;

/// The sample city as cordons are planned in it.
pub(crate) struct Town {
    city: City,
    graph: RoadGraph,
    costs: Costs,
    suspect: Arc<Streets>,
    goings: Vec<Going>,
    /// Each unit on the roads: its way of going, and where it is.
    units: Vec<(u8, RoadPlace)>,
    protected: Vec<bool>,
    needs: Arc<[u8]>,
    weights: Arc<[u32]>,
    rng: SmallRng,
}

impl Town {
    pub(crate) fn sample_city() -> Self {
        let city = city::load(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/data"))).unwrap();
        let mut rng = SmallRng::seed_from_u64(SEED);
        let graph = RoadGraph::new(&city.roads);
        let costs = Costs::new(&city.roads, &Paces::default());
        let goings = WAYS.map(|(travel, _)| going(&graph, &costs, travel)).into();
        let suspect = Arc::new(suspect_streets(&city.roads, &costs, Travel::Car, FASTER));
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
            units.push((way, RoadPlace { edge, along: rng.random() }));
        }
        let junctions = city.roads.junctions().len();
        let mut metres = vec![0.0; junctions];
        for (no, edge) in (0..).zip(city.roads.edges().iter()) {
            for end in [edge.from, edge.to] {
                metres[end as usize] += city.roads.length_m(no).unwrap() / 2.0;
            }
        }
        let protected = outside(&city, &suspect);
        Self {
            graph,
            costs,
            suspect,
            goings,
            units,
            protected,
            needs: vec![1; junctions].into(),
            weights: metres.into_iter().map(|metres| metres as u32).collect(),
            rng,
            city,
        }
    }

    pub(crate) fn gates(&self) -> Vec<(JunctionNo, u8)> {
        self.city.gates.iter().map(|gate| (gate.junction, 1)).collect()
    }

    pub(crate) fn junctions(&self) -> usize {
        self.suspect.len()
    }

    /// Somebody seen inside the ring road a while ago, and one in so many of all units.
    pub(crate) fn incident(&mut self, one_in: usize) -> Scene {
        let edges = self.city.roads.edges().len() as u32;
        let seen = loop {
            let seen = RoadPlace { edge: self.rng.random_range(0..edges), along: self.rng.random() };
            let (from, to) = self.city.roads.ends(seen.drive(false).no()).unwrap();
            if [from, to].iter().all(|end| !self.protected[*end as usize]) {
                break seen;
            }
        };
        let now_ms = 1_000 * self.rng.random_range(HEAD_START_S);
        let unit = |(who, (way, place)): (usize, &(u8, RoadPlace))| {
            let (travel, delay_ms) = WAYS[usize::from(*way)];
            let entries = entries(&self.graph, &self.costs, travel, *place, now_ms + delay_ms + SET_UP_MS);
            Unit { who: who as u32, going: *way, entries }
        };
        Scene {
            suspect: self.suspect.clone(),
            starts: starts(&self.city.roads, &self.costs, Travel::Car, FASTER, seen, 0),
            protected: self.protected.clone(),
            needs: self.needs.clone(),
            weights: self.weights.clone(),
            goings: self.goings.clone(),
            units: self.units.iter().enumerate().step_by(one_in).map(unit).collect(),
            margin_ms: MARGIN_MS,
        }
    }
}

/// The junctions that are reached from the middle of the city only through a gate, gates apart: a gate may be held.
fn outside(city: &City, streets: &Streets) -> Vec<bool> {
    let gates: Vec<JunctionNo> = city.gates.iter().map(|gate| gate.junction).collect();
    let mut outside = vec![true; streets.len()];
    let [lng, lat] = city.meta.center;
    let middle = city.roads.nearest_junction(citygate::geodesy::LatLng::new(lat, lng).unwrap()).unwrap();
    let mut open = vec![middle];
    outside[middle as usize] = false;
    while let Some(at) = open.pop() {
        for step in streets.steps_out(at) {
            if std::mem::take(&mut outside[step.point as usize]) && !gates.contains(&step.point) {
                open.push(step.point);
            }
        }
    }
    outside
}
