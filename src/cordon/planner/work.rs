//! How long the planner may go on.

/// Says when to stop. It is asked every so often; between two questions the planner settles some ten thousand points.
pub trait Budget {
    /// Whether the planner must come back with what it has.
    fn is_spent(&mut self) -> bool;
}

impl<F: FnMut() -> bool> Budget for F {
    fn is_spent(&mut self) -> bool {
        self()
    }
}

/// Points settled between two questions.
const BETWEEN: usize = 8_000;

/// The budget ran out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stopped;

/// Counts the work done, and asks the budget.
pub(super) struct Meter<'a> {
    budget: &'a mut dyn Budget,
    since: usize,
    done: u64,
    is_spent: bool,
}

impl<'a> Meter<'a> {
    pub(super) fn new(budget: &'a mut dyn Budget) -> Self {
        Self { budget, since: 0, done: 0, is_spent: false }
    }

    /// Notes so many points settled.
    ///
    /// # Errors
    /// When it is time to stop.
    pub(super) fn work(&mut self, points: usize) -> Result<(), Stopped> {
        self.done += points as u64;
        self.since += points;
        if self.since >= BETWEEN && !self.is_spent {
            self.since = 0;
            self.is_spent = self.budget.is_spent();
        }
        if self.is_spent { Err(Stopped) } else { Ok(()) }
    }

    /// All the work done so far, in points.
    pub(super) const fn done(&self) -> u64 {
        self.done
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spent_budget_stays_spent_and_is_asked_only_every_so_often() {
        let mut asked = 0;
        let mut budget = || {
            asked += 1;
            asked >= 2
        };
        let mut meter = Meter::new(&mut budget);
        assert_eq!(meter.work(BETWEEN - 1), Ok(()));
        assert_eq!(meter.work(1), Ok(()));
        assert_eq!(meter.work(BETWEEN), Err(Stopped));
        assert_eq!(meter.work(0), Err(Stopped));
        assert_eq!(meter.done(), 2 * BETWEEN as u64);
        assert_eq!(asked, 2);
    }
}
