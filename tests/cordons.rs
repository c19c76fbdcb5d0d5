//! Cordons over HTTP on the binary that ships: planned, ordered, closed by fixes, changed by hand, sighted, ended; gates closed by one word.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what fails here fails the test")]

mod common;

use std::collections::HashSet;

use citygate::{
    city::{self, City},
    geodesy::{LatLng, haversine_m},
    roads::Snapper,
};
use common::{FAST_UNITS, PATIENCE, Server, now, wait};
use futures_util::{SinkExt, StreamExt};
use geo::{BoundingRect, Contains};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio_tungstenite::{connect_async, tungstenite::Message};

/// Where he was seen in these tests: a junction in the middle of town.
const MIDDLE: (f64, f64) = (22.820534, 108.360021);

fn sample_city() -> City {
    city::load(&common::data()).unwrap()
}

fn start() -> Server {
    Server::start_with(TempDir::new().unwrap(), FAST_UNITS)
}

fn middle() -> LatLng {
    LatLng::new(MIDDLE.0, MIDDLE.1).unwrap()
}

fn at(value: &Value) -> LatLng {
    LatLng::new(value["lat"].as_f64().unwrap(), value["lon"].as_f64().unwrap()).unwrap()
}

/// Fixes of units, each where it is now; returns when the engine has them.
fn place<'a>(server: &Server, units: impl IntoIterator<Item = (&'a str, LatLng)>) {
    let units: Vec<(&str, LatLng)> = units.into_iter().collect();
    let fix =
        |(id, at): &(&str, LatLng)| json!({"device": format!("radio-{id}"), "lat": at.lat_deg(), "lon": at.lng_deg(), "time": now(0)});
    let fixes: Vec<Value> = units.iter().map(fix).collect();
    let answer = server.send_json("POST", "/v1/fixes", &json!(fixes)).json();
    assert_eq!(answer["accepted"], units.len(), "{answer}");
    for (id, at) in &units {
        wait(|| {
            let unit = server.ask(&format!("/v1/units/{id}"));
            (unit["lat"] == at.lat_deg() && unit["lon"] == at.lng_deg()).then_some(())
        });
    }
}

/// Registers cars and puts them there.
fn cars(server: &Server, places: &[LatLng]) -> Vec<String> {
    let ids: Vec<String> = (0..places.len()).map(|n| format!("car-{n:03}")).collect();
    ids.iter().for_each(|id| server.register(id, "patrol_car", "available"));
    place(server, ids.iter().map(String::as_str).zip(places.iter().copied()));
    ids
}

/// Junctions between two distances from the middle, some metres apart.
fn around(city: &City, metres: std::ops::Range<f64>, apart_m: f64) -> Vec<LatLng> {
    let mut found: Vec<LatLng> = Vec::new();
    for junction in city.roads.junctions().iter().filter(|at| metres.contains(&haversine_m(*at, middle()))) {
        if found.iter().all(|known| haversine_m(*known, junction) >= apart_m) {
            found.push(junction);
        }
    }
    found
}

fn ask(protect: &Value) -> Value {
    json!({
        "starts": [{"lat": MIDDLE.0, "lon": MIDDLE.1, "seen_s_ago": 20}], "suspect": "car", "protect": protect,
        "margin_s": 5, "set_up_s": 5, "budget_ms": 5_000, "objectives": ["fewest"],
    })
}

fn planned(server: &Server, ask: &Value) -> Value {
    let answer = server.send_json("POST", "/v1/cordons/plan", ask);
    assert_eq!(answer.status, 200, "{}", answer.json());
    answer.json()
}

fn list<'a>(value: &'a Value, field: &str) -> &'a [Value] {
    value[field].as_array().unwrap_or_else(|| panic!("no {field} in {value}"))
}

/// What is ordered to do a plan.
fn with_guards(mut ask: Value, plan: &Value) -> Value {
    let guards: Vec<Value> =
        list(plan, "guards").iter().map(|guard| json!({"junction": guard["junction"], "unit": guard["unit"]})).collect();
    ask["guards"] = json!(guards);
    ask["objective"] = plan["objective"].clone();
    ask["name"] = json!({"zh": "围堵", "en": "Cordon"});
    ask
}

fn cordon(server: &Server, id: &str) -> Value {
    server.ask(&format!("/v1/cordons/{id}"))
}

