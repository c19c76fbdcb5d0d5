//! Drills over HTTP on the binary that ships: listed, played as the command plays them, refused with the field that is wrong. The live
//! world knows nothing of them.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what fails here fails the test")]

mod common;

use std::{fs, os::unix::fs::symlink};

use citygate::drill::{Scenario, Stage};
use common::Server;
use serde_json::{Value, json};
use tempfile::TempDir;

/// Two minutes of a case: somebody is sent, a cordon is ordered, nobody is stopped yet.
const SHORT: &str = r#"
name = { zh = "两分钟", en = "Two minutes" }
summary = { zh = "试一试", en = "A try" }
begins = "2026-11-03T10:50:00+08:00"
lasts_s = 120
report_every_s = 30
accept_s = [0, 12]
incident = { what = { zh = "持械伤人", en = "Assault" }, at = { lat = 22.82, lon = 108.36 }, reported_s = 10 }
suspect = { travel = "foot", behaviour = "random" }
protect = { gates = true }
calls = [{ at_s = 20, what = { zh = "去现场", en = "to the scene" }, count = 2 }]
cordons = [{ at_s = 45, name = { zh = "关城门", en = "City gates" } }]
"#;

/// The sample city with other drills.
fn city(drills: &[(&str, String)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for entry in fs::read_dir(common::data()).unwrap() {
        let entry = entry.unwrap();
        if entry.file_name() != "drills" {
            symlink(entry.path(), folder.path().join(entry.file_name())).unwrap();
        }
    }
    fs::create_dir(folder.path().join("drills")).unwrap();
    for (name, text) in drills {
        fs::write(folder.path().join("drills").join(name), text).unwrap();
    }
    folder
}

fn play(server: &Server, id: &str, ask: &Value) -> common::Answer {
    server.send_json("POST", &format!("/v1/drills/{id}/play"), ask)
}

#[test]
fn the_sample_city_has_its_two_cases() {
    let server = Server::start();
    let answer = server.ask("/v1/drills");
    let drills = answer["drills"].as_array().unwrap();
    let ids: Vec<&str> = drills.iter().map(|drill| drill["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["eight-minutes", "out-of-town-car"], "{answer}");
    assert_eq!(drills[0]["name"], json!({"zh": "八分钟", "en": "Eight minutes"}));
    assert_eq!((&drills[0]["lasts_s"], &drills[0]["begins"]), (&json!(900.0), &json!("2026-11-03T02:50:00.000Z")), "{answer}");
    assert!(drills.iter().all(|drill| drill["problem"].is_null()), "{answer}");
}

#[test]
fn a_drill_is_played_as_the_command_plays_it_and_the_live_world_stays_as_it_is() {
    let folder = city(&[("two-minutes.toml", SHORT.to_owned()), ("notes.txt", "no scenario".to_owned())]);
    let server = Server::start_in(folder.path(), TempDir::new().unwrap(), "");
    assert_eq!(server.ask("/v1/drills")["drills"].as_array().unwrap().len(), 1);
    let live = || {
        let of = |path: &str, list: &str| server.ask(path)[list].clone();
        [of("/v1/orders", "orders"), of("/v1/cordons", "cordons"), of("/v1/units?limit=10000", "features")]
    };
    let before = live();

    let played = play(&server, "two-minutes", &json!({"seed": 7}));
    assert_eq!((played.status, played.header("content-type")), (200, Some("application/json")), "{}", played.json());
    let report = played.json();
    assert_eq!((&report["seed"], &report["outcome"]["ending"]), (&json!(7), &json!("inside")), "{report}");
    assert!(report["orders"].as_array().unwrap().len() > 2 && report["cordons"].as_array().unwrap().len() == 1);
    let scenario = Scenario::read(&folder.path().join("drills/two-minutes.toml")).unwrap();
    let told = Stage::load(folder.path()).unwrap().play(&scenario, 7, &mut |_| {}).unwrap();
    assert_eq!(serde_json::to_vec(&told).unwrap(), played.body, "the command's report of the same seed");
    // A body may be left out; then it is the first seed.
    let first = server.send("POST", "/v1/drills/two-minutes/play", &[], b"");
    assert_eq!(first.json()["seed"], 1);
    assert_ne!(first.body, played.body);
    assert!(before == live(), "the live world changed");
}

#[test]
fn what_is_wrong_is_named() {
    let unfit = SHORT.replace("count = 2", "orgs = [\"nobody\"]");
    let folder =
        city(&[("broken.toml", SHORT.replace("lasts_s = 120", "lasts_s = -1")), ("unfit.toml", unfit), ("short.toml", SHORT.to_owned())]);
    let server = Server::start_in(folder.path(), TempDir::new().unwrap(), "");
    // A scenario that does not read is listed with the reason.
    let drills = server.ask("/v1/drills")["drills"].clone();
    assert_eq!((&drills[0]["id"], &drills[0]["name"]["en"]), (&json!("broken"), &json!("broken")), "{drills}");
    assert!(drills[0]["problem"].as_str().unwrap().contains("lasts_s"), "{drills}");
    let problem = play(&server, "broken", &json!({})).problem(422, "invalid");
    assert_eq!(problem["field"], "lasts_s", "{problem}");
    assert!(problem["detail"].as_str().unwrap().contains("-1"), "{problem}");
    // One that does not fit the city.
    let problem = play(&server, "unfit", &json!({})).problem(422, "invalid");
    assert_eq!(problem["field"], "calls[0].orgs", "{problem}");
    assert!(problem["detail"].as_str().unwrap().contains("nobody"), "{problem}");
    // Nothing but a drill of the folder can be named.
    for id in ["nothing", "..%2Fdrills%2Fshort", "short.toml", "..%2Fcity"] {
        assert_eq!(play(&server, id, &json!({})).problem(404, "not-found")["field"], "id", "{id}");
    }
    assert_eq!(play(&server, "short", &json!({"sed": 1})).problem(400, "bad-json")["field"], "sed");
    assert_eq!(play(&server, "short", &json!({"seed": -1})).status, 400);
    server.send("POST", "/v1/drills/short/play", &[("Origin", "http://elsewhere.example")], b"").problem(403, "foreign-origin");
    server.get("/v1/drills?all=1").problem(400, "unknown-parameter");
}
