//! Zones by cell equal brute force, position by position, anywhere on Earth and while zones change.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::{collections::BTreeMap, sync::Arc};

use citygate::{
    geodesy::{LatLng, cells, wrap_lng_deg},
    geography::{Edit, Geography, leads_through},
    model::{Layer, Name, Zone, ZoneShape},
};
use geo::{Coord, LineString, LinesIter, MultiPolygon, Polygon};
use rand::{Rng, SeedableRng, rngs::SmallRng, seq::IndexedRandom};

const SEED: u64 = 20_261_122;

fn zone(n: usize, shape: ZoneShape) -> Zone {
    let id = format!("z-{n}").parse().unwrap();
    Zone { id, layer: Layer::ALL[n % Layer::ALL.len()], name: Name::default(), org: None, shape, follows: None, dwell_s: 0 }
}

fn at(lat: f64, lng: f64) -> LatLng {
    LatLng::new(lat.clamp(-90.0, 90.0), wrap_lng_deg(lng)).unwrap()
}

/// A ring around a point; corners may coincide with those of cells, or with one another.
fn ring(rng: &mut SmallRng, centre: LatLng, size_deg: f64) -> LineString<f64> {
    let corners = rng.random_range(3..12);
    let on_cells = rng.random_bool(0.3);
    let mut ring: Vec<Coord<f64>> = (0..corners)
        .map(|n| {
            let angle = f64::from(n) / f64::from(corners) * std::f64::consts::TAU;
            let r = size_deg * rng.random_range(0.3..1.0);
            let (x, y) = (centre.lng_deg() + r * angle.cos(), centre.lat_deg() + r * angle.sin());
            let snapped =
                |deg: f64, from: f64| if on_cells { ((deg - from) / cells::CELL_DEG).round() * cells::CELL_DEG + from } else { deg };
            Coord { x: snapped(x, -180.0).clamp(-180.0, 180.0), y: snapped(y, -90.0).clamp(-90.0, 90.0) }
        })
        .collect();
    // Some cross themselves.
    if rng.random_bool(0.15) {
        ring.swap(0, 2);
    }
    ring.push(ring[0]);
    LineString::new(ring)
}

fn rectangle(west: f64, south: f64, east: f64, north: f64) -> LineString<f64> {
    let corner = |x: f64, y: f64| Coord { x: x.clamp(-180.0, 180.0), y: y.clamp(-90.0, 90.0) };
    LineString::new(vec![corner(west, south), corner(east, south), corner(east, north), corner(west, north), corner(west, south)])
}

fn shape(rng: &mut SmallRng, centre: LatLng) -> ZoneShape {
    let size_deg = 10.0_f64.powf(rng.random_range(-5.0..1.0));
    let (x, y) = (centre.lng_deg(), centre.lat_deg());
    match rng.random_range(0..10) {
        0..=2 => ZoneShape::Circle { centre, radius_m: (size_deg * 111_000.0).min(500_000.0) },
        3..=5 => ZoneShape::Polygon(MultiPolygon::new(vec![Polygon::new(ring(rng, centre, size_deg), vec![])])),
        6 => {
            // With holes, of which some reach out of it or overlap.
            let holes = (0..rng.random_range(1..3))
                .map(|_| {
                    let middle = centre.offset(size_deg * 30_000.0, rng.random_range(0.0..360.0));
                    ring(rng, middle, size_deg * 0.4)
                })
                .collect();
            ZoneShape::Polygon(MultiPolygon::new(vec![Polygon::new(ring(rng, centre, size_deg), holes)]))
        }
        7 => {
            let part = |rng: &mut SmallRng| {
                let middle = centre.offset(size_deg * 100_000.0, rng.random_range(0.0..360.0));
                Polygon::new(ring(rng, middle, size_deg), vec![])
            };
            ZoneShape::Polygon(MultiPolygon::new((0..3).map(|_| part(rng)).collect()))
        }
        // A sliver, and a tile of a regular grid that shares its borders with its neighbours.
        8 => ZoneShape::Polygon(MultiPolygon::new(vec![Polygon::new(rectangle(x, y, x + size_deg, y + size_deg * 1e-6), vec![])])),
        _ => {
            let (west, south) = ((x * 100.0).floor() / 100.0, (y * 100.0).floor() / 100.0);
            ZoneShape::Polygon(MultiPolygon::new(vec![Polygon::new(rectangle(west, south, west + 0.01, south + 0.01), vec![])]))
        }
    }
}

fn place(rng: &mut SmallRng, middle: LatLng) -> LatLng {
    middle.offset(10.0_f64.powf(rng.random_range(0.0..4.5)), rng.random_range(0.0..360.0))
}

