//! A city in motion: every unit drives along the roads and reports through the real sockets, seeded.
//!
//! ```text
//! Schedule -> Fleet (Ground, Flier, GpsNoise: pure) -> fix -> Terminal  JT/T 808 over TCP, one socket a vehicle
//!    |          ^                                          -> Phone     OsmAnd over HTTP, one kept-alive socket a phone
//!    |          | statuses                                 -> Radio     native JSON over WebSocket, a gateway for many
//!    +-> Life --+--------------------------------------------> Desk     PATCH /v1/units/{id}, /v1/orders/{id}
//!    +-> Errands, Guide <- Ears  GET /v1/orders, closures     ^
//!           +-------------------------------------------------+
//!                                   SentLog <- every send; Walls (own thread) -> latency
//! ```
//!
//! All of it but the walls runs on one thread: a wheel of 10 ms wakes who is due, each sender is a task that sleeps until
//! then. Everything that moves is decided by the seed and the second; sockets decide nothing.

pub mod backoff;
pub mod chance;
pub mod doors;
pub mod errands;
pub mod fleet;
pub mod life;
pub mod movement;
pub mod probe;
pub mod schedule;
pub mod silence;
pub mod stats;

mod clock;
mod crew;

mod sync;
mod wheel;

use std::path::PathBuf;

use serde::Serialize;

pub use wheel::run;

/// The highest rate at which units report, a second.
pub const RATE_HZ_MAX: f64 = 10.0;
/// The lowest.
pub const RATE_HZ_MIN: f64 = 0.01;
/// The most walls that measure.
pub const WALLS_MAX: usize = 1_000;

/// What to simulate.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// The server's HTTP: `host:port`, with or without `http://`.
    pub http: String,
    /// The server's JT/T 808: `host:port`.
    pub jt808: String,
    /// A program's token, for HTTP and WebSockets.
    pub token: Option<String>,
    /// The folder of the city.
    pub data: PathBuf,
    /// What decides all chance.
    pub seed: u64,
    /// How often each unit reports, a second. Vehicle terminals report once a second at most: their times have no finer
    /// grain.
    pub rate_hz: f64,
    /// How long; without an end when `None`.
    pub seconds: Option<u64>,
    /// Whether alarms are raised.
    pub alarms: bool,
    /// What to measure, if anything.
    pub measure: Option<MeasureOptions>,
}

/// What to measure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeasureOptions {
    /// How many walls watch the whole city.
    pub walls: usize,
    /// The server's process, to see what it takes.
    pub server_pid: Option<u32>,
    /// How long the start is left out, seconds.
    pub warm_up_s: u64,
}

/// What came of a run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    /// How many units there were.
    pub units: usize,
    /// Fixes that went into a socket.
    pub sent: u64,
    /// Fixes that the server accepted.
    pub accepted: u64,
    /// Fixes that the server refused.
    pub refused: u64,
    /// Fixes that were not sent, for want of a connection or an answer.
    pub skipped: u64,
    /// Connections that were lost or not made.
    pub lost: u64,
    /// Changes of status and alarms that the server took.
    pub changes: u64,
    /// What was measured.
    pub measurement: Option<probe::Measurement>,
}

/// Why a run failed.
#[derive(Debug, thiserror::Error)]
pub enum SimError {
    /// A rate that cannot be.
    #[error("rate {0} Hz is out of range: give {RATE_HZ_MIN} to {RATE_HZ_MAX}")]
    Rate(f64),
    /// Too many walls, or none.
    #[error("{0} walls: give 1 to {WALLS_MAX}")]
    WallCount(usize),
    /// The files of the city.
    #[error("{0}; give the folder of a city with --data")]
    City(#[from] crate::city::CityError),
    /// An address.
    #[error("address `{value}`: {source}; give host:port")]
    Address {
        /// What was given.
        value: String,
        /// What is wrong.
        source: std::io::Error,
    },
    /// The system refuses something.
    #[error("the system refuses: {0}")]
    System(#[from] std::io::Error),
    /// Too few files may be open.
    #[error("the system lets {got} files be open, {needed} are needed: raise the limit, e.g. ulimit -n {needed}")]
    FileLimit {
        /// What there may be.
        got: u64,
        /// What is needed.
        needed: u64,
    },
    /// A device id that its protocol cannot carry.
    #[error("device `{device}` of unit `{unit}`: {source}")]
    Device {
        /// The unit.
        unit: crate::model::UnitId,
        /// The device.
        device: crate::model::DeviceId,
        /// What is wrong.
        source: doors::DoorError,
    },
    /// The server's process.
    #[error(transparent)]
    Process(#[from] probe::ProcessError),
    /// The walls.
    #[error(transparent)]
    Walls(#[from] probe::WallError),
    /// Nothing came through.
    #[error("the server at {0} accepted no fix: see that it runs and has the same city")]
    NothingAccepted(String),
}
