//! Everything into files.

use std::fs;
use std::path::Path;

use flatgeobuf::GeometryType;
use serde::Serialize;

use super::layer::{Cell, Row, line, point, polygon, write};
use super::mesh::Class;
use super::names::{Name, bridge};
use super::organisations::{CITY, Text};
use super::places::{Place, STREET_POSTS};
use super::space::{BOX_DEG, CENTER_DEG, half_box};
use super::words::{DISTRICTS, PARKS, zh_number};
use super::zones::Zone;
use super::{City, MakeError};

const ZONE: [&str; 4] = ["id", "name_zh", "name_en", "org"];

/// First fields of most rows.
fn row(id: String, name: &Name, org: &str) -> Vec<Cell> {
    vec![Cell::Text(id), name.zh.as_str().into(), name.en.as_str().into(), org.into()]
}

fn zone_rows(zones: &[Zone], id: &str, digits: usize, name: impl Fn(usize, &Zone) -> Name, org: impl Fn(&Zone) -> String) -> Vec<Row> {
    zones
        .iter()
        .enumerate()
        .map(|(n, zone)| {
            let id = format!("{id}-{:0digits$}", n + 1);
            (polygon(&zone.outline), row(id, &name(n, zone), &org(zone)))
        })
        .collect()
}

fn place_rows(places: &[Place]) -> Vec<Row> {
    places.iter().map(|p| (point(p.at), row(p.id.clone(), &p.name, &p.org))).collect()
}

/// Which one it is among those with the same owner, from 1.
fn rank(zones: &[Zone], n: usize) -> usize {
    zones[..=n].iter().filter(|z| z.of == zones[n].of).count()
}

/// Writes all files of the city into `dir`, which is made when it is not there.
pub(crate) fn files(city: &City, seed: u64, dir: &Path) -> Result<(), MakeError> {
    fs::create_dir_all(dir).map_err(|e| MakeError::Io { path: dir.to_owned(), source: e })?;
    let (division, force, places) = (&city.division, &city.force, &city.places);

    let districts: Vec<Row> = division
        .districts
        .iter()
        .enumerate()
        .map(|(d, zone)| {
            let name = Name::new(format!("{}区", DISTRICTS[d].0), format!("{} District", DISTRICTS[d].1));
            (polygon(&zone.outline), row(format!("district-{}", force.district(d)), &name, force.district(d)))
        })
        .collect();
    let rapid = zone_rows(
        &division.rapid,
        "rapid",
        2,
        |n, _| Name::new(format!("第{}快反区", zh_number(n + 1)), format!("Rapid Zone {}", n + 1)),
        |_| CITY.to_owned(),
    );
    let responsibility = zone_rows(
        &division.responsibility,
        "responsibility",
        2,
        |n, z| {
            let (rank, d) = (rank(&division.responsibility, n), DISTRICTS[z.of]);
            Name::new(format!("{}{}责任区", d.0, zh_number(rank)), format!("{} Responsibility Zone {rank}", d.1))
        },
        |z| force.district(z.of).to_owned(),
    );
    let beats = zone_rows(
        &division.beats,
        "beat",
        3,
        |n, z| {
            let (rank, s) = (rank(&division.beats, n), &force.stations[z.of]);
            Name::new(format!("{}{}巡区", s.zh, zh_number(rank)), format!("{} Beat {rank}", s.en))
        },
        |z| force.station(z.of).to_owned(),
    );
    for (name, rows) in [("districts", districts), ("rapid", rapid), ("responsibility", responsibility), ("beats", beats)] {
        write(dir, name, GeometryType::Polygon, &ZONE, &rows)?;
    }

    let posts: Vec<Row> = places
        .posts
        .iter()
        .enumerate()
        .map(|(n, p)| {
            let kind = if n < STREET_POSTS { "street_post" } else { "armed_post" };
            let mut cells = row(p.id.clone(), &p.name, kind);
            cells.extend([Cell::Number(200.0), p.org.as_str().into()]);
            (point(p.at), cells)
        })
        .collect();
    write(dir, "posts", GeometryType::Point, &["id", "name_zh", "name_en", "kind", "reach_m", "org"], &posts)?;
    for (name, list) in [("stations", &places.stations), ("service_stations", &places.service_stations), ("cameras", &places.cameras)] {
        write(dir, name, GeometryType::Point, &ZONE, &place_rows(list))?;
    }
    let gates: Vec<Row> = places
        .gates
        .iter()
        .map(|g| {
            let mut cells = row(g.id.clone(), &g.name, &g.road.zh);
            cells.extend([g.road.en.as_str().into(), Cell::Number(g.bearing_deg), Cell::Count(g.junction as u32)]);
            (point(g.at), cells)
        })
        .collect();
    write(dir, "gates", GeometryType::Point, &["id", "name_zh", "name_en", "road_zh", "road_en", "bearing_deg", "junction"], &gates)?;
    ground(city, dir)?;
    roads(city, dir)?;
    papers(city, seed, dir)
}

