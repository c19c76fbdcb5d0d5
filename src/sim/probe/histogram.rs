//! Latencies in little memory, three digits each.

use std::time::Duration;

use hdrhistogram::{CreationError, Histogram};

use super::Latency;

/// The slowest that is told apart, microseconds: ten minutes.
const SLOWEST_US: u64 = 600_000_000;

/// How often each latency was seen, in microseconds.
#[derive(Debug, Clone)]
pub struct Latencies(Histogram<u64>);

impl Latencies {
    /// None yet.
    ///
    /// # Errors
    /// None for these bounds.
    pub fn new() -> Result<Self, CreationError> {
        Histogram::new_with_bounds(1, SLOWEST_US, 3).map(Self)
    }

    /// Counts one.
    pub fn add(&mut self, latency: Duration) {
        self.0.saturating_record(latency.as_micros() as u64);
    }

    /// Adds what another one counted.
    pub fn merge(&mut self, other: &Self) {
        // Both have the same bounds.
        let _fits = self.0.add(&other.0);
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.0.reset();
    }

    /// The figures; `None` when nothing was counted.
    #[must_use]
    pub fn latency(&self) -> Option<Latency> {
        let ms = |share: f64| self.0.value_at_quantile(share) as f64 / 1e3;
        (!self.0.is_empty()).then(|| Latency {
            p50_ms: ms(0.5),
            p90_ms: ms(0.9),
            p99_ms: ms(0.99),
            max_ms: self.0.max() as f64 / 1e3,
            mean_ms: self.0.mean() / 1e3,
            count: self.0.len(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_the_sorted_list() {
        let mut latencies = Latencies::new().unwrap();
        assert_eq!(latencies.latency(), None);
        let us: Vec<u64> = (0..10_000).map(|n| (n * 7_919) % 10_000 * 30 + 7).collect();
        us.iter().for_each(|us| latencies.add(Duration::from_micros(*us)));
        let mut sorted = us;
        sorted.sort_unstable();
        let latency = latencies.latency().unwrap();
        for (found_ms, rank) in [(latency.p50_ms, 4_999), (latency.p90_ms, 8_999), (latency.p99_ms, 9_899), (latency.max_ms, 9_999)] {
            let right_ms = sorted[rank] as f64 / 1e3;
            assert!((0.999..1.001).contains(&(found_ms / right_ms)), "{found_ms} {right_ms}");
        }
        let mut both = Latencies::new().unwrap();
        both.add(Duration::from_secs(60));
        both.merge(&latencies);
        let latency = both.latency().unwrap();
        assert!((59_900.0..60_100.0).contains(&latency.max_ms) && latency.count == 10_001, "{latency:?}");
        both.clear();
        assert_eq!(both.latency(), None);
    }
}
