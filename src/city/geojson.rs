//! A layer as GeoJSON, for the map.

use std::path::Path;

use geo::{Coord, Geometry};
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use super::{
    CityError, LAYERS, ROWS_MAX,
    table::{Row, Table},
};

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
