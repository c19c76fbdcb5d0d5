//! A plan anew, after a sighting or a loss: who is committed stays where he is as far as that is as good.

use std::{collections::HashMap, sync::Arc};

use super::{
    AskError, Cordon, CordonView, Ground, Hunt, Planned, PlannedGuard, Wanted,
    look::Standing,
    scene::{Staged, clock},
};
use crate::{
    cordon::{Ask, Entry, Objective, Planner, Scene, Verified, entries},
    engine::{SeenWorld, roads::Way},
    model::{Timestamp, UnitNo},
    roads::{JunctionNo, Search},
};

/// Committed units stay unless the gates are closed so much sooner, milliseconds,
pub const GAIN_MS: i64 = 60_000;
/// or this share of the ground is enclosed.
pub const GAIN_SHARE: f64 = 0.5;

impl SeenWorld<'_> {
    /// What a cordon should be, given where he was seen last, where that is better than what it is. None when it holds and nothing is gained
    /// that is worth it, or when there is no plan. It counts on its orders being given at `ordered`, when the plan is known.
    ///
    /// # Errors
    /// [`AskError`] when he was seen off the roads, or outside of what he must be kept in.
    pub fn replan(
        &self,
        (ground, planner, search): (&mut Ground, &mut Planner, &mut Search),
        cordon: &Arc<Cordon>,
        hunt: &Hunt,
        (now, ordered): (Timestamp, Timestamp),
        spent: &mut dyn FnMut() -> bool,
    ) -> Result<(CordonView, Option<Planned>), AskError> {
        let mut seen = (**cordon).clone();
        seen.spec.hunt = Some(hunt.clone());
        let (seen, owner) = (Arc::new(seen), self.of_owner(cordon));
        let view = owner.look(ground, search, &seen, now);
        let Some((planned, staged)) = owner.anew((ground, planner), &seen, hunt, (now, ordered), spent)? else { return Ok((view, None)) };
        if view.holds && !is_worth_it(&view, &planned, &staged) {
            return Ok((view, None));
        }
        let planned = owner.kept(ground, &seen, hunt, (planned, &staged), (now, ordered));
        Ok((view, Some(planned)))
    }

    /// What a cordon should be, from nothing, to whoever it is of: by its own objective, with everybody who is free and all its guards that are not lost.
    pub(super) fn anew(
        &self,
        (ground, planner): (&mut Ground, &mut Planner),
        cordon: &Cordon,
        hunt: &Hunt,
        (now, ordered): (Timestamp, Timestamp),
        spent: &mut dyn FnMut() -> bool,
    ) -> Result<Option<(Planned, Staged)>, AskError> {
        let roads = self.roads();
        ground.renew(roads);
        let force = &cordon.spec.force;
        let mut staged = self.stage(ground, hunt, force.wide, ordered)?;
        staged.add_all(roads, ground, force, &self.fielded(force, None, now)?, 0);
        self.add_committed(cordon, &mut staged, ground, ordered);
        let ask = Ask { objectives: vec![cordon.spec.objective.unwrap_or(Objective::Balanced)], unit_price: None };
        let mut plan = |scene: &Scene| {
            let answer = planner.plan(scene, &ask, &mut || spent(), &mut |_| {});
            answer.plans.into_iter().next().and_then(|plan| Verified::new(scene, plan).ok())
        };
        // As strong as it was asked for; where that cannot be, better weak than open.
        let strong = (force.times(1) > 1).then(|| staged.scene.times(force.times(1)));
        let verified = strong.and_then(|scene| plan(&scene)).or_else(|| plan(&staged.scene));
        let Some(verified) = verified else { return Ok(None) };
        let mut planned = staged.planned(&verified);
        // It has as many rings as it had, as far as there is room and somebody left.
        let rings = cordon.guards.iter().map(|posted| posted.post.ring).max().unwrap_or(1);
        staged.outer_rings(planner, &verified, (rings, force), &mut planned, &mut |_| spent());
        Ok(Some((planned, staged)))
    }

    /// A plan from nothing in which those who are committed to one of its junctions stay there, if it holds as well.
    pub(super) fn kept(
        &self,
        ground: &mut Ground,
        cordon: &Cordon,
        hunt: &Hunt,
        (mut planned, staged): (Planned, &Staged),
        (now, ordered): (Timestamp, Timestamp),
    ) -> Planned {
        let kept = keep_committed(&planned.guards, &self.committed(cordon, ground, staged.zero, now));
        let wanted: Vec<Wanted> = kept.iter().filter_map(|guard| self.wanted(guard)).collect();
        // As it is planned, unless those who stay where they are hold it as well.
        if let Ok(sent) = self.send(ground, (Some(hunt), &cordon.spec.force), Some(cordon), &wanted, ordered)
            && sent.holds
        {
            for (guard, post) in planned.guards.iter_mut().zip(kept.iter().zip(sent.posts)) {
                *guard = PlannedGuard { ready: post.1.due, suspect: guard.suspect, ..*post.0 };
            }
        }
        planned
    }

    fn wanted(&self, guard: &PlannedGuard) -> Option<Wanted> {
        let unit = self.world.unit_by_no(guard.unit)?.spec.id;
        Some(Wanted { junction: guard.junction, unit, ring: guard.ring })
    }

    /// Which unit holds or comes to which junction now.
    fn committed(&self, cordon: &Cordon, ground: &Ground, zero: Timestamp, now: Timestamp) -> HashMap<JunctionNo, Vec<UnitNo>> {
        let mut committed = HashMap::<JunctionNo, Vec<UnitNo>>::new();
        for posted in cordon.guards.iter() {
            let is_lost = matches!(self.world.standing(cordon, posted, ground, zero, now), Standing::Lost(_));
            if let Some(unit) = self.world.unit(&posted.post.unit).filter(|_| !is_lost) {
                committed.entry(posted.post.junction).or_default().push(unit.no);
            }
        }
        committed
    }

    /// Adds those who are committed and not lost, as they could be sent elsewhere: from where they are, from now on.
    fn add_committed(&self, cordon: &Cordon, staged: &mut Staged, ground: &mut Ground, now: Timestamp) {
        let roads = self.roads();
        for posted in cordon.guards.iter() {
            let Some(unit) = self.unit(&posted.post.unit) else { continue };
            let (travel, from) = match self.world.standing(cordon, posted, ground, staged.zero, now) {
                Standing::Coming(travel, from) => (travel, from),
                Standing::There(since) => {
                    let Way::Road(travel) = roads.movement.way(unit.spec.kind, cordon.spec.force.urgent) else { continue };
                    let ready = since.max(now).plus_ms(i64::from(cordon.spec.force.set_up_ms));
                    let ms = clock(staged.zero, ready);
                    let from = roads.on_roads().place(unit.no.0).map(|place| entries(&roads.graph, ground.costs(), travel, place, ms));
                    (travel, from.unwrap_or([Some(Entry { point: posted.post.junction, ms }), None]))
                }
                Standing::Lost(_) => continue,
            };
            staged.add(roads, ground, unit.no, travel, from);
        }
    }
}

