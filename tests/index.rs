//! Every answer of the index equals brute force: cities, poles, the antimeridian, pentagons, ties, nobody.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::collections::BTreeMap;

use citygate::{
    geodesy::{LatLng, haversine_m},
    index::{Area, Filter, Index, OrgRange, SeenSince, Tag},
    model::{Capabilities, DeviceKind, KindSet, Status, StatusSet, Timestamp, UnitKind, UnitNo, ZoneShape},
};
use geo::{MultiPolygon, polygon};
use proptest::prelude::*;

/// Places where geometry goes wrong first.
fn hard_places() -> Vec<LatLng> {
    let mut places: Vec<LatLng> =
        [(22.85, 108.4), (90.0, 0.0), (-90.0, 0.0), (89.999, 45.0), (0.0, 180.0), (0.0, -180.0), (-16.8, 179.999), (51.5, 0.0)]
            .into_iter()
            .map(|(lat, lng)| LatLng::new(lat, lng).unwrap())
            .collect();
    // The twelve pentagons, and a corner of each: face edges of the icosahedron run there.
    for cell in h3o::CellIndex::base_cells().filter(|cell| cell.is_pentagon()) {
        let centre = h3o::LatLng::from(cell);
        places.push(LatLng::new(centre.lat(), centre.lng().clamp(-180.0, 180.0)).unwrap());
        let corner = cell.boundary()[0];
        places.push(LatLng::new(corner.lat(), corner.lng().clamp(-180.0, 180.0)).unwrap());
    }
    places
}

fn place() -> impl Strategy<Value = LatLng> {
    let hard = hard_places();
    let near = (0..hard.len(), prop_oneof![Just(0.0), 0.0..300.0, 0.0..20_000.0f64], 0.0..360.0f64)
        .prop_map(move |(n, distance, bearing)| hard[n].offset(distance, bearing));
    let anywhere = (-90.0..=90.0f64, -180.0..=180.0f64).prop_map(|(lat, lng)| LatLng::new(lat, lng).unwrap());
    // A coarse grid makes equal positions and equal distances likely.
    let grid = (0..6i32, 0..6i32).prop_map(|(y, x)| LatLng::new(22.8 + f64::from(y) * 0.01, 108.3 + f64::from(x) * 0.01).unwrap());
    prop_oneof![3 => near, 1 => anywhere, 2 => grid]
}

fn tag() -> impl Strategy<Value = Tag> {
    (0..8u8, 0..7u8, 0..3u8, 0..71u16, 0..8u8, 0..100i64).prop_map(|(kind, status, device, org, capabilities, seen)| Tag {
        kind: UnitKind::from_code(kind).unwrap(),
        status: Status::from_code(status).unwrap(),
        device: DeviceKind::from_code(device).unwrap(),
        org,
        capabilities: citygate::model::Capability::ALL
            .iter()
            .copied()
            .enumerate()
            .filter(|(n, _)| *n < 3 && capabilities & (1 << n) != 0)
            .map(|(_, c)| c)
            .collect(),
        seen: Timestamp::from_unix_ms(seen),
    })
}

fn filter() -> impl Strategy<Value = Filter> {
    (any::<[bool; 8]>(), any::<[bool; 7]>(), prop::option::of((0..71u16, 0..71u16)), 0..4u8, 0..100i64, any::<bool>()).prop_map(
        |(kinds, statuses, org, capabilities, since, wide)| {
            if wide {
                return Filter::default();
            }
            Filter {
                kinds: UnitKind::ALL.iter().copied().zip(kinds).filter(|(_, on)| *on).map(|(k, _)| k).collect::<KindSet>(),
                statuses: Status::ALL.iter().copied().zip(statuses).filter(|(_, on)| *on).map(|(s, _)| s).collect::<StatusSet>(),
                capabilities: citygate::model::Capability::ALL
                    .iter()
                    .copied()
                    .take(usize::from(capabilities / 2))
                    .collect::<Capabilities>(),
                org: org.map(|(a, b)| OrgRange { first: a.min(b), last: a.max(b) }),
                seen_since: SeenSince([Timestamp::from_unix_ms(since), Timestamp::from_unix_ms(since / 2), Timestamp::from_unix_ms(0)]),
            }
        },
    )
}

#[derive(Debug, Clone)]
enum Step {
    Place(u32, LatLng, Tag),
    Nudge(u32, f64, f64),
    Retag(u32, Tag),
    Remove(u32),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..60u32, place(), tag()).prop_map(|(unit, at, tag)| Step::Place(unit, at, tag)),
        4 => (0..60u32, 0.0..500.0f64, 0.0..360.0f64).prop_map(|(unit, distance, bearing)| Step::Nudge(unit, distance, bearing)),
        1 => (0..60u32, tag()).prop_map(|(unit, tag)| Step::Retag(unit, tag)),
        1 => (0..60u32).prop_map(Step::Remove),
    ]
}

