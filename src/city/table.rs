//! One `FlatGeobuf` file as rows of a geometry and named values.

use std::{
    fmt,
    fs::File,
    io::BufReader,
    path::{Path, PathBuf},
    str::FromStr,
};

use flatgeobuf::{FallibleStreamingIterator, FgbReader};
use geo::{Geometry, LineString, Polygon};
use geozero::{ColumnValue, FeatureProperties, PropertyProcessor, ToGeo};
use serde::Serialize;

use super::CityError;
use crate::geodesy::LatLng;

/// A value of a column.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub(super) enum Cell {
    Flag(bool),
    Whole(i64),
    Number(f64),
    Text(String),
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(value) => value.fmt(f),
            Self::Whole(value) => value.fmt(f),
            Self::Number(value) => value.fmt(f),
            Self::Text(value) => value.fmt(f),
        }
    }
}

/// One feature.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) geometry: Geometry<f64>,
    /// Column number and value, in the order of the file.
    pub(super) cells: Vec<(usize, Cell)>,
}

/// A file, read.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) file: PathBuf,
    pub(super) columns: Vec<String>,
    pub(super) rows: Vec<Row>,
}

struct Cells(Vec<(usize, Cell)>);

impl PropertyProcessor for Cells {
    fn property(&mut self, column: usize, _name: &str, value: &ColumnValue<'_>) -> geozero::error::Result<bool> {
        let cell = match *value {
            ColumnValue::Bool(value) => Cell::Flag(value),
            ColumnValue::Byte(value) => Cell::Whole(value.into()),
            ColumnValue::UByte(value) => Cell::Whole(value.into()),
            ColumnValue::Short(value) => Cell::Whole(value.into()),
            ColumnValue::UShort(value) => Cell::Whole(value.into()),
            ColumnValue::Int(value) => Cell::Whole(value.into()),
            ColumnValue::UInt(value) => Cell::Whole(value.into()),
            ColumnValue::Long(value) => Cell::Whole(value),
            ColumnValue::ULong(value) => i64::try_from(value).map_or(Cell::Number(value as f64), Cell::Whole),
            ColumnValue::Float(value) => Cell::Number(value.into()),
            ColumnValue::Double(value) => Cell::Number(value),
            ColumnValue::String(value) | ColumnValue::Json(value) | ColumnValue::DateTime(value) => Cell::Text(value.to_owned()),
            // No column of a city is binary.
            ColumnValue::Binary(_) => return Ok(false),
        };
        self.0.push((column, cell));
        Ok(false)
    }
}

impl Table {
    /// Reads `dir/layer.fgb`, at most `rows_max` rows.
    pub(super) fn read(dir: &Path, layer: &str, rows_max: usize) -> Result<Self, CityError> {
        let file = dir.join(format!("{layer}.fgb"));
        let wrong = |what: String| CityError::Format { file: file.clone(), what: format!("{what}; give a FlatGeobuf file") };
        let bytes = File::open(&file).map_err(|source| CityError::Io { file: file.clone(), source })?;
        let reader = FgbReader::open(BufReader::new(bytes)).map_err(|e| wrong(e.to_string()))?;
        let columns: Vec<String> = reader.header().columns().into_iter().flatten().map(|column| column.name().to_owned()).collect();
        let mut features = reader.select_all_seq().map_err(|e| wrong(e.to_string()))?;
        let mut rows = Vec::new();
        while let Some(feature) = features.next().map_err(|e| wrong(e.to_string()))? {
            if rows.len() == rows_max {
                return Err(CityError::TooManyRows { file, max: rows_max });
            }
            let mut cells = Cells(Vec::with_capacity(columns.len()));
            feature.process_properties(&mut cells).map_err(|e| wrong(e.to_string()))?;
            let geometry = feature.to_geo().map_err(|e| wrong(e.to_string()))?;
            rows.push(Row { geometry, cells: cells.0 });
        }
        Ok(Self { file, columns, rows })
    }

    /// The rows with their numbers, ready to be asked for values.
    pub(super) fn records(&self) -> impl Iterator<Item = Record<'_>> {
        self.rows.iter().enumerate().map(|(n, row)| Record { table: self, number: n + 1, row })
    }
}

