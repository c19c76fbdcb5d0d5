//! The least change that makes a cordon hold again.
//!
//! First the same junctions: whoever is late is let go, and somebody free takes the place. He is stopped where he was, so that nothing else
//! changes. Else other junctions: the gates that are in time stay, and the fewest free units part him from what is protected past
//! the others. That is a least cut in which these gates cost nothing, of junctions that somebody free reaches before he does though only
//! these gates hold him up. Each cut is one of the fewest; where two of its junctions want the same unit, the next is without them. It is looked
//! for close around the gates that do not hold, and in all of the streets only when there is none.

use super::{
    super::{
        super::{Guard, Objective, Plan},
        flow::FREE,
        ground::SpotNo,
        nearest::NEVER,
        walk::Walk,
        work::Meter,
    },
    Repair, Running,
    fill::Open,
    near::Near,
    stops,
};
use crate::roads::JunctionNo;

/// So many cuts are tried.
const CUTS_MAX: usize = 16;

impl Running {
    /// Whether it holds, or with what it does; the plan is to be verified. It sends no guard elsewhere, and lets nobody go who is in time,
    /// but for those who are too few where they stand without the ones who are late, when that junction is given up.
    /// Where the junctions stay it sends as many units as are missing; else the fewest, at junctions close by if that can be, with which the gates
    /// that are in time hold, when the first cut can be manned and nobody has to hold him up for another. One walk, and a search from each new
    /// gate, where the junctions stay; else another walk close by, and a flow.
    pub fn repair(&mut self) -> Repair {
        if self.holds() {
            return Repair::Holds;
        }
        if !self.is_somewhere() {
            return Repair::Beyond;
        }
        self.survey(true);
        let leaks = self.leaks_closed();
        let kept = if leaks { None } else { self.same_junctions().or_else(|| self.near_junctions()) };
        let kept = kept.or_else(|| self.other_junctions(&Near::all(&self.ground)));
        kept.map_or(Repair::Beyond, Repair::Kept)
    }

    /// Somebody free for each gate to which he comes too soon.
    fn same_junctions(&mut self) -> Option<Plan> {
        let (comes, margin_ms) = (self.red(), self.scene.margin_ms);
        if comes.keys().any(|junction| self.scene.need(*junction) == 0) {
            return None;
        }
        let mut guards = self.guards.clone();
        guards.retain(|guard| comes.get(&guard.junction).is_none_or(|ms| guard.unit_ms.saturating_add(margin_ms) <= *ms));
        let open = comes.into_iter().map(|(junction, suspect_ms)| {
            let here = guards.iter().filter(|guard| guard.junction == junction).count();
            Open { junction, missing: self.scene.need(junction).saturating_sub(here), suspect_ms }
        });
        let open: Vec<Open> = open.collect();
        guards.extend(self.fill.all(&self.scene, &mut self.readiness, &open).ok()?);
        Some(self.plan(guards, &self.closed))
    }

    /// The fewest free units at junctions around the gates to which he comes too soon.
    fn near_junctions(&mut self) -> Option<Plan> {
        let red = self.red();
        let spots = red.keys().filter_map(|junction| self.ground.spot_of(*junction));
        let near = Near::around(&self.ground, spots, &self.closed);
        self.other_junctions(&near)
    }

