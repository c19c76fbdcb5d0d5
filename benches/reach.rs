//! Reach by road on the sample city: coverage after one unit's change beside coverage from nothing, in one run; an isochrone and its area;
//! which units to shift.
//!
//! Seeded. The units that are available in `data/`, where they start from, on the nearest edge, cars and motorcycles under blue
//! light, those on foot on foot; groups are the zones and the H3 cells of resolution 8. After what was measured, the state that was kept live is
//! compared with one from nothing. Run with `make bench`.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stderr)]

use std::{hint::black_box, path::Path, sync::Arc, time::Duration};

use citygate::{
    city::{self, City},
    geodesy::LatLng,
    geography::Geography,
    model::{Status, UnitKind},
    reach::{Coverage, Groups, Isochrone, MoveUp, Outline, PROMISE_MS, Source, Start},
    roads::{Costs, Paces, RoadGraph, RoadPlace, Travel},
};
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, criterion_group, criterion_main, measurement::WallTime};
use rand::{Rng, SeedableRng, rngs::SmallRng, seq::IndexedRandom};

const SEED: u64 = 20_261_122;
const OURS: &str = "citygate";
const TURN_OUT_MS: u32 = 30_000;
/// The width of an isochrone's area, metres.
const WIDTH_M: f64 = 60.0;

/// The sample city, ready for questions.
struct Sample {
    city: City,
    graph: Arc<RoadGraph>,
    costs: Costs,
    groups: Arc<Groups>,
    sources: Vec<Source>,
    posts: Vec<RoadPlace>,
}

/// The place on the nearest edge, by trying all; distances in a plane.
fn snapped(city: &City, at: LatLng) -> RoadPlace {
    let scale = at.lat_deg().to_radians().cos();
    let flat = |to: LatLng| [(to.lng_deg() - at.lng_deg()) * scale, to.lat_deg() - at.lat_deg()];
    let mut best = (f64::INFINITY, RoadPlace::new(0, 0.0));
    for (edge, no) in city.roads.edges().iter().zip(0..) {
        let lengths = edge.shape.steps().map(|(from, to)| {
            let ([ax, ay], [bx, by]) = (flat(from), flat(to));
            let (dx, dy) = (bx - ax, by - ay);
            let along = if dx == 0.0 && dy == 0.0 { 0.0 } else { (-(ax * dx + ay * dy) / (dx * dx + dy * dy)).clamp(0.0, 1.0) };
            ((ax + dx * along).hypot(ay + dy * along), along, dx.hypot(dy))
        });
        let lengths: Vec<(f64, f64, f64)> = lengths.collect();
        let whole: f64 = lengths.iter().map(|(.., length)| length).sum();
        let mut behind = 0.0;
        for (distance, along, length) in lengths {
            if distance < best.0 {
                best = (distance, RoadPlace::new(no, (behind + along * length) / whole));
            }
            behind += length;
        }
    }
    best.1
}

impl Sample {
    fn load() -> Self {
        let city = city::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("data")).unwrap();
        let travel = |kind| match kind {
            UnitKind::PatrolCar | UnitKind::ArmedCar => Some(Travel::UrgentCar),
            UnitKind::Motorcycle => Some(Travel::UrgentMotorcycle),
            UnitKind::Foot | UnitKind::Post => Some(Travel::Foot),
            _ => None,
        };
        let available = city.units.iter().zip(0..).filter(|(unit, _)| unit.status == Status::Available);
        let sources = available.filter_map(|(unit, who)| {
            let (home, travel) = unit.home.zip(travel(unit.kind))?;
            Some(Source { who, place: snapped(&city, home), travel, delay_ms: TURN_OUT_MS })
        });
        let sources: Vec<Source> = sources.collect();
        let posts = city.posts.iter().map(|post| snapped(&city, post.place.at)).collect();

        let geography = Geography::new(city.zones.iter().cloned());
        let (mut zones, mut cells) = (Vec::new(), std::collections::HashMap::new());
        let groups = Groups::by_middle(&city.roads, |at| {
            geography.zones_at(at, &mut zones);
            let cell = h3o::LatLng::new(at.lat_deg(), at.lng_deg()).unwrap().to_cell(h3o::Resolution::Eight);
            let no = city.zones.len() + cells.len();
            let cell = *cells.entry(cell).or_insert(no) as u32;
            zones.iter().copied().chain([cell]).collect::<Vec<_>>()
        });
        let (graph, costs) = (RoadGraph::new(&city.roads), Costs::new(&city.roads, &Paces::default()));
        Self { graph: Arc::new(graph), costs, groups: Arc::new(groups), sources, posts, city }
    }

    fn coverage(&self, sources: &[Source]) -> Coverage {
        let (graph, groups) = (self.graph.clone(), self.groups.clone());
        let mut coverage = Coverage::new(&self.city.roads, graph, self.costs.clone(), groups, PROMISE_MS).unwrap();
        coverage.put_all(sources).unwrap();
        coverage
    }

    fn anywhere(&self, rng: &mut SmallRng) -> RoadPlace {
        RoadPlace { edge: rng.random_range(0..self.city.roads.edges().len() as u32), along: rng.random() }
    }
}

