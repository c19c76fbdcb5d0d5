//! Who is nearest, over the wire: one kept connection, one question at a time, client and server on one and the same core.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    time::Instant,
};

use citygate::load::{Quantiles, fleet::Bounds, pin::pin, report::histogram};
use rand::{SeedableRng, rngs::SmallRng};

use crate::{
    UNITS, city,
    machine::{cores, row},
    redis::{self, KEY, Redis},
    server::{SEED, Server},
};

/// Different questions, asked round and round.
const QUESTIONS: usize = 4_096;
/// Asked before it counts.
const WARM: usize = 4_096;
/// Asked and counted.
const COUNTED: usize = 40_000;
/// The answers are shorter.
const ANSWER_BYTES_MAX: usize = 256 * 1024;

/// A connection that is as thin as can be: bytes out, bytes in until the answer is whole.
struct Asker {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Asker {
    fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, buffer: vec![0; ANSWER_BYTES_MAX] }
    }

    fn ask(&mut self, question: &[u8], is_whole: impl Fn(&[u8]) -> bool) -> &[u8] {
        self.stream.write_all(question).unwrap();
        let mut length = 0;
        loop {
            let read = self.stream.read(&mut self.buffer[length..]).unwrap();
            assert!(read > 0, "the server closed the connection");
            length += read;
            if is_whole(&self.buffer[..length]) {
                return &self.buffer[..length];
            }
        }
    }

    /// Asks round and round, and times each from the write to the last byte.
    fn time(&mut self, questions: &[Vec<u8>], is_whole: impl Fn(&[u8]) -> bool, is_good: impl Fn(&[u8]) -> bool) -> Quantiles {
        let mut latency = histogram().unwrap();
        for (n, question) in questions.iter().cycle().take(WARM + COUNTED).enumerate() {
            let start = Instant::now();
            let answer = self.ask(question, &is_whole);
            let took = start.elapsed();
            assert!(is_good(answer), "{}", String::from_utf8_lossy(answer));
            if n >= WARM {
                latency.saturating_record(took.as_nanos() as u64);
            }
        }
        Quantiles::of(&latency).unwrap()
    }
}

/// Whether an HTTP answer is whole.
fn is_whole_http(answer: &[u8]) -> bool {
    const LENGTH: &[u8] = b"content-length: ";
    let Some(head) = answer.windows(4).position(|four| four == b"\r\n\r\n") else { return false };
    let at = answer[..head].windows(LENGTH.len()).position(|part| part.eq_ignore_ascii_case(LENGTH)).unwrap() + LENGTH.len();
    let length = answer[at..head].iter().take_while(|byte| byte.is_ascii_digit()).fold(0, |sum, byte| sum * 10 + usize::from(byte - b'0'));
    answer.len() >= head + 4 + length
}

/// Whether the server's WebSocket frame is whole.
fn is_whole_frame(frame: &[u8]) -> bool {
    match frame {
        [_, 126, a, b, ..] => frame.len() >= 4 + usize::from(u16::from_be_bytes([*a, *b])),
        [_, 127, rest @ ..] => rest.first_chunk().is_some_and(|length| rest.len() as u64 >= 8 + u64::from_be_bytes(*length)),
        [_, length, ..] => frame.len() >= 2 + usize::from(*length),
        _ => false,
    }
}

/// A text message as a client's frame, masked with zeros.
fn frame(text: &str) -> Vec<u8> {
    let mut out = vec![0x81];
    match text.len() {
        short @ 0..=125 => out.push(0x80 | short as u8),
        long => {
            out.push(0x80 | 126);
            out.extend_from_slice(&(long as u16).to_be_bytes());
        }
    }
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(text.as_bytes());
    out
}

