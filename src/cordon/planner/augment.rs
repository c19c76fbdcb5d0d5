//! A greatest flow by augmenting ways, the best of them first: for few units that go far.

use super::{
    flow::{FREE, Flow, entry, exit},
    ground::{ArcNo, Ground, NONE},
    work::{Meter, Stopped},
};

impl Flow {
    /// Adds to the flow until it is the greatest, or has come to a limit: true when it has. He must not get through by spots that let
    /// anything through. A search looks first at what is nearest to something protected, in steps; it goes on after it has found a way, from
    /// all that it has seen by ways that are still whole. When a search has filled up none, the flow is the greatest.
    ///
    /// # Errors
    /// When it is time to stop.
    pub(super) fn augment(&mut self, ground: &Ground, limit: u64, meter: &mut Meter<'_>) -> Result<bool, Stopped> {
        if self.value >= limit {
            return Ok(true);
        }
        loop {
            self.tree.clear();
            for place in 0..self.sources.len() {
                let Some(source) = self.sources.get(place).copied() else { break };
                self.visit(ground, (NONE, NONE), entry(source));
            }
            let (mut looked, breaks) = (0, self.breaks);
            while let Some(state) = self.tree.next() {
                looked += 1;
                if self.breaks > breaks && !self.is_linked(state) {
                    continue;
                }
                let pipe = self.pipe(state / 2);
                if state % 2 == 1 && pipe.drained < pipe.drain_cap {
                    let is_whole = self.push(state);
                    if self.value >= limit {
                        meter.work(looked)?;
                        return Ok(true);
                    }
                    if !is_whole {
                        self.breaks += 1;
                        continue;
                    }
                }
                self.look(ground, state);
            }
            meter.work(looked)?;
            if self.breaks == breaks {
                return Ok(false);
            }
        }
    }

    fn visit(&mut self, ground: &Ground, before: (u32, ArcNo), state: u32) {
        let hops = ground.spot(state / 2).map_or(NONE, |spot| spot.hops);
        if hops != NONE && self.tree.see(state) {
            self.tree.hang(state, before, hops);
        }
    }

    /// Visits where the flow could go on to from a state.
    fn look(&mut self, ground: &Ground, state: u32) {
        let spot = state / 2;
        let pipe = self.pipe(spot);
        if state == entry(spot) {
            if pipe.through < pipe.cap {
                self.visit(ground, (state, NONE), exit(spot));
            }
            for &(before, arc) in ground.arcs_in(spot) {
                if self.along(arc) > 0 {
                    self.visit(ground, (state, arc), exit(before));
                }
            }
        } else {
            for (arc, step) in ground.arcs_out(spot) {
                self.visit(ground, (state, arc), entry(step.point));
            }
            if pipe.through > 0 {
                self.visit(ground, (state, NONE), entry(spot));
            }
        }
    }

    /// Whether every step of the way to a state can still take something. What was found to since the last break need not be looked at
    /// again.
    fn is_linked(&mut self, state: u32) -> bool {
        let mut at = state;
        while self.linked.get(at as usize) != Some(&self.breaks) {
            let Some((before, arc)) = self.tree.before(at) else { break };
            if self.room(at, arc) == 0 {
                return false;
            }
            at = before;
        }
        let root = at;
        at = state;
        loop {
            if let Some(linked) = self.linked.get_mut(at as usize) {
                *linked = self.breaks;
            }
            match self.tree.before(at) {
                Some((before, _)) if at != root => at = before,
                _ => return true,
            }
        }
    }

    /// How much more can go to a state from the one before.
    fn room(&self, state: u32, arc: ArcNo) -> u64 {
        let pipe = self.pipe(state / 2);
        match (state % 2 == 1, arc) {
            (true, NONE) => pipe.cap - pipe.through,
            (false, NONE) => pipe.through,
            (true, arc) => self.along(arc),
            (false, _) => FREE,
        }
    }

    /// Sends as much as can go along the way to a state and drains there. False when the way itself can take no more.
    fn push(&mut self, end: u32) -> bool {
        let pipe = self.pipe(end / 2);
        let mut way = FREE;
        let mut state = end;
        while let Some((before, arc)) = self.tree.before(state) {
            way = way.min(self.room(state, arc));
            state = before;
        }
        let amount = way.min(pipe.drain_cap - pipe.drained);
        self.value += amount;
        if let Some(pipe) = self.pipes.get_mut((end / 2) as usize) {
            pipe.drained += amount;
        }
        state = end;
        while let Some((before, arc)) = self.tree.before(state) {
            self.send(state, arc, amount);
            state = before;
        }
        amount < way
    }

    /// Sends an amount to a state from the one before.
    pub(super) fn send(&mut self, state: u32, arc: ArcNo, amount: u64) {
        let is_exit = state % 2 == 1;
        if let Some(along) = self.along.get_mut(arc as usize) {
            *along = if is_exit { *along - amount } else { *along + amount };
        } else if let Some(pipe) = self.pipes.get_mut((state / 2) as usize) {
            pipe.through = if is_exit { pipe.through + amount } else { pipe.through - amount };
        }
    }
}