fn group<'a>(c: &'a mut Criterion, name: &str) -> BenchmarkGroup<'a, WallTime> {
    let mut group = c.benchmark_group(name);
    group.warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2)).sample_size(20);
    group
}

fn coverage(c: &mut Criterion) {
    let sample = Sample::load();
    // All that are available, and one in thirty: of fewer units each has more of the city.
    for share in [1, 30] {
        let sources: Vec<Source> = sample.sources.iter().step_by(share).copied().collect();
        let size = sources.len();
        let mut live = sample.coverage(&sources);
        let shares = live.city().map(|share| (1_000.0 * share.share()).round() / 10.0);
        eprintln!("{size} units: {shares:?} % of the road within {PROMISE_MS:?} ms");
        let mut rng = SmallRng::seed_from_u64(SEED);

        let mut moves = group(c, "coverage_one_unit_anywhere");
        moves.bench_function(BenchmarkId::new(OURS, size), |b| {
            b.iter(|| {
                let unit = sources.choose(&mut rng).unwrap();
                live.put(unit.who, sample.anywhere(&mut rng), unit.travel, unit.delay_ms).unwrap();
            });
        });
        moves.bench_function(BenchmarkId::new("from_nothing", size), |b| b.iter(|| black_box(sample.coverage(&sources))));
        moves.finish();

        let mut steps = group(c, "coverage_one_step");
        steps.bench_function(BenchmarkId::new(OURS, size), |b| {
            b.iter(|| {
                let unit = live.unit(sources.choose(&mut rng).unwrap().who).unwrap();
                let place = RoadPlace { along: rng.random(), ..unit.place };
                live.put(unit.who, place, unit.travel, unit.delay_ms).unwrap();
            });
        });
        steps.finish();

        let mut busy = group(c, "coverage_busy_and_free_again");
        busy.bench_function(BenchmarkId::new(OURS, size), |b| {
            b.iter(|| {
                let unit = live.unit(sources.choose(&mut rng).unwrap().who).unwrap();
                live.remove(unit.who);
                live.put(unit.who, unit.place, unit.travel, unit.delay_ms).unwrap();
            });
        });
        busy.finish();

        let mut closed = group(c, "coverage_road_closed_and_open_again");
        closed.bench_function(BenchmarkId::new(OURS, size), |b| {
            b.iter(|| {
                let drive = 2 * sample.anywhere(&mut rng).edge;
                live.set_factor(drive, f32::INFINITY);
                live.set_factor(drive, 1.0);
            });
        });
        closed.finish();

        let now: Vec<Source> = sources.iter().map(|unit| live.unit(unit.who).unwrap()).collect();
        let fresh = sample.coverage(&now);
        assert!((0..sample.groups.len() as u32).all(|group| live.group(group) == fresh.group(group)));
        assert_eq!(live.city(), fresh.city());
    }
}

fn isochrone(c: &mut Criterion) {
    let sample = Sample::load();
    let start = [Start { place: sample.posts[0], delay_ms: 0 }];
    for minutes in [1, 3, 5] {
        let limit_ms = 60_000 * minutes;
        let search = || Isochrone::new(&sample.graph, &sample.costs, Travel::UrgentCar, &start, limit_ms).unwrap().stretches(limit_ms);
        let stretches = search();
        let outline = Outline::new(&sample.city.roads, &stretches, WIDTH_M);
        let corners: usize = outline.area.iter().map(|area| area.exterior().0.len()).sum();
        let holes: usize = outline.area.iter().map(|area| area.interiors().len()).sum();
        let areas = outline.area.0.len();
        eprintln!("{minutes} minutes: {} stretches, {areas} areas of {corners} corners, {holes} holes", stretches.len());

        let mut group = group(c, "isochrone");
        group.bench_function(BenchmarkId::new("stretches", minutes), |b| b.iter(|| black_box(search())));
        group.bench_function(BenchmarkId::new("area", minutes), |b| {
            b.iter(|| black_box(Outline::new(&sample.city.roads, &stretches, WIDTH_M)));
        });
        group.finish();
    }
}

fn move_up(c: &mut Criterion) {
    let sample = Sample::load();
    for share in [1, 30] {
        let sources: Vec<Source> = sample.sources.iter().step_by(share).copied().collect();
        let size = sources.len();
        let coverage = sample.coverage(&sources);
        let can_move = sources.iter().filter(|unit| unit.travel != Travel::Foot).map(|unit| unit.who);
        let units: Vec<u32> = can_move.take(20).collect();
        let ask = MoveUp { units: &units, posts: &sample.posts, most_moves: 3, limit_ms: PROMISE_MS[1], within_ms: 900_000 };
        let plan = coverage.move_up(&ask).unwrap();
        eprintln!(
            "{size} units: {} may move, {} moves: {:.1} km of road are reached, {:.1} after, at most {:.1}",
            units.len(),
            plan.moves.len(),
            plan.before_m / 1e3,
            plan.after_m / 1e3,
            plan.bound_m / 1e3
        );
        let mut group = group(c, "move_up_20_units_74_posts_3_moves");
        group.sample_size(10);
        group.bench_function(BenchmarkId::new(OURS, size), |b| b.iter(|| black_box(coverage.move_up(&ask).unwrap())));
        group.finish();
    }
}

criterion_group!(benches, coverage, isochrone, move_up);
criterion_main!(benches);
