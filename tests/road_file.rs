//! The file of roads: what is written is read, what is damaged is refused and said.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what fails here fails the test")]

use std::{path::Path, time::Instant};

use allocation_counter::measure;
use citygate::{
    city,
    geodesy::LatLng,
    model::Name,
    roads::{
        Ban, Drive, NetworkBuilder, Point, Road, RoadClass, RoadName, RoadNetwork,
        file::{self, RoadFile, RoadFileError, VERSION},
    },
};

fn bytes_of(network: &RoadNetwork, attribution: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    file::write(network, attribution, &mut bytes).unwrap();
    bytes
}

fn read(mut bytes: &[u8]) -> Result<RoadFile, RoadFileError> {
    file::read(&mut bytes)
}

/// A square of junctions 100 m apart with streets between neighbours, each with so many bends, every third one-way.
fn town(side: u32, bends: u32) -> RoadNetwork {
    let mut builder = NetworkBuilder::default();
    let units = |row: u32, column: u32| Point::new(228_000_000 + (row * 9_000) as i32, 1_083_000_000 + (column * 9_700) as i32).unwrap();
    for n in 0..side * side {
        builder.junction(units(n / side, n % side)).unwrap();
    }
    let names = ["青年路", "东街", "", "西街"].map(|zh| builder.name(RoadName { zh, en: "Road" }).unwrap());
    for n in 0..side * side {
        for (near, within) in [(n + 1, (n + 1) % side != 0), (n + side, n / side + 1 < side)] {
            if within {
                let (lat, lng) = units(n / side, n % side).units();
                let inner = (1..=bends as i32).map(|bend| Point::new(lat + bend * 100, lng + bend * 50).unwrap());
                let name = names[(n / side) as usize % names.len()];
                let road = Road { class: RoadClass::Street, speed_kmh: 30, one_way: n % 3 == 0, bridge: n % 7 == 0, name };
                builder.push([n, near], road, inner).unwrap();
            }
        }
    }
    let turn = |from, to| Ban { from: Drive { edge: from, backward: false }, to: Drive { edge: to, backward: false } };
    builder.ban(turn(0, 2)).unwrap();
    builder.finish()
}

fn same(a: &RoadNetwork, b: &RoadNetwork) {
    assert!(a.junctions().iter().eq(b.junctions().iter()));
    assert!(a.edges().iter().eq(b.edges().iter()));
    assert_eq!((a.bans(), a.edges().len()), (b.bans(), b.edges().len()));
    for n in 0..a.junctions().len() as u32 {
        assert!(a.arcs(n).eq(b.arcs(n)));
    }
}

#[test]
fn what_is_written_is_read() {
    let city = city::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("data")).unwrap();
    for network in [city.roads, town(5, 4), RoadNetwork::new(vec![], vec![]).unwrap()] {
        let found = read(&bytes_of(&network, "© somebody")).unwrap();
        same(&network, &found.network);
        assert_eq!(found.attribution, "© somebody");
        let at = LatLng::new(22.83, 108.36).unwrap();
        assert_eq!(found.network.nearest_junction(at), network.nearest_junction(at));
    }
    let name: Name = town(2, 0).edges().get(0).unwrap().name.into();
    assert_eq!((name.zh.as_str(), name.en.as_str()), ("青年路", "Road"));
}

#[test]
fn every_cut_and_every_flipped_byte_is_refused() {
    let bytes = bytes_of(&town(3, 2), "© somebody");
    for length in 0..bytes.len() {
        let error = read(&bytes[..length]).unwrap_err();
        assert!(matches!(error, RoadFileError::Foreign | RoadFileError::Cut(_)), "cut at {length}: {error}");
    }
    for at in 0..bytes.len() {
        for bit in 0..8 {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1 << bit;
            let error = read(&damaged).unwrap_err();
            let fits = match at {
                0..8 => matches!(error, RoadFileError::Foreign),
                8..12 => matches!(error, RoadFileError::Version { .. }),
                _ => matches!(error, RoadFileError::Damaged(_)),
            };
            assert!(fits, "byte {at}: {error}");
        }
    }
    let longer = [&bytes[..], &[0]].concat();
    assert!(matches!(read(&longer), Err(RoadFileError::Longer)));
    let error = read(b"not roads at all, but long enough to have a head").unwrap_err().to_string();
    assert!(error.contains("citygate import roads"), "{error}");
    let mut newer = bytes;
    newer[8] = 2;
    let error = read(&newer).unwrap_err().to_string();
    assert!(
        error.contains("version 2") && error.contains(&format!("version {VERSION}")) && error.contains("import the roads anew"),
        "{error}"
    );
}