fn gate<'a>(cordon: &'a Value, unit: &str) -> &'a Value {
    list(cordon, "gates").iter().find(|gate| gate["unit"] == unit).unwrap_or_else(|| panic!("no {unit} in {cordon}"))
}

/// Does something, and returns when a wall was told that the cordon changed since.
fn until_told(server: &Server, id: &str, act: impl FnOnce()) {
    let told = async {
        let (mut wall, _) = connect_async(format!("ws://{}/v1/stream?format=json", server.http)).await.unwrap();
        wall.send(Message::text(json!({"type": "subscribe"}).to_string())).await.unwrap();
        let mut act = Some(act);
        while let Some(Ok(message)) = wall.next().await {
            let Message::Text(text) = message else { continue };
            let message: Value = serde_json::from_str(&text).unwrap();
            let events = message["events"].as_array().map_or(&[][..], |events| events);
            if act.is_none() && events.iter().any(|event| event["type"] == "cordon" && event["id"] == id && event["at"].is_string()) {
                return;
            }
            if message["type"] == "snapshot" {
                act.take().into_iter().for_each(|act| act());
            }
        }
        panic!("the stream ended");
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { tokio::time::timeout(PATIENCE, told).await }).unwrap();
}

#[test]
fn a_plan_is_ordered_closed_by_fixes_and_ended() {
    let city = sample_city();
    let server = start();
    cars(&server, &around(&city, 700.0..1_500.0, 150.0));
    let ask = ask(&json!({"radius_m": 1_500}));
    let answer = planned(&server, &ask);
    assert!(answer["impossible"].is_null() && answer["now_s"] == 20.0, "{answer}");
    let plan = &answer["plans"][0];
    let guards = list(plan, "guards");
    assert!(plan["objective"] == "fewest" && plan["units"] == guards.len() && plan["inside"]["type"].is_string(), "{plan}");
    assert!(list(&answer, "routes").len() <= guards.len());
    let units: HashSet<&str> = guards.iter().map(|guard| guard["unit"].as_str().unwrap()).collect();
    assert_eq!(units.len(), guards.len(), "nobody twice");
    for guard in guards {
        let slack_s = guard["slack_s"].as_f64().unwrap();
        assert!(slack_s >= 5.0 && guard["callsign"].is_string() && guard["bearing_deg"].is_f64(), "{guard}");
        let line = list(guard, "line");
        let end = LatLng::new(line.last().unwrap()[1].as_f64().unwrap(), line.last().unwrap()[0].as_f64().unwrap()).unwrap();
        assert!(haversine_m(end, at(&guard["at"])) < 2.0, "the line leads there: {guard}");
    }

    // Ordered: every unit has its order with it.
    let answer = server.send_json("POST", "/v1/cordons", &with_guards(ask, plan));
    assert_eq!(answer.status, 201, "{}", answer.json());
    let ordered = answer.json();
    let id = ordered["id"].as_str().unwrap();
    assert!(ordered["state"] == "ordered" && ordered["holds"] == true && list(&ordered, "leaks").is_empty(), "{ordered}");
    assert!(ordered["proposal"].is_null(), "{ordered}");
    assert!(list(&ordered, "gates").iter().all(|gate| gate["state"] == "coming" && gate["replacement"].is_null()));
    let orders = server.ask("/v1/orders");
    assert_eq!(list(&orders, "orders").len(), units.len());
    let of_this = |order: &Value| order["purpose"] == "gate" && order["cordon"] == id && order["gate"].is_null();
    assert!(list(&orders, "orders").iter().all(of_this), "{orders}");
    for unit in &units {
        assert_eq!(server.ask(&format!("/v1/units/{unit}"))["status"], "assigned");
    }
    // None of them is planned again.
    let others = planned(&server, &self::ask(&json!({"radius_m": 1_500})));
    for plan in list(&others, "plans") {
        assert!(list(plan, "guards").iter().all(|guard| !units.contains(guard["unit"].as_str().unwrap())));
    }

    // They drive there; the fixes tell.
    let gates: Vec<(String, LatLng)> =
        list(&ordered, "gates").iter().map(|gate| (gate["unit"].as_str().unwrap().to_owned(), at(&gate["at"]))).collect();
    place(&server, gates.iter().take(1).map(|(unit, at)| (unit.as_str(), *at)));
    wait(|| (cordon(&server, id)["state"] == "closing").then_some(()));
    place(&server, gates.iter().skip(1).map(|(unit, at)| (unit.as_str(), *at)));
    let closed = wait(|| Some(cordon(&server, id)).filter(|cordon| cordon["state"] == "closed"));
    assert!(closed["holds"] == true && closed["closed_at"].is_string() && closed["closed_s"].as_f64().unwrap() <= 5.0, "{closed}");
    assert!(list(&closed, "gates").iter().all(|gate| gate["state"] == "held"), "{closed}");

    // A power cut: all of it is there again.
    let server = Server::start_with(server.kill(), FAST_UNITS);
    let after = cordon(&server, id);
    assert_eq!(
        (&after["state"], &after["closed_at"], &after["starts"][0]["seen_at"]),
        (&closed["state"], &closed["closed_at"], &closed["starts"][0]["seen_at"])
    );
    assert_eq!(list(&after, "gates").len(), gates.len());

    let ended = server.send_json("PATCH", &format!("/v1/cordons/{id}"), &json!({"state": "ended"})).json();
    assert!(ended["state"] == "ended" && ended["ended_at"].is_string() && ended["end"] == "ended", "{ended}");
    assert!(list(&server.ask("/v1/orders"), "orders").is_empty());
    assert!(units.iter().all(|unit| server.ask(&format!("/v1/units/{unit}"))["status"] == "available"));
    assert!(list(&server.ask("/v1/cordons"), "cordons").is_empty());
    assert_eq!(list(&server.ask("/v1/cordons?state=ended"), "cordons").len(), 1);
}

