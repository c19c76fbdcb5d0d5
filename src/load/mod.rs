//! A load on a running server: fixes in, questions out, in any mix, and what it cost.
//!
//! ```text
//! Plan -> drive (one thread, all connections of fixes)   Fleet: every unit moves at a plausible speed
//!   |        ^ Batches: the binary protocol here; a bench puts a peer's in its place
//!   +---> askers (a thread a connection)                 HTTP or WebSocket
//!   +---> the server's process, looked at when the window opens and closes
//! ```
//!
//! **Open loop**: at a fixed rate everything has a moment at which it is due, and its latency counts from then, so that a
//! server that falls behind shows as latency and not as a lower rate. Flat out ([`Options::flat_out`]) everything that an
//! answer makes room for is sent at once: that finds the highest rate and says nothing of latency.

pub mod asker;
pub mod drive;
pub mod fixes;
pub mod fleet;
pub mod http;
pub mod pin;
pub mod report;
pub mod units;
pub mod window;

mod run;

use serde::Serialize;

pub use report::{FixReport, Quantiles, QuestionReport, Report};
pub use run::run;

use crate::sim::probe::ProcessError;

/// The most connections of fixes.
pub const CONNECTIONS_MAX: usize = 64;
/// The most connections of each kind of question.
pub const ASKERS_MAX: usize = 64;
/// The most units.
pub const UNITS_MAX: usize = 1_000_000;
/// The most fixes in a batch.
pub const BATCH_MAX: usize = 4_096;
/// Nobody reports more often, fixes a second and unit: times are milliseconds and must grow.
pub const FIXES_PER_UNIT_S_MAX: f64 = 200.0;

/// How questions travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Over {
    /// One request each on a kept connection.
    #[default]
    Http,
    /// The WebSocket `/v1/ask`.
    Websocket,
}

/// A kind of question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// `/v1/nearest`, the ten nearest.
    Nearest,
    /// `/v1/rings`, three rings.
    Rings,
    /// `/v1/zones/at`.
    Zones,
}

impl Kind {
    /// The name in a report.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Nearest => "nearest",
            Self::Rings => "rings",
            Self::Zones => "zones at",
        }
    }
}

/// What to do to which server.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// The server's HTTP: `host:port`, with or without `http://`.
    pub http: String,
    /// A program's token, for all doors.
    pub token: Option<String>,
    /// The server's door for gateways: `host:port`.
    pub gateway: String,
    /// How many units report.
    pub units: usize,
    /// Fixes a second, of all units together.
    pub fixes_per_s: f64,
    /// Connections that carry fixes.
    pub connections: usize,
    /// Fixes in a batch.
    pub batch: usize,
    /// Questions a second, of each kind.
    pub questions: [(Kind, f64); 3],
    /// How questions travel.
    pub over: Over,
    /// Connections of each kind of question.
    pub askers: usize,
    /// As fast as answers come, instead of at the rates; a rate of zero stays zero.
    pub flat_out: bool,
    /// Batches in flight on a connection when flat out.
    pub in_flight: usize,
    /// How long is measured, seconds.
    pub seconds: f64,
    /// How long before that is left out, seconds.
    pub warm_up_s: f64,
    /// What decides all chance.
    pub seed: u64,
    /// The server's process, to see what it takes.
    pub server_pid: Option<u32>,
    /// The one core for this process and the server's.
    pub pin_core: Option<usize>,
}

/// Why a load failed.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A number that cannot be.
    #[error("{flag} {value} is wrong: give {expected}")]
    Range {
        /// The flag.
        flag: &'static str,
        /// What was given.
        value: String,
        /// What is right.
        expected: String,
    },
    /// A connection cannot be made.
    #[error("cannot connect to {address} ({flag}): {source}; see that the server runs")]
    Connect {
        /// The flag that names it.
        flag: &'static str,
        /// Where to.
        address: String,
        /// Why.
        source: std::io::Error,
    },
    /// A connection broke.
    #[error("the connection to {0} broke: {1}")]
    Broken(&'static str, std::io::Error),
    /// The server does not speak as it should.
    #[error("the server's {what} is not understood: {why}")]
    Answer {
        /// Which answer.
        what: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// The server refused a unit.
    #[error("the server refuses unit `{unit}`: {why}")]
    Unit {
        /// The unit.
        unit: String,
        /// What it said.
        why: String,
    },
    /// The system refuses something.
    #[error("the system refuses: {0}")]
    System(#[from] std::io::Error),
    /// The server's process.
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// A histogram.
    #[error(transparent)]
    Histogram(#[from] hdrhistogram::CreationError),
    /// A thread of this program ended badly.
    #[error("a thread of the load ended badly")]
    Thread,
    /// Nothing came through.
    #[error("the server took no fix and answered no question in the window: see that it runs, and that the rates are not all zero")]
    Nothing,
}

impl Options {
    /// Checks what can be checked without a server.
    ///
    /// # Errors
    /// [`LoadError::Range`] names the flag, the value and what is right.
    pub fn check(&self) -> Result<(), LoadError> {
        let wrong = |flag: &'static str, value: &dyn std::fmt::Display, expected: String| {
            Err(LoadError::Range { flag, value: value.to_string(), expected })
        };
        for (flag, value, max) in [
            ("--units", self.units, UNITS_MAX),
            ("--connections", self.connections, CONNECTIONS_MAX.min(self.units)),
            ("--batch", self.batch, BATCH_MAX),
            ("--askers", self.askers, ASKERS_MAX),
            ("--in-flight", self.in_flight, 1_024),
        ] {
            if !(1..=max).contains(&value) {
                return wrong(flag, &value, format!("1 to {max}"));
            }
        }
        let rates = self.questions.iter().map(|(kind, rate)| match kind {
            Kind::Nearest => ("--nearest-per-s", *rate),
            Kind::Rings => ("--rings-per-s", *rate),
            Kind::Zones => ("--zones-per-s", *rate),
        });
        for (flag, rate) in rates.chain([("--fixes-per-s", self.fixes_per_s)]) {
            if !(0.0..=1e8).contains(&rate) {
                return wrong(flag, &rate, "0 to 100000000 a second".to_owned());
            }
        }
        if !self.flat_out && self.fixes_per_s > self.units as f64 * FIXES_PER_UNIT_S_MAX {
            let expected = format!("at most {FIXES_PER_UNIT_S_MAX} for each of {} units, or more --units", self.units);
            return wrong("--fixes-per-s", &self.fixes_per_s, expected);
        }
        for (flag, seconds, least) in [("--seconds", self.seconds, 0.1), ("--warm-up", self.warm_up_s, 0.0)] {
            if !(least..=86_400.0).contains(&seconds) {
                return wrong(flag, &seconds, format!("{least} to 86400 seconds"));
            }
        }
        Ok(())
    }
}
