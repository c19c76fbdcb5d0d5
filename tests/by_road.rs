//! Who is there first, and what is closed, over HTTP on the binary that ships.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what fails here fails the test")]

mod common;

use citygate::{
    city::{self, City},
    geodesy::{LatLng, haversine_m},
    roads::{Costs, Paces, RoadGraph, RoadPlace, Search, Snapper, Travel},
};
use common::{FAST_UNITS, Server, now, wait};
use geo::{Intersects, Line};
use serde_json::{Value, json};
use tempfile::TempDir;

fn sample_city() -> City {
    city::load(&common::data()).unwrap()
}

/// A place on one bank, one nearer on the other, and one farther on the same bank: by road the farther is much sooner there.
struct Banks {
    here: LatLng,
    across: LatLng,
    along: LatLng,
}

/// The first such places of the sample city, in the order of its junctions.
fn banks(city: &City) -> Banks {
    let network = &city.roads;
    let river = &city.waters.iter().find(|water| water.name.zh.contains('江')).unwrap().outline;
    let (graph, snapper, costs) = (RoadGraph::new(network), Snapper::new(network), Costs::new(network, &Paces::default()));
    let mut search = Search::default();
    let junctions = network.junctions();
    let place = |at: LatLng| -> RoadPlace { snapper.nearest(at, 10.0, |_| true).unwrap().0 };
    let mut drive_ms =
        |from, to| search.route(network, &graph, &costs, Travel::UrgentCar, place(from), place(to)).map_or(u32::MAX, |route| route.ms);
    let is_across = |a: LatLng, b: LatLng| river.intersects(&Line::new(a.to_point(), b.to_point()));
    let near = |at: LatLng, metres: std::ops::Range<f64>| junctions.iter().filter(move |other| metres.contains(&haversine_m(at, *other)));
    for here in junctions.iter().step_by(29) {
        let Some(across) = near(here, 300.0..1_200.0).find(|other| is_across(here, *other)) else { continue };
        let Some(along) = near(here, 1_200.0..1_500.0).find(|other| !is_across(here, *other)) else { continue };
        let (over_ms, along_ms) = (drive_ms(across, here), drive_ms(along, here));
        if over_ms > along_ms.saturating_mul(2) && over_ms < 900_000 {
            return Banks { here, across, along };
        }
    }
    panic!("no place of the city is so");
}

fn place(at: LatLng) -> String {
    format!("lat={}&lon={}", at.lat_deg(), at.lng_deg())
}

fn ids(units: &Value) -> Vec<&str> {
    units.as_array().unwrap().iter().map(|unit| unit["id"].as_str().unwrap()).collect()
}

fn send(server: &Server, id: &str, at: LatLng) {
    server.fix(id, at.lat_deg(), at.lng_deg());
}

#[test]
fn the_nearest_by_distance_is_across_the_river_and_the_first_by_road_is_not() {
    let city = sample_city();
    let Banks { here, across, along } = banks(&city);
    let server = Server::start();
    for (id, at) in [("across", across), ("along", along)] {
        server.register(id, "patrol_car", "available");
        send(&server, id, at);
    }
    let target = format!("/v1/nearest?{}&k=1", place(here));
    assert_eq!(ids(&server.ask(&target)["units"]), ["across"]);
    let answer = server.ask(&format!("{target}&by=eta&route=true"));
    assert_eq!(ids(&answer["units"]), ["along"]);
    let first = &answer["units"][0];
    let (eta_s, road_m, distance_m) =
        (first["eta_s"].as_f64().unwrap(), first["road_m"].as_f64().unwrap(), first["distance_m"].as_f64().unwrap());
    assert!(eta_s > 10.0 && road_m >= distance_m - 100.0, "{first}");
    assert_eq!((first["way"].as_str(), first["turn_out_s"].as_f64()), (Some("urgent_car"), Some(10.0)));
    assert!(first["age_s"].as_f64().is_some() && first["contact"] == "live", "{first}");
    // The line leads from the unit to the place, and is as long as it says.
    assert_eq!(first["route"]["type"], "LineString");
    let line: Vec<[f64; 2]> = serde_json::from_value(first["route"]["coordinates"].clone()).unwrap();
    let line: Vec<_> = line.iter().map(|[lng, lat]| LatLng::new(*lat, *lng).unwrap()).collect();
    let length_m: f64 = line.windows(2).map(|ends| haversine_m(ends[0], ends[1])).sum();
    assert!(haversine_m(line[0], along) < 5.0 && haversine_m(*line.last().unwrap(), here) < 5.0, "{line:?}");
    assert!((length_m - road_m).abs() < 2.0, "{length_m} {road_m}");
    // And why not the other one.
    let passed = &answer["passed_over"][0];
    assert_eq!(
        (passed["id"].as_str(), passed["why"].as_str(), passed["over_water"].as_bool()),
        (Some("across"), Some("later"), Some(true))
    );
    let later_s = passed["later_s"].as_f64().unwrap();
    assert!(later_s > 10.0 && (passed["eta_s"].as_f64().unwrap() - eta_s - later_s).abs() < 1e-6, "{passed}");
    assert!(passed["distance_m"].as_f64() < Some(distance_m), "{passed}");

    // A helicopter does not mind the river; only its crew takes its time.
    server.register("heli", "helicopter", "available");
    send(&server, "heli", across.offset(3_000.0, 0.0));
    let answer = server.ask(&format!("{target}&by=eta&kind=helicopter&route=true"));
    let heli = &answer["units"][0];
    let right_s = 180.0 + heli["distance_m"].as_f64().unwrap() / (200.0 / 3.6);
    assert!((heli["eta_s"].as_f64().unwrap() - right_s).abs() < 0.001 && heli["road_m"].is_null() && heli["way"] == "air", "{heli}");
    assert_eq!(heli["route"]["coordinates"].as_array().unwrap().len(), 2);
}

