//! Measuring: how long a fix takes from the simulator's socket to a wall's socket, and what that costs the server.
//!
//! Walls run on a thread of their own, so that their clock is not held up by the senders. A record is matched with the fix
//! it shows by unit, time and position, each to a step of the binary form.

mod histogram;
mod process;
mod roster;
mod sent;
mod wall;
mod walls;
mod watch;

pub use histogram::Latencies;
pub use process::{ProcessError, ProcessSample};
pub use roster::{RosterUnit, roster};
pub use sent::{Found, SentLog};
pub use wall::WallReport;
pub use walls::{WallError, Walls};
pub use watch::Watch;

use serde::Serialize;

/// Latencies, milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Latency {
    /// Half are faster.
    pub p50_ms: f64,
    /// Nine in ten are faster.
    pub p90_ms: f64,
    /// 99 in 100 are faster.
    pub p99_ms: f64,
    /// The slowest.
    pub max_ms: f64,
    /// The mean.
    pub mean_ms: f64,
    /// How many there are.
    pub count: u64,
}

/// What the server process took.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Cost {
    /// Processor time in the window, as a share of one core: 0.15 is 15 %.
    pub cpu_of_one_core: f64,
    /// The part of it that is spent in the kernel.
    pub cpu_in_kernel: f64,
    /// Memory at the start of the window, MiB.
    pub rss_start_mib: f64,
    /// Memory at its end.
    pub rss_end_mib: f64,
    /// The most memory in it, looked at once a second.
    pub rss_max_mib: f64,
}

/// The result of a measurement.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Measurement {
    /// The length of the window, seconds.
    pub window_s: f64,
    /// How many walls were connected all the time.
    pub walls: usize,
    /// Fixes that were sent, a second.
    pub fixes_per_s: f64,
    /// Records in deltas, a second and wall.
    pub deltas_per_s: f64,
    /// Messages, a second and wall.
    pub messages_per_s: f64,
    /// Bytes of messages, a second and wall.
    pub bytes_per_s: f64,
    /// From the write of a fix to its arrival in a delta; `None` when none arrived.
    pub latency: Option<Latency>,
    /// Records whose fix the simulator did not send, or not lately.
    pub unmatched: u64,
    /// Records whose position is not the one that was sent.
    pub wrong_positions: u64,
    /// Gaps in the numbers of deltas.
    pub gaps: u64,
    /// What the server took, when its process was named.
    pub server: Option<Cost>,
}

impl std::fmt::Display for Measurement {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { window_s, walls, fixes_per_s, deltas_per_s, messages_per_s, bytes_per_s, .. } = self;
        writeln!(f, "window       {window_s:.1} s, {walls} walls")?;
        writeln!(f, "fixes        {fixes_per_s:.1} /s sent")?;
        writeln!(f, "each wall    {deltas_per_s:.1} records/s, {messages_per_s:.1} messages/s, {:.1} kB/s", bytes_per_s / 1e3)?;
        match &self.latency {
            Some(Latency { p50_ms, p90_ms, p99_ms, max_ms, mean_ms, count }) => writeln!(
                f,
                "latency      p50 {p50_ms:.1} ms, p90 {p90_ms:.1} ms, p99 {p99_ms:.1} ms, max {max_ms:.1} ms, mean {mean_ms:.1} ms of {count}"
            )?,
            None => writeln!(f, "latency      no fix arrived")?,
        }
        write!(f, "wrong        {} unmatched, {} positions, {} gaps", self.unmatched, self.wrong_positions, self.gaps)?;
        if let Some(Cost { cpu_of_one_core, cpu_in_kernel, rss_start_mib, rss_end_mib, rss_max_mib }) = &self.server {
            let (all, kernel) = (cpu_of_one_core * 100.0, cpu_in_kernel * 100.0);
            write!(f, "\nserver       {all:.1} % of one core ({kernel:.1} % in the kernel)")?;
            write!(f, ", memory {rss_start_mib:.1} -> {rss_end_mib:.1} MiB, most {rss_max_mib:.1} MiB")?;
        }
        Ok(())
    }
}
