//! How much road is reached, as sums that never drift.

use super::{LIMITS, span::PLACES};

/// Millimetres of an edge times its places: whole numbers, so that what is added and taken away again leaves nothing. A network of
/// twenty million edges of 100 m is 1.3e17 of them.
pub(super) type Amount = u64;

/// How much of some road is reached.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Share {
    /// Metres of road that somebody reaches in time.
    pub reached_m: f64,
    /// Metres of road.
    pub total_m: f64,
}

impl Share {
    /// The share, 0 to 1; 1 where there is no road.
    #[must_use]
    pub fn share(&self) -> f64 {
        if self.total_m > 0.0 { self.reached_m / self.total_m } else { 1.0 }
    }

    /// Metres that nobody reaches in time.
    #[must_use]
    pub fn missing_m(&self) -> f64 {
        self.total_m - self.reached_m
    }
}

/// An edge's length in whole millimetres, at least 1.
pub(super) fn weight(length_m: f64) -> u32 {
    (length_m * 1_000.0).round().clamp(1.0, f64::from(u32::MAX)) as u32
}

pub(super) fn amount(weight: u32, places: u32) -> Amount {
    u64::from(weight) * u64::from(places)
}

pub(super) fn metres(amount: Amount) -> f64 {
    amount as f64 / (1_000.0 * f64::from(PLACES))
}

/// The sums of some road: in all, and within each limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Sum {
    pub(super) total: Amount,
    pub(super) reached: [Amount; LIMITS],
}

impl Sum {
    /// An edge's places within each limit change.
    pub(super) fn change(&mut self, weight: u32, old: [u32; LIMITS], new: [u32; LIMITS]) {
        for ((sum, old), new) in self.reached.iter_mut().zip(old).zip(new) {
            *sum = *sum + amount(weight, new) - amount(weight, old);
        }
    }

    pub(super) fn shares(&self) -> [Share; LIMITS] {
        self.reached.map(|reached| Share { reached_m: metres(reached), total_m: metres(self.total) })
    }
}
