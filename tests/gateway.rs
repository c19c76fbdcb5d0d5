//! Gateways that send binary frames, over TCP and over WebSocket, on the binary that ships.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what fails here fails the test")]

mod common;

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use citygate::{
    ingest::{
        Datum, RefusalReason, Report, Source,
        binary::frame::{self, FRAME_BYTES_MAX, FixRecord, GCJ02, NONE, RECORDS_MAX, Reply},
    },
    model::Timestamp,
};
use common::{FAST_UNITS, PATIENCE, Server, wait};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio_tungstenite::{connect_async, tungstenite::Message};

const PLACE: (f64, f64) = (22.85, 108.4);

/// A reply, copied out.
#[derive(Debug, Clone, PartialEq)]
enum Heard {
    Welcome,
    Named { known: u16, refused: Vec<(u32, RefusalReason, String)> },
    Ack { batch: u32, accepted: u16, refused: u16, details: Vec<(u16, RefusalReason, String)> },
    Error(String),
}

impl From<Reply<'_>> for Heard {
    fn from(reply: Reply<'_>) -> Self {
        match reply {
            Reply::Welcome { version, frame_bytes_max } => {
                assert_eq!((version, frame_bytes_max as usize), (frame::VERSION, FRAME_BYTES_MAX));
                Self::Welcome
            }
            Reply::Named(named) => {
                let refused: Vec<_> = named.iter().map(|name| (name.handle, name.reason, name.text.to_owned())).collect();
                assert_eq!(refused.len(), usize::from(named.refused));
                Self::Named { known: named.known, refused }
            }
            Reply::Ack(ack) => {
                let details = ack.iter().map(|fix| (fix.place, fix.reason, fix.text.to_owned())).collect();
                Self::Ack { batch: ack.batch, accepted: ack.accepted, refused: ack.refused, details }
            }
            Reply::Error(text) => Self::Error(text.to_owned()),
        }
    }
}

fn ack(batch: u32, accepted: u16) -> Heard {
    Heard::Ack { batch, accepted, refused: 0, details: Vec::new() }
}

fn known(known: u16) -> Heard {
    Heard::Named { known, refused: Vec::new() }
}

/// A gateway on TCP.
struct Gateway {
    stream: TcpStream,
    read: Vec<u8>,
}

impl Gateway {
    fn connect(server: &Server) -> Self {
        let stream = TcpStream::connect(server.gateway).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, read: Vec::new() }
    }

    /// Connected, greeted and with these devices as handles from 0, which the server must know.
    fn with(server: &Server, devices: &[&str]) -> Self {
        let mut gateway = Self::connect(server);
        gateway.send(&[hello(), names(0, devices)].concat());
        assert_eq!([gateway.hear(), gateway.hear()], [Heard::Welcome, known(devices.len() as u16)]);
        gateway
    }

    fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).unwrap();
    }

    /// The next reply; none when the server has closed.
    fn next(&mut self) -> Option<Heard> {
        loop {
            let mut bytes = self.read.as_slice();
            if let Some(reply) = Reply::next(&mut bytes).unwrap() {
                let heard = reply.into();
                let left = bytes.len();
                self.read.drain(..self.read.len() - left);
                return Some(heard);
            }
            let mut buffer = [0; 4096];
            match self.stream.read(&mut buffer).unwrap() {
                0 => return None,
                count => self.read.extend_from_slice(&buffer[..count]),
            }
        }
    }

    fn hear(&mut self) -> Heard {
        self.next().unwrap_or_else(|| panic!("the server closed"))
    }

    fn ask(&mut self, bytes: &[u8]) -> Heard {
        self.send(bytes);
        self.hear()
    }
}

fn hello() -> Vec<u8> {
    let mut out = Vec::new();
    frame::hello(&mut out, None);
    out
}

fn names(first_handle: u32, devices: &[&str]) -> Vec<u8> {
    let sources: Vec<_> = devices.iter().map(|id| Source::Device(id.parse().unwrap())).collect();
    let mut out = Vec::new();
    assert_eq!(frame::names(&mut out, first_handle, &sources), sources.len());
    out
}

fn fixes(batch: u32, records: &[FixRecord]) -> Vec<u8> {
    let mut out = Vec::new();
    assert_eq!(frame::fixes(&mut out, batch, records), records.len());
    out
}

fn now_ms() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as i64
}

