//! The cordons by id, and what events do to them.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    sync::Arc,
};

use serde::{Deserialize, Serialize};

use super::{CORDONS_ENDED_MAX, CityGate, CordonEnd, CordonSpec, CordonState, GatePlan, Posted, Seen};
use crate::{
    engine::{SeenWorld, World},
    model::{CordonId, GatePlanId, OrderId, OrderState, Timestamp},
};

/// A cordon and how far it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cordon {
    /// As it was ordered; where he was seen is what was sighted last.
    pub spec: CordonSpec,
    /// Who holds what, by junction.
    pub guards: Arc<[Posted]>,
    /// When it was ordered.
    pub ordered_at: Timestamp,
    /// Since when all its guards are there.
    pub closed_at: Option<Timestamp>,
    /// Since when it is being taken away.
    pub opening_at: Option<Timestamp>,
    /// When it was over, and why.
    pub ended: Option<(Timestamp, CordonEnd)>,
    /// How many of its guards are there.
    there: usize,
    /// How many orders it has given so far.
    pub(super) orders: u32,
}

impl Cordon {
    /// A cordon that is ordered.
    pub(super) fn new(spec: CordonSpec, guards: Vec<Posted>, at: Timestamp) -> Self {
        let orders = guards.len() as u32;
        let (closed_at, opening_at, ended) = (None, None, None);
        Self { spec, guards: guards.into(), ordered_at: at, closed_at, opening_at, ended, there: 0, orders }
    }

    /// How far it is.
    #[must_use]
    pub fn state(&self) -> CordonState {
        match (self.ended, self.opening_at, self.there) {
            (Some(_), ..) => CordonState::Ended,
            (None, Some(_), _) => CordonState::Opening,
            (None, None, 0) => CordonState::Ordered,
            (None, None, there) if there < self.guards.len() => CordonState::Closing,
            (None, None, _) => CordonState::Closed,
        }
    }

    /// Whether it is not over.
    #[must_use]
    pub const fn runs(&self) -> bool {
        self.ended.is_none()
    }

    /// Whether its guards may still change.
    pub(super) const fn may_change(&self) -> bool {
        self.ended.is_none() && self.opening_at.is_none()
    }
}

/// All cordons that are known, and the standing plans.
#[derive(Debug, Default)]
pub(in crate::engine) struct Cordons {
    by_id: BTreeMap<CordonId, Arc<Cordon>>,
    /// Of the orders of those that run: whose they are.
    of_order: HashMap<OrderId, CordonId>,
    /// Those that are over, the first to end first.
    ended: VecDeque<CordonId>,
    pub(super) plans: BTreeMap<GatePlanId, Arc<GatePlan>>,
}

impl Cordons {
    /// None yet; the plan that a city with gates has.
    pub(in crate::engine) fn of_city(gates: &[CityGate]) -> Self {
        let plans = GatePlan::of_city(gates).into_iter().map(|plan| (plan.id.clone(), Arc::new(plan))).collect();
        Self { plans, ..Self::default() }
    }

    /// A cordon by its id.
    pub(super) fn get(&self, id: &CordonId) -> Option<&Arc<Cordon>> {
        self.by_id.get(id)
    }

    /// How many run.
    pub(super) fn running(&self) -> usize {
        self.by_id.len() - self.ended.len()
    }

    /// The cordon that gave an order and runs.
    pub(super) fn of(&self, order: &OrderId) -> Option<&CordonId> {
        self.of_order.get(order)
    }

    /// All of them, those that are over in the order of their ends, then the others by id; and the standing plans by id.
    pub(in crate::engine) fn all(&self) -> (Vec<Cordon>, Vec<GatePlan>) {
        let ended = self.ended.iter().filter_map(|id| self.by_id.get(id));
        let running = self.by_id.values().filter(|cordon| cordon.runs());
        let cordons = ended.chain(running).map(|cordon| (**cordon).clone()).collect();
        (cordons, self.plans.values().map(|plan| (**plan).clone()).collect())
    }

    /// These standing plans in place of those that there are.
    pub(in crate::engine) fn set_plans(&mut self, plans: Vec<GatePlan>) {
        self.plans = plans.into_iter().map(|plan| (plan.id.clone(), Arc::new(plan))).collect();
    }

    /// Puts a cordon as it is now; of those that are over the last [`CORDONS_ENDED_MAX`] stay.
    pub(in crate::engine) fn put(&mut self, cordon: Cordon) {
        let id = cordon.spec.id.clone();
        let before = self.by_id.get(&id).cloned();
        for posted in before.iter().flat_map(|before| before.guards.iter()) {
            self.of_order.remove(&posted.order);
        }
        if cordon.runs() {
            self.of_order.extend(cordon.guards.iter().map(|posted| (posted.order.clone(), id.clone())));
        } else if before.is_none_or(|before| before.runs()) {
            self.ended.push_back(id.clone());
        }
        self.by_id.insert(id, Arc::new(cordon));
        if self.ended.len() > CORDONS_ENDED_MAX
            && let Some(oldest) = self.ended.pop_front()
        {
            self.by_id.remove(&oldest);
        }
    }
}

