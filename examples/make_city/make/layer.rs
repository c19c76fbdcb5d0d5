//! One FlatGeobuf file.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use flatgeobuf::{ColumnType, FgbCrs, FgbWriter, FgbWriterOptions, GeometryType};
use geo::{Coord, Geometry, LineString, Point, Polygon};
use geozero::{ColumnValue, PropertyProcessor};

use super::MakeError;
use super::space::{P, lon_lat};

/// The value of a column.
#[derive(Debug, Clone)]
pub(crate) enum Cell {
    Text(String),
    Count(u32),
    Number(f64),
    Flag(bool),
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// One feature: its geometry and the value of each column.
pub(crate) type Row = (Geometry, Vec<Cell>);

fn coord(p: P) -> Coord {
    let [x, y] = lon_lat(p);
    Coord { x, y }
}

/// A point.
pub(crate) fn point(p: P) -> Geometry {
    Geometry::Point(Point(coord(p)))
}

/// A line; points that fall together when rounded are dropped.
pub(crate) fn line(pts: &[P]) -> Geometry {
    let mut out: Vec<Coord> = pts.iter().map(|&p| coord(p)).collect();
    out.dedup();
    Geometry::LineString(LineString(out))
}

/// A polygon without holes; the first point is repeated at the end.
pub(crate) fn polygon(pts: &[P]) -> Geometry {
    let mut out: Vec<Coord> = pts.iter().map(|&p| coord(p)).collect();
    out.dedup();
    Geometry::Polygon(Polygon::new(LineString(out), vec![]))
}

/// Writes `name.fgb`. Polygons get a spatial index, which sorts them; points and lines keep their order.
pub(crate) fn write(dir: &Path, name: &'static str, geometry: GeometryType, columns: &[&str], rows: &[Row]) -> Result<(), MakeError> {
    let fail = |what: String| MakeError::Layer { name, what };
    let options = FgbWriterOptions {
        write_index: geometry == GeometryType::Polygon,
        detect_type: false,
        promote_to_multi: false,
        crs: FgbCrs { org: Some("EPSG"), code: 4326, name: Some("WGS 84"), ..FgbCrs::default() },
        description: Some("Synthetic data: no real place"),
        ..FgbWriterOptions::default()
    };
    let mut writer = FgbWriter::create_with_options(name, geometry, options).map_err(|e| fail(e.to_string()))?;
    for (i, column) in columns.iter().enumerate() {
        let kind = match rows.first().and_then(|r| r.1.get(i)) {
            Some(Cell::Count(_)) => ColumnType::UInt,
            Some(Cell::Number(_)) => ColumnType::Double,
            Some(Cell::Flag(_)) => ColumnType::Bool,
            _ => ColumnType::String,
        };
        writer.add_column(column, kind, |_, c| c.nullable = false);
    }
    for (shape, cells) in rows {
        let mut bad = None;
        writer
            .add_feature_geom(shape.clone(), |feature| {
                for (i, (column, cell)) in columns.iter().zip(cells).enumerate() {
                    let value = match cell {
                        Cell::Text(text) => ColumnValue::String(text),
                        Cell::Count(n) => ColumnValue::UInt(*n),
                        Cell::Number(x) => ColumnValue::Double(*x),
                        Cell::Flag(b) => ColumnValue::Bool(*b),
                    };
                    if let Err(e) = feature.property(i, column, &value) {
                        bad = Some(e.to_string());
                    }
                }
            })
            .map_err(|e| fail(e.to_string()))?;
        if let Some(what) = bad {
            return Err(fail(what));
        }
    }
    let path = dir.join(format!("{name}.fgb"));
    let file = File::create(&path).map_err(|e| MakeError::Io { path: path.clone(), source: e })?;
    writer.write(BufWriter::new(file)).map_err(|e| fail(e.to_string()))
}