/// A fix so many milliseconds from now.
fn record(handle: u32, ms: i64, lat: f64) -> FixRecord {
    let time = Timestamp::from_unix_ms(now_ms() + ms);
    let (speed_mps, heading_deg, accuracy_m) = (Some(1.5), Some(90.25), None);
    FixRecord::new(handle, &Report { lat_deg: lat, lng_deg: PLACE.1, datum: Datum::Wgs84, time, speed_mps, heading_deg, accuracy_m })
}

fn raw(kind: u8, payload: &[u8]) -> Vec<u8> {
    [&(payload.len() as u32 + 1).to_le_bytes()[..], &[kind], payload].concat()
}

/// Waits until a unit is there.
fn stands(server: &Server, unit: &str, lat: f64) -> Value {
    wait(|| {
        let unit = server.ask(&format!("/v1/units/{unit}"));
        (unit["lat"] == lat).then_some(unit)
    })
}

#[test]
fn fixes_over_tcp_reach_their_units() {
    let server = Server::start();
    server.register("g-1", "foot", "available");
    server.register("g-2", "foot", "available");
    let mut gateway = Gateway::with(&server, &["radio-g-1", "radio-g-2"]);
    let both = [record(0, 0, PLACE.0), record(1, 0, 22.86)];
    assert_eq!(gateway.ask(&fixes(7, &both)), ack(7, 2));
    let unit = stands(&server, "g-1", PLACE.0);
    assert_eq!((&unit["lon"], &unit["speed_mps"], &unit["heading_deg"]), (&json!(PLACE.1), &json!(1.5), &json!(90.25)));
    stands(&server, "g-2", 22.86);
    assert_eq!(gateway.ask(&fixes(8, &[])), ack(8, 0), "a gateway that has nothing to say");
    let unit = Source::Unit("g-1".parse().unwrap());
    let mut out = Vec::new();
    assert_eq!(frame::names(&mut out, 1, &[unit]), 1);
    assert_eq!(gateway.ask(&out), known(1), "a handle is bound again, to a unit");
    let metrics = server.get("/metrics");
    let text = String::from_utf8_lossy(&metrics.body).into_owned();
    assert!(text.contains("citygate_fixes_accepted_total{protocol=\"binary\"} 2"), "{text}");
    assert!(text.contains("citygate_gateway_connections 1"), "{text}");
}

#[test]
fn a_stream_may_be_cut_at_every_byte() {
    let server = Server::start();
    server.register("cut", "foot", "available");
    let mut gateway = Gateway::connect(&server);
    for (n, byte) in [hello(), names(0, &["radio-cut"])].concat().into_iter().enumerate() {
        gateway.send(&[byte]);
        // The last byte of HELLO is the sixth.
        if n == 5 {
            assert_eq!(gateway.hear(), Heard::Welcome);
        }
    }
    assert_eq!(gateway.hear(), known(1));
    let length = fixes(0, &[record(0, 0, PLACE.0)]).len();
    for cut in 0..=length {
        let bytes = fixes(cut as u32, &[record(0, cut as i64 * 10 - 5_000, PLACE.0)]);
        gateway.send(&bytes[..cut]);
        gateway.send(&bytes[cut..]);
        // What came before is answered, so the two halves are two reads.
        assert_eq!(gateway.hear(), ack(cut as u32, 1));
    }
    let all: Vec<_> = (0..50).flat_map(|n| fixes(n, &[record(0, i64::from(n) - 1_000, PLACE.0)])).collect();
    gateway.send(&all);
    for n in 0..50 {
        assert!(matches!(gateway.hear(), Heard::Ack { batch, .. } if batch == n), "in order");
    }
}

