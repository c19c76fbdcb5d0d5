//! The server on roads that were imported, on the binary that ships.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what fails here fails the test")]

mod common;

use std::{fs, process::Command};

use citygate::import;
use common::{Server, data};
use tempfile::TempDir;

fn citygate(arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_citygate")).args(arguments).output().unwrap();
    (output.status.code(), String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn roads_that_were_imported_are_served_with_whom_they_are_owed_to() {
    let state = TempDir::new().unwrap();
    let roads = state.path().join("city.roads");
    let source = data().join("roads.fgb");
    let arguments = ["import", "roads", source.to_str().unwrap(), "--out", roads.to_str().unwrap(), "--attribution", "© somebody"];
    let (code, told, error) = citygate(&arguments);
    assert_eq!(code, Some(0), "{error}");
    assert!(told.starts_with("14575 junctions, 22193 edges, ") && told.contains("to be named on the map: © somebody"), "{told}");
    let network = import::open(&roads).unwrap().network;

    let own = Server::start();
    assert_eq!(own.ask("/v1/city")["attribution"], "");
    let server = Server::start_with(state, &format!("[roads]\nfile = {roads:?}\n"));
    let city = server.ask("/v1/city");
    assert_eq!((&city["attribution"], &city["counts"]["roads"]), (&"© somebody".into(), &network.edges().len().into()));
    let layer = "/v1/layers/roads";
    let (theirs, ours) = (own.ask(layer), server.ask(layer));
    assert!(theirs == ours, "the same roads look the same");
    let first = &ours["features"][0];
    assert_eq!((&first["geometry"]["type"], first["properties"]["id"].as_u64()), (&"LineString".into(), Some(0)));
    assert!(first["properties"]["class"].is_string() && first["properties"]["name_zh"].is_string());
}

#[test]
fn a_file_that_is_no_roads_is_refused_at_start() {
    let folder = TempDir::new().unwrap();
    let roads = folder.path().join("city.roads");
    let data = data();
    let serve = |roads: &str| {
        let any = "127.0.0.1:0";
        let state = folder.path().join("state");
        citygate(&[
            "serve",
            "--demo",
            "--http",
            any,
            "--jt808",
            any,
            "--gateway",
            any,
            "--data",
            data.to_str().unwrap(),
            "--state",
            state.to_str().unwrap(),
            "--roads",
            roads,
        ])
    };
    for (bytes, words) in [
        (None, "cannot be read"),
        (Some(&b"CITYROAD\x02\0\0\0"[..]), "is of version 2"),
        (Some(b"CITYROAD\x01\0\0\0"), "is cut off in its head"),
        (Some(b"fgb"), "is no file of roads: give one that `citygate import roads` wrote"),
    ] {
        if let Some(bytes) = bytes {
            fs::write(&roads, bytes).unwrap();
        }
        let (code, out, error) = serve(roads.to_str().unwrap());
        assert_eq!((code, out.as_str()), (Some(2), ""), "{error}");
        let told = error.lines().last().unwrap_or_default();
        assert!(told.starts_with("citygate: the roads (--roads): ") && told.contains("city.roads") && told.contains(words), "{error}");
    }
    let (code, _, error) = citygate(&["import", "roads", "/nowhere/city.osm.pbf", "--out", roads.to_str().unwrap()]);
    assert!(code == Some(2) && error.contains("/nowhere/city.osm.pbf"), "{error}");
}
