//! From positions to places on the roads: of the sample city, and of small networks with known answers.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what fails here fails the test")]

use std::{collections::BTreeSet, path::Path, sync::Arc};

use citygate::{
    city,
    geodesy::{LatLng, distance_to_arc_m, haversine_m},
    model::Name,
    roads::{Drive, MOVING_MPS, OFF_ROADS_M, RoadClass, RoadEdge, RoadNetwork, RoadPlace, Sighting, Snapper},
};
use rand::{Rng, SeedableRng, rngs::SmallRng, seq::IteratorRandom};

fn at(lat: f64, lng: f64) -> LatLng {
    LatLng::new(lat, lng).unwrap()
}

fn edge(from: u32, to: u32, one_way: bool, shape: &[LatLng]) -> RoadEdge {
    let name = Arc::new(Name::default());
    RoadEdge { from, to, class: RoadClass::Street, speed_kmh: 36, one_way, bridge: false, name, shape: shape.into() }
}

fn standing(at: LatLng) -> Sighting {
    Sighting { at, speed_mps: Some(0.0), heading_deg: None }
}

fn moving(at: LatLng, heading_deg: f32) -> Sighting {
    Sighting { at, speed_mps: Some(10.0), heading_deg: Some(heading_deg) }
}

/// The metres to the nearest edge, the slow way.
fn nearest_m(network: &RoadNetwork, at: LatLng) -> f64 {
    let pieces = network.edges().iter().flat_map(|edge| edge.shape.steps());
    pieces.map(|(from, to)| distance_to_arc_m(at, from, to)).fold(f64::INFINITY, f64::min)
}

fn sample_city() -> RoadNetwork {
    city::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("data")).unwrap().roads
}

/// How far a place is from where it stands for.
fn off_m(network: &RoadNetwork, place: RoadPlace, at: LatLng) -> f64 {
    haversine_m(network.position(place).unwrap(), at)
}

#[test]
fn the_nearest_edge_is_that_of_brute_force() {
    let network = sample_city();
    let snapper = Snapper::new(&network);
    let mut rng = SmallRng::seed_from_u64(4);
    let (mut on, mut off) = (0, 0);
    for n in 0..400 {
        let anywhere = at(rng.random_range(22.69..23.01), rng.random_range(108.19..108.61));
        // Every other one near a junction: most of the box is fields.
        let junction = network.junctions().iter().choose(&mut rng).unwrap();
        let here = if n % 2 == 0 { anywhere } else { junction.offset(rng.random_range(0.0..90.0), rng.random_range(0.0..360.0)) };
        let right_m = nearest_m(&network, here);
        match snapper.snap(&standing(here), None) {
            Some(place) => {
                on += 1;
                assert!(
                    (off_m(&network, place, here) - right_m).abs() < 0.3 && right_m < OFF_ROADS_M + 0.1,
                    "{here:?} {place:?} {right_m}"
                );
            }
            None => {
                off += 1;
                assert!(right_m > OFF_ROADS_M - 0.1, "{here:?} {right_m}");
            }
        }
        let found = snapper.nearest(here, 5_000.0, |_| true);
        let (place, found_m) = found.unwrap_or_else(|| panic!("nothing within 5 km of {here:?}, {right_m}"));
        let slack = 0.3 + right_m * 1e-3;
        assert!(
            (found_m - right_m).abs() < slack && (off_m(&network, place, here) - right_m).abs() < slack,
            "{here:?} {found_m} {right_m}"
        );
    }
    assert!(on > 100 && off > 50, "{on} on, {off} off");
}

#[test]
fn whoever_drives_stays_on_its_edge_and_changes_at_junctions() {
    let network = sample_city();
    let snapper = Snapper::new(&network);
    let mut rng = SmallRng::seed_from_u64(5);
    let (mut fixes, mut right, mut changes, mut crossed) = (0, 0, 0, 0);
    for _ in 0..200 {
        let mut arc = network.arcs(rng.random_range(0..network.junctions().len() as u32)).choose(&mut rng).unwrap();
        let (mut along_m, mut last): (f64, Option<RoadPlace>) = (0.0, None);
        for _ in 0..60 {
            along_m += 12.0;
            while along_m > arc.length_m {
                along_m -= arc.length_m;
                let ways: Vec<_> = network.arcs(arc.to).filter(|next| next.drive.edge != arc.drive.edge).collect();
                arc = ways.into_iter().choose(&mut rng).unwrap_or_else(|| network.arcs(arc.to).next().unwrap());
                crossed += 1;
            }
            let spot = network.spot(arc.drive, along_m).unwrap();
            let seen = spot.at.offset(rng.random_range(0.0..6.0), rng.random_range(0.0..360.0));
            let place = snapper.snap(&moving(seen, spot.heading_deg as f32), last).unwrap();
            fixes += 1;
            right += usize::from(place.edge == arc.drive.edge);
            changes += usize::from(last.is_some_and(|last| last.edge != place.edge));
            last = Some(place);
        }
    }
    // What is wrong is within the noise of a junction, where it is right soon after.
    assert!(right * 100 > fixes * 95, "{right} of {fixes}");
    assert!(changes <= crossed + crossed / 50, "{changes} changes for {crossed} junctions");
}

