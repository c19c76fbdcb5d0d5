//! Memory: a million units, each registered and with a position.

use std::{
    io::{Read, Write},
    net::TcpStream,
};

use citygate::{
    load::{fleet::Bounds, units},
    sim::probe::ProcessSample,
};
use rand::{SeedableRng, rngs::SmallRng};

use crate::{
    UNITS_MANY, city,
    machine::row,
    redis::{self, KEY, Redis},
    server::{SEED, Server},
};

fn rss_mb(pid: u32) -> f64 {
    ProcessSample::take(pid).unwrap().rss_mib * 1.048_576
}

fn bytes_each(all_mb: f64, empty_mb: f64) -> f64 {
    (all_mb - empty_mb) * 1e6 / UNITS_MANY as f64
}

/// Redis with a position for each, and nothing else known of them.
fn peer(bounds: &Bounds) -> (f64, f64) {
    let redis = Redis::start();
    let empty_mb = rss_mb(redis.pid());
    let mut stream = TcpStream::connect(redis.address).unwrap();
    let mut rng = SmallRng::seed_from_u64(SEED);
    let (mut adds, mut replies) = (Vec::new(), vec![0; 4 * 1_000]);
    for n in 0..UNITS_MANY {
        let (lat, lon) = bounds.anywhere(&mut rng);
        redis::command(&mut adds, &["GEOADD", KEY, &lon.to_string(), &lat.to_string(), units::id(n).unwrap().as_str()]);
        if (n + 1) % 1_000 == 0 {
            stream.write_all(&adds).unwrap();
            stream.read_exact(&mut replies).unwrap();
            adds.clear();
        }
    }
    (rss_mb(redis.pid()), empty_mb)
}

pub(crate) fn run() {
    let none = city::with_units(0);
    let empty_mb = rss_mb(Server::start(none.path()).pid());
    let data = city::with_units(UNITS_MANY);
    let server = Server::start(data.path());
    let started = server.start;
    let registered_mb = rss_mb(server.pid());
    server.place(UNITS_MANY);
    let placed_mb = rss_mb(server.pid());
    let bounds = Bounds::new(units::city(server.http, None).unwrap().bbox);
    drop(server);
    let (peer_mb, peer_empty_mb) = peer(&bounds);

    println!(
        "\nMemory: {UNITS_MANY} units, registered (id, call sign, kind, status, organisation, crew) and placed; Redis has id and place"
    );
    row("", "Citygate", "Redis", "ours / Redis");
    row("resident without units", &format!("{empty_mb:.0} MB"), &format!("{peer_empty_mb:.0} MB"), "");
    row("resident, registered", &format!("{registered_mb:.0} MB"), "", "");
    row(
        "resident, registered and placed",
        &format!("{placed_mb:.0} MB"),
        &format!("{peer_mb:.0} MB"),
        &format!("{:.2}", placed_mb / peer_mb),
    );
    let (ours, peer) = (bytes_each(placed_mb, empty_mb), bytes_each(peer_mb, peer_empty_mb));
    row("bytes a unit", &format!("{ours:.0}"), &format!("{peer:.0}"), &format!("{:.2}", ours / peer));
    row("first start, all units registered durably", &format!("{:.1} s", started.as_secs_f64()), "", "");
}
