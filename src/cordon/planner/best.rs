//! The best plans so far, one for each objective asked for.

use super::super::{Guard, Objective, Plan};

/// A plan that holds, before it is known what it is best at.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    pub(super) guards: Vec<Guard>,
    pub(super) closed_ms: u32,
    pub(super) enclosed: usize,
    pub(super) weight: u64,
}

/// The best plans so far, and what is proved of each objective.
pub(super) struct Best<'a> {
    asked: Vec<Objective>,
    /// What a unit costs in weight.
    price: Option<u64>,
    /// What was found before this was known.
    early: Vec<Draft>,
    plans: [Option<Plan>; 4],
    bounds: [u64; 4],
    found: &'a mut dyn FnMut(&Plan),
}

const fn place(objective: Objective) -> usize {
    objective.code() as usize
}

impl<'a> Best<'a> {
    pub(super) fn new(asked: &[Objective], found: &'a mut dyn FnMut(&Plan)) -> Self {
        let asked = Objective::ALL.iter().copied().filter(|objective| asked.contains(objective)).collect();
        Self { asked, price: None, early: Vec::new(), plans: [None, None, None, None], bounds: [0; 4], found }
    }

    /// Says what a unit costs in weight; plans found before are weighed by it.
    pub(super) fn set_price(&mut self, price: u64) {
        self.price = Some(price);
        for draft in std::mem::take(&mut self.early) {
            self.offer(&draft);
        }
    }

    /// What a unit costs in weight.
    pub(super) fn price(&self) -> u64 {
        self.price.unwrap_or_default()
    }

    pub(super) fn asks(&self, objective: Objective) -> bool {
        self.asked.contains(&objective)
    }

    pub(super) fn has_any(&self) -> bool {
        self.plans.iter().any(Option::is_some)
    }

    /// The value of the best plan by an objective.
    pub(super) fn value(&self, objective: Objective) -> Option<u64> {
        self.plan(objective).map(|plan| plan.value)
    }

    pub(super) fn plan(&self, objective: Objective) -> Option<&Plan> {
        self.plans.get(place(objective)).and_then(Option::as_ref)
    }

    fn value_of(&self, objective: Objective, units: usize, weight: u64, closed_ms: u32) -> u64 {
        match objective {
            Objective::Fastest => u64::from(closed_ms),
            Objective::Tightest => weight,
            Objective::Fewest => units as u64,
            Objective::Balanced => weight.saturating_add(self.price().saturating_mul(units as u64)),
        }
    }

    /// Takes a plan where it is better than the best, and tells.
    pub(super) fn offer(&mut self, draft: &Draft) {
        if self.price.is_none() && self.asks(Objective::Balanced) {
            self.early.push(draft.clone());
        }
        for objective in self.asked.clone() {
            let value = self.value_of(objective, draft.guards.len(), draft.weight, draft.closed_ms);
            let is_priced = objective != Objective::Balanced || self.price.is_some();
            if !is_priced || self.value(objective).is_some_and(|best| best <= value) {
                continue;
            }
            let plan = Plan {
                objective,
                guards: draft.guards.clone(),
                closed_ms: draft.closed_ms,
                enclosed: draft.enclosed,
                enclosed_weight: draft.weight,
                value,
                bound: self.bounds.get(place(objective)).map_or(0, |bound| value.min(*bound)),
            };
            (self.found)(&plan);
            if let Some(slot) = self.plans.get_mut(place(objective)) {
                *slot = Some(plan);
            }
        }
    }

    /// Notes that no plan has less.
    pub(super) fn prove(&mut self, objective: Objective, bound: u64) {
        if let Some(known) = self.bounds.get_mut(place(objective)) {
            *known = bound.max(*known);
            if let Some(plan) = self.plans.get_mut(place(objective)).and_then(Option::as_mut) {
                plan.bound = plan.value.min(*known);
            }
        }
    }

    /// Whether nothing is left to look for by an objective.
    pub(super) fn is_settled(&self, objective: Objective) -> bool {
        !self.asks(objective) || self.plan(objective).is_some_and(Plan::is_optimal)
    }

    /// How far the best plan by an objective may be from the best there is: 0 when it is that, 1 when nothing is known.
    pub(super) fn gap(&self, objective: Objective) -> f64 {
        match self.plan(objective) {
            Some(plan) => (plan.value - plan.bound) as f64 / plan.value.max(1) as f64,
            None => f64::from(u8::from(self.asks(objective))),
        }
    }

    /// The plans, in the order of their objectives.
    pub(super) fn into_plans(self) -> Vec<Plan> {
        self.plans.into_iter().flatten().collect()
    }
}
