//! When measuring begins and ends: fixed before anything is sent, so that all threads agree without talking.

use std::{
    num::NonZeroU64,
    time::{Duration, Instant},
};

/// The kernel may wake a sleeper so late, nanoseconds. Its usual 50 us would count as the server's latency.
const TIMER_SLACK_NS: Option<NonZeroU64> = NonZeroU64::new(1_000);

/// The window in which is measured.
#[derive(Debug, Clone, Copy)]
pub struct Window {
    /// When the first batch and question are due.
    pub starts: Instant,
    /// When measuring begins.
    pub opens: Instant,
    /// When nothing is due any more.
    pub closes: Instant,
}

impl Window {
    /// A window that opens after the warm-up.
    #[must_use]
    pub fn new(warm_up_s: f64, seconds: f64) -> Self {
        let starts = Instant::now();
        let opens = starts + Duration::from_secs_f64(warm_up_s);
        Self { starts, opens, closes: opens + Duration::from_secs_f64(seconds) }
    }

    /// Whether something due at that moment counts.
    #[must_use]
    pub fn counts(&self, due: Instant) -> bool {
        (self.opens..self.closes).contains(&due)
    }

    /// Its length, seconds.
    #[must_use]
    pub fn seconds(&self) -> f64 {
        (self.closes - self.opens).as_secs_f64()
    }
}

/// Lets this thread wake on time. Where the system does not, latencies are some 50 us too long, which is no reason to stop.
pub fn wake_on_time() {
    if let Err(error) = rustix::thread::set_current_timer_slack(TIMER_SLACK_NS) {
        tracing::warn!(%error, "this thread wakes up to 50 us late");
    }
}
