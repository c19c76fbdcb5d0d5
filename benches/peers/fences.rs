//! What 25,000 fences cost: the same fixes with them and without.

use std::{
    net::SocketAddr,
    sync::atomic::{AtomicUsize, Ordering},
    time::Instant,
};

use citygate::{
    geodesy::LatLng,
    load::{self, fleet::Bounds, http::HttpLink, units},
};
use rand::{Rng, SeedableRng, rngs::SmallRng};

use crate::{
    UNITS, city, fixes,
    machine::row,
    server::{SEED, Server},
};

const FENCES: usize = 25_000;
const CORNERS: usize = 8;
/// Connections that put fences: what comes together is durable together.
const DESKS: usize = 64;
const STEADY_PER_S: f64 = 300_000.0;

/// A fence of 100 to 300 m across, anywhere.
fn fence(bounds: &Bounds, rng: &mut SmallRng) -> String {
    let (lat, lon) = bounds.anywhere(rng);
    let (centre, radius_m) = (LatLng::new(lat, lon).unwrap(), rng.random_range(50.0..150.0));
    let corner = |n: usize| {
        let at = centre.offset(radius_m, (n % CORNERS * 360 / CORNERS) as f64);
        [at.lng_deg(), at.lat_deg()]
    };
    // Against the clock, as GeoJSON has it.
    let ring: Vec<_> = (0..=CORNERS).rev().map(corner).collect();
    serde_json::json!({"layer": "posts", "name": {"zh": "围栏", "en": "fence"}, "shape": {"type": "Polygon", "coordinates": [ring]}})
        .to_string()
}

fn put(http: SocketAddr, bounds: &Bounds) {
    let mut rng = SmallRng::seed_from_u64(SEED);
    let fences: Vec<_> = (0..FENCES).map(|_| fence(bounds, &mut rng)).collect();
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..DESKS {
            scope.spawn(|| {
                let mut link = HttpLink::open(http, None).unwrap();
                while let Some(n) = Some(next.fetch_add(1, Ordering::Relaxed)).filter(|n| *n < FENCES) {
                    let request = link.request("PUT", &format!("/v1/zones/fence-{n}"), Some(&fences[n]));
                    let (status, body) = link.ask(&request).unwrap();
                    assert_eq!(status, 201, "{}", String::from_utf8_lossy(body));
                }
            });
        }
    });
}

/// Fixes that a newer one of the same unit replaced in the queue: what the engine could not follow.
fn merged(http: SocketAddr) -> f64 {
    let mut link = HttpLink::open(http, None).unwrap();
    let request = link.request("GET", "/metrics", None);
    let text = String::from_utf8_lossy(link.ask(&request).unwrap().1).into_owned();
    let line = text.lines().find_map(|line| line.strip_prefix("citygate_queue_merged_fixes_total "));
    line.map_or(0.0, |count| count.parse().unwrap())
}

struct Figures {
    per_s: f64,
    us: f64,
    merged: f64,
    steady_us: f64,
    steady_merged: f64,
    bad: u64,
}

fn measure(server: &Server) -> Figures {
    let before = merged(server.http);
    let flat = load::run(&fixes::options(server, 1.0, true)).unwrap();
    let between = merged(server.http);
    let steady = load::run(&fixes::options(server, STEADY_PER_S, false)).unwrap();
    let after = merged(server.http);
    let share = |merged: f64, report: &load::Report| merged / report.fixes.as_ref().unwrap().accepted as f64;
    let ((per_s, us, bad), (_, steady_us, steady_bad)) = (fixes::figures(&flat), fixes::figures(&steady));
    Figures {
        per_s,
        us,
        merged: share(between - before, &flat),
        steady_us,
        steady_merged: share(after - between, &steady),
        bad: bad + steady_bad,
    }
}

pub(crate) fn run() {
    let data = city::with_units(UNITS);
    let server = Server::start(data.path());
    let without = measure(&server);
    let bounds = Bounds::new(units::city(server.http, None).unwrap().bbox);
    let start = Instant::now();
    put(server.http, &bounds);
    let took_s = start.elapsed().as_secs_f64();
    let with = measure(&server);

    println!("\nFixes of {UNITS} units with {FENCES} fences of 100 to 300 m and {CORNERS} corners, put in {took_s:.0} s, and without");
    row("", "without", "with", "with / without");
    let pair = |what: &str, without: f64, with: f64, unit: &str, digits: usize| {
        row(what, &format!("{without:.digits$}{unit}"), &format!("{with:.digits$}{unit}"), &format!("{:.2}", with / without));
    };
    pair("flat out, accepted a second", without.per_s, with.per_s, "", 0);
    pair("flat out, server's CPU a fix", without.us, with.us, " us", 3);
    pair("flat out, replaced in the queue by a newer one", without.merged * 100.0, with.merged * 100.0, " %", 1);
    pair(&format!("at a steady {STEADY_PER_S:.0} a second, server's CPU a fix"), without.steady_us, with.steady_us, " us", 3);
    pair("... replaced in the queue by a newer one", without.steady_merged * 100.0, with.steady_merged * 100.0, " %", 1);
    row("loss of the rate flat out", &format!("{:.1} %", (1.0 - with.per_s / without.per_s) * 100.0), "", "");
    row("refused, missed or unanswered", &without.bad.to_string(), &with.bad.to_string(), "");
}
