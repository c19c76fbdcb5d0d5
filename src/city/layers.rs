//! Typed rows of the layers.

use std::{
    collections::{HashMap, HashSet, hash_map::Entry},
    path::Path,
    sync::Arc,
};

use geo::MultiPolygon;

use super::{
    Area, CityError, Gate, Place, Post, ROWS_MAX,
    papers::Orgs,
    table::{Record, Table},
};
use crate::{
    geodesy::LatLng,
    model::{Layer, Name, OrgId, ZONE_RADIUS_M_MAX, Zone, ZoneShape},
    roads::{EdgeNo, JUNCTIONS_MAX, RoadEdge, RoadNetwork},
};

fn name(record: &Record<'_>) -> Result<Name, CityError> {
    Ok(Name { zh: record.text("name_zh")?.to_owned(), en: record.text("name_en")?.to_owned() })
}

fn org(record: &Record<'_>, orgs: &Orgs<'_>) -> Result<OrgId, CityError> {
    let org: OrgId = record.parsed("org")?;
    if orgs.contains(&org) { Ok(org) } else { Err(record.wrong("org", org.as_str(), "the id of an organisation in organisations.json")) }
}

/// The polygons of a zone layer, sorted by id: a file with a spatial index has an order of its own.
pub(super) fn zones(dir: &Path, layer: Layer, orgs: &Orgs<'_>) -> Result<Vec<Zone>, CityError> {
    let table = Table::read(dir, layer.as_str(), ROWS_MAX)?;
    let mut zones = table
        .records()
        .map(|r| {
            let shape = ZoneShape::Polygon(MultiPolygon(vec![r.polygon()?]));
            Ok(Zone { id: r.parsed("id")?, layer, name: name(&r)?, org: Some(org(&r, orgs)?), shape, follows: None, dwell_s: 0 })
        })
        .collect::<Result<Vec<_>, CityError>>()?;
    zones.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(zones)
}

/// No two zones of the city have one id.
pub(super) fn distinct(zones: &[Zone]) -> Result<(), CityError> {
    let mut seen = HashSet::new();
    match zones.iter().find(|zone| !seen.insert(&zone.id)) {
        None => Ok(()),
        Some(zone) => Err(CityError::Format {
            file: format!("{}.fgb", zone.layer).into(),
            what: format!("zone `{}` is there twice; give each zone of the city an id of its own", zone.id),
        }),
    }
}

fn place(record: &Record<'_>, orgs: &Orgs<'_>) -> Result<Place, CityError> {
    Ok(Place { id: record.parsed("id")?, name: name(record)?, at: record.point()?, org: org(record, orgs)? })
}

pub(super) fn places(dir: &Path, layer: &str, orgs: &Orgs<'_>) -> Result<Vec<Place>, CityError> {
    let table = Table::read(dir, layer, ROWS_MAX)?;
    table.records().map(|r| place(&r, orgs)).collect()
}

pub(super) fn posts(dir: &Path, orgs: &Orgs<'_>) -> Result<Vec<Post>, CityError> {
    let table = Table::read(dir, "posts", ROWS_MAX)?;
    table
        .records()
        .map(|r| {
            let armed = match r.text("kind")? {
                "street_post" => false,
                "armed_post" => true,
                other => return Err(r.wrong("kind", other, "street_post or armed_post")),
            };
            Ok(Post { place: place(&r, orgs)?, armed, reach_m: r.number_in("reach_m", 1.0..=ZONE_RADIUS_M_MAX)? })
        })
        .collect()
}

/// The ground within reach of a post.
pub(super) fn post_zone(post: &Post) -> Zone {
    let Place { id, name, at, org } = post.place.clone();
    let shape = ZoneShape::Circle { centre: at, radius_m: post.reach_m };
    Zone { id, layer: Layer::Posts, name, org: Some(org), shape, follows: None, dwell_s: 0 }
}

