//! Zones at a point, one zone changed, and fences entered and left, beside rstar and geo, in one run.
//!
//! Two kinds of workload. **A tiled city**, as a command centre has it: four layers that each cover the ground without gaps
//! (cells of grid management, communities, stations, districts), irregular polygons of some 20 to 90 corners whose jagged
//! borders are shared, so that every place is in one zone of every layer and in the boxes of several more. And **scattered
//! fences**, circles and polygons of 100 to 300 m of which few hold any place: easy for a tree of boxes, and no city, but
//! what is drawn for an operation.
//!
//! Seeded. The peer is what a Rust programmer would write: an rstar tree of boxes, `locate_in_envelope_intersecting` at the
//! point, geo's `Contains` for polygons, the haversine for circles, the found zones sorted. Positions and moves come in random
//! order; both find the same zones (asserted before anything is measured). Run with `make bench`.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stderr)]

use std::{
    collections::HashMap,
    hint::black_box,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use citygate::{
    delta::Crossing,
    engine::{Presence, Told, WAY_MS_MAX},
    geodesy::{LatLng, haversine_m},
    geography::{Edit, Geography, leads_through},
    model::{Follows, Layer, Name, Timestamp, UnitNo, Zone, ZoneShape},
};
use criterion::{BatchSize, BenchmarkGroup, BenchmarkId, Criterion, criterion_group, criterion_main, measurement::WallTime};
use geo::{Contains, Coord, Intersects, Line, LineString, MultiPolygon, Polygon};
use rand::{Rng, SeedableRng, rngs::SmallRng, seq::SliceRandom};
use rstar::{
    AABB, RTree,
    primitives::{GeomWithData, Rectangle},
};

const SEED: u64 = 20_261_122;
/// Precomputed positions, gone through round and round.
const PREPARED: usize = 1 << 16;

type Leaf = GeomWithData<Rectangle<[f64; 2]>, u32>;

fn anywhere(rng: &mut SmallRng) -> LatLng {
    LatLng::new(rng.random_range(22.7..23.0), rng.random_range(108.2..108.6)).unwrap()
}

fn zone(n: usize, shape: ZoneShape) -> Zone {
    let id = format!("zone-{n}").parse().unwrap();
    Zone { id, layer: Layer::ALL[n % Layer::ALL.len()], name: Name::default(), org: None, shape, follows: None, dwell_s: 0 }
}

/// A circle, or a polygon of 5 to 16 corners, of 100 to 300 m.
fn fence(rng: &mut SmallRng, centre: LatLng) -> ZoneShape {
    let radius_m = rng.random_range(100.0..300.0);
    if rng.random_bool(0.5) {
        return ZoneShape::Circle { centre, radius_m };
    }
    let corners = rng.random_range(5..=16);
    let corner = |n: i32| {
        let p = centre.offset(radius_m * rng.random_range(0.7..1.0), f64::from(n) / f64::from(corners) * 360.0);
        Coord { x: p.lng_deg(), y: p.lat_deg() }
    };
    ZoneShape::Polygon(MultiPolygon::new(vec![Polygon::new(LineString::new((0..corners).map(corner).collect()), vec![])]))
}

fn fences(rng: &mut SmallRng, count: usize) -> Vec<Zone> {
    let mut zones: Vec<Zone> = (0..count)
        .map(|n| {
            let centre = anywhere(rng);
            zone(n, fence(rng, centre))
        })
        .collect();
    zones.shuffle(rng);
    zones
}

/// Corners of a tiled zone to a side, and how far they stand out, as a share of the zone's size.
const SIDE_CORNERS: usize = 12;
const JAG: f64 = 0.07;

/// One layer: the box of the city in `columns` x `rows` zones whose shared borders wander.
fn layer(rng: &mut SmallRng, columns: usize, rows: usize) -> Vec<ZoneShape> {
    let (width, height) = (0.4 / columns as f64, 0.3 / rows as f64);
    let mut jag = |is_inner: bool, size: f64, share: f64| if is_inner { rng.random_range(-share..share) * size } else { 0.0 };
    let mut knots = vec![vec![Coord { x: 0.0, y: 0.0 }; columns + 1]; rows + 1];
    for (row, knots) in knots.iter_mut().enumerate() {
        for (column, knot) in knots.iter_mut().enumerate() {
            let x = 108.2 + column as f64 * width + jag(column % columns > 0, width, 0.25);
            let y = 22.7 + row as f64 * height + jag(row % rows > 0, height, 0.25);
            *knot = Coord { x, y };
        }
    }
    let mut side = |a: Coord<f64>, b: Coord<f64>, is_inner: bool| {
        // Of the corners of a side a share is left out: not every border is as jagged as the next.
        let count = 1 + (SIDE_CORNERS as f64 * (0.5 + jag(true, 1.0, 0.5))) as usize;
        let corner = |n: usize| {
            let share = n as f64 / count as f64;
            let is_jagged = n > 0 && is_inner;
            Coord { x: a.x + (b.x - a.x) * share + jag(is_jagged, width, JAG), y: a.y + (b.y - a.y) * share + jag(is_jagged, height, JAG) }
        };
        (0..count).map(corner).collect::<Vec<_>>()
    };
    let level: Vec<Vec<Vec<_>>> = (0..=rows)
        .map(|row| (0..columns).map(|column| side(knots[row][column], knots[row][column + 1], row % rows > 0)).collect())
        .collect();
    let upright: Vec<Vec<Vec<_>>> = (0..rows)
        .map(|row| (0..=columns).map(|column| side(knots[row][column], knots[row + 1][column], column % columns > 0)).collect())
        .collect();
    let back = |side: &[Coord<f64>], end: Coord<f64>| {
        let rest = side.iter().skip(1).rev().copied();
        std::iter::once(end).chain(rest).collect::<Vec<_>>()
    };
    let tile = |row: usize, column: usize| {
        let ring = [
            level[row][column].clone(),
            upright[row][column + 1].clone(),
            back(&level[row + 1][column], knots[row + 1][column + 1]),
            back(&upright[row][column], knots[row + 1][column]),
        ];
        ZoneShape::Polygon(MultiPolygon::new(vec![Polygon::new(LineString::new(ring.concat()), vec![])]))
    };
    (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column))).map(|(row, column)| tile(row, column)).collect()
}