/// Two one-way carriageways 14 m apart, south to north and back, and a street across them in the middle.
fn carriageways() -> RoadNetwork {
    let (south, middle, north) = (at(22.80, 108.30), at(22.81, 108.30), at(22.82, 108.30));
    let (back_north, back_middle, back_south) = (north.offset(14.0, 270.0), middle.offset(14.0, 270.0), south.offset(14.0, 270.0));
    let (west, east) = (back_middle.offset(500.0, 270.0), middle.offset(500.0, 90.0));
    let junctions = vec![south, middle, north, back_north, back_middle, back_south, west, east];
    let edges = [(0, 1, true), (1, 2, true), (3, 4, true), (4, 5, true), (6, 4, false), (4, 1, false), (1, 7, false)];
    let edge = |(from, to, one_way): (u32, u32, bool)| edge(from, to, one_way, &[junctions[from as usize], junctions[to as usize]]);
    RoadNetwork::new(junctions.clone(), edges.map(edge).to_vec()).unwrap()
}

#[test]
fn the_heading_tells_two_carriageways_apart() {
    let network = carriageways();
    let snapper = Snapper::new(&network);
    // Nearer to the way back, but driving north.
    let here = at(22.805, 108.30).offset(9.0, 270.0);
    let edge_of = |sighting: &Sighting, last| snapper.snap(sighting, last).map(|place| place.edge);
    assert_eq!(edge_of(&standing(here), None), Some(3));
    assert_eq!(edge_of(&moving(here, 2.0), None), Some(0));
    assert_eq!(edge_of(&moving(here, 181.0), None), Some(3));
    // Who crawls may point anywhere.
    let crawls = Sighting { speed_mps: Some(MOVING_MPS), ..moving(here, 2.0) };
    assert_eq!(edge_of(&crawls, None), Some(3));
    // And who is on one stays there, whatever the noise.
    let on_zero = snapper.snap(&moving(at(22.804, 108.30), 0.0), None);
    assert_eq!(edge_of(&standing(here.offset(8.0, 270.0)), on_zero), Some(0));
    assert_eq!(edge_of(&moving(here.offset(8.0, 270.0), 180.0), on_zero), Some(3), "it turned round");
}

#[test]
fn noise_at_a_junction_does_not_flap() {
    let network = carriageways();
    let snapper = Snapper::new(&network);
    let mut rng = SmallRng::seed_from_u64(6);
    let mut last = snapper.snap(&moving(at(22.8099, 108.30), 0.0), None);
    let mut seen = BTreeSet::new();
    for _ in 0..500 {
        let waits = network.junctions().get(1).unwrap().offset(rng.random_range(0.0..4.0), rng.random_range(0.0..360.0));
        last = snapper.snap(&standing(waits), last);
        seen.insert(last.unwrap().edge);
    }
    assert_eq!(seen, BTreeSet::from([0]));
    // It turns off: a few metres on it is where it drives.
    let turned = network.spot(Drive { edge: 6, backward: false }, 15.0).unwrap();
    assert_eq!(snapper.snap(&moving(turned.at, 90.0), last).unwrap().edge, 6);
}

#[test]
fn places_are_shares_of_the_line() {
    let network = carriageways();
    let snapper = Snapper::new(&network);
    for share in [0.0, 0.1, 0.5, 0.9, 1.0] {
        let place = RoadPlace::new(6, share);
        let position = network.position(place).unwrap();
        let found = snapper.snap(&standing(position), Some(place)).unwrap();
        assert!(found.edge == 6 && found.along.abs_diff(place.along) < 10, "{found:?} {place:?}");
    }
    assert_eq!(network.position(RoadPlace::new(99, 0.5)), None);
}

#[test]
fn off_the_roads_is_nowhere_and_admission_counts() {
    let network = carriageways();
    let snapper = Snapper::new(&network);
    let field = at(22.815, 108.30).offset(100.0, 90.0);
    assert_eq!(snapper.snap(&standing(field), Some(RoadPlace::new(1, 0.5))), None);
    assert_eq!(snapper.nearest(field, 60.0, |_| true), None);
    let (place, off_m) = snapper.nearest(field, 1_000.0, |_| true).unwrap();
    assert!(place.edge == 1 && (off_m - 100.0).abs() < 0.5, "{place:?} {off_m}");
    assert_eq!(snapper.nearest(field, 1_000.0, |edge| edge != 1).unwrap().0.edge, 2);
    let nothing = Snapper::new(&RoadNetwork::new(vec![], vec![]).unwrap());
    assert_eq!((nothing.snap(&standing(field), None), nothing.nearest(field, 1e6, |_| true)), (None, None));
}

#[test]
fn a_road_across_the_antimeridian_and_one_near_the_pole_are_found() {
    for (start, end) in [(at(-17.0, 179.99), at(-17.001, -179.99)), (at(89.0, 10.0), at(89.002, 12.0)), (at(0.0, 179.999), at(0.0, 180.0))]
    {
        let network = RoadNetwork::new(vec![start, end], vec![edge(0, 1, false, &[start, end])]).unwrap();
        let snapper = Snapper::new(&network);
        for along_m in [0.0, 100.0, 500.0, 1_500.0, 2_000.0] {
            let here = network.spot(Drive { edge: 0, backward: false }, along_m).unwrap().at;
            let place = snapper.snap(&standing(here), None).unwrap_or_else(|| panic!("{here:?}"));
            assert!(off_m(&network, place, here) < 5.0, "{here:?} {place:?}");
            assert_eq!(snapper.edges_near(here, here), [0], "{here:?}");
        }
    }
}
