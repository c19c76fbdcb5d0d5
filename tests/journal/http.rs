//! Keys and conditions over HTTP.

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::common::{Answer, Server, data, quietly, wait};

fn send(server: &Server, (method, path): (&str, &str), headers: &[(&str, &str)], body: &Value) -> Answer {
    let headers: Vec<_> = [("Content-Type", "application/json")].into_iter().chain(headers.iter().copied()).collect();
    server.send(method, path, &headers, body.to_string().as_bytes())
}

fn tag(answer: &Answer) -> String {
    answer.header("etag").unwrap_or_else(|| panic!("no ETag: {answer:?}")).to_owned()
}

fn circle(radius_m: u32) -> Value {
    json!({"layer": "beats", "name": {"zh": "界", "en": "fence"}, "shape": {"type": "Circle", "center": [108.3, 22.8], "radius_m": radius_m}})
}

#[test]
fn the_same_request_under_a_key_is_done_once_also_after_a_crash() {
    let state = TempDir::new().unwrap();
    let mut server = Server::launch(&data(), state.path(), quietly).unwrap();
    let unit = json!({"callsign": "K", "kind": "foot", "org": server.top()});
    let order = json!({"orders": [{"unit": "keyed", "purpose": "move_up", "to": {"lat": 22.8, "lon": 108.3}}, {"unit": "nobody", "purpose": "move_up", "to": {"lat": 22.8, "lon": 108.3}}]});
    let closure = json!({"where": {"type": "Edges", "edges": [1, 2]}, "reason": "fair"});
    let asked = [
        (("PUT", "/v1/units/keyed"), unit, 201),
        (("POST", "/v1/orders"), order, 201),
        (("POST", "/v1/roads/closures"), closure, 201),
        (("PUT", "/v1/zones/keyed"), circle(100), 201),
        (("PATCH", "/v1/units/keyed"), json!({"crew": 3}), 200),
        // All is so already.
        (("PATCH", "/v1/units/keyed"), json!({"crew": 3}), 200),
    ];
    let ask = |server: &Server, n: usize| {
        let (route, body, status) = &asked[n];
        let answer = send(server, *route, &[("Idempotency-Key", &format!("key-{n}"))], body);
        assert_eq!(answer.status, *status, "{route:?} {}", answer.json());
        answer
    };
    let first: Vec<Value> = (0..asked.len()).map(|n| ask(&server, n).json()).collect();
    let rows = |state: &TempDir| {
        let mut bytes = Vec::new();
        citygate::journal::export(state.path(), 1, &mut bytes).unwrap().unwrap();
        bytes.iter().filter(|byte| **byte == b'\n').count()
    };
    let before = rows(&state);
    let same = |server: &Server| {
        // The unit's order and crew came after its registration: the thing is shown as it is now.
        let again: Vec<Value> = (0..asked.len()).map(|n| ask(server, n).json()).collect();
        assert_eq!(again[1]["orders"][0]["id"], first[1]["orders"][0]["id"]);
        assert_eq!(again[1]["refused"][0]["index"], 1, "what was refused is decided anew");
        assert_eq!(again[2]["id"], first[2]["id"], "no second closure");
        assert_eq!((&again[3], &again[4]["crew"]), (&first[3], &first[4]["crew"]));
        assert_eq!(rows(&state), before, "nothing was done");
    };
    same(&server);
    server.kill_now();
    server.ended();
    let server = Server::launch(&data(), state.path(), quietly).unwrap();
    same(&server);
    // Another wish under a key that was used.
    for (route, body) in [
        (("PATCH", "/v1/units/keyed"), json!({"crew": 4})),
        (("DELETE", "/v1/zones/keyed"), Value::Null),
        (("POST", "/v1/orders"), json!({"orders": []})),
    ] {
        for key in ["key-4", "key-1"] {
            let answer = send(&server, route, &[("Idempotency-Key", key)], &body);
            if route.1 == "/v1/orders" && answer.status == 400 {
                continue;
            }
            let problem = answer.problem(422, "key-used");
            assert_eq!((&problem["field"], &problem["value"]), (&"Idempotency-Key".into(), &key.into()));
        }
    }
    // Somebody else changed it since: the key still says that it was done.
    assert_eq!(send(&server, ("PATCH", "/v1/units/keyed"), &[], &json!({"crew": 9})).status, 200);
    for n in [4, 5] {
        assert_eq!(ask(&server, n).json()["crew"], 9, "what was done is not done again");
    }
    for wrong in ["", "a b", &"x".repeat(65)] {
        let answer = send(&server, ("PATCH", "/v1/units/keyed"), &[("Idempotency-Key", wrong)], &json!({"crew": 1}));
        assert_eq!(answer.problem(400, "bad-value")["field"], "Idempotency-Key");
    }
}

