//! Every answer of the index equals brute force: cities, poles, the antimeridian, pentagons, ties, nobody.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use citygate::{
    geodesy::{LatLng, haversine_m},
    index::{Area, Filter, Index, IndexWriter, OrgRange, SeenSince, Tag},
    model::{Capabilities, DeviceKind, KindSet, Status, StatusSet, Timestamp, UnitKind, UnitNo, ZoneShape},
};
use geo::{MultiPolygon, polygon};
use proptest::prelude::*;
use rand::{Rng, SeedableRng, rngs::StdRng};

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

fn run(steps: &[Step]) -> (Arc<Index>, Plain) {
    let (mut index, mut plain) = (IndexWriter::default(), Plain::new());
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
    (index.index().clone(), plain)
}

fn brute(plain: &Plain, at: LatLng, filter: &Filter) -> Vec<(UnitNo, f64)> {
    let mut all: Vec<_> =
        plain.iter().filter(|(_, (_, tag))| filter.wants(tag)).map(|(unit, (p, _))| (*unit, haversine_m(at, *p))).collect();
    all.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
    all
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases.max(1_000), ..ProptestConfig::default() })]

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
        let mut found: Vec<_> = index.within(&Area::Shape(&shape), |_| true).into_iter().map(|found| found.unit).collect();
        found.sort();
        prop_assert_eq!(found, expected);
    }
}

/// Units in a few towns and a few anywhere, some dense enough that tiles are cut fine, moved about so that tiles are cut anew.
struct Towns {
    rng: StdRng,
    centres: Vec<LatLng>,
    index: IndexWriter,
    plain: Vec<(LatLng, Tag)>,
}

impl Towns {
    fn new(seed: u64) -> Self {
        let mut rng = StdRng::seed_from_u64(seed);
        let hard = hard_places();
        let centres: Vec<LatLng> = (0..3).map(|_| hard[rng.random_range(0..hard.len())]).collect();
        let mut towns = Self { rng, centres, index: IndexWriter::default(), plain: Vec::new() };
        let units = [20, 100, 300, 500][seed as usize % 4];
        for unit in 0..units {
            let (at, tag) = (towns.place(), towns.tag());
            towns.plain.push((at, tag));
            towns.index.place_unit(UnitNo(unit), at, tag);
        }
        for _ in 0..2 * units {
            let unit = towns.rng.random_range(0..units) as usize;
            let (near, new) = (towns.rng.random_bool(0.7), towns.place());
            let (distance, bearing, tag) = (towns.rng.random_range(0.0..60.0), towns.rng.random_range(0.0..360.0), towns.tag());
            let (at, old) = &mut towns.plain[unit];
            *at = if near { at.offset(distance, bearing) } else { new };
            if towns.rng.random_bool(0.3) {
                *old = tag;
            }
            towns.index.place_unit(UnitNo(unit as u32), *at, *old);
        }
        towns
    }

    fn place(&mut self) -> LatLng {
        let rng = &mut self.rng;
        let centre = self.centres[rng.random_range(0..self.centres.len())];
        let spread = [0.0, 30.0, 600.0, 6_000.0, 400_000.0][rng.random_range(0..5)];
        // Whole hundredths of degrees now and then: equal places, and borders of tiles.
        let at = centre.offset(spread * rng.random::<f64>(), rng.random_range(0.0..360.0));
        if rng.random_bool(0.1) {
            let snap = |deg: f64| (deg / 0.010986328125).round() * 0.010986328125;
            return LatLng::new(snap(at.lat_deg()).clamp(-90.0, 90.0), snap(at.lng_deg()).clamp(-180.0, 180.0)).unwrap();
        }
        at
    }

