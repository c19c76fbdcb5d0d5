//! Orders of a drill: one unit sent to one place, as reckoned and as it went.

use std::collections::HashMap;

use rand::Rng;

use super::{DrillError, force::Force, journey::Journey, scenario::Scenario};
use crate::{
    engine::Way,
    geodesy::{LatLng, haversine_m},
    model::{Status, UnitNo},
    roads::{JunctionNo, Route},
    sim::chance::dice,
};

/// What for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Task {
    /// To the incident.
    Scene,
    /// To where he was seen, or to a place.
    Look,
    /// To hold a junction of a cordon.
    Gate { junction: JunctionNo, cordon: usize },
}

/// When, milliseconds since the offence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Times {
    pub(super) departs_ms: i64,
    pub(super) arrives_ms: i64,
    /// It has set up there.
    pub(super) ready_ms: i64,
}

/// One unit sent to one place.
#[derive(Debug, Clone)]
pub(super) struct Order {
    pub(super) unit: UnitNo,
    pub(super) task: Task,
    /// The call that it is of.
    pub(super) call: Option<usize>,
    pub(super) to: LatLng,
    pub(super) issued_ms: i64,
    pub(super) planned: Times,
    pub(super) real: Times,
    pub(super) ended_ms: Option<i64>,
}

impl Order {
    /// When it is ready, as far as anybody can know by now: who has not moved off is reckoned with.
    pub(super) const fn known_ready_ms(&self, now_ms: i64) -> i64 {
        if now_ms >= self.real.departs_ms { self.real.ready_ms } else { self.planned.ready_ms }
    }
}

/// All orders.
#[derive(Debug)]
pub(super) struct Orders {
    pub(super) list: Vec<Order>,
    open: HashMap<UnitNo, usize>,
    /// Orders to somebody who had one.
    pub(super) doubles: usize,
    seed: u64,
    accept_ms: [i64; 2],
    drive: [f64; 2],
}

/// An order to give.
#[derive(Debug)]
pub(super) struct Given {
    pub(super) unit: UnitNo,
    pub(super) task: Task,
    pub(super) call: Option<usize>,
    pub(super) to: LatLng,
    /// None through the air.
    pub(super) route: Option<Route>,
    pub(super) set_up_ms: i64,
}

impl Orders {
    /// None yet.
    pub(super) fn new(scenario: &Scenario, seed: u64) -> Self {
        Self { list: Vec::new(), open: HashMap::new(), doubles: 0, seed, accept_ms: scenario.accept_ms, drive: scenario.drive }
    }

    /// An order by its number.
    pub(super) fn get(&self, order: usize) -> Option<&Order> {
        self.list.get(order)
    }

    /// The open order of a unit.
    pub(super) fn of(&self, unit: UnitNo) -> Option<(usize, &Order)> {
        let order = *self.open.get(&unit)?;
        Some((order, self.list.get(order)?))
    }

    /// The open orders.
    pub(super) fn open(&self) -> impl Iterator<Item = (usize, &Order)> {
        self.list.iter().enumerate().filter(|(_, order)| order.ended_ms.is_none())
    }

    /// How long a unit takes to move off that is free, milliseconds.
    pub(super) fn turn_out_ms(force: &Force, unit: UnitNo) -> i64 {
        let kind = force.member(unit).map(|member| member.view.spec.kind);
        kind.map_or(0, |kind| i64::from(force.world().roads().movement.turn_out_ms(kind, Status::Available)))
    }

    /// Sends a unit. Its crew may take longer than reckoned, and so may the drive, by chance; the same seed gives the same chance.
    ///
    /// # Errors
    /// [`DrillError`] when the engine refuses.
    pub(super) fn issue(&mut self, force: &mut Force, given: Given, now_ms: i64) -> Result<Option<usize>, DrillError> {
        let Given { unit, task, call, to, route, set_up_ms } = given;
        if self.of(unit).is_some() {
            self.doubles += 1;
            return Ok(None);
        }
        let Some(id) = force.member(unit).map(|member| member.view.spec.id.clone()) else { return Ok(None) };
        let mut chance = dice(self.seed, &format!("{id} {}", self.list.len()));
        let late_ms = chance.random_range(self.accept_ms[0]..=self.accept_ms[1]);
        let slower = chance.random_range(self.drive[0]..=self.drive[1]);
        let departs_ms = now_ms + Self::turn_out_ms(force, unit);
        let journey = |departs_ms, factor| match &route {
            Some(route) => force.journey(unit, route, departs_ms, factor),
            None => through_the_air(force, unit, to, departs_ms),
        };
        let Some((planned, journey)) = journey(departs_ms, 1.0).zip(journey(departs_ms + late_ms, slower)) else { return Ok(None) };
        let times = |journey: &Journey| Times {
            departs_ms: journey.departs_ms,
            arrives_ms: journey.arrives_ms,
            ready_ms: journey.arrives_ms + set_up_ms,
        };
        let (planned, real) = (times(&planned), times(&journey));
        force.send(unit, journey, now_ms);
        force.set_status(unit, Status::Assigned, now_ms)?;
        self.open.insert(unit, self.list.len());
        self.list.push(Order { unit, task, call, to, issued_ms: now_ms, planned, real, ended_ms: None });
        Ok(Some(self.list.len() - 1))
    }

    /// The order holds its junction for another cordon from now on.
    pub(super) fn take_over(&mut self, order: usize, by: usize) {
        if let Some(Task::Gate { cordon, .. }) = self.list.get_mut(order).map(|order| &mut order.task) {
            *cordon = by;
        }
    }

    /// Ends an order: the unit stays where it is, and is free.
    ///
    /// # Errors
    /// [`DrillError`] when the engine refuses.
    pub(super) fn end(&mut self, force: &mut Force, order: usize, now_ms: i64) -> Result<(), DrillError> {
        let Some(order) = self.list.get_mut(order).filter(|order| order.ended_ms.is_none()) else { return Ok(()) };
        order.ended_ms = Some(now_ms);
        self.open.remove(&order.unit);
        force.halt(order.unit, now_ms);
        force.set_status(order.unit, Status::Available, now_ms)
    }
}

fn through_the_air(force: &Force, unit: UnitNo, to: LatLng, departs_ms: i64) -> Option<Journey> {
    let view = force.view(unit)?;
    let Way::Air(mps) = force.world().roads().movement.way(view.spec.kind, true) else { return None };
    let from = view.fix?.at;
    let flies_ms = (haversine_m(from, to) / mps * 1_000.0).round() as i64;
    Some(Journey::straight(from, to, departs_ms, departs_ms + flies_ms))
}
