//! Who is there first, on the sample city, beside the slow way: every unit's time by a plain Dijkstra from where it stands.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what fails here fails the test")]

use std::{cmp::Reverse, collections::BinaryHeap, path::Path, sync::Arc};

use citygate::{
    city,
    engine::{
        ArrivalsQuery, Closure, Command, ContactLimits, Engine, Freshness, Movement, Organisations, Rejection, Roads, Sight, UnitFix,
        UnitView, Way, WhyNot, World,
    },
    geodesy::{LatLng, bearing_deg, haversine_m},
    geography::Geography,
    index::Filter,
    model::{Capabilities, DeviceKind, Drawn, Fix, Status, StatusSet, Timestamp, UnitKind, UnitNo, UnitSpec, ZoneShape},
    roads::{Costs, Drive, NEVER, Paces, RoadClass, RoadGraph, RoadPlace, Search, Sighting, Travel},
};
use rand::{
    Rng, SeedableRng,
    rngs::SmallRng,
    seq::{IndexedRandom, IteratorRandom},
};

const T0: Timestamp = Timestamp::from_unix_ms(1_764_000_000_000);

/// The sample city's roads with so many units at random places, most of them on roads.
fn city(units: usize, seed: u64) -> Engine {
    let city = city::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("data")).unwrap();
    let top = city.organisations.iter().find(|org| org.parent.is_none()).unwrap().id.clone();
    let roads = Roads::new(city.roads, &Paces::default(), Movement::default());
    let world = World::new(Organisations::new(city.organisations).unwrap(), Geography::default(), ContactLimits::default());
    let mut engine = Engine::new(Arc::new(world.with_roads(roads)));
    let mut rng = SmallRng::seed_from_u64(seed);
    for n in 0..units {
        let (kind, status) = (*UnitKind::ALL.choose(&mut rng).unwrap(), *Status::ALL.choose(&mut rng).unwrap());
        let capabilities = Capabilities::EMPTY;
        let (id, callsign) = (format!("u-{n}").parse().unwrap(), format!("U-{n}"));
        let spec =
            UnitSpec { id, callsign, kind, org: top.clone(), capabilities, crew: 1, status, alarm: false, devices: vec![], home: None };
        run(&mut engine, &Command::RegisterUnit(spec)).unwrap();
        let junction = engine.world().roads().network.junctions().iter().choose(&mut rng).unwrap();
        let at = junction.offset(rng.random_range(0.0..150.0), rng.random_range(0.0..360.0));
        let time = T0.plus_ms(-rng.random_range(0..90_000));
        send(&mut engine, n as u32, at, time);
    }
    engine
}

fn run(engine: &mut Engine, command: &Command) -> Result<(), Rejection> {
    let events = engine.decide(command)?;
    engine.apply(events.iter().map(|event| (T0, event))).unwrap();
    Ok(())
}

fn send(engine: &mut Engine, n: u32, at: LatLng, time: Timestamp) {
    let unit = engine.world().unit(&format!("u-{n}").parse().unwrap()).unwrap().no;
    let fix = Fix { at, time, speed_mps: None, heading_deg: None, accuracy_m: None };
    engine.fixes(&[UnitFix { unit, device: DeviceKind::Radio, fix }], T0);
}

/// The time from a place to another by a plain Dijkstra over nodes, forwards.
fn oracle_ms(graph: &RoadGraph, costs: &Costs, travel: Travel, from: RoadPlace, to: RoadPlace) -> Option<u32> {
    let costs = costs.of(travel);
    let cost = |backward: bool, place: RoadPlace| Some(costs[place.drive(backward).no() as usize]).filter(|ms| *ms != NEVER);
    let mut best = None;
    let (mut least, mut heap) = (vec![u32::MAX; graph.len()], BinaryHeap::new());
    for backward in [false, true] {
        let Some(ms) = cost(backward, from) else { continue };
        if from.edge == to.edge {
            best = best.into_iter().chain(from.ms_to(to, backward, ms)).min();
        }
        heap.push(Reverse((from.ms_to_end(backward, ms), graph.head(from.drive(backward).no()).unwrap())));
    }
    while let Some(Reverse((ms, node))) = heap.pop() {
        if best.is_some_and(|best| ms > best) {
            break;
        }
        if ms >= least[node as usize] {
            continue;
        }
        least[node as usize] = ms;
        for link in graph.ways_out(node) {
            if link.drive / 2 == to.edge
                && let Some(last_ms) = cost(link.drive % 2 == 1, to)
            {
                best = best.into_iter().chain([ms + to.ms_from_start(link.drive % 2 == 1, last_ms)]).min();
            }
            if costs[link.drive as usize] != NEVER {
                heap.push(Reverse((ms + costs[link.drive as usize], link.node)));
            }
        }
    }
    best
}

