//! Every arrival, route and reach equals a plain search over drives that knows banned turns by itself: one-way streets, bans,
//! jams and closures, several ways of travelling, delays, ties, nobody, out of reach, the same edge, more wanted than there are.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::collections::{BTreeMap, BTreeSet};

use citygate::{
    geodesy::{LatLng, haversine_m},
    model::Name,
    roads::{
        Arrival, Ban, Candidate, Costs, Drive, DriveNo, EdgeNo, FACTOR_MIN, Landmarks, NEVER, Paces, Question, RoadClass, RoadEdge,
        RoadGraph, RoadNetwork, RoadPlace, Search, Travel,
    },
};
use proptest::prelude::*;
use rand::{Rng, SeedableRng, rngs::SmallRng};

fn road(from: u32, to: u32, shape: &[LatLng]) -> RoadEdge {
    RoadEdge {
        from,
        to,
        class: RoadClass::Street,
        speed_kmh: 40,
        one_way: false,
        bridge: false,
        name: std::sync::Arc::new(Name::default()),
        shape: shape.into(),
    }
}

/// A network, what its drives cost, and who is on it.
#[derive(Debug)]
struct Town {
    network: RoadNetwork,
    graph: RoadGraph,
    costs: Costs,
    rng: SmallRng,
}

impl Town {
    /// Junctions on a coarse lattice, so that equal lengths and times are likely; roads between any two, or back to where they
    /// begin, some with a bend, some of no length.
    fn new(seed: u64) -> Self {
        let mut rng = SmallRng::seed_from_u64(seed);
        let junctions: Vec<LatLng> = (0..rng.random_range(1..25)).map(|_| lattice(&mut rng)).collect();
        let count = rng.random_range(1..=3 * junctions.len());
        let dense = rng.random_bool(0.5);
        let edges: Vec<RoadEdge> = (0..count)
            .map(|_| {
                let (from, to) = (rng.random_range(0..junctions.len()), rng.random_range(0..junctions.len()));
                let bend = rng.random_bool(0.3).then(|| lattice(&mut rng));
                let shape: Vec<LatLng> = [Some(junctions[from]), bend, Some(junctions[to])].into_iter().flatten().collect();
                RoadEdge {
                    class: RoadClass::ALL[rng.random_range(0..RoadClass::ALL.len())],
                    speed_kmh: [20, 40, 100][rng.random_range(0..3)],
                    one_way: rng.random_bool(if dense { 0.3 } else { 0.1 }),
                    ..road(from as u32, to as u32, &shape)
                }
            })
            .collect();
        let network = RoadNetwork::new(junctions, edges).unwrap();
        let drives = 2 * count as DriveNo;
        let turns = (0..drives).flat_map(|from| (0..drives).map(move |to| (from, to)));
        let meet = |(from, to): &(DriveNo, DriveNo)| network.ends(*from).unwrap().1 == network.ends(*to).unwrap().0;
        let share = [0.0, 0.1, 0.6][rng.random_range(0..3)];
        let bans = turns.filter(meet).filter(|_| rng.random_bool(share)).collect::<Vec<_>>();
        let ban = |(from, to): &(DriveNo, DriveNo)| Ban { from: Drive::from_no(*from), to: Drive::from_no(*to) };
        let network = network.with_bans(bans.iter().map(ban).collect()).unwrap();
        let mut costs = Costs::new(&network, &Paces::default());
        // In half of the towns nothing is faster than when it is free.
        let fastest = [0, 2][rng.random_range(0..2)];
        for _ in 0..rng.random_range(0..=count) {
            let factor = [FACTOR_MIN, 0.5, 1.0, 3.0, f32::INFINITY][rng.random_range(fastest..5)];
            costs.set_factor(rng.random_range(0..drives), factor);
        }
        let graph = RoadGraph::new(&network);
        // Landmarks for no way of travelling, or some, or all.
        let travels = Travel::ALL.iter().copied().take([0, 3, Travel::ALL.len()][rng.random_range(0..3)]);
        costs.set_landmarks(Landmarks::new(&graph, &costs, travels).into());
        Self { network, graph, costs, rng }
    }

