//! How long to wait before trying again: longer each time, and not all at once.

use std::time::Duration;

use rand::{Rng, rngs::SmallRng};

/// The first wait, about.
const FIRST: Duration = Duration::from_millis(500);
/// The longest wait, about.
const LONGEST: Duration = Duration::from_secs(15);

/// The waits of one sender.
#[derive(Debug)]
pub struct Backoff {
    rng: SmallRng,
    wait: Duration,
}

impl Backoff {
    /// Waits that the dice spread.
    #[must_use]
    pub const fn new(rng: SmallRng) -> Self {
        Self { rng, wait: FIRST }
    }

    /// It worked: the next wait is a short one.
    pub const fn reset(&mut self) {
        self.wait = FIRST;
    }

    /// How long to wait now: half to one and a half of a wait that doubles.
    pub fn wait(&mut self) -> Duration {
        let wait = self.wait.mul_f64(self.rng.random_range(0.5..1.5));
        self.wait = (self.wait * 2).min(LONGEST);
        wait
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::chance::dice;

    #[test]
    fn waits_grow_to_a_limit_and_differ() {
        let mut backoff = Backoff::new(dice(1, "a"));
        let waits: Vec<_> = (0..50).map(|_| backoff.wait()).collect();
        assert!(waits[0] < FIRST * 2 && waits.iter().all(|wait| *wait < LONGEST.mul_f64(1.5)));
        assert!(waits.iter().skip(10).all(|wait| *wait >= LONGEST / 2));
        backoff.reset();
        assert!(backoff.wait() < FIRST * 2);
        assert_ne!(Backoff::new(dice(1, "a")).wait(), Backoff::new(dice(1, "b")).wait());
    }
}