fn query(at: LatLng, k: usize) -> ArrivalsQuery {
    let filter = Filter { statuses: StatusSet::EMPTY.with(Status::Available), ..Filter::default() };
    ArrivalsQuery { at, k, most_ms: NEVER - 1, filter, freshness: Freshness::Live, urgent: true, explain: 5 }
}

/// Every eligible unit and its time, the slow way.
fn slowly(world: &World, query: &ArrivalsQuery, to: Option<RoadPlace>) -> Vec<(u32, u32)> {
    let (roads, costs) = (world.roads(), world.roads().costs());
    let mut all = Vec::new();
    world.for_each_unit(|unit| {
        let fix = unit.fix.unwrap();
        let is_live = query.freshness == Freshness::Any || T0.ms_since(fix.time) <= 60_000;
        if !query.filter.statuses.contains(unit.spec.status) || !query.filter.kinds.contains(unit.spec.kind) || !is_live {
            return;
        }
        let turn_out_ms = roads.movement.turn_out_ms(unit.spec.kind, unit.spec.status);
        let sighting = Sighting { at: fix.at, speed_mps: None, heading_deg: None };
        let ms = match roads.movement.way(unit.spec.kind, query.urgent) {
            Way::Air(mps) => Some((haversine_m(query.at, fix.at) / mps * 1_000.0).round() as u32),
            Way::Road(travel) => {
                let from = roads.snapper.snap(&sighting, None);
                from.zip(to).and_then(|(from, to)| oracle_ms(&roads.graph, &costs, travel, from, to))
            }
        };
        if let Some(ms) = ms.map(|ms| ms + turn_out_ms).filter(|ms| *ms <= query.most_ms) {
            all.push((ms, unit.no.0));
        }
    });
    all.sort_unstable();
    all.truncate(query.k);
    all
}

/// Fixes come and questions are asked while a thread follows the units: each answer counts the fix before it.
#[test]
fn a_question_counts_the_fix_before_it() {
    let mut engine = city(400, 11);
    let world = engine.world().clone();
    let follower = world.clone();
    std::thread::spawn(move || {
        loop {
            follower.roads().follow();
        }
    });
    let (mut search, mut rng) = (Search::default(), SmallRng::seed_from_u64(12));
    let network = &world.roads().network;
    // The middles of long streets, so that there is no doubt which road is meant.
    let streets =
        network.edges().iter().zip(0..).filter(|(edge, no)| edge.class == RoadClass::Street && network.length_m(*no).unwrap() > 150.0);
    let middles: Vec<_> =
        streets.map(|(_, no)| network.spot(Drive { edge: no, backward: false }, network.length_m(no).unwrap() / 2.0).unwrap().at).collect();
    let mut cars = Vec::new();
    let is_free = |unit: &UnitView| unit.spec.kind == UnitKind::PatrolCar && unit.spec.status == Status::Available;
    world.for_each_unit(|unit| cars.extend(is_free(unit).then_some(unit.no)));
    for round in 1..=100 {
        // All others move with it, so that the thread is at work when the question comes.
        let time = T0.plus_ms(round * 1_000);
        let fix = |at| Fix { at, time, speed_mps: None, heading_deg: None, accuracy_m: None };
        let fixes: Vec<_> = (0..400)
            .map(|unit| UnitFix { unit: UnitNo(unit), device: DeviceKind::Radio, fix: fix(*middles.choose(&mut rng).unwrap()) })
            .collect();
        engine.fixes(&fixes, time);
        let unit = *cars.choose(&mut rng).unwrap();
        let at = fixes[unit.index()].fix.at;
        let found = world.seen_by(Sight::ALL).arrivals(&mut search, &ArrivalsQuery { explain: 0, ..query(at, 4) }, time);
        let it = found.units.iter().find(|found| found.unit.no == unit).unwrap();
        assert!(it.eta_ms - it.turn_out_ms < 1_000, "round {round}: {it:?}");
    }
}

