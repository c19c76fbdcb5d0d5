//! A cordon that leaks: what it should be, so that it holds again.

use std::sync::Arc;

use super::{Cordon, Ground, Planned, words::GateState};
use crate::{
    cordon::{Guard, Planner, Repair, Running, Verified},
    engine::SeenWorld,
    model::Timestamp,
};

impl SeenWorld<'_> {
    /// What a cordon that leaks should be: everybody who is in time stays, and somebody free comes for what is late or lost, there or
    /// elsewhere. Only where that cannot be is it planned from nothing, until `spent` says that the time is over. It counts on its
    /// orders being given at `ordered`. None when it holds, when nobody is sought or nothing may change, or when there is no plan. Some
    /// milliseconds, of which most are a look at all who are free.
    #[must_use]
    pub fn mend(
        &self,
        (ground, planner): (&mut Ground, &mut Planner),
        cordon: &Arc<Cordon>,
        (now, ordered): (Timestamp, Timestamp),
        spent: &mut dyn FnMut() -> bool,
    ) -> Option<Planned> {
        let hunt = cordon.spec.hunt.as_ref().filter(|_| cordon.may_change())?;
        let (roads, force, owner) = (self.roads(), &cordon.spec.force, self.of_owner(cordon));
        ground.renew(roads);
        let mut staged = owner.stage(ground, hunt, force.wide, ordered).ok()?;
        let guards = self.world.stage_guards(cordon, &mut staged, ground, now);
        staged.add_all(roads, ground, force, &owner.fielded(force, None, now).ok()?, 0);
        let comes: Vec<Guard> = guards.iter().map(|(guard, ..)| *guard).collect();
        let mut running = Running::new(staged.scene.clone(), &comes);
        for (guard, ..) in guards.iter().filter(|(_, state, _)| *state == GateState::Lost) {
            running.unit_lost(guard.unit);
        }
        let repaired = match running.repair() {
            Repair::Holds => return None,
            Repair::Kept(plan) => Verified::new(&staged.scene, plan).ok(),
            Repair::Beyond => None,
        };
        let mut planned = match repaired {
            Some(verified) => staged.planned(&verified),
            None => {
                let (planned, staged) = owner.anew((ground, planner), cordon, hunt, (now, ordered), spent).ok()??;
                owner.kept(ground, cordon, hunt, (planned, &staged), (now, ordered))
            }
        };
        for guard in &mut planned.guards {
            let known = cordon.guards.iter().find(|posted| posted.post.junction == guard.junction);
            guard.ring = known.map_or(guard.ring, |posted| posted.post.ring);
        }
        Some(planned)
    }
}
