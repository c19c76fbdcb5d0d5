//! Cordons of a drill: planned by the planner on what is known, passed by the verifier on what is true.

use std::{collections::HashMap, sync::Arc};

use super::{
    Stage,
    force::Force,
    orders::{Orders, Task},
    scenario::{CordonAsk, OnTheRun, Protect},
};
use crate::{
    cordon::{
        Ask, Entry, Going, Guard, Impossible, Planner, Scene, Streets, Unit, Verdict, entries, going, starts, suspect_streets, verify,
    },
    engine::Way,
    geodesy::{LatLng, haversine_m},
    model::{Contact, Status, UnitNo},
    roads::{JunctionNo, RoadPlace, Travel},
};

/// How often the planner may ask whether to go on: the same on every machine, so that a drill is.
const QUESTIONS_MAX: u32 = 300;

/// Where he was seen, and when.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Seen {
    pub(super) at: LatLng,
    pub(super) place: RoadPlace,
    pub(super) ms: i64,
    /// When it became known.
    pub(super) told_ms: i64,
}

/// A junction that units are sent to hold.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Gate {
    pub(super) junction: JunctionNo,
    pub(super) orders: Vec<usize>,
    /// When it was to be held, milliseconds since the offence.
    pub(super) planned_ms: i64,
    /// The earliest that he could be there.
    pub(super) suspect_ms: Option<i64>,
    /// When it was held.
    pub(super) held_ms: Option<i64>,
    /// When it was given up.
    pub(super) opened_ms: Option<i64>,
    /// When he went through before that.
    pub(super) passed_ms: Option<i64>,
}

/// A cordon, from its order to its end.
#[derive(Debug)]
pub(super) struct Cordon {
    /// The ask that it is of.
    pub(super) ask: usize,
    pub(super) protected: Vec<bool>,
    pub(super) ordered_ms: i64,
    pub(super) planned_closed_ms: i64,
    pub(super) closed_ms: Option<i64>,
    pub(super) ended_ms: Option<i64>,
    pub(super) gates: Vec<Gate>,
    /// The junctions that he can be at.
    pub(super) enclosed: Vec<JunctionNo>,
    pub(super) enclosed_m: u64,
    pub(super) is_optimal: bool,
    /// When he left it, if he did.
    pub(super) broken_ms: Option<i64>,
    /// When the verifier first found that it no longer holds.
    pub(super) leaks_ms: Option<i64>,
}

/// Streets and ways of going that stay the same for a whole drill.
#[derive(Debug)]
pub(super) struct Streetwise {
    goings: Vec<(Travel, Going)>,
    suspects: HashMap<(OnTheRun, u64), Arc<Streets>>,
    weights: Arc<[u32]>,
}

/// What a planner made of an ask.
#[derive(Debug)]
pub(super) enum Answer {
    /// Who goes where: guards of the scene, whose units are numbers of units; and when he can be where.
    Plan { guards: Vec<(JunctionNo, UnitNo)>, is_optimal: bool, closed_ms: i64 },
    /// He can get out by this way before anybody.
    Escape(Vec<JunctionNo>),
    /// None was found.
    None,
}

impl Streetwise {
    /// For a force.
    pub(super) fn new(force: &Force) -> Self {
        let roads = force.world().roads();
        let mut weights = vec![0.0; roads.network.junctions().len()];
        for (n, edge) in roads.network.edges().iter().enumerate() {
            for end in [edge.from, edge.to] {
                if let Some(weight) = weights.get_mut(end as usize) {
                    *weight += roads.network.length_m(n as u32).unwrap_or_default() / 2.0;
                }
            }
        }
        let travels = [Travel::UrgentCar, Travel::UrgentMotorcycle, Travel::Foot];
        let costs = roads.costs();
        let goings = travels.map(|travel| (travel, going(&roads.graph, &costs, travel))).into();
        let weights = weights.into_iter().map(|metres: f64| metres.round() as u32).collect();
        Self { goings, suspects: HashMap::new(), weights }
    }

    /// The scene of an ask at a moment, without units. Its clock begins when he was seen.
    fn scene(&mut self, stage: &Stage, force: &Force, ask: &CordonAsk, travel: OnTheRun, seen: Seen, protected: Vec<bool>) -> Scene {
        let (network, costs) = (&force.world().roads().network, force.world().roads().costs());
        let key = (travel, ask.faster.to_bits());
        let streets = self.suspects.entry(key).or_insert_with(|| suspect_streets(network, &costs, travel.travel(), ask.faster).into());
        Scene {
            suspect: streets.clone(),
            starts: starts(network, &costs, travel.travel(), ask.faster, seen.place, 0),
            protected,
            needs: vec![ask.per_junction; stage.city.roads.junctions().len()].into(),
            weights: self.weights.clone(),
            goings: self.goings.iter().map(|(_, going)| going.clone()).collect(),
            units: Vec::new(),
            margin_ms: 0,
        }
    }