impl World {
    /// A cordon by its id.
    #[must_use]
    pub fn cordon(&self, id: &CordonId) -> Option<Arc<Cordon>> {
        self.cordons.read().get(id).cloned()
    }

    /// A standing plan by its id.
    #[must_use]
    pub fn gate_plan(&self, id: &GatePlanId) -> Option<Arc<GatePlan>> {
        self.cordons.read().plans.get(id).cloned()
    }

    /// Counts who is there, and says since when all are; ends what was being taken away when the last has left.
    pub(super) fn recount(&self, cordon: &mut Cordon, at: Timestamp) {
        let state = |posted: &Posted| self.order(&posted.order).map_or(OrderState::Ended, |order| order.state);
        let states: Vec<OrderState> = cordon.guards.iter().map(state).collect();
        cordon.there = states.iter().filter(|state| **state == OrderState::Arrived).count();
        let is_closed = cordon.there == states.len();
        cordon.closed_at = if is_closed { cordon.closed_at.or(Some(at)) } else { cordon.closed_at.filter(|_| !cordon.may_change()) };
        if cordon.opening_at.is_some() && cordon.runs() && states.iter().all(|state| *state == OrderState::Ended) {
            cordon.ended = Some((at, CordonEnd::Opened));
        }
    }

    /// Where he was seen last takes the place of where he was seen before.
    pub(super) fn resight(cordon: &mut Cordon, seen: Seen) {
        if let Some(hunt) = &mut cordon.spec.hunt {
            hunt.starts = vec![seen];
        }
    }
}

impl SeenWorld<'_> {
    /// By whoever it is of, and by those whose units hold it.
    fn sees_cordon(&self, cordon: &Cordon) -> bool {
        self.sight.is_all()
            || self.sight.owns(self.organisations(), cordon.spec.org.as_ref())
            || cordon.guards.iter().any(|posted| self.unit(&posted.post.unit).is_some())
    }

    /// A cordon by its id.
    #[must_use]
    pub fn cordon(&self, id: &CordonId) -> Option<Arc<Cordon>> {
        self.world.cordon(id).filter(|cordon| self.sees_cordon(cordon))
    }

    /// All cordons that are known, by id: those that run, and the last that are over.
    #[must_use]
    pub fn all_cordons(&self) -> Vec<Arc<Cordon>> {
        let all: Vec<_> = self.world.cordons.read().by_id.values().cloned().collect();
        all.into_iter().filter(|cordon| self.sees_cordon(cordon)).collect()
    }

    /// Those that run, by id.
    #[must_use]
    pub fn running_cordons(&self) -> Vec<Arc<Cordon>> {
        let mut all = self.all_cordons();
        all.retain(|cordon| cordon.runs());
        all
    }

    /// The world as whoever a cordon is of sees it: by whom it is mended, whoever looks on.
    pub(super) fn of_owner(&self, cordon: &Cordon) -> Self {
        self.world.seen_by(self.world.sight(cordon.spec.org.as_ref()))
    }

    fn sees_plan(&self, plan: &GatePlan) -> bool {
        self.sight.owns(self.organisations(), plan.org.as_ref())
    }

    /// The standing plans, by id.
    #[must_use]
    pub fn gate_plans(&self) -> Vec<Arc<GatePlan>> {
        self.world.cordons.read().plans.values().filter(|plan| self.sees_plan(plan)).cloned().collect()
    }

    /// A standing plan by its id.
    #[must_use]
    pub fn gate_plan(&self, id: &GatePlanId) -> Option<Arc<GatePlan>> {
        self.world.gate_plan(id).filter(|plan| self.sees_plan(plan))
    }
}

#[cfg(test)]
mod tests {
    use super::{super::Force, *};

    #[test]
    fn the_last_that_ended_are_kept_and_all_that_run() {
        let mut cordons = Cordons::default();
        let cordon = |n: usize| {
            let (id, force) = (format!("cordon-{n:06}").parse().unwrap(), Force::default());
            let spec = CordonSpec { id, name: None, hunt: None, force, objective: None, gate_plan: None, org: None };
            Cordon::new(spec, Vec::new(), Timestamp::default())
        };
        let over = |n: usize| Cordon { ended: Some((Timestamp::default(), CordonEnd::Ended)), ..cordon(n) };
        (0..CORDONS_ENDED_MAX + 2).for_each(|n| cordons.put(cordon(n)));
        (0..CORDONS_ENDED_MAX).for_each(|n| cordons.put(over(n)));
        assert_eq!((cordons.by_id.len(), cordons.running()), (CORDONS_ENDED_MAX + 2, 2));
        cordons.put(over(CORDONS_ENDED_MAX));
        cordons.put(over(CORDONS_ENDED_MAX));
        assert_eq!((cordons.by_id.len(), cordons.running()), (CORDONS_ENDED_MAX + 1, 1));
        assert!(cordons.get(&cordon(0).spec.id).is_none() && cordons.get(&cordon(1).spec.id).is_some());
    }
}
