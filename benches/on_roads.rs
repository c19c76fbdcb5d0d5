//! Units on the roads of the sample city: a fix's update of the road position alone and in the engine, a road closed and
//! opened, and who is there first as the engine answers it, routes and reasons included.
//!
//! Seeded. Units drive along the roads at 12 m/s with 4 m of noise, a fix a second, and turn at junctions as it comes; beside
//! them units that wander over the map as if there were no roads, which is the worst case: each of their fixes is looked up anew.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stderr)]

use std::{
    hint::black_box,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use citygate::{
    city,
    engine::{ArrivalsQuery, Closure, Command, ContactLimits, Engine, Freshness, Movement, Organisations, Roads, Sight, UnitFix, World},
    geodesy::LatLng,
    geography::Geography,
    index::Filter,
    model::{DeviceKind, Drawn, Fix, Status, StatusSet, Timestamp, UnitNo, UnitSpec, ZoneShape},
    roads::{NEVER, OnRoads, Paces, RoadNetwork, Search, Sighting, Snapper},
};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use rand::{Rng, SeedableRng, rngs::SmallRng, seq::IteratorRandom};

const SEED: u64 = 20_261_122;
const UNITS: usize = 3_500;
/// Seconds of each unit's way, gone through round and round: at the end it jumps back, as once in so many fixes.
const ROUNDS: usize = 60;
const NOON: Timestamp = Timestamp::from_unix_ms(1_764_000_000_000);

fn sample_city() -> city::City {
    city::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("data")).unwrap()
}

/// Each unit's sightings along the roads, round by round.
fn driving(network: &RoadNetwork, rng: &mut SmallRng) -> Vec<Vec<Sighting>> {
    let mut rounds = vec![Vec::new(); ROUNDS];
    for _ in 0..UNITS {
        let mut arc = network.arcs(rng.random_range(0..network.junctions().len() as u32)).choose(rng).unwrap();
        let mut along_m: f64 = rng.random_range(0.0..arc.length_m);
        for round in &mut rounds {
            along_m += 12.0;
            while along_m > arc.length_m {
                along_m -= arc.length_m;
                let ways: Vec<_> = network.arcs(arc.to).filter(|next| next.drive.edge != arc.drive.edge).collect();
                arc = ways.into_iter().choose(rng).unwrap_or_else(|| network.arcs(arc.to).next().unwrap());
            }
            let spot = network.spot(arc.drive, along_m).unwrap();
            let at = spot.at.offset(rng.random_range(0.0..4.0), rng.random_range(0.0..360.0));
            round.push(Sighting { at, speed_mps: Some(12.0), heading_deg: Some(spot.heading_deg as f32) });
        }
    }
    rounds
}

/// The same over the map, straight on.
fn wandering(rng: &mut SmallRng) -> Vec<Vec<Sighting>> {
    let starts: Vec<_> = (0..UNITS)
        .map(|_| (LatLng::new(rng.random_range(22.7..23.0), rng.random_range(108.2..108.6)).unwrap(), rng.random_range(0.0..360.0_f64)))
        .collect();
    let sighting = |(start, deg): &(LatLng, f64), round: usize| {
        let at = start.offset(12.0 * round as f64, *deg);
        Sighting { at, speed_mps: Some(12.0), heading_deg: Some(*deg as f32) }
    };
    (0..ROUNDS).map(|round| starts.iter().map(|start| sighting(start, round)).collect()).collect()
}

