//! The verifier: whether what is held holds, and where it leaks.
//!
//! It shares the words of a plan with the planner, and nothing else: what it says follows from the scene, from who is sent where,
//! and from one walk of the suspect with these guards alone. It believes no time: each unit's is found again, backwards from the
//! junction that it is sent to.
//!
//! # Why one walk is enough
//! A junction stops him from some moment on for ever. Waiting, turning round and going slowly only make him later, and whoever is later
//! is stopped where he would have been, and nowhere less; so he can be where his earliest walk comes to, and nowhere else. A wall
//! is tested at the time at which that walk comes to it, given the other guards, so that guards who only hold him up count too.
//!
//! Cost: the junctions that he can be at, and those within each guard's way, some 100 ns each.

mod approach;
mod fault;
mod partial;
mod search;
mod tolerance;
mod verified;
mod walk;

use std::collections::{BTreeMap, BTreeSet};

pub use fault::Fault;
pub use partial::Partial;
pub use tolerance::{EXTRA_MARGIN_MS_MAX, FASTER_PERCENT, LATER_MS, SPEED_UP_PERCENT_MAX, Tolerance, tolerance};
pub use verified::{Rejected, Verified};

use self::{
    approach::Approach,
    walk::{Held, Walk, Wrong},
};
use super::{Guard, Passed, Scene};
use crate::roads::JunctionNo;

/// The most ways out that a verdict shows.
pub const LEAKS_MAX: usize = 8;

/// What is true of some guards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Whether he cannot get out. Guards with a fault count for what they can do: not at all, or when they can be there.
    pub holds: bool,
    /// Ways out, the earliest first, when it does not hold: at most [`LEAKS_MAX`], each for the greater part its own.
    pub leaks: Vec<Vec<Passed>>,
    /// When the last guard is ready, on the scene's clock, milliseconds; 0 without guards.
    pub closed_ms: u32,
    /// The junctions that he can be at and is not stopped at, in the order in which he can be there.
    pub enclosed: Vec<JunctionNo>,
    /// Their weights together.
    pub enclosed_weight: u64,
    /// The junctions that are held, by their numbers.
    pub gates: Vec<Gate>,
    /// What is wrong with the guards.
    pub faults: Vec<Fault>,
}

/// A junction that is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gate {
    /// The junction.
    pub junction: JunctionNo,
    /// From when on, on the scene's clock, milliseconds.
    pub held_ms: u32,
    /// The earliest that he comes there past the other guards; none when he cannot.
    pub suspect_ms: Option<u32>,
    /// By how much he is later, below 0 when he is sooner: it stops him when this is the margin at least. So long as it does, it
    /// may be held later by what is left of it, and nothing changes.
    pub slack_ms: Option<i64>,
}

/// Whether he cannot get out past some guards, whatever he does.
#[must_use]
pub fn verify(scene: &Scene, guards: &[Guard]) -> Verdict {
    let mut approach = Approach::new(scene);
    let (held, faults) = held(scene, guards, &mut approach);
    let walk = Walk::new(scene, &held, Wrong::default(), usize::MAX);
    let gates = held.iter().map(|&Held { junction, ms }| {
        let suspect_ms = walk.ms(junction);
        Gate { junction, held_ms: clock(ms), suspect_ms: suspect_ms.map(clock), slack_ms: suspect_ms.map(|at| between(ms, at)) }
    });
    let is_somewhere = !faults.iter().any(|fault| matches!(fault, Fault::Nowhere));
    Verdict {
        holds: walk.escapes.is_empty() && is_somewhere,
        closed_ms: guards.iter().map(|guard| guard.unit_ms).max().unwrap_or_default(),
        enclosed_weight: walk.enclosed.iter().map(|at| u64::from(weight(scene, *at))).sum(),
        gates: gates.collect(),
        leaks: walk.leaks(Wrong::default(), &mut approach),
        enclosed: walk.enclosed,
        faults,
    }
}