#[test]
fn rings_are_as_strong_as_asked_for() {
    let city = sample_city();
    let server = start();
    cars(&server, &around(&city, 400.0..2_200.0, 120.0));
    let mut strong = ask(&json!({"radius_m": 2_000}));
    (strong["rings"], strong["strength"], strong["wide"]) = (json!(2), json!([2, 1]), json!(2));
    let answer = planned(&server, &strong);
    let plan = &answer["plans"][0];
    let of_ring = |value: &Value, field: &str, ring: u64| {
        let guards: Vec<&Value> = list(value, field).iter().filter(|guard| guard["ring"] == ring).collect();
        let junctions = guards.iter().map(|guard| guard["junction"].to_string()).collect::<HashSet<_>>().len();
        (guards.len() as u64, junctions as u64)
    };
    let ((inner, places), (outer, outer_places)) = (of_ring(plan, "guards", 1), of_ring(plan, "guards", 2));
    assert!(inner >= 2 * places && places > 0 && outer >= outer_places && outer_places > 0, "{plan}");
    let ring = |ring: u64, units: u64| json!({"ring": ring, "asked": units, "have": units, "held": 0});
    assert_eq!(plan["strength"], json!([ring(1, inner), ring(2, outer)]), "{plan}");

    // Ordered it has what it asks for; when one is lost it is one short.
    let mut ordered = with_guards(strong, plan);
    let rings = list(plan, "guards").iter().map(|guard| guard["ring"].clone());
    ordered["guards"].as_array_mut().unwrap().iter_mut().zip(rings).for_each(|(guard, ring)| guard["ring"] = ring);
    let ordered = server.send_json("POST", "/v1/cordons", &ordered).json();
    let id = ordered["id"].as_str().unwrap();
    assert_eq!(ordered["strength"], plan["strength"], "{ordered}");
    let one = list(&ordered, "gates").iter().find(|gate| gate["ring"] == 1).unwrap();
    let (unit, to) = (one["unit"].as_str().unwrap(), at(&one["at"]));
    place(&server, [(unit, to)]);
    let there = wait(|| Some(cordon(&server, id)).filter(|cordon| cordon["strength"][0]["held"] == 1));
    assert_eq!((&there["strength"][0]["have"], &there["strength"][0]["asked"]), (&json!(inner), &json!(inner)), "{there}");
    assert_eq!(server.send_json("PATCH", &format!("/v1/units/{unit}"), &json!({"status": "out_of_service"})).status, 200);
    let lost = cordon(&server, id);
    assert_eq!(lost["strength"][0], json!({"ring": 1, "asked": inner, "have": inner - 1, "held": 0}), "{lost}");
}

