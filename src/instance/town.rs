//! Junctions and roads, and who stands where.

use std::{
    collections::{HashMap, HashSet},
    ffi::OsStr,
    ops::RangeInclusive,
    path::{Path, PathBuf},
};

use smol_str::SmolStr;

use super::{
    InstanceError, JUNCTIONS_MAX, PLANE_M_MAX, ROAD_M_MAX, ROAD_S_MAX, ROADS_MAX, UNITS_MAX,
    cell::{Cell, Names, Way},
    graphml, lines,
    table::{Table, bytes},
};
use crate::{
    geodesy::{LatLng, haversine_m},
    roads::JunctionNo,
};

/// What is read of a road, and as what else it may be called.
pub(super) const ROAD: [Names; 5] =
    [&["from", "source"], &["to", "target"], &["length_m", "length"], &["time_s", "travel_time"], &["one_way", "oneway"]];

/// Where junctions are.
#[derive(Debug)]
pub(super) enum Places {
    /// Metres on a plane.
    Plane(Vec<[f64; 2]>),
    /// On the Earth.
    Globe(Vec<LatLng>),
}

impl Places {
    /// How far it is straight from one to another, metres.
    fn distance_m(&self, from: JunctionNo, to: JunctionNo) -> Option<f64> {
        let (from, to) = (from as usize, to as usize);
        match self {
            Self::Plane(places) => places.get(from).zip(places.get(to)).map(|([x, y], [to_x, to_y])| (x - to_x).hypot(y - to_y)),
            Self::Globe(places) => places.get(from).zip(places.get(to)).map(|(from, to)| haversine_m(*from, *to)),
        }
    }

    fn push(&mut self, x: Cell<'_>, y: Cell<'_>) -> Result<(), InstanceError> {
        match self {
            Self::Plane(places) => {
                let range = -PLANE_M_MAX..=PLANE_M_MAX;
                places.push([x.needed_number(range.clone())?, y.needed_number(range)?]);
            }
            Self::Globe(places) => {
                let (lng, lat) = (x.needed_number(-180.0..=180.0)?, y.needed_number(-90.0..=90.0)?);
                places.push(LatLng::new(lat, lng).map_err(|error| y.wrong(format!("WGS-84 degrees: {error}")))?);
            }
        }
        Ok(())
    }
}

/// Junctions by id.
#[derive(Debug)]
pub(super) struct Junctions {
    /// Where they were read.
    pub(super) file: PathBuf,
    pub(super) ids: Vec<SmolStr>,
    numbers: HashMap<SmolStr, JunctionNo, foldhash::fast::RandomState>,
    pub(super) places: Places,
}

impl Junctions {
    pub(super) fn new(file: &Path, places: Places) -> Self {
        Self { file: file.to_owned(), ids: Vec::new(), numbers: HashMap::default(), places }
    }

    /// A table of them.
    fn read(file: &Path) -> Result<Self, InstanceError> {
        let table = Table::open(file, [&["id"], &["x"], &["y"], &["lon", "lng"], &["lat"]], 1)?;
        let places = match (table.has(1) && table.has(2), table.has(3) && table.has(4)) {
            (true, false) => Places::Plane(Vec::new()),
            (false, true) => Places::Globe(Vec::new()),
            _ => {
                return Err(InstanceError::format(
                    file,
                    "its first line is wrong: give id,x,y (metres on a plane) or id,lon,lat (degrees)",
                ));
            }
        };
        let mut junctions = Self::new(file, places);
        table.each("junctions", JUNCTIONS_MAX, |[id, x, y, lon, lat]| match junctions.places {
            Places::Plane(_) => junctions.push(id, x, y),
            Places::Globe(_) => junctions.push(id, lon, lat),
        })?;
        Ok(junctions)
    }

    /// One more, that is where two values say.
    pub(super) fn push(&mut self, id: Cell<'_>, x: Cell<'_>, y: Cell<'_>) -> Result<(), InstanceError> {
        if self.no(id.text).is_some() {
            return Err(id.wrong("an id that no other junction has"));
        }
        self.places.push(x, y)?;
        self.name(id).map(|_| ())
    }

    /// The number of the one with this id, new or not.
    pub(super) fn name(&mut self, id: Cell<'_>) -> Result<JunctionNo, InstanceError> {
        if let Some(no) = self.no(id.text) {
            return Ok(no);
        }
        if self.ids.len() == JUNCTIONS_MAX {
            return Err(InstanceError::TooMany { file: self.file.clone(), what: "junctions", max: JUNCTIONS_MAX as u64 });
        }
        let (id, no) = (SmolStr::new(id.id()?), self.ids.len() as JunctionNo);
        self.ids.push(id.clone());
        self.numbers.insert(id, no);
        Ok(no)
    }

    pub(super) fn no(&self, id: &str) -> Option<JunctionNo> {
        self.numbers.get(id).copied()
    }

    /// The junction that a value names.
    pub(super) fn find(&self, id: Cell<'_>) -> Result<JunctionNo, InstanceError> {
        self.no(id.id()?).ok_or_else(|| id.wrong(format!("the id of a junction of {}", self.file.display())))
    }
}

/// A road between two junctions.
#[derive(Debug, Clone, Copy)]
pub(super) struct Road {
    pub(super) ends: [JunctionNo; 2],
    pub(super) one_way: bool,
    pub(super) length_m: f64,
    /// What it takes whom ever, seconds.
    pub(super) time_s: Option<f64>,
}

/// A unit and the junction that it stands at.
#[derive(Debug, Clone)]
pub struct UnitAt {
    /// Its id.
    pub id: SmolStr,
    /// The junction.
    pub junction: JunctionNo,
}

