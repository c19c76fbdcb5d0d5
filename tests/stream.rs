//! The stream to walls and the socket of reporters, on the binary that ships.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what fails here fails the test")]

mod common;

use std::{net::SocketAddr, time::Duration};

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

/// A record of the binary form.
#[derive(Debug, Clone, PartialEq)]
struct Record {
    no: u32,
    lat_e7: i32,
    lon_e7: i32,
    age_ms: u32,
    speed_cmps: u16,
    heading_cdeg: u16,
    status: u8,
    contact: u8,
    flags: u8,
    kind: u8,
}

#[derive(Debug)]
struct Frame {
    kind: u8,
    seq: u64,
    at_ms: i64,
    records: Vec<Record>,
}

fn frame(bytes: &[u8]) -> Frame {
    let u16_at = |at: usize| u16::from_le_bytes(bytes[at..at + 2].try_into().unwrap());
    let u32_at = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
    let i32_at = |at: usize| i32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
    assert_eq!((bytes[0], u16_at(2)), (1, 24));
    let count = u32_at(4) as usize;
    assert_eq!(bytes.len(), 24 + 24 * count);
    let record = |n: usize| {
        let at = 24 + 24 * n;
        Record {
            no: u32_at(at),
            lat_e7: i32_at(at + 4),
            lon_e7: i32_at(at + 8),
            age_ms: u32_at(at + 12),
            speed_cmps: u16_at(at + 16),
            heading_cdeg: u16_at(at + 18),
            status: bytes[at + 20],
            contact: bytes[at + 21],
            flags: bytes[at + 22],
            kind: bytes[at + 23],
        }
    };
    Frame {
        kind: bytes[1],
        seq: u64::from_le_bytes(bytes[8..16].try_into().unwrap()),
        at_ms: i64::from_le_bytes(bytes[16..24].try_into().unwrap()),
        records: (0..count).map(record).collect(),
    }
}

impl Wall {
    /// Connects and hears hello.
    async fn open(http: SocketAddr, query: &str) -> Self {
        let (socket, _) = connect_async(format!("ws://{http}/v1/stream{query}")).await.unwrap();
        let mut wall = Self(socket);
        let hello = wall.text().await;
        assert_eq!((&hello["type"], &hello["version"], &hello["tick_ms"]), (&json!("hello"), &json!(1), &json!(100)));
        wall
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
    async fn frame(&mut self) -> Frame {
        loop {
            if let Message::Binary(bytes) = self.next().await {
                return frame(&bytes);
            }
        }
    }

    /// Subscribes; gives the roster by id and the snapshot.
    async fn subscribe(&mut self, view: Value) -> (std::collections::HashMap<String, u64>, Frame) {
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
                Message::Binary(bytes) if bytes[1] == 1 => return (roster, frame(&bytes)),
                _ => {}
            }
        }
    }

    /// The first record of a unit in the deltas to come.
    async fn record_of(&mut self, no: u64) -> Record {
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
    assert_eq!((mine.age_ms, mine.contact, mine.status, mine.kind, mine.lat_e7, mine.speed_cmps), (u32::MAX, 3, 1, 3, 0, u16::MAX));
    for n in 1..=5 {
        let delta = wall.frame().await;
        assert_eq!((delta.kind, delta.seq, delta.records.len()), (2, snapshot.seq + n, 0), "an empty delta is the heartbeat");
        assert!(delta.at_ms > snapshot.at_ms);
    }
    beside(|| server.fix("s-1", PLACE.0, PLACE.1)).await;
    let record = wall.record_of(no).await;
    assert_eq!((record.lat_e7, record.lon_e7, record.speed_cmps, record.heading_cdeg), (228_500_000, 1_084_000_000, 150, 9_025));
    assert_eq!((record.contact, record.flags), (0, 0));
    assert!(record.age_ms < 10_000, "{record:?}");
    beside(|| server.send_json("PATCH", "/v1/units/s-1", &json!({"status": "en_route", "alarm": true}))).await;
    let record = wall.record_of(no).await;
    assert_eq!((record.status, record.flags), (3, 1));
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
    beside(|| server.fix("j-1", PLACE.0 + 0.02, PLACE.1)).await;
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
    for (id, kind, lat) in [("v-foot", "foot", PLACE.0), ("v-drone", "drone", PLACE.0), ("v-away", "foot", PLACE.0 + 0.05)] {
        server.register(id, kind, "available");
        server.fix(id, lat, PLACE.1);
    }
    let mut wall = Wall::open(server.http, "").await;
    let (roster, snapshot) = wall.subscribe(around(&json!(["foot"]))).await;
    let seen: Vec<u64> = snapshot.records.iter().map(|record| u64::from(record.no)).collect();
    assert_eq!(seen, [roster["v-foot"]]);
    beside(|| server.fix("v-drone", PLACE.0 + 0.001, PLACE.1)).await;
    beside(|| server.fix("v-foot", PLACE.0 + 0.011, PLACE.1)).await;
    let gone = wall.record_of(roster["v-foot"]).await;
    assert_eq!((gone.flags, gone.lat_e7, gone.lon_e7), (2, 0, 0), "a gone record does not say where the unit went");
    beside(|| server.fix("v-foot", PLACE.0 + 0.012, PLACE.1)).await;
    beside(|| server.fix("v-away", PLACE.0 + 0.0497, PLACE.1)).await;
    beside(|| server.fix("v-foot", PLACE.0, PLACE.1)).await;
    let back = wall.frame().await;
    let mut records = back.records;
    while records.is_empty() {
        records = wall.frame().await.records;
    }
    assert_eq!(
        records.iter().map(|record| (u64::from(record.no), record.flags)).collect::<Vec<_>>(),
        [(roster["v-foot"], 0)],
        "nothing else was sent"
    );
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
    assert_eq!(record.kind, 3);
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
        if frame.kind == 1 {
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
async fn a_slow_reader_loses_ticks_and_gets_a_snapshot() {
    let server = Server::start_with(TempDir::new().unwrap(), "[bus]\ntick_ms = 20\n[stream]\nticks_behind_max = 2\nwrite_timeout_s = 60\n");
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
    assert_eq!(snapshots("lagged"), 0);
    let mut wall = Wall(
        WebSocketStream::from_raw_socket(MaybeTlsStream::Plain(slow), tokio_tungstenite::tungstenite::protocol::Role::Client, None).await,
    );
    let first = wall.frame().await;
    assert_eq!(first.kind, 1);
    let mut last = first.seq;
    let second = loop {
        let frame = wall.frame().await;
        if frame.kind == 1 {
            break frame;
        }
        assert_eq!(frame.seq, last + 1, "no gap but before a snapshot");
        last = frame.seq;
    };
    assert!(second.seq > last + 1, "ticks were lost: {} to {}", last, second.seq);
    beside(|| wait(|| (snapshots("lagged") >= 1).then_some(()))).await;
    assert_eq!(wall.frame().await.seq, second.seq + 1);
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
            let closed = metrics.contains("citygate_stream_stuck_total 1") && metrics.contains(r#"citygate_sockets{route="/v1/stream"} 0"#);
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