fn ground(city: &City, dir: &Path) -> Result<(), MakeError> {
    let columns = &ZONE[..3];
    let named = |id: &str, zh: &str, en: &str| vec![id.into(), zh.into(), en.into()];
    let mut water = vec![(polygon(&city.plan.river.water(half_box()[0])), named("river-01", "清澜江", "Qinglan River"))];
    let mut parks = Vec::new();
    for (n, park) in city.town.parks.iter().enumerate() {
        let (zh, en) = PARKS[n % PARKS.len()];
        parks.push((polygon(&park.outline), named(&format!("park-{:02}", n + 1), zh, en)));
        if let Some(lake) = &park.lake {
            water.push((polygon(lake), named("lake-01", "望湖", "Wanghu Lake")));
        }
    }
    write(dir, "river", GeometryType::Polygon, columns, &water)?;
    write(dir, "parks", GeometryType::Polygon, columns, &parks)
}

fn roads(city: &City, dir: &Path) -> Result<(), MakeError> {
    let columns = ["id", "from", "to", "class", "speed_kmh", "oneway", "bridge", "name_zh", "name_en"];
    let rows: Vec<Row> = city
        .net
        .edges
        .iter()
        .enumerate()
        .map(|(id, e)| {
            let (class, speed) = match e.class {
                Class::Ring => ("ring", 80),
                Class::Arterial => ("arterial", 50),
                Class::Secondary => ("secondary", 40),
                Class::Highway => ("highway", 70),
                Class::Street | Class::Border => ("street", 25),
            };
            let name = if e.bridge { bridge(&city.names, &city.plan, e.road, e.pts[0]) } else { city.names.roads[e.road].clone() };
            let cells = vec![
                Cell::Count(id as u32),
                Cell::Count(e.a as u32),
                Cell::Count(e.b as u32),
                class.into(),
                Cell::Count(speed),
                Cell::Flag(e.one_way),
                Cell::Flag(e.bridge),
                name.zh.as_str().into(),
                name.en.as_str().into(),
            ];
            (line(&e.pts), cells)
        })
        .collect();
    write(dir, "roads", GeometryType::LineString, &columns, &rows)
}

#[derive(Serialize)]
struct Meta {
    name: Text,
    bureau: Text,
    synthetic: bool,
    seed: u64,
    bbox: [f64; 4],
    center: [f64; 2],
    notice: Text,
}

fn papers(city: &City, seed: u64, dir: &Path) -> Result<(), MakeError> {
    let text = |zh: &str, en: &str| Text { zh: zh.to_owned(), en: en.to_owned() };
    let meta = Meta {
        name: text("清澜", "Qinglan"),
        bureau: text("清澜市公安局", "Qinglan City Bureau"),
        synthetic: true,
        seed,
        bbox: BOX_DEG,
        center: CENTER_DEG,
        notice: text(
            "示例城市，全部为程序生成的合成数据：道路、地名、机构、警力均属虚构，不对应任何真实地点或人员。",
            "A sample city, all of it synthetic data made by a program: roads, names, organisations and units are invented and stand for no real place or person.",
        ),
    };
    let save = |name: &'static str, text: String| {
        let path = dir.join(name);
        fs::write(&path, text).map_err(|e| MakeError::Io { path, source: e })
    };
    let json = |e: serde_json::Error| MakeError::Layer { name: "json", what: e.to_string() };
    save("city.json", serde_json::to_string_pretty(&meta).map_err(json)? + "\n")?;
    let mut orgs = Vec::new();
    for org in &city.force.all {
        orgs.push(format!("  {}", serde_json::to_string(org).map_err(json)?));
    }
    save("organisations.json", format!("[\n{}\n]\n", orgs.join(",\n")))?;
    let mut lines = String::new();
    for unit in &city.units {
        lines.push_str(&serde_json::to_string(unit).map_err(json)?);
        lines.push('\n');
    }
    save("units.ndjson", lines)
}
