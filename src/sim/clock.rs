//! The time of each slot.

use std::time::{SystemTime, UNIX_EPOCH};

use tokio::time::{Duration, Instant};

use super::schedule::SLOT_MS;
use crate::model::Timestamp;

/// When the machine's clock is further away than this from where it should be, it was set: the times follow it.
const SET_MS: i64 = 250;

/// Slots as instants and as times of the machine's clock. Times of slots are evenly spaced whatever the delays: they only
/// leap when somebody sets the clock.
#[derive(Debug)]
pub(super) struct Clock {
    start: Instant,
    start_ms: i64,
}

fn unix_ms() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64)
}

impl Clock {
    /// A clock whose slot 0 is now.
    pub(super) fn start() -> Self {
        Self { start: Instant::now(), start_ms: unix_ms() }
    }

    /// When a slot is.
    pub(super) fn instant(&self, slot: u64) -> Instant {
        self.start + Duration::from_millis(slot * SLOT_MS)
    }

    /// The machine's time of a slot.
    pub(super) const fn time(&self, slot: u64) -> Timestamp {
        Timestamp::from_unix_ms(self.start_ms + (slot * SLOT_MS) as i64)
    }

    /// Follows the machine's clock when it was set.
    pub(super) fn follow(&mut self) {
        let off_ms = unix_ms() - self.start_ms - self.start.elapsed().as_millis() as i64;
        if off_ms.abs() > SET_MS {
            self.start_ms += off_ms;
        }
    }
}
