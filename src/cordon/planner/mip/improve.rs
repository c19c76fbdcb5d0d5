//! Better plans than the planner found in its time.

use std::time::Duration;

use super::{
    super::super::{Objective, Plan, Scene},
    Arrival, Mip,
};

impl Mip {
    /// Looks for better plans than those that are not proved to be the best, each for an equal part of the time that is left, and puts them in
    /// their places. What was proved stays; the plans hold, but are to be verified as all are.
    pub fn improve(&mut self, scene: &Scene, plans: &mut [Plan], left: &mut dyn FnMut() -> Duration) {
        let mut others = plans.iter().filter(|plan| !plan.is_optimal()).count() as u32;
        for plan in plans.iter_mut().filter(|plan| !plan.is_optimal()) {
            let after = left().mul_f64(f64::from(others - 1) / f64::from(others));
            others -= 1;
            let mut own = || left().saturating_sub(after);
            let better = self.plan(scene, plan.objective, unit_price(plan), Arrival::Free, &mut own).plan;
            if let Some(better) = better.filter(|better| better.value < plan.value) {
                *plan = Plan { bound: plan.bound, ..better };
            }
        }
    }
}

/// What a unit costs in a plan, in weight; 0 where that is no matter.
fn unit_price(plan: &Plan) -> u64 {
    match plan.objective {
        Objective::Balanced => (plan.value - plan.enclosed_weight) / (plan.guards.len() as u64).max(1),
        Objective::Fastest | Objective::Tightest | Objective::Fewest => 0,
    }
}
