//! The stream to walls and the socket of reporters, on the binary that ships.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what fails here fails the test")]

mod common;

use std::{net::SocketAddr, time::Duration};

use citygate::frames::{FrameKind, Record, UNKNOWN, decode};
use common::{FAST_UNITS, PATIENCE, Server, now, wait};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, client::IntoClientRequest, http::HeaderValue},
};

const PLACE: (f64, f64) = (22.85, 108.4);

/// A wall.
struct Wall(WebSocketStream<MaybeTlsStream<TcpStream>>);

/// A unit as a frame says it.
#[derive(Debug, Clone, PartialEq)]
struct Marker {
    no: u32,
    lat: f64,
    lon: f64,
    /// Below zero where nothing is said of where it is.
    age_ms: i64,
    speed: u8,
    heading: u8,
    status: u8,
    contact: u8,
    alarm: bool,
}

#[derive(Debug)]
struct Shown {
    is_snapshot: bool,
    seq: u64,
    ticks: u64,
    at_ms: i64,
    records: Vec<Marker>,
    left: Vec<u32>,
}

fn frame(bytes: &[u8]) -> Shown {
    let frame = decode(bytes).unwrap();
    let record = |record: &Record| {
        let Record { no, status, contact, alarm, spot } = *record;
        let (lat, lon) = spot.map_or((0.0, 0.0), |spot| (f64::from(spot.at.lat) / 1e6, f64::from(spot.at.lng) / 1e6));
        let (speed, heading) = spot.map_or((UNKNOWN, UNKNOWN), |spot| (spot.speed, spot.heading));
        Marker { no, lat, lon, age_ms: spot.map_or(-1, |spot| i64::from(spot.age) * 10), speed, heading, status, contact, alarm }
    };
    Shown {
        is_snapshot: frame.kind == FrameKind::Units,
        seq: frame.seq,
        ticks: u64::from(frame.ticks),
        at_ms: frame.at_ms,
        records: frame.records().map(record).collect(),
        left: frame.left(),
    }
}

impl Wall {
    /// Connects and hears hello.
    async fn open(http: SocketAddr, query: &str) -> Self {
        Self::greeted(http, query).await.0
    }

    async fn greeted(http: SocketAddr, query: &str) -> (Self, Value) {
        let (socket, _) = connect_async(format!("ws://{http}/v1/stream{query}")).await.unwrap();
        let mut wall = Self(socket);
        let hello = wall.text().await;
        assert_eq!(
            (&hello["type"], &hello["version"], &hello["tick_ms"], &hello["window_ms"]),
            (&json!("hello"), &json!(citygate::frames::VERSION), &json!(100), &json!(60_000))
        );
        (wall, hello)
    }

    async fn send(&mut self, message: &Value) {
        self.0.send(Message::text(message.to_string())).await.unwrap();
    }

    async fn next(&mut self) -> Message {
        tokio::time::timeout(PATIENCE, self.0.next()).await.unwrap().unwrap().unwrap()
    }

    /// The next text message; binary ones are passed over.
    async fn text(&mut self) -> Value {
        loop {
            if let Message::Text(text) = self.next().await {
                return serde_json::from_str(&text).unwrap();
            }
        }
    }

    /// The next text message of a type.
    async fn text_of(&mut self, kind: &str) -> Value {
        loop {
            let text = self.text().await;
            if text["type"] == kind {
                return text;
            }
        }
    }

    /// The next snapshot or delta; text messages are passed over.
    async fn frame(&mut self) -> Shown {
        loop {
            if let Message::Binary(bytes) = self.next().await {
                return frame(&bytes);
            }
        }
    }

    /// Subscribes; gives the roster by id and the snapshot.
    async fn subscribe(&mut self, view: Value) -> (std::collections::HashMap<String, u64>, Shown) {
        self.send(&view).await;
        let mut roster = std::collections::HashMap::new();
        loop {
            match self.next().await {
                Message::Text(text) => {
                    let text: Value = serde_json::from_str(&text).unwrap();
                    if text["type"] == "roster" {
                        for unit in text["units"].as_array().unwrap() {
                            roster.insert(unit["id"].as_str().unwrap().to_owned(), unit["no"].as_u64().unwrap());
                        }
                    }
                }
                Message::Binary(bytes) if frame(&bytes).is_snapshot => return (roster, frame(&bytes)),
                _ => {}
            }
        }
    }

