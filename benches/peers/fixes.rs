//! Fixes over the wire: flat out beside Redis, then ours at a steady half million a second, and both without roads to follow units on.

use std::{fs::File, io::Write, net::TcpStream, thread, time::Instant};

use citygate::{
    load::{
        self, Kind, LoadError, Options, Over, Report,
        drive::{Answers, Batches, Pace, drive},
        fleet::{Bounds, Fleet},
        units,
        window::{Window, wake_on_time},
    },
    roads::{RoadNetwork, file},
    sim::probe::ProcessSample,
};

use crate::{
    UNITS, city,
    machine::row,
    redis::{self, KEY, Redis},
    server::{SEED, Server},
};

const CONNECTIONS: usize = 8;
const BATCH: usize = 100;
/// Batches in flight on a connection.
const IN_FLIGHT: usize = 4;
const WARM_UP_S: f64 = 3.0;
const SECONDS: f64 = 10.0;
const STEADY_PER_S: f64 = 500_000.0;

/// What the load generator is to do to a server.
pub(crate) fn options(server: &Server, fixes_per_s: f64, flat_out: bool) -> Options {
    Options {
        http: server.http.to_string(),
        token: None,
        gateway: server.gateway.to_string(),
        units: UNITS,
        fixes_per_s,
        connections: CONNECTIONS,
        batch: BATCH,
        questions: [(Kind::Nearest, 0.0), (Kind::Rings, 0.0), (Kind::Zones, 0.0)],
        over: Over::Http,
        askers: 1,
        flat_out,
        in_flight: IN_FLIGHT,
        seconds: SECONDS,
        warm_up_s: WARM_UP_S,
        seed: SEED,
        server_pid: Some(server.pid()),
        pin_core: None,
    }
}

/// GEOADD of one unit, all but the digits of its position, which are of a fixed width in this city.
const DIGITS: &str = "000.0000000";

/// The same fixes as GEOADD, `BATCH` of them pipelined: prebuilt commands in which the digits are overwritten.
struct Adds {
    /// By connection: its units' movement and its commands.
    lines: Vec<(Fleet, Vec<Vec<u8>>)>,
}

/// Writes ten-millionths of a degree as `ddd.ddddddd` over what is there.
fn write_degrees(out: &mut [u8], mut e7: u32) {
    for place in (0..DIGITS.len()).rev().filter(|place| *place != 3) {
        out[place] = b'0' + (e7 % 10) as u8;
        e7 /= 10;
    }
}

impl Adds {
    fn new(bounds: &Bounds) -> Self {
        let line = |line: usize| {
            let count = UNITS / CONNECTIONS;
            let commands = (0..count).map(|n| {
                let mut out = Vec::new();
                redis::command(&mut out, &["GEOADD", KEY, DIGITS, DIGITS, units::id(line * count + n).unwrap().as_str()]);
                out
            });
            (Fleet::new(line * count..(line + 1) * count, bounds, SEED), commands.collect())
        };
        Self { lines: (0..CONNECTIONS).map(line).collect() }
    }
}

impl Batches for Adds {
    fn batch(&mut self, line: usize, out: &mut Vec<u8>) {
        let (fleet, commands) = &mut self.lines[line];
        let now_ms = citygate::bus::now().unix_ms();
        for _ in 0..BATCH {
            let fix = fleet.fix(now_ms);
            let start = out.len();
            out.extend_from_slice(&commands[fix.handle as usize]);
            // `*5`, GEOADD and the key with their lengths, then `$11`, the longitude, `$11`, the latitude.
            let first = start + 4 + 12 + 4 + KEY.len() + 2 + 5;
            write_degrees(&mut out[first..], fix.lon_e7 as u32);
            write_degrees(&mut out[first + DIGITS.len() + 7..], fix.lat_e7 as u32);
        }
    }

    fn answers(&mut self, _: usize, bytes: &[u8]) -> Result<Answers, LoadError> {
        // `:0` or `:1`, four bytes each.
        assert!(bytes.first().is_none_or(|first| *first == b':'), "{}", String::from_utf8_lossy(bytes));
        let batches = bytes.len() / (4 * BATCH);
        Ok(Answers { bytes: batches * 4 * BATCH, batches, accepted: (batches * BATCH) as u64 })
    }
}

