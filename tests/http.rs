//! Every route, good and bad, on the binary that ships.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what fails here fails the test")]

mod common;

use std::{
    io::Read,
    net::TcpStream,
    time::{Duration, Instant},
};

use common::{PATIENCE, Server, data, now, wait};
use serde_json::{Value, json};
use tempfile::TempDir;

/// A place in the sample city, and one 1,000 m north of it.
const PLACE: (f64, f64) = (22.85, 108.4);

#[test]
fn the_city_and_its_layers() {
    let server = Server::start();
    let city = server.ask("/v1/city");
    assert_eq!(city["synthetic"], true);
    assert_eq!(city["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(city["thresholds"]["radio"], json!({"stale_s": 60, "lost_s": 300}));
    assert_eq!(city["organisations"].as_array().unwrap().len(), 71);
    for (layer, count) in
        [("districts", 7), ("rapid", 11), ("responsibility", 31), ("beats", 148), ("posts", 74), ("gates", 26), ("stations", 63)]
    {
        assert_eq!(city["counts"][layer], count, "{layer}");
        let plain = server.get(&format!("/v1/layers/{layer}"));
        assert_eq!(
            (plain.status, plain.header("content-type"), plain.header("content-encoding")),
            (200, Some("application/geo+json"), None)
        );
        let features = plain.json()["features"].as_array().unwrap().clone();
        assert_eq!(features.len(), count, "{layer}");
        assert!(features.iter().all(|feature| feature["properties"]["name_zh"].is_string() && feature["geometry"]["type"].is_string()));
    }
    let posts = server.ask("/v1/layers/posts");
    assert_eq!(
        (&posts["features"][0]["geometry"]["type"], &posts["features"][0]["properties"]["reach_m"]),
        (&json!("Point"), &json!(200.0))
    );
    let packed = server.send("GET", "/v1/layers/roads", &[("Accept-Encoding", "br, gzip")], b"");
    assert_eq!(packed.header("content-encoding"), Some("gzip"));
    assert!(packed.body.starts_with(&[0x1f, 0x8b]));
    assert!(server.get("/v1/layers/sewers").problem(404, "not-found")["expected"].as_str().unwrap().contains("beats"));
}

#[test]
fn units_are_registered_edited_and_listed() {
    let server = Server::start();
    server.register("t-1", "foot", "available");
    let unit = server.ask("/v1/units/t-1");
    assert_eq!(
        (&unit["callsign"], &unit["contact"], &unit["lat"], &unit["zones"]),
        (&json!("t-1"), &json!("never"), &Value::Null, &json!([]))
    );
    server.fix("t-1", PLACE.0, PLACE.1);
    let unit = server.ask("/v1/units/t-1");
    assert_eq!((&unit["contact"], &unit["heading_deg"], &unit["speed_mps"]), (&json!("live"), &json!(90.25), &json!(1.5)));
    assert!(unit["zones"].as_array().unwrap().iter().any(|zone| zone["layer"] == "districts"), "{unit}");

    let edited =
        server.send("PATCH", "/v1/units/t-1", &[("Content-Type", "application/merge-patch+json")], br#"{"status":"busy","alarm":true}"#);
    assert_eq!((edited.status, &edited.json()["status"], &edited.json()["alarm"]), (200, &json!("busy"), &json!(true)));
    let mut replaced = json!({"id": "t-1", "callsign": "T1", "kind": "drone", "org": server.top()});
    let answer = server.send_json("PUT", "/v1/units/t-1", &replaced);
    assert_eq!((answer.status, &answer.json()["status"], &answer.json()["devices"]), (200, &json!("off_duty"), &json!([])));

    let page = server.ask("/v1/units?limit=2&kind=helicopter,drone");
    assert_eq!(page["features"].as_array().unwrap().len(), 2);
    let next = server.ask(&format!("/v1/units?limit=10000&kind=helicopter,drone&cursor={}", page["next"].as_str().unwrap()));
    assert_eq!((next["features"].as_array().unwrap().len(), &next["next"]), (25, &Value::Null), "2 helicopters, 24 drones and this one");
    let here = server.ask("/v1/units?bbox=108.39,22.84,108.41,22.86");
    assert_eq!(here["features"][0]["geometry"], json!({"type": "Point", "coordinates": [PLACE.1, PLACE.0]}));
    assert_eq!(server.ask("/v1/units?bbox=108.41,22.84,108.39,22.86")["features"], json!([]), "around the other side of the Earth");

    replaced["id"] = json!("t-2");
    assert_eq!(server.send_json("PUT", "/v1/units/t-1", &replaced).problem(422, "invalid")["field"], "id");
    let taken = json!({"callsign": "T2", "kind": "foot", "org": server.top(), "devices": [{"id": "radio-H-1", "kind": "radio"}]});
    assert_eq!(server.send_json("PUT", "/v1/units/t-2", &taken).problem(409, "conflict")["value"], "radio-H-1");
    let nowhere = json!({"callsign": "T2", "kind": "foot", "org": "nowhere"});
    assert_eq!(server.send_json("PUT", "/v1/units/t-2", &nowhere).problem(422, "invalid")["field"], "org");
    assert_eq!(server.send_json("PATCH", "/v1/units/t-1", &json!({"crew": null})).problem(422, "invalid")["field"], "crew");
    assert_eq!(server.send_json("PATCH", "/v1/units/t-9", &json!({"crew": 1})).problem(404, "not-found")["value"], "t-9");
    assert_eq!(server.get("/v1/units/t-9").problem(404, "not-found")["value"], "t-9");
    server.get("/v1/units/a%20b").problem(400, "bad-value");
}

#[test]
fn nearest_takes_the_free_and_tells_of_the_others() {
    let server = Server::start();
    for (id, status, metres) in [("n-busy", "busy", 100.0), ("n-near", "available", 200.0), ("n-far", "available", 900.0)] {
        server.register(id, "patrol_car", status);
        server.fix(id, PLACE.0 + metres / 111_195.08, PLACE.1);
    }
    let at = format!("/v1/nearest?lat={}&lon={}", PLACE.0, PLACE.1);
    let answer = server.ask(&at);
    let ids =
        |answer: &Value| answer["units"].as_array().unwrap().iter().map(|unit| unit["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
    assert_eq!(ids(&answer), ["n-near", "n-far"]);
    assert!((answer["units"][0]["distance_m"].as_f64().unwrap() - 200.0).abs() < 0.1, "{answer}");
    assert_eq!(answer["left_out"], json!({"total": 1, "reasons": {"busy": 1}}));
    assert!(answer["distance"].as_str().unwrap().contains("haversine"));
    assert_eq!(ids(&server.ask(&format!("{at}&status=any&k=1"))), ["n-busy"]);
    assert_eq!(ids(&server.ask(&format!("{at}&status=busy,assigned"))), ["n-busy"]);
    assert_eq!(ids(&server.ask(&format!("{at}&max_m=500"))), ["n-near"]);
    assert_eq!(ids(&server.ask(&format!("{at}&kind=foot"))).len(), 0);
    assert_eq!(ids(&server.ask(&format!("{at}&org={}", server.top()))).len(), 2);
    let none = server.ask(&format!("{at}&max_age_s=0"));
    assert_eq!((ids(&none).len(), &none["left_out"]["total"]), (0, &json!(3)));

    assert_eq!(server.get("/v1/nearest?lat=22.8").problem(400, "missing-parameter")["field"], "lon");
    assert_eq!(server.get(&format!("{at}&k=1001")).problem(400, "out-of-range")["expected"], "a whole number from 1 to 1000");
    assert!(server.get(&format!("{at}&kind=tank")).problem(400, "bad-value")["expected"].as_str().unwrap().contains("patrol_car"));
    assert_eq!(server.get(&format!("{at}&limt=3")).problem(400, "unknown-parameter")["field"], "limt");
    assert_eq!(server.get(&format!("{at}&k=1&k=2")).problem(400, "bad-value")["field"], "k");
    assert_eq!(server.get(&format!("{at}&org=nowhere")).problem(400, "bad-value")["value"], "nowhere");
}

#[test]
fn units_by_cell() {
    let server = Server::start();
    for (id, kind, status, metres) in [("c-1", "foot", "available", 0.0), ("c-2", "drone", "busy", 5.0), ("c-3", "foot", "busy", 40_000.0)]
    {
        server.register(id, kind, status);
        server.fix(id, PLACE.0 + metres / 111_195.08, PLACE.1);
    }
    let cell_of = |lat: f64, res: u8| h3o::LatLng::new(lat, PLACE.1).unwrap().to_cell(res.try_into().unwrap()).to_string();
    let answer = server.ask("/v1/density");
    let mut right = [
        json!({"cell": cell_of(PLACE.0, 7), "units": 2, "by_status": {"available": 1, "busy": 1}}),
        json!({"cell": cell_of(PLACE.0 + 40_000.0 / 111_195.08, 7), "units": 1, "by_status": {"busy": 1}}),
    ];
    right.sort_by_key(|cell| cell["cell"].as_str().unwrap().to_owned());
    assert_eq!(answer, json!({"res": 7, "cells": right}));
    let here = server.ask("/v1/density?res=9&kind=foot&bbox=108.39,22.84,108.41,22.86");
    assert_eq!(here, json!({"res": 9, "cells": [{"cell": cell_of(PLACE.0, 9), "units": 1, "by_status": {"available": 1}}]}));
    assert_eq!(server.ask("/v1/density?status=on_scene")["cells"], json!([]));
    for wrong in ["3", "10"] {
        let problem = server.get(&format!("/v1/density?res={wrong}")).problem(400, "out-of-range");
        assert_eq!(problem["expected"], "an H3 resolution from 4 to 9");
    }
    assert_eq!(server.get("/v1/density?res=x").problem(400, "bad-value")["field"], "res");
    assert_eq!(server.get("/v1/density?k=3").problem(400, "unknown-parameter")["field"], "k");
}

#[test]
fn a_question_has_its_method_alone() {
    let server = Server::start();
    for (method, path, has) in [
        ("PUT", "/v1/zones/at", "GET"),
        ("POST", "/v1/nearest", "GET"),
        ("GET", "/v1/rings", "POST"),
        ("DELETE", "/v1/units/C-001", "GET, PUT, PATCH"),
    ] {
        let answer = server.send(method, path, &[], b"");
        answer.problem(405, "wrong-method");
        assert_eq!(answer.header("allow"), Some(has), "{method} {path}");
    }
    let head = server.send("HEAD", "/v1/units/C-001", &[], b"");
    let whole = server.get("/v1/units/C-001");
    assert_eq!((head.status, head.body.len(), head.header("content-length")), (200, 0, whole.header("content-length")));
    assert_eq!((whole.header("content-type"), whole.header("x-content-type-options")), (Some("application/json"), Some("nosniff")));
}

#[test]
fn zones_are_put_asked_and_removed() {
    let server = Server::start();
    let square = json!([[[108.399, 22.849], [108.401, 22.849], [108.401, 22.851], [108.399, 22.851], [108.399, 22.849]]]);
    let zone = json!({"layer": "beats", "name": {"zh": "测试", "en": "Test"}, "shape": {"type": "Polygon", "coordinates": square}});
    assert_eq!(server.send_json("PUT", "/v1/zones/test-1", &zone).status, 201);
    assert_eq!(server.send_json("PUT", "/v1/zones/test-1", &zone).status, 200);
    assert_eq!(server.ask("/v1/zones/test-1")["name"]["zh"], "测试");
    let found = server.ask(&format!("/v1/zones/at?lat={}&lon={}", PLACE.0, PLACE.1));
    let beats = found["layers"].as_array().unwrap().iter().find(|layer| layer["layer"] == "beats").unwrap();
    assert!(beats["zones"].as_array().unwrap().iter().any(|zone| zone["id"] == "test-1"), "{found}");
    server.register("z-1", "foot", "available");
    server.fix("z-1", PLACE.0, PLACE.1);
    assert_eq!(server.ask("/v1/zones/test-1/units")["units"][0]["id"], "z-1");
    assert_eq!(server.ask("/v1/layers/beats")["features"].as_array().unwrap().len(), 149, "the layer is made again");
    let page = server.ask("/v1/zones?layer=rapid&limit=10");
    assert_eq!(page["zones"].as_array().unwrap().len(), 10);
    let rest = server.ask(&format!("/v1/zones?layer=rapid&limit=10&cursor={}", page["next"].as_str().unwrap()));
    assert_eq!((rest["zones"].as_array().unwrap().len(), &rest["next"]), (1, &Value::Null));

    assert_eq!(server.send("DELETE", "/v1/zones/test-1", &[], b"").status, 204);
    server.send("DELETE", "/v1/zones/test-1", &[], b"").problem(404, "not-found");
    server.get("/v1/zones/test-1/units").problem(404, "not-found");
    let open = json!({"layer": "beats", "name": {"zh": "", "en": ""}, "shape": {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1]]]}});
    let problem = server.send_json("PUT", "/v1/zones/test-2", &open).problem(400, "bad-json");
    assert!(problem["detail"].as_str().unwrap().contains("the last the same as the first"), "{problem}");
}

#[test]
fn zones_follow_a_unit() {
    let server = Server::start();
    let shape = json!({"type": "Circle", "center": [108.3, 22.7], "radius_m": 150.0});
    let follows = json!({"unit": "f-1", "from": [108.3, 22.7]});
    let zone = json!({"layer": "beats", "name": {"zh": "车队", "en": "Convoy"}, "shape": shape, "follows": follows, "dwell_s": 30});
    let problem = server.send_json("PUT", "/v1/zones/convoy", &zone).problem(422, "invalid");
    assert_eq!((&problem["field"], &problem["value"]), (&json!("follows"), &json!("f-1")));
    server.register("f-1", "patrol_car", "available");
    server.register("f-2", "foot", "available");
    assert_eq!(server.send_json("PUT", "/v1/zones/convoy", &zone).status, 201);
    let known = server.ask("/v1/zones/convoy");
    assert_eq!((&known["follows"], &known["dwell_s"], &known["shape"]), (&follows, &json!(30), &shape));
    assert_eq!(server.ask("/v1/zones/convoy/units")["units"], json!([]), "the unit has no fix");
    server.fix("f-1", PLACE.0, PLACE.1);
    server.fix("f-2", PLACE.0 + 0.001, PLACE.1);
    let units = server.ask("/v1/zones/convoy/units");
    assert_eq!((units["units"].as_array().unwrap().len(), &units["units"][0]["id"]), (1, &json!("f-2")));
    let holds = |answer: &Value| answer.to_string().contains("convoy");
    assert!(holds(&server.ask(&format!("/v1/zones/at?lat={}&lon={}", PLACE.0, PLACE.1))));
    assert!(!holds(&server.ask("/v1/zones/at?lat=22.7&lon=108.3")));
    assert!(holds(&server.ask("/v1/units/f-2")["zones"]) && !holds(&server.ask("/v1/units/f-1")["zones"]));
    let long = json!({"layer": "beats", "name": {"zh": "", "en": ""}, "shape": shape, "dwell_s": 3_601});
    assert_eq!(server.send_json("PUT", "/v1/zones/long", &long).problem(422, "invalid")["field"], "dwell_s");
}

#[test]
fn rings_count_each_unit_once_and_say_what_is_short() {
    let server = Server::start();
    for (id, kind, status, metres) in [
        ("r-1", "patrol_car", "available", 50.0),
        ("r-2", "foot", "busy", 150.0),
        ("r-3", "patrol_car", "off_duty", 400.0),
        ("r-4", "foot", "available", 5_000.0),
    ] {
        server.register(id, kind, status);
        server.fix(id, PLACE.0 + metres / 111_195.08, PLACE.1);
    }
    let core = json!({"type": "Point", "coordinates": [PLACE.1, PLACE.0]});
    let ask = json!({"core": core, "rings": [
        {"name": "封控圈", "outer_m": 200, "need": 3},
        {"name": "管控圈", "outer_m": 1000, "need": {"patrol_car": 2, "foot": 0}},
        {"name": "防控圈", "polygon": {"type": "Polygon", "coordinates": [[[108.3, 22.8], [108.5, 22.8], [108.5, 22.95], [108.3, 22.95], [108.3, 22.8]]]}},
    ]});
    let rings = server.send_json("POST", "/v1/rings", &ask).json()["rings"].clone();
    assert_eq!(rings[0]["units"].as_array().unwrap().iter().map(|unit| unit["id"].as_str().unwrap()).collect::<Vec<_>>(), ["r-1", "r-2"]);
    assert_eq!((&rings[0]["total"], &rings[0]["have"], &rings[0]["shortfall"]), (&json!(2), &json!(2), &json!(1)));
    assert_eq!(
        (&rings[1]["total"], &rings[1]["have"], &rings[1]["shortfall"]),
        (&json!(1), &json!(0), &json!({"patrol_car": 2, "foot": 0}))
    );
    assert_eq!(
        (&rings[2]["by_kind"], &rings[2]["by_status"], &rings[2]["need"]),
        (&json!({"foot": 1}), &json!({"available": 1}), &Value::Null)
    );

    assert_eq!(server.send_json("POST", "/v1/rings", &json!({"core": core, "rings": []})).problem(400, "out-of-range")["field"], "rings");
    let both = json!({"core": core, "rings": [{"name": "a", "outer_m": -5}]});
    assert_eq!(server.send_json("POST", "/v1/rings", &both).problem(400, "out-of-range")["field"], "rings[0].outer_m");
    assert_eq!(
        server.send_json("POST", "/v1/rings", &json!({"core": 7, "rings": [{"name": "a", "outer_m": 5}]})).problem(422, "invalid")["field"],
        "core"
    );
}

#[test]
fn fixes_come_in_and_each_is_refused_by_itself() {
    let server = Server::start();
    server.register("f-1", "foot", "available");
    let line = |device: &str, time: String| json!({"device": device, "lat": PLACE.0, "lon": PLACE.1, "time": time}).to_string();
    let body = [line("radio-f-1", now(-1)), line("radio-f-9", now(0)), "nonsense".to_owned(), line("radio-f-1", now(7200))].join("\n");
    let answer = server.send("POST", "/v1/fixes", &[("Content-Type", "application/x-ndjson")], body.as_bytes()).json();
    assert_eq!(answer["accepted"], 1, "{answer}");
    let codes: Vec<_> = answer["refused"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| (item["index"].as_u64().unwrap(), item["code"].as_str().unwrap()))
        .collect();
    assert_eq!(codes, [(1, "unknown_device"), (2, "malformed"), (3, "future")]);
    server.send("POST", "/v1/fixes", &[("Content-Type", "text/csv")], b"1,2").problem(415, "unsupported-type");
    server.send("POST", "/v1/fixes", &[("Content-Type", "application/json")], b" ").problem(400, "bad-json");
    let long = vec![b' '; (4 << 20) + 1];
    server.send("POST", "/v1/fixes", &[("Content-Type", "application/json")], &long).problem(413, "too-large");
    let metrics = String::from_utf8(server.get("/metrics").body).unwrap();
    assert!(metrics.contains(r#"citygate_fixes_accepted_total{protocol="native"} 1"#), "{metrics}");
    assert!(metrics.contains(r#"citygate_fixes_refused_total{protocol="native",reason="future"} 1"#), "{metrics}");
}

#[test]
fn phones_are_answered_so_that_they_do_not_send_for_ever() {
    let server = Server::start();
    server.register("o-1", "foot", "available");
    let target =
        |device: &str, time: &str| format!("/osmand?id={device}&lat={}&lon={}&timestamp={time}&speed=10&batt=80", PLACE.0, PLACE.1);
    let time = now(-5);
    assert_eq!(server.get(&target("radio-o-1", &time)).json()["accepted"], 1);
    let again = server.get(&target("radio-o-1", &time));
    assert_eq!((again.status, &again.json()["refused"][0]["code"]), (200, &json!("repeated")));
    let late = server.send("POST", &target("radio-o-1", &now(-10)), &[], b"");
    assert_eq!((late.status, &late.json()["refused"][0]["code"]), (200, &json!("late")));
    let form = target("radio-o-1", &now(0)).replace("/osmand?", "");
    let posted = server.send("POST", "/osmand", &[("Content-Type", "application/x-www-form-urlencoded")], form.as_bytes());
    assert_eq!(posted.json()["accepted"], 1);
    server.get(&target("radio-o-9", &now(0))).problem(404, "unknown-device");
    server.get("/osmand?id=radio-o-1&lat=x&lon=1&timestamp=1").problem(400, "bad-value");
    server.get("/osmand").problem(400, "bad-value");
    let alarm = server.get(&format!("{}&alarm=sos", target("radio-o-1", &now(1))));
    assert_eq!((alarm.status, &server.ask("/v1/units/o-1")["alarm"]), (200, &json!(true)));
}

#[test]
fn every_error_is_a_problem() {
    let server = Server::start();
    let problem = server.send_json("POST", "/v1/city", &json!({})).problem(405, "wrong-method");
    assert_eq!(problem["expected"], "GET");
    assert_eq!(server.send("TRACE", "/v1/units/a", &[], b"").header("allow"), Some("GET, PUT, PATCH"));
    for nothing in ["/v1/unit", "/v2/city", "/nothing/here"] {
        assert_eq!(server.get(nothing).problem(404, "unknown-route")["value"], nothing);
    }
    server.send("POST", "/v1/nothing", &[], b"").problem(404, "unknown-route");
    let bad = server
        .send("PATCH", "/v1/units/C-001", &[("Content-Type", "application/json")], b"{\n\"status\": \"asleep\"}")
        .problem(400, "bad-json");
    assert!(bad["detail"].as_str().unwrap().contains("line 2 column"), "{bad}");
    let unknown = server.send_json("PATCH", "/v1/units/C-001", &json!({"colour": "red"})).problem(400, "bad-json");
    assert_eq!(unknown["field"], "colour");
    server.send("PATCH", "/v1/units/C-001", &[("Content-Type", "text/plain")], b"{}").problem(415, "unsupported-type");
    let long = vec![b' '; 1024 * 1024 + 1];
    server.send("PATCH", "/v1/units/C-001", &[("Content-Type", "application/json")], &long).problem(413, "too-large");
    for socket in ["/v1/stream", "/v1/ingest"] {
        server.get(socket).problem(426, "upgrade-needed");
    }
    assert_eq!(server.get("/v1/stream?format=xml").problem(400, "bad-value")["field"], "format");
    server.get("/v1/units?bbox=1,2,3").problem(400, "bad-value");
    server.get(&format!("/v1/units?cursor={}", "a".repeat(9_000))).problem(400, "out-of-range");
}

#[test]
fn only_this_machine_and_its_own_pages_are_answered() {
    let server = Server::start();
    let port = server.http.port();
    for host in ["evil.example".to_owned(), format!("evil.example:{port}"), "127.0.0.1:1".to_owned(), format!("192.168.0.1:{port}")] {
        let answer = server.send("GET", "/v1/city", &[("Host", &host)], b"");
        assert_eq!(answer.problem(403, "foreign-host")["value"], host);
        assert!(answer.header("content-security-policy").unwrap().contains("frame-ancestors 'none'"));
    }
    for host in [format!("localhost:{port}"), format!("[::1]:{port}")] {
        assert_eq!(server.send("GET", "/healthz", &[("Host", &host)], b"").status, 200);
    }
    let foreign = ("Origin", "http://evil.example");
    for (method, target) in [
        ("PATCH", "/v1/units/C-001"),
        ("PUT", "/v1/zones/z"),
        ("DELETE", "/v1/zones/z"),
        ("POST", "/v1/fixes"),
        ("GET", "/v1/stream"),
        ("GET", "/v1/ingest"),
        ("GET", "/osmand?id=a"),
        ("GET", "/v1/city"),
        ("GET", "/v1/layers/beats"),
        ("GET", "/metrics"),
    ] {
        server.send(method, target, &[foreign], b"").problem(403, "foreign-origin");
        server.send(method, target, &[("Sec-Fetch-Site", "cross-site")], b"").problem(403, "foreign-origin");
    }
    for target in ["/", "/healthz", "/readyz"] {
        assert_eq!(server.send("GET", target, &[("Sec-Fetch-Site", "cross-site")], b"").status, 200, "a link to the wall may be anywhere");
    }
    let own = format!("http://{}", server.http);
    let patch = server.send("PATCH", "/v1/units/C-001", &[("Origin", &own), ("Content-Type", "application/json")], br#"{"status":"busy"}"#);
    assert_eq!(patch.status, 200);
}

#[test]
fn pages_documents_and_health() {
    let server = Server::start();
    assert_eq!(server.ask("/healthz")["status"], "alive");
    assert_eq!(server.ask("/readyz")["status"], "ready");
    let api = server.ask("/openapi.json");
    assert!(api["openapi"].as_str().unwrap().starts_with("3."));
    assert!(api["paths"]["/v1/nearest"]["get"]["parameters"].as_array().unwrap().len() == citygate::server::nearest::PARAMS.len());
    for page in ["/", "/docs"] {
        let answer = server.get(page);
        assert_eq!((answer.status, answer.header("content-type")), (200, Some("text/html; charset=utf-8")));
        assert_eq!((answer.header("x-content-type-options"), answer.header("referrer-policy")), (Some("nosniff"), Some("no-referrer")));
        // Without the web build there is a page that says how to get it, and nothing to keep.
        if let Some(etag) = answer.header("etag") {
            let known = server.send("GET", page, &[("If-None-Match", etag)], b"");
            assert_eq!((known.status, known.body.len(), answer.header("cache-control")), (304, 0, Some("no-cache")));
        }
    }
    let metrics = String::from_utf8(server.get("/metrics").body).unwrap();
    assert!(metrics.contains(r#"citygate_http_requests_total{method="GET",route="/healthz",status="200"} 1"#), "{metrics}");
    assert!(metrics.contains(r#"citygate_http_request_seconds_bucket{route="/docs""#), "{metrics}");
}

#[test]
fn what_was_done_survives_a_kill() {
    let server = Server::start();
    server.register("d-1", "foot", "available");
    for (unit, status) in [("d-1", "on_scene"), ("C-001", "out_of_service")] {
        assert_eq!(server.send_json("PATCH", &format!("/v1/units/{unit}"), &json!({"status": status})).status, 200);
    }
    let zone =
        json!({"layer": "beats", "name": {"zh": "测", "en": "T"}, "shape": {"type": "Circle", "center": [108.4, 22.85], "radius_m": 50}});
    assert_eq!(server.send_json("PUT", "/v1/zones/d-zone", &zone).status, 201);
    let server = Server::start_with(server.kill(), "");
    assert_eq!(server.ask("/v1/units/d-1")["status"], "on_scene");
    assert_eq!(server.ask("/v1/units/C-001")["status"], "out_of_service");
    assert_eq!(server.ask("/v1/zones/d-zone")["name"]["zh"], "测");
}

#[test]
fn it_stops_when_asked() {
    for signal in ["-TERM", "-INT"] {
        let (status, took) = Server::start().terminate(signal);
        assert_eq!(status.code(), Some(0), "{signal}");
        assert!(took < Duration::from_secs(5), "{signal}: {took:?}");
    }
}

#[test]
fn a_port_in_use_is_said_in_one_line() {
    let server = Server::start();
    let state = TempDir::new().unwrap();
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_citygate"))
        .args(["serve", "--jt808", "127.0.0.1:0", "--gateway", "127.0.0.1:0", "--http", &server.http.to_string(), "--data"])
        .arg(data())
        .arg("--state")
        .arg(state.path())
        .env("RUST_LOG", "error")
        .output()
        .unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), error.lines().count()), (Some(2), 1), "{error}");
    assert!(error.contains(&format!("cannot listen on {}", server.http)) && error.contains("--http"), "{error}");
}

#[test]
fn unknown_devices_are_adopted_where_the_config_says_so() {
    let server = Server::start_with(TempDir::new().unwrap(), "[ingest]\nunknown_devices = \"adopt\"\n");
    let fix = json!({"device": "phone-7", "lat": PLACE.0, "lon": PLACE.1, "time": now(0)});
    assert_eq!(server.send_json("POST", "/v1/fixes", &fix).json()["accepted"], 1);
    let unit = wait(|| {
        let unit = server.ask("/v1/units/adopted-phone-7");
        unit["lat"].is_number().then_some(unit)
    });
    assert_eq!((&unit["status"], &unit["contact"]), (&json!("out_of_service"), &json!("live")));
}

#[test]
fn connections_have_a_limit_and_heads_a_time() {
    let server = Server::start_with(TempDir::new().unwrap(), "[http]\nconnections_max = 2\nhead_timeout_s = 1\n");
    // Two connections that say nothing take both places; the third waits until their time is over.
    let mut silent = [TcpStream::connect(server.http).unwrap(), TcpStream::connect(server.http).unwrap()];
    let start = Instant::now();
    assert_eq!(server.ask("/healthz")["status"], "alive");
    assert!(start.elapsed() > Duration::from_millis(500), "{:?}", start.elapsed());
    for connection in &mut silent {
        connection.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut said = Vec::new();
        let _reset = connection.read_to_end(&mut said);
        assert!(said.is_empty() || said.starts_with(b"HTTP/1.1 408"), "{}", String::from_utf8_lossy(&said));
    }
}
