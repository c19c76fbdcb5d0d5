//! Walls, many of them: what they cost the server, how long a fix takes to each, what they are sent, and whether it is right.
//!
//! The optimised server on this machine's loopback, fed with a fix a second of each unit by the protocol of gateways; all walls
//! on one epoll thread of this process, which counts every message and looks into those of some twenty. First the same load is
//! measured without a wall. Run with `make bench-walls` or `cargo bench --bench walls -- --walls 1000 --naive`; it fails where
//! something that was seen is wrong. Server and walls share the machine's cores: what this program takes is printed, too.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

#[path = "../peers/city.rs"]
mod city;
mod eyes;
mod feed;
mod kernel;
#[path = "../peers/machine.rs"]
#[allow(dead_code)]
mod machine;
mod naive;
mod report;
#[path = "../peers/server.rs"]
#[allow(dead_code)]
mod server;
mod views;
mod walls;
mod wire;

use std::{
    fs,
    net::TcpStream,
    process::ExitCode,
    time::{Duration, Instant},
};

use citygate::load::{fleet::Bounds, units};
use clap::Parser;

use eyes::{Book, Seen};
use feed::{Feed, SentLog};
use kernel::{Cost, Look};
use naive::Naive;
use server::{SEED, Server};
use views::View;
use walls::{Walls, subscribe};

/// The server's own; the naive way is to differ in its way alone.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const WARM_UP: Duration = Duration::from_secs(3);
/// Connections and files beside those of walls.
const SPARE: usize = 256;
/// How long memory may take to come back.
const BACK_WITHIN: Duration = Duration::from_secs(30);
/// How often is looked whether it did.
const BACK_LOOK: Duration = Duration::from_millis(200);
/// What memory may differ by itself, MiB.
const NOISE_MIB: f64 = 8.0;

/// What many walls cost.
#[derive(Debug, Clone, Copy, Parser)]
struct Arguments {
    /// Walls.
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=25_000))]
    walls: u32,
    /// Units, each with a fix a second.
    #[arg(long, default_value_t = 3_500, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    units: u32,
    /// The server's tick, milliseconds.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(20..=10_000))]
    tick_ms: u32,
    /// How long each window is, seconds.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=600))]
    seconds: u32,
    /// Walls of the whole city that subscribe and never read, beside the others.
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=2_500))]
    stuck: u32,
    /// Also the naive way: a task and a JSON text for each wall.
    #[arg(long)]
    naive: bool,
    /// The share of walls that show the whole city.
    #[arg(long, default_value_t = 0.1)]
    city_share: f64,
    /// What `cargo bench` says to every bench.
    #[arg(long, hide = true)]
    bench: bool,
    /// This process is the naive server.
    #[arg(long, hide = true)]
    naive_server: bool,
}

/// What a window came to.
pub(crate) struct Phase {
    pub(crate) cost: Cost,
    pub(crate) seen: Seen,
    /// Fixes that were sent in it.
    pub(crate) fixes: u64,
    /// At its end.
    pub(crate) rss_mib: f64,
    pub(crate) tcp_mib: f64,
}

/// What became of walls that were stuck.
pub(crate) struct Stuck {
    pub(crate) walls: u32,
    /// So long after they were closed, the last look.
    pub(crate) after_s: f64,
    pub(crate) after: Look,
    /// What memory had to come back to, MiB: the server's, and the kernel's.
    most_mib: [f64; 2],
}

impl Stuck {
    /// What did not come back, MiB.
    pub(crate) fn kept_mib(&self) -> u64 {
        let [rss_mib, tcp_mib] = self.most_mib;
        ((self.after.server.rss_mib - rss_mib).max(0.0) + (self.after.tcp_mib - tcp_mib).max(0.0)).ceil() as u64
    }
}

/// Warms up and measures a window.
fn measure(walls: &mut Walls, server: u32, log: &SentLog, seconds: u32) -> Phase {
    walls.read_until(Instant::now() + WARM_UP);
    walls.book.restart();
    let (before, fixes) = (Look::take(server), log.count());
    walls.read_until(before.at() + Duration::from_secs(u64::from(seconds)));
    let after = Look::take(server);
    let (cost, fixes) = (after.since(&before), log.count() - fixes);
    Phase { cost, seen: walls.book.restart(), fixes, rss_mib: after.server.rss_mib, tcp_mib: after.tcp_mib }
}