    fn tag(&mut self) -> Tag {
        let rng = &mut self.rng;
        Tag {
            kind: UnitKind::ALL[rng.random_range(0..8)],
            status: Status::ALL[rng.random_range(0..7)],
            device: DeviceKind::ALL[rng.random_range(0..3)],
            org: rng.random_range(0..71),
            capabilities: citygate::model::Capability::ALL.iter().copied().filter(|_| rng.random_bool(0.3)).collect(),
            seen: Timestamp::from_unix_ms(rng.random_range(0..100)),
        }
    }

    fn filter(&mut self) -> Filter {
        let rng = &mut self.rng;
        let mut filter = Filter::default();
        if rng.random_bool(0.5) {
            filter.statuses = Status::ALL.iter().copied().filter(|_| rng.random_bool(0.3)).collect();
        }
        if rng.random_bool(0.3) {
            filter.kinds = UnitKind::ALL.iter().copied().filter(|_| rng.random_bool(0.5)).collect();
        }
        if rng.random_bool(0.3) {
            filter.capabilities = citygate::model::Capability::ALL.iter().copied().filter(|_| rng.random_bool(0.1)).collect();
        }
        if rng.random_bool(0.2) {
            let (a, b) = (rng.random_range(0..71), rng.random_range(0..71));
            filter.org = Some(OrgRange { first: a.min(b), last: a.max(b) });
        }
        if rng.random_bool(0.2) {
            filter.seen_since = SeenSince(std::array::from_fn(|_| Timestamp::from_unix_ms(rng.random_range(0..100))));
        }
        filter
    }
}

/// How many random cases of each kind: more with `PROPTEST_CASES`.
fn cases() -> u64 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).map_or(100_000, |cases: u64| cases.max(100_000))
}

const QUESTIONS_A_TOWN: u64 = 500;

#[test]
fn a_hundred_thousand_searches_are_exact() {
    for seed in 0..cases() / QUESTIONS_A_TOWN {
        let mut towns = Towns::new(seed);
        for _ in 0..QUESTIONS_A_TOWN {
            let (at, filter, k) = (towns.place(), towns.filter(), [1, 3, 10, 40][towns.rng.random_range(0..4)]);
            let max_m = towns.rng.random_bool(0.2).then(|| towns.rng.random_range(0.0..3_000.0));
            let mut all: Vec<(f64, u32)> = towns
                .plain
                .iter()
                .zip(0..)
                .filter(|((_, tag), _)| filter.wants(tag))
                .map(|((place, _), unit)| (haversine_m(at, *place), unit))
                .filter(|(distance_m, _)| max_m.is_none_or(|max_m| *distance_m <= max_m))
                .collect();
            all.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            all.truncate(k);
            let found: Vec<_> =
                towns.index.index().nearest(at, k, max_m, &filter).into_iter().map(|hit| (hit.distance_m, hit.unit.0)).collect();
            assert_eq!(found, all, "seed {seed}, {at:?}, k {k}, {max_m:?}, {filter:?}");
        }
    }
}

#[test]
fn a_hundred_thousand_circles_are_counted_and_listed_exactly() {
    for seed in 0..cases() / QUESTIONS_A_TOWN {
        let mut towns = Towns::new(seed + 1_000_000);
        for _ in 0..QUESTIONS_A_TOWN {
            let at = towns.place();
            let radius_m = [0.0, 100.0, 3_000.0, 30_000.0, 20_100_000.0][towns.rng.random_range(0..5)] * towns.rng.random::<f64>();
            let mut expected: Vec<(f64, u32)> = towns
                .plain
                .iter()
                .zip(0..)
                .map(|((place, _), unit)| (haversine_m(at, *place), unit))
                .filter(|(m, _)| *m <= radius_m)
                .collect();
            expected.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            let counts = &towns.index.index().count_within(at, &[radius_m])[0];
            let mut by_pair = [[0; 7]; 8];
            for (_, unit) in &expected {
                let tag = towns.plain[*unit as usize].1;
                by_pair[usize::from(tag.kind.code())][usize::from(tag.status.code())] += 1;
            }
            for kind in UnitKind::ALL {
                for status in Status::ALL {
                    let right = by_pair[usize::from(kind.code())][usize::from(status.code())];
                    assert_eq!(counts.get(*kind, *status), right, "seed {seed}, {at:?}, {radius_m}, {kind}, {status}");
                }
            }
            assert_eq!(counts.total() as usize, expected.len());
            let found: Vec<_> =
                towns.index.index().within_circle(at, radius_m, |_| true).into_iter().map(|hit| (hit.distance_m, hit.unit.0)).collect();
            assert_eq!(found, expected, "seed {seed}, {at:?}, {radius_m}");
        }
    }
}

