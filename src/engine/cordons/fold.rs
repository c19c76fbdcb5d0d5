//! What events do to cordons.

use std::sync::Arc;

use super::{Cordon, CordonEnd, CordonSpec, GatePlan, Posted, Seen};
use crate::{
    delta::Notice,
    engine::{Engine, World},
    geodesy::haversine_m,
    model::{CordonId, GatePlanId, OrderId, Timestamp},
};

/// A junction that is no farther than this from where it was is the same, metres.
const SAME_M: f64 = 1.0;

impl Engine {
    pub(in crate::engine) fn cordon_ordered(&mut self, spec: CordonSpec, guards: Vec<Posted>, at: Timestamp) {
        let guards = self.world.on_these_roads(guards);
        self.put_cordon(Cordon::new(spec, guards, at), at);
    }

    /// # Errors
    /// Says that there is none of this id.
    pub(in crate::engine) fn cordon_changed(&mut self, id: &CordonId, guards: Vec<Posted>, at: Timestamp) -> Result<(), String> {
        let guards = self.world.on_these_roads(guards);
        self.edit_cordon(id, at, |cordon| {
            let is_new = |posted: &&Posted| !cordon.guards.iter().any(|known| known.order == posted.order);
            cordon.orders += guards.iter().filter(is_new).count() as u32;
            cordon.guards = guards.into();
        })
    }

    /// # Errors
    /// Says that there is none of this id.
    pub(in crate::engine) fn cordon_sighted(&mut self, id: &CordonId, seen: Seen, at: Timestamp) -> Result<(), String> {
        self.edit_cordon(id, at, |cordon| World::resight(cordon, seen))
    }

    /// # Errors
    /// Says that there is none of this id.
    pub(in crate::engine) fn cordon_opening(&mut self, id: &CordonId, at: Timestamp) -> Result<(), String> {
        self.edit_cordon(id, at, |cordon| cordon.opening_at = Some(at))
    }

    /// # Errors
    /// Says that there is none of this id.
    pub(in crate::engine) fn cordon_ended(&mut self, id: &CordonId, why: CordonEnd, at: Timestamp) -> Result<(), String> {
        self.edit_cordon(id, at, |cordon| cordon.ended = Some((at, why)))
    }

    /// An order went a step further, or was given: the cordon that gave it may be closed, or over.
    pub(in crate::engine) fn cordon_of_order(&mut self, order: &OrderId, at: Timestamp) {
        let id = self.world.cordons.read().of(order).cloned();
        if let Some(cordon) = id.and_then(|id| self.world.cordon(&id)) {
            self.put_cordon((*cordon).clone(), at);
        }
    }

    pub(in crate::engine) fn gate_plan_put(&mut self, plan: GatePlan) {
        self.world.cordons.write().plans.insert(plan.id.clone(), Arc::new(plan));
    }

    /// # Errors
    /// Says that there is none of this id.
    pub(in crate::engine) fn gate_plan_removed(&mut self, id: &GatePlanId) -> Result<(), String> {
        self.world.cordons.write().plans.remove(id).map(|_| ()).ok_or_else(|| format!("there is no standing plan `{id}`"))
    }

    fn edit_cordon(&mut self, id: &CordonId, at: Timestamp, edit: impl FnOnce(&mut Cordon)) -> Result<(), String> {
        let cordon = self.world.cordon(id).ok_or_else(|| format!("there is no cordon `{id}`"))?;
        let mut cordon = (*cordon).clone();
        edit(&mut cordon);
        self.put_cordon(cordon, at);
        Ok(())
    }

    fn put_cordon(&mut self, mut cordon: Cordon, at: Timestamp) {
        self.world.recount(&mut cordon, at);
        let id = cordon.spec.id.clone();
        self.world.cordons.write().put(cordon);
        self.notices.push(Notice::Cordon { id, at });
    }
}

impl World {
    /// Guards at the junctions of the roads that there are: those of the journal may be others.
    pub(in crate::engine) fn on_these_roads(&self, mut guards: Vec<Posted>) -> Vec<Posted> {
        let network = &self.roads().network;
        for Posted { post, .. } in &mut guards {
            let is_there = network.junctions().get(post.junction as usize).is_some_and(|there| haversine_m(there, post.at) <= SAME_M);
            if !is_there && let Some(nearest) = network.nearest_junction(post.at) {
                post.junction = nearest;
            }
        }
        guards
    }
}
