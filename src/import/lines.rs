//! `FlatGeobuf` lines with columns of any name.
//!
//! | what | column by default | values |
//! |---|---|---|
//! | `class` | `class` | a class of ours (`ring`, `highway`, `arterial`, `secondary`, `street`, `motorway`, `service`, `path`, `ferry`) or a word of OpenStreetMap's key `highway` (`trunk`, `residential`, ...); needed |
//! | `speed` | `speed_kmh` | km/h, or what OpenStreetMap writes (`30 mph`, `FI:urban`); where there is none, what is usual for the class |
//! | `oneway` | `oneway` | true, false, yes, no, 1, 0, -1 (against the line) |
//! | `bridge` | `bridge` | true, false, yes, no, 1, 0 |
//! | `access` | `access` | `private`, `no`, `delivery`, ... are left out |
//! | `name_zh` | `name_zh` | the name in Chinese, or the only one |
//! | `name_en` | `name_en` | the name in English |
//! | `from`, `to` | `from`, `to` | the number of the junction that the line starts and ends at; where there are none, lines meet where they end at the same place (to 1 cm) |
//!
//! Columns that are not there are empty, but those that somebody named must be there. Lines meet at their ends alone: cut them at
//! junctions, and leave them whole at bridges.

use std::{
    fs::File,
    io::{self, BufReader},
};

use flatgeobuf::{FallibleStreamingIterator, FeatureProperties, FgbReader};
use geo::{Geometry, LineString};
use geozero::{ColumnValue, PropertyProcessor, ToGeo};
use indicatif::ProgressBar;

use super::{
    ids::Ids,
    report::{Extras, Report, Why},
    tags::{self, Direction},
};
use crate::{
    geodesy::{LatLng, haversine_m},
    roads::{EDGES_MAX, END_GAP_M_MAX, NetworkBuilder, Point, Road, RoadError, RoadName},
};

/// What a column can say of a road.
pub const FIELDS: [&str; 9] = ["class", "speed", "oneway", "bridge", "access", "name_zh", "name_en", "from", "to"];
/// The columns by default, those of the sample city.
const DEFAULTS: [&str; 9] = ["class", "speed_kmh", "oneway", "bridge", "access", "name_zh", "name_en", "from", "to"];
/// As [`tags`] call them.
const KEYS: [&str; 7] = ["highway", "maxspeed", "oneway", "bridge", "access", "name:zh", "name:en"];
const FROM: usize = 7;
const TO: usize = 8;

/// Which column says what, field by field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Columns([Option<String>; FIELDS.len()]);

impl Columns {
    /// Of `field=column` pairs.
    ///
    /// # Errors
    /// [`LinesError::Map`] for the first that is none.
    pub fn new(pairs: &[String]) -> Result<Self, LinesError> {
        let mut columns = Self::default();
        for pair in pairs {
            let wrong = || LinesError::Map(pair.chars().take(80).collect());
            let (field, column) = pair.split_once('=').filter(|(_, column)| !column.is_empty()).ok_or_else(wrong)?;
            let known = FIELDS.iter().position(|name| *name == field).ok_or_else(wrong)?;
            if let Some(slot) = columns.0.get_mut(known) {
                *slot = Some(column.to_owned());
            }
        }
        Ok(columns)
    }

    /// The number of each field's column in a file.
    fn find(&self, there: &[String]) -> Result<[Option<usize>; FIELDS.len()], LinesError> {
        let mut found = [None; FIELDS.len()];
        for ((slot, named), default) in found.iter_mut().zip(&self.0).zip(DEFAULTS) {
            *slot = there.iter().position(|name| name == named.as_deref().unwrap_or(default));
            if let (None, Some(column)) = (&slot, named) {
                return Err(LinesError::NoColumn { column: column.chars().take(80).collect(), there: there.join(", ") });
            }
        }
        match found[0] {
            Some(_) => Ok(found),
            None => Err(LinesError::NoClass { there: there.join(", ") }),
        }
    }
}

/// What is wrong with a file of lines.
#[derive(Debug, thiserror::Error)]
pub enum LinesError {
    /// It cannot be read.
    #[error("cannot be read: {0}")]
    Io(#[from] io::Error),
    /// It is no `FlatGeobuf`.
    #[error("{0}; give a FlatGeobuf file of lines")]
    Format(String),
    /// A mapping that is none.
    #[error("--map {0} is wrong: give FIELD=COLUMN, where FIELD is one of {list}", list = FIELDS.join(", "))]
    Map(String),
    /// A column that somebody named is not there.
    #[error("there is no column `{column}`; there are: {there}")]
    NoColumn {
        /// The column.
        column: String,
        /// Those that are there.
        there: String,
    },
    /// No column says what class a road is of.
    #[error("there is no column `class`: say which it is with --map class=COLUMN; there are: {there}")]
    NoClass {
        /// Those that are there.
        there: String,
    },
    /// The roads do not make a network.
    #[error(transparent)]
    Roads(#[from] RoadError),
}

impl From<flatgeobuf::Error> for LinesError {
    fn from(error: flatgeobuf::Error) -> Self {
        Self::Format(error.to_string())
    }
}

impl From<geozero::error::GeozeroError> for LinesError {
    fn from(error: geozero::error::GeozeroError) -> Self {
        Self::Format(error.to_string())
    }
}

/// The values of the fields of one row.
struct Row<'a> {
    columns: &'a [Option<usize>; FIELDS.len()],
    values: [String; FIELDS.len()],
}

impl PropertyProcessor for Row<'_> {
    fn property(&mut self, column: usize, _name: &str, value: &ColumnValue<'_>) -> geozero::error::Result<bool> {
        if let Some(slot) = self.columns.iter().position(|of| *of == Some(column)).and_then(|field| self.values.get_mut(field)) {
            *slot = match value {
                ColumnValue::Bool(flag) => if *flag { "yes" } else { "no" }.to_owned(),
                ColumnValue::Binary(_) => String::new(),
                other => other.to_string(),
            };
        }
        Ok(false)
    }
}

