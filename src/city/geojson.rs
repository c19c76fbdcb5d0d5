//! A layer as GeoJSON, for the map.

use std::path::Path;

use geo::{Coord, Geometry};
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_json::json;

use super::{
    CityError, LAYERS, ROWS_MAX,
    table::{Row, Table},
};
use crate::roads::{RoadClass, RoadNetwork};

/// The layer of this name ([`LAYERS`]) as a GeoJSON `FeatureCollection` (RFC 7946): each row a feature, its
/// columns as properties under their own names. Reads the file: some 50 ms for the roads, less for the others.
///
/// # Errors
/// [`CityError::UnknownLayer`] for another name; else what is wrong with the file.
pub fn layer_geojson(dir: &Path, layer: &str) -> Result<Vec<u8>, CityError> {
    if !LAYERS.contains(&layer) {
        return Err(CityError::UnknownLayer(layer.chars().take(64).collect()));
    }
    let table = Table::read(dir, layer, ROWS_MAX)?;
    serde_json::to_vec(&Collection(&table)).map_err(|e| CityError::Format { file: table.file.clone(), what: e.to_string() })
}

/// The most roads that a map is given: a browser draws so many.
const ROADS_SHOWN_MAX: usize = 200_000;

/// Classes in the order in which a map that cannot show all roads leaves them out.
const LEFT_OUT_FIRST: [RoadClass; RoadClass::ALL.len()] = [
    RoadClass::Path,
    RoadClass::Service,
    RoadClass::Street,
    RoadClass::Ferry,
    RoadClass::Secondary,
    RoadClass::Arterial,
    RoadClass::Highway,
    RoadClass::Motorway,
    RoadClass::Ring,
];

/// The classes that a map leaves out so that it shows at most so many roads.
fn left_out(classes: impl Iterator<Item = RoadClass>, max: usize) -> Vec<RoadClass> {
    let mut counts = [0_usize; RoadClass::ALL.len()];
    for class in classes {
        if let Some(count) = counts.get_mut(usize::from(class.code())) {
            *count += 1;
        }
    }
    let mut shown: usize = counts.iter().sum();
    let mut out = Vec::new();
    for class in LEFT_OUT_FIRST {
        if shown > max {
            shown -= counts.get(usize::from(class.code())).copied().unwrap_or_default();
            out.push(class);
        }
    }
    out
}

/// The roads of a network as the layer `roads`: `id` is the edge's number. Of more than 200,000 the lesser classes are left out.
/// Some 10 us a road.
#[must_use]
pub fn roads_geojson(roads: &RoadNetwork) -> Vec<u8> {
    let out = left_out(roads.edges().iter().map(|edge| edge.class), ROADS_SHOWN_MAX);
    let mut text = String::from(r#"{"type":"FeatureCollection","features":["#);
    let shown = roads.edges().iter().enumerate().filter(|(_, edge)| !out.contains(&edge.class));
    for (n, (id, edge)) in shown.enumerate() {
        let line: Vec<[f64; 2]> = edge.shape.iter().map(|at| [at.lng_deg(), at.lat_deg()]).collect();
        let feature = json!({
            "type": "Feature",
            "properties": {
                "id": id, "class": edge.class, "speed_kmh": edge.speed_kmh, "oneway": edge.one_way, "bridge": edge.bridge,
                "name_zh": edge.name.zh, "name_en": edge.name.en,
            },
            "geometry": {"type": "LineString", "coordinates": line},
        });
        if n > 0 {
            text.push(',');
        }
        text.push_str(&feature.to_string());
    }
    text.push_str("]}");
    text.into_bytes()
}

struct Collection<'a>(&'a Table);

impl Serialize for Collection<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("type", "FeatureCollection")?;
        map.serialize_entry("features", &Features(self.0))?;
        map.end()
    }
}

struct Features<'a>(&'a Table);

impl Serialize for Features<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.rows.iter().map(|row| Feature { columns: &self.0.columns, row }))
    }
}

struct Feature<'a> {
    columns: &'a [String],
    row: &'a Row,
}

impl Serialize for Feature<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(3))?;
        map.serialize_entry("type", "Feature")?;
        map.serialize_entry("properties", &Properties(self))?;
        map.serialize_entry("geometry", &Shape(&self.row.geometry))?;
        map.end()
    }
}

struct Properties<'a>(&'a Feature<'a>);

impl Serialize for Properties<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let cells = self.0.row.cells.iter();
        serializer.collect_map(cells.filter_map(|(n, cell)| Some((self.0.columns.get(*n)?, cell))))
    }
}

struct Shape<'a>(&'a Geometry<f64>);

impl Serialize for Shape<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        match self.0 {
            Geometry::Point(point) => {
                map.serialize_entry("type", "Point")?;
                map.serialize_entry("coordinates", &[point.x(), point.y()])?;
            }
            Geometry::LineString(line) => {
                map.serialize_entry("type", "LineString")?;
                map.serialize_entry("coordinates", &Line(&line.0))?;
            }
            Geometry::Polygon(polygon) => {
                map.serialize_entry("type", "Polygon")?;
                let rings: Vec<Line<'_>> =
                    std::iter::once(polygon.exterior()).chain(polygon.interiors()).map(|ring| Line(&ring.0)).collect();
                map.serialize_entry("coordinates", &rings)?;
            }
            _ => return Err(serde::ser::Error::custom("a geometry that is no Point, LineString or Polygon")),
        }
        map.end()
    }
}

struct Line<'a>(&'a [Coord<f64>]);

impl Serialize for Line<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(Some(self.0.len()))?;
        for c in self.0 {
            seq.serialize_element(&[c.x, c.y])?;
        }
        seq.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_shows_the_greater_roads_when_it_cannot_show_all() {
        use RoadClass::{Arterial, Path, Ring, Street};
        let roads = || [Ring, Arterial, Arterial, Street, Street, Street, Path].into_iter();
        assert_eq!(left_out(roads(), 7), []);
        assert_eq!(left_out(roads(), 6), [Path]);
        assert_eq!(left_out(roads(), 5), [Path, RoadClass::Service, Street]);
        assert_eq!(left_out(roads(), 0).len(), RoadClass::ALL.len());
    }
}
