//! The sample city in `data/`: that its program still makes it byte for byte, and that it is what it is said to be.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    sync::LazyLock,
};

use citygate::{
    city::{City, LAYERS, layer_geojson, load},
    geodesy::{LatLng, haversine_m},
    model::{Layer, OrgLevel, Status, UnitKind, Zone, ZoneShape},
    roads::{Edge, RoadClass, RoadNetwork},
};
use geo::{Area, Contains, Coord, Intersects, Line, LineString, Polygon, Validation};

#[path = "../examples/make_city/make/mod.rs"]
mod make;

static DATA: LazyLock<&Path> = LazyLock::new(|| Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/data")));
static CITY: LazyLock<City> = LazyLock::new(|| load(&DATA).unwrap());

fn coord(at: LatLng) -> Coord {
    Coord { x: at.lng_deg(), y: at.lat_deg() }
}

fn line(edge: &Edge<'_>) -> LineString {
    edge.shape.iter().map(coord).collect()
}

/// The ring road as a polygon, by walking its edges; fails unless they are one closed loop.
fn ring() -> Polygon {
    let roads = &CITY.roads;
    let mut at: BTreeMap<u32, Vec<&Edge<'_>>> = BTreeMap::new();
    let edges: Vec<Edge<'_>> = roads.edges().iter().filter(|e| e.class == RoadClass::Ring).collect();
    for e in &edges {
        at.entry(e.from).or_default().push(e);
        at.entry(e.to).or_default().push(e);
    }
    assert!(at.values().all(|e| e.len() == 2), "a ring has two edges at each of its junctions");
    let (mut here, mut last, mut points) = (edges[0].from, &edges[0], Vec::new());
    for _ in 0..edges.len() {
        let next = *at[&here].iter().find(|e| !std::ptr::eq(**e, last)).unwrap();
        let mut pts: Vec<Coord> = line(next).0;
        if next.from != here {
            pts.reverse();
        }
        points.extend(pts);
        here = if next.from == here { next.to } else { next.from };
        last = next;
    }
    assert_eq!(here, edges[0].from, "the ring closes after all its edges");
    Polygon::new(LineString(points), vec![])
}

static RING: LazyLock<Polygon> = LazyLock::new(ring);

fn zones(layer: Layer) -> Vec<&'static Zone> {
    CITY.zones.iter().filter(|z| z.layer == layer).collect()
}

fn polygon(zone: &Zone) -> &Polygon {
    match &zone.shape {
        ZoneShape::Polygon(polygon) => &polygon.0[0],
        ZoneShape::Circle { .. } => panic!("{} is a circle", zone.id),
    }
}

/// Points of a lattice with sides that no street shares.
fn samples() -> impl Iterator<Item = LatLng> {
    let [west, south, east, north] = CITY.meta.bbox;
    (1..113).flat_map(move |i| {
        (1..97).map(move |j| {
            let (x, y) = ((f64::from(i) + 0.137) / 113.2, (f64::from(j) + 0.419) / 97.5);
            LatLng::new(south + (north - south) * y, west + (east - west) * x).unwrap()
        })
    })
}

fn files(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().is_file())
        .map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap()))
        // Written by hand.
        .filter(|(name, _)| !["README.md", "citygate.toml"].contains(&name.as_str()))
        .collect()
}

#[test]
fn its_program_makes_it_byte_for_byte() {
    let dir = tempfile::tempdir().unwrap();
    make::make(make::SEED, dir.path()).unwrap();
    let (made, kept) = (files(dir.path()), files(&DATA));
    assert_eq!(made.keys().collect::<Vec<_>>(), kept.keys().collect::<Vec<_>>());
    for (name, bytes) in &kept {
        assert!(made[name] == *bytes, "{name} differs: run `cargo run --release --example make_city`");
    }
    let size: usize = kept.values().map(Vec::len).sum();
    assert!(size < 8_000_000, "{size} bytes");
}

#[test]
fn another_seed_makes_another_sound_city() {
    let dir = tempfile::tempdir().unwrap();
    make::make(20, dir.path()).unwrap();
    let other = load(dir.path()).unwrap();
    assert_eq!(other.gates.len(), 26);
    assert_eq!(other.units.len(), 3_500);
    assert_eq!(other.roads.edges().iter().filter(|e| e.bridge).count(), 8);
    assert_ne!(other.roads.junctions().len(), CITY.roads.junctions().len());
}

