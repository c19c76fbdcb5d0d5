//! Who sees what: every answer and every message of the stream for a station, a district and the city equals the filtered brute force,
//! no byte of any answer names a unit of another organisation, and nobody touches what is another's.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod house;
#[path = "../common/messages.rs"]
mod messages;

use std::collections::BTreeSet;

use citygate::{
    access::Pass,
    engine::{Command, CordonCommand, CordonSpec, Force, GatePlan, Loan, OrderSpec, PlanGate, Post, Sight, UnitFix, UnitPatch},
    geodesy::haversine_m,
    model::{DeviceKind, Fix, Layer, LayerSet, Purpose, Status, UnitId, UnitNo, Zone, ZoneShape},
    server::{
        routes::QUESTIONS,
        stream::{Hub, form::Format, view::View, wall::Wall},
    },
};
use house::{House, centre, ids, in_a_minute};
use messages::{Map, Message, split};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_is_the_filtered_brute_force() {
    for seed in 1..=2 {
        let house = House::new(seed).await;
        for org in [None, Some("city"), Some("d0"), Some("d1"), Some("s0"), Some("s1"), Some("s2"), Some("nowhere")] {
            let pass = house.pass(org);
            let seen = house.seen(org);
            let listed = house.ask(&pass, "/v1/units?limit=10000", "").await;
            assert_eq!(
                listed["features"].as_array().unwrap().iter().map(|unit| unit["id"].as_str().unwrap().to_owned()).collect::<BTreeSet<_>>(),
                seen
            );
            for unit in &house.units {
                let (status, _) = house.answer(&pass, &format!("/v1/units/{}", unit.id), "").await;
                assert_eq!(status, if seen.contains(unit.id.as_str()) { 200 } else { 404 }, "{org:?} {}", unit.id);
            }

            let mut near: Vec<_> = house.units.iter().filter(|unit| seen.contains(unit.id.as_str())).collect();
            near.sort_by(|a, b| haversine_m(centre(), a.at).total_cmp(&haversine_m(centre(), b.at)).then(a.no.cmp(&b.no)));
            for k in [1, 5, 1_000] {
                let answer = house.ask(&pass, &format!("/v1/nearest?lat=22.8&lon=108.33&status=any&max_age_s=100000&k={k}"), "").await;
                let right: Vec<String> = near.iter().take(k).map(|unit| unit.id.to_string()).collect();
                assert_eq!(ids(&answer["units"]), right, "{org:?}, {k}");
            }
            let free = near.iter().filter(|unit| unit.status == Status::Available).count();
            let answer = house.ask(&pass, "/v1/nearest?lat=22.8&lon=108.33&k=1000&max_age_s=100000", "").await;
            assert_eq!(ids(&answer["units"]).len(), free);
            assert_eq!(answer["left_out"]["total"], near.len() - free, "who is not seen is not counted among those left out");
            let of_district = house.ask(&pass, "/v1/nearest?lat=22.8&lon=108.33&status=any&max_age_s=100000&k=1000&org=d0", "").await;
            let right: Vec<_> = near.iter().filter(|unit| house.is_below(&unit.org, "d0")).map(|unit| unit.id.to_string()).collect();
            assert_eq!(ids(&of_district["units"]), right);
            let by_time = house.ask(&pass, "/v1/nearest?lat=22.8&lon=108.33&by=eta&status=any&max_age_s=100000&k=100&explain=50", "").await;
            assert!(ids(&by_time["units"]).iter().chain(&ids(&by_time["passed_over"])).all(|id| seen.contains(id)), "{org:?}");
            assert_eq!(by_time["units"].as_array().unwrap().is_empty(), seen.is_empty());

            let rings = json!({"core": {"type": "Point", "coordinates": [108.33, 22.8]}, "rings": [{"name": "all", "outer_m": 400_000}]});
            let answer = house.ask(&pass, "/v1/rings", &rings.to_string()).await;
            assert_eq!(ids(&answer["rings"][0]["units"]).into_iter().collect::<BTreeSet<_>>(), seen);
            assert_eq!(answer["rings"][0]["total"], seen.len());
            let cells = house.ask(&pass, "/v1/density", "").await;
            assert_eq!(
                cells["cells"].as_array().unwrap().iter().map(|cell| cell["units"].as_u64().unwrap()).sum::<u64>(),
                seen.len() as u64
            );

            let zones = house.ask(&pass, "/v1/zones?limit=10000", "").await;
            let right: BTreeSet<String> =
                house.zones.iter().filter(|zone| house.sees_zone(org, zone)).map(|zone| zone.id.to_string()).collect();
            assert_eq!(ids(&zones["zones"]).into_iter().collect::<BTreeSet<_>>(), right, "{org:?}");
            for zone in &house.zones {
                let is_seen = right.contains(zone.id.as_str());
                let (status, body) = house.answer(&pass, &format!("/v1/zones/{}/units", zone.id), "").await;
                assert_eq!(status, if is_seen { 200 } else { 404 });
                if is_seen && zone.follows.is_none() {
                    let inside: BTreeSet<String> =
                        near.iter().filter(|unit| zone.shape.contains(unit.at)).map(|unit| unit.id.to_string()).collect();
                    let found: Value = serde_json::from_slice(&body).unwrap();
                    assert_eq!(ids(&found["units"]).into_iter().collect::<BTreeSet<_>>(), inside);
                }
            }
            let counts = house.ask(&pass, "/v1/city", "").await["counts"][Layer::Beats.as_str()].clone();
            assert_eq!(counts, right.len());
            let sendable = house.world().seen_by(Sight::ALL).senders(house.bus().now());
            let of_these = sendable.iter().filter(|sender| seen.contains(house.units[sender.who as usize].id.as_str())).count();
            assert_eq!(house.ask(&pass, "/v1/coverage", "").await["units"], of_these, "{org:?}");
        }
        house.stop();
    }
}