/// Which junction a gate stands at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Junctions {
    /// That of its column: the roads are those of the same folder.
    Numbered,
    /// The nearest: the roads are others.
    Nearest,
}

pub(super) fn gates(dir: &Path, roads: &RoadNetwork, junctions: Junctions) -> Result<Vec<Gate>, CityError> {
    let table = Table::read(dir, "gates", ROWS_MAX)?;
    let last = u32::try_from(roads.junctions().len().saturating_sub(1)).unwrap_or(u32::MAX);
    table
        .records()
        .map(|r| {
            let at = r.point()?;
            Ok(Gate {
                id: r.parsed("id")?,
                name: name(&r)?,
                at,
                road: Name { zh: r.text("road_zh")?.to_owned(), en: r.text("road_en")?.to_owned() },
                bearing_deg: r.number_in("bearing_deg", 0.0..=360.0)?,
                junction: match junctions {
                    Junctions::Numbered => r.count("junction", last)?,
                    Junctions::Nearest => roads.nearest_junction(at).unwrap_or_default(),
                },
            })
        })
        .collect()
}

pub(super) fn areas(dir: &Path, layer: &str) -> Result<Vec<Area>, CityError> {
    let table = Table::read(dir, layer, ROWS_MAX)?;
    table.records().map(|r| Ok(Area { id: r.parsed("id")?, name: name(&r)?, outline: r.polygon()? })).collect()
}

/// The road network. Edge numbers are the `id` column; junctions lie where the lines of their edges end.
pub(super) fn roads(dir: &Path) -> Result<RoadNetwork, CityError> {
    let table = Table::read(dir, "roads", ROWS_MAX)?;
    let count = table.rows.len();
    let mut edges: Vec<Option<RoadEdge>> = vec![None; count];
    let mut junctions: Vec<Option<LatLng>> = Vec::new();
    let mut names: HashMap<(&str, &str), Arc<Name>> = HashMap::new();
    for r in table.records() {
        let id: EdgeNo = r.count("id", count as u32 - 1)?;
        let shape = r.line()?;
        let (Some(&first), Some(&last)) = (shape.first(), shape.last()) else {
            return Err(r.wrong("geometry", "an empty line", "at least 2 points"));
        };
        let mut ends = [0; 2];
        for (end, column, at) in [(0, "from", first), (1, "to", last)] {
            let junction = r.count(column, JUNCTIONS_MAX as u32 - 1)?;
            ends[end] = junction;
            if junctions.len() <= junction as usize {
                junctions.resize(junction as usize + 1, None);
            }
            if let Some(slot) = junctions.get_mut(junction as usize) {
                slot.get_or_insert(at);
            }
        }
        let edge = RoadEdge {
            from: ends[0],
            to: ends[1],
            class: r.parsed("class")?,
            speed_kmh: r.count("speed_kmh", 255)? as u8,
            one_way: r.flag("oneway")?,
            bridge: r.flag("bridge")?,
            // Many edges of one road: the name is kept once.
            name: match names.entry((r.text("name_zh")?, r.text("name_en")?)) {
                Entry::Occupied(known) => Arc::clone(known.get()),
                Entry::Vacant(new) => Arc::clone(new.insert(Arc::new(name(&r)?))),
            },
            shape,
        };
        match edges.get_mut(id as usize) {
            Some(slot) if slot.is_none() => *slot = Some(edge),
            _ => return Err(r.wrong("id", &id.to_string(), "each edge number once")),
        }
    }
    let missing = junctions.iter().position(Option::is_none);
    if let Some(missing) = missing {
        let what = format!("no edge ends at junction {missing}; number the junctions from 0 without gaps");
        return Err(CityError::Format { file: table.file.clone(), what });
    }
    RoadNetwork::new(junctions.into_iter().flatten().collect(), edges.into_iter().flatten().collect())
        .map_err(|source| CityError::Roads { file: table.file.clone(), source })
}
