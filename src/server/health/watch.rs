//! What the server's own counters say, now and a minute ago: health is what changed meanwhile.

use std::{
    collections::VecDeque,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use parking_lot::Mutex;

use crate::server::{App, measure};

/// How often the counters are read.
const EVERY: Duration = Duration::from_secs(10);
/// How many readings are kept: those of a minute.
const KEPT: usize = 7;

/// What the counters and gauges of the metrics say, those of all labels together.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Readings {
    /// Groups of events that the journal could not keep.
    pub journal_failures: f64,
    /// Fixes that a newer one replaced in the queue.
    pub merged: f64,
    /// Fixes taken.
    pub accepted: f64,
    /// Fixes refused because their time is ahead of this machine's clock.
    pub future: f64,
    /// Gateways and terminals that are connected.
    pub sources: f64,
    /// Map walls that are connected.
    pub walls: f64,
    /// How often a wall was so far behind that it was sent all anew.
    pub behind: f64,
    /// Sockets closed because they took nothing.
    pub stuck: f64,
}

impl Readings {
    /// Of the metrics as text.
    #[must_use]
    pub fn of(metrics: &str) -> Self {
        let mut readings = Self::default();
        for line in metrics.lines().filter(|line| !line.starts_with('#')) {
            let Some((series, value)) = line.rsplit_once(' ') else { continue };
            let (name, labels) = series.split_once('{').unwrap_or((series, ""));
            let reading = match name {
                "citygate_journal_failures_total" => &mut readings.journal_failures,
                "citygate_queue_merged_fixes_total" => &mut readings.merged,
                "citygate_fixes_accepted_total" => &mut readings.accepted,
                "citygate_fixes_refused_total" if labels.contains("reason=\"future\"") => &mut readings.future,
                "citygate_gateway_connections" | "citygate_jt808_connections" => &mut readings.sources,
                measure::SOCKETS if labels.contains("route=\"/v1/stream") => &mut readings.walls,
                measure::STREAM_CUT if labels.contains("cause=\"behind\"") => &mut readings.behind,
                measure::STREAM_CUT | measure::STREAM_STUCK => &mut readings.stuck,
                _ => continue,
            };
            *reading += value.parse().unwrap_or(0.0);
        }
        readings
    }
}

/// What was read, and when by both clocks.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// What was read.
    pub readings: Readings,
    /// By the clock on the wall, milliseconds since 1970.
    pub wall_ms: i64,
    /// By the clock that nobody sets.
    pub at: Instant,
}

impl Moment {
    /// Now.
    #[must_use]
    pub fn now(app: &App) -> Self {
        Self { readings: Readings::of(&app.metrics.render()), wall_ms: app.bus.now().unix_ms(), at: Instant::now() }
    }

    /// How far the clock on the wall was set since another moment, milliseconds: forward is positive.
    #[must_use]
    pub fn set_ms(&self, then: &Self) -> i64 {
        let passed = self.at.saturating_duration_since(then.at).as_millis();
        (self.wall_ms - then.wall_ms).saturating_sub(i64::try_from(passed).unwrap_or(i64::MAX))
    }
}

/// The readings of the last minute, and the disk that is written to.
#[derive(Debug)]
pub struct Watch {
    state: PathBuf,
    /// The oldest first.
    kept: Mutex<VecDeque<Moment>>,
}

impl Watch {
    /// Over the state folder; nothing is read yet.
    #[must_use]
    pub fn new(state: &Path) -> Self {
        Self { state: state.to_owned(), kept: Mutex::new(VecDeque::with_capacity(KEPT)) }
    }

    /// Some minute ago, or as long ago as the server has been up; none right after its start.
    #[must_use]
    pub fn then(&self) -> Option<Moment> {
        self.kept.lock().front().copied()
    }

    /// Bytes that are free on the state folder's disk and bytes that it has; none when the system does not say.
    #[must_use]
    pub fn disk(&self) -> Option<(u64, u64)> {
        let found = rustix::fs::statvfs(&self.state).ok()?;
        Some((found.f_bavail.saturating_mul(found.f_frsize), found.f_blocks.saturating_mul(found.f_frsize)))
    }

    fn keep(&self, moment: Moment) {
        let mut kept = self.kept.lock();
        if kept.len() == KEPT {
            kept.pop_front();
        }
        kept.push_back(moment);
    }
}

/// Reads the counters as long as it runs.
pub async fn watch(app: App) {
    let mut times = tokio::time::interval(EVERY);
    loop {
        times.tick().await;
        app.watch.keep(Moment::now(&app));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_are_read_and_labels_added_up() {
        let text = "# HELP citygate_fixes_accepted_total Fixes\n# TYPE citygate_fixes_accepted_total counter\n\
            citygate_fixes_accepted_total{protocol=\"jt808\"} 7\ncitygate_fixes_accepted_total{protocol=\"native\"} 5\n\
            citygate_fixes_refused_total{protocol=\"native\",reason=\"future\"} 3\ncitygate_fixes_refused_total{protocol=\"native\",reason=\"late\"} 9\n\
            citygate_gateway_connections 2\ncitygate_jt808_connections 40\ncitygate_sockets{route=\"/v1/stream\"} 4\n\
            citygate_sockets{route=\"/v1/ask\"} 1\ncitygate_stream_cut_total{cause=\"behind\"} 6\nsomething_else 1\n";
        let right = Readings { accepted: 12.0, future: 3.0, sources: 42.0, walls: 4.0, behind: 6.0, ..Readings::default() };
        assert_eq!(Readings::of(text), right);
    }

    #[test]
    fn a_clock_that_is_set_shows() {
        let at = Instant::now();
        let moment = |wall_ms, after_s| Moment { readings: Readings::default(), wall_ms, at: at + Duration::from_secs(after_s) };
        assert_eq!(moment(70_000, 60).set_ms(&moment(10_000, 0)), 0);
        assert_eq!(moment(75_000, 60).set_ms(&moment(10_000, 0)), 5_000);
        assert_eq!(moment(10_000, 60).set_ms(&moment(10_000, 0)), -60_000);
    }

    #[test]
    fn no_more_than_a_minute_is_kept() {
        let watch = Watch::new(Path::new("."));
        assert!(watch.then().is_none() && watch.disk().is_some_and(|(free, all)| free <= all && all > 0));
        for n in 0..20 {
            watch.keep(Moment { readings: Readings::default(), wall_ms: n, at: Instant::now() });
        }
        assert_eq!((watch.then().unwrap().wall_ms, watch.kept.lock().len()), (20 - KEPT as i64, KEPT));
    }
}