/// Readers beside a writer that never rests: nobody is missing, nobody is seen twice, and all is of one moment.
#[test]
fn every_answer_is_of_one_moment_while_the_writer_writes() {
    const UNITS: u32 = 2_000;
    let centre = LatLng::new(22.8, 108.3).unwrap();
    let tag = |status| Tag {
        kind: UnitKind::Foot,
        status,
        device: DeviceKind::Radio,
        org: 0,
        capabilities: Capabilities::EMPTY,
        seen: Timestamp::default(),
    };
    let mut writer = IndexWriter::default();
    let mut rng = StdRng::seed_from_u64(7);
    let mut places: Vec<LatLng> = (0..UNITS).map(|_| centre.offset(rng.random_range(0.0..4_000.0), rng.random_range(0.0..360.0))).collect();
    for (unit, at) in places.iter().enumerate() {
        writer.place_unit(UnitNo(unit as u32), *at, tag(Status::Available));
    }
    let index = writer.index().clone();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let readers: Vec<_> = (0..2)
            .map(|reader| {
                let (index, done) = (index.clone(), &done);
                scope.spawn(move || {
                    let mut rng = StdRng::seed_from_u64(reader);
                    let mut questions = 0;
                    while !done.load(Ordering::Relaxed) || questions < 200 {
                        questions += 1;
                        let at = centre.offset(rng.random_range(0.0..4_000.0), rng.random_range(0.0..360.0));
                        // Everybody, from a small look to one that meets every tile.
                        let k = [10, 200, UNITS as usize][rng.random_range(0..3)];
                        let hits = index.nearest(at, k, None, &Filter::default());
                        assert_eq!(hits.len(), k);
                        assert!(hits.is_sorted_by(|a, b| a.distance_m <= b.distance_m));
                        let units: std::collections::BTreeSet<_> = hits.iter().map(|hit| hit.unit).collect();
                        assert_eq!(units.len(), k, "nobody twice");
                        assert_eq!(index.count_within(centre, &[20_000.0])[0].total(), UNITS, "nobody missing");
                    }
                    questions
                })
            })
            .collect();
        for n in 0..600_000_u32 {
            let unit = rng.random_range(0..UNITS) as usize;
            let far = n % 10 == 0;
            let to = if far {
                centre.offset(rng.random_range(0.0..4_000.0), 5.0)
            } else {
                places[unit].offset(20.0, rng.random_range(0.0..360.0))
            };
            places[unit] = if haversine_m(centre, to) < 15_000.0 { to } else { centre };
            let status = if n % 3 == 0 { Status::Busy } else { Status::Available };
            writer.place_unit(UnitNo(unit as u32), places[unit], tag(status));
        }
        done.store(true, Ordering::Relaxed);
        assert!(readers.into_iter().all(|reader| reader.join().unwrap() >= 200));
    });
}

#[test]
fn a_unit_that_wanders_over_the_world_leaves_no_growing_memory() {
    let mut index = IndexWriter::default();
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
        assert_eq!(index.index().nearest(at, 1, None, &Filter::default())[0].unit, UnitNo(0));
    }
    assert_eq!(index.len(), 1);
    let debug_len = format!("{index:?}").len();
    assert!(debug_len < 8_000_000, "the grid was made anew from time to time: {debug_len}");
}