    /// The first record of a unit in the deltas to come.
    async fn record_of(&mut self, no: u64) -> Marker {
        loop {
            let frame = self.frame().await;
            if let Some(record) = frame.records.iter().find(|record| u64::from(record.no) == no) {
                return record.clone();
            }
        }
    }
}

fn all() -> Value {
    json!({"type": "subscribe", "bbox": null, "kinds": null, "layers": null})
}

fn around(kinds: &Value) -> Value {
    json!({"type": "subscribe", "bbox": [108.39, 22.84, 108.41, 22.86], "kinds": kinds, "layers": []})
}

/// Blocking calls of the helper beside an asynchronous wall.
async fn beside<T>(work: impl FnOnce() -> T) -> T {
    tokio::task::block_in_place(work)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_then_a_delta_every_tick() {
    let server = Server::start();
    server.register("s-1", "foot", "available");
    let mut wall = Wall::open(server.http, "").await;
    let (roster, snapshot) = wall.subscribe(all()).await;
    assert_eq!((roster.len(), snapshot.records.len()), (3_501, 3_501));
    let no = roster["s-1"];
    let mine = snapshot.records.iter().find(|record| u64::from(record.no) == no).unwrap();
    assert_eq!((mine.age_ms, mine.contact, mine.status), (-1, 3, 1));
    let mut last = snapshot.seq;
    for _ in 0..5 {
        let delta = wall.frame().await;
        assert_eq!((delta.is_snapshot, delta.seq, delta.records.len()), (false, last + delta.ticks, 0), "an empty delta is the heartbeat");
        last = delta.seq;
        assert!(delta.at_ms > snapshot.at_ms);
    }
    beside(|| server.fix("s-1", PLACE.0, PLACE.1)).await;
    let record = wall.record_of(no).await;
    assert_eq!((record.lat, record.lon, record.speed, record.heading), (22.85, 108.4, 3, 64));
    assert_eq!((record.contact, record.alarm), (0, false));
    assert!((0..10_000).contains(&record.age_ms), "{record:?}");
    beside(|| server.send_json("PATCH", "/v1/units/s-1", &json!({"status": "en_route", "alarm": true}))).await;
    let record = wall.record_of(no).await;
    assert_eq!((record.status, record.alarm, record.age_ms), (3, true, -1), "where it is was said");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_in_json() {
    let server = Server::start_with(TempDir::new().unwrap(), FAST_UNITS);
    server.register("j-1", "drone", "available");
    let mut wall = Wall::open(server.http, "?format=json").await;
    wall.send(&around(&json!(["drone"]))).await;
    let snapshot = wall.text_of("snapshot").await;
    assert_eq!(snapshot["units"], json!([]), "who never had a fix is in no box");
    let delta = wall.text_of("delta").await;
    assert_eq!(
        (delta["seq"].as_u64().unwrap(), &delta["units"], &delta["gone"]),
        (snapshot["seq"].as_u64().unwrap() + 1, &json!([]), &json!([]))
    );
    beside(|| server.fix("j-1", PLACE.0, PLACE.1)).await;
    let moved = loop {
        let delta = wall.text_of("delta").await;
        if let Some(unit) = delta["units"].get(0) {
            break unit.clone();
        }
    };
    assert_eq!(
        (&moved["id"], &moved["lat"], &moved["heading_deg"], &moved["contact"]),
        (&json!("j-1"), &json!(PLACE.0), &json!(90.25), &json!("live"))
    );
    beside(|| server.fix("j-1", PLACE.0 + 0.06, PLACE.1)).await;
    loop {
        let delta = wall.text_of("delta").await;
        if delta["gone"] == json!(["j-1"]) {
            break;
        }
        assert_eq!(delta["gone"], json!([]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_view_is_a_box_and_kinds_and_what_leaves_it_is_gone() {
    let server = Server::start_with(TempDir::new().unwrap(), FAST_UNITS);
    for (id, kind, lat) in [("v-foot", "foot", PLACE.0), ("v-drone", "drone", PLACE.0), ("v-away", "foot", PLACE.0 + 0.06)] {
        server.register(id, kind, "available");
        server.fix(id, lat, PLACE.1);
    }
    let mut wall = Wall::open(server.http, "").await;
    let (roster, snapshot) = wall.subscribe(around(&json!(["foot"]))).await;
    let seen: Vec<u64> = snapshot.records.iter().map(|record| u64::from(record.no)).collect();
    assert_eq!(seen, [roster["v-foot"]]);
    beside(|| server.fix("v-drone", PLACE.0 + 0.001, PLACE.1)).await;
    beside(|| server.fix("v-foot", PLACE.0 + 0.06, PLACE.1)).await;
    loop {
        let delta = wall.frame().await;
        assert_eq!(delta.records, [], "where it went is not said, and nothing of others");
        if delta.left == [roster["v-foot"] as u32] {
            break;
        }
    }
    beside(|| server.fix("v-foot", PLACE.0 + 0.061, PLACE.1)).await;
    beside(|| server.fix("v-away", PLACE.0 + 0.0597, PLACE.1)).await;
    beside(|| server.fix("v-foot", PLACE.0, PLACE.1)).await;
    let mut records = Vec::new();
    while records.is_empty() {
        records = wall.frame().await.records;
    }
    assert_eq!(records.iter().map(|record| u64::from(record.no)).collect::<Vec<_>>(), [roster["v-foot"]], "nothing else was sent");
    let (again, snapshot) = wall.subscribe(all()).await;
    assert_eq!((again.len(), snapshot.records.len()), (0, 3_503), "a new view replaces the old one; the roster is known");
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_told_to_walls_that_see_them() {
    let server = Server::start_with(TempDir::new().unwrap(), FAST_UNITS);
    server.register("e-1", "foot", "available");
    server.fix("e-1", PLACE.0, PLACE.1);
    let mut wall = Wall::open(server.http, "").await;
    let mut only_drones = Wall::open(server.http, "").await;
    wall.subscribe(json!({"type": "subscribe", "bbox": [108.3, 22.8, 108.5, 22.9], "layers": ["beats"]})).await;
    only_drones.subscribe(json!({"type": "subscribe", "kinds": ["drone"]})).await;
    let _answer = beside(|| server.send_json("PATCH", "/v1/units/e-1", &json!({"status": "assigned"}))).await;
    let event = wall.text_of("events").await["events"][0].clone();
    assert_eq!(
        (&event["type"], &event["unit"], &event["status"], &event["alarm"]),
        (&json!("status"), &json!("e-1"), &json!("assigned"), &json!(false))
    );

    let zone = json!({"layer": "beats", "name": {"zh": "测", "en": "T"}, "shape": {"type": "Circle", "center": [PLACE.1, PLACE.0 + 0.005], "radius_m": 60}});
    beside(|| server.send_json("PUT", "/v1/zones/e-zone", &zone)).await;
    assert_eq!(wall.text_of("zones").await["layer"], "beats");
    beside(|| server.fix("e-1", PLACE.0 + 0.005, PLACE.1)).await;
    let (mut entered, mut layers) = (false, Vec::new());
    while !entered {
        for event in wall.text_of("events").await["events"].as_array().unwrap() {
            layers.push(event["layer"].clone());
            entered |= event["zone"] == "e-zone" && event["action"] == "enter" && event["at"].is_string();
        }
    }
    assert!(layers.iter().all(|layer| layer == "beats"), "{layers:?}");
    // A later change of a drone is the first event that this wall is told of.
    let drones = beside(|| server.ask("/v1/units?kind=drone&limit=1")).await;
    let drone = drones["features"][0]["id"].as_str().unwrap();
    for status in ["busy", "assigned"] {
        let answer = beside(|| server.send_json("PATCH", &format!("/v1/units/{drone}"), &json!({"status": status}))).await;
        assert_eq!(answer.status, 200);
    }
    assert_eq!(only_drones.text_of("events").await["events"][0]["unit"], drone);
}

#[tokio::test(flavor = "multi_thread")]
async fn new_and_edited_units_are_in_the_roster_before_their_records() {
    let server = Server::start();
    let mut wall = Wall::open(server.http, "").await;
    wall.subscribe(all()).await;
    beside(|| server.register("r-new", "foot", "available")).await;
    let roster = wall.text_of("roster").await["units"].clone();
    assert_eq!((roster.as_array().unwrap().len(), &roster[0]["id"], &roster[0]["crew"]), (1, &json!("r-new"), &json!(2)));
    let record = wall.record_of(roster[0]["no"].as_u64().unwrap()).await;
    assert_eq!(record.contact, 3);
    beside(|| server.send_json("PATCH", "/v1/units/r-new", &json!({"callsign": "新"}))).await;
    let roster = wall.text_of("roster").await["units"].clone();
    assert_eq!((roster.as_array().unwrap().len(), &roster[0]["callsign"]), (1, &json!("新")));
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_asks_are_answered_and_the_socket_stays() {
    let server = Server::start();
    let mut wall = Wall::open(server.http, "").await;
    for (bad, kind) in [
        ("nonsense", "bad-json"),
        (r#"{"type":"subscribe","kinds":["tank"]}"#, "bad-json"),
        (r#"{"type":"subscribe","bbox":[0,9,1,8]}"#, "out-of-range"),
    ] {
        wall.0.send(Message::text(bad)).await.unwrap();
        let error = wall.text_of("error").await;
        assert_eq!(error["problem"]["type"], format!("/docs#problem-{kind}"));
    }
    wall.0.send(Message::binary(vec![1, 2, 3])).await.unwrap();
    assert_eq!(wall.text_of("error").await["problem"]["field"], "message");
    let (_, first) = wall.subscribe(around(&Value::Null)).await;
    wall.send(&json!({"type": "resync"})).await;
    loop {
        let frame = wall.frame().await;
        if frame.is_snapshot {
            assert!(frame.seq > first.seq);
            break;
        }
    }
    // One byte more than a message may have ends it.
    wall.0.send(Message::text(" ".repeat(64 * 1024 + 1))).await.unwrap();
    let end = tokio::time::timeout(PATIENCE, async {
        while let Some(Ok(message)) = wall.0.next().await {
            if message.is_close() {
                break;
            }
        }
    })
    .await;
    assert!(end.is_ok());
    assert_eq!(server.ask("/healthz")["status"], "alive");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_reader_loses_ticks_and_is_shown_the_newest() {
    let server = Server::start_with(TempDir::new().unwrap(), "[bus]\ntick_ms = 20\n[stream]\nwrite_timeout_s = 60\n");
    // A raw socket with a small window that reads nothing after it has subscribed.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let mut slow = socket.connect(server.http).await.unwrap();
    let head = format!(
        "GET /v1/stream HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        server.http
    );
    slow.write_all(head.as_bytes()).await.unwrap();
    let mut first = [0; 1024];
    let read = slow.read(&mut first).await.unwrap();
    assert!(first[..read].starts_with(b"HTTP/1.1 101"));
    let subscribe = all().to_string();
    // A client's frame: masked, here with zeros.
    let mut message = vec![0x81, 0x80 | subscribe.len() as u8, 0, 0, 0, 0];
    message.extend_from_slice(subscribe.as_bytes());
    slow.write_all(&message).await.unwrap();
    let snapshots = |cause: &str| {
        let metrics = String::from_utf8(server.get("/metrics").body).unwrap();
        let start = format!("citygate_stream_snapshots_total{{cause=\"{cause}\"}} ");
        metrics.lines().find_map(|line| line.strip_prefix(&start)?.parse::<u64>().ok()).unwrap_or(0)
    };
    beside(|| wait(|| (snapshots("subscribe") == 1).then_some(()))).await;
    // The roster does not fit into what the kernel holds: the server is stuck in it while ticks pass.
    tokio::time::sleep(Duration::from_millis(500)).await;
    let mut wall = Wall(
        WebSocketStream::from_raw_socket(MaybeTlsStream::Plain(slow), tokio_tungstenite::tungstenite::protocol::Role::Client, None).await,
    );
    let first = wall.frame().await;
    assert!(first.is_snapshot);
    let second = wall.frame().await;
    assert!(!second.is_snapshot && second.ticks > 10, "{second:?}");
    assert_eq!(second.seq, first.seq + second.ticks, "one message for all that it missed");
    let third = wall.frame().await;
    assert_eq!(third.seq, second.seq + third.ticks);
    assert_eq!(snapshots("subscribe"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_back_goes_on_where_he_was() {
    let server = Server::start_with(TempDir::new().unwrap(), FAST_UNITS);
    server.register("b-1", "foot", "available");
    let (mut wall, hello) = Wall::greeted(server.http, "").await;
    let (_, first) = wall.subscribe(around(&Value::Null)).await;
    drop(wall);
    beside(|| {
        server.fix("b-1", PLACE.0, PLACE.1);
        assert_eq!(server.send_json("PATCH", "/v1/units/b-1", &json!({"status": "busy"})).status, 200);
        assert_eq!(server.send_json("PATCH", "/v1/units/b-1", &json!({"alarm": true})).status, 200);
    })
    .await;
    for (mark, goes_on) in [(json!({"run": hello["run"], "seq": first.seq}), true), (json!({"run": 0, "seq": first.seq}), false)] {
        let mut wall = Wall::open(server.http, "").await;
        let mut view = around(&Value::Null);
        view["after"] = mark;
        wall.send(&view).await;
        let (mut told, mut shown) = (Vec::new(), Vec::new());
        while told.len() < if goes_on { 2 } else { 0 } || shown.is_empty() {
            match wall.next().await {
                Message::Binary(bytes) => shown.push(frame(&bytes)),
                Message::Text(text) => {
                    let text: Value = serde_json::from_str(&text).unwrap();
                    told.extend(text["events"].as_array().into_iter().flatten().filter(|event| event["type"] == "status").cloned());
                }
                _ => {}
            }
        }
        assert_eq!(shown[0].is_snapshot, !goes_on);
        if goes_on {
            assert_eq!(shown[0].seq, first.seq + shown[0].ticks);
            assert_eq!(
                told.iter().map(|event| (&event["status"], &event["alarm"])).collect::<Vec<_>>(),
                [(&json!("busy"), &json!(false)), (&json!("busy"), &json!(true))]
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn server_sent_events_say_the_same() {
    let server = Server::start_with(TempDir::new().unwrap(), FAST_UNITS);
    server.register("h-1", "foot", "available");
    let mut last = String::new();
    for round in 0..2 {
        let mut socket = TcpStream::connect(server.http).await.unwrap();
        let path = "/v1/stream/events?bbox=108.39,22.84,108.41,22.86&kind=foot&layer=beats";
        let again = if round == 0 { String::new() } else { format!("Last-Event-ID: {last}\r\n") };
        socket.write_all(format!("GET {path} HTTP/1.1\r\nHost: {}\r\n{again}\r\n", server.http).as_bytes()).await.unwrap();
        beside(|| server.fix("h-1", PLACE.0, PLACE.1)).await;
        let (mut text, mut buffer) = (String::new(), vec![0; 64 * 1024]);
        let wanted = |text: &str| text.contains("event: delta") && text.contains(r#""id":"h-1","lat":22.85"#) && text.ends_with("\n\n\r\n");
        while !wanted(&text) {
            let read = tokio::time::timeout(PATIENCE, socket.read(&mut buffer)).await.unwrap().unwrap();
            assert!(read > 0, "{text}");
            text.push_str(std::str::from_utf8(&buffer[..read]).unwrap());
        }
        assert!(text.contains("content-type: text/event-stream"), "{text}");
        assert_eq!(text.contains("event: snapshot"), round == 0);
        assert_eq!(text.contains("event: roster"), round == 0);
        last = text.rsplit("\nid: ").next().unwrap().split('\n').next().unwrap().to_owned();
        beside(|| server.fix("h-1", PLACE.0 + 0.0001, PLACE.1)).await;
    }
    assert_eq!(server.get("/v1/stream/events?after=x").problem(400, "bad-value")["field"], "after");
    assert_eq!(server.get("/v1/stream/events?totals=9").problem(400, "out-of-range")["field"], "totals");
    assert_eq!(server.get("/v1/stream/events?kind=tank").problem(400, "bad-value")["field"], "kind");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_takes_nothing_is_closed() {
    let server = Server::start_with(TempDir::new().unwrap(), "[stream]\nwrite_timeout_s = 1\n");
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let stream = socket.connect(server.http).await.unwrap();
    let request = format!("ws://{}/v1/stream", server.http).into_client_request().unwrap();
    let (mut socket, _) = tokio_tungstenite::client_async(request, stream).await.unwrap();
    socket.send(Message::text(all().to_string())).await.unwrap();
    beside(|| {
        wait(|| {
            let metrics = String::from_utf8(server.get("/metrics").body).unwrap();
            let closed = metrics.contains("citygate_stream_cut_total{cause=\"stuck\"} 1")
                && metrics.contains(r#"citygate_sockets{route="/v1/stream"} 0"#);
            closed.then_some(())
        });
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sockets_have_a_limit_and_own_pages() {
    let server = Server::start_with(TempDir::new().unwrap(), "[stream]\nsockets_max = 2\n");
    let one = Wall::open(server.http, "").await;
    let _two = Wall::open(server.http, "").await;
    let refused = connect_async(format!("ws://{}/v1/stream", server.http)).await.unwrap_err();
    let tokio_tungstenite::tungstenite::Error::Http(response) = refused else { panic!("{refused}") };
    assert_eq!(
        (response.status(), response.headers()["content-type"].to_str().unwrap()),
        (503_u16.try_into().unwrap(), "application/problem+json")
    );
    assert!(response.headers().contains_key("retry-after"));
    drop(one);
    beside(|| {
        wait(|| String::from_utf8(server.get("/metrics").body).unwrap().contains(r#"citygate_sockets{route="/v1/stream"} 1"#).then_some(()))
    })
    .await;
    let mut foreign = format!("ws://{}/v1/stream", server.http).into_client_request().unwrap();
    foreign.headers_mut().insert("origin", HeaderValue::from_static("http://evil.example"));
    let refused = connect_async(foreign).await.unwrap_err();
    assert!(matches!(refused, tokio_tungstenite::tungstenite::Error::Http(response) if response.status() == 403));
    let mut own = format!("ws://{}/v1/stream", server.http).into_client_request().unwrap();
    own.headers_mut().insert("origin", format!("http://{}", server.http).parse().unwrap());
    connect_async(own).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn walls_are_told_when_the_server_stops() {
    let server = Server::start();
    let mut wall = Wall::open(server.http, "").await;
    wall.subscribe(all()).await;
    let stopped = tokio::task::spawn_blocking(move || server.terminate("-TERM"));
    let goodbye = loop {
        if let Message::Close(frame) = wall.next().await {
            break frame.unwrap();
        }
    };
    assert_eq!(u16::from(goodbye.code), 1001);
    drop(wall);
    let (status, took) = stopped.await.unwrap();
    assert_eq!(status.code(), Some(0));
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn reporters_get_one_answer_a_message() {
    let server = Server::start();
    server.register("i-1", "foot", "available");
    let (mut socket, _) = connect_async(format!("ws://{}/v1/ingest", server.http)).await.unwrap();
    let fix = |seconds: i64| json!({"device": "radio-i-1", "lat": PLACE.0, "lon": PLACE.1, "time": now(seconds)}).to_string();
    for (message, accepted, codes) in [
        (fix(-3), 1, vec![]),
        (format!("{}\nnonsense\n{}", fix(-2), fix(-1)), 2, vec!["malformed"]),
        ("x".to_owned(), 0, vec!["malformed"]),
        (" ".to_owned(), 0, vec!["malformed"]),
        (fix(0), 1, vec![]),
    ] {
        socket.send(Message::text(message)).await.unwrap();
        let answer = loop {
            let message = tokio::time::timeout(PATIENCE, socket.next()).await.unwrap().unwrap().unwrap();
            if let Message::Text(text) = message {
                break serde_json::from_str::<Value>(&text).unwrap();
            }
        };
        let found: Vec<_> = answer["refused"].as_array().unwrap().iter().map(|item| item["code"].as_str().unwrap()).collect();
        assert_eq!((&answer["accepted"], found), (&json!(accepted), codes), "{answer}");
    }
}
