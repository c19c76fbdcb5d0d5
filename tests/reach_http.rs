//! How far one comes by road, over HTTP on the binary that ships.
#![allow(clippy::unwrap_used, clippy::panic, reason = "what fails here fails the test")]

mod common;

use citygate::{
    city,
    geodesy::haversine_m,
    model::ZoneShape,
    reach::{Isochrone, Start},
    roads::{Costs, Paces, RoadGraph, Snapper, Travel},
};
use common::Server;
use serde_json::json;

#[test]
fn areas_hold_the_roads_that_are_reached_and_closures_cut_them() {
    let city = city::load(&common::data()).unwrap();
    let (network, graph) = (&city.roads, RoadGraph::new(&city.roads));
    let (snapper, costs) = (Snapper::new(network), Costs::new(network, &Paces::default()));
    let here = city.posts[3].place.at;
    let server = Server::start();
    let target = format!("/v1/reach?lat={}&lon={}&minutes=1,0.5,3&travel=car&delay_s=10", here.lat_deg(), here.lng_deg());
    let answer = server.ask(&target);
    assert_eq!((&answer["type"], &answer["travel"]), (&json!("FeatureCollection"), &json!("car")));
    let features = answer["features"].as_array().unwrap();
    let minutes: Vec<f64> = features.iter().map(|feature| feature["properties"]["minutes"].as_f64().unwrap()).collect();
    assert_eq!(minutes, [3.0, 1.0, 0.5]);

    // The same by the library.
    let (place, off_m) = snapper.nearest(here, 200.0, |_| true).unwrap();
    assert_eq!((answer["from"]["edge"].as_u64(), answer["from"]["off_m"].as_f64()), (Some(u64::from(place.edge)), Some(off_m)));
    let isochrone = Isochrone::new(&graph, &costs, Travel::Car, &[Start { place, delay_ms: 10_000 }], 180_000).unwrap();
    for feature in features {
        let properties = &feature["properties"];
        let limit_ms = (properties["minutes"].as_f64().unwrap() * 60_000.0) as u32;
        let stretches = isochrone.stretches(limit_ms);
        let road_m: f64 = stretches.iter().map(|stretch| stretch.length_m(network)).sum();
        assert!((properties["road_m"].as_f64().unwrap() - road_m).abs() < 1e-3 && properties["width_m"] == 60.0, "{properties}");
        let area: ZoneShape = serde_json::from_value(feature["geometry"].clone()).unwrap();
        let corners: Vec<_> = stretches.iter().flat_map(|stretch| stretch.line(network)).collect();
        assert!(corners.iter().all(|at| area.contains(*at)), "{limit_ms}");
        for at in network.junctions().iter().filter(|at| area.contains(*at)) {
            let nearest_m = corners.iter().map(|to| haversine_m(at, *to)).fold(f64::MAX, f64::min);
            // From a corner of a reached road: the roads of the city have one every 300 m or so.
            assert!(nearest_m < 90.0 + 300.0, "{limit_ms} {at:?} {nearest_m}");
        }
    }

    let body = json!({"where": {"type": "Circle", "center": [here.lng_deg(), here.lat_deg()], "radius_m": 300}, "reason": "crowd"});
    assert_eq!(server.send_json("POST", "/v1/roads/closures", &body).status, 201);
    let elsewhere = format!("{target}&max_m=0");
    server.get(&elsewhere).problem(404, "not-found");
    let closed = server.ask(&format!("{target}&max_m=2000"));
    assert!(closed["from"]["off_m"].as_f64().unwrap() > 200.0, "{}", closed["from"]);
}

#[test]
fn what_is_wrong_is_named() {
    let server = Server::start();
    for (more, kind, field) in [
        ("minutes=0", "out-of-range", "minutes"),
        ("minutes=1,16", "out-of-range", "minutes"),
        ("minutes=1,2,3,4,5,6,7,8,9", "out-of-range", "minutes"),
        ("minutes=soon", "bad-value", "minutes"),
        ("travel=boat", "bad-value", "travel"),
        ("width_m=19", "out-of-range", "width_m"),
        ("delay_s=901", "out-of-range", "delay_s"),
        ("max_m=-1", "out-of-range", "max_m"),
        ("speed=9", "unknown-parameter", "speed"),
    ] {
        let problem = server.get(&format!("/v1/reach?lat=22.82&lon=108.37&{more}")).problem(400, kind);
        assert_eq!(problem["field"], field, "{problem}");
    }
    server.get("/v1/reach?lat=22.82").problem(400, "missing-parameter");
    server.get("/v1/reach?lat=24.9&lon=100.1").problem(404, "not-found");
}
