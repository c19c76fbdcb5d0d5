//! Which junctions must be protected from him.

use super::{AskError, CityGate, Hunt, Protect, Seen};
use crate::{
    cordon::{Entry, Streets},
    engine::World,
    geodesy::{LatLng, haversine_m},
    roads::JunctionNo,
};

/// By junction: whether it must be protected.
pub(super) fn protected(world: &World, hunt: &Hunt, streets: &Streets, starts: &[Entry]) -> Result<Vec<bool>, AskError> {
    let protected = match &hunt.protect {
        Protect::Gates(_) => beyond_gates(world.gates(), streets, starts)?,
        Protect::Zone(id) => {
            let geography = world.geography();
            let zone = geography.zone(id).filter(|zone| zone.follows.is_none()).ok_or_else(|| AskError::Zone(id.clone()))?;
            if hunt.starts.iter().any(|seen| !zone.shape.contains(seen.at)) {
                return Err(AskError::Outside(id.clone()));
            }
            outside(world, |at| zone.shape.contains(at))
        }
        Protect::RadiusM(radius_m) => {
            outside(world, |at| hunt.starts.iter().any(|Seen { at: start, .. }| haversine_m(*start, at) <= *radius_m))
        }
    };
    if protected.contains(&true) { Ok(protected) } else { Err(AskError::NothingProtected) }
}

fn outside(world: &World, holds: impl Fn(LatLng) -> bool) -> Vec<bool> {
    world.roads().network.junctions().iter().map(|at| !holds(at)).collect()
}

/// What he comes to by the gates alone; the gates themselves may be held.
fn beyond_gates(gates: &[CityGate], streets: &Streets, starts: &[Entry]) -> Result<Vec<bool>, AskError> {
    if gates.is_empty() {
        return Err(AskError::NoGates);
    }
    let mut is_gate = vec![false; streets.len()];
    for gate in gates {
        if let Some(flag) = is_gate.get_mut(gate.junction as usize) {
            *flag = true;
        }
    }
    let (inside, all) = (reached(streets, starts, |at| is_gate.get(at as usize) == Some(&true)), reached(streets, starts, |_| false));
    let beyond: Vec<bool> = all.iter().zip(&inside).map(|(all, inside)| *all && !*inside).collect();
    if beyond.contains(&true) { Ok(beyond) } else { Err(AskError::NotSeparated) }
}

/// What he comes to without going on from where he is stopped. Who starts there goes on.
fn reached(streets: &Streets, starts: &[Entry], stops: impl Fn(JunctionNo) -> bool) -> Vec<bool> {
    let mut reached = vec![false; streets.len()];
    let mut open: Vec<JunctionNo> = starts.iter().map(|start| start.point).collect();
    for start in &open {
        if let Some(flag) = reached.get_mut(*start as usize) {
            *flag = true;
        }
    }
    while let Some(at) = open.pop() {
        for step in streets.steps_out(at) {
            let Some(flag) = reached.get_mut(step.point as usize).filter(|flag| !**flag) else { continue };
            *flag = true;
            if !stops(step.point) {
                open.push(step.point);
            }
        }
    }
    reached
}
