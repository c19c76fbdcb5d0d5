//! How much of the city is reached in time, over HTTP on the binary that ships.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what fails here fails the test")]

mod common;

use citygate::{city, geodesy::haversine_m};
use common::{Server, wait};
use serde_json::{Value, json};

fn shares(answer: &Value) -> Vec<f64> {
    answer["city"].as_array().unwrap().iter().map(|share| share["share"].as_f64().unwrap()).collect()
}

#[test]
fn coverage_follows_a_unit_and_its_status() {
    let roads = city::load(&common::data()).unwrap().roads;
    let (at, total_m) = (roads.junctions().get(3_000).unwrap(), roads.edges().len());
    let server = Server::start();
    let nobody = server.ask("/v1/coverage");
    assert_eq!((nobody["units"].as_u64(), shares(&nobody)), (Some(0), vec![0.0; 3]));
    assert_eq!(nobody["limits_s"], json!([60.0, 180.0, 300.0]));
    assert!(nobody["city"][0]["total_m"].as_f64().unwrap() > total_m as f64, "more metres than edges");

    // The cells are those of the grid, in its order.
    let grid = server.ask("/v1/coverage/grid");
    let cells = grid["features"].as_array().unwrap();
    let within = nobody["cells"]["within"].as_str().unwrap();
    assert_eq!((grid["version"].as_u64(), within.len()), (nobody["cells"]["version"].as_u64(), cells.len()));
    assert!(within.bytes().all(|digit| digit == b'3'));
    assert_eq!(nobody["holes"].as_array().unwrap().len(), 10);
    let missing =
        |answer: &Value| answer["holes"].as_array().unwrap().iter().map(|hole| hole["missing_m"].as_f64().unwrap()).collect::<Vec<_>>();
    assert!(missing(&nobody).windows(2).all(|pair| pair[0] >= pair[1]));

    // A car: more is reached in more time, and where it stands in the least.
    server.register("car", "patrol_car", "available");
    server.fix("car", at.lat_deg(), at.lng_deg());
    let one = wait(|| Some(server.ask("/v1/coverage?layer=beats&holes=1")).filter(|answer| answer["units"] == 1));
    let reached = shares(&one);
    assert!(reached[0] > 0.0 && reached[0] < reached[1] && reached[1] < reached[2] && reached[2] < 1.0, "{reached:?}");
    let nearest = (0..cells.len()).min_by_key(|n| {
        let [lng, lat]: [f64; 2] = serde_json::from_value(cells[*n]["geometry"]["coordinates"][0][0].clone()).unwrap();
        haversine_m(citygate::geodesy::LatLng::new(lat, lng).unwrap(), at) as u64
    });
    assert_eq!(one["cells"]["within"].as_str().unwrap().as_bytes()[nearest.unwrap()], b'0');
    let zones = one["zones"].as_array().unwrap();
    let full = |zone: &&Value| zone["within"][2]["share"].as_f64().unwrap() > 0.99;
    assert!(zones.len() == 148 && zones.iter().any(|zone| full(&zone)) && !zones.iter().all(|zone| full(&zone)), "148 beats, some reached");
    assert_eq!(one["holes"].as_array().unwrap().len(), 1);

    // Busy, it counts no more; free again, it reaches what it did.
    server.send_json("PATCH", "/v1/units/car", &json!({"status": "busy"}));
    let busy = wait(|| Some(server.ask("/v1/coverage")).filter(|answer| answer["units"] == 0));
    assert_eq!(shares(&busy), [0.0; 3]);
    server.send_json("PATCH", "/v1/units/car", &json!({"status": "available"}));
    let again = wait(|| Some(server.ask("/v1/coverage")).filter(|answer| answer["units"] == 1));
    assert_eq!(shares(&again), reached);
}

#[test]
fn what_is_asked_wrongly_is_named() {
    let server = Server::start();
    for (target, field) in [
        ("/v1/coverage?minutes=4", "minutes"),
        ("/v1/coverage?holes=101", "holes"),
        ("/v1/coverage?layer=moon", "layer"),
        ("/v1/coverage?radius=3", "radius"),
    ] {
        let answer = server.get(target);
        assert_eq!((answer.status, answer.json()["field"].as_str()), (400, Some(field)), "{target}");
    }
}