/// 10,000 zones: 9,216 cells of grid management (some 430 x 350 m), 704 communities, 64 stations and 16 districts.
fn tiled_city(rng: &mut SmallRng) -> Vec<Zone> {
    let layers = [(96, 96), (32, 22), (8, 8), (4, 4)];
    let shapes: Vec<ZoneShape> = layers.into_iter().flat_map(|(columns, rows)| layer(rng, columns, rows)).collect();
    let mut zones: Vec<Zone> = shapes.into_iter().enumerate().map(|(n, shape)| zone(n, shape)).collect();
    zones.shuffle(rng);
    zones
}

/// rstar and geo.
struct Peer {
    shapes: Vec<ZoneShape>,
    tree: RTree<Leaf>,
}

impl Peer {
    fn new(zones: &[Zone]) -> Self {
        let leaf = |(n, zone): (usize, &Zone)| {
            zone.shape
                .boxes()
                .into_iter()
                .map(move |rect| Leaf::new(Rectangle::from_corners([rect.min().x, rect.min().y], [rect.max().x, rect.max().y]), n as u32))
        };
        let tree = RTree::bulk_load(zones.iter().enumerate().flat_map(leaf).collect());
        Self { shapes: zones.iter().map(|zone| zone.shape.clone()).collect(), tree }
    }

