//! Zones at a point, one zone changed, and fences entered and left, beside rstar and geo, in one run.
//!
//! Seeded. The peer is what a Rust programmer would write: an rstar tree of boxes, `locate_in_envelope_intersecting` at the
//! point, geo's `Contains` for polygons, the haversine for circles, the found zones sorted. Positions and moves come in random
//! order; both find the same zones (asserted before anything is measured). Run with `make bench`.
#![allow(missing_docs, clippy::unwrap_used)]

use std::{hint::black_box, path::Path, sync::Arc, time::Duration};

use citygate::{
    geodesy::{LatLng, haversine_m},
    geography::{Edit, Geography},
    model::{Layer, Name, Zone, ZoneShape},
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

criterion_group!(benches, zones_at, change);
criterion_main!(benches);
