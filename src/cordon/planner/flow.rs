//! The least cut of spots, by a greatest flow.
//!
//! Every spot is a pipe from its entry to its exit that lets through what it costs to hold it; arcs between spots, and spots that cannot
//! be held, let through anything. Flow begins where he may be and ends at what is protected; where ground is weighed, it also drains
//! from each spot's exit, as much as it costs that he can be there. By the theorem of Ford and Fulkerson the greatest flow is the least
//! cost of spots that part the one from the other, with the ground on his side.

use super::{
    ground::{ArcNo, Ground, NONE, SpotNo},
    work::{Meter, Stopped},
};

/// What lets anything through. Sums of capacities stay below.
pub(super) const FREE: u64 = u64::MAX / 8;

#[derive(Debug, Clone, Copy, Default)]
struct Pipe {
    cap: u64,
    through: u64,
    drain_cap: u64,
    drained: u64,
}

/// Which state of the search is looked at next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// What is nearest to something protected, in steps. Spots that lead to nothing protected are left out.
    Hops,
    /// What is nearest to the start, in steps.
    Depth,
}

/// A flow. A state of its searches is a spot's entry, or with one more its exit.
#[derive(Debug, Default)]
pub(super) struct Flow {
    pipes: Vec<Pipe>,
    along: Vec<u64>,
    value: u64,
    seen: Vec<u32>,
    search: u32,
    /// By state: the state before, by which arc ([`NONE`] within a spot), and how deep.
    from: Vec<(u32, ArcNo, u32)>,
    buckets: Vec<Vec<u32>>,
    lowest: usize,
}

const fn entry(spot: SpotNo) -> u32 {
    spot * 2
}

const fn exit(spot: SpotNo) -> u32 {
    spot * 2 + 1
}

impl Flow {
    /// Begins without flow. `of` says what a spot lets through, and what drains there. Linear.
    pub(super) fn begin(&mut self, ground: &Ground, of: impl Fn(SpotNo) -> (u64, u64)) {
        let spots = ground.spots().len();
        self.pipes.clear();
        self.pipes.extend((0..spots as SpotNo).map(|spot| {
            let (cap, drain_cap) = of(spot);
            Pipe { cap, drain_cap, through: 0, drained: 0 }
        }));
        self.along.clear();
        self.along.resize(ground.arcs(), 0);
        self.seen.resize(self.seen.len().max(2 * spots), 0);
        self.from.resize(self.from.len().max(2 * spots), (NONE, NONE, 0));
        self.value = 0;
    }

    /// How much flows.
    pub(super) const fn value(&self) -> u64 {
        self.value
    }

    fn pipe(&self, spot: SpotNo) -> Pipe {
        self.pipes.get(spot as usize).copied().unwrap_or_default()
    }

    /// What a spot lets through.
    pub(super) fn cap(&self, spot: SpotNo) -> u64 {
        self.pipe(spot).cap
    }

    /// Lets anything through a spot from now on.
    pub(super) fn free(&mut self, spot: SpotNo) {
        if let Some(pipe) = self.pipes.get_mut(spot as usize) {
            pipe.cap = FREE;
        }
    }

    /// A flow that leaves little to do where ground is weighed: up the tree of the earliest ways, as much as is drained below. Linear.
    pub(super) fn pour(&mut self, ground: &Ground) {
        let mut wanted: Vec<u64> = self.pipes.iter().map(|pipe| if pipe.drain_cap < FREE { pipe.drain_cap } else { 0 }).collect();
        let before = |spot: usize| ground.spots().get(spot).map_or((NONE, NONE), |spot| spot.before);
        for spot in (0..wanted.len()).rev() {
            let cap = self.pipe(spot as SpotNo).cap;
            let Some(want) = wanted.get_mut(spot) else { continue };
            *want = cap.min(*want);
            let want = *want;
            if let Some(sum) = wanted.get_mut(before(spot).0 as usize) {
                *sum += want;
            }
        }
        let mut left = vec![0_u64; wanted.len()];
        for (spot, want) in wanted.iter().copied().enumerate() {
            let (parent, arc) = before(spot);
            let given = match left.get_mut(parent as usize) {
                Some(left) => {
                    let given = want.min(*left);
                    *left -= given;
                    given
                }
                None => {
                    self.value += want;
                    want
                }
            };
            if let Some(along) = self.along.get_mut(arc as usize) {
                *along = given;
            }
            if let (Some(pipe), Some(left)) = (self.pipes.get_mut(spot), left.get_mut(spot)) {
                pipe.through = given;
                pipe.drained = if pipe.drain_cap < FREE { given.min(pipe.drain_cap) } else { 0 };
                *left = given - pipe.drained;
            }
        }
    }