/// A file with some bytes changed and every checksum right again.
fn forged(network: &RoadNetwork, change: impl Fn(&mut [u8], &[usize])) -> RoadFileError {
    let mut bytes = bytes_of(network, "");
    let count = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
    let sizes = [count(36), 8 * count(12), 4 * count(12), 24 * count(16), 8 * count(20), 8 * count(24), count(28), 8 * count(32)];
    let mut starts = vec![44];
    for size in sizes {
        starts.push(starts.last().unwrap() + size + 4);
    }
    change(&mut bytes, &starts);
    let head = crc32fast::hash(&bytes[..40]).to_le_bytes();
    bytes[40..44].copy_from_slice(&head);
    for pair in starts.windows(2) {
        let sum = crc32fast::hash(&bytes[pair[0]..pair[1] - 4]).to_le_bytes();
        bytes[pair[1] - 4..pair[1]].copy_from_slice(&sum);
    }
    read(&bytes).unwrap_err()
}

#[test]
fn numbers_that_do_not_fit_are_refused() {
    let (junctions, order, edges, names, text, bans) = (1, 2, 3, 5, 6, 7);
    type Change<'a> = &'a dyn Fn(&mut [u8], &[usize]);
    let put = |bytes: &mut [u8], at: usize, number: u32| bytes[at..at + 4].copy_from_slice(&number.to_le_bytes());
    let cases: [(&str, Change<'_>); 13] = [
        ("junctions", &|bytes, at| put(bytes, at[junctions], 900_000_001)),
        ("order", &|bytes, at| put(bytes, at[order], 99)),
        ("edges", &|bytes, at| put(bytes, at[edges], 99)),
        ("edges", &|bytes, at| put(bytes, at[edges] + 4, u32::MAX)),
        ("edges", &|bytes, at| put(bytes, at[edges] + 8, 99)),
        ("edges", &|bytes, at| put(bytes, at[edges] + 16, 99)),
        ("edges", &|bytes, at| bytes[at[edges] + 20] = 200),
        ("edges", &|bytes, at| bytes[at[edges] + 21] = 0),
        ("edges", &|bytes, at| bytes[at[edges] + 22] = 8),
        ("ends of names", &|bytes, at| put(bytes, at[names], 1)),
        ("text of names", &|bytes, at| bytes[at[text]] = 0xff),
        ("turn", &|bytes, at| put(bytes, at[bans], 77)),
        ("at most", &|bytes, _| put(bytes, 12, u32::MAX)),
    ];
    for (n, (words, change)) in cases.into_iter().enumerate() {
        let error = forged(&town(3, 2), change).to_string();
        assert!(error.contains(words), "{n}: {error} has no {words:?}");
    }
}

/// The bytes that a network takes once it is open.
fn open_bytes(bytes: &[u8]) -> (RoadFile, i64) {
    let mut found = None;
    let used = measure(|| found = Some(read(bytes).unwrap()));
    (found.unwrap(), used.bytes_current)
}

#[test]
fn a_million_junctions_take_less_than_200_mb() {
    // Two edges a junction and four bends an edge: more of both than a city has.
    let (found, used) = open_bytes(&bytes_of(&town(100, 4), ""));
    assert_eq!((found.network.junctions().len(), found.network.edges().len()), (10_000, 19_800));
    let each = used as f64 / found.network.junctions().len() as f64;
    assert!(each < 200.0, "{each:.0} bytes a junction");
}

#[test]
#[ignore = "a million junctions, in release only"]
fn a_million_junctions_open_in_under_a_second() {
    let bytes = bytes_of(&town(1_000, 4), "");
    let started = Instant::now();
    let (found, used) = open_bytes(&bytes);
    let took = started.elapsed();
    println!(
        "{} edges, file {} MB, memory {} MB, opened in {took:?}",
        found.network.edges().len(),
        bytes.len() / 1_000_000,
        used / 1_000_000
    );
    assert_eq!(found.network.junctions().len(), 1_000_000);
    assert!(used < 200_000_000 && took.as_secs_f64() < 1.0, "{used} bytes, {took:?}");
}
