//! What those who lead do: sightings taken in, units called, cordons ordered, looked at and planned anew.

use super::{
    DrillError,
    agenda::What,
    cordons::{Answer, Cordon, Gate, Seen, protected},
    orders::{Given, Task},
    play::{Drill, HINDSIGHT_MS, Possible},
    report::EventKind,
    scenario::{CordonAsk, OnTheRun, Protect, Whereto},
    tell,
};
use crate::{
    engine::Arriving,
    geodesy::LatLng,
    model::{Status, UnitNo},
    roads::JunctionNo,
};

/// Somebody who is later than this is told of, milliseconds.
pub(super) const LATE_MS: i64 = 10_000;

impl Cordon {
    /// It is over.
    pub(super) fn end(&mut self, now_ms: i64) {
        self.ended_ms.get_or_insert(now_ms);
        for gate in &mut self.gates {
            gate.opened_ms.get_or_insert(now_ms);
        }
    }
}

impl Drill<'_> {
    /// Where he was last seen.
    pub(super) fn last_seen(&self) -> Option<Seen> {
        self.seen.iter().max_by_key(|seen| seen.ms).copied()
    }

    /// Somebody reports where he was.
    pub(super) fn sighting(&mut self, n: usize) -> Result<(), DrillError> {
        let Some(sighting) = self.scenario.sightings.get(n).filter(|_| self.end.is_none()) else { return Ok(()) };
        let ms = self.now_ms - sighting.seen_ms_ago;
        let at = self.suspect.was_at(ms, self.now_ms);
        let Some((place, _)) = self.force.world().roads().snapper.nearest(at, f64::from(u16::MAX), |_| true) else { return Ok(()) };
        self.seen.push(Seen { at, place, ms, told_ms: self.now_ms });
        self.say(tell::sighting(self, n, at))?;
        self.follow(at)?;
        self.move_cordon()
    }

    /// Those who follow go on to where he was seen.
    fn follow(&mut self, at: LatLng) -> Result<(), DrillError> {
        let follows = |call: Option<usize>| call.and_then(|call| self.scenario.calls.get(call)).is_some_and(|call| call.follows);
        let going: Vec<(usize, UnitNo, Option<usize>)> =
            self.orders.open().filter(|(_, order)| follows(order.call)).map(|(n, order)| (n, order.unit, order.call)).collect();
        for (order, unit, call) in going {
            self.orders.end(&mut self.force, order, self.now_ms)?;
            let Some(to) = self.force.world().roads().network.nearest_junction(at) else { continue };
            let Some(from) = self.force.place(unit, self.now_ms) else { continue };
            let route = self.force.route(unit, from, to);
            self.issue(Given { unit, task: Task::Look, call, to: at, route, set_up_ms: 0 })?;
        }
        Ok(())
    }

    /// Gives an order and notes when it is carried out.
    fn issue(&mut self, given: Given) -> Result<Option<usize>, DrillError> {
        let Some(order) = self.orders.issue(&mut self.force, given, self.now_ms)? else { return Ok(None) };
        if let Some(times) = self.orders.get(order).map(|order| order.real) {
            self.agenda.add(times.departs_ms, What::Departs(order));
            self.agenda.add(times.arrives_ms, What::Arrives(order));
            self.agenda.add(times.ready_ms, What::Ready(order));
        }
        Ok(Some(order))
    }

    /// Units are called.
    pub(super) fn call(&mut self, n: usize) -> Result<(), DrillError> {
        let Some(call) = self.scenario.calls.get(n).filter(|_| self.end.is_none()) else { return Ok(()) };
        let (mut task, mut to, mut gate) = (Task::Look, call.at, None);
        if to.is_none() {
            to = match call.to {
                Whereto::Scene => {
                    task = Task::Scene;
                    Some(self.scenario.incident.at)
                }
                Whereto::Sighting => self.last_seen().map(|seen| seen.at),
                Whereto::Gate => {
                    gate = self.first_gate();
                    gate.and_then(|junction| self.stage.city.roads.junctions().get(junction as usize))
                }
            };
        }
        let Some(to) = to else { return self.say(tell::nobody(self, &call.what)) };
        let mut found: Vec<Arriving> =
            self.force.first(to, call.count + call.units.len().min(1) * 5_000, call.kinds, &call.orgs, self.now_ms);
        if !call.units.is_empty() {
            found.retain(|arriving| call.units.contains(&arriving.unit.spec.id));
            found.truncate(call.count.max(call.units.len()));
        }
        let mut sent = Vec::new();
        for arriving in found {
            let unit = arriving.unit.no;
            let route = match gate {
                // To the junction itself, so that who stands there holds it too.
                Some(junction) => self.force.place(unit, self.now_ms).and_then(|from| self.force.route(unit, from, junction)),
                None => arriving.route,
            };
            if self.issue(Given { unit, task, call: Some(n), to, route, set_up_ms: 0 })?.is_some() {
                sent.push(unit);
            }
        }
        self.say(tell::sent(self, &call.what, &sent, to))
    }

    /// The junction of the running cordon that he can be at first, by what is known of him now.
    fn first_gate(&mut self) -> Option<JunctionNo> {
        let (running, seen) = (self.running()?, self.last_seen()?);
        let (ask, protected) = self.cordons.get(running).map(|cordon| (cordon.ask, cordon.protected.clone()))?;
        let (ask, ready) = (self.scenario.cordons.get(ask)?, self.ready_at(running));
        let travel = self.thought(ask);
        let verdict = self.streetwise.verdict(0, self.stage, &self.force, ask, travel, seen, &protected, &ready);
        verdict.gates.iter().filter_map(|gate| Some((gate.suspect_ms?, gate.junction))).min().map(|(_, junction)| junction)
    }

    /// A unit moves off.
    pub(super) fn departs(&mut self, order: usize) -> Result<(), DrillError> {
        let Some(order) = self.orders.get(order).filter(|order| order.ended_ms.is_none()) else { return Ok(()) };
        self.news |= matches!(order.task, Task::Gate { .. }) && order.real != order.planned;
        self.force.set_status(order.unit, Status::EnRoute, self.now_ms)
    }

    /// A unit is where it was sent.
    pub(super) fn arrives(&mut self, order: usize) -> Result<(), DrillError> {
        let Some(order) = self.orders.get(order).filter(|order| order.ended_ms.is_none()) else { return Ok(()) };
        let (unit, is_gate) = (order.unit, matches!(order.task, Task::Gate { .. }));
        let event = (!is_gate).then(|| tell::arrived(self, order));
        self.force.set_status(unit, Status::OnScene, self.now_ms)?;
        event.map_or(Ok(()), |event| self.say(event))
    }

    /// A unit has set up where it was sent.
    pub(super) fn ready(&mut self, order: usize) -> Result<(), DrillError> {
        let Some(order) = self.orders.get(order).filter(|order| order.ended_ms.is_none()) else { return Ok(()) };
        let Task::Gate { junction, cordon } = order.task else { return Ok(()) };
        let now_ms = self.now_ms;
        let is_ready =
            |order: &usize| self.orders.get(*order).is_some_and(|order| order.ended_ms.is_none() && order.real.ready_ms <= now_ms);
        let Some(running) = self.cordons.get(cordon).filter(|cordon| cordon.ended_ms.is_none()) else { return Ok(()) };
        let place = running.gates.iter().position(|gate| gate.junction == junction && gate.opened_ms.is_none());
        let Some(gate) = place.and_then(|place| running.gates.get(place)) else { return Ok(()) };
        if !gate.orders.iter().all(is_ready) {
            return Ok(());
        }
        if let Some(gate) = place.and_then(|place| self.cordons.get_mut(cordon)?.gates.get_mut(place)) {
            gate.held_ms = Some(now_ms);
        }
        self.say(tell::held(self, cordon, junction))?;
        if self.end.is_none() && self.suspect.stands_at() == Some(junction) && !self.suspect.hides(now_ms) {
            self.stop_at(junction)?;
        }
        self.close(cordon)
    }

    /// Notes that a cordon is closed once it is.
    fn close(&mut self, cordon: usize) -> Result<(), DrillError> {
        let Some(running) = self.cordons.get_mut(cordon).filter(|cordon| cordon.closed_ms.is_none()) else { return Ok(()) };
        if running.gates.iter().any(|gate| gate.opened_ms.is_none() && gate.held_ms.is_none()) {
            return Ok(());
        }
        running.closed_ms = Some(self.now_ms);
        self.say(tell::closed(self, cordon))
    }

    /// How he is thought to go.
    fn thought(&self, ask: &CordonAsk) -> OnTheRun {
        ask.suspect.unwrap_or(self.suspect.travel)
    }

    /// Would the first cordon that is asked for have been possible now?
    pub(super) fn hindsight(&mut self) -> Result<(), DrillError> {
        let (Some(ask), Some(seen)) = (self.scenario.cordons.first(), self.last_seen()) else { return Ok(()) };
        if self.end.is_some() || !self.cordons.is_empty() || self.possible.is_some() || self.now_ms >= ask.at_ms {
            return Ok(());
        }
        let protected = protected(self.stage, ask.protect.as_ref().unwrap_or(&self.scenario.protect), seen.at);
        let travel = self.thought(ask);
        let answer = self.streetwise.plan(self.stage, &self.force, &self.orders, ask, travel, seen, &protected, self.now_ms);
        if let Answer::Plan { closed_ms, .. } = answer {
            self.possible = Some(Possible { ms: self.now_ms, closed_ms });
        } else {
            self.agenda.add(self.now_ms + HINDSIGHT_MS, What::Hindsight);
        }
        Ok(())
    }

    /// A cordon is asked for: planned, passed by the verifier, ordered. It takes the place of the one before.
    pub(super) fn cordon(&mut self, n: usize) -> Result<(), DrillError> {
        let (Some(ask), Some(seen)) = (self.scenario.cordons.get(n), self.last_seen()) else { return Ok(()) };
        if self.end.is_some() {
            return Ok(());
        }
        let protected = protected(self.stage, ask.protect.as_ref().unwrap_or(&self.scenario.protect), seen.at);
        self.arrange(n, seen, protected, EventKind::Ordered)
    }

    /// The running cordon after a sighting: one with a radius moves, another is planned anew when it no longer holds.
    fn move_cordon(&mut self) -> Result<(), DrillError> {
        let (Some(running), Some(seen)) = (self.running(), self.last_seen()) else { return Ok(()) };
        let Some((ask, n)) = self.cordons.get(running).and_then(|cordon| Some((self.scenario.cordons.get(cordon.ask)?, cordon.ask))) else {
            return Ok(());
        };
        if !ask.follows {
            return Ok(());
        }
        let protect = ask.protect.as_ref().unwrap_or(&self.scenario.protect);
        let protected = protected(self.stage, protect, seen.at);
        if !matches!(protect, Protect::Radius(_)) && self.holds(running, seen, &protected, ask.margin_ms) {
            return Ok(());
        }
        self.arrange(n, seen, protected, EventKind::Moved)
    }

    /// The cordon that runs.
    pub(super) fn running(&self) -> Option<usize> {
        self.cordons.iter().rposition(|cordon| cordon.ended_ms.is_none())
    }

    /// Who is ready where and when, as far as anybody can know by now.
    fn ready_at(&self, cordon: usize) -> Vec<(JunctionNo, i64)> {
        let gates = self.cordons.get(cordon).into_iter().flat_map(|cordon| &cordon.gates).filter(|gate| gate.opened_ms.is_none());
        let orders = gates.flat_map(|gate| gate.orders.iter().map(|order| (gate.junction, *order)));
        orders.filter_map(|(junction, order)| Some((junction, self.orders.get(order)?.known_ready_ms(self.now_ms)))).collect()
    }

    /// Whether a cordon holds with what is known now, its junctions held so long before he comes.
    fn holds(&mut self, cordon: usize, seen: Seen, protected: &[bool], margin_ms: i64) -> bool {
        let ask = self.cordons.get(cordon).and_then(|cordon| self.scenario.cordons.get(cordon.ask));
        let (Some(ask), ready) = (ask, self.ready_at(cordon)) else { return false };
        let travel = self.thought(ask);
        self.streetwise.verdict(margin_ms, self.stage, &self.force, ask, travel, seen, protected, &ready).holds
    }

    /// Looks at the running cordon once somebody is later than reckoned. The margin is there for that: only when he could be somewhere
    /// first is it planned anew.
    pub(super) fn look(&mut self) -> Result<(), DrillError> {
        if !std::mem::take(&mut self.news) || self.end.is_some() {
            return Ok(());
        }
        let (Some(running), Some(seen)) = (self.running(), self.last_seen()) else { return Ok(()) };
        let Some(protected) = self.cordons.get(running).map(|cordon| cordon.protected.clone()) else { return Ok(()) };
        if self.holds(running, seen, &protected, 0) {
            return Ok(());
        }
        let Some(cordon) = self.cordons.get_mut(running) else { return Ok(()) };
        let n = cordon.ask;
        // Told once, though nothing better be found.
        if cordon.leaks_ms.is_some() {
            return Ok(());
        }
        cordon.leaks_ms = Some(self.now_ms);
        self.say(tell::leaks(self, running))?;
        self.arrange(n, seen, protected, EventKind::Moved)
    }

    /// Plans an ask now and puts the plan in the place of the running cordon's; without a plan that the verifier passes all stays.
    fn arrange(&mut self, n: usize, seen: Seen, protected: Vec<bool>, kind: EventKind) -> Result<(), DrillError> {
        let Some(ask) = self.scenario.cordons.get(n) else { return Ok(()) };
        let (travel, now_ms) = (self.thought(ask), self.now_ms);
        let answer = self.streetwise.plan(self.stage, &self.force, &self.orders, ask, travel, seen, &protected, now_ms);
        let Answer::Plan { guards, is_optimal, .. } = answer else {
            let way = if let Answer::Escape(way) = answer { way } else { Vec::new() };
            return self.stays(n, seen, &way);
        };
        let mut going = Vec::new();
        for (junction, unit) in guards {
            let stays = self.orders.of(unit).filter(|(_, order)| matches!(order.task, Task::Gate { junction: at, .. } if at == junction));
            let ready_ms = stays.map(|(_, order)| order.known_ready_ms(now_ms));
            let route = match ready_ms {
                Some(_) => None,
                None => self.force.place(unit, now_ms).and_then(|from| self.force.route(unit, from, junction)),
            };
            let drives_ms = route.as_ref().map(|route| i64::from(route.ms));
            let turn_out_ms = super::orders::Orders::turn_out_ms(&self.force, unit);
            let Some(ready_ms) = ready_ms.or(drives_ms.map(|ms| now_ms + turn_out_ms + ms + ask.set_up_ms)) else { continue };
            going.push((junction, unit, route, ready_ms));
        }
        let ready: Vec<(JunctionNo, i64)> = going.iter().map(|(junction, _, _, ready_ms)| (*junction, *ready_ms)).collect();
        let verdict = self.streetwise.verdict(ask.margin_ms, self.stage, &self.force, ask, travel, seen, &protected, &ready);
        if !verdict.holds {
            let way: Vec<JunctionNo> = verdict.leaks.first().into_iter().flatten().map(|passed| passed.junction).collect();
            return self.stays(n, seen, &way);
        }
        let suspect_ms = |junction| {
            let gate = verdict.gates.iter().find(|gate| gate.junction == junction)?;
            Some(seen.ms + i64::from(gate.suspect_ms?))
        };
        let mut gates: Vec<Gate> = Vec::new();
        for (junction, _, _, ready_ms) in &going {
            match gates.iter_mut().find(|gate| gate.junction == *junction) {
                Some(gate) => gate.planned_ms = gate.planned_ms.max(*ready_ms),
                None => gates.push(Gate {
                    junction: *junction,
                    orders: Vec::new(),
                    planned_ms: *ready_ms,
                    suspect_ms: suspect_ms(*junction),
                    held_ms: None,
                    opened_ms: None,
                    passed_ms: None,
                }),
            }
        }
        self.put(n, kind, protected, going, gates, &verdict, is_optimal)
    }

    /// There is no new plan: what runs goes on.
    fn stays(&mut self, n: usize, seen: Seen, way: &[JunctionNo]) -> Result<(), DrillError> {
        let running = self.running().and_then(|running| Some((running, self.cordons.get(running)?.protected.clone())));
        let holds = running.is_some_and(|(running, protected)| self.holds(running, seen, &protected, 0));
        let event = if holds { tell::kept(self) } else { tell::impossible(self, n, way) };
        self.say(event)
    }

    /// Gives the orders of a plan; who held for the cordon before and is not needed is released.
    #[expect(clippy::too_many_arguments, reason = "all of a plan")]
    fn put(
        &mut self,
        n: usize,
        kind: EventKind,
        protected: Vec<bool>,
        going: Vec<(JunctionNo, UnitNo, Option<crate::roads::Route>, i64)>,
        mut gates: Vec<Gate>,
        verdict: &crate::cordon::Verdict,
        is_optimal: bool,
    ) -> Result<(), DrillError> {
        let Some(ask) = self.scenario.cordons.get(n) else { return Ok(()) };
        let (now_ms, cordon, before) = (self.now_ms, self.cordons.len(), self.running());
        let stays = |unit: UnitNo, junction: JunctionNo| going.iter().any(|(at, who, ..)| (*at, *who) == (junction, unit));
        let holding: Vec<(usize, UnitNo, JunctionNo)> = self
            .orders
            .open()
            .filter_map(|(no, order)| if let Task::Gate { junction, .. } = order.task { Some((no, order.unit, junction)) } else { None })
            .collect();
        for (order, unit, junction) in &holding {
            if !stays(*unit, *junction) {
                self.orders.end(&mut self.force, *order, now_ms)?;
            }
        }
        let mut units = Vec::new();
        for (junction, unit, route, _) in going {
            let kept = holding.iter().find(|(_, who, at)| (*who, *at) == (unit, junction)).map(|(order, ..)| *order);
            let order = match kept {
                Some(order) => Some(order),
                None => {
                    let to = self.stage.city.roads.junctions().get(junction as usize).unwrap_or_default();
                    units.push(unit);
                    self.issue(Given { unit, task: Task::Gate { junction, cordon }, call: None, to, route, set_up_ms: ask.set_up_ms })?
                }
            };
            if let (Some(order), Some(gate)) = (order, gates.iter_mut().find(|gate| gate.junction == junction)) {
                gate.orders.push(order);
                if kept.is_some() {
                    self.orders.take_over(order, cordon);
                }
            }
        }
        for gate in &mut gates {
            let ready = gate.orders.iter().filter_map(|order| self.orders.get(*order)).map(|order| order.real.ready_ms).max();
            gate.held_ms = ready.filter(|ready_ms| *ready_ms <= now_ms);
        }
        if let Some(before) = before.and_then(|before| self.cordons.get_mut(before)) {
            before.end(now_ms);
        }
        self.cordons.push(Cordon {
            ask: n,
            protected,
            ordered_ms: now_ms,
            planned_closed_ms: gates.iter().map(|gate| gate.planned_ms).max().unwrap_or(now_ms),
            closed_ms: None,
            ended_ms: None,
            gates,
            enclosed: verdict.enclosed.clone(),
            enclosed_m: verdict.enclosed_weight,
            is_optimal,
            broken_ms: None,
            leaks_ms: None,
        });
        self.say(tell::ordered(self, kind, cordon, &units))?;
        self.close(cordon)?;
        self.rethink();
        Ok(())
    }
}