#[test]
fn arrivals_are_those_of_the_slow_way() {
    let mut engine = city(300, 1);
    let world = engine.world().clone();
    let (mut search, mut rng) = (Search::default(), SmallRng::seed_from_u64(2));
    let any = StatusSet::ALL;
    for n in 0..12 {
        let junction = world.roads().network.junctions().iter().choose(&mut rng).unwrap();
        let at = junction.offset(rng.random_range(0.0..100.0), rng.random_range(0.0..360.0));
        let mut query = query(at, [1, 5, 20][n % 3]);
        query.urgent = n % 2 == 0;
        // Few are eligible, or many.
        match n % 4 {
            0 => query.filter.statuses = any,
            1 => (query.filter.statuses, query.freshness) = (any, Freshness::Any),
            2 => query.filter.kinds = [UnitKind::PatrolCar, UnitKind::Helicopter].into_iter().collect(),
            _ => query.most_ms = 400_000,
        }
        // The same without landmarks and with them, which are of free roads whatever is closed by then.
        if n == 6 {
            world.roads().find_landmarks();
        }
        let answer = world.seen_by(Sight::ALL).arrivals(&mut search, &query, T0);
        let found: Vec<_> = answer.units.iter().map(|arriving| (arriving.eta_ms, arriving.unit.no.0)).collect();
        assert_eq!(found, slowly(&world, &query, answer.to.map(|(to, _)| to)), "{query:?}");
        for arriving in &answer.units {
            match &arriving.route {
                Some(route) => {
                    assert_eq!(route.ms + arriving.turn_out_ms, arriving.eta_ms);
                    assert!(route.length_m + 200.0 > arriving.distance_m, "{arriving:?}");
                }
                None => assert!(matches!(arriving.way, Way::Air(_))),
            }
        }
        // Who is nearer and lost is later than all of the answer, or was never eligible.
        let last_ms = answer.units.last().map(|arriving| arriving.eta_ms);
        for passed in &answer.passed_over {
            assert!(answer.units.iter().all(|arriving| arriving.unit.no != passed.unit.no));
            if let WhyNot::Later { eta_ms, .. } = passed.why {
                assert!(Some(eta_ms) >= last_ms || eta_ms > query.most_ms, "{passed:?} {last_ms:?}");
            }
        }
        // Roads close meanwhile, some for good.
        let area = ZoneShape::Circle { centre: at.offset(600.0, rng.random_range(0.0..360.0)), radius_m: 300.0 };
        let factor = (n % 3 == 0).then_some(4.0);
        let closure = Closure {
            id: format!("c-{n}").parse().unwrap(),
            place: Drawn::Area(area),
            heading_deg: [None, Some(45.0), Some(225.0)][n / 3 % 3],
            factor,
            reason: "works".into(),
            until: None,
            org: None,
        };
        run(&mut engine, &Command::PutClosure(closure)).unwrap();
    }
}

#[test]
fn places_follow_fixes_and_kinds() {
    let mut engine = city(3, 3);
    let world = engine.world().clone();
    let [near, far] = [0, 1].map(|n| world.roads().network.edges().get(n * 500).unwrap().shape.first());
    let car = r#"{"id":"u-0","callsign":"U","kind":"patrol_car","org":"qinglan","status":"available"}"#;
    let car: UnitSpec = serde_json::from_str(car).unwrap();
    run(&mut engine, &Command::RegisterUnit(car.clone())).unwrap();
    let mut search = Search::default();
    let mut eta_ms = |at| {
        world
            .seen_by(Sight::ALL)
            .arrivals(&mut search, &query(at, 1), T0)
            .units
            .iter()
            .find(|found| found.unit.no.0 == 0)
            .map(|found| found.eta_ms)
    };
    send(&mut engine, 0, near, T0.plus_ms(-2));
    assert!(eta_ms(near).unwrap() < 20_000);
    send(&mut engine, 0, far, T0.plus_ms(-1));
    assert!(eta_ms(far).unwrap() < 20_000);
    assert!(eta_ms(near).is_none_or(|ms| ms > 20_000));
    // What flies is on no road, and what was a car until now neither.
    run(&mut engine, &Command::RegisterUnit(UnitSpec { kind: UnitKind::Drone, ..car })).unwrap();
    assert_eq!(eta_ms(far), Some(60_000));
}