#[test]
fn who_is_passed_over_is_told_why() {
    let city = sample_city();
    let here = city.roads.junctions().get(3_000).unwrap();
    let server = Server::start();
    let near = |n: usize| city.roads.edges().get(n).unwrap().shape.first();
    let first = (0..city.roads.edges().len()).filter(|n| (300.0..500.0).contains(&haversine_m(near(*n), here))).collect::<Vec<_>>();
    for (id, kind, status, at) in [
        ("busy", "patrol_car", "busy", here),
        ("foot", "foot", "available", near(first[0])),
        ("car", "patrol_car", "available", near(first[1])),
        ("field", "patrol_car", "available", LatLng::new(22.705, 108.205).unwrap()),
    ] {
        server.register(id, kind, status);
        send(&server, id, at);
    }
    let ask = |more: &str| server.ask(&format!("/v1/nearest?{}&by=eta{more}", place(here)));
    let answer = ask("&k=1");
    assert_eq!(ids(&answer["units"]), ["car"]);
    let why = |answer: &Value, id: &str| {
        let passed = answer["passed_over"].as_array().unwrap().iter().find(|passed| passed["id"] == id).cloned();
        passed.map(|passed| passed["why"].as_str().unwrap().to_owned())
    };
    assert_eq!(why(&answer, "busy").as_deref(), Some("busy"));
    let answer = ask("&k=10");
    assert_eq!(ids(&answer["units"]), ["car", "foot"]);
    assert_eq!((why(&answer, "busy").as_deref(), why(&answer, "field").as_deref()), (Some("busy"), Some("off_roads")));
    assert!(ask("&k=10&explain=0")["passed_over"].as_array().unwrap().is_empty());
    // Nobody is there within a second, and who is asked for usually goes slower.
    assert!(ask("&max_s=1")["units"].as_array().unwrap().is_empty());
    let eta_s = |more: &str| ask(more)["units"][0]["eta_s"].as_f64().unwrap();
    assert!(eta_s("&kind=patrol_car&urgent=false") > eta_s("&kind=patrol_car&urgent=true"));
    // Busy ones can be asked for; it takes them longer to move off.
    let answer = ask("&status=busy");
    assert_eq!((ids(&answer["units"]), answer["units"][0]["turn_out_s"].as_f64()), (vec!["busy"], Some(130.0)));
    // A place far from every road is reached by nobody.
    let nowhere = server.ask("/v1/nearest?lat=23.5&lon=109.5&by=eta");
    assert!(nowhere["to"].is_null() && nowhere["units"].as_array().unwrap().is_empty(), "{nowhere}");
}