#[test]
fn who_is_late_turns_red_and_what_leaks_is_refused() {
    let city = sample_city();
    let server = start();
    let ids = cars(&server, &around(&city, 700.0..1_500.0, 150.0));
    let ask = ask(&json!({"radius_m": 1_500}));
    let plan = planned(&server, &ask)["plans"][0].clone();

    // One of the fewest is missed.
    let mut fewer = with_guards(ask.clone(), &plan);
    fewer["guards"].as_array_mut().unwrap().remove(0);
    let problem = server.send_json("POST", "/v1/cordons", &fewer).problem(409, "conflict");
    assert_eq!(problem["field"], "guards", "{problem}");
    let way = list(&problem["leaks"][0], "escape");
    assert!(haversine_m(at(&way.last().unwrap()["at"]), middle()) > 1_500.0 && list(&problem["leaks"][0], "line").len() >= 2, "{problem}");
    assert!(list(&server.ask("/v1/orders"), "orders").is_empty(), "nothing was ordered");

    let ordered = server.send_json("POST", "/v1/cordons", &with_guards(ask, &plan)).json();
    let id = ordered["id"].as_str().unwrap();
    let gates: Vec<Value> = list(&ordered, "gates").to_vec();
    let late = gates[0]["unit"].as_str().unwrap();
    // It drove off the wrong way; others are near.
    let far = city.roads.nearest_junction(middle().offset(6_000.0, 45.0)).unwrap();
    until_told(&server, id, || place(&server, [(late, city.roads.junctions().get(far as usize).unwrap())]));
    let red = wait(|| Some(cordon(&server, id)).filter(|cordon| gate(cordon, late)["state"] == "late"));
    assert!(red["holds"] == false && !list(&red, "leaks").is_empty() && red["inside"].is_null(), "{red}");
    let other = gate(&red, late)["replacement"].clone();
    let sooner = other["unit_s"].as_f64() < gate(&red, late)["unit_s"].as_f64();
    assert!(sooner && ids.iter().any(|id| other["unit"] == *id) && other["unit"] != late, "{other}");

    // What it should be is proposed within a second: everybody else stays. Another plan only when nobody is free in time.
    let is_in_time = other["slack_s"].as_f64().is_none_or(|slack_s| slack_s >= 20.0);
    let proposed = wait(|| Some(cordon(&server, id)["proposal"].clone()).filter(|proposal| proposal.is_object() || !is_in_time));
    if is_in_time {
        let stays = |gate: &&Value| list(&proposed, "guards").iter().any(|guard| guard["unit"] == gate["unit"]);
        assert!(gates.iter().filter(|gate| gate["unit"] != late).all(|gate| stays(&gate)), "{proposed}");
        assert!(list(&proposed, "guards").iter().all(|guard| guard["unit"] != late), "{proposed}");
    }

    // By hand: without the gate it leaks and is refused, with the replacement it is taken.
    let target = format!("/v1/cordons/{id}");
    let guards = |unit_of: &dyn Fn(&Value) -> Option<Value>| {
        let guard = |gate: &Value| Some(json!({"junction": gate["junction"], "unit": unit_of(gate)?}));
        json!({"guards": gates.iter().filter_map(guard).collect::<Vec<_>>()})
    };
    let without = guards(&|gate| (gate["unit"] != late).then(|| gate["unit"].clone()));
    let problem = server.send_json("PATCH", &target, &without).problem(409, "conflict");
    assert!(!list(&problem, "leaks").is_empty(), "{problem}");
    let with = guards(&|gate| Some(if gate["unit"] == late { other["unit"].clone() } else { gate["unit"].clone() }));
    let answer = server.send_json("PATCH", &target, &with);
    let is_in_time = other["slack_s"].as_f64().is_none_or(|slack_s| slack_s >= 10.0);
    assert!(answer.status == 200 || !is_in_time, "{}", answer.json());
    if answer.status == 200 {
        let changed = answer.json();
        assert!(changed["holds"] == true && gate(&changed, other["unit"].as_str().unwrap())["state"] == "coming", "{changed}");
        assert_eq!(server.ask(&format!("/v1/units/{late}"))["status"], "available", "it is let go");
    }
    // Whoever accepts that it leaks may have it so.
    let mut leaking = without;
    leaking["accept_leaks"] = json!(true);
    let leaks = server.send_json("PATCH", &target, &leaking).json();
    assert!(leaks["holds"] == false && list(&leaks, "gates").len() == gates.len() - 1, "{leaks}");

    // He is seen again, near the middle: everything counts from there, and a plan that holds is proposed and done.
    let target = format!("/v1/cordons/{id}/sightings");
    let here = middle().offset(150.0, 200.0);
    let junction = city.roads.junctions().get(city.roads.nearest_junction(here).unwrap() as usize).unwrap();
    let sighting = json!({"lat": junction.lat_deg(), "lon": junction.lng_deg(), "seen_s_ago": 0, "replan": "do", "budget_ms": 2_000});
    let sighted = server.send_json("POST", &target, &sighting).json();
    assert!(haversine_m(at(&sighted["starts"][0]), junction) < 1.0 && list(&sighted, "starts").len() == 1, "{sighted}");
    assert_eq!(sighted["done"] == true, sighted["proposal"].is_object(), "{sighted}");
    if sighted["done"] == true {
        let pairs = |guards: &Value, of: &str| {
            list(guards, of).iter().map(|guard| (guard["junction"].to_string(), guard["unit"].to_string())).collect::<HashSet<_>>()
        };
        assert_eq!(pairs(&sighted, "gates"), pairs(&sighted["proposal"], "guards"));
    }
    let mut old = sighting;
    old["seen_s_ago"] = json!(3_600);
    assert_eq!(server.send_json("POST", &target, &old).problem(409, "conflict")["field"], "seen_s_ago");
}