#[test]
fn a_road_is_closed_one_way_and_slow_the_other() {
    let mut engine = city(0, 4);
    let world = engine.world().clone();
    let ms = || <[u32; 2]>::try_from(&world.roads().costs().of(Travel::Foot)[14..16]).unwrap();
    let free = ms();
    let shape = world.roads().network.edges().get(7).unwrap().shape;
    let forward_deg = bearing_deg(shape.first(), shape.last());
    let closure = |id: &str, heading_deg, factor| {
        let (id, place) = (id.parse().unwrap(), Drawn::Edges(vec![7]));
        Command::PutClosure(Closure { id, place, heading_deg, factor, reason: "flood".into(), until: None, org: None })
    };
    run(&mut engine, &closure("forward", Some(forward_deg), None)).unwrap();
    assert_eq!(ms(), [NEVER, free[1]]);
    run(&mut engine, &closure("backward", Some((forward_deg + 200.0) % 360.0), Some(3.0))).unwrap();
    assert_eq!(ms(), [NEVER, 3 * free[1]]);
    run(&mut engine, &closure("both", None, Some(2.0))).unwrap();
    run(&mut engine, &Command::LiftClosure("forward".parse().unwrap())).unwrap();
    assert_eq!(ms(), [2 * free[0], 3 * free[1]]);
    run(&mut engine, &Command::LiftClosure("backward".parse().unwrap())).unwrap();
    run(&mut engine, &Command::LiftClosure("both".parse().unwrap())).unwrap();
    assert_eq!(ms(), free);
}

#[test]
fn closures_add_up_end_and_have_limits() {
    let mut engine = city(0, 4);
    let world = engine.world().clone();
    let roads = world.roads();
    let ms = |edge: usize| roads.costs().of(Travel::UrgentCar)[2 * edge];
    let (free, other, third) = (ms(7), ms(8), ms(9));
    let closure = |id: &str, edges: Vec<u32>, factor, until| {
        let place = Drawn::Edges(edges);
        Command::PutClosure(Closure { id: id.parse().unwrap(), place, heading_deg: None, factor, reason: "fair".into(), until, org: None })
    };
    run(&mut engine, &closure("jam", vec![7, 8], Some(2.0), None)).unwrap();
    assert_eq!(ms(7), 2 * free);
    run(&mut engine, &closure("shut", vec![7], None, Some(T0.plus_ms(10)))).unwrap();
    assert_eq!((ms(7), ms(8)), (NEVER, 2 * other));
    run(&mut engine, &closure("light", vec![7], Some(1.5), None)).unwrap();
    engine.look_at_ages(T0.plus_ms(9));
    assert_eq!((ms(7), roads.closures(T0).len(), roads.closures(T0.plus_ms(10)).len()), (NEVER, 3, 2));
    engine.look_at_ages(T0.plus_ms(10));
    // Of those that are left the slowest counts.
    assert_eq!((ms(7), roads.closures(T0).len()), (2 * free, 2));
    // One that is put again is where it is now, and no longer where it was.
    run(&mut engine, &closure("jam", vec![9], Some(2.0), None)).unwrap();
    assert_eq!((ms(7), ms(8)), ((f64::from(free) * 1.5).round() as u32, other));
    run(&mut engine, &Command::LiftClosure("light".parse().unwrap())).unwrap();
    run(&mut engine, &Command::LiftClosure("jam".parse().unwrap())).unwrap();
    assert_eq!((ms(7), ms(9), roads.closures(T0).len()), (free, third, 0));
    let gone = run(&mut engine, &Command::LiftClosure("jam".parse().unwrap())).unwrap_err();
    assert_eq!((gone.field(), gone.to_string()), ("id", "there is no closure `jam`".to_owned()));

    let wrong = |command: &Command| {
        let error = engine.decide(command).unwrap_err();
        (error.field(), error.to_string())
    };
    assert_eq!(wrong(&closure("a", vec![7], Some(0.0), None)).0, "factor");
    assert_eq!(wrong(&closure("a", vec![7], Some(100.5), None)).0, "factor");
    let (field, words) = wrong(&closure("a", vec![1_000_000], None, None));
    assert!(field == "where" && words.contains("no road"), "{words}");
    let everywhere = ZoneShape::Circle { centre: roads.network.junctions().get(0).unwrap(), radius_m: 90_000.0 };
    let place = Drawn::Area(everywhere);
    let all = Closure { id: "a".parse().unwrap(), place, heading_deg: None, factor: None, reason: "x".into(), until: None, org: None };
    let (field, words) = wrong(&Command::PutClosure(all.clone()));
    assert!(field == "where" && words.contains("at most 10000"), "{words}");
    let place = Drawn::Edges(vec![7]);
    let (field, words) = wrong(&Command::PutClosure(Closure { place: place.clone(), reason: "长".repeat(201), ..all.clone() }));
    assert!(field == "reason" && words.contains("200"), "{words}");
    for heading_deg in [-1.0, 360.5, f64::NAN] {
        assert_eq!(
            wrong(&Command::PutClosure(Closure { place: place.clone(), heading_deg: Some(heading_deg), ..all.clone() })).0,
            "heading_deg"
        );
    }
}