#[test]
fn what_is_wrong_with_a_question_by_arrival_is_named() {
    let server = Server::start();
    for (more, field, kind) in [
        ("by=time", "by", "bad-value"),
        ("by=eta&k=101", "k", "out-of-range"),
        ("by=eta&max_m=500", "max_m", "bad-value"),
        ("by=eta&max_s=-1", "max_s", "out-of-range"),
        ("by=eta&urgent=yes", "urgent", "bad-value"),
        ("by=eta&route=1", "route", "bad-value"),
        ("by=eta&explain=51", "explain", "out-of-range"),
        ("by=distance&urgent=true", "urgent", "bad-value"),
        ("max_s=5", "max_s", "bad-value"),
    ] {
        let problem = server.get(&format!("/v1/nearest?lat=22.8&lon=108.3&{more}")).problem(400, kind);
        assert_eq!(problem["field"], field, "{problem}");
        assert!(problem["expected"].is_string(), "{problem}");
    }
    assert_eq!(server.get("/v1/nearest?lat=22.8&lon=108.3&by=eta&k=100").status, 200);
}

#[test]
fn a_closure_counts_at_once_and_survives_a_power_cut() {
    let city = sample_city();
    let server = Server::start_with(TempDir::new().unwrap(), FAST_UNITS);
    let edge = city.roads.edges().iter().position(|edge| edge.shape.len() == 2 && !edge.one_way && edge.shape.length_m() > 150.0).unwrap();
    let shape = city.roads.edges().get(edge).unwrap().shape;
    let ends = [shape.first(), shape.last()];
    let half_m = haversine_m(ends[0], ends[1]) / 2.0;
    let deg = citygate::geodesy::bearing_deg(ends[0], ends[1]);
    let [from, middle, to] = [0.2, 1.0, 1.8].map(|share| ends[0].offset(half_m * share, deg));
    server.register("car", "patrol_car", "available");
    send(&server, "car", from);
    let eta_s = |server: &Server| server.ask(&format!("/v1/nearest?{}&by=eta&k=1", place(to)))["units"][0]["eta_s"].as_f64();
    let free_s = eta_s(&server).unwrap();

    let road = server.ask(&format!("/v1/roads/at?{}", place(middle)));
    assert_eq!((road["edge"].as_u64(), road["one_way"].as_bool()), (Some(edge as u64), Some(false)), "{road}");
    let jam = json!({"id": "jam", "where": {"type": "Point", "coordinates": [middle.lng_deg(), middle.lat_deg()]}, "factor": 3, "reason": "堵车"});
    let put = server.send_json("POST", "/v1/roads/closures", &jam);
    assert_eq!(put.status, 201, "{}", put.json());
    let put = put.json();
    assert_eq!((put["edges"].clone(), put["geometry"]["coordinates"][0].as_array().unwrap().len()), (json!([edge]), 2), "{put}");
    assert_eq!((put["where"].clone(), put["factor"].clone(), put["until"].clone()), (jam["where"].clone(), json!(3.0), Value::Null));
    assert_eq!(put["heading_deg"], Value::Null, "{put}");
    let slow_s = eta_s(&server).unwrap();
    assert!((slow_s - 10.0 - 3.0 * (free_s - 10.0)).abs() < 0.01, "{free_s} {slow_s}");
    assert_eq!(server.send_json("POST", "/v1/roads/closures", &jam).status, 200);

    // What is drawn means that road, and nothing is closed for the question.
    let meant = server.send_json("POST", "/v1/roads/meant", &json!({"where": jam["where"]}));
    assert_eq!((meant.status, meant.json()["edge_count"].as_u64()), (200, Some(1)), "{}", meant.json());
    assert_eq!((&meant.json()["geometry"], &meant.json()["names"]), (&put["geometry"], &put["names"]));
    assert_eq!(put["names"], json!([road["name"]]), "{put}");
    let nowhere = json!({"where": {"type": "Point", "coordinates": [109.9, 23.9]}});
    assert_eq!(server.send_json("POST", "/v1/roads/meant", &nowhere).problem(422, "invalid")["field"], "where");

    // One way of it: its line leads there.
    let back_deg = (deg + 180.0).rem_euclid(360.0);
    let one = json!({"id": "jam", "where": jam["where"], "heading_deg": back_deg, "reason": "works"});
    let one = server.send_json("POST", "/v1/roads/closures", &one).json();
    let turned: Vec<_> = put["geometry"]["coordinates"][0].as_array().unwrap().iter().rev().cloned().collect();
    assert_eq!((&one["geometry"]["coordinates"][0], &one["heading_deg"]), (&json!(turned), &json!(back_deg)), "{one}");
    assert_eq!(server.send_json("POST", "/v1/roads/closures", &jam).status, 200);

    // Closed until soon: whoever stands on it cannot leave, and the place is reached by the next road that is open.
    let across = [middle.offset(5.0, deg + 90.0), middle.offset(5.0, deg - 90.0)].map(|at| [at.lng_deg(), at.lat_deg()]);
    let works = json!({"where": {"type": "LineString", "coordinates": across}, "reason": "works", "until": now(3_600)});
    let put = server.send_json("POST", "/v1/roads/closures", &works).json();
    let works = put["id"].as_str().unwrap().to_owned();
    assert_eq!((put["edges"].clone(), put["factor"].clone()), (json!([edge]), Value::Null), "{put}");
    let answer = server.ask(&format!("/v1/nearest?{}&by=eta&k=1", place(to)));
    assert!(answer["units"].as_array().unwrap().is_empty() && answer["to"]["edge"] != edge, "{answer}");
    assert_eq!(answer["passed_over"][0]["why"], "no_way", "{answer}");

    let listed = server.ask("/v1/roads/closures");
    assert_eq!((listed["closures"].as_array().unwrap().len(), &listed["closures"][0]["edge_count"]), (2, &json!(1)), "{listed}");
    assert!(listed["closures"][0].get("geometry").is_none() && listed["next"].is_null(), "{listed}");
    let first = server.ask("/v1/roads/closures?limit=1&geometry=true");
    let next = first["next"].as_str().unwrap();
    assert!(first["closures"][0]["geometry"]["type"] == "MultiLineString", "{first}");
    assert_eq!(server.ask(&format!("/v1/roads/closures?limit=1&cursor={next}"))["closures"].as_array().unwrap().len(), 1);

    let server = Server::start_with(server.kill(), FAST_UNITS);
    let mut again = server.ask("/v1/roads/closures");
    assert_eq!(again["closures"].take(), listed["closures"]);
    send(&server, "car", from);
    assert_eq!(eta_s(&server), None);
    assert_eq!(server.send("DELETE", &format!("/v1/roads/closures/{works}"), &[], b"").status, 204);
    assert_eq!(eta_s(&server), Some(slow_s));
    assert_eq!(server.send("DELETE", "/v1/roads/closures/jam", &[], b"").status, 204);
    assert_eq!(eta_s(&server), Some(free_s));
    server.send("DELETE", "/v1/roads/closures/jam", &[], b"").problem(404, "not-found");
    server.get("/v1/roads/closures/jam").problem(404, "not-found");
}

