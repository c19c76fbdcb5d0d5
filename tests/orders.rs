//! Orders: their life in the engine, through the journal, over HTTP and on the stream.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what fails here fails the test")]

mod common;

use std::sync::Arc;

use citygate::{
    bus::{Bus, BusLimits, Request},
    delta::Notice,
    engine::{
        Command, ContactLimits, Engine, Event, ORDER_PLACE_CHARS_MAX, Order, OrderError, OrderSpec, OrderStep, Organisations, Rejection,
        Sight, UnitFix, UnitPatch, World,
    },
    geodesy::LatLng,
    geography::Geography,
    journal::Journal,
    model::{Actor, DeviceKind, Fix, Name, OrderEnd, OrderState, OrgLevel, Organisation, Purpose, Status, Timestamp, UnitId, UnitSpec},
    server::orders::{DUE_S_MAX, ORDERS_AN_ASK_MAX},
};
use common::{PATIENCE, Server, wait};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio_tungstenite::{connect_async, tungstenite::Message};

const T0: Timestamp = Timestamp::from_unix_ms(1_764_000_000_000);
/// A place in the sample city.
const PLACE: (f64, f64) = (22.85, 108.4);

fn place() -> LatLng {
    LatLng::new(PLACE.0, PLACE.1).unwrap()
}

fn city(kinds: &[&str]) -> Vec<UnitSpec> {
    let unit = |(n, kind): (usize, &&str)| {
        format!(
            r#"{{"id":"u-{n}","callsign":"U-{n}","kind":"{kind}","org":"city","status":"available","devices":[{{"id":"d-{n}","kind":"radio"}}]}}"#
        )
    };
    kinds.iter().enumerate().map(unit).map(|line| serde_json::from_str(&line).unwrap()).collect()
}

fn world() -> Arc<World> {
    let top = Organisation { id: "city".parse().unwrap(), name: Name::default(), level: OrgLevel::City, parent: None };
    Arc::new(World::new(Organisations::new(vec![top]).unwrap(), Geography::default(), ContactLimits::default()))
}

/// An engine, and every event that it ever applied.
struct Story {
    engine: Engine,
    events: Vec<(Timestamp, Event)>,
}

impl Story {
    fn new(kinds: &[&str]) -> Self {
        let mut story = Self { engine: Engine::new(world()), events: Vec::new() };
        for unit in city(kinds) {
            story.run(0, Command::RegisterUnit(unit)).unwrap();
        }
        story.engine.tick(T0);
        story
    }

    /// Decides and applies at a second; gives the names of the events.
    fn run(&mut self, s: i64, command: Command) -> Result<Vec<&'static str>, Rejection> {
        let at = T0.plus_ms(s * 1_000);
        let events = self.engine.decide(&command)?;
        self.engine.apply(events.iter().map(|event| (at, event))).unwrap();
        self.events.extend(events.iter().map(|event| (at, event.clone())));
        Ok(events.iter().map(Event::name).collect())
    }

    fn issue(&mut self, s: i64, order: OrderSpec) -> Result<Vec<&'static str>, Rejection> {
        self.run(s, Command::IssueOrder { order, replace: false })
    }

    fn step(&mut self, s: i64, order: &OrderSpec, step: OrderStep) -> Result<Vec<&'static str>, Rejection> {
        self.run(s, Command::StepOrder { unit: order.unit.clone(), id: order.id.clone(), step })
    }

    fn set(&mut self, n: usize, status: Status) {
        let patch = UnitPatch { status: Some(status), ..UnitPatch::default() };
        self.run(0, Command::EditUnit { id: unit(n), patch }).unwrap();
    }

    fn status(&self, n: usize) -> Status {
        self.engine.world().unit(&unit(n)).unwrap().spec.status
    }

    fn order(&self, spec: &OrderSpec) -> Arc<Order> {
        self.engine.world().order(&spec.id).unwrap()
    }

    /// A fix of a unit so far from the place.
    fn fix(&mut self, n: usize, s: i64, distance_m: f64) {
        let (unit, time) = (self.engine.world().unit(&unit(n)).unwrap().no, T0.plus_ms(s * 1_000));
        let fix = Fix { at: place().offset(distance_m, 30.0), time, speed_mps: None, heading_deg: None, accuracy_m: None };
        self.engine.fixes(&[UnitFix { unit, device: DeviceKind::Radio, fix }], time);
    }
}