/// The same in the plainest form.
type Plain = BTreeMap<UnitNo, (LatLng, Tag)>;

fn run(steps: &[Step]) -> (Index, Plain) {
    let (mut index, mut plain) = (Index::new(), Plain::new());
    for step in steps {
        match *step {
            Step::Place(unit, at, tag) => {
                index.place_unit(UnitNo(unit), at, tag);
                plain.insert(UnitNo(unit), (at, tag));
            }
            Step::Nudge(unit, distance, bearing) => {
                if let Some((at, tag)) = plain.get_mut(&UnitNo(unit)) {
                    *at = at.offset(distance, bearing);
                    index.place_unit(UnitNo(unit), *at, *tag);
                }
            }
            Step::Retag(unit, new) => {
                if let Some((_, tag)) = plain.get_mut(&UnitNo(unit)) {
                    *tag = new;
                    index.retag(UnitNo(unit), |tag| *tag = new);
                }
            }
            Step::Remove(unit) => {
                plain.remove(&UnitNo(unit));
                index.remove(UnitNo(unit));
            }
        }
    }
    (index, plain)
}

fn brute(plain: &Plain, at: LatLng, filter: &Filter) -> Vec<(UnitNo, f64)> {
    let mut all: Vec<_> =
        plain.iter().filter(|(_, (_, tag))| filter.wants(tag)).map(|(unit, (p, _))| (*unit, haversine_m(at, *p))).collect();
    all.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
    all
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn nearest_is_exact(steps in prop::collection::vec(step(), 0..120), at in place(), k in 0..25usize,
                        max_m in prop::option::of(prop_oneof![Just(0.0), 0.0..5_000.0, 0.0..20_100_000.0f64]), filter in filter()) {
        let (index, plain) = run(&steps);
        prop_assert_eq!(index.len(), plain.len());
        let mut expected = brute(&plain, at, &filter);
        expected.retain(|(_, distance_m)| max_m.is_none_or(|max_m| *distance_m <= max_m));
        expected.truncate(k);
        let found: Vec<_> = index.nearest(at, k, max_m, &filter).into_iter().map(|hit| (hit.unit, hit.distance_m)).collect();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn within_a_circle_is_exact(steps in prop::collection::vec(step(), 0..120), at in place(), filter in filter(),
                                radius_m in prop_oneof![Just(0.0), 0.0..5_000.0, 0.0..20_100_000.0f64]) {
        let (index, plain) = run(&steps);
        let mut expected = brute(&plain, at, &filter);
        expected.retain(|(_, distance_m)| *distance_m <= radius_m);
        let found: Vec<_> = index.within_circle(at, radius_m, |tag| filter.wants(tag)).into_iter().map(|hit| (hit.unit, hit.distance_m)).collect();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn within_a_polygon_is_exact(steps in prop::collection::vec(step(), 0..120), west in -180.0..179.0f64, south in -90.0..89.0f64,
                                 width in 0.001..200.0f64, height in 0.001..100.0f64, city in any::<bool>()) {
        let (index, plain) = run(&steps);
        let (west, south, east, north) = if city { (108.3, 22.8, 108.33, 22.84) } else { (west, south, (west + width).min(180.0), (south + height).min(90.0)) };
        let shape = ZoneShape::Polygon(MultiPolygon::new(vec![polygon![(x: west, y: south), (x: east, y: south), (x: (west + east) / 2.0, y: north), (x: west, y: south)]]));
        let expected: Vec<_> = plain.iter().filter(|(_, (at, _))| shape.contains(*at)).map(|(unit, _)| *unit).collect();
        let mut found = Vec::new();
        index.within(&Area::Shape(&shape), |_| true, |unit, _| found.push(unit));
        found.sort();
        prop_assert_eq!(found, expected);
    }
}

#[test]
fn a_unit_that_wanders_over_the_world_leaves_no_growing_memory() {
    let mut index = Index::new();
    let tag = Tag {
        kind: UnitKind::Helicopter,
        status: Status::Available,
        device: DeviceKind::Radio,
        org: 0,
        capabilities: Capabilities::EMPTY,
        seen: Timestamp::default(),
    };
    let mut at = LatLng::new(22.8, 108.3).unwrap();
    for n in 0..20_000 {
        at = at.offset(30_000.0, f64::from(n % 360));
        index.place_unit(UnitNo(0), at, tag);
        assert_eq!(index.nearest(at, 1, None, &Filter::default())[0].unit, UnitNo(0));
    }
    assert_eq!(index.len(), 1);
    let debug_len = format!("{index:?}").len();
    assert!(debug_len < 4_000_000, "the tree was made anew from time to time: {debug_len}");
}
