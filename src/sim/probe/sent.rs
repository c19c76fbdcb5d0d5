//! What was sent lately, and when: the senders write it, the walls look it up.

use std::{collections::HashMap, time::Instant};

use parking_lot::Mutex;

use crate::{
    frames::{AGE_STEP_MS, Step},
    model::UnitId,
};

/// Fixes of one unit that are remembered: more than a wall can be behind.
const KEPT: usize = 16;

/// One fix that went into a socket.
#[derive(Debug, Clone, Copy)]
struct Sent {
    time_ms: i64,
    lat_udeg: i32,
    lng_udeg: i32,
    at: Instant,
}

/// The last fixes of one unit.
#[derive(Debug, Clone, Default)]
struct Lately {
    ring: [Option<Sent>; KEPT],
    next: usize,
}

/// What the log knows of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// Its fix was sent then.
    Sent(Instant),
    /// A fix of that time was sent with another position.
    Elsewhere,
    /// No such fix.
    Nothing,
}

/// The last fixes of every unit. One lock for all, held for some nanoseconds by a sender and for one message by a wall.
#[derive(Debug)]
pub struct SentLog {
    numbers: HashMap<UnitId, usize>,
    units: Mutex<Vec<Lately>>,
}

/// The log, open for many look-ups.
pub struct Lookup<'a>(parking_lot::MutexGuard<'a, Vec<Lately>>);

impl SentLog {
    /// A log for the units of a run, numbered in this order.
    #[must_use]
    pub fn new(units: impl IntoIterator<Item = UnitId>) -> Self {
        let numbers: HashMap<_, _> = units.into_iter().zip(0..).collect();
        let units = Mutex::new(vec![Lately::default(); numbers.len()]);
        Self { numbers, units }
    }

    /// The number of a unit.
    #[must_use]
    pub fn number(&self, unit: &str) -> Option<usize> {
        self.numbers.get(unit).copied()
    }

    /// Notes that a fix goes into its socket now.
    pub fn note(&self, unit: usize, time_ms: i64, lat_udeg: i32, lng_udeg: i32) {
        let at = Instant::now();
        if let Some(lately) = self.units.lock().get_mut(unit) {
            let place = lately.next % KEPT;
            if let Some(slot) = lately.ring.get_mut(place) {
                *slot = Some(Sent { time_ms, lat_udeg, lng_udeg, at });
            }
            lately.next += 1;
        }
    }

    /// Opens the log.
    #[must_use]
    pub fn lookup(&self) -> Lookup<'_> {
        Lookup(self.units.lock())
    }
}

impl Lookup<'_> {
    /// Looks for the fix of a time at a position as a frame says them: up to a step late, to a millionth of a degree.
    #[must_use]
    pub fn find(&self, unit: usize, time_ms: i64, at: Step) -> Found {
        let step = i64::from(AGE_STEP_MS);
        let lately = self.0.get(unit);
        let mut found = Found::Nothing;
        for sent in
            lately.iter().flat_map(|lately| lately.ring.iter().flatten()).filter(|sent| (0..step).contains(&(time_ms - sent.time_ms)))
        {
            if (sent.lat_udeg, sent.lng_udeg) == (at.lat, at.lng) {
                return Found::Sent(sent.at);
            }
            found = Found::Elsewhere;
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sent_lately_is_found() {
        let log = SentLog::new(["a", "b"].map(|id| id.parse().unwrap()));
        assert_eq!((log.number("b"), log.number("c")), (Some(1), None));
        for n in 0..KEPT as i32 + 1 {
            log.note(1, i64::from(n) * 1_000, 22_000_000 + n, 108_000_000);
        }
        let lookup = log.lookup();
        let at = |lat| Step { lat, lng: 108_000_000 };
        assert!(matches!(lookup.find(1, 16_000, at(22_000_016)), Found::Sent(_)));
        assert!(matches!(lookup.find(1, 16_009, at(22_000_016)), Found::Sent(_)));
        assert_eq!(lookup.find(1, 16_010, at(22_000_016)), Found::Nothing);
        assert_eq!(lookup.find(1, 16_000, at(22_000_017)), Found::Elsewhere);
        assert_eq!(lookup.find(1, 0, at(22_000_000)), Found::Nothing);
        assert_eq!(lookup.find(0, 1_000, at(22_000_001)), Found::Nothing);
        assert_eq!(lookup.find(9, 0, at(0)), Found::Nothing);
    }
}