fn unit(n: usize) -> UnitId {
    format!("u-{n}").parse().unwrap()
}

fn spec(id: &str, n: usize, purpose: Purpose) -> OrderSpec {
    OrderSpec {
        id: id.parse().unwrap(),
        unit: unit(n),
        purpose,
        to: place(),
        place: None,
        radius_m: 60.0,
        due: None,
        cordon: None,
        gate: None,
    }
}

#[test]
fn a_unit_that_moves_up_stays_available() {
    let mut story = Story::new(&["patrol_car"]);
    let order = spec("a", 0, Purpose::MoveUp);
    assert_eq!(story.issue(1, order.clone()).unwrap(), ["order_issued"]);
    assert_eq!(story.step(2, &order, OrderStep::Accepted).unwrap(), ["order_accepted"]);
    assert_eq!(story.step(2, &order, OrderStep::Accepted).unwrap(), [""; 0], "it is so already");
    assert_eq!(story.step(3, &order, OrderStep::Arrived).unwrap(), ["order_arrived"]);
    assert_eq!(story.status(0), Status::Available);
    let back = story.step(4, &order, OrderStep::Accepted).unwrap_err();
    assert_eq!((back.field(), back.value().as_deref()), ("state", Some("accepted")));
    assert!(back.to_string().contains("`a` is arrived"), "{back}");
    assert_eq!(story.step(5, &order, OrderStep::Ended(OrderEnd::Done)).unwrap(), ["order_ended"]);
    assert_eq!(story.step(6, &order, OrderStep::Ended(OrderEnd::Done)).unwrap(), [""; 0]);
    assert!(matches!(story.step(6, &order, OrderStep::Ended(OrderEnd::Cancelled)), Err(Rejection::OrderState { .. })));
    let Order { state, reason, issued_at, accepted_at, arrived_at, ended_at, .. } = (*story.order(&order)).clone();
    let s = |s: i64| T0.plus_ms(s * 1_000);
    assert_eq!((state, reason, issued_at), (OrderState::Ended, Some(OrderEnd::Done), s(1)));
    assert_eq!((accepted_at, arrived_at, ended_at), (Some(s(2)), Some(s(3)), Some(s(5))));
    // Every step is told, in order, and once.
    let told: Vec<_> = story.engine.tick(s(7)).notices;
    let state = |notice: &Notice| {
        if let Notice::Order { order, callsign, at } = notice { Some((order.state, callsign.to_string(), *at)) } else { None }
    };
    let right = [(OrderState::Issued, 1), (OrderState::Accepted, 2), (OrderState::Arrived, 3), (OrderState::Ended, 5)];
    assert_eq!(
        told.iter().map(|notice| state(notice).unwrap()).collect::<Vec<_>>(),
        right.map(|(state, at)| (state, "U-0".to_owned(), s(at)))
    );
    assert!(story.engine.tick(s(8)).notices.is_empty());
}

