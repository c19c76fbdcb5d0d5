//! The least cut of spots, by a greatest flow.
//!
//! Every spot is a pipe from its entry to its exit that lets through what it costs to hold it; arcs between spots, and spots that cannot
//! be held, let through anything. Flow begins where he may be and ends at what is protected; where ground is weighed, it also drains
//! from each spot's exit, as much as it costs that he can be there. By the theorem of Ford and Fulkerson the greatest flow is the least
//! cost of spots that part the one from the other, with the ground on his side.

use super::{
    ground::{ArcNo, Ground, NONE, SpotNo},
    growth::Growth,
    preflow::Preflow,
};

/// What lets anything through. Sums of capacities stay below.
pub(super) const FREE: u64 = u64::MAX / 8;

#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Pipe {
    pub(super) cap: u64,
    pub(super) through: u64,
    pub(super) drain_cap: u64,
    pub(super) drained: u64,
}

/// A flow. A state of its searches is a spot's entry, or with one more its exit.
#[derive(Debug, Default)]
pub(super) struct Flow {
    pub(super) pipes: Vec<Pipe>,
    /// Where flow begins.
    pub(super) sources: Vec<SpotNo>,
    pub(super) along: Vec<u64>,
    pub(super) value: u64,
    pub(super) tree: Growth,
    /// How often a way found was filled up.
    pub(super) breaks: u64,
    /// By state: the way to it was whole after so many breaks.
    pub(super) linked: Vec<u64>,
    pub(super) preflow: Preflow,
}

pub(super) const fn entry(spot: SpotNo) -> u32 {
    spot * 2
}

pub(super) const fn exit(spot: SpotNo) -> u32 {
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
        self.tree.begin(2 * spots);
        self.linked.resize(self.linked.len().max(2 * spots), u64::MAX);
        self.value = 0;
        self.sources.clear();
        self.sources.extend(ground.starts().iter().map(|(spot, _)| *spot));
    }

    /// Lets flow begin at some spots in place of where he may start.
    pub(super) fn rise_at(&mut self, sources: impl Iterator<Item = SpotNo>) {
        self.sources.clear();
        self.sources.extend(sources);
    }

    /// How much flows.
    pub(super) const fn value(&self) -> u64 {
        self.value
    }

    pub(super) fn pipe(&self, spot: SpotNo) -> Pipe {
        self.pipes.get(spot as usize).copied().unwrap_or_default()
    }

    pub(super) fn along(&self, arc: ArcNo) -> u64 {
        self.along.get(arc as usize).copied().unwrap_or_default()
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
        self.tree.clear();
        let mut stack = self.sources.clone();
        while let Some(spot) = stack.pop() {
            let pipe = self.pipe(spot);
            if pipe.cap < FREE || !self.tree.see(entry(spot)) {
                continue;
            }
            if pipe.drain_cap >= FREE {
                return true;
            }
            stack.extend(ground.arcs_out(spot).map(|(_, step)| step.point));
        }
        false
    }

    /// After the flow is the greatest: the spots of the least cut that is nearest to the start, in order.
    pub(super) fn cut(&self) -> impl Iterator<Item = SpotNo> {
        (0..self.pipes.len() as SpotNo).filter(move |spot| self.tree.is_seen(entry(*spot)) && !self.tree.is_seen(exit(*spot)))
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