fn positions(c: &mut Criterion) {
    let network = sample_city().roads;
    let snapper = Snapper::new(&network);
    let mut rng = SmallRng::seed_from_u64(SEED);
    let mut group = c.benchmark_group("road_position");
    group.throughput(Throughput::Elements(UNITS as u64));
    for (what, rounds) in [("driving", driving(&network, &mut rng)), ("wandering", wandering(&mut rng))] {
        let (mut on_roads, mut round) = (OnRoads::new(network.edges().len()), 0);
        group.bench_function(BenchmarkId::new("citygate", what), |bencher| {
            bencher.iter(|| {
                for (sighting, unit) in rounds[round].iter().zip(0..) {
                    let place = snapper.snap(sighting, on_roads.place(unit));
                    on_roads.put(unit, place);
                }
                round = (round + 1) % ROUNDS;
            });
        });
        eprintln!("{what}: {} of {UNITS} units on a road", on_roads.len());
    }
    group.finish();
}

/// The sample city with all its units where they live, 30 % available.
fn engine() -> Engine {
    engine_with(sample_city().roads)
}

/// The same on other roads.
fn engine_with(roads: RoadNetwork) -> Engine {
    let city = sample_city();
    let roads = Roads::new(roads, &Paces::default(), Movement::default());
    let world = World::new(Organisations::new(city.organisations).unwrap(), Geography::new(city.zones), ContactLimits::default());
    let mut engine = Engine::new(Arc::new(world.with_roads(roads)));
    let mut rng = SmallRng::seed_from_u64(SEED);
    for unit in city.units {
        let Some(at) = unit.home else { continue };
        let status = if rng.random_bool(0.3) { Status::Available } else { Status::Busy };
        let id = unit.id.clone();
        do_now(&mut engine, &Command::RegisterUnit(UnitSpec { status, ..unit }));
        let fix = Fix { at, time: NOON, speed_mps: None, heading_deg: None, accuracy_m: None };
        let unit = engine.world().unit(&id).unwrap().no;
        engine.fixes(&[UnitFix { unit, device: DeviceKind::Radio, fix }], NOON);
    }
    engine
}

fn do_now(engine: &mut Engine, command: &Command) {
    for event in engine.decide(command).unwrap() {
        engine.apply([(NOON, &event)]).unwrap();
    }
}

fn closures(c: &mut Criterion) {
    let mut engine = engine();
    let world = engine.world().clone();
    let network = &world.roads().network;
    let name = network.edges().get(4_000).unwrap().name;
    let road: Vec<u32> = (0..).zip(network.edges().iter()).filter(|(_, edge)| edge.name == name).map(|(no, _)| no).collect();
    let junction = network.junctions().get(3_000).unwrap().to_point().0;
    let line = geo::LineString::new(vec![junction, geo::coord! { x: junction.x + 0.005, y: junction.y + 0.003 }]);
    let mut group = c.benchmark_group("close_and_open");
    let centre = LatLng::new(22.82, 108.36).unwrap();
    let quarter = |radius_m: f64| {
        let corner = |deg: u32| centre.offset(radius_m, f64::from(deg)).to_point().0;
        let border = geo::LineString::from((0..360).rev().step_by(30).map(corner).collect::<Vec<_>>());
        Drawn::Area(ZoneShape::Polygon(geo::Polygon::new(border, vec![]).into()))
    };
    let drawn = [
        ("road", Drawn::Edges(road)),
        ("line", Drawn::Line(line)),
        ("quarter", quarter(1_000.0)),
        ("half_city", quarter(5_500.0)),
        ("10000_edges", Drawn::Edges((0..10_000).collect())),
    ];
    for (what, drawn) in drawn {
        eprintln!("{what}: {} edges", world.roads().meant(&drawn).unwrap().len());
        let closure = Closure {
            id: "c".parse().unwrap(),
            place: drawn,
            heading_deg: None,
            factor: None,
            reason: "bench".into(),
            until: None,
            org: None,
        };
        group.bench_function(BenchmarkId::new("citygate", what), |bencher| {
            bencher.iter(|| {
                do_now(&mut engine, &Command::PutClosure(closure.clone()));
                do_now(&mut engine, &Command::LiftClosure(closure.id.clone()));
            });
        });
    }
    group.finish();
}

