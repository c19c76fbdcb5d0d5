//! The least time known for each state of a search.

/// The times, each with the search that it is of, so that nothing is cleared between two searches: what an earlier one left
/// counts as later than any time of this one.
#[derive(Debug, Default)]
pub(super) struct Labels {
    /// Counts down, and stands above the time in each slot: of two searches the earlier has the greater slots.
    search: u32,
    slots: Vec<u64>,
}

impl Labels {
    /// Begins a search over so many states, of which none has a time.
    pub(super) fn begin(&mut self, states: usize) {
        self.search = self.search.checked_sub(1).unwrap_or_else(|| {
            self.slots.fill(u64::MAX);
            u32::MAX - 1
        });
        if self.slots.len() < states {
            self.slots.resize(states, u64::MAX);
        }
    }

    fn slot(&self, ms: u32) -> u64 {
        (u64::from(self.search) << u32::BITS) | u64::from(ms)
    }

    /// Notes a time for a state; false when one as early is known.
    pub(super) fn improve(&mut self, state: u32, ms: u32) -> bool {
        let new = self.slot(ms);
        match self.slots.get_mut(state as usize) {
            Some(known) if new < *known => {
                *known = new;
                true
            }
            _ => false,
        }
    }

    /// Whether this is the least time known for a state.
    pub(super) fn is_least(&self, state: u32, ms: u32) -> bool {
        self.slots.get(state as usize) == Some(&self.slot(ms))
    }

    /// The least time known for a state; none when it was not reached.
    pub(super) fn ms(&self, state: u32) -> Option<u32> {
        let slot = *self.slots.get(state as usize)?;
        ((slot >> u32::BITS) as u32 == self.search).then_some(slot as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_sees_its_own_times_only() {
        let mut labels = Labels::default();
        labels.begin(2);
        assert!(labels.improve(1, 50) && !labels.improve(1, 50) && labels.improve(1, 40) && !labels.improve(2, 1));
        assert_eq!((labels.ms(0), labels.ms(1), labels.ms(2)), (None, Some(40), None));
        assert!(labels.is_least(1, 40) && !labels.is_least(1, 50) && !labels.is_least(0, 0));
        labels.begin(3);
        assert_eq!(labels.ms(1), None);
        assert!(labels.improve(1, u32::MAX) && labels.improve(2, 0));
        // The count runs out, and starts again.
        labels.search = 0;
        labels.begin(3);
        assert_eq!((labels.search, labels.ms(1), labels.ms(2)), (u32::MAX - 1, None, None));
    }
}