#[test]
fn a_closure_ends_by_itself_and_a_wrong_one_is_refused() {
    let server = Server::start();
    let post = |body: &Value| server.send_json("POST", "/v1/roads/closures", body);
    let edges = json!({"type": "Edges", "edges": [5]});
    // Short enough to wait for, long enough to be put.
    let until =
        citygate::model::Timestamp::from_unix_ms(now(0).parse::<citygate::model::Timestamp>().unwrap().unix_ms() + 1_500).to_string();
    let put = post(&json!({"id": "soon", "where": edges, "heading_deg": 90.0, "reason": "fair", "until": until}));
    assert_eq!((put.status, put.json()["heading_deg"].as_f64()), (201, Some(90.0)), "{}", put.json());
    wait(|| server.ask("/v1/roads/closures")["closures"].as_array().unwrap().is_empty().then_some(()));
    wait(|| (server.get("/v1/roads/closures/soon").status == 404).then_some(()));

    for (body, status, kind, field) in [
        (json!({"where": edges, "reason": "x", "until": now(-5)}), 400, "out-of-range", "until"),
        (json!({"where": edges, "reason": ""}), 422, "invalid", "reason"),
        (json!({"where": edges, "reason": "x", "factor": 0.05}), 422, "invalid", "factor"),
        (json!({"where": {"type": "Point", "coordinates": [109.9, 23.9]}, "reason": "x"}), 422, "invalid", "where"),
        (json!({"where": {"type": "Edges", "edges": []}, "reason": "x"}), 400, "bad-json", "body"),
        (json!({"reason": "x"}), 400, "bad-json", "where"),
        (json!({"where": edges, "reason": "x", "colour": "red"}), 400, "bad-json", "colour"),
    ] {
        let problem = post(&body).problem(status, kind);
        assert_eq!(problem["field"], field, "{problem}");
    }
    let foreign = [("Content-Type", "application/json"), ("Origin", "http://evil.example")];
    server.send("POST", "/v1/roads/closures", &foreign, b"{}").problem(403, "foreign-origin");
    server.get("/v1/roads/at?lat=23.9&lon=109.9").problem(404, "not-found");
}