#[test]
fn it_says_that_it_is_synthetic() {
    let meta = &CITY.meta;
    assert!(meta.synthetic && meta.notice.zh.contains("合成") && meta.notice.en.contains("synthetic"));
    assert_eq!(meta.seed, Some(make::SEED));
    assert_eq!(meta.bbox, [108.2, 22.7, 108.6, 23.0]);
    assert_eq!((meta.name.zh.as_str(), meta.name.en.as_str()), ("清澜", "Qinglan"));
    let readme = fs::read_to_string(DATA.join("README.md")).unwrap();
    let roads = &CITY.roads;
    assert!(readme.contains("synthetic"));
    assert!(readme.contains(&format!("{} lines, {} junctions", roads.edges().len(), roads.junctions().len())));
}

#[test]
fn every_layer_has_its_count_and_reads_as_geojson() {
    let expected = [7, 11, 31, 148, 74, 63, 28, 26, 420];
    for (n, layer) in LAYERS.into_iter().enumerate() {
        let json: serde_json::Value = serde_json::from_slice(&layer_geojson(&DATA, layer).unwrap()).unwrap();
        assert_eq!(json["type"], "FeatureCollection");
        let features = json["features"].as_array().unwrap();
        if let Some(count) = expected.get(n) {
            assert_eq!(features.len(), *count, "{layer}");
        }
        for feature in features {
            let p = &feature["properties"];
            assert!(!p["name_zh"].as_str().unwrap().is_empty() && !p["name_en"].as_str().unwrap().is_empty(), "{layer} {p}");
            assert!(p["name_en"].as_str().unwrap().is_ascii(), "{layer} {p}");
            assert!(feature["geometry"]["coordinates"].is_array());
        }
    }
    assert_eq!(CITY.posts.iter().filter(|p| p.armed).count(), 10);
    assert!(CITY.posts.iter().all(|p| p.reach_m == 200.0));
}

#[test]
fn three_levels_command() {
    let level = |level| CITY.organisations.iter().filter(|o| o.level == level).count();
    assert_eq!((level(OrgLevel::City), level(OrgLevel::District), level(OrgLevel::Station)), (1, 7, 63));
    for district in CITY.organisations.iter().filter(|o| o.level == OrgLevel::District) {
        assert_eq!(CITY.organisations.iter().filter(|o| o.parent.as_ref() == Some(&district.id)).count(), 9);
    }
    let stations: BTreeSet<_> = CITY.stations.iter().map(|s| &s.org).collect();
    assert_eq!(stations.len(), 63);
    let names: BTreeSet<_> = CITY.organisations.iter().map(|o| &o.name.en).collect();
    assert_eq!(names.len(), 71);
}

#[test]
fn the_units_are_those_of_the_mission() {
    let kinds = [759, 82, 800, 1_354, 2, 24, 74, 405];
    for (kind, count) in UnitKind::ALL.iter().zip(kinds) {
        assert_eq!(CITY.units.iter().filter(|u| u.kind == *kind).count(), count, "{kind}");
    }
    let statuses = [871, 1_972, 9, 27, 34, 507, 80];
    for (status, count) in Status::ALL.iter().zip(statuses) {
        assert_eq!(CITY.units.iter().filter(|u| u.status == *status).count(), count, "{status}");
    }
    let foot: u32 = CITY.units.iter().filter(|u| u.kind == UnitKind::Foot).map(|u| u32::from(u.crew)).sum();
    assert_eq!(foot, 1_800);
    let level = |unit: &citygate::model::UnitSpec| CITY.organisations.iter().find(|o| o.id == unit.org).unwrap().level;
    for unit in &CITY.units {
        assert!(unit.crew > 0 && unit.callsign == unit.id.as_str());
        let devices: Vec<&str> = unit.devices.iter().map(|d| d.kind.as_str()).collect();
        match unit.kind {
            UnitKind::PatrolCar | UnitKind::Motorcycle => assert_eq!(devices, ["vehicle_terminal"]),
            UnitKind::ArmedCar => assert_eq!(devices, ["vehicle_terminal", "radio"]),
            UnitKind::Foot | UnitKind::Volunteers => assert_eq!(devices, ["mobile_terminal"]),
            UnitKind::Helicopter | UnitKind::Drone | UnitKind::Post => assert_eq!(devices, ["radio"]),
        }
        match unit.kind {
            UnitKind::Helicopter | UnitKind::Post => assert_eq!(unit.status, Status::Available),
            UnitKind::Volunteers => assert!(!matches!(unit.status, Status::Assigned | Status::EnRoute)),
            _ => {}
        }
        match unit.kind {
            UnitKind::Helicopter => assert_eq!(level(unit), OrgLevel::City),
            UnitKind::ArmedCar | UnitKind::Drone => assert_ne!(level(unit), OrgLevel::Station),
            _ => assert_eq!(level(unit), OrgLevel::Station),
        }
        let [west, south, east, north] = CITY.meta.bbox;
        let home = unit.home.unwrap();
        assert!((west..=east).contains(&home.lng_deg()) && (south..=north).contains(&home.lat_deg()));
    }
    let posts: BTreeSet<_> = CITY.posts.iter().map(|p| format!("{:?}", p.place.at)).collect();
    let manned: BTreeSet<_> = CITY.units.iter().filter(|u| u.kind == UnitKind::Post).map(|u| format!("{:?}", u.home.unwrap())).collect();
    assert_eq!(posts.len(), 74);
    assert_eq!(posts, manned);
}