#[test]
fn refusals_name_place_and_reason_and_lose_nothing_else() {
    let server = Server::start_with(TempDir::new().unwrap(), FAST_UNITS);
    server.register("r-1", "foot", "available");
    let mut gateway = Gateway::with(&server, &["radio-r-1"]);
    let good = record(0, -1_000, PLACE.0);
    let batch = [
        FixRecord { lat_e7: 910_000_000, ..good },
        FixRecord { lat_e7: 0, lon_e7: 0, ..good },
        FixRecord { speed_cmps: NONE - 1, ..good },
        FixRecord { heading_cdeg: 36_001, ..good },
        FixRecord { flags: 2, ..good },
        FixRecord { handle: 1, ..good },
        FixRecord { time_ms: i64::MAX, ..good },
        FixRecord { time_ms: i64::MIN, ..good },
        good,
        good,
        FixRecord { time_ms: good.time_ms - 1, ..good },
        FixRecord { time_ms: good.time_ms + 1, lat_e7: good.lat_e7 + 10_000_000, ..good },
        FixRecord { time_ms: good.time_ms + 2, heading_cdeg: 36_000, speed_cmps: NONE, flags: GCJ02, ..good },
    ];
    let Heard::Ack { batch: 5, accepted: 2, refused: 11, details } = gateway.ask(&fixes(5, &batch)) else { panic!("ack") };
    use RefusalReason::{Future, ImpossibleJump, Late, Malformed, NoPosition, OutOfRange, Repeated, TooOld, UnknownDevice};
    let reasons: Vec<_> = details.iter().map(|(place, reason, _)| (*place, *reason)).collect();
    let right = [OutOfRange, NoPosition, OutOfRange, OutOfRange, Malformed, UnknownDevice, Future, TooOld, Repeated, Late, ImpossibleJump];
    assert_eq!(reasons, [0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 11].into_iter().zip(right).collect::<Vec<_>>());
    assert_eq!(details[0].2, "lat: latitude 91 is out of range: give degrees from -90 to 90");
    assert_eq!(details[5].2, "handle: 1 has no name: bind it with a NAMES frame first");
    let many = [FixRecord { handle: 9, ..good }; 100];
    let Heard::Ack { accepted: 0, refused: 100, details, .. } = gateway.ask(&fixes(6, &many)) else { panic!("ack") };
    assert_eq!(details.len(), frame::DETAILED_MAX);
}

#[test]
fn a_batch_at_the_limit_is_taken_and_one_above_ends_the_connection() {
    let server = Server::start_with(TempDir::new().unwrap(), FAST_UNITS);
    server.register("most", "foot", "available");
    let mut gateway = Gateway::with(&server, &["radio-most"]);
    let records: Vec<_> = (0..RECORDS_MAX).map(|n| record(0, n as i64 - 20_000, PLACE.0)).collect();
    // Each is newer than the one before by a millisecond, whatever the clock did meanwhile.
    let records: Vec<_> =
        records.iter().enumerate().map(|(n, record)| FixRecord { time_ms: records[0].time_ms + n as i64, ..*record }).collect();
    assert_eq!(gateway.ask(&fixes(1, &records)), ack(1, RECORDS_MAX as u16));
    assert_eq!(gateway.ask(&fixes(2, &[record(0, 0, PLACE.0)])), ack(2, 1));
    let mut one_above = fixes(3, &records);
    one_above.extend([0; 28]);
    let length = one_above.len() as u32 - 4;
    assert!(length > FRAME_BYTES_MAX as u32);
    one_above[..4].copy_from_slice(&length.to_le_bytes());
    gateway.send(&one_above[..100]);
    assert_eq!(gateway.hear(), Heard::Error(format!("a frame of {length} bytes: give 1 to 262144 bytes after the length")));
    assert_eq!(gateway.next(), None, "where the next frame begins cannot be known");
}

#[test]
fn wrong_frames_are_told_and_the_connection_goes_on() {
    let server = Server::start();
    server.register("w-1", "foot", "available");
    let mut gateway = Gateway::connect(&server);
    let error = |heard: Heard| match heard {
        Heard::Error(text) => text,
        other => panic!("{other:?}"),
    };
    assert!(error(gateway.ask(&names(0, &["radio-w-1"]))).contains("before HELLO"));
    assert!(error(gateway.ask(&raw(1, &[9]))).contains("version 9"));
    assert_eq!(gateway.ask(&hello()), Heard::Welcome);
    assert!(error(gateway.ask(&raw(0x42, &[1, 2, 3]))).contains("0x42"));
    assert!(error(gateway.ask(&raw(3, &[1, 0, 0, 0, 2, 0, 7]))).contains("FIXES"));
    assert!(error(gateway.ask(&names(1, &["radio-w-1"]))).contains("next free handle is 0"));
    assert!(error(gateway.ask(&names(u32::MAX, &["radio-w-1"]))).contains("4294967295"));
    let bad = raw(2, &[&[0, 0, 0, 0, 3, 0][..], &[0, 3, b'a', b' ', b'b'], &[0, 6], b"nobody", &[0, 9], b"radio-w-1"].concat());
    let Heard::Named { known: 1, refused } = gateway.ask(&bad) else { panic!("named") };
    assert_eq!((refused[0].0, refused[0].1, refused[1].0, refused[1].1), (0, RefusalReason::Malformed, 1, RefusalReason::UnknownDevice));
    // Answers come in the order of the frames, also when one of them is wrong.
    gateway.send(&[fixes(1, &[record(2, -10, PLACE.0)]), raw(0, &[]), fixes(2, &[record(2, 0, PLACE.0)])].concat());
    assert_eq!(gateway.hear(), ack(1, 1));
    assert!(error(gateway.hear()).contains("0x00"));
    assert_eq!(gateway.hear(), ack(2, 1));
    // Thousands of errors in one read are answered piece by piece.
    gateway.send(&raw(0x42, &[]).repeat(13_000));
    for _ in 0..13_000 {
        error(gateway.hear());
    }
}