#[test]
fn a_closure_of_one_way_leaves_the_other_free() {
    let mut engine = city(0, 6);
    let world = engine.world().clone();
    let roads = world.roads();
    let shape = roads.network.edges().get(7).unwrap().shape;
    let there_deg = bearing_deg(shape.first(), shape.last());
    let ways = || [14, 15].map(|drive| roads.costs().of(Travel::UrgentCar)[drive]);
    let free = ways();
    let mut close = |turned_deg: f64| {
        let heading_deg = Some((there_deg + turned_deg).rem_euclid(360.0));
        let (id, place, reason) = ("way".parse().unwrap(), Drawn::Edges(vec![7]), "works".into());
        run(&mut engine, &Command::PutClosure(Closure { id, place, heading_deg, factor: None, reason, until: None, org: None })).unwrap();
        roads.closures(T0)[0].drives.to_vec()
    };
    assert_eq!((close(80.0), ways()), (vec![14], [NEVER, free[1]]));
    assert_eq!((close(100.0), ways()), (vec![15], [free[0], NEVER]));
    run(&mut engine, &Command::LiftClosure("way".parse().unwrap())).unwrap();
    assert_eq!(ways(), free);
}

#[test]
fn what_is_drawn_means_the_roads_under_it() {
    let engine = city(0, 5);
    let roads = engine.world().roads();
    let (start, end) = roads.network.edges().get(40).unwrap().shape.steps().next().unwrap();
    let middle = start.offset(haversine_m(start, end) / 2.0, bearing_deg(start, end));
    let point = |at: LatLng| at.to_point().0;
    let across = |m: f64| {
        let side = bearing_deg(start, end) + 90.0;
        Drawn::Line(geo::LineString::new(vec![point(middle.offset(m, side)), point(middle.offset(m, side + 180.0))]))
    };
    assert_eq!(roads.meant(&Drawn::Point(middle.offset(1.0, 0.0))), Ok(vec![40]));
    assert_eq!(roads.meant(&across(3.0)), Ok(vec![40]));
    assert_eq!(roads.meant(&Drawn::Edges(vec![9, 40, 9])), Ok(vec![9, 40]));
    let disc = ZoneShape::Circle { centre: middle, radius_m: 5.0 };
    assert_eq!(roads.meant(&Drawn::Area(disc)), Ok(vec![40]));
    let corners = [45.0, 135.0, 225.0, 315.0, 45.0].map(|deg| point(middle.offset(6.0, deg)));
    let square = geo::Polygon::new(geo::LineString::new(corners.to_vec()), vec![]);
    assert_eq!(roads.meant(&Drawn::Area(ZoneShape::Polygon(geo::MultiPolygon::new(vec![square])))), Ok(vec![40]));
    // All roads around, beside brute force.
    let wide = ZoneShape::Circle { centre: middle, radius_m: 700.0 };
    let right: Vec<u32> = (0..)
        .zip(roads.network.edges().iter())
        .filter(|(_, edge)| edge.shape.steps().any(|(from, to)| citygate::geodesy::distance_to_arc_m(middle, from, to) <= 700.0))
        .map(|(no, _)| no)
        .collect();
    assert_eq!(roads.meant(&Drawn::Area(wide)), Ok(right));
}
