//! A greatest flow by pushing downhill: for much that drains away everywhere.
//!
//! Goldberg and Tarjan, 1988: what has come to a state and not gone on is its excess; a state's level is no more than its distance from where
//! something can drain. Excess is pushed one level down, and a state without such a neighbour is raised. Levels are found again, exactly,
//! every so often. What can drain nowhere any more stays where it is: the cut is known without sending it back.

use std::collections::VecDeque;

use super::{
    flow::{FREE, Flow, entry, exit},
    ground::{ArcNo, Ground, NONE, SpotNo},
    work::{Meter, Stopped},
};

/// Excess, levels, and the states that have both.
#[derive(Debug, Default)]
pub(super) struct Preflow {
    excess: Vec<u64>,
    /// [`NONE`] for states from which nothing can drain.
    levels: Vec<u32>,
    queue: VecDeque<u32>,
}

impl Flow {
    /// Begins to push: what could at most flow stands at the starts.
    pub(super) fn flood(&mut self, ground: &Ground) {
        let finite = |amount: u64| if amount < FREE { amount } else { 0 };
        let most: u64 = self.pipes.iter().map(|pipe| finite(pipe.cap).saturating_add(finite(pipe.drain_cap))).fold(0, u64::saturating_add);
        self.preflow.excess.clear();
        self.preflow.excess.resize(2 * self.pipes.len(), 0);
        for (spot, _) in ground.starts() {
            if let Some(excess) = self.preflow.excess.get_mut(entry(*spot) as usize) {
                *excess = most.min(FREE / 2);
            }
        }
    }

    /// Adds to the flow until it is the greatest, or has come to a limit: true when it has. After [`Flow::flood`]; spots may have been let
    /// through anything since. Then the states seen are those from which nothing can drain.
    ///
    /// # Errors
    /// When it is time to stop.
    pub(super) fn drain(&mut self, ground: &Ground, limit: u64, meter: &mut Meter<'_>) -> Result<bool, Stopped> {
        let states = 2 * self.pipes.len();
        loop {
            self.level(ground);
            meter.work(states / 2)?;
            self.preflow.queue.clear();
            let is_active = |state: &u32| {
                self.preflow.excess.get(*state as usize).is_some_and(|excess| *excess > 0)
                    && self.preflow.levels.get(*state as usize).is_some_and(|level| *level != NONE)
            };
            let active: Vec<u32> = (0..states as u32).filter(is_active).collect();
            if self.value >= limit {
                return Ok(true);
            }
            if active.is_empty() {
                self.tree.clear();
                for state in 0..states as u32 {
                    if self.preflow.levels.get(state as usize) == Some(&NONE) {
                        self.tree.see(state);
                    }
                }
                return Ok(false);
            }
            self.preflow.queue.extend(active);
            let mut left = 2 * states;
            while let Some(state) = self.preflow.queue.pop_front() {
                let looked = self.discharge(ground, state);
                left = left.saturating_sub(looked);
                if left == 0 {
                    break;
                }
            }
            meter.work((2 * states - left) / 4)?;
        }
    }

    /// The exact levels: backwards from where something can drain.
    fn level(&mut self, ground: &Ground) {
        let Preflow { levels, queue, .. } = &mut self.preflow;
        levels.clear();
        levels.resize(2 * self.pipes.len(), NONE);
        queue.clear();
        for (spot, pipe) in (0..).zip(&self.pipes) {
            if pipe.drained < pipe.drain_cap {
                queue.push_back(exit(spot));
                if let Some(level) = levels.get_mut(exit(spot) as usize) {
                    *level = 1;
                }
            }
        }
        while let Some(state) = queue.pop_front() {
            let (spot, above) = (state / 2, levels.get(state as usize).map_or(NONE, |level| level + 1));
            let mut raise = |state: u32| {
                if let Some(level) = levels.get_mut(state as usize).filter(|level| **level == NONE) {
                    *level = above;
                    queue.push_back(state);
                }
            };
            let Some(pipe) = self.pipes.get(spot as usize) else { continue };
            if state == entry(spot) {
                if pipe.through > 0 {
                    raise(exit(spot));
                }
                ground.arcs_in(spot).iter().for_each(|(before, _)| raise(exit(*before)));
            } else {
                if pipe.through < pipe.cap {
                    raise(entry(spot));
                }
                for (arc, step) in ground.arcs_out(spot) {
                    if self.along.get(arc as usize).is_some_and(|along| *along > 0) {
                        raise(entry(step.point));
                    }
                }
            }
        }
    }

    /// Pushes the excess of a state down, raising it until all is gone or nothing is below. How many neighbours were looked at.
    fn discharge(&mut self, ground: &Ground, state: u32) -> usize {
        let spot: SpotNo = state / 2;
        let mut looked = 0;
        loop {
            let level = self.preflow.levels.get(state as usize).copied().unwrap_or(NONE);
            let mut excess = self.preflow.excess.get(state as usize).copied().unwrap_or_default();
            if excess == 0 || level == NONE {
                return looked + 1;
            }
            let pipe = self.pipe(spot);
            let mut lowest = NONE;
            let mut offer = |flow: &mut Self, to: u32, arc: ArcNo, room: u64| {
                looked += 1;
                let below = flow.preflow.levels.get(to as usize).copied().unwrap_or(NONE);
                if room == 0 || excess == 0 || below == NONE {
                    return;
                }
                if below + 1 != level {
                    lowest = lowest.min(below);
                    return;
                }
                let amount = room.min(excess);
                excess -= amount;
                flow.send(to, arc, amount);
                if let Some(theirs) = flow.preflow.excess.get_mut(to as usize) {
                    if *theirs == 0 {
                        flow.preflow.queue.push_back(to);
                    }
                    *theirs += amount;
                }
                if amount < room {
                    lowest = lowest.min(below);
                }
            };
            if state == entry(spot) {
                offer(self, exit(spot), NONE, pipe.cap - pipe.through);
                for &(before, arc) in ground.arcs_in(spot) {
                    offer(self, exit(before), arc, self.along(arc));
                }
            } else {
                for (arc, step) in ground.arcs_out(spot) {
                    offer(self, entry(step.point), arc, FREE);
                }
                offer(self, entry(spot), NONE, pipe.through);
            }
            if state == exit(spot) && excess > 0 && pipe.drained < pipe.drain_cap {
                let amount = excess.min(pipe.drain_cap - pipe.drained);
                excess -= amount;
                self.value += amount;
                if let Some(pipe) = self.pipes.get_mut(spot as usize) {
                    pipe.drained += amount;
                }
            }
            if let Some(slot) = self.preflow.excess.get_mut(state as usize) {
                *slot = excess;
            }
            if excess > 0
                && let Some(slot) = self.preflow.levels.get_mut(state as usize)
            {
                *slot = if lowest == NONE { NONE } else { lowest + 1 };
            }
        }
    }
}
