//! `FlatGeobuf` lines.

use std::{array, collections::HashMap, io::Cursor, path::Path};

use flatgeobuf::{FallibleStreamingIterator, FeatureProperties, FgbReader};
use geo::{Coord, Geometry, LineString};
use geozero::{ColumnValue, PropertyProcessor, ToGeo};

use super::{
    InstanceError, JUNCTIONS_MAX,
    cell::{Cell, Spot},
    town::{Junctions, Places, ROAD, Town},
};
use crate::{
    geodesy::{LatLng, haversine_m},
    roads::JunctionNo,
};

/// EPSG codes of degrees: none said, WGS-84, CGCS2000.
const DEGREES: [i32; 3] = [0, 4326, 4490];

/// Lines end at a junction so near, in steps of [`Ends::step`].
const NEAR: [i64; 3] = [0, -1, 1];

struct Values<'a> {
    found: &'a [Option<usize>; ROAD.len()],
    texts: [String; ROAD.len()],
}

impl PropertyProcessor for Values<'_> {
    fn property(&mut self, column: usize, _name: &str, value: &ColumnValue<'_>) -> geozero::error::Result<bool> {
        if let Some(slot) = self.found.iter().position(|found| *found == Some(column)).and_then(|field| self.texts.get_mut(field)) {
            *slot = value.to_string();
        }
        Ok(false)
    }
}

/// Reads a town. Lines have the columns `from` and `to`, or end at the junctions that are given.
pub(super) fn read(file: &Path, bytes: &[u8], junctions: Option<Junctions>) -> Result<Town, InstanceError> {
    let wrong = |what: String| InstanceError::format(file, format!("{what}; give FlatGeobuf lines"));
    let reader = FgbReader::open(Cursor::new(bytes)).map_err(|error| wrong(error.to_string()))?;
    let there: Vec<String> = reader.header().columns().into_iter().flatten().map(|column| column.name().to_owned()).collect();
    let degrees = reader.header().crs().is_none_or(|crs| DEGREES.contains(&crs.code()));
    let found = ROAD.map(|names| names.iter().find_map(|name| there.iter().position(|column| column == name)));
    let named = found[0].and(found[1]).is_some();
    let ends = match (&junctions, named) {
        (Some(junctions), false) => Some(Ends::new(junctions)),
        (None, false) => {
            let what = format!(
                "there are no columns `from` and `to` (there are: {}): give them, or --junctions where lines end",
                there.join(", ")
            );
            return Err(InstanceError::format(file, what));
        }
        (_, true) => None,
    };
    let numbered = junctions.is_none();
    let mut town = Town { junctions: junctions.unwrap_or_else(|| Junctions::new(file, Places::Plane(Vec::new()))), roads: Vec::new() };
    let (mut features, mut number) = (reader.select_all_seq().map_err(|error| wrong(error.to_string()))?, 0);
    while let Some(feature) = features.next().map_err(|error| wrong(error.to_string()))? {
        number += 1;
        let mut values = Values { found: &found, texts: Default::default() };
        feature.process_properties(&mut values).map_err(|error| wrong(error.to_string()))?;
        let spot = Spot { file, kind: "row", number };
        let [from, to, length_m, time_s, one_way] = array::from_fn(|n| {
            let at = found.get(n).copied().flatten().and_then(|at| there.get(at)).map(String::as_str);
            let usual = ROAD.get(n).and_then(|names| names.first()).copied();
            Cell { spot, column: at.or(usual).unwrap_or_default(), text: values.texts.get(n).map_or("", |text| text.trim()) }
        });
        let geometry = Cell { spot, column: "geometry", text: "another geometry" };
        let line = match feature.to_geo().map_err(|error| wrong(error.to_string()))? {
            Geometry::LineString(line) if line.0.len() >= 2 => line,
            Geometry::MultiLineString(mut lines) if lines.0.len() == 1 => lines.0.remove(0),
            _ => return Err(geometry.wrong("a line of two points at least")),
        };
        let junctions = match (&ends, numbered) {
            (Some(ends), _) => ends.of(&line, spot, &town.junctions.file)?,
            (None, true) => [town.junctions.name(from)?, town.junctions.name(to)?],
            (None, false) => [town.junctions.find(from)?, town.junctions.find(to)?],
        };
        let shape_m =
            length(&line, degrees).ok_or_else(|| Cell { text: "a line", ..geometry }.wrong("longitudes and latitudes in degrees"))?;
        town.push(junctions, one_way.way()?, length_m, time_s, Some(shape_m))?;
    }
    Ok(town)
}

/// The length of a line, metres; none when its degrees are none.
fn length(line: &LineString<f64>, degrees: bool) -> Option<f64> {
    let on_earth = |place: &Coord<f64>| LatLng::new(place.y, place.x).ok();
    line.0
        .windows(2)
        .map(|pair| match pair {
            [a, b] if degrees => Some(haversine_m(on_earth(a)?, on_earth(b)?)),
            [a, b] => Some((a.x - b.x).hypot(a.y - b.y)),
            _ => None,
        })
        .sum()
}

/// Junctions by place.
struct Ends {
    /// Centimetres, or 1e-7 degrees.
    steps: f64,
    by_step: HashMap<[i64; 2], JunctionNo, foldhash::fast::RandomState>,
}

impl Ends {
    fn new(junctions: &Junctions) -> Self {
        let (steps, places): (f64, Box<dyn Iterator<Item = [f64; 2]>>) = match &junctions.places {
            Places::Plane(places) => (100.0, Box::new(places.iter().copied())),
            Places::Globe(places) => (1e7, Box::new(places.iter().map(|place| [place.lng_deg(), place.lat_deg()]))),
        };
        let by_step = places.take(JUNCTIONS_MAX).enumerate().map(|(no, [x, y])| (step(x, y, steps), no as JunctionNo)).collect();
        Self { steps, by_step }
    }

    /// The junctions at both ends of a line.
    fn of(&self, line: &LineString<f64>, spot: Spot<'_>, junctions: &Path) -> Result<[JunctionNo; 2], InstanceError> {
        let at = |place: Option<&Coord<f64>>| {
            let place = place.copied().unwrap_or_default();
            let [x, y] = step(place.x, place.y, self.steps);
            let near = NEAR.iter().flat_map(|dx| NEAR.iter().map(move |dy| [x + dx, y + dy]));
            near.filter_map(|step| self.by_step.get(&step).copied()).next().ok_or_else(|| {
                let text = format!("{}, {}", place.x, place.y);
                Cell { spot, column: "geometry", text: &text }
                    .wrong(format!("a line that begins and ends at a junction of {}", junctions.display()))
            })
        };
        Ok([at(line.0.first())?, at(line.0.last())?])
    }
}

fn step(x: f64, y: f64, steps: f64) -> [i64; 2] {
    [x, y].map(|at| (at * steps).round() as i64)
}
