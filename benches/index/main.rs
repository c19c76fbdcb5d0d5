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

use city::{City, Lie, PREPARED, flat};
use citygate::{
    geodesy::{LatLng, haversine_m},
    index::{Filter, Tag},
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
/// Moves before the searches are measured, so that no structure is as fresh as on the day it was built.
const MOVES_BEFORE: usize = 1_500_000;
/// Moves a turn, as the engine makes them.
const MOVES_A_TURN: usize = 64;
const RINGS_M: [f64; 3] = [500.0, 1_000.0, 3_000.0];

type Flat = GeomWithData<[f64; 2], u32>;
type KdTree = kiddo::float::kdtree::KdTree<f64, u64, 2, 64, u32>;

fn tree(city: &City) -> RTree<Flat> {
    RTree::bulk_load(city.at.iter().enumerate().map(|(n, at)| Flat::new(flat(*at), n as u32)).collect())
}

fn kd_tree(city: &City) -> KdTree {
    let mut tree = KdTree::with_capacity(city.at.len());
    for (n, at) in city.at.iter().enumerate() {
        tree.add(&flat(*at), n as u64);
    }
    tree
}

fn group<'a>(c: &'a mut Criterion, name: &str) -> BenchmarkGroup<'a, WallTime> {
    let mut group = c.benchmark_group(name);
    group.sample_size(20).warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(2));
    group
}

/// Calls `one` with one prepared item after the other, 64 of them an iteration.
fn each<T: Copy>(b: &mut criterion::Bencher<'_>, prepared: &[T], mut turn: impl FnMut(&[T])) {
    let mut next = 0;
    b.iter(|| {
        turn(&prepared[next..next + MOVES_A_TURN]);
        next = (next + MOVES_A_TURN) % prepared.len();
    });
}

fn moves(c: &mut Criterion) {
    let mut group = group(c, "move_20m");
    group.throughput(Throughput::Elements(MOVES_A_TURN as u64));
    for (size, lie, name) in CITIES {
        let mut city = City::new(size, lie);
        let (mut index, mut grid, mut tree, mut kd_tree) = (city.index(), FlatGrid::new(&city.at, &city.tags), tree(&city), kd_tree(&city));
        let round = city.round();
        let tags = city.tags.clone();
        group.bench_function(BenchmarkId::new("citygate", name), |b| {
            each(b, &round, |moves| {
                let mut turn = index.turn();
                for (unit, _, to) in moves {
                    turn.place_unit(UnitNo(*unit), black_box(*to), &tags[*unit as usize]);
                }
            });
        });
        group.bench_function(BenchmarkId::new("flat_grid", name), |b| {
            each(b, &round, |moves| {
                for (unit, _, to) in moves {
                    grid.place(*unit, black_box(*to), &tags[*unit as usize]);
                }
            });
        });
        group.bench_function(BenchmarkId::new("rstar", name), |b| {
            each(b, &round, |moves| {
                for (unit, from, to) in moves {
                    let removed = tree.remove(&Flat::new(flat(*from), *unit));
                    debug_assert!(removed.is_some());
                    tree.insert(Flat::new(flat(black_box(*to)), *unit));
                }
            });
        });
        if lie == Lie::Uniform {
            group.bench_function(BenchmarkId::new("kiddo", name), |b| {
                each(b, &round, |moves| {
                    for (unit, from, to) in moves {
                        kd_tree.remove(&flat(*from), u64::from(*unit));
                        kd_tree.add(&flat(black_box(*to)), u64::from(*unit));
                    }
                });
            });
        }
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

fn nearest(c: &mut Criterion) {
    for (size, lie, name) in CITIES {
        let mut city = City::new(size, lie);
        let (mut index, mut grid, mut tree, mut kd_tree) = (city.index(), FlatGrid::new(&city.at, &city.tags), tree(&city), kd_tree(&city));
        for _ in 0..MOVES_BEFORE {
            let (unit, from, to) = city.step();
            index.place_unit(UnitNo(unit), to, city.tags[unit as usize]);
            grid.place(unit, to, &city.tags[unit as usize]);
            tree.remove(&Flat::new(flat(from), unit));
            tree.insert(Flat::new(flat(to), unit));
            kd_tree.remove(&flat(from), u64::from(unit));
            kd_tree.add(&flat(to), u64::from(unit));
        }
        let index = index.index().clone();
        for question in kinds_of_question() {
            let (places, filter) = (question.places(&mut city), question.filter());
            for at in places.iter().take(200) {
                let brute = brute_force(&city, *at, &filter);
                let ours: Vec<f64> = index.nearest(*at, 10, None, &filter).iter().map(|hit| hit.distance_m).collect();
                assert_eq!(ours, brute, "{name}, {}", question.name);
            }
            let mut group = group(c, question.name);
            let mut bench = |peer: &str, ask: &mut dyn FnMut(LatLng)| {
                let mut next = 0;
                group.bench_function(BenchmarkId::new(peer, name), |b| {
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
}

fn brute_force(city: &City, at: LatLng, filter: &Filter) -> Vec<f64> {
    let wanted = city.tags.iter().zip(&city.at).filter(|(tag, _)| filter.wants(tag));
    let mut all: Vec<f64> = wanted.map(|(_, place)| haversine_m(at, *place)).collect();
    all.select_nth_unstable_by(9, f64::total_cmp);
    all.truncate(10);
    all.sort_unstable_by(f64::total_cmp);
    all
}

fn rings(c: &mut Criterion) {
    let mut group = group(c, "three_rings_counted");
    for (size, lie, name) in CITIES {
        let mut city = City::new(size, lie);
        let (index, tree) = (city.index().index().clone(), tree(&city));
        let questions = city.questions();
        let mut next = 0;
        group.bench_function(BenchmarkId::new("citygate", name), |b| {
            b.iter(|| {
                next = (next + 1) % PREPARED;
                index.count_within(black_box(questions[next]), &RINGS_M)
            });
        });
        let mut next = 0;
        group.bench_function(BenchmarkId::new("rstar", name), |b| {
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
    }
    group.finish();
}

criterion_group!(benches, moves, nearest, rings);
criterion_main!(benches);