    fn place(&mut self) -> RoadPlace {
        let edge = self.rng.random_range(0..self.network.edges().len()) as EdgeNo;
        let along = match self.rng.random_range(0..6) {
            0 => 0,
            1 => u16::MAX,
            2 => u16::MAX / 2,
            _ => self.rng.random(),
        };
        RoadPlace { edge, along }
    }

    fn travel(&mut self) -> Travel {
        Travel::ALL[self.rng.random_range(0..Travel::ALL.len())]
    }

    fn candidates(&mut self) -> Vec<Candidate> {
        let count = [0, 1, 5, 40][self.rng.random_range(0..4)];
        let delays = [0, 0, 1_000, 60_000];
        let candidate =
            |who| Candidate { who, place: self.place(), travel: self.travel(), delay_ms: delays[self.rng.random_range(0..delays.len())] };
        (0..count).map(candidate).collect()
    }

    fn cost(&self, travel: Travel, drive: Drive) -> Option<u32> {
        Some(self.costs.of(travel)[drive.no() as usize]).filter(|ms| *ms != NEVER)
    }

    fn may_follow(&self, before: Drive, after: Drive) -> bool {
        let meet = self.network.ends(before.no()).unwrap().1 == self.network.ends(after.no()).unwrap().0;
        meet && !self.network.bans().contains(&Ban { from: before, to: after })
    }

    /// When each drive can have been driven to its end, from a place: drive after drive, the earliest first.
    fn ends(&self, travel: Travel, from: RoadPlace) -> BTreeMap<DriveNo, u32> {
        let drives = || (0..2 * self.network.edges().len() as DriveNo).map(Drive::from_no);
        let mut open: BTreeSet<(u32, DriveNo)> = BTreeSet::new();
        for drive in [from.drive(false), from.drive(true)] {
            open.extend(self.cost(travel, drive).map(|cost| (from.ms_to_end(drive.backward, cost), drive.no())));
        }
        let mut done = BTreeMap::new();
        while let Some((ms, no)) = open.pop_first() {
            if done.contains_key(&no) {
                continue;
            }
            done.insert(no, ms);
            for next in drives().filter(|next| self.may_follow(Drive::from_no(no), *next)) {
                open.extend(self.cost(travel, next).map(|cost| (ms + cost, next.no())));
            }
        }
        done
    }

    /// The least time from a place to another.
    fn least_ms(&self, travel: Travel, from: RoadPlace, to: RoadPlace) -> Option<u32> {
        let ends = self.ends(travel, from);
        let mut least = None;
        let mut offer = |ms: u32| least = Some(least.map_or(ms, |known: u32| known.min(ms)));
        for last in [to.drive(false), to.drive(true)] {
            let Some(cost) = self.cost(travel, last) else { continue };
            if from.edge == to.edge {
                from.ms_to(to, last.backward, cost).into_iter().for_each(&mut offer);
            }
            let before = ends.iter().filter(|(no, _)| self.may_follow(Drive::from_no(**no), last));
            before.for_each(|(_, ms)| offer(ms + to.ms_from_start(last.backward, cost)));
        }
        least
    }
}

fn lattice(rng: &mut SmallRng) -> LatLng {
    LatLng::new(22.8 + 0.005 * f64::from(rng.random_range(0..5)), 108.3 + 0.005 * f64::from(rng.random_range(0..5))).unwrap()
}

