//! The k earliest so far.

use super::{Arrival, Way};

/// The earliest arrivals, each of somebody else, in order.
#[derive(Debug)]
pub(super) struct Best {
    k: usize,
    most_ms: u32,
    arrivals: Vec<Arrival>,
}

impl Best {
    pub(super) const fn new(k: usize, most_ms: u32) -> Self {
        Self { k, most_ms, arrivals: Vec::new() }
    }

    /// Who is later than this is not among them.
    pub(super) fn bound_ms(&self) -> u32 {
        match self.arrivals.last() {
            Some(last) if self.arrivals.len() >= self.k => last.eta_ms,
            _ => self.most_ms,
        }
    }

    /// Somebody who can arrive then; of several times of one the earliest counts. Linear in k, unless it is too late.
    pub(super) fn offer(&mut self, who: u32, eta_ms: u32, way: &Way<'_>) {
        if eta_ms > self.bound_ms() {
            return;
        }
        if let Some(known) = self.arrivals.iter().position(|arrival| arrival.who == who) {
            if self.arrivals.get(known).is_some_and(|arrival| arrival.eta_ms <= eta_ms) {
                return;
            }
            self.arrivals.remove(known);
        }
        let at = self.arrivals.partition_point(|arrival| (arrival.eta_ms, arrival.who) < (eta_ms, who));
        self.arrivals.insert(at, Arrival { who, eta_ms, travel: way.travel });
        self.arrivals.truncate(self.k);
    }

    pub(super) fn into_arrivals(self) -> Vec<Arrival> {
        self.arrivals
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roads::Travel;

    #[test]
    fn the_earliest_stay_each_once_and_ties_go_to_the_lower_number() {
        let way = Way { travel: Travel::Car, least_ms: 0, costs: &[] };
        let mut best = Best::new(2, 100);
        let mut offer = |who, eta_ms| {
            best.offer(who, eta_ms, &way);
            let now: Vec<_> = best.arrivals.iter().map(|arrival| (arrival.who, arrival.eta_ms)).collect();
            (now, best.bound_ms())
        };
        assert_eq!(offer(1, 101), (vec![], 100));
        assert_eq!(offer(1, 100), (vec![(1, 100)], 100));
        assert_eq!(offer(1, 90), (vec![(1, 90)], 100));
        assert_eq!(offer(1, 95), (vec![(1, 90)], 100));
        assert_eq!(offer(5, 90), (vec![(1, 90), (5, 90)], 90));
        assert_eq!(offer(7, 90), (vec![(1, 90), (5, 90)], 90));
        assert_eq!(offer(3, 90), (vec![(1, 90), (3, 90)], 90));
        assert_eq!(offer(7, 10), (vec![(7, 10), (1, 90)], 90));
        assert_eq!(offer(1, 5), (vec![(1, 5), (7, 10)], 10));
    }
}