#[test]
fn a_change_is_decided_by_what_the_editor_saw() {
    let state = TempDir::new().unwrap();
    let server = Server::launch(&data(), state.path(), quietly).unwrap();
    let path = "/v1/units/C-001";
    let seen = tag(&server.get(path));
    let patch = |condition: (&str, &str), crew: u32| send(&server, ("PATCH", path), &[condition], &json!({"crew": crew}));
    let mine = patch(("If-Match", &seen), 11);
    assert_eq!(mine.status, 200, "{}", mine.json());
    assert_ne!(tag(&mine), seen);
    assert_eq!(tag(&mine), tag(&server.get(path)));
    // Who read it before is told what it is now.
    let problem = patch(("If-Match", &seen), 12).problem(412, "unexpected");
    assert!(problem["expected"].as_str().unwrap().contains(&tag(&mine)), "{problem}");
    assert_eq!(server.ask(path)["crew"], 11);
    patch(("If-None-Match", "*"), 12).problem(412, "unexpected");
    patch(("If-Match", "\"no\""), 12).problem(412, "unexpected");
    patch(("If-Match", "11"), 12).problem(400, "bad-value");
    assert_eq!(patch(("If-Match", "*"), 13).status, 200);
    // An order makes the unit change; its own tag counts for itself.
    let order = json!({"orders": [{"unit": "C-001", "purpose": "gate", "to": {"lat": 22.8, "lon": 108.3}, "replace": true}]});
    let given = send(&server, ("POST", "/v1/orders"), &[], &order).json();
    let order = format!("/v1/orders/{}", given["orders"][0]["id"].as_str().unwrap());
    let issued = tag(&server.get(&order));
    let step = |tag: &str| send(&server, ("PATCH", &order), &[("If-Match", tag)], &json!({"state": "accepted"}));
    assert_eq!(step(&issued).status, 200);
    step(&issued).problem(412, "unexpected");
}

#[test]
fn zones_closures_and_plans_are_made_once_and_changed_by_what_was_seen() {
    let state = TempDir::new().unwrap();
    let server = Server::launch(&data(), state.path(), quietly).unwrap();
    let plan = json!({"name": {"zh": "甲", "en": "A"}, "gates": [{"at": {"lat": 22.82, "lon": 108.35}}]});
    let junction = server.ask("/v1/roads/at?lat=22.82&lon=108.35&max_m=5000");
    let plan = if junction["off_m"].as_f64().unwrap() < 100.0 {
        plan
    } else {
        json!({"name": {"zh": "甲", "en": "A"}, "gates": [{"at": {"lat": junction["lat"], "lon": junction["lon"]}}]})
    };
    for (path, first, second) in [
        ("/v1/zones/new", circle(50), circle(60)),
        ("/v1/gate-plans/new", plan.clone(), {
            let mut other = plan;
            other["name"]["en"] = "B".into();
            other
        }),
    ] {
        let put = |condition: (&str, &str), body: &Value| send(&server, ("PUT", path), &[condition], body);
        let made = put(("If-None-Match", "*"), &first);
        assert_eq!(made.status, 201, "{}", made.json());
        put(("If-None-Match", "*"), &second).problem(412, "unexpected");
        put(("If-Match", "\"0\""), &second).problem(412, "unexpected");
        let changed = put(("If-Match", &tag(&made)), &second);
        assert_eq!(changed.status, 200, "{}", changed.json());
        let remove = |tag: &str| server.send("DELETE", path, &[("If-Match", tag)], b"");
        remove(&tag(&made)).problem(412, "unexpected");
        assert_eq!(remove(&tag(&changed)).status, 204);
        put(("If-Match", "*"), &first).problem(412, "unexpected");
        assert_eq!(put(("If-None-Match", "*"), &first).status, 201, "it was removed: it may be made again");
    }
    // A zone of the city's files that nobody changed.
    let zones = server.ask("/v1/zones?layer=districts");
    let path = format!("/v1/zones/{}", zones["zones"][0]["id"].as_str().unwrap());
    assert_eq!(tag(&server.get(&path)), "\"0\"");
    assert_eq!(server.send("DELETE", &path, &[("If-Match", "\"0\"")], b"").status, 204);
    let closure = |reason: &str, condition: &[(&str, &str)]| {
        send(
            &server,
            ("POST", "/v1/roads/closures"),
            condition,
            &json!({"id": "mine", "where": {"type": "Edges", "edges": [3]}, "reason": reason}),
        )
    };
    let made = closure("one", &[("If-None-Match", "*")]);
    assert_eq!(made.status, 201);
    closure("two", &[("If-None-Match", "*")]).problem(412, "unexpected");
    assert_eq!(closure("two", &[("If-Match", &tag(&made))]).status, 200);
}

