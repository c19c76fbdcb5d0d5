//! The simulator on the sample city: how units move on its roads, and the whole of it against the binary that ships.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::{
    collections::HashMap,
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use citygate::{
    city,
    geodesy::{LatLng, haversine_m},
    model::{Status, Timestamp, UnitKind},
    roads::RoadNetwork,
    sim::{fleet::Fleet, movement::habits},
};
use serde_json::Value;
use tempfile::TempDir;

/// How often units report in these tests: an unoptimised server needs its time.
const RATE_HZ: &str = "0.4";

/// One server at a time: the machine may be small.
static ALONE: Mutex<()> = Mutex::new(());

fn alone() -> MutexGuard<'static, ()> {
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data")
}

/// The least distance to any corner of a road near by, metres.
fn off_road_m(roads: &RoadNetwork, at: LatLng) -> f64 {
    let near = |edge: &citygate::roads::Edge<'_>| edge.shape.iter().any(|corner| (corner.lat_deg() - at.lat_deg()).abs() < 0.03);
    let pairs = roads.edges().iter().filter(near).flat_map(|edge| edge.shape.steps());
    pairs.map(|(a, b)| citygate::geodesy::distance_to_arc_m(at, a, b)).fold(f64::INFINITY, f64::min)
}

#[test]
fn units_of_the_city_keep_to_its_roads_and_speeds() {
    let drive = |seed: u64| {
        let city = city::load(&data()).unwrap();
        let units: Vec<_> = city.units.iter().step_by(23).cloned().collect();
        let centre = LatLng::new(city.meta.center[1], city.meta.center[0]).unwrap();
        let mut fleet = Fleet::new(&units, city.roads, centre, seed);
        let mut tracks = vec![Vec::new(); units.len()];
        for second in 0..300 {
            for (unit, track) in tracks.iter_mut().enumerate() {
                track.push(fleet.step(unit, 1.0, Timestamp::from_unix_ms(second * 1_000)).unwrap());
            }
        }
        tracks
    };
    let tracks = drive(1);
    assert_eq!(tracks, drive(1), "the same seed drives the same way");
    assert_ne!(tracks, drive(2));

    let city = city::load(&data()).unwrap();
    for (spec, track) in city.units.iter().step_by(23).zip(&tracks) {
        let at = |fix: &citygate::sim::fleet::SimFix| LatLng::new(f64::from(fix.lat_udeg) / 1e6, f64::from(fix.lng_udeg) / 1e6).unwrap();
        let moved_m = haversine_m(at(&track[0]), at(&track[299]));
        let still = matches!(spec.status, Status::OffDuty | Status::OutOfService | Status::Busy | Status::OnScene);
        if still || spec.kind == UnitKind::Post {
            assert!(moved_m < 30.0, "{} stands and moved {moved_m} m", spec.id);
        }
        if spec.kind.flies() || spec.kind == UnitKind::Post {
            continue;
        }
        let most_mps = habits(spec.kind).urgent_mps_max;
        for pair in track.windows(2) {
            // What satellites add from one second to the next is a few metres at most.
            assert!(haversine_m(at(&pair[0]), at(&pair[1])) < most_mps + 5.0, "{}", spec.id);
            assert!(pair[1].speed_mps <= most_mps);
        }
        let off_m = off_road_m(&city.roads, at(&track[299]));
        assert!(off_m < 15.0, "{} is {off_m} m off the road", spec.id);
    }
}

/// A running server.
struct Server {
    child: Child,
    http: SocketAddr,
    jt808: SocketAddr,
}

impl Server {
    fn start(state: &Path, http: &str, jt808: &str) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_citygate"))
            .args(["serve", "--demo", "--http", http, "--jt808", jt808, "--gateway", "127.0.0.1:0"])
            .arg("--data")
            .arg(data())
            .arg("--state")
            .arg(state)
            .env("RUST_LOG", "error")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut addresses = HashMap::new();
        for line in BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap) {
            if line == "ready" {
                break;
            }
            let (door, address) = line.split_once(' ').unwrap();
            addresses.insert(door.to_owned(), address.trim_start_matches("http://").parse().unwrap());
        }
        Self { child, http: addresses["http"], jt808: addresses["jt808"] }
    }

    /// The units as the server has them, by id.
    fn units(&self) -> HashMap<String, Value> {
        let mut stream = TcpStream::connect(self.http).unwrap();
        write!(stream, "GET /v1/units?limit=10000 HTTP/1.0\r\nHost: {}\r\n\r\n", self.http).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let body: Value = serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap();
        let unit = |feature: &Value| (feature["id"].as_str().unwrap().to_owned(), feature["properties"].clone());
        body["features"].as_array().unwrap().iter().map(unit).collect()
    }

    fn send(&self, method: &str, path: &str, body: &str) -> Value {
        let mut stream = TcpStream::connect(self.http).unwrap();
        let head = format!("{method} {path} HTTP/1.0\r\nHost: {}\r\nContent-Type: application/json\r\n", self.http);
        write!(stream, "{head}Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
    }

    fn live(&self) -> usize {
        self.units().values().filter(|unit| unit["contact"] == "live").count()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _reaped = self.child.wait();
    }
}

fn simulate(http: SocketAddr, jt808: SocketAddr, more: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_citygate"))
        .args(["simulate", "--http", &http.to_string(), "--jt808", &jt808.to_string(), "--json"])
        .args(["--rate-hz", RATE_HZ])
        .args(more)
        .arg("--data")
        .arg(data())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn finish(child: Child) -> (Output, Value) {
    let output = child.wait_with_output().unwrap();
    let summary = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
    (output, summary)
}

fn signal(child: &Child, signal: &str) {
    assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
}

fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < Duration::from_secs(150), "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(200));
    }
}

