//! What a search has reached: the least time of each state, and the states not yet settled in order of it.

use super::{labels::Labels, queue::Queue};

/// The scratch of a search: used again and again, cleared never.
#[derive(Debug, Default)]
pub(crate) struct Frontier {
    labels: Labels,
    queue: Queue,
}

impl Frontier {
    /// Begins a search over so many states.
    pub(crate) fn begin(&mut self, states: usize) {
        self.labels.begin(states);
        self.queue.clear();
    }

    /// A way to a state; false when one as early is known. Not before the time of the state that was settled last.
    pub(crate) fn offer(&mut self, state: u32, ms: u32) -> bool {
        let is_new = self.labels.improve(state, ms);
        if is_new {
            self.queue.push(ms, state);
        }
        is_new
    }

    /// The next state in order of time, each once: nothing reaches it earlier.
    pub(crate) fn settle(&mut self) -> Option<(u32, u32)> {
        loop {
            let (ms, state) = self.queue.pop()?;
            // What was reached earlier on another way has been here already.
            if self.labels.is_least(state, ms) {
                return Some((ms, state));
            }
        }
    }

    /// The least time known for a state, exact once it is settled.
    pub(crate) fn ms(&self, state: u32) -> Option<u32> {
        self.labels.ms(state)
    }
}
