//! The files of operation name what there is; the server tells its service manager how it is, and people in words.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what fails here fails the test")]

mod common;

use std::{collections::BTreeSet, fs, os::unix::net::UnixDatagram};

use common::{PATIENCE, Server, data, now, wait};
use serde_json::{Value, json};
use tempfile::TempDir;

/// The names in a text that are those of metrics.
fn metrics(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|word| word.starts_with("citygate_"));
    words.map(str::to_owned).collect()
}

#[test]
fn alerts_and_dashboard_name_metrics_that_there_are() {
    let server = Server::start();
    server.register("m-1", "foot", "available");
    server.fix("m-1", 22.85, 108.4);
    let known = metrics(&String::from_utf8(server.get("/metrics").body).unwrap());
    for file in ["alerts.yml", "grafana.json"] {
        let named = metrics(&fs::read_to_string(data().join("operations").join(file)).unwrap());
        let unknown: Vec<_> = named.difference(&known).collect();
        assert!(named.len() > 10 && unknown.is_empty(), "{file} names {unknown:?}; there are {known:?}");
    }
    let dashboard: Value = serde_json::from_str(&fs::read_to_string(data().join("operations/grafana.json")).unwrap()).unwrap();
    assert!(dashboard["panels"].as_array().unwrap().iter().all(|panel| panel["targets"][0]["expr"].is_string()));
}

#[test]
fn health_is_told_in_words() {
    let server = Server::start();
    let report = server.ask("/v1/health");
    let check = |report: &Value, name: &str| {
        let found = report["checks"].as_array().unwrap().iter().find(|check| check["name"] == name).cloned();
        found.unwrap_or_else(|| panic!("no check {name}: {report}"))
    };
    for name in ["writer", "journal", "queue", "clock", "walls"] {
        assert_eq!((&check(&report, name)["state"], &check(&report, name)["advice"]), (&json!("ok"), &Value::Null), "{report}");
    }
    // Nothing has come yet, and nobody can be sent.
    for name in ["fixes", "coverage"] {
        let check = check(&report, name);
        assert_eq!(check["state"], "warn", "{report}");
        assert!(["says", "advice"].iter().all(|words| check[words]["zh"].is_string() && check[words]["en"].is_string()), "{check}");
    }
    assert_ne!(report["state"], "ok");
    server.register("h-1", "patrol_car", "available");
    server.fix("h-1", 22.82, 108.37);
    wait(|| (check(&server.ask("/v1/health"), "fixes")["state"] == "ok").then_some(()));
    wait(|| (check(&server.ask("/v1/health"), "coverage")["state"] == "ok").then_some(()));
    let ahead = json!({"device": "radio-h-1", "lat": 22.82, "lon": 108.37, "time": now(3_600)});
    assert_eq!(server.send_json("POST", "/v1/fixes", &ahead).json()["accepted"], 0);
    assert_eq!(check(&server.ask("/v1/health"), "clock")["state"], "warn");

    let page = server.get("/health");
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")));
    let page = String::from_utf8(page.body).unwrap();
    let clock = check(&server.ask("/v1/health"), "clock");
    assert!(page.contains(clock["says"]["zh"].as_str().unwrap()) && page.contains(clock["advice"]["en"].as_str().unwrap()), "{page}");
}

#[test]
fn the_service_manager_is_told() {
    let (state, folder) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let path = folder.path().join("notify");
    let manager = UnixDatagram::bind(&path).unwrap();
    manager.set_read_timeout(Some(PATIENCE)).unwrap();
    let hear = || {
        let mut words = [0; 64];
        let length = manager.recv(&mut words).unwrap();
        String::from_utf8(words[..length].to_vec()).unwrap()
    };
    let server = Server::spawn(&data(), state, "", |server| {
        server.env("NOTIFY_SOCKET", &path).env("WATCHDOG_USEC", "200000").env("RUST_LOG", "warn")
    });
    let mut heard = BTreeSet::new();
    while heard.len() < 2 {
        heard.insert(hear());
    }
    assert_eq!(heard.into_iter().collect::<Vec<_>>(), ["READY=1", "WATCHDOG=1"]);
    let (status, _) = server.terminate("-TERM");
    assert_eq!(status.code(), Some(0));
    while hear() != "STOPPING=1" {}
}