#[test]
fn a_gate_takes_its_unit_and_gives_it_back() {
    let mut story = Story::new(&["patrol_car"]);
    let order = spec("a", 0, Purpose::Gate);
    assert_eq!(story.issue(1, order.clone()).unwrap(), ["order_issued", "status_set"]);
    assert_eq!(story.status(0), Status::Assigned);
    story.step(2, &order, OrderStep::Accepted).unwrap();
    assert_eq!(story.status(0), Status::EnRoute);
    story.step(3, &order, OrderStep::Arrived).unwrap();
    assert_eq!(story.status(0), Status::OnScene);
    story.step(4, &order, OrderStep::Ended(OrderEnd::Done)).unwrap();
    assert_eq!(story.status(0), Status::Available);

    // A status that somebody else set stays: the order has lost it.
    let order = spec("b", 0, Purpose::Gate);
    story.issue(5, order.clone()).unwrap();
    story.set(0, Status::OutOfService);
    assert_eq!(story.step(6, &order, OrderStep::Arrived).unwrap(), ["order_arrived"]);
    assert_eq!(story.step(7, &order, OrderStep::Ended(OrderEnd::Cancelled)).unwrap(), ["order_ended"]);
    assert_eq!(story.status(0), Status::OutOfService);

    // One that was assigned elsewhere is so again; a second gate in place of the first does not hide what was before.
    story.set(0, Status::Busy);
    let (first, second) = (spec("c", 0, Purpose::Gate), spec("d", 0, Purpose::Gate));
    story.issue(8, first.clone()).unwrap();
    story.step(8, &first, OrderStep::Accepted).unwrap();
    let replaced = story.run(9, Command::IssueOrder { order: second.clone(), replace: true }).unwrap();
    assert_eq!(replaced, ["order_ended", "status_set", "order_issued", "status_set"]);
    assert_eq!((story.order(&first).reason, story.status(0)), (Some(OrderEnd::Replaced), Status::Assigned));
    let third = spec("e", 0, Purpose::MoveUp);
    story.run(10, Command::IssueOrder { order: third.clone(), replace: true }).unwrap();
    assert_eq!((story.order(&second).reason, story.status(0)), (Some(OrderEnd::Replaced), Status::Busy));
    assert_eq!(story.engine.world().order_of(story.order(&third).unit_no).map(|open| open.spec.id.clone()), Some(third.id));
}

#[test]
fn what_cannot_be_ordered_is_named_and_changes_nothing() {
    let mut story = Story::new(&["patrol_car", "drone"]);
    let open = spec("a", 0, Purpose::MoveUp);
    story.issue(1, open.clone()).unwrap();
    story.engine.tick(T0);
    let name = |zh: &str| Some(Name { zh: zh.to_owned(), en: "x".to_owned() });
    for (order, field, words) in [
        (spec("b", 0, Purpose::Gate), "unit", "`u-0` has the open order `a`"),
        (spec("a", 1, Purpose::MoveUp), "id", "there is an order `a` already"),
        (spec("b", 9, Purpose::MoveUp), "unit", "there is no unit `u-9`"),
        (spec("b", 1, Purpose::Gate), "unit", "`u-1` flies"),
        (OrderSpec { radius_m: 4.9, ..spec("b", 1, Purpose::MoveUp) }, "radius_m", "give 5 to 2000 metres"),
        (OrderSpec { radius_m: f64::NAN, ..spec("b", 1, Purpose::MoveUp) }, "radius_m", "NaN"),
        (OrderSpec { place: name(""), ..spec("b", 1, Purpose::MoveUp) }, "place", "give 1 to 100 characters"),
        (OrderSpec { place: name(&"路".repeat(ORDER_PLACE_CHARS_MAX + 1)), ..spec("b", 1, Purpose::MoveUp) }, "place", "1 to 100"),
    ] {
        let rejection = story.issue(2, order).unwrap_err();
        assert!(rejection.field() == field && rejection.to_string().contains(words), "{rejection}");
    }
    let unknown = spec("z", 0, Purpose::MoveUp);
    assert_eq!(story.step(2, &unknown, OrderStep::Accepted), Err(Rejection::UnknownOrder(unknown.id.clone())));
    let of_another = OrderSpec { unit: unit(1), ..open };
    assert_eq!(story.step(2, &of_another, OrderStep::Accepted), Err(Rejection::UnknownOrder(of_another.id.clone())));
    assert_eq!(Rejection::from(OrderError::Flies(unit(1))).value(), None);
    assert!(story.engine.tick(T0).notices.is_empty());
    // At the limits.
    let name = name(&"路".repeat(ORDER_PLACE_CHARS_MAX));
    story.issue(3, OrderSpec { place: name, radius_m: 2_000.0, ..spec("b", 1, Purpose::MoveUp) }).unwrap();
}

