//! Plans of the moment: who could hold what, so that he cannot get out.

use super::{AskError, Force, Ground, Hunt, Leak, Post, Protect, look::passed_at, scene::Staged, spec::spare};
use crate::{
    cordon::{Ask, Guard, Impossible, Objective, Plan, Planner, RINGS_MAX, Ring, Scene, Tolerance, Verified, tolerance},
    engine::SeenWorld,
    model::{Timestamp, UnitNo},
    roads::JunctionNo,
};

/// What is to be planned.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanAsk {
    /// Who is sought.
    pub hunt: Hunt,
    /// Who may be sent.
    pub force: Force,
    /// What plans should be best at.
    pub objectives: Vec<Objective>,
    /// How many rings, of which the outer ones are of as few units as can be.
    pub rings: u8,
    /// So long it takes to choose: who is ordered by then is in time, milliseconds.
    pub decide_ms: u32,
}

/// One unit at one junction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlannedGuard {
    /// The junction.
    pub junction: JunctionNo,
    /// Of which ring, the innermost being 1.
    pub ring: u8,
    /// The unit.
    pub unit: UnitNo,
    /// When it is ready.
    pub ready: Timestamp,
    /// The earliest that he comes there; none where he cannot.
    pub suspect: Option<Timestamp>,
}

impl PlannedGuard {
    /// How much later he is than it, milliseconds.
    #[must_use]
    pub fn slack_ms(&self) -> Option<i64> {
        Some(self.suspect?.ms_since(self.ready))
    }
}

/// A plan, which the verifier has passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// What it is best at.
    pub objective: Objective,
    /// When the last guard of the inner ring is ready.
    pub closed: Timestamp,
    /// The junctions that he can be at, by the inner ring.
    pub enclosed: Vec<JunctionNo>,
    /// Their metres of road.
    pub enclosed_m: u64,
    /// What its objective counts, see [`crate::cordon::Plan::value`].
    pub value: u64,
    /// No plan has less.
    pub bound: u64,
    /// How wrong the scene may be before it leaks.
    pub tolerance: Tolerance,
    /// By ring, junction and unit.
    pub guards: Vec<PlannedGuard>,
}

/// Guards past whom he gets out: what can be closed where no plan holds. The verifier has passed each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedPartial {
    /// By junction and unit.
    pub guards: Vec<PlannedGuard>,
    /// The junctions that he can be at, before he is out.
    pub enclosed: Vec<JunctionNo>,
    /// The ways out that are left, the earliest first.
    pub leaks: Vec<Leak>,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanAnswer {
    /// When he was seen first.
    pub zero: Timestamp,
    /// In the order of their objectives.
    pub plans: Vec<Planned>,
    /// A way out, where there is no plan; and whether it alone proves that there is none, or the search of all plans does.
    pub impossible: Option<(Leak, bool)>,
    /// What can be closed all the same, where there is no plan.
    pub partial: Option<PlannedPartial>,
    /// Ways out that share no junction: at least so many units are needed.
    pub routes: Vec<Vec<JunctionNo>>,
    /// Why the verifier did not pass plans; none, unless the planner is wrong.
    pub refused: Vec<String>,
}