#[test]
fn unknown_devices_are_adopted_where_the_config_says_so() {
    let server = Server::start_with(TempDir::new().unwrap(), "[ingest]\nunknown_devices = \"adopt\"\nadopted_max = 100\n");
    let devices: Vec<_> = (0..101).map(|n| format!("new-{n}")).collect();
    let mut gateway = Gateway::connect(&server);
    gateway.send(&[hello(), names(0, &devices.iter().map(String::as_str).collect::<Vec<_>>())].concat());
    assert_eq!(gateway.hear(), Heard::Welcome);
    let Heard::Named { known: 100, refused } = gateway.hear() else { panic!("named") };
    assert!(refused[0].2.contains("100 devices were already"), "{refused:?}");
    assert_eq!(gateway.ask(&fixes(1, &[record(0, 0, PLACE.0)])), ack(1, 1));
    assert_eq!(stands(&server, "adopted-new-0", PLACE.0)["status"], "out_of_service");
}

#[test]
fn two_connections_of_one_unit_send_each_fix_once() {
    let server = Server::start();
    server.register("both", "foot", "available");
    let (mut one, mut two) = (Gateway::with(&server, &["radio-both"]), Gateway::with(&server, &["radio-both"]));
    let fix = record(0, -100, PLACE.0);
    assert_eq!(one.ask(&fixes(1, &[fix])), ack(1, 1));
    assert!(matches!(two.ask(&fixes(1, &[fix])), Heard::Ack { refused: 1, details, .. } if details[0].1 == RefusalReason::Repeated));
    assert_eq!(two.ask(&fixes(2, &[FixRecord { time_ms: fix.time_ms + 1, ..fix }])), ack(2, 1));
}

#[test]
fn a_device_that_moves_to_another_unit_moves_at_once() {
    let server = Server::start_with(TempDir::new().unwrap(), FAST_UNITS);
    let mut gateway = Gateway::connect(&server);
    gateway.send(&[hello(), names(0, &["radio-m-1", "radio-m-2"])].concat());
    assert_eq!(gateway.hear(), Heard::Welcome);
    assert!(matches!(gateway.hear(), Heard::Named { known: 0, refused } if refused.len() == 2));
    server.register("m-1", "foot", "available");
    server.register("m-2", "foot", "available");
    assert_eq!(gateway.ask(&fixes(1, &[record(0, -900, 22.81), record(1, -900, 22.82)])), ack(1, 2), "bound before it was registered");
    stands(&server, "m-1", 22.81);
    stands(&server, "m-2", 22.82);
    // The radio of the first goes to the second.
    let put = |unit: &str, devices: Value| {
        let unit_json = json!({"callsign": unit, "kind": "foot", "org": server.top(), "status": "available", "devices": devices});
        assert_eq!(server.send_json("PUT", &format!("/v1/units/{unit}"), &unit_json).status, 200);
    };
    put("m-1", json!([]));
    assert!(
        matches!(gateway.ask(&fixes(2, &[record(0, -800, 22.83)])), Heard::Ack { refused: 1, details, .. } if details[0].1 == RefusalReason::UnknownDevice)
    );
    put("m-2", json!([{"id": "radio-m-1", "kind": "radio"}]));
    assert_eq!(gateway.ask(&fixes(3, &[record(0, 0, 22.84)])), ack(3, 1));
    stands(&server, "m-2", 22.84);
    assert_eq!(server.ask("/v1/units/m-1")["lat"], 22.81);
}

