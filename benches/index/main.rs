//! The index beside its peers, in one run: one move of 20 m, the nearest 10 of the eligible, three rings.
//!
//! 3,500, 100,000 and 1,000,000 units, uniform and clustered. rstar and kiddo hold points in a plane of metres
//! (equirectangular at the middle latitude): cheaper a distance than a sphere, and exact only near the middle, which
//! favours the peers; so does that the flat grid serves one city and one thread. Run with `make bench`, which prints the
//! ratios.
#![allow(missing_docs, clippy::unwrap_used, unreachable_pub)]

mod city;
mod flat_grid;

use std::{hint::black_box, time::Duration};

use city::{City, Lie, Move, PREPARED, flat};
use citygate::{
    geodesy::{LatLng, haversine_m},
    index::{Filter, IndexWriter, Tag},
    model::{Capabilities, Capability, Status, StatusSet, Timestamp, UnitNo},
};
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main, measurement::WallTime};
use flat_grid::FlatGrid;
use rand::Rng;
use rstar::{PointDistance, RTree, primitives::GeomWithData};

const CITIES: [(usize, Lie, &str); 5] = [
    (3_500, Lie::Uniform, "3500"),
    (100_000, Lie::Uniform, "100000"),
    (1_000_000, Lie::Uniform, "1000000"),
    (100_000, Lie::Clustered, "100000_clustered"),
    (1_000_000, Lie::Clustered, "1000000_clustered"),
];
/// Moves before anything is measured, so that no structure is as fresh as on the day it was built.
const MOVES_BEFORE: usize = 1_500_000;
/// Moves a turn, as the engine makes them.
const MOVES_A_TURN: usize = 64;
const RINGS_M: [f64; 3] = [500.0, 1_000.0, 3_000.0];

/// Questions whose answers are compared with brute force before anything is measured.
const COMPARED: usize = 40;

type Flat = GeomWithData<[f64; 2], u32>;
type KdTree = kiddo::float::kdtree::KdTree<f64, u64, 2, 64, u32>;

/// A city in each of the structures, after the same moves.
struct Built {
    name: &'static str,
    lie: Lie,
    city: City,
    index: IndexWriter,
    grid: FlatGrid,
    tree: RTree<Flat>,
    kd_tree: KdTree,
}

impl Built {
    fn new(size: usize, lie: Lie, name: &'static str) -> Self {
        let city = City::new(size, lie);
        let points = city.at.iter().enumerate().map(|(n, at)| Flat::new(flat(*at), n as u32));
        let tree = RTree::bulk_load(points.collect());
        let mut kd_tree = KdTree::with_capacity(size);
        for (n, at) in city.at.iter().enumerate() {
            kd_tree.add(&flat(*at), n as u64);
        }
        let (index, grid) = (city.index(), FlatGrid::new(&city.at, &city.tags));
        let mut built = Self { name, lie, city, index, grid, tree, kd_tree };
        for _ in 0..MOVES_BEFORE {
            let step = built.city.step();
            built.index.place_unit(UnitNo(step.unit), step.to, step.tag);
            built.grid.place(step.unit, step.to, &step.tag);
            move_in_tree(&mut built.tree, &step);
            move_in_kd_tree(&mut built.kd_tree, &step);
        }
        built
    }
}

fn move_in_tree(tree: &mut RTree<Flat>, step: &Move) {
    let removed = tree.remove(&Flat::new(flat(step.from), step.unit));
    debug_assert!(removed.is_some());
    tree.insert(Flat::new(flat(black_box(step.to)), step.unit));
}

fn move_in_kd_tree(tree: &mut KdTree, step: &Move) {
    tree.remove(&flat(step.from), u64::from(step.unit));
    tree.add(&flat(black_box(step.to)), u64::from(step.unit));
}

fn group<'a>(c: &'a mut Criterion, name: &str) -> BenchmarkGroup<'a, WallTime> {
    let mut group = c.benchmark_group(name);
    group.sample_size(20).nresamples(10_000).warm_up_time(Duration::from_millis(200)).measurement_time(Duration::from_millis(800));
    group
}

/// Each city is built once. Its moves are measured last, since they change it.
fn cities(c: &mut Criterion) {
    for (size, lie, name) in CITIES {
        let mut built = Built::new(size, lie, name);
        nearest(c, &mut built);
        rings(c, &mut built);
        moves(c, built);
    }
}

/// Makes one prepared move after the other, 64 of them an iteration.
fn each(b: &mut criterion::Bencher<'_>, prepared: &[Move], mut turn: impl FnMut(&[Move])) {
    let mut next = 0;
    b.iter(|| {
        turn(&prepared[next..next + MOVES_A_TURN]);
        next = (next + MOVES_A_TURN) % prepared.len();
    });
}

fn moves(c: &mut Criterion, built: Built) {
    let Built { name, lie, mut city, mut index, mut grid, mut tree, mut kd_tree } = built;
    let mut group = group(c, "move_20m");
    group.throughput(Throughput::Elements(MOVES_A_TURN as u64));
    let round = city.round();
    group.bench_function(BenchmarkId::new("citygate", name), |b| {
        each(b, &round, |moves| {
            let mut turn = index.turn();
            turn.expect(moves.iter().map(|step| UnitNo(step.unit)));
            for step in moves {
                turn.place_unit(UnitNo(step.unit), black_box(step.to), &step.tag);
            }
        });
    });
    group.bench_function(BenchmarkId::new("flat_grid", name), |b| {
        each(b, &round, |moves| moves.iter().for_each(|step| grid.place(step.unit, black_box(step.to), &step.tag)));
    });
    group.bench_function(BenchmarkId::new("rstar", name), |b| {
        each(b, &round, |moves| moves.iter().for_each(|step| move_in_tree(&mut tree, step)));
    });
    if lie == Lie::Uniform {
        group.bench_function(BenchmarkId::new("kiddo", name), |b| {
            each(b, &round, |moves| moves.iter().for_each(|step| move_in_kd_tree(&mut kd_tree, step)));
        });
    }
    group.finish();
}

