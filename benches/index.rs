//! The index beside rstar and brute force, in one run: one move of 20 m, the nearest 10 of 30 % eligible, three rings.
//!
//! Seeded; the box of the sample city, 108.2 to 108.6 E, 22.7 to 23.0 N; 3,500, 100,000 and 1,000,000 units. rstar holds
//! points in a plane of metres (equirectangular at the middle latitude): cheaper per distance than a sphere, and exact
//! only near the middle, which favours the peer. Run with `make bench`.
#![allow(missing_docs, clippy::unwrap_used)]

use std::{hint::black_box, time::Duration};

use citygate::{
    geodesy::{EARTH_RADIUS_M, LatLng, haversine_m},
    index::{Filter, Index, Tag},
    model::{Capabilities, DeviceKind, Status, StatusSet, Timestamp, UnitKind, UnitNo},
};
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, criterion_group, criterion_main, measurement::WallTime};
use rand::{Rng, SeedableRng, rngs::SmallRng, seq::SliceRandom};
use rstar::{PointDistance, RTree, primitives::GeomWithData};

const SIZES: [usize; 3] = [3_500, 100_000, 1_000_000];
const SEED: u64 = 20_261_122;
/// Moves before the searches are measured, so that no structure is as fresh as on the day it was built.
const MOVES_BEFORE: usize = 1_500_000;
/// Precomputed moves and questions, gone through round and round.
const PREPARED: usize = 1 << 16;
const STEP_M: f64 = 20.0;
const RINGS_M: [f64; 3] = [500.0, 1_000.0, 3_000.0];

type Flat = GeomWithData<[f64; 2], u32>;

struct City {
    rng: SmallRng,
    at: Vec<LatLng>,
    tags: Vec<Tag>,
}

fn flat(at: LatLng) -> [f64; 2] {
    let scale = 22.85_f64.to_radians().cos();
    [(at.lng_deg() - 108.4).to_radians() * EARTH_RADIUS_M * scale, (at.lat_deg() - 22.85).to_radians() * EARTH_RADIUS_M]
}

impl City {
    fn new(size: usize) -> Self {
        let mut rng = SmallRng::seed_from_u64(SEED);
        let at: Vec<LatLng> = (0..size).map(|_| Self::anywhere(&mut rng)).collect();
        // 30 % are available; the rows of statuses are shuffled, so that no branch predictor learns them.
        let mut statuses: Vec<Status> = (0..size).map(|n| if n * 10 < size * 3 { Status::Available } else { Status::Busy }).collect();
        statuses.shuffle(&mut rng);
        let tag = |status| Tag {
            kind: UnitKind::PatrolCar,
            status,
            device: DeviceKind::VehicleTerminal,
            org: 0,
            capabilities: Capabilities::EMPTY,
            seen: Timestamp::from_unix_ms(0),
        };
        Self { rng, at, tags: statuses.into_iter().map(tag).collect() }
    }

    fn anywhere(rng: &mut SmallRng) -> LatLng {
        LatLng::new(rng.random_range(22.7..23.0), rng.random_range(108.2..108.6)).unwrap()
    }

    /// The next random move: a unit and where it goes, within the box.
    fn step(&mut self) -> (u32, LatLng, LatLng) {
        loop {
            let unit = self.rng.random_range(0..self.at.len());
            let from = self.at[unit];
            let to = from.offset(STEP_M, self.rng.random_range(0.0..360.0));
            if (22.7..23.0).contains(&to.lat_deg()) && (108.2..108.6).contains(&to.lng_deg()) {
                self.at[unit] = to;
                return (unit as u32, from, to);
            }
        }
    }

    fn questions(&mut self) -> Vec<LatLng> {
        (0..PREPARED).map(|_| Self::anywhere(&mut self.rng)).collect()
    }

    fn index(&self) -> Index {
        let mut index = Index::new();
        for (n, (at, tag)) in self.at.iter().zip(&self.tags).enumerate() {
            index.place_unit(UnitNo(n as u32), *at, *tag);
        }
        index
    }

    fn tree(&self) -> RTree<Flat> {
        RTree::bulk_load(self.at.iter().enumerate().map(|(n, at)| Flat::new(flat(*at), n as u32)).collect())
    }
}

fn eligible() -> Filter {
    Filter { statuses: StatusSet::EMPTY.with(Status::Available), ..Filter::default() }
}

fn group<'a>(c: &'a mut Criterion, name: &str) -> BenchmarkGroup<'a, WallTime> {
    let mut group = c.benchmark_group(name);
    group.sample_size(20).warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(2));
    group
}