fn is_worth_it(view: &CordonView, planned: &Planned, staged: &Staged) -> bool {
    let is_sooner = view.closed.is_none_or(|closed| closed.ms_since(planned.closed) > GAIN_MS);
    let weight = |at: &JunctionNo| staged.scene.weights.get(*at as usize).map_or(0, |weight| u64::from(*weight));
    let enclosed_m: u64 = view.enclosed.iter().map(weight).sum();
    is_sooner || (planned.enclosed_m as f64) < enclosed_m as f64 * GAIN_SHARE
}

/// The same junctions, each with the unit that is committed there where there is one; whoever was planned there takes its place.
fn keep_committed(guards: &[PlannedGuard], committed: &HashMap<JunctionNo, Vec<UnitNo>>) -> Vec<PlannedGuard> {
    let mut kept = guards.to_vec();
    for place in 0..kept.len() {
        let Some(PlannedGuard { junction, unit, .. }) = kept.get(place).copied() else { continue };
        let here: &[UnitNo] = committed.get(&junction).map_or(&[], |units| units);
        if here.contains(&unit) {
            continue;
        }
        let is_here = |unit: &UnitNo| kept.iter().any(|guard| guard.unit == *unit && guard.junction == junction);
        let Some(stays) = here.iter().copied().find(|unit| !is_here(unit)) else { continue };
        let was = kept.iter().position(|guard| guard.unit == stays);
        if let Some(other) = was.and_then(|was| kept.get_mut(was)) {
            other.unit = unit;
        }
        if let Some(guard) = kept.get_mut(place) {
            guard.unit = stays;
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_there_stays_and_the_others_swap() {
        let guard = |junction, unit| PlannedGuard { junction, ring: 1, unit: UnitNo(unit), ready: Timestamp::default(), suspect: None };
        let committed = HashMap::from([(1, vec![UnitNo(7)]), (2, vec![UnitNo(8), UnitNo(9)]), (5, vec![UnitNo(6)])]);
        let pairs = |guards: &[PlannedGuard]| guards.iter().map(|guard| (guard.junction, guard.unit.0)).collect::<Vec<_>>();
        let kept = keep_committed(&[guard(1, 8), guard(2, 7), guard(2, 3), guard(4, 2)], &committed);
        assert_eq!(pairs(&kept), [(1, 7), (2, 8), (2, 9), (4, 2)]);
        assert_eq!(pairs(&keep_committed(&kept, &committed)), pairs(&kept));
    }
}