#[test]
fn of_many_who_decide_by_the_same_one_is_first() {
    let state = TempDir::new().unwrap();
    let server = Server::launch(&data(), state.path(), quietly).unwrap();
    for _ in 0..5 {
        let seen = tag(&server.get("/v1/units/C-002"));
        let statuses: Vec<u16> = std::thread::scope(|scope| {
            let edit = |crew: u32| {
                let (server, seen) = (&server, &seen);
                scope.spawn(move || send(server, ("PATCH", "/v1/units/C-002"), &[("If-Match", seen)], &json!({"crew": crew})).status)
            };
            let crew = server.ask("/v1/units/C-002")["crew"].as_u64().unwrap() as u32;
            let editors: Vec<_> = (1..=8).map(|n| edit((crew + n) % 900)).collect();
            editors.into_iter().map(|editor| editor.join().unwrap()).collect()
        });
        assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
        assert_eq!(statuses.iter().filter(|status| **status == 412).count(), 7, "{statuses:?}");
    }
}

#[test]
fn a_cordon_is_ordered_once_under_a_key() {
    let state = TempDir::new().unwrap();
    let server = Server::launch(&data(), state.path(), quietly).unwrap();
    let at = server.ask("/v1/roads/at?lat=22.82&lon=108.35&max_m=5000");
    for n in 0..3 {
        let id = format!("guard-{n}");
        server.register(&id, "patrol_car", "available");
        server.fix(&id, at["lat"].as_f64().unwrap(), at["lon"].as_f64().unwrap());
    }
    let gates = server.ask("/v1/gate-plans");
    assert_eq!(gates["plans"][0]["id"], "city-gates");
    let plan = json!({"name": {"zh": "甲", "en": "A"}, "gates": [{"at": {"lat": at["lat"], "lon": at["lon"]}}]});
    let put = send(&server, ("PUT", "/v1/gate-plans/one"), &[], &plan);
    assert_eq!(put.status, 201, "{}", put.json());
    let run = || send(&server, ("POST", "/v1/gate-plans/one/run"), &[("Idempotency-Key", "run-1")], &json!({"set_up_s": 0}));
    let first = wait(|| Some(run()).filter(|answer| answer.status == 201));
    let again = run();
    assert_eq!((again.status, &again.json()["id"]), (201, &first.json()["id"]), "one cordon, though its units are busy now");
    assert_eq!(tag(&again), tag(&first));
    assert_eq!(server.ask("/v1/cordons")["cordons"].as_array().unwrap().len(), 1);
    let path = format!("/v1/cordons/{}", first.json()["id"].as_str().unwrap());
    let end = |tag: &str| send(&server, ("PATCH", &path), &[("If-Match", tag)], &json!({"state": "ended"}));
    end("\"1\"").problem(412, "unexpected");
    assert_eq!(end(&tag(&server.get(&path))).status, 200);
}
