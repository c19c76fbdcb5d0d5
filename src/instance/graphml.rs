//! `GraphML`, as osmnx and networkx write it.
//!
//! A street that leads both ways is two directed edges, or one whose `oneway` is false, or one that is undirected.

use std::{array, collections::HashMap, path::Path, str};

use roxmltree::{Document, Node};

use super::{
    InstanceError, ROADS_MAX,
    cell::{Cell, Names, Spot, Way},
    town::{Junctions, Places, ROAD, Town},
};

/// What `crs` says of a graph whose `x` and `y` are degrees, in lower case: WGS-84 or CGCS2000 by longitude and latitude.
const DEGREES: [&str; 4] = ["epsg:4326", "epsg:4490", "crs84", "+proj=longlat"];

const NODE: [Names; 5] = [&["id"], &["x"], &["y"], &["lon", "lng"], &["lat"]];

/// As [`ROAD`], but for the ends, which every edge has. The last is what osmnx writes of undirected edges, whose ends stand in any order.
const EDGE: [Names; 6] = [&["source"], &["target"], ROAD[2], ROAD[3], ROAD[4], &["from"]];

/// Keys by their id: what each is called, and what it says where nothing is said.
type Keys<'a> = HashMap<&'a str, (&'a str, &'a str)>;

/// Reads a town; the nodes are its junctions where no others are given.
pub(super) fn read(file: &Path, bytes: &[u8], junctions: Option<Junctions>) -> Result<Town, InstanceError> {
    let wrong = |what: String| InstanceError::format(file, format!("{what}; give GraphML"));
    let text = str::from_utf8(bytes).map_err(|error| wrong(format!("byte {} is not UTF-8", error.valid_up_to())))?;
    let document = Document::parse(text).map_err(|error| wrong(error.to_string()))?;
    let root = document.root_element();
    let graph = elements(root, "graph").next().ok_or_else(|| wrong("there is no graph in it".to_owned()))?;
    let keys: Keys<'_> = elements(root, "key")
        .map(|key| {
            let default = elements(key, "default").next().and_then(|default| default.text()).unwrap_or_default();
            (key.attribute("id").unwrap_or_default(), (key.attribute("attr.name").unwrap_or_default(), default.trim()))
        })
        .collect();
    let junctions = match junctions {
        Some(junctions) => junctions,
        None => nodes(file, graph, &keys)?,
    };
    let mut town = Town { junctions, roads: Vec::new() };
    for (n, edge) in elements(graph, "edge").enumerate() {
        if n == ROADS_MAX {
            return Err(InstanceError::TooMany { file: file.to_owned(), what: "roads", max: ROADS_MAX as u64 });
        }
        let [source, target, length_m, time_s, one_way, from] = cells(Spot { file, kind: "edge", number: n as u64 + 1 }, edge, &keys, EDGE);
        let directed = match edge.attribute("directed") {
            Some(directed) => directed == "true",
            None => graph.attribute("edgedefault") != Some("undirected"),
        };
        // What was merged from several streets may say neither.
        let way = match one_way.text.to_ascii_lowercase().as_str() {
            "true" if !directed && from.text == target.text => Way::Against,
            "true" => Way::Along,
            "false" => Way::Both,
            _ if directed => Way::Along,
            _ => Way::Both,
        };
        town.push([town.junctions.find(source)?, town.junctions.find(target)?], way, length_m, time_s, None)?;
    }
    Ok(town)
}

fn nodes(file: &Path, graph: Node<'_, '_>, keys: &Keys<'_>) -> Result<Junctions, InstanceError> {
    let crs = data(graph, keys).find(|(name, _)| *name == "crs").map(|(_, crs)| crs.to_ascii_lowercase()).unwrap_or_default();
    // A projected system may name the one that it is made from.
    let degrees = !crs.starts_with("proj") && DEGREES.iter().any(|known| crs.contains(known));
    let places = if degrees { Places::Globe(Vec::new()) } else { Places::Plane(Vec::new()) };
    let mut junctions = Junctions::new(file, places);
    for (n, node) in elements(graph, "node").enumerate() {
        let [id, x, y, lon, lat] = cells(Spot { file, kind: "node", number: n as u64 + 1 }, node, keys, NODE);
        let (x, y) = if x.text.is_empty() && !lon.text.is_empty() {
            if n == 0 {
                junctions.places = Places::Globe(Vec::new());
            }
            (lon, lat)
        } else {
            (x, y)
        };
        junctions.push(id, x, y)?;
    }
    Ok(junctions)
}

fn elements<'a, 'i>(of: Node<'a, 'i>, name: &'static str) -> impl Iterator<Item = Node<'a, 'i>> {
    of.children().filter(move |child| child.has_tag_name(name))
}

/// What the data of an element says, by the names of its keys.
fn data<'a>(element: Node<'a, 'a>, keys: &Keys<'a>) -> impl Iterator<Item = (&'a str, &'a str)> {
    elements(element, "data").filter_map(move |data| {
        let (name, _) = keys.get(data.attribute("key")?)?;
        Some((*name, data.text().unwrap_or_default().trim()))
    })
}

/// The attributes and the data of an element as columns.
fn cells<'a, const N: usize>(spot: Spot<'a>, element: Node<'a, 'a>, keys: &Keys<'a>, columns: [Names; N]) -> [Cell<'a>; N] {
    let said: Vec<(&str, &str)> =
        element.attributes().map(|attribute| (attribute.name(), attribute.value().trim())).chain(data(element, keys)).collect();
    array::from_fn(|n| {
        let names = columns.get(n).copied().unwrap_or_default();
        let (column, text) = names
            .iter()
            .find_map(|name| said.iter().find(|(said, _)| said == name).copied())
            .or_else(|| names.iter().find_map(|name| keys.values().find(|(key, default)| key == name && !default.is_empty()).copied()))
            .unwrap_or((names.first().copied().unwrap_or_default(), ""));
        Cell { spot, column, text }
    })
}