    fn zones_at(&self, at: LatLng, found: &mut Vec<u32>) {
        found.clear();
        let point = at.to_point();
        for leaf in self.tree.locate_in_envelope_intersecting(AABB::from_point([point.x(), point.y()])) {
            let is_in = match &self.shapes[leaf.data as usize] {
                ZoneShape::Circle { centre, radius_m } => haversine_m(*centre, at) <= *radius_m,
                ZoneShape::Polygon(polygons) => polygons.contains(&point),
            };
            if is_in {
                found.push(leaf.data);
            }
        }
        found.sort_unstable();
    }

    /// What a way leads through without an end in it.
    fn zones_on_way(&self, from: LatLng, to: LatLng, ends: [&[u32]; 2], found: &mut Vec<u32>) {
        let way = Line::new(from.to_point(), to.to_point());
        for leaf in self.tree.locate_in_envelope_intersecting(AABB::from_corners(from.to_point().into(), to.to_point().into())) {
            let is_through = || match &self.shapes[leaf.data as usize] {
                shape @ ZoneShape::Circle { .. } => leads_through(shape, from, to),
                ZoneShape::Polygon(polygons) => polygons.intersects(&way),
            };
            if ends.iter().all(|end| end.binary_search(&leaf.data).is_err()) && is_through() {
                found.push(leaf.data);
            }
        }
    }
}

fn group<'a>(c: &'a mut Criterion, name: &str) -> BenchmarkGroup<'a, WallTime> {
    let mut group = c.benchmark_group(name);
    group.sample_size(20).warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2));
    group
}

fn sample_city() -> Vec<Zone> {
    citygate::city::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("data")).unwrap().zones
}

fn zones_at(c: &mut Criterion) {
    let mut group = group(c, "zones_at");
    let mut rng = SmallRng::seed_from_u64(SEED);
    let workloads = [
        ("sample_city", sample_city()),
        ("10000_tiled", tiled_city(&mut rng)),
        ("10000_scattered", fences(&mut rng, 10_000)),
        ("25000_scattered", fences(&mut rng, 25_000)),
    ];
    for (size, zones) in workloads {
        let positions: Vec<LatLng> = (0..PREPARED).map(|_| anywhere(&mut rng)).collect();
        let (peer, geography) = (Peer::new(&zones), Geography::new(zones));
        let (mut found, mut expected, mut holders) = (Vec::new(), Vec::new(), 0);
        for at in &positions {
            geography.zones_at(*at, &mut found);
            peer.zones_at(*at, &mut expected);
            assert_eq!(found, expected);
            holders += found.len();
        }
        eprintln!(
            "{size}: {:.2} zones hold a position; cells take {} kB",
            holders as f64 / PREPARED as f64,
            geography.cell_bytes() / 1_024
        );
        let mut next = 0;
        group.bench_function(BenchmarkId::new("citygate", size), |b| {
            b.iter(|| {
                next += 1;
                geography.zones_at(black_box(positions[next % PREPARED]), &mut found);
                found.len()
            });
        });
        let mut next = 0;
        group.bench_function(BenchmarkId::new("rstar_geo", size), |b| {
            b.iter(|| {
                next += 1;
                peer.zones_at(black_box(positions[next % PREPARED]), &mut found);
                found.len()
            });
        });
    }
    group.finish();
}

/// One zone put in place of another: what the writer waits for.
fn change(c: &mut Criterion) {
    let mut group = group(c, "change_one_zone");
    let mut rng = SmallRng::seed_from_u64(SEED);
    for size in [264, 25_000, 100_000] {
        let geography = Arc::new(Geography::new(fences(&mut rng, size)));
        let mut found = Vec::new();
        for _ in 0..PREPARED {
            geography.zones_at(anywhere(&mut rng), &mut found);
        }
        let put = |rng: &mut SmallRng| {
            let centre = anywhere(rng);
            zone(rng.random_range(0..size), fence(rng, centre))
        };
        group.bench_function(BenchmarkId::new("citygate", size), |b| {
            b.iter_batched(
                || put(&mut rng),
                |zone| {
                    let mut edit = Edit::new(geography.clone());
                    edit.put(zone, None);
                    edit.done()
                },
                BatchSize::SmallInput,
            );
        });
    }
    group.finish();
}

