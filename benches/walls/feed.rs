//! Fixes of all units at 1 Hz by the binary protocol, from a thread of its own, and the moments at which they were written.

use std::{
    net::{Shutdown, SocketAddr, TcpStream},
    sync::Arc,
    thread::JoinHandle,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use citygate::{
    frames::{Spot, Step},
    ingest::binary::frame::{FixRecord, Frame, RECORDS_MAX, Request},
    load::{
        LoadError,
        drive::{Answers, Batches, Pace, drive},
        fixes::{FixBatches, Gateway},
        fleet::{Bounds, Fleet},
        window::{Window, wake_on_time},
    },
};
use parking_lot::{Mutex, MutexGuard};

const CONNECTIONS: usize = 4;
/// As many as gateways send: so many that fixes do not come in lumps, so few that their frames are not the load.
const BATCHES_PER_S: usize = 200;
/// Fixes of one unit that are remembered: more than a wall can be behind.
pub(crate) const KEPT: usize = 8;
/// Ten-millionths of a degree in a step of a frame's positions.
const STEP_E7: u32 = 10;
/// The feed ends when it is stopped; a clock must name some end.
const LONGEST: Duration = Duration::from_secs(24 * 3_600);

/// The system's clock, which is the server's, microseconds since 1970.
pub(crate) fn now_us() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros() as i64
}

/// A fix that went into a gateway's socket.
#[derive(Debug, Clone, Copy)]
struct Sent {
    time_ms: i64,
    lat_e7: i32,
    lon_e7: i32,
    written_us: i64,
}

#[derive(Debug, Clone, Copy, Default)]
struct Lately {
    ring: [Option<Sent>; KEPT],
    next: usize,
}

/// What the log knows of a fix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    /// The time of the fix, and when it was written.
    Sent { time_ms: i64, written_us: i64 },
    /// There is one of that age, more than a step away.
    Elsewhere,
    /// None of that age.
    Nothing,
}

/// The last fixes of each unit of the load.
#[derive(Debug)]
pub(crate) struct SentLog(Mutex<(Vec<Lately>, u64)>);

impl SentLog {
    pub(crate) fn new(units: usize) -> Self {
        Self(Mutex::new((vec![Lately::default(); units], 0)))
    }

    /// Notes fixes of units that count from `first`, written now.
    pub(crate) fn note(&self, first: usize, fixes: impl Iterator<Item = FixRecord>, written_us: i64) {
        let (units, count) = &mut *self.0.lock();
        for FixRecord { handle, time_ms, lat_e7, lon_e7, .. } in fixes {
            let lately = &mut units[first + handle as usize];
            lately.ring[lately.next % KEPT] = Some(Sent { time_ms, lat_e7, lon_e7, written_us });
            lately.next += 1;
            *count += 1;
        }
    }

    /// How many were noted.
    pub(crate) fn count(&self) -> u64 {
        self.0.lock().1
    }

    /// Opens the log for the look-ups of a message.
    pub(crate) fn open(&self) -> Opened<'_> {
        Opened(self.0.lock())
    }
}

/// The log, open.
pub(crate) struct Opened<'a>(MutexGuard<'a, (Vec<Lately>, u64)>);

impl Opened<'_> {
    /// Looks for the fix that a record of a frame shows: of that age at the server's time `at_ms`, within a step.
    pub(crate) fn find(&self, unit: usize, at_ms: i64, spot: &Spot) -> Found {
        let Some(lately) = self.0.0.get(unit) else { return Found::Nothing };
        let mut found = Found::Nothing;
        for sent in lately.ring.iter().flatten().filter(|sent| Spot::age_of(at_ms - sent.time_ms) == spot.age) {
            if is_near(sent, spot.at) {
                return Found::Sent { time_ms: sent.time_ms, written_us: sent.written_us };
            }
            found = Found::Elsewhere;
        }
        found
    }
}

fn is_near(sent: &Sent, at: Step) -> bool {
    let near = |sent: i32, steps: i32| sent.abs_diff(steps.saturating_mul(STEP_E7 as i32)) <= STEP_E7;
    near(sent.lat_e7, at.lat) && near(sent.lon_e7, at.lng)
}

/// Batches that are noted as they are written.
struct Noted {
    batches: FixBatches,
    /// The first unit of each connection.
    first: Vec<usize>,
    log: Arc<SentLog>,
}

impl Batches for Noted {
    fn batch(&mut self, line: usize, out: &mut Vec<u8>) {
        let from = out.len();
        self.batches.batch(line, out);
        let frame = Frame::next(&mut &out[from..]).unwrap().unwrap();
        let Request::Fixes(fixes) = Request::decode(frame).unwrap() else { unreachable!("a batch is of fixes") };
        self.log.note(self.first[line], fixes.iter(), now_us());
    }

    fn answers(&mut self, line: usize, bytes: &[u8]) -> Result<Answers, LoadError> {
        self.batches.answers(line, bytes)
    }
}

/// What became of all fixes.
#[derive(Debug)]
pub(crate) struct Fed {
    pub(crate) accepted: u64,
    pub(crate) refused: u64,
    pub(crate) first_refusal: Option<String>,
}

/// The feed, running.
pub(crate) struct Feed {
    pub(crate) log: Arc<SentLog>,
    streams: Vec<TcpStream>,
    thread: JoinHandle<(Noted, Result<(), LoadError>)>,
}

impl Feed {
    /// Lets every unit of the load report once a second.
    pub(crate) fn start(gateway: SocketAddr, bounds: &Bounds, units: usize, seed: u64) -> Self {
        let log = Arc::new(SentLog::new(units));
        let connections = CONNECTIONS.min(units);
        let (mut streams, mut fleets, mut first) = (Vec::new(), Vec::new(), vec![0]);
        for line in 0..connections {
            let (from, count) = (first[line], units / connections + usize::from(line < units % connections));
            let mut door = Gateway::open(gateway, None).unwrap();
            assert!(door.name(from, count).unwrap().is_empty(), "units that the server does not know");
            streams.push(door.into_stream());
            fleets.push(Fleet::new(from..from + count, bounds, seed));
            first.push(from + count);
        }
        let batch = (units / BATCHES_PER_S).clamp(1, RECORDS_MAX);
        let mut noted = Noted { batches: FixBatches::new(fleets, batch), first, log: log.clone() };
        let own = streams.iter().map(|stream| stream.try_clone().unwrap()).collect();
        let pace = Pace::Steady(units as f64 / batch as f64);
        let thread = std::thread::spawn(move || {
            wake_on_time();
            let now = Instant::now();
            let driven = drive(own, &mut noted, pace, &Window { starts: now, opens: now, closes: now + LONGEST });
            (noted, driven.map(drop))
        });
        Self { log, streams, thread }
    }

    /// Stops it.
    pub(crate) fn stop(self) -> Fed {
        // What breaks after this is broken here.
        let has_ended = self.thread.is_finished();
        self.streams.iter().for_each(|stream| stream.shutdown(Shutdown::Both).unwrap());
        let (noted, driven) = self.thread.join().unwrap();
        assert!(!has_ended, "the feed ended by itself: {driven:?}");
        let FixBatches { accepted, refused, first_refusal, .. } = noted.batches;
        Fed { accepted, refused, first_refusal }
    }
}
