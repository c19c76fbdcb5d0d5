//! Which units to shift where, over HTTP on the binary that ships, beside the same by the library.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what fails here fails the test")]

mod common;

use std::sync::Arc;

use citygate::{
    bus::now,
    city,
    engine::{Command, ContactLimits, Engine, Movement, Organisations, Roads, Sight, UnitFix, World},
    geodesy::{LatLng, haversine_m},
    geography::Geography,
    model::{DeviceKind, Fix, UnitSpec},
    reach::Plan,
    roads::{Paces, RoadNetwork},
    server::{
        coverage::Keeper,
        move_up::{MoveUpAsk, Scene},
    },
};
use common::{Server, wait};
use serde_json::{Value, json};

/// Ten cars and two on foot at neighbouring junctions.
fn fleet(roads: &RoadNetwork) -> Vec<(String, &'static str, LatLng)> {
    let unit = |n: u32| {
        let kind = if n < 10 { "patrol_car" } else { "foot" };
        (format!("m-{n}"), kind, roads.junctions().get(3_000 + n as usize).unwrap().offset(5.0, 40.0))
    };
    (0..12).map(unit).collect()
}

#[test]
fn the_moves_are_those_of_the_coverage() {
    let city = city::load(&common::data()).unwrap();
    let fleet = fleet(&city.roads);
    let server = Server::start();
    for (id, kind, at) in &fleet {
        server.register(id, kind, "available");
        server.fix(id, at.lat_deg(), at.lng_deg());
    }
    wait(|| (server.ask("/v1/coverage")["units"] == 12).then_some(()));

    // The same world by the library.
    let top = server.top();
    let stands: Vec<LatLng> = city.posts.iter().map(|post| &post.place).chain(&city.service_stations).map(|place| place.at).collect();
    let roads = Roads::new(city.roads, &Paces::default(), Movement::default());
    let organisations = Organisations::new(city.organisations).unwrap();
    let world = World::new(organisations, Geography::new(city.zones), ContactLimits::default()).with_roads(roads);
    let mut engine = Engine::new(Arc::new(world));
    let ours = fleet.iter().map(|(id, kind, _)| {
        let spec = json!({"id": id, "callsign": id, "kind": kind, "org": top, "status": "available"});
        serde_json::from_value::<UnitSpec>(spec).unwrap()
    });
    for unit in city.units.into_iter().chain(ours) {
        for event in engine.decide(&Command::RegisterUnit(unit)).unwrap() {
            engine.apply([(now(), &event)]).unwrap();
        }
    }
    for (id, _, at) in fleet {
        let unit = engine.world().unit(&id.parse().unwrap()).unwrap().no;
        let fix = Fix { at, time: now(), speed_mps: Some(1.5), heading_deg: Some(90.25), accuracy_m: None };
        engine.fixes(&[UnitFix { unit, device: DeviceKind::Radio, fix }], now());
    }
    let (world, keeper) = (engine.world().clone(), Keeper::default());
    let seen = world.seen_by(Sight::ALL);
    let kept = keeper.now(&world, &seen, now()).unwrap();

    for body in [
        json!({}),
        json!({"moves": 20, "limit_min": 1, "within_s": 300}),
        json!({"moves": 5, "limit_min": 5, "kinds": ["foot"], "within_s": 3600}),
        json!({"layer": "rapid", "moves": 2}),
    ] {
        let wanted = serde_json::from_value::<MoveUpAsk>(body.clone()).unwrap().wanted().unwrap();
        let scene = Scene::new(&seen, &kept, &stands, wanted).unwrap();
        let Plan { moves, before_m, after_m, bound_m, total_m } = scene.plan().unwrap();
        let answer = server.send_json("POST", "/v1/move-up", &body).json();
        let metres = |m: f64| json!((m * 10.0).round() / 10.0);
        for (name, m) in [("before", before_m), ("after", after_m), ("bound", bound_m)] {
            assert_eq!((&answer[name]["reached_m"], &answer[name]["total_m"]), (&metres(m), &metres(total_m)), "{name} {body} {answer}");
        }
        let units = if body["kinds"].is_array() { 2 } else { 10 };
        assert_eq!((&answer["units"], &answer["posts"]), (&json!(units), &json!(scene.posts.len())));
        assert!(scene.posts.len() > 20 && after_m <= bound_m && bound_m <= total_m, "{body}");
        assert!(
            moves.len() <= wanted.moves && (units == 2 || !moves.is_empty()) && (moves.is_empty() || after_m > before_m),
            "{body} {moves:?}"
        );
        let shown = answer["moves"].as_array().unwrap();
        assert_eq!(shown.len(), moves.len());
        for (step, shown) in moves.iter().zip(shown) {
            let unit = world.unit_by_no(citygate::model::UnitNo(step.who)).unwrap();
            let to = world.roads().network.position(scene.posts[step.post]).unwrap();
            assert_eq!((&shown["unit"], &shown["kind"]), (&json!(unit.spec.id), &json!(unit.spec.kind)));
            assert_eq!((&shown["to"], &shown["there_s"]), (&json!(to), &json!(f64::from(step.there_ms) / 1_000.0)));
            assert_eq!(shown["gain_m"], metres(step.gain_m));
            let line: Vec<[f64; 2]> = serde_json::from_value(shown["line"].clone()).unwrap();
            let ends = [line[0], *line.last().unwrap()].map(|[lng, lat]| LatLng::new(lat, lng).unwrap());
            assert!(haversine_m(ends[0], unit.fix.unwrap().at) < 60.0 && haversine_m(ends[1], to) < 1.0, "{shown}");
        }
    }

    // Who is ordered there counts there, and is not asked to go elsewhere.
    let one = server.send_json("POST", "/v1/move-up", &json!({"moves": 1})).json();
    let step = &one["moves"][0];
    let order = json!({"orders": [{"unit": step["unit"], "purpose": "move_up", "to": step["to"]}]});
    assert_eq!(server.send_json("POST", "/v1/orders", &order).status, 201);
    let next = server.send_json("POST", "/v1/move-up", &json!({"moves": 1})).json();
    let reached = |answer: &Value, name: &str| answer[name]["reached_m"].as_f64().unwrap();
    assert!((reached(&next, "before") - reached(&one, "after")).abs() < 50.0, "{} {}", next["before"], one["after"]);
    assert_eq!(next["units"], 9);
    assert_ne!(next["moves"][0]["unit"], step["unit"]);
}

#[test]
fn what_is_asked_wrongly_is_named() {
    let server = Server::start();
    for (body, kind, field) in [
        (json!({"moves": 0}), "out-of-range", "moves"),
        (json!({"moves": 21}), "out-of-range", "moves"),
        (json!({"limit_min": 4}), "out-of-range", "limit_min"),
        (json!({"within_s": 0}), "out-of-range", "within_s"),
        (json!({"within_s": 3601}), "out-of-range", "within_s"),
        (json!({"kinds": ["tank"]}), "bad-json", "body"),
        (json!({"layers": "beats"}), "bad-json", "layers"),
    ] {
        assert_eq!(server.send_json("POST", "/v1/move-up", &body).problem(400, kind)["field"], field, "{body}");
    }
    // Nobody to move is no fault.
    let nobody = server.send_json("POST", "/v1/move-up", &json!({})).json();
    assert_eq!((&nobody["moves"], &nobody["units"], &nobody["before"]["reached_m"]), (&json!([]), &json!(0), &json!(0.0)));
    server.send("GET", "/v1/move-up", &[], b"").problem(405, "wrong-method");
    server.send("POST", "/v1/move-up", &[("Origin", "http://evil.example")], b"").problem(403, "foreign-origin");
}
