//! Zones at a point, one zone changed, and fences entered and left, beside rstar and geo, in one run.
//!
//! Seeded. The peer is what a Rust programmer would write: an rstar tree of boxes, `locate_in_envelope_intersecting` at the
//! point, geo's `Contains` for polygons, the haversine for circles, the found zones sorted. Positions and moves come in random
//! order; both find the same zones (asserted before anything is measured). Run with `make bench`.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stderr)]

use std::{collections::HashMap, hint::black_box, path::Path, sync::Arc, time::Duration};

use citygate::{
    engine::Presence,
    geodesy::{LatLng, haversine_m},
    geography::{Edit, Geography},
    model::{Follows, Layer, Name, Timestamp, UnitNo, Zone, ZoneShape},
};
use criterion::{BatchSize, BenchmarkGroup, BenchmarkId, Criterion, criterion_group, criterion_main, measurement::WallTime};
use geo::{Contains, Coord, LineString, MultiPolygon, Polygon};
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
    for zones in [sample_city(), fences(&mut rng, 10_000), fences(&mut rng, 25_000)] {
        let size = zones.len();
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
            "{size} zones: {:.2} hold a position; cells take {} kB",
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

/// rstar and geo, who also know who was in what and which fences follow whom.
struct PeerFences {
    peer: Peer,
    drawn: Vec<ZoneShape>,
    followers: HashMap<u32, Vec<(u32, LatLng)>>,
    inside: Vec<Vec<u32>>,
    found: Vec<u32>,
}

impl PeerFences {
    fn step(&mut self, unit: u32, to: LatLng, mut tell: impl FnMut(u32, bool)) {
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
        inside.iter().filter(|zone| self.found.binary_search(zone).is_err()).for_each(|zone| tell(*zone, false));
        self.found.iter().filter(|zone| inside.binary_search(zone).is_err()).for_each(|zone| tell(*zone, true));
        std::mem::swap(inside, &mut self.found);
    }
}

fn leaf(rect: geo::Rect<f64>, no: u32) -> Leaf {
    Leaf::new(Rectangle::from_corners([rect.min().x, rect.min().y], [rect.max().x, rect.max().y]), no)
}

/// A unit moves 20 m: what it enters and leaves is told. Ours also tells what it crosses and what a fence that moves does to
/// those around; the peer does not.
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
        let mut presence = Presence::new();
        presence.renew(&geography, &changed);
        let time = Timestamp::from_unix_ms(0);
        for (unit, at) in at.iter().enumerate() {
            presence.step(&geography, UnitNo(unit as u32), *at, time, |_| {});
        }
        let (mut next, mut told) = (0_usize, 0_u64);
        group.bench_function(BenchmarkId::new("citygate", name), |b| {
            b.iter(|| {
                let (unit, to) = round[next % PREPARED];
                next += 1;
                let time = time.plus_ms(next as i64 / 100);
                presence.step(&geography, UnitNo(unit), black_box(to), time, |_| told += 1);
            });
        });
        eprintln!("citygate {name}: {:.3} told a move", told as f64 / next as f64);

        let peer = Peer::new(&zones);
        let drawn = peer.shapes.clone();
        let mut peer = PeerFences { peer, drawn, followers, inside: vec![Vec::new(); UNITS], found: Vec::new() };
        for (unit, at) in at.iter().enumerate() {
            peer.step(unit as u32, *at, |_, _| {});
        }
        let (mut next, mut told) = (0_usize, 0_u64);
        group.bench_function(BenchmarkId::new("rstar_geo", name), |b| {
            b.iter(|| {
                let (unit, to) = round[next % PREPARED];
                next += 1;
                peer.step(unit, black_box(to), |_, _| told += 1);
            });
        });
        eprintln!("rstar_geo {name}: {:.3} told a move", told as f64 / next as f64);
    }
    group.finish();
}

criterion_group!(benches, zones_at, change, fences_moved);
criterion_main!(benches);
