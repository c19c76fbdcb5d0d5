//! One measurement: walls, the server's process, and a window that opens after the start.

use super::{Cost, Measurement, ProcessSample, Walls};
use crate::sim::{SimError, doors::Shared, stats::Stats};

/// What was there when the window opened.
#[derive(Debug)]
struct Opened {
    at: std::time::Instant,
    sent: u64,
    process: Option<ProcessSample>,
}

/// A measurement that goes on.
#[derive(Debug)]
pub struct Watch {
    walls: Walls,
    server_pid: Option<u32>,
    warm_up_s: u64,
    opened: Option<Opened>,
    rss_max_mib: f64,
}

impl Watch {
    /// Opens the walls. The window opens `warm_up_s` seconds after the first fixes.
    ///
    /// # Errors
    /// [`SimError::Process`] when there is no such process, [`SimError::Walls`].
    pub fn open(shared: &Shared, walls: usize, server_pid: Option<u32>, warm_up_s: u64) -> Result<Self, SimError> {
        server_pid.map(ProcessSample::take).transpose()?;
        let sent = shared.sent.clone().unwrap_or_else(|| std::sync::Arc::new(super::SentLog::new([])));
        Ok(Self {
            walls: Walls::open(walls, shared.http, shared.token.clone(), sent)?,
            server_pid,
            warm_up_s,
            opened: None,
            rss_max_mib: 0.0,
        })
    }

    /// To be called once a second.
    ///
    /// # Errors
    /// [`SimError::Process`] when the server's process is gone.
    pub fn second(&mut self, second: u64, stats: &Stats) -> Result<(), SimError> {
        if second < self.warm_up_s {
            return Ok(());
        }
        let process = self.server_pid.map(ProcessSample::take).transpose()?;
        self.rss_max_mib = process.map_or(0.0, |process| process.rss_mib).max(self.rss_max_mib);
        if self.opened.is_none() {
            self.walls.start();
            self.opened = Some(Opened { at: std::time::Instant::now(), sent: stats.sent.get(), process });
        }
        Ok(())
    }

    /// Closes the window and the walls; `None` when the window never opened.
    ///
    /// # Errors
    /// [`SimError::Process`], [`SimError::Walls`].
    pub fn finish(self, stats: &Stats) -> Result<Option<Measurement>, SimError> {
        let Self { walls, server_pid, opened, rss_max_mib, .. } = self;
        let Some(opened) = opened else { return Ok(None) };
        let window_s = opened.at.elapsed().as_secs_f64();
        let process = server_pid.map(ProcessSample::take).transpose()?;
        let fixes_per_s = (stats.sent.get() - opened.sent) as f64 / window_s;
        let connected = walls.connected();
        let report = walls.finish()?;
        let per_wall = |count: u64| count as f64 / window_s / connected.max(1) as f64;
        let cost = |(from, to): (ProcessSample, ProcessSample)| {
            let wall_s = to.at.duration_since(from.at).as_secs_f64();
            let (user_s, kernel_s) = (to.user_s - from.user_s, to.kernel_s - from.kernel_s);
            Cost {
                cpu_of_one_core: (user_s + kernel_s) / wall_s,
                cpu_in_kernel: kernel_s / wall_s,
                rss_start_mib: from.rss_mib,
                rss_end_mib: to.rss_mib,
                rss_max_mib: rss_max_mib.max(to.rss_mib),
            }
        };
        Ok(Some(Measurement {
            window_s,
            walls: connected,
            fixes_per_s,
            deltas_per_s: per_wall(report.records),
            messages_per_s: per_wall(report.messages),
            bytes_per_s: per_wall(report.bytes),
            latency: report.latencies.latency(),
            unmatched: report.unmatched,
            wrong_positions: report.wrong_positions,
            gaps: report.gaps,
            server: opened.process.zip(process).map(cost),
        }))
    }
}