/// Measures beside walls that never read, then closes those and waits until what they held is back.
fn beside_stuck(walls: &mut Walls, server: &Server, log: &SentLog, arguments: &Arguments, before: &Phase) -> (Phase, Stuck) {
    let stuck: Vec<TcpStream> = (0..arguments.stuck)
        .map(|_| {
            let stream = subscribe(server.http, &views::CITY);
            walls.read_ready(Duration::ZERO);
            stream
        })
        .collect();
    let beside = measure(walls, server.pid(), log, arguments.seconds);
    drop(stuck);
    let closed = Instant::now();
    let most = |before_mib: f64, beside_mib: f64| before_mib + NOISE_MIB.max((beside_mib - before_mib) / 10.0);
    let most_mib = [most(before.rss_mib, beside.rss_mib), most(before.tcp_mib, beside.tcp_mib)];
    let stuck = loop {
        walls.read_until(Instant::now() + BACK_LOOK);
        let after = Look::take(server.pid());
        let stuck = Stuck { walls: arguments.stuck, after_s: closed.elapsed().as_secs_f64(), after, most_mib };
        if stuck.kept_mib() == 0 || closed.elapsed() > BACK_WITHIN {
            break stuck;
        }
    };
    (beside, stuck)
}

/// The naive way: without a wall, and with them.
fn naive(arguments: &Arguments, views: &[View]) -> [Phase; 2] {
    let Arguments { units, tick_ms, seconds, .. } = arguments;
    let server = Naive::start(&[format!("--units={units}"), format!("--tick-ms={tick_ms}")]);
    let (mut walls, nothing) = (Walls::new(Book::of_text()), SentLog::new(0));
    let idle = measure(&mut walls, server.pid(), &nothing, *seconds);
    walls.open(server.address, views);
    let full = measure(&mut walls, server.pid(), &nothing, *seconds);
    assert_eq!(walls.broken, 0, "the naive server lost walls: {:?}", walls.first_broken);
    [idle, full]
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let Arguments { walls: count, units, tick_ms, seconds, stuck, city_share, .. } = arguments;
    assert!((0.0..=1.0).contains(&city_share), "--city-share {city_share} is wrong: give 0 to 1");
    let sockets = (count + stuck) as usize + SPARE;
    let files = rlimit::increase_nofile_limit(sockets as u64).unwrap();
    assert!(files >= sockets as u64, "{files} files may be open, {sockets} are needed: raise the limit (ulimit -n)");
    let sample = city::sample();
    if arguments.naive_server {
        let city: serde_json::Value = serde_json::from_slice(&fs::read(sample.join("city.json")).unwrap()).unwrap();
        let bbox = serde_json::from_value(city["bbox"].clone()).unwrap();
        naive::serve(units as usize, bbox, u64::from(tick_ms), SEED);
        return ExitCode::SUCCESS;
    }
    machine::print_head(&[]);
    println!(
        "\nWalls: {count}, {:.0} % of them of the whole city, {units} units at 1 Hz, a tick of {tick_ms} ms, windows of {seconds} s",
        city_share * 100.0
    );

    let views = views::of(count as usize, city_share, &views::places(&sample.join("units.ndjson")), SEED);
    let data = city::with_units(units as usize);
    let config = data.path().join("citygate.toml");
    // Stuck walls stay until they are closed here; nothing else is changed for them.
    let text = format!(
        "[bus]\ntick_ms = {tick_ms}\n[http]\nconnections_max = {sockets}\nwrite_timeout_s = 300\n\
         [stream]\nsockets_max = {sockets}\nunits_max = 1000000\nwrite_timeout_s = 300\nidle_timeout_s = 3600\n"
    );
    fs::write(&config, text).unwrap();
    let server = Server::start_with(data.path(), &["--config", config.to_str().unwrap()]);
    let bounds = Bounds::new(units::city(server.http, None).unwrap().bbox);
    let feed = Feed::start(server.gateway, &bounds, units as usize, SEED);
    let mut walls = Walls::new(Book::new(units as usize, feed.log.clone()));

    let idle = measure(&mut walls, server.pid(), &feed.log, seconds);
    let opening = Instant::now();
    walls.open(server.http, &views);
    println!("opened in {:.1} s", opening.elapsed().as_secs_f64());
    let full = measure(&mut walls, server.pid(), &feed.log, seconds);
    let (beside, stuck) = (stuck > 0).then(|| beside_stuck(&mut walls, &server, &feed.log, &arguments, &full)).unzip();
    let fed = feed.stop();
    let (broken, why) = (walls.broken, walls.first_broken.take());
    drop((walls, server));
    report::ours(&idle, &full, beside.as_ref(), stuck.as_ref(), &views, tick_ms);
    if arguments.naive {
        let [naive_idle, naive_full] = naive(&arguments, &views);
        report::beside_naive([&idle, &full], [&naive_idle, &naive_full], &views);
    }
    let phases: Vec<&Phase> = [&idle, &full].into_iter().chain(&beside).collect();
    let is_wrong = report::is_wrong(&phases, broken, why.map(|why| why.to_string()), &fed, stuck.as_ref());
    if is_wrong { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
