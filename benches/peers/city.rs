//! A city folder with as many units as one likes: the sample city, its units replaced.

use std::{
    fmt::Write,
    fs,
    path::{Path, PathBuf},
};

use citygate::load::units;
use tempfile::TempDir;

/// The folder of the sample city.
pub(crate) fn sample() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data")
}

/// The sample city with so many units of a load, every one an available patrol car.
pub(crate) fn with_units(count: usize) -> TempDir {
    let folder = TempDir::new().unwrap();
    for file in fs::read_dir(sample()).unwrap().map(Result::unwrap).filter(|file| file.path().is_file()) {
        fs::copy(file.path(), folder.path().join(file.file_name())).unwrap();
    }
    let organisations: serde_json::Value = serde_json::from_slice(&fs::read(sample().join("organisations.json")).unwrap()).unwrap();
    let stations: Vec<&str> = organisations
        .as_array()
        .unwrap()
        .iter()
        .filter(|organisation| organisation["level"] == "station")
        .map(|organisation| organisation["id"].as_str().unwrap())
        .collect();
    let mut lines = String::new();
    for n in 0..count {
        let (id, org) = (units::id(n).unwrap(), stations[n % stations.len()]);
        writeln!(lines, r#"{{"id":"{id}","callsign":"L-{n}","kind":"patrol_car","org":"{org}","crew":2,"status":"available"}}"#).unwrap();
    }
    fs::write(folder.path().join("units.ndjson"), lines).unwrap();
    folder
}