/// A kind of question: its name, the status and the capabilities asked for, and whether it comes from the empty quarter.
struct Question {
    name: &'static str,
    status: Option<Status>,
    capabilities: Capabilities,
    from_empty_quarter: bool,
}

fn kinds_of_question() -> [Question; 4] {
    let three = [Capability::Armed, Capability::FirstAid, Capability::Motorway].into_iter().collect();
    let ask = |name, status, capabilities, from_empty_quarter| Question { name, status, capabilities, from_empty_quarter };
    [
        ask("nearest_10_of_30_percent", Some(Status::Available), Capabilities::EMPTY, false),
        ask("nearest_10_of_1_percent", Some(Status::OnScene), Capabilities::EMPTY, false),
        ask("nearest_10_three_capabilities", None, three, false),
        ask("nearest_10_from_empty_quarter", Some(Status::Available), Capabilities::EMPTY, true),
    ]
}

impl Question {
    fn filter(&self) -> Filter {
        let statuses = self.status.map_or(StatusSet::ALL, |status| StatusSet::EMPTY.with(status));
        Filter { statuses, capabilities: self.capabilities, ..Filter::default() }
    }

    fn wants(&self, tag: &Tag) -> bool {
        self.status.is_none_or(|status| tag.status == status) && tag.capabilities.contains_all(self.capabilities)
    }

    fn places(&self, city: &mut City) -> Vec<LatLng> {
        if !self.from_empty_quarter {
            return city.questions();
        }
        (0..PREPARED).map(|_| LatLng::new(city.rng.random_range(22.94..22.97), city.rng.random_range(108.54..108.57)).unwrap()).collect()
    }
}

fn nearest(c: &mut Criterion, built: &mut Built) {
    let Built { name, city, index, grid, tree, kd_tree, .. } = built;
    let index = index.index();
    for question in kinds_of_question() {
        let (places, filter) = (question.places(city), question.filter());
        for at in places.iter().take(COMPARED) {
            let brute = brute_force(city, *at, &filter);
            let ours: Vec<f64> = index.nearest(*at, 10, None, &filter).iter().map(|hit| hit.distance_m).collect();
            assert_eq!(ours, brute, "{name}, {}", question.name);
        }
        let mut group = group(c, question.name);
        let mut bench = |peer: &str, ask: &mut dyn FnMut(LatLng)| {
            let mut next = 0;
            group.bench_function(BenchmarkId::new(peer, *name), |b| {
                b.iter(|| {
                    next = (next + 1) % PREPARED;
                    ask(black_box(places[next]));
                });
            });
        };
        bench("citygate", &mut |at| drop(black_box(index.nearest(at, 10, None, &filter))));
        bench("flat_grid", &mut |at| {
            drop(black_box(grid.nearest(at, 10, question.status, question.capabilities, Timestamp::from_unix_ms(0))));
        });
        bench("rstar", &mut |at| {
            let eligible = |point: &&Flat| question.wants(&city.tags[point.data as usize]);
            let found: Vec<u32> = tree.nearest_neighbor_iter(flat(at)).filter(eligible).take(10).map(|point| point.data).collect();
            black_box(found);
        });
        // A k-d tree without a filter finds the nearest of all: an easier question.
        if question.name == "nearest_10_of_30_percent" {
            bench("kiddo_unfiltered", &mut |at| {
                let ten = std::num::NonZero::new(10).unwrap();
                black_box(kd_tree.nearest_n::<kiddo::SquaredEuclidean>(&flat(at), ten.get()));
            });
        }
        group.finish();
    }
}

fn brute_force(city: &City, at: LatLng, filter: &Filter) -> Vec<f64> {
    let wanted = city.tags.iter().zip(&city.at).filter(|(tag, _)| filter.wants(tag));
    let mut all: Vec<f64> = wanted.map(|(_, place)| haversine_m(at, *place)).collect();
    all.select_nth_unstable_by(9, f64::total_cmp);
    all.truncate(10);
    all.sort_unstable_by(f64::total_cmp);
    all
}

fn rings(c: &mut Criterion, built: &mut Built) {
    let Built { name, city, index, tree, .. } = built;
    let (index, questions) = (index.index(), city.questions());
    let mut group = group(c, "three_rings_counted");
    let mut next = 0;
    group.bench_function(BenchmarkId::new("citygate", *name), |b| {
        b.iter(|| {
            next = (next + 1) % PREPARED;
            index.count_within(black_box(questions[next]), &RINGS_M)
        });
    });
    let mut next = 0;
    group.bench_function(BenchmarkId::new("rstar", *name), |b| {
        b.iter(|| {
            next = (next + 1) % PREPARED;
            let centre = flat(black_box(questions[next]));
            let mut counts = [[[0_u32; 7]; 8]; 3];
            for (ring, radius_m) in RINGS_M.into_iter().enumerate() {
                for point in tree.locate_within_distance(centre, radius_m * radius_m) {
                    debug_assert!(point.distance_2(&centre) <= radius_m * radius_m);
                    let tag = &city.tags[point.data as usize];
                    counts[ring][usize::from(tag.kind.code())][usize::from(tag.status.code())] += 1;
                }
            }
            counts
        });
    });
    group.finish();
}

criterion_group!(benches, cities);
criterion_main!(benches);