#[test]
fn each_protection_has_its_plans_or_its_proof() {
    let city = sample_city();
    let server = start();
    // Nobody anywhere: a way out on which he is before everybody.
    let answer = planned(&server, &ask(&json!({"gates": true})));
    assert!(list(&answer, "plans").is_empty() && answer["impossible"]["proof"] == "fence" && answer["partial"].is_null(), "{answer}");
    let way = list(&answer["impossible"], "escape");
    assert!(way.iter().all(|passed| passed["first_unit_s"].is_null()) && list(&answer["impossible"], "line").len() > way.len());

    // A car at each gate and some in town: the gates hold, and whoever is in a beat is held in it, or near the middle.
    let mut places: Vec<LatLng> = city.gates.iter().map(|gate| gate.at).collect();
    places.extend(around(&city, 300.0..2_500.0, 220.0));
    let ids = cars(&server, &places);
    let mut to_gates = ask(&json!({"gates": true}));
    to_gates["objectives"] = json!(["fewest", "fastest"]);
    let answer = planned(&server, &to_gates);
    let fewest = list(&answer, "plans").iter().find(|plan| plan["objective"] == "fewest").unwrap();
    assert!(answer["partial"].is_null());
    assert!(fewest["units"].as_u64().unwrap() <= 26, "{}", fewest["units"]);
    let zone = city.zones.iter().find(|zone| zone.id.as_str().starts_with("district") && zone.shape.contains(middle()));
    let zone = zone.unwrap_or_else(|| city.zones.iter().find(|zone| zone.shape.contains(middle())).unwrap());
    let answer = planned(&server, &ask(&json!({"zone": zone.id})));
    assert!(!list(&answer, "plans").is_empty() || answer["impossible"].is_object(), "{answer}");
    let answer = planned(&server, &ask(&json!({"radius_m": 2_500})));
    let plan = &answer["plans"][0];
    for guard in list(plan, "guards") {
        assert!(haversine_m(at(&guard["at"]), middle()) < 3_500.0, "at the border or within: {guard}");
    }

    // Who may be used: other kinds, a reserve that stays behind.
    let mut foot = ask(&json!({"radius_m": 2_500}));
    foot["kinds"] = json!(["foot"]);
    assert!(planned(&server, &foot)["impossible"].is_object());
    let mut reserve = ask(&json!({"radius_m": 2_500}));
    reserve["reserve"] = json!(ids.len() - 1);
    assert!(planned(&server, &reserve)["impossible"].is_object(), "one car alone");
}