fn cases(usual: u32) -> ProptestConfig {
    // PROPTEST_CASES asks for more.
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    ProptestConfig { cases: asked.unwrap_or(usual), ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases(400))]

    #[test]
    fn the_earliest_are_those_of_a_plain_search(seed: u64) {
        let mut town = Town::new(seed);
        let mut search = Search::default();
        // Several questions to one scratch.
        for _ in 0..3 {
            let candidates = town.candidates();
            let to = town.place();
            let k = [0, 1, 2, 5, 100][town.rng.random_range(0..5)];
            let most_ms = [0, 60_000, 600_000, u32::MAX][town.rng.random_range(0..4)];
            let mut ways: BTreeMap<Travel, u32> = BTreeMap::new();
            for candidate in &candidates {
                let least = ways.entry(candidate.travel).or_insert(u32::MAX);
                *least = candidate.delay_ms.min(*least);
            }
            // Some ways are not wanted; some delays are given too low.
            if town.rng.random_bool(0.3) {
                ways.pop_first();
            }
            if town.rng.random_bool(0.3) {
                ways.values_mut().for_each(|least| *least /= 2);
            }
            let ways: Vec<(Travel, u32)> = ways.into_iter().collect();

            let wanted = candidates.iter().filter(|candidate| ways.iter().any(|(travel, _)| *travel == candidate.travel));
            let mut expected: Vec<Arrival> = wanted
                .filter_map(|Candidate { who, place, travel, delay_ms }| {
                    let eta_ms = delay_ms + town.least_ms(*travel, *place, to)?;
                    (eta_ms <= most_ms).then_some(Arrival { who: *who, eta_ms, travel: *travel })
                })
                .collect();
            expected.sort_by_key(|arrival| (arrival.eta_ms, arrival.who));
            expected.truncate(k);

            let question = Question { to, k, most_ms, ways: &ways };
            let on_edge = |edge: EdgeNo, show: &mut dyn FnMut(Candidate)| {
                candidates.iter().filter(|candidate| candidate.place.edge == edge).for_each(|candidate| show(*candidate));
            };
            prop_assert_eq!(&search.earliest(&town.graph, &town.costs, &question, on_edge), &expected);
            prop_assert_eq!(&search.earliest_of(&town.graph, &town.costs, &question, &candidates), &expected);
        }
    }

    #[test]
    fn a_route_takes_the_least_time_and_may_be_driven(seed: u64) {
        let mut town = Town::new(seed);
        let mut search = Search::default();
        for _ in 0..5 {
            let (travel, from, to) = (town.travel(), town.place(), town.place());
            let least_ms = town.least_ms(travel, from, to);
            let route = search.route(&town.network, &town.graph, &town.costs, travel, from, to);
            prop_assert_eq!(route.as_ref().map(|route| route.ms), least_ms);
            let Some(route) = route else { continue };
            prop_assert!(route.drives.windows(2).all(|pair| town.may_follow(pair[0], pair[1])), "{:?}", route);
            let (first, last) = (route.drives[0], *route.drives.last().unwrap());
            prop_assert_eq!((first.edge, last.edge), (from.edge, to.edge));
            let cost = |drive: Drive| town.cost(travel, drive).unwrap();
            let ms = match route.drives.as_slice() {
                [only] => from.ms_to(to, only.backward, cost(*only)).unwrap(),
                [first, between @ .., last] => {
                    from.ms_to_end(first.backward, cost(*first))
                        + between.iter().map(|drive| cost(*drive)).sum::<u32>()
                        + to.ms_from_start(last.backward, cost(*last))
                }
                [] => panic!("no drives"),
            };
            prop_assert_eq!(ms, route.ms);

            let line = route.line(&town.network);
            let spot = |place: RoadPlace| {
                town.network.spot(place.drive(false), place.share() * town.network.length_m(place.edge).unwrap()).unwrap().at
            };
            prop_assert!(line.len() >= 2);
            prop_assert!(haversine_m(line[0], spot(from)) < 0.01 && haversine_m(*line.last().unwrap(), spot(to)) < 0.01);
            let length_m: f64 = line.windows(2).map(|pair| haversine_m(pair[0], pair[1])).sum();
            prop_assert!((length_m - route.length_m).abs() < 0.01 + 1e-6 * length_m, "{} {}", length_m, route.length_m);
        }
    }

    #[test]
    fn a_reach_has_every_node_in_time_and_no_other(seed: u64) {
        let mut town = Town::new(seed);
        let (travel, from) = (town.travel(), town.place());
        let most_ms = [0, 60_000, 600_000, u32::MAX][town.rng.random_range(0..4)];
        let mut expected = BTreeMap::new();
        for (drive, ms) in town.ends(travel, from) {
            let least = expected.entry(town.graph.head(drive).unwrap()).or_insert(ms);
            *least = ms.min(*least);
        }
        expected.retain(|_, ms| *ms <= most_ms);
        let mut search = Search::default();
        let reach = search.reach(&town.graph, &town.costs, travel, from, most_ms);
        prop_assert!(reach.nodes().is_sorted_by_key(|(_, ms)| *ms));
        prop_assert!((0..town.graph.len() as u32).all(|node| reach.ms(node) == expected.get(&node).copied()));
        prop_assert_eq!(reach.nodes().iter().copied().collect::<BTreeMap<_, _>>(), expected);
        prop_assert_eq!(reach.nodes().len(), reach.nodes().iter().collect::<BTreeSet<_>>().len());
    }
}

