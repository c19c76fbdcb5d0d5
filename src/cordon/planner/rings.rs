//! Rings around rings: each holds by itself, with units of its own.

use super::{
    super::{Objective, Plan, Scene, scene::need_times},
    search::{Answer, Ask, Planner},
};
use crate::roads::JunctionNo;

/// The most rings at once.
pub const RINGS_MAX: u8 = 3;

/// A ring asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ring {
    /// What it should be best at.
    pub objective: Objective,
    /// How many times the units that a junction takes are to hold it: 1 or more. No junction takes more than [`NEED_MAX`](crate::cordon::NEED_MAX).
    pub strength: u8,
}

impl Planner {
    /// Plans rings, the innermost first, [`RINGS_MAX`] at most, around a plan that is already there if one is: what lies within a ring, and
    /// its own junctions, belong to where he may come from for the next, which has none of its units. Outer rings count on nothing of the inner ones: he comes as early as if these were
    /// not there. So each has its own answer, which is all that [`Planner::plan`] says of it; a ring that is impossible is left out for
    /// those around it. `is_spent` is asked for each ring by its number, `found` is told with it.
    pub fn rings(
        &mut self,
        scene: &Scene,
        inner: Option<&Plan>,
        rings: &[Ring],
        unit_price: Option<u64>,
        is_spent: &mut dyn FnMut(usize) -> bool,
        found: &mut dyn FnMut(usize, &Plan),
    ) -> Vec<Answer> {
        let mut answers: Vec<Answer> = Vec::with_capacity(rings.len().min(RINGS_MAX.into()));
        // By junction: within a ring, or of it; by unit: of a ring.
        let mut is_within = vec![false; scene.junctions()];
        let mut is_used = vec![false; scene.units.len()];
        if let Some(plan) = inner {
            enclose(scene, plan, &mut is_within, &mut is_used);
        }
        for (number, ring) in rings.iter().enumerate().take(RINGS_MAX.into()) {
            let free: Vec<u32> = (0..).zip(&is_used).filter(|(_, is_used)| !**is_used).map(|(unit, _)| unit).collect();
            let needs = (0..).zip(&is_within).map(|(junction, is_within)| match is_within {
                true => 0,
                false => need_times(scene.need(junction) as u8, ring.strength),
            });
            let left = Scene {
                needs: needs.collect(),
                units: free.iter().filter_map(|unit| scene.units.get(*unit as usize)).copied().collect(),
                ..scene.clone()
            };
            let own_unit = |unit: u32| free.get(unit as usize).copied().unwrap_or(unit);
            let own = |plan: &Plan| {
                let mut plan = plan.clone();
                for guard in &mut plan.guards {
                    guard.unit = own_unit(guard.unit);
                }
                plan.guards.sort_unstable();
                plan
            };
            let ask = Ask { objectives: vec![ring.objective], unit_price };
            let mut answer = self.plan(&left, &ask, &mut || is_spent(number), &mut |plan| found(number, &own(plan)));
            answer.plans = answer.plans.iter().map(own).collect();
            answer.partial = answer.partial.map(|partial| partial.of_units(own_unit));
            if let Some(plan) = answer.plans.first() {
                enclose(scene, plan, &mut is_within, &mut is_used);
            }
            answers.push(answer);
        }
        answers
    }
}

/// Marks where he can be within a plan and what it holds, and who is used by it.
fn enclose(scene: &Scene, plan: &Plan, is_within: &mut [bool], is_used: &mut [bool]) {
    for guard in &plan.guards {
        if let Some(is_used) = is_used.get_mut(guard.unit as usize) {
            *is_used = true;
        }
    }
    is_within.fill(false);
    let holds = |junction: JunctionNo| plan.guards.iter().any(|guard| guard.junction == junction);
    let mut stack: Vec<JunctionNo> = scene.starts.iter().map(|start| start.point).collect();
    while let Some(junction) = stack.pop() {
        let Some(is_within) = is_within.get_mut(junction as usize).filter(|is_within| !**is_within) else { continue };
        *is_within = true;
        if !holds(junction) {
            stack.extend(scene.suspect.steps_out(junction).iter().map(|step| step.point));
        }
    }
}