/// What there is of everything, with units of other organisations in it wherever there is a place for one.
async fn fill(house: &House) {
    let city = house.pass(None);
    let (own, foreign) = (house.of("s0")[0].clone(), house.of("s2")[0].clone());
    for (id, unit) in [("order-own", &own), ("order-foreign", &foreign)] {
        let to = centre();
        let (id, unit, purpose) = (id.parse().unwrap(), unit.clone(), Purpose::MoveUp);
        let order = OrderSpec { id, unit, purpose, to, place: None, radius_m: 60.0, due: None, cordon: None, gate: None };
        house.run(&city, Command::IssueOrder { order, replace: false }).await.unwrap();
    }
    let post = |unit: &UnitId, junction: u32| Post {
        junction,
        at: house.world().roads().network.junctions().get(junction as usize).unwrap(),
        place: None,
        gate: None,
        ring: 1,
        unit: unit.clone(),
        due: in_a_minute(house.bus()),
    };
    let cordon = |id: &str| {
        let (id, force) = (id.parse().unwrap(), Force::default());
        Box::new(CordonSpec { id, name: None, hunt: None, force, objective: None, gate_plan: None, org: None })
    };
    let (mine, theirs) = (house.of("s0")[1].clone(), [house.of("s2")[1].clone(), house.of("s2")[2].clone()]);
    let both = vec![post(&mine, 10), post(&theirs[0], 20)];
    house.run(&city, Command::Cordon(CordonCommand::Order { cordon: cordon("cordon-both"), posts: both })).await.unwrap();
    let foreign_only = vec![post(&theirs[1], 30)];
    house.run(&city, Command::Cordon(CordonCommand::Order { cordon: cordon("cordon-foreign"), posts: foreign_only })).await.unwrap();
    let gates = vec![PlanGate { at: house.world().roads().network.junctions().get(40).unwrap(), gate: None, need: 1, unit: Some(foreign) }];
    let plan = GatePlan { id: "plan-own".parse().unwrap(), name: house.name(), gates, org: Some("s0".parse().unwrap()) };
    house.run(&city, Command::Cordon(CordonCommand::PutPlan(plan))).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn no_byte_of_any_answer_names_a_unit_of_another() {
    let house = House::new(7).await;
    fill(&house).await;
    let (city, pass, seen) = (house.pass(None), house.pass(Some("s0")), house.seen(Some("s0")));
    let foreign: Vec<&str> = house.units.iter().map(|unit| unit.id.as_str()).filter(|id| !seen.contains(*id)).collect();
    assert!(seen.len() > 3 && foreign.len() > 10);
    let at = "lat=22.8&lon=108.33";
    let rings =
        json!({"core": {"type": "Point", "coordinates": [108.33, 22.8]}, "rings": [{"name": "all", "outer_m": 400_000}]}).to_string();
    let meant = json!({"where": {"type": "Point", "coordinates": [108.33, 22.8]}}).to_string();
    let mut targets: Vec<(String, String)> = Vec::new();
    for question in QUESTIONS {
        let body = match question.path {
            "/v1/rings" => rings.as_str(),
            "/v1/roads/meant" => meant.as_str(),
            "/v1/move-up" => "{}",
            _ => "",
        };
        for id in house.units.iter().map(|unit| unit.id.as_str()).chain(["z-0", "z-1", "z-follows", "order-own", "order-foreign"]) {
            targets.push((question.path.replace("{id}", id), body.to_owned()));
            if !question.path.contains("{id}") {
                break;
            }
        }
        targets.push((format!("{}?{at}", question.path), body.to_owned()));
    }
    for more in ["&by=eta&status=any&k=100&explain=50&route=true", "&status=any&k=1000"] {
        targets.push((format!("/v1/nearest?{at}{more}"), String::new()));
    }
    targets.push(("/v1/orders?state=all".into(), String::new()));
    targets.push(("/v1/coverage?layer=beats".into(), String::new()));
    let mut good = 0;
    let names_any = |body: &[u8], asked: &str| {
        let text = String::from_utf8_lossy(body).into_owned();
        foreign.iter().find(|id| text.contains(*id) && !asked.contains(*id)).map(|id| format!("{asked} names {id}: {text}"))
    };
    for (target, body) in &targets {
        let (status, bytes) = house.answer(&pass, target, body).await;
        good += usize::from(status == 200);
        assert_eq!(names_any(&bytes, target), None);
    }
    assert!(good > 30, "{good}");
    for target in
        ["/v1/cordons", "/v1/cordons?state=all", "/v1/cordons/cordon-both", "/v1/gate-plans", "/v1/layers/beats", "/v1/layers/posts"]
    {
        let (status, bytes) = house.send(&pass, "GET", target, &Value::Null).await;
        assert_eq!((status, names_any(&bytes, target)), (200, None), "{target}");
    }
    // It is seen for its own unit's sake, and the others hold it without a name; the city knows all.
    let (_, bytes) = house.send(&pass, "GET", "/v1/cordons/cordon-both", &Value::Null).await;
    let gates = serde_json::from_slice::<Value>(&bytes).unwrap()["gates"].clone();
    assert_eq!(gates.as_array().unwrap().iter().filter(|gate| gate["unit"].is_null()).count(), 1, "{gates}");
    assert_eq!(house.send(&pass, "GET", "/v1/cordons/cordon-foreign", &Value::Null).await.0, 404);
    let (_, all) = house.send(&city, "GET", "/v1/cordons/cordon-both", &Value::Null).await;
    assert!(names_any(&all, "").is_some());
    house.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_touches_what_is_anothers() {
    let house = House::new(11).await;
    fill(&house).await;
    let station = house.pass(Some("s0"));
    let (own, foreign) = (house.of("s0")[3].clone(), house.of("s2")[3].clone());
    let unit = |org: &str| json!({"callsign": "N", "kind": "foot", "org": org});
    let circle = json!({"type": "Circle", "center": [108.33, 22.8], "radius_m": 100});
    let zone = |org: Value, follows: Value| json!({"layer": "beats", "name": {"zh": "区", "en": "Z"}, "org": org, "shape": circle, "follows": follows});
    let closure = |id: &str| json!({"id": id, "where": {"type": "Edges", "edges": [5]}, "reason": "works"});
    let follow = |unit: &UnitId| json!({"unit": unit, "from": [108.33, 22.8]});
    assert_eq!(house.send(&house.pass(None), "POST", "/v1/roads/closures", &closure("of-city")).await.0, 201);
    let until = in_a_minute(house.bus());
    for (method, target, body, status) in [
        ("PUT", "/v1/units/new-own".to_owned(), unit("s0"), 201),
        ("PUT", "/v1/units/new-foreign".to_owned(), unit("s2"), 403),
        ("PUT", "/v1/units/new-above".to_owned(), unit("d0"), 403),
        ("PUT", format!("/v1/units/{foreign}"), unit("s0"), 404),
        ("PATCH", format!("/v1/units/{own}"), json!({"status": "busy"}), 200),
        ("PATCH", format!("/v1/units/{own}"), json!({"org": "s2"}), 403),
        ("PATCH", format!("/v1/units/{foreign}"), json!({"status": "busy"}), 404),
        ("PATCH", format!("/v1/units/{own}"), json!({"devices": [{"id": format!("radio-{foreign}"), "kind": "radio"}]}), 403),
        ("PUT", "/v1/zones/mine".to_owned(), zone(Value::Null, Value::Null), 201),
        ("PUT", "/v1/zones/theirs".to_owned(), zone(json!("s2"), Value::Null), 403),
        ("PUT", "/v1/zones/hound".to_owned(), zone(json!("s0"), follow(&foreign)), 422),
        ("PUT", format!("/v1/zones/{}", house.zone_of("s2")), zone(json!("s0"), Value::Null), 404),
        ("DELETE", format!("/v1/zones/{}", house.zone_of("s2")), Value::Null, 404),
        ("DELETE", "/v1/zones/mine".to_owned(), Value::Null, 204),
        ("POST", "/v1/roads/closures".to_owned(), closure("mine"), 201),
        ("POST", "/v1/roads/closures".to_owned(), closure("of-city"), 403),
        ("DELETE", "/v1/roads/closures/of-city".to_owned(), Value::Null, 403),
        ("DELETE", "/v1/roads/closures/mine".to_owned(), Value::Null, 204),
        ("PATCH", "/v1/orders/order-own".to_owned(), json!({"state": "accepted"}), 200),
        ("PATCH", "/v1/orders/order-foreign".to_owned(), json!({"state": "accepted"}), 404),
        ("PATCH", "/v1/cordons/cordon-both".to_owned(), json!({"state": "ended"}), 403),
        ("PATCH", "/v1/cordons/cordon-foreign".to_owned(), json!({"state": "ended"}), 404),
        ("DELETE", "/v1/gate-plans/city-gates".to_owned(), Value::Null, 404),
        ("DELETE", "/v1/gate-plans/plan-own".to_owned(), Value::Null, 204),
        ("POST", "/v1/loans".to_owned(), json!({"unit": foreign, "to": "s0", "until": until}), 404),
        ("POST", "/v1/loans".to_owned(), json!({"unit": own, "to": "nowhere", "until": until}), 422),
        ("POST", "/v1/loans".to_owned(), json!({"unit": own, "to": "s2", "until": "2020-01-01T00:00:00Z"}), 400),
        ("POST", "/v1/drills/two-minutes/play".to_owned(), Value::Null, 404),
    ] {
        let (given, bytes) = house.send(&station, method, &target, &body).await;
        assert_eq!(given, status, "{method} {target} {body}: {}", String::from_utf8_lossy(&bytes));
        if given == 403 {
            assert!(String::from_utf8_lossy(&bytes).contains("outside your organisation"), "{}", String::from_utf8_lossy(&bytes));
        }
    }
    let orders = json!({"orders": [
        {"unit": house.of("s0")[2], "purpose": "move_up", "to": {"lat": 22.8, "lon": 108.33}},
        {"unit": foreign, "purpose": "move_up", "to": {"lat": 22.8, "lon": 108.33}},
    ]});
    let (_, bytes) = house.send(&station, "POST", "/v1/orders", &orders).await;
    let answer: Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!((answer["orders"].as_array().unwrap().len(), &answer["refused"][0]["problem"]["status"]), (1, &json!(404)), "{answer}");

    // What is lent is seen and ordered by both; whoever borrows may lend it on and give it back, and does not keep it.
    let lend = json!({"unit": own, "to": "s2", "until": until});
    let (status, bytes) = house.send(&station, "POST", "/v1/loans", &lend).await;
    assert_eq!(status, 201, "{}", String::from_utf8_lossy(&bytes));
    let loan = serde_json::from_slice::<Value>(&bytes).unwrap()["id"].as_str().unwrap().to_owned();
    let borrower = house.pass(Some("s2"));
    for pass in [&station, &borrower, &house.pass(Some("d1"))] {
        assert_eq!(house.answer(pass, &format!("/v1/units/{own}"), "").await.0, 200);
        assert_eq!(
            house.ask(pass, "/v1/loans", "").await["loans"].as_array().unwrap().iter().filter(|known| known["id"] == loan).count(),
            1
        );
    }
    let bystander = house.pass(Some("s1"));
    assert_eq!(house.answer(&bystander, &format!("/v1/units/{own}"), "").await.0, 404);
    assert_eq!(house.send(&bystander, "DELETE", &format!("/v1/loans/{loan}"), &Value::Null).await.0, 404);
    assert_eq!(house.send(&borrower, "PATCH", &format!("/v1/units/{own}"), &json!({"status": "available"})).await.0, 200);
    assert_eq!(house.send(&borrower, "PATCH", &format!("/v1/units/{own}"), &json!({"org": "s2"})).await.0, 403, "lent, not given");
    assert_eq!(house.send(&borrower, "DELETE", &format!("/v1/loans/{loan}"), &Value::Null).await.0, 204);
    assert_eq!(house.answer(&borrower, &format!("/v1/units/{own}"), "").await.0, 404);
    // One that is over ends by itself.
    let soon = Loan { id: "soon".parse().unwrap(), unit: own.clone(), to: "s2".parse().unwrap(), until: house.bus().now().plus_ms(1) };
    house.run(&house.pass(None), Command::Lend(soon)).await.unwrap();
    let (mut ticks, version) = (house.bus().subscribe(), house.world().loans_version());
    while house.world().loans_version() == version
        && house.world().seen_by(house.world().sight(Some(&"s2".parse().unwrap()))).unit(&own).is_some()
    {
        ticks.recv().await.unwrap();
    }
    assert_eq!(house.answer(&borrower, &format!("/v1/units/{own}"), "").await.0, 404);
    house.stop();
}

/// A wall without a socket.
struct OnWall {
    wall: Wall,
    map: Map,
    /// The units on its map, those that were ever on it, and all that it was ever told in words.
    shown: BTreeSet<String>,
    ever: BTreeSet<String>,
    told: String,
}

impl OnWall {
    fn new(house: &House, hub: &Hub, pass: &Pass, format: Format) -> Self {
        let mut wall = Wall::new(format, pass.org.clone());
        wall.subscribe(View { layers: LayerSet::EMPTY.with(Layer::Beats), ..View::ALL }, None, hub, house.world());
        Self { wall, map: Map::default(), shown: BTreeSet::new(), ever: BTreeSet::new(), told: String::new() }
    }

    fn tick(&mut self, house: &House, hub: &Hub) {
        let pieces = self.wall.next(hub, house.world()).unwrap();
        for message in pieces.map(|(first, then)| split(&[first, then].concat())).unwrap_or_default() {
            let (text, json) = match message {
                Message::Text(text, json) => (text, json),
                Message::Binary(frame) => {
                    assert!(self.map.take(&frame));
                    let id = |no: &u32| house.units.iter().find(|unit| unit.no == UnitNo(*no)).unwrap().id.to_string();
                    self.shown = self.map.units.keys().map(id).collect();
                    self.ever.extend(self.shown.iter().cloned());
                    continue;
                }
            };
            self.told += &text;
            if json["type"] == "snapshot" {
                self.shown.clear();
            }
            self.shown.extend(
                json["type"].as_str().filter(|kind| ["snapshot", "delta"].contains(kind)).into_iter().flat_map(|_| ids(&json["units"])),
            );
            for id in json["gone"].as_array().into_iter().flatten() {
                self.shown.remove(id.as_str().unwrap());
            }
            self.ever.extend(self.shown.iter().cloned());
        }
    }

    /// What it was told of zones: who did what at which.
    fn crossings(&self) -> BTreeSet<(String, String, String)> {
        let lines = self.told.split(r#"{"type":"zone""#).skip(1);
        let field = |line: &str, name: &str| line.split(&format!(r#""{name}":""#)).nth(1).unwrap().split('"').next().unwrap().to_owned();
        lines.map(|line| (field(line, "unit"), field(line, "action"), field(line, "zone"))).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_stream_shows_what_is_seen_and_no_more() {
    let house = House::new(23).await;
    let (hub, mut is_first) = (Hub::new(100, 25_000), true);
    let orgs = [None, Some("d0"), Some("s0"), Some("s2")];
    let mut walls: Vec<OnWall> = orgs.iter().map(|org| OnWall::new(&house, &hub, &house.pass(*org), Format::Json)).collect();
    let mut binary: Vec<OnWall> = orgs.iter().map(|org| OnWall::new(&house, &hub, &house.pass(*org), Format::Binary)).collect();
    let mut ticks = house.bus().subscribe();
    let (city, moves, lent) = (house.pass(None), house.of("s0")[0].clone(), house.of("s0")[1].clone());
    let patch = |id: &UnitId, patch: UnitPatch| Command::EditUnit { id: id.clone(), patch };
    let loan = Loan { id: "l".parse().unwrap(), unit: lent.clone(), to: "s2".parse().unwrap(), until: in_a_minute(house.bus()) };
    let mut ever: Vec<BTreeSet<String>> = orgs.iter().map(|org| house.seen(*org)).collect();
    let steps = [
        None,
        Some(Command::Lend(loan)),
        Some(patch(&moves, UnitPatch { org: Some("s2".parse().unwrap()), ..UnitPatch::default() })),
        Some(patch(&moves, UnitPatch { alarm: Some(true), ..UnitPatch::default() })),
        Some(Command::EndLoan("l".parse().unwrap())),
        Some(patch(&lent, UnitPatch { alarm: Some(true), ..UnitPatch::default() })),
    ];
    for (n, step) in steps.into_iter().enumerate() {
        if let Some(command) = step {
            house.run(&city, command).await.unwrap();
        }
        // What was done by now is in the next tick that is made.
        let done = house.bus().now();
        loop {
            let tick = ticks.recv().await.unwrap();
            hub.take(&tick, house.world(), std::mem::take(&mut is_first));
            walls.iter_mut().chain(&mut binary).for_each(|wall| wall.tick(&house, &hub));
            if tick.at > done {
                break;
            }
        }
        for ((wall, org), ever) in walls.iter().zip(orgs).zip(&mut ever) {
            let seen = house.seen(org);
            ever.extend(seen.iter().cloned());
            assert_eq!(wall.shown, seen, "{org:?} after step {n}");
        }
        for (wall, json) in binary.iter().zip(&walls) {
            assert_eq!(wall.shown, json.shown, "the binary form after step {n}");
        }
    }
    for (wall, json) in binary.iter().zip(&walls) {
        assert_eq!(wall.ever, json.ever);
        let named = |wall: &OnWall| house.units.iter().filter(|unit| wall.told.contains(unit.id.as_str())).count();
        assert_eq!(named(wall), named(json), "the words beside it name the same");
    }
    for ((wall, org), ever) in walls.iter().zip(orgs).zip(&ever) {
        let named = house.units.iter().map(|unit| unit.id.to_string()).filter(|id| wall.told.contains(id)).collect::<BTreeSet<_>>();
        assert_eq!(named, *ever, "{org:?}: the roster names those who were ever seen, and nobody else is named");
        let alarms = |unit: &UnitId| wall.told.matches(&format!(r#"{{"type":"status","unit":"{unit}""#)).count();
        let right = match org {
            None => (1, 1),
            Some("d0" | "s0") => (0, 1),
            _ => (1, 0),
        };
        assert_eq!((alarms(&moves), alarms(&lent)), right, "{org:?}");
    }
    house.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crossing_is_told_to_those_who_see_the_unit_and_the_zone() {
    let house = House::new(29).await;
    let hub = Hub::new(100, 25_000);
    let orgs = [None, Some("city"), Some("d0"), Some("d1"), Some("s0"), Some("s1"), Some("s2")];
    let mut walls: Vec<OnWall> = orgs
        .iter()
        .flat_map(|org| [Format::Json, Format::Binary].map(|format| OnWall::new(&house, &hub, &house.pass(*org), format)))
        .collect();
    let city = house.pass(None);
    // Where nobody is.
    let far = centre().offset(200_000.0, 90.0);
    let zone = |id: &str, org: Option<&str>| Zone {
        id: id.parse().unwrap(),
        layer: Layer::Beats,
        name: house.name(),
        org: org.map(|org| org.parse().unwrap()),
        shape: ZoneShape::Circle { centre: far, radius_m: 500.0 },
        follows: None,
        dwell_s: 0,
    };
    let zones: Vec<Zone> =
        [("far-city", None), ("far-d0", Some("d0")), ("far-s0", Some("s0")), ("far-s2", Some("s2"))].map(|(id, org)| zone(id, org)).into();
    for zone in &zones {
        house.run(&city, Command::PutZone(zone.clone())).await.unwrap();
    }
    let lent = house.of("s0")[1].clone();
    let loan = Loan { id: "l".parse().unwrap(), unit: lent.clone(), to: "s2".parse().unwrap(), until: in_a_minute(house.bus()) };
    house.run(&city, Command::Lend(loan)).await.unwrap();
    let movers = [house.of("s0")[0].clone(), lent, house.of("s2")[0].clone()];
    let mut ticks = house.bus().subscribe();
    let is_far = |(_, action, zone): &&(String, String, String)| action == "enter" && zone.starts_with("far-");
    let is_entered = |wall: &OnWall| wall.crossings().iter().filter(is_far).count() == movers.len() * zones.len();
    // A snapshot first: what is told is told of units that are on the map.
    let tick = ticks.recv().await.unwrap();
    hub.take(&tick, house.world(), true);
    walls.iter_mut().for_each(|wall| wall.tick(&house, &hub));
    let fix = |id: &UnitId| {
        let unit = house.units.iter().find(|unit| unit.id == *id).unwrap();
        let fix = Fix { at: far, time: house.bus().now(), speed_mps: None, heading_deg: None, accuracy_m: None };
        UnitFix { unit: unit.no, device: DeviceKind::Radio, fix }
    };
    assert!(house.bus().submit(&movers.iter().map(fix).collect::<Vec<_>>()).is_empty());
    while !walls.first().is_some_and(is_entered) {
        let tick = ticks.recv().await.unwrap();
        hub.take(&tick, house.world(), false);
        walls.iter_mut().for_each(|wall| wall.tick(&house, &hub));
    }
    for (org, walls) in orgs.iter().zip(walls.chunks(2)) {
        let seen = house.seen(*org);
        let right: BTreeSet<_> = movers
            .iter()
            .filter(|unit| seen.contains(unit.as_str()))
            .flat_map(|unit| zones.iter().filter(|zone| house.sees_zone(*org, zone)).map(|zone| (unit.to_string(), zone.id.to_string())))
            .collect();
        for wall in walls {
            let crossings = wall.crossings().into_iter().filter(|(_, _, zone)| zone.starts_with("far-"));
            assert_eq!(crossings.map(|(unit, _, zone)| (unit, zone)).collect::<BTreeSet<_>>(), right, "{org:?}");
        }
    }
    house.stop();
}