/// How many units move about.
const UNITS: usize = 100_000;
/// Of so many fences one follows a unit.
const FOLLOWS_ONE_IN: usize = 25;
const STEP_M: f64 = 20.0;

/// A move of 20 m, there and back again, so that the round can start over.
fn moves(rng: &mut SmallRng, at: &[LatLng]) -> Vec<(u32, LatLng)> {
    let mut order: Vec<u32> = (0..at.len() as u32).collect();
    order.shuffle(rng);
    let there = order.into_iter().take(PREPARED / 2).map(|unit| {
        let from = at[unit as usize];
        (unit, from, from.offset(STEP_M, rng.random_range(0.0..360.0)))
    });
    let there: Vec<_> = there.collect();
    let back = there.iter().rev().map(|(unit, from, _)| (*unit, *from));
    there.iter().map(|(unit, _, to)| (*unit, *to)).chain(back).collect()
}

/// rstar and geo, who also know who was in what, where and when, and which fences follow whom.
struct PeerFences {
    peer: Peer,
    drawn: Vec<ZoneShape>,
    followers: HashMap<u32, Vec<(u32, LatLng)>>,
    last: Vec<Option<(LatLng, Timestamp)>>,
    inside: Vec<Vec<u32>>,
    found: Vec<u32>,
    crossed: Vec<u32>,
}

impl PeerFences {
    fn step(&mut self, unit: u32, to: LatLng, time: Timestamp, mut tell: impl FnMut(u32, Crossing)) {
        for (fence, from) in self.followers.get(&unit).into_iter().flatten() {
            let boxes = |shape: &ZoneShape| shape.boxes().into_iter().map(|rect| leaf(rect, *fence)).collect::<Vec<_>>();
            let shape = &mut self.peer.shapes[*fence as usize];
            for leaf in boxes(shape) {
                self.peer.tree.remove(&leaf);
            }
            self.drawn[*fence as usize].carry(*from, to, shape);
            for leaf in boxes(shape) {
                self.peer.tree.insert(leaf);
            }
        }
        self.peer.zones_at(to, &mut self.found);
        let inside = &mut self.inside[unit as usize];
        inside.iter().filter(|zone| self.found.binary_search(zone).is_err()).for_each(|zone| tell(*zone, Crossing::Exit));
        self.found.iter().filter(|zone| inside.binary_search(zone).is_err()).for_each(|zone| tell(*zone, Crossing::Enter));
        let last = self.last[unit as usize].replace((to, time));
        if let Some((from, _)) = last.filter(|(_, seen)| time.ms_since(*seen) <= WAY_MS_MAX) {
            self.crossed.clear();
            self.peer.zones_on_way(from, to, [inside, &self.found], &mut self.crossed);
            self.crossed.iter().for_each(|zone| tell(*zone, Crossing::Cross));
        }
        std::mem::swap(inside, &mut self.found);
    }
}

fn leaf(rect: geo::Rect<f64>, no: u32) -> Leaf {
    Leaf::new(Rectangle::from_corners([rect.min().x, rect.min().y], [rect.max().x, rect.max().y]), no)
}

/// Moves a turn, as the engine makes them: a turn's are expected together.
const MOVES_A_TURN: usize = 64;

