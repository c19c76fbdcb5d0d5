//! Rooms of walls: who may direct, who is told, what a wall finds that comes late.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what fails here fails the test")]

mod common;

use std::collections::VecDeque;

use common::{Answer, PATIENCE, Server};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, client::IntoClientRequest},
};

const HALL: &str = "/v1/rooms/hall";

/// A server where people sign in, and the cookie of its administrator.
struct Site {
    server: Server,
    cookie: String,
}

impl Site {
    fn start() -> Self {
        let server = Server::start_closed(TempDir::new().unwrap(), "");
        let chief = json!({"code": server.set_up_code, "user": "chief", "name": "局长", "password": "a heron by the river"});
        let made = server.send_json("POST", "/v1/session/code", &chief);
        let cookie = made.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
        Self { server, cookie }
    }

    fn chief(&self, method: &str, target: &str, body: &Value) -> Answer {
        let headers = [("Content-Type", "application/json"), ("Cookie", &*self.cookie), ("X-Citygate", "1")];
        self.server.send(method, target, &headers, body.to_string().as_bytes())
    }

    /// The header of a token for a role, of the whole city or of an organisation.
    fn token(&self, role: &str, org: Option<&str>) -> String {
        let given = self.chief("POST", "/v1/programs/wall/tokens", &json!({"role": role, "days": 1, "org": org}));
        format!("Bearer {}", given.json()["token"].as_str().unwrap_or_else(|| panic!("{}", given.json())))
    }

    fn with(&self, token: &str, method: &str, target: &str, body: &Value) -> Answer {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.server.send(method, target, &[("Authorization", token), ("Content-Type", "application/json")], body.as_bytes())
    }

    /// A wall of a room, live.
    async fn wall(&self, token: &str, room: Option<&str>, format: &str) -> Wall {
        let mut request = format!("ws://{}/v1/stream?format={format}", self.server.http).into_client_request().unwrap();
        request.headers_mut().insert("authorization", token.parse().unwrap());
        let mut wall = Wall(connect_async(request).await.unwrap().0, VecDeque::new());
        wall.0.send(Message::text(json!({"type": "subscribe", "room": room}).to_string())).await.unwrap();
        // What comes after a first picture, it is told.
        while !wall.next().await.is_some_and(|text| text.is_null() || text["type"] == "snapshot") {}
        wall
    }
}

/// With what it was told of rooms and nobody asked for yet: one message may tell of several changes.
struct Wall(WebSocketStream<MaybeTlsStream<TcpStream>>, VecDeque<Value>);

impl Wall {
    /// The next message; nothing of a frame.
    async fn next(&mut self) -> Option<Value> {
        match tokio::time::timeout(PATIENCE, self.0.next()).await.unwrap()?.unwrap() {
            Message::Text(text) => Some(serde_json::from_str(&text).unwrap()),
            Message::Binary(_) => Some(Value::Null),
            _ => Some(json!({})),
        }
    }

    /// The next room that it is told of.
    async fn told(&mut self) -> Value {
        loop {
            if let Some(room) = self.1.pop_front() {
                return room;
            }
            let message = self.next().await.unwrap();
            let events = message["events"].as_array().into_iter().flatten();
            self.1.extend(events.filter(|event| event["type"] == "room").map(|event| event["room"].clone()));
        }
    }
}

fn view(wall: &str, view: &str) -> Value {
    json!({"wall": wall, "view": view})
}

