//! A suspect who knows the plan and tries everything: every place at every millisecond, waiting included.

use std::collections::BTreeSet;

use citygate::cordon::{Passed, Scene};

use crate::brute::stops;

/// Whether he gets out: all states of a place and a time, until after the last moment that anything changes.
pub(crate) fn escapes(scene: &Scene, held: &[Option<u64>]) -> bool {
    let junctions = 0..scene.junctions() as u32;
    let last_change = held.iter().flatten().max().copied().unwrap_or_default() + u64::from(scene.margin_ms);
    let longest: u64 = junctions.flat_map(|at| scene.suspect.steps_out(at)).map(|step| u64::from(step.ms)).sum();
    let latest_start = scene.starts.iter().map(|start| u64::from(start.ms)).max().unwrap_or_default();
    let end = last_change.max(latest_start) + longest + 1;
    // He comes there, at that time, or later if he likes.
    let mut coming: Vec<(u32, u64)> = scene.starts.iter().map(|start| (start.point, u64::from(start.ms))).collect();
    let mut seen = BTreeSet::new();
    while let Some((at, ms)) = coming.pop() {
        if ms > end || stops(scene, held[at as usize], ms) {
            continue;
        }
        if scene.is_protected(at) {
            return true;
        }
        // He is past whoever may come, and stays as long as he likes.
        for leaves in (ms..=end).take_while(|leaves| seen.insert((at, *leaves))) {
            coming.extend(scene.suspect.steps_out(at).iter().map(|step| (step.point, leaves + u64::from(step.ms))));
        }
    }
    false
}

/// Whether a way leads him out: from a start, by streets that there are, past what is held.
pub(crate) fn gets_out(scene: &Scene, held: &[Option<u64>], way: &[Passed]) -> bool {
    let (Some(first), Some(last)) = (way.first(), way.last()) else { return false };
    scene.starts.iter().any(|start| start.point == first.junction && start.ms == first.suspect_ms)
        && way.windows(2).all(|pair| {
            let ms = pair[1].suspect_ms - pair[0].suspect_ms;
            scene.suspect.steps_out(pair[0].junction).iter().any(|step| step.point == pair[1].junction && step.ms == ms)
        })
        && way.iter().all(|at| !stops(scene, held[at.junction as usize], u64::from(at.suspect_ms)))
        && scene.is_protected(last.junction)
}