/// A unit moves 20 m: what it enters, leaves and crosses is told, by both. Ours also tells what a fence that moves does to
/// those around it; the peer does not.
fn fences_moved(c: &mut Criterion) {
    let mut group = group(c, "move_20m_among_fences");
    for follows in [false, true] {
        let mut rng = SmallRng::seed_from_u64(SEED);
        let at: Vec<LatLng> = (0..UNITS).map(|_| anywhere(&mut rng)).collect();
        let mut zones = fences(&mut rng, 25_000);
        let mut followers: HashMap<u32, Vec<(u32, LatLng)>> = HashMap::new();
        for (n, zone) in zones.iter_mut().enumerate().filter(|(n, _)| follows && n % FOLLOWS_ONE_IN == 0) {
            let unit = rng.random_range(0..UNITS as u32);
            let ZoneShape::Circle { centre: from, .. } = zone.shape else { continue };
            zone.follows = Some(Follows { unit: format!("u-{unit}").parse().unwrap(), from });
            followers.entry(unit).or_default().push((n as u32, from));
        }
        let name = if follows { "some_follow" } else { "all_stand" };
        let round = moves(&mut rng, &at);

        let mut edit = Edit::new(Arc::new(Geography::default()));
        for zone in &zones {
            let unit = |follows: &Follows| UnitNo(follows.unit.as_str().trim_start_matches("u-").parse().unwrap());
            edit.put(zone.clone(), zone.follows.as_ref().map(unit));
        }
        let (geography, changed) = edit.done();
        let time = Timestamp::from_unix_ms(0);
        let settled = || {
            let mut presence = Presence::new();
            presence.renew(&geography, &changed);
            at.iter().zip(0..).for_each(|(at, unit)| presence.step(&geography, UnitNo(unit), *at, time, |_| {}));
            presence
        };
        let peer = Peer::new(&zones);
        let mut peer = PeerFences {
            drawn: peer.shapes.clone(),
            peer,
            followers,
            last: vec![None; UNITS],
            inside: vec![Vec::new(); UNITS],
            found: Vec::new(),
            crossed: Vec::new(),
        };
        at.iter().zip(0..).for_each(|(at, unit)| peer.step(unit, *at, time, |_, _| {}));

        if !follows {
            let mut presence = settled();
            let (mut told, mut expected) = (Vec::new(), Vec::new());
            for (unit, to) in &round {
                presence.step(&geography, UnitNo(*unit), *to, time, |Told { zone, action, .. }| told.push((*unit, zone, action as u8)));
                let no = |zone: u32| geography.no(&zones[zone as usize].id).unwrap();
                peer.step(*unit, *to, time, |zone, action| expected.push((*unit, no(zone), action as u8)));
            }
            told.sort_unstable();
            expected.sort_unstable();
            assert!(told == expected, "ours tells {}, the peer {}", told.len(), expected.len());
        }
        let mut presence = settled();
        let (mut next, mut told) = (0_usize, 0_u64);
        group.bench_function(BenchmarkId::new("citygate", name), |b| {
            b.iter_custom(|moves| {
                let start = Instant::now();
                // Whole turns; the time of so many is the share of one.
                let turns = moves.div_ceil(MOVES_A_TURN as u64);
                for _ in 0..turns {
                    let first = next % PREPARED;
                    let turn = &round[first..first + MOVES_A_TURN];
                    presence.expect(&geography, turn.iter().map(|(unit, to)| (UnitNo(*unit), *to)));
                    for (unit, to) in turn {
                        next += 1;
                        let time = time.plus_ms(next as i64 / 100);
                        presence.step(&geography, UnitNo(*unit), black_box(*to), time, |_| told += 1);
                    }
                }
                start.elapsed().mul_f64(moves as f64 / (turns * MOVES_A_TURN as u64) as f64)
            });
        });
        eprintln!("citygate {name}: {:.3} told a move", told as f64 / next as f64);

        let (mut next, mut told) = (0_usize, 0_u64);
        group.bench_function(BenchmarkId::new("rstar_geo", name), |b| {
            b.iter(|| {
                let (unit, to) = round[next % PREPARED];
                next += 1;
                let time = time.plus_ms(next as i64 / 100);
                peer.step(unit, black_box(to), time, |_, _| told += 1);
            });
        });
        eprintln!("rstar_geo {name}: {:.3} told a move", told as f64 / next as f64);
    }
    group.finish();
}

criterion_group!(benches, zones_at, change, fences_moved);
criterion_main!(benches);