/// One row that knows where it stands, so that what is wrong with it can be said.
#[derive(Debug, Clone, Copy)]
pub(super) struct Record<'a> {
    table: &'a Table,
    /// From 1.
    pub(super) number: usize,
    row: &'a Row,
}

impl<'a> Record<'a> {
    pub(super) fn wrong(&self, column: &'static str, value: &str, expected: impl Into<String>) -> CityError {
        CityError::value(&self.table.file, self.number, column, value, expected)
    }

    fn cell(&self, column: &'static str) -> Result<&'a Cell, CityError> {
        let index = self.table.columns.iter().position(|name| name == column);
        let found = self.row.cells.iter().find(|(n, _)| Some(*n) == index);
        found.map(|(_, cell)| cell).ok_or_else(|| self.wrong(column, "nothing", "a value"))
    }

    pub(super) fn text(&self, column: &'static str) -> Result<&'a str, CityError> {
        match self.cell(column)? {
            Cell::Text(text) => Ok(text),
            other => Err(self.wrong(column, &other.to_string(), "text")),
        }
    }

    /// Text that parses.
    pub(super) fn parsed<T: FromStr<Err: fmt::Display>>(&self, column: &'static str) -> Result<T, CityError> {
        let text = self.text(column)?;
        text.parse().map_err(|e: T::Err| self.wrong(column, text, format!("what is right: {e}")))
    }

    /// A whole number from 0 to `max`.
    pub(super) fn count(&self, column: &'static str, max: u32) -> Result<u32, CityError> {
        let cell = self.cell(column)?;
        match cell {
            Cell::Whole(n) => u32::try_from(*n).ok().filter(|n| *n <= max),
            _ => None,
        }
        .ok_or_else(|| self.wrong(column, &cell.to_string(), format!("a whole number from 0 to {max}")))
    }

    /// A number in a range.
    pub(super) fn number_in(&self, column: &'static str, range: std::ops::RangeInclusive<f64>) -> Result<f64, CityError> {
        let cell = self.cell(column)?;
        let value = match cell {
            Cell::Number(x) => Some(*x),
            Cell::Whole(n) => Some(*n as f64),
            _ => None,
        };
        value
            .filter(|x| range.contains(x))
            .ok_or_else(|| self.wrong(column, &cell.to_string(), format!("a number from {} to {}", range.start(), range.end())))
    }

    pub(super) fn flag(&self, column: &'static str) -> Result<bool, CityError> {
        match self.cell(column)? {
            Cell::Flag(flag) => Ok(*flag),
            other => Err(self.wrong(column, &other.to_string(), "true or false")),
        }
    }

    pub(super) fn point(&self) -> Result<LatLng, CityError> {
        match &self.row.geometry {
            Geometry::Point(point) => self.position(point.x(), point.y()),
            _ => Err(self.wrong("geometry", "another geometry", "a Point")),
        }
    }

    pub(super) fn line(&self) -> Result<Box<[LatLng]>, CityError> {
        match &self.row.geometry {
            Geometry::LineString(LineString(coords)) => coords.iter().map(|c| self.position(c.x, c.y)).collect(),
            _ => Err(self.wrong("geometry", "another geometry", "a LineString")),
        }
    }

    pub(super) fn polygon(&self) -> Result<Polygon<f64>, CityError> {
        let Geometry::Polygon(polygon) = &self.row.geometry else {
            return Err(self.wrong("geometry", "another geometry", "a Polygon"));
        };
        for c in &polygon.exterior().0 {
            self.position(c.x, c.y)?;
        }
        if polygon.exterior().0.len() < 4 {
            return Err(self.wrong("geometry", "a ring of fewer than 4 points", "a closed ring of at least 3 corners"));
        }
        Ok(polygon.clone())
    }

    fn position(&self, lng: f64, lat: f64) -> Result<LatLng, CityError> {
        LatLng::new(lat, lng).map_err(|e| self.wrong("geometry", &format!("{lng}, {lat}"), format!("WGS-84 degrees: {e}")))
    }
}