impl SeenWorld<'_> {
    /// A scene without units, for a zone that is seen.
    pub(super) fn stage(&self, ground: &mut Ground, hunt: &Hunt, wide: u8, now: Timestamp) -> Result<Staged, AskError> {
        if let Protect::Zone(id) = &hunt.protect
            && self.zone(id).is_none()
        {
            return Err(AskError::Zone(id.clone()));
        }
        Staged::new(self.world, ground, hunt, wide, now)
    }

    /// Plans. `spent` is asked whether a share of the time, 0 to 1, is over; `better` may better the plans of the inner ring before the verifier sees them.
    ///
    /// # Errors
    /// [`AskError`] names what is wrong with what is asked for.
    pub fn plan(
        &self,
        ground: &mut Ground,
        planner: &mut Planner,
        ask: &PlanAsk,
        now: Timestamp,
        spent: &mut dyn FnMut(f64) -> bool,
        better: &mut dyn FnMut(&Scene, &mut [Plan]),
    ) -> Result<PlanAnswer, AskError> {
        ask.hunt.check(now)?;
        ask.force.check()?;
        spare("decide_s", ask.decide_ms)?;
        if !(1..=RINGS_MAX).contains(&ask.rings) {
            return Err(AskError::Rings(ask.rings));
        }
        let roads = self.roads();
        ground.renew(roads);
        let fielded = self.fielded(&ask.force, ask.hunt.starts.first().map(|seen| seen.at), now)?;
        let mut staged = self.stage(ground, &ask.hunt, ask.force.wide, now)?;
        staged.add_all(roads, ground, &ask.force, &fielded, ask.decide_ms);

        let rings = f64::from(ask.rings);
        let inner = Ask { objectives: ask.objectives.clone(), unit_price: None };
        let strong = staged.scene.times(ask.force.times(1));
        let mut answer = planner.plan(&strong, &inner, &mut || spent(1.0 / rings), &mut |_| {});
        better(&strong, &mut answer.plans);
        let count = answer.plans.len();
        let (mut plans, mut refused) = (Vec::with_capacity(count), Vec::new());
        for (n, plan) in answer.plans.into_iter().enumerate() {
            let objective = plan.objective;
            let verified = match Verified::new(&strong, plan) {
                Ok(verified) => verified,
                Err(rejected) => {
                    refused.push(format!("{objective}: {rejected}"));
                    continue;
                }
            };
            let mut planned = staged.planned(&verified);
            let until = |ring: u8| {
                let done = n as f64 + f64::from(ring - 1) / (rings - 1.0).max(1.0);
                (1.0 + (rings - 1.0) * done / count as f64) / rings
            };
            staged.outer_rings(planner, &verified, (ask.rings, &ask.force), &mut planned, &mut |ring| spent(until(ring)));
            plans.push(planned);
        }
        let impossible = answer.impossible.map(|why| match why {
            Impossible::Escape(way) => (leak(&staged, &way), true),
            Impossible::TooFew(way) => (leak(&staged, &way), false),
        });
        let partial = answer.partial.map(|partial| PlannedPartial {
            guards: staged.guards(partial.guards(), 1),
            enclosed: partial.verdict().enclosed.clone(),
            leaks: partial.verdict().leaks.iter().map(|way| leak(&staged, way)).collect(),
        });
        Ok(PlanAnswer { zero: staged.zero, plans, impossible, partial, routes: answer.routes, refused })
    }
}

impl SeenWorld<'_> {
    /// The posts of planned guards.
    #[must_use]
    pub fn posts(&self, guards: &[PlannedGuard]) -> Vec<Post> {
        let post = |guard: &PlannedGuard| {
            let junction = guard.junction;
            Some(Post {
                junction,
                at: self.roads().network.junctions().get(junction as usize)?,
                place: self.world.junction_name(junction),
                gate: self.world.gate_at(junction).map(|gate| gate.id.clone()),
                ring: guard.ring,
                unit: self.unit_by_no(guard.unit)?.spec.id,
                due: guard.ready,
            })
        };
        guards.iter().filter_map(post).collect()
    }
}

pub(super) fn leak(staged: &Staged, way: &[crate::cordon::Passed]) -> Leak {
    Leak { passed: way.iter().map(|passed| passed_at(staged, passed)).collect() }
}

impl Staged {
    /// A plan in units and instants.
    pub(super) fn planned(&self, verified: &Verified) -> Planned {
        let (plan, verdict) = (verified.plan(), verified.verdict());
        Planned {
            objective: plan.objective,
            closed: self.instant(plan.closed_ms),
            enclosed: verdict.enclosed.clone(),
            enclosed_m: plan.enclosed_weight,
            value: plan.value,
            bound: plan.bound,
            tolerance: tolerance(&self.scene, &plan.guards),
            guards: self.guards(&plan.guards, 1),
        }
    }

    fn guards(&self, guards: &[Guard], ring: u8) -> Vec<PlannedGuard> {
        let guard = |guard: &Guard| {
            let suspect = guard.suspect_ms.map(|ms| self.instant(ms));
            Some(PlannedGuard { junction: guard.junction, ring, unit: self.unit(guard.unit)?, ready: self.instant(guard.unit_ms), suspect })
        };
        guards.iter().filter_map(guard).collect()
    }

    /// Adds rings around a plan, each of as few units as can be, until there is no room or nobody left. Each holds by itself, should all
    /// within it fail; it stands outside of what the one before holds and encloses, and uses nobody of those.
    pub(super) fn outer_rings(
        &self,
        planner: &mut Planner,
        inner: &Verified,
        (rings, force): (u8, &Force),
        planned: &mut Planned,
        spent: &mut dyn FnMut(u8) -> bool,
    ) {
        let few = |ring: u8| Ring { objective: Objective::Fewest, strength: force.times(ring) };
        let outer: Vec<Ring> = (2..=rings).map(few).collect();
        let mut is_spent = |number: usize| spent(number as u8 + 2);
        let answers = planner.rings(&self.scene, Some(inner.plan()), &outer, None, &mut is_spent, &mut |_, _| {});
        for (ring, answer) in (2..).zip(answers) {
            let strong = self.scene.times(force.times(ring));
            let Some(plan) = answer.plans.into_iter().next().and_then(|plan| Verified::new(&strong, plan).ok()) else { return };
            planned.guards.extend(self.guards(&plan.plan().guards, ring));
        }
    }
}