/// Drives Redis as [`load::run`] drives ours: fixes a second, and its microseconds a fix.
fn peer(bounds: &Bounds) -> (f64, f64) {
    let redis = Redis::start();
    let stream = |_| {
        let stream = TcpStream::connect(redis.address).unwrap();
        stream.set_nodelay(true).unwrap();
        stream
    };
    let streams = (0..CONNECTIONS).map(stream).collect();
    let mut adds = Adds::new(bounds);
    let window = Window::new(WARM_UP_S, SECONDS);
    thread::scope(|scope| {
        let driving = scope.spawn(|| {
            wake_on_time();
            drive(streams, &mut adds, Pace::FlatOut(IN_FLIGHT), &window).unwrap()
        });
        let sample = |at: Instant| {
            thread::sleep(at.saturating_duration_since(Instant::now()));
            ProcessSample::take(redis.pid()).unwrap()
        };
        let (from, to) = (sample(window.opens), sample(window.closes));
        let driven = driving.join().unwrap();
        let cpu_s = to.user_s + to.kernel_s - from.user_s - from.kernel_s;
        let fixes = driven.accepted as f64;
        (fixes / SECONDS, cpu_s * 1e6 / fixes)
    })
}

/// What a report of ours says of fixes: a second, the server's microseconds a fix, and what was not taken.
pub(crate) fn figures(report: &Report) -> (f64, f64, u64) {
    let fixes = report.fixes.as_ref().unwrap();
    (fixes.per_s, report.server.unwrap().cpu_us_per_fix.unwrap(), fixes.refused + fixes.missed + fixes.unanswered)
}

/// A row of what was not taken, and why.
fn refusals(what: &str, bad: u64, report: &Report) {
    row(what, &bad.to_string(), "", "");
    if let Some(first) = report.fixes.as_ref().and_then(|fixes| fixes.first_refusal.as_ref()) {
        println!("    the first: {first}");
    }
}

pub(crate) fn run() {
    let data = city::with_units(UNITS);
    let server = Server::start(data.path());
    let bounds = Bounds::new(units::city(server.http, None).unwrap().bbox);
    let flat = load::run(&options(&server, 1.0, true)).unwrap();
    let steady = load::run(&options(&server, STEADY_PER_S, false)).unwrap();
    drop(server);
    let roadless = roadless();
    let (peer_per_s, peer_us) = peer(&bounds);
    let (ours_per_s, ours_us, bad) = figures(&flat);

    println!("\nFixes of {UNITS} units over the wire: {CONNECTIONS} connections, batches of {BATCH}, {IN_FLIGHT} in flight on each");
    row("", "Citygate", "Redis GEOADD", "ours / Redis");
    row(
        "flat out, fixes accepted a second",
        &format!("{ours_per_s:.0}"),
        &format!("{peer_per_s:.0}"),
        &format!("{:.2}", ours_per_s / peer_per_s),
    );
    row("flat out, server's CPU a fix", &format!("{ours_us:.3} us"), &format!("{peer_us:.3} us"), &format!("{:.2}", ours_us / peer_us));
    refusals("flat out, refused or unanswered", bad, &flat);
    let (per_s, us, bad) = figures(&steady);
    let latency = steady.fixes.as_ref().unwrap().latency.unwrap();
    let server = steady.server.unwrap();
    row(&format!("at a steady {STEADY_PER_S:.0} a second: accepted a second"), &format!("{per_s:.0}"), "", "");
    row("... server's CPU a fix", &format!("{us:.3} us"), "", "");
    row(
        "... server's share of one core (in the kernel)",
        &format!("{:.0} % ({:.0} %)", server.cpu_of_one_core * 100.0, server.cpu_in_kernel * 100.0),
        "",
        "",
    );
    row("... client's CPU a fix", &format!("{:.3} us", steady.client.cpu_us_per_fix.unwrap()), "", "");
    row("... a batch from due to acknowledged, p50", &format!("{:.0} us", latency.p50_us), "", "");
    row("... p99", &format!("{:.0} us", latency.p99_us), "", "");
    refusals("... refused, missed or unanswered", bad, &steady);
    let [(flat_per_s, _, _), (_, steady_us, _)] = &roadless;
    row("without roads: flat out, fixes accepted a second", &format!("{flat_per_s:.0}"), "", "");
    row("... roads lose of them", &format!("{:.1} %", (1.0 - ours_per_s / flat_per_s) * 100.0), "", "");
    row("... at a steady rate, server's CPU a fix", &format!("{steady_us:.3} us"), "", "");
    std::io::stdout().flush().unwrap();
}

/// The same of a server that knows no roads: flat out, and at a steady rate.
fn roadless() -> [(f64, f64, u64); 2] {
    let data = city::with_units(UNITS);
    let roads = data.path().join("none.roads");
    file::write(&RoadNetwork::default(), "", &mut File::create(&roads).unwrap()).unwrap();
    let server = Server::start_with(data.path(), &["--roads", roads.to_str().unwrap()]);
    [(1.0, true), (STEADY_PER_S, false)].map(|(per_s, flat_out)| figures(&load::run(&options(&server, per_s, flat_out)).unwrap()))
}
