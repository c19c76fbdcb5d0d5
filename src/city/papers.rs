//! The JSON files: the city, its organisations, its units.

use std::{
    collections::{HashMap, HashSet},
    fs,
    path::{Path, PathBuf},
};

use serde::de::DeserializeOwned;

use super::{CityError, CityMeta, JSON_BYTES_MAX, UNITS_MAX};
use crate::model::{OrgId, OrgLevel, Organisation, UnitSpec};

fn read(file: &Path) -> Result<String, CityError> {
    let io = |source| CityError::Io { file: file.to_owned(), source };
    let bytes = fs::metadata(file).map_err(io)?.len();
    if bytes > JSON_BYTES_MAX {
        return Err(CityError::TooLarge { file: file.to_owned(), bytes });
    }
    fs::read_to_string(file).map_err(io)
}

fn parse<T: DeserializeOwned>(dir: &Path, name: &str) -> Result<(PathBuf, T), CityError> {
    let file = dir.join(name);
    let text = read(&file)?;
    match serde_json::from_str(&text) {
        Ok(value) => Ok((file, value)),
        Err(e) => Err(CityError::Format { file, what: e.to_string() }),
    }
}

pub(super) fn meta(dir: &Path) -> Result<CityMeta, CityError> {
    let (file, meta): (_, CityMeta) = parse(dir, "city.json")?;
    let [west, south, east, north] = meta.bbox;
    let held = |[lng, lat]: [f64; 2]| (west..=east).contains(&lng) && (south..=north).contains(&lat);
    let box_ok = west < east && south < north && west >= -180.0 && east <= 180.0 && south >= -90.0 && north <= 90.0;
    if !box_ok {
        return Err(CityError::value(&file, 1, "bbox", &format!("{:?}", meta.bbox), "[west, south, east, north] in degrees"));
    }
    if !held(meta.center) {
        return Err(CityError::value(&file, 1, "center", &format!("{:?}", meta.center), "[longitude, latitude] within bbox"));
    }
    Ok(meta)
}

/// The organisations; each parent is of the level above and comes before its children.
pub(super) fn organisations(dir: &Path) -> Result<Vec<Organisation>, CityError> {
    let (file, list): (_, Vec<Organisation>) = parse(dir, "organisations.json")?;
    let mut levels: HashMap<&OrgId, OrgLevel> = HashMap::new();
    for (n, org) in list.iter().enumerate() {
        let parent = org.parent.as_ref().and_then(|parent| levels.get(parent).copied());
        let fits = match org.level {
            OrgLevel::Region => org.parent.is_none(),
            OrgLevel::City => org.parent.is_none() || parent == Some(OrgLevel::Region),
            OrgLevel::District => parent == Some(OrgLevel::City),
            OrgLevel::Station => parent == Some(OrgLevel::District),
        };
        if !fits {
            let value = org.parent.as_ref().map_or("null", OrgId::as_str);
            let expected = format!(
                "for a {} the id of an earlier organisation of the level above (null for a region, and for a city without one)",
                org.level
            );
            return Err(CityError::value(&file, n + 1, "parent", value, expected));
        }
        if levels.insert(&org.id, org.level).is_some() {
            return Err(CityError::value(&file, n + 1, "id", org.id.as_str(), "each organisation once"));
        }
    }
    Ok(list)
}

/// The organisations that others refer to.
#[derive(Debug)]
pub(super) struct Orgs<'a>(HashSet<&'a OrgId>);

impl<'a> Orgs<'a> {
    pub(super) fn new(organisations: &'a [Organisation]) -> Self {
        Self(organisations.iter().map(|org| &org.id).collect())
    }

    pub(super) fn contains(&self, id: &OrgId) -> bool {
        self.0.contains(id)
    }
}

/// The units, one a line; empty lines are passed over.
pub(super) fn units(dir: &Path, orgs: &Orgs<'_>) -> Result<Vec<UnitSpec>, CityError> {
    let file = dir.join("units.ndjson");
    let text = read(&file)?;
    let mut units: Vec<UnitSpec> = Vec::new();
    let (mut ids, mut devices) = (HashSet::new(), HashSet::new());
    for (n, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        if units.len() == UNITS_MAX {
            return Err(CityError::TooManyRows { file, max: UNITS_MAX });
        }
        let wrong = |column, value: &str, expected: &str| CityError::value(&file, n + 1, column, value, expected);
        let unit: UnitSpec =
            serde_json::from_str(line).map_err(|e| CityError::Format { file: file.clone(), what: format!("line {}: {e}", n + 1) })?;
        if let Err(e) = unit.check() {
            return Err(wrong(e.field(), unit.id.as_str(), &format!("what is right: {e}")));
        }
        if !orgs.contains(&unit.org) {
            return Err(wrong("org", unit.org.as_str(), "the id of an organisation in organisations.json"));
        }
        if !ids.insert(unit.id.clone()) {
            return Err(wrong("id", unit.id.as_str(), "each unit once"));
        }
        if let Some(device) = unit.devices.iter().find(|device| !devices.insert(device.id.clone())) {
            return Err(wrong("devices", device.id.as_str(), "each device to one unit"));
        }
        units.push(unit);
    }
    Ok(units)
}