fn handshake(http: SocketAddr) -> Asker {
    let mut asker = Asker::open(http);
    let request = format!(
        "GET /v1/ask HTTP/1.1\r\nHost: {http}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    let answer = asker.ask(request.as_bytes(), |answer| answer.ends_with(b"\r\n\r\n"));
    assert!(answer.starts_with(b"HTTP/1.1 101"));
    asker
}

/// Ours: over HTTP, over the WebSocket.
fn ours(places: &[(f64, f64)], core: usize) -> (Quantiles, Quantiles) {
    let data = city::with_units(UNITS);
    let server = Server::start(data.path());
    server.place(UNITS);
    pin(server.pid(), &[core]).unwrap();
    let target = |(lat, lon): &(f64, f64)| format!("/v1/nearest?lat={lat}&lon={lon}&k=10");
    let requests: Vec<_> =
        places.iter().map(|place| format!("GET {} HTTP/1.1\r\nHost: {}\r\n\r\n", target(place), server.http).into_bytes()).collect();
    let http = Asker::open(server.http).time(&requests, is_whole_http, |answer| answer.starts_with(b"HTTP/1.1 200"));
    let frames: Vec<_> = places.iter().map(|place| frame(&format!(r#"{{"id":1,"ask":"{}"}}"#, target(place)))).collect();
    let socket = handshake(server.http).time(&frames, is_whole_frame, |answer| answer[..32].ends_with(br#"{"id":1,"status":200,"body":"#));
    (http, socket)
}

fn peer(places: &[(f64, f64)], bounds: &Bounds, core: usize) -> (Quantiles, Quantiles) {
    let redis = Redis::start();
    let mut asker = Asker::open(redis.address);
    let mut rng = SmallRng::seed_from_u64(SEED);
    for n in 0..UNITS {
        let (lat, lon) = bounds.anywhere(&mut rng);
        let mut add = Vec::new();
        redis::command(&mut add, &["GEOADD", KEY, &lon.to_string(), &lat.to_string(), &format!("load-{n:07}")]);
        assert_eq!(asker.ask(&add, |reply| reply.ends_with(b"\r\n")), b":1\r\n");
    }
    pin(redis.pid(), &[core]).unwrap();
    let ping = b"*1\r\n$4\r\nPING\r\n".to_vec();
    let ping = asker.time(&[ping], |reply| reply.ends_with(b"\r\n"), |reply| reply == b"+PONG\r\n");
    let search = |(lat, lon): &(f64, f64)| {
        let mut out = Vec::new();
        let (lat, lon) = (lat.to_string(), lon.to_string());
        let words = ["GEOSEARCH", KEY, "FROMLONLAT", &lon, &lat, "BYRADIUS", "1", "km", "ASC", "COUNT", "10", "WITHCOORD", "WITHDIST"];
        redis::command(&mut out, &words);
        out
    };
    let searches: Vec<_> = places.iter().map(search).collect();
    (asker.time(&searches, redis::is_whole, |reply| reply.starts_with(b"*")), ping)
}

pub(crate) fn run() {
    let meta: serde_json::Value = serde_json::from_slice(&std::fs::read(city::sample().join("city.json")).unwrap()).unwrap();
    let bounds = Bounds::new(serde_json::from_value(meta["bbox"].clone()).unwrap());
    let mut rng = SmallRng::seed_from_u64(SEED + 1);
    let places: Vec<_> = (0..QUESTIONS).map(|_| bounds.anywhere(&mut rng)).collect();
    let core = cores() - 1;
    let all: Vec<usize> = (0..cores()).collect();
    pin(std::process::id(), &[core]).unwrap();
    let (http, socket) = ours(&places, core);
    let (redis, ping) = peer(&places, &bounds, core);
    pin(std::process::id(), &all).unwrap();
    println!("\nNearest 10 at {UNITS} units: one connection, one question at a time, client and server on core {core}");
    row("", "Citygate", "Redis", "Redis / ours");
    for (name, ours) in [("over HTTP", http), ("over the WebSocket", socket)] {
        for (quantile, ours, peer) in [("p50", ours.p50_us, redis.p50_us), ("p99", ours.p99_us, redis.p99_us)] {
            row(&format!("{name}, {quantile}"), &format!("{ours:.1} us"), &format!("{peer:.1} us"), &format!("{:.2}", peer / ours));
        }
    }
    row("an empty PING, p50", "", &format!("{:.1} us", ping.p50_us), "");
}