/// A junction of a list, and how many units hold it, where the list says that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// The junction.
    pub junction: JunctionNo,
    /// How many units.
    pub need: Option<u8>,
}

/// Junctions and the roads between them.
#[derive(Debug)]
pub struct Town {
    pub(super) junctions: Junctions,
    pub(super) roads: Vec<Road>,
}

impl Town {
    /// Reads a town. Without a table of junctions the roads must say where theirs are: `GraphML` does, and so do `FlatGeobuf` lines.
    ///
    /// # Errors
    /// [`InstanceError`] names the first file, line, column and value that is wrong, and what is right.
    pub fn read(junctions: Option<&Path>, roads: &Path) -> Result<Self, InstanceError> {
        let junctions = junctions.map(Junctions::read).transpose()?;
        let ending = roads.extension().map(OsStr::to_ascii_lowercase);
        match ending.as_deref().and_then(OsStr::to_str) {
            Some("graphml") => graphml::read(roads, &bytes(roads)?, junctions),
            Some("fgb") => lines::read(roads, &bytes(roads)?, junctions),
            _ => Self::read_table(junctions.ok_or_else(|| InstanceError::NoJunctions(roads.to_owned()))?, roads),
        }
    }

    fn read_table(junctions: Junctions, roads: &Path) -> Result<Self, InstanceError> {
        let mut town = Self { junctions, roads: Vec::new() };
        Table::open(roads, ROAD, 2)?.each("roads", ROADS_MAX, |[from, to, length_m, time_s, one_way]| {
            let ends = [town.junctions.find(from)?, town.junctions.find(to)?];
            town.push(ends, one_way.way()?, length_m, time_s, None)
        })?;
        Ok(town)
    }

    /// One more road. Without a length it is as long as its shape, without a shape as the straight way.
    pub(super) fn push(
        &mut self,
        [from, to]: [JunctionNo; 2],
        way: Way,
        length_m: Cell<'_>,
        time_s: Cell<'_>,
        shape_m: Option<f64>,
    ) -> Result<(), InstanceError> {
        if self.roads.len() == ROADS_MAX {
            return Err(InstanceError::TooMany { file: length_m.spot.file.to_owned(), what: "roads", max: ROADS_MAX as u64 });
        }
        let time_s = time_s.number(0.0..=ROAD_S_MAX)?;
        let given = length_m.number(0.0..=ROAD_M_MAX)?.or(shape_m).or_else(|| self.junctions.places.distance_m(from, to));
        let length_m = match (given, time_s) {
            (Some(given), _) if given <= ROAD_M_MAX => given,
            // Who says how long it takes need not say how long it is.
            (_, Some(_)) => 0.0,
            (Some(apart), None) => {
                return Err(length_m.wrong(format!("a length from 0 to {ROAD_M_MAX} m: its ends are {apart:.0} m apart")));
            }
            (None, None) => return Err(length_m.wrong("a length or a time")),
        };
        let ends = if way == Way::Against { [to, from] } else { [from, to] };
        self.roads.push(Road { ends, one_way: way != Way::Both, length_m, time_s });
        Ok(())
    }

    /// How many junctions there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.junctions.ids.len()
    }

    /// Whether there is no junction.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The id of a junction; empty where there is none.
    #[must_use]
    pub fn id(&self, junction: JunctionNo) -> &str {
        self.junctions.ids.get(junction as usize).map(SmolStr::as_str).unwrap_or_default()
    }

    /// The junctions that the suspect may be at.
    ///
    /// # Errors
    /// [`InstanceError::At`] for the first that is not there.
    pub fn at(&self, ids: &[String]) -> Result<Vec<JunctionNo>, InstanceError> {
        let missing = |id: &String| InstanceError::At { at: id.chars().take(80).collect(), file: self.junctions.file.clone() };
        ids.iter().map(|id| self.junctions.no(id).ok_or_else(|| missing(id))).collect()
    }

    /// Reads the units.
    ///
    /// # Errors
    /// [`InstanceError`] names the line, the column, the value and what is right.
    pub fn units(&self, file: &Path) -> Result<Vec<UnitAt>, InstanceError> {
        let (mut units, mut seen) = (Vec::new(), HashSet::new());
        Table::open(file, [&["id"], &["junction"]], 2)?.each("units", UNITS_MAX, |[id, junction]| {
            let unit = UnitAt { id: SmolStr::new(id.id()?), junction: self.junctions.find(junction)? };
            if !seen.insert(unit.id.clone()) {
                return Err(id.wrong("an id that no other unit has"));
            }
            units.push(unit);
            Ok(())
        })?;
        Ok(units)
    }

    /// Reads a list of junctions, at most `max`, at least one, which may take so many units each.
    ///
    /// # Errors
    /// [`InstanceError`] names the line, the column, the value and what is right.
    pub fn held(&self, file: &Path, what: &'static str, max: usize, needs: RangeInclusive<u8>) -> Result<Vec<Held>, InstanceError> {
        let (mut list, mut seen) = (Vec::new(), HashSet::new());
        Table::open(file, [&["junction"], &["need"]], 1)?.each(what, max, |[junction, need]| {
            let held = Held { junction: self.junctions.find(junction)?, need: need.count(needs.clone())? };
            if !seen.insert(held.junction) {
                return Err(junction.wrong("each junction once"));
            }
            list.push(held);
            Ok(())
        })?;
        if list.is_empty() {
            return Err(InstanceError::format(file, format!("there are no {what}: give one junction at least")));
        }
        Ok(list)
    }
}