#[test]
fn where_no_plan_holds_what_can_be_closed_is_told() {
    let (city, server) = (sample_city(), start());
    let places: Vec<LatLng> = city.gates.iter().take(1).map(|gate| gate.at).collect();
    cars(&server, &places);
    let answer = planned(&server, &ask(&json!({"gates": true})));
    assert!(list(&answer, "plans").is_empty() && answer["impossible"].is_object(), "{answer}");
    let (guards, leaks) = (list(&answer["partial"], "guards"), list(&answer["partial"], "leaks"));
    assert!(guards.len() == 1 && !leaks.is_empty(), "{}", answer["partial"]);
    for guard in guards {
        assert!(guard["slack_s"].as_f64().unwrap() >= 5.0 && guard["ring"] == 1 && guard["line"].is_array(), "{guard}");
        let mut passed = leaks.iter().flat_map(|leak| list(leak, "escape"));
        assert!(passed.all(|passed| passed["junction"] != guard["junction"]), "{guard} is passed");
    }
    assert!(leaks.iter().all(|leak| list(leak, "escape").len() > 1 && list(leak, "line").len() > 1), "{}", answer["partial"]);
}

#[test]
fn the_city_gates_are_closed_by_one_word() {
    let city = sample_city();
    let server = start();
    let plans = server.ask("/v1/gate-plans");
    let plan = &plans["plans"][0];
    assert_eq!((plan["id"].as_str(), list(plan, "gates").len()), (Some("city-gates"), 26));
    let nobody = server.send("POST", "/v1/gate-plans/city-gates/run", &[], b"").problem(409, "conflict");
    assert_eq!(nobody["field"], "gates", "{nobody}");

    let near: Vec<LatLng> = city.gates.iter().flat_map(|gate| [gate.at, around_gate(&city, gate.at)]).collect();
    cars(&server, &near);
    let answer = server.send("POST", "/v1/gate-plans/city-gates/run", &[], b"");
    assert_eq!(answer.status, 201, "{}", answer.json());
    let cordon = answer.json();
    assert!(cordon["holds"] == true && cordon["suspect"].is_null() && cordon["gate_plan"] == "city-gates", "{cordon}");
    let names = |value: &Value, field: &str| {
        let names = list(value, field).iter().map(|each| each["gate"].as_str().unwrap().to_owned()).collect::<HashSet<_>>();
        (list(value, field).len(), names)
    };
    let gates = names(&cordon, "gates");
    assert!(gates.0 == 26 && gates.1.len() == 26 && names(&server.ask("/v1/orders"), "orders") == gates, "{cordon}");
    assert_eq!(cordon["strength"], json!([{"ring": 1, "asked": 26, "have": 26, "held": 0}]));
    // 10 s to move off, 30 s to set up: those at the gates are there.
    assert!((39.0..=45.0).contains(&cordon["closed_s"].as_f64().unwrap()), "{}", cordon["closed_s"]);
    let id = cordon["id"].as_str().unwrap();
    // They are there already, and move off no more; a fix tells.
    place(&server, list(&cordon, "gates").iter().map(|gate| (gate["unit"].as_str().unwrap(), at(&gate["at"]))));
    wait(|| (self::cordon(&server, id)["state"] == "closed").then_some(()));
    let opening = server.send_json("PATCH", &format!("/v1/cordons/{id}"), &json!({"state": "opening"})).json();
    assert_eq!(opening["state"], "opening");
    for gate in list(&cordon, "gates") {
        let target = format!("/v1/orders/{}", gate["order"].as_str().unwrap());
        assert_eq!(server.send_json("PATCH", &target, &json!({"state": "ended", "reason": "done"})).status, 200);
    }
    assert_eq!(self::cordon(&server, id)["state"], "ended");

    // A plan of one's own: whose duty it is goes.
    let put = |id: &str, plan: &Value| server.send_json("PUT", &format!("/v1/gate-plans/{id}"), plan);
    let name = json!({"zh": "晚高峰", "en": "Evening"});
    let gates = json!([{"gate": "K01", "need": 2, "unit": "car-051"}, {"at": {"lat": MIDDLE.0, "lon": MIDDLE.1}}]);
    let mut evening = json!({"name": name, "gates": gates});
    assert_eq!((put("evening", &evening).status, put("evening", &evening).status), (201, 200));
    let run = server.send_json("POST", "/v1/gate-plans/evening/run", &json!({"set_up_s": 0})).json();
    let of_first: Vec<&Value> = list(&run, "gates").iter().filter(|gate| gate["gate"] == "K01").collect();
    assert!(of_first.len() == 2 && of_first.iter().any(|gate| gate["unit"] == "car-051"), "{run}");
    for (gates, field) in [
        (json!([]), "gates"),
        (json!([{"gate": "K99"}]), "gate"),
        (json!([{"at": {"lat": 30.0, "lon": 100.0}}]), "at"),
        (json!([{"gate": "K01", "need": 9}]), "need"),
        (json!([{"gate": "K01"}, {"gate": "K01"}]), "gates"),
        (json!(vec![json!({"gate": "K01"}); 1_001]), "gates"),
    ] {
        evening["gates"] = gates;
        let answer = put("wrong", &evening);
        assert!((400..500).contains(&answer.status) && answer.json()["field"] == field, "{}", answer.json());
    }
    let million = format!(r#"{{"name":{name},"gates":[{}]}}"#, vec![r#"{"gate":"K01"}"#; 100_000].join(","));
    let answer = server.send("PUT", "/v1/gate-plans/million", &[("Content-Type", "application/json")], million.as_bytes());
    assert_eq!(answer.status, 413);
    assert_eq!(server.send("DELETE", "/v1/gate-plans/evening", &[], b"").status, 204);
    server.send("POST", "/v1/gate-plans/evening/run", &[], b"").problem(404, "not-found");
}

/// The junction that is nearest to a gate and not it.
fn around_gate(city: &City, gate: LatLng) -> LatLng {
    let others = city.roads.junctions().iter().filter(|other| haversine_m(*other, gate) > 1.0);
    others.min_by(|a, b| haversine_m(*a, gate).total_cmp(&haversine_m(*b, gate))).unwrap()
}

/// A place in the river that is far from every bridge.
fn in_the_river(city: &City) -> LatLng {
    let river = &city.waters.iter().find(|water| water.name.zh.contains('江')).unwrap().outline;
    let (bounds, snapper) = (river.bounding_rect().unwrap(), Snapper::new(&city.roads));
    let grid = (0..200).flat_map(|n| (0..200).map(move |m| (f64::from(n) / 200.0, f64::from(m) / 200.0)));
    let mut places = grid.map(|(x, y)| geo::Point::new(bounds.min().x + x * bounds.width(), bounds.min().y + y * bounds.height()));
    let far = |at: &geo::Point<f64>| river.contains(at) && snapper.nearest(LatLng::new(at.y(), at.x()).unwrap(), 200.0, |_| true).is_none();
    let found = places.find(far).unwrap();
    LatLng::new(found.y(), found.x()).unwrap()
}

#[test]
fn what_is_asked_wrongly_is_named() {
    let city = sample_city();
    let server = start();
    let river = in_the_river(&city);
    let with = |change: &dyn Fn(&mut Value)| {
        let mut ask = ask(&json!({"radius_m": 1_500}));
        change(&mut ask);
        ask
    };
    let start = |lat: f64, lon: f64, ago: f64| json!([{"lat": lat, "lon": lon, "seen_s_ago": ago}]);
    for (ask, status, field) in [
        (with(&|ask| ask["starts"] = start(river.lat_deg(), river.lng_deg(), 10.0)), 422, "starts"),
        (with(&|ask| ask["starts"] = start(10.0, 100.0, 10.0)), 422, "starts"),
        (with(&|ask| ask["starts"] = start(91.0, 100.0, 10.0)), 400, "lat"),
        (with(&|ask| ask["starts"] = start(MIDDLE.0, MIDDLE.1, -1.0)), 400, "seen_s_ago"),
        (with(&|ask| ask["starts"] = start(MIDDLE.0, MIDDLE.1, 21_601.0)), 400, "seen_s_ago"),
        (with(&|ask| ask["starts"] = json!([])), 400, "starts"),
        (with(&|ask| ask["starts"] = json!(vec![start(MIDDLE.0, MIDDLE.1, 1.0)[0].clone(); 17])), 400, "starts"),
        (with(&|ask| ask["suspect"] = json!("tank")), 400, "body"),
        (with(&|ask| ask["faster"] = json!(0.5)), 400, "faster"),
        (with(&|ask| ask["margin_s"] = json!(-1)), 400, "margin_s"),
        (with(&|ask| ask["set_up_s"] = json!(1_801)), 400, "set_up_s"),
        (with(&|ask| ask["decide_s"] = json!(-1)), 400, "decide_s"),
        (with(&|ask| ask["protect"] = json!({"gates": false})), 422, "protect"),
        (with(&|ask| ask["protect"] = json!({"zone": "nowhere"})), 422, "zone"),
        (with(&|ask| ask["protect"] = json!({"radius_m": 0})), 400, "radius_m"),
        (with(&|ask| ask["protect"] = json!({"radius_m": 90_000})), 422, "protect"),
        (with(&|ask| ask["kinds"] = json!(["helicopter"])), 422, "kinds"),
        (with(&|ask| ask["kinds"] = json!([])), 422, "kinds"),
        (with(&|ask| ask["orgs"] = json!(["nobody"])), 422, "orgs"),
        (with(&|ask| ask["reserve"] = json!(1_001)), 400, "reserve"),
        (with(&|ask| ask["wide"] = json!(9)), 400, "wide"),
        (with(&|ask| ask["rings"] = json!(4)), 400, "rings"),
        (with(&|ask| ask["strength"] = json!([1, 0])), 400, "strength"),
        (with(&|ask| ask["strength"] = json!([1, 1, 1, 1])), 400, "strength"),
        (with(&|ask| ask["budget_ms"] = json!(5_001)), 400, "budget_ms"),
        (with(&|ask| ask["objectives"] = json!([])), 400, "objectives"),
        (with(&|ask| ask["guards"] = json!([])), 422, "guards"),
        (with(&|ask| ask["colour"] = json!("red")), 400, "colour"),
    ] {
        let answer = server.send_json("POST", "/v1/cordons/plan", &ask);
        assert_eq!((answer.status, answer.json()["field"].as_str()), (status, Some(field)), "{ask}: {}", answer.json());
    }
    server.register("car", "patrol_car", "available");
    server.register("heli", "helicopter", "available");
    server.fix("heli", MIDDLE.0, MIDDLE.1);
    for (guards, status, field) in [
        (json!(null), 422, "guards"),
        (json!([]), 422, "guards"),
        (json!([{"junction": 1, "unit": "nobody"}]), 422, "unit"),
        (json!([{"junction": 1, "unit": "car"}]), 409, "unit"),
        (json!([{"junction": 1, "unit": "heli"}]), 422, "unit"),
        (json!([{"junction": 99_999_999, "unit": "car"}]), 422, "junction"),
    ] {
        let answer = server.send_json(
            "POST",
            "/v1/cordons",
            &with(&|ask| {
                ask["guards"] = guards.clone();
                ask["accept_leaks"] = json!(true);
            }),
        );
        assert_eq!((answer.status, answer.json()["field"].as_str()), (status, Some(field)), "{guards}: {}", answer.json());
    }
    server.send("GET", "/v1/cordons/none", &[], b"").problem(404, "not-found");
    server.send_json("PATCH", "/v1/cordons/none", &json!({"state": "ended"})).problem(404, "not-found");
    assert_eq!(server.get("/v1/cordons?state=broken").json()["field"], "state");
}

#[test]
fn where_he_may_be_grows() {
    let server = start();
    let answer = server.ask(&format!("/v1/suspect?lat={}&lon={}&seen_s_ago=30&suspect=foot", MIDDLE.0, MIDDLE.1));
    let steps = list(&answer, "steps");
    assert_eq!((answer["faster"].as_f64(), steps.len(), steps[0]["s"].as_u64()), (Some(2.0), 11, Some(0)));
    let metres: Vec<f64> = steps.iter().map(|step| step["road_m"].as_f64().unwrap()).collect();
    assert!(metres.windows(2).all(|pair| pair[0] < pair[1]) && metres[0] > 0.0, "{metres:?}");
    assert!(steps.iter().all(|step| step["polygon"]["type"].is_string()));
    assert_eq!(server.get("/v1/suspect?lat=22.82&lon=108.36&seen_s_ago=-1").json()["field"], "seen_s_ago");
    assert_eq!(server.get("/v1/suspect?lat=10&lon=100").status, 422);
}