/// How many junctions are reached from `start`, along one-way streets forwards or backwards.
fn reached(roads: &RoadNetwork, start: u32, forwards: bool) -> usize {
    let mut next = vec![Vec::new(); roads.junctions().len()];
    for from in 0..roads.junctions().len() as u32 {
        for arc in roads.arcs(from) {
            let (a, b) = if forwards { (from, arc.to) } else { (arc.to, from) };
            next[a as usize].push(b);
        }
    }
    let mut seen = vec![false; next.len()];
    let (mut open, mut count) = (vec![start], 0);
    seen[start as usize] = true;
    while let Some(n) = open.pop() {
        count += 1;
        for &m in &next[n as usize] {
            if !std::mem::replace(&mut seen[m as usize], true) {
                open.push(m);
            }
        }
    }
    count
}

#[test]
fn every_junction_reaches_every_other() {
    let count = CITY.roads.junctions().len();
    assert!((13_000..=15_000).contains(&count), "{count}");
    // One junction reaches all and all reach it: that is one strongly connected component.
    assert_eq!(reached(&CITY.roads, 0, true), count);
    assert_eq!(reached(&CITY.roads, 0, false), count);
    let edges = CITY.roads.edges();
    assert!(edges.iter().all(|e| e.from != e.to));
    let ends: Vec<[u32; 2]> = edges.iter().map(|e| [e.from, e.to]).collect();
    let share = edges.iter().filter(|e| e.one_way).count() as f64 / edges.len() as f64;
    assert!((0.08..0.15).contains(&share), "{share}");
    let dead_ends = (0..count as u32).filter(|n| ends.iter().filter(|ends| ends.contains(n)).take(2).count() == 1);
    assert!(dead_ends.count() > 200);
}

#[test]
fn eight_bridges_cross_the_river_and_nothing_else() {
    let river = &CITY.waters.iter().find(|w| w.id.as_str() == "river-01").unwrap().outline;
    let mut bridges = Vec::new();
    for edge in CITY.roads.edges().iter() {
        let wet = CITY.waters.iter().any(|w| w.outline.intersects(&line(&edge)));
        assert_eq!(wet, edge.bridge, "{:?}", edge.name);
        if edge.bridge {
            assert!(river.intersects(&line(&edge)));
            let ends = [edge.shape.first(), edge.shape.last()];
            assert!(ends.iter().all(|p| !river.contains(&p.to_point())), "a bridge spans the whole river");
            bridges.push(edge);
        }
    }
    assert_eq!(bridges.len(), 8);
    assert_eq!(bridges.iter().filter(|b| b.class == RoadClass::Ring).count(), 2);
    let names: BTreeSet<_> = bridges.iter().map(|b| b.name.en).collect();
    assert_eq!(names.len(), 8);
}

#[test]
fn the_gates_are_the_only_way_out() {
    let roads = &CITY.roads;
    let gates: BTreeSet<u32> = CITY.gates.iter().map(|g| g.junction).collect();
    assert_eq!(gates.len(), 26);
    for gate in &CITY.gates {
        let at = roads.junctions().get(gate.junction as usize).unwrap();
        assert!(haversine_m(at, gate.at) < 0.5);
        let meet: Vec<Edge<'_>> = roads.edges().iter().filter(|e| e.from == gate.junction || e.to == gate.junction).collect();
        let classes = |class| meet.iter().filter(|e| e.class == class).count();
        assert_eq!((classes(RoadClass::Ring), classes(RoadClass::Highway)), (2, 1));
        let highway = meet.iter().find(|e| e.class == RoadClass::Highway).unwrap();
        assert_eq!(highway.name, (&gate.road).into());
        assert!(!highway.one_way);
        let out = gate.at.offset(150.0, gate.bearing_deg);
        assert!(!RING.contains(&out.to_point()), "{} points outwards", gate.id);
    }
    // Without the gates nothing on the ring or in it leads out, and nothing out leads in.
    let mut next = vec![Vec::new(); roads.junctions().len()];
    for e in roads.edges().iter().filter(|e| !gates.contains(&e.from) && !gates.contains(&e.to)) {
        next[e.from as usize].push(e.to);
        next[e.to as usize].push(e.from);
    }
    let outside = |n: u32| !RING.intersects(&roads.junctions().get(n as usize).unwrap().to_point());
    let mut open: Vec<u32> = (0..next.len() as u32).filter(|n| outside(*n) && !gates.contains(n)).collect();
    assert!(open.len() > 800, "roads and villages beyond the ring: {}", open.len());
    let ring: BTreeSet<u32> = roads.edges().iter().filter(|e| e.class == RoadClass::Ring).flat_map(|e| [e.from, e.to]).collect();
    open.retain(|n| !ring.contains(n));
    let mut seen: BTreeSet<u32> = open.iter().copied().collect();
    while let Some(n) = open.pop() {
        assert!(outside(n) && !ring.contains(&n), "junction {n} is inside and is reached from outside");
        open.extend(next[n as usize].iter().filter(|m| seen.insert(**m)));
    }
}

