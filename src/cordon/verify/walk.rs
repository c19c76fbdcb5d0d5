//! The suspect's walk past what is held.

use std::collections::BTreeSet;

use super::{
    super::{Passed, Scene, Step},
    LEAKS_MAX,
    approach::Approach,
    clock,
    search::{NEVER, Search},
};
use crate::roads::JunctionNo;

/// A junction is held from when on, milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Held {
    pub(super) junction: JunctionNo,
    pub(super) ms: u64,
}

/// By how much the scene may be wrong, in his favour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Wrong {
    /// So much more than the margin is wanted, milliseconds.
    pub(super) later_ms: u64,
    /// All his times are divided by 100 and so many, hundredths.
    pub(super) faster_percent: u64,
}

impl Wrong {
    /// From when on a junction stops him, on the clock of a suspect who is as fast as the scene says: `t / f >= held` is `t >= held f`.
    pub(super) fn stops_ms(self, scene: &Scene, held: Held) -> u64 {
        let wanted_ms = held.ms.saturating_add(u64::from(scene.margin_ms)).saturating_add(self.later_ms);
        wanted_ms.saturating_mul(100 + self.faster_percent).div_ceil(100)
    }

    /// When he is where the scene's suspect is at a time.
    fn suspect_ms(self, ms: u64) -> u64 {
        ms.saturating_mul(100) / (100 + self.faster_percent)
    }
}

/// Where he can be, and when at the earliest.
#[derive(Debug)]
pub(super) struct Walk {
    search: Search,
    /// Junctions that do not stop him and are not protected, in order of time.
    pub(super) enclosed: Vec<JunctionNo>,
    /// Junctions that stop him.
    pub(super) walls: Vec<JunctionNo>,
    /// Protected junctions that do not stop him, in order of time. He goes no farther: he is out.
    pub(super) escapes: Vec<JunctionNo>,
}

impl Walk {
    /// Walks until he is out so many times, or everywhere.
    pub(super) fn new(scene: &Scene, held: &[Held], wrong: Wrong, escapes_max: usize) -> Self {
        let mut stops_ms = vec![NEVER; scene.junctions()];
        for held in held {
            if let Some(stop) = stops_ms.get_mut(held.junction as usize) {
                *stop = (*stop).min(wrong.stops_ms(scene, *held));
            }
        }
        let stops = |at: JunctionNo, ms: u64| stops_ms.get(at as usize).is_some_and(|stop| ms >= *stop);
        let (mut search, mut enclosed, mut walls, mut escapes) = (Search::default(), Vec::new(), Vec::new(), Vec::new());
        let starts = scene.starts.iter().map(|start| (start.point, u64::from(start.ms)));
        search.run(scene.junctions(), starts, |at, ms| {
            // Whether it is held comes first: a gate may itself be what is protected, and where he starts may be held.
            if stops(at, ms) {
                walls.push(at);
            } else if scene.is_protected(at) {
                escapes.push(at);
            } else {
                enclosed.push(at);
                return Some(scene.suspect.steps_out(at));
            }
            (escapes.len() < escapes_max).then_some(&[] as &[Step])
        });
        Self { search, enclosed, walls, escapes }
    }

    /// When he comes to a junction at the earliest.
    pub(super) fn ms(&self, at: JunctionNo) -> Option<u64> {
        Some(self.search.ms(at)).filter(|ms| *ms != NEVER)
    }

    /// The way to a junction that he comes to.
    pub(super) fn way(&self, to: JunctionNo) -> Vec<JunctionNo> {
        self.search.way(to)
    }

    /// Ways out, the earliest first, of which at least half of the junctions are on no way before.
    pub(super) fn leaks(&self, wrong: Wrong, approach: &mut Approach<'_>) -> Vec<Vec<Passed>> {
        let (mut seen, mut leaks) = (BTreeSet::new(), Vec::new());
        for escape in &self.escapes {
            let way = self.way(*escape);
            if 2 * way.iter().filter(|at| seen.contains(*at)).count() > way.len() {
                continue;
            }
            seen.extend(way.iter().copied());
            let passed = way.into_iter().map(|junction| Passed {
                junction,
                suspect_ms: clock(wrong.suspect_ms(self.search.ms(junction))),
                first_unit_ms: approach.held_ms(junction).map(clock),
            });
            leaks.push(passed.collect());
            if leaks.len() == LEAKS_MAX {
                break;
            }
        }
        leaks
    }
}