/// Whether a way proves that no plan of any units holds: it leads from where he may be to what is protected by streets that there
/// are, no step sooner than it can be, and at each junction of it he is before anybody, were it alone to be held. Costs a search over
/// the city for each way of going, and one for each junction that takes several units.
#[must_use]
pub fn is_escape(scene: &Scene, way: &[Passed]) -> bool {
    let mut approach = Approach::new(scene);
    let starts = |first: &Passed| scene.starts.iter().any(|start| start.point == first.junction && start.ms <= first.suspect_ms);
    let follows = |pair: &[Passed]| match pair {
        [from, to] => {
            let leads = |ms: u32| u64::from(from.suspect_ms) + u64::from(ms) <= u64::from(to.suspect_ms);
            scene.suspect.steps_out(from.junction).iter().any(|step| step.point == to.junction && leads(step.ms))
        }
        _ => false,
    };
    let mut is_free = |passed: &Passed| {
        let held_ms = approach.held_ms(passed.junction);
        passed.first_unit_ms == held_ms.map(clock)
            && held_ms.is_none_or(|ms| u64::from(passed.suspect_ms) < ms.saturating_add(u64::from(scene.margin_ms)))
    };
    way.first().is_some_and(starts)
        && way.windows(2).all(follows)
        && way.iter().all(&mut is_free)
        && way.last().is_some_and(|last| scene.is_protected(last.junction))
}

/// When a unit is ready at a junction, on the scene's clock, milliseconds; none when it cannot get there. One search.
#[must_use]
pub fn ready_ms(scene: &Scene, unit: u32, junction: JunctionNo) -> Option<u32> {
    let ms = Approach::new(scene).ready_ms(junction, &[unit]).first().copied()??;
    u32::try_from(ms).ok()
}

/// What is held from when on, by junction, and what is wrong.
fn held(scene: &Scene, guards: &[Guard], approach: &mut Approach<'_>) -> (Vec<Held>, Vec<Fault>) {
    let mut faults = Vec::new();
    let is_there = |point: u32| (point as usize) < scene.junctions();
    if scene.starts.is_empty() || !scene.starts.iter().all(|start| is_there(start.point)) {
        faults.push(Fault::Nowhere);
    }
    let (mut sent, mut at) = (BTreeSet::new(), BTreeMap::<JunctionNo, Vec<(u32, u32)>>::new());
    for &Guard { junction, unit, unit_ms, .. } in guards {
        if !is_there(junction) {
            faults.push(Fault::NoJunction { junction });
        } else if scene.units.len() <= unit as usize {
            faults.push(Fault::NoUnit { unit });
        } else if sent.insert(unit) {
            at.entry(junction).or_default().push((unit, unit_ms));
        } else {
            faults.push(Fault::Twice { unit });
        }
    }
    let mut held = Vec::new();
    for (junction, claims) in at {
        let need = scene.need(junction);
        let Some(last) = need.checked_sub(1) else {
            faults.push(Fault::Unholdable { junction });
            continue;
        };
        if claims.len() < need {
            faults.push(Fault::TooFew { junction, given: claims.len(), need });
        }
        let units: Vec<u32> = claims.iter().map(|(unit, _)| *unit).collect();
        let ready = approach.ready_ms(junction, &units);
        let mut times: Vec<u64> = Vec::new();
        for ((unit, claimed_ms), ready_ms) in claims.into_iter().zip(ready) {
            if ready_ms.is_none_or(|ms| ms > u64::from(claimed_ms)) {
                faults.push(Fault::TooEarly { junction, unit, claimed_ms, ready_ms: ready_ms.map(clock) });
            }
            times.extend(ready_ms.map(|ms| ms.max(u64::from(claimed_ms))));
        }
        times.sort_unstable();
        held.extend(times.get(last).map(|ms| Held { junction, ms: *ms }));
    }
    (held, faults)
}

fn weight(scene: &Scene, junction: JunctionNo) -> u32 {
    scene.weights.get(junction as usize).copied().unwrap_or_default()
}

/// A time as plans say it: what is later than they can say is as late as they can.
fn clock(ms: u64) -> u32 {
    u32::try_from(ms).unwrap_or(u32::MAX)
}

/// From one time to another, milliseconds.
fn between(from_ms: u64, to_ms: u64) -> i64 {
    i64::try_from(i128::from(to_ms) - i128::from(from_ms)).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