#[test]
fn an_arrival_is_seen_in_fixes_and_proposed_until_it_is_so() {
    let mut story = Story::new(&["patrol_car", "foot"]);
    let order = spec("a", 0, Purpose::Gate);
    story.fix(0, 5, 10.0);
    story.issue(10, order.clone()).unwrap();
    let arrival = Command::StepOrder { unit: unit(0), id: order.id.clone(), step: OrderStep::Arrived };
    let proposals = |story: &mut Story| story.engine.proposals();
    assert_eq!(proposals(&mut story), [], "what was before the order shows nothing");
    story.fix(0, 9, 10.0);
    story.fix(1, 11, 10.0);
    assert_eq!(proposals(&mut story), [], "an old fix, and a unit that has no order");
    story.fix(0, 12, 60.5);
    assert_eq!(proposals(&mut story), []);
    story.fix(0, 13, 59.5);
    story.fix(0, 14, 10.0);
    assert_eq!(proposals(&mut story), std::slice::from_ref(&arrival), "once, though two fixes are there");
    assert_eq!(proposals(&mut story), []);
    // It came to nothing, and the unit drove on: it was there all the same.
    story.fix(0, 15, 500.0);
    story.engine.look_at_ages(T0.plus_ms(15_500));
    assert_eq!(proposals(&mut story), std::slice::from_ref(&arrival));
    assert_eq!(story.run(16, arrival).unwrap(), ["order_arrived", "status_set"]);
    story.fix(0, 17, 10.0);
    story.engine.look_at_ages(T0.plus_ms(17_500));
    assert_eq!(proposals(&mut story), [], "it is so");
    // An order that is over is not watched any more.
    story.step(18, &order, OrderStep::Ended(OrderEnd::Cancelled)).unwrap();
    let next = spec("b", 0, Purpose::MoveUp);
    story.issue(19, next.clone()).unwrap();
    story.step(19, &next, OrderStep::Ended(OrderEnd::Cancelled)).unwrap();
    story.fix(0, 20, 0.0);
    assert_eq!(proposals(&mut story), []);
}

