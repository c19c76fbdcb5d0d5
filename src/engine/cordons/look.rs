//! A cordon as it stands now: who is there, who comes in time, where it leaks, who could take the place of whom.

use std::sync::Arc;

use super::{
    Cordon, Ground, LostWhy, Posted,
    draw::place_at,
    force::Fielded,
    scene::{Staged, clock},
    words::{CordonState, GateState},
};
use crate::{
    cordon::{Entry, Gate, Guard, Passed, entries, ready_ms, verify},
    engine::{Order, SeenWorld, UnitView, World, roads::Way},
    geodesy::haversine_m,
    model::{Contact, OrderState, Status, Timestamp, UnitNo},
    roads::{Candidate, JunctionNo, NEVER, Question, Search, Travel},
};

/// A unit that was at its gate and is farther from it than this has left, metres.
pub const LEFT_M: f64 = 250.0;
/// A unit that is lost is ready then, on the scene's clock: never, as far as a verifier is concerned.
const LOST_MS: u32 = u32::MAX - 1;
/// Where nobody is sought a unit is late when it comes so much after it should, milliseconds.
const LATE_MS: i64 = 30_000;

/// Somebody who could take the place of a guard.
#[derive(Debug, Clone)]
pub struct Replacement {
    /// Who.
    pub unit: UnitView,
    /// When it would be ready.
    pub ready: Timestamp,
    /// How long before he comes, milliseconds; none where nobody is sought or he cannot come there.
    pub slack_ms: Option<i64>,
}

/// A gate as it stands now.
#[derive(Debug, Clone)]
pub struct GateView {
    /// Where, who, and by which order.
    pub posted: Posted,
    /// Its unit now; none where it is unknown by now.
    pub unit: Option<UnitView>,
    /// How it stands.
    pub state: GateState,
    /// Why its unit is lost.
    pub why: Option<LostWhy>,
    /// When its unit is ready, or was; none for one that is lost.
    pub ready: Option<Timestamp>,
    /// The earliest that he comes there past the other gates; none where he cannot.
    pub suspect: Option<Timestamp>,
    /// From the one to the other, milliseconds.
    pub slack_ms: Option<i64>,
    /// Who could be there sooner, where it is late or lost.
    pub replacement: Option<Replacement>,
}

/// A way out, with the times at which he passes its junctions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leak {
    /// By junction: when he is there, and when it could be held by these units at the earliest.
    pub passed: Vec<(JunctionNo, Timestamp, Option<Timestamp>)>,
}

/// A cordon as it stands now.
#[derive(Debug, Clone)]
pub struct CordonView {
    /// As it was ordered, and how far it is.
    pub cordon: Arc<Cordon>,
    /// How far it is.
    pub state: CordonState,
    /// Whether he cannot get out, if all goes on as it does; where nobody is sought, whether all gates are held or will be in time.
    pub holds: bool,
    /// When the last gate is held, or was; none where one is lost.
    pub closed: Option<Timestamp>,
    /// By junction, then unit.
    pub gates: Vec<GateView>,
    /// Ways out, the earliest first.
    pub leaks: Vec<Leak>,
    /// The junctions that he can be at.
    pub enclosed: Vec<JunctionNo>,
}

/// Where a guard is, for its gate.
pub(super) enum Standing {
    /// It is there, since then.
    There(Timestamp),
    /// It comes.
    Coming(Travel, [Option<Entry>; 2]),
    /// It does not.
    Lost(LostWhy),
}

impl World {
    /// Where a guard is now. Entries are on the clock that begins at `zero`, with what it takes to set up.
    pub(super) fn standing(&self, cordon: &Cordon, posted: &Posted, ground: &Ground, zero: Timestamp, now: Timestamp) -> Standing {
        let (Some(unit), Some(order)) = (self.unit(&posted.post.unit), self.order(&posted.order)) else {
            return Standing::Lost(LostWhy::OrderEnded);
        };
        if let Some(why) = self.why_lost(&unit, &order, now) {
            return Standing::Lost(why);
        }
        let off_m = unit.fix.map_or(f64::INFINITY, |fix| haversine_m(fix.at, posted.post.at));
        if let Some(arrived) = order.arrived_at {
            return if off_m > LEFT_M { Standing::Lost(LostWhy::Left) } else { Standing::There(arrived) };
        }
        let roads = self.roads();
        let (Way::Road(travel), Some(place)) =
            (roads.movement.way(unit.spec.kind, cordon.spec.force.urgent), roads.on_roads().place(unit.no.0))
        else {
            return Standing::Lost(LostWhy::NoWay);
        };
        // It moves off some time after the order, unless it has said that it goes.
        let turn_out_ms = match order.state {
            OrderState::Issued => roads.movement.turn_out_ms(unit.spec.kind, Status::Available),
            OrderState::Accepted | OrderState::Arrived | OrderState::Ended => 0,
        };
        let goes = order.issued_at.plus_ms(i64::from(turn_out_ms)).max(now);
        let ms = clock(zero, goes).saturating_add(cordon.spec.force.set_up_ms);
        Standing::Coming(travel, entries(&roads.graph, ground.costs(), travel, place, ms))
    }