fn arrivals(c: &mut Criterion) {
    let engine = engine();
    let world = engine.world();
    let mut rng = SmallRng::seed_from_u64(SEED);
    let junctions = world.roads().network.junctions();
    let places: Vec<LatLng> =
        (0..1_000).map(|_| junctions.iter().choose(&mut rng).unwrap().offset(30.0, rng.random_range(0.0..360.0))).collect();
    world.roads().find_landmarks();
    let filter = Filter { statuses: StatusSet::EMPTY.with(Status::Available), ..Filter::default() };
    let mut search = Search::default();
    let mut group = c.benchmark_group("first_5_as_answered");
    for (what, explain) in [("bare", 0), ("explained", 5)] {
        let mut n = 0;
        group.bench_function(BenchmarkId::new("citygate", what), |bencher| {
            bencher.iter(|| {
                n = (n + 1) % places.len();
                let query =
                    ArrivalsQuery { at: places[n], k: 5, most_ms: NEVER - 1, filter, freshness: Freshness::Live, urgent: true, explain };
                black_box(world.seen_by(Sight::ALL).arrivals(&mut search, &query, NOON))
            });
        });
    }
    group.finish();
}

/// Times that each round of fixes is gone through.
const LAPS: usize = 12;

/// What following units on roads takes of the writer's time for a fix: two engines, one of which knows no roads, take the same
/// fixes in turns, so that whatever else the machine does meets both. A fix a second is the worst: each is looked up, by a thread
/// of its own; of many in a second one is.
fn fixes(_: &mut Criterion) {
    let is_other = |word: String| !word.starts_with('-') && !"fixes".contains(&word);
    if std::env::args().skip(1).any(is_other) {
        return;
    }
    let network = sample_city().roads;
    let mut rng = SmallRng::seed_from_u64(SEED);
    let ways = [("driving", driving(&network, &mut rng)), ("wandering", wandering(&mut rng))];
    for ((what, rounds), fixes_a_s) in ways.iter().flat_map(|way| [(way, 1), (way, 20)]) {
        let mut engines = [RoadNetwork::default(), sample_city().roads].map(engine_with);
        // As in the server. It waits for ever once nothing comes any more.
        let world = engines[1].world().clone();
        std::thread::spawn(move || {
            loop {
                world.roads().follow();
                std::thread::sleep(Duration::from_millis(2));
            }
        });
        let mut took = [Duration::ZERO; 2];
        for n in 0..LAPS * ROUNDS {
            let time = NOON.plus_ms(1_000 / fixes_a_s as i64 * (n as i64 + 1));
            let (second, part) = (n / fixes_a_s % ROUNDS, (n % fixes_a_s) as f64 / fixes_a_s as f64);
            let fix = |(sighting, unit): (&Sighting, u32)| {
                let Sighting { at, speed_mps, heading_deg } = *sighting;
                let at = at.offset(12.0 * part, heading_deg.unwrap_or_default().into());
                UnitFix { unit: UnitNo(unit), device: DeviceKind::Radio, fix: Fix { at, time, speed_mps, heading_deg, accuracy_m: None } }
            };
            let fixes: Vec<_> = rounds[second].iter().zip(0..).map(fix).collect();
            for turn in 0..2 {
                let which = (n + turn) % 2;
                let start = Instant::now();
                engines[which].fixes(&fixes, time);
                // The first lap warms up.
                took[which] += if n < ROUNDS { Duration::ZERO } else { start.elapsed() };
                engines[which].tick(time);
            }
        }
        let [without, with] = took.map(|took| took.as_nanos() as f64 / ((LAPS - 1) * ROUNDS * UNITS) as f64);
        let more = (with / without - 1.0) * 100.0;
        eprintln!(
            "a fix in the engine, {what}, {fixes_a_s} a second: {without:.0} ns without roads, {with:.0} ns with them ({more:.0} % more)"
        );
    }
}

criterion_group!(benches, fixes, positions, closures, arrivals);
criterion_main!(benches);
