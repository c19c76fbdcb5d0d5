//! A suspect who knows who will be where, and when, against verified cordons: he never gets out.

use rand::{Rng, SeedableRng, rngs::SmallRng};

use super::{
    flight::{Held, Here, Streets},
    scenario::{self, Behaviour, OnTheRun},
    suspect::{Doing, Knows, Suspect},
};
use crate::{
    cordon::{Ask, Guard, Objective, Planner, Scene, Unit, entries, going, starts, suspect_streets, verify},
    geodesy::haversine_m,
    roads::{Costs, Paces, RoadGraph, RoadNetwork, RoadPlace, Travel},
    sim::movement::town::town,
};

/// How fast he is thought to be; he goes at most as fast.
const FASTER: f64 = 1.25;
/// A chase lasts so long, milliseconds.
const LASTS_MS: i64 = 1_800_000;

/// A scene of a seed: where he starts, how long ago, and who may be sent.
fn scene(network: &RoadNetwork, graph: &RoadGraph, rng: &mut SmallRng) -> (Scene, RoadPlace) {
    let costs = Costs::new(network, &Paces::default());
    let junctions = network.junctions();
    let middle = junctions.get(junctions.len() / 2 + 7).unwrap();
    let place = loop {
        let place = RoadPlace::new(rng.random_range(0..network.edges().len() as u32), rng.random_range(0.0..1.0));
        if haversine_m(network.position(place).unwrap(), middle) < 700.0 {
            break place;
        }
    };
    let now_ms = rng.random_range(0..90_000);
    let unit = |who| {
        let place = RoadPlace::new(rng.random_range(0..network.edges().len() as u32), rng.random_range(0.0..1.0));
        Unit { who, going: 0, entries: entries(graph, &costs, Travel::UrgentCar, place, now_ms + 10_000) }
    };
    let units = (0..90).map(unit).collect();
    let scene = Scene {
        suspect: suspect_streets(network, &costs, Travel::Car, FASTER).into(),
        starts: starts(network, &costs, Travel::Car, FASTER, place, 0),
        protected: junctions.iter().map(|at| haversine_m(at, middle) > 1_500.0).collect(),
        needs: vec![1; junctions.len()].into(),
        weights: vec![1; junctions.len()].into(),
        goings: vec![going(graph, &costs, Travel::UrgentCar)],
        units,
        margin_ms: 0,
    };
    (scene, place)
}

/// Whether he ever comes to a protected junction where nobody stops him.
fn gets_out(network: &RoadNetwork, graph: &RoadGraph, scene: &Scene, place: RoadPlace, held: &Held, faster: f64, seed: u64) -> bool {
    let given = scenario::Suspect {
        travel: OnTheRun::Car,
        behaviour: Behaviour::KnowsThePlan,
        faster,
        keeps_one_way: false,
        leaves_ms: 0,
        hides_after_ms: 0,
        hides_ms: 0,
        legs: Vec::new(),
        changes: Vec::new(),
    };
    let costs = Costs::new(network, &Paces::default());
    let streets = Streets::new(network, graph, &costs, Travel::Car, faster, false);
    let mut suspect = Suspect::new(&given, streets, Here::Edge(place, place.drive(false)), seed);
    let knows = Knows { held, is_out: &scene.protected };
    let mut now_ms = 0;
    while now_ms < LASTS_MS {
        suspect.decide(now_ms, knows);
        now_ms = suspect.until_ms();
        let goes = matches!(suspect.doing, Doing::Goes(_));
        let Some(junction) = suspect.arrive(now_ms).filter(|_| goes) else { continue };
        if held.get(&junction).is_some_and(|ready_ms| *ready_ms <= now_ms) {
            return false;
        }
        if scene.is_protected(junction) {
            return true;
        }
    }
    false
}

fn held(guards: &[Guard]) -> Held {
    let mut held = Held::new();
    for guard in guards {
        let ready_ms = held.entry(guard.junction).or_insert(0);
        *ready_ms = i64::from(guard.unit_ms).max(*ready_ms);
    }
    held
}

#[test]
fn who_knows_the_plan_never_leaves_a_verified_cordon() {
    let network = town(20);
    let graph = RoadGraph::new(&network);
    let (mut planned, mut escaped) = (0, 0);
    for seed in 0..40 {
        let mut rng = SmallRng::seed_from_u64(seed);
        let (scene, place) = scene(&network, &graph, &mut rng);
        let mut questions = 0;
        let mut budget = || {
            questions += 1;
            questions > 20
        };
        let ask = Ask { objectives: vec![Objective::Fewest, Objective::Tightest], unit_price: None };
        let answer = Planner::new().plan(&scene, &ask, &mut budget, &mut |_| {});
        for plan in &answer.plans {
            assert!(verify(&scene, &plan.guards).holds, "seed {seed}");
            planned += 1;
            for chase in 0..4 {
                let faster = if chase == 0 { FASTER } else { rng.random_range(0.5..FASTER) };
                assert!(!gets_out(&network, &graph, &scene, place, &held(&plan.guards), faster, chase), "seed {seed}, chase {chase}");
            }
            // The same suspect finds the hole when there is one: he is no straw man.
            if let Some((_, rest)) = plan.guards.split_first()
                && !verify(&scene, rest).holds
            {
                escaped += usize::from(gets_out(&network, &graph, &scene, place, &held(rest), FASTER, 0));
            }
        }
    }
    assert!(planned > 20 && escaped > 12, "{planned} plans, {escaped} escapes through a hole");
}