#[test]
fn the_city_comes_alive() {
    let _alone = alone();
    let state = TempDir::new().unwrap();
    let server = Server::start(state.path(), "127.0.0.1:0", "127.0.0.1:0");
    let running = simulate(server.http, server.jt808, &["--seconds", "15", "--measure", "--walls", "2", "--warm-up", "8"]);
    wait_until("most units are live", || server.live() > 3_400);
    let before = server.units();
    let (output, summary) = finish(running);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");

    let after = server.units();
    assert_eq!(after.len(), 3_500);
    let live = after.values().filter(|unit| unit["contact"] == "live").count();
    // About one in a hundred is silent.
    assert!(live > 3_400, "{live} of 3,500 are live\n{stderr}");
    let patrols = |unit: &&Value| unit["kind"] == "patrol_car" && unit["status"] == "available";
    let position = |unit: &Value| LatLng::new(unit["lat"].as_f64().unwrap(), unit["lon"].as_f64().unwrap()).unwrap();
    let moved = |unit: &&Value| haversine_m(position(unit), position(&before[unit["id"].as_str().unwrap()])) > 10.0;
    let known = |unit: &&Value| unit["lat"].is_f64() && before[unit["id"].as_str().unwrap()]["lat"].is_f64();
    let (patrolling, moving) =
        (after.values().filter(patrols).filter(known).count(), after.values().filter(patrols).filter(known).filter(moved).count());
    assert!(moving * 2 > patrolling && patrolling > 200, "{moving} of {patrolling} patrol cars moved");

    assert_eq!((&summary["units"], &summary["refused"]), (&Value::from(3_500), &Value::from(0)), "{summary}\n{stderr}");
    let (sent, accepted) = (summary["sent"].as_u64().unwrap(), summary["accepted"].as_u64().unwrap());
    assert!(accepted <= sent && accepted * 10 > sent * 9, "{summary}");
    let measurement = &summary["measurement"];
    assert_eq!((&measurement["walls"], &measurement["wrong_positions"]), (&Value::from(2), &Value::from(0)), "{summary}");
    assert!(measurement["latency"]["count"].as_u64().unwrap() > 1_000, "{summary}");
}

#[test]
fn an_ordered_unit_gets_there() {
    let _alone = alone();
    let state = TempDir::new().unwrap();
    let server = Server::start(state.path(), "127.0.0.1:0", "127.0.0.1:0");
    let running = simulate(server.http, server.jt808, &[]);
    let roads = city::load(&data()).unwrap().roads;
    let position = |unit: &Value| Some(LatLng::new(unit["lat"].as_f64()?, unit["lon"].as_f64()?).unwrap());
    wait_until("units are live", || server.live() > 1_000);
    let units = server.units();
    let is_free = |unit: &&Value| unit["kind"] == "patrol_car" && unit["status"] == "available" && position(unit).is_some();
    // Always the same two: how long a way round is depends on who drives it.
    let mut free: Vec<_> = units.values().filter(is_free).collect();
    free.sort_by_key(|unit| unit["id"].as_str());
    let mut free = free.into_iter();
    let [first, second] = std::array::from_fn(|_| free.next().unwrap());
    let junction = |unit: &Value| {
        let near = roads.nearest_junction(position(unit).unwrap().offset(120.0, 90.0)).unwrap();
        roads.junctions().get(near as usize).unwrap()
    };
    let order = |unit: &Value, purpose: &str| {
        let to = junction(unit);
        let order = serde_json::json!({"unit": unit["id"], "purpose": purpose, "to": {"lat": to.lat_deg(), "lon": to.lng_deg()}});
        server.send("POST", "/v1/orders", &serde_json::json!({"orders": [order]}).to_string())["orders"][0].clone()
    };
    let given = [order(first, "move_up"), order(second, "gate")];
    let now = |order: &Value| server.send("GET", &format!("/v1/orders/{}", order["id"].as_str().unwrap()), "");
    wait_until("who moved up is there and says so", || now(&given[0])["state"] == "ended");
    wait_until("who holds a gate is there", || now(&given[1])["state"] == "arrived");
    let [up, gate] = [now(&given[0]), now(&given[1])];
    assert!(up["reason"] == "done" && up["accepted_at"].is_string() && up["arrived_at"].is_string(), "{up}");
    assert!(gate["accepted_at"].is_string(), "{gate}");
    let there = server.units()[second["id"].as_str().unwrap()].clone();
    assert_eq!(there["status"], "on_scene");
    assert!(haversine_m(position(&there).unwrap(), junction(second)) < 80.0, "{there}");
    signal(&running, "-TERM");
    assert!(finish(running).0.status.success());
}

#[test]
fn it_finds_its_way_back() {
    let _alone = alone();
    let state = TempDir::new().unwrap();
    let server = Server::start(state.path(), "127.0.0.1:0", "127.0.0.1:0");
    let (http, jt808) = (server.http, server.jt808);
    let running = simulate(http, jt808, &["--seed", "7"]);
    wait_until("units are live", || server.live() > 1_000);
    drop(server);
    std::thread::sleep(Duration::from_secs(2));
    let server = Server::start(state.path(), &http.to_string(), &jt808.to_string());
    wait_until("most units are live again", || server.live() > 3_300);
    signal(&running, "-TERM");
    let (output, summary) = finish(running);
    assert!(output.status.success() && summary["lost"].as_u64().unwrap() > 1_000, "{summary}");
}

#[test]
fn without_a_server_it_waits_and_fails() {
    // A port that was free a moment ago.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let running = simulate(free, free, &[]);
    std::thread::sleep(Duration::from_secs(4));
    signal(&running, "-INT");
    let (output, _) = finish(running);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && stderr.contains("accepted no fix") && stderr.contains("waiting for the server"), "{stderr}");
}