fn moves(c: &mut Criterion) {
    let mut group = group(c, "move_20m");
    for size in SIZES {
        let mut city = City::new(size);
        let (mut index, mut tree) = (city.index(), city.tree());
        // There and back again, so that the round can start over: every move is a real one from where the unit is.
        let there: Vec<(u32, LatLng, LatLng)> = (0..PREPARED / 2).map(|_| city.step()).collect();
        let round: Vec<(u32, LatLng, LatLng)> =
            there.iter().copied().chain(there.iter().rev().map(|(unit, from, to)| (*unit, *to, *from))).collect();
        let tags = city.tags.clone();
        let mut next = 0;
        group.bench_function(BenchmarkId::new("citygate", size), |b| {
            b.iter(|| {
                let (unit, _, to) = round[next % round.len()];
                next += 1;
                index.place_unit(UnitNo(unit), black_box(to), tags[unit as usize]);
            });
        });
        let mut next = 0;
        group.bench_function(BenchmarkId::new("rstar", size), |b| {
            b.iter(|| {
                let (unit, from, to) = round[next % round.len()];
                next += 1;
                let removed = tree.remove(&Flat::new(flat(from), unit));
                debug_assert!(removed.is_some());
                tree.insert(Flat::new(flat(black_box(to)), unit));
                removed
            });
        });
    }
    group.finish();
}

fn nearest(c: &mut Criterion) {
    let mut group = group(c, "nearest_10_of_30_percent");
    for size in SIZES {
        let mut city = City::new(size);
        let (mut index, mut tree) = (city.index(), city.tree());
        for _ in 0..MOVES_BEFORE {
            let (unit, from, to) = city.step();
            index.place_unit(UnitNo(unit), to, city.tags[unit as usize]);
            tree.remove(&Flat::new(flat(from), unit));
            tree.insert(Flat::new(flat(to), unit));
        }
        let (questions, filter) = (city.questions(), eligible());
        let mut next = 0;
        group.bench_function(BenchmarkId::new("citygate", size), |b| {
            b.iter(|| {
                next += 1;
                index.nearest(questions[next % PREPARED], 10, None, &filter)
            });
        });
        let mut next = 0;
        group.bench_function(BenchmarkId::new("rstar", size), |b| {
            b.iter(|| {
                next += 1;
                let eligible = |point: &&Flat| city.tags[point.data as usize].status == Status::Available;
                tree.nearest_neighbor_iter(flat(questions[next % PREPARED]))
                    .filter(eligible)
                    .take(10)
                    .map(|point| point.data)
                    .collect::<Vec<_>>()
            });
        });
        let mut next = 0;
        group.bench_function(BenchmarkId::new("brute_force", size), |b| {
            b.iter(|| {
                next += 1;
                let at = questions[next % PREPARED];
                let wanted = city.tags.iter().zip(&city.at).enumerate().filter(|(_, (tag, _))| filter.wants(tag));
                let mut all: Vec<(f64, usize)> = wanted.map(|(n, (_, position))| (haversine_m(at, *position), n)).collect();
                all.select_nth_unstable_by(9, |a, b| a.0.total_cmp(&b.0));
                all.truncate(10);
                all.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
                all
            });
        });
    }
    group.finish();
}

fn rings(c: &mut Criterion) {
    let mut group = group(c, "three_rings_by_status");
    for size in SIZES {
        let mut city = City::new(size);
        let (index, tree) = (city.index(), city.tree());
        let questions = city.questions();
        let mut next = 0;
        group.bench_function(BenchmarkId::new("citygate", size), |b| {
            b.iter(|| {
                next += 1;
                let centre = questions[next % PREPARED];
                let mut counts = [[0_u32; 7]; 3];
                for (ring, radius_m) in RINGS_M.into_iter().enumerate() {
                    let area = citygate::index::Area::Circle { centre, radius_m };
                    index.within(&area, |_| true, |_, tag| counts[ring][usize::from(tag.status.code())] += 1);
                }
                counts
            });
        });
        let mut next = 0;
        group.bench_function(BenchmarkId::new("rstar", size), |b| {
            b.iter(|| {
                next += 1;
                let centre = flat(questions[next % PREPARED]);
                let mut counts = [[0_u32; 7]; 3];
                for (ring, radius_m) in RINGS_M.into_iter().enumerate() {
                    for point in tree.locate_within_distance(centre, radius_m * radius_m) {
                        debug_assert!(point.distance_2(&centre) <= radius_m * radius_m);
                        counts[ring][usize::from(city.tags[point.data as usize].status.code())] += 1;
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
