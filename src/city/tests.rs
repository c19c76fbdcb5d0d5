//! Refusals: each names file, row, value and what is right.

use std::{fs, path::Path};

use tempfile::TempDir;

use super::{CityError, LAYERS, layer_geojson, load, table::Table};

fn data() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/data"))
}

/// A copy of the sample city with one file changed.
fn changed(name: &str, change: impl Fn(Vec<u8>) -> Vec<u8>) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(data()).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            continue;
        }
        let mut bytes = fs::read(entry.path()).unwrap();
        if entry.file_name() == name {
            bytes = change(bytes);
        }
        fs::write(dir.path().join(entry.file_name()), bytes).unwrap();
    }
    dir
}

fn refusal(name: &str, from: &str, to: &str) -> String {
    let dir = changed(name, |bytes| String::from_utf8(bytes).unwrap().replacen(from, to, 1).into_bytes());
    load(dir.path()).unwrap_err().to_string()
}

#[test]
fn units_are_checked_line_by_line() {
    let error = refusal("units.ndjson", "\"id\":\"C-002\"", "\"id\":\"C-001\"");
    assert!(error.contains("units.ndjson, row 2, column `id`: `C-001` is wrong; give each unit once"), "{error}");
    let error = refusal("units.ndjson", "13800000002", "13800000001");
    assert!(error.contains("row 2, column `devices`: `13800000001` is wrong; give each device to one unit"), "{error}");
    let error = refusal("units.ndjson", "\"patrol_car\"", "\"tank\"");
    assert!(error.contains("line 1") && error.contains("patrol_car, armed_car"), "{error}");
    let error = refusal("units.ndjson", "\"org\":\"", "\"org\":\"no-");
    assert!(error.contains("row 1, column `org`: `no-"), "{error}");
}

#[test]
fn organisations_have_parents_of_the_level_above() {
    let error = refusal("organisations.json", "\"parent\":\"qinglan\"", "\"parent\":\"elsewhere\"");
    assert!(error.contains("organisations.json, row 2, column `parent`: `elsewhere` is wrong"), "{error}");
    let error = refusal("organisations.json", "\"id\":\"beiguan\"", "\"id\":\"gulou\"");
    assert!(error.contains("row 3, column `id`: `gulou` is wrong; give each organisation once"), "{error}");
    // A station that a zone belongs to is gone.
    let error = refusal("organisations.json", "\"id\":\"gulou-01\"", "\"id\":\"gulou-99\"");
    assert!(error.contains("column `org`: `gulou-01` is wrong"), "{error}");
}

#[test]
fn the_box_holds_the_centre() {
    let error = refusal("city.json", "108.4", "109.4");
    assert!(error.contains("city.json, row 1, column `center`"), "{error}");
}

#[test]
fn a_file_that_is_missing_or_another_is_named() {
    let dir = changed("beats.fgb", |_| b"not a layer".to_vec());
    let error = load(dir.path()).unwrap_err().to_string();
    assert!(error.contains("beats.fgb") && error.contains("give a FlatGeobuf file"), "{error}");
    let dir = changed("roads.fgb", |mut bytes| {
        bytes.truncate(bytes.len() / 2);
        bytes
    });
    assert!(matches!(load(dir.path()), Err(CityError::Format { .. })));
    let error = load(Path::new("/nowhere")).unwrap_err();
    assert!(matches!(error, CityError::Io { .. }), "{error}");
    let dir = changed("roads.fgb", |_| fs::read(data().join("gates.fgb")).unwrap());
    let error = load(dir.path()).unwrap_err().to_string();
    assert!(error.contains("roads.fgb, row 1, column `id`: `K01` is wrong; give a whole number"), "{error}");
}

#[test]
fn rows_are_limited() {
    assert_eq!(Table::read(data(), "gates", 26).unwrap().rows.len(), 26);
    assert!(matches!(Table::read(data(), "gates", 25), Err(CityError::TooManyRows { max: 25, .. })));
}

#[test]
fn a_layer_is_known_by_its_name() {
    for layer in LAYERS {
        assert!(layer_geojson(data(), layer).unwrap().starts_with(b"{\"type\":\"FeatureCollection\""));
    }
    let error = layer_geojson(data(), "../city").unwrap_err().to_string();
    assert!(error.contains("`../city` is not a layer; use one of: districts, rapid"), "{error}");
    let gates: serde_json::Value = serde_json::from_slice(&layer_geojson(data(), "gates").unwrap()).unwrap();
    let first = &gates["features"][0];
    assert_eq!(first["properties"]["id"], "K01");
    assert!(first["properties"]["junction"].is_u64() && first["properties"]["bearing_deg"].is_f64());
    assert_eq!(first["geometry"]["type"], "Point");
}