/// A river with a quay on each side and one bridge in the east. Whoever stands across the water is near as the crow flies and
/// late by road.
#[test]
fn the_nearest_is_across_the_water_and_the_earliest_is_not() {
    let at = |lat: f64, lng: f64| LatLng::new(lat, lng).unwrap();
    let junctions = vec![at(22.802, 108.30), at(22.802, 108.33), at(22.800, 108.30), at(22.800, 108.33)];
    let quay = |from: u32, to: u32| road(from, to, &[junctions[from as usize], junctions[to as usize]]);
    let edges = vec![quay(0, 1), quay(2, 3), RoadEdge { bridge: true, ..quay(1, 3) }];
    let network = RoadNetwork::new(junctions, edges).unwrap();
    let (graph, mut costs) = (RoadGraph::new(&network), Costs::new(&network, &Paces::default()));
    let to = RoadPlace::new(0, 0.1);
    let across = Candidate { who: 1, place: RoadPlace::new(1, 0.1), travel: Travel::UrgentCar, delay_ms: 0 };
    let same_side = Candidate { who: 2, place: RoadPlace::new(0, 0.4), ..across };
    let spot = |place: RoadPlace| network.spot(place.drive(false), place.share() * network.length_m(place.edge).unwrap()).unwrap().at;
    assert!(haversine_m(spot(to), spot(across.place)) < 250.0 && haversine_m(spot(to), spot(same_side.place)) > 900.0);

    let mut search = Search::default();
    let question = Question { to, k: 2, most_ms: 3_600_000, ways: &[(Travel::UrgentCar, 0)] };
    let found = search.earliest_of(&graph, &costs, &question, &[across, same_side]);
    assert_eq!(found.iter().map(|arrival| arrival.who).collect::<Vec<_>>(), [2, 1]);
    assert!(found[1].eta_ms > 5 * found[0].eta_ms, "{found:?}");
    let route = search.route(&network, &graph, &costs, Travel::UrgentCar, across.place, to).unwrap();
    assert_eq!(route.ms, found[1].eta_ms);
    assert!(route.drives.iter().any(|drive| network.edges().get(drive.edge as usize).unwrap().bridge), "{route:?}");

    // The bridge is closed: nobody comes across.
    for drive in [4, 5] {
        costs.set_factor(drive, f32::INFINITY);
    }
    let found = search.earliest_of(&graph, &costs, &question, &[across, same_side]);
    assert_eq!(found.iter().map(|arrival| arrival.who).collect::<Vec<_>>(), [2]);
    assert_eq!(search.route(&network, &graph, &costs, Travel::UrgentCar, across.place, to), None);
}

/// Whoever stands where their way of travelling may not be has no arrival by it.
#[test]
fn a_walker_on_the_ring_road_has_no_arrival() {
    let junctions = vec![LatLng::new(22.80, 108.30).unwrap(), LatLng::new(22.81, 108.30).unwrap()];
    let ring = RoadEdge { class: RoadClass::Ring, ..road(0, 1, &junctions) };
    let network = RoadNetwork::new(junctions.clone(), vec![ring, road(0, 1, &junctions)]).unwrap();
    let (graph, costs) = (RoadGraph::new(&network), Costs::new(&network, &Paces::default()));
    let on_foot = Candidate { who: 1, place: RoadPlace::new(0, 0.5), travel: Travel::Foot, delay_ms: 0 };
    let candidates = [on_foot, Candidate { who: 2, travel: Travel::Car, ..on_foot }];
    let question = Question { to: RoadPlace::new(1, 0.5), k: 5, most_ms: u32::MAX, ways: &[(Travel::Foot, 0), (Travel::Car, 0)] };
    let found = Search::default().earliest_of(&graph, &costs, &question, &candidates);
    assert_eq!(found.iter().map(|arrival| arrival.who).collect::<Vec<_>>(), [2]);
}
