//! Every plan there is.

use citygate::cordon::{Guard, Scene};

use crate::brute::{Ready, held, truth};

/// The best of all plans, each by one thing alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BestOfAll {
    pub(crate) closed_ms: u64,
    pub(crate) enclosed_weight: u64,
    pub(crate) units: u64,
    /// Weight enclosed and what units cost.
    pub(crate) balanced: u64,
}

/// The best of all plans that hold and whose guards may be used, if any does, where a unit costs so much.
pub(crate) fn best_of_all(scene: &Scene, ready: &Ready, unit_price: u64, may_be_used: impl Fn(&Guard) -> bool) -> Option<BestOfAll> {
    let mut best: Option<BestOfAll> = None;
    every_plan(scene, ready, |guards| {
        let truth = truth(scene, &held(scene, guards));
        if truth.holds && guards.iter().all(&may_be_used) {
            let closed_ms = guards.iter().map(|guard| u64::from(guard.unit_ms)).max().unwrap_or_default();
            let (enclosed_weight, units) = (truth.enclosed_weight, guards.len() as u64);
            let this = BestOfAll { closed_ms, enclosed_weight, units, balanced: enclosed_weight + unit_price * units };
            best = Some(best.map_or(this, |best| BestOfAll {
                closed_ms: best.closed_ms.min(this.closed_ms),
                enclosed_weight: best.enclosed_weight.min(this.enclosed_weight),
                units: best.units.min(this.units),
                balanced: best.balanced.min(this.balanced),
            }));
        }
    });
    best
}

/// Shows every way to send units to junctions in which each junction has nobody, or as many as it takes.
pub(crate) fn every_plan(scene: &Scene, ready: &Ready, mut seen: impl FnMut(&[Guard])) {
    fn send(scene: &Scene, ready: &Ready, unit: u32, guards: &mut Vec<Guard>, seen: &mut dyn FnMut(&[Guard])) {
        if unit as usize == scene.units.len() {
            let count = |junction| guards.iter().filter(|guard| guard.junction == junction).count();
            if guards.iter().all(|guard| count(guard.junction) == scene.need(guard.junction)) {
                seen(guards);
            }
            return;
        }
        send(scene, ready, unit + 1, guards, seen);
        for junction in 0..scene.junctions() as u32 {
            if let Some(guard) = ready.guard(junction, unit).filter(|_| scene.need(junction) > 0) {
                guards.push(guard);
                send(scene, ready, unit + 1, guards, seen);
                guards.pop();
            }
        }
    }
    send(scene, ready, 0, &mut Vec::new(), &mut seen);
}