    /// Who may hold a junction: free units of the kinds and organisations asked for, and those who hold one or are on the way there,
    /// that one alone: whoever is committed stays so or is released. Times are until they are there; setting up is in the margin.
    fn units(&self, force: &Force, orders: &Orders, ask: &CordonAsk, seen: Seen, now_ms: i64) -> Vec<Unit> {
        let world = force.world();
        let (roads, costs) = (world.roads(), world.roads().costs());
        let orgs: Vec<_> = ask.orgs.iter().filter_map(|org| world.organisations().subtree(org)).collect();
        let mut units = Vec::new();
        world.for_each_unit(|view| {
            if let Some((_, order)) = orders.of(view.no)
                && let Task::Gate { junction, .. } = order.task
            {
                let entry = Entry { point: junction, ms: clock(order.known_ready_ms(now_ms) - ask.set_up_ms - seen.ms) };
                return units.push(Unit { who: view.no.0, going: 0, entries: [Some(entry), None] });
            }
            let of_org = || {
                let org = world.organisations().no(view.spec.org(world.organisations()));
                orgs.is_empty() || org.is_some_and(|org| orgs.iter().any(|range| range.contains(org)))
            };
            let is_free = view.spec.status == Status::Available && view.contact == Contact::Live;
            if !(is_free && ask.kinds.contains(view.spec.kind) && of_org()) {
                return;
            }
            let Way::Road(travel) = roads.movement.way(view.spec.kind, true) else { return };
            let Some(going) = self.goings.iter().position(|(known, _)| *known == travel) else { return };
            let Some(place) = force.place(view.no, now_ms) else { return };
            let ms = clock(now_ms - seen.ms + Orders::turn_out_ms(force, view.no));
            units.push(Unit { who: view.no.0, going: going as u8, entries: entries(&roads.graph, &costs, travel, place, ms) });
        });
        units
    }

    /// What the planner makes of an ask now.
    #[expect(clippy::too_many_arguments, reason = "all that is known at a moment of the drill")]
    pub(super) fn plan(
        &mut self,
        stage: &Stage,
        force: &Force,
        orders: &Orders,
        ask: &CordonAsk,
        travel: OnTheRun,
        seen: Seen,
        protected: &[bool],
        now_ms: i64,
    ) -> Answer {
        let mut scene = self.scene(stage, force, ask, travel, seen, protected.to_vec());
        scene.margin_ms = clock(ask.margin_ms + ask.set_up_ms);
        scene.units = self.units(force, orders, ask, seen, now_ms);
        let mut questions = 0;
        let mut budget = || {
            questions += 1;
            questions > QUESTIONS_MAX
        };
        let asked = Ask { objectives: vec![ask.objective], unit_price: None };
        let answer = Planner::new().plan(&scene, &asked, &mut budget, &mut |_| {});
        match (answer.plans.into_iter().next(), answer.impossible) {
            (Some(plan), _) => {
                let who = |guard: &Guard| Some((guard.junction, UnitNo(scene.units.get(guard.unit as usize)?.who)));
                Answer::Plan {
                    guards: plan.guards.iter().filter_map(who).collect(),
                    is_optimal: plan.is_optimal(),
                    closed_ms: seen.ms + i64::from(plan.closed_ms) + ask.set_up_ms,
                }
            }
            (None, Some(Impossible::Escape(way) | Impossible::TooFew(way))) => {
                Answer::Escape(way.iter().map(|passed| passed.junction).collect())
            }
            (None, None) => Answer::None,
        }
    }

    /// What is true of some units that are ready at junctions at some time: `(junction, milliseconds since the offence)`, so long
    /// before he comes.
    #[expect(clippy::too_many_arguments, reason = "all that is known at a moment of the drill")]
    pub(super) fn verdict(
        &mut self,
        margin_ms: i64,
        stage: &Stage,
        force: &Force,
        ask: &CordonAsk,
        travel: OnTheRun,
        seen: Seen,
        protected: &[bool],
        ready: &[(JunctionNo, i64)],
    ) -> Verdict {
        let mut scene = self.scene(stage, force, ask, travel, seen, protected.to_vec());
        scene.margin_ms = clock(margin_ms);
        let unit = |&(junction, ms): &(JunctionNo, i64)| Unit {
            who: 0,
            going: 0,
            entries: [Some(Entry { point: junction, ms: clock(ms - seen.ms) }), None],
        };
        scene.units = ready.iter().map(unit).collect();
        let guard =
            |(unit, &(junction, ms)): (u32, &(JunctionNo, i64))| Guard { junction, unit, unit_ms: clock(ms - seen.ms), suspect_ms: None };
        let guards: Vec<Guard> = (0..).zip(ready).map(guard).collect();
        verify(&scene, &guards)
    }
}

/// A time of the scene's clock; what was before it began, is at its beginning.
fn clock(ms: i64) -> u32 {
    u32::try_from(ms.max(0)).unwrap_or(u32::MAX / 2)
}

/// What he must not reach, by junction.
pub(super) fn protected(stage: &Stage, protect: &Protect, seen: LatLng) -> Vec<bool> {
    let network = &stage.city.roads;
    let outside = |is_inside: &dyn Fn(LatLng) -> bool| network.junctions().iter().map(|at| !is_inside(at)).collect();
    match protect {
        Protect::Gates => outside_gates(stage, seen),
        Protect::Zone(id) => match stage.city.zones.iter().find(|zone| zone.id == *id) {
            Some(zone) => outside(&|at| zone.shape.contains(at)),
            None => Vec::new(),
        },
        Protect::Radius(radius_m) => outside(&|at| haversine_m(seen, at) <= *radius_m),
    }
}

/// The junctions that one comes to from a place only through a gate.
fn outside_gates(stage: &Stage, seen: LatLng) -> Vec<bool> {
    let network = &stage.city.roads;
    let mut is_outside = vec![true; network.junctions().len()];
    let mut mark = |junction: JunctionNo| is_outside.get_mut(junction as usize).is_some_and(std::mem::take);
    // A gate itself may be held, and nobody goes on through it here.
    for gate in &stage.city.gates {
        mark(gate.junction);
    }
    let mut todo: Vec<JunctionNo> = network.nearest_junction(seen).into_iter().filter(|first| mark(*first)).collect();
    while let Some(junction) = todo.pop() {
        todo.extend(stage.neighbours(junction).filter(|next| mark(*next)));
    }
    is_outside
}