impl Row<'_> {
    fn get(&self, field: usize) -> Option<&str> {
        self.values.get(field).map(|value| value.trim()).filter(|value| !value.is_empty())
    }

    /// The value of a tag as [`tags`] ask for it.
    fn tag(&self, key: &str) -> Option<&str> {
        let field = KEYS.iter().position(|name| *name == key)?;
        let value = self.get(field);
        // Without an English name the other is the only one.
        if key == "name:en" { value.or_else(|| self.tag("name:zh")) } else { value }
    }
}

/// A line that is kept, and where it ends.
struct Line {
    road: Road,
    /// Its ends as something that is equal where lines meet.
    keys: [i64; 2],
    points: Vec<Point>,
}

/// Reads the roads of a file.
pub(super) fn read(
    file: File,
    columns: &Columns,
    extras: Extras,
    report: &mut Report,
    progress: &ProgressBar,
) -> Result<NetworkBuilder, LinesError> {
    let reader = FgbReader::open(BufReader::new(progress.wrap_read(file)))?;
    let there: Vec<String> = reader.header().columns().into_iter().flatten().map(|column| column.name().to_owned()).collect();
    let columns = columns.find(&there)?;
    let mut features = reader.select_all_seq()?;
    let (mut builder, mut lines) = (NetworkBuilder::default(), Vec::new());
    while let Some(feature) = features.next()? {
        let mut row = Row { columns: &columns, values: Default::default() };
        feature.process_properties(&mut row)?;
        let word = row.get(0).unwrap_or("no class").to_owned();
        let tagged = match tags::read(|key| row.tag(key), extras) {
            Some(Ok(tagged)) => tagged,
            Some(Err(why)) => {
                report.leave(why, &word);
                continue;
            }
            None => {
                report.leave(Why::UnknownClass, &word);
                continue;
            }
        };
        let mut points = match feature.to_geo()? {
            Geometry::LineString(line) => places(&line),
            Geometry::MultiLineString(lines) if lines.0.len() == 1 => lines.0.first().and_then(places),
            _ => None,
        }
        .unwrap_or_default();
        if points.len() < 2 {
            report.leave(Why::NoLine, &word);
            continue;
        }
        let number = |field| row.get(field).and_then(|value| value.parse::<i64>().ok());
        let key = |point: Option<&Point>| {
            point.map(|point| point.units()).map_or(0, |(lat, lng)| (i64::from(lat) << 32) ^ i64::from(lng.cast_unsigned()))
        };
        let mut keys = match columns[FROM].and(columns[TO]) {
            Some(_) => match number(FROM).zip(number(TO)) {
                Some((from, to)) => [from, to],
                None => {
                    report.leave(Why::Gap, &word);
                    continue;
                }
            },
            None => [key(points.first()), key(points.last())],
        };
        if tagged.direction == Direction::Backward {
            points.reverse();
            keys.reverse();
        }
        let name = builder.name(RoadName { zh: tagged.zh, en: tagged.en })?;
        let one_way = tagged.direction != Direction::Both;
        let road = Road { class: tagged.class, speed_kmh: tagged.speed_kmh, one_way, bridge: tagged.bridge, name };
        lines.push(Line { road, keys, points });
        if lines.len() > EDGES_MAX {
            return Err(RoadError::TooMany { what: "edges", count: lines.len(), max: EDGES_MAX }.into());
        }
    }
    join(builder, &lines, report)
}

/// Lines become edges between the junctions that their ends name.
fn join(mut builder: NetworkBuilder, lines: &[Line], report: &mut Report) -> Result<NetworkBuilder, LinesError> {
    let (ids, _) = Ids::count(lines.iter().flat_map(|line| line.keys).collect());
    let mut places: Vec<Option<Point>> = vec![None; ids.len()];
    let ends = |line: &Line| line.keys.map(|key| ids.no(key).unwrap_or_default());
    for line in lines {
        for (no, point) in ends(line).into_iter().zip([line.points.first(), line.points.last()]) {
            if let (Some(slot), Some(point)) = (places.get_mut(no), point) {
                slot.get_or_insert(*point);
            }
        }
    }
    for place in &places {
        builder.junction(place.unwrap_or_default())?;
    }
    for line in lines {
        let [first, inner @ .., last] = &line.points[..] else { continue };
        let ends = ends(line);
        let apart = ends
            .iter()
            .zip([first, last])
            .any(|(no, end)| places.get(*no).copied().flatten().is_none_or(|place| haversine_m(place.at(), end.at()) > END_GAP_M_MAX));
        if apart {
            report.leave(Why::Gap, "");
            continue;
        }
        builder.push(ends.map(|no| no as u32), line.road, inner.iter().copied())?;
    }
    Ok(builder)
}

fn places(line: &LineString<f64>) -> Option<Vec<Point>> {
    line.0.iter().map(|c| LatLng::new(c.y, c.x).ok().map(Point::from)).collect()
}