#[test]
fn roads_meet_at_junctions_only() {
    // A grid of segments; two edges that cross away from their common junctions would be a hidden crossing.
    let cell = |v: f64| (v / 0.002).floor() as i64;
    let mut grid: BTreeMap<(i64, i64), Vec<(usize, Line)>> = BTreeMap::new();
    let mut bad = 0;
    for (n, edge) in CITY.roads.edges().iter().enumerate() {
        for segment in line(&edge).lines() {
            let (x0, x1) = (cell(segment.start.x.min(segment.end.x)), cell(segment.start.x.max(segment.end.x)));
            let (y0, y1) = (cell(segment.start.y.min(segment.end.y)), cell(segment.start.y.max(segment.end.y)));
            for key in (x0..=x1).flat_map(|x| (y0..=y1).map(move |y| (x, y))) {
                let here = grid.entry(key).or_default();
                bad += here
                    .iter()
                    .filter(|(m, other)| {
                        let apart = [segment.start, segment.end].iter().all(|p| *p != other.start && *p != other.end);
                        *m != n && apart && segment.intersects(other)
                    })
                    .count();
                here.push((n, segment));
            }
        }
    }
    assert_eq!(bad, 0);
}

#[test]
fn each_layer_tiles_the_city() {
    let layers = [Layer::Rapid, Layer::Responsibility, Layer::Beats, Layer::Districts];
    for layer in layers {
        for zone in zones(layer) {
            assert!(polygon(zone).is_valid(), "{}", zone.id);
            assert!(polygon(zone).interiors().is_empty());
        }
    }
    let ring_area = RING.unsigned_area();
    for layer in &layers[..3] {
        let sum: f64 = zones(*layer).iter().map(|z| polygon(z).unsigned_area()).sum();
        assert!((sum / ring_area - 1.0).abs() < 1e-5, "{layer}: {}", sum / ring_area);
    }
    let parent = |org: &citygate::model::OrgId| CITY.organisations.iter().find(|o| o.id == *org).unwrap().parent.clone();
    let (mut inside, mut outside) = (0, 0);
    for at in samples() {
        let within = RING.contains(&at.to_point());
        let found = |layer| zones(layer).into_iter().filter(|z| z.shape.contains(at)).collect::<Vec<_>>();
        let [rapid, responsibility, beats, districts] = layers.map(found);
        assert_eq!(districts.len(), 1, "{at:?}");
        for (layer, count) in [("rapid", rapid.len()), ("responsibility", responsibility.len()), ("beats", beats.len())] {
            assert_eq!(count, usize::from(within), "{layer} {at:?}");
        }
        if within {
            inside += 1;
            let beat = beats[0].org.as_ref().unwrap();
            assert_eq!(parent(beat), districts[0].org, "a beat lies in its station's district");
            assert_eq!(responsibility[0].org, districts[0].org);
        } else {
            outside += 1;
        }
    }
    assert!(inside > 1_500 && outside > 4_000, "{inside} {outside}");
}

#[test]
fn places_stand_on_their_own_ground() {
    let roads = &CITY.roads;
    let places = CITY.stations.iter().chain(&CITY.service_stations).chain(&CITY.cameras).chain(CITY.posts.iter().map(|p| &p.place));
    for place in places {
        let junction = roads.junctions().get(roads.nearest_junction(place.at).unwrap() as usize).unwrap();
        assert!(haversine_m(junction, place.at) < 0.5, "{} stands at a junction", place.id);
        let beats: Vec<_> = zones(Layer::Beats).into_iter().filter(|z| z.shape.contains(place.at)).collect();
        // A junction on a border belongs to the zones on both sides.
        assert!(beats.iter().any(|z| z.org.as_ref() == Some(&place.org)), "{} {:?}", place.id, place.org);
    }
    for (n, a) in CITY.posts.iter().enumerate() {
        for b in &CITY.posts[n + 1..] {
            assert!(haversine_m(a.place.at, b.place.at) > 400.0, "{} and {}", a.place.id, b.place.id);
        }
    }
}