    /// Whether he gets through to what is protected by spots that let anything through.
    pub(super) fn leaks(&mut self, ground: &Ground) -> bool {
        self.begin_search();
        let mut stack: Vec<SpotNo> = ground.starts().iter().map(|(spot, _)| *spot).collect();
        while let Some(spot) = stack.pop() {
            let pipe = self.pipe(spot);
            if pipe.cap < FREE || !self.see(entry(spot)) {
                continue;
            }
            if pipe.drain_cap >= FREE {
                return true;
            }
            stack.extend(ground.arcs_out(spot).map(|(_, step)| step.point));
        }
        false
    }

    /// Adds to the flow until it is the greatest, or has come to a limit: true when it has. Best-first augmenting paths. He must not get
    /// through by spots that let anything through.
    ///
    /// # Errors
    /// When it is time to stop.
    pub(super) fn fill(&mut self, ground: &Ground, order: Order, limit: u64, meter: &mut Meter<'_>) -> Result<bool, Stopped> {
        if self.value >= limit {
            return Ok(true);
        }
        loop {
            self.begin_search();
            for (spot, _) in ground.starts() {
                self.visit(ground, order, (NONE, NONE, 0), entry(*spot));
            }
            let (mut looked, mut is_whole) = (0, true);
            while let Some(state) = self.next() {
                looked += 1;
                if state % 2 == 1 && self.pipe(state / 2).drained < self.pipe(state / 2).drain_cap {
                    is_whole = self.push(state);
                    if self.value >= limit {
                        meter.work(looked)?;
                        return Ok(true);
                    }
                    if !is_whole {
                        break;
                    }
                }
                self.look(ground, order, state);
            }
            meter.work(looked)?;
            if is_whole {
                return Ok(false);
            }
        }
    }

    fn begin_search(&mut self) {
        self.search = self.search.checked_add(1).unwrap_or_else(|| {
            self.seen.fill(0);
            1
        });
        self.buckets.iter_mut().for_each(Vec::clear);
        self.lowest = 0;
    }

    fn see(&mut self, state: u32) -> bool {
        let search = self.search;
        self.seen.get_mut(state as usize).is_some_and(|seen| std::mem::replace(seen, search) != search)
    }

    fn visit(&mut self, ground: &Ground, order: Order, from: (u32, ArcNo, u32), state: u32) {
        let key = match order {
            Order::Hops => ground.spot(state / 2).map_or(NONE, |spot| spot.hops),
            Order::Depth => from.2,
        };
        if key == NONE || !self.see(state) {
            return;
        }
        if let Some(slot) = self.from.get_mut(state as usize) {
            *slot = from;
        }
        let key = key as usize;
        if self.buckets.len() <= key {
            self.buckets.resize_with(key + 1, Vec::new);
        }
        if let Some(bucket) = self.buckets.get_mut(key) {
            bucket.push(state);
        }
        self.lowest = self.lowest.min(key);
    }

    fn next(&mut self) -> Option<u32> {
        loop {
            if let Some(state) = self.buckets.get_mut(self.lowest)?.pop() {
                return Some(state);
            }
            self.lowest += 1;
        }
    }