    fn why_lost(&self, unit: &UnitView, order: &Order, now: Timestamp) -> Option<LostWhy> {
        let contact = unit.fix.map_or(Contact::Never, |fix| self.limits().contact(unit.device, fix.time, now));
        match (order.state, unit.spec.alarm, contact, unit.spec.status) {
            (OrderState::Ended, ..) => Some(LostWhy::OrderEnded),
            (_, true, ..) => Some(LostWhy::Alarm),
            (_, _, Contact::Lost | Contact::Never, _) => Some(LostWhy::NoContact),
            (.., Status::OffDuty | Status::Busy | Status::OutOfService) => Some(LostWhy::Status),
            _ => None,
        }
    }

    /// Adds the guards of a cordon to a scene, each as it stands; gives them with what is wrong with each.
    pub(super) fn stage_guards(
        &self,
        cordon: &Cordon,
        staged: &mut Staged,
        ground: &mut Ground,
        now: Timestamp,
    ) -> Vec<(Guard, GateState, Option<LostWhy>)> {
        let roads = self.roads();
        let mut guards = Vec::with_capacity(cordon.guards.len());
        for posted in cordon.guards.iter() {
            let junction = posted.post.junction;
            let here = |ms: u32| [Some(Entry { point: junction, ms }), None];
            let (travel, from, state, why) = match self.standing(cordon, posted, ground, staged.zero, now) {
                Standing::There(since) => {
                    let ready = since.plus_ms(i64::from(cordon.spec.force.set_up_ms));
                    (Travel::Car, here(clock(staged.zero, ready)), GateState::Held, None)
                }
                Standing::Coming(travel, from) => (travel, from, GateState::Coming, None),
                Standing::Lost(why) => (Travel::Car, here(LOST_MS), GateState::Lost, Some(why)),
            };
            let no = self.unit(&posted.post.unit).map_or(UnitNo(u32::MAX), |unit| unit.no);
            let unit = staged.add(roads, ground, no, travel, from);
            let unit_ms = match state {
                GateState::Coming => ready_ms(&staged.scene, unit, junction),
                _ => from.into_iter().flatten().map(|entry| entry.ms).min(),
            };
            let guard = Guard { junction, unit, unit_ms: unit_ms.unwrap_or(LOST_MS), suspect_ms: None };
            guards.push(match unit_ms {
                Some(_) => (guard, state, why),
                None => {
                    // No way there: for the verifier it never is.
                    if let Some(slot) = staged.scene.units.last_mut() {
                        slot.entries = here(LOST_MS);
                    }
                    (guard, GateState::Lost, Some(LostWhy::NoWay))
                }
            });
        }
        guards
    }
}

