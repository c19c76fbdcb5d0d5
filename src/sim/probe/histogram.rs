//! Latencies in fixed memory: 0.1 ms wide up to ten seconds.

use std::time::Duration;

use super::Latency;

/// The width of a bucket, microseconds.
const WIDTH_US: u64 = 100;
/// How many buckets: what is slower counts in the last.
const BUCKETS: usize = 100_000;

/// How often each latency was seen. 800 kB, whatever the number.
#[derive(Debug, Clone)]
pub struct Histogram {
    buckets: Vec<u64>,
    count: u64,
    sum_us: u64,
    max_us: u64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self { buckets: vec![0; BUCKETS], count: 0, sum_us: 0, max_us: 0 }
    }
}

impl Histogram {
    /// Counts one. O(1).
    pub fn add(&mut self, latency: Duration) {
        let us = latency.as_micros() as u64;
        let bucket = (us / WIDTH_US).min(BUCKETS as u64 - 1) as usize;
        if let Some(bucket) = self.buckets.get_mut(bucket) {
            *bucket += 1;
        }
        self.count += 1;
        self.sum_us += us;
        self.max_us = self.max_us.max(us);
    }

    /// Adds what another one counted.
    pub fn merge(&mut self, other: &Self) {
        self.buckets.iter_mut().zip(&other.buckets).for_each(|(mine, theirs)| *mine += theirs);
        self.count += other.count;
        self.sum_us += other.sum_us;
        self.max_us = self.max_us.max(other.max_us);
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.buckets.fill(0);
        (self.count, self.sum_us, self.max_us) = (0, 0, 0);
    }

    /// The upper end of the bucket below which `share` of all lie, at most the largest, milliseconds.
    fn quantile_ms(&self, share: f64) -> f64 {
        let rank = ((self.count as f64 * share).ceil() as u64).max(1);
        let mut below = 0;
        for (n, bucket) in (1..).zip(&self.buckets) {
            below += bucket;
            if below >= rank && n < BUCKETS as u64 {
                return (n * WIDTH_US).min(self.max_us) as f64 / 1e3;
            }
        }
        self.max_us as f64 / 1e3
    }

    /// The figures; `None` when nothing was counted.
    #[must_use]
    pub fn latency(&self) -> Option<Latency> {
        (self.count > 0).then(|| Latency {
            p50_ms: self.quantile_ms(0.5),
            p90_ms: self.quantile_ms(0.9),
            p99_ms: self.quantile_ms(0.99),
            max_ms: self.max_us as f64 / 1e3,
            mean_ms: self.sum_us as f64 / self.count as f64 / 1e3,
            count: self.count,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_the_sorted_list() {
        let mut histogram = Histogram::default();
        assert_eq!(histogram.latency(), None);
        let us: Vec<u64> = (0..10_000).map(|n| (n * 7_919) % 10_000 * 30 + 7).collect();
        us.iter().for_each(|us| histogram.add(Duration::from_micros(*us)));
        let mut sorted = us;
        sorted.sort_unstable();
        let latency = histogram.latency().unwrap();
        for (found_ms, rank) in [(latency.p50_ms, 4_999), (latency.p90_ms, 8_999), (latency.p99_ms, 9_899), (latency.max_ms, 9_999)] {
            let right_ms = sorted[rank] as f64 / 1e3;
            assert!(found_ms >= right_ms && found_ms - right_ms <= 0.1, "{found_ms} {right_ms}");
        }
        histogram.add(Duration::from_secs(60));
        assert_eq!(histogram.latency().unwrap().max_ms, 60_000.0);
        histogram.clear();
        assert_eq!(histogram.latency(), None);
    }
}