    /// Visits where the flow could go on to from a state.
    fn look(&mut self, ground: &Ground, order: Order, state: u32) {
        let (spot, depth) = (state / 2, self.from.get(state as usize).map_or(0, |from| from.2) + 1);
        let pipe = self.pipe(spot);
        if state == entry(spot) {
            if pipe.through < pipe.cap {
                self.visit(ground, order, (state, NONE, depth), exit(spot));
            }
            for &(before, arc) in ground.arcs_in(spot) {
                if self.along.get(arc as usize).is_some_and(|along| *along > 0) {
                    self.visit(ground, order, (state, arc, depth), exit(before));
                }
            }
        } else {
            for (arc, step) in ground.arcs_out(spot) {
                self.visit(ground, order, (state, arc, depth), entry(step.point));
            }
            if pipe.through > 0 {
                self.visit(ground, order, (state, NONE, depth), entry(spot));
            }
        }
    }

    /// Sends as much as can go along the way found to a state and drains there. False when the way itself can take no more.
    fn push(&mut self, end: u32) -> bool {
        let pipe = self.pipe(end / 2);
        let drain = pipe.drain_cap - pipe.drained;
        let mut way = FREE;
        let mut state = end;
        while let Some(&(before, arc, _)) = self.from.get(state as usize).filter(|from| from.0 != NONE) {
            let pipe = self.pipe(state / 2);
            way = way.min(match (state % 2 == 1, arc) {
                (true, NONE) => pipe.cap - pipe.through,
                (false, NONE) => pipe.through,
                (true, arc) => self.along.get(arc as usize).copied().unwrap_or_default(),
                (false, _) => FREE,
            });
            state = before;
        }
        let amount = drain.min(way);
        self.value += amount;
        if let Some(pipe) = self.pipes.get_mut((end / 2) as usize) {
            pipe.drained += amount;
        }
        state = end;
        while let Some(&(before, arc, _)) = self.from.get(state as usize).filter(|from| from.0 != NONE) {
            if let Some(along) = self.along.get_mut(arc as usize) {
                *along = if state % 2 == 1 { *along - amount } else { *along + amount };
            } else if let Some(pipe) = self.pipes.get_mut((state / 2) as usize) {
                pipe.through = if state % 2 == 1 { pipe.through + amount } else { pipe.through - amount };
            }
            state = before;
        }
        amount < way
    }

    /// After the flow is the greatest: the spots of the least cut that is nearest to the start, in order.
    pub(super) fn cut(&self) -> impl Iterator<Item = SpotNo> {
        let is_seen = |state: u32| self.seen.get(state as usize) == Some(&self.search);
        (0..self.pipes.len() as SpotNo).filter(move |spot| is_seen(entry(*spot)) && !is_seen(exit(*spot)))
    }

    /// The flow as ways from a start to something protected, one for each unit of it. They share spots only as far as these let several
    /// through. Linear in their lengths.
    pub(super) fn ways(&self, ground: &Ground) -> Vec<Vec<SpotNo>> {
        let mut along = self.along.clone();
        let mut supplied: Vec<u64> = self.pipes.iter().map(|pipe| pipe.through).collect();
        for (arc, to) in (0..self.pipes.len() as SpotNo).flat_map(|spot| ground.arcs_out(spot)) {
            if let (Some(supplied), Some(flow)) = (supplied.get_mut(to.point as usize), along.get(arc as usize)) {
                *supplied -= flow;
            }
        }
        let mut ways = Vec::new();
        for goal in 0..self.pipes.len() as SpotNo {
            for _ in 0..self.pipe(goal).drained {
                let mut way = vec![goal];
                let mut at = goal;
                loop {
                    if let Some(supplied) = supplied.get_mut(at as usize).filter(|supplied| **supplied > 0) {
                        *supplied -= 1;
                        break;
                    }
                    let flows = |(_, arc): &&(SpotNo, ArcNo)| along.get(*arc as usize).is_some_and(|flow| *flow > 0);
                    let Some(&(before, arc)) = ground.arcs_in(at).iter().find(flows) else { break };
                    if let Some(flow) = along.get_mut(arc as usize) {
                        *flow -= 1;
                    }
                    // What goes in a circle is left out.
                    match way.iter().position(|spot| *spot == before) {
                        Some(place) => way.truncate(place + 1),
                        None => way.push(before),
                    }
                    at = before;
                }
                way.reverse();
                ways.push(way);
            }
        }
        ways
    }
}