/// Positions where mistakes would show: near, on, at the corners of borders, and on those of cells.
fn position(rng: &mut SmallRng, middle: LatLng, shapes: &[&ZoneShape]) -> LatLng {
    let Some(shape) = shapes.choose(rng) else { return place(rng, middle) };
    let near = match shape {
        ZoneShape::Circle { centre, radius_m } => {
            centre.offset(radius_m * *[0.0, 0.7, 1.0, 1.0, 1.0 + 1e-9, 1.0 - 1e-9].choose(rng).unwrap(), rng.random_range(0.0..360.0))
        }
        ZoneShape::Polygon(polygon) => {
            let edges: Vec<_> = polygon.lines_iter().collect();
            let edge = edges.choose(rng).unwrap();
            let share = *[0.0, 0.5, 1.0, rng.random_range(0.0..1.0)].choose(rng).unwrap();
            at(edge.start.y + (edge.end.y - edge.start.y) * share, edge.start.x + (edge.end.x - edge.start.x) * share)
        }
    };
    match rng.random_range(0..6) {
        0 => place(rng, middle),
        1 | 2 => near,
        3 => near.offset(10.0_f64.powf(rng.random_range(-6.0..3.0)), rng.random_range(0.0..360.0)),
        4 => at(near.lat_deg() + *[0.0, 1e-13, -1e-13].choose(rng).unwrap(), near.lng_deg() + *[0.0, 1e-13, -1e-13].choose(rng).unwrap()),
        _ => {
            let shift = *[0, 3, 6, 9, 12, 15].choose(rng).unwrap();
            at(cells::south_deg(cells::row(near) >> shift, shift), cells::west_deg(cells::column(near) >> shift, shift))
        }
    }
}

const MIDDLES: [(f64, f64); 9] = [
    (22.8, 108.3),
    (0.0, 0.0),
    (-33.1, -70.9),
    (51.5, 0.0),
    (90.0, 12.0),
    (-90.0, -180.0),
    (12.0, 180.0),
    (-12.0, -180.0),
    (84.9, 179.999),
];

#[test]
fn a_hundred_thousand_positions_have_the_zones_that_hold_them() {
    let mut rng = SmallRng::seed_from_u64(SEED);
    let (mut found, mut inside, mut rounds) = (Vec::new(), 0, 0);
    for (middle, size) in MIDDLES.iter().cycle().zip([0, 1, 5, 30, 90, 300]).chain(MIDDLES.iter().flat_map(|m| [(m, 12), (m, 90)])) {
        let middle = at(middle.0, middle.1);
        let mut zones: BTreeMap<String, Zone> = BTreeMap::new();
        let mut geography = Arc::new(Geography::default());
        for round in 0..6 {
            // First all at once, then a few at a time.
            let mut edit = Edit::new(geography);
            for _ in 0..if round == 0 { size } else { rng.random_range(0..3) } {
                let centre = place(&mut rng, middle);
                let zone = zone(rng.random_range(0..size * 2 + 2), shape(&mut rng, centre));
                edit.put(zone.clone(), None);
                zones.insert(zone.id.to_string(), zone);
            }
            if let Some(id) = zones.keys().next().cloned().filter(|_| round > 0) {
                edit.remove(&id.parse().unwrap());
                zones.remove(&id);
            }
            geography = Arc::new(edit.done().0);
            assert!(geography.zones().eq(zones.values()));
            let shapes: Vec<&ZoneShape> = zones.values().map(|zone| &zone.shape).collect();
            for _ in 0..750 {
                let p = position(&mut rng, middle, &shapes);
                let mut expected: Vec<u32> =
                    zones.values().filter(|zone| zone.shape.contains(p)).map(|zone| geography.no(&zone.id).unwrap()).collect();
                expected.sort_unstable();
                geography.zones_at(p, &mut found);
                assert_eq!(found, expected, "{p:?}");
                geography.look(p, &mut found);
                assert_eq!(found, expected, "{p:?}");
                inside += found.len();
                rounds += 1;
            }
        }
    }
    assert!(rounds > 100_000 && inside > rounds / 10, "{rounds} {inside}");
}

#[test]
fn ways_cross_what_they_lead_through() {
    let mut rng = SmallRng::seed_from_u64(SEED);
    let (mut here, mut there, mut found, mut crossed) = (Vec::new(), Vec::new(), Vec::new(), 0);
    for (middle, size) in MIDDLES.iter().zip([60, 1, 5, 30, 90, 30, 30, 60, 12]) {
        let middle = at(middle.0, middle.1);
        let shapes: Vec<ZoneShape> =
            (0..size).map(|_| place(&mut rng, middle)).collect::<Vec<_>>().into_iter().map(|p| shape(&mut rng, p)).collect();
        // Where holes overlap, or lie outside, some of their edges are no border of the zone.
        let whole = |shape: ZoneShape| match shape {
            ZoneShape::Polygon(polygons) => {
                ZoneShape::Polygon(polygons.into_iter().map(|polygon| Polygon::new(polygon.exterior().clone(), vec![])).collect())
            }
            circle @ ZoneShape::Circle { .. } => circle,
        };
        let shapes: Vec<ZoneShape> = shapes.into_iter().map(whole).collect();
        let geography = Geography::new(shapes.iter().cloned().enumerate().map(|(n, shape)| zone(n, shape)));
        let near: Vec<&ZoneShape> = shapes.iter().collect();
        for _ in 0..1_500 {
            let from = position(&mut rng, middle, &near);
            let to = from.offset(10.0_f64.powf(rng.random_range(-1.0..4.0)), rng.random_range(0.0..360.0));
            if (from.lng_deg() - to.lng_deg()).abs() > 180.0 {
                continue;
            }
            geography.zones_at(from, &mut here);
            geography.zones_at(to, &mut there);
            geography.zones_on_way(from, to, [&here, &there], &mut found);
            let through = |(_, shape): &(usize, &ZoneShape)| !shape.contains(from) && !shape.contains(to) && leads_through(shape, from, to);
            let expected: Vec<u32> = shapes.iter().enumerate().filter(through).map(|(n, _)| n as u32).collect();
            assert_eq!(found, expected, "{from:?} {to:?}");
            crossed += found.len();
        }
    }
    assert!(crossed > 500, "{crossed}");
}