    /// The fewest free units at other junctions of some part of the ground.
    fn other_junctions(&mut self, near: &Near) -> Option<Plan> {
        let (late, due_ms) = (self.red(), self.due_ms(&self.guards));
        let mut never = || false;
        let meter = &mut Meter::new(&mut never);
        let (scene, ground) = (&self.scene, &self.ground);
        let is_out = |spot: SpotNo| ground.spot(spot).is_some_and(|spot| spot.is_protected);
        let past = late.iter().filter_map(|(junction, ms)| Some((ground.spot_of(*junction)?, *ms)));
        let ends = |spot: SpotNo| is_out(spot) || (!near.has(spot) && self.closed.ms(spot).is_none());
        self.open.go_on(ground, &self.closed, past, |spot, ms| stops(&due_ms, spot, ms) || ends(spot));
        let (open, closed) = (&self.open, &self.closed);
        let at_ms = |spot: SpotNo| open.ms(spot).or_else(|| closed.ms(spot));
        // In time where he comes, or where he does not come.
        let in_time = |guard: &Guard| {
            let suspect_ms = ground.spot_of(guard.junction).and_then(at_ms);
            suspect_ms.is_none_or(|ms| guard.unit_ms.saturating_add(scene.margin_ms) <= ms)
        };
        let (stay, others): (Vec<Guard>, Vec<Guard>) = self.guards.iter().copied().partition(in_time);
        let mut here = vec![0_usize; ground.spots().len()];
        for spot in stay.iter().filter_map(|guard| ground.spot_of(guard.junction)) {
            if let Some(here) = here.get_mut(spot as usize) {
                *here += 1;
            }
        }
        let missing =
            |spot: SpotNo, junction: JunctionNo| scene.need(junction).saturating_sub(here.get(spot as usize).copied().unwrap_or_default());
        self.flow.begin(ground, |spot| {
            let (Some(of), Some(ms)) = (ground.spot(spot), at_ms(spot)) else { return (0, 0) };
            // Of what is far he has what lies inside, and must be kept from the rest.
            let is_far = !near.has(spot);
            let drain = if of.is_protected || (is_far && closed.ms(spot).is_none()) { FREE } else { 0 };
            let missing = missing(spot, of.junction) as u64;
            let can_hold = scene.need(of.junction) > 0 && of.due_ms <= ms && of.due_ms < NEVER;
            (
                if stops(&due_ms, spot, ms) || (is_far && drain == 0) {
                    0
                } else if can_hold {
                    missing
                } else {
                    FREE
                },
                drain,
            )
        });
        self.flow.rise_at(near.sources.iter().copied());
        let most = scene.units.len() as u64 + 1;
        for _ in 0..CUTS_MAX {
            if self.flow.leaks(ground) || self.flow.augment(ground, most, meter).ok()? {
                return None;
            }
            let cut: Vec<SpotNo> = self.flow.cut().filter(|spot| self.flow.cap(*spot) > 0).collect();
            let of_spot = |spot: &SpotNo| {
                let junction = ground.spot(*spot)?.junction;
                Some(Open { junction, missing: missing(*spot, junction), suspect_ms: at_ms(*spot)? })
            };
            let opens: Vec<Open> = cut.iter().filter_map(of_spot).collect();
            match self.fill.all(scene, &mut self.readiness, &opens) {
                Ok(new) => {
                    let is_new = |junction: JunctionNo| opens.iter().any(|open| open.junction == junction);
                    // Who is in time only while others hold him up goes on coming.
                    let kept = others.into_iter().filter(|guard| !late.contains_key(&guard.junction) && !is_new(guard.junction));
                    return self.with(stay.into_iter().chain(kept).chain(new).collect());
                }
                Err(unmanned) => unmanned.iter().filter_map(|n| cut.get(*n)).for_each(|spot| self.flow.free(*spot)),
            }
        }
        None
    }

    /// The plan of some guards. None when he gets out, which he does not.
    fn with(&mut self, guards: Vec<Guard>) -> Option<Plan> {
        let due_ms = self.due_ms(&guards);
        self.open.run(&self.ground, &mut Meter::new(&mut || false), |spot, ms| stops(&due_ms, spot, ms)).ok()?;
        self.open.leak.is_none().then(|| self.plan(guards, &self.open))
    }

    /// The plan of some guards, without those of junctions that have too few, given the walk that is left to him.
    fn plan(&self, mut guards: Vec<Guard>, walk: &Walk) -> Plan {
        let held_ms = self.held_ms(&guards);
        guards.retain(|guard| held_ms.contains_key(&guard.junction));
        for guard in &mut guards {
            let due_ms = held_ms.get(&guard.junction).map_or(NEVER, |ms| ms.saturating_add(self.scene.margin_ms));
            let spot = self.ground.spot_of(guard.junction);
            let free_ms = spot.and_then(|spot| self.ground.spot(spot)).map(|spot| spot.free_ms);
            guard.suspect_ms = free_ms.filter(|ms| due_ms <= *ms).or_else(|| walk.ms(spot?));
        }
        guards.sort_unstable();
        Plan {
            objective: Objective::Fewest,
            closed_ms: guards.iter().map(|guard| guard.unit_ms).max().unwrap_or_default(),
            enclosed: walk.inside.len(),
            enclosed_weight: walk.weight,
            value: guards.len() as u64,
            bound: 0,
            guards,
        }
    }
}