#[test]
fn the_same_events_give_the_same_orders() {
    let mut story = Story::new(&["patrol_car", "motorcycle", "foot"]);
    let orders: Vec<_> = (0..3)
        .map(|n| OrderSpec { due: Some(T0), ..spec(&format!("o-{n}"), n, if n == 1 { Purpose::MoveUp } else { Purpose::Gate }) })
        .collect();
    for order in &orders {
        story.issue(1, order.clone()).unwrap();
    }
    story.step(2, &orders[0], OrderStep::Accepted).unwrap();
    story.step(3, &orders[1], OrderStep::Ended(OrderEnd::Done)).unwrap();
    let mut again = Engine::new(world());
    // As the journal keeps them.
    let events: Vec<(Timestamp, Event)> =
        story.events.iter().map(|(at, event)| (*at, serde_json::from_str(&serde_json::to_string(event).unwrap()).unwrap())).collect();
    again.apply(events.iter().map(|(at, event)| (*at, event))).unwrap();
    let all = |engine: &Engine| engine.world().seen_by(Sight::ALL).orders(None, true, None, 10).orders;
    assert_eq!(all(&again), all(&story.engine));
    assert_eq!(again.world().seen_by(Sight::ALL).orders(None, false, None, 10).orders.len(), 2);
    // What does not fit is told, not passed over.
    let lost = Event::OrderAccepted { id: "lost".parse().unwrap() };
    assert!(again.apply([(T0, &lost)]).unwrap_err().to_string().contains("there is no order `lost`"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_engine_saw_is_durable_too() {
    let state = tempfile::tempdir().unwrap();
    let start = || Bus::start(world(), Journal::open(state.path()).unwrap(), city(&["patrol_car"]), BusLimits::default()).unwrap();
    let (bus, _) = start();
    let order = spec("a", 0, Purpose::Gate);
    bus.command(Request::new(Command::IssueOrder { order: order.clone(), replace: false }, Actor::Machine)).await.unwrap();
    let mut ticks = bus.subscribe();
    let no = bus.world().unit(&unit(0)).unwrap().no;
    let fix = Fix { at: place(), time: bus.now(), speed_mps: None, heading_deg: None, accuracy_m: None };
    bus.submit(&[UnitFix { unit: no, device: DeviceKind::Radio, fix }]);
    let has_arrived = |notice: &Notice| matches!(notice, Notice::Order { order, .. } if order.state == OrderState::Arrived);
    while !ticks.recv().await.unwrap().notices.iter().any(has_arrived) {}
    let before = bus.world().order(&order.id).unwrap();
    bus.stop();
    drop(bus);
    let (bus, started) = start();
    assert_eq!(started.replayed, 5, "registered, issued, assigned, arrived, on scene");
    assert_eq!(bus.world().order(&order.id).unwrap(), before);
    assert_eq!(bus.world().unit(&unit(0)).unwrap().spec.status, Status::OnScene);
    bus.stop();
}

fn to() -> Value {
    json!({"lat": PLACE.0, "lon": PLACE.1})
}

fn give(server: &Server, orders: &Value) -> common::Answer {
    server.send_json("POST", "/v1/orders", &json!({"orders": orders}))
}

#[test]
fn orders_over_http() {
    let server = Server::start();
    for id in ["o-1", "o-2", "o-3"] {
        server.register(id, "patrol_car", "available");
    }
    // One bad item does not harm the others.
    let answer = give(
        &server,
        &json!([
            {"unit": "o-1", "purpose": "move_up", "to": to(), "place": {"zh": "南桥", "en": "South bridge"}, "due_s": 120},
            {"unit": "o-2", "purpose": "dance", "to": to()},
            {"unit": "nobody", "purpose": "gate", "to": to()},
            {"unit": "o-3", "purpose": "gate", "to": {"lat": 91, "lon": 0}},
            {"unit": "o-1", "purpose": "gate", "to": to()},
            {"unit": "o-3", "purpose": "gate", "to": to(), "radius_m": 100, "due_s": 0},
            {"unit": "o-2", "purpose": "gate", "to": to(), "radius_m": 100},
        ]),
    );
    assert_eq!(answer.status, 201, "{}", answer.json());
    let given = answer.json();
    let orders = given["orders"].as_array().unwrap();
    let refused: Vec<_> = given["refused"]
        .as_array()
        .unwrap()
        .iter()
        .map(|refused| (&refused["index"], &refused["problem"]["status"], &refused["problem"]["field"]))
        .collect();
    let refusal = |index: u64, status: u64, field: &str| (json!(index), json!(status), json!(field));
    let right =
        [refusal(1, 400, "body"), refusal(2, 404, "unit"), refusal(3, 400, "body"), refusal(4, 409, "unit"), refusal(5, 400, "due_s")];
    assert_eq!(refused.into_iter().map(|(a, b, c)| (a.clone(), b.clone(), c.clone())).collect::<Vec<_>>(), right, "{given}");
    let [one, two] = orders.as_slice() else { panic!("{given}") };
    assert_eq!(
        (&one["unit"], &one["callsign"], &one["purpose"], &one["state"]),
        (&json!("o-1"), &json!("o-1"), &json!("move_up"), &json!("issued"))
    );
    assert_eq!(
        (&one["to"], &one["place"]["en"], &one["radius_m"], &one["reason"]),
        (&to(), &json!("South bridge"), &json!(60.0), &Value::Null)
    );
    assert!(one["due_at"].is_string() && two["due_at"].is_null() && one["accepted_at"].is_null() && one["issued_at"].is_string());
    assert_eq!(server.ask("/v1/units/o-1")["status"], "available");
    assert_eq!(server.ask("/v1/units/o-2")["status"], "assigned");
    let open = given["refused"][3]["problem"]["detail"].as_str().unwrap();
    assert!(open.contains(one["id"].as_str().unwrap()), "{open}");

    let listed = server.ask("/v1/orders");
    assert_eq!((&listed["orders"], &listed["next"]), (&given["orders"], &Value::Null));
    assert!(listed["server_time"].is_string());
    let first = server.ask("/v1/orders?limit=1");
    assert_eq!((&first["orders"][0], &first["next"]), (one, &one["id"]));
    assert_eq!(server.ask(&format!("/v1/orders?limit=1&cursor={}", first["next"].as_str().unwrap()))["orders"], json!([two]));
    assert_eq!(server.ask("/v1/orders?unit=o-2")["orders"], json!([two]));
    assert_eq!(server.ask("/v1/orders?unit=o-3")["orders"], json!([]));
    let path = format!("/v1/orders/{}", two["id"].as_str().unwrap());
    assert_eq!(server.ask(&path), *two);

    let step = |body: Value| server.send_json("PATCH", &path, &body);
    assert_eq!(step(json!({"state": "accepted"})).json()["state"], "accepted");
    assert_eq!(step(json!({"state": "accepted"})).status, 200, "it is so already");
    assert_eq!(server.ask("/v1/units/o-2")["status"], "en_route");
    server.fix("o-2", PLACE.0 + 0.0005, PLACE.1);
    let arrived = wait(|| Some(server.ask(&path)).filter(|order| order["state"] == "arrived"));
    assert!(arrived["arrived_at"].is_string());
    assert_eq!(server.ask("/v1/units/o-2")["status"], "on_scene");
    assert_eq!(step(json!({"state": "accepted"})).problem(409, "conflict")["field"], "state");
    for (body, field) in [
        (json!({"state": "issued"}), "state"),
        (json!({"state": "ended"}), "reason"),
        (json!({"state": "ended", "reason": "replaced"}), "reason"),
        (json!({"state": "arrived", "reason": "done"}), "reason"),
    ] {
        assert_eq!(step(body).problem(422, "invalid")["field"], field);
    }
    step(json!({"state": "sleeping"})).problem(400, "bad-json");
    let ended = step(json!({"state": "ended", "reason": "done"})).json();
    assert_eq!((&ended["state"], &ended["reason"]), (&json!("ended"), &json!("done")));
    assert_eq!(server.ask("/v1/units/o-2")["status"], "available");
    assert_eq!(server.ask("/v1/orders")["orders"], json!([one]));
    assert_eq!(server.ask("/v1/orders?state=all")["orders"], json!([one, ended]));

    let replaced = give(&server, &json!([{"unit": "o-1", "purpose": "gate", "to": to(), "replace": true}]));
    assert_eq!(
        (replaced.status, server.ask(&format!("/v1/orders/{}", one["id"].as_str().unwrap()))["reason"].clone()),
        (201, json!("replaced"))
    );
    let all_refused = give(&server, &json!([{"unit": "o-1", "purpose": "gate", "to": to()}]));
    assert_eq!(
        (all_refused.status, &all_refused.json()["orders"], &all_refused.json()["refused"][0]["index"]),
        (200, &json!([]), &json!(0))
    );

    for (target, field) in [("state=none", "state"), ("limit=0", "limit"), ("unit=a%20b", "unit"), ("cursor=%20", "cursor")] {
        let answer = server.get(&format!("/v1/orders?{target}"));
        assert_eq!((answer.status, &answer.json()["field"]), (400, &json!(field)), "{target}");
    }
    assert_eq!(server.get("/v1/orders?unit=nobody").problem(404, "not-found")["field"], "unit");
    server.get("/v1/orders/nothing").problem(404, "not-found");
    server.send_json("PATCH", "/v1/orders/nothing", &json!({"state": "accepted"})).problem(404, "not-found");
    for (method, target) in [("POST", "/v1/orders"), ("PATCH", "/v1/orders/nothing")] {
        server.send(method, target, &[("Origin", "http://evil.example")], b"").problem(403, "foreign-origin");
    }

    // The others are there after a kill.
    let before = server.ask("/v1/orders?state=all")["orders"].clone();
    let server = Server::start_with(server.kill(), "");
    assert_eq!(server.ask("/v1/orders?state=all")["orders"], before);
}

#[test]
fn an_ask_has_limits() {
    let server = Server::start();
    let ask = |count: usize| {
        let order = |n: usize| json!({"unit": format!("n-{n}"), "purpose": "gate", "to": to(), "due_s": DUE_S_MAX});
        give(&server, &Value::from((0..count).map(order).collect::<Vec<_>>()))
    };
    assert_eq!(ask(0).problem(400, "out-of-range")["field"], "orders");
    assert_eq!(ask(ORDERS_AN_ASK_MAX + 1).problem(400, "out-of-range")["field"], "orders");
    let most = ask(ORDERS_AN_ASK_MAX).json();
    let refused = most["refused"].as_array().unwrap();
    assert!(refused.len() == ORDERS_AN_ASK_MAX && refused.iter().all(|refused| refused["problem"]["status"] == 404), "{}", refused[0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_stream_tells_of_orders_and_closures() {
    let server = Server::start();
    server.register("w-1", "patrol_car", "available");
    for format in ["binary", "json"] {
        let (mut wall, _) = connect_async(format!("ws://{}/v1/stream?format={format}", server.http)).await.unwrap();
        // Orders are told whatever is in view.
        let view = json!({"type": "subscribe", "bbox": [0, 0, 1, 1], "kinds": ["drone"], "layers": []});
        wall.send(Message::text(view.to_string())).await.unwrap();
        let mut hear = async |kind: &str| loop {
            let message = tokio::time::timeout(PATIENCE, wall.next()).await.unwrap().unwrap().unwrap();
            if let Message::Text(text) = message {
                let text: Value = serde_json::from_str(&text).unwrap();
                if text["type"] == kind {
                    return text;
                }
            } else if kind == "snapshot" {
                return Value::Null;
            }
        };
        hear("snapshot").await;
        let order = tokio::task::block_in_place(|| give(&server, &json!([{"unit": "w-1", "purpose": "gate", "to": to()}])).json());
        let order = &order["orders"][0];
        let told = hear("events").await;
        let event = |state: &Value| json!([{"type": "order", "at": state["issued_at"], "order": state}]);
        assert_eq!(told["events"], event(order), "the unit itself is not in view");
        let id = order["id"].as_str().unwrap();
        let end = json!({"state": "ended", "reason": "cancelled"});
        let ended = tokio::task::block_in_place(|| server.send_json("PATCH", &format!("/v1/orders/{id}"), &end).json());
        let told = hear("events").await;
        assert_eq!((&told["events"][0]["order"], &told["events"][0]["at"]), (&ended, &ended["ended_at"]));

        let closure = json!({"id": "jam", "where": {"type": "Edges", "edges": [1]}, "reason": "works"});
        tokio::task::block_in_place(|| server.send_json("POST", "/v1/roads/closures", &closure));
        assert!(hear("closures").await["at"].is_string());
        tokio::task::block_in_place(|| server.send("DELETE", "/v1/roads/closures/jam", &[], b""));
        hear("closures").await;
    }
}
