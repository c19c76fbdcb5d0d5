//! The naive way: a task a wall, and each tick each wall's own JSON of all that changed in its box.
//!
//! A WebSocket of axum for each, in a process of its own. Its units move by the code of the feed, from a clock: it reads and checks no
//! fixes and keeps no world, so that only the part that its walls cost can be compared.

use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};

use axum::{
    Router,
    extract::{
        State, WebSocketUpgrade,
        ws::{Message, WebSocket},
    },
    response::Response,
    routing::any,
    serve::ListenerExt,
};
use citygate::{
    bus,
    ingest::binary::frame::FixRecord,
    load::{
        fleet::{Bounds, Fleet},
        units,
    },
    model::UnitId,
};
use serde::{Deserialize, Serialize};
use tokio::{
    net::TcpListener,
    sync::broadcast::{self, error::RecvError},
};

/// The word that makes this program the server.
pub(crate) const FLAG: &str = "--naive-server";
/// Ticks that a wall may be behind before it loses some.
const TICKS_BEHIND_MAX: usize = 32;

/// What a tick brought.
struct Tick {
    seq: u64,
    at_ms: i64,
    changed: Vec<Changed>,
}

struct Changed {
    unit: usize,
    lat: f64,
    lon: f64,
    fix: FixRecord,
}

/// A unit as Citygate's own JSON form of the stream has it.
#[derive(Serialize)]
struct Moved<'a> {
    no: usize,
    id: &'a UnitId,
    lat: f64,
    lon: f64,
    age_s: f64,
    speed_mps: f64,
    heading_deg: f64,
    status: &'static str,
    contact: &'static str,
    alarm: bool,
    kind: &'static str,
}

#[derive(Serialize)]
struct Delta<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    seq: u64,
    server_time: i64,
    units: Vec<Moved<'a>>,
}

#[derive(Deserialize)]
struct Subscribe {
    bbox: Option<[f64; 4]>,
}

#[derive(Clone)]
struct Shared {
    ids: Arc<Vec<UnitId>>,
    ticks: broadcast::Sender<Arc<Tick>>,
}

/// Runs it until the process is killed.
pub(crate) fn serve(units: usize, bbox: [f64; 4], tick_ms: u64, seed: u64) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let ids = Arc::new((0..units).map(|n| units::id(n).unwrap()).collect());
        let shared = Shared { ids, ticks: broadcast::Sender::new(TICKS_BEHIND_MAX) };
        tokio::spawn(tick(shared.ticks.clone(), Fleet::new(0..units, &Bounds::new(bbox), seed), units, tick_ms));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        println!("{}", listener.local_addr().unwrap());
        let router = Router::new().route("/v1/stream", any(stream)).with_state(shared);
        axum::serve(listener.tap_io(|stream| stream.set_nodelay(true).unwrap()), router).await.unwrap();
    });
}

/// Every unit reports once a second.
async fn tick(ticks: broadcast::Sender<Arc<Tick>>, mut fleet: Fleet, units: usize, tick_ms: u64) {
    let mut clock = tokio::time::interval(Duration::from_millis(tick_ms));
    for seq in 1.. {
        clock.tick().await;
        let at_ms = bus::now().unix_ms();
        let due = |ticks: u64| units as u64 * ticks * tick_ms / 1_000;
        let change = |_| {
            let fix = fleet.fix(at_ms);
            Changed { unit: fix.handle as usize, lat: f64::from(fix.lat_e7) / 1e7, lon: f64::from(fix.lon_e7) / 1e7, fix }
        };
        let changed = (due(seq - 1)..due(seq)).map(change).collect();
        // Nobody listening is no fault.
        let _walls = ticks.send(Arc::new(Tick { seq, at_ms, changed }));
    }
}

async fn stream(State(shared): State<Shared>, upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(async move |mut socket| wall(&mut socket, &shared).await)
}

async fn wall(socket: &mut WebSocket, shared: &Shared) {
    let Some(Ok(Message::Text(text))) = socket.recv().await else { return };
    let Subscribe { bbox } = serde_json::from_str(&text).unwrap();
    let mut ticks = shared.ticks.subscribe();
    loop {
        match ticks.recv().await {
            Ok(tick) => {
                let text = delta(&tick, bbox, &shared.ids);
                if socket.send(Message::Text(text.into())).await.is_err() {
                    return;
                }
            }
            Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => return,
        }
    }
}

fn delta(tick: &Tick, bbox: Option<[f64; 4]>, ids: &[UnitId]) -> String {
    let sees = |changed: &&Changed| {
        bbox.is_none_or(|[west, south, east, north]| (west..=east).contains(&changed.lon) && (south..=north).contains(&changed.lat))
    };
    let moved = |Changed { unit, lat, lon, fix }: &Changed| Moved {
        no: *unit,
        id: &ids[*unit],
        lat: *lat,
        lon: *lon,
        age_s: (tick.at_ms - fix.time_ms) as f64 / 1_000.0,
        speed_mps: f64::from(fix.speed_cmps) / 100.0,
        heading_deg: f64::from(fix.heading_cdeg) / 100.0,
        status: "available",
        contact: "live",
        alarm: false,
        kind: "patrol_car",
    };
    let units = tick.changed.iter().filter(sees).map(moved).collect();
    serde_json::to_string(&Delta { kind: "delta", seq: tick.seq, server_time: tick.at_ms, units }).unwrap()
}

/// The server, running.
pub(crate) struct Naive {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl Naive {
    /// Starts it as a process of its own, with these words.
    pub(crate) fn start(arguments: &[String]) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap()).arg(FLAG).args(arguments).stdout(Stdio::piped()).spawn().unwrap();
        let mut address = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut address).unwrap();
        Self { child, address: address.trim().parse().unwrap() }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Naive {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _reaped = self.child.wait();
    }
}