#[test]
fn a_gateway_that_never_reads_is_cut_off_and_disturbs_nobody() {
    let server = Server::start_with(TempDir::new().unwrap(), "[gateway.limits]\nwrite_s = 1\n");
    server.register("deaf", "foot", "available");
    server.register("well", "foot", "available");
    let (mut deaf, mut well) = (Gateway::with(&server, &["radio-deaf"]), Gateway::with(&server, &["radio-well"]));
    // Every empty batch is answered with more bytes than it has, until nothing fits between the two any more.
    let burst = fixes(0, &[]).repeat(10_000);
    let start = Instant::now();
    while deaf.stream.write_all(&burst).is_ok() {
        assert!(start.elapsed() < PATIENCE, "never cut off");
        assert!(matches!(well.ask(&fixes(0, &[])), Heard::Ack { .. }));
    }
    assert_eq!(well.ask(&fixes(1, &[record(0, 0, PLACE.0)])), ack(1, 1));
}

#[test]
fn connections_have_a_limit_and_an_idle_time() {
    let server = Server::start_with(TempDir::new().unwrap(), "[gateway.limits]\nconnections_max = 1\nidle_s = 1\n");
    let mut silent = Gateway::connect(&server);
    assert_eq!(silent.ask(&hello()), Heard::Welcome);
    let mut second = Gateway::connect(&server);
    assert!(matches!(second.hear(), Heard::Error(text) if text.contains("gateway.limits.connections_max")));
    assert_eq!(second.next(), None);
    assert!(matches!(silent.hear(), Heard::Error(text) if text.contains("too long")));
    assert_eq!(silent.next(), None);
}

#[test]
fn the_server_says_goodbye() {
    let server = Server::start();
    server.register("bye", "foot", "available");
    let mut gateway = Gateway::with(&server, &["radio-bye"]);
    let stopped = std::thread::spawn(move || server.terminate("-TERM"));
    assert!(matches!(gateway.hear(), Heard::Error(text) if text.contains("stopping")));
    assert_eq!(gateway.next(), None);
    drop(gateway);
    let (status, took) = stopped.join().unwrap();
    assert_eq!(status.code(), Some(0));
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_websocket_takes_frames_in_binary_messages_and_json_in_text() {
    let server = Server::start();
    server.register("ws-1", "foot", "available");
    let (mut socket, _) = connect_async(format!("ws://{}/v1/ingest", server.http)).await.unwrap();
    let mut heard = async |message: Message| {
        socket.send(message).await.unwrap();
        loop {
            match tokio::time::timeout(PATIENCE, socket.next()).await.unwrap().unwrap().unwrap() {
                Message::Binary(bytes) => {
                    let (mut rest, mut replies) = (&bytes[..], Vec::new());
                    while let Some(reply) = Reply::next(&mut rest).unwrap() {
                        replies.push(Heard::from(reply));
                    }
                    assert!(rest.is_empty());
                    return replies;
                }
                Message::Text(text) => return vec![Heard::Error(text.to_string())],
                _ => {}
            }
        }
    };
    let together = [hello(), names(0, &["radio-ws-1"]), fixes(1, &[record(0, -3_000, PLACE.0)])].concat();
    assert_eq!(heard(Message::binary(together)).await, [Heard::Welcome, known(1), ack(1, 1)]);
    let json = json!({"device": "radio-ws-1", "lat": PLACE.0, "lon": PLACE.1, "time": common::now(-2)}).to_string();
    assert_eq!(heard(Message::text(json)).await, [Heard::Error(r#"{"accepted":1,"refused":[]}"#.into())]);
    let whole = fixes(2, &[record(0, -900, PLACE.0)]);
    for cut in 1..whole.len() {
        let told = heard(Message::binary(whole[..cut].to_vec())).await;
        assert_eq!(told, [Heard::Error(format!("the message ends {cut} bytes into a frame: a message holds whole frames"))]);
    }
    assert_eq!(heard(Message::binary(Vec::new())).await, []);
    assert_eq!(heard(Message::binary(whole)).await, [ack(2, 1)]);
    let told = heard(Message::binary(vec![0; 64])).await;
    assert_eq!(
        told,
        [Heard::Error("a frame of 0 bytes: give 1 to 262144 bytes after the length".into())],
        "the next message is a new start"
    );
    let records: Vec<_> = (0..RECORDS_MAX).map(|_| record(0, -100, PLACE.0)).collect();
    assert!(matches!(heard(Message::binary(fixes(3, &records))).await[0], Heard::Ack { batch: 3, accepted: 1.., .. }));
    assert!(heard(Message::binary(raw(0x42, &[]).repeat(50_000))).await.len() > 1_000, "answers in several messages");
}