#[tokio::test(flavor = "multi_thread")]
async fn walls_of_a_room_are_told_and_no_others() {
    let site = Site::start();
    let (viewer, city) = (site.token("viewer", None), site.token("dispatcher", None));
    let gulou = site.token("dispatcher", Some("gulou"));
    let mut walls = [
        site.wall(&viewer, Some("hall"), "json").await,
        site.wall(&viewer, Some("hall"), "binary").await,
        site.wall(&viewer, Some("other"), "json").await,
        site.wall(&viewer, None, "json").await,
        site.wall(&gulou, Some("hall"), "json").await,
    ];
    // The room of the same name of another organisation, another room, then this one twice.
    for (token, room, shown) in [(&city, "hall", "z=11"), (&city, "other", "z=12"), (&gulou, "hall", "z=13"), (&city, "hall", "z=14")] {
        let set = site.with(token, "PUT", &format!("/v1/rooms/{room}"), &view("w-1", shown));
        assert_eq!(set.status, 204, "{}", String::from_utf8_lossy(&set.body));
    }
    let mut seen = Vec::new();
    for wall in &mut walls[..2] {
        seen.push([wall.told().await, wall.told().await].map(|room| room["view"].as_str().unwrap().to_owned()));
    }
    assert_eq!(seen, [["z=11", "z=14"], ["z=11", "z=14"]]);
    assert_eq!((walls[2].told().await["view"].as_str(), walls[4].told().await["view"].as_str()), (Some("z=12"), Some("z=13")));
    // Whoever is in none hears of none: a unit that is registered after all that is the first thing that it is told.
    let unit = json!({"callsign": "N1", "kind": "foot", "org": "gulou", "status": "available", "devices": []});
    assert_eq!(site.chief("PUT", "/v1/units/n-1", &unit).status, 201);
    loop {
        let message = walls[3].next().await.unwrap();
        assert!(message["type"] != "events" || !message.to_string().contains("\"room\""), "{message}");
        if message["type"] == "roster" {
            break;
        }
    }

    // One that comes late finds what is shown, as its own organisation has it.
    let late = site.with(&viewer, "GET", HALL, &Value::Null).json();
    assert_eq!((&late["view"], &late["wall"], &late["by"]), (&json!("z=14"), &json!("w-1"), &json!("program:wall")));
    assert_eq!(site.with(&gulou, "GET", HALL, &Value::Null).json()["view"], "z=13");
    let empty = site.with(&viewer, "GET", "/v1/rooms/nobody-was-here", &Value::Null).json();
    assert_eq!((&empty["view"], &empty["wall"]), (&Value::Null, &Value::Null));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_directs_at_a_time_and_the_other_is_told() {
    let site = Site::start();
    let viewer = site.token("viewer", None);
    let mut wall = site.wall(&viewer, Some("hall"), "json").await;
    assert_eq!(site.chief("PUT", HALL, &view("a", "z=11")).status, 204);
    assert_eq!(wall.told().await["by"], "局长");
    let taken = site.chief("PUT", HALL, &view("b", "z=12")).problem(409, "conflict");
    assert_eq!((&taken["field"], &taken["value"]), (&json!("take"), &json!("局长")));
    assert_eq!(site.chief("PUT", HALL, &json!({"wall": "b", "view": "z=12", "take": true})).status, 204);
    let told = wall.told().await;
    assert_eq!((&told["wall"], &told["view"]), (&json!("b"), &json!("z=12")));
    site.chief("PUT", HALL, &view("a", "z=13")).problem(409, "conflict");
    // The one who lost it ends nothing; the one who has it does, and what was shown stays.
    assert_eq!(site.chief("DELETE", &format!("{HALL}?wall=a"), &Value::Null).status, 204);
    assert_eq!(site.chief("DELETE", &format!("{HALL}?wall=b"), &Value::Null).status, 204);
    let told = wall.told().await;
    assert_eq!((&told["wall"], &told["by"], &told["view"]), (&Value::Null, &Value::Null, &json!("z=12")));
    assert_eq!(site.chief("PUT", HALL, &view("a", "z=13")).status, 204);
}

#[test]
fn who_may_not_direct_does_not_and_bad_views_are_refused() {
    let site = Site::start();
    for (role, direct, see) in [("viewer", 403, 200), ("dispatcher", 204, 200), ("commander", 204, 200), ("gateway", 403, 403)] {
        let token = site.token(role, None);
        assert_eq!(site.with(&token, "PUT", HALL, &view("w-1", "z=12")).status, direct, "{role}");
        assert_eq!(site.with(&token, "DELETE", &format!("{HALL}?wall=none"), &Value::Null).status, direct, "{role}");
        assert_eq!(site.with(&token, "GET", HALL, &Value::Null).status, see, "{role}");
    }
    let put = |room: &str, body: &Value| site.chief("PUT", &format!("/v1/rooms/{room}"), body);
    assert_eq!(put("hall", &view("w-1", &"x".repeat(1_000))).status, 204);
    assert_eq!(put("hall", &view("w-1", &"x".repeat(1_001))).problem(400, "out-of-range")["field"], "view");
    assert_eq!(put("hall", &view("w-1", "z=1\n2")).problem(400, "out-of-range")["field"], "view");
    assert!(put(&"x".repeat(33), &view("w-1", "z=1")).problem(400, "bad-value")["detail"].as_str().unwrap().contains("1 to 32"));
    put("hall", &view("w 1", "z=1")).problem(400, "bad-json");
    put("hall", &json!({"wall": "w-1", "view": "z=1", "theme": "dark"})).problem(400, "bad-json");
    assert_eq!(site.chief("DELETE", HALL, &Value::Null).problem(400, "missing-parameter")["field"], "wall");
}
