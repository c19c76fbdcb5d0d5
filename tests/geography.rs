//! Zones at a point and zones on a way equal brute force.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use citygate::{
    geodesy::LatLng,
    geography::{Bounds, Geography},
    model::{Layer, Name, Zone, ZoneShape},
};
use geo::{Coord, LineString, MultiPolygon, Polygon};
use proptest::prelude::*;

fn zone(n: usize, shape: ZoneShape) -> Zone {
    Zone {
        id: format!("z-{n}").parse().unwrap(),
        layer: Layer::ALL[n % Layer::ALL.len()],
        name: Name::default(),
        org: None,
        shape,
        follows: None,
        dwell_s: 0,
    }
}

fn at(lat: f64, lng: f64) -> LatLng {
    LatLng::new(lat, lng).unwrap()
}

fn shape() -> impl Strategy<Value = ZoneShape> {
    let polygon = (22.7..23.0f64, 108.2..108.6f64, prop::collection::vec(0.001..0.05f64, 3..9)).prop_map(|(y, x, radii)| {
        let corner = |(n, r): (usize, &f64)| {
            let angle = n as f64 / radii.len() as f64 * std::f64::consts::TAU;
            Coord { x: x + r * angle.cos(), y: y + r * angle.sin() }
        };
        ZoneShape::Polygon(MultiPolygon::new(vec![Polygon::new(LineString::new(radii.iter().enumerate().map(corner).collect()), vec![])]))
    });
    let centre = prop_oneof![
        3 => (22.7..23.0f64, 108.2..108.6f64),
        1 => (-90.0..=90.0f64, prop_oneof![Just(180.0), Just(-180.0), 179.99..180.0f64, -180.0..-179.99f64]),
        1 => (prop_oneof![Just(90.0), Just(-90.0), 89.99..90.0f64], -180.0..180.0f64),
    ];
    let circle = (centre, 1.0..5_000.0f64).prop_map(|((lat, lng), radius_m)| ZoneShape::Circle { centre: at(lat, lng), radius_m });
    prop_oneof![polygon, circle]
}

fn point(shapes: &[ZoneShape], n: usize, distance: f64, bearing: f64) -> LatLng {
    match shapes.get(n % shapes.len().max(1)) {
        Some(ZoneShape::Circle { centre, radius_m }) => centre.offset(distance * radius_m / 1_000.0, bearing),
        Some(ZoneShape::Polygon(polygon)) => {
            let corner = polygon.0[0].exterior().0[0];
            at(corner.y, corner.x).offset(distance, bearing)
        }
        None => at(22.8, 108.3),
    }
}

/// Distances from a corner, or in thousandths of a radius from a centre: on a border, a millimetre beside it, anywhere.
fn near_a_border() -> impl Strategy<Value = f64> {
    prop_oneof![Just(0.0), Just(1_000.0), 0.0..0.002f64, 999.999..1_000.001f64, 0.0..2_000.0f64]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases.max(1_000), ..ProptestConfig::default() })]

    #[test]
    fn zones_at_a_point_are_exact(shapes in prop::collection::vec(shape(), 0..40), n in 0..40usize, distance in near_a_border(), bearing in 0.0..360.0f64) {
        let p = point(&shapes, n, distance, bearing);
        let geography = Geography::new(shapes.iter().cloned().enumerate().map(|(n, shape)| zone(n, shape)));
        let expected: Vec<u32> = shapes.iter().enumerate().filter(|(_, shape)| shape.contains(p)).map(|(n, _)| n as u32).collect();
        let mut found = vec![7];
        geography.zones_at(p, &mut found);
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn nothing_is_entered_or_left_within_the_clear_box(shapes in prop::collection::vec(shape(), 0..40), n in 0..40usize, distance in near_a_border(), bearing in 0.0..360.0f64) {
        let p = point(&shapes, n, distance, bearing);
        let geography = Geography::new(shapes.iter().cloned().enumerate().map(|(n, shape)| zone(n, shape)));
        let (mut here, mut there, mut way) = (Vec::new(), Vec::new(), Vec::new());
        let clear = geography.look(p, &mut here);
        prop_assert!(clear == Bounds::NOWHERE || clear.holds(p));
        for (y, x) in [(0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0), (0.5, 0.0), (0.3, 0.7), (0.999, 0.5)] {
            let (south, west) = (clear.south.max(-90.0), clear.west.max(-180.0));
            let q = at((south + (clear.north - south) * y).min(90.0), (west + (clear.east - west) * x).min(180.0));
            if clear.holds(q) {
                let expected: Vec<u32> = shapes.iter().enumerate().filter(|(_, shape)| shape.contains(q)).map(|(n, _)| n as u32).collect();
                prop_assert_eq!(&here, &expected);
                geography.zones_at(q, &mut there);
                prop_assert_eq!(&here, &there);
                geography.zones_on_way(p, q, [&here, &there], &mut way);
                prop_assert!(way.is_empty());
            }
        }
    }

    #[test]
    fn a_way_touches_what_its_points_touch(shapes in prop::collection::vec(shape(), 0..40), n in 0..40usize, distance in 0.0..2_000.0f64, bearing in 0.0..360.0f64, length in 0.0..3_000.0f64) {
        let from = point(&shapes, n, distance, bearing);
        if from.lat_deg().abs() > 80.0 {
            return Ok(());
        }
        let to = from.offset(length, bearing * 1.7);
        let geography = Geography::new(shapes.iter().cloned().enumerate().map(|(n, shape)| zone(n, shape)));
        let (mut found, mut starts, mut ends) = (Vec::new(), Vec::new(), Vec::new());
        geography.zones_at(from, &mut starts);
        geography.zones_at(to, &mut ends);
        geography.zones_on_way(from, to, [&starts, &ends], &mut found);
        prop_assert!(found.iter().all(|zone| !starts.contains(zone) && !ends.contains(zone)));
        found.extend(starts.iter().chain(&ends));
        // Everything that a point between the two touches is found: what is well inside, that is, since a circle's
        // nearest approach is computed in a plane.
        if (from.lng_deg() - to.lng_deg()).abs() < 180.0 {
            for step in 0..=40 {
                let share = f64::from(step) / 40.0;
                let p = at(from.lat_deg() + (to.lat_deg() - from.lat_deg()) * share, from.lng_deg() + (to.lng_deg() - from.lng_deg()) * share);
                for (n, shape) in shapes.iter().enumerate() {
                    let inside = match shape {
                        ZoneShape::Circle { centre, radius_m } => citygate::geodesy::haversine_m(*centre, p) < radius_m * 0.999 - 1.0,
                        ZoneShape::Polygon(_) => shape.contains(p) && shape.contains(p.offset(0.01, 0.0)) && shape.contains(p.offset(0.01, 180.0)),
                    };
                    prop_assert!(!inside || found.contains(&(n as u32)), "zone {n}");
                }
            }
        }
    }
}

#[test]
fn of_two_zones_with_one_id_the_later_counts() {
    let circle = |radius_m| ZoneShape::Circle { centre: at(22.8, 108.3), radius_m };
    let geography = Geography::new([zone(1, circle(10.0)), zone(2, circle(10.0)), zone(1, circle(500.0))]);
    assert_eq!(geography.len(), 2);
    let mut found = Vec::new();
    geography.zones_at(at(22.8, 108.3).offset(100.0, 90.0), &mut found);
    assert_eq!(found, [0]);
}