impl SeenWorld<'_> {
    /// How a cordon stands. A search for each guard that is on its way, a walk of the suspect, and a search for each gate that is late or
    /// lost: some milliseconds, with the locks held for the looks alone. Guards and replacements that are not seen are not named.
    #[must_use]
    pub fn look(&self, ground: &mut Ground, search: &mut Search, cordon: &Arc<Cordon>, now: Timestamp) -> CordonView {
        if !cordon.runs() {
            return self.over(cordon);
        }
        let roads = self.roads();
        ground.renew(roads);
        let (wide, state) = (cordon.spec.force.wide, cordon.state());
        // Where he was seen may be on no road by now: then the gates are looked at without him.
        let hunted = cordon.spec.hunt.as_ref().and_then(|hunt| Staged::new(self.world, ground, hunt, wide, now).ok());
        let is_hunt = hunted.is_some();
        let mut staged = hunted.unwrap_or_else(|| Staged::without_suspect(self.world, ground, wide, cordon.ordered_at));
        let guards = self.world.stage_guards(cordon, &mut staged, ground, now);
        let verdict = is_hunt.then(|| verify(&staged.scene, &guards.iter().map(|(guard, ..)| *guard).collect::<Vec<_>>()));
        let at_gate = |junction| verdict.as_ref().and_then(|verdict| verdict.gates.iter().find(|gate| gate.junction == junction));
        let mut gates = Vec::with_capacity(guards.len());
        for ((guard, state, why), posted) in guards.iter().zip(cordon.guards.iter()) {
            let suspect_ms = at_gate(guard.junction).and_then(|gate: &Gate| gate.suspect_ms);
            let ready = (*state != GateState::Lost).then(|| staged.instant(guard.unit_ms));
            let suspect = suspect_ms.map(|ms| staged.instant(ms));
            let slack_ms = suspect.zip(ready).map(|(suspect, ready)| suspect.ms_since(ready));
            let is_late = match slack_ms {
                Some(slack_ms) => slack_ms < i64::from(staged.scene.margin_ms),
                None => !is_hunt && ready.is_some_and(|ready| ready.ms_since(posted.post.due) > LATE_MS),
            };
            let state = if *state == GateState::Coming && is_late { GateState::Late } else { *state };
            let unit = self.unit(&posted.post.unit);
            gates.push(GateView { posted: posted.clone(), unit, state, why: *why, ready, suspect, slack_ms, replacement: None });
        }
        if cordon.may_change() {
            self.propose(cordon, ground, search, &mut gates, now);
        }
        // Without a verdict nothing holds him.
        let (mut leaks, mut enclosed, mut holds) = (Vec::new(), Vec::new(), cordon.spec.hunt.is_none());
        match verdict {
            Some(verdict) => {
                let leak = |way: &Vec<Passed>| Leak { passed: way.iter().map(|passed| passed_at(&staged, passed)).collect() };
                holds = verdict.holds;
                leaks = verdict.leaks.iter().map(leak).collect();
                enclosed = verdict.enclosed;
            }
            None => holds &= gates.iter().all(|gate| matches!(gate.state, GateState::Coming | GateState::Held)),
        }
        let closed = gates.iter().map(|gate| gate.ready).collect::<Option<Vec<_>>>().and_then(|ready| ready.into_iter().max());
        CordonView { cordon: cordon.clone(), state, holds, closed, gates, leaks, enclosed }
    }

    /// What was, of a cordon that is over.
    fn over(&self, cordon: &Arc<Cordon>) -> CordonView {
        let gate = |posted: &Posted| GateView {
            posted: posted.clone(),
            unit: self.unit(&posted.post.unit),
            state: GateState::Lost,
            why: Some(LostWhy::OrderEnded),
            ready: self.world.order(&posted.order).and_then(|order| order.arrived_at),
            suspect: None,
            slack_ms: None,
            replacement: None,
        };
        CordonView {
            cordon: cordon.clone(),
            state: cordon.state(),
            holds: false,
            closed: cordon.closed_at,
            gates: cordon.guards.iter().map(gate).collect(),
            leaks: Vec::new(),
            enclosed: Vec::new(),
        }
    }

    /// Proposes for each gate that is late or lost who would be there first, each unit once, the gate that he comes to first before
    /// the others.
    fn propose(&self, cordon: &Cordon, ground: &Ground, search: &mut Search, gates: &mut [GateView], now: Timestamp) {
        let mut red: Vec<usize> = (0..gates.len())
            .filter(|n| gates.get(*n).is_some_and(|gate| matches!(gate.state, GateState::Late | GateState::Lost)))
            .collect();
        if red.is_empty() {
            return;
        }
        red.sort_by_key(|n| gates.get(*n).map(|gate| (gate.suspect.is_none(), gate.suspect)));
        let force = &cordon.spec.force;
        let Ok(mut fielded) = self.of_owner(cordon).fielded(&super::Force { reserve: 0, ..force.clone() }, None, now) else { return };
        let margin_ms = cordon.spec.hunt.as_ref().map_or(0, |hunt| i64::from(hunt.margin_ms));
        for n in red {
            let Some(gate) = gates.get_mut(n) else { continue };
            let first = self.first_at(ground, search, gate.posted.post.junction, &fielded);
            let Some((unit, eta_ms)) = first else { continue };
            let ready = now.plus_ms(i64::from(eta_ms) + i64::from(force.set_up_ms));
            // Who is no sooner is no help; who is too late as well is, where it is the best that there is.
            if gate.ready.is_some_and(|known| known <= ready.plus_ms(margin_ms / 2)) {
                continue;
            }
            fielded.retain(|fielded| fielded.unit != unit);
            let slack_ms = gate.suspect.map(|suspect| suspect.ms_since(ready));
            gate.replacement = self.unit_by_no(unit).map(|unit| Replacement { unit, ready, slack_ms });
        }
    }

    /// Who is at a junction first, and in how many milliseconds from now.
    fn first_at(&self, ground: &Ground, search: &mut Search, junction: JunctionNo, fielded: &[Fielded]) -> Option<(UnitNo, u32)> {
        let roads = self.roads();
        let to = place_at(roads, junction)?;
        let mut ways: Vec<(Travel, u32)> = Vec::new();
        for Fielded { travel, turn_out_ms, .. } in fielded {
            match ways.iter_mut().find(|(known, _)| known == travel) {
                Some((_, least_ms)) => *least_ms = (*least_ms).min(*turn_out_ms),
                None => ways.push((*travel, *turn_out_ms)),
            }
        }
        let candidate = |fielded: &Fielded| Candidate {
            who: fielded.unit.0,
            place: fielded.place,
            travel: fielded.travel,
            delay_ms: fielded.turn_out_ms,
        };
        let candidates: Vec<Candidate> = fielded.iter().map(candidate).collect();
        let question = Question { to, k: 1, most_ms: NEVER - 1, ways: &ways };
        let first = search.earliest_of(&roads.graph, ground.costs(), &question, &candidates);
        first.first().map(|arrival| (UnitNo(arrival.who), arrival.eta_ms))
    }
}

/// A junction of a way out with instants.
pub(super) fn passed_at(staged: &Staged, passed: &Passed) -> (JunctionNo, Timestamp, Option<Timestamp>) {
    let first = passed.first_unit_ms.filter(|ms| *ms < LOST_MS).map(|ms| staged.instant(ms));
    (passed.junction, staged.instant(passed.suspect_ms), first)
}
